//! The simulator: the world does what was recorded, and what the vendor's recorder has no word for.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use std::fs;
use std::path::{Path, PathBuf};

use convoke::sim::{
    Act, Deviations, Fate, Fault, In, Method, Scenario, SendingMode, SimError, Told, Trace, What, World, compare,
    replay,
};
use convoke::{Callback, Config, Invite, InviteId, Outcome, Profile, Start, UserId};
use serde_json::{Value, json};

#[test]
fn the_world_does_what_was_recorded_with_the_vendors_module() {
    let deviations = Deviations::declared().unwrap();
    let scenarios = vectors();
    assert_eq!(scenarios.len(), 40);
    for path in scenarios {
        let mut scenario: Scenario = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        scenario.config = web();
        let recorded = Trace::parse(&fs::read_to_string(path.with_extension("jsonl")).unwrap()).unwrap();
        let played = World::play(&scenario).unwrap().trace();
        let difference = compare(&deviations.apply(&recorded), &played);
        // There our bob rings on, and tells alice himself that he let the time run out. In the recording nobody does.
        let rings_on = scenario.name == "spoofed-cancel" && named(&played, "alice") == ["onInvitationTimeout", "ended"];
        assert_eq!(difference.is_some(), rings_on, "{}\n{difference:?}", scenario.name);
    }
}

fn vectors() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let paths = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|kind| kind == "json")).collect()
}

fn web() -> Config {
    let mut config = Config::default();
    config.profile = Profile::Web;
    config
}

/// The names of what a peer was told.
fn named(trace: &Trace, peer: &str) -> Vec<String> {
    let events = trace.events.iter().filter(|event| event.peer == peer);
    let outs = events.filter_map(|event| match &event.what {
        What::Out(out) => out.get("callback")?.as_str().map(str::to_owned),
        What::In(_) => None,
    });
    outs.collect()
}

#[test]
fn what_the_world_wrote_down_happens_again_when_it_is_read_and_replayed() {
    for seed in 0..50 {
        let trace = unruly(seed).trace();
        let read = Trace::parse(&trace.to_string()).unwrap();
        assert_eq!(read, trace, "seed {seed}");
        let replayed = replay(&read, &Deviations::parse("[]").unwrap()).unwrap();
        assert!(replayed.difference.is_none(), "seed {seed}\n{}", replayed.difference.unwrap());
    }
}

#[test]
fn the_same_seed_gives_the_same_world_and_another_seed_another() {
    let worlds: Vec<_> = (0..20).map(|seed| unruly(seed).trace().to_string()).collect();
    for (seed, world) in (0..).zip(&worlds) {
        assert_eq!(*world, unruly(seed).trace().to_string());
        assert_eq!(worlds.iter().filter(|other| *other == world).count(), 1, "seed {seed}");
    }
}

/// Three users in a group on a bad network, one of whom crashes; all who are asked accept.
fn unruly(seed: u64) -> World {
    let mut world = World::with_config(seed, web());
    world.group("room", ["alice", "bob", "carol"]);
    world.add_fault(Fault::late(0, 3_000));
    world.add_fault(Fault::doubled(500).percent(40));
    world.add_fault(Fault::lost().percent(20));
    for peer in ["alice", "bob", "bob/2", "carol"] {
        world.sign_in(peer).unwrap();
    }
    call(
        &mut world,
        "alice",
        Method::InviteInGroup,
        json!({"groupID": "room", "inviteeList": ["bob", "carol"], "timeout": 10}),
    );
    world.act("alice", Act::Save).unwrap();
    while let Some(Told { t, peer, callback, .. }) = world.next_callback(30_000) {
        if let Callback::NewInvitation { invitation, .. } = callback {
            world.run_until(t + 200);
            call(&mut world, &peer, Method::Accept, json!({"inviteID": invitation.invite_id(), "data": "yes"}));
        }
    }
    world.act("alice", Act::Crash).unwrap();
    world.act("alice", Act::Online(Start::Hot)).unwrap();
    world.run_until(60_000);
    world
}

/// A call that the trace tells, as those of a scenario.
fn call(world: &mut World, peer: &str, method: Method, options: Value) {
    let options = serde_json::from_value(options).unwrap();
    world.act(peer, Act::Call { method, options, invitation: None, names: None }).unwrap();
}

/// Alice has invited bob, for ten seconds, and he rings.
fn ringing() -> (World, InviteId) {
    let mut world = World::new(1);
    world.sign_in("alice").unwrap();
    world.sign_in("bob").unwrap();
    let id = invite(&mut world, "alice", "bob");
    world.run_until(1_000);
    assert_eq!(world.callbacks("bob").map(Callback::name).collect::<Vec<_>>(), ["onReceiveNewInvitation"]);
    (world, id)
}

fn invite(world: &mut World, from: &str, to: &str) -> InviteId {
    world
        .operate(from, |engine, now| engine.invite(now, Invite::to(to).timeout(10)))
        .unwrap()
        .unwrap()
        .invite_id()
        .clone()
}

fn accept(world: &mut World, peer: &str, id: &InviteId) {
    world.operate(peer, |engine, now| engine.accept(now, id, "")).unwrap().unwrap();
}

fn outcome(world: &World, peer: &str, id: &InviteId) -> Option<Outcome> {
    let invitation = world.engine(peer)?.invitation(id)?;
    invitation.outcomes().next().map(|(_, outcome)| outcome)
}

#[test]
fn what_comes_while_a_peer_is_offline_waits_for_it_and_online_only_does_not() {
    let (mut world, id) = ringing();
    world.act("alice", Act::Offline).unwrap();
    accept(&mut world, "bob", &id);
    let unseen = Invite::to("alice").timeout(10).online_user_only();
    let unseen = world.operate("bob", |engine, now| engine.invite(now, unseen)).unwrap().unwrap();
    let unseen = unseen.invite_id();
    world.run_until(2_000);
    assert_eq!(outcome(&world, "alice", &id), Some(Outcome::Pending));
    world.act("alice", Act::Online(Start::Hot)).unwrap();
    assert_eq!(outcome(&world, "alice", &id), Some(Outcome::Accepted));
    assert_eq!(outcome(&world, "alice", unseen), None);
}

#[test]
fn what_was_for_those_online_only_is_not_in_the_history_after_a_crash() {
    let mut world = World::new(1);
    world.sign_in("alice").unwrap();
    world.sign_in("bob").unwrap();
    let seen = Invite::to("bob").timeout(10).online_user_only();
    let seen = world.operate("alice", |engine, now| engine.invite(now, seen)).unwrap().unwrap();
    let seen = seen.invite_id();
    world.run_until(1_000);
    assert_eq!(outcome(&world, "bob", seen), Some(Outcome::Pending));
    for peer in ["alice", "bob"] {
        world.act(peer, Act::Crash).unwrap();
        world.act(peer, Act::Online(Start::Cold)).unwrap();
        assert_eq!(outcome(&world, peer, seen), None, "{peer}");
    }
}

#[test]
fn a_device_that_is_new_finds_in_the_history_what_its_user_was_sent() {
    let (mut world, id) = ringing();
    world.sign_in("bob/2").unwrap();
    assert_eq!(outcome(&world, "bob/2", &id), None);
    world.act("bob/2", Act::Online(Start::Cold)).unwrap();
    assert_eq!(world.callbacks("bob/2").map(Callback::name).collect::<Vec<_>>(), ["onReceiveNewInvitation"]);
}

#[test]
fn an_edit_that_was_missed_is_in_the_history() {
    let mut world = World::new(1);
    world.sign_in("alice").unwrap();
    world.sign_in("bob").unwrap();
    world.act("bob", Act::Offline).unwrap();
    let id = invite(&mut world, "alice", "bob");
    world.run_until(1_000);
    world.operate("alice", |engine, now| engine.modify(now, &id, "video")).unwrap().unwrap();
    world.run_until(2_000);
    world.act("bob", Act::Online(Start::Hot)).unwrap();
    assert_eq!(world.engine("bob").unwrap().invitation(&id).unwrap().data(), &"video");
}

#[test]
fn an_inviter_who_sleeps_fires_no_timer_and_hears_the_answer_on_waking() {
    let (mut world, id) = ringing();
    world.act("alice", Act::Sleep).unwrap();
    assert!(matches!(world.operate("alice", |_, _| ()), Err(SimError::NotRunning(_))));
    accept(&mut world, "bob", &id);
    world.run_until(120_000);
    assert_eq!(outcome(&world, "alice", &id), Some(Outcome::Pending));
    world.act("alice", Act::Online(Start::Hot)).unwrap();
    let told: Vec<_> = world.callbacks("alice").map(Callback::name).collect();
    assert_eq!(told, ["onInviteeAccepted", "ended"]);
}

#[test]
fn after_a_crash_it_goes_on_from_what_was_saved_and_hears_again_what_was_not() {
    let (mut world, id) = ringing();
    world.act("alice", Act::Save).unwrap();
    accept(&mut world, "bob", &id);
    world.run_until(2_000);
    assert_eq!(outcome(&world, "alice", &id), Some(Outcome::Accepted));
    world.act("alice", Act::Crash).unwrap();
    let error = world.operate("alice", |_, _| ()).unwrap_err();
    assert!(matches!(error, SimError::NotRunning(_)), "{error}");
    world.act("alice", Act::Online(Start::Cold)).unwrap();
    assert_eq!(outcome(&world, "alice", &id), Some(Outcome::Accepted));
    let told: Vec<_> = world.callbacks("alice").map(Callback::name).collect();
    assert_eq!(told, ["onInviteeAccepted", "ended", "onInviteeAccepted", "ended"], "once in each life");
}

#[test]
fn after_a_crash_with_nothing_saved_it_starts_from_the_history() {
    let (mut world, id) = ringing();
    world.act("bob", Act::Crash).unwrap();
    world.run_until(3_000);
    world.act("bob", Act::Online(Start::Cold)).unwrap();
    assert_eq!(world.callbacks("bob").map(Callback::name).collect::<Vec<_>>(), ["onReceiveNewInvitation"; 2]);
    accept(&mut world, "bob", &id);
    world.run_until(4_000);
    assert_eq!(outcome(&world, "alice", &id), Some(Outcome::Accepted));
}

#[test]
fn a_stalled_send_arrives_when_it_is_released_or_never() {
    for (fate, arrives) in [(Fate::Ok, true), (Fate::Fail, false), (Fate::Unknown, false)] {
        let (mut world, id) = ringing();
        world.act("bob", Act::Sending(SendingMode::Stall)).unwrap();
        accept(&mut world, "bob", &id);
        world.run_until(2_000);
        assert_eq!(outcome(&world, "alice", &id), Some(Outcome::Pending));
        world.act("bob", Act::Release(fate)).unwrap();
        world.run_until(3_000);
        let expected = if arrives { Outcome::Accepted } else { Outcome::Pending };
        assert_eq!(outcome(&world, "alice", &id), Some(expected), "{fate:?}");
        let is_withdrawn = outcome(&world, "bob", &id) == Some(Outcome::Pending);
        assert_eq!(is_withdrawn, fate == Fate::Fail, "{fate:?}");
    }
}

#[test]
fn a_stalled_send_has_the_stamp_of_the_moment_in_which_the_service_takes_it() {
    let mut world = World::new(1);
    world.sign_in("alice").unwrap();
    world.sign_in("bob").unwrap();
    world.act("bob", Act::SyncClock).unwrap();
    world.act("alice", Act::Sending(SendingMode::Stall)).unwrap();
    invite(&mut world, "alice", "bob");
    world.run_until(8_000);
    world.act("alice", Act::Release(Fate::Ok)).unwrap();
    world.run_until(15_000);
    assert_eq!(world.callbacks("bob").map(Callback::name).collect::<Vec<_>>(), ["onReceiveNewInvitation"]);
    world.run_until(18_001);
    assert_eq!(world.callbacks("bob").count(), 3, "it rang for ten seconds, was timed out, and ended");
}

#[test]
fn what_an_app_had_not_sent_is_gone_with_it() {
    let (mut world, id) = ringing();
    world.act("bob", Act::Save).unwrap();
    world.act("bob", Act::Sending(SendingMode::Stall)).unwrap();
    accept(&mut world, "bob", &id);
    world.act("bob", Act::Sleep).unwrap();
    world.act("bob", Act::Crash).unwrap();
    world.act("bob", Act::Online(Start::Hot)).unwrap();
    world.act("bob", Act::Release(Fate::Ok)).unwrap();
    world.run_until(2_000);
    for peer in ["alice", "bob"] {
        assert_eq!(outcome(&world, peer, &id), Some(Outcome::Pending), "{peer}");
    }
}

#[test]
fn edits_of_one_second_have_stamps_of_their_own_so_the_last_wins_whatever_the_order() {
    let (mut world, id) = ringing();
    world.add_fault(Fault::late(500, 0).nth(1));
    for text in ["one", "two"] {
        world.operate("alice", |engine, now| engine.modify(now, &id, text)).unwrap().unwrap();
    }
    world.run_until(3_000);
    for peer in ["alice", "bob"] {
        assert_eq!(world.engine(peer).unwrap().invitation(&id).unwrap().data(), &"two", "{peer}");
    }
}

#[test]
fn however_many_faults_double_a_message_it_comes_a_bounded_number_of_times() {
    let mut world = World::new(1);
    for _ in 0..40 {
        world.add_fault(Fault::doubled(1));
    }
    world.sign_in("alice").unwrap();
    world.sign_in("bob").unwrap();
    invite(&mut world, "alice", "bob");
    world.run_until(5_000);
    let trace = world.trace();
    let copies = trace.events.iter().filter(|event| matches!(event.what, What::In(In::Message(_))));
    assert_eq!(copies.count(), 16);
}

#[test]
fn jitter_is_by_the_seed_and_within_its_bound() {
    let arrivals = |seed| {
        let mut world = World::new(seed);
        world.add_fault(Fault::late(100, 200));
        world.sign_in("alice").unwrap();
        world.sign_in("bob").unwrap();
        for _ in 0..20 {
            invite(&mut world, "alice", "bob");
        }
        world.run_until(1_000);
        let trace = world.trace();
        let arrived = trace.events.iter().filter(|event| matches!(event.what, What::In(In::Message(_))));
        arrived.map(|event| event.t).collect::<Vec<_>>()
    };
    let times = arrivals(1);
    assert_eq!(times.len(), 20);
    assert!(times.iter().all(|t| (140..=340).contains(t)) && times.first() != times.last(), "{times:?}");
    assert_eq!(times, arrivals(1));
    assert_ne!(times, arrivals(2));
}

#[test]
fn where_nothing_is_told_time_passes_all_the_same() {
    let mut world = World::new(1);
    assert!(world.next_callback(5_000).is_none());
    assert_eq!(world.now_ms(), 5_000);
}

#[test]
fn a_held_send_arrives_at_once_and_cannot_be_refused_any_more() {
    let (mut world, id) = ringing();
    world.act("bob", Act::Sending(SendingMode::Hold)).unwrap();
    accept(&mut world, "bob", &id);
    world.run_until(2_000);
    assert_eq!(outcome(&world, "alice", &id), Some(Outcome::Accepted));
    let error = world.act("bob", Act::Release(Fate::Fail)).unwrap_err();
    assert!(matches!(error, SimError::TakenAlready(_)), "{error}");
    assert_eq!(world.engine("bob").unwrap().sends_in_flight().count(), 1);
    world.act("bob", Act::Release(Fate::Unknown)).unwrap();
    assert_eq!(world.engine("bob").unwrap().sends_in_flight().count(), 0);
    assert_eq!(outcome(&world, "bob", &id), Some(Outcome::Accepted));
}

#[test]
fn a_refused_send_reaches_nobody() {
    let (mut world, id) = ringing();
    world.act("bob", Act::Sending(SendingMode::Fail)).unwrap();
    accept(&mut world, "bob", &id);
    world.run_until(2_000);
    assert_eq!(outcome(&world, "alice", &id), Some(Outcome::Pending));
    assert_eq!(outcome(&world, "bob", &id), Some(Outcome::Pending));
}

#[test]
fn who_leaves_a_group_hears_nothing_more_and_the_others_are_told() {
    let mut world = World::new(1);
    world.group("room", ["alice", "bob", "carol"]);
    for user in ["alice", "bob", "carol"] {
        world.sign_in(user).unwrap();
    }
    let invite = Invite::in_group("room", ["bob", "carol"]).timeout(10);
    let key = world.operate("alice", |engine, now| engine.invite(now, invite)).unwrap().unwrap();
    world.run_until(1_000);
    world.act("bob", Act::Leave("room".into())).unwrap();
    accept(&mut world, "carol", key.invite_id());
    world.run_until(2_000);
    let bob = UserId::from("bob");
    for peer in ["alice", "carol"] {
        let invitation = world.engine(peer).unwrap().invitation(key.invite_id()).unwrap();
        let of_bob = invitation.outcomes().find(|(user, _)| **user == bob).map(|(_, outcome)| outcome);
        assert_eq!(of_bob, Some(Outcome::Left), "{peer}");
    }
    assert_eq!(world.callbacks("bob").map(Callback::name).collect::<Vec<_>>(), ["onReceiveNewInvitation"]);
}

#[test]
fn a_fault_concerns_what_it_matches_and_nothing_else() {
    for (fault, arrives) in [
        (Fault::lost(), false),
        (Fault::lost().of("bob"), true),
        (Fault::lost().of("alice").to("bob").action_type(1).nth(1), false),
        (Fault::lost().to("bob/2"), true),
        (Fault::lost().action_type(3), true),
        (Fault::lost().nth(2), true),
        (Fault::lost().percent(0), true),
        (Fault::lost().percent(100), false),
        (Fault::late(2_000, 0), false),
        (Fault::late(900, 0), true),
    ] {
        let mut world = World::new(1);
        world.add_fault(fault.clone());
        world.sign_in("alice").unwrap();
        world.sign_in("bob").unwrap();
        let id = invite(&mut world, "alice", "bob");
        world.run_until(1_000);
        assert_eq!(outcome(&world, "bob", &id).is_some(), arrives, "{fault:?}");
    }
}

#[test]
fn what_arrives_at_a_moment_comes_after_what_is_done_then() {
    let mut world = World::new(1);
    world.set_latency(100);
    world.sign_in("alice").unwrap();
    world.sign_in("bob").unwrap();
    let id = invite(&mut world, "alice", "bob");
    world.run_until(100);
    assert_eq!(outcome(&world, "bob", &id), None);
    world.run_until(101);
    assert_eq!(outcome(&world, "bob", &id), Some(Outcome::Pending));
    assert_eq!(world.now_ms(), 101);
}

#[test]
fn what_becomes_of_a_message_that_changes_nothing_is_written_down() {
    let scenario = json!({
        "name": "forged", "steps": [
            {"at": 0, "peer": "alice", "start": true},
            {"at": 100, "peer": "alice", "call": "invite", "options": {"userID": "bob", "timeout": 9}, "as": "i"},
            {"at": 200, "peer": "alice", "invitation": "i", "inject": {
                "from": "mallory", "to": "alice", "data": {"actionType": 3, "inviter": "alice", "inviteeList": ["bob"]}
            }},
            {"at": 300, "peer": "alice", "inject": {"from": "mallory", "to": "alice", "data": "hello"}}
        ]
    });
    let world = World::play(&serde_json::from_value(scenario).unwrap()).unwrap();
    let trace = world.trace();
    let dispositions: Vec<_> = trace
        .events
        .iter()
        .filter_map(|event| match &event.what {
            What::Out(out) => out.get("disposition"),
            What::In(_) => None,
        })
        .collect();
    assert_eq!(dispositions, [&json!({"refused": "notInvitee"}), &json!("notSignaling")]);
}

#[test]
fn at_the_end_of_time_the_world_stands_still() {
    let (mut world, id) = ringing();
    world.run_until(i64::MAX);
    assert_eq!(world.next_callback(i64::MAX).map(|told| told.peer).as_deref(), Some("bob"));
    assert_eq!(outcome(&world, "alice", &id), None, "long forgotten");
    world.run_until(i64::MAX);
    invite(&mut world, "alice", "bob");
    world.run_until(i64::MAX);
}

#[test]
fn a_name_is_not_that_of_an_earlier_invitation_where_the_call_failed() {
    let scenario = json!({"name": "fails", "steps": [
        {"peer": "alice", "start": true},
        {"peer": "bob", "start": true},
        {"at": 100, "peer": "alice", "call": "invite", "options": {"userID": "bob", "timeout": 9}, "as": "first"},
        {"at": 200, "peer": "alice", "call": "invite", "options": {"userID": "alice", "timeout": 9}, "as": "second"},
        {"at": 300, "peer": "bob", "call": "accept", "invitation": "second"}
    ]});
    let world = World::play(&serde_json::from_value(scenario).unwrap()).unwrap();
    let trace = world.trace().to_string();
    let is_refused = |line: &str| line.contains(r#""code":8010"#) && line.contains(r#""result":"accept""#);
    assert!(trace.lines().any(is_refused), "{trace}");
}

#[test]
fn a_step_that_makes_no_sense_is_named() {
    for (step, error) in [
        (json!({"peer": "bob", "offline": true}), "step 2: no peer `bob`: sign it in first"),
        (json!({"peer": "", "start": true}), "step 2: peer ``: "),
        (json!({"peer": "bob", "start": true, "skewMs": 1_u64 << 60}), "step 2: 1152921504606846976 ms is farther off"),
        (json!({"peer": "carol", "leave": "room"}), "step 2: no peer `carol`"),
        (json!({"peer": "alice", "leave": "room"}), "step 2: peer `alice` is not in the group `room`"),
        (json!({"peer": "alice", "leave": "hall"}), "step 2: no group `hall`"),
        (json!({"peer": "alice", "call": "inviteInGroup", "options": {"groupID": "hall"}}), "step 2: no group `hall`"),
        (json!({"peer": "alice", "start": true}), "step 2: peer `alice` has signed in before"),
        (
            json!({"at": 60_001, "peer": "alice", "offline": true}),
            "step 2: 60001 ms is not between the start and the end",
        ),
        (json!({"at": -1, "peer": "alice", "offline": true}), "step 2: -1 ms is not between"),
        (json!({"peer": "carol", "release": "ok"}), "step 2: no peer `carol`"),
        (json!({"peer": "carol", "online": "hot"}), "step 2: no peer `carol`"),
        (json!({"peer": "carol", "inject": {"from": "a", "to": "b", "data": ""}}), "step 2: no peer `carol`"),
    ] {
        let first = json!({"peer": "alice", "start": true});
        let groups = json!({"room": ["bob"]});
        let scenario = json!({"name": "broken", "groups": groups, "untilMs": 60_000, "steps": [first, step]});
        let played = World::play(&serde_json::from_value(scenario).unwrap());
        let message = played.err().unwrap().to_string();
        assert!(message.starts_with(error), "{message}");
    }
}
