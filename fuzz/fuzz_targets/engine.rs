//! Any bytes as a program: one engine, its host and everybody it talks to.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| convoke::fuzz::engine(bytes));
