//! Worlds in which `convoke check` found a law broken, made small: each named after its race.
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;

use convoke::sim::{Check, Scenario};

/// What each of them reaches in its race, and how often at least. Each has a row.
const REACHED: [(&str, &str, u64); 13] = [
    ("c4-an-app-that-saves-first-is-killed-when-it-has-answered", "Duplicate", 1),
    ("c4-an-app-that-saves-first-is-killed-when-it-has-answered", "NobodyElseIsElsewhere", 1),
    ("c6-an-answer-that-only-who-is-online-hears-and-a-crash", "facts: accept, own time-out", 1),
    ("c7-what-ends-in-a-batch-that-needs-its-room", "ended", 10),
    ("h6-a-forgotten-name-comes-again-and-is-a-class-s", "class: Invited", 2),
    ("h6-another-device-reuses-a-forgotten-name-for-a-class", "OthersPassBy", 1),
    ("k1-an-answer-is-refused-when-the-media-is-there", "call: Connected", 1),
    ("k1-an-answer-is-refused-when-the-media-is-there", "call: Failed", 1),
    ("k5-a-call-gives-way-to-one-with-several", "call: Connected", 2),
    ("k5-of-two-calls-at-once-one-is-hung-up-before-the-other-is-heard", "end: Cancelled", 1),
    ("m4-an-owner-decides-as-they-leave", "WhoLeavesFreesTheirSeat", 1),
    ("o7-a-push-runs-out-of-tries-before-it-is-forgotten", "SpeaksForItself", 5),
    ("t3-a-refused-answer-rings-on-past-the-time-of-the-others", "call: Failed", 1),
];

#[test]
fn what_was_found_once_holds_and_is_still_reached() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/found");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        let text = fs::read_to_string(&path).expect("it can be read");
        let scenario: Scenario = serde_json::from_str(&text).expect("it is a scenario");
        let check = Check::of(&scenario).expect("it makes sense");
        assert_eq!(check.failure, None, "{}", check.world.chart());
        let rows = REACHED.iter().filter(|(name, ..)| path.file_stem().is_some_and(|stem| stem == *name));
        let rows: Vec<_> = rows.collect();
        assert!(!rows.is_empty(), "{} has no row", path.display());
        for (_, what, least) in &rows {
            assert!(check.tally.of(what) >= *least, "{what}\n{}", check.world.chart());
        }
        count += rows.len();
    }
    assert_eq!(count, REACHED.len());
}
