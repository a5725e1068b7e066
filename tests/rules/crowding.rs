//! Who is crowded out when many come (`W9`, `R5`): a hostile sender only themself, and never a friend.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common::{
    ACCEPT, Action, CANCEL, Device, REJECT, at, cancel_to_bob, ended, group, limited, pair, refused, stamp, to_bob,
};
use convoke::{Config, Disposition, Engine, History, Inbound, Invite, InviteError, Limit, Limits, Seed, Target, Wake};

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
fn w9_who_takes_the_place_of_the_only_one_counts() {
    let one = |limits: &mut Limits| {
        (limits.open, limits.open_per_sender, limits.kept, limits.kept_per_sender) = (1, 1, 1, 1);
    };
    let mut bob = Device::with("bob", limited(one));
    for (id, timeout) in [("first", 0), ("second", 0), ("third", 60)] {
        assert_eq!(bob.hear(0, &to_bob(id, id, timeout)), Disposition::Applied, "{id}");
        let stats = bob.engine.stats();
        assert_eq!((stats.open, stats.kept), (1, 1), "{id}");
    }
    assert_eq!(bob.hear(0, &to_bob("fourth", "fourth", 60)), refused(Limit::Open));
}

#[test]
fn w9_an_endless_invitation_of_ones_own_never_makes_room_for_a_peers() {
    for is_sent in [false, true] {
        let mut bob = Device::with("bob", limited(|limits| (limits.open, limits.open_per_sender) = (2, 2)));
        for _ in 0..2 {
            bob.invite(0, Invite::to("carol"));
            if is_sent {
                bob.ack(0);
            }
        }
        assert_eq!(bob.hear(0, &to_bob("i", "alice", 60)), refused(Limit::Open));
        let another = bob.engine.invite(at(0), Invite::to("carol"));
        assert_eq!(another, Err(InviteError::Limit(Limit::Open)), "nor for another");
        assert_eq!(bob.engine.stats().open, 2);
    }
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

/// Ten others, each of whom does this a hundred times; and how much of it is taken.
fn flood_of_ten(mut hear: impl FnMut(&str, &str) -> Disposition) -> usize {
    let senders: Vec<String> = (0..10).map(|n| format!("mallory{n}")).collect();
    let turns = (0..100).flat_map(|n| senders.iter().map(move |sender| (format!("i{n}"), sender)));
    let taken = |disposition| matches!(disposition, Disposition::Applied | Disposition::Buffered);
    turns.filter(|(id, sender)| taken(hear(id, sender))).count()
}

#[test]
fn w9_a_few_hostile_senders_crowd_out_only_themselves() {
    let mut bob = Device::new("bob");
    // Of the 750 that strangers may fill each holds 68 or 69, and 67 are left.
    assert_eq!(flood_of_ten(|id, sender| bob.hear(0, &to_bob(id, sender, 86_400))), 683);
    bob.take();
    assert_eq!(bob.hear(0, &to_bob("i", "alice", 30)), Disposition::Applied);
    assert_eq!(bob.heard(), ["onReceiveNewInvitation"]);
    assert_eq!(flood_of_ten(|id, sender| bob.hear(0, &cancel_to_bob(&format!("early-{id}"), sender))), 683);
    assert_eq!(bob.hear(0, &cancel_to_bob("early", "alice")), Disposition::Buffered);

    let mut bob = Device::with("bob", limited(|limits| limits.kept = 1_000));
    assert_eq!(flood_of_ten(|id, sender| ended(&mut bob, 0, id, sender)), 683);
    assert_eq!(ended(&mut bob, 0, "i", "alice"), Disposition::Applied);
}

#[test]
fn w9_a_lone_stranger_gets_half_of_what_there_is_for_strangers_and_one() {
    let of_open = |limits: &mut Limits| {
        (limits.open, limits.open_per_sender, limits.kept, limits.kept_per_sender) = (8, 8, 80, 80);
        (limits.early, limits.early_per_sender) = (8, 8);
    };
    let mut bob = Device::with("bob", limited(of_open));
    for n in 0..4 {
        assert_eq!(bob.hear(0, &to_bob(&format!("i{n}"), "mallory", 60)), Disposition::Applied);
        assert_eq!(bob.hear(0, &cancel_to_bob(&format!("early{n}"), "mallory")), Disposition::Buffered);
    }
    assert_eq!(bob.hear(0, &to_bob("i4", "mallory", 60)), refused(Limit::Open));
    assert_eq!(bob.hear(0, &cancel_to_bob("early4", "mallory")), refused(Limit::Early));
    assert_eq!(bob.hear(0, &to_bob("i4", "alice", 60)), Disposition::Applied);

    let all_eight = |limits: &mut Limits| {
        (limits.open, limits.open_per_sender, limits.kept, limits.kept_per_sender) = (8, 8, 8, 8);
    };
    let mut bob = Device::with("bob", limited(all_eight));
    for n in 0..4 {
        assert_eq!(ended(&mut bob, 0, &format!("i{n}"), "mallory"), Disposition::Applied);
    }
    assert_eq!(ended(&mut bob, 0, "i4", "mallory"), refused(Limit::Kept));
    assert_eq!(ended(&mut bob, 0, "i4", "alice"), Disposition::Applied);
}

#[test]
fn w9_of_what_is_kept_anybodys_endless_invitation_makes_room_but_for_who_has_had_their_share_their_own() {
    let all_twelve = |limits: &mut Limits| {
        (limits.open, limits.open_per_sender, limits.kept, limits.kept_per_sender) = (12, 12, 12, 12);
    };
    let mut bob = Device::with("bob", limited(all_twelve));
    assert_eq!(bob.hear(0, &to_bob("oldest", "alice", 0)), Disposition::Applied);
    for n in 0..4 {
        assert_eq!(ended(&mut bob, 1, "over", &format!("sybil{n}")), Disposition::Applied);
    }
    for n in 1..=5 {
        assert_eq!(bob.hear(1 + n, &to_bob(&format!("i{n}"), "mallory", 0)), Disposition::Applied);
    }
    assert!(bob.engine.invitation("i2").is_none() && bob.engine.invitation("i3").is_some(), "mallory's own");
    assert!(bob.engine.invitation("oldest").is_some());
    for n in 4..6 {
        assert_eq!(ended(&mut bob, 10, "over", &format!("sybil{n}")), Disposition::Applied);
    }
    assert!(bob.engine.invitation("oldest").is_none() && bob.engine.invitation("i3").is_some(), "the oldest");
}

#[test]
fn w9_who_has_had_their_share_of_what_is_kept_gets_no_more_by_anothers_making_room() {
    let few = |limits: &mut Limits| {
        (limits.open, limits.open_per_sender, limits.kept, limits.kept_per_sender) = (4, 2, 100, 2);
    };
    let mut bob = Device::with("bob", limited(few));
    for id in ["a", "b"] {
        assert_eq!(ended(&mut bob, 0, id, "mallory"), Disposition::Applied);
    }
    for inviter in ["alice", "carol", "dave"] {
        assert_eq!(bob.hear(0, &to_bob("i", inviter, 0)), Disposition::Applied);
    }
    assert_eq!(bob.hear(0, &to_bob("c", "mallory", 60)), refused(Limit::Kept));
    assert_eq!(bob.hear(0, &to_bob("c", "erin", 60)), Disposition::Applied);
}

#[test]
fn r5_w9_what_ended_without_a_timeout_makes_room_once_a_copy_of_it_is_stale() {
    const LIFE: i64 = 615_000;
    let few = |limits: &mut Limits| limits.kept_per_sender = 3;
    for (now, then) in [(LIFE, refused(Limit::Kept)), (LIFE + 1, Disposition::Applied)] {
        let mut bob = Device::with("bob", limited(few));
        let word = |id: &str, ms| to_bob(id, "teacher", 0).stamped(ms, id);
        for id in ["a", "b", "c"] {
            assert_eq!(bob.hear(1, &word(id, 1)), Disposition::Applied);
            bob.engine.dismiss(at(1), id).unwrap();
        }
        assert_eq!(bob.hear(now, &word("d", now)), then, "at {now} ms");
    }
    let mut bob = Device::with("bob", limited(few));
    for id in ["a", "b", "c", "d"] {
        let ms = if id == "d" { LIFE + 2 } else { 1 };
        assert_eq!(bob.hear(ms, &to_bob(id, "teacher", 0).stamped(ms, id)), Disposition::Applied);
        bob.engine.dismiss(at(ms), id).unwrap();
    }
    assert_eq!(bob.hear(LIFE + 2, &to_bob("a", "teacher", 0).stamped(1, "a")), Disposition::Stale, "it made room");
}

#[test]
fn r5_w9_what_has_a_timeout_or_no_stamp_makes_no_room_before_its_life_is_over() {
    let few = |limits: &mut Limits| limits.kept_per_sender = 1;
    let unstamped = to_bob("a", "teacher", 0);
    for invite in [to_bob("a", "teacher", 3_600).stamped(1, "a"), unstamped] {
        let mut bob = Device::with("bob", limited(few));
        assert_eq!(bob.hear(1, &invite), Disposition::Applied);
        bob.engine.dismiss(at(1), "a").unwrap();
        assert_eq!(bob.hear(700_000, &to_bob("b", "teacher", 60)), refused(Limit::Kept));
    }
}

#[test]
fn w9_who_has_had_their_share_of_what_is_kept_has_nobody_elses_open_one_make_room() {
    let all = |limits: &mut Limits| {
        (limits.open, limits.open_per_sender, limits.kept, limits.kept_per_sender) = (4, 4, 12, 12);
    };
    let mut bob = Device::with("bob", limited(all));
    for n in 0..5 {
        assert_eq!(ended(&mut bob, 0, &format!("m{n}"), "mallory"), Disposition::Applied);
    }
    for user in ["carol", "dave", "erin"] {
        assert_eq!(bob.hear(0, &to_bob("i", user, 0)), Disposition::Applied);
    }
    assert_eq!(bob.hear(0, &to_bob("more", "mallory", 60)), refused(Limit::Kept));
    assert_eq!(bob.engine.stats().open, 3);
    assert_eq!(bob.hear(0, &to_bob("i", "frank", 60)), Disposition::Applied, "who has had nothing may");
}

#[test]
fn c7_w9_what_makes_room_in_a_batch_is_told_what_was_said_of_it_and_what_came_and_went_is_not_told() {
    let mut bob = Device::with("bob", limited(|limits| (limits.open, limits.open_per_sender) = (4, 4)));
    let class = Action::invite("class", "alice", &["bob", "carol"], 0).from("alice", group("room"));
    assert_eq!(bob.hear(0, &class.stamped(0, "m0")), Disposition::Applied);
    bob.take();
    let accept = Action::reply(ACCEPT, "class", "alice", &["carol"]).from("carol", group("room"));
    let calls = [("dave", 0), ("erin", 60), ("frank", 60), ("grace", 60)];
    let calls = (2..).zip(calls).map(|(n, (who, timeout))| to_bob("call", who, timeout).stamped(n, format!("m{n}")));
    let batch: Vec<Inbound> = [accept.stamped(1, "m1")].into_iter().chain(calls).collect();
    let _ = bob.engine.handle_history(at(10), &History::hot(), &batch);
    let [accepted, ring] = ["onInviteeAccepted", "onReceiveNewInvitation"];
    assert_eq!(bob.heard(), [accepted, ring, ring, ring]);
    assert!(bob.engine.invitation("class").is_none());
    assert!(bob.engine.invitation(Target::of("dave", "call")).is_none());
}

#[test]
fn w9_who_has_had_their_share_of_early_facts_has_no_more_of_it_when_one_is_used() {
    let mut bob = Device::with("bob", limited(|limits| (limits.early, limits.early_per_sender) = (16, 2)));
    assert_eq!(bob.hear(0, &cancel_to_bob("a", "mallory")), Disposition::Buffered);
    assert_eq!(bob.hear(0, &cancel_to_bob("b", "mallory")), Disposition::Buffered);
    assert_eq!(bob.hear(0, &to_bob("a", "mallory", 60)), Disposition::Applied);
    assert_eq!(bob.hear(0, &cancel_to_bob("c", "mallory")), Disposition::Buffered);
    assert_eq!(bob.hear(0, &cancel_to_bob("d", "mallory")), refused(Limit::Early));
}

/// Bob, where as many strangers as there is room for have an invitation open and one fact too early.
fn beleaguered(bob: &mut Device, timeout: u32) {
    for n in 0..1_000 {
        let _ = bob.hear(0, &to_bob("i", &format!("sybil{n}"), timeout));
        let _ = bob.hear(0, &cancel_to_bob("early", &format!("sybil{n}")));
    }
    assert_eq!(bob.hear(0, &to_bob("i", "carol", timeout)), refused(Limit::Open));
    bob.take();
    bob.sent();
}

#[test]
fn w9_strangers_without_number_leave_room_for_the_user_and_for_who_is_known() {
    let mut bob = Device::new("bob");
    bob.invite(0, Invite::to("alice").timeout(30));
    bob.learn(0, &to_bob("dave's", "dave", 30));
    bob.engine.accept(at(0), "dave's", "").unwrap();
    bob.learn(0, &to_bob("erin's", "erin", 30));
    bob.engine.reject(at(0), "erin's", "").unwrap();
    bob.invite(0, Invite::in_group("room", ["frank", "grace"]).timeout(30));
    beleaguered(&mut bob, 86_400);

    for known in ["alice", "dave"] {
        assert_eq!(bob.hear(0, &cancel_to_bob("overtaken", known)), Disposition::Buffered);
        assert_eq!(bob.hear(0, &to_bob("overtaken", known, 30)), Disposition::Applied);
        assert_eq!(bob.heard(), ["missed", "ended"]);
        assert_eq!(bob.hear(0, &to_bob("call", known, 30)), Disposition::Applied);
        assert_eq!(bob.heard(), ["onReceiveNewInvitation"]);
    }
    for stranger in ["erin", "frank"] {
        assert_eq!(bob.hear(0, &to_bob("call", stranger, 30)), refused(Limit::Open), "{stranger}");
        assert_eq!(bob.hear(0, &cancel_to_bob("overtaken", stranger)), refused(Limit::Early), "{stranger}");
    }
    let own = (0..).take_while(|_| bob.engine.invite(at(0), Invite::to("carol").timeout(30)).is_ok()).count();
    assert_eq!(own, 1_000 - 750 - 2);
}

#[test]
fn w9_who_is_known_is_so_for_as_long_as_it_is_remembered() {
    let mut bob = Device::new("bob");
    let id = bob.invite(0, Invite::to("alice").timeout(30));
    bob.ack(0);
    bob.engine.cancel(at(0), id, "").unwrap();
    bob.ack(0);
    beleaguered(&mut bob, 86_400);
    assert_eq!(bob.hear(599_999, &to_bob("before", "alice", 86_400)), Disposition::Applied);
    assert_eq!(bob.hear(600_000, &to_bob("after", "alice", 30)), refused(Limit::Open));
}

#[test]
fn w9_nobody_makes_room_for_who_stands_lower() {
    let mut bob = Device::with("bob", limited(|limits| (limits.open, limits.open_per_sender) = (8, 8)));
    bob.learn(0, &to_bob("hand", "alice", 0));
    let id = bob.invite(0, Invite::to("alice").timeout(30));
    bob.ack(0);
    bob.engine.cancel(at(0), id, "").unwrap();
    bob.ack(0);
    for n in 1..9 {
        bob.learn(n, &to_bob("i", &format!("sybil{n}"), 0));
        assert!(bob.engine.invitation("hand").is_some(), "it is the oldest, but alice is known");
    }
    assert_eq!(bob.engine.stats().open, 6);
    bob.invite(9, Invite::to("carol"));
    bob.invite(9, Invite::to("carol"));
    for left in (0..5).rev() {
        bob.invite(10, Invite::to("carol"));
        let strangers = bob.engine.invitations().filter(|view| view.key().invite_id().as_str() == "i").count();
        assert_eq!(strangers, left, "strangers make room first");
    }
    bob.invite(11, Invite::to("carol"));
    assert!(bob.engine.invitation("hand").is_none(), "then who is known");
    assert_eq!(bob.engine.invite(at(12), Invite::to("carol")), Err(InviteError::Limit(Limit::Open)));
}

#[test]
fn r5_w9_what_ended_among_friends_is_remembered_under_any_flood_of_strangers() {
    let mut bob = Device::with("bob", limited(|limits| limits.kept = 1_000));
    let call = to_bob("call", "alice", 5);
    bob.learn(0, &call);
    bob.engine.accept(at(0), "call", "").unwrap();
    bob.ack(0);
    for n in 0..5_000 {
        let _ = ended(&mut bob, n * 100, "i", &format!("sybil{n}"));
    }
    bob.take();
    assert_eq!(bob.hear(500_000, &call), Disposition::Duplicate);
    assert_eq!(bob.heard(), [""; 0]);
}

#[test]
fn a4_w9_a_restored_engine_knows_whom_it_knew() {
    let mut bob = Device::new("bob");
    let class = Action::invite("class", "alice", &["bob", "carol"], 0).from("alice", group("room"));
    bob.learn(0, &to_bob("hand", "alice", 0));
    bob.learn(0, &class);
    bob.engine.accept(at(0), "class", "").unwrap();
    bob.ack(0);
    bob.take();
    let snapshot = bob.engine.snapshot();
    let mut restored = Engine::restore(snapshot, Config::default(), Seed::from([7; 16]), at(0)).unwrap();
    for engine in [&mut bob.engine, &mut restored] {
        let _ = engine.handle_history(at(0), &History::hot(), &[]);
    }
    assert_eq!(restored, bob.engine);
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
