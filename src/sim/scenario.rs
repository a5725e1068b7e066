//! A scenario: who does what, when, over a network with these faults. A [`World`](super::World) plays it.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::Value;

use super::command::{ConversationType, Fate, Method, Options, SendingMode};
use super::fault::Fault;
use crate::input::Start;

/// A scenario.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// What it is about.
    #[serde(default)]
    pub about: String,
    /// How long a message is under way.
    #[serde(default = "usual_latency")]
    pub latency_ms: u32,
    /// When it ends, in virtual ms.
    #[serde(default = "usual_end")]
    pub until_ms: i64,
    /// The members of each group.
    #[serde(default)]
    pub groups: BTreeMap<String, Vec<String>>,
    /// What goes wrong on the way.
    #[serde(default)]
    pub faults: Vec<Fault>,
    /// What happens.
    pub steps: Vec<Step>,
}

fn usual_latency() -> u32 {
    40
}

fn usual_end() -> i64 {
    60_000
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "StepLine")]
#[non_exhaustive]
pub struct Step {
    /// When, in virtual ms.
    pub at: i64,
    /// To whom.
    pub peer: String,
    /// What.
    pub act: Act,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are those of the format")]
pub enum Act {
    /// The user signs in, with a clock that is off by this much.
    Start { skew_ms: i64 },
    /// The app calls an operation. `invitation` is the scenario's name of an invitation, and `names` gives one.
    Call { method: Method, options: Box<Options>, invitation: Option<String>, names: Option<String> },
    /// The connection is gone: nothing arrives, while timers run and sends end as before.
    Offline,
    /// The device sleeps: nothing arrives, and no timer runs.
    Sleep,
    /// The app puts a snapshot by.
    Save,
    /// The app is gone, and with it all that was not saved.
    Crash,
    /// The peer is back, from wherever it was, and is handed what it missed; one that crashed starts from what it saved.
    Online(Start),
    /// How sends end from now on.
    Sending(SendingMode),
    /// The held sends end.
    Release(Fate),
    /// The user leaves a group, and the members who are there are told.
    Leave(String),
    /// The host learns what the service's clock shows.
    SyncClock,
    /// A message from outside, about `invitation` if there is one.
    Inject { inject: Inject, invitation: Option<String> },
}

/// A message from outside.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Inject {
    /// Who sends it.
    pub from: String,
    /// To whom.
    pub to: String,
    /// Where.
    #[serde(default)]
    pub conversation_type: ConversationType,
    /// Its text, or the object that becomes its text.
    pub data: Value,
}

/// All that a step may hold, before it is known which kind it is.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StepLine {
    #[serde(default)]
    at: i64,
    peer: String,
    start: Option<bool>,
    skew_ms: Option<i64>,
    call: Option<Method>,
    options: Option<Box<Options>>,
    invitation: Option<String>,
    #[serde(rename = "as")]
    names: Option<String>,
    offline: Option<bool>,
    sleep: Option<bool>,
    save: Option<bool>,
    crash: Option<bool>,
    online: Option<Start>,
    sending: Option<SendingMode>,
    release: Option<Fate>,
    leave: Option<String>,
    sync_clock: Option<bool>,
    inject: Option<Inject>,
}

impl TryFrom<StepLine> for Step {
    type Error = &'static str;

    fn try_from(line: StepLine) -> Result<Self, Self::Error> {
        let StepLine { at, peer, invitation, names, .. } = line;
        let about = invitation.clone();
        let is_so = |flag: &bool| *flag;
        let mut acts = [
            line.start.filter(is_so).map(|_| Act::Start { skew_ms: line.skew_ms.unwrap_or(0) }),
            line.call.map(|method| Act::Call { method, options: line.options.unwrap_or_default(), invitation, names }),
            line.offline.filter(is_so).map(|_| Act::Offline),
            line.sleep.filter(is_so).map(|_| Act::Sleep),
            line.save.filter(is_so).map(|_| Act::Save),
            line.crash.filter(is_so).map(|_| Act::Crash),
            line.online.map(Act::Online),
            line.sending.map(Act::Sending),
            line.release.map(Act::Release),
            line.leave.map(Act::Leave),
            line.sync_clock.filter(is_so).map(|_| Act::SyncClock),
            line.inject.map(|inject| Act::Inject { inject, invitation: about }),
        ]
        .into_iter()
        .flatten();
        match (acts.next(), acts.next()) {
            (Some(act), None) => Ok(Self { at, peer, act }),
            (_, Some(_)) => Err("a step does one thing, and this does more"),
            (None, None) => Err("a step does one thing, and this does none"),
        }
    }
}
