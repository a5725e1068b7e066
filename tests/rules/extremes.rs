//! The ends of the scales: settings of nothing, clocks at the end of time, stamps of any age. Nothing panics, spins or stays.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common::at;
use crate::common::random::{Move, message, play, run, tick_to_the_end};
use convoke::{Config, Engine, History, Inbound, Millis, Seed, ServerTime, Wake};
use proptest::prelude::*;
use proptest::sample::select;

fn config() -> impl Strategy<Value = Config> {
    let length = || select([0, 1, 5_000, 2_592_000_000].as_slice()).prop_map(Millis::from_millis);
    let lengths = (length(), length(), length(), length(), length());
    (lengths, any::<bool>(), 1..4_u32).prop_map(
        |((grace, retention, life, min_ring, window), fates_are_told, limit)| {
            let mut config = Config::default();
            (config.grace, config.retention, config.tombstone_life) = (grace, retention, life);
            (config.min_ring, config.cold_group_window, config.fates_are_told) = (min_ring, window, fates_are_told);
            let limits = &mut config.limits;
            (limits.open, limits.open_per_sender, limits.early, limits.early_per_sender) = (limit, limit, limit, limit);
            (limits.kept, limits.kept_per_sender) = (limit + 1, limit);
            config
        },
    )
}

fn moment() -> impl Strategy<Value = i64> {
    select([i64::MIN, i64::MIN + 5_000, -1, 0, 1, 30_000, i64::MAX - 5_000, i64::MAX].as_slice())
}

fn stamped() -> impl Strategy<Value = Inbound> {
    (message(), moment()).prop_map(|(message, time)| message.stamped(time, format!("m{time}")))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn t3_under_any_settings_each_tick_makes_progress_and_all_comes_to_an_end(config in config(), run in run(30)) {
        let limits = config.limits.clone();
        let mut engine = Engine::new("bob", config, Seed::from([7; 16])).expect("it can be used");
        let mut now = 0;
        for (pause, step) in &run {
            now += pause;
            let _ = play(&mut engine, now, step);
            let stats = engine.stats();
            prop_assert!(stats.open <= limits.open && stats.kept <= limits.kept && stats.early <= limits.early);
            while engine.poll_output().is_some() {}
            if let Wake::At(next, _) = engine.wake() {
                let mut woken = engine.clone();
                woken.tick(next);
                prop_assert_ne!(woken.wake(), engine.wake(), "it asked for this moment");
            }
        }
        let _ = play(&mut engine, now, &Move::Back(Vec::new()));
        prop_assert!(tick_to_the_end(&mut engine, 500).is_some());
        let stats = engine.stats();
        prop_assert_eq!((stats.open, stats.kept, stats.early, stats.sends_in_flight), (0, 0, 0, 0));
    }

    #[test]
    fn t1_at_the_ends_of_time_nothing_panics(
        config in config(),
        known in prop::option::of(moment()),
        steps in prop::collection::vec((moment(), stamped(), run(3)), 1..6),
        batch in prop::collection::vec(stamped(), 0..6),
        restored in moment(),
    ) {
        let mut engine = Engine::new("bob", config.clone(), Seed::from([7; 16])).expect("it can be used");
        for (now, message, run) in steps {
            if let Some(known) = known {
                engine.sync_clock(at(now), ServerTime::from_millis(known));
            }
            let _ = engine.handle_message(at(now), &message);
            for (_, step) in &run {
                let _ = play(&mut engine, now, step);
            }
            let _ = engine.handle_edit(at(now), &message);
            engine.tick(at(now));
        }
        let snapshot = engine.snapshot();
        let mut engine = Engine::restore(snapshot, config, Seed::from([8; 16]), at(restored)).expect("it is sound");
        let _ = engine.handle_history(at(restored), &History::cold(), &batch);
        prop_assert!(tick_to_the_end(&mut engine, 500).is_some());
    }
}
