//! Copies of edits, of invites and of pushes (R5, R8): what comes again, late, or by another way undoes nothing.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]

use std::slice;

use convoke::{CatchUp, Disposition, Engine, History, Inbound, Invite, Pushed, ServerTime, Timestamp};

use crate::common::{Action, Device, at, blind, call, called, data_of, dialling_with, edited, pair, standing};

fn without_stamp(mut message: Inbound) -> Inbound {
    message.stamp = None;
    message
}

#[test]
fn r5_a_copy_of_an_edit_does_not_undo_a_newer_one_that_the_history_told() {
    let invite = call().stamped(0, "m");
    let mut bob = Device::invited("bob", &invite);
    let edit = edited(&invite, 5, "video");
    let _ = bob.hear_edit(5, &edit);
    let _ = bob.engine.handle_history(at(6), &History::hot(), &[standing(&invite, "audio")]);
    bob.take();
    assert_eq!(bob.hear_edit_in_vain(7, &edit), Disposition::Duplicate);
    assert_eq!(data_of(&bob), "audio");
}

#[test]
fn r5_the_late_copy_of_ones_own_edit_does_not_undo_the_next_one() {
    let (mut alice, id, message) = called();
    alice.modify(1, &id, "video");
    let echo = edited(&message, 2, "video");
    alice.ack_as(2, &echo);
    alice.modify(3, &id, "audio");
    alice.lose_track(4);
    assert_eq!(alice.hear_edit_in_vain(5, &echo), Disposition::Duplicate);
    assert_eq!(data_of(&alice), "audio");
}

#[test]
fn r8_where_the_service_gives_edits_the_stamp_of_the_invite_the_last_one_counts() {
    let invite = call().stamped(0, "m");
    let mut bob = Device::invited("bob", &invite);
    for text in ["video", "audio", "video"] {
        assert_eq!(bob.hear_edit(1, &standing(&invite, text)), Disposition::Applied);
        assert_eq!(data_of(&bob), text);
    }
}

#[test]
fn r8_o7_the_copy_of_the_edit_that_ones_own_was_written_over_does_not_undo_it() {
    for is_refused in [false, true] {
        let (mut alice, id, message) = called();
        alice.modify(1, &id, "video");
        alice.lose_track(2);
        alice.modify(3, &id, "audio");
        assert_eq!(alice.hear_edit(4, &edited(&message, 2, "video")), Disposition::Applied, "it tells the stamp");
        if is_refused {
            alice.refuse(5, 20_003);
            assert_eq!((data_of(&alice), alice.heard()), ("video".to_owned(), vec!["operationFailed"]));
        } else {
            alice.lose_track(5);
            assert_eq!((data_of(&alice), alice.heard()), ("audio".to_owned(), vec![]));
        }
    }
}

#[test]
fn r8_o7_an_edit_in_the_history_is_told_though_an_answer_is_in_flight() {
    let invite = call().stamped(0, "m");
    let mut bob = Device::invited("bob", &invite);
    bob.accept(1, "i");
    let _ = bob.engine.handle_history(at(2), &History::hot(), &[standing(&invite, "video")]);
    bob.refuse(3, 20_003);
    assert_eq!(bob.heard(), ["onInvitationModified", "operationFailed"], "it rings with the new data");
}

#[test]
fn r8_o1_an_edit_that_came_before_the_push_is_told_with_it() {
    let mut bob = Device::new("bob");
    assert_eq!(bob.hear_edit(1, &edited(&call(), 1, "video")), Disposition::Buffered);
    let pushed = Pushed::from_user("alice", "i", ServerTime::from_millis(0)).timeout(10).data("call");
    bob.engine.add_invited(at(2), pushed).expect("it is new");
    assert_eq!((data_of(&bob), bob.heard()), ("video".to_owned(), vec!["onInvitationModified"]));
}

#[test]
fn a3_of_two_forms_of_one_message_the_order_in_the_batch_makes_no_difference() {
    let invite = call().stamped(0, "m");
    let edited = standing(&invite, "video");
    let read = |batch: &[Inbound]| {
        let mut bob = Device::new("bob");
        let CatchUp::Done(_) = bob.engine.handle_history(at(1), &History::hot(), batch) else { return None };
        Some((data_of(&bob), bob.heard()))
    };
    let one = read(&[invite.clone(), edited.clone()]);
    assert!(one.is_some());
    assert_eq!(one, read(&[edited, invite]));
}

fn deadline(engine: &Engine) -> Option<Timestamp> {
    engine.invitations().next().and_then(|call| call.deadline())
}

#[test]
fn t5_the_message_of_a_push_does_not_start_its_time_anew_for_want_of_a_stamp() {
    let message = without_stamp(call());
    for is_batch in [false, true] {
        let mut bob = Device::new("bob");
        bob.engine.sync_clock(at(0), ServerTime::from_millis(0));
        let pushed = Pushed::from_user("alice", "i", ServerTime::from_millis(0)).timeout(10).data("call");
        bob.engine.add_invited(at(0), pushed).expect("it is new");
        if is_batch {
            bob.engine.begin_catch_up(at(1));
            let _ = bob.engine.handle_history(at(9_000), &History::hot(), slice::from_ref(&message));
        } else {
            bob.learn(9_000, &message);
        }
        assert_eq!(deadline(&bob.engine), Some(at(10_000)));
    }
}

#[test]
fn t5_a_late_echo_of_ones_own_invite_does_not_start_its_time_anew_where_no_clock_is_known() {
    let (mut alice, id) = dialling_with(blind(), Invite::to("bob").timeout(30).data("call"));
    let echo = Action::invite(id.as_str(), "alice", &["bob"], 30).from("alice", pair("bob")).stamped(0, "i");
    assert_eq!(alice.hear(32_000, &echo), Disposition::Applied);
    assert_eq!(deadline(&alice.engine), Some(at(30_000)));
}

/// Bob, whose clock is ahead by this, and whom a push of that call has reached at once.
fn pushed(ahead: i64) -> Device {
    let mut bob = Device::new("bob");
    let pushed = Pushed::from_user("alice", "i", ServerTime::from_millis(0)).timeout(10).data("call");
    bob.engine.add_invited(at(ahead), pushed).expect("it is new");
    bob
}

#[test]
fn t7_the_message_of_a_push_in_the_history_neither_silences_nor_times_out_under_a_wrong_clock() {
    let mut bob = pushed(3_600_000);
    bob.engine.begin_catch_up(at(3_600_000));
    let _ = bob.engine.handle_history(at(3_602_000), &History::cold(), &[call().stamped(0, "i")]);
    bob.drain();
    assert_eq!(deadline(&bob.engine), Some(at(3_610_000)));
    assert_eq!((bob.heard(), bob.said()), (vec![], vec![]));
}

#[test]
fn t7_the_message_of_a_push_in_the_history_is_as_old_as_the_newest_one_there_says() {
    let mut bob = pushed(3_600_000);
    bob.engine.begin_catch_up(at(3_600_000));
    let batch = [call().stamped(0, "i"), Inbound::new("alice", pair("alice"), "how are you?").stamped(7_000, "chat")];
    let _ = bob.engine.handle_history(at(3_602_000), &History::cold(), &batch);
    assert_eq!(deadline(&bob.engine), Some(at(3_605_000)));
}

#[test]
fn t5_the_message_of_a_push_does_not_start_its_time_anew_under_a_wrong_clock() {
    let mut bob = pushed(3_600_000);
    bob.learn(3_606_000, &call().stamped(0, "i"));
    assert_eq!(deadline(&bob.engine), Some(at(3_610_000)));

    // Nor where all that is known of the service's clock came late.
    let mut bob = Device::new("bob");
    bob.learn(60_000, &Action::invite("j", "carol", &["bob"], 0).from("carol", pair("carol")).stamped(0, "j"));
    let pushed = Pushed::from_user("alice", "i", ServerTime::from_millis(60_000)).timeout(10).data("call");
    bob.engine.add_invited(at(60_000), pushed).expect("it is new");
    bob.learn(66_000, &call().stamped(60_000, "i"));
    let of_call = bob.engine.invitation("i").and_then(|call| call.deadline());
    assert_eq!(of_call, Some(at(70_000)));
}

#[test]
fn t7_a_live_call_that_had_no_stamp_is_not_timed_out_by_its_copy_in_the_history_under_a_wrong_clock() {
    let mut bob = Device::new("bob");
    bob.learn(3_600_000, &without_stamp(call()));
    bob.take();
    let _ = bob.engine.handle_history(at(3_602_000), &History::hot(), &[call().stamped(0, "i")]);
    bob.drain();
    assert_eq!(deadline(&bob.engine), Some(at(3_610_000)));
    assert_eq!((bob.heard(), bob.said()), (vec![], vec![]));
}

#[test]
fn o1_r7_the_message_of_a_dismissed_push_is_a_duplicate() {
    let mut bob = pushed(0);
    bob.engine.dismiss(at(1), "i").expect("it is known");
    assert_eq!(bob.hear_in_vain(2, &call().stamped(0, "i")), Disposition::Duplicate);
}

#[test]
fn r8_o1_an_edit_that_was_missed_stands_in_the_message_of_a_push_though_an_earlier_one_was_heard() {
    let invite = call().stamped(0, "m");
    let mut bob = pushed(0);
    let _ = bob.hear_edit(2, &edited(&invite, 2, "v2"));
    bob.take();
    for ms in 6..8 {
        let _ = bob.engine.handle_history(at(ms), &History::hot(), &[standing(&invite, "v3")]);
        bob.drain();
        assert_eq!(data_of(&bob), "v3");
    }
    assert_eq!(bob.heard(), ["onInvitationModified"]);
    let _ = bob.engine.handle_history(at(9), &History::hot(), &[invite]);
    assert_eq!(data_of(&bob), "v3", "the invite's own words are no edit");
}

#[test]
fn r8_o7_an_edit_of_unknown_fate_that_was_seen_again_is_not_undone_by_the_first_words() {
    let saw_in_history = |alice: &mut Device, invite: &Inbound| {
        let _ = alice.engine.handle_history(at(3), &History::hot(), &[standing(invite, "audio")]);
    };
    let saw_live = |alice: &mut Device, invite: &Inbound| {
        assert_eq!(alice.hear_edit(3, &without_stamp(edited(invite, 2, "audio"))), Disposition::Applied);
    };
    for saw in [saw_in_history, saw_live] {
        let (mut alice, id, invite) = called();
        alice.modify(1, &id, "audio");
        alice.lose_track(2);
        saw(&mut alice, &invite);
        let _ = alice.engine.handle_history(at(4), &History::hot(), slice::from_ref(&invite));
        assert_eq!((data_of(&alice), alice.heard()), ("audio".to_owned(), vec![]));
    }
}

#[test]
fn r8_a_copy_of_the_invite_without_a_stamp_undoes_no_edit() {
    let invite = call().stamped(0, "m");
    let mut bob = Device::invited("bob", &invite);
    let _ = bob.hear_edit(2, &edited(&invite, 2, "v2"));
    bob.take();
    let _ = bob.engine.handle_history(at(3), &History::hot(), &[without_stamp(invite)]);
    assert_eq!((data_of(&bob), bob.heard()), ("v2".to_owned(), vec![]));
}

#[test]
fn r8_o7_another_edit_with_the_words_that_ones_own_was_written_over_is_no_copy() {
    let (mut alice, id, invite) = called();
    let _ = alice.hear_edit(1, &edited(&invite, 1, "theirs"));
    alice.take();
    alice.modify(2, &id, "mine");
    let _ = alice.hear_edit(3, &edited(&invite, 3, "theirs"));
    alice.lose_track(4);
    assert_eq!((data_of(&alice), alice.heard()), ("theirs".to_owned(), vec!["onInvitationModified"]));
}
