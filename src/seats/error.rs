//! Why something could not be done.

use thiserror::Error;

use super::wish::WhyNot;
use crate::error::{AnswerError, InviteError};
use crate::id::UserId;

/// Why an operation on seats failed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum SeatError {
    /// It is the owner's and the moderators' to do.
    #[error("only the owner and the moderators do that")]
    NotAllowed,
    /// The owner and the moderators take a seat: [`take`](super::Seats::take).
    #[error("the owner and the moderators need not apply: they take a seat")]
    NeedNot,
    /// The user has applied: [`withdraw`](super::Seats::withdraw) that first.
    #[error("the user has applied already")]
    AlreadyApplied,
    /// This one has decided.
    #[error("{0} has decided already")]
    Decided(UserId),
    /// It is over, or was never known here.
    #[error("there is no such request any more")]
    Over,
    /// The layer keeps as many requests of this kind as it can, 256, and none of them is over.
    #[error("too many requests: wait until one is over")]
    TooMany,
    /// By what is known of the seats.
    #[error(transparent)]
    WhyNot(#[from] WhyNot),
    /// The engine refused the answer.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The engine refused the invitation.
    #[error(transparent)]
    Invite(#[from] InviteError),
}
