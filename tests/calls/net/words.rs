//! What the tests say, and what is told, in short.

use convoke::Invite;
use convoke::call::{CallEvent, Command};

use super::Phone;

/// An invitation of a game, which is no call.
pub(crate) fn game(to: &str) -> Invite {
    Invite::to(to).timeout(30).data(r#"{"businessID":"chess"}"#)
}

pub(crate) fn commands(phone: &Phone) -> Vec<(u64, Command)> {
    phone.said().into_iter().map(|(action, data)| (action, data.command)).collect()
}

pub(crate) fn short(event: &CallEvent) -> String {
    match event {
        CallEvent::Ringing { by, .. } => format!("ringing by {by}"),
        CallEvent::Answered { by, .. } => format!("answered by {by}"),
        CallEvent::NotComing { who, reason, .. } => format!("{who} not coming: {}", reason),
        CallEvent::Connected { .. } => "connected".into(),
        CallEvent::Resumed { .. } => "resumed".into(),
        CallEvent::SwitchAsked { media, .. } => format!("asked for {media:?}"),
        CallEvent::Switched { media, .. } => format!("switched to {media:?}"),
        CallEvent::NotSwitched { .. } => "not switched".into(),
        CallEvent::InGroup { by, .. } => format!("call in the group by {by}"),
        CallEvent::OverInGroup { .. } => "over in the group".into(),
        CallEvent::Failed { code, .. } => format!("failed: {code}"),
        CallEvent::Ended(record) => {
            let duration = record.duration.map_or(String::new(), |duration| format!(" after {} s", duration.as_secs()));
            let missed = if record.is_missed { ", missed" } else { "" };
            format!("ended: {}{duration}{missed}", record.reason)
        }
        _ => panic!("an event that this test does not know"),
    }
}
