//! `convoke pipe`, driven from outside.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Child;

use crate::launch::{convoke, run, text};
use serde_json::{Value, json};

/// A running `convoke pipe`. Each answer is read before the next command is written, so it must be flushed.
struct Session {
    child: Child,
    next_timer: Value,
}

impl Session {
    fn start() -> Self {
        Self { child: convoke(&["pipe"]).spawn().unwrap(), next_timer: Value::Null }
    }

    fn with(peers: &[&str]) -> Self {
        let mut session = Self::start();
        for peer in peers {
            assert_eq!(session.ask(&json!({"op": "new", "peer": peer})), [] as [Value; 0]);
        }
        session
    }

    fn ask(&mut self, command: &Value) -> Vec<Value> {
        self.ask_text(&command.to_string())
    }

    /// The lines of the answer but for the last, which is `done`.
    fn ask_text(&mut self, line: &str) -> Vec<Value> {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
        let mut lines = Vec::new();
        // Nothing comes after `done`, so nothing is lost in this reader.
        for line in BufReader::new(self.child.stdout.as_mut().unwrap()).lines() {
            let line: Value = serde_json::from_str(&line.unwrap()).unwrap();
            if line.get("done").is_some() {
                self.next_timer = line["nextTimer"].clone();
                break;
            }
            lines.push(line);
        }
        lines
    }

    fn call(&mut self, peer: &str, method: &str, options: Value) -> Vec<Value> {
        self.ask(&json!({"op": "call", "peer": peer, "method": method, "options": options, "tag": "t"}))
    }

    fn app(&mut self, peer: &str, app: Value) -> Vec<Value> {
        self.ask(&json!({"op": "app", "peer": peer, "app": app}))
    }

    fn error(&mut self, line: &str) -> String {
        let lines = self.ask_text(line);
        assert_eq!(lines.len(), 1, "{line}: {lines:?}");
        lines[0]["error"].as_str().unwrap().to_owned()
    }

    fn live(&mut self, peer: &str) -> Value {
        self.ask(&json!({"op": "live", "peer": peer}))[0]["live"].clone()
    }

    fn outcomes(&mut self, peer: &str, id: &Value) -> Value {
        self.ask(&json!({"op": "outcomes", "peer": peer, "inviteID": id}))[0]["outcomes"].clone()
    }
}

impl Drop for Session {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

#[test]
fn a_small_call() {
    let mut session = Session::start();
    let hello = session.ask(&json!({"op": "hello", "startMs": 1_000_000, "profile": "web"}));
    assert_eq!(hello, [json!({"sdk": "convoke", "version": env!("CARGO_PKG_VERSION"), "startMs": 1_000_000})]);
    session.ask(&json!({"op": "new", "peer": "alice"}));
    session.ask(&json!({"op": "new", "peer": "bob", "skewMs": 250}));
    assert_eq!(session.next_timer, Value::Null);

    let lines = session.call("alice", "invite", json!({"userID": "bob", "data": "hi", "timeout": 30}));
    let (send, id) = (&lines[0]["send"], &lines[1]["inviteID"]);
    let payload = format!(
        r#"{{"businessID":1,"timeout":30,"data":"hi","inviteID":{id},"groupID":"","actionType":1,"inviter":"alice","inviteeList":["bob"]}}"#
    );
    let control = json!({
        "excludedFromContentModeration": true, "excludedFromUnreadCount": false, "excludedFromLastMessage": false
    });
    let expected = json!({
        "id": "alice-1", "from": "alice", "to": "bob", "conversationType": "C2C", "time": 1_000, "data": payload,
        "onlineUserOnly": false, "messageControlInfo": control
    });
    assert_eq!(lines[0], json!({"t": 0, "peer": "alice", "send": expected}));
    assert_eq!(lines[1], json!({"t": 0, "peer": "alice", "result": "invite", "tag": "t", "code": 0, "inviteID": id}));

    session.ask(&json!({"op": "advance", "ms": 40}));
    let lines = session.ask(&json!({"op": "deliver", "peer": "bob", "message": send}));
    let ring = json!({
        "t": 40, "peer": "bob", "callback": "onReceiveNewInvitation", "inviteID": id, "inviter": "alice", "groupID": "",
        "data": "hi", "inviteeList": ["bob"]
    });
    assert_eq!(lines, [ring]);

    let modified = session.call("alice", "modifyInvitation", json!({"inviteID": id, "data": "ho"}));
    assert_eq!(modified[0]["modify"]["id"], "alice-1");
    assert_eq!(modified[1], json!({"t": 40, "peer": "alice", "result": "modifyInvitation", "tag": "t", "code": 0}));
    let edit = &modified[0]["modify"];
    let lines = session.ask(&json!({"op": "modified", "peer": "bob", "message": edit}));
    assert_eq!(
        lines,
        [json!({"t": 40, "peer": "bob", "callback": "onInvitationModified", "inviteID": id, "data": "ho"})]
    );

    let answer = session.call("bob", "accept", json!({"inviteID": id}));
    assert_eq!(answer[0]["send"]["id"], "bob-2");
    let lines = session.ask(&json!({"op": "deliver", "peer": "alice", "message": answer[0]["send"]}));
    assert_eq!(lines[0]["callback"], "onInviteeAccepted");
    assert_eq!(lines[1]["callback"], "ended");
    assert_eq!(lines[1]["outcomes"], json!({"bob": "accepted"}));
    assert_eq!(session.outcomes("alice", id), json!({"bob": "accepted"}));
    assert_eq!(session.next_timer, Value::Null, "all is told: a driver may end here");
}

#[test]
fn the_clock_moves_to_each_timer_in_turn() {
    let mut session = Session::with(&["alice", "bob"]);
    session.call("alice", "invite", json!({"userID": "bob", "timeout": 10}));
    assert_eq!(session.next_timer, 15_000);
    session.call("bob", "invite", json!({"userID": "carol", "timeout": 5}));
    assert_eq!(session.next_timer, 10_000);
    let lines = session.ask(&json!({"op": "advance", "ms": 60_000}));
    let times: Vec<_> =
        lines.iter().filter(|line| line["callback"] == "onInvitationTimeout").map(|line| &line["t"]).collect();
    assert_eq!(times, [10_000, 15_000]);
    assert_eq!(session.next_timer, Value::Null);
}

#[test]
fn sends_fail_or_are_held_until_they_are_released() {
    let mut session = Session::with(&["alice"]);
    session.ask(&json!({"op": "sending", "peer": "alice", "mode": "fail"}));
    let lines = session.call("alice", "invite", json!({"userID": "bob"}));
    assert_eq!(lines[1], json!({"t": 0, "peer": "alice", "result": "invite", "tag": "t", "code": 9999}));
    assert_eq!(lines[2]["callback"], "operationFailed");

    session.ask(&json!({"op": "sending", "peer": "alice", "mode": "hold"}));
    for (outcome, code) in [("ok", 0), ("fail", 9999)] {
        assert_eq!(session.call("alice", "invite", json!({"userID": "bob"})).len(), 1, "no result yet");
        let lines = session.ask(&json!({"op": "release", "peer": "alice", "outcome": outcome}));
        assert_eq!(lines[0]["code"], code);
        assert_eq!(lines[0]["tag"], "t");
    }
    assert_eq!(session.ask(&json!({"op": "release", "peer": "alice"})), [] as [Value; 0], "none is held any more");
}

#[test]
fn what_was_missed_comes_in_one_batch() {
    let mut session = Session::with(&["alice", "bob"]);
    let invite = session.call("alice", "invite", json!({"userID": "bob", "timeout": 30}));
    let id = &invite[1]["inviteID"];
    let cancel = session.call("alice", "cancel", json!({"inviteID": id}));
    session.ask(&json!({"op": "advance", "ms": 5_000}));
    session.ask(&json!({"op": "catch_up", "peer": "bob"}));
    let batch = json!([invite[0]["send"], cancel[0]["send"]]);
    let lines = session.ask(&json!({"op": "sync", "peer": "bob", "kind": "cold", "messages": batch}));
    assert_eq!(lines[0]["callback"], "missed");
    assert_eq!(lines[0]["reason"], "cancelled");
    assert_eq!(session.outcomes("bob", id), json!({"bob": "cancelled"}));
}

#[test]
fn no_deadline_fires_during_a_catch_up() {
    let mut session = Session::with(&["alice"]);
    let invite = session.call("alice", "invite", json!({"userID": "bob", "timeout": 10}));
    session.ask(&json!({"op": "catch_up", "peer": "alice"}));
    assert_eq!(session.ask(&json!({"op": "advance", "ms": 60_000})), [] as [Value; 0]);
    assert_eq!(session.live("alice"), json!([invite[1]["inviteID"]]));
    let lines = session.ask(&json!({"op": "sync", "peer": "alice", "kind": "hot"}));
    assert!(lines.iter().any(|line| line["callback"] == "onInvitationTimeout"), "{lines:?}");
}

#[test]
fn a_member_who_leaves_is_settled() {
    let mut session = Session::with(&["alice"]);
    let invite = session.call("alice", "inviteInGroup", json!({"groupID": "room", "inviteeList": ["bob", "carol"]}));
    let id = &invite[1]["inviteID"];
    let lines = session.ask(&json!({"op": "member_left", "peer": "alice", "groupID": "room", "user": "bob"}));
    assert_eq!(lines[0]["callback"], "inviteeLeft");
    assert_eq!(lines[0]["invitee"], "bob");
    assert_eq!(session.outcomes("alice", id), json!({"bob": "left", "carol": "pending"}));
    assert_eq!(session.outcomes("alice", &json!("nope")), Value::Null);
}

#[test]
fn a_known_server_clock_makes_an_old_invite_old() {
    let mut session = Session::with(&["alice", "bob"]);
    let invite = session.call("alice", "invite", json!({"userID": "bob", "timeout": 10}));
    session.ask(&json!({"op": "sync_clock", "peer": "bob", "serverMs": 1_700_000_060_000_i64}));
    let lines = session.ask(&json!({"op": "deliver", "peer": "bob", "message": invite[0]["send"]}));
    assert_eq!(lines[0]["callback"], "missed");
    assert_eq!(lines[0]["reason"], "timedOut");
}

#[test]
fn a_snapshot_goes_on_where_it_stopped() {
    let mut session = Session::with(&["alice", "bob"]);
    let invite = session.call("alice", "invite", json!({"userID": "bob", "timeout": 30}));
    let id = &invite[1]["inviteID"];
    let snapshot = session.ask(&json!({"op": "snapshot", "peer": "alice"}))[0]["snapshot"].clone();
    session.ask(&json!({"op": "new", "peer": "alice"}));
    assert_eq!(session.live("alice"), json!([]));
    session.ask(&json!({"op": "restore", "peer": "alice", "snapshot": snapshot}));
    assert_eq!(session.live("alice"), json!([id]));
    session.ask(&json!({"op": "sync", "peer": "alice"}));
    let again = session.call("alice", "invite", json!({"userID": "bob", "timeout": 30}));
    assert_ne!(&again[1]["inviteID"], id, "a fresh seed gives a fresh id");
}

#[test]
fn an_invitation_from_a_push_is_known_before_its_message() {
    let mut session = Session::with(&["alice", "bob"]);
    let invite = session.call("alice", "invite", json!({"userID": "bob", "timeout": 30, "data": "hi"}));
    let id = &invite[1]["inviteID"];
    let options = json!({"inviteID": id, "inviter": "alice", "timeout": 30, "data": "hi"});
    let lines = session.call("bob", "addInvitedSignaling", options.clone());
    assert!(
        lines.contains(&json!({
            "t": 0, "peer": "bob", "result": "addInvitedSignaling", "tag": "t", "code": 0, "inviteID": id
        })),
        "{lines:?}"
    );
    let lines = session.call("bob", "addInvitedSignaling", options);
    assert_eq!(lines[0]["code"], 8012);
    let lines = session.call("bob", "dismiss", json!({"inviteID": id}));
    assert_eq!(lines[0]["code"], 0);
    assert_eq!(session.call("bob", "accept", json!({"inviteID": id}))[0]["code"], 8010);
}

#[test]
fn info_reads_any_message() {
    let mut session = Session::with(&["alice"]);
    let data = json!({"actionType": 3, "inviteID": "i", "inviter": "bob", "inviteeList": ["alice"]});
    let message = json!({"from": "bob", "to": "alice", "data": data});
    let lines = session.ask(&json!({"op": "info", "peer": "alice", "message": message}));
    let info = json!({
        "businessID": 1, "inviteID": "i", "groupID": "", "inviter": "bob", "inviteeList": ["alice"], "data": "",
        "actionType": 3, "timeout": 0
    });
    assert_eq!(lines, [json!({"peer": "alice", "info": info})]);
    let message = json!({"from": "bob", "to": "alice", "data": "{\"hello\":1}"});
    let lines = session.ask(&json!({"op": "info", "peer": "alice", "message": message}));
    assert_eq!(lines, [json!({"peer": "alice", "info": null})]);
}

#[test]
fn a_command_that_makes_no_sense_changes_nothing() {
    let mut session = Session::with(&["alice"]);
    session.call("alice", "invite", json!({"userID": "bob", "timeout": 30}));
    let state = |session: &mut Session| session.ask(&json!({"op": "snapshot", "peer": "alice"}));
    let before = state(&mut session);
    for (line, says) in [
        ("{", "not a JSON value"),
        ("7", "not a command"),
        ("{}", "missing field `op`"),
        (r#"{"op":"dance"}"#, "unknown variant `dance`"),
        (r#"{"op":"live"}"#, "missing field `peer`"),
        (r#"{"op":"live","peer":7}"#, "invalid type"),
        (r#"{"op":"new","peer":"bob","skewms":7}"#, "unknown field `skewms`"),
        (r#"{"op":"live","peer":"bob"}"#, "no peer `bob`"),
        (r#"{"op":"new","peer":""}"#, "the signed-in user's id is empty"),
        (r#"{"op":"new","peer":"/2"}"#, "the signed-in user's id is empty"),
        (r#"{"op":"hello","startMs":5}"#, "the clock has started"),
        (r#"{"op":"hello","profile":"odd"}"#, "unknown variant `odd`"),
        (r#"{"op":"call","peer":"alice","method":"shout"}"#, "unknown variant `shout`"),
        (r#"{"op":"call","peer":"alice","method":"invite","options":{"timeout":"long"}}"#, "invalid type"),
        (r#"{"op":"deliver","peer":"alice"}"#, "missing field `message`"),
        (r#"{"op":"deliver","peer":"alice","message":{"from":"bob","to":"alice"}}"#, "missing field `data`"),
        (r#"{"op":"deliver","peer":"alice","message":{"from":"b","to":"a","data":"","conversationType":"X"}}"#, "`X`"),
        (r#"{"op":"sync","peer":"alice","kind":"warm"}"#, "unknown variant `warm`"),
        (r#"{"op":"sync","peer":"alice","messages":[{"from":"bob"}]}"#, "missing field"),
        (r#"{"op":"sending","peer":"alice","mode":"slow"}"#, "unknown variant `slow`"),
        (r#"{"op":"release","peer":"alice","outcome":"maybe"}"#, "unknown variant `maybe`"),
        (r#"{"op":"advance"}"#, "either `ms` or `toMs`"),
        (r#"{"op":"advance","ms":1,"toMs":2}"#, "either `ms` or `toMs`"),
        (r#"{"op":"advance","ms":-1}"#, "invalid value"),
        (r#"{"op":"advance","ms":0.5}"#, "invalid type"),
        (r#"{"op":"advance","toMs":9223372036854775807}"#, "farther off"),
        (r#"{"op":"new","peer":"bob","skewMs":-9223372036854775808}"#, "farther off"),
        (r#"{"op":"sync_clock","peer":"alice"}"#, "missing field `serverMs`"),
        (r#"{"op":"member_left","peer":"alice","user":"bob"}"#, "missing field `groupID`"),
        (r#"{"op":"outcomes","peer":"alice"}"#, "missing field `inviteID`"),
        (r#"{"op":"restore","peer":"alice","snapshot":{"version":999}}"#, ""),
    ] {
        let error = session.error(line);
        assert!(error.contains(says), "{line}: {error}");
        assert_eq!(state(&mut session), before, "{line}");
    }
}

#[test]
fn bytes_that_are_no_text_are_answered_too() {
    let mut child = convoke(&["pipe"]).spawn().unwrap();
    let lines = b"\xff\xfe\n\n{\"op\":\"hello\"}\n{\"op\":\"new\",\"peer\":\"\xff\"}\n";
    child.stdin.take().unwrap().write_all(lines).unwrap();
    let output = child.wait_with_output().unwrap();
    let lines: Vec<Value> = text(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines[0]["error"].as_str().unwrap().contains("not a JSON value"));
    assert_eq!(lines[1], json!({"done": null, "nextTimer": null}));
    assert_eq!(lines[3], json!({"done": "hello", "nextTimer": null}));
    assert!(lines[4]["error"].as_str().unwrap().contains("not a JSON value: invalid unicode"), "{}", lines[4]);
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn the_same_lines_in_give_the_same_lines_out() {
    let lines = r#"{"op":"new","peer":"alice"}
{"op":"call","peer":"alice","method":"invite","options":{"userID":"bob","timeout":5}}
{"op":"new","peer":"alice"}
{"op":"call","peer":"alice","method":"invite","options":{"userID":"bob","timeout":5}}
{"op":"advance","ms":60000}
{"op":"snapshot","peer":"alice"}
"#;
    assert_eq!(run(&["pipe"], lines).stdout, run(&["pipe"], lines).stdout);
}

#[test]
fn a_reader_who_goes_away_is_no_error() {
    let mut child = convoke(&["pipe"]).spawn().unwrap();
    drop(child.stdout.take());
    let _ = child.stdin.take().unwrap().write_all(b"{\"op\":\"hello\"}\n{\"op\":\"hello\"}\n");
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stderr), "");
}

#[test]
fn a_call_of_the_layer() {
    let mut session = Session::start();
    session.ask(&json!({"op": "hello", "layers": {"calls": {}}}));
    for peer in ["alice", "bob"] {
        session.ask(&json!({"op": "new", "peer": peer}));
    }
    let sent = session.app("alice", json!({"dial": {"to": ["bob"], "media": "video", "room": 1001}}));
    let invite = json!({"op": "deliver", "peer": "bob", "message": sent[0]["send"]});
    let rings = json!({"call": 0, "by": "alice", "group": null, "others": [], "media": "video", "room": 1001});
    assert_eq!(session.ask(&invite), [json!({"t": 0, "peer": "bob", "call": {"ringing": rings}})]);
    let accept = session.app("bob", json!("answer"));
    let told = session.ask(&json!({"op": "deliver", "peer": "alice", "message": accept[0]["send"]}));
    assert_eq!(told[0]["call"]["answered"]["by"], "bob");
    let reports = ["localEntered", "remoteEntered"].map(|report| match report {
        "remoteEntered" => json!({"media": {report: "alice"}}),
        _ => json!({"media": report}),
    });
    let told = reports.map(|report| session.app("bob", report));
    assert_eq!(told, [vec![], vec![json!({"t": 0, "peer": "bob", "call": {"connected": {"call": 0}}})]]);
    // What is due to the layer is due to its host: alice's media does not come.
    assert_eq!(session.next_timer, 15_000);
    let told = session.ask(&json!({"op": "advance", "ms": 15_000}));
    assert_eq!(told[0]["call"]["ended"]["reason"], "mediaFailed");
}

#[test]
fn a_snapshot_has_the_layers_too() {
    let mut session = Session::start();
    session.ask(&json!({"op": "new", "peer": "alice", "layers": {"calls": {"ringS": 20}}}));
    session.app("alice", json!({"dial": {"to": ["bob"], "media": "audio", "room": 7}}));
    let mut stored = session.ask(&json!({"op": "snapshot", "peer": "alice"})).remove(0);
    stored["op"] = "restore".into();
    assert_eq!(session.ask(&stored), [] as [Value; 0]);
    let told = session.app("alice", json!("hangUp"));
    assert!(told.iter().any(|line| line["call"]["ended"]["reason"] == "cancelled"), "{told:?}");
    let told = session.app("alice", json!("hangUp"));
    assert_eq!(told, [json!({"t": 0, "peer": "alice", "refused": "there is no call"})]);
}

#[test]
fn who_is_not_signed_in_anew_keeps_the_layers() {
    let mut session = Session::start();
    session.ask(&json!({"op": "new", "peer": "alice", "layers": {"calls": {}}}));
    session.error(r#"{"op":"new","peer":"alice","skewMs":-9223372036854775808}"#);
    let told = session.app("alice", json!("hangUp"));
    assert_eq!(told, [json!({"t": 0, "peer": "alice", "refused": "there is no call"})]);
}

#[test]
fn an_app_without_layers_does_nothing_with_them() {
    let mut session = Session::with(&["alice"]);
    let error = session.error(r#"{"op":"app","peer":"alice","app":"answer"}"#);
    assert!(error.contains("no layer"), "{error}");
    let error = session.error(r#"{"op":"hello","layers":{"calls":{}}}"#);
    assert!(error.contains("before the first peer"), "{error}");
}
