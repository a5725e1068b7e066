//! Why something could not be done.

use thiserror::Error;

use super::state::State;
use crate::error::{AnswerError, InviteError};

/// Why [`Calls::dial`](super::Calls::dial) or [`Calls::join`](super::Calls::join) failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum DialError {
    /// There is a call on this device.
    #[error("there is a call on this device: hang up first")]
    InCall,
    /// More than [`CallConfig::members`](super::CallConfig::members).
    #[error("more users than may be in a call")]
    TooMany,
    /// The engine refused the invitation.
    #[error(transparent)]
    Invite(#[from] InviteError),
}

/// Why something could not be done with a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum CallError {
    /// It is over.
    #[error("the call is over")]
    Over,
    /// It is in another state.
    #[error("this cannot be done with a call that is {0}")]
    NotNow(State),
    /// It is a call between users.
    #[error("this can be done with a call in a group only")]
    NotInGroup,
    /// It is a call in a group, or with several other users.
    #[error("this is possible only in a call between two users")]
    NotOfTwo,
    /// The other one does not ask to switch.
    #[error("nobody asks to switch")]
    NotAsked,
    /// More than [`CallConfig::members`](super::CallConfig::members).
    #[error("more users than may be in a call")]
    TooMany,
    /// As many invitations belong to the call as are kept, 64 (`W9`).
    #[error("as many invitations belong to the call as are kept: wait until one has ended")]
    TooManyInvitations,
    /// The engine refused the answer.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The engine refused the invitation.
    #[error(transparent)]
    Invite(#[from] InviteError),
}
