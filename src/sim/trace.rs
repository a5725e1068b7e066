//! A recorded exchange: what every peer took in and gave out, in the order of virtual time. One JSON object a line.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::apps::LayersConfig;
use super::command::ProfileName;
use super::fault::is_default;
use super::intake::In;
use super::scenario::Scenario;
use crate::config::Config;

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
    /// Which callbacks it emits; without a word, those of the vendor's web module.
    #[serde(default = "as_the_module", skip_serializing_if = "is_as_the_module")]
    pub profile: ProfileName,
    /// The settings of the engines, where they are ours and not the defaults. The profile stands above.
    #[serde(default, skip_serializing_if = "is_default")]
    pub config: Config,
    /// The layers of every app.
    #[serde(default, skip_serializing_if = "is_default")]
    pub layers: LayersConfig,
    /// What decided ids and chances, where it is a world's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// Until when, in virtual ms, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
    /// The wall-clock time of virtual 0.
    pub start_ms: i64,
    /// How long a message was under way.
    #[serde(default)]
    pub latency_ms: i64,
    /// The members of each group.
    #[serde(default)]
    pub groups: BTreeMap<String, Vec<String>>,
}

fn as_the_module() -> ProfileName {
    ProfileName::Web
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_as_the_module(profile: &ProfileName) -> bool {
    *profile == as_the_module()
}

impl Header {
    /// Whether convoke's own engines are at work in the trace.
    #[must_use]
    pub fn is_of_convoke(&self) -> bool {
        self.sdk.starts_with(env!("CARGO_PKG_NAME"))
    }
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
    /// Given out: an object with `send`, `modify`, `callback`, `result` or `disposition`; of a layer `call`, `seat` or `refused`. Kept as
    /// it is, for it is only compared and shown.
    Out(Value),
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
        let header = serde_json::from_str(first).map_err(|error| {
            let is_scenario = serde_json::from_str::<Scenario>(text).is_ok();
            if is_scenario {
                TraceError::at(1, "this is a scenario, not a trace of one")
            } else {
                TraceError::json(1, &error)
            }
        })?;
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

    pub(super) fn push(&mut self, t: i64, peer: String, what: What) {
        let line = self.events.last().map_or(1, |last| last.line).saturating_add(1);
        self.events.push(TraceEvent { line, t, peer, what });
    }
}

/// A line but the first.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    t: i64,
    peer: String,
    #[serde(rename = "in", skip_serializing_if = "Option::is_none")]
    taken: Option<In>,
    #[serde(rename = "out", skip_serializing_if = "Option::is_none")]
    given: Option<OutLine>,
}

/// The text of the trace: JSON Lines, as [`Trace::parse`] reads them.
impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let write = |f: &mut fmt::Formatter<'_>, line: serde_json::Result<String>| match line {
            Ok(line) => writeln!(f, "{line}"),
            Err(_) => Err(fmt::Error),
        };
        write(f, serde_json::to_string(&self.header))?;
        self.events.iter().try_for_each(|event| {
            let (taken, given) = match event.what.clone() {
                What::In(taken) => (Some(taken), None),
                What::Out(given) => (None, Some(OutLine(in_order(given)))),
            };
            write(f, serde_json::to_string(&Line { t: event.t, peer: event.peer.clone(), taken, given }))
        })
    }
}

/// The value with its keys in the order of the alphabet, whatever order serde_json keeps.
pub(super) fn in_order(value: Value) -> Value {
    match value {
        Value::Object(fields) => {
            let fields: BTreeMap<_, _> = fields.into_iter().collect();
            fields.into_iter().map(|(name, value)| (name, in_order(value))).collect()
        }
        Value::Array(items) => items.into_iter().map(in_order).collect(),
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => plain,
    }
}

fn parse_event(line: usize, text: &str) -> Result<TraceEvent, TraceError> {
    let Line { t, peer, taken, given } = serde_json::from_str(text).map_err(|error| TraceError::json(line, &error))?;
    let what = match (taken, given) {
        (Some(taken), None) => What::In(taken),
        (None, Some(OutLine(given))) => What::Out(given),
        (None, None) | (Some(_), Some(_)) => return Err(TraceError::at(line, "a line has either `in` or `out`")),
    };
    Ok(TraceEvent { line, t, peer, what })
}

/// An `out` that says what kind it is.
#[derive(Serialize, Deserialize)]
#[serde(try_from = "Value")]
struct OutLine(Value);

impl TryFrom<Value> for OutLine {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        let kinds = ["send", "modify", "callback", "result", "disposition", "call", "refused", "class", "seat"];
        if kinds.into_iter().filter(|kind| value.get(kind).is_some()).count() == 1 {
            Ok(Self(value))
        } else {
            Err(
                "`out` is one of `send`, `modify`, `callback`, `result`, `disposition`, `call`, `refused`, `class`, `seat`",
            )
        }
    }
}
