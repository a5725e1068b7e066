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
    /// As many speak as may ([`WhenFull::Refuse`](super::WhenFull::Refuse)), or as many wait as can.
    #[error("no place is free for another one who speaks")]
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
    /// Only the teacher of the round does this; or, with their own hand or speech, a student.
    #[error("this is the teacher's to do")]
    NotYours,
    /// This hand is not up, or this student does not speak.
    #[error("this hand is not up")]
    NotUp,
    /// So much was said here of which the fate is not known that there is no room for more.
    #[error("too much waits for the fate of its send")]
    TooMuchSaid,
    /// The engine refused the answer.
    #[error(transparent)]
    Answer(#[from] AnswerError),
    /// The engine refused the message.
    #[error(transparent)]
    Invite(#[from] InviteError),
}
