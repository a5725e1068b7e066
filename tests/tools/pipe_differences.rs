//! The rows of the table "where we knowingly differ from the web module" that no recorded scenario shows.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use convoke::sim::Pipe;
use serde_json::{Value, json};

/// A pipe that takes and gives JSON.
struct Session(Pipe);

impl Session {
    fn with(peers: &[&str]) -> Self {
        let mut session = Self(Pipe::new());
        for peer in peers {
            session.ask(json!({"op": "new", "peer": peer}));
        }
        session
    }

    fn ask(&mut self, command: Value) -> Vec<Value> {
        let mut lines: Vec<_> =
            self.0.answer(command.to_string()).iter().map(|line| serde_json::to_value(line).unwrap()).collect();
        assert!(lines.pop().unwrap().get("done").is_some());
        lines
    }

    fn call(&mut self, peer: &str, method: &str, options: Value) -> Vec<Value> {
        self.ask(json!({"op": "call", "peer": peer, "method": method, "options": options}))
    }

    /// Invites, and returns the message and the id.
    fn invite(&mut self, peer: &str, method: &str, options: Value) -> (Value, Value) {
        let lines = self.call(peer, method, options);
        let message = lines.iter().find_map(|line| line.get("send")).unwrap().clone();
        let payload: Value = serde_json::from_str(message["data"].as_str().unwrap()).unwrap();
        (message, payload["inviteID"].clone())
    }

    fn deliver(&mut self, peer: &str, message: &Value) -> Vec<Value> {
        self.ask(json!({"op": "deliver", "peer": peer, "message": message}))
    }
}

fn callbacks(lines: &[Value]) -> Vec<&str> {
    lines.iter().filter_map(|line| line.get("callback")?.as_str()).filter(|name| *name != "ended").collect()
}

#[test]
fn the_inviters_own_second_device_tracks_and_does_not_ring() {
    let mut session = Session::with(&["alice", "alice/2"]);
    let (message, id) = session.invite("alice", "invite", json!({"userID": "bob", "timeout": 30}));
    assert_eq!(callbacks(&session.deliver("alice/2", &message)), Vec::<&str>::new());
    assert_eq!(session.ask(json!({"op": "live", "peer": "alice/2"}))[0]["live"], json!([id]));
}

#[test]
fn an_answer_that_overtakes_the_ack_of_its_invite_is_kept() {
    let mut session = Session::with(&["alice", "bob"]);
    session.ask(json!({"op": "sending", "peer": "alice", "mode": "hold"}));
    let (message, id) = session.invite("alice", "invite", json!({"userID": "bob", "timeout": 10}));
    session.deliver("bob", &message);
    let answer = session.call("bob", "accept", json!({"inviteID": id}));
    assert_eq!(callbacks(&session.deliver("alice", &answer[0]["send"])), ["onInviteeAccepted"]);
    let released = session.ask(json!({"op": "release", "peer": "alice", "outcome": "ok"}));
    assert_eq!(released[0]["result"], "invite");
    assert_eq!(released[0]["code"], 0);
    let later = session.ask(json!({"op": "advance", "ms": 60_000}));
    assert_eq!(callbacks(&later), Vec::<&str>::new(), "no false time-out");
}

#[test]
fn arguments_are_checked() {
    let mut session = Session::with(&["alice"]);
    for (method, options) in [
        ("invite", json!({})),
        ("invite", json!({"userID": "alice"})),
        ("invite", json!({"userID": "bob", "timeout": -1})),
        ("invite", json!({"userID": "bob", "timeout": 86_401})),
        ("inviteInGroup", json!({"groupID": "room"})),
        ("inviteInGroup", json!({"inviteeList": ["bob"]})),
        ("inviteInGroup", json!({"groupID": "room", "inviteeList": ["bob", "bob"]})),
        ("inviteInGroup", json!({"groupID": "room", "inviteeList": ["bob", "alice"]})),
        ("inviteInGroup", json!({"groupID": "room", "inviteeList": ["bob", ""]})),
    ] {
        let lines = session.call("alice", method, options.clone());
        assert_eq!(lines, [json!({"t": 0, "peer": "alice", "result": method, "code": 6017})], "{options}");
    }
}

#[test]
fn the_deadline_is_exact_and_counts_from_the_stamp() {
    let mut session = Session::with(&["alice", "bob"]);
    session.ask(json!({"op": "advance", "ms": 1_700}));
    let (message, _) = session.invite("alice", "invite", json!({"userID": "bob", "timeout": 10}));
    session.ask(json!({"op": "advance", "ms": 40}));
    session.deliver("bob", &message);
    let lines = session.ask(json!({"op": "advance", "toMs": 12_000}));
    assert_eq!(callbacks(&lines), ["onInvitationTimeout"]);
    assert_eq!(lines[0]["t"], 11_000, "the stamp has whole seconds: 1 s, and 10 s more");
}

#[test]
fn group_observers_are_called_back() {
    for (profile, expected) in [("default", vec!["onReceiveNewInvitation", "onInviteeAccepted"]), ("web", Vec::new())] {
        let mut session = Session(Pipe::new());
        session.ask(json!({"op": "hello", "profile": profile}));
        for peer in ["alice", "bob", "carol"] {
            session.ask(json!({"op": "new", "peer": peer}));
        }
        let options = json!({"groupID": "room", "inviteeList": ["bob"], "timeout": 10});
        let (invite, id) = session.invite("alice", "inviteInGroup", options);
        session.deliver("bob", &invite);
        let mut told = session.deliver("carol", &invite);
        let answer = session.call("bob", "accept", json!({"inviteID": id}));
        told.extend(session.deliver("carol", &answer[0]["send"]));
        assert_eq!(callbacks(&told), expected, "{profile}");
    }
}

#[test]
fn the_push_of_a_group_invite_becomes_one_intent_an_invitee() {
    let mut session = Session::with(&["alice"]);
    let push = json!({"title": "call", "description": "alice calls", "extension": "", "disablePush": false});
    let options = json!({"groupID": "room", "inviteeList": ["bob", "carol"], "offlinePushInfo": push});
    let (message, _) = session.invite("alice", "inviteInGroup", options);
    assert_eq!(message.get("offlinePushInfo"), None);
    let intents = json!([{"invitee": "bob", "info": push}, {"invitee": "carol", "info": push}]);
    assert_eq!(message["pushIntents"], intents);
    let (message, _) = session.invite("alice", "invite", json!({"userID": "bob", "offlinePushInfo": push}));
    assert_eq!(message["offlinePushInfo"], push);
    assert_eq!(message.get("pushIntents"), None);
}
