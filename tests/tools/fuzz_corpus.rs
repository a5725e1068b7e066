//! The bodies of the fuzz targets: over the committed corpus, and over random bytes.
#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::{Path, PathBuf};

use convoke::fuzz::{self, Program};
use convoke::sim::Scenario;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::RngSeed;

/// The inputs of a target's corpus, by file.
fn corpus(target: &str) -> Vec<(PathBuf, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus").join(target);
    let entries = fs::read_dir(folder).expect("the target has a corpus");
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.expect("the corpus can be listed").path()).collect();
    files.sort();
    assert!(!files.is_empty(), "the corpus of {target} is empty");
    let read = |file: PathBuf| {
        let bytes = fs::read(&file).expect("the corpus can be read");
        (file, bytes)
    };
    files.into_iter().map(read).collect()
}

/// Of a target whose inputs begin with the version of what reads them.
fn replay(target: &str, versions: &[u8], body: fn(&[u8])) {
    for (file, bytes) in corpus(target) {
        let is_known = bytes.first().is_some_and(|first| versions.contains(first));
        assert!(is_known, "{} is of another generator: find it anew", file.display());
        body(&bytes);
    }
}

#[test]
fn the_corpus_of_decode_holds() {
    for (_, bytes) in corpus("decode") {
        fuzz::decode(&bytes);
    }
}

#[test]
fn the_corpus_of_engine_holds() {
    replay("engine", &[Program::VERSION], fuzz::engine);
}

#[test]
fn the_corpus_of_snapshot_holds() {
    replay("snapshot", &[Program::VERSION], fuzz::snapshot);
}

#[test]
fn the_corpus_of_world_holds() {
    replay("world", &[Scenario::PLAN_VERSION, Scenario::LAYERS_PLAN_VERSION], fuzz::world);
}

#[test]
fn bytes_choose_worlds_with_layers_too() {
    let bytes = (1_u32..).map(|n| n.wrapping_mul(0x9E37_79B1).to_be_bytes()[0]);
    for from in [0, 7_000, 14_000] {
        let chosen = bytes.clone().skip(from).take(2_000);
        fuzz::world(&[Scenario::LAYERS_PLAN_VERSION].into_iter().chain(chosen).collect::<Vec<u8>>());
    }
}

proptest! {
    // Always the same inputs, so that a failure is one for everybody.
    #![proptest_config(ProptestConfig {
        cases: 2_000,
        rng_seed: RngSeed::Fixed(7),
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn random_bytes_are_decoded(bytes in vec(any::<u8>(), 0..256)) {
        fuzz::decode(&bytes);
    }

    #[test]
    fn random_programs_hold(mut bytes in vec(any::<u8>(), 0..4_096)) {
        bytes.insert(0, Program::VERSION);
        fuzz::engine(&bytes);
    }

    #[test]
    fn random_forgeries_are_refused_or_hold(mut bytes in vec(any::<u8>(), 0..4_096)) {
        bytes.insert(0, Program::VERSION);
        fuzz::snapshot(&bytes);
    }
}
