//! What the users and the media hosts do with the layers of their apps, and what those tell, in few words.

mod class;

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::Value;

use super::super::apps::{Deed, LayerEvent};
use super::super::printable::printable;
use super::measure::shorten;
use super::model::Tone;
use super::seats;
use super::words::names;
use crate::call::{CallEvent, CallRecord, EndReason, MediaReport};
use crate::id::{GroupId, UserId};

/// How much is shown of an event that is not known here.
const WIDTH: usize = 48;

/// `None`: this is nothing that one tells.
pub(super) fn deed(deed: &Deed) -> Option<(Tone, String)> {
    let mut tone = Tone::Quiet;
    let text = match deed {
        Deed::Dial { group, to, media, .. } => format!("calls {}{}: {media}", users(to), place(group.as_ref())),
        Deed::Answer => "answers".to_owned(),
        Deed::Decline => "declines".to_owned(),
        Deed::HangUp => "hangs up".to_owned(),
        Deed::InviteMore(more) => format!("calls {}, too", users(more)),
        Deed::Join { group, media, .. } => format!("joins{}: {media}", place(Some(group))),
        Deed::Switch(media) => format!("asks for {media}"),
        Deed::AnswerSwitch(true) => "agrees".to_owned(),
        Deed::AnswerSwitch(false) => "does not agree".to_owned(),
        Deed::SetBusy(true) => "is busy from now on".to_owned(),
        Deed::SetBusy(false) => "is busy no more".to_owned(),
        Deed::Media(MediaReport::LocalEntered) => "enters the room".to_owned(),
        Deed::Media(MediaReport::LocalFailed) => "the media fails".to_owned(),
        Deed::Media(MediaReport::RemoteEntered(user)) => format!("{user} enters"),
        Deed::Media(MediaReport::RemoteLeft(user)) => format!("{user} leaves"),
        Deed::Class(deed) => class::deed(deed),
        Deed::Seat(deed) => {
            let (of_seat, text) = seats::deed(deed)?;
            tone = of_seat;
            text
        }
    };
    Some((tone, printable(&text).into_owned()))
}

/// What a layer tells; `None`: this is nothing that one tells.
pub(super) fn told(out: &Value) -> Option<(Tone, String)> {
    if let Some(why) = out.get("refused") {
        let why = why.as_str().unwrap_or_default();
        return Some((Tone::Failure, format!("✗ {}", printable(why))));
    }
    ["call", "class", "seat"].into_iter().find_map(|layer| out.get(layer))?;
    let (tone, text) = match serde_json::from_value(out.clone()) {
        Ok(LayerEvent::Call(CallEvent::Failed { code, .. })) => {
            (Tone::Failure, format!("✗ answer refused: {code}, rings again"))
        }
        Ok(LayerEvent::Call(event)) => (Tone::Callback, call(&event)),
        Ok(LayerEvent::Class(event)) => class::told(&event),
        Ok(LayerEvent::Seat(event)) => seats::told(&event)?,
        Err(_) => (Tone::Quiet, shorten(&out.to_string(), WIDTH)),
    };
    Some((tone, printable(&text).into_owned()))
}

fn call(event: &CallEvent) -> String {
    match event {
        CallEvent::Ringing { by, group, others, media, .. } => {
            format!("rings: {by}{}, {media}{}", place(group.as_ref()), company(others))
        }
        CallEvent::Answered { by, .. } => format!("answered by {by}"),
        CallEvent::NotComing { who, reason, .. } => format!("without {who}: {}", without(reason)),
        CallEvent::Connected { .. } => "connected".to_owned(),
        CallEvent::SwitchAsked { media, .. } => format!("asked for {media}"),
        CallEvent::Switched { media, .. } => format!("goes on with {media}"),
        CallEvent::NotSwitched { .. } => "goes on as before".to_owned(),
        CallEvent::Resumed { .. } => "the call goes on".to_owned(),
        CallEvent::InGroup { group, by, media, .. } => format!("a call{}: {by}, {media}", place(Some(group))),
        CallEvent::OverInGroup { group, .. } => format!("the call{} is over", place(Some(group))),
        CallEvent::Failed { code, .. } => format!("answer refused: {code}, rings again"),
        CallEvent::Ended(record) => ended(record),
    }
}

/// `ended: hung up by alice, 12 s`: why, how long it was, and what the call log marks.
fn ended(record: &CallRecord) -> String {
    let mut text = format!("ended: {}", record.reason);
    if let Some(duration) = record.duration {
        text.push_str(&format!(", {} s", duration.as_secs()));
    }
    if record.is_missed {
        text.push_str(", missed");
    }
    text
}

/// Why somebody does not come, whose name is said.
fn without(reason: &EndReason) -> String {
    match reason {
        EndReason::HungUp(_) => "hung up".to_owned(),
        EndReason::Declined(_) => "declined".to_owned(),
        EndReason::Busy(_) => "busy".to_owned(),
        EndReason::NoResponse
        | EndReason::Cancelled
        | EndReason::AnsweredElsewhere
        | EndReason::DeclinedElsewhere
        | EndReason::Glare
        | EndReason::Superseded
        | EndReason::MediaFailed
        | EndReason::NotSent
        | EndReason::SendFailed(_)
        | EndReason::LeftGroup => reason.to_string(),
    }
}

fn place(group: Option<&GroupId>) -> String {
    group.map_or_else(String::new, |group| format!(" in {group}"))
}

fn company(others: &[UserId]) -> String {
    if others.is_empty() { String::new() } else { format!(", with {}", users(others)) }
}

fn users(users: &[UserId]) -> String {
    let users: Vec<_> = users.iter().map(|user| user.as_str().to_owned()).collect();
    names(&users)
}
