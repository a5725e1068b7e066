//! What the layer tells the app (`K3`).

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::data::{Media, RoomId};
use crate::id::{GroupId, UserId};
use crate::time::{Millis, Timestamp};

/// Names a call on this device.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct CallId(pub(super) u32);

/// Something the app should know of a call.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum CallEvent {
    /// Ring: [`answer`](super::Calls::answer) or [`decline`](super::Calls::decline).
    #[non_exhaustive]
    Ringing {
        /// Which call.
        call: CallId,
        /// Who calls.
        by: UserId,
        /// Where, if not between the two.
        group: Option<GroupId>,
        /// Who else is called.
        others: Vec<UserId>,
        /// What is to be seen and heard.
        media: Media,
        /// The room to enter on an answer, where the caller says it.
        room: Option<RoomId>,
    },
    /// Somebody whom the user called has answered, or called the user at the same time (`K5`): be in this room.
    #[non_exhaustive]
    Answered {
        /// Which call.
        call: CallId,
        /// Who.
        by: UserId,
        /// What is to be seen and heard.
        media: Media,
        /// The room of the call.
        room: Option<RoomId>,
    },
    /// Somebody will not come: the call goes on with the others.
    #[non_exhaustive]
    NotComing {
        /// Which call.
        call: CallId,
        /// Who.
        who: UserId,
        /// Why.
        reason: EndReason,
    },
    /// The user and another one are in the room: the time counts from here (`K8`).
    #[non_exhaustive]
    Connected {
        /// Which call.
        call: CallId,
    },
    /// The other one asks to go on with a picture: [`answer_switch`](super::Calls::answer_switch) (`K11`).
    #[non_exhaustive]
    SwitchAsked {
        /// Which call.
        call: CallId,
        /// What to go on with.
        media: Media,
    },
    /// The call goes on with this.
    #[non_exhaustive]
    Switched {
        /// Which call.
        call: CallId,
        /// What is to be seen and heard from here on.
        media: Media,
    },
    /// A switch does not take place: it was declined, not answered or withdrawn, or the service refused to send it.
    #[non_exhaustive]
    NotSwitched {
        /// Which call.
        call: CallId,
    },
    /// The app crashed in a call, and was restored: enter its room again, or [`hang_up`](super::Calls::hang_up).
    #[non_exhaustive]
    Resumed {
        /// Which call.
        call: CallId,
        /// The room of the call.
        room: Option<RoomId>,
    },
    /// There is a call in a group, to which the user is not called: [`join`](super::Calls::join) it, if the app lets them (`K2`).
    #[non_exhaustive]
    InGroup {
        /// Which group.
        group: GroupId,
        /// Who calls.
        by: UserId,
        /// What is to be seen and heard.
        media: Media,
        /// Its room.
        room: Option<RoomId>,
    },
    /// The last one has left a call in a group in which the user is not, or nobody has come to one.
    #[non_exhaustive]
    OverInGroup {
        /// Which group.
        group: GroupId,
        /// Its room, where that is said.
        room: Option<RoomId>,
    },
    /// The service refused the user's answer, which is undone: it rings again.
    #[non_exhaustive]
    Failed {
        /// Which call.
        call: CallId,
        /// The service's code.
        code: i32,
    },
    /// It is over: stop ringing, leave the room. Of a call that never rang it is the only event.
    Ended(CallRecord),
}

impl CallEvent {
    /// The call that it is about; of what goes on in a group there is none.
    #[must_use]
    pub fn call(&self) -> Option<CallId> {
        match self {
            Self::Ringing { call, .. }
            | Self::Answered { call, .. }
            | Self::NotComing { call, .. }
            | Self::Connected { call }
            | Self::SwitchAsked { call, .. }
            | Self::Switched { call, .. }
            | Self::NotSwitched { call }
            | Self::Resumed { call, .. }
            | Self::Failed { call, .. } => Some(*call),
            Self::Ended(record) => Some(record.call),
            Self::InGroup { .. } | Self::OverInGroup { .. } => None,
        }
    }
}

/// What a call log needs (`K3`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct CallRecord {
    /// Which call.
    pub call: CallId,
    /// Whether the user called, was called, or joined.
    pub role: CallRole,
    /// The others.
    pub with: Vec<UserId>,
    /// Where, if not between the two.
    pub group: Option<GroupId>,
    /// What was to be seen and heard last.
    pub media: Media,
    /// Its room.
    pub room: Option<RoomId>,
    /// Why it ended.
    pub reason: EndReason,
    /// When the user called, was called, or joined, on the host's clock.
    pub started: Timestamp,
    /// When it was answered, on the host's clock.
    pub answered: Option<Timestamp>,
    /// When it ended, on the host's clock.
    pub ended: Timestamp,
    /// From when two were in the room to its end.
    pub duration: Option<Millis>,
    /// The user was called, and neither accepted nor declined on any device.
    pub is_missed: bool,
}

/// The user's part in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_enums, reason = "there is no fourth way into a call")]
pub enum CallRole {
    /// Called the others.
    Caller,
    /// Was called.
    Callee,
    /// Entered a call that went on (`K2`).
    Joiner,
}

/// Why a call ended, or one of those who were called does not come (`K3`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum EndReason {
    /// This user left the call.
    HungUp(UserId),
    /// This user declined, or their device stopped ringing by itself (`K1`).
    Declined(UserId),
    /// Nobody answered.
    NoResponse,
    /// This user was in another call, or did not want to be disturbed.
    Busy(UserId),
    /// By the caller, before an answer.
    Cancelled,
    /// Another device of the user has the call.
    AnsweredElsewhere,
    /// Another device of the user declined.
    DeclinedElsewhere,
    /// Both called each other, and another call than this one goes on (`K5`).
    Glare,
    /// The other one called anew (`K6`).
    Superseded,
    /// The media did not come about in time, or broke.
    MediaFailed,
    /// The message could not be sent: there is no room in the engine (`W9`).
    NotSent,
    /// The service refused the message, with this code.
    SendFailed(i32),
    /// The user left the group.
    LeftGroup,
}

/// In lower-case words: "hung up by alice".
impl fmt::Display for EndReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::HungUp(by) => write!(f, "hung up by {by}"),
            Self::Declined(by) => write!(f, "declined by {by}"),
            Self::NoResponse => f.write_str("no response"),
            Self::Busy(who) => write!(f, "{who} is busy"),
            Self::Cancelled => f.write_str("cancelled"),
            Self::AnsweredElsewhere => f.write_str("answered elsewhere"),
            Self::DeclinedElsewhere => f.write_str("declined elsewhere"),
            Self::Glare => f.write_str("both called at once"),
            Self::Superseded => f.write_str("superseded by another call"),
            Self::MediaFailed => f.write_str("the media failed"),
            Self::NotSent => f.write_str("not sent"),
            Self::SendFailed(code) => write!(f, "the service refused it ({code})"),
            Self::LeftGroup => f.write_str("left the group"),
        }
    }
}

/// How the caller of several relays it to the others (`K10`).
impl EndReason {
    /// None of them: who was called is coming.
    pub(super) const COMING: &str = "accepted";

    pub(super) fn word(&self) -> &'static str {
        match self {
            Self::Declined(_) => "declined",
            Self::Busy(_) => "busy",
            Self::HungUp(_) => "left",
            Self::MediaFailed | Self::NotSent | Self::SendFailed(_) => "failed",
            Self::NoResponse
            | Self::Cancelled
            | Self::AnsweredElsewhere
            | Self::DeclinedElsewhere
            | Self::Glare
            | Self::Superseded
            | Self::LeftGroup => "noResponse",
        }
    }

    pub(super) fn of_word(word: &str, who: &UserId) -> Option<Self> {
        match word {
            "declined" => Some(Self::Declined(who.clone())),
            "busy" => Some(Self::Busy(who.clone())),
            "left" => Some(Self::HungUp(who.clone())),
            "failed" => Some(Self::MediaFailed),
            "noResponse" => Some(Self::NoResponse),
            _ => None,
        }
    }
}
