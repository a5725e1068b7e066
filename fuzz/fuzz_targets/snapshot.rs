//! Any bytes as a forged snapshot: refused, or an engine like any other.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| convoke::fuzz::snapshot(bytes));
