//! Time-outs that the service refuses (`O7`).

use crate::common::{
    ACCEPT, Action, Device, REJECT, TIMEOUT, assert_told, calling, group, in_call, in_room, ringing, saying,
};
use convoke::{Callback, Disposition, Invite, InviteId, Outcome, WakeReason};

const REFUSED: i32 = 10_007;

/// alice's device, whose group call to bob and carol has timed out at 35 s: the time-out waits for its fate.
fn timed_out() -> (Device, InviteId) {
    let (mut alice, id) = calling(Invite::in_group("room", ["bob", "carol"]).timeout(30));
    alice.tick(35_000);
    assert_eq!(alice.said(), [saying(TIMEOUT, &["bob", "carol"])]);
    assert_told!(alice, [Callback::InvitationTimeout { .. }, Callback::Ended { .. }]);
    (alice, id)
}

#[test]
fn o7_a_refused_time_out_is_sent_again_1_2_and_4_seconds_later_and_then_no_more() {
    let (mut alice, _) = timed_out();
    let mut refused = 35_100;
    for pause in [1_000, 2_000, 4_000] {
        alice.refuse(refused, REFUSED);
        assert_eq!(alice.wake_ms(), Some(refused + pause));
        assert!(matches!(alice.engine.wake(), convoke::Wake::At(_, WakeReason::Retry)));
        alice.tick(refused + pause - 1);
        assert_eq!(alice.said(), []);
        alice.tick(refused + pause);
        assert_eq!(alice.said(), [saying(TIMEOUT, &["bob", "carol"])]);
        refused += pause + 100;
    }
    alice.refuse(refused, REFUSED);
    alice.tick(refused + 100_000);
    assert_eq!(alice.said(), []);
    assert_told!(alice, []);
}

#[test]
fn o7_an_invitees_own_refused_time_out_is_sent_again_too() {
    let mut bob = ringing(30);
    bob.tick(30_000);
    assert_eq!(bob.said(), [saying(TIMEOUT, &["bob"])]);
    bob.heard();
    bob.refuse(30_100, REFUSED);
    bob.tick(31_100);
    assert_eq!(bob.said(), [saying(TIMEOUT, &["bob"])]);
    bob.ack(31_200);
    bob.tick(60_000);
    assert_eq!(bob.said(), []);
    assert_told!(bob, []);
}

#[test]
fn o7_a_time_out_that_was_sent_at_last_is_not_sent_again() {
    let (mut alice, _) = timed_out();
    alice.refuse(35_100, REFUSED);
    alice.tick(36_100);
    alice.ack(36_200);
    assert_eq!(alice.said().len(), 1);
    alice.tick(60_000);
    assert_eq!(alice.said(), []);
}

#[test]
fn o7_a_time_out_of_unknown_fate_is_not_sent_again() {
    let (mut alice, _) = timed_out();
    alice.lose(35_100);
    alice.tick(60_000);
    assert_eq!(alice.said(), []);
}

#[test]
fn o7_a_time_out_is_sent_again_only_for_those_who_are_still_without_an_answer() {
    let (mut alice, id) = timed_out();
    alice.refuse(35_100, REFUSED);
    alice.learn(35_200, &in_room(REJECT, &id, "carol"));
    alice.tick(36_100);
    assert_eq!(alice.said(), [saying(TIMEOUT, &["bob"])]);
    alice.refuse(36_200, REFUSED);
    alice.learn(36_300, &in_room(ACCEPT, &id, "bob"));
    alice.tick(60_000);
    assert_eq!(alice.said(), [], "nobody is left");
}

/// A restored device may send another one than it did before: the first listed only bob, since carol had rejected.
#[test]
fn o7_a4_a_time_out_that_was_seen_of_some_is_not_sent_of_the_others() {
    let (mut alice, id) = timed_out();
    let seen = Action::reply(TIMEOUT, id.as_str(), "alice", &["bob"]).from("alice", group("room"));
    assert_eq!(alice.hear(35_020, &seen), Disposition::Applied);
    assert_eq!(alice.hear(35_030, &seen), Disposition::Duplicate);
    alice.refuse(35_100, REFUSED);
    alice.learn(35_200, &in_room(ACCEPT, &id, "carol"));
    assert_told!(alice, [Callback::InviteeAccepted { revises: Some(Outcome::TimedOut), .. }]);
    assert_eq!(alice.outcome(id.as_str(), "bob"), Some(Outcome::TimedOut));
    alice.tick(36_100);
    assert_eq!(alice.said(), [], "nobody is left");
}

#[test]
fn o7_a4_a_time_out_that_was_seen_of_all_is_not_tried_again() {
    let (mut alice, id) = timed_out();
    let seen = Action::reply(TIMEOUT, id.as_str(), "alice", &["bob", "carol"]).from("alice", group("room"));
    alice.learn(35_020, &seen);
    alice.refuse(35_100, REFUSED);
    assert!(!matches!(alice.engine.wake(), convoke::Wake::At(_, WakeReason::Retry)));
}

#[test]
fn o7_an_acceptance_wins_over_a_time_out_that_could_not_be_sent() {
    let (mut alice, id) = timed_out();
    alice.refuse(35_100, REFUSED);
    alice.learn(35_200, &in_room(ACCEPT, &id, "bob"));
    assert_told!(alice, [Callback::InviteeAccepted { revises: Some(Outcome::TimedOut), .. }]);
    assert_eq!(alice.outcome(id.as_str(), "bob"), Some(Outcome::Accepted));
    assert_eq!(alice.outcome(id.as_str(), "carol"), Some(Outcome::TimedOut), "a presumption, but an outcome");
}

#[test]
fn o7_an_acceptance_that_came_while_the_refused_time_out_was_in_flight_is_told_now() {
    let (mut alice, id) = timed_out();
    alice.learn(35_050, &in_room(ACCEPT, &id, "bob"));
    assert_told!(alice, [Callback::LateAnswer { .. }]);
    alice.refuse(35_100, REFUSED);
    assert_told!(alice, [Callback::InviteeAccepted { revises: Some(Outcome::TimedOut), .. }]);
    alice.tick(36_100);
    assert_eq!(alice.said(), [saying(TIMEOUT, &["carol"])]);
}

#[test]
fn o7_a_time_out_that_was_sent_wins_over_a_late_acceptance() {
    let (mut alice, id) = timed_out();
    alice.ack(35_100);
    assert_eq!(alice.hear(35_200, &in_room(ACCEPT, &id, "bob")), Disposition::Applied);
    assert_told!(alice, [Callback::LateAnswer { .. }]);
    assert_eq!(alice.outcome(id.as_str(), "bob"), Some(Outcome::TimedOut));
}

#[test]
fn o7_the_first_end_told_stands() {
    let (mut alice, id) = timed_out();
    alice.refuse(35_100, REFUSED);
    for by in ["bob", "carol"] {
        alice.learn(35_200, &in_room(ACCEPT, &id, by));
    }
    alice.tick(60_000);
    assert_eq!(alice.heard(), ["onInviteeAccepted", "onInviteeAccepted"], "no second end");
}

#[test]
fn o7_an_answer_from_elsewhere_stops_the_resending_of_ones_own_time_out() {
    let mut bob = ringing(30);
    bob.tick(30_000);
    bob.sent();
    bob.refuse(30_100, REFUSED);
    bob.learn(30_200, &in_call(REJECT, "bob"));
    bob.tick(60_000);
    assert_eq!(bob.said(), []);
}
