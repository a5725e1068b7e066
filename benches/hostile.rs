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
    let Some((messages, wanted)) = arguments() else {
        eprintln!("usage: hostile [--messages N] [--mix 1 | 2 | 3]");
        return ExitCode::FAILURE;
    };
    let flood = Flood { messages: messages.unwrap_or(10_000_000), pause_ms: 10, limits: Limits::default() };
    let gauges = Gauges { live, clock };
    let mixes = Mix::ALL.into_iter().zip(1..).filter(|(_, n)| wanted.is_none_or(|wanted| wanted == *n));
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

/// How many messages, and which mix; nothing, if that cannot be read, or there is no such mix.
fn arguments() -> Option<(Option<u64>, Option<u64>)> {
    let (mut messages, mut mix) = (None, None);
    let mut words = env::args().skip(1).filter(|word| word != "--bench"); // Cargo's own
    while let Some(word) = words.next() {
        let number = words.next()?.parse().ok()?;
        match word.as_str() {
            "--messages" => messages = Some(number),
            "--mix" if (1..=3).contains(&number) => mix = Some(number),
            _ => return None,
        }
    }
    Some((messages, mix))
}
