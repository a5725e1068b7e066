//! An exchange as text: one line an event, in the order of time.

use alloc::borrow::Cow;
use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use serde_json::Value;

use super::command::Message;
use super::intake::In;
use super::trace::{Trace, What};

/// What the peers of a trace did, to be printed: their messages, callbacks and failed operations, and what came to them
/// from outside.
///
/// ```text
///   0.100  alice  ──invite──▶ bob
///   0.140  bob    onReceiveNewInvitation  inviter alice
/// ```
pub struct Sequence {
    lines: Vec<Line>,
}

struct Line {
    t: i64,
    who: String,
    what: String,
}

impl Sequence {
    /// Of what happened in a trace.
    #[must_use]
    pub fn new(trace: &Trace) -> Self {
        let given = trace.events.iter().filter_map(|event| {
            let What::Out(out) = &event.what else { return None };
            Some(Line::new(event.t, &event.peer, told(out)?))
        });
        let mut lines: Vec<_> = from_outside(trace).into_iter().chain(given).collect();
        lines.sort_by_key(|line| line.t);
        Self { lines }
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.lines.iter().map(|line| line.who.chars().count()).max().unwrap_or(0);
        for Line { t, who, what } in &self.lines {
            let (secs, ms) = (t.div_euclid(1_000), t.rem_euclid(1_000));
            writeln!(f, "{secs:>5}.{ms:03}  {who:<width$}  {what}")?;
        }
        Ok(())
    }
}

impl Line {
    fn new(t: i64, who: &str, what: String) -> Self {
        Self { t, who: printable(who).into_owned(), what }
    }
}

/// What no peer of the trace did itself: connections, and messages that nobody here has sent.
fn from_outside(trace: &Trace) -> Vec<Line> {
    let id_of = |out: &Value| out.get("send").and_then(|send| Some(send.get("id")?.as_str()?.to_string()));
    let sent: BTreeSet<_> = trace
        .events
        .iter()
        .filter_map(|event| match &event.what {
            What::Out(out) => id_of(out),
            What::In(_) => None,
        })
        .collect();
    let is_foreign = |message: &Message| message.id.as_ref().is_none_or(|id| !sent.contains(id));
    let lines = trace.events.iter().filter_map(|event| {
        let What::In(taken) = &event.what else { return None };
        match taken {
            In::Message(message) if is_foreign(message) => {
                let what = format!("{} {}", arrow(action_of(&message.data)), printable(&message.to));
                Some(Line::new(event.t, message.from.as_str(), what))
            }
            In::Offline => Some(Line::new(event.t, &event.peer, "goes offline".into())),
            In::Online { messages, .. } => {
                let what = format!("comes back; {} messages wait", messages.len());
                Some(Line::new(event.t, &event.peer, what))
            }
            In::Start { .. }
            | In::Call { .. }
            | In::Message(_)
            | In::Modified(_)
            | In::Sleep
            | In::Save
            | In::Crash
            | In::Sending(_)
            | In::Release(_)
            | In::Left(_)
            | In::SyncClock { .. } => None,
        }
    });
    lines.collect()
}

fn told(out: &Value) -> Option<String> {
    let text = |value: &Value, field| value.get(field).and_then(Value::as_str).unwrap_or_default().to_string();
    if let Some(message) = out.get("send") {
        return Some(format!("{} {}", arrow(action_of(&text(message, "data"))), printable(&text(message, "to"))));
    }
    if let Some(message) = out.get("modify") {
        return Some(format!("{} {}", arrow("modify"), printable(&text(message, "to"))));
    }
    if out.get("callback").is_some() {
        return Some(called_back(out));
    }
    let code = out.get("code").and_then(Value::as_i64).filter(|code| *code != 0)?;
    Some(format!("{} fails: {code}", text(out, "result")))
}

fn arrow(action: &str) -> String {
    format!("──{action}──▶")
}

/// The callback's name, and those of its fields that say more than which invitation it is.
fn called_back(callback: &Value) -> String {
    let mut text = callback.get("callback").and_then(Value::as_str).unwrap_or_default().to_string();
    for field in ["inviter", "invitee", "inviteeList", "reason", "with", "operation", "code", "outcomes", "revises"] {
        if let Some(value) = callback.get(field) {
            text.push_str(&format!("  {field} {}", short(value)));
        }
    }
    if callback.get("elsewhere").is_some() {
        text.push_str("  elsewhere");
    }
    text
}

fn short(value: &Value) -> String {
    match value {
        Value::String(text) => printable(text).into_owned(),
        Value::Array(items) => items.iter().map(short).collect::<Vec<_>>().join(", "),
        Value::Object(fields) => fields
            .iter()
            .map(|(name, value)| format!("{} {}", printable(name), short(value)))
            .collect::<Vec<_>>()
            .join(", "),
        Value::Null | Value::Bool(_) | Value::Number(_) => value.to_string(),
    }
}

fn action_of(payload: &str) -> &'static str {
    let payload: Value = serde_json::from_str(payload).unwrap_or_default();
    match payload.get("actionType").and_then(Value::as_i64) {
        Some(1) => "invite",
        Some(2) => "cancel",
        Some(3) => "accept",
        Some(4) => "reject",
        Some(5) => "timeout",
        Some(_) | None => "message",
    }
}

/// A text from a trace on its way to a terminal: what could steer one is written out.
#[must_use]
pub fn printable(text: &str) -> Cow<'_, str> {
    if text.chars().any(char::is_control) { text.escape_debug().to_string().into() } else { text.into() }
}
