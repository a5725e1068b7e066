//! Why something could not be done in a class.

use thiserror::Error;

use crate::error::{AnswerError, InviteError};

/// Why nobody could be asked, or given the floor.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum AskError {
    /// More students than a round has room for; in plain text ([`ClassConfig::ask_text`](super::ClassConfig::ask_text)), more than
    /// one message has.
    #[error("more students than can be asked in one round")]
    TooMany,
    /// As many rounds and speeches of the user's go on as can.
    #[error("too many rounds at once: close one")]
    TooManyRounds,
    /// No place to speak is free, and the student cannot wait for one: [`WhenFull::Refuse`](super::WhenFull::Refuse) is set, or 64 wait.
    #[error("no place to speak is free")]
    Full,
    /// This student speaks, is asked to, or waits to be.
    #[error("this student speaks already, or is about to")]
    Already,
    /// The engine refused the invitation.
    #[error(transparent)]
    Invite(#[from] InviteError),
}

/// Why something could not be done with a round or a speech.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum ClassError {
    /// It was never seen here, or is over.
    #[error("there is no such round or speech, or it is over")]
    Over,
    /// The user is not asked.
    #[error("the user is not asked")]
    NotAsked,
    /// Only the teacher of the round may do this; a student may do it only with their own hand or speech.
    #[error("this is the teacher's to do")]
    NotYours,
    /// This hand is not up, or this student does not speak.
    #[error("this hand is not up")]
    NotUp,
    /// 256 messages of this device about rounds and speeches still wait for their fate: there is no room for more.
    #[error("too many messages wait for their fate")]
    TooMuchSaid,
    /// The engine refused the answer.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The engine refused the message.
    #[error(transparent)]
    Invite(#[from] InviteError),
}
