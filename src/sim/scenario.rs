//! A scenario: who does what, when, over a network with these faults. A [`World`](super::World) plays it.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;
use thiserror::Error;

use super::apps::{Deed, LayersConfig};
use super::command::{ConversationType, Fate, Method, Options, SendingMode};
use super::fault::{Fault, is_default};
use super::peers::{SimError, within_a_month};
use crate::config::Config;
use crate::input::Start;

/// A scenario.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Scenario {
    /// Its name.
    pub name: String,
    /// What it is about.
    #[serde(default)]
    pub about: String,
    /// Decides the ids, and the faults that have a chance.
    #[serde(default = "usual_seed")]
    pub seed: u64,
    /// The settings of every engine.
    #[serde(default, skip_serializing_if = "is_default")]
    pub config: Config,
    /// The layers of every app.
    #[serde(default, skip_serializing_if = "is_default")]
    pub layers: LayersConfig,
    /// How long a message is under way.
    #[serde(default = "usual_latency")]
    pub latency_ms: u32,
    /// When it ends, in virtual ms.
    #[serde(default = "usual_end", deserialize_with = "end")]
    pub until_ms: i64,
    /// The members of each group.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub groups: BTreeMap<String, Vec<String>>,
    /// What goes wrong on the way.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<Fault>,
    /// What happens.
    pub steps: Vec<Step>,
}

fn usual_seed() -> u64 {
    1
}

fn usual_latency() -> u32 {
    40
}

fn usual_end() -> i64 {
    60_000
}

fn end<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    within_a_month(i64::deserialize(deserializer)?).map_err(D::Error::custom)
}

/// One thing that happens.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "StepLine", into = "StepLine")]
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
    /// The user does something with the layers of the app, or its media host does.
    App(Deed),
    /// The connection is gone: nothing arrives, while timers run and sends end as before.
    Offline,
    /// The device sleeps: nothing arrives, and no timer runs.
    Sleep,
    /// The app puts a snapshot by.
    Save,
    /// From now on, or no more, the app puts a snapshot by after every call, before it sends what came of it.
    SaveFirst(bool),
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
    /// The device's clock is set: it is off by this much from now on.
    SetClock { skew_ms: i64 },
    /// A message from outside that reaches this peer alone, about `invitation` if there is one.
    Inject { inject: Inject, invitation: Option<String> },
    /// The user sends a message by hand, past the engine, about `invitation` if there is one.
    Post { post: Post, invitation: Option<String> },
}

/// A message from outside.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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

/// A message by hand. In a text, `$id` stands for the id of the invitation that it is about; an object gets it as its `inviteID`.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct Post {
    /// To whom.
    pub to: String,
    /// Where.
    #[serde(default, skip_serializing_if = "is_default")]
    pub conversation_type: ConversationType,
    /// Its text, or the object that becomes its text.
    pub data: Value,
    /// Whether it goes out as the edit of a message.
    #[serde(default, skip_serializing_if = "is_default")]
    pub edit: bool,
}

/// All that a step may hold, before it is known which kind it is.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct StepLine {
    #[serde(default)]
    at: i64,
    peer: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skew_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<Method>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Box<Options>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    invitation: Option<String>,
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    names: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<Deed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offline: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sleep: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    save: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    save_first: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    crash: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    online: Option<Start>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sending: Option<SendingMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<Fate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leave: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sync_clock: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    set_clock: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    inject: Option<Inject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post: Option<Post>,
}

impl TryFrom<StepLine> for Step {
    type Error = &'static str;

    fn try_from(line: StepLine) -> Result<Self, Self::Error> {
        let StepLine { at, peer, invitation, names, .. } = line;
        let (about, of) = (invitation.clone(), invitation.clone());
        let is_so = |flag: &bool| *flag;
        let mut acts = [
            line.start.filter(is_so).map(|_| Act::Start { skew_ms: line.skew_ms.unwrap_or(0) }),
            line.call.map(|method| Act::Call { method, options: line.options.unwrap_or_default(), invitation, names }),
            line.app.map(Act::App),
            line.offline.filter(is_so).map(|_| Act::Offline),
            line.sleep.filter(is_so).map(|_| Act::Sleep),
            line.save.filter(is_so).map(|_| Act::Save),
            line.save_first.map(Act::SaveFirst),
            line.crash.filter(is_so).map(|_| Act::Crash),
            line.online.map(Act::Online),
            line.sending.map(Act::Sending),
            line.release.map(Act::Release),
            line.leave.map(Act::Leave),
            line.sync_clock.filter(is_so).map(|_| Act::SyncClock),
            line.set_clock.map(|skew_ms| Act::SetClock { skew_ms }),
            line.inject.map(|inject| Act::Inject { inject, invitation: about }),
            line.post.map(|post| Act::Post { post, invitation: of }),
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

impl From<Step> for StepLine {
    fn from(Step { at, peer, act }: Step) -> Self {
        let (yes, line) = (Some(true), Self { at, peer, ..Self::default() });
        match act {
            Act::Start { skew_ms } => Self { start: yes, skew_ms: Some(skew_ms).filter(|ms| *ms != 0), ..line },
            Act::Call { method, options, invitation, names } => {
                let options = Some(options).filter(|options| **options != Options::default());
                Self { call: Some(method), options, invitation, names, ..line }
            }
            Act::App(deed) => Self { app: Some(deed), ..line },
            Act::Offline => Self { offline: yes, ..line },
            Act::Sleep => Self { sleep: yes, ..line },
            Act::Save => Self { save: yes, ..line },
            Act::SaveFirst(first) => Self { save_first: Some(first), ..line },
            Act::Crash => Self { crash: yes, ..line },
            Act::Online(start) => Self { online: Some(start), ..line },
            Act::Sending(mode) => Self { sending: Some(mode), ..line },
            Act::Release(fate) => Self { release: Some(fate), ..line },
            Act::Leave(group) => Self { leave: Some(group), ..line },
            Act::SyncClock => Self { sync_clock: yes, ..line },
            Act::SetClock { skew_ms } => Self { set_clock: Some(skew_ms), ..line },
            Act::Inject { inject, invitation } => Self { inject: Some(inject), invitation, ..line },
            Act::Post { post, invitation } => Self { post: Some(post), invitation, ..line },
        }
    }
}

/// Why a step of a scenario makes no sense.
#[derive(Debug, Error)]
#[error("step {number}: {cause}")]
#[non_exhaustive]
pub struct StepError {
    /// The step's number, from 1.
    pub number: usize,
    /// What is wrong with it.
    #[source]
    pub cause: SimError,
}
