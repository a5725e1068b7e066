//! Modified invitations (R8): which data holds, and who is told.
#![allow(clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

use crate::common::{
    ACCEPT, Action, CANCEL, Device, REJECT, at, bob_says, call, called, class, data, data_of, edited, group, in_call,
    in_class, relay, standing,
};
use convoke::{
    Callback, CancelError, CatchUp, Disposition, History, Inbound, Invite, ModifyError, Operation, Outcome, Unavailable,
};
use proptest::prelude::*;
use std::slice;

/// The edit at this moment, its stamp not known.
fn unstamped(text: &str) -> Inbound {
    let mut edit = edited(&call(), 0, text);
    edit.stamp = None;
    edit
}

#[test]
fn r8_a_later_edit_replaces_an_earlier_one() {
    let mut bob = Device::invited("bob", &call().stamped(0, "invite"));
    for (ms, text) in [(1, "video"), (2, "audio")] {
        assert_eq!(bob.hear_edit(ms, &edited(&call(), ms, text)), Disposition::Applied);
        assert_eq!(data_of(&bob), text);
    }
    assert_eq!(bob.heard(), ["onInvitationModified", "onInvitationModified"]);
}

#[test]
fn r8_an_edit_that_was_overtaken_by_a_later_one_is_stale() {
    let mut bob = Device::invited("bob", &call().stamped(0, "invite"));
    let _ = bob.hear_edit(1, &edited(&call(), 2, "audio"));
    bob.callbacks.clear();
    assert_eq!(bob.hear_edit(2, &edited(&call(), 1, "video")), Disposition::Stale);
    assert_eq!(data_of(&bob), "audio");
    assert!(bob.heard().is_empty());
}

#[test]
fn r8_of_two_edits_of_one_moment_the_greater_id_wins_in_any_order() {
    let one = edited(&call(), 5, "one").stamped(5, "a");
    let two = edited(&call(), 5, "two").stamped(5, "b");
    for edits in [[&one, &two], [&two, &one]] {
        let mut bob = Device::invited("bob", &call());
        for edit in edits {
            let _ = bob.hear_edit(5, edit);
        }
        assert_eq!(data_of(&bob), "two");
    }
}

#[test]
fn r8_without_stamps_the_last_to_come_wins() {
    let mut bob = Device::invited("bob", &call());
    for text in ["video", "audio", "video"] {
        assert_eq!(bob.hear_edit(1, &unstamped(text)), Disposition::Applied);
        assert_eq!(data_of(&bob), text);
    }
}

#[test]
fn r8_the_same_data_again_calls_nobody() {
    let mut bob = Device::invited("bob", &call().stamped(0, "invite"));
    let _ = bob.hear_edit(1, &edited(&call(), 1, "video"));
    bob.callbacks.clear();
    assert_eq!(bob.hear_edit_in_vain(2, &edited(&call(), 1, "video")), Disposition::Duplicate);
    let _ = bob.hear_edit(3, &edited(&call(), 3, "video"));
    assert!(bob.heard().is_empty());
    assert_eq!(bob.hear_edit(4, &edited(&call(), 2, "audio")), Disposition::Stale, "but it counts as the newest");
}

#[test]
fn r8_an_edit_leaves_everything_but_the_data() {
    let mut bob = Device::invited("bob", &class());
    let mut edit = edited(&class(), 1, "video");
    edit.payload =
        edit.payload.replace(r#"["bob","carol"]"#, r#"["carol"]"#).replace(r#""timeout":10"#, r#""timeout":99"#);
    assert_eq!(bob.hear_edit(1, &edit), Disposition::Applied, "the module's edits carry a shrunken list");
    assert_eq!(bob.outcome_of("i", "bob"), Outcome::Pending);
    assert_eq!(bob.wake_ms(), Some(10_000));
    assert_eq!(bob.hear_in_vain(2, &class()), Disposition::Duplicate);
}

#[test]
fn r8_an_edit_after_the_end_is_stale() {
    for (kind, sender) in [(CANCEL, "alice"), (ACCEPT, "bob"), (REJECT, "bob")] {
        let mut bob = Device::invited("bob", &call());
        let _ = bob.hear(1, &in_call(kind, sender));
        bob.callbacks.clear();
        assert_eq!(bob.hear_edit_in_vain(2, &unstamped("video")), Disposition::Stale);
        assert_eq!(bob.engine.invitation("i").map(|call| call.data().as_str()), Some("call"));
    }
}

#[test]
fn r8_in_a_group_an_edit_counts_while_anybody_is_pending() {
    let mut bob = Device::invited("bob", &class());
    let _ = bob.hear(1, &in_class(ACCEPT, "bob", &["bob"]));
    assert_eq!(bob.hear_edit(2, &edited(&class(), 2, "video")), Disposition::Applied);
    let _ = bob.hear(3, &in_class(REJECT, "carol", &["carol"]));
    bob.callbacks.clear();
    assert_eq!(bob.hear_edit(4, &edited(&class(), 4, "audio")), Disposition::Stale);
    assert!(bob.heard().is_empty());
}

#[test]
fn r8_a_time_out_copies_the_data_as_it_is_now() {
    let mut bob = Device::invited("bob", &call());
    let _ = bob.hear_edit(1, &unstamped("video"));
    bob.tick(10_000);
    assert!(bob.sent()[0].payload.contains(r#""data":"video""#));
}

#[test]
fn r8_ones_own_edit_holds_at_once_and_calls_nobody_back_where_it_is_done() {
    let (mut alice, id, message) = called();
    alice.modify(1, &id, "video");
    assert_eq!(data_of(&alice), "video");
    assert_eq!(alice.edits[0].message, message.stamp);
    assert!(alice.edits[0].payload.contains(r#""inviteeList":["bob"]"#));
    let edit = edited(&message, 2, "video");
    assert_eq!(alice.hear_edit(2, &edit), Disposition::Applied, "seen again, it is acked");
    assert_eq!(alice.hear_edit_in_vain(4, &edit), Disposition::Duplicate);
    assert!(alice.heard().is_empty());
}

#[test]
fn r8_an_edit_that_the_service_refuses_leaves_the_old_data() {
    let (mut alice, id, _) = called();
    alice.modify(1, &id, "video");
    alice.refuse(2, 20_003);
    assert_eq!(data_of(&alice), "call");
    let told = alice.take();
    let [Callback::OperationFailed { operation: Operation::Modify, code: 20_003, outcome: Outcome::Pending, .. }] =
        &told[..]
    else {
        panic!("it failed: {told:?}");
    };
    alice.modify(3, &id, "audio");
    assert_eq!(data_of(&alice), "audio", "and may be tried again");
}

#[test]
fn r8_o7_an_edit_in_flight_that_the_end_overtakes_is_told_its_fate() {
    for (fate, told, text) in [
        ((|alice| alice.refuse(3, 20_003)) as fn(&mut Device), &["operationFailed"][..], "call"),
        (|alice| alice.ack(3), &[], "video"),
    ] {
        let (mut alice, id, _) = called();
        alice.modify(1, &id, "video");
        alice.learn(2, &bob_says(ACCEPT, &id));
        assert_eq!(alice.heard(), ["onInviteeAccepted", "ended"]);
        fate(&mut alice);
        assert_eq!(alice.heard(), told);
        assert_eq!(alice.engine.invitation(&id).unwrap().data(), &text);
    }
}

#[test]
fn r8_an_edit_of_unknown_fate_counts_as_made() {
    let (mut alice, id, _) = called();
    alice.modify(1, &id, "video");
    alice.lose_track(2);
    assert_eq!(data_of(&alice), "video");
}

#[test]
fn r8_an_edit_by_ones_other_device_counts_by_its_stamp_and_not_by_when_it_was_heard() {
    for (own, others, winner, told) in [(5, 6, "theirs", &["onInvitationModified"][..]), (6, 5, "mine", &[])] {
        for is_ack_first in [false, true] {
            let (mut alice, id, message) = called();
            alice.modify(1, &id, "mine");
            let (mine, theirs) = (edited(&message, own, "mine"), edited(&message, others, "theirs"));
            if is_ack_first {
                alice.ack_as(2, &mine);
                let _ = alice.hear_edit(2, &theirs);
            } else {
                let _ = alice.hear_edit(2, &theirs);
                alice.ack_as(2, &mine);
            }
            assert_eq!(data_of(&alice), winner);
            assert_eq!(alice.heard(), told);
        }
    }
}

#[test]
fn r8_ones_own_edit_that_is_stamped_before_the_one_it_replaces_is_undone() {
    let (mut alice, id, message) = called();
    let _ = alice.hear_edit(1, &edited(&message, 5, "theirs"));
    alice.modify(2, &id, "mine");
    alice.callbacks.clear();
    alice.ack_as(3, &edited(&message, 4, "mine"));
    assert_eq!(data_of(&alice), "theirs", "as it is for everybody else");
    assert_eq!(alice.heard(), ["onInvitationModified"]);
}

#[test]
fn r8_an_edit_of_unknown_fate_gives_way_to_another_that_came_meanwhile() {
    let (mut alice, id, message) = called();
    alice.modify(1, &id, "mine");
    let _ = alice.hear_edit(2, &edited(&message, 2, "theirs"));
    alice.lose_track(3);
    assert_eq!(data_of(&alice), "theirs");
    assert_eq!(alice.heard(), ["onInvitationModified"]);
}

#[test]
fn r8_a_refused_edit_leaves_what_another_device_has_written_meanwhile() {
    let (mut alice, id, message) = called();
    alice.modify(1, &id, "mine");
    let _ = alice.hear_edit(2, &edited(&message, 2, "theirs"));
    alice.refuse(3, 20_003);
    assert_eq!(data_of(&alice), "theirs");
    assert_eq!(alice.heard(), ["operationFailed", "onInvitationModified"]);
}

#[test]
fn r8_what_cannot_be_modified_is_left_as_it_is() {
    let mut bob = Device::invited("bob", &call());
    assert_eq!(bob.engine.modify(at(1), "i", "mine"), Err(ModifyError::NotInviter));

    let (mut alice, id, _) = called();
    alice.modify(1, &id, "one");
    assert_eq!(alice.engine.modify(at(1), &id, "two"), Err(ModifyError::Conflict));
    alice.ack(2);
    alice.cancel(3, &id);
    alice.ack(4);
    let settled = ModifyError::Unavailable(Unavailable::Settled(Outcome::Cancelled));
    assert_eq!(alice.engine.modify(at(5), &id, "two"), Err(settled));
    assert_eq!(alice.engine.invitation(&id).map(|call| call.data()), Some(&data("one")));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn r8_in_whatever_order_edits_come_everybody_ends_with_the_newest(
        order in Just((1_i64..=6).collect::<Vec<_>>()).prop_shuffle(),
        invite_at in 0_usize..=6,
        again in 0_usize..6,
    ) {
        let edit = |ms: i64| edited(&call(), ms, &format!("edit {ms}"));
        let mut bob = Device::new("bob");
        for (n, ms) in order.iter().enumerate() {
            if n == invite_at {
                let _ = bob.hear(1, &call().stamped(0, "invite"));
            }
            let _ = bob.hear_edit(1, &edit(*ms));
            let _ = bob.hear_edit(1, &edit(order[again.min(n)]));
        }
        let _ = bob.hear(1, &call().stamped(0, "invite"));
        prop_assert_eq!(data_of(&bob), "edit 6");
    }
}

#[test]
fn r8_an_edit_in_the_same_second_as_its_invite_holds_whatever_its_id() {
    let invite = call().stamped(1_000, "z");
    let mut bob = Device::invited("bob", &invite);
    let edit = edited(&invite, 1_000, "v2").stamped(1_000, "a");
    assert_eq!(bob.hear_edit(1_001, &edit), Disposition::Applied);
    assert_eq!(bob.engine.invitation("i").unwrap().data(), &"v2");
}

#[test]
fn r8_what_an_edit_has_said_is_not_undone_by_a_copy_of_the_invite_in_the_history() {
    let invite = call().stamped(1_000, "m");
    let mut bob = Device::invited("bob", &invite);
    assert_eq!(bob.hear_edit(2_000, &edited(&invite, 2_000, "v2")), Disposition::Applied);
    let _ = bob.engine.handle_history(at(3_000), &History::hot(), &[invite]);
    assert_eq!(bob.engine.invitation("i").unwrap().data(), &"v2");
}

#[test]
fn r8_an_edit_without_a_stamp_is_not_undone_by_a_copy_of_the_invite_in_the_history() {
    let invite = call().stamped(1_000, "m");
    let mut edit = edited(&invite, 2_000, "v2");
    edit.stamp = None;
    let mut bob = Device::invited("bob", &invite);
    assert_eq!(bob.hear_edit(2_000, &edit), Disposition::Applied);
    let _ = bob.engine.handle_history(at(3_000), &History::hot(), slice::from_ref(&invite));
    assert_eq!(data_of(&bob), "v2");

    let mut carol = Device::new("bob");
    assert_eq!(carol.hear_edit(1, &edit), Disposition::Buffered);
    for _ in 0..2 {
        let _ = carol.engine.handle_history(at(3_000), &History::hot(), slice::from_ref(&invite));
        assert_eq!(data_of(&carol), "v2");
    }
}

#[test]
fn r8_a_copy_in_the_history_that_is_newer_than_an_edit_has_the_data_until_there_is_a_newer_edit() {
    let mut bob = Device::invited("bob", &call().stamped(0, "invite"));
    assert_eq!(bob.hear_edit(1, &edited(&call(), 5, "video")), Disposition::Applied);
    let _ = bob.engine.handle_history(at(2), &History::hot(), &[edited(&call(), 7, "audio")]);
    assert_eq!(data_of(&bob), "audio");
    bob.take();
    assert_eq!(bob.hear_edit(3, &edited(&call(), 6, "late")), Disposition::Stale);
    assert_eq!(bob.hear_edit(3, &edited(&call(), 8, "last")), Disposition::Applied);
}

#[test]
fn r8_where_no_stamp_is_known_at_all_ones_own_edit_holds() {
    let (mut alice, id, message) = called();
    alice.modify(1, &id, "mine");
    let mut other = edited(&message, 2, "other");
    other.stamp = None;
    assert_eq!(alice.hear_edit(2, &other), Disposition::Applied);
    alice.lose(3);
    assert_eq!(data_of(&alice), "mine");
}

#[test]
fn w2_r8_an_edit_by_the_vendors_module_lists_who_is_pending_and_is_found_in_the_history() {
    let invite = class().stamped(0, "m");
    let mut bob = Device::invited("bob", &invite);
    let _ = bob.hear(1, &in_class(ACCEPT, "carol", &["carol"]));
    bob.take();
    let mut edit = Action::invite("i", "alice", &["bob"], 10).from("alice", group("room")).stamped(0, "m");
    edit.payload = edit.payload.replace(r#""data":"call""#, r#""data":"video""#);
    let CatchUp::Done(dispositions) = bob.engine.handle_history(at(3), &History::hot(), &[edit]) else {
        panic!("there is room");
    };
    assert_eq!((dispositions, data_of(&bob)), (vec![Disposition::Applied], "video".to_owned()));
    let mut forged = Action::invite("i", "alice", &["bob", "mallory"], 10).from("alice", group("room")).stamped(0, "m");
    forged.payload = forged.payload.replace(r#""data":"call""#, r#""data":"forged""#);
    let _ = bob.engine.handle_history(at(4), &History::hot(), &[forged]);
    assert_eq!(data_of(&bob), "video", "whom it did not invite it does not list");
}

#[test]
fn r8_an_edit_that_was_missed_is_found_in_the_history_though_an_earlier_one_was_heard() {
    let invite = call().stamped(1_000, "m");
    let mut bob = Device::invited("bob", &invite);
    let _ = bob.hear_edit(2_000, &edited(&invite, 2_000, "v2"));
    bob.take();
    let _ = bob.engine.handle_history(at(3_000), &History::hot(), &[standing(&invite, "v3")]);
    assert_eq!((data_of(&bob), bob.heard()), ("v3".to_owned(), vec!["onInvitationModified"]));
    let _ = bob.engine.handle_history(at(4_000), &History::hot(), &[invite]);
    assert_eq!(data_of(&bob), "v3", "the invite's own words are no edit");
}

#[test]
fn r8_o7_an_edit_of_unknown_fate_that_was_never_made_is_undone_by_the_history() {
    let (mut alice, id, message) = called();
    alice.modify(1, &id, "video");
    alice.lose_track(2);
    let _ = alice.engine.handle_history(at(3), &History::hot(), &[message]);
    assert_eq!((data_of(&alice), alice.heard()), ("call".to_owned(), vec!["onInvitationModified"]));
}

#[test]
fn o7_ones_own_edit_in_the_history_is_an_ack() {
    let (mut alice, id, message) = called();
    alice.modify(1, &id, "video");
    assert!(matches!(alice.engine.cancel(at(2), &id, ""), Err(CancelError::Unavailable(Unavailable::InFlight(_)))));
    let _ = alice.engine.handle_history(at(3), &History::hot(), slice::from_ref(&message));
    assert!(alice.engine.invitation(&id).unwrap().is_in_flight(), "it stands there as it was");
    let _ = alice.engine.handle_history(at(4), &History::hot(), &[standing(&message, "video")]);
    assert!(!alice.engine.invitation(&id).unwrap().is_in_flight());
    alice.cancel(5, &id);
}

#[test]
fn o7_an_edit_by_another_device_that_says_nothing_new_is_an_ack_of_the_invite() {
    let mut alice = Device::new("alice");
    let id = alice.invite(0, Invite::to("bob").timeout(10).data("call"));
    let mut edit = relay(&alice.sent()[0], "alice", "alice", 7);
    edit.stamp = None;
    assert_eq!(alice.hear_edit(1, &edit), Disposition::Applied);
    assert_eq!(alice.hear_edit_in_vain(2, &edit), Disposition::Duplicate);
    alice.cancel(3, &id);
}

#[test]
fn r5_a_copy_in_the_history_that_tells_the_stamp_is_no_duplicate_whatever_data_it_has() {
    let mut alice = Device::new("alice");
    let id = alice.invite(0, Invite::to("bob").timeout(10).data("call"));
    let message = relay(&alice.sent()[0], "alice", "alice", 7);
    alice.lose(1);
    alice.modify(2, &id, "video");
    let CatchUp::Done(dispositions) = alice.engine.handle_history(at(3), &History::hot(), &[message]) else {
        panic!("there is room");
    };
    assert_eq!(dispositions, [Disposition::Applied]);
}
