//! The flows of calls, played: what the layer tells each app, what its media host reports, and who says how long it was.

use convoke::call::{CallData, CallEvent, CallRecord, CallRole, Command, MediaReport, RoomId};
use convoke::sim::{Deed, In, LayerEvent, Trace, What};
use serde_json::Value;

use super::{Flow, assert_told, between_two, each_told, of_many, play};

/// What each device of a scenario is told, in order: the second, and what.
pub(super) fn flows() -> impl Iterator<Item = &'static (&'static str, Flow)> {
    between_two::TOLD.iter().chain(of_many::TOLD)
}

/// A hang-up: who says it, and how long it says that the call was, in seconds.
type HangUp = (&'static str, Option<u32>);

/// Those of each scenario. Where nobody remains, nobody says one (`K8`).
const HANG_UPS: &[(&str, &[HangUp])] = &[
    ("call-video", &[("bob", Some(12))]),
    ("call-hang-ups-cross", &[]),
    ("call-late-answer", &[("alice", Some(0))]),
    ("call-log", &[]),
    ("call-never-connected", &[("alice", Some(0))]),
    ("call-invite-more", &[("dave", Some(6))]),
    ("call-group-of-four", &[("dave", Some(12))]),
    ("call-several", &[("alice", Some(7))]),
];

#[test]
fn each_flow_of_calls_tells_each_app_what_it_promises() {
    for (name, devices) in flows() {
        assert_told(name, devices, &told(&play(name).trace()));
    }
}

#[test]
fn no_flow_of_calls_leaves_a_call_or_an_open_invitation() {
    for (name, devices) in flows() {
        let mut world = play(name);
        world.run_until(300_000);
        for (peer, _) in *devices {
            // As in the other flows: of a hang-up nobody waits for an answer (`T4`).
            let pending = world.engine(peer).unwrap().invitations().filter(|open| open.deadline().is_some());
            assert_eq!(pending.count(), 0, "{name}: {peer} still waits");
        }
        let trace = world.trace();
        for (peer, _) in *devices {
            let of_peer = || trace.events.iter().filter(|event| event.peer == *peer);
            let began = of_peer().filter(|event| begins(&event.what)).count();
            let ended = told(&trace).iter().filter(|(who, what)| who == peer && what.contains("ended")).count();
            // A call that never rang has an end only.
            assert!(began <= ended + of_peer().filter(|event| is_crash(&event.what)).count(), "{name}: {peer}");
        }
    }
}

#[test]
fn k8_who_remains_says_how_long_the_call_was() {
    for (name, expected) in HANG_UPS {
        let trace = play(name).trace();
        let said: Vec<_> =
            trace.events.iter().filter_map(|event| Some((&*event.peer, hang_up(&event.what)?))).collect();
        assert_eq!(said, *expected, "{name}");
    }
}

fn begins(what: &What) -> bool {
    match what {
        What::In(In::App(Deed::Dial { .. } | Deed::Join { .. })) => true,
        What::Out(out) => out.pointer("/call/ringing").is_some(),
        What::In(_) => false,
    }
}

fn is_crash(what: &What) -> bool {
    matches!(what, What::In(In::Crash))
}

/// The seconds that a hang-up says, if this is one.
fn hang_up(what: &What) -> Option<Option<u32>> {
    let What::Out(out) = what else { return None };
    let payload: Value = serde_json::from_str(out.pointer("/send/data")?.as_str()?).ok()?;
    let data = CallData::read(payload.get("data")?.as_str()?)?;
    (data.command == Command::HangUp).then_some(data.call_end)
}

/// What each app was told, and what its media host reported, in short.
fn told(trace: &Trace) -> Vec<(String, String)> {
    each_told(trace, |what| match what {
        What::In(In::App(Deed::Media(report))) => Some(reported(report)),
        What::Out(out) if out.get("call").is_some() => Some(in_short(&serde_json::from_value(out.clone()).unwrap())),
        What::In(_) | What::Out(_) => None,
    })
}

fn reported(report: &MediaReport) -> String {
    match report {
        MediaReport::LocalEntered => "in the room".to_owned(),
        MediaReport::LocalFailed => "media failed".to_owned(),
        MediaReport::RemoteEntered(user) => format!("{user} enters"),
        MediaReport::RemoteLeft(user) => format!("{user} leaves"),
    }
}

pub(super) fn in_short(event: &LayerEvent) -> String {
    let LayerEvent::Call(event) = event else { panic!("{event:?}") };
    match event {
        CallEvent::Ringing { by, group, others, media, room, .. } => {
            let place = group.as_ref().map_or_else(String::new, |group| format!(" in {group}"));
            format!("rings: {by}{place}, {media}, {}{}", number(*room), company(", with ", others))
        }
        CallEvent::Answered { by, media, room, .. } => format!("answered: {by}, {media}, {}", number(*room)),
        CallEvent::NotComing { who, reason, .. } => format!("not coming: {who}, {reason}"),
        CallEvent::Connected { .. } => "connected".to_owned(),
        CallEvent::SwitchAsked { media, .. } => format!("asked for {media}"),
        CallEvent::Switched { media, .. } => format!("goes on with {media}"),
        CallEvent::Resumed { room, .. } => format!("resumed, {}", number(*room)),
        CallEvent::InGroup { group, by, media, room, .. } => {
            format!("a call in {group}: {by}, {media}, {}", number(*room))
        }
        CallEvent::OverInGroup { group, .. } => format!("over in {group}"),
        CallEvent::Failed { code, .. } => format!("failed: {code}"),
        CallEvent::Ended(record) => ended(record),
        CallEvent::NotSwitched { .. } | _ => panic!("{event:?}"),
    }
}

fn ended(record: &CallRecord) -> String {
    let role = match record.role {
        CallRole::Caller => "caller",
        CallRole::Callee => "callee",
        CallRole::Joiner => "joiner",
    };
    let duration = record.duration.map_or_else(String::new, |duration| format!(", {} s", duration.as_secs()));
    let missed = if record.is_missed { ", missed" } else { "" };
    format!("ended: {}{duration}, {role}{}{missed}", record.reason, company(" with ", &record.with))
}

fn company(joint: &str, users: &[convoke::UserId]) -> String {
    let users: Vec<_> = users.iter().map(|user| user.as_str()).collect();
    if users.is_empty() { String::new() } else { format!("{joint}{}", users.join(", ")) }
}

fn number(room: Option<RoomId>) -> String {
    room.map_or_else(|| "no room".to_owned(), |room| format!("room {room}"))
}
