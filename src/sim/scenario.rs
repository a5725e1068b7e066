//! A scenario: who does what, when, over a network with these faults. Recording one gives a [`Trace`](super::Trace).

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::Value;

use super::command::{Fate, Method, Options, SendingMode};
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
    pub latency_ms: i64,
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

fn usual_latency() -> i64 {
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
    /// The connection is gone.
    Offline,
    /// It is back.
    Online(Start),
    /// How sends end from now on.
    Sending(SendingMode),
    /// The held sends end.
    Release(Fate),
    /// A message from outside, about `invitation` if there is one.
    Inject { inject: Inject, invitation: Option<String> },
}

/// A message from outside.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Inject {
    /// Who sends it.
    pub from: String,
    /// To whom.
    pub to: String,
    /// Its text, or the object that becomes its text.
    pub data: Value,
}

/// What goes wrong with the messages that match.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Fault {
    /// Which messages.
    #[serde(rename = "match", default)]
    pub matching: FaultMatch,
    /// They are lost.
    #[serde(default)]
    pub drop: bool,
    /// They come twice, the second time this many ms later.
    pub duplicate: Option<i64>,
    /// They come this many ms later.
    pub delay_ms: Option<i64>,
}

/// Which messages a fault concerns: all that have everything given here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FaultMatch {
    /// Messages of this user.
    pub from: Option<String>,
    /// Messages to this peer.
    pub to: Option<String>,
    /// Messages with this action.
    pub action_type: Option<u32>,
    /// Only the message of this number, from 1.
    pub nth: Option<u32>,
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
    online: Option<Start>,
    sending: Option<SendingMode>,
    release: Option<Fate>,
    inject: Option<Inject>,
}

impl TryFrom<StepLine> for Step {
    type Error = &'static str;

    fn try_from(line: StepLine) -> Result<Self, Self::Error> {
        let StepLine { at, peer, invitation, names, .. } = line;
        let about = invitation.clone();
        let mut acts = [
            line.start.map(|_| Act::Start { skew_ms: line.skew_ms.unwrap_or(0) }),
            line.call.map(|method| Act::Call { method, options: line.options.unwrap_or_default(), invitation, names }),
            line.offline.map(|_| Act::Offline),
            line.online.map(Act::Online),
            line.sending.map(Act::Sending),
            line.release.map(Act::Release),
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
