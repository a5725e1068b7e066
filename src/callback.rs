//! What the engine tells the app (`R1`): the six documented V2TIM callbacks and convoke's own.

use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use crate::id::{Data, UserId};
use crate::message::{Edit, Token, Transmit};
use crate::name::InvitationKey;
use crate::time::Timestamp;

/// What the engine asks of the host: one queue, one order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(clippy::exhaustive_enums, reason = "a host must handle every kind of output")]
pub enum Output {
    /// Send this message and report its fate.
    Transmit(Transmit),
    /// Edit a message sent earlier and report the edit's fate.
    Edit(Edit),
    /// Tell the app.
    Callback(Callback),
}

impl Output {
    /// The name of the send whose fate the host reports; a callback has none.
    #[must_use]
    pub fn token(&self) -> Option<Token> {
        match self {
            Self::Transmit(transmit) => Some(transmit.token),
            Self::Edit(edit) => Some(edit.token),
            Self::Callback(_) => None,
        }
    }
}

/// What has become of an invitee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_enums, reason = "`C1` knows these and no others")]
pub enum Outcome {
    /// No answer yet.
    Pending,
    /// Accepted.
    Accepted,
    /// Rejected.
    Rejected,
    /// Ran out of time.
    TimedOut,
    /// Cancelled by the inviter.
    Cancelled,
    /// Left the group without an answer.
    Left,
}

/// In lower-case words: "timed out".
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Pending => "pending",
            Self::Accepted => "accepted",
            Self::Rejected => "rejected",
            Self::TimedOut => "timed out",
            Self::Cancelled => "cancelled",
            Self::Left => "left",
        })
    }
}

/// An answer of an invitee.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_enums, reason = "there are two answers")]
pub enum Answer {
    /// Yes.
    Accept,
    /// No.
    Reject,
}

/// The operation's name: "accept".
impl fmt::Display for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
        })
    }
}

/// Why an invitation did not ring (`R6`, `A2`, `T8`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum MissedReason {
    /// It was cancelled before it arrived.
    Cancelled,
    /// Its time was up when it arrived.
    TimedOut,
    /// Less time was left than [`Config::min_ring`](crate::Config::min_ring). It can still be answered.
    TooLittleTime,
}

/// In lower-case words: "timed out".
impl fmt::Display for MissedReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cancelled => "cancelled",
            Self::TimedOut => "timed out",
            Self::TooLittleTime => "too little time left",
        })
    }
}

/// An operation whose message the service refused (`O7`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Operation {
    /// [`Engine::invite`](crate::Engine::invite).
    Invite,
    /// [`Engine::cancel`](crate::Engine::cancel).
    Cancel,
    /// [`Engine::accept`](crate::Engine::accept).
    Accept,
    /// [`Engine::reject`](crate::Engine::reject).
    Reject,
    /// [`Engine::modify`](crate::Engine::modify).
    Modify,
}

/// Its name: "invite".
impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invite => "invite",
            Self::Cancel => "cancel",
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Modify => "modify",
        })
    }
}

/// Something the app should know.
///
/// Two fields are in many variants. `revises` (`C3`): the app was told this outcome of the invitee before, and it no longer holds.
/// `elsewhere` (`R3`): another device of the signed-in user did it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Callback {
    /// Ring: onReceiveNewInvitation.
    #[non_exhaustive]
    NewInvitation {
        /// Which invitation.
        invitation: InvitationKey,
        /// Who is invited. In a group one may not be among them (`R2`).
        invitees: Arc<[UserId]>,
        /// The inviter's data.
        data: Data,
        /// When its time is up, on the host's clock; `None` without a timeout.
        deadline: Option<Timestamp>,
    },
    /// onInviteeAccepted.
    #[non_exhaustive]
    InviteeAccepted {
        /// Which invitation.
        invitation: InvitationKey,
        /// Who accepted.
        invitee: UserId,
        /// The data of the answer.
        data: Data,
        /// What was told of this invitee before and no longer holds.
        revises: Option<Outcome>,
        /// Whether another device of the signed-in user did it.
        elsewhere: bool,
    },
    /// onInviteeRejected.
    #[non_exhaustive]
    InviteeRejected {
        /// Which invitation.
        invitation: InvitationKey,
        /// Who rejected.
        invitee: UserId,
        /// The data of the answer.
        data: Data,
        /// What was told of this invitee before and no longer holds.
        revises: Option<Outcome>,
        /// Whether another device of the signed-in user did it.
        elsewhere: bool,
    },
    /// onInvitationCancelled.
    #[non_exhaustive]
    InvitationCancelled {
        /// Which invitation.
        invitation: InvitationKey,
        /// Whom it cancels.
        invitees: Vec<UserId>,
        /// The data of the cancellation.
        data: Data,
        /// What was told of these invitees before and no longer holds.
        revises: Option<Outcome>,
        /// Whether another device of the signed-in user did it.
        elsewhere: bool,
    },
    /// onInvitationTimeout.
    #[non_exhaustive]
    InvitationTimeout {
        /// Which invitation.
        invitation: InvitationKey,
        /// Whose time is up.
        invitees: Vec<UserId>,
        /// The invitation's data.
        data: Data,
        /// Whether a timer of this engine found it, rather than a message.
        own_timer: bool,
        /// What was told of these invitees before and no longer holds.
        revises: Option<Outcome>,
        /// Whether another device of the signed-in user said it.
        elsewhere: bool,
    },
    /// onInvitationModified.
    #[non_exhaustive]
    InvitationModified {
        /// Which invitation.
        invitation: InvitationKey,
        /// Its data from here on.
        data: Data,
        /// Whether another device of the signed-in user did it.
        elsewhere: bool,
    },
    /// An invitee who had not answered left the group (`A6`).
    #[non_exhaustive]
    InviteeLeft {
        /// Which invitation.
        invitation: InvitationKey,
        /// Who left.
        invitee: UserId,
        /// What was told of this invitee before and no longer holds.
        revises: Option<Outcome>,
    },
    /// An invitation for this user that does not ring (`R6`, `A2`, `T8`).
    #[non_exhaustive]
    Missed {
        /// Which invitation.
        invitation: InvitationKey,
        /// Who is invited.
        invitees: Arc<[UserId]>,
        /// The inviter's data.
        data: Data,
        /// Why it does not ring.
        reason: MissedReason,
    },
    /// An acceptance reached the inviter after the cancellation or time-out, and changes nothing (`C3`): begin no
    /// call with them, and hang up if one has begun.
    #[non_exhaustive]
    LateAnswer {
        /// Which invitation.
        invitation: InvitationKey,
        /// Who accepted too late.
        invitee: UserId,
        /// The data of the answer.
        data: Data,
    },
    /// This device's answer is not the one that counts: another device of the user has answered (`C4`).
    #[non_exhaustive]
    AnsweredElsewhere {
        /// Which invitation.
        invitation: InvitationKey,
        /// The answer that counts.
        with: Answer,
    },
    /// The service refused the message of an operation, which is therefore undone (`O7`).
    #[non_exhaustive]
    OperationFailed {
        /// Which invitation. Of a refused invite nothing is left but this name.
        invitation: InvitationKey,
        /// What was tried.
        operation: Operation,
        /// The service's code.
        code: i32,
        /// The outcome now, with the operation undone. Of an answer: the user's own; of an invite: `Pending`. Of a cancel or a
        /// modification: one for all invitees, which is `Pending` if anybody is pending, else `Accepted` if anybody has accepted, else
        /// the strongest (`C1`).
        outcome: Outcome,
    },
    /// Every invitee is settled (`C7`). Fires once.
    #[non_exhaustive]
    Ended {
        /// Which invitation.
        invitation: InvitationKey,
        /// The outcome of each invitee, in the order of the invite.
        outcomes: Vec<(UserId, Outcome)>,
    },
}

impl Callback {
    /// The callback's name in the V2TIM documents, or convoke's own name for one that is not there.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::NewInvitation { .. } => "onReceiveNewInvitation",
            Self::InviteeAccepted { .. } => "onInviteeAccepted",
            Self::InviteeRejected { .. } => "onInviteeRejected",
            Self::InvitationCancelled { .. } => "onInvitationCancelled",
            Self::InvitationTimeout { .. } => "onInvitationTimeout",
            Self::InvitationModified { .. } => "onInvitationModified",
            Self::InviteeLeft { .. } => "inviteeLeft",
            Self::Missed { .. } => "missed",
            Self::LateAnswer { .. } => "lateAnswer",
            Self::AnsweredElsewhere { .. } => "answeredElsewhere",
            Self::OperationFailed { .. } => "operationFailed",
            Self::Ended { .. } => "ended",
        }
    }

    /// The invitation that it is about.
    #[must_use]
    pub fn invitation(&self) -> &InvitationKey {
        match self {
            Self::NewInvitation { invitation, .. }
            | Self::InviteeAccepted { invitation, .. }
            | Self::InviteeRejected { invitation, .. }
            | Self::InvitationCancelled { invitation, .. }
            | Self::InvitationTimeout { invitation, .. }
            | Self::InvitationModified { invitation, .. }
            | Self::InviteeLeft { invitation, .. }
            | Self::Missed { invitation, .. }
            | Self::LateAnswer { invitation, .. }
            | Self::AnsweredElsewhere { invitation, .. }
            | Self::OperationFailed { invitation, .. }
            | Self::Ended { invitation, .. } => invitation,
        }
    }

    /// What was told before and no longer holds, if this is a revision (`C3`).
    #[must_use]
    pub fn revises(&self) -> Option<Outcome> {
        match self {
            Self::InviteeAccepted { revises, .. }
            | Self::InviteeRejected { revises, .. }
            | Self::InvitationCancelled { revises, .. }
            | Self::InvitationTimeout { revises, .. }
            | Self::InviteeLeft { revises, .. } => *revises,
            Self::NewInvitation { .. }
            | Self::InvitationModified { .. }
            | Self::Missed { .. }
            | Self::LateAnswer { .. }
            | Self::AnsweredElsewhere { .. }
            | Self::OperationFailed { .. }
            | Self::Ended { .. } => None,
        }
    }
}
