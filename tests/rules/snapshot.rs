//! Stored and restored (`A4`): at any moment, without a trace; older than it should be; on another clock.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common;
use std::collections::BTreeSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::common::random::{Move, play, run, tick_to_the_end};
use crate::common::{ACCEPT, Action, Device, at, cancel_to_bob, ended, limited, pair, ringing, to_bob};
use convoke::{
    Callback, Config, ConfigError, Disposition, Engine, History, Invite, Limits, Output, RestoreError, Seed,
    SendResult, Snapshot, Token, Wake, WakeReason,
};
use proptest::prelude::*;

const SEED: [u8; 16] = [7; 16];

/// Through JSON and back, as a host would store it.
fn stored(engine: &Engine) -> Snapshot {
    let text = serde_json::to_string(&engine.snapshot()).expect("a snapshot has a JSON form");
    serde_json::from_str(&text).expect("and is read back")
}

fn restore(engine: &Engine, seed: u8, now: i64) -> Engine {
    Engine::restore(stored(engine), Config::default(), Seed::from([seed; 16]), at(now)).expect("it is sound")
}

/// Restored with no history to hand in.
fn resume(engine: &Engine, seed: u8, now: i64) -> Engine {
    let mut restored = restore(engine, seed, now);
    assert_eq!(waits_for(&restored), Wake::Never, "`restore` implies a catch-up (A7)");
    let _ = restored.handle_history(at(now), &History::hot(), &[]);
    restored
}

/// What it waits for, once it is polled.
fn waits_for(engine: &Engine) -> Wake {
    let mut polled = engine.clone();
    while polled.poll_output().is_some() {}
    polled.wake()
}

fn hash_of(engine: &Engine) -> u64 {
    let mut hasher = DefaultHasher::new();
    engine.hash(&mut hasher);
    hasher.finish()
}

fn tokens(engine: &Engine) -> Vec<Token> {
    engine.sends_in_flight().map(|(token, _)| token).collect()
}

fn new_engine() -> Engine {
    Engine::new("bob", Config::default(), Seed::from(SEED)).expect("the configuration can be used")
}

/// Whether an own answer waits to be sent. Restored, it may have been sent before, and the engine bears that in mind (`C4`): see
/// `tests/found/c4-an-app-that-saves-first-is-killed-when-it-has-answered.json`.
fn answers_wait(engine: &Engine) -> bool {
    let mut polled = engine.clone();
    std::iter::from_fn(|| polled.poll_output()).any(|output| {
        let Output::Transmit(sent) = output else { return false };
        [r#""actionType":3"#, r#""actionType":4"#].iter().any(|answer| sent.payload.contains(answer))
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a4_a_restored_engine_goes_on_as_if_it_had_never_stopped(run in run(40)) {
        let (mut engine, mut restored) = (new_engine(), new_engine());
        let (mut now, mut is_away) = (0, false);
        for (pause, step) in run {
            if !answers_wait(&restored) {
                restored = if is_away { restore(&restored, SEED[0], now) } else { resume(&restored, SEED[0], now) };
            }
            prop_assert_eq!(&restored, &engine);
            now += pause;
            prop_assert_eq!(play(&mut restored, now, &step), play(&mut engine, now, &step));
            is_away = matches!(step, Move::Away) || (is_away && !matches!(step, Move::Back(_)));
        }
    }

    #[test]
    fn a4_equality_hash_and_snapshot_bytes_say_the_same(
        one in run(20),
        pause in 0..2_i64,
        edit in (any::<prop::sample::Index>(), common::random::a_move()),
    ) {
        let mut other = one.clone();
        let place = edit.0.index(other.len());
        other[place] = (other[place].0 + pause, edit.1);
        let mut engines = [new_engine(), new_engine()];
        let mut clocks = [0, 0];
        for steps in one.iter().zip(&other) {
            for ((engine, now), (pause, step)) in engines.iter_mut().zip(&mut clocks).zip([steps.0, steps.1]) {
                *now += pause;
                let _ = play(engine, *now, step);
            }
            let [one, other] = &engines;
            let bytes = |engine: &Engine| serde_json::to_string(&engine.snapshot()).expect("it has a JSON form");
            prop_assert_eq!(one == other, bytes(one) == bytes(other));
            prop_assert_eq!(one == other, one.snapshot() == other.snapshot());
            prop_assert_eq!(one == other, hash_of(one) == hash_of(other));
        }
    }

    #[test]
    fn a4_a_fresh_seed_never_gives_an_id_or_a_token_again(invites in prop::collection::vec(1..4_usize, 1..6)) {
        let mut seen = BTreeSet::new();
        let old = new_engine();
        for (seed, count) in (10..).zip(invites) {
            // Always from the same old snapshot, whose counter has not moved.
            let mut engine = resume(&old, seed, 0);
            for _ in 0..count {
                let key = engine.invite(at(0), Invite::to("alice")).expect("the invite is valid");
                prop_assert!(seen.insert(key.invite_id().to_string()));
            }
            for token in tokens(&engine) {
                let name = format!("{token:?}");
                prop_assert!(seen.insert(name));
            }
        }
    }

    #[test]
    fn a4_a_clock_that_was_set_back_freezes_nothing(run in run(30), back in 1..1_000_000_i64) {
        let mut engine = new_engine();
        let mut now = 0;
        for (pause, step) in run {
            now += pause;
            let _ = play(&mut engine, now, &step);
        }
        let mut on_time = resume(&engine, 1, now);
        let mut set_back = resume(&engine, 1, now - back);
        let waits = |engine: &mut Engine, from: i64| {
            let moments = tick_to_the_end(engine, 1_000)?;
            Some(moments.into_iter().map(|moment| moment - from).collect::<Vec<_>>())
        };
        let expected = waits(&mut on_time, now);
        prop_assert!(expected.is_some());
        prop_assert_eq!(waits(&mut set_back, now - back), expected);
        let empty = (0, 0, 0, 0);
        for stats in [on_time.stats(), set_back.stats()] {
            prop_assert_eq!((stats.open, stats.kept, stats.early, stats.sends_in_flight), empty);
        }
    }
}

#[test]
fn a4_a7_restore_implies_a_catch_up() {
    let bob = ringing(30);
    let mut restored = restore(&bob.engine, 1, 100_000);
    restored.tick(at(200_000));
    assert_eq!((restored.wake(), restored.poll_output()), (Wake::Never, None));
    let _ = restored.handle_history(at(200_000), &History::hot(), &[cancel_to_bob("i", "alice")]);
    let Some(Output::Callback(Callback::InvitationCancelled { .. })) = restored.poll_output() else {
        panic!("the batch's facts come first");
    };
}

#[test]
fn a4_open_tokens_are_listed_and_count_as_unknown_in_time_unless_the_host_tells_their_fate() {
    let mut bob = ringing(30);
    bob.engine.accept(at(1_000), "i", "").unwrap();
    bob.take();
    let open = tokens(&bob.engine);
    assert_eq!(open.len(), 1);

    let mut untold = resume(&bob.engine, 1, 2_000);
    assert_eq!(tokens(&untold), open);
    assert_eq!(untold.poll_output().map(|it| matches!(it, Output::Transmit(_))), None, "it is not sent again");
    assert_eq!(untold.wake(), Wake::At(at(40_000), WakeReason::SendExpiry));
    untold.tick(at(40_000));
    assert!(matches!(untold.poll_output(), Some(Output::Callback(Callback::Ended { .. }))));
    assert_eq!(tokens(&untold), []);

    let mut told = resume(&bob.engine, 1, 2_000);
    assert_eq!(told.handle_send_result(at(3_000), open[0], SendResult::Refused { code: 1 }), Ok(()));
    assert!(matches!(told.poll_output(), Some(Output::Callback(Callback::OperationFailed { code: 1, .. }))));
}

#[test]
fn a4_outputs_that_nobody_polled_are_kept_in_their_order() {
    let mut alice = Device::new("alice").engine;
    alice.invite(at(0), Invite::to("bob").data("first")).unwrap();
    alice.invite(at(0), Invite::in_group("room", ["bob"]).data("second")).unwrap();
    let mut restored = resume(&alice, 1, 0);
    let mut polled = || (alice.poll_output(), restored.poll_output());
    for _ in 0..3 {
        let (ours, theirs) = polled();
        assert_eq!(ours, theirs);
    }
}

#[test]
fn a4_an_older_snapshot_learns_from_the_batch_what_it_has_missed() {
    let bob = ringing(30);
    let old = bob.engine.clone();
    // Bob accepts, the app crashes, and what comes back is from before.
    let accept = Action::reply(ACCEPT, "i", "alice", &["bob"]).from("bob", pair("alice"));
    let mut restored = restore(&old, 1, 60_000);
    let _ = restored.handle_history(at(60_000), &History::cold(), &[accept.stamped(5_000, "m5")]);
    let Some(Output::Callback(Callback::InviteeAccepted { elsewhere: true, .. })) = restored.poll_output() else {
        panic!("the ringing stops");
    };
    assert!(matches!(restored.poll_output(), Some(Output::Callback(Callback::Ended { .. }))));
    assert_eq!(restored.poll_output(), None, "and nothing times out");
}

#[test]
fn a4_a_clock_that_was_set_back_leaves_every_deadline_its_remaining_time() {
    let mut bob = Device::new("bob");
    let _ = bob.engine.handle_message(at(1_000_000), &to_bob("i", "alice", 30));
    let _ = bob.engine.handle_message(at(1_000_000), &cancel_to_bob("early", "alice"));
    bob.engine.tick(at(1_010_000));
    let mut restored = resume(&bob.engine, 1, 500);
    let Some(Output::Callback(Callback::NewInvitation { deadline, .. })) = restored.poll_output() else {
        panic!("the ring waits to be polled");
    };
    assert_eq!(deadline, Some(at(20_500)), "on the host's new clock");
    assert_eq!(restored.wake(), Wake::At(at(20_500), WakeReason::InviteeDeadline));
    restored.tick(at(20_500));
    while restored.poll_output().is_some() {}
    assert_eq!(restored.stats().open, 0);
    restored.tick(at(590_500));
    assert_eq!(restored.stats().early, 0);
}

#[test]
fn a4_a_clock_that_was_set_back_keeps_the_estimate_of_the_services() {
    let mut bob = Device::new("bob");
    bob.engine.sync_clock(at(1_000_000), convoke::ServerTime::from_millis(5_000_000));
    let mut restored = resume(&bob.engine, 1, 0);
    let old = to_bob("i", "alice", 30).stamped(4_980_000, "m");
    assert_eq!(restored.handle_message(at(0), &old), Disposition::Applied);
    assert_eq!(waits_for(&restored), Wake::At(at(10_000), WakeReason::InviteeDeadline));
}

#[test]
fn a4_another_version_and_a_useless_configuration_are_clear_errors() {
    let bob = ringing(30);
    let restore = |snapshot, config| Engine::restore(snapshot, config, Seed::from(SEED), at(0)).map(drop);

    let mut value = serde_json::to_value(bob.engine.snapshot()).unwrap();
    value["version"] = (Snapshot::VERSION + 1).into();
    let newer: Snapshot = serde_json::from_value(value).unwrap();
    let (known, found) = (Snapshot::VERSION, Snapshot::VERSION + 1);
    assert_eq!(restore(newer, Config::default()), Err(RestoreError::Version { found, known }));

    let useless = limited(|limits| limits.outputs = 0);
    assert_eq!(restore(bob.engine.snapshot(), useless), Err(RestoreError::Config(ConfigError::ZeroLimit("outputs"))));
    assert_eq!(bob.engine.snapshot().user(), &"bob");
}

/// Sets a limit.
type Limit = fn(&mut Limits, u32);

#[test]
fn a4_a_snapshot_that_holds_as_much_as_may_be_is_restored_and_one_that_holds_more_is_refused() {
    let mut bob = Device::new("bob");
    for (id, inviter) in [("i", "alice"), ("j", "alice"), ("k", "carol")] {
        assert_eq!(bob.hear(0, &to_bob(id, inviter, 30)), Disposition::Applied);
        assert_eq!(bob.hear(0, &cancel_to_bob(&format!("early-{id}"), inviter)), Disposition::Buffered);
    }
    assert_eq!(ended(&mut bob, 0, "l", "alice"), Disposition::Applied);
    assert_eq!((bob.engine.stats().open, bob.engine.stats().kept), (3, 4));
    let limited = |limit: Limit, to: u32| {
        let mut config = Config::default();
        limit(&mut config.limits, to);
        Engine::restore(bob.engine.snapshot(), config, Seed::from(SEED), at(10)).err()
    };
    let limits: [(u32, Limit, &str); 6] = [
        (3, |limits, to| (limits.open, limits.open_per_sender) = (to, to), "invitations"),
        (2, |limits, to| limits.open_per_sender = to, "invitations"),
        (
            4,
            |limits, to| {
                (limits.open, limits.open_per_sender, limits.kept, limits.kept_per_sender) = (3, 3, to, 3);
            },
            "invitations",
        ),
        (3, |limits, to| limits.kept_per_sender = to, "invitations"),
        (3, |limits, to| (limits.early, limits.early_per_sender) = (to, to), "early facts"),
        (2, |limits, to| limits.early_per_sender = to, "early facts"),
    ];
    for (enough, limit, what) in limits {
        assert_eq!(limited(limit, enough), None);
        assert_eq!(limited(limit, enough - 1), Some(RestoreError::OverLimits(what)));
    }
}
