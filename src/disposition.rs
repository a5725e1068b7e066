//! What became of a message: untrusted input is never an error (`R7`).

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::error::Limit;

/// What became of a message that was handed in (`R7`). Untrusted input is never an `Err`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[must_use]
#[non_exhaustive]
pub enum Disposition {
    /// It said something new.
    Applied,
    /// It said what was known already, and changed nothing.
    Duplicate,
    /// It came too late to matter, and changed nothing that anybody is told.
    Stale,
    /// Its invitation has not come yet: kept until then, for a while (`R6`).
    Buffered,
    /// Signaling of a kind that this version does not know (`W6`). Neither chat nor an error.
    Ignored,
    /// Not signaling: treat it as chat.
    NotSignaling,
    /// The sender may not say this, or there is no room for it. Nothing was changed.
    Refused(Refusal),
    /// Signaling that cannot be read. Nothing was changed.
    Malformed(Malformed),
    /// Too many outputs wait: poll them, then hand the message in again (`W9`). Nothing was changed.
    Backlog,
}

/// Why a message was refused (`R4`, `R5`, `W9`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Refusal {
    /// Only the inviter may say this, and the sender is not the inviter.
    #[error("only the inviter may say this")]
    NotInviter,
    /// Only an invitee may say this, of themself.
    #[error("only the invitee may say this, of themself")]
    NotInvitee,
    /// It names another conversation than the one that it came in.
    #[error("it came in another conversation than the invitation's")]
    WrongConversation,
    /// It invites nobody who can be invited here.
    #[error("it invites nobody who can be invited in this conversation")]
    NobodyInvited,
    /// The invitation is known already, with other invitees or another timeout (`R5`).
    #[error("the invitation is known with other invitees or another timeout")]
    Conflicting,
    /// It times out an invitation that has no timeout (`T4`).
    #[error("it times out an invitation that has no timeout")]
    NoTimeout,
    /// An id is empty.
    #[error("an id is empty")]
    EmptyId,
    /// There is no room for it.
    #[error(transparent)]
    Limit(Limit),
}

/// Why signaling could not be read (`W7`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Malformed {
    /// The payload is longer than the limit.
    #[error("the payload is longer than the limit")]
    TooLong,
    /// Values are nested deeper than the reader follows.
    #[error("values are nested too deeply")]
    TooDeep,
    /// The payload is not a JSON object, though it is marked as signaling.
    #[error("it is not a JSON object")]
    NotAnObject,
    /// A key has a value of a wrong type.
    #[error("a key has a value of the wrong type")]
    WrongType,
    /// A string holds half of a surrogate pair.
    #[error("a string holds a lone surrogate")]
    LoneSurrogate,
}
