//! The digests of random worlds: of all that goes into their engines and comes out.

use convoke::sim::Scenario;
use sha2::{Digest as _, Sha256};

/// What the digests were when they were last accepted.
pub(crate) const GOLDEN: &str = include_str!("../golden/same-bytes.txt");

const LINES: u64 = 10;
const WORLDS_A_LINE: u64 = 100;

/// A line for so many worlds: which ones, and the SHA-256 of their transcripts.
pub(crate) fn digests() -> impl Iterator<Item = String> {
    (0..LINES).map(|line| {
        let (first, last) = (line * WORLDS_A_LINE + 1, (line + 1) * WORLDS_A_LINE);
        let mut hasher = Sha256::new();
        for seed in first..=last {
            hasher.update(Scenario::random(seed).transcript().expect("the plan makes sense"));
        }
        format!("{first}-{last} {:x}", hasher.finalize())
    })
}
