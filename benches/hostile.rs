//! Ten million hostile messages in each of three mixes, and friends among them: what a message costs, what is held, who is served.
//!
//! `cargo bench --bench hostile`; `-- --messages N` for another number, `-- --mix N` for one of them. What does not hold makes
//! the exit code 1. Only here is time asserted: a message of the last tenth costs at most half more than one of the second.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench that cannot go on stops"
)]

#[path = "hostile/mod.rs"]
mod hostile;

use std::alloc::System;
use std::env;
use std::process::ExitCode;
use std::time::Duration;

use cpu_time::ProcessTime;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use convoke::Limits;

use self::hostile::{Flood, Gauges, Mix, Report, run};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn live() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

/// How long this process has worked, whatever else the machine did.
fn clock() -> Duration {
    ProcessTime::now().as_duration()
}

fn main() -> ExitCode {
    let messages = argument("--messages").unwrap_or(10_000_000);
    let flood = Flood { messages, pause_ms: 10, limits: Limits::default() };
    let gauges = Gauges { live, clock };
    let mixes = Mix::ALL.into_iter().zip(1..).filter(|(_, n)| argument("--mix").is_none_or(|wanted| wanted == *n));
    println!("{}", Report::HEAD);
    let mut failures = Vec::new();
    for (mix, _) in mixes {
        let report = run(mix, &flood, &gauges);
        println!("{report}");
        failures.extend(report.failures());
        failures.extend(report.slowness());
    }
    for failure in &failures {
        println!("{failure}.");
    }
    if failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn argument(name: &str) -> Option<u64> {
    env::args().skip_while(|argument| argument != name).nth(1)?.parse().ok()
}
