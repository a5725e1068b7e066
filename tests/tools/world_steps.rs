//! The steps of a scenario that only a bad world needs: clocks that are set, messages by hand, a connection that is cut; and its
//! seed and settings.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use convoke::sim::{Act, Deviations, Fault, In, Scenario, SimError, Trace, What, World, replay};
use convoke::{Callback, Outcome};
use serde_json::{Value, json};

/// Alice invites bob at 100 ms, for ten seconds, and then this happens. Mallory looks on.
fn calling(more: &Value) -> Value {
    let mut scenario = json!({
        "name": "calling", "untilMs": 30_000,
        "steps": [
            {"peer": "alice", "start": true},
            {"peer": "bob", "start": true},
            {"peer": "mallory", "start": true},
            {"at": 100, "peer": "alice", "call": "invite", "options": {"userID": "bob", "timeout": 10}, "as": "call"},
        ]
    });
    let steps = scenario.get_mut("steps").and_then(Value::as_array_mut).unwrap();
    steps.extend(more.as_array().unwrap().iter().cloned());
    scenario
}

fn play(scenario: &Value) -> World {
    let read: Scenario = serde_json::from_value(scenario.clone()).unwrap();
    let written: Scenario = serde_json::from_str(&serde_json::to_string(&read).unwrap()).unwrap();
    assert_eq!(written, read);
    World::play(&read).unwrap()
}

/// What a peer was told, and at which second.
fn told(scenario: &Value, peer: &str) -> Vec<String> {
    let mut world = play(scenario);
    let callbacks = std::iter::from_fn(|| world.next_callback(30_000)).filter(|told| told.peer == peer);
    callbacks.map(|told| format!("{} {}", told.t / 1_000, told.callback.name())).collect()
}

/// What became of the messages to a peer that changed nothing.
fn dispositions(world: &World, peer: &str) -> Vec<Value> {
    let trace = world.trace();
    let events = trace.events.iter().filter(|event| event.peer == peer);
    let outs = events.filter_map(|event| match &event.what {
        What::Out(out) => out.get("disposition").cloned(),
        What::In(_) => None,
    });
    outs.collect()
}

#[test]
fn a_clock_that_is_set_forward_fires_what_is_due_by_it() {
    let usual = ["0 onReceiveNewInvitation", "10 onInvitationTimeout", "10 ended"];
    assert_eq!(told(&calling(&json!([])), "bob"), usual);
    let forward = json!([{"at": 2_000, "peer": "bob", "setClock": 60_000}]);
    let early = ["0 onReceiveNewInvitation", "2 onInvitationTimeout", "2 ended"];
    assert_eq!(told(&calling(&forward), "bob"), early);
}

#[test]
fn a_clock_that_is_set_back_stands_still_for_the_engine() {
    let back = json!([{"at": 2_000, "peer": "bob", "setClock": -60_000}]);
    let by_alice = ["0 onReceiveNewInvitation", "15 onInvitationTimeout", "15 ended"];
    assert_eq!(told(&calling(&back), "bob"), by_alice);
    let and_right = json!([
        {"at": 2_000, "peer": "bob", "setClock": -60_000},
        {"at": 3_000, "peer": "bob", "setClock": 0},
    ]);
    let usual = ["0 onReceiveNewInvitation", "10 onInvitationTimeout", "10 ended"];
    assert_eq!(told(&calling(&and_right), "bob"), usual);
}

#[test]
fn a_clock_is_set_where_somebody_runs_and_within_reach() {
    let mut world = World::new(1);
    let act = Act::SetClock { skew_ms: 1 };
    assert!(matches!(world.act("alice", act.clone()), Err(SimError::NoPeer(_))));
    world.sign_in("alice").unwrap();
    assert!(matches!(world.act("alice", Act::SetClock { skew_ms: i64::MAX }), Err(SimError::FarOff(_))));
    world.act("alice", Act::Sleep).unwrap();
    assert!(matches!(world.act("alice", act), Err(SimError::NotRunning(_))));
}

#[test]
fn a_message_by_hand_comes_from_who_sends_it_whatever_it_says() {
    let cancel = json!({"actionType": 2, "inviter": "alice", "inviteeList": ["bob"]});
    let by =
        |peer: &str| json!([{"at": 2_000, "peer": peer, "post": {"to": "bob", "data": cancel}, "invitation": "call"}]);
    let forged = play(&calling(&by("mallory")));
    assert_eq!(dispositions(&forged, "bob"), [json!({"refused": "wrongConversation"})]);
    let names = |world: &World| world.callbacks("bob").map(Callback::name).collect::<Vec<_>>();
    assert!(!names(&forged).contains(&"onInvitationCancelled"));
    let by_herself = play(&calling(&by("alice")));
    assert!(names(&by_herself).contains(&"onInvitationCancelled"));
}

#[test]
fn in_a_text_by_hand_the_id_stands_where_it_is_asked_for() {
    let text = r#"{"inviteID":"$id","actionType":3,"inviter":"alice","inviteeList":["bob"],"data":"$id"}"#;
    let world = play(&calling(&json!([
        {"at": 2_000, "peer": "bob", "post": {"to": "alice", "data": text}, "invitation": "call"},
        {"at": 3_000, "peer": "bob", "post": {"to": "alice", "data": "hello"}},
    ])));
    let has_id = |callback: &Callback| {
        matches!(callback, Callback::InviteeAccepted { invitation, data, .. }
            if data.as_str() == invitation.invite_id().as_str())
    };
    assert!(world.callbacks("alice").any(has_id));
    assert_eq!(dispositions(&world, "alice").first(), Some(&json!("notSignaling")));
}

#[test]
fn a_message_by_hand_can_be_an_edit_and_can_go_to_a_group() {
    let edit = json!({"actionType": 1, "inviter": "alice", "inviteeList": ["bob"], "data": "video"});
    let world = play(&calling(&json!([
        {"at": 2_000, "peer": "alice", "post": {"to": "bob", "data": edit, "edit": true}, "invitation": "call"},
    ])));
    let modified =
        |callback: &Callback| matches!(callback, Callback::InvitationModified { data, .. } if *data == "video");
    assert!(world.callbacks("bob").any(modified));

    let ring = json!({
        "inviteID": "by hand", "actionType": 1, "inviter": "mallory", "inviteeList": ["bob"], "groupID": "room",
        "timeout": 5,
    });
    let mut scenario = calling(&json!([
        {"at": 2_000, "peer": "mallory", "post": {"to": "room", "conversationType": "GROUP", "data": ring}},
    ]));
    scenario.as_object_mut().unwrap().insert("groups".into(), json!({"room": ["bob", "mallory"]}));
    let world = play(&scenario);
    let rings =
        |peer: &str| world.callbacks(peer).filter(|callback| callback.name() == "onReceiveNewInvitation").count();
    assert_eq!((rings("bob"), rings("alice")), (2, 0), "alice is not in the group");
}

#[test]
fn in_a_text_about_no_invitation_a_dollar_is_a_dollar() {
    let world = play(&calling(&json!([{"at": 2_000, "peer": "bob", "post": {"to": "alice", "data": "1 $id"}}])));
    assert!(world.trace().to_string().contains(r#""data":"1 $id""#));
}

#[test]
fn a_trace_with_messages_by_hand_happens_again() {
    let invite = json!({"actionType": 1, "inviter": "mallory", "inviteeList": ["bob"], "timeout": 5});
    let edit = json!({"actionType": 1, "inviter": "alice", "inviteeList": ["bob"], "data": "video"});
    let world = play(&calling(&json!([
        {"at": 2_000, "peer": "alice", "post": {"to": "bob", "data": "hello"}},
        {"at": 2_000, "peer": "mallory", "post": {"to": "bob", "data": invite}, "invitation": "call"},
        {"at": 3_000, "peer": "alice", "post": {"to": "bob", "data": edit, "edit": true}, "invitation": "call"},
        {"at": 3_000, "peer": "mallory", "call": "invite", "options": {"userID": "bob", "timeout": 10}, "as": "other"},
        {"at": 4_000, "peer": "bob", "call": "accept", "invitation": "other"},
    ])));
    let trace = Trace::parse(&world.trace().to_string()).unwrap();
    assert_eq!(trace, world.trace());
    let replay = replay(&trace, &Deviations::declared().unwrap()).unwrap();
    assert_eq!(replay.difference, None);
    assert_eq!(replay.trace.events.len(), trace.events.len());
}

#[test]
fn random_worlds_with_messages_by_hand_happen_again() {
    let posts = |world: &Scenario| world.steps.iter().any(|step| matches!(step.act, Act::Post { .. }));
    for scenario in (0..).map(Scenario::random).filter(posts).take(10) {
        let trace = World::play(&scenario).unwrap().trace();
        assert_eq!(replay(&trace, &Deviations::declared().unwrap()).unwrap().difference, None, "{}", scenario.name);
    }
}

#[test]
fn a_group_of_which_nobody_said_who_is_in_it_is_not_called_asked_or_joined() {
    let step = |step: Value| json!([{"peer": "alice", "start": true}, step]);
    let deed = |deed: Value| step(json!({"peer": "alice", "app": deed}));
    let post = json!({"to": "hall", "conversationType": "GROUP", "data": ""});
    for (layers, steps, number) in [
        (json!({"classroom": {"group": "hall"}}), step(json!({"peer": "bob", "start": true})), 1),
        (
            json!({"seats": {"room": "hall", "config": {"owner": "alice"}}}),
            step(json!({"peer": "bob", "start": true})),
            1,
        ),
        (json!({"calls": {}}), deed(json!({"dial": {"to": ["bob"], "group": "hall", "media": "audio", "room": 1}})), 2),
        (json!({"calls": {}}), deed(json!({"join": {"group": "hall", "media": "audio", "room": 1}})), 2),
        (json!({}), step(json!({"peer": "alice", "post": post})), 2),
    ] {
        let scenario = json!({"name": "odd", "groups": {"room": ["alice"]}, "layers": layers, "steps": steps});
        let error = World::play(&serde_json::from_value(scenario).unwrap()).err().unwrap().to_string();
        assert_eq!(error, format!("step {number}: no group `hall`: say in `groups` who is in it"));
    }
}

#[test]
fn who_does_not_run_sends_nothing_by_hand() {
    let scenario = calling(&json!([
        {"at": 1_000, "peer": "mallory", "sleep": true},
        {"at": 2_000, "peer": "mallory", "post": {"to": "bob", "data": "hello"}},
    ]));
    let error = World::play(&serde_json::from_value(scenario).unwrap()).err().unwrap();
    assert!(matches!(error.cause, SimError::NotRunning(_)), "{error}");
    assert_eq!(error.number, 6);
}

/// What alice sends each second, and when it arrives, in tenths of a second.
fn arrivals(fault: &Value) -> Vec<(String, i64)> {
    let texts = (1..6).map(
        |second| json!({"at": second * 1_000, "peer": "alice", "post": {"to": "bob", "data": format!("{second}")}}),
    );
    let steps: Vec<Value> = [json!({"peer": "alice", "start": true}), json!({"peer": "bob", "start": true})]
        .into_iter()
        .chain(texts)
        .collect();
    let world = play(&json!({"name": "texts", "latencyMs": 100, "faults": [fault], "steps": steps}));
    let trace = world.trace();
    let events = trace.events.iter().filter(|event| event.peer == "bob");
    let messages = events.filter_map(|event| match &event.what {
        What::In(In::Message(message)) => Some((message.data.clone(), event.t / 100)),
        What::In(_) | What::Out(_) => None,
    });
    messages.collect()
}

#[test]
fn while_the_connection_is_cut_nothing_comes_through_and_then_all_of_it_in_its_order() {
    let cut = json!({"match": {"sinceMs": 2_000, "beforeMs": 4_000}, "untilMs": 4_000});
    let texts = ["1", "2", "3", "4", "5"].map(str::to_owned);
    let with_times = |times: [i64; 5]| texts.iter().cloned().zip(times).collect::<Vec<_>>();
    assert_eq!(arrivals(&cut), with_times([11, 40, 40, 41, 51]));
    assert_eq!(serde_json::to_value(Fault::cut(2_000, 4_000)).unwrap(), cut);
}

#[test]
fn a_fault_of_a_time_begins_at_one_moment_and_is_over_at_the_other() {
    let came = |fault: Value| arrivals(&fault).into_iter().map(|(text, _)| text).collect::<String>();
    assert_eq!(came(json!({"match": {"sinceMs": 3_000}, "drop": true})), "12");
    assert_eq!(came(json!({"match": {"sinceMs": 3_001}, "drop": true})), "123");
    assert_eq!(came(json!({"match": {"beforeMs": 3_000}, "drop": true})), "345");
    assert_eq!(came(json!({"match": {"beforeMs": 3_001}, "drop": true})), "45");
}

#[test]
fn what_comes_until_a_moment_comes_not_before_it_and_not_later_for_it() {
    let times = |fault: Value| arrivals(&fault).into_iter().map(|(_, at)| at).collect::<Vec<_>>();
    assert_eq!(times(json!({"untilMs": 3_000})), [30, 30, 31, 41, 51]);
    assert_eq!(times(json!({"untilMs": 0})), [11, 21, 31, 41, 51]);
}

#[test]
fn the_seed_of_a_scenario_decides_its_ids_and_is_1_where_it_gives_none() {
    let id = |seed: Option<u64>| {
        let mut scenario = calling(&json!([]));
        let fields = scenario.as_object_mut().unwrap();
        seed.map(|seed| fields.insert("seed".into(), seed.into()));
        let world = play(&scenario);
        let id = world.callbacks("bob").next().map(|callback| callback.invitation().invite_id().clone());
        id.unwrap()
    };
    assert_eq!(id(None), id(Some(1)));
    assert_eq!(id(Some(2)), id(Some(2)));
    assert_ne!(id(Some(1)), id(Some(2)));
}

#[test]
fn the_settings_of_a_scenario_are_those_of_every_engine() {
    let mut scenario = calling(&json!([]));
    scenario.as_object_mut().unwrap().insert("config".into(), json!({"minRing": 11_000, "grace": 1_000}));
    let names = |peer: &str| told(&scenario, peer);
    assert_eq!(names("bob"), ["0 missed", "10 onInvitationTimeout", "10 ended"], "ten seconds are too little");
    let world = play(&scenario);
    let id = world.callbacks("bob").next().unwrap().invitation().invite_id().clone();
    let outcome = |peer: &str| world.engine(peer).unwrap().invitation(&id).unwrap().outcome_of("bob");
    assert_eq!((outcome("alice"), outcome("bob")), (Some(Outcome::TimedOut), Some(Outcome::TimedOut)));

    scenario.as_object_mut().unwrap().insert("config".into(), json!({"minRinging": 1}));
    let error = serde_json::from_value::<Scenario>(scenario).err().unwrap().to_string();
    assert!(error.starts_with("unknown field `minRinging`"), "{error}");
}
