//! The flows of seats, played: what the layer tells each app, what it writes, and what becomes of that in the store.

use std::collections::{BTreeMap, BTreeSet};

use convoke::UserId;
use convoke::seats::{Request, RequestKind, Seat, SeatEvent, WhyOver, WriteResult};
use convoke::sim::{Deed, In, LayerEvent, SeatDeed, Trace, What};

use super::{Flow, assert_told, each_told, in_rooms, play, play_until};

/// What each device of a scenario is told, in order: the second, and what.
pub(super) fn flows() -> impl Iterator<Item = &'static (&'static str, Flow)> {
    in_rooms::TOLD.iter()
}

#[test]
fn each_flow_of_seats_tells_each_app_what_it_promises() {
    for (name, devices) in flows() {
        assert_told(name, devices, &told(&play(name).trace()));
    }
}

#[test]
fn m1_whoever_is_in_the_room_at_the_end_sees_the_same_seats_and_nobody_is_on_two() {
    for (name, _) in flows() {
        let trace = play(name).trace();
        let boards = boards(&trace);
        let first = boards.values().next().unwrap();
        for (peer, board) in &boards {
            assert_eq!(board, first, "{name}: {peer}");
        }
        let users: BTreeSet<_> = first.values().filter_map(|seat| seat.user.as_ref()).collect();
        assert_eq!(users.len(), first.values().filter(|seat| seat.user.is_some()).count(), "{name}: {first:?}");
    }
}

#[test]
fn no_flow_of_seats_leaves_an_open_invitation() {
    for (name, devices) in flows() {
        let mut world = play(name);
        world.run_until(300_000);
        for (peer, _) in *devices {
            assert_eq!(world.engine(peer).unwrap().stats().open, 0, "{name}: {peer} still waits");
        }
    }
}

#[test]
fn m5_who_decide_see_one_queue_in_the_order_in_which_the_service_took_it() {
    let world = play_until("seats-applications", 5_000);
    for peer in ["olga", "max"] {
        let queue = world.seats(peer).unwrap().applications(world.engine(peer).unwrap());
        let queue: Vec<_> = queue.iter().map(|request| request.by().as_str()).collect();
        assert_eq!(queue, ["dave", "bob", "carol"], "{peer}");
    }
}

/// The seats as each member has them who is there at the end.
fn boards(trace: &Trace) -> BTreeMap<&str, BTreeMap<u32, Seat>> {
    let mut boards: BTreeMap<&str, BTreeMap<u32, Seat>> = BTreeMap::new();
    for event in &trace.events {
        match &event.what {
            What::In(In::Start { .. } | In::Crash) => drop(boards.insert(&event.peer, BTreeMap::new())),
            What::In(In::Left(left)) if left.user == *event.peer => drop(boards.remove(&*event.peer)),
            What::In(_) => {}
            What::Out(out) => {
                if let Ok(LayerEvent::Seat(SeatEvent::Changed { seat, now, .. })) = serde_json::from_value(out.clone())
                    && let Some(board) = boards.get_mut(&*event.peer)
                {
                    board.insert(seat, now);
                    board.retain(|_, seat| *seat != Seat::default());
                }
            }
        }
    }
    boards
}

/// What each app was told, and its store answered, in short. What the store tells of the attributes is seen by what changes.
fn told(trace: &Trace) -> Vec<(String, String)> {
    each_told(trace, |what| match what {
        What::In(In::App(Deed::Seat(SeatDeed::WriteResult { result, .. }))) => Some(answered(*result)),
        What::Out(out) if out.get("seat").is_some() => in_short(&serde_json::from_value(out.clone()).unwrap()),
        What::In(_) | What::Out(_) => None,
    })
}

fn answered(result: WriteResult) -> String {
    match result {
        WriteResult::Written { version } => format!("written: {version}"),
        WriteResult::Conflict => "conflict".to_owned(),
        WriteResult::Failed { code } => format!("failed: {code}"),
        WriteResult::Unknown => "unknown".to_owned(),
    }
}

pub(super) fn in_short(event: &LayerEvent) -> Option<String> {
    let LayerEvent::Seat(event) = event else { panic!("{event:?}") };
    let text = match event {
        SeatEvent::Read => return None,
        SeatEvent::Write { version, .. } => format!("writes on {version}"),
        SeatEvent::Changed { seat, now, .. } => format!("seat {seat}: {}", on_it(now)),
        SeatEvent::Asked { request, .. } => {
            let seat = request.seat.map_or_else(|| "any seat".to_owned(), |seat| format!("seat {seat}"));
            format!("asked: {}, {seat}", of(request))
        }
        SeatEvent::Decided { request, by, is_accepted, .. } => {
            format!("{} {} by {by}", of(request), if *is_accepted { "accepted" } else { "declined" })
        }
        SeatEvent::Over { request, why, .. } => format!("{} {}", of(request), over(*why)),
        SeatEvent::NotDone { why, .. } => format!("not done: {why}"),
        SeatEvent::NotSent { .. } | _ => panic!("{event:?}"),
    };
    Some(text)
}

fn on_it(seat: &Seat) -> String {
    let marks = [(seat.is_muted, ", muted"), (seat.is_locked, ", locked")];
    let marks: String = marks.iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| *mark).collect();
    format!("{}{marks}", seat.user.as_ref().map_or("free", UserId::as_str))
}

fn of(request: &Request) -> String {
    let what = match request.kind {
        RequestKind::Application => "application",
        RequestKind::Invitation => "invitation",
    };
    format!("{}'s {what}", request.by())
}

fn over(why: WhyOver) -> &'static str {
    match why {
        WhyOver::Withdrawn => "withdrawn",
        WhyOver::Expired => "expired",
        WhyOver::Left => "left",
        WhyOver::NotSent(_) | _ => panic!("{why:?}"),
    }
}
