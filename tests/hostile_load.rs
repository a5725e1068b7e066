//! The load of `benches/hostile.rs`, shorter and without a clock (`W9`, `R5`): memory stays flat, friends are served, and
//! what has ended among them does not ring again.
#![allow(clippy::expect_used, clippy::indexing_slicing, reason = "a test that cannot go on fails")]
#![allow(dead_code, reason = "the bench prints more")]

#[path = "../benches/hostile/mod.rs"]
mod hostile;

use std::alloc::System;
use std::time::Duration;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use convoke::Limits;

use self::hostile::{Flood, Gauges, Mix, Report, run};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn live() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// The default limits, each a quarter, so that they are reached soon.
fn limits() -> Limits {
    let mut limits = Limits::default();
    (limits.open, limits.open_per_sender) = (limits.open / 4, limits.open_per_sender / 4);
    (limits.kept, limits.kept_per_sender) = (limits.kept / 4, limits.kept_per_sender / 4);
    (limits.early, limits.early_per_sender) = (limits.early / 4, limits.early_per_sender / 4);
    limits
}

/// One test, since the allocator counts for all threads.
#[test]
fn r5_w9_under_any_flood_memory_is_flat_and_friends_are_served_and_rung_once() {
    let flood = Flood { messages: 60_000, pause_ms: 30, limits: limits() };
    let gauges = Gauges { live, clock: || Duration::ZERO };
    let reports = Mix::ALL.into_iter().map(|mix| run(mix, &flood, &gauges));
    let failures: Vec<String> = reports.flat_map(|report: Report| report.failures()).collect();
    assert_eq!(failures, [""; 0]);
}
