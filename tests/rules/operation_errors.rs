//! What the operations refuse, each cause with its V2TIM code (`O2`, `O3`, `O6`).

use crate::common::{
    ACCEPT, Action, CANCEL, Device, REJECT, TIMEOUT, at, calling, dialling, group, pair, ringing, ringing_with,
};
use convoke::{
    AddInvitedError, AnswerError, BadArgument, CancelError, Config, Conversation, DismissError, InvitationKey, Invite,
    InviteError, Limit, Limits, MAX_TIMEOUT, ModifyError, Operation, Outcome, Pushed, ServerTime, Unavailable,
};

const OUTCOMES: [Outcome; 5] =
    [Outcome::Accepted, Outcome::Rejected, Outcome::Cancelled, Outcome::TimedOut, Outcome::Left];

/// Lets the only invitee, bob, of a group invitation "i" come to this outcome, before 40 s.
fn settle(device: &mut Device, id: &str, inviter: &str, outcome: Outcome) {
    let says = |kind, by: &str| Action::reply(kind, id, inviter, &["bob"]).from(by, group("room"));
    match outcome {
        Outcome::Accepted => device.learn(1, &says(ACCEPT, "bob")),
        Outcome::Rejected => device.learn(1, &says(REJECT, "bob")),
        Outcome::Cancelled => device.learn(1, &says(CANCEL, inviter)),
        Outcome::TimedOut => device.learn(1, &says(TIMEOUT, inviter)),
        Outcome::Left => device.engine.handle_member_left(at(1), &"room".into(), &"bob".into()),
        Outcome::Pending => {}
    }
}

fn invited_in_room() -> Device {
    let mut bob = Device::new("bob");
    bob.learn(0, &Action::invite("i", "alice", &["bob"], 30).from("alice", group("room")));
    bob
}

#[test]
fn o2_an_answer_to_what_was_never_seen_is_8010() {
    let mut bob = Device::new("bob");
    let errors = [bob.engine.accept(at(0), "i", ""), bob.engine.reject(at(0), "i", "")];
    assert_eq!(errors, [Err(AnswerError::Unavailable(Unavailable::NeverSeen)); 2]);
    assert_eq!(errors[0].unwrap_err().code(), 8010);
}

#[test]
fn o2_an_answer_to_what_is_settled_is_8010_and_says_how() {
    for outcome in OUTCOMES {
        let mut bob = invited_in_room();
        settle(&mut bob, "i", "alice", outcome);
        let settled = AnswerError::Unavailable(Unavailable::Settled(outcome));
        assert_eq!(bob.engine.accept(at(2), "i", ""), Err(settled));
        assert_eq!(bob.engine.reject(at(2), "i", ""), Err(settled));
        assert_eq!(settled.code(), 8010);
    }
}

#[test]
fn o2_an_answer_while_one_is_in_flight_is_8010_and_says_which() {
    let mut bob = ringing(30);
    bob.engine.accept(at(0), "i", "").unwrap();
    let waits = AnswerError::Unavailable(Unavailable::InFlight(Operation::Accept));
    assert_eq!(bob.engine.accept(at(1), "i", ""), Err(waits));
    assert_eq!(bob.engine.reject(at(1), "i", ""), Err(waits));
    assert_eq!(waits.code(), 8010);
}

#[test]
fn o2_an_answer_by_who_is_not_invited_is_8011() {
    let (mut alice, id) = calling(Invite::in_group("room", ["bob"]).timeout(30));
    assert_eq!(alice.engine.accept(at(0), &id, ""), Err(AnswerError::NotInvitee), "the inviter");

    let mut carol = Device::new("carol");
    carol.learn(0, &Action::invite("i", "alice", &["bob"], 30).from("alice", group("room")));
    assert_eq!(carol.engine.reject(at(0), "i", ""), Err(AnswerError::NotInvitee), "an observer");
    assert_eq!(AnswerError::NotInvitee.code(), 8011);
}

#[test]
fn o2_a_cancel_or_modification_of_what_was_never_seen_or_is_dismissed_is_8010() {
    let (mut alice, id) = calling(Invite::to("bob").timeout(30));
    alice.engine.dismiss(at(0), &id).unwrap();
    for id in ["i", id.as_str()] {
        let unseen = Unavailable::NeverSeen;
        assert_eq!(alice.engine.cancel(at(0), id, ""), Err(CancelError::Unavailable(unseen)));
        assert_eq!(alice.engine.modify(at(0), id, ""), Err(ModifyError::Unavailable(unseen)));
        assert_eq!(alice.engine.dismiss(at(0), id), Err(DismissError::Unavailable(unseen)));
        assert_eq!(DismissError::Unavailable(unseen).code(), 8010);
    }
}

#[test]
fn o2_a_cancel_or_modification_of_what_is_settled_is_8010_and_says_how() {
    for outcome in OUTCOMES {
        let (mut alice, id) = calling(Invite::in_group("room", ["bob"]).timeout(30));
        settle(&mut alice, id.as_str(), "alice", outcome);
        let settled = Unavailable::Settled(outcome);
        assert_eq!(alice.engine.cancel(at(2), &id, ""), Err(CancelError::Unavailable(settled)));
        assert_eq!(alice.engine.modify(at(2), &id, ""), Err(ModifyError::Unavailable(settled)));
        assert_eq!((CancelError::Unavailable(settled).code(), ModifyError::Unavailable(settled).code()), (8010, 8010));
    }
}

#[test]
fn o2_an_acceptance_that_came_too_late_is_not_how_it_was_settled() {
    let (mut alice, id) = calling(Invite::in_group("room", ["bob"]).timeout(30));
    settle(&mut alice, id.as_str(), "alice", Outcome::Cancelled);
    alice.learn(2, &Action::reply(ACCEPT, id.as_str(), "alice", &["bob"]).from("bob", group("room")));
    let settled = Unavailable::Settled(Outcome::Cancelled);
    assert_eq!(alice.engine.cancel(at(3), &id, ""), Err(CancelError::Unavailable(settled)));
}

#[test]
fn o2_while_an_operation_is_in_flight_the_inviters_next_is_8010_and_says_which() {
    let in_flight = |operation| Unavailable::InFlight(operation);
    let (mut alice, id) = dialling(Invite::to("bob").timeout(30));
    let waits = in_flight(Operation::Invite);
    assert_eq!(alice.engine.cancel(at(0), &id, ""), Err(waits.into()));
    assert_eq!(alice.engine.modify(at(0), &id, ""), Err(waits.into()));

    alice.ack(0);
    alice.engine.modify(at(0), &id, "video").unwrap();
    assert_eq!(alice.engine.cancel(at(0), &id, ""), Err(in_flight(Operation::Modify).into()));

    alice.ack(0);
    alice.engine.cancel(at(0), &id, "").unwrap();
    let waits = in_flight(Operation::Cancel);
    assert_eq!(alice.engine.cancel(at(0), &id, ""), Err(waits.into()));
    assert_eq!(alice.engine.modify(at(0), &id, ""), Err(waits.into()));
}

#[test]
fn o2_a_second_modification_while_one_is_in_flight_is_8006() {
    let (mut alice, id) = calling(Invite::to("bob").timeout(30));
    alice.engine.modify(at(0), &id, "video").unwrap();
    assert_eq!(alice.engine.modify(at(1), &id, "audio"), Err(ModifyError::Conflict));
    assert_eq!(ModifyError::Conflict.code(), 8006);
    alice.ack(2);
    assert_eq!(alice.engine.modify(at(3), &id, "audio"), Ok(()));
}

#[test]
fn o2_a_cancel_or_modification_by_who_is_not_the_inviter_is_8011() {
    let mut bob = ringing(30);
    assert_eq!(bob.engine.cancel(at(0), "i", ""), Err(CancelError::NotInviter));
    assert_eq!(bob.engine.modify(at(0), "i", ""), Err(ModifyError::NotInviter));
    assert_eq!((CancelError::NotInviter.code(), ModifyError::NotInviter.code()), (8011, 8011));
}

#[test]
fn o2_to_add_what_is_known_is_8012_even_if_it_is_over() {
    let pushed = || Pushed::from_user("alice", "i", ServerTime::from_millis(0)).timeout(30);
    let mut bob = ringing(30);
    assert_eq!(bob.engine.add_invited(at(0), pushed()), Err(AddInvitedError::AlreadyKnown), "open");
    bob.tick(30_000);
    assert_eq!(bob.engine.add_invited(at(30_000), pushed()), Err(AddInvitedError::AlreadyKnown), "ended");
    bob.engine.dismiss(at(30_000), "i").unwrap();
    assert_eq!(bob.engine.add_invited(at(30_000), pushed()), Err(AddInvitedError::AlreadyKnown), "dismissed");
    assert_eq!(AddInvitedError::AlreadyKnown.code(), 8012);
}

#[test]
fn o2_a_full_queue_of_outputs_is_8001_for_every_operation() {
    let mut config = Config::default();
    config.limits.outputs = 1;
    let mut bob = ringing_with(config, 30);
    bob.engine.reject(at(0), "i", "").unwrap();
    let before = bob.engine.clone();
    let pushed = Pushed::from_user("alice", "j", ServerTime::from_millis(0));
    let codes = [
        bob.engine.invite(at(0), Invite::to("alice")).unwrap_err().code(),
        bob.engine.cancel(at(0), "i", "").unwrap_err().code(),
        bob.engine.accept(at(0), "i", "").unwrap_err().code(),
        bob.engine.modify(at(0), "i", "").unwrap_err().code(),
        bob.engine.add_invited(at(0), pushed).unwrap_err().code(),
        bob.engine.dismiss(at(0), "i").unwrap_err().code(),
    ];
    assert_eq!(codes, [8001; 6]);
    assert_eq!(bob.engine, before);
}

#[test]
fn o3_a_call_that_came_as_data_is_with_whom_it_invites_or_6017() {
    for (invitees, why) in [(vec!["carol"], BadArgument::WrongConversation), (vec![], BadArgument::NoInvitees)] {
        let mut call = serde_json::to_value(Invite::to("bob")).unwrap();
        call["invitees"] = invitees.into();
        let call: Invite = serde_json::from_value(call).unwrap();
        let mut alice = Device::new("alice");
        assert_eq!(alice.engine.invite(at(0), call), Err(InviteError::BadArgument(why)));
    }
}

#[test]
fn o3_bad_invitees_are_6017() {
    use BadArgument::{DuplicateInvitee, EmptyId, NoInvitees, SelfInvited, TimeoutTooLong};
    let day = MAX_TIMEOUT.as_secs();
    for (invite, why) in [
        (Invite::in_group("room", [""; 0]), NoInvitees),
        (Invite::to("alice"), SelfInvited),
        (Invite::in_group("room", ["bob", "alice"]), SelfInvited),
        (Invite::in_group("room", ["bob", "carol", "bob"]), DuplicateInvitee),
        (Invite::to(""), EmptyId),
        (Invite::in_group("room", ["bob", ""]), EmptyId),
        (Invite::in_group("", ["bob"]), EmptyId),
        (Invite::to("bob").timeout(day + 1), TimeoutTooLong),
        (Invite::to("bob").timeout(u32::MAX), TimeoutTooLong),
    ] {
        let mut alice = Device::new("alice");
        let before = alice.engine.clone();
        let error = alice.engine.invite(at(0), invite.clone()).unwrap_err();
        assert_eq!((error, error.code()), (InviteError::BadArgument(why), 6017), "{invite:?}");
        assert_eq!(alice.engine, before, "{invite:?}");
    }
    for secs in [day - 1, day] {
        Device::new("alice").invite(0, Invite::to("bob").timeout(secs));
    }
}

#[test]
fn o3_bad_pushed_invitations_are_6017() {
    use BadArgument::{EmptyId, OwnInvitation, TimeoutTooLong, WrongConversation};
    let key = |inviter: &str, invite_id: &str, conversation: Conversation| {
        let key = InvitationKey::new(inviter, invite_id, conversation);
        Pushed::new(key, ServerTime::from_millis(0))
    };
    for (pushed, why) in [
        (key("alice", "", pair("alice")), EmptyId),
        (key("", "i", group("room")), EmptyId),
        (key("alice", "i", group("")), EmptyId),
        (key("alice", "i", pair("")), EmptyId),
        (key("bob", "i", pair("alice")), OwnInvitation),
        (key("bob", "i", group("room")), OwnInvitation),
        (key("alice", "i", pair("mallory")), WrongConversation),
        (key("alice", "i", pair("alice")).timeout(MAX_TIMEOUT.as_secs() + 1), TimeoutTooLong),
    ] {
        let mut bob = Device::new("bob");
        let before = bob.engine.clone();
        let error = bob.engine.add_invited(at(0), pushed.clone()).unwrap_err();
        assert_eq!((error, error.code()), (AddInvitedError::BadArgument(why), 6017), "{pushed:?}");
        assert_eq!(bob.engine, before);
    }
}

#[test]
fn o3_a_modification_of_an_online_only_invitation_is_6017() {
    let (mut alice, id) = calling(Invite::to("bob").timeout(30).online_user_only());
    let before = alice.engine.clone();
    let error = alice.engine.modify(at(0), &id, "").unwrap_err();
    assert_eq!((error, error.code()), (ModifyError::BadArgument(BadArgument::OnlineUserOnly), 6017));
    assert_eq!(alice.engine, before);
}

#[test]
fn w9_arguments_of_the_length_of_the_limit_pass_and_longer_ones_are_8001() {
    let mut config = Config::default();
    config.limits = Limits::v2tim();
    config.limits.invitees = 3;
    let name = |length: usize| "x".repeat(length);
    let some = |count: usize| (0..count).map(|n| format!("user{n}"));
    type Argument<'a> = &'a dyn Fn(usize) -> Invite;
    let cases: [(Limit, usize, Argument<'_>); 4] = [
        (Limit::UserIdBytes, 32, &|length| Invite::to(name(length))),
        (Limit::UserIdBytes, 32, &|length| Invite::in_group("room", ["bob".to_owned(), name(length)])),
        (Limit::GroupIdBytes, 48, &|length| Invite::in_group(name(length), ["bob"])),
        (Limit::Invitees, 3, &|count| Invite::in_group("room", some(count))),
    ];
    for (limit, most, argument) in cases {
        let mut alice = Device::with("alice", config.clone());
        assert!(alice.engine.invite(at(0), argument(most - 1)).is_ok(), "{limit:?}");
        assert!(alice.engine.invite(at(0), argument(most)).is_ok(), "{limit:?}");
        let before = alice.engine.clone();
        let error = alice.engine.invite(at(0), argument(most + 1)).unwrap_err();
        assert_eq!((error, error.code()), (InviteError::Limit(limit), 8001));
        assert_eq!(alice.engine, before);
    }
}

#[test]
fn w9_the_data_of_every_operation_is_bounded_by_the_payload() {
    let limit = Limits::default().payload_bytes as usize;
    let too_long = "x".repeat(limit);
    let (mut alice, id) = calling(Invite::to("bob").timeout(30));
    let mut bob = ringing(30);
    let before = (alice.engine.clone(), bob.engine.clone());
    let codes = [
        alice.engine.invite(at(0), Invite::to("bob").data(&*too_long)).unwrap_err().code(),
        alice.engine.cancel(at(0), &id, &*too_long).unwrap_err().code(),
        alice.engine.modify(at(0), &id, &*too_long).unwrap_err().code(),
        bob.engine.accept(at(0), "i", &*too_long).unwrap_err().code(),
        bob.engine.reject(at(0), "i", &*too_long).unwrap_err().code(),
    ];
    assert_eq!(codes, [8001; 5]);
    assert_eq!((alice.engine, bob.engine), before);
}

#[test]
fn w9_a_payload_of_the_length_of_the_limit_passes_and_one_byte_more_does_not() {
    let limit = Limits::default().payload_bytes as usize;
    let mut alice = Device::new("alice");
    alice.invite(0, Invite::to("bob"));
    let room = limit - alice.sent()[0].payload.len();
    for (length, passes) in [(room - 1, true), (room, true), (room + 1, false)] {
        let sent = alice.engine.invite(at(0), Invite::to("bob").data("x".repeat(length)));
        assert_eq!(sent.is_ok(), passes, "{length} of {room} bytes");
    }
    assert_eq!(alice.sent()[1].payload.len(), limit);
}
