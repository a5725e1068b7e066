//! Laws that hold for every run (`T1` to `T3`, `O6`, `W9`): random scripts against the engine.
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use crate::common::at;
use crate::common::script::{Line, ME, Step, hand_in, play, poll_all, script};
use convoke::{
    CatchUp, Config, Data, Disposition, Engine, History, Input, InvitationKey, Invite, Limits, Millis, Outcome, Output,
    Profile, Reply, Seed, SendResult, Timestamp, Token, Wake,
};
use proptest::prelude::*;

fn engine(config: Config) -> Engine {
    Engine::new(ME, config, Seed::from([7; 16])).expect("the configuration can be used")
}

/// The settings and limits that change what happens.
fn config() -> impl Strategy<Value = Config> {
    let grace = prop::sample::select(vec![0, 1, 5_000]);
    let flags = (any::<bool>(), any::<bool>(), any::<bool>(), any::<bool>());
    (grace, flags).prop_map(|(grace, (is_web, is_narrow, is_short, fates_are_told))| {
        let mut config = Config::default();
        config.grace = Millis::from_millis(grace);
        config.fates_are_told = fates_are_told;
        config.min_ring = Millis::from_secs(2);
        if is_web {
            config.profile = Profile::Web;
        }
        if is_short {
            config.retention = Millis::from_secs(20);
            config.tombstone_life = Millis::from_secs(3);
        }
        if is_narrow {
            config.limits = narrow();
        }
        config
    })
}

fn narrow() -> Limits {
    let mut limits = Limits::default();
    (limits.open, limits.open_per_sender, limits.kept, limits.kept_per_sender) = (3, 2, 4, 3);
    (limits.early, limits.early_per_sender, limits.outputs) = (3, 2, 3);
    limits
}

/// An engine in the middle of its life.
fn lived() -> impl Strategy<Value = Engine> {
    (config(), script(30)).prop_map(|(config, script)| {
        let mut engine = engine(config);
        play(&mut engine, &script, |_, _| ());
        engine
    })
}

/// The last moment that an engine has been told, and all of its state but for that.
fn parts_of(engine: &Engine) -> (i64, serde_json::Value) {
    let mut state = serde_json::to_value(engine.snapshot()).expect("a snapshot is data");
    let now = state.pointer_mut("/clock/now").map(serde_json::Value::take);
    (now.and_then(|now| now.as_i64()).expect("a moment"), state)
}

fn now_of(engine: &Engine) -> i64 {
    parts_of(engine).0
}

fn state_of(engine: &Engine) -> serde_json::Value {
    parts_of(engine).1
}

fn ticked(engine: &Engine, now: Timestamp) -> Engine {
    let mut engine = engine.clone();
    engine.tick(now);
    engine
}

fn is_refused(reply: &Reply) -> bool {
    reply.error_code().is_some()
        || matches!(reply, Reply::Disposition(Disposition::Backlog) | Reply::SendResult(Err(_)))
}

/// Who has come to what in the open invitations.
fn outcomes_of(engine: &Engine) -> Vec<(InvitationKey, Data, Vec<Outcome>)> {
    let open = engine.invitations();
    open.map(|open| (open.key().clone(), open.data().clone(), open.outcomes().map(|(_, outcome)| outcome).collect()))
        .collect()
}

/// Plays a script, and checks each line and the engine before it.
fn each_line(config: Config, script: &[Step], mut check: impl FnMut(&Engine, &Line)) {
    play(&mut engine(config), script, |engine, line| check(engine, line));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn t1_a_clock_that_stumbles_backwards_is_a_clock_that_stands_still(config in config(), script in script(40)) {
        let mut steady = engine(config.clone());
        let mut latest = at(i64::MIN);
        each_line(config, &script, |stumbling, line| {
            assert_eq!(*stumbling, steady);
            latest = latest.max(line.now);
            let _ = hand_in(&mut steady, &Line { now: latest, ..line.clone() });
        });
    }

    #[test]
    fn t1_every_call_first_fires_what_is_due(config in config(), script in script(40)) {
        each_line(config, &script, |engine, line| {
            if matches!(line.input, Input::BeginCatchUp | Input::History(..)) {
                return;
            }
            let (mut late, mut timely) = (engine.clone(), ticked(engine, line.now));
            assert_eq!(hand_in(&mut late, line), hand_in(&mut timely, line));
            assert_eq!(late, timely);
        });
    }

    #[test]
    fn t1_no_moment_is_too_absurd(moments in prop::collection::vec(any::<i64>(), 1..20), script in script(20)) {
        let mut engine = engine(Config::default());
        for (line, ms) in play(&mut engine.clone(), &script, |_, _| ()).into_iter().zip(moments) {
            let _ = hand_in(&mut engine, &Line { now: at(ms), ..line });
        }
    }

    #[test]
    fn t2_one_late_tick_equals_many_small_ones(engine in lived(), gaps in prop::collection::vec(0..20_000_i64, 1..30)) {
        let start = now_of(&engine);
        let mut small = engine.clone();
        let end = gaps.iter().fold(start, |now, gap| {
            small.tick(at(now + gap));
            now + gap
        });
        prop_assert_eq!(ticked(&engine, at(end)), small);
    }

    #[test]
    fn t2_to_tick_twice_is_to_tick_once(engine in lived(), one in 0..100_000_i64, more in 0..90_000_000_i64) {
        let now = now_of(&engine);
        let (a, b) = (at(now + one), at(now + one + more));
        let once = ticked(&engine, a);
        prop_assert_eq!(&ticked(&once, a), &once);
        prop_assert_eq!(ticked(&once, b), ticked(&engine, b));
    }

    #[test]
    fn t3_a_wake_is_neither_early_nor_late_and_there_is_a_last_one(mut engine in lived()) {
        poll_all(&mut engine);
        for _ in 0..200 {
            let Wake::At(wake, _) = engine.wake() else {
                break;
            };
            if wake > at(now_of(&engine)) {
                let early = ticked(&engine, at(wake.as_millis() - 1));
                prop_assert_eq!(early.wake(), engine.wake());
                prop_assert_eq!(state_of(&early), state_of(&engine));
            }
            let before = state_of(&engine);
            engine.tick(wake);
            prop_assert_ne!(state_of(&engine), before);
            poll_all(&mut engine);
        }
        prop_assert_eq!(engine.wake(), Wake::Never);
    }

    #[test]
    fn t3_outputs_come_before_any_wait(config in config(), script in script(40)) {
        each_line(config, &script, |engine, _| {
            assert_eq!(engine.wake() == Wake::Poll, engine.stats().outputs > 0);
        });
    }

    #[test]
    fn o6_what_fails_or_finds_no_room_changes_nothing(config in config(), script in script(40)) {
        each_line(config, &script, |engine, line| {
            let mut after = engine.clone();
            if is_refused(&after.handle(line.now, line.input.clone())) {
                assert_eq!(after, ticked(engine, line.now), "{line:?}");
            }
        });
    }

    #[test]
    fn o7_an_operation_that_is_refused_at_once_might_as_well_not_have_been(script in script(40)) {
        each_line(Config::default(), &script, |engine, line| {
            let before = ticked(engine, line.now);
            let mut after = before.clone();
            let _ = after.handle(line.now, line.input.clone());
            let known: Vec<Token> = before.sends_in_flight().map(|(token, _)| token).collect();
            let new = after.sends_in_flight().map(|(token, _)| token).find(|token| !known.contains(token));
            let is_operation = matches!(
                line.input,
                Input::Invite(_) | Input::Cancel(..) | Input::Accept(..) | Input::Reject(..) | Input::Modify(..)
            );
            if let Some(token) = new.filter(|_| is_operation) {
                after.handle_send_result(line.now, token, SendResult::Refused { code: 1 }).expect("the token is open");
                assert_eq!(outcomes_of(&after), outcomes_of(&before), "{line:?}");
            }
        });
    }

    #[test]
    fn w9_a_batch_that_finds_no_room_changes_nothing(script in script(40)) {
        let mut config = Config::default();
        config.limits.outputs = 3;
        each_line(config, &script, |engine, line| {
            let batch = if let Input::History(_, batch) = &line.input { batch.clone() } else { Vec::new() };
            let mut full = engine.clone();
            while full.invite(line.now, Invite::to("alice")).is_ok() {}
            let mut after = full.clone();
            assert_eq!(after.handle_history(line.now, &History::hot(), &batch), CatchUp::Backlog);
            assert_eq!(after, full);
        });
    }

    #[test]
    fn a_recorded_run_replays(config in config(), script in script(40)) {
        let mut told: Vec<(Reply, Vec<Output>)> = Vec::new();
        let mut first = engine(config.clone());
        let lines = play(&mut first, &script, |engine, line| told.push(hand_in(&mut engine.clone(), line)));

        let mut second = engine(config);
        for (line, told) in lines.iter().zip(told) {
            let stored = serde_json::to_string(&line.input).expect("an input is data");
            let input = serde_json::from_str(&stored).expect("and comes back");
            prop_assert_eq!(hand_in(&mut second, &Line { input, ..line.clone() }), told);
        }
        prop_assert_eq!(first, second);
    }
}
