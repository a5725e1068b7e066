//! Worlds in which `convoke check` found a law broken, made small: each named after its race.
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::fs;
use std::path::Path;

use convoke::sim::{Check, Scenario};

#[test]
fn what_was_found_once_holds() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/found");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("the folder is there") {
        let path = entry.expect("it can be listed").path();
        let text = fs::read_to_string(&path).expect("it can be read");
        let scenario: Scenario = serde_json::from_str(&text).expect("it is a scenario");
        let check = Check::of(&scenario).expect("it makes sense");
        assert_eq!(check.failure, None, "{}", check.world.chart());
        count += 1;
    }
    assert!(count > 0);
}
