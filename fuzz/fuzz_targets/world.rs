//! Any bytes as choices: a random world, and everything that must hold in it.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| convoke::fuzz::world(bytes));
