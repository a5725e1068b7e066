//! What the layer tells the app.

use alloc::vec::Vec;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::data::Op;
use crate::id::{InviteId, UserId};
use crate::time::Timestamp;

/// Names a round, or a speech, for all members alike: who began it, and its id (`H1`).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct RoundId {
    /// Who asks: the teacher of the round; or lets speak.
    pub teacher: UserId,
    /// The id that they gave it.
    pub id: InviteId,
}

/// As "alice's 18c2f-0".
impl fmt::Display for RoundId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}'s {}", self.teacher, self.id)
    }
}

/// Something the app should know of a class. The methods of [`Classroom`](super::Classroom) give the same facts: an app may redraw the
/// whole class from them after each event.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum ClassEvent {
    /// Somebody asks for raised hands.
    #[non_exhaustive]
    Opened {
        /// Which round.
        round: RoundId,
    },
    /// Ring: the user may [`raise`](super::Classroom::raise) a hand, or [`decline`](super::Classroom::decline).
    #[non_exhaustive]
    Asked {
        /// Which round.
        round: RoundId,
        /// Until when, on the host's clock.
        deadline: Option<Timestamp>,
    },
    /// A hand is up.
    #[non_exhaustive]
    HandRaised {
        /// In which round.
        round: RoundId,
        /// Whose.
        who: UserId,
    },
    /// A hand is up no longer.
    #[non_exhaustive]
    HandLowered {
        /// In which round.
        round: RoundId,
        /// Whose.
        who: UserId,
    },
    /// Many hands went down at once, or they stand in another order: see [`hands`](super::Classroom::hands).
    #[non_exhaustive]
    HandsChanged {
        /// In which round.
        round: RoundId,
    },
    /// A round is over: it was closed, or no hand is up and nobody can raise one any more.
    #[non_exhaustive]
    Closed {
        /// Which.
        round: RoundId,
    },
    /// Some students could not be asked, or given the floor: their message was not sent.
    #[non_exhaustive]
    NotReached {
        /// In which round, or by which speech.
        round: RoundId,
        /// Who.
        students: Vec<UserId>,
        /// The service's code; `None`: there is no room in the engine (`W9`).
        code: Option<i32>,
    },
    /// A place is free, and the student who waited for it is given the floor now.
    #[non_exhaustive]
    Granted {
        /// The speech, if they want to.
        speech: RoundId,
        /// Who.
        who: UserId,
    },
    /// A student who waited for a place could not be given the floor.
    #[non_exhaustive]
    NotGranted {
        /// Who.
        who: UserId,
    },
    /// Ring: the user may speak: [`accept`](super::Classroom::accept), or [`decline`](super::Classroom::decline).
    #[non_exhaustive]
    Invited {
        /// The speech.
        speech: RoundId,
        /// Until when, on the host's clock.
        deadline: Option<Timestamp>,
    },
    /// Stop ringing: the time is up, it was withdrawn, or another device of the user's has answered.
    #[non_exhaustive]
    RingStopped {
        /// The round or speech.
        round: RoundId,
    },
    /// A student whom the user gave the floor does not want it, or did not answer.
    #[non_exhaustive]
    Declined {
        /// The speech that does not take place.
        speech: RoundId,
        /// Who.
        who: UserId,
    },
    /// Somebody speaks.
    #[non_exhaustive]
    Speaking {
        /// The speech.
        speech: RoundId,
        /// Who.
        who: UserId,
    },
    /// Somebody speaks no longer.
    #[non_exhaustive]
    Stopped {
        /// The speech.
        speech: RoundId,
        /// Who.
        who: UserId,
    },
    /// The service refused what the user said, which is undone: do it again, if it is still wanted.
    #[non_exhaustive]
    Failed {
        /// The round or speech.
        round: RoundId,
        /// What was said: `RaiseHand` or `Speak` where it was an answer.
        op: Op,
        /// The service's code.
        code: i32,
    },
}
