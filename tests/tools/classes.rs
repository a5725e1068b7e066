//! Apps with a class in a world: what they do and tell, what is saved with them, and how it is written down and drawn.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use convoke::sim::{Chart, Deviations, Scenario, StepError, Trace, What, World, replay};
use serde_json::{Value, json};

/// A world in which alice has asked bob and carol, and both have raised a hand; then these steps.
fn with_hands(then: Value) -> Result<World, StepError> {
    let class = |deed: Value| json!({ "class": deed });
    let mut steps = json!([
        {"peer": "alice", "start": true},
        {"peer": "bob", "start": true},
        {"peer": "carol", "start": true},
        {"at": 100, "peer": "alice", "app": class(json!({"ask": {"students": ["bob", "carol"], "timeS": 20}}))},
        {"at": 1_000, "peer": "carol", "app": class(json!({"raise": "alice"}))},
        {"at": 2_000, "peer": "bob", "app": class(json!({"raise": "alice"}))},
    ]);
    let Value::Array(then) = then else { unreachable!("steps are a list") };
    steps.as_array_mut().unwrap().extend(then);
    let scenario = json!({
        "name": "with hands", "layers": {"classroom": {"group": "physics"}, "calls": {}},
        "groups": {"physics": ["alice", "bob", "carol"]}, "untilMs": 20_000, "steps": steps,
    });
    World::play(&serde_json::from_value::<Scenario>(scenario).unwrap())
}

/// The hands that are up in the only round, as a peer sees them.
fn hands(world: &World, peer: &str) -> Vec<String> {
    let (class, engine) = (world.classroom(peer).unwrap(), world.engine(peer).unwrap());
    class.rounds().flat_map(|round| class.hands(engine, round)).map(|who| who.to_string()).collect()
}

/// What a peer is told from 3 s on, by its name and whom it is about, or why it was refused.
fn told(world: &World, peer: &str) -> Vec<String> {
    let trace = world.trace();
    let later = trace.events.iter().filter(|event| event.peer == peer && event.t >= 3_000);
    let lines = later.filter_map(|event| {
        let What::Out(out) = &event.what else { return None };
        if let Some(why) = out.get("refused") {
            return Some(why.as_str().unwrap().to_owned());
        }
        let (name, about) = out.get("class")?.as_object().unwrap().iter().next().unwrap();
        Some(about.get("who").and_then(Value::as_str).map_or_else(|| name.clone(), |who| format!("{name} {who}")))
    });
    lines.collect()
}

#[test]
fn each_app_has_its_class() {
    let world = with_hands(json!([])).unwrap();
    for peer in ["alice", "bob", "carol"] {
        assert_eq!(hands(&world, peer), ["carol", "bob"], "{peer}");
    }
    assert!(world.classroom("dave").is_none());
    assert_eq!(world.callbacks("alice").count(), 0, "they are the class's");
    assert!(world.chart().to_string().contains("invite 20 s: raise_"), "{}", world.chart());
}

#[test]
fn the_hand_of_who_leaves_the_group_goes_down() {
    let world = with_hands(json!([{"at": 3_000, "peer": "carol", "leave": "physics"}])).unwrap();
    for peer in ["alice", "bob", "carol"] {
        assert_eq!(told(&world, peer), ["handLowered carol"], "{peer}");
        assert_eq!(hands(&world, peer), ["bob"], "{peer}");
    }
}

#[test]
fn a_class_comes_back_from_what_was_saved() {
    let then = json!([
        {"at": 3_000, "peer": "alice", "save": true},
        {"at": 4_000, "peer": "alice", "crash": true},
        {"at": 5_000, "peer": "bob", "app": {"class": {"lower": {"teacher": "alice", "who": "bob"}}}},
        {"at": 6_000, "peer": "alice", "online": "hot"},
    ]);
    let world = with_hands(then).unwrap();
    assert_eq!(told(&world, "alice"), ["handLowered bob"]);
    assert_eq!(hands(&world, "alice"), ["carol"]);
}

#[test]
fn what_is_not_possible_in_a_class_is_written_down() {
    let class = |at: i64, peer: &str, deed: Value| json!({"at": at, "peer": peer, "app": {"class": deed}});
    let then = json!([
        class(3_000, "bob", json!({"close": "alice"})),
        class(3_100, "bob", json!({"raise": "alice"})),
        class(3_200, "bob", json!({"stop": "carol"})),
        class(3_300, "bob", json!({"grant": {"student": "bob", "timeS": 20}})),
        class(3_400, "bob", json!({"withdraw": "carol"})),
    ]);
    let none = "there is no such round or speech";
    let world = with_hands(then).unwrap();
    assert_eq!(told(&world, "bob"), ["this is the teacher's to do", none, none, "one cannot invite oneself", none]);
    assert!(world.chart().to_string().contains("✗ this is the"), "{}", world.chart());
}

#[test]
fn an_app_without_a_class_is_a_step_that_makes_no_sense() {
    let steps = json!([{"peer": "alice", "start": true}, {"peer": "alice", "app": {"class": {"close": "alice"}}}]);
    let layers = json!({"calls": {}});
    let scenario = json!({"name": "none", "layers": layers, "steps": steps});
    let error = World::play(&serde_json::from_value(scenario).unwrap()).err().unwrap().to_string();
    assert_eq!(error, "step 2: the app of peer `alice` has no layer for that: name it in `layers`");
}

#[test]
fn a_trace_with_a_class_is_read_as_it_is_written_and_happens_again() {
    let then = json!([
        {"at": 3_000, "peer": "alice", "app": {"class": {"grant": {"student": "carol", "timeS": 20}}}},
        {"at": 4_000, "peer": "carol", "app": {"class": {"acceptSpeech": "alice"}}},
        {"at": 5_000, "peer": "alice", "app": {"class": {"stop": "carol"}}},
        {"at": 6_000, "peer": "alice", "app": {"class": {"close": "alice"}}},
    ]);
    let world = with_hands(then).unwrap();
    assert_eq!(told(&world, "bob"), ["speaking carol", "stopped carol", "closed"]);
    let text = world.trace().to_string();
    let trace = Trace::parse(&text).unwrap();
    assert_eq!(trace.to_string(), text);
    assert!(replay(&trace, &Deviations::declared().unwrap()).unwrap().difference.is_none());
}

/// A chart of alice, who takes in or gives out this.
fn drawn(line: &Value) -> String {
    let layers = json!({"classroom": {"group": "physics", "config": {"speakers": 2}}});
    let header = json!({"scenario": "s", "sdk": "convoke", "startMs": 0, "layers": layers});
    let mut line = line.clone();
    line["t"] = 0.into();
    line["peer"] = "alice".into();
    Chart::new(&Trace::parse(&format!("{header}\n{line}")).unwrap()).to_string()
}

#[test]
fn each_deed_in_a_class_is_drawn_in_plain_words() {
    let deeds = [
        (json!({"ask": {"students": ["bob", "carol"], "timeS": 20}}), "asks bob, carol for hands"),
        (json!({"raise": "bob"}), "raises a hand for bob"),
        (json!({"decline": "bob"}), "raises no hand for bob"),
        (json!({"lower": {"teacher": "bob", "who": "carol"}}), "lowers carol's hand for bob"),
        (json!({"lowerAll": "b\u{1b}ob"}), "lowers all hands for b\\u{1b}ob"),
        (json!({"close": "bob"}), "closes bob's round"),
        (json!({"grant": {"student": "bob", "timeS": 20}}), "lets bob speak"),
        (json!({"withdraw": "bob"}), "no longer lets bob speak"),
        (json!({"acceptSpeech": "bob"}), "begins to speak"),
        (json!({"declineSpeech": "bob"}), "does not want to speak"),
        (json!({"stop": "bob"}), "stops bob's speech"),
    ];
    for (deed, words) in deeds {
        let drawn = drawn(&json!({"in": {"app": {"class": deed}}}));
        assert!(drawn.contains(words), "{words}\n{drawn}");
    }
}

#[test]
fn each_event_of_a_class_is_drawn_in_plain_words() {
    let round = json!({"teacher": "dan", "id": "1-0"});
    let who = json!({"round": round, "speech": round, "who": "bob"});
    let events = [
        ("opened", json!({"round": round}), "dan asks for hands"),
        ("asked", json!({"round": round, "deadline": 7}), "rings: a hand for dan?"),
        ("handRaised", who.clone(), "bob's hand is up for dan"),
        ("handLowered", who.clone(), "bob's hand is down for dan"),
        ("handsChanged", json!({"round": round}), "the hands for dan change"),
        ("closed", json!({"round": round}), "dan's round is over"),
        ("notReached", json!({"round": round, "students": ["bob"], "code": 7}), "✗ not reached: bob (7)"),
        ("notReached", json!({"round": round, "students": ["bob"], "code": null}), "✗ not reached: bob"),
        ("granted", who.clone(), "a place is free for bob"),
        ("notGranted", who.clone(), "✗ bob could not be let speak"),
        ("invited", json!({"speech": round, "deadline": null}), "rings: dan lets you speak"),
        ("ringStopped", json!({"round": round}), "stops ringing"),
        ("declined", who.clone(), "bob does not speak"),
        ("speaking", who.clone(), "bob speaks"),
        ("stopped", who, "bob speaks no more"),
        ("failed", json!({"round": round, "op": "raise_hand", "code": 7}), "✗ hand refused: 7"),
        ("failed", json!({"round": round, "op": "lower_hand", "code": 7}), "✗ lowering refused: 7"),
        ("failed", json!({"round": round, "op": "speak", "code": 7}), "✗ speech refused: 7"),
        ("failed", json!({"round": round, "op": "stop", "code": 7}), "✗ stop refused: 7"),
        ("failed", json!({"round": round, "op": "close", "code": 7}), "✗ close refused: 7"),
        ("of a later version", json!({}), r#"{"class":{"of a later version":{}}}"#),
    ];
    for (name, event, words) in events {
        let drawn = drawn(&json!({"out": {"class": {name: event}}}));
        assert!(drawn.contains(words), "{words}\n{drawn}");
    }
}
