//! What the fuzz targets have found, each as short as it gets. Further finds are inputs in `fuzz/corpus`, named after the race.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

use crate::common::{
    self, ACCEPT, Action, CANCEL, Device, REJECT, TIMEOUT, at, class, edited, group, pair, relay, stamp,
};
use convoke::{
    CatchUp, Config, Conversation, Disposition, History, Inbound, InvitationKey, Invite, Limit, Millis, Outcome,
    Pushed, Refusal, SendResult, ServerTime, Target, Wake,
};

fn target() -> Target {
    Target::from("i")
}

/// A device of alice, who has invited bob on another one, for ever.
fn second_device() -> Device {
    let mut alice = Device::new("alice");
    let invite = Action::invite("i", "alice", &["bob"], 0).from("alice", pair("bob")).stamped(1_000, "m1");
    assert_eq!(alice.hear(1_000, &invite), Disposition::Applied);
    assert!(alice.heard().is_empty());
    alice
}

fn history(device: &mut Device, messages: &[Inbound]) {
    let CatchUp::Done(_) = device.engine.handle_history(at(2_000), &History::hot(), messages) else {
        panic!("the outputs were polled");
    };
}

#[test]
fn r5_an_invite_that_was_long_over_when_it_came_is_remembered_from_then_on() {
    let mut bob = Device::new("bob");
    bob.engine.sync_clock(at(0), ServerTime::from_millis(1_000_000));
    let old = Action::invite("i", "alice", &["bob", "carol"], 2).from("alice", group("room")).stamped(0, "m1");
    assert_eq!(bob.hear(0, &old), Disposition::Applied);
    assert_eq!(bob.heard(), ["missed", "ended"]);
    assert_eq!(bob.hear(0, &old), Disposition::Duplicate);
    assert!(bob.heard().is_empty());
}

#[test]
fn c7_an_answer_that_loses_to_a_cancel_in_flight_is_not_the_end() {
    let mut alice = second_device();
    alice.engine.cancel(at(1_000), target(), "").expect("it is pending");
    let reject = Action::reply(REJECT, "i", "alice", &["bob"]).from("bob", pair("bob"));
    assert_eq!(alice.hear(1_000, &reject), Disposition::Stale);
    assert!(alice.heard().is_empty(), "the cancel may still be refused");
    alice.ack(1_001);
    assert_eq!(alice.heard(), ["ended"]);
}

#[test]
fn a2_what_comes_twice_in_a_batch_ends_after_it_was_told() {
    let mut alice = second_device();
    let cancel = Action::reply(CANCEL, "i", "alice", &["bob"]).from("alice", pair("bob"));
    history(&mut alice, &[cancel.clone(), cancel]);
    assert_eq!(alice.heard(), ["onInvitationCancelled", "ended"]);
}

#[test]
fn a2_an_edit_in_a_batch_is_folded_into_the_ring() {
    let mut bob = Device::new("bob");
    let invite = Action::invite("i", "alice", &["bob"], 0).from("alice", pair("alice")).stamped(1_000, "m1");
    let edit = Action::invite("i", "alice", &["bob"], 0).data("edited").from("alice", pair("alice"));
    assert_eq!(bob.engine.handle_edit(at(1_000), &edit), Disposition::Buffered);
    history(&mut bob, &[invite.clone(), invite]);
    assert_eq!(bob.heard(), ["onReceiveNewInvitation"]);
}

#[test]
fn a2_an_edit_in_a_batch_of_what_is_known_is_told_once() {
    let mut alice = second_device();
    let edited = |data, ms| {
        let invite = Action::invite("i", "alice", &["bob"], 0).data(data);
        invite.from("alice", pair("bob")).stamped(ms, format!("m{ms}"))
    };
    history(&mut alice, &[edited("one", 1_001), edited("two", 1_002)]);
    assert_eq!(alice.heard(), ["onInvitationModified"]);
    let key = InvitationKey::new("alice", "i", Conversation::C2c("bob".into()));
    assert_eq!(alice.engine.invitation(&key).expect("it is open").data(), &common::data("two"));
}

#[test]
fn w9_a_history_that_finds_a_backlog_has_changed_nothing() {
    let mut config = Config::default();
    config.limits.outputs = 1;
    let mut alice = Device::with("alice", config);
    alice.engine.invite(at(0), Invite::to("bob")).expect("the invite is valid");
    let before = alice.engine.clone();
    assert_eq!(alice.engine.handle_history(at(9), &History::hot(), &[]), CatchUp::Backlog);
    assert_eq!(alice.engine, before);
}

#[test]
fn c3_a_time_out_that_was_told_is_not_told_again_after_ones_own_accept_was_refused() {
    let mut bob = Device::new("bob");
    let invite = Action::invite("i", "alice", &["bob"], 10).from("alice", pair("alice"));
    assert_eq!(bob.hear(0, &invite), Disposition::Applied);
    bob.engine.accept(at(0), target(), "").expect("it is pending");
    let timeout = Action::reply(TIMEOUT, "i", "alice", &["bob"]);
    assert_eq!(bob.hear(0, &timeout.from("alice", pair("alice"))), Disposition::Applied);
    bob.refuse(0, 80_001);
    assert_eq!(bob.heard(), ["onReceiveNewInvitation", "onInvitationTimeout", "ended", "operationFailed"]);
    let _ = bob.hear(0, &timeout.from("bob", pair("alice")));
    assert!(bob.heard().is_empty());
}

#[test]
fn r5_ones_own_cancel_seen_again_while_it_is_in_flight_changes_nothing() {
    let mut alice = second_device();
    alice.engine.cancel(at(1_000), target(), "").expect("it is pending");
    let cancel = Action::reply(CANCEL, "i", "alice", &["bob"]).from("alice", pair("bob"));
    assert_eq!(alice.hear(1_000, &cancel), Disposition::Applied);
    let before = alice.engine.clone();
    let other = Action::reply(CANCEL, "i", "alice", &["bob"]).data("other").from("alice", pair("bob"));
    assert_eq!(alice.hear(1_000, &other), Disposition::Duplicate);
    assert!(alice.engine == before);
}

#[test]
fn r5_an_answer_of_another_device_seen_again_changes_nothing() {
    let mut bob = Device::new("bob");
    let invite = Action::invite("i", "alice", &["bob"], 0).from("alice", pair("alice"));
    assert_eq!(bob.hear(0, &invite), Disposition::Applied);
    bob.engine.accept(at(0), target(), "").expect("it is pending");
    let own =
        |kind, ms| Action::reply(kind, "i", "alice", &["bob"]).from("bob", pair("alice")).stamped(ms, format!("m{ms}"));
    let (reject, echo) = (own(REJECT, 1), own(ACCEPT, 2));
    for message in [&reject, &echo] {
        let _ = bob.hear(0, message);
    }
    let (token, _) = bob.engine.sends_in_flight().next().expect("the accept is in flight");
    bob.engine.handle_send_result(at(0), token, SendResult::Sent(stamp(2, "m2"))).expect("the token is open");
    let before = bob.engine.clone();
    assert_eq!(bob.hear(0, &reject), Disposition::Duplicate);
    assert!(bob.engine == before);
}

#[test]
fn r5_an_answer_of_another_device_seen_again_after_ones_own_was_refused_changes_nothing() {
    let mut bob = Device::new("bob");
    let invite = Action::invite("i", "alice", &["bob"], 0).from("alice", pair("alice"));
    assert_eq!(bob.hear(0, &invite), Disposition::Applied);
    bob.engine.accept(at(0), target(), "").expect("it is pending");
    let accept = Action::reply(ACCEPT, "i", "alice", &["bob"]).from("bob", pair("alice"));
    assert_eq!(bob.hear(0, &accept), Disposition::Applied);
    bob.refuse(0, 80_001);
    let before = bob.engine.clone();
    assert_eq!(bob.hear(0, &accept), Disposition::Duplicate);
    assert!(bob.engine == before);
}

#[test]
fn c7_ones_own_invite_that_was_long_over_when_it_came_ends_without_a_word() {
    let mut alice = Device::new("alice");
    alice.engine.sync_clock(at(0), ServerTime::from_millis(1_000_000));
    let old = Action::invite("i", "alice", &["bob"], 2).from("alice", pair("bob")).stamped(0, "m1");
    assert_eq!(alice.hear(0, &old), Disposition::Applied);
    let timeout = Action::reply(TIMEOUT, "i", "alice", &["bob"]).from("alice", pair("bob"));
    let _ = alice.hear(1, &timeout);
    assert!(alice.heard().is_empty());
}

#[test]
fn r5_a_pushed_invitation_that_ended_without_its_message_is_completed_and_tells_no_news_of_a_no() {
    let mut bob = Device::new("bob");
    let name = InvitationKey::new("alice", "i", group("room"));
    let pushed = Pushed::new(name, ServerTime::from_millis(0)).timeout(1);
    bob.engine.add_invited(at(0), pushed).expect("it is new");
    bob.engine.handle_member_left(at(60_000), &"room".into(), &"bob".into());
    assert_eq!(bob.heard(), ["onInvitationTimeout", "ended"]);
    let cancel = Action::reply(CANCEL, "i", "alice", &["bob", "carol"]).from("alice", group("room"));
    let invite = Action::invite("i", "alice", &["bob", "carol"], 1).from("alice", group("room"));
    history(&mut bob, &[cancel.clone().stamped(500, "m2"), invite]);
    let _ = bob.hear(60_000, &cancel);
    assert!(bob.heard().is_empty(), "it has ended");
    let completed = bob.engine.invitation(target()).expect("it is remembered");
    assert_eq!(completed.outcome_of("carol"), Some(Outcome::Cancelled));
}

#[test]
fn r5_a_copy_of_the_message_of_a_push_that_was_over_by_its_own_word_is_told_to_nobody() {
    let mut bob = Device::new("bob");
    let pushed =
        Pushed::new(InvitationKey::new("alice", "i", pair("alice")), ServerTime::from_millis(0)).timeout(3_600);
    bob.engine.add_invited(at(0), pushed).expect("it is new");
    let cancel = Action::reply(CANCEL, "i", "alice", &["bob"]).from("alice", pair("alice")).stamped(1_000, "m2");
    assert_eq!(bob.hear(1_000, &cancel), Disposition::Applied);
    assert_eq!(bob.heard(), ["onInvitationCancelled", "ended"]);
    let invite = Action::invite("i", "alice", &["bob"], 30).from("alice", pair("alice")).stamped(0, "m1");
    assert_eq!(bob.hear(1_200_000, &invite), Disposition::Applied);
    assert_eq!(bob.hear(1_200_000, &invite), Disposition::Duplicate);
    assert!(bob.heard().is_empty());
}

#[test]
fn r5_a_copy_of_the_message_without_a_timeout_of_an_old_push_does_not_ring() {
    let mut config = Config::default();
    config.retention = Millis::from_secs(60);
    let mut bob = Device::with("bob", config);
    bob.engine.sync_clock(at(0), ServerTime::from_millis(100_000));
    let key = InvitationKey::new("alice", "i", pair("alice"));
    let pushed = Pushed::new(key, ServerTime::from_millis(0)).timeout(3_600);
    bob.engine.add_invited(at(0), pushed).expect("it is new");
    let invite = Action::invite("i", "alice", &["bob"], 0).from("alice", pair("alice")).stamped(90_000, "m1");
    assert_eq!(bob.hear(0, &invite), Disposition::Applied);
    assert_eq!(bob.hear(0, &invite), Disposition::Duplicate);
    assert!(bob.heard().is_empty());
    bob.engine.tick(at(50_000));
    assert!(bob.engine.invitation(target()).is_none(), "its retention is over");
    assert_eq!(bob.hear(50_000, &invite), Disposition::Stale);
}

#[test]
fn r8_ones_own_edit_seen_without_a_stamp_is_the_last_to_come_whatever_overtook_it() {
    let mut alice = Device::new("alice");
    let id = alice.invite(0, Invite::to("bob").timeout(10).data("call"));
    alice.ack(0);
    alice.engine.modify(at(0), &id, "mine").expect("it is pending");
    let edit = |data| Action::invite(id.as_str(), "alice", &["bob"], 10).data(data).from("alice", pair("bob"));
    let elsewhere = edit("elsewhere").stamped(1_000, "m2");
    assert_eq!(alice.engine.handle_edit(at(1), &elsewhere), Disposition::Applied);
    assert_eq!(alice.engine.handle_edit(at(2), &edit("mine")), Disposition::Applied);
    let before = alice.engine.clone();
    assert_eq!(alice.engine.handle_edit(at(2), &edit("mine")), Disposition::Duplicate);
    assert!(alice.engine == before);
    assert_eq!(alice.engine.invitation(&id).expect("it is open").data(), &"mine");
}

#[test]
fn r8_an_edit_that_overtook_ones_own_is_not_undone_by_a_copy_of_the_invite_in_the_history() {
    let mut alice = Device::new("alice");
    let id = alice.invite(0, Invite::to("bob").timeout(10).data("call"));
    let invite = relay(&alice.sent()[0], "alice", "alice", 0);
    alice.ack_as(0, &invite);
    alice.engine.modify(at(1), &id, "mine").expect("it is pending");
    assert_eq!(alice.hear_edit(2, &edited(&invite, 2, "elsewhere")), Disposition::Applied);
    history(&mut alice, &[invite]);
    alice.refuse(2_000, 20_003);
    assert_eq!(alice.engine.invitation(&id).expect("it is open").data(), &"elsewhere");
}

#[test]
fn r8_an_edit_of_a_push_that_its_message_would_undo_for_want_of_room_is_refused() {
    let mut config = Config::default();
    config.limits.early_per_sender = 1;
    let mut bob = Device::with("bob", config);
    let other = Action::reply(CANCEL, "other", "alice", &["bob"]).from("alice", group("room"));
    assert_eq!(bob.hear(0, &other), Disposition::Buffered);
    let name = InvitationKey::new("alice", "i", group("room"));
    bob.engine.add_invited(at(0), Pushed::new(name, ServerTime::from_millis(0)).timeout(10)).expect("it is new");
    let edit = edited(&class(), 1, "new");
    assert_eq!(bob.hear_edit(1, &edit), Disposition::Refused(Refusal::Limit(Limit::Early)));
    assert!(bob.heard().is_empty());
    assert_eq!(bob.hear(2, &class()), Disposition::Applied);
    assert_eq!(bob.hear_edit(3, &edit), Disposition::Applied);
    assert_eq!(bob.heard(), ["onInvitationModified"]);
}

#[test]
fn o7_what_another_of_ones_devices_has_cancelled_or_edited_is_not_undone_by_a_refusal() {
    let cancel = |id: &str| Action::reply(CANCEL, id, "alice", &["bob"]).from("alice", pair("bob"));
    let edit = |id: &str| Action::invite(id, "alice", &["bob"], 30).data("new").from("alice", pair("bob"));
    for is_edit in [false, true] {
        let mut alice = Device::new("alice");
        let id = alice.invite(0, Invite::to("bob").timeout(30));
        let heard = if is_edit { alice.hear_edit(1, &edit(id.as_str())) } else { alice.hear(1, &cancel(id.as_str())) };
        assert_eq!(heard, Disposition::Applied);
        let told = alice.heard();
        assert_eq!(told.last(), Some(&if is_edit { "onInvitationModified" } else { "ended" }));
        alice.refuse(2, 20_003);
        assert!(alice.heard().is_empty(), "somebody has seen it");
        assert!(alice.engine.invitation(&id).is_some(), "a copy is not an invitation of its own");
    }
}

#[test]
fn t4_a_push_without_a_timeout_passes_quietly_whether_or_not_the_fate_of_its_answer_is_known() {
    for is_acked in [true, false] {
        let mut bob = Device::new("bob");
        let name = InvitationKey::new("alice", "i", group("room"));
        bob.engine.add_invited(at(0), Pushed::new(name, ServerTime::from_millis(0))).expect("it is new");
        bob.engine.accept(at(0), target(), "").expect("it is pending");
        assert!(bob.heard().is_empty());
        if is_acked {
            bob.ack(1);
        }
        while let Wake::At(now, _) = bob.engine.wake() {
            bob.engine.tick(now);
            assert!(bob.heard().is_empty(), "whom else it invites was never known");
        }
        assert!(bob.engine.invitation(target()).is_none());
    }
}

#[test]
fn r8_of_a_push_nothing_is_too_old_to_be_kept_for_its_message() {
    let mut bob = Device::new("bob");
    let name = InvitationKey::new("alice", "i", group("room"));
    bob.engine.add_invited(at(0), Pushed::new(name, ServerTime::from_millis(0))).expect("it is new");
    let other = Action::invite("other", "carol", &["bob"], 0).from("carol", pair("carol")).stamped(10_000_000, "m9");
    assert_eq!(bob.hear(0, &other), Disposition::Applied);
    bob.heard();
    let class = Action::invite("i", "alice", &["bob", "carol"], 0).data("call").from("alice", group("room"));
    let reject = Action::reply(REJECT, "i", "alice", &["carol"]).from("carol", group("room")).stamped(1, "m1");
    assert_eq!(bob.hear(1, &reject), Disposition::Buffered);
    assert_eq!(bob.hear_edit(1, &edited(&class, 1, "new")), Disposition::Applied);
    assert_eq!(bob.heard(), ["onInvitationModified"]);
    assert_eq!(bob.hear(2, &class.stamped(0, "m0")), Disposition::Applied);
    assert_eq!(bob.heard(), ["onInviteeRejected"]);
    assert_eq!(bob.engine.invitation(target()).expect("it is open").data(), &"new");
}

#[test]
fn t4_what_ran_out_by_the_word_of_a_push_alone_never_did_where_the_message_has_no_timeout() {
    let said_elsewhere = Action::reply(TIMEOUT, "i", "alice", &["bob"]).from("bob", group("room"));
    let said_by_alice = Action::reply(TIMEOUT, "i", "alice", &["bob"]).from("alice", group("room"));
    for timeout in [said_elsewhere, said_by_alice] {
        let mut bob = Device::new("bob");
        let name = InvitationKey::new("alice", "i", group("room"));
        bob.engine.add_invited(at(0), Pushed::new(name, ServerTime::from_millis(0)).timeout(5)).expect("it is new");
        bob.reject(1, "i");
        let _ = bob.hear(2, &timeout);
        let class = Action::invite("i", "alice", &["bob", "carol"], 0).from("alice", group("room"));
        assert_eq!(bob.hear(3, &class), Disposition::Applied);
        bob.refuse(4, 20_003);
        assert_eq!(bob.heard(), ["operationFailed"], "{}", timeout.sender);
        assert_eq!(bob.outcome_of("i", "bob"), Outcome::Pending, "{}", timeout.sender);
        bob.accept(5, "i");
    }
}

#[test]
fn c3_what_was_told_of_an_answer_that_was_refused_is_no_longer_told_where_the_time_out_behind_it_never_was() {
    let mut bob = Device::new("bob");
    let name = InvitationKey::new("alice", "i", group("room"));
    bob.engine.add_invited(at(0), Pushed::new(name, ServerTime::from_millis(0)).timeout(5)).expect("it is new");
    bob.reject(1, "i");
    let timeout = Action::reply(TIMEOUT, "i", "alice", &["bob"]).from("alice", group("room"));
    assert_eq!(bob.hear(2, &timeout), Disposition::Applied);
    bob.refuse(3, 20_003);
    assert_eq!(bob.heard(), ["operationFailed"]);
    let class = Action::invite("i", "alice", &["bob", "carol"], 0).from("alice", group("room"));
    assert_eq!(bob.hear(4, &class), Disposition::Applied);
    let elsewhere = Action::reply(REJECT, "i", "alice", &["bob"]).from("bob", group("room"));
    assert_eq!(bob.hear(5, &elsewhere), Disposition::Applied);
    assert_eq!(bob.heard(), ["onInviteeRejected"]);
}

#[test]
fn o7_a_time_out_that_a_push_left_open_is_told_once_the_acceptance_that_beats_it_is_refused() {
    let mut bob = Device::new("bob");
    let name = InvitationKey::new("alice", "i", pair("alice"));
    bob.engine.add_invited(at(0), Pushed::new(name, ServerTime::from_millis(0))).expect("it is new");
    let elsewhere = Action::reply(TIMEOUT, "i", "alice", &["bob"]).from("bob", pair("alice"));
    assert_eq!(bob.hear(1, &elsewhere), Disposition::Buffered, "the push knows of no timeout");
    bob.accept(2, "i");
    let call = Action::invite("i", "alice", &["bob"], 10).from("alice", pair("alice"));
    assert_eq!(bob.hear(3, &call), Disposition::Applied);
    assert!(bob.heard().is_empty());
    bob.refuse(4, 20_003);
    assert_eq!(bob.heard(), ["operationFailed", "onInvitationTimeout", "ended"]);
}

#[test]
fn t4_a_time_out_that_was_told_by_the_word_of_a_push_stands() {
    let mut bob = Device::new("bob");
    let name = InvitationKey::new("alice", "i", group("room"));
    bob.engine.add_invited(at(0), Pushed::new(name, ServerTime::from_millis(0)).timeout(5)).expect("it is new");
    bob.tick(5_000);
    assert_eq!(bob.heard(), ["onInvitationTimeout"]);
    let class = Action::invite("i", "alice", &["bob", "carol"], 0).from("alice", group("room"));
    assert_eq!(bob.hear(5_001, &class), Disposition::Applied);
    assert_eq!(bob.outcome_of("i", "bob"), Outcome::TimedOut);
    assert!(bob.heard().is_empty());
}

#[test]
fn o7_a_time_out_is_sent_again_with_what_an_edit_of_unknown_fate_gave_way_to_at_that_moment() {
    let mut alice = Device::new("alice");
    let id = alice.invite(0, Invite::to("bob").timeout(10).data("call"));
    alice.ack(0);
    alice.modify(1, &id, "mine");
    let theirs = Action::invite(id.as_str(), "alice", &["bob"], 10).data("theirs").from("alice", pair("bob"));
    assert_eq!(alice.hear_edit(2, &theirs.stamped(5, "m5")), Disposition::Applied);
    alice.tick(15_000);
    let token = alice.sent().pop().expect("the time-out").token;
    alice.engine.handle_send_result(at(19_000), token, SendResult::Refused { code: 1 }).expect("it is open");
    alice.tick(20_000);
    let again = alice.sent().pop().expect("the time-out, again");
    assert!(again.payload.contains(r#""data":"theirs""#), "{}", again.payload);
}

#[test]
fn t3_an_edit_that_is_an_ack_is_no_reason_to_outlive_the_end_of_an_endless_life() {
    let mut alice = Device::new("alice");
    let id = alice.invite(0, Invite::to("bob").data("call"));
    alice.ack(0);
    alice.engine.begin_catch_up(at(1));
    let late = 2 * i64::from(Config::default().retention.as_millis());
    alice.modify(late, &id, "new");
    let _ = alice.engine.handle_history(at(late), &History::hot(), &[]);
    assert!(alice.engine.invitation(&id).is_some(), "what is in flight has its fate first");
    let edit = Action::invite(id.as_str(), "alice", &["bob"], 0).data("new").from("alice", pair("bob"));
    assert_eq!(alice.hear_edit(late, &edit.stamped(late, "m2")), Disposition::Applied);
    assert!(alice.engine.invitation(&id).is_none());
}

#[test]
fn r6_a_cancel_that_lists_nobody_keeps_nothing_that_came_early_for_longer() {
    let mut bob = Device::new("bob");
    let edit = Action::invite("i", "alice", &["bob"], 30).from("alice", pair("alice"));
    assert_eq!(bob.hear_edit(0, &edit), Disposition::Buffered);
    let cancel = Action::reply(CANCEL, "i", "alice", &[]).from("alice", pair("alice"));
    assert_eq!(bob.hear(599_000, &cancel), Disposition::Refused(Refusal::NobodyInvited));
    bob.tick(600_000);
    assert_eq!(bob.engine.stats().early, 0);
}
