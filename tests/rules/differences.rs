//! Where convoke differs from the vendor's module and no trace shows all of it: a second device, an early answer, wrong calls.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common::{self, ACCEPT, Action, Device, INVITE, REJECT, TIMEOUT, at, group, pair, relay, stamp};
use convoke::{
    AddInvitedError, BadArgument, Callback, CancelError, Conversation, Disposition, InvitationKey, Invite, InviteError,
    InviteId, MAX_TIMEOUT, ModifyError, Operation, Outcome, Pushed, SendResult, ServerTime, Transmit, Unavailable,
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

fn by_bob(kind: u8, id: &InviteId) -> convoke::Inbound {
    Action::reply(kind, id.as_str(), "alice", &["bob"]).from("bob", pair("bob"))
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
    assert_eq!(laptop.hear(1, &by_bob(ACCEPT, &id)), Disposition::Applied);
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
fn c5_the_inviters_second_device_never_sends_the_time_out() {
    let (mut phone, mut laptop, _) = two_devices();
    laptop.tick(1_000_000);
    assert_eq!((laptop.heard(), laptop.sent().len()), (vec!["onInvitationTimeout", "ended"], 0));
    phone.tick(1_000_000);
    assert!(sole(phone.sent()).payload.contains(&format!(r#""actionType":{TIMEOUT}"#)));
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
        assert_eq!(alice.hear(1, &by_bob(ACCEPT, &id)), Disposition::Applied);
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
        assert_eq!(answered.hear(1, &by_bob(kind, &id)), Disposition::Applied);
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

#[test]
fn o3_each_bad_argument_of_an_invite_is_6017_and_changes_nothing() {
    let none: [&str; 0] = [];
    let mut alice = Device::new("alice");
    let before = alice.engine.clone();
    for (invite, why) in [
        (Invite::in_group("room", none), BadArgument::NoInvitees),
        (Invite::to("alice"), BadArgument::SelfInvited),
        (Invite::in_group("room", ["bob", "alice"]), BadArgument::SelfInvited),
        (Invite::in_group("room", ["bob", "carol", "bob"]), BadArgument::DuplicateInvitee),
        (Invite::to(""), BadArgument::EmptyId),
        (Invite::in_group("room", ["bob", ""]), BadArgument::EmptyId),
        (Invite::in_group("", ["bob"]), BadArgument::EmptyId),
        (Invite::to("bob").timeout(MAX_TIMEOUT.as_secs() + 1), BadArgument::TimeoutTooLong),
        (Invite::to("bob").timeout(u32::MAX), BadArgument::TimeoutTooLong),
    ] {
        let error = alice.engine.invite(at(0), invite).unwrap_err();
        assert_eq!((error, error.code()), (InviteError::BadArgument(why), 6017));
    }
    assert_eq!(alice.engine, before);
    assert!(alice.engine.invite(at(0), Invite::to("bob").timeout(MAX_TIMEOUT.as_secs())).is_ok());
}

#[test]
fn o3_each_bad_argument_of_another_operation_is_6017() {
    let mut alice = Device::new("alice");
    let id = alice.invite(0, Invite::to("bob").online_user_only());
    alice.ack(0);
    let error = alice.engine.modify(at(0), &id, "new").unwrap_err();
    assert_eq!((error, error.code()), (ModifyError::BadArgument(BadArgument::OnlineUserOnly), 6017));

    let mut add = |id: &str, inviter: &str, conversation: Conversation, timeout: u32| {
        let key = InvitationKey::new(id, inviter, conversation);
        let pushed = Pushed::new(key, ServerTime::from_millis(0)).timeout(timeout);
        let error = alice.engine.add_invited(at(0), pushed).unwrap_err();
        assert_eq!(error.code(), 6017);
        error
    };
    let bad = AddInvitedError::BadArgument;
    assert_eq!(add("", "bob", pair("bob"), 30), bad(BadArgument::EmptyId));
    assert_eq!(add("i", "", group("room"), 30), bad(BadArgument::EmptyId));
    assert_eq!(add("i", "bob", group(""), 30), bad(BadArgument::EmptyId));
    assert_eq!(add("i", "alice", pair("bob"), 30), bad(BadArgument::OwnInvitation));
    assert_eq!(add("i", "bob", pair("bob"), 86_401), bad(BadArgument::TimeoutTooLong));
}

#[test]
fn o2_an_ambiguous_target_is_6017_and_naming_the_inviter_resolves_it() {
    let mut bob = Device::new("bob");
    for inviter in ["alice", "mallory"] {
        assert_eq!(bob.hear(0, &common::to_bob("i", inviter, 30)), Disposition::Applied);
    }
    assert_eq!(bob.engine.accept(at(1), "i", "").map_err(|error| error.code()), Err(6017));
    assert_eq!(bob.engine.accept(at(1), convoke::Target::of("alice", "i"), ""), Ok(()));
    let view = bob.engine.invitation(convoke::Target::of("mallory", "i")).unwrap();
    assert_eq!(view.outcome_of("bob"), Some(Outcome::Pending));
}
