//! Plays a recorded trace against our engines: each peer takes in what it took in then, and must put out what it put out
//! then, but for the declared deviations.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde_json::Value;

use super::answer::{Answer, Event, Out};
use super::command::{Command, ProfileName};
use super::deviations::{Deviation, Deviations, Expectation, Expected};
use super::ids::Ids;
use super::pipe::Pipe;
use super::sequence::printable;
use super::trace::{Trace, TraceError, What};
use crate::message::Stamp;
use crate::time::ServerTime;

/// How far our times may be from the recorded ones: the vendor's module looks at its clock once a second.
const TIME_TOLERANCE_MS: u64 = 1_200;

/// For how long after the last recorded line our engines are watched: nothing more may come.
const WATCHED_MS: u32 = 3_600_000;

/// A trace that was played.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Replay {
    /// What our peers put out.
    pub events: Vec<Event>,
    /// The first difference from what they should have put out, if there is one.
    pub difference: Option<Difference>,
}

/// The first place at which a trace did not happen again.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Difference {
    /// A peer does not do as it should.
    Output {
        /// Which peer.
        peer: String,
        /// What it should have put out; `None` if nothing.
        expected: Option<Expected>,
        /// What it put out, with the recorded ids, and when; `None` if nothing.
        ours: Option<(i64, Value)>,
    },
    /// All is as it should be, but the trace has no use for a declared deviation.
    Unused(Deviation),
}

/// Plays a trace under the declared deviations.
///
/// # Errors
/// A line that asks for what makes no sense.
pub fn replay(trace: &Trace, deviations: &Deviations) -> Result<Replay, TraceError> {
    let expectation = deviations.apply(trace);
    let events = play(trace, &expectation)?;
    let difference = compare(&expectation, &events);
    Ok(Replay { events, difference })
}

/// Hands each peer what it took in when the trace was recorded, and returns what our peers put out.
///
/// # Errors
/// A line that asks for what makes no sense.
pub fn play(trace: &Trace, expectation: &Expectation) -> Result<Vec<Event>, TraceError> {
    let mut stage = Stage { pipe: Pipe::new(), ids: Ids::new(&expectation.lines), events: Vec::new() };
    for (peer, stamps) in recorded_stamps(&expectation.lines) {
        stage.pipe.script(&peer, stamps);
    }
    let profile = Some(ProfileName::Web); // that of the module that was recorded
    stage.run(1, Command::Hello { start_ms: Some(trace.header.start_ms), profile })?;
    for event in &trace.events {
        stage.run(event.line, Command::Advance { ms: None, to_ms: Some(event.t) })?;
        if let What::In(taken) = &event.what {
            let taken = taken.clone().rewritten(|text| stage.ids.to_ours(text));
            if let Some(command) = taken.command(&event.peer) {
                stage.run(event.line, command)?;
            }
        }
    }
    let last = trace.events.last().map_or(1, |event| event.line);
    stage.run(last, Command::Advance { ms: Some(WATCHED_MS), to_ms: None })?;
    Ok(stage.events)
}

struct Stage {
    pipe: Pipe,
    ids: Ids,
    events: Vec<Event>,
}

impl Stage {
    fn run(&mut self, line: usize, command: Command) -> Result<(), TraceError> {
        let answers = self.pipe.execute(command).map_err(|nonsense| TraceError::at(line, nonsense))?;
        for answer in answers {
            if let Answer::Event(event) = answer {
                self.ids.learn(&event);
                self.events.push(event);
            }
        }
        Ok(())
    }
}

/// The stamps of each peer's messages, in their order: our own get the same, for the peers' answers to fit.
fn recorded_stamps(lines: &[Expected]) -> BTreeMap<String, VecDeque<Option<Stamp>>> {
    let mut stamps: BTreeMap<_, VecDeque<_>> = BTreeMap::new();
    for line in lines {
        if let Some(message) = line.out.get("send").or_else(|| line.out.get("modify")) {
            stamps.entry(line.peer.clone()).or_default().push_back(stamp_of(message));
        }
    }
    stamps
}

fn stamp_of(message: &Value) -> Option<Stamp> {
    let secs = message.get("time")?.as_i64()?;
    let id = message.get("id")?.as_str()?.into();
    Some(Stamp { time: ServerTime::from_millis(secs.saturating_mul(1_000)), id })
}

/// Finds the first difference, peer by peer, between what should have come out and what did.
///
/// `ended` is convoke's own and is left out: the vendor's module has nothing like it.
#[must_use]
pub fn compare(expectation: &Expectation, events: &[Event]) -> Option<Difference> {
    let lines = &expectation.lines;
    let mut ids = Ids::new(lines);
    events.iter().for_each(|event| ids.learn(event));
    let peers: BTreeSet<_> =
        lines.iter().map(|line| &line.peer).chain(events.iter().map(|event| &event.peer)).collect();
    let differences = peers.into_iter().filter_map(|peer| {
        let mut expected = lines.iter().filter(|line| line.peer == *peer);
        let mut ours = events.iter().filter(|event| event.peer == *peer && !is_ended(event));
        loop {
            let (expected, ours) = (expected.next(), ours.next());
            if expected.is_none() && ours.is_none() {
                return None;
            }
            let ours = ours.map(|event| (event.t, ids.to_recorded(content(event))));
            if !expected.zip(ours.as_ref()).is_some_and(|(line, (t, ours))| is_as_expected(line, *t, ours)) {
                return Some(Difference::Output { peer: peer.clone(), expected: expected.cloned(), ours });
            }
        }
    });
    let unused = || expectation.unused.first().cloned().map(Difference::Unused);
    differences.min_by_key(Difference::time).or_else(unused)
}

fn is_ended(event: &Event) -> bool {
    matches!(&event.out, Out::Callback(callback) if callback.name() == "ended")
}

fn content(event: &Event) -> Value {
    serde_json::to_value(&event.out).unwrap_or_default()
}

fn is_as_expected(expected: &Expected, t: i64, ours: &Value) -> bool {
    expected.t.abs_diff(t) <= TIME_TOLERANCE_MS && comparable(&expected.out) == comparable(ours)
}

/// What is left out of the comparison: the stamp of a message, which the service gives, and the caller's tag, which a
/// trace does not hand back.
fn comparable(out: &Value) -> Value {
    let mut out = out.clone();
    for message in ["send", "modify"] {
        if let Some(fields) = out.get_mut(message).and_then(Value::as_object_mut) {
            fields.remove("id");
            fields.remove("time");
        }
    }
    if let Some(fields) = out.as_object_mut().filter(|fields| fields.contains_key("result")) {
        fields.remove("tag");
    }
    out
}

impl Difference {
    fn time(&self) -> Option<i64> {
        let Self::Output { expected, ours, .. } = self else { return None };
        let expected = expected.as_ref().map(|line| line.t);
        ours.as_ref().map(|(t, _)| *t).into_iter().chain(expected).min()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (peer, expected, ours) = match self {
            Self::Output { peer, expected, ours } => (printable(peer), expected, ours),
            Self::Unused(Deviation { row, line, .. }) => {
                return write!(f, "line {line} does not say what the declared deviation ({row}) is about");
            }
        };
        match expected {
            Some(Expected { line, t, out, deviation: None, .. }) => {
                writeln!(f, "{peer}, line {line}, at {t} ms: recorded {out}")?;
            }
            Some(Expected { line, t, out, deviation: Some(row), .. }) => {
                writeln!(f, "{peer}, line {line}, at {t} ms: declared ({row}) {out}")?;
            }
            None => writeln!(f, "{peer}: nothing more was recorded")?,
        }
        match ours {
            Some((t, out)) => write!(f, "ours, at {t} ms: {out}"),
            None => write!(f, "ours: nothing more"),
        }
    }
}
