//! What operations and messages cost as numbers grow, of open invitations, of invitees, of deadlines; and what memory they take.
//!
//! `cargo bench --bench sizes` prints times and bytes. `benches/compare` has the instructions counted, and puts all in a table.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a bench that cannot go on stops"
)]

#[path = "gauge/mod.rs"]
mod gauge;
#[path = "sizes/load.rs"]
mod load;
#[path = "sizes/memory.rs"]
mod memory;
#[path = "sizes/scenes.rs"]
mod scenes;

use std::alloc::System;
use std::process::ExitCode;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

fn main() -> ExitCode {
    match gauge::arguments() {
        (None, _) => {
            [1_000, 100_000, 1_000_000].into_iter().for_each(scenes::open);
            [10, 1_000, 10_000].into_iter().for_each(scenes::invitees);
            [1_000, 1_000_000].into_iter().for_each(scenes::due);
            memory::print();
        }
        (Some(scene), size) => match (scene.as_str(), size) {
            ("open", Some(size)) => scenes::open(size),
            ("invitees", Some(size)) => scenes::invitees(size),
            ("due", Some(size)) => scenes::due(size),
            ("memory", None) => memory::print(),
            _ => {
                eprintln!("usage: sizes [open N | invitees N | due N | memory]");
                return ExitCode::FAILURE;
            }
        },
    }
    ExitCode::SUCCESS
}
