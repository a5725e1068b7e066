//! What is done with the seats of a room, and what is told of them, in few words.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::super::apps::SeatDeed;
use super::model::Tone;
use super::words::names;
use crate::seats::{Request, RequestKind, Seat, SeatEvent, WhyNot, WhyOver, Wish, WriteResult};

/// `None`: what the store tells of the attributes is seen by what changes.
pub(super) fn deed(deed: &SeatDeed) -> Option<(Tone, String)> {
    let text = match deed {
        SeatDeed::Apply(seat) => format!("applies for {}", place(*seat)),
        SeatDeed::Withdraw => "withdraws".to_owned(),
        SeatDeed::Decide { user, accept: true } => format!("lets {user}"),
        SeatDeed::Decide { user, accept: false } => format!("refuses {user}"),
        SeatDeed::Invite { user, seat } => format!("invites {user} onto {}", place(*seat)),
        SeatDeed::TakeBack(user) => format!("invites {user} no more"),
        SeatDeed::Accept => "accepts".to_owned(),
        SeatDeed::Decline => "declines".to_owned(),
        SeatDeed::Take(seat) => format!("takes {}", place(*seat)),
        SeatDeed::Leave => "leaves the seat".to_owned(),
        SeatDeed::MoveTo(seat) => format!("moves to seat {seat}"),
        SeatDeed::Remove(user) => format!("removes {user}"),
        SeatDeed::Lock(seat) => format!("locks seat {seat}"),
        SeatDeed::Unlock(seat) => format!("unlocks seat {seat}"),
        SeatDeed::Mute(user) => format!("mutes {user}"),
        SeatDeed::Unmute(user) => format!("unmutes {user}"),
        SeatDeed::Exit => "is about to leave the room".to_owned(),
        SeatDeed::Attributes { .. } => return None,
        SeatDeed::WriteResult { result, .. } => return Some(result_of(*result)),
    };
    Some((Tone::Quiet, text))
}

fn result_of(result: WriteResult) -> (Tone, String) {
    match result {
        WriteResult::Written { version } => (Tone::Quiet, format!("written: version {version}")),
        WriteResult::Conflict => (Tone::Failure, "✗ conflict: another one wrote first".to_owned()),
        WriteResult::Failed { code } => (Tone::Failure, format!("✗ the store refused it ({code})")),
        WriteResult::Unknown => (Tone::Failure, "✗ nobody knows whether it is written".to_owned()),
    }
}

/// `None`: to read is nothing that one tells.
pub(super) fn told(event: &SeatEvent) -> Option<(Tone, String)> {
    let text = match event {
        SeatEvent::Read => return None,
        SeatEvent::Write { version, changes, .. } => {
            return Some((Tone::Quiet, format!("writes on version {version}: {}", changes_in(changes))));
        }
        SeatEvent::Changed { seat, now } => changed(*seat, now),
        SeatEvent::Asked { request } => match request.kind {
            RequestKind::Application => format!("{} asks for {}", request.by(), place(request.seat)),
            RequestKind::Invitation => format!("{} invites onto {}", request.by(), place(request.seat)),
        },
        SeatEvent::Decided { request, by, is_accepted } => {
            format!("{}: {} by {by}", what(request), if *is_accepted { "accepted" } else { "declined" })
        }
        SeatEvent::Over { request, why } => format!("{}: {}", what(request), over(*why)),
        SeatEvent::NotSent { code, .. } => return Some((Tone::Failure, format!("✗ decision refused: {code}"))),
        SeatEvent::NotDone { wish, why } => {
            return Some((Tone::Failure, format!("✗ {}: {}", wanted(wish), why_not(why))));
        }
    };
    Some((Tone::Callback, text))
}

/// `seat 3: carol, muted`.
fn changed(number: u32, seat: &Seat) -> String {
    let user = seat.user.as_ref().map_or("free", |user| user.as_str());
    let marks = [(seat.is_muted, ", muted"), (seat.is_locked, ", locked")];
    let marks: String = marks.iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| *mark).collect();
    format!("seat {number}: {user}{marks}")
}

/// `seat 3 carol`, as far as it is seats.
fn changes_in(changes: &[(String, String)]) -> String {
    let words = changes.iter().map(|(name, value)| match (name.strip_prefix("seat"), Seat::read(value)) {
        (Some(number), Some(seat)) => {
            let lock = if seat.is_locked { "locked" } else { "free" };
            format!("seat {number} {}", seat.user.as_ref().map_or(lock, |user| user.as_str()))
        }
        (_, _) => name.clone(),
    });
    names(&words.collect::<Vec<_>>())
}

/// Whose request it is, which is named by who asks, or by the user who is asked onto a seat.
fn what(request: &Request) -> String {
    let (by, seat) = (request.by(), place(request.seat));
    match request.kind {
        RequestKind::Application => format!("{by} for {seat}"),
        RequestKind::Invitation => format!("{by}'s invitation"),
    }
}

fn over(why: WhyOver) -> String {
    match why {
        WhyOver::Withdrawn => "withdrawn".to_owned(),
        WhyOver::Expired => "expired".to_owned(),
        WhyOver::Left => "left the room".to_owned(),
        WhyOver::NotSent(code) => format!("not sent ({code})"),
    }
}

fn wanted(wish: &Wish) -> String {
    match wish {
        Wish::Take { user, seat, .. } => format!("{user} onto {}", place(*seat)),
        Wish::Leave { user } => format!("{user} off the seat"),
        Wish::Move { user, seat } => format!("{user} to seat {seat}"),
        Wish::Lock { seat, is_locked: true } => format!("seat {seat} locked"),
        Wish::Lock { seat, is_locked: false } => format!("seat {seat} unlocked"),
        Wish::Mute { user, is_muted: true } => format!("{user} muted"),
        Wish::Mute { user, is_muted: false } => format!("{user} unmuted"),
    }
}

fn why_not(why: &WhyNot) -> String {
    match why {
        WhyNot::Taken(by) => format!("{by} is on it"),
        WhyNot::Locked
        | WhyNot::Full
        | WhyNot::AlreadySeated(_)
        | WhyNot::NotSeated
        | WhyNot::NoSuchSeat
        | WhyNot::Conflicts
        | WhyNot::NotInTime
        | WhyNot::TooMany
        | WhyNot::Failed(_) => why.to_string(),
    }
}

fn place(seat: Option<u32>) -> String {
    seat.map_or_else(|| "a seat".to_owned(), |seat| format!("seat {seat}"))
}
