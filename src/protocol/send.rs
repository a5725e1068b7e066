//! Sends in flight: what each one carries, and what is known while nobody knows its fate (`O7`).

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::fact::Fact;
use crate::callback::{Answer, Operation};
use crate::id::Data;
use crate::message::Token;
use crate::time::Timestamp;

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Send {
    pub(crate) token: Token,
    pub(crate) cargo: Cargo,
    /// When it was made: the service cannot have taken it before.
    pub(crate) since: Timestamp,
    /// When it counts as of unknown fate.
    pub(crate) expires: Timestamp,
    /// Its message was seen or answered: it was sent, and only its stamp is still of interest.
    pub(crate) is_proven: bool,
    /// What arrived meanwhile and lost to the facts of this send: news, should they be withdrawn.
    pub(crate) held: Vec<News>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Cargo {
    Invite,
    /// Of these invitees, in ascending order.
    Cancel(Vec<u32>),
    Answer(Answer),
    Modify,
    /// The inviter's, of these invitees in ascending order, but for whom it is known to be sent; the how-manieth try.
    InviterTimeout(Vec<u32>, u8),
    /// The invitee's own; the how-manieth try.
    OwnTimeout(u8),
}

impl Cargo {
    /// The operation that it carries out, if it is one.
    pub(crate) fn operation(&self) -> Option<Operation> {
        match self {
            Self::Invite => Some(Operation::Invite),
            Self::Cancel(_) => Some(Operation::Cancel),
            Self::Answer(Answer::Accept) => Some(Operation::Accept),
            Self::Answer(Answer::Reject) => Some(Operation::Reject),
            Self::Modify => Some(Operation::Modify),
            Self::InviterTimeout(..) | Self::OwnTimeout(_) => None,
        }
    }

    /// The fact that it states about this invitee, if any other can lose to it: of an own time-out that is nothing but another no.
    pub(crate) fn fact_about(&self, party: u32, me: Option<u32>) -> Option<Fact> {
        let listed = |list: &[u32]| list.binary_search(&party).is_ok();
        match self {
            Self::Cancel(list) if listed(list) => Some(Fact::Cancel),
            Self::InviterTimeout(list, _) if listed(list) => Some(Fact::InviterTimeout),
            Self::Answer(answer) if me == Some(party) => Some(fact_of(*answer)),
            Self::Invite
            | Self::Modify
            | Self::Cancel(_)
            | Self::Answer(_)
            | Self::InviterTimeout(..)
            | Self::OwnTimeout(_) => None,
        }
    }
}

pub(crate) fn fact_of(answer: Answer) -> Fact {
    match answer {
        Answer::Accept => Fact::Accept,
        Answer::Reject => Fact::Reject,
    }
}

pub(crate) fn answer_of(fact: Fact) -> Option<Answer> {
    match fact {
        Fact::Accept => Some(Answer::Accept),
        Fact::Reject => Some(Answer::Reject),
        Fact::Cancel | Fact::InviterTimeout | Fact::OwnTimeout | Fact::Left | Fact::Silence => None,
    }
}

/// A fact that is new here, and what to tell of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct News {
    pub(crate) party: u32,
    pub(crate) fact: Fact,
    pub(crate) data: Data,
    /// Said by another device of the signed-in user.
    pub(crate) elsewhere: bool,
    /// Found by a timer of this engine.
    pub(crate) own_timer: bool,
}
