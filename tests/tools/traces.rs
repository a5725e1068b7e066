//! Recorded traces, and the same played by our engines, for tests that draw them.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use convoke::sim::{Deviations, Trace, What, replay};
use serde_json::Value;

pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests").join(name)
}

pub(crate) fn text_of(name: &str) -> String {
    std::fs::read_to_string(folder("vectors").join(name).with_extension("jsonl")).unwrap()
}

pub(crate) fn recorded(name: &str) -> Trace {
    Trace::parse(&text_of(name)).unwrap()
}

/// What our engines do where the trace was recorded.
pub(crate) fn played(name: &str) -> Trace {
    replay(&recorded(name), &Deviations::declared().unwrap()).unwrap().trace
}

pub(crate) fn names() -> Vec<String> {
    let files = std::fs::read_dir(folder("vectors")).unwrap().map(|file| file.unwrap().path());
    let traces = files.filter(|file| file.extension().is_some_and(|extension| extension == "jsonl"));
    let mut names: Vec<_> = traces.map(|file| file.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    names.sort();
    assert!(names.len() >= 40);
    names
}

/// Every vector, recorded and played.
pub(crate) fn all() -> Vec<(String, Trace)> {
    names().into_iter().flat_map(|name| [(name.clone(), recorded(&name)), (name.clone(), played(&name))]).collect()
}

pub(crate) fn outs(trace: &Trace) -> impl Iterator<Item = (usize, &Value)> {
    trace.events.iter().enumerate().filter_map(|(at, event)| match &event.what {
        What::Out(out) => Some((at, out)),
        What::In(_) => None,
    })
}

/// How often each action is sent.
pub(crate) fn sends(trace: &Trace) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for (_, out) in outs(trace) {
        *counts.entry(if out.get("modify").is_some() { "modify" } else { sent(out) }).or_default() += 1;
    }
    counts.remove("");
    counts
}

fn sent(out: &Value) -> &'static str {
    let Some(send) = out.get("send") else { return "" };
    let payload: Value = serde_json::from_str(send["data"].as_str().unwrap()).unwrap_or_default();
    match payload["actionType"].as_i64() {
        Some(1) => "invite",
        Some(2) => "cancel",
        Some(3) => "accept",
        Some(4) => "reject",
        Some(5) => "timeout",
        _ => "text",
    }
}

/// The events that are callbacks, with their names.
pub(crate) fn callbacks(trace: &Trace) -> Vec<(usize, &str)> {
    outs(trace).filter_map(|(at, out)| Some((at, out.get("callback")?.as_str()?))).collect()
}
