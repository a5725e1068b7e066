//! The messages that cross the border: what the host hands in, and what it is asked to send.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::id::{Data, MessageId, UserId};
use crate::name::{Conversation, InvitationKey};
use crate::time::ServerTime;

/// The service's time and id of a message. It is the same everywhere, and orders messages by time, then id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(clippy::exhaustive_structs, reason = "the two parts are the order of messages, for good")]
pub struct Stamp {
    /// When the service took the message.
    pub time: ServerTime,
    /// The service's id of the message.
    pub id: MessageId,
}

/// A custom message as the host received it, or found it in the history. Its sender, conversation and stamp are the transport's word; all
/// else is untrusted.
///
/// ```
/// use convoke::{Conversation, Inbound};
/// let message = Inbound::new("alice", Conversation::C2c("alice".into()), r#"{"hello":1}"#).stamped(1_700_000_000_000, "m1");
/// assert!(!message.online_user_only);
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct Inbound {
    /// Who sent it, as the transport authenticated it (`R4`). Hand in what the user's other devices sent, too. What this device sent may be
    /// left out when it arrives live, if its fate is reported, which says the same; a history must include it.
    pub sender: UserId,
    /// Where it was sent: the *other* user of the pair, also for one's own messages; or the group.
    pub conversation: Conversation,
    /// The service's stamp, where the host knows it. Of an edit: the stamp of the edit; of an edited message in the history:
    /// that of the message.
    pub stamp: Option<Stamp>,
    /// The `data` of the custom message.
    pub payload: String,
    /// The message's cloudCustomData; empty if there is none.
    pub cloud_custom_data: String,
    /// Whether it was sent to online users only.
    pub online_user_only: bool,
}

impl Inbound {
    /// A message without a stamp.
    pub fn new(sender: impl Into<UserId>, conversation: Conversation, payload: impl Into<String>) -> Self {
        Self {
            sender: sender.into(),
            conversation,
            stamp: None,
            payload: payload.into(),
            cloud_custom_data: String::new(),
            online_user_only: false,
        }
    }

    /// The same message with the service's stamp: `time_ms` in milliseconds since 1970.
    #[must_use]
    pub fn stamped(mut self, time_ms: i64, id: impl Into<MessageId>) -> Self {
        self.stamp = Some(Stamp { time: ServerTime::from_millis(time_ms), id: id.into() });
        self
    }
}

impl core::fmt::Debug for Inbound {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Inbound")
            .field("sender", &self.sender)
            .field("conversation", &self.conversation)
            .field("stamp", &self.stamp)
            .field("payload_bytes", &self.payload.len())
            .field("online_user_only", &self.online_user_only)
            .finish_non_exhaustive()
    }
}

/// Names one send. The host hands it back with the send's fate (`O7`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Token(pub(crate) u64);

/// The fate of a send (`O7`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(clippy::exhaustive_enums, reason = "a host must be able to tell every fate there is")]
pub enum SendResult {
    /// The service took it, with this stamp: of an edit, that of the edit, where the service gives one (`R8`).
    Sent(Stamp),
    /// The service refused it, with this code. It has reached nobody.
    Refused {
        /// The service's code.
        code: i32,
    },
    /// Nobody knows, such as when the connection was lost. It counts as sent.
    Unknown,
}

/// A message to send. The host reports its fate by [`Engine::handle_send_result`](crate::Engine::handle_send_result).
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a host must honour every part of it")]
pub struct Transmit {
    /// Names this send.
    pub token: Token,
    /// The invitation that it is about.
    pub invitation: InvitationKey,
    /// Where to: a user or a group (`W4`).
    pub conversation: Conversation,
    /// The `data` of the custom message to send (`W1`).
    pub payload: String,
    /// Send to online users only: no history, no offline storage, no push (`W5`).
    pub online_user_only: bool,
    /// How the service should treat the message (`W8`).
    pub control: MessageControl,
    /// The offline push that rides on the message: on a C2C invite only (`W5`).
    pub push: Option<PushInfo>,
    /// One push an invitee, for the host to send as it likes: on a group invite only (`W5`).
    pub push_intents: Vec<PushIntent>,
}

/// An edit of a message sent earlier: a modified invitation (`W2`). Its fate is reported like that of a [`Transmit`].
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a host must honour every part of it")]
pub struct Edit {
    /// Names this send.
    pub token: Token,
    /// The invitation that it is about.
    pub invitation: InvitationKey,
    /// Where the message was sent.
    pub conversation: Conversation,
    /// Which message: the invite's stamp. `None` if nobody told it; then the host finds the message by its inviteID.
    pub message: Option<Stamp>,
    /// The new `data` of that message.
    pub payload: String,
}

impl core::fmt::Debug for Transmit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Transmit")
            .field("token", &self.token)
            .field("invitation", &self.invitation)
            .field("conversation", &self.conversation)
            .field("payload_bytes", &self.payload.len())
            .finish_non_exhaustive()
    }
}

impl core::fmt::Debug for Edit {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("Edit")
            .field("token", &self.token)
            .field("invitation", &self.invitation)
            .field("payload_bytes", &self.payload.len())
            .finish_non_exhaustive()
    }
}

/// How the service should treat a signaling message (`W8`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_structs, reason = "a host must honour every part of it")]
pub struct MessageControl {
    /// Signaling is exempt from content moderation: always true.
    pub excluded_from_content_moderation: bool,
    /// Do not count it as unread.
    pub excluded_from_unread_count: bool,
    /// Do not show it as the conversation's last message.
    pub excluded_from_last_message: bool,
}

/// What an offline push shows.
#[derive(Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[serde(rename_all = "camelCase", default)]
#[non_exhaustive]
pub struct PushInfo {
    /// The title of the notification.
    pub title: String,
    /// Its text.
    pub description: String,
    /// What the app gets when the user taps it.
    pub extension: String,
    /// Do not push at all.
    pub disable_push: bool,
}

impl core::fmt::Debug for PushInfo {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PushInfo").field("disable_push", &self.disable_push).finish_non_exhaustive()
    }
}

/// A push that one invitee of a group invitation should get (`W5`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(clippy::exhaustive_structs, reason = "a host must honour every part of it")]
pub struct PushIntent {
    /// Whom to push to.
    pub invitee: UserId,
    /// What to push.
    pub info: PushInfo,
}

/// An invitation to send: to one user ([`Invite::to`]), or to some members of a group ([`Invite::in_group`]).
///
/// ```
/// use convoke::{Invite, Millis};
/// let call = Invite::to("bob").timeout(30).data(r#"{"room_id":7}"#);
/// let class = Invite::in_group("class", ["bob", "carol"]).timeout(20).online_user_only();
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[must_use = "it invites nobody until it is handed to `Engine::invite`"]
pub struct Invite {
    pub(crate) conversation: Conversation,
    pub(crate) invitees: Vec<UserId>,
    pub(crate) timeout_s: u32,
    pub(crate) data: Data,
    pub(crate) online_user_only: bool,
    pub(crate) push: Option<PushInfo>,
}

impl Invite {
    /// Invites one user.
    pub fn to(user: impl Into<UserId>) -> Self {
        let user = user.into();
        Self::new(Conversation::C2c(user.clone()), [user].into())
    }

    /// Invites some members of a group.
    pub fn in_group<U: Into<UserId>>(group: impl Into<crate::GroupId>, invitees: impl IntoIterator<Item = U>) -> Self {
        Self::new(Conversation::Group(group.into()), invitees.into_iter().map(Into::into).collect())
    }

    fn new(conversation: Conversation, invitees: Vec<UserId>) -> Self {
        Self { conversation, invitees, timeout_s: 0, data: Data::default(), online_user_only: false, push: None }
    }

    /// How long each invitee has to answer, in seconds. A call wants one.
    ///
    /// 0, the default: there is no deadline, and nobody is told of a time-out. What nobody has answered is dropped after
    /// [`Config::retention`](crate::Config::retention), without a callback (`T4`).
    pub fn timeout(mut self, seconds: u32) -> Self {
        self.timeout_s = seconds;
        self
    }

    /// The app's own data.
    pub fn data(mut self, data: impl Into<Data>) -> Self {
        self.data = data.into();
        self
    }

    /// Only to who is online, for this and every later message of the invitation: no history, no push (`W5`).
    pub fn online_user_only(mut self) -> Self {
        self.online_user_only = true;
        self
    }

    /// What an offline push shows (`W5`). An invitation for online users only has none.
    pub fn push(mut self, push: PushInfo) -> Self {
        self.push = Some(push);
        self
    }
}

/// An invitation learnt from a push, before its message has come (`O1`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[must_use = "it is not known until it is handed to `Engine::add_invited`"]
pub struct Pushed {
    pub(crate) key: InvitationKey,
    pub(crate) sent: ServerTime,
    pub(crate) timeout_s: u32,
    pub(crate) data: Data,
}

impl Pushed {
    /// A C2C invitation by `inviter`, sent at `sent`.
    pub fn from_user(inviter: impl Into<UserId>, invite_id: impl Into<crate::InviteId>, sent: ServerTime) -> Self {
        let inviter = inviter.into();
        let conversation = Conversation::C2c(inviter.clone());
        Self::new(InvitationKey::new(inviter, invite_id, conversation), sent)
    }

    /// An invitation with this name, sent at `sent`.
    pub fn new(key: InvitationKey, sent: ServerTime) -> Self {
        Self { key, sent, timeout_s: 0, data: Data::default() }
    }

    /// How long each invitee has to answer, in seconds from the sending on; 0: there is no deadline.
    pub fn timeout(mut self, seconds: u32) -> Self {
        self.timeout_s = seconds;
        self
    }

    /// The app's own data.
    pub fn data(mut self, data: impl Into<Data>) -> Self {
        self.data = data.into();
        self
    }
}
