//! The flows of classes, played: what each app is told, which hands are up and who speaks, and what the messages say.

use convoke::classroom::{ClassData, ClassEvent};
use convoke::sim::{LayerEvent, Trace, What, World};
use serde_json::Value;

use super::{assert_told, each_told, in_class, play, play_until, scenario};

/// The lists at a moment of a scenario, in ms: the hands of each round, and who speaks.
type Lists = (&'static str, i64, &'static str, &'static str);

/// Those that all who are there hold alike.
const LISTS: &[Lists] = &[
    ("class-raise-hands", 7_000, "alice: bob, carol, dave", ""),
    ("class-raise-hands", 12_000, "alice: bob, carol", "bob"),
    ("class-raise-hands", 18_000, "alice: bob, carol", "carol"),
    ("class-several-teachers", 6_000, "alice: bob, carol; frank: carol, bob", ""),
    ("class-several-teachers", 11_000, "alice: carol; frank: carol, bob", ""),
    ("class-several-teachers", 13_000, "frank: carol, bob", ""),
    ("class-one-speaks", 5_000, "", "carol"),
    ("class-one-speaks", 9_000, "", "bob"),
    ("class-one-speaks", 15_000, "", "dave"),
    ("class-late-comer", 42_000, "alice: bob", "carol"),
    ("class-late-comer", 47_000, "alice: bob", ""),
    ("class-other-apps", 5_000, "alice: bob", ""),
    ("class-other-apps", 9_000, "alice: dave", ""),
    ("class-other-apps", 14_000, "alice: dave; gina: carol", ""),
    ("class-large", 4_500, "alice: frank, bob", ""),
    ("class-large", 15_000, "alice: bob", "bob"),
];

#[test]
fn each_flow_of_classes_tells_each_app_what_it_promises() {
    for (name, peers) in in_class::TOLD {
        assert_told(name, peers, &told(&play(name).trace()));
    }
}

#[test]
fn h4_all_who_are_there_hold_the_same_lists() {
    for (name, ms, hands, speakers) in LISTS {
        let world = play_until(name, *ms);
        for peer in scenario(name).groups["class"].iter() {
            assert_eq!(lists(&world, peer), (hands.to_string(), speakers.to_string()), "{name}, {ms} ms: {peer}");
        }
    }
}

#[test]
fn no_flow_of_classes_leaves_a_round_or_an_open_invitation() {
    for (name, peers) in in_class::TOLD {
        let mut world = play(name);
        assert!(peers.iter().all(|(peer, _)| lists(&world, peer) == (String::new(), String::new())), "{name}");
        world.run_until(300_000);
        for (peer, _) in *peers {
            // A word waits for no answer (`T4`).
            let pending = world.engine(peer).unwrap().invitations().filter(|open| open.deadline().is_some());
            assert_eq!(pending.count(), 0, "{name}: {peer} still waits");
        }
    }
}

#[test]
fn h3_who_finds_no_free_place_waits() {
    let world = play_until("class-one-speaks", 9_000);
    let waiting = |peer: &str| world.classroom(peer).unwrap().waiting().map(|who| who.to_string()).collect::<Vec<_>>();
    assert_eq!((waiting("alice"), waiting("frank")), (vec!["dave".to_owned()], vec![]));
}

#[test]
fn h5_h6_a_round_of_several_messages_says_in_each_what_it_is_about() {
    let trace = play("class-large").trace();
    let said: Vec<_> = trace.events.iter().filter_map(|event| Some((&*event.peer, said(&event.what)?))).collect();
    let round = said[0].1.2.clone();
    let speech = said.iter().find(|(_, (_, op, _))| op == "speak").unwrap().1.2.clone();
    let in_short = said.iter().map(|(peer, (to, op, id))| {
        let about = if *id == round { "round" } else { "speech" };
        assert!([&round, &speech].contains(&id), "{id}");
        format!("{peer} to {to}: {op}, {about}")
    });
    let expected = [
        "alice to bob, carol: raise_hand, round",
        "alice to dave, erin, frank: raise_hand, round",
        "frank to frank: raise_hand, round",
        "bob to bob: raise_hand, round",
        "erin to erin: raise_hand, round",
        "alice to frank: lower_hand of frank, round",
        "carol to carol: raise_hand, round",
        "dave to dave: raise_hand, round",
        "alice to bob: speak, speech",
        "bob to bob: speak, speech",
        "bob to alice: stop to alice, speech",
        "alice to bob: close, round",
    ];
    assert_eq!(in_short.collect::<Vec<_>>(), expected);
}

/// Whom a message lists, what its data says, and of which round or speech.
fn said(what: &What) -> Option<(String, String, String)> {
    let What::Out(out) = what else { return None };
    let payload: Value = serde_json::from_str(out.pointer("/send/data")?.as_str()?).ok()?;
    let list: Vec<String> = serde_json::from_value(payload.get("inviteeList")?.clone()).ok()?;
    let data = ClassData::read(payload.get("data")?.as_str()?)?;
    let op = serde_json::to_value(data.op).ok()?.as_str()?.to_owned();
    let user = data.user.map_or_else(String::new, |user| format!(" of {user}"));
    let teacher = data.teacher.map_or_else(String::new, |teacher| format!(" to {teacher}"));
    Some((list.join(", "), format!("{op}{user}{teacher}"), data.round?.to_string()))
}

/// The hands of each round, and who speaks, as a peer sees them; nothing, if it is not there.
fn lists(world: &World, peer: &str) -> (String, String) {
    let (class, engine) = (world.classroom(peer).unwrap(), world.engine(peer).unwrap());
    let names = |users: Vec<convoke::UserId>| users.iter().map(|user| user.as_str()).collect::<Vec<_>>().join(", ");
    let rounds = class.rounds().map(|round| format!("{}: {}", round.teacher, names(class.hands(engine, round))));
    let speakers = class.speakers().map(|(_, who)| who.clone()).collect();
    (rounds.collect::<Vec<_>>().join("; "), names(speakers))
}

/// What each app was told, in short.
fn told(trace: &Trace) -> Vec<(String, String)> {
    each_told(trace, |what| {
        let What::Out(out) = what else { return None };
        out.get("class").map(|_| in_short(&serde_json::from_value(out.clone()).unwrap()))
    })
}

pub(super) fn in_short(event: &LayerEvent) -> String {
    let LayerEvent::Class(event) = event else { panic!("{event:?}") };
    match event {
        ClassEvent::Opened { round, .. } => format!("{} asks", round.teacher),
        ClassEvent::Asked { round, .. } => format!("rings: a hand for {}", round.teacher),
        ClassEvent::HandRaised { round, who, .. } => format!("up for {}: {who}", round.teacher),
        ClassEvent::HandLowered { round, who, .. } => format!("down for {}: {who}", round.teacher),
        ClassEvent::HandsChanged { round, .. } => format!("hands for {}", round.teacher),
        ClassEvent::Closed { round, .. } => format!("over: {}", round.teacher),
        ClassEvent::Granted { who, .. } => format!("granted: {who}"),
        ClassEvent::Invited { speech, .. } => format!("rings: speak for {}", speech.teacher),
        ClassEvent::RingStopped { .. } => "stops ringing".to_owned(),
        ClassEvent::Speaking { who, .. } => format!("speaks: {who}"),
        ClassEvent::Stopped { who, .. } => format!("stopped: {who}"),
        ClassEvent::NotReached { .. }
        | ClassEvent::NotGranted { .. }
        | ClassEvent::Declined { .. }
        | ClassEvent::Failed { .. }
        | _ => panic!("{event:?}"),
    }
}
