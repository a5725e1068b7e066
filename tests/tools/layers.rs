//! Apps with layers in a world: their media service, what is saved with them, and how they are written down and drawn.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use convoke::sim::{Chart, Scenario, StepError, Trace, What, World};
use serde_json::{Value, json};

/// A world in which alice has called bob, and he has answered after 1 s; then these steps.
fn in_a_call(then: Value) -> Result<World, StepError> {
    let mut steps = json!([
        {"peer": "alice", "start": true},
        {"peer": "bob", "start": true},
        {"peer": "bob/2", "start": true},
        {"at": 100, "peer": "alice", "app": {"dial": {"to": ["bob"], "media": "audio", "room": 7, "group": "team"}}},
        {"at": 1_000, "peer": "bob", "app": "answer"},
    ]);
    let Value::Array(then) = then else { unreachable!("steps are a list") };
    steps.as_array_mut().unwrap().extend(then);
    let scenario = json!({
        "name": "in a call", "layers": {"calls": {}}, "groups": {"team": ["alice", "bob"]}, "untilMs": 40_000, "steps": steps,
    });
    World::play(&serde_json::from_value::<Scenario>(scenario).unwrap())
}

/// What a peer learns of its room, and is told of its call, from 2 s on.
fn learned(world: &World, peer: &str) -> Vec<String> {
    let trace = world.trace();
    let later = trace.events.iter().filter(|event| event.peer == peer && event.t > 2_000);
    let learned = later.filter_map(|event| {
        let line = match &event.what {
            What::In(taken) => serde_json::to_value(taken).unwrap().pointer("/app/media").cloned(),
            What::Out(out) => out.get("call").or_else(|| out.get("refused")).cloned(),
        };
        let word = match line? {
            Value::Object(fields) => match fields.into_iter().next()? {
                (name, Value::String(user)) => format!("{name} {user}"),
                (name, _) => name,
            },
            plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_)) => {
                plain.as_str().unwrap_or_default().to_owned()
            }
        };
        Some(format!("{} {word}", event.t))
    });
    learned.collect()
}

#[test]
fn who_is_not_heard_of_for_ten_seconds_has_left_the_room() {
    let world = in_a_call(json!([{"at": 5_000, "peer": "bob", "offline": true}])).unwrap();
    assert_eq!(learned(&world, "alice"), ["15000 remoteLeft bob", "15000 ended"]);
    for away in ["offline", "sleep"] {
        let then = json!([{"at": 5_000, "peer": "bob", away: true}, {"at": 14_000, "peer": "bob", "online": "hot"}]);
        let world = in_a_call(then).unwrap();
        assert_eq!(learned(&world, "alice"), [""; 0], "{away}");
        assert_eq!(learned(&world, "bob"), [""; 0], "{away}: nothing has happened in the room");
    }
}

#[test]
fn who_comes_back_late_learns_who_has_left_the_room() {
    let then = json!([{"at": 5_000, "peer": "bob", "offline": true}, {"at": 20_000, "peer": "bob", "online": "hot"}]);
    let world = in_a_call(then).unwrap();
    // A hang-up awaits bob; so the layer knows before the room does.
    assert_eq!(learned(&world, "bob"), ["20000 ended"]);
    let then = json!([
        {"at": 3_000, "peer": "bob", "offline": true},
        {"at": 4_000, "peer": "alice", "crash": true},
        {"at": 8_000, "peer": "bob", "online": "hot"},
    ]);
    assert_eq!(learned(&in_a_call(then).unwrap(), "bob"), ["14000 remoteLeft alice", "14000 ended"]);
}

#[test]
fn a_user_is_in_the_room_as_long_as_one_of_their_devices_is() {
    let join = json!({"join": {"group": "team", "media": "audio", "room": 7}});
    let then = json!([
        {"at": 3_000, "peer": "bob/2", "app": join},
        {"at": 5_000, "peer": "bob", "app": "hangUp"},
        {"at": 7_000, "peer": "bob/2", "app": "hangUp"},
    ]);
    let world = in_a_call(then).unwrap();
    assert_eq!(learned(&world, "alice"), ["7040 remoteLeft bob", "7040 ended"]);
    assert_eq!(
        learned(&world, "bob/2"),
        ["3040 localEntered", "3040 remoteEntered alice", "3040 connected", "7000 ended", "7080 overInGroup"]
    );
}

#[test]
fn who_has_saved_resumes_the_call_after_a_crash() {
    let resumed = ["9000 resumed", "9040 localEntered", "9040 remoteEntered bob", "9040 connected"];
    // What was saved before it was told is told again.
    let resumed_again =
        ["9000 connected", "9000 resumed", "9040 localEntered", "9040 remoteEntered bob", "9040 connected"];
    let save = json!({"at": 2_000, "peer": "alice", "save": true});
    let save_first = json!({"at": 50, "peer": "alice", "saveFirst": true});
    for (saves, expected) in [(save, &resumed[..]), (save_first, &resumed_again)] {
        let then = json!([
            saves,
            {"at": 5_000, "peer": "alice", "crash": true},
            {"at": 9_000, "peer": "alice", "online": "hot"},
        ]);
        let world = in_a_call(then).unwrap();
        assert_eq!(learned(&world, "alice"), expected);
        assert_eq!(learned(&world, "bob"), [""; 0]);
    }
}

#[test]
fn who_has_saved_nothing_is_missed_in_the_room() {
    let then = json!([{"at": 5_000, "peer": "alice", "crash": true}, {"at": 9_000, "peer": "alice", "online": "cold"}]);
    let world = in_a_call(then).unwrap();
    assert_eq!(learned(&world, "bob"), ["15000 remoteLeft alice", "15000 ended"]);
}

#[test]
fn what_is_not_possible_is_written_down_and_drawn() {
    let world = in_a_call(json!([{"at": 3_000, "peer": "alice", "app": {"answerSwitch": true}}])).unwrap();
    assert_eq!(learned(&world, "alice"), ["3000 nobody asks to switch"]);
    assert!(world.chart().to_string().contains("✗ nobody asks to"), "{}", world.chart());
}

#[test]
fn an_app_without_the_layer_is_a_step_that_makes_no_sense() {
    let steps = json!([{"peer": "alice", "start": true}, {"peer": "alice", "app": "answer"}]);
    let scenario: Scenario = serde_json::from_value(json!({"name": "none", "steps": steps})).unwrap();
    let error = World::play(&scenario).err().unwrap().to_string();
    assert_eq!(error, "step 2: the app of peer `alice` has no layer for that: name it in `layers`");
}

#[test]
fn a_scenario_and_a_trace_with_layers_are_read_as_they_are_written() {
    let then = json!([
        {"at": 3_000, "peer": "alice", "app": {"setBusy": true}},
        {"at": 4_000, "peer": "alice", "app": {"inviteMore": ["bob"]}},
        {"at": 5_000, "peer": "bob", "app": {"media": "localFailed"}},
    ]);
    let text = in_a_call(then).unwrap().trace().to_string();
    assert_eq!(Trace::parse(&text).unwrap().to_string(), text);
    let text = include_str!("../../docs/scenarios/call-invite-more.json");
    let scenario: Scenario = serde_json::from_str(text).unwrap();
    let again = serde_json::from_value(serde_json::to_value(&scenario).unwrap()).unwrap();
    assert_eq!(scenario, again);
}

/// A chart of alice, who takes in or gives out these.
fn drawn(lines: &[Value]) -> String {
    let header = json!({"scenario": "s", "sdk": "convoke", "startMs": 0, "layers": {"calls": {}}});
    let lines = lines.iter().map(|line| {
        let mut line = line.clone();
        line["t"] = 0.into();
        line["peer"] = "alice".into();
        format!("\n{line}")
    });
    Chart::new(&Trace::parse(&(header.to_string() + &lines.collect::<String>())).unwrap()).to_string()
}

#[test]
fn each_deed_and_event_is_drawn_in_plain_words() {
    let deeds = [
        (json!({"dial": {"to": ["bob"], "media": "audio", "room": 7}}), "calls bob: audio"),
        (json!({"dial": {"to": ["bob"], "media": "audio", "room": 7, "group": "team"}}), "calls bob in team: audio"),
        (json!("decline"), "declines"),
        (json!({"inviteMore": ["bob", "carol"]}), "calls bob, carol, too"),
        (json!({"join": {"group": "team", "media": "video", "room": 7}}), "joins in team: video"),
        (json!({"switch": "audio"}), "asks for audio"),
        (json!({"answerSwitch": true}), "agrees"),
        (json!({"answerSwitch": false}), "does not agree"),
        (json!({"setBusy": true}), "is busy from now on"),
        (json!({"setBusy": false}), "is busy no more"),
        (json!({"media": "localEntered"}), "enters the room"),
        (json!({"media": "localFailed"}), "the media fails"),
        (json!({"media": {"remoteEntered": "bob"}}), "bob enters"),
        (json!({"media": {"remoteLeft": "b\u{1b}ob"}}), "b\\u{1b}ob leaves"),
    ];
    let events = [
        (json!({"notSwitched": {"call": 0}}), "goes on as before"),
        (json!({"notComing": {"call": 0, "who": "bob", "reason": {"busy": "bob"}}}), "without bob: busy"),
        (
            json!({"notComing": {"call": 0, "who": "bob", "reason": {"sendFailed": 7}}}),
            "bob: the service refused it (7)",
        ),
        (json!({"failed": {"call": 0, "code": 7}}), "✗ answer refused: 7, rings again"),
        (json!({"of a later version": {}}), r#"{"call":{"of a later version":{}}}"#),
    ];
    let deeds = deeds.map(|(deed, words)| (json!({"in": {"app": deed}}), words));
    let events = events.map(|(event, words)| (json!({"out": {"call": event}}), words));
    for (line, words) in deeds.into_iter().chain(events) {
        let drawn = drawn(core::slice::from_ref(&line));
        assert!(drawn.contains(words), "{line}\n{drawn}");
    }
}
