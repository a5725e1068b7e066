//! Operations and the fate of their messages (`O5`, `O7`).
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use crate::common::{
    ACCEPT, Action, CANCEL, Device, REJECT, TIMEOUT, assert_told, at, blind, bob_says, calling, data, dialling,
    dialling_with, in_call, in_room, pair, relay, ringing, ringing_with, saying, stamp,
};
use convoke::{
    AnswerError, Callback, CancelError, Disposition, History, Invite, Operation, Outcome, SendResult, ServerTime,
    Token, Unavailable, Wake, WakeReason,
};

const NO_NETWORK: i32 = 9_508;

fn token(device: &Device) -> Token {
    device.engine.sends_in_flight().next().expect("a send is in flight").0
}

#[test]
fn o7_what_is_in_flight_and_under_which_stamp_it_was_taken_is_readable() {
    let (mut alice, id) = dialling(Invite::to("bob").timeout(30));
    let read = |alice: &Device| {
        let view = alice.engine.invitation(id.as_str()).expect("it is open");
        (view.is_in_flight(), view.stamp().cloned())
    };
    assert_eq!(read(&alice), (true, None));
    let taken = stamp(3, "m3");
    let token = token(&alice);
    alice.engine.handle_send_result(at(3), token, SendResult::Sent(taken.clone())).expect("the token is open");
    assert_eq!(read(&alice), (false, Some(taken)));
}

#[test]
fn o5_an_answer_that_overtakes_the_ack_of_its_invite_is_not_lost() {
    let (mut alice, id) = dialling(Invite::to("bob").timeout(30));
    alice.learn(1, &bob_says(ACCEPT, &id));
    assert_told!(alice, [Callback::InviteeAccepted { .. }, Callback::Ended { .. }]);
    alice.ack(2);
    alice.tick(100_000);
    assert_told!(alice, []);
    assert_eq!(alice.outcome(id.as_str(), "bob"), Some(Outcome::Accepted));
}

#[test]
fn o5_an_answer_counts_even_before_the_send_was_polled() {
    let mut alice = Device::new("alice");
    let key = alice.engine.invite(at(0), Invite::to("bob").timeout(30)).unwrap();
    let _ = alice.engine.handle_message(at(0), &bob_says(REJECT, key.invite_id()));
    assert_told!(alice, [Callback::InviteeRejected { .. }, Callback::Ended { .. }]);
}

#[test]
fn o5_an_invitation_has_one_operation_in_flight_and_is_free_after_its_fate() {
    for fate in [Device::ack as fn(&mut Device, i64), Device::lose] {
        let (mut alice, id) = dialling(Invite::to("bob").timeout(30));
        assert!(alice.engine.cancel(at(1), &id, "").is_err());
        fate(&mut alice, 2);
        assert!(alice.engine.modify(at(3), &id, "video").is_ok());
        assert!(alice.engine.cancel(at(4), &id, "").is_err());
        fate(&mut alice, 5);
        assert!(alice.engine.cancel(at(6), &id, "").is_ok());
    }
}

#[test]
fn o5_different_invitations_never_wait_for_each_other() {
    let mut bob = ringing(30);
    bob.learn(0, &Action::invite("j", "carol", &["bob"], 30).from("carol", pair("carol")));
    let mine = bob.invite(0, Invite::to("dave"));
    bob.ack(0);
    bob.engine.accept(at(1), "i", "").unwrap();
    bob.engine.reject(at(1), "j", "").unwrap();
    bob.engine.cancel(at(1), &mine, "").unwrap();
    assert_eq!(bob.engine.stats().sends_in_flight, 3);
}

#[test]
fn o5_the_device_that_operates_is_told_by_the_operation_and_the_end_waits_for_the_fate() {
    let mut bob = ringing(30);
    bob.engine.accept(at(1), "i", "").unwrap();
    assert_told!(bob, []);
    assert_eq!(bob.outcome("i", "bob"), Some(Outcome::Accepted));
    bob.ack(2);
    assert_told!(bob, [Callback::Ended { .. }]);
}

#[test]
fn o7_every_send_has_a_token_of_its_own_and_each_fate_is_told_once() {
    let (mut alice, _) = dialling(Invite::to("bob").timeout(30));
    alice.invite(0, Invite::to("carol").timeout(30));
    let tokens: Vec<Token> = alice.engine.sends_in_flight().map(|(token, _)| token).collect();
    assert_eq!(tokens.len(), 2);
    assert_ne!(tokens[0], tokens[1]);

    alice.ack(1);
    let before = alice.engine.clone();
    assert!(alice.engine.handle_send_result(at(1), tokens[0], SendResult::Refused { code: 1 }).is_err());
    assert_eq!(alice.engine, before);
}

#[test]
fn o7_a_refused_invite_is_gone_and_the_inviter_is_told() {
    let (mut alice, id) = dialling(Invite::to("bob").timeout(30));
    alice.refuse(1, NO_NETWORK);
    assert_told!(alice, [Callback::OperationFailed { operation: Operation::Invite, code: NO_NETWORK, .. }]);
    assert!(alice.engine.invitation(&id).is_none());
    assert_eq!(alice.engine.stats().kept, 0);
    alice.tick(100_000);
    assert_told!(alice, []);
}

#[test]
fn o7_a_refused_accept_is_pending_again_and_does_not_ring_twice() {
    let mut bob = ringing(30);
    bob.engine.accept(at(1), "i", "").unwrap();
    bob.refuse(2, NO_NETWORK);
    assert_told!(
        bob,
        [Callback::OperationFailed { operation: Operation::Accept, code: NO_NETWORK, outcome: Outcome::Pending, .. }]
    );
    bob.engine.reject(at(3), "i", "").unwrap();
    assert_eq!(bob.said(), [saying(ACCEPT, &["bob"]), saying(REJECT, &["bob"])]);
    bob.ack(4);
    assert_told!(bob, [Callback::Ended { .. }]);
}

#[test]
fn o7_a_refused_reject_is_pending_again() {
    let mut bob = ringing(30);
    bob.engine.reject(at(1), "i", "").unwrap();
    bob.refuse(2, NO_NETWORK);
    assert_told!(bob, [Callback::OperationFailed { operation: Operation::Reject, outcome: Outcome::Pending, .. }]);
    assert!(bob.engine.accept(at(29_999), "i", "").is_ok());
}

#[test]
fn o7_a_refused_cancel_is_pending_again_and_the_answer_is_still_awaited() {
    let (mut alice, id) = calling(Invite::to("bob").timeout(30));
    alice.engine.cancel(at(1), &id, "").unwrap();
    alice.refuse(2, NO_NETWORK);
    assert_told!(alice, [Callback::OperationFailed { operation: Operation::Cancel, outcome: Outcome::Pending, .. }]);
    alice.learn(3, &bob_says(ACCEPT, &id));
    assert_told!(alice, [Callback::InviteeAccepted { revises: None, .. }, Callback::Ended { .. }]);
}

#[test]
fn o7_a_refused_modification_leaves_the_old_data() {
    let (mut alice, id) = calling(Invite::to("bob").timeout(30).data("audio"));
    alice.engine.modify(at(1), &id, "video").unwrap();
    alice.refuse(2, NO_NETWORK);
    assert_told!(alice, [Callback::OperationFailed { operation: Operation::Modify, outcome: Outcome::Pending, .. }]);
    assert_eq!(*alice.engine.invitation(&id).unwrap().data(), data("audio"));
    assert!(alice.engine.modify(at(3), &id, "video").is_ok());
}

#[test]
fn o7_an_accept_refused_after_the_deadline_times_out_now() {
    for (ms, told) in [
        (29_999, &["operationFailed"][..]),
        (30_000, &["operationFailed", "onInvitationTimeout", "ended"]),
        (30_001, &["operationFailed", "onInvitationTimeout", "ended"]),
    ] {
        let mut bob = ringing(30);
        bob.engine.accept(at(1), "i", "").unwrap();
        bob.sent();
        bob.refuse(ms, NO_NETWORK);
        assert_eq!(bob.heard(), told, "refused at {ms}");
        assert_eq!(bob.said().is_empty(), told.len() == 1, "a time-out is sent");
    }
}

#[test]
fn o7_a7_an_accept_refused_past_the_deadline_waits_for_the_history_that_is_awaited() {
    let mut bob = ringing(30);
    bob.accept(1, "i");
    bob.sent();
    bob.engine.begin_catch_up(at(31_000));
    bob.refuse(31_000, NO_NETWORK);
    assert_eq!((bob.heard(), bob.said()), (vec!["operationFailed"], vec![]));
    let cancel = in_call(CANCEL, "alice").stamped(20_000, "cancel");
    let _ = bob.engine.handle_history(at(31_001), &History::hot(), &[cancel]);
    assert_eq!((bob.heard(), bob.said()), (vec!["onInvitationCancelled", "ended"], vec![]));
}

#[test]
fn o7_a_cancel_refused_after_the_inviters_deadline_times_out_now() {
    let (mut alice, id) = calling(Invite::to("bob").timeout(30));
    alice.engine.cancel(at(1), &id, "").unwrap();
    alice.sent();
    alice.tick(36_000);
    assert_told!(alice, []);
    alice.refuse(36_001, NO_NETWORK);
    assert_eq!(alice.heard(), ["operationFailed", "onInvitationTimeout", "ended"]);
    assert_eq!(alice.said(), [saying(TIMEOUT, &["bob"])]);
}

#[test]
fn o7_a_rejection_that_came_while_a_refused_cancel_was_in_flight_is_told_now() {
    let (mut alice, id) = calling(Invite::in_group("room", ["bob", "carol"]).timeout(30));
    alice.engine.cancel(at(1), &id, "").unwrap();
    assert_eq!(alice.hear(2, &in_room(REJECT, &id, "bob")), Disposition::Stale);
    assert_told!(alice, []);
    alice.refuse(3, NO_NETWORK);
    let told = alice.take();
    let [Callback::OperationFailed { outcome, .. }, Callback::InviteeRejected { invitee, data: why, .. }] = &told[..]
    else {
        panic!("{told:#?}");
    };
    assert_eq!((*outcome, invitee.as_str(), why), (Outcome::Pending, "bob", &data("reply")));
}

#[test]
fn o7_an_acceptance_that_came_while_a_refused_cancel_was_in_flight_revises_it() {
    let (mut alice, id) = calling(Invite::to("bob").timeout(30));
    alice.engine.cancel(at(1), &id, "").unwrap();
    alice.learn(2, &bob_says(ACCEPT, &id));
    assert_eq!(alice.heard().first(), Some(&"lateAnswer"));
    alice.refuse(3, NO_NETWORK);
    let cancelled = Some(Outcome::Cancelled);
    let told = alice.take();
    let [Callback::OperationFailed { outcome, .. }, Callback::InviteeAccepted { revises, .. }, ..] = &told[..] else {
        panic!("{told:#?}");
    };
    assert_eq!((*outcome, *revises), (Outcome::Accepted, cancelled));
}

#[test]
fn o7_a_cancel_that_came_while_a_refused_accept_was_in_flight_stands() {
    let mut bob = ringing(30);
    bob.engine.accept(at(1), "i", "").unwrap();
    bob.learn(2, &in_call(CANCEL, "alice"));
    assert_told!(bob, [Callback::InvitationCancelled { revises: Some(Outcome::Accepted), .. }, Callback::Ended { .. }]);
    bob.refuse(3, NO_NETWORK);
    assert_told!(bob, [Callback::OperationFailed { operation: Operation::Accept, outcome: Outcome::Cancelled, .. }]);
    assert_eq!(bob.outcome("i", "bob"), Some(Outcome::Cancelled));
}

#[test]
fn o7_an_unknown_fate_counts_as_sent() {
    let mut bob = ringing(30);
    bob.engine.accept(at(1), "i", "").unwrap();
    bob.lose(2);
    assert_told!(bob, [Callback::Ended { .. }]);
    assert_eq!(bob.outcome("i", "bob"), Some(Outcome::Accepted));

    let (mut alice, id) = dialling(Invite::to("bob").timeout(30));
    alice.lose(1);
    assert_eq!(alice.engine.invitation(&id).unwrap().deadline(), Some(at(30_000)), "from when it was handed out");
}

#[test]
fn o7_a_token_still_open_at_the_deadline_plus_twice_the_grace_counts_as_sent() {
    for (ms, is_over) in [(39_999, false), (40_000, true), (40_001, true)] {
        let mut bob = ringing(30);
        bob.engine.accept(at(1), "i", "").unwrap();
        let token = token(&bob);
        bob.tick(ms);
        let told: &[&str] = if is_over { &["ended"] } else { &[] };
        assert_eq!(bob.heard(), told, "at {ms}");
        let refused = bob.engine.handle_send_result(at(ms), token, SendResult::Refused { code: NO_NETWORK });
        assert_eq!(refused.is_err(), is_over, "at {ms}");
    }
}

#[test]
fn o7_a_host_that_cannot_know_has_every_send_count_as_sent_at_once() {
    let mut bob = ringing_with(blind(), 30);
    bob.engine.accept(at(1), "i", "").unwrap();
    assert_told!(bob, [Callback::Ended { .. }]);
    assert_eq!(bob.engine.stats().sends_in_flight, 0);

    let (mut alice, id) = dialling_with(blind(), Invite::to("bob").timeout(30));
    alice.engine.modify(at(1), &id, "video").unwrap();
    alice.engine.modify(at(1), &id, "audio").unwrap();
    alice.engine.cancel(at(1), &id, "").unwrap();
    assert_told!(alice, [Callback::Ended { .. }]);
    let spent = alice.transmits[0].token;
    assert!(alice.engine.handle_send_result(at(2), spent, SendResult::Refused { code: 1 }).is_err());
}

#[test]
fn o7_an_answer_to_ones_invite_is_its_ack() {
    let (mut alice, id) = dialling(Invite::in_group("room", ["bob", "carol"]).timeout(30));
    alice.learn(1, &in_room(REJECT, &id, "bob"));
    assert!(alice.engine.cancel(at(2), &id, "").is_ok());
}

#[test]
fn o7_an_answer_that_comes_too_late_is_an_ack_all_the_same() {
    let (mut alice, id) = dialling(Invite::in_group("room", ["bob", "carol"]).timeout(30));
    alice.tick(35_000);
    assert_eq!(alice.hear(35_001, &in_room(REJECT, &id, "bob")), Disposition::Applied);
    assert_eq!(alice.hear(35_002, &in_room(REJECT, &id, "carol")), Disposition::Stale, "the invite has its ack");
}

#[test]
fn o7_an_invite_that_was_answered_is_not_undone_by_a_refusal() {
    let (mut alice, id) = dialling(Invite::to("bob").timeout(30));
    alice.learn(1, &bob_says(ACCEPT, &id));
    alice.heard();
    alice.refuse(2, NO_NETWORK);
    assert_told!(alice, []);
    assert_eq!(alice.outcome(id.as_str(), "bob"), Some(Outcome::Accepted));
}

#[test]
fn o7_ones_own_invite_seen_again_is_its_ack_and_brings_its_stamp() {
    let mut alice = Device::new("alice");
    let id = alice.invite(0, Invite::to("bob").timeout(30));
    let echo = relay(&alice.sent()[0], "alice", "alice", 100);
    alice.learn(200, &echo);
    assert_eq!(alice.engine.invitation(&id).unwrap().deadline(), Some(at(30_100)));
    assert!(alice.engine.cancel(at(300), &id, "").is_ok());
    assert_eq!(alice.hear(400, &echo), Disposition::Duplicate);
}

#[test]
fn o7_ones_own_answer_or_cancel_seen_again_is_its_ack() {
    let mut bob = ringing(30);
    bob.engine.accept(at(1), "i", "").unwrap();
    let echo = relay(&bob.sent()[0], "bob", "bob", 2);
    bob.learn(2, &echo);
    assert_told!(bob, [Callback::Ended { .. }]);
    let settled = Unavailable::Settled(Outcome::Accepted);
    assert_eq!(bob.engine.reject(at(3), "i", ""), Err(AnswerError::Unavailable(settled)), "no longer in flight");

    let (mut alice, id) = calling(Invite::to("bob").timeout(30));
    alice.engine.cancel(at(1), &id, "").unwrap();
    let echo = relay(&alice.sent()[0], "alice", "alice", 2);
    alice.learn(2, &echo);
    assert_told!(alice, [Callback::Ended { .. }]);
    let settled = Unavailable::Settled(Outcome::Cancelled);
    assert_eq!(alice.engine.cancel(at(3), &id, ""), Err(CancelError::Unavailable(settled)), "no longer in flight");
}

#[test]
fn o7_ones_own_time_out_seen_again_is_not_sent_again() {
    let mut bob = ringing(30);
    bob.tick(30_000);
    let echo = relay(&bob.sent()[0], "bob", "bob", 30_000);
    bob.learn(30_001, &echo);
    bob.refuse(30_002, NO_NETWORK);
    bob.tick(60_000);
    assert_eq!(bob.said(), []);

    let (mut alice, id) = calling(Invite::to("bob").timeout(30));
    alice.tick(35_000);
    let echo = relay(&alice.sent()[0], "alice", "alice", 35_000);
    alice.learn(35_001, &echo);
    alice.refuse(35_002, NO_NETWORK);
    assert_eq!(alice.hear(35_003, &bob_says(ACCEPT, &id)), Disposition::Applied, "a late answer");
    assert_eq!(
        alice.outcome(id.as_str(), "bob"),
        Some(Outcome::TimedOut),
        "as everybody holds it who saw the time-out"
    );
}

#[test]
fn o7_a_stamp_that_comes_late_does_not_shorten_the_time() {
    let (mut alice, id) = dialling(Invite::to("bob").timeout(30));
    let token = token(&alice);
    alice.engine.handle_send_result(at(500), token, SendResult::Sent(stamp(-10_000, "slow"))).unwrap();
    let deadline = alice.engine.invitation(&id).unwrap().deadline();
    assert!(deadline >= Some(at(30_000)), "{deadline:?}");
}

#[test]
fn o7_a_stamp_that_comes_after_the_end_changes_no_time() {
    let mut alice = Device::new("alice");
    alice.engine.sync_clock(at(0), ServerTime::from_millis(0));
    let id = alice.invite(0, Invite::to("bob").timeout(1_000));
    alice.learn(1, &Action::reply(CANCEL, id.as_str(), "alice", &["bob"]).from("alice", pair("bob")));
    alice.ack(20_000);
    alice.drain();
    assert_eq!(alice.engine.wake(), Wake::At(at(1_015_000), WakeReason::Housekeeping));
}

#[test]
fn t5_an_ack_that_is_told_late_starts_no_time_anew() {
    for ahead in [-3_600_000, 0, 3_600_000] {
        let (mut alice, id) = dialling(Invite::to("bob").timeout(30));
        let token = token(&alice);
        alice.engine.begin_catch_up(at(600_000));
        let ack = SendResult::Sent(stamp(ahead + 100, "m"));
        alice.engine.handle_send_result(at(600_000), token, ack).unwrap();
        assert_eq!(alice.engine.invitation(&id).unwrap().deadline(), Some(at(30_000)), "{ahead}");
        let _ = alice.engine.handle_history(at(601_000), &History::hot(), &[]);
        assert_told!(alice, [Callback::InvitationTimeout { .. }, Callback::Ended { .. }]);
    }
}
