//! The digests of random worlds: of all that goes into their engines and comes out.

use convoke::sim::Scenario;
use sha2::{Digest as _, Sha256};

/// What the digests were when they were last accepted.
pub(crate) const GOLDEN: &str = include_str!("../golden/same-bytes.txt");

/// A name for each kind of world, how one is made of its number, how many lines there are of them, and how many worlds a line is of.
type Kind = (&'static str, fn(u64) -> Scenario, u64, u64);

/// Engines alone; and apps with layers, whose worlds take longer.
const KINDS: [Kind; 2] = [("", Scenario::random, 10, 100), ("layers ", Scenario::random_with_layers, 10, 20)];

/// A line for so many worlds: which ones, and the SHA-256 of their transcripts.
pub(crate) fn digests() -> impl Iterator<Item = String> {
    KINDS.into_iter().flat_map(|(name, world, lines, worlds)| {
        (0..lines).map(move |line| {
            let (first, last) = (line * worlds + 1, (line + 1) * worlds);
            let mut hasher = Sha256::new();
            for seed in first..=last {
                hasher.update(world(seed).transcript().expect("the plan makes sense"));
            }
            format!("{name}{first}-{last} {:x}", hasher.finalize())
        })
    })
}
