//! Same inputs, same outputs, byte for byte, on every platform and in every build: against digests that are committed.
//!
//! `.ci/run same_bytes` asks the same of a release build and of WebAssembly (`tests/wasm`).
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

#[path = "../wasm/digests.rs"]
mod digests;

use std::{env, fs};

use digests::{GOLDEN, digests};

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/same-bytes.txt");

#[test]
fn random_worlds_have_the_bytes_that_were_accepted() {
    let lines: String = digests().map(|line| line + "\n").collect();
    if env::var_os("ACCEPT").is_some() {
        return fs::write(FILE, lines).expect("it can be written");
    }
    assert_eq!(
        lines, GOLDEN,
        "Engines behave in another way, or random worlds are planned in another way (then see `Scenario::PLAN_VERSION`). Where \
         that is meant: ACCEPT=1 cargo test --all-features --test tools same_bytes::"
    );
}
