//! What comes out of a pipe: each line with the fields of the vendor's test peer, in its order.

use alloc::boxed::Box;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::apps::{LayerEvent, LayersSnapshot};
use super::command::{ConversationType, Method};
use crate::callback::{Callback, Outcome};
use crate::disposition::Disposition;
use crate::engine::Snapshot;
use crate::id::{InviteId, UserId};
use crate::message::{MessageControl, PushInfo, PushIntent};
use crate::name::InvitationKey;
use crate::wire::SignalingInfo;

/// One line of a pipe's answer to a command.
#[derive(Clone, Debug, Serialize)]
#[serde(untagged, rename_all_fields = "camelCase")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are those of the protocol")]
pub enum PipeAnswer {
    /// Something a peer put out.
    Event(Event),
    /// Who answers.
    Hello { sdk: &'static str, version: &'static str, start_ms: i64 },
    /// The open invitations of a peer.
    Live { peer: String, live: Vec<InviteId> },
    /// A message, read as signaling; `None` if it is none.
    Info { peer: String, info: Option<SignalingInfo> },
    /// What has become of each invitee; `None` if the invitation is not known.
    Outcomes {
        peer: String,
        #[serde(rename = "inviteID")]
        invite_id: InviteId,
        outcomes: Option<BTreeMap<UserId, Outcome>>,
    },
    /// The whole state of a peer's engine, and of its layers if it has any.
    Snapshot {
        peer: String,
        snapshot: Snapshot,
        #[serde(skip_serializing_if = "Option::is_none")]
        layers: Option<Box<LayersSnapshot>>,
    },
    /// Why the command was not executed.
    Error { error: String },
    /// The end of the answer: the command's name, and when the next timer is due, in virtual ms.
    Done { done: Option<String>, next_timer: Option<i64> },
}

/// Something a peer put out, and when.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Event {
    /// Virtual ms since the start.
    pub t: i64,
    /// Which peer.
    pub peer: String,
    /// What it put out.
    #[serde(flatten)]
    pub out: Out,
}

/// What a peer puts out.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Out {
    /// A message.
    Send(SentMessage),
    /// The edit of a message sent earlier.
    Modify(SentMessage),
    /// What became of a message that changed nothing, or not yet. A pipe does not tell.
    Disposition(Disposition),
    /// Why a layer did not do what it was asked.
    Refused(String),
    /// What a layer told the app.
    #[serde(untagged)]
    Layer(LayerEvent),
    /// A callback, in the vendor's words.
    #[serde(untagged, serialize_with = "as_line")]
    Callback(Callback),
    /// How an operation ended.
    #[serde(untagged)]
    Result(ResultLine),
}

fn as_line<S: Serializer>(callback: &Callback, serializer: S) -> Result<S::Ok, S::Error> {
    CallbackLine::from(callback).serialize(serializer)
}

/// A message that a peer sends.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are those of the protocol")]
pub struct SentMessage {
    pub id: String,
    pub from: UserId,
    pub to: String,
    pub conversation_type: ConversationType,
    pub time: i64,
    pub data: String,
    pub online_user_only: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offline_push_info: Option<PushInfo>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub push_intents: Vec<PushIntent>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_control_info: Option<MessageControl>,
}

/// How an operation ended.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ResultLine {
    /// Which operation.
    pub result: Method,
    /// The caller's own word for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag: Option<Value>,
    /// 0, the V2TIM code of the error, or the service's code of a refusal.
    pub code: i32,
    /// The invitation, where the vendor's module tells it.
    #[serde(rename = "inviteID", skip_serializing_if = "Option::is_none")]
    pub invite_id: Option<InviteId>,
}

/// A callback: its name, then its fields in the vendor's order.
struct CallbackLine(Vec<(&'static str, Value)>);

impl CallbackLine {
    fn with(mut self, name: &'static str, value: impl Serialize) -> Self {
        self.0.push((name, serde_json::to_value(value).unwrap_or_default()));
        self
    }

    fn about(self, key: &InvitationKey) -> Self {
        self.with("inviteID", key.invite_id()).with("inviter", key.inviter()).with("groupID", group_id(key))
    }
}

impl Serialize for CallbackLine {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|(name, value)| (name, value)))
    }
}

fn group_id(key: &InvitationKey) -> &str {
    key.conversation().group().map_or("", |group| group.as_str())
}

impl From<&Callback> for CallbackLine {
    fn from(callback: &Callback) -> Self {
        let mut line = content(Self(Vec::new()).with("callback", callback.name()), callback);
        if let Some(outcome) = callback.revises() {
            line = line.with("revises", outcome);
        }
        if is_elsewhere(callback) {
            line = line.with("elsewhere", true);
        }
        line
    }
}

/// The fields of each callback. The six documented ones have exactly the vendor's.
fn content(line: CallbackLine, callback: &Callback) -> CallbackLine {
    match callback {
        Callback::NewInvitation { invitation, invitees, data, .. } => {
            line.about(invitation).with("data", data).with("inviteeList", invitees)
        }
        Callback::InviteeAccepted { invitation, invitee, data, .. }
        | Callback::InviteeRejected { invitation, invitee, data, .. }
        | Callback::LateAnswer { invitation, invitee, data } => {
            line.about(invitation).with("data", data).with("invitee", invitee)
        }
        Callback::InvitationCancelled { invitation, data, .. } => line.about(invitation).with("data", data),
        Callback::InvitationTimeout { invitation, invitees, data, own_timer: true, .. } => line
            .with("data", data)
            .with("groupID", group_id(invitation))
            .with("inviteID", invitation.invite_id())
            .with("inviteeList", invitees)
            .with("inviter", invitation.inviter())
            .with("isSelfTimeout", true),
        Callback::InvitationTimeout { invitation, invitees, data, own_timer: false, .. } => {
            line.about(invitation).with("data", data).with("inviteeList", invitees).with("isSelfTimeout", false)
        }
        Callback::InvitationModified { invitation, data, .. } => {
            line.with("inviteID", invitation.invite_id()).with("data", data)
        }
        Callback::InviteeLeft { invitation, invitee, .. } => line.about(invitation).with("invitee", invitee),
        Callback::Missed { invitation, invitees, data, reason } => {
            line.about(invitation).with("data", data).with("inviteeList", invitees).with("reason", reason)
        }
        Callback::AnsweredElsewhere { invitation, with } => line.about(invitation).with("with", with),
        Callback::OperationFailed { invitation, operation, code, outcome } => {
            line.about(invitation).with("operation", operation).with("code", code).with("outcome", outcome)
        }
        Callback::Ended { invitation, outcomes } => {
            let outcomes: BTreeMap<_, _> = outcomes.iter().map(|(user, outcome)| (user, outcome)).collect();
            line.about(invitation).with("outcomes", outcomes)
        }
    }
}

fn is_elsewhere(callback: &Callback) -> bool {
    match callback {
        Callback::InviteeAccepted { elsewhere, .. }
        | Callback::InviteeRejected { elsewhere, .. }
        | Callback::InvitationCancelled { elsewhere, .. }
        | Callback::InvitationTimeout { elsewhere, .. }
        | Callback::InvitationModified { elsewhere, .. } => *elsewhere,
        Callback::NewInvitation { .. }
        | Callback::InviteeLeft { .. }
        | Callback::Missed { .. }
        | Callback::LateAnswer { .. }
        | Callback::AnsweredElsewhere { .. }
        | Callback::OperationFailed { .. }
        | Callback::Ended { .. } => false,
    }
}
