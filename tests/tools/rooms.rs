//! Rooms with seats in a world: the store of their attributes, and how what is done there is written down and drawn.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use convoke::sim::{Chart, Scenario, Trace, What, World};
use serde_json::{Value, json};

/// A room of olga's in which bob is, and eve is not, and olga has taken seat 0 after 1 s; then these steps.
fn in_a_room(then: Value) -> World {
    let mut steps = json!([
        {"peer": "olga", "start": true},
        {"peer": "bob", "start": true},
        {"peer": "eve", "start": true},
        {"at": 1_000, "peer": "olga", "app": {"seat": {"take": 0}}},
    ]);
    let Value::Array(then) = then else { unreachable!("steps are a list") };
    steps.as_array_mut().unwrap().extend(then);
    let scenario = json!({
        "name": "in a room", "layers": {"seats": {"room": "live", "config": {"owner": "olga", "moderators": ["eve"]}}},
        "groups": {"live": ["olga", "bob"]}, "untilMs": 40_000, "steps": steps,
    });
    World::play(&serde_json::from_value::<Scenario>(scenario).unwrap()).unwrap()
}

/// What the store tells a peer, and how it changes the seats, from then on.
fn told(world: &World, peer: &str, since: i64) -> Vec<String> {
    let trace = world.trace();
    let later = trace.events.iter().filter(|event| event.peer == peer && event.t >= since);
    let told = later.filter_map(|event| {
        let what = match &event.what {
            What::In(taken) => {
                let seat = serde_json::to_value(taken).unwrap().pointer("/app/seat").cloned()?;
                let version = seat.pointer("/attributes/version").map(|version| format!("version {version}"));
                version.or_else(|| Some(seat.pointer("/writeResult/result")?.to_string()))?
            }
            What::Out(out) => {
                let changed = out.pointer("/seat/changed")?;
                format!("seat {}: {}", changed["seat"], changed["now"]["user"].as_str().unwrap_or("free"))
            }
        };
        Some(format!("{} {what}", event.t))
    });
    told.collect()
}

#[test]
fn what_is_written_and_what_is_read_takes_the_latency() {
    let world = in_a_room(json!([]));
    let olga = ["40 version 0", r#"1040 {"written":{"version":1}}"#, "1040 seat 0: olga"];
    assert_eq!(told(&world, "olga", 0), olga);
    assert_eq!(told(&world, "bob", 0), ["40 version 0", "1040 version 1", "1040 seat 0: olga"]);
    assert_eq!(told(&world, "eve", 0), ["40 version 0"], "only members hear of it");
}

#[test]
fn who_is_not_in_the_group_writes_nothing() {
    let world = in_a_room(json!([{"at": 500, "peer": "eve", "app": {"seat": {"take": 3}}}]));
    assert_eq!(told(&world, "eve", 500), [r#"540 {"failed":{"code":10007}}"#]);
    assert_eq!(told(&world, "olga", 1_000).len(), 2, "{}", world.chart());
}

#[test]
fn who_comes_back_is_handed_what_was_written_meanwhile() {
    for away in ["offline", "sleep", "crash"] {
        let then = json!([
            {"at": 500, "peer": "bob", away: true},
            {"at": 5_000, "peer": "bob", "online": "hot"},
        ]);
        let world = in_a_room(then);
        assert_eq!(told(&world, "bob", 500), ["5040 version 1", "5040 seat 0: olga"], "{away}");
    }
}

#[test]
fn whoever_crashes_before_the_answer_asks_the_store_again() {
    let then = json!([
        {"at": 2_000, "peer": "olga", "saveFirst": true},
        {"at": 3_000, "peer": "olga", "app": {"seat": {"moveTo": 4}}},
        {"at": 3_020, "peer": "olga", "crash": true},
        {"at": 3_030, "peer": "olga", "online": "hot"},
    ]);
    let world = in_a_room(then);
    assert_eq!(told(&world, "olga", 3_000), ["3070 version 2", "3070 seat 4: olga"]);
    assert_eq!(told(&world, "bob", 3_000), ["3040 version 2", "3040 seat 0: free", "3040 seat 4: olga"]);
}

#[test]
fn a_trace_of_seats_is_read_as_it_is_written() {
    let then = json!([
        {"at": 3_000, "peer": "olga", "app": {"seat": {"invite": {"user": "bob", "seat": 2}}}},
        {"at": 4_000, "peer": "olga", "app": {"seat": {"takeBack": "bob"}}},
        {"at": 5_000, "peer": "bob", "app": {"seat": "accept"}},
    ]);
    let world = in_a_room(then);
    let text = world.trace().to_string();
    assert_eq!(Trace::parse(&text).unwrap().to_string(), text);
    assert!(world.chart().to_string().contains("✗ nobody asks for that"), "{}", world.chart());
}

/// A chart of alice, who takes in or gives out this.
fn drawn(line: &Value) -> String {
    let header = json!({"scenario": "s", "sdk": "convoke", "startMs": 0});
    let mut line = line.clone();
    (line["t"], line["peer"]) = (0.into(), "alice".into());
    Chart::new(&Trace::parse(&format!("{header}\n{line}")).unwrap()).to_string()
}

#[test]
fn each_deed_and_event_of_seats_is_drawn_in_plain_words() {
    let deeds = [
        (json!({"apply": 3}), "applies for seat 3"),
        (json!({"apply": null}), "applies for a seat"),
        (json!("withdraw"), "withdraws"),
        (json!({"decide": {"user": "bob", "accept": true}}), "lets bob"),
        (json!({"decide": {"user": "b\u{1b}ob", "accept": false}}), "refuses b\\u{1b}ob"),
        (json!({"invite": {"user": "bob"}}), "invites bob onto a seat"),
        (json!({"takeBack": "bob"}), "invites bob no more"),
        (json!("accept"), "accepts"),
        (json!("decline"), "declines"),
        (json!({"take": 1}), "takes seat 1"),
        (json!("leave"), "leaves the seat"),
        (json!({"moveTo": 4}), "moves to seat 4"),
        (json!({"remove": "bob"}), "removes bob"),
        (json!({"lock": 4}), "locks seat 4"),
        (json!({"unlock": 4}), "unlocks seat 4"),
        (json!({"mute": "bob"}), "mutes bob"),
        (json!({"unmute": "bob"}), "unmutes bob"),
        (json!("exit"), "is about to leave the room"),
        (json!({"writeResult": {"ticket": 0, "result": {"written": {"version": 7}}}}), "written: version 7"),
        (json!({"writeResult": {"ticket": 0, "result": "conflict"}}), "✗ conflict"),
        (json!({"writeResult": {"ticket": 0, "result": {"failed": {"code": 7}}}}), "✗ the store refused it (7)"),
        (json!({"writeResult": {"ticket": 0, "result": "unknown"}}), "✗ nobody knows"),
    ];
    let asked = json!({"id": {"invite_id": "i", "inviter": "bob", "conversation": {"Group": "live"}}, "kind": "application", "seat": 3});
    let free = json!({"user": null, "isMuted": false, "isLocked": true});
    let changes = json!([["seat3", r#"{"user":"bob"}"#], ["seat4", r#"{"locked":true}"#], ["mood", "calm"]]);
    let events = [
        (
            json!({"write": {"ticket": 0, "version": 7, "changes": changes}}),
            "on version 7: seat 3 bob, seat 4 locked, mood",
        ),
        (json!({"changed": {"seat": 4, "now": free}}), "seat 4: free, locked"),
        (json!({"asked": {"request": asked}}), "bob asks for seat 3"),
        (json!({"over": {"request": asked, "why": "expired"}}), "bob for seat 3: expired"),
        (json!({"over": {"request": asked, "why": {"notSent": 7}}}), "not sent (7)"),
        (json!({"notSent": {"request": asked["id"], "code": 7}}), "✗ decision refused: 7"),
        (
            json!({"notDone": {"wish": {"leave": {"user": "bob"}}, "why": "conflicts"}}),
            "✗ bob off the seat: others wrote",
        ),
        (
            json!({"notDone": {"wish": {"move": {"user": "bob", "seat": 2}}, "why": "locked"}}),
            "✗ bob to seat 2: the seat",
        ),
        (
            json!({"notDone": {"wish": {"lock": {"seat": 2, "is_locked": true}}, "why": "tooMany"}}),
            "✗ seat 2 locked: too",
        ),
        (
            json!({"notDone": {"wish": {"mute": {"user": "bob", "is_muted": true}}, "why": "notSeated"}}),
            "✗ bob muted: the",
        ),
        (json!({"of a later version": {}}), r#"{"seat":{"of a later version":{}}}"#),
    ];
    let deeds = deeds.map(|(deed, words)| (json!({"in": {"app": {"seat": deed}}}), words));
    let events = events.map(|(event, words)| (json!({"out": {"seat": event}}), words));
    for (line, words) in deeds.into_iter().chain(events) {
        assert!(drawn(&line).contains(words), "{line}\n{}", drawn(&line));
    }
}
