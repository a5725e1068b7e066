//! `convoke run`, `replay` and `decode`, driven from outside: what they print, and how they end.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use crate::launch::{Folder, convoke, run, text};
use serde_json::json;

/// Asserts that a command ended with this code, and with one sentence on standard error that says this.
fn assert_fails(output: &Output, says: &[&str]) {
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert_eq!(text(&output.stdout), "");
    assert_eq!(stderr.lines().count(), 1, "{stderr}");
    for part in says {
        assert!(stderr.contains(part), "{stderr}");
    }
}

fn vector(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(name)
}

#[test]
fn a_reader_who_has_seen_enough_of_a_replay_is_no_error() {
    let mut child = convoke(&["replay", vector("group-raise-hand.jsonl").to_str().unwrap()]).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn replay_prints_the_exchange_and_the_verdict() {
    let good = vector("c2c-accept.jsonl");
    let deviating = vector("two-devices.jsonl");
    let output = run(&["replay", good.to_str().unwrap(), deviating.to_str().unwrap()], "");
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{printed}");
    for line in [
        "0.100  ├─ invite 30 s: room_id 7 ───▶│\n",
        "0.140  │                             │ rings\n",
        "       │                             │ ended: bob accepted\n",
        "c2c-accept: as recorded\n",
        "two-devices: as recorded, but for what is declared (two-devices)\n",
    ] {
        assert!(printed.contains(line), "{printed}");
    }
}

#[test]
fn replay_shows_the_first_difference_in_full() {
    let folder = Folder::new("changed");
    let path = folder.file("changed.jsonl");
    let recorded = std::fs::read_to_string(vector("c2c-accept.jsonl")).unwrap();
    std::fs::write(&path, recorded.replace(r#""data":"ok","invitee""#, r#""data":"no","invitee""#)).unwrap();
    let output = run(&["replay", "--quiet", path.to_str().unwrap()], "");
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(lines[0], "c2c-accept: DIFFERS");
    assert!(lines[1].starts_with("alice, line 13, at 3040 ms: recorded {") && lines[1].contains(r#""data":"no""#));
    assert!(lines[2].starts_with("ours, at 3040 ms: {") && lines[2].contains(r#""data":"ok""#));
    assert_eq!(lines.len(), 3);
}

#[test]
fn replay_says_what_is_wrong_with_a_file_and_where() {
    assert_fails(&run(&["replay", "no-such.jsonl"], ""), &["no-such.jsonl: "]);
    let folder = Folder::new("broken");
    let path = folder.file("broken.jsonl");
    let recorded = std::fs::read_to_string(vector("c2c-accept.jsonl")).unwrap();
    std::fs::write(&path, recorded.replacen(r#""in":{"start""#, r#""in":{"stop""#, 1)).unwrap();
    let good = vector("c2c-accept.jsonl");
    let output = run(&["replay", good.to_str().unwrap(), path.to_str().unwrap()], "");
    assert_fails(&output, &["broken.jsonl: line 2: column ", "unknown field `stop`"]);
    let mut bytes = recorded.into_bytes();
    *bytes.last_mut().unwrap() = 0xff;
    std::fs::write(&path, bytes).unwrap();
    assert_fails(&run(&["replay", path.to_str().unwrap()], ""), &["broken.jsonl: line 13: not UTF-8"]);
}

#[test]
fn decode_says_field_by_field_what_a_message_is() {
    let payload = r#"{"businessID":1,"timeout":30,"data":"hi","inviteID":"i-1","groupID":"","actionType":1,"inviter":"alice","inviteeList":["bob"]}"#;
    let expected = r#"signaling
  businessID   1
  actionType   1 invite
  inviteID     "i-1"
  groupID      "" between two users
  inviter      "alice"
  inviteeList  ["bob"]
  timeout      30 s
  data         "hi"
"#;
    let message = json!({"from": "alice", "data": payload}).to_string();
    let sdk_message = json!({"payload": {"data": payload}, "cloudCustomData": ""}).to_string();
    for input in [payload, &format!("{payload}\r\n"), &message, &sdk_message] {
        let output = run(&["decode"], input);
        assert_eq!(text(&output.stdout), expected);
        assert_eq!(output.status.code(), Some(0));
    }
    let folder = Folder::new("message");
    let path = folder.file("message.json");
    std::fs::write(&path, message).unwrap();
    assert_eq!(text(&run(&["decode", path.to_str().unwrap()], "").stdout), expected);
}

#[test]
fn decode_says_why_a_message_is_not_signaling() {
    let not_json = "not signaling: its text cannot be read as JSON";
    for (input, reason) in [
        ("", &*format!("{not_json}: EOF while parsing a value at line 1 column 0")),
        ("hello", &*format!("{not_json}: expected value at line 1 column 1")),
        ("[1]", "not signaling: its text is not a JSON object"),
        (r#"{"hello":1}"#, "not signaling: it has no `inviteID`"),
        (r#"{"inviteID":7,"actionType":1}"#, "not signaling: its `inviteID` is not a string"),
        (r#"{"inviteID":"i"}"#, "not signaling: it has no `actionType`"),
        (r#"{"inviteID":"i","actionType":"1"}"#, "not signaling: its `actionType` is not an integer"),
        (r#"{"data":"chat"}"#, &*format!("{not_json}: expected value at line 1 column 1")),
        (r#"{"data":"\ud800"}"#, &*format!("{not_json}: unexpected end of hex escape at line 1 column 8")),
        (
            r#"{"inviteID":"i","actionType":1,"inviteeList":7}"#,
            "signaling that cannot be read: a key has a value of the wrong type",
        ),
    ] {
        let output = run(&["decode"], input);
        assert_eq!(text(&output.stdout), format!("{reason}\n"), "{input}");
        assert_eq!(output.status.code(), Some(1));
    }
    assert_fails(&run(&["decode", "no-such.json"], ""), &["no-such.json: "]);
}

#[test]
fn decode_reads_a_message_of_which_something_else_is_broken() {
    let payload = json!({"inviteID": "i-1", "actionType": 3, "inviter": "alice", "inviteeList": ["bob"]}).to_string();
    let (data, fields) = (json!(payload), payload.strip_prefix('{').unwrap());
    for input in [
        format!(r#"{{"nick":"\ud800",{fields}"#),
        format!(r#"{{"nick":"\ud800","data":{data}}}"#),
        format!(r#"{{"nick":"\ud800","data":{payload}}}"#),
        format!(r#"{{"nick":"\ud800","payload":{{"description":"\ud800","data":{data}}}}}"#),
    ] {
        let output = run(&["decode"], &input);
        assert!(text(&output.stdout).contains("\n  actionType   3 accept\n"), "{input}: {}", text(&output.stdout));
        assert_eq!(output.status.code(), Some(0));
    }
}

#[test]
fn decode_writes_out_what_could_steer_a_terminal() {
    let payload = json!({"inviteID": "i\u{9b}2J", "actionType": 1, "inviter": "\u{202e}eve", "inviteeList": ["bob"]});
    let output = run(&["decode"], &payload.to_string());
    for line in [r#"  inviteID     "i\u{9b}2J""#, r#"  inviter      "\u{202e}eve""#] {
        assert!(text(&output.stdout).lines().any(|other| other == line), "{}", text(&output.stdout));
    }
}

#[test]
fn decode_fails_though_nobody_reads_why() {
    let mut child = convoke(&["decode"]).spawn().unwrap();
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(b"hello").unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(1));
}

#[test]
fn decode_does_not_take_what_is_no_text() {
    let mut child = convoke(&["decode"]).spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"\xff\xfe").unwrap();
    assert_fails(&child.wait_with_output().unwrap(), &["standard input: ", "UTF-8"]);
}

fn scenario(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenarios").join(name)
}

#[test]
fn run_plays_a_scenario_and_writes_a_trace_that_replays() {
    let folder = Folder::new("played");
    let (scenario, trace) = (scenario("video-call.json"), folder.file("video-call.jsonl"));
    let trace = trace.to_str().unwrap();
    let output = run(&["run", scenario.to_str().unwrap(), "--trace", trace, "--profile", "web"], "");
    assert_eq!(output.status.code(), Some(0), "{}", text(&output.stderr));
    let printed = text(&output.stdout);
    assert!(printed.contains("onReceiveNewInvitation") && printed.contains("onInviteeAccepted"), "{printed}");
    let replayed = run(&["replay", "--quiet", trace], "");
    assert_eq!(text(&replayed.stdout), "video-call: as recorded\n");
}

#[test]
fn run_takes_ids_and_chances_from_the_seed() {
    let scenario = scenario("video-call.json");
    let folder = Folder::new("seeds");
    let traces = ["1", "1", "2"].map(|seed| {
        let trace = folder.file(&format!("seed-{seed}.jsonl"));
        let output = run(&["run", scenario.to_str().unwrap(), "--seed", seed, "--trace", trace.to_str().unwrap()], "");
        assert_eq!(output.status.code(), Some(0));
        std::fs::read_to_string(trace).unwrap()
    });
    assert_eq!(traces[0], traces[1]);
    assert_ne!(traces[0], traces[2]);
}

#[test]
fn what_is_read_is_not_written_over() {
    let folder = Folder::new("spared");
    let (read, trace) = (folder.file("spared.json"), folder.file("spared.txt"));
    std::fs::copy(scenario("video-call.json"), &read).unwrap();
    std::fs::copy(vector("c2c-accept.jsonl"), &trace).unwrap();
    let same = folder.file("..").join(read.parent().unwrap().file_name().unwrap()).join("spared.json");
    for (command, option, input, output) in [("run", "--trace", &read, &same), ("draw", "--output", &trace, &trace)] {
        let before = std::fs::read(input).unwrap();
        let ended = run(&[command, input.to_str().unwrap(), option, output.to_str().unwrap()], "");
        assert_fails(&ended, &["spared", "this is what is read"]);
        assert_eq!(std::fs::read(input).unwrap(), before);
    }
}

#[test]
fn a_text_may_begin_with_the_mark_of_its_byte_order() {
    let folder = Folder::new("marked");
    let path = folder.file("marked.json");
    let text_of_it = std::fs::read_to_string(scenario("video-call.json")).unwrap();
    std::fs::write(&path, format!("\u{feff}{text_of_it}")).unwrap();
    assert_eq!(run(&["run", path.to_str().unwrap()], "").status.code(), Some(0));
    std::fs::write(&path, format!("\u{feff}\u{feff}{text_of_it}")).unwrap();
    assert_fails(&run(&["run", path.to_str().unwrap()], ""), &["marked.json", "line 1 column 1"]);
}

#[test]
fn a_trace_of_convoke_needs_no_declared_deviation() {
    let folder = Folder::new("of-convoke");
    let (path, trace) = (folder.file("of-convoke.json"), folder.file("of-convoke.jsonl"));
    std::fs::write(&path, r#"{"name":"two-devices","steps":[{"peer":"alice","start":true}]}"#).unwrap();
    run(&["run", path.to_str().unwrap(), "--trace", trace.to_str().unwrap()], "");
    let replayed = run(&["replay", "--quiet", trace.to_str().unwrap()], "");
    assert_eq!(text(&replayed.stdout), "two-devices: as recorded\n");
}

#[test]
fn nothing_is_played_for_longer_than_a_month() {
    let folder = Folder::new("endless");
    let path = folder.file("endless.json");
    let end = 31 * 86_400_000_i64;
    let header = |until_ms: i64| json!({"scenario": "endless", "sdk": "any", "startMs": 0, "untilMs": until_ms});
    let line = |t: i64| json!({"t": t, "peer": "alice", "in": {"start": true}});
    let scenario = |until_ms: i64| json!({"name": "endless", "untilMs": until_ms, "steps": []});
    for (command, endless, place) in [
        ("run", [end, end + 1].map(|ms| scenario(ms).to_string()), "line 1"),
        ("check", [end, end + 1].map(|ms| scenario(ms).to_string()), "line 1"),
        ("replay", [end, end + 1].map(|ms| header(ms).to_string()), "line 1"),
        ("replay", [end, end + 1].map(|ms| format!("{}\n{}", header(0), line(ms))), "line 2"),
    ] {
        std::fs::write(&path, &endless[0]).unwrap();
        assert_eq!(run(&[command, path.to_str().unwrap()], "").status.code(), Some(0), "{command}");
        std::fs::write(&path, &endless[1]).unwrap();
        let ended = run(&[command, path.to_str().unwrap()], "");
        assert_fails(&ended, &["endless.json", place, "2678400001 ms is more than a month"]);
    }
}

#[test]
fn run_says_where_a_scenario_is_wrong() {
    let folder = Folder::new("wrong");
    for (name, scenario, says) in [
        ("torn.json", "{\"name\":", &["torn.json", "line 1 column 8"][..]),
        ("odd.json", r#"{"name":"odd","steps":[{"peer":"a","dance":true}]}"#, &["odd.json", "unknown field `dance`"]),
        (
            "early.json",
            r#"{"name":"early","steps":[{"peer":"a","offline":true}]}"#,
            &["early.json: step 1", "no peer `a`"],
        ),
    ] {
        let path = folder.file(name);
        std::fs::write(&path, scenario).unwrap();
        assert_fails(&run(&["run", path.to_str().unwrap()], ""), says);
    }
    assert_fails(&run(&["run", "no/such.json"], ""), &["no/such.json"]);
}
