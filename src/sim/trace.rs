//! A recorded exchange: what every peer took in and gave out, in the order of virtual time. One JSON object a line.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::command::{Command, Fate, Message, Method, Options, SendingMode};
use crate::input::Start;

/// A recorded exchange.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Trace {
    /// Its first line.
    pub header: Header,
    /// The other lines.
    pub events: Vec<TraceEvent>,
}

/// What was played, and who recorded it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Header {
    /// The scenario's name.
    pub scenario: String,
    /// What it is about.
    #[serde(default)]
    pub about: String,
    /// Which signaling module was recorded.
    pub sdk: String,
    /// The wall-clock time of virtual 0.
    pub start_ms: i64,
    /// How long a message was under way.
    #[serde(default)]
    pub latency_ms: i64,
    /// The members of each group.
    #[serde(default)]
    pub groups: BTreeMap<String, Vec<String>>,
}

/// Something that a peer took in or gave out.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct TraceEvent {
    /// The line of the file, from 1.
    pub line: usize,
    /// Virtual ms since the start.
    pub t: i64,
    /// Which peer.
    pub peer: String,
    /// What.
    pub what: What,
}

/// One or the other.
#[derive(Clone, Debug, PartialEq)]
#[expect(clippy::exhaustive_enums, reason = "a peer takes in or gives out")]
pub enum What {
    /// Taken in.
    In(In),
    /// Given out: an object with `send`, `modify`, `callback` or `result`. Kept as it is, for it is only compared.
    Out(Value),
}

/// What a peer can take in.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "InLine")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are those of the format")]
pub enum In {
    /// The user signs in, with a clock that is off by this much.
    Start { skew_ms: i64 },
    /// The app calls an operation.
    Call { method: Method, options: Box<Options> },
    /// A message arrives.
    Message(Message),
    /// A message that arrived earlier was edited.
    Modified(Message),
    /// The connection is gone.
    Offline,
    /// It is back, and this was missed meanwhile.
    Online { start: Start, messages: Vec<Message> },
    /// How sends end from now on.
    Sending(SendingMode),
    /// The held sends end.
    Release(Fate),
}

/// What is wrong with a trace, and where.
#[derive(Debug, Error)]
#[error("line {line}: {cause}")]
#[non_exhaustive]
pub struct TraceError {
    /// The line of the file, from 1.
    pub line: usize,
    /// What is wrong.
    pub cause: String,
}

impl TraceError {
    pub(super) fn at(line: usize, cause: impl fmt::Display) -> Self {
        Self { line, cause: cause.to_string() }
    }

    /// The reader sees one line, and says "at line 1" of each: only its column is news.
    fn json(line: usize, error: &serde_json::Error) -> Self {
        let cause = error.to_string();
        let cause = cause.split(" at line 1 column").next().unwrap_or_default();
        Self { line, cause: format!("column {}: {cause}", error.column()) }
    }
}

impl Trace {
    /// Reads a trace from its text.
    ///
    /// # Errors
    /// A line that is not JSON, or not a line of a trace; or a time that goes back.
    pub fn parse(text: &str) -> Result<Self, TraceError> {
        let mut lines = text.lines().enumerate().map(|(at, line)| (at.saturating_add(1), line));
        let (_, first) =
            lines.next().ok_or_else(|| TraceError::at(1, "a trace begins with its header; this is empty"))?;
        let header = serde_json::from_str(first).map_err(|error| TraceError::json(1, &error))?;
        let mut events: Vec<TraceEvent> = Vec::new();
        for (line, text) in lines.filter(|(_, text)| !text.trim().is_empty()) {
            let event = parse_event(line, text)?;
            if let Some(last) = events.last().filter(|last| last.t > event.t) {
                return Err(TraceError::at(line, format!("time goes back from {} to {} ms", last.t, event.t)));
            }
            events.push(event);
        }
        Ok(Self { header, events })
    }
}

fn parse_event(line: usize, text: &str) -> Result<TraceEvent, TraceError> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Line {
        t: i64,
        peer: String,
        #[serde(rename = "in")]
        taken: Option<In>,
        #[serde(rename = "out")]
        given: Option<OutLine>,
    }
    let Line { t, peer, taken, given } = serde_json::from_str(text).map_err(|error| TraceError::json(line, &error))?;
    let what = match (taken, given) {
        (Some(taken), None) => What::In(taken),
        (None, Some(OutLine(given))) => What::Out(given),
        (None, None) | (Some(_), Some(_)) => return Err(TraceError::at(line, "a line has either `in` or `out`")),
    };
    Ok(TraceEvent { line, t, peer, what })
}

/// An `out` that says what kind it is.
#[derive(Deserialize)]
#[serde(try_from = "Value")]
struct OutLine(Value);

impl TryFrom<Value> for OutLine {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let is = |kind| value.get(kind).is_some();
        let kinds = [is("send"), is("modify"), is("callback"), is("result")];
        if kinds.into_iter().filter(|is| *is).count() == 1 {
            Ok(Self(value))
        } else {
            Err("`out` is one of `send`, `modify`, `callback`, `result`")
        }
    }
}

/// All that an `in` may hold, before it is known which kind it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct InLine {
    start: Option<bool>,
    skew_ms: Option<i64>,
    call: Option<Method>,
    options: Option<Box<Options>>,
    message: Option<Message>,
    modified: Option<Message>,
    offline: Option<bool>,
    online: Option<Start>,
    messages: Option<Vec<Message>>,
    sending: Option<SendingMode>,
    release: Option<Fate>,
}

impl TryFrom<InLine> for In {
    type Error = &'static str;

    fn try_from(line: InLine) -> Result<Self, Self::Error> {
        let InLine { start, skew_ms, call, options, message, modified, offline, online, messages, sending, release } =
            line;
        let mut kinds = [
            start.map(|_| Self::Start { skew_ms: skew_ms.unwrap_or(0) }),
            call.map(|method| Self::Call { method, options: options.unwrap_or_default() }),
            message.map(Self::Message),
            modified.map(Self::Modified),
            offline.map(|_| Self::Offline),
            online.map(|start| Self::Online { start, messages: messages.unwrap_or_default() }),
            sending.map(Self::Sending),
            release.map(Self::Release),
        ]
        .into_iter()
        .flatten();
        match (kinds.next(), kinds.next()) {
            (Some(one), None) => Ok(one),
            (_, Some(_)) => Err("`in` says more than one thing"),
            (None, None) => Err("`in` says nothing that a peer can take in"),
        }
    }
}

impl In {
    /// The command that makes a pipe's peer take this in; none for what only the network sees.
    pub(super) fn command(self, peer: &str) -> Option<Command> {
        let peer = peer.into();
        Some(match self {
            Self::Start { skew_ms } => Command::New { peer, skew_ms: Some(skew_ms) },
            Self::Call { method, options } => Command::Call { peer, method, options, tag: None },
            Self::Message(message) => Command::Deliver { peer, message },
            Self::Modified(message) => Command::Modified { peer, message },
            Self::Offline => return None,
            Self::Online { start, messages } => Command::Sync { peer, kind: start, messages },
            Self::Sending(mode) => Command::Sending { peer, mode },
            Self::Release(outcome) => Command::Release { peer, outcome },
        })
    }

    /// The same with every text that can name an invitation rewritten.
    pub(super) fn rewritten(mut self, rewrite: impl Fn(&str) -> String) -> Self {
        match &mut self {
            Self::Call { options, .. } => options.invite_id = rewrite(&options.invite_id),
            Self::Message(message) | Self::Modified(message) => message.data = rewrite(&message.data),
            Self::Online { messages, .. } => {
                messages.iter_mut().for_each(|message| message.data = rewrite(&message.data))
            }
            Self::Start { .. } | Self::Offline | Self::Sending(_) | Self::Release(_) => {}
        }
        self
    }
}
