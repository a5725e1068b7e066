//! Every named limit, one below, at and one above it (`W9`): errors for the caller, refusals for a peer.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::fmt::Debug;

use crate::common::{
    ACCEPT, Action, CANCEL, Device, INVITE, at, cancel_to_bob, ended, group, limited, pair, refused, to_bob,
};
use convoke::{
    AddInvitedError, ConfigError, Conversation, Disposition, Engine, History, Inbound, InvitationKey, Invite,
    InviteError, InviteId, Limit, Limits, Malformed, Pushed, Seed, ServerTime, Wake,
};

/// What is allowed up to a limit, and what is said beyond it.
#[track_caller]
fn assert_limit<T, E: PartialEq + Debug>(limit: usize, beyond: E, of: impl Fn(usize) -> Result<T, E>) {
    for size in [limit - 1, limit] {
        assert_eq!(of(size).err(), None, "{size} of {limit}");
    }
    assert_eq!(of(limit + 1).err(), Some(beyond), "one more than {limit}");
}

/// The outcome of the last of `count` tries.
fn last_of<T>(count: usize, mut of: impl FnMut(usize) -> T) -> T {
    (0..count).map(&mut of).last().expect("at least one")
}

fn taken(disposition: Disposition) -> Result<(), Disposition> {
    let is_taken = matches!(disposition, Disposition::Applied | Disposition::Buffered);
    if is_taken { Ok(()) } else { Err(disposition) }
}

fn text(length: usize) -> String {
    "x".repeat(length)
}

#[test]
fn w9_payload_bytes_bound_every_operation_and_a_failed_one_changes_nothing() {
    const BYTES: usize = 300;
    type Operation = fn(&mut Engine, &InviteId, String) -> Result<(), i32>;
    let operations: [Operation; 5] = [
        |engine, _, data| engine.invite(at(0), Invite::to("bob").data(data)).map(drop).map_err(|error| error.code()),
        |engine, own, data| engine.cancel(at(0), own, data).map_err(|error| error.code()),
        |engine, own, data| engine.modify(at(0), own, data).map_err(|error| error.code()),
        |engine, _, data| engine.accept(at(0), "theirs", data).map_err(|error| error.code()),
        |engine, _, data| engine.reject(at(0), "theirs", data).map_err(|error| error.code()),
    ];
    let mut alice = Device::with("alice", limited(|limits| limits.payload_bytes = u32::try_from(BYTES).unwrap()));
    let own = alice.invite(0, Invite::to("bob"));
    alice.ack(0);
    let theirs = Action::invite("theirs", "bob", &["alice"], 0).from("bob", pair("bob"));
    assert_eq!(alice.hear(0, &theirs), Disposition::Applied);
    alice.sent();

    for operate in operations {
        let bytes = |data: String| {
            let mut device = alice.clone();
            operate(&mut device.engine, &own, data)?;
            device.drain();
            let sent = device.transmits.into_iter().map(|transmit| transmit.payload);
            Ok(sent.chain(device.edits.into_iter().map(|edit| edit.payload)).map(|payload| payload.len()).sum())
        };
        let frame: usize = bytes(String::new()).unwrap();
        assert_limit(BYTES, 8001, |size| bytes(text(size - frame)));

        let mut engine = alice.engine.clone();
        assert_eq!(operate(&mut engine, &own, text(BYTES)), Err(8001));
        assert_eq!(engine, alice.engine);
    }
}

#[test]
fn w9_payload_bytes_bound_what_is_sent_of_a_pushed_invitation() {
    let config = limited(|limits| limits.payload_bytes = 300);
    let mut bob = Device::with("bob", config);
    let pushed = |bytes| Pushed::from_user("alice", "i", ServerTime::from_millis(0)).timeout(30).data(text(bytes));
    assert_eq!(bob.engine.add_invited(at(0), pushed(300)), Err(AddInvitedError::Limit(Limit::PayloadBytes)));
    assert_eq!(bob.engine.add_invited(at(0), pushed(100)), Ok(()));
}

#[test]
fn w9_payload_bytes_bound_what_a_peer_sends() {
    let frame = to_bob("i", "alice", 10).payload.len();
    assert_limit(300, Disposition::Malformed(Malformed::TooLong), |bytes| {
        let mut bob = Device::with("bob", limited(|limits| limits.payload_bytes = 300));
        let mut message = Action::invite("i", "alice", &["bob"], 10);
        let filler = format!("call{}", text(bytes - frame));
        message.data = &filler;
        taken(bob.hear(0, &message.from("alice", pair("alice"))))
    });
}

#[test]
fn w9_id_bytes_bound_what_the_caller_names() {
    let config =
        || limited(|limits| (limits.invite_id_bytes, limits.user_id_bytes, limits.group_id_bytes) = (40, 10, 20));
    let invite = |invite: Invite| Device::with("bob", config()).engine.invite(at(0), invite);
    assert_limit(10, InviteError::Limit(Limit::UserIdBytes), |size| invite(Invite::to(text(size))));
    assert_limit(20, InviteError::Limit(Limit::GroupIdBytes), |size| invite(Invite::in_group(text(size), ["carol"])));

    let add = |id: String, inviter: String, conversation: Conversation| {
        let key = InvitationKey::new(inviter, id, conversation);
        Device::with("bob", config()).engine.add_invited(at(0), Pushed::new(key, ServerTime::from_millis(0)))
    };
    let alice = || "alice".to_owned();
    let beyond = AddInvitedError::Limit;
    assert_limit(40, beyond(Limit::InviteIdBytes), |size| add(text(size), alice(), pair("alice")));
    assert_limit(10, beyond(Limit::UserIdBytes), |size| add("i".into(), text(size), group("room")));
    assert_limit(10, beyond(Limit::UserIdBytes), |size| add("i".into(), text(size), pair(&text(size))));
    assert_limit(20, beyond(Limit::GroupIdBytes), |size| add("i".into(), alice(), group(&text(size))));
    assert_limit(10, ConfigError::UserId, |size| Engine::new(text(size), config(), Seed::from([1; 16])));
}

#[test]
fn w9_id_bytes_bound_what_a_peer_names() {
    let config =
        || limited(|limits| (limits.invite_id_bytes, limits.user_id_bytes, limits.group_id_bytes) = (40, 10, 20));
    let hear = |message: Inbound| taken(Device::with("bob", config()).hear(0, &message));
    let invite = |id: &str, inviter: &str, invitee: &str, room: &str| {
        hear(Action::invite(id, inviter, &[invitee], 10).from(inviter, group(room)))
    };
    assert_limit(40, refused(Limit::InviteIdBytes), |size| invite(&text(size), "alice", "bob", "room"));
    assert_limit(10, refused(Limit::UserIdBytes), |size| invite("i", &text(size), "bob", "room"));
    assert_limit(10, refused(Limit::UserIdBytes), |size| invite("i", "alice", &text(size), "room"));
    assert_limit(20, refused(Limit::GroupIdBytes), |size| invite("i", "alice", "bob", &text(size)));
    assert_limit(10, refused(Limit::UserIdBytes), |size| {
        let sender = text(size);
        hear(Action::reply(ACCEPT, "early", "alice", &[&sender]).from(&sender, group("room")))
    });
}

#[test]
fn w9_the_v2tim_preset_has_the_id_lengths_of_v2tim() {
    let limits = Limits::v2tim();
    assert_eq!((limits.user_id_bytes, limits.group_id_bytes, limits.invite_id_bytes), (32, 48, 128));
    assert_eq!(limits.payload_bytes, 12 * 1_024);
}

#[test]
fn w9_invitees_are_bounded_in_an_invite_in_a_message_and_in_an_early_fact() {
    let config = || limited(|limits| limits.invitees = 3);
    let names: Vec<String> = (0..4).map(|n| format!("user{n}")).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    assert_limit(3, InviteError::Limit(Limit::Invitees), |count| {
        let invite = Invite::in_group("room", names[..count].iter().copied());
        Device::with("bob", config()).engine.invite(at(0), invite)
    });
    for kind in [INVITE, CANCEL] {
        assert_limit(3, refused(Limit::Invitees), |count| {
            let message = Action::reply(kind, "i", "alice", &names[..count]).from("alice", group("room"));
            taken(Device::with("bob", config()).hear(0, &message))
        });
    }
}

#[test]
fn w9_open_invitations_are_bounded_for_the_caller_for_each_sender_and_overall() {
    let bob = || Device::with("bob", limited(|limits| (limits.open, limits.open_per_sender) = (8, 3)));
    assert_limit(8, InviteError::Limit(Limit::Open), |count| {
        let mut bob = bob();
        last_of(count, |_| bob.engine.invite(at(0), Invite::to("alice").timeout(10)))
    });
    assert_limit(3, AddInvitedError::Limit(Limit::Open), |count| {
        let mut bob = bob();
        let pushed = |n| Pushed::from_user("alice", format!("i{n}"), ServerTime::from_millis(0)).timeout(10);
        last_of(count, |n| bob.engine.add_invited(at(0), pushed(n)))
    });
    assert_limit(3, refused(Limit::Open), |count| {
        let mut bob = bob();
        last_of(count, |n| taken(bob.hear(0, &to_bob(&format!("i{n}"), "alice", 10))))
    });
    assert_limit(STRANGERS_OF_EIGHT, refused(Limit::Open), |count| {
        let mut bob = bob();
        last_of(count, |n| taken(bob.hear(0, &to_bob("i", &format!("user{n}"), 10))))
    });
    assert_limit(OTHERS_OF_EIGHT, refused(Limit::Open), |count| {
        let mut bob = bob();
        let users: Vec<String> = (0..count).map(|n| format!("user{n}")).collect();
        users.iter().for_each(|user| know(&mut bob, user));
        let last = last_of(count, |n| taken(bob.hear(0, &to_bob("i", &users[n], 10))));
        assert_eq!(bob.engine.stats().open as usize, count.min(OTHERS_OF_EIGHT));
        last
    });
}

/// Of a limit of eight, what is left to strangers, and to all but the user.
const STRANGERS_OF_EIGHT: usize = 6;
const OTHERS_OF_EIGHT: usize = 7;

/// Bob has invited them, which is over and remembered.
fn know(bob: &mut Device, user: &str) {
    let id = bob.invite(0, Invite::to(user).timeout(10));
    bob.ack(0);
    bob.engine.cancel(at(0), id, "").unwrap();
    bob.ack(0);
}

#[test]
fn w9_tombstones_are_bounded_for_each_sender_and_overall() {
    let bob = || {
        let limits = |limits: &mut Limits| (limits.open, limits.open_per_sender) = (1, 1);
        let mut config = limited(limits);
        (config.limits.kept, config.limits.kept_per_sender) = (8, 3);
        Device::with("bob", config)
    };
    assert_limit(3, refused(Limit::Kept), |count| {
        let mut bob = bob();
        last_of(count, |n| taken(ended(&mut bob, 0, &format!("i{n}"), "alice")))
    });
    assert_limit(STRANGERS_OF_EIGHT, refused(Limit::Kept), |count| {
        let mut bob = bob();
        last_of(count, |n| taken(ended(&mut bob, 0, "i", &format!("user{n}"))))
    });
    assert_limit(8, InviteError::Limit(Limit::Kept), |count| {
        let mut bob = bob();
        let _ = last_of(STRANGERS_OF_EIGHT, |n| ended(&mut bob, 0, "i", &format!("user{n}")));
        last_of(count - STRANGERS_OF_EIGHT, |_| {
            let id = bob.engine.invite(at(0), Invite::in_group("room", ["carol", "dave"]).timeout(10))?;
            bob.ack(0);
            bob.engine.cancel(at(0), id, "").unwrap();
            bob.ack(0);
            Ok(())
        })
    });
}

#[test]
fn w9_early_facts_are_bounded_for_each_sender_and_overall() {
    let bob = || Device::with("bob", limited(|limits| (limits.early, limits.early_per_sender) = (8, 3)));
    assert_limit(3, refused(Limit::Early), |count| {
        let mut bob = bob();
        last_of(count, |n| taken(bob.hear(0, &cancel_to_bob(&format!("i{n}"), "alice"))))
    });
    assert_limit(STRANGERS_OF_EIGHT, refused(Limit::Early), |count| {
        let mut bob = bob();
        last_of(count, |n| taken(bob.hear(0, &cancel_to_bob("i", &format!("user{n}")))))
    });
    assert_limit(OTHERS_OF_EIGHT, refused(Limit::Early), |count| {
        let mut bob = bob();
        let users: Vec<String> = (0..count).map(|n| format!("user{n}")).collect();
        users.iter().for_each(|user| know(&mut bob, user));
        last_of(count, |n| taken(bob.hear(0, &cancel_to_bob("i", &users[n]))))
    });
    let mut full = bob();
    let _ = last_of(3, |n| full.hear(0, &cancel_to_bob(&format!("i{n}"), "alice")));
    assert_eq!(full.hear(0, &cancel_to_bob("i0", "alice")), Disposition::Duplicate, "what is kept needs no room");
    assert_eq!(full.hear(0, &to_bob("i0", "alice", 10)), Disposition::Applied, "and leaves with its invitation");
    assert_eq!(full.hear(0, &cancel_to_bob("i9", "alice")), Disposition::Buffered);
}

/// Bob, whose host has not polled: five outputs wait, as many as may.
fn backlogged() -> Engine {
    let mut bob = Device::with("bob", limited(|limits| limits.outputs = 5)).engine;
    for n in 0..5 {
        assert_eq!(bob.handle_message(at(0), &to_bob(&format!("i{n}"), "alice", 10)), Disposition::Applied);
    }
    bob
}

#[test]
fn w9_undelivered_outputs_refuse_every_input_and_leave_the_state_untouched() {
    let (mut bob, before) = (backlogged(), backlogged());
    let message = to_bob("new", "alice", 10);
    assert_eq!(bob.handle_message(at(0), &message), Disposition::Backlog);
    assert_eq!(bob.handle_message(at(0), &Inbound::new("alice", pair("alice"), "chat")), Disposition::Backlog);
    assert_eq!(bob.handle_edit(at(0), &message), Disposition::Backlog);
    assert_eq!(bob.invite(at(0), Invite::to("carol")).map_err(|error| error.code()), Err(8001));
    assert_eq!(bob.accept(at(0), "i0", "").map_err(|error| error.code()), Err(8001));
    assert_eq!(bob.reject(at(0), "i0", "").map_err(|error| error.code()), Err(8001));
    assert_eq!(bob.cancel(at(0), "i0", "").map_err(|error| error.code()), Err(8001));
    assert_eq!(bob.modify(at(0), "i0", "").map_err(|error| error.code()), Err(8001));
    assert_eq!(bob.dismiss(at(0), "i0").map_err(|error| error.code()), Err(8001));
    let pushed = Pushed::from_user("alice", "pushed", ServerTime::from_millis(0));
    assert_eq!(bob.add_invited(at(0), pushed).map_err(|error| error.code()), Err(8001));
    assert_eq!(bob, before);

    assert!(bob.poll_output().is_some());
    assert_eq!(bob.handle_message(at(0), &message), Disposition::Applied, "handed in again, it is taken");
}

#[test]
fn w9_a_history_that_meets_a_backlog_waits_and_no_deadline_fires_meanwhile() {
    let mut bob = backlogged();
    bob.begin_catch_up(at(60_000));
    let before = bob.clone();
    let batch = [cancel_to_bob("i0", "alice")];
    assert_eq!(bob.handle_history(at(60_000), &History::hot(), &batch), convoke::CatchUp::Backlog);
    assert_eq!(bob, before);
    while bob.poll_output().is_some() {}
    assert_eq!(bob.wake(), Wake::Never);
    let done = convoke::CatchUp::Done(vec![Disposition::Applied]);
    assert_eq!(bob.handle_history(at(60_000), &History::hot(), &batch), done);
}

#[test]
fn w9_what_timers_put_out_is_exempt_and_bounded_by_the_open_invitations() {
    let mut bob = backlogged();
    bob.tick(at(1_000_000));
    // Each of the five rang; its time-out is sent, called back and ends it.
    assert_eq!(bob.stats().outputs, 5 + 5 * 3);
    assert_eq!(bob.stats().open, 0);
}

#[test]
fn w9_a_limit_that_cannot_hold_is_a_configuration_error() {
    let new = |set: fn(&mut Limits)| Engine::new("bob", limited(set), Seed::from([1; 16])).map(drop);
    assert_eq!(new(|limits| limits.invitees = 0), Err(ConfigError::ZeroLimit("invitees")));
    assert_eq!(new(|limits| limits.open_per_sender = 1_001), Err(ConfigError::PerSender("open_per_sender")));
    assert_eq!(new(|limits| limits.kept = 999), Err(ConfigError::KeptBelowOpen));
    assert_eq!(new(|limits| limits.kept = 1_000), Ok(()));
}
