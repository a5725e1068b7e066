//! Who is crowded out when many come (`W9`, `R5`): a hostile sender only themself, and never a friend.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod common;

use common::{Action, CANCEL, Device, REJECT, at, cancel_to_bob, ended, group, limited, pair, refused, stamp, to_bob};
use convoke::{Config, Disposition, Inbound, Invite, InviteError, Limit, Limits, Target, Wake};

#[test]
fn w9_a_hostile_sender_crowds_out_only_themself() {
    let mut bob = Device::with("bob", limited(|limits| (limits.early, limits.early_per_sender) = (100, 10)));
    for n in 0..1_000 {
        let _ = bob.hear(0, &to_bob(&format!("a{n}"), "mallory", 60));
        let _ = bob.hear(0, &cancel_to_bob(&format!("b{n}"), "mallory"));
        let _ = ended(&mut bob, 0, &format!("c{n}"), "mallory");
    }
    assert_eq!(bob.hear(0, &to_bob("z", "mallory", 60)), refused(Limit::Open));
    assert_eq!(bob.hear(0, &cancel_to_bob("z", "mallory")), refused(Limit::Early));
    assert_eq!(bob.hear(0, &cancel_to_bob("early", "alice")), Disposition::Buffered);
    bob.take();
    assert_eq!(bob.hear(0, &to_bob("i", "alice", 60)), Disposition::Applied);
    assert_eq!(bob.heard(), ["onReceiveNewInvitation"]);
    assert_eq!(bob.engine.accept(at(0), "i", ""), Ok(()));
}

#[test]
fn w9_the_facts_of_strangers_do_not_count_for_the_inviter_they_name() {
    let mut bob = Device::with("bob", limited(|limits| (limits.early, limits.early_per_sender) = (9, 3)));
    for n in 0..9 {
        let _ =
            bob.hear(0, &Action::reply(REJECT, &format!("i{n}"), "alice", &["mallory"]).from("mallory", group("room")));
    }
    assert_eq!(bob.engine.stats().early, 3);
    let by_alice = Action::reply(CANCEL, "i9", "alice", &["bob"]).from("alice", group("room"));
    assert_eq!(bob.hear(0, &by_alice), Disposition::Buffered);
}

#[test]
fn w9_an_invitation_without_a_timeout_makes_room_for_any_other_and_one_with_a_timeout_for_none() {
    let mut bob = Device::with("bob", limited(|limits| (limits.open, limits.open_per_sender) = (3, 2)));
    assert_eq!(bob.hear(0, &to_bob("endless", "alice", 0)), Disposition::Applied);
    assert_eq!(bob.hear(0, &to_bob("timed", "alice", 60)), Disposition::Applied);
    assert_eq!(bob.hear(0, &to_bob("third", "alice", 60)), Disposition::Applied, "alice's own makes room");
    assert!(bob.engine.invitation("endless").is_none() && bob.engine.invitation("timed").is_some());
    assert_eq!(bob.hear(0, &to_bob("fourth", "alice", 0)), refused(Limit::Open));

    assert_eq!(bob.hear(0, &to_bob("endless", "carol", 0)), Disposition::Applied);
    assert_eq!(bob.hear(0, &to_bob("i", "dave", 60)), Disposition::Applied, "carol's makes room overall");
    assert!(bob.engine.invitation("endless").is_none());
    assert_eq!(bob.engine.invite(at(0), Invite::to("erin")), Err(InviteError::Limit(Limit::Open)));
    assert_eq!(bob.engine.stats().open, 3);
}

#[test]
fn w9_of_invitations_without_a_timeout_the_oldest_makes_room_whatever_its_id() {
    let mut bob = Device::with("bob", limited(|limits| (limits.open, limits.open_per_sender) = (2, 2)));
    assert_eq!(bob.hear(0, &to_bob("z", "mallory", 0)), Disposition::Applied);
    assert_eq!(bob.hear(1, &to_bob("a", "alice", 0)), Disposition::Applied);
    assert_eq!(bob.hear(2, &to_bob("z", "carol", 0)), Disposition::Applied);
    assert!(bob.engine.invitation("a").is_some());
    assert!(bob.engine.invitation(Target::of("mallory", "z")).is_none());
}

#[test]
fn w9_an_endless_invitation_of_ones_own_never_makes_room_for_a_peers() {
    let mut bob = Device::with("bob", limited(|limits| (limits.open, limits.open_per_sender) = (2, 2)));
    bob.invite(0, Invite::to("carol"));
    bob.invite(0, Invite::to("carol"));
    assert_eq!(bob.hear(0, &to_bob("i", "alice", 60)), refused(Limit::Open));
    assert_eq!(bob.engine.stats().open, 2);
}

#[test]
fn r5_w9_tombstones_past_their_life_go_first_and_before_that_new_invitations_are_refused() {
    let mut config = limited(|limits| (limits.open, limits.open_per_sender) = (2, 2));
    (config.limits.kept, config.limits.kept_per_sender) = (2, 2);
    let mut bob = Device::with("bob", config);
    assert_eq!(ended(&mut bob, 0, "second", "alice"), Disposition::Applied);
    assert_eq!(bob.hear(0, &to_bob("first", "alice", 5)), Disposition::Applied);
    assert_eq!(bob.hear(0, &cancel_to_bob("first", "alice")), Disposition::Applied);

    // Five seconds and three times the grace: until then a copy of it might still ring.
    assert_eq!(bob.hear(19_999, &to_bob("third", "alice", 60)), refused(Limit::Kept));
    assert_eq!(bob.hear(19_999, &to_bob("third", "carol", 60)), refused(Limit::Kept), "nor for others");
    assert_eq!(bob.hear(20_000, &to_bob("third", "alice", 60)), Disposition::Applied);
    assert!(bob.engine.invitation("first").is_none() && bob.engine.invitation("second").is_some());
}

/// The `n`th message of a flood: of every kind, about new and old invitations, in the pair and in a group.
fn hostile(n: usize, sender: &str) -> Inbound {
    let id = format!("i{}", n % 7_919);
    let conversation = if n.is_multiple_of(3) { group("room") } else { pair(sender) };
    let timeout = u32::try_from(n % 5).unwrap() * 20;
    let themself = [sender];
    let action = match n % 7 {
        0..=2 => Action::invite(&id, sender, &["bob", "carol", "bob"], timeout),
        3 => Action::reply(REJECT, &id, "alice", &themself),
        _ => Action::reply(u8::try_from(n % 7).unwrap() - 2, &id, sender, &["bob"]),
    };
    let time = i64::try_from(n).unwrap();
    let mut message = action.from(sender, conversation);
    message.stamp = n.is_multiple_of(2).then(|| stamp(time, &id));
    message
}

/// Floods bob, whose host polls now and then, and checks that nothing outgrows its limit.
fn flood(messages: usize, sender: impl Fn(usize) -> String) -> Device {
    let config = Config::default();
    let limits = config.limits.clone();
    let mut bob = Device::with("bob", config);
    for n in 0..messages {
        let now = at(i64::try_from(n).unwrap());
        let message = hostile(n, &sender(n));
        let _ = if n.is_multiple_of(11) {
            bob.engine.handle_edit(now, &message)
        } else {
            bob.engine.handle_message(now, &message)
        };
        if n.is_multiple_of(1_000) {
            bob.drain();
            bob.take();
            bob.sent();
            let stats = bob.engine.stats();
            assert!(stats.open <= limits.open && stats.kept <= limits.kept && stats.early <= limits.early, "{stats:?}");
            assert!(stats.sends_in_flight <= limits.kept as usize, "{stats:?}");
        }
    }
    bob.take();
    bob
}

#[test]
fn w9_after_a_hundred_thousand_hostile_messages_a_friend_is_served() {
    let mut bob = flood(100_000, |_| "mallory".into());
    let (stats, limits) = (bob.engine.stats(), Limits::default());
    assert!(stats.open <= limits.open_per_sender && stats.kept <= limits.kept_per_sender, "{stats:?}");
    assert!(stats.early <= limits.early_per_sender, "{stats:?}");
    assert_eq!(bob.hear(100_000, &to_bob("friend", "alice", 60)), Disposition::Applied);
    assert_eq!(bob.heard(), ["onReceiveNewInvitation"]);
    assert_eq!(bob.engine.accept(at(100_000), "friend", ""), Ok(()));
}

#[test]
fn w9_a_thousand_hostile_senders_together_stay_within_the_limits() {
    let mut bob = flood(20_000, |n| format!("mallory{}", n % 1_000));
    bob.tick(10_000_000_000);
    let stats = bob.engine.stats();
    assert_eq!((stats.open, stats.kept, stats.early, stats.sends_in_flight), (0, 0, 0, 0));
    assert_eq!(bob.engine.wake(), Wake::Never);
}
