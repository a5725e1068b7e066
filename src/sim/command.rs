//! What a pipe is told: the commands of the vendor's test peer, and those that an engine needs beyond them.

use alloc::boxed::Box;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::apps::{Deed, LayersConfig, LayersSnapshot};
use crate::config::Profile;
use crate::engine::Snapshot;
use crate::id::{Data, GroupId, InviteId, UserId};
use crate::input::Start;
use crate::message::{Invite, PushInfo};
use crate::name::Target;

/// One command. A peer is named by its user, or `user/2` for the user's second device.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case", rename_all_fields = "camelCase", deny_unknown_fields)]
pub(super) enum Command {
    Hello {
        start_ms: Option<i64>,
        profile: Option<ProfileName>,
        layers: Option<LayersConfig>,
    },
    New {
        peer: String,
        skew_ms: Option<i64>,
        layers: Option<LayersConfig>,
    },
    App {
        peer: String,
        app: Deed,
    },
    Call {
        peer: String,
        method: Method,
        #[serde(default)]
        options: Box<Options>,
        tag: Option<Value>,
    },
    Deliver {
        peer: String,
        message: Message,
    },
    Modified {
        peer: String,
        message: Message,
    },
    Sending {
        peer: String,
        mode: SendingMode,
    },
    Release {
        peer: String,
        #[serde(default)]
        outcome: Fate,
    },
    CatchUp {
        peer: String,
    },
    Sync {
        peer: String,
        #[serde(default = "cold")]
        kind: Start,
        #[serde(default)]
        messages: Vec<Message>,
    },
    MemberLeft {
        peer: String,
        #[serde(rename = "groupID")]
        group_id: GroupId,
        user: UserId,
    },
    SyncClock {
        peer: String,
        server_ms: i64,
    },
    Advance {
        ms: Option<u32>,
        to_ms: Option<i64>,
    },
    Live {
        peer: String,
    },
    Info {
        peer: String,
        message: Message,
    },
    Outcomes {
        peer: String,
        #[serde(rename = "inviteID")]
        invite_id: InviteId,
    },
    Snapshot {
        peer: String,
    },
    Restore {
        peer: String,
        snapshot: Snapshot,
        #[serde(default)]
        layers: Box<LayersSnapshot>,
        skew_ms: Option<i64>,
    },
}

fn cold() -> Start {
    Start::Cold
}

/// A local operation, by the vendor's name of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it")]
pub enum Method {
    Invite,
    InviteInGroup,
    Accept,
    Reject,
    Cancel,
    ModifyInvitation,
    AddInvitedSignaling,
    Dismiss,
}

/// The arguments of an operation. One that is missing is empty: whether that will do is for the engine to say.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are those of the protocol")]
pub struct Options {
    #[serde(rename = "userID", skip_serializing_if = "String::is_empty")]
    pub user_id: String,
    #[serde(rename = "groupID", skip_serializing_if = "String::is_empty")]
    pub group_id: String,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub invitee_list: Vec<String>,
    #[serde(rename = "inviteID", skip_serializing_if = "String::is_empty")]
    pub invite_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inviter: Option<UserId>,
    #[serde(skip_serializing_if = "String::is_empty")]
    pub data: String,
    #[serde(skip_serializing_if = "is_zero")]
    pub timeout: i64,
    #[serde(skip_serializing_if = "is_false")]
    pub online_user_only: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub offline_push_info: Option<PushInfo>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_ms: Option<i64>,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_zero(number: &i64) -> bool {
    *number == 0
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as serde asks")]
fn is_false(flag: &bool) -> bool {
    !flag
}

impl Options {
    pub(super) fn target(&self) -> Target {
        let invite_id = InviteId::from(self.invite_id.as_str());
        match &self.inviter {
            Some(inviter) => Target::of(inviter, invite_id),
            None => invite_id.into(),
        }
    }

    pub(super) fn data(&self) -> Data {
        self.data.as_str().into()
    }

    pub(super) fn invite_user(&self) -> Invite {
        self.complete(Invite::to(self.user_id.as_str()))
    }

    pub(super) fn invite_group(&self) -> Invite {
        self.complete(Invite::in_group(self.group_id.as_str(), self.invitee_list.iter().map(String::as_str)))
    }

    fn complete(&self, invite: Invite) -> Invite {
        let mut invite = invite.timeout(self.timeout_secs()).data(self.data());
        if self.online_user_only {
            invite = invite.online_user_only();
        }
        if let Some(push) = &self.offline_push_info {
            invite = invite.push(push.clone());
        }
        invite
    }

    /// A number that no timeout can be becomes one that the engine refuses.
    pub(super) fn timeout_secs(&self) -> u32 {
        u32::try_from(self.timeout).unwrap_or(u32::MAX)
    }
}

/// A message as it is handed in. `time` is in seconds, `time_ms` in milliseconds; without either it is of now.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the fields are those of the protocol")]
pub struct Message {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    pub from: UserId,
    pub to: String,
    #[serde(default)]
    pub conversation_type: ConversationType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_ms: Option<i64>,
    #[serde(deserialize_with = "text_or_json")]
    pub data: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub cloud_custom_data: String,
    #[serde(default)]
    pub online_user_only: bool,
}

/// `data` may be written as the object itself rather than as its text.
fn text_or_json<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    Value::deserialize(deserializer).map(as_text)
}

pub(super) fn as_text(data: Value) -> String {
    match data {
        Value::String(text) => text,
        json @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_)) => {
            json.to_string()
        }
    }
}

/// Between two users, or in a group.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
#[expect(clippy::exhaustive_enums, reason = "the service has two kinds of conversation")]
#[expect(missing_docs, reason = "the names say it")]
pub enum ConversationType {
    #[default]
    C2c,
    Group,
}

/// How a peer's sends end from now on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum SendingMode {
    /// The service takes them at once.
    #[default]
    Ok,
    /// The service refuses them.
    Fail,
    /// The service takes them, and nobody hears of it until they are released.
    Hold,
    /// They are on their way to the service until they are released.
    Stall,
}

/// How held sends end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Fate {
    /// The service took them.
    #[default]
    Ok,
    /// The service refused them.
    Fail,
    /// Nobody will ever know. What was on its way is lost.
    Unknown,
}

/// A profile by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
#[expect(missing_docs, reason = "the names say it")]
pub enum ProfileName {
    Default,
    Web,
}

impl From<Profile> for ProfileName {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::Default => Self::Default,
            Profile::Web => Self::Web,
        }
    }
}

impl From<ProfileName> for Profile {
    fn from(name: ProfileName) -> Self {
        match name {
            ProfileName::Default => Self::Default,
            ProfileName::Web => Self::Web,
        }
    }
}
