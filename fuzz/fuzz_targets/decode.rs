//! Any bytes as a message: the reader, and the engine that hears it.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| convoke::fuzz::decode(bytes));
