//! The flow of all layers on one engine, played: each tells its own, and what is none of theirs passes them by.

use std::mem;

use convoke::Callback;
use convoke::sim::{Act, Deed, LayerEvent, Scenario, Told, Trace, What, World};

use super::{Flows, assert_told, calls, classes, play, scenario, seats};

const NAME: &str = "all-layers";

/// What each device is told by the layers.
pub(super) const TOLD: Flows = &[(
    NAME,
    &[
        (
            "alice",
            &[
                "2 up for alice: bob",
                "4 alice's invitation accepted by carol",
                "4 writes on 0",
                "4 seat 2: carol",
                "10 speaks: bob",
                "13 stopped: bob",
                "15 over: alice",
                "17 seat 2: free",
            ],
        ),
        (
            "bob",
            &[
                "1 alice asks",
                "1 rings: a hand for alice",
                "2 up for alice: bob",
                "2 hands for alice",
                "4 seat 2: carol",
                "5 rings: dave, audio, room 2001",
                "6 connected",
                "9 rings: speak for alice",
                "10 speaks: bob",
                "11 ended: hung up by dave, 5 s, callee with dave",
                "13 stopped: bob",
                "15 over: alice",
                "17 seat 2: free",
            ],
        ),
        (
            "carol",
            &[
                "1 alice asks",
                "1 rings: a hand for alice",
                "2 up for alice: bob",
                "3 asked: alice's invitation, seat 2",
                "4 seat 2: carol",
                "10 speaks: bob",
                "13 stopped: bob",
                "15 over: alice",
                "15 stops ringing",
                "17 writes on 1",
                "17 seat 2: free",
            ],
        ),
        (
            "dave",
            &["6 answered: bob, audio, room 2001", "6 connected", "11 ended: hung up by dave, 4 s, caller with bob"],
        ),
    ],
)];

#[test]
fn each_layer_tells_its_own() {
    for (name, devices) in TOLD {
        let told = told(&play(name).trace()).into_iter().map(|line| (line.peer, line.text));
        assert_told(name, devices, &told.collect::<Vec<_>>());
    }
}

#[test]
fn foreign_data_passes_all_layers_by_as_it_is() {
    let mut world = play(NAME);
    let mut callbacks = Vec::new();
    while let Some(Told { t, peer, callback, .. }) = world.next_callback(world.now_ms()) {
        let what = if let Callback::NewInvitation { data, .. } = &callback {
            format!("rings: {}", data.as_str())
        } else if let Callback::InviteeAccepted { data, .. } = &callback {
            format!("accepted: {}", data.as_str())
        } else {
            assert!(matches!(callback, Callback::Ended { .. }), "{callback:?}");
            "ended".to_owned()
        };
        callbacks.push(format!("{} {peer} {what}", t / 1_000));
    }
    let expected =
        [r#"7 bob rings: {"gift":"rose"}"#, "8 bob ended", r#"8 carol accepted: {"gift":"thanks"}"#, "8 carol ended"];
    assert_eq!(callbacks, expected);
}

#[test]
fn each_layer_does_as_it_would_alone() {
    let together = told(&play(NAME).trace());
    for layer in [LayerOf::Calls, LayerOf::Class, LayerOf::Seats] {
        let alone = told(&World::play(&alone(layer)).unwrap().trace());
        assert!(!alone.is_empty());
        let of_layer: Vec<_> = together.iter().filter(|line| line.layer == layer).collect();
        assert_eq!(of_layer, alone.iter().collect::<Vec<_>>(), "{layer:?}");
    }
}

#[test]
fn nothing_is_left_of_any() {
    let mut world = play(NAME);
    world.run_until(300_000);
    for peer in ["alice", "bob", "carol", "dave"] {
        let pending = world.engine(peer).unwrap().invitations().filter(|open| open.deadline().is_some());
        assert_eq!(pending.count(), 0, "{peer} still waits");
        let class = world.classroom(peer).unwrap();
        assert_eq!((class.rounds().count(), class.speakers().count()), (0, 0), "{peer}");
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LayerOf {
    Calls,
    Class,
    Seats,
}

/// What an app was told, by which of its layers.
#[derive(Debug, PartialEq, Eq)]
struct Line {
    peer: String,
    layer: LayerOf,
    text: String,
}

/// The flow with one of the layers, and what is done to that one.
fn alone(layer: LayerOf) -> Scenario {
    let mut scenario = scenario(NAME);
    let all = mem::take(&mut scenario.layers);
    match layer {
        LayerOf::Calls => scenario.layers.calls = all.calls,
        LayerOf::Class => scenario.layers.classroom = all.classroom,
        LayerOf::Seats => scenario.layers.seats = all.seats,
    }
    scenario.steps.retain(|step| {
        if let Act::App(deed) = &step.act {
            let is_of_class = matches!(deed, Deed::Class(_));
            let is_of_seats = matches!(deed, Deed::Seat(_));
            return match layer {
                LayerOf::Calls => !is_of_class && !is_of_seats,
                LayerOf::Class => is_of_class,
                LayerOf::Seats => is_of_seats,
            };
        }
        matches!(step.act, Act::Start { .. })
    });
    scenario
}

fn told(trace: &Trace) -> Vec<Line> {
    let events = trace.events.iter().filter_map(|event| {
        let What::Out(out) = &event.what else { return None };
        let layer = [("call", LayerOf::Calls), ("class", LayerOf::Class), ("seat", LayerOf::Seats)];
        let (_, layer) = layer.into_iter().find(|(key, _)| out.get(key).is_some())?;
        let told: LayerEvent = serde_json::from_value(out.clone()).unwrap();
        let text = match layer {
            LayerOf::Calls => calls::in_short(&told),
            LayerOf::Class => classes::in_short(&told),
            LayerOf::Seats => seats::in_short(&told)?,
        };
        Some(Line { peer: event.peer.clone(), layer, text: format!("{} {text}", event.t / 1_000) })
    });
    events.collect()
}
