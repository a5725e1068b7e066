//! Bytes do not depend on features of serde_json that another crate may switch on.
//!
//! Every test runs in both builds: `cargo test`, and
//! `cargo test --all-features --features serde_json/preserve_order,serde_json/arbitrary_precision`.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common::{ACCEPT, Action, Device, at, cancel_to_bob, group, pair};
use convoke::{Config, Engine, Inbound, Invite, Output, Seed, Snapshot};

/// What a run put out and then stored, one JSON text a line, in version 1 of the format.
const GOLDEN: &str = include_str!("../golden/snapshot-1.jsonl");

/// A run through most of what a snapshot can hold, with numbers and keys that those features read in other ways.
fn run() -> Vec<String> {
    let mut bob = Device::new("bob").engine;
    let odd = r#"{"z":1e400,"a":0.30000000000000004,"inviteList":[],"timeout":3.05e1,"inviteID":"odd","actionType":1.0,"inviter":"alice","inviteeList":["bob"]}"#;
    let _ = bob.handle_message(at(1_000), &Inbound::new("alice", pair("alice"), odd).stamped(900, "m1"));
    bob.accept(at(2_000), "odd", r#"{"b":1,"a":2}"#).expect("bob is pending");
    let key = bob.invite(at(3_000), Invite::in_group("room", ["alice", "carol"]).timeout(30)).expect("it is valid");
    let yes = Action::reply(ACCEPT, key.invite_id().as_str(), "bob", &["carol"]).from("carol", group("room"));
    let _ = bob.handle_message(at(4_000), &yes.stamped(4_000, "m2"));
    let _ = bob.handle_message(at(4_000), &cancel_to_bob("early", "dave"));

    let json = |output: Output| serde_json::to_string(&output).expect("it has a JSON form");
    let mut lines: Vec<String> = std::iter::from_fn(|| bob.poll_output()).map(json).collect();
    lines.push(serde_json::to_string(&bob.snapshot()).expect("it has a JSON form"));
    lines
}

#[test]
fn a4_the_outputs_and_the_snapshot_of_a_run_are_these_bytes() {
    let lines = run();
    assert!(lines.iter().eq(GOLDEN.lines()), "a changed format needs a new version:\n{}", lines.join("\n"));
}

#[test]
fn a4_a_stored_snapshot_of_this_version_is_read_back_as_it_was() {
    let stored = GOLDEN.lines().last().expect("the snapshot");
    let snapshot: Snapshot = serde_json::from_str(stored).expect("it is of this version");
    let through_a_tree = serde_json::from_str(stored).and_then(serde_json::from_value::<Snapshot>);
    assert_eq!(through_a_tree.expect("it is of this version"), snapshot);
    let engine = Engine::restore(snapshot, Config::default(), Seed::from([8; 16]), at(5_000)).expect("it is sound");
    assert_eq!((engine.stats().open, engine.stats().early, engine.stats().sends_in_flight), (2, 1, 2));
}

#[test]
fn a4_a_snapshot_is_read_back_from_a_format_that_names_no_fields() {
    let stored = GOLDEN.lines().last().expect("the snapshot");
    let full: Snapshot = serde_json::from_str(stored).expect("it is of this version");
    for snapshot in [full, Device::new("bob").engine.snapshot()] {
        let bytes = postcard::to_allocvec(&snapshot).expect("it has a form in bytes");
        assert_eq!(postcard::from_bytes(&bytes), Ok(snapshot));
    }
}
