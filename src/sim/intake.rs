//! What a peer can take in: the `in` lines of a trace.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::apps::Deed;
use super::command::{Fate, Message, Method, Options, SendingMode};
use super::ids::map_texts;
use super::scenario::Post;
use crate::id::{GroupId, UserId};
use crate::input::Start;

/// What a peer can take in.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "InLine", into = "InLine")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are those of the format")]
pub enum In {
    /// The user signs in, with a clock that is off by this much.
    Start { skew_ms: i64 },
    /// The app calls an operation, and has a word of its own for the call.
    Call { method: Method, options: Box<Options>, tag: Option<Value> },
    /// The user does something with the layers of the app, or its media host does.
    App(Deed),
    /// The user sends a message by hand, past the engine.
    Post(Post),
    /// A message arrives.
    Message(Message),
    /// A message that arrived earlier was edited.
    Modified(Message),
    /// The connection is gone.
    Offline,
    /// The device sleeps: nothing arrives, and no timer runs.
    Sleep,
    /// The app puts a snapshot by.
    Save,
    /// Whether it does so after every call from now on, before it sends what came of it.
    SaveFirst(bool),
    /// The app is gone, and with it all that was not saved.
    Crash,
    /// The peer is back, from wherever it was, and this was missed meanwhile.
    Online { start: Start, messages: Vec<Message> },
    /// How sends end from now on.
    Sending(SendingMode),
    /// The held sends end.
    Release(Fate),
    /// A member has left a group.
    Left(Left),
    /// The host learns what the service's clock shows.
    SyncClock { server_ms: i64 },
    /// The device's clock is set: it is off by this much from now on.
    SetClock { skew_ms: i64 },
}

/// Who left which group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it")]
pub struct Left {
    #[serde(rename = "groupID")]
    pub group_id: GroupId,
    pub user: UserId,
}

impl In {
    /// The same with every text that can name an invitation rewritten.
    pub(super) fn rewritten(mut self, rewrite: impl Fn(&str) -> String) -> Self {
        match &mut self {
            Self::Call { options, .. } => options.invite_id = rewrite(&options.invite_id),
            Self::Post(post) => post.data = map_texts(post.data.take(), &|text| rewrite(&text)),
            Self::Message(message) | Self::Modified(message) => message.data = rewrite(&message.data),
            Self::Online { messages, .. } => {
                messages.iter_mut().for_each(|message| message.data = rewrite(&message.data));
            }
            Self::Start { .. }
            | Self::App(_)
            | Self::Offline
            | Self::Sleep
            | Self::Save
            | Self::SaveFirst(_)
            | Self::Crash
            | Self::Sending(_)
            | Self::Release(_)
            | Self::Left(_)
            | Self::SyncClock { .. }
            | Self::SetClock { .. } => {}
        }
        self
    }
}

/// All that an `in` may hold, before it is known which kind it is.
#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
struct InLine {
    #[serde(skip_serializing_if = "Option::is_none")]
    start: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    skew_ms: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    call: Option<Method>,
    #[serde(skip_serializing_if = "Option::is_none")]
    options: Option<Box<Options>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag: Option<Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    app: Option<Deed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    post: Option<Post>,
    #[serde(skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<Message>,
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
    messages: Option<Vec<Message>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sending: Option<SendingMode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    release: Option<Fate>,
    #[serde(skip_serializing_if = "Option::is_none")]
    left: Option<Left>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sync_clock: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    set_clock: Option<i64>,
}

impl TryFrom<InLine> for In {
    type Error = &'static str;

    fn try_from(line: InLine) -> Result<Self, Self::Error> {
        let is_so = |flag: &bool| *flag;
        let (skew_ms, options, tag, messages) = (line.skew_ms, line.options, line.tag, line.messages);
        let mut kinds = [
            line.start.filter(is_so).map(|_| Self::Start { skew_ms: skew_ms.unwrap_or(0) }),
            line.call.map(|method| Self::Call { method, options: options.unwrap_or_default(), tag }),
            line.app.map(Self::App),
            line.post.map(Self::Post),
            line.message.map(Self::Message),
            line.modified.map(Self::Modified),
            line.offline.filter(is_so).map(|_| Self::Offline),
            line.sleep.filter(is_so).map(|_| Self::Sleep),
            line.save.filter(is_so).map(|_| Self::Save),
            line.save_first.map(Self::SaveFirst),
            line.crash.filter(is_so).map(|_| Self::Crash),
            line.online.map(|start| Self::Online { start, messages: messages.unwrap_or_default() }),
            line.sending.map(Self::Sending),
            line.release.map(Self::Release),
            line.left.map(Self::Left),
            line.sync_clock.map(|server_ms| Self::SyncClock { server_ms }),
            line.set_clock.map(|skew_ms| Self::SetClock { skew_ms }),
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

impl From<In> for InLine {
    fn from(taken: In) -> Self {
        let (yes, line) = (Some(true), Self::default());
        match taken {
            In::Start { skew_ms } => Self { start: yes, skew_ms: Some(skew_ms), ..line },
            In::Call { method, options, tag } => Self { call: Some(method), options: Some(options), tag, ..line },
            In::App(deed) => Self { app: Some(deed), ..line },
            In::Post(post) => Self { post: Some(post), ..line },
            In::Message(message) => Self { message: Some(message), ..line },
            In::Modified(message) => Self { modified: Some(message), ..line },
            In::Offline => Self { offline: yes, ..line },
            In::Sleep => Self { sleep: yes, ..line },
            In::Save => Self { save: yes, ..line },
            In::SaveFirst(first) => Self { save_first: Some(first), ..line },
            In::Crash => Self { crash: yes, ..line },
            In::Online { start, messages } => Self { online: Some(start), messages: Some(messages), ..line },
            In::Sending(mode) => Self { sending: Some(mode), ..line },
            In::Release(fate) => Self { release: Some(fate), ..line },
            In::Left(left) => Self { left: Some(left), ..line },
            In::SyncClock { server_ms } => Self { sync_clock: Some(server_ms), ..line },
            In::SetClock { skew_ms } => Self { set_clock: Some(skew_ms), ..line },
        }
    }
}
