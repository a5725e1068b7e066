//! Plays a recorded trace against our engines: each peer takes in what it took in then, and must put out what it put out
//! then, but for the declared deviations.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::{String, ToString as _};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use serde_json::Value;

use super::deviations::{Deviation, Deviations, Expectation, Expected};
use super::ids::Ids;
use super::peers::{Peers, within_a_month, within_reach};
use super::printable::printable;
use super::trace::{Trace, TraceError, TraceEvent, What};
use crate::config::Config;
use crate::message::Stamp;
use crate::time::ServerTime;

/// How far our times may be from the recorded ones: the vendor's module looks at its clock once a second.
const TIME_TOLERANCE_MS: u64 = 1_200;

/// For how long after the last line our engines are watched, where the trace does not say when it ends: nothing more may come.
const WATCHED_MS: i64 = 3_600_000;

/// A trace that was played.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Replay {
    /// What happened: what the peers were handed, and what ours put out.
    pub trace: Trace,
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
    let trace = play(trace, &expectation)?;
    let difference = compare(&expectation, &trace);
    Ok(Replay { trace, difference })
}

/// Hands each peer what it took in when the trace was recorded, and returns what happened.
fn play(trace: &Trace, expectation: &Expectation) -> Result<Trace, TraceError> {
    let config = Arc::new(Config { profile: trace.header.profile.into(), ..trace.header.config.clone() });
    let at_header = |error| TraceError::at(1, error);
    let start_ms = within_reach(trace.header.start_ms).map_err(at_header)?;
    let until_ms = trace.header.until_ms.map(within_a_month).transpose().map_err(at_header)?;
    let mut peers = Peers::new(start_ms, config, trace.header.seed.unwrap_or(0));
    peers.build(trace.header.layers.clone());
    for (peer, stamps) in recorded_stamps(&expectation.lines) {
        peers.script(&peer, stamps);
    }
    let mut ids = Ids::new(&expectation.lines);
    let mut played = Trace { header: trace.header.clone(), events: Vec::new() };
    for TraceEvent { line, t, peer, what } in &trace.events {
        let at_line = |error| TraceError::at(*line, error);
        peers.advance(within_a_month(*t).map_err(at_line)?);
        take_out(&mut peers, &mut ids, &mut played);
        if let What::In(taken) = what {
            let taken = taken.clone().rewritten(|text| ids.to_ours(text));
            played.push(*t, peer.clone(), What::In(taken.clone()));
            peers.take_in(peer, taken).map_err(at_line)?;
            take_out(&mut peers, &mut ids, &mut played);
        }
    }
    let watched = peers.service.elapsed_ms.saturating_add(WATCHED_MS);
    peers.advance(until_ms.unwrap_or(watched));
    take_out(&mut peers, &mut ids, &mut played);
    Ok(played)
}

fn take_out(peers: &mut Peers, ids: &mut Ids, played: &mut Trace) {
    for event in peers.take_events() {
        let out = serde_json::to_value(&event.out).unwrap_or_default();
        ids.learn(&event.peer, &out);
        played.push(event.t, event.peer, What::Out(out));
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
/// What is convoke's own is left out: the vendor's module has nothing like the end, and says of no message what became of it.
#[must_use]
pub fn compare(expectation: &Expectation, trace: &Trace) -> Option<Difference> {
    let lines = &expectation.lines;
    let given: Vec<_> = trace.events.iter().filter_map(given).collect();
    let mut ids = Ids::new(lines);
    given.iter().for_each(|(_, peer, out)| ids.learn(peer, out));
    let peers: BTreeSet<_> =
        lines.iter().map(|line| &line.peer).chain(given.iter().map(|(_, peer, _)| *peer)).collect();
    let differences = peers.into_iter().filter_map(|peer| {
        let mut expected = lines.iter().filter(|line| line.peer == *peer && !is_our_own(&line.out));
        let mut ours = given.iter().filter(|(_, who, out)| *who == peer && !is_our_own(out));
        loop {
            let (expected, ours) = (expected.next(), ours.next());
            if expected.is_none() && ours.is_none() {
                return None;
            }
            let ours = ours.map(|(t, _, out)| (*t, ids.to_recorded(Value::clone(out))));
            if !expected.zip(ours.as_ref()).is_some_and(|(line, (t, ours))| is_as_expected(line, *t, ours)) {
                return Some(Difference::Output { peer: peer.clone(), expected: expected.cloned(), ours });
            }
        }
    });
    let unused = || expectation.unused.first().cloned().map(Difference::Unused);
    differences.min_by_key(Difference::time).or_else(unused)
}

fn given(event: &TraceEvent) -> Option<(i64, &String, &Value)> {
    match &event.what {
        What::Out(out) => Some((event.t, &event.peer, out)),
        What::In(_) => None,
    }
}

fn is_our_own(out: &Value) -> bool {
    out.get("callback").is_some_and(|name| name == "ended") || out.get("disposition").is_some()
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
                writeln!(f, "{peer}, line {line}, at {t} ms: recorded {}", json(out))?;
            }
            Some(Expected { line, t, out, deviation: Some(row), .. }) => {
                writeln!(f, "{peer}, line {line}, at {t} ms: declared ({row}) {}", json(out))?;
            }
            None => writeln!(f, "{peer}: nothing more was recorded")?,
        }
        match ours {
            Some((t, out)) => write!(f, "ours, at {t} ms: {}", json(out)),
            None => write!(f, "ours: nothing more"),
        }
    }
}

/// JSON writes out some of what could steer a terminal.
fn json(out: &Value) -> String {
    printable(&out.to_string()).into_owned()
}
