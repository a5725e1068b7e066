//! Where we knowingly differ from what the vendor's module did in a recorded scenario. The data stands beside this file.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::Value;
use thiserror::Error;

use super::ids::{invited_in, map_texts};
use super::trace::{Header, Trace, TraceEvent, What};

/// The declared deviations. Whatever they do not cover has to be as recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct Deviations(Vec<Deviation>);

/// One declared deviation: instead of what the vendor's module put out, or after it, we put out something else.
///
/// Every recording has invitations of its own: `{invite 1}` in a text stands for the id of the first one in the trace.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Deviation {
    /// The row of the table of differences that this is an instance of.
    pub row: String,
    /// Which scenario.
    pub scenario: String,
    /// The line of the trace that holds the vendor's value; without one, the line after which ours stands.
    pub line: usize,
    /// The ids of the invitations in the recording that this was declared from: a trace that has one of them has them all.
    /// Needed where the trace itself says an id only once, so that nothing in it would tell a wrong one.
    #[serde(default)]
    pub ids: Vec<String>,
    /// When ours is put out, in virtual ms, if it is not at the time of the line.
    pub t: Option<i64>,
    /// What the vendor's module put out; `None` if nothing.
    pub vendor: Option<Value>,
    /// What we put out; `None` if nothing.
    pub ours: Option<Value>,
}

/// What should come out when a trace is played: what was recorded, but for the deviations.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Expectation {
    /// What the peers should put out, in the order of the trace.
    pub lines: Vec<Expected>,
    /// The deviations of this scenario that the trace has no use for: it does not say there what they replace.
    pub unused: Vec<Deviation>,
}

/// What a peer should put out.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Expected {
    /// The line of the trace, from 1, that says so or after which it stands.
    pub line: usize,
    /// When, in virtual ms.
    pub t: i64,
    /// Which peer.
    pub peer: String,
    /// What.
    pub out: Value,
    /// The row of the table of differences, where it is not what was recorded.
    pub deviation: Option<String>,
}

/// Why the declared deviations cannot be used.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum DeviationError {
    /// They are not written as they should be.
    #[error("the declared deviations: {0}")]
    Format(serde_json::Error),
    /// A row that the table of differences does not have.
    #[error("the declared deviation of `{0}`, line {1}: the table of differences has no row `{2}`")]
    UnknownRow(String, usize, String),
    /// It declares no difference.
    #[error("the declared deviation of `{0}`, line {1}: both sides are the same")]
    NoDifference(String, usize),
}

/// The rows of the table "where we knowingly differ from the web module". No other difference can be declared.
const ROWS: [&str; 19] = [
    "duplicate-invite",
    "duplicate-after-answer",
    "cancel-overtakes-invite",
    "accept-lost",
    "c2c-accept-vs-cancel",
    "spoofed-accept",
    "spoofed-cancel",
    "hot-reconnect-expired",
    "cold-start-c2c-cancelled",
    "cold-start-c2c-expired",
    "two-devices",
    "the inviter's own second device",
    "an answer that overtakes the ack of its invite",
    "cancel that is not possible",
    "send-fails",
    "arguments",
    "clocks",
    "group observers",
    "push info on a group invite",
];

impl Deviations {
    /// Those that convoke declares.
    ///
    /// # Errors
    /// As [`Deviations::parse`]; a test sees to it that there is none.
    pub fn declared() -> Result<Self, DeviationError> {
        Self::parse(include_str!("deviations.json"))
    }

    /// Reads a JSON array of deviations.
    ///
    /// # Errors
    /// The text is not such an array, or an entry declares no difference or one outside the table.
    pub fn parse(text: &str) -> Result<Self, DeviationError> {
        let entries: Vec<Deviation> = serde_json::from_str(text).map_err(DeviationError::Format)?;
        for Deviation { row, scenario, line, vendor, ours, .. } in &entries {
            if !ROWS.contains(&row.as_str()) {
                return Err(DeviationError::UnknownRow(scenario.clone(), *line, row.clone()));
            }
            if vendor == ours {
                return Err(DeviationError::NoDifference(scenario.clone(), *line));
            }
        }
        Ok(Self(entries))
    }

    /// Each entry, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Deviation> {
        self.0.iter()
    }

    /// Those of what was recorded; of convoke's own traces there are none.
    pub fn of(&self, recorded: &Header) -> impl Iterator<Item = &Deviation> {
        self.iter().filter(move |entry| entry.scenario == recorded.scenario && !recorded.is_of_convoke())
    }

    /// What our peers should put out in this trace.
    #[must_use]
    pub fn apply(&self, trace: &Trace) -> Expectation {
        let lines: Vec<_> = trace.events.iter().filter_map(Expected::recorded).collect();
        let ids: Vec<_> = lines.iter().filter_map(|line| invited_in(&line.out)).collect();
        let mut expectation = Expectation { lines, unused: Vec::new() };
        for entry in self.of(&trace.header) {
            if expectation.apply(entry, trace, &ids).is_none() {
                expectation.unused.push(entry.clone());
            }
        }
        expectation
    }
}

impl Expectation {
    fn apply(&mut self, entry: &Deviation, trace: &Trace, ids: &[String]) -> Option<()> {
        let event = trace.events.iter().find(|event| event.line == entry.line)?;
        if entry.ids != ids && entry.ids.iter().any(|id| ids.contains(id)) {
            return None;
        }
        let named = |out: &Value| map_texts(out.clone(), &|text| name_invitations(text, ids));
        let place = match &entry.vendor {
            None => {
                let after = self.lines.partition_point(|line| line.line <= entry.line);
                after..after
            }
            Some(vendor) => {
                let vendor = named(vendor);
                let at = self.lines.iter().position(|line| line.line == entry.line && line.out == vendor)?;
                at..at.saturating_add(1)
            }
        };
        let ours = entry.ours.as_ref().map(|ours| Expected {
            line: event.line,
            t: entry.t.unwrap_or(event.t),
            peer: event.peer.clone(),
            out: named(ours),
            deviation: Some(entry.row.clone()),
        });
        self.lines.splice(place, ours);
        Some(())
    }
}

impl Expected {
    fn recorded(event: &TraceEvent) -> Option<Self> {
        let What::Out(out) = &event.what else { return None };
        let (line, t, peer, out) = (event.line, event.t, event.peer.clone(), out.clone());
        Some(Self { line, t, peer, out, deviation: None })
    }
}

fn name_invitations(text: String, ids: &[String]) -> String {
    let numbered = (1_usize..).zip(ids);
    numbered.fold(text, |text, (number, id)| text.replace(&format!("{{invite {number}}}"), id))
}
