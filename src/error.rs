//! Errors of the local caller, one type an operation, each with its V2TIM code (`O2`); and of the configuration. What a remote
//! did wrong is no error: see [`Disposition`](crate::Disposition).

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::callback::{Operation, Outcome};

/// Why an invitation cannot be operated on: what V2TIM folds into 8010 (`O2`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum Unavailable {
    /// No such invitation: never seen, or forgotten.
    #[error("no such invitation: it was never seen here, or is forgotten")]
    NeverSeen,
    /// An operation on it is in flight; wait for its fate (`O5`).
    #[error("an operation on it is still in flight ({0}): wait for its fate")]
    InFlight(Operation),
    /// It is settled.
    #[error("it is already settled: {0}")]
    Settled(Outcome),
}

/// It is not clear which invitation is meant: several open ones share the id (`I1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[error("several open invitations share this id: name the inviter too, or hand in the callback's invitation")]
#[non_exhaustive]
pub struct Ambiguous;

/// A limit of the configuration would be exceeded (`W9`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Limit {
    /// [`Limits::payload_bytes`](crate::Limits::payload_bytes).
    #[error("the message would exceed the limit on payload bytes")]
    PayloadBytes,
    /// [`Limits::invite_id_bytes`](crate::Limits::invite_id_bytes).
    #[error("an inviteID exceeds the limit on its bytes")]
    InviteIdBytes,
    /// [`Limits::user_id_bytes`](crate::Limits::user_id_bytes).
    #[error("a user id exceeds the limit on its bytes")]
    UserIdBytes,
    /// [`Limits::group_id_bytes`](crate::Limits::group_id_bytes).
    #[error("a group id exceeds the limit on its bytes")]
    GroupIdBytes,
    /// [`Limits::invitees`](crate::Limits::invitees).
    #[error("the invitation has more invitees than the limit")]
    Invitees,
    /// [`Limits::open`](crate::Limits::open) or [`Limits::open_per_sender`](crate::Limits::open_per_sender).
    #[error("as many invitations are open as the limit allows")]
    Open,
    /// [`Limits::kept`](crate::Limits::kept) or [`Limits::kept_per_sender`](crate::Limits::kept_per_sender).
    #[error("the limit on kept invitations (open and ended) is reached, and none of them can make room")]
    Kept,
    /// [`Limits::early`](crate::Limits::early) or [`Limits::early_per_sender`](crate::Limits::early_per_sender).
    #[error("as many early facts are kept as the limit allows")]
    Early,
}

/// A bad argument: V2TIM's 6017 (`O3`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum BadArgument {
    /// Nobody is invited.
    #[error("nobody is invited")]
    NoInvitees,
    /// The inviter is among the invitees.
    #[error("one cannot invite oneself")]
    SelfInvited,
    /// A user is invited twice.
    #[error("a user is invited twice")]
    DuplicateInvitee,
    /// An id is empty.
    #[error("an id is empty")]
    EmptyId,
    /// The timeout is longer than [`MAX_TIMEOUT`](crate::MAX_TIMEOUT).
    #[error("the timeout is longer than {} s", crate::MAX_TIMEOUT.as_secs())]
    TimeoutTooLong,
    /// The invitation is onlineUserOnly and cannot be modified.
    #[error("an onlineUserOnly invitation cannot be modified")]
    OnlineUserOnly,
    /// The invitation is the signed-in user's own.
    #[error("the invitation is one's own")]
    OwnInvitation,
    /// A C2C invitation is in a conversation with somebody else than the inviter or the invitee.
    #[error("a C2C invitation lives in the conversation of its inviter and its invitee")]
    WrongConversation,
}

/// Why [`Engine::invite`](crate::Engine::invite) failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum InviteError {
    /// 6017.
    #[error(transparent)]
    BadArgument(#[from] BadArgument),
    /// 8001.
    #[error(transparent)]
    Limit(#[from] Limit),
    /// 8001: too many outputs wait (`W9`).
    #[error("too many outputs wait to be polled: poll them, then try again")]
    Backlog,
}

/// Why [`Engine::cancel`](crate::Engine::cancel) failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum CancelError {
    /// 8010.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// 8011: only the inviter cancels.
    #[error("only the inviter can cancel an invitation")]
    NotInviter,
    /// 6017.
    #[error(transparent)]
    Ambiguous(#[from] Ambiguous),
    /// 8001.
    #[error(transparent)]
    Limit(#[from] Limit),
    /// 8001: too many outputs wait (`W9`).
    #[error("too many outputs wait to be polled: poll them, then try again")]
    Backlog,
}

/// Why [`Engine::accept`](crate::Engine::accept) or [`Engine::reject`](crate::Engine::reject) failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// 8010.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// 8011: only an invitee answers.
    #[error("only an invitee can answer an invitation")]
    NotInvitee,
    /// 6017.
    #[error(transparent)]
    Ambiguous(#[from] Ambiguous),
    /// 8001.
    #[error(transparent)]
    Limit(#[from] Limit),
    /// 8001: too many outputs wait (`W9`).
    #[error("too many outputs wait to be polled: poll them, then try again")]
    Backlog,
}

/// Why [`Engine::modify`](crate::Engine::modify) failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum ModifyError {
    /// 8010.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// 8011: only the inviter modifies.
    #[error("only the inviter can modify an invitation")]
    NotInviter,
    /// 8006: another modification is in flight.
    #[error("another modification is in flight: wait for its fate")]
    Conflict,
    /// 6017.
    #[error(transparent)]
    BadArgument(#[from] BadArgument),
    /// 6017.
    #[error(transparent)]
    Ambiguous(#[from] Ambiguous),
    /// 8001.
    #[error(transparent)]
    Limit(#[from] Limit),
    /// 8001: too many outputs wait (`W9`).
    #[error("too many outputs wait to be polled: poll them, then try again")]
    Backlog,
}

/// Why [`Engine::add_invited`](crate::Engine::add_invited) failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum AddInvitedError {
    /// 8012.
    #[error("the invitation is already known")]
    AlreadyKnown,
    /// 8010: its time was up when it was added.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// 6017.
    #[error(transparent)]
    BadArgument(#[from] BadArgument),
    /// 8001.
    #[error(transparent)]
    Limit(#[from] Limit),
    /// 8001: too many outputs wait (`W9`).
    #[error("too many outputs wait to be polled: poll them, then try again")]
    Backlog,
}

/// Why [`Engine::dismiss`](crate::Engine::dismiss) failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum DismissError {
    /// 8010.
    #[error(transparent)]
    Unavailable(#[from] Unavailable),
    /// 6017.
    #[error(transparent)]
    Ambiguous(#[from] Ambiguous),
    /// 8001: too many outputs wait (`W9`).
    #[error("too many outputs wait to be polled: poll them, then try again")]
    Backlog,
}

const UNKNOWN: i32 = 8010;
const NOT_YOURS: i32 = 8011;
const KNOWN: i32 = 8012;
const CONFLICT: i32 = 8006;
const BAD_ARGUMENT: i32 = 6017;
const TOO_LARGE: i32 = 8001;

impl InviteError {
    /// The V2TIM code.
    #[must_use]
    pub fn code(&self) -> i32 {
        match self {
            Self::BadArgument(_) => BAD_ARGUMENT,
            Self::Limit(_) | Self::Backlog => TOO_LARGE,
        }
    }
}

impl CancelError {
    /// The V2TIM code.
    #[must_use]
    pub fn code(&self) -> i32 {
        match self {
            Self::Unavailable(_) => UNKNOWN,
            Self::NotInviter => NOT_YOURS,
            Self::Ambiguous(_) => BAD_ARGUMENT,
            Self::Limit(_) | Self::Backlog => TOO_LARGE,
        }
    }
}

impl AnswerError {
    /// The V2TIM code.
    #[must_use]
    pub fn code(&self) -> i32 {
        match self {
            Self::Unavailable(_) => UNKNOWN,
            Self::NotInvitee => NOT_YOURS,
            Self::Ambiguous(_) => BAD_ARGUMENT,
            Self::Limit(_) | Self::Backlog => TOO_LARGE,
        }
    }
}

impl ModifyError {
    /// The V2TIM code.
    #[must_use]
    pub fn code(&self) -> i32 {
        match self {
            Self::Unavailable(_) => UNKNOWN,
            Self::NotInviter => NOT_YOURS,
            Self::Conflict => CONFLICT,
            Self::BadArgument(_) | Self::Ambiguous(_) => BAD_ARGUMENT,
            Self::Limit(_) | Self::Backlog => TOO_LARGE,
        }
    }
}

impl AddInvitedError {
    /// The V2TIM code.
    #[must_use]
    pub fn code(&self) -> i32 {
        match self {
            Self::AlreadyKnown => KNOWN,
            Self::Unavailable(_) => UNKNOWN,
            Self::BadArgument(_) => BAD_ARGUMENT,
            Self::Limit(_) | Self::Backlog => TOO_LARGE,
        }
    }
}

impl DismissError {
    /// The V2TIM code.
    #[must_use]
    pub fn code(&self) -> i32 {
        match self {
            Self::Unavailable(_) => UNKNOWN,
            Self::Ambiguous(_) => BAD_ARGUMENT,
            Self::Backlog => TOO_LARGE,
        }
    }
}

/// The token is not open: it was settled before, or is not this engine's. Harmless.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[error("no send with this token is open: its fate is known already, or it is not this engine's")]
#[non_exhaustive]
pub struct UnknownToken;

/// Why a configuration cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The signed-in user's id is empty or exceeds the limit.
    #[error("the signed-in user's id is empty or exceeds the limit")]
    UserId,
    /// A limit is zero.
    #[error("the limit `{0}` is zero")]
    ZeroLimit(&'static str),
    /// A limit for one sender exceeds the limit for all.
    #[error("the limit `{0}` exceeds the limit for all senders")]
    PerSender(&'static str),
    /// The limit on the bytes of an inviteID is below the 36 of the engine's own.
    #[error("`invite_id_bytes` is below the 36 bytes of the engine's own ids")]
    OwnIds,
    /// Fewer invitations may be kept than may be open.
    #[error("`kept` must be at least `open`: each open invitation leaves a tombstone")]
    KeptBelowOpen,
    /// A time is longer than 30 days.
    #[error("the time `{0}` is longer than 30 days")]
    TooLong(&'static str),
}

/// Why a snapshot cannot be restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// It was written by another version of the format.
    #[error("the snapshot has version {found}, and version {known} can be read: start anew, and catch up")]
    Version {
        /// The one that it has.
        found: u32,
        /// The one that can be read.
        known: u32,
    },
    /// It contradicts itself.
    #[error("the snapshot contradicts itself: {0}")]
    Inconsistent(&'static str),
    /// The limits of the configuration do not allow for what it holds (`W9`): they are lower than those it was written under.
    #[error(
        "the snapshot holds more {0} than the limits of the configuration allow: restore it with those it was written under"
    )]
    OverLimits(&'static str),
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] ConfigError),
}
