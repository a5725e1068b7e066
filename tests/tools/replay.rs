//! What was recorded of the vendor's module happens again with our engines, but for the declared deviations; and a
//! replay notices whatever else is different.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use convoke::sim::{Deviations, Replay, Scenario, Trace, TraceEvent, What, compare, replay};
use serde_json::{Value, json};

fn vectors(extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors");
    let mut paths: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.retain(|path| path.extension().is_some_and(|it| it == extension));
    paths.sort();
    paths
}

fn traces() -> Vec<Trace> {
    vectors("jsonl").iter().map(|path| Trace::parse(&fs::read_to_string(path).unwrap()).unwrap()).collect()
}

fn trace(scenario: &str) -> Trace {
    traces().into_iter().find(|trace| trace.header.scenario == scenario).unwrap()
}

fn declared() -> Deviations {
    Deviations::declared().unwrap()
}

fn is_as_declared(trace: &Trace, deviations: &Deviations) -> bool {
    replay(trace, deviations).is_ok_and(|replay| replay.difference.is_none())
}

fn played(scenario: &str) -> Replay {
    replay(&trace(scenario), &declared()).unwrap()
}

/// What a peer's app was told, but for `ended`.
fn told(replay: &Replay, peer: &str) -> Vec<Value> {
    let events = replay.trace.events.iter().filter(|event| event.peer == peer);
    let lines = events.filter_map(|event| match &event.what {
        What::Out(out) => Some(out.clone()),
        What::In(_) => None,
    });
    lines.filter(|line| line.get("callback").is_some_and(|name| name != "ended")).collect()
}

fn names(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["callback"].as_str().unwrap()).collect()
}

#[test]
fn every_recorded_exchange_happens_again() {
    let traces = traces();
    assert_eq!(traces.len(), 40);
    for trace in traces {
        let replay = replay(&trace, &declared()).unwrap_or_else(|error| panic!("{}: {error}", trace.header.scenario));
        if let Some(difference) = replay.difference {
            panic!("{}: {difference}", trace.header.scenario);
        }
    }
}

#[test]
fn every_trace_has_its_scenario() {
    let scenarios: BTreeSet<_> = vectors("json")
        .iter()
        .map(|path| serde_json::from_str::<Scenario>(&fs::read_to_string(path).unwrap()).unwrap().name)
        .collect();
    assert_eq!(scenarios, traces().into_iter().map(|trace| trace.header.scenario).collect());
}

#[test]
fn every_declared_deviation_is_of_a_recorded_scenario() {
    let scenarios: BTreeSet<_> = traces().into_iter().map(|trace| trace.header.scenario).collect();
    for entry in declared().iter() {
        assert!(scenarios.contains(&entry.scenario), "{}", entry.scenario);
    }
}

#[test]
fn a_difference_that_is_not_declared_fails() {
    let count = declared().iter().count();
    assert!(count > 0);
    for left_out in 0..count {
        let scenario = declared().iter().nth(left_out).unwrap().scenario.clone();
        let rest: Vec<_> = raw_deviations().into_iter().enumerate().filter(|(at, _)| *at != left_out).collect();
        let rest: Vec<_> = rest.into_iter().map(|(_, entry)| entry).collect();
        let rest = Deviations::parse(&Value::from(rest).to_string()).unwrap();
        assert!(!is_as_declared(&trace(&scenario), &rest), "entry {left_out} of {scenario} declares nothing");
    }
}

fn raw_deviations() -> Vec<Value> {
    serde_json::from_str(include_str!("../../src/sim/deviations.json")).unwrap()
}

#[test]
fn a_declared_deviation_that_is_not_used_fails() {
    let with = |entry: Value| {
        let mut entries = raw_deviations();
        entries.push(entry);
        Deviations::parse(&Value::from(entries).to_string())
    };
    let entry = |line: usize, vendor: Value, ours: Value| json!({"row": "clocks", "scenario": "c2c-accept", "line": line, "vendor": vendor, "ours": ours});
    let callback = json!({"callback": "onInviteeAccepted"});
    assert!(is_as_declared(&trace("c2c-accept"), &declared()));
    for entry in [
        entry(13, callback.clone(), Value::Null),
        entry(99, Value::Null, callback.clone()),
        entry(13, Value::Null, callback.clone()),
    ] {
        assert!(!is_as_declared(&trace("c2c-accept"), &with(entry).unwrap()));
    }
    assert!(with(entry(13, callback.clone(), callback)).is_err(), "both sides are the same");
}

#[test]
fn a_deviation_outside_the_table_cannot_be_declared() {
    let error = Deviations::parse(r#"[{"row":"mood","scenario":"c2c-accept","line":2,"vendor":1}]"#).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the declared deviation of `c2c-accept`, line 2: the table of differences has no row `mood`"
    );
}

/// Every byte of every recorded payload counts: a replay whose recording has another one fails.
#[test]
fn one_flipped_byte_in_a_recorded_payload_fails() {
    let deviations = declared();
    let mut flips = 0;
    for trace in traces() {
        let played = replay(&trace, &deviations).unwrap().trace;
        let mut flipped = trace.clone();
        for at in 0..trace.events.len() {
            let Some(payload) = payload(&trace.events[at]) else { continue };
            for byte in 0..payload.len() {
                set_payload(&mut flipped.events[at], &flip(payload, byte));
                // The engines need not run again: what they put out does not depend on what is recorded to have been.
                let noticed = compare(&deviations.apply(&flipped), &played).is_some();
                assert!(noticed, "{}, line {}, byte {byte}", trace.header.scenario, trace.events[at].line);
                flips += 1;
            }
            flipped.events[at] = trace.events[at].clone();
        }
    }
    assert!(flips > 10_000, "{flips}");
}

fn payload(event: &TraceEvent) -> Option<&str> {
    let What::Out(out) = &event.what else { return None };
    out.get("send").or_else(|| out.get("modify"))?.get("data")?.as_str()
}

fn set_payload(event: &mut TraceEvent, payload: &str) {
    let What::Out(out) = &mut event.what else { panic!("not an output") };
    let message = if out.get("send").is_some() { "send" } else { "modify" };
    out[message]["data"] = payload.into();
}

/// The lowest bit, so that ASCII stays ASCII, and most digits of an id another digit.
fn flip(text: &str, byte: usize) -> String {
    let mut bytes = text.as_bytes().to_vec();
    bytes[byte] ^= 1;
    String::from_utf8(bytes).unwrap()
}

#[test]
fn a_change_of_anything_else_that_was_put_out_fails() {
    for trace in traces() {
        for at in 0..trace.events.len() {
            let What::Out(out) = &trace.events[at].what else { continue };
            let mut without = trace.clone();
            without.events.remove(at);
            assert!(!is_as_declared(&without, &declared()), "{} without {out}", trace.header.scenario);
            let mut twice = trace.clone();
            twice.events.insert(at, trace.events[at].clone());
            assert!(!is_as_declared(&twice, &declared()), "{} with twice {out}", trace.header.scenario);
        }
    }
}

#[test]
fn a_time_that_is_off_by_more_than_the_tolerance_fails() {
    let mut late = trace("c2c-accept");
    let last = late.events.last_mut().unwrap();
    last.t += 1_200;
    assert!(is_as_declared(&late, &declared()));
    late.events.last_mut().unwrap().t += 1;
    assert!(!is_as_declared(&late, &declared()));
}

#[test]
fn a_broken_trace_says_where_and_why() {
    let header = r#"{"scenario":"x","sdk":"y","startMs":0}"#;
    for (text, error) in [
        (String::new(), "line 1: a trace begins with its header; this is empty"),
        ("{}".into(), "line 1: column 2: missing field `scenario`"),
        (format!("{header}\n\n{{\"t\":"), "line 3: column 5: EOF while parsing a value"),
        (format!("{header}\n{{\"t\":0,\"peer\":\"a\"}}"), "line 2: a line has either `in` or `out`"),
        (
            format!("{header}\n{{\"t\":0,\"peer\":\"a\",\"out\":{{}}}}"),
            "line 2: column 27: `out` is one of `send`, `modify`, `callback`, `result`, `disposition`, `call`, `refused`, `class`, `seat`",
        ),
        (
            format!("{header}\n{{\"t\":0,\"peer\":\"a\",\"in\":{{}}}}"),
            "line 2: column 26: `in` says nothing that a peer can take in",
        ),
        (
            format!("{header}\n{{\"t\":0,\"peer\":\"a\",\"in\":{{\"offline\":true,\"sending\":\"ok\"}}}}"),
            "line 2: column 55: `in` says more than one thing",
        ),
        (
            format!(
                "{header}\n{{\"t\":9,\"peer\":\"a\",\"in\":{{\"start\":true}}}}\n{{\"t\":8,\"peer\":\"a\",\"in\":{{\"start\":true}}}}"
            ),
            "line 3: time goes back from 9 to 8 ms",
        ),
    ] {
        assert_eq!(Trace::parse(&text).unwrap_err().to_string(), error);
    }
    let stranger = format!("{header}\n{{\"t\":0,\"peer\":\"a\",\"in\":{{\"release\":\"ok\"}}}}");
    let error = replay(&Trace::parse(&stranger).unwrap(), &declared()).unwrap_err();
    assert_eq!(error.to_string(), "line 2: no peer `a`: sign it in first");
}

// The rows of the table "where we knowingly differ from the web module" that are about a scenario.

#[test]
fn duplicate_invite_rings_once() {
    assert_eq!(names(&told(&played("duplicate-invite"), "bob")), ["onReceiveNewInvitation"]);
}

#[test]
fn duplicate_after_answer_changes_nothing() {
    let replay = played("duplicate-after-answer");
    assert_eq!(names(&told(&replay, "bob")), ["onReceiveNewInvitation"]);
    assert_eq!(names(&told(&replay, "alice")), ["onInviteeRejected"]);
}

#[test]
fn a_cancel_that_overtakes_its_invite_is_missed_and_does_not_ring() {
    let told = told(&played("cancel-overtakes-invite"), "bob");
    assert_eq!(names(&told), ["missed"]);
    assert_eq!(told[0]["reason"], "cancelled");
}

#[test]
fn accept_lost_tells_the_invitee_the_time_out() {
    let told = told(&played("accept-lost"), "bob");
    assert_eq!(names(&told), ["onReceiveNewInvitation", "onInvitationTimeout"]);
    assert_eq!(told[1]["revises"], "accepted");
}

#[test]
fn accept_against_cancel_tells_both() {
    let replay = played("c2c-accept-vs-cancel");
    let bob = told(&replay, "bob");
    assert_eq!(names(&bob), ["onReceiveNewInvitation", "onInvitationCancelled"]);
    assert_eq!(bob[1]["revises"], "accepted");
    let alice = told(&replay, "alice");
    assert_eq!(names(&alice), ["lateAnswer"]);
    assert_eq!(alice[0]["invitee"], "bob");
}

#[test]
fn a_spoofed_accept_is_refused() {
    let replay = played("spoofed-accept");
    assert_eq!(names(&told(&replay, "alice")), ["onInvitationTimeout"], "bob never accepted");
}

#[test]
fn a_spoofed_cancel_is_refused() {
    let replay = played("spoofed-cancel");
    let bob = told(&replay, "bob");
    assert_eq!(names(&bob), ["onReceiveNewInvitation", "onInvitationTimeout"], "it rings to its end");
    assert_eq!(bob[1]["isSelfTimeout"], true);
}

#[test]
fn hot_reconnect_after_the_end_is_missed() {
    let told = told(&played("hot-reconnect-expired"), "bob");
    assert_eq!(names(&told), ["missed"]);
    assert_eq!(told[0]["reason"], "timedOut");
}

#[test]
fn cold_start_after_the_end_is_missed_with_the_reason() {
    for (scenario, reason) in [("cold-start-c2c-cancelled", "cancelled"), ("cold-start-c2c-expired", "timedOut")] {
        let told = told(&played(scenario), "bob");
        assert_eq!(names(&told), ["missed"], "{scenario}");
        assert_eq!(told[0]["reason"], reason);
    }
}

#[test]
fn two_devices_mark_what_was_done_elsewhere() {
    let told = told(&played("two-devices"), "bob/2");
    assert_eq!(names(&told), ["onReceiveNewInvitation", "onInviteeAccepted"]);
    assert_eq!(told[1]["elsewhere"], true);
}

#[test]
fn a_cancel_that_is_not_possible_has_the_code_of_the_signaling_layer() {
    assert_eq!(codes(&played("errors"), "alice", "cancel"), [8010]);
}

#[test]
fn a_refused_send_has_the_code_of_the_service() {
    let replay = played("send-fails");
    assert_eq!(codes(&replay, "alice", "invite"), [9999, 0]);
    assert_eq!(told(&replay, "alice")[0]["code"], 9999);
}

fn codes(replay: &Replay, peer: &str, method: &str) -> Vec<i64> {
    let events = replay.trace.events.iter().filter(|event| event.peer == peer);
    let lines = events.filter_map(|event| match &event.what {
        What::Out(out) => Some(out.clone()),
        What::In(_) => None,
    });
    lines.filter(|line| line["result"] == method).map(|line| line["code"].as_i64().unwrap()).collect()
}
