//! Where convoke differs from the vendor's module and no trace shows all of it: a second device, an early answer, a cancel that is
//! not possible. What arguments it refuses is in `operation_errors`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common::{self, ACCEPT, Action, Device, INVITE, REJECT, TIMEOUT, at, bob_says, pair, relay, stamp};
use convoke::{
    Callback, CancelError, Disposition, Invite, InviteId, Operation, Outcome, SendResult, Transmit, Unavailable,
};

/// Alice has called bob from one device, and her other one has seen it.
fn two_devices() -> (Device, Device, InviteId) {
    let (mut phone, mut laptop) = (Device::new("alice"), Device::new("alice"));
    let id = phone.invite(0, Invite::to("bob").timeout(30).data("call"));
    let invite = relay(&sole(phone.sent()), "alice", "alice", 0);
    phone.ack(0);
    assert_eq!(laptop.hear(0, &invite), Disposition::Applied);
    (phone, laptop, id)
}

fn sole(transmits: Vec<Transmit>) -> Transmit {
    let [transmit] = transmits.try_into().expect("one message");
    transmit
}

#[test]
fn r3_the_inviters_second_device_tracks_its_own_invitation_and_does_not_ring() {
    let (_, mut laptop, id) = two_devices();
    assert_eq!((laptop.heard().len(), laptop.sent().len()), (0, 0));
    let view = laptop.engine.invitation(&id).unwrap();
    assert_eq!((view.outcome_of("bob"), view.deadline()), (Some(Outcome::Pending), Some(at(30_000))));
    assert_eq!(laptop.hear(1, &bob_says(ACCEPT, &id)), Disposition::Applied);
    assert_eq!(laptop.heard(), ["onInviteeAccepted", "ended"]);
}

#[test]
fn c5_the_inviters_second_device_may_cancel_and_the_first_is_told() {
    let (mut phone, mut laptop, id) = two_devices();
    laptop.engine.cancel(at(1), &id, "bye").unwrap();
    let cancel = sole(laptop.sent());
    assert_eq!(cancel.conversation, pair("bob"), "to the invitee");
    assert_eq!(phone.hear(2, &relay(&cancel, "alice", "alice", 2)), Disposition::Applied);
    let [Callback::InvitationCancelled { elsewhere: true, .. }, Callback::Ended { .. }] = &phone.take()[..] else {
        panic!("cancelled by another device of the user")
    };
}

#[test]
fn r3_the_invitees_second_device_stops_ringing_and_says_that_it_was_answered_elsewhere() {
    for (kind, name) in [(ACCEPT, "onInviteeAccepted"), (REJECT, "onInviteeRejected")] {
        let mut bob = Device::new("bob");
        assert_eq!(bob.hear(0, &common::to_bob("i", "alice", 30)), Disposition::Applied);
        bob.take();
        let answer = Action::reply(kind, "i", "alice", &["bob"]).from("bob", pair("alice"));
        assert_eq!(bob.hear(1, &answer), Disposition::Applied);
        let callbacks = bob.take();
        assert_eq!(callbacks[0].name(), name);
        let marked = matches!(
            callbacks[0],
            Callback::InviteeAccepted { elsewhere: true, .. } | Callback::InviteeRejected { elsewhere: true, .. }
        );
        assert!(marked);
        bob.tick(1_000_000);
        assert_eq!(bob.sent(), [], "and never times out");
    }
}

#[test]
fn o5_an_answer_that_overtakes_the_ack_of_its_invite_is_kept_whatever_the_ack_says() {
    let late = |result: Option<SendResult>| {
        let mut alice = Device::new("alice");
        let id = alice.invite(0, Invite::to("bob").timeout(30));
        let token = sole(alice.sent()).token;
        assert_eq!(alice.hear(1, &bob_says(ACCEPT, &id)), Disposition::Applied);
        assert_eq!(alice.heard(), ["onInviteeAccepted", "ended"]);
        if let Some(result) = result {
            assert_eq!(alice.engine.handle_send_result(at(2), token, result), Ok(()));
        }
        assert_eq!(alice.engine.invitation(&id).unwrap().outcome_of("bob"), Some(Outcome::Accepted));
        alice.tick(1_000_000);
        assert_eq!((alice.heard().len(), alice.sent().len()), (0, 0), "no false time-out");
    };
    late(Some(SendResult::Sent(stamp(1, "m"))));
    late(Some(SendResult::Unknown));
    // The service is wrong: somebody has seen it.
    late(Some(SendResult::Refused { code: 1 }));
    late(None);
}

#[test]
fn o2_a_cancel_that_is_not_possible_is_8010_and_says_why() {
    let mut alice = Device::new("alice");
    let cancel = |alice: &mut Device, id: &InviteId, expected: Unavailable| {
        let error = alice.engine.cancel(at(1), id, "").unwrap_err();
        assert_eq!((error, error.code()), (CancelError::Unavailable(expected), 8010));
    };
    cancel(&mut alice, &"unheard".into(), Unavailable::NeverSeen);
    let id = alice.invite(0, Invite::to("bob").timeout(30));
    cancel(&mut alice, &id, Unavailable::InFlight(Operation::Invite));
    alice.ack(0);

    for (kind, outcome) in [(ACCEPT, Outcome::Accepted), (REJECT, Outcome::Rejected), (TIMEOUT, Outcome::TimedOut)] {
        let mut answered = alice.clone();
        assert_eq!(answered.hear(1, &bob_says(kind, &id)), Disposition::Applied);
        cancel(&mut answered, &id, Unavailable::Settled(outcome));
    }
    alice.engine.cancel(at(1), &id, "").unwrap();
    cancel(&mut alice, &id, Unavailable::InFlight(Operation::Cancel));
    alice.ack(1);
    cancel(&mut alice, &id, Unavailable::Settled(Outcome::Cancelled));

    let theirs = Action::reply(INVITE, "theirs", "bob", &["alice"]).from("bob", pair("bob"));
    assert_eq!(alice.hear(1, &theirs), Disposition::Applied);
    let error = alice.engine.cancel(at(1), "theirs", "").unwrap_err();
    assert_eq!((error, error.code()), (CancelError::NotInviter, 8011));
}
