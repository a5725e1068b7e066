//! What messages, callbacks, errors and the rest are called on a chart, in few words.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::Value;

use super::super::command::Method;
use super::super::intake::In;
use super::super::printable::printable;
use super::super::trace::{Trace, What};
use super::measure::shorten;
use super::model::Tone;
use crate::disposition::Disposition;

/// How much of the app's own string is worth showing.
const DATA_WIDTH: usize = 48;

/// What a payload says, as far as it can be read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Payload {
    action: Option<i64>,
    pub(super) invite_id: String,
    pub(super) inviter: String,
    pub(super) invitees: Vec<String>,
    /// In seconds.
    pub(super) timeout: i64,
    data: String,
}

impl Payload {
    pub(super) fn read(text: &str) -> Self {
        let json: Value = serde_json::from_str(text).unwrap_or_default();
        if !json.is_object() {
            return Self { data: text.to_owned(), ..Self::default() };
        }
        let action = json.get("actionType").and_then(Value::as_i64);
        Self {
            action,
            invite_id: text_of(&json, "inviteID").to_owned(),
            inviter: text_of(&json, "inviter").to_owned(),
            invitees: texts_of(&json, "inviteeList"),
            timeout: json.get("timeout").and_then(Value::as_i64).unwrap_or(0),
            data: if action.is_some() { text_of(&json, "data").to_owned() } else { text.to_owned() },
        }
    }

    pub(super) fn invites(&self) -> bool {
        self.action == Some(1)
    }

    pub(super) fn cancels(&self) -> bool {
        self.action == Some(2)
    }

    pub(super) fn is_timeout(&self) -> bool {
        self.action == Some(5)
    }

    /// The action, with the time that an invitation gives.
    pub(super) fn action(&self) -> String {
        match self.action {
            Some(1) if self.timeout > 0 => format!("invite {} s", self.timeout),
            Some(1) => "invite".to_owned(),
            Some(2) => "cancel".to_owned(),
            Some(3) => "accept".to_owned(),
            Some(4) => "reject".to_owned(),
            Some(5) => "timeout".to_owned(),
            Some(other) => format!("action {other}"),
            None => "text".to_owned(),
        }
    }

    /// In whose name it speaks, if not in the sender's.
    pub(super) fn forged_as(&self, sender: &str) -> Option<&str> {
        let own = self.invitees.first().filter(|_| self.invitees.len() == 1);
        let speaker = match self.action {
            Some(1 | 2) => Some(&self.inviter),
            Some(3 | 4) => own,
            Some(5) if own.is_some_and(|own| own == sender) => own,
            Some(5) => Some(&self.inviter),
            Some(_) | None => None,
        };
        speaker.map(String::as_str).filter(|speaker| !speaker.is_empty() && *speaker != sender)
    }

    /// The app's own string: of the call of a well-known kit what it asks for, else as it is.
    pub(super) fn data(&self) -> String {
        short_data(&self.data)
    }
}

fn short_data(data: &str) -> String {
    let json: Value = serde_json::from_str(data).unwrap_or_default();
    let of_class = json.get("op").filter(|_| json.get("app").is_some_and(|app| app == "classroom"));
    let command = json.pointer("/data/cmd").or(of_class).and_then(Value::as_str).filter(|command| !command.is_empty());
    let text = match (command, json.as_object()) {
        (Some(command), _) => command.to_owned(),
        (None, Some(fields)) if !fields.is_empty() => fields_of(fields),
        (None, _) => data.to_owned(),
    };
    shorten(&printable(&text), DATA_WIDTH)
}

/// `room_id 7, op raise_hand`: the punctuation of JSON is the most of a short object.
fn fields_of(fields: &serde_json::Map<String, Value>) -> String {
    // In an order of its own: that of a map depends on features that another crate may switch on.
    let fields: BTreeMap<_, _> = fields.iter().collect();
    let fields: Vec<_> = fields
        .iter()
        .map(|(name, value)| match value {
            Value::String(text) => format!("{name} {text}"),
            Value::Object(_) | Value::Array(_) => format!("{name} …"),
            Value::Null | Value::Bool(_) | Value::Number(_) => format!("{name} {value}"),
        })
        .collect();
    fields.join(", ")
}

/// A field that is a text, or nothing.
pub(super) fn text_of<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

pub(super) fn texts_of(value: &Value, field: &str) -> Vec<String> {
    let items = value.get(field).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    items.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// What a callback says, in the words of people; and which word stands for which documented name.
pub(super) struct Told {
    pub(super) text: String,
    pub(super) tone: Tone,
    pub(super) callback: Option<(&'static str, &'static str)>,
}

/// The words of a callback that is told to this user. A cancel does not say itself whom it is `about`: its message does.
pub(super) fn callback(callback: &Value, user: &str, about: &[String]) -> Told {
    let name = text_of(callback, "callback");
    let invitee = printable(text_of(callback, "invitee"));
    let list = || names(&texts_of(callback, "inviteeList"));
    let (text, documented) = match name {
        "onReceiveNewInvitation" if texts_of(callback, "inviteeList").iter().any(|invitee| invitee == user) => {
            ("rings".to_owned(), Some(("rings", "onReceiveNewInvitation")))
        }
        "onReceiveNewInvitation" => ("new invitation".to_owned(), Some(("new invitation", "onReceiveNewInvitation"))),
        "onInviteeAccepted" => (format!("{invitee} accepted"), Some(("accepted", "onInviteeAccepted"))),
        "onInviteeRejected" => (format!("{invitee} rejected"), Some(("rejected", "onInviteeRejected"))),
        "onInvitationCancelled" => (cancelled(callback, about), Some(("cancelled", "onInvitationCancelled"))),
        "onInvitationTimeout" => (format!("{} timed out", list()), Some(("timed out", "onInvitationTimeout"))),
        "onInvitationModified" => {
            (format!("data is {}", short_data(text_of(callback, "data"))), Some(("data is", "onInvitationModified")))
        }
        "inviteeLeft" => (format!("{invitee} left"), None),
        "missed" => (format!("missed: {}", spaced(text_of(callback, "reason"))), None),
        "lateAnswer" => (format!("late answer: {invitee} accepted"), None),
        "answeredElsewhere" => (format!("answered elsewhere: {}", printable(text_of(callback, "with"))), None),
        "operationFailed" => (failed_operation(callback), None),
        "ended" => (format!("ended: {}", outcomes(callback)), None),
        other => (printable(other).into_owned(), None),
    };
    let tone = if name == "operationFailed" { Tone::Failure } else { Tone::Callback };
    Told { text: with_marks(text, callback, about), tone, callback: documented }
}

/// Between two it needs no name.
fn cancelled(callback: &Value, about: &[String]) -> String {
    let needs_names = !text_of(callback, "groupID").is_empty() && callback.get("revises").is_none();
    if needs_names && !about.is_empty() { format!("cancelled for {}", names(about)) } else { "cancelled".to_owned() }
}

fn with_marks(mut text: String, callback: &Value, about: &[String]) -> String {
    if let Some(before) = callback.get("revises").and_then(Value::as_str) {
        let who = if about.len() == 1 { names(about) + " " } else { String::new() };
        text.push_str(&format!(" ({who}had {})", spaced(before)));
    }
    if callback.get("elsewhere").and_then(Value::as_bool) == Some(true) {
        text.push_str(" (elsewhere)");
    }
    text
}

fn failed_operation(callback: &Value) -> String {
    let code = callback.get("code").and_then(Value::as_i64).unwrap_or_default();
    let operation = printable(text_of(callback, "operation"));
    match text_of(callback, "outcome") {
        "" | "pending" => format!("✗ {operation} refused: {code}"),
        outcome => format!("✗ {operation} refused: {code}; it is {}", spaced(outcome)),
    }
}

/// `bob accepted; cancelled for carol, dave`: each outcome once.
fn outcomes(callback: &Value) -> String {
    let empty = serde_json::Map::new();
    let outcomes = callback.get("outcomes").and_then(Value::as_object).unwrap_or(&empty);
    let outcomes: BTreeMap<_, _> = outcomes.iter().collect();
    let mut groups: Vec<(&str, Vec<String>)> = Vec::new();
    for (user, outcome) in outcomes {
        let outcome = outcome.as_str().unwrap_or_default();
        match groups.iter_mut().find(|(known, _)| *known == outcome) {
            Some((_, users)) => users.push(user.to_owned()),
            None => groups.push((outcome, Vec::from([user.clone()]))),
        }
    }
    let groups: Vec<_> = groups
        .iter()
        .map(|(outcome, users)| match *outcome {
            // It is not their doing.
            "cancelled" => format!("cancelled for {}", names(users)),
            outcome => format!("{} {}", names(users), spaced(outcome)),
        })
        .collect();
    groups.join("; ")
}

pub(super) fn names(users: &[String]) -> String {
    let shown: Vec<_> = users.iter().take(4).map(|user| printable(user)).collect();
    let more = users.len().saturating_sub(shown.len());
    if more > 0 { format!("{} and {more} more", shown.join(", ")) } else { shown.join(", ") }
}

/// `timedOut` as `timed out`.
fn spaced(name: &str) -> String {
    let mut words = String::new();
    for char in printable(name).chars() {
        if char.is_ascii_uppercase() {
            words.push(' ');
        }
        words.push(char.to_ascii_lowercase());
    }
    words
}

/// What became of a message that changed nothing, or not yet. Of one that did, its callbacks tell.
pub(super) fn disposition(value: &Value) -> Option<(Tone, String)> {
    let (tone, text) = match serde_json::from_value(value.clone()) {
        Ok(Disposition::Applied) => return None,
        Ok(Disposition::Duplicate) => (Tone::Quiet, "known already".to_owned()),
        Ok(Disposition::Stale) => (Tone::Quiet, "too late to matter".to_owned()),
        Ok(Disposition::Buffered) => (Tone::Quiet, "kept until its invite comes".to_owned()),
        Ok(Disposition::Ignored) => (Tone::Quiet, "of an unknown kind".to_owned()),
        Ok(Disposition::NotSignaling) => (Tone::Quiet, "not signaling".to_owned()),
        Ok(Disposition::Refused(why)) => (Tone::Failure, format!("✗ refused: {why}")),
        Ok(Disposition::Malformed(why)) => (Tone::Failure, format!("✗ malformed: {why}")),
        Ok(Disposition::Backlog) => (Tone::Failure, "✗ too many outputs wait".to_owned()),
        Err(_) => (Tone::Quiet, shorten(&printable(&value.to_string()), DATA_WIDTH)),
    };
    Some((tone, text))
}

/// The name of an operation.
pub(super) fn operation(method: Method) -> String {
    serde_json::to_value(method).ok().and_then(|name| Some(name.as_str()?.to_owned())).unwrap_or_default()
}

/// What the code of a failed operation means.
pub(super) fn code(code: i64) -> String {
    match code {
        8001 => "8001 limit".to_owned(),
        8006 => "8006 another modification is in flight".to_owned(),
        8010 => "8010 not open".to_owned(),
        8011 => "8011 not yours to do".to_owned(),
        8012 => "8012 known already".to_owned(),
        6017 => "6017 bad argument".to_owned(),
        other => other.to_string(),
    }
}

/// Where a trace has several invitations, each has a number.
pub(super) struct Numbers(Vec<String>);

impl Numbers {
    pub(super) fn new(trace: &Trace) -> Self {
        let mut ids: Vec<String> = Vec::new();
        for event in &trace.events {
            let payloads: Vec<&str> = match &event.what {
                What::Out(out) => out.get("send").map(|send| text_of(send, "data")).into_iter().collect(),
                What::In(In::Message(message)) => Vec::from([message.data.as_str()]),
                What::In(In::Online { messages, .. }) => messages.iter().map(|message| message.data.as_str()).collect(),
                What::In(_) => Vec::new(),
            };
            for payload in payloads.into_iter().map(Payload::read).filter(Payload::invites) {
                if !ids.contains(&payload.invite_id) {
                    ids.push(payload.invite_id);
                }
            }
        }
        Self(ids)
    }

    /// ` #2`, or nothing where there is no second.
    pub(super) fn mark(&self, invite_id: &str) -> String {
        let number = self.0.iter().position(|id| id == invite_id).map(|at| at + 1);
        number.filter(|_| self.0.len() > 1).map_or_else(String::new, |number| format!(" #{number}"))
    }
}
