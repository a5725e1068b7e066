//! Which of several facts about an invitee counts, and who is told that another one does (C1 to C3).
#![allow(clippy::panic, reason = "a test that cannot go on fails")]

use crate::common::{
    ACCEPT, CANCEL, Device, REJECT, TIMEOUT, at, call, class, in_call, in_class, in_room, inviting, relay,
};
use convoke::{Callback, Disposition, Invite, Operation, Outcome, Unavailable};
use proptest::prelude::*;

/// What can be said or presumed about bob, strongest first, and what each amounts to alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Fact {
    Cancel,
    InviterTimeout,
    Accept,
    Reject,
    OwnTimeout,
    Left,
    Silence,
}

const FACTS: [Fact; 7] =
    [Fact::Cancel, Fact::InviterTimeout, Fact::Accept, Fact::Reject, Fact::OwnTimeout, Fact::Left, Fact::Silence];

impl Fact {
    fn befall(self, dave: &mut Device) {
        let said = |kind, sender| in_class(kind, sender, &["bob"]);
        let _ = match self {
            Self::Cancel => dave.hear(20_000, &said(CANCEL, "alice")),
            Self::InviterTimeout => dave.hear(20_000, &said(TIMEOUT, "alice")),
            Self::Accept => dave.hear(1, &said(ACCEPT, "bob")),
            Self::Reject => dave.hear(1, &said(REJECT, "bob")),
            Self::OwnTimeout => dave.hear(1, &said(TIMEOUT, "bob")),
            Self::Left => {
                dave.engine.handle_member_left(at(1), &"room".into(), &"bob".into());
                Disposition::Applied
            }
            Self::Silence => {
                dave.tick(20_000);
                Disposition::Applied
            }
        };
    }

    fn outcome(self) -> Outcome {
        match self {
            Self::Cancel => Outcome::Cancelled,
            Self::InviterTimeout | Self::OwnTimeout | Self::Silence => Outcome::TimedOut,
            Self::Accept => Outcome::Accepted,
            Self::Reject => Outcome::Rejected,
            Self::Left => Outcome::Left,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn c1_the_strongest_fact_decides_whatever_the_order(
        facts in prop::sample::subsequence(FACTS.to_vec(), 1..=7).prop_shuffle(),
    ) {
        let mut dave = Device::invited("dave", &class());
        for fact in &facts {
            fact.befall(&mut dave);
        }
        // Who has left is not presumed silent: only who is pending is.
        let strongest = facts.iter().min().map(|fact| fact.outcome());
        let is_presumed = facts.iter().all(|fact| matches!(fact, Fact::Left | Fact::Silence));
        if is_presumed {
            prop_assert!(matches!(dave.outcome_of("i", "bob"), Outcome::Left | Outcome::TimedOut));
        } else {
            prop_assert_eq!(Some(dave.outcome_of("i", "bob")), strongest);
        }
    }
}

#[test]
fn c1_ones_own_answer_counts_from_the_operation_on_and_is_withdrawn_if_refused() {
    let mut bob = Device::invited("bob", &call());
    bob.accept(1, "i");
    assert_eq!(bob.outcome_of("i", "bob"), Outcome::Accepted);
    bob.refuse(2, 20_003);
    assert_eq!(bob.outcome_of("i", "bob"), Outcome::Pending);
    assert_eq!(bob.heard(), ["operationFailed"], "and it does not ring a second time");
    bob.reject(3, "i");
    assert_eq!(bob.outcome_of("i", "bob"), Outcome::Rejected);
}

#[test]
fn c1_silence_is_presumed_by_who_has_no_timer_of_their_own_and_without_a_word() {
    for user in ["carol", "dave", "alice"] {
        let mut device = Device::invited(user, &class());
        if user == "carol" {
            device.accept(1, "i");
            device.ack(1);
            device.sent();
        }
        device.tick(19_999);
        assert_eq!(device.outcome_of("i", "bob"), Outcome::Pending, "{user}");
        device.tick(20_000);
        assert_eq!(device.outcome_of("i", "bob"), Outcome::TimedOut, "{user}");
        assert!(device.sent().is_empty(), "{user}");
    }
}

#[test]
fn c1_the_invitees_own_device_and_the_sending_device_say_what_they_find() {
    let mut bob = Device::invited("bob", &class());
    bob.tick(10_000);
    assert_eq!(bob.sent().len(), 1);
    let (mut alice, id) = inviting();
    alice.tick(15_000);
    assert_eq!(alice.sent().len(), 1);
    assert_eq!(alice.outcome_of(&id, "bob"), Outcome::TimedOut);
}

#[test]
fn c1_a_presumption_gives_way_to_any_word_of_the_invitee() {
    let mut dave = Device::invited("dave", &class());
    dave.tick(20_000);
    dave.callbacks.clear();
    let _ = dave.hear(20_001, &in_class(ACCEPT, "bob", &["bob"]));
    let told = dave.take();
    assert!(
        matches!(told[..], [Callback::InviteeAccepted { revises: Some(Outcome::TimedOut), .. }]),
        "and it has ended only once: {told:?}"
    );
}

#[test]
fn c1_a_time_out_that_could_not_be_sent_is_a_presumption_and_loses_to_an_accept() {
    let (mut alice, id) = inviting();
    alice.tick(15_000);
    for ms in [15_000, 16_000, 18_000, 22_000] {
        alice.tick(ms);
        assert_eq!(alice.sent().len(), 1, "sent, and sent again, at {ms}");
        alice.refuse(ms, 20_003);
    }
    alice.callbacks.clear();
    assert_eq!(alice.hear(22_001, &in_room(ACCEPT, &id, "bob")), Disposition::Applied);
    assert_eq!(alice.outcome_of(&id, "bob"), Outcome::Accepted);
    assert_eq!(alice.outcome_of(&id, "carol"), Outcome::TimedOut);
    assert_eq!(alice.heard(), ["onInviteeAccepted"]);
}

#[test]
fn c1_a_time_out_said_by_another_device_too_is_not_undone_when_ones_own_is_refused() {
    let mut bob = Device::invited("bob", &call());
    bob.tick(10_000);
    assert_eq!(bob.hear(10_001, &in_call(TIMEOUT, "bob")), Disposition::Applied, "the same word is an ack");
    bob.refuse(10_002, 20_003);
    bob.sent();
    assert_eq!(bob.hear_in_vain(10_003, &in_call(TIMEOUT, "bob")), Disposition::Duplicate);
    bob.tick(11_002);
    assert!(bob.sent().is_empty(), "it need not be said again");
}

#[test]
fn c1_who_left_while_a_cancel_is_in_flight_has_left_if_it_is_refused() {
    let (mut alice, id) = inviting();
    alice.cancel(1, &id);
    alice.engine.handle_member_left(at(2), &"room".into(), &"carol".into());
    assert!(alice.heard().is_empty());
    alice.refuse(3, 20_003);
    assert_eq!(alice.heard(), ["operationFailed", "inviteeLeft"]);
    assert_eq!(alice.outcome_of(&id, "bob"), Outcome::Pending);
}

#[test]
fn c2_a_cancel_lists_only_who_is_pending_and_the_others_keep_their_answers() {
    let (mut alice, id) = inviting();
    let _ = alice.hear(1, &in_room(ACCEPT, &id, "bob"));
    alice.cancel(2, &id);
    assert!(alice.sent()[0].payload.contains(r#""inviteeList":["carol"]"#));
    assert_eq!(alice.outcome_of(&id, "bob"), Outcome::Accepted);
    assert_eq!(alice.outcome_of(&id, "carol"), Outcome::Cancelled);

    let mut bob = Device::invited("bob", &class());
    bob.accept(1, "i");
    bob.ack(1);
    let _ = bob.hear(2, &in_class(CANCEL, "alice", &["carol"]));
    assert_eq!(bob.outcome_of("i", "bob"), Outcome::Accepted);
    assert_eq!(bob.heard(), ["onInvitationCancelled", "ended"], "who has answered is called back too (C6)");
}

#[test]
fn c2_a_time_out_lists_only_who_is_pending() {
    let (mut alice, id) = inviting();
    let _ = alice.hear(1, &in_room(REJECT, &id, "carol"));
    alice.tick(15_000);
    assert!(alice.sent()[0].payload.contains(r#""inviteeList":["bob"]"#));
    assert_eq!(alice.outcome_of(&id, "carol"), Outcome::Rejected);
}

#[test]
fn c2_who_has_answered_cannot_be_cancelled() {
    let (mut alice, id) = inviting();
    let _ = alice.hear(1, &in_room(ACCEPT, &id, "bob"));
    let _ = alice.hear(1, &in_room(REJECT, &id, "carol"));
    let settled = Unavailable::Settled(Outcome::Accepted);
    assert_eq!(alice.engine.cancel(at(2), &id, ""), Err(settled.into()));
}

#[test]
fn c3_an_accept_that_crosses_a_cancel_is_revised_and_the_inviter_is_told_to_hang_up() {
    let mut alice = Device::new("alice");
    let id = alice.invite(0, Invite::to("bob").timeout(10));
    let invite = relay(&alice.sent()[0], "alice", "bob", 0);
    alice.ack_as(0, &invite);
    let mut bob = Device::invited("bob", &invite);

    bob.accept(1_000, &id);
    alice.cancel(1_000, &id);
    let (accept, cancel) =
        (relay(&bob.sent()[0], "bob", "alice", 1_001), relay(&alice.sent()[0], "alice", "bob", 1_002));
    assert_eq!(alice.hear(1_010, &accept), Disposition::Applied);
    assert_eq!(bob.hear(1_010, &cancel), Disposition::Applied);
    alice.ack_as(1_020, &cancel);
    bob.ack_as(1_020, &accept);

    assert_eq!(alice.outcome_of(&id, "bob"), Outcome::Cancelled);
    assert_eq!(bob.outcome_of(&id, "bob"), Outcome::Cancelled);
    assert_eq!(alice.heard(), ["lateAnswer", "ended"]);
    let told = bob.take();
    let [Callback::InvitationCancelled { revises: Some(Outcome::Accepted), .. }, Callback::Ended { outcomes, .. }] =
        &told[..]
    else {
        panic!("bob is told that it was cancelled: {told:?}");
    };
    assert_eq!(outcomes[..], [("bob".into(), Outcome::Cancelled)]);
}

#[test]
fn c3_an_accept_that_crosses_a_time_out_is_revised() {
    let mut bob = Device::invited("bob", &call());
    bob.accept(9_999, "i");
    bob.ack(9_999);
    bob.callbacks.clear();
    let _ = bob.hear(15_000, &in_call(TIMEOUT, "alice"));
    let told = bob.take();
    assert!(matches!(told[..], [Callback::InvitationTimeout { revises: Some(Outcome::Accepted), .. }]), "{told:?}");

    let (mut alice, id) = inviting();
    alice.tick(15_000);
    alice.callbacks.clear();
    let _ = alice.hear(15_001, &in_room(ACCEPT, &id, "bob"));
    assert_eq!(alice.heard(), ["lateAnswer"]);
    assert_eq!(alice.outcome_of(&id, "bob"), Outcome::TimedOut);
}

#[test]
fn c3_a_late_reject_is_nothing_to_hang_up_for() {
    let (mut alice, id) = inviting();
    alice.tick(15_000);
    alice.callbacks.clear();
    assert_eq!(alice.hear(15_001, &in_room(REJECT, &id, "bob")), Disposition::Stale);
    assert!(alice.heard().is_empty());
}

#[test]
fn c3_a_no_for_another_no_changes_what_is_read_and_calls_nobody_back() {
    let mut dave = Device::invited("dave", &class());
    let _ = dave.hear(1, &in_class(TIMEOUT, "bob", &["bob"]));
    dave.callbacks.clear();
    for (kind, sender, outcome) in [
        (REJECT, "bob", Outcome::Rejected),
        (TIMEOUT, "alice", Outcome::TimedOut),
        (CANCEL, "alice", Outcome::Cancelled),
    ] {
        assert_eq!(dave.hear(2, &in_class(kind, sender, &["bob"])), Disposition::Applied);
        assert_eq!(dave.outcome_of("i", "bob"), outcome);
        assert!(dave.heard().is_empty());
    }
}

#[test]
fn c3_each_turn_between_yes_and_no_is_a_revision_of_the_one_before() {
    let mut dave = Device::invited("dave", &class());
    let mut revised = Vec::new();
    for (kind, sender) in [(REJECT, "bob"), (ACCEPT, "bob"), (CANCEL, "alice")] {
        let _ = dave.hear(1, &in_class(kind, sender, &["bob"]));
        revised.extend(dave.take().iter().map(Callback::revises));
    }
    assert_eq!(revised, [None, Some(Outcome::Rejected), Some(Outcome::Accepted)]);
}

#[test]
fn c3_an_accept_behind_a_refused_cancel_is_told_as_a_revision() {
    let (mut alice, id) = inviting();
    alice.cancel(1, &id);
    let _ = alice.hear(2, &in_room(ACCEPT, &id, "bob"));
    assert_eq!(alice.heard(), ["lateAnswer"]);
    alice.refuse(3, 20_003);
    let told = alice.take();
    let [
        Callback::OperationFailed { operation: Operation::Cancel, outcome: Outcome::Pending, .. },
        Callback::InviteeAccepted { revises: Some(Outcome::Cancelled), .. },
    ] = &told[..]
    else {
        panic!("bob has accepted after all: {told:?}");
    };
    assert_eq!(alice.outcome_of(&id, "carol"), Outcome::Pending);
}
