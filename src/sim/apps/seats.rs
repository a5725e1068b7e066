//! What is done with the seats of a room: by the user, and by the store of the group's attributes.

use alloc::collections::BTreeMap;
use alloc::string::String;

use serde::{Deserialize, Serialize};

use super::Refused;
use crate::callback::Answer;
use crate::engine::Engine;
use crate::id::{GroupId, UserId};
use crate::name::{Conversation, InvitationKey};
use crate::seats::{Seats, SeatsConfig, Ticket, WriteResult};
use crate::time::Timestamp;

/// A room with seats.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct SeatsRoom {
    /// Its group.
    pub room: GroupId,
    /// Its settings.
    pub config: SeatsConfig,
}

/// What the user of an app does with the seats of its room, or the store of the group's attributes tells. Who asks or is asked is named
/// by the user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub enum SeatDeed {
    /// Applies for this seat, or for any.
    Apply(Option<u32>),
    /// Takes the application back.
    Withdraw,
    /// Decides on somebody's application.
    Decide {
        /// Whose.
        user: UserId,
        /// How.
        accept: bool,
    },
    /// Asks somebody onto a seat.
    Invite {
        /// Whom.
        user: UserId,
        /// Onto which; without one, onto any.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seat: Option<u32>,
    },
    /// Takes back what this user was asked.
    TakeBack(UserId),
    /// Accepts the invitation that rings.
    Accept,
    /// Declines it.
    Decline,
    /// Gets onto this seat, or onto any, without asking.
    Take(Option<u32>),
    /// Gets off the seat.
    Leave,
    /// Changes to this seat.
    MoveTo(u32),
    /// Gets somebody off their seat.
    Remove(UserId),
    /// Locks a seat.
    Lock(u32),
    /// Unlocks it.
    Unlock(u32),
    /// Mutes somebody on a seat.
    Mute(UserId),
    /// Lets them be heard again.
    Unmute(UserId),
    /// Is about to leave the room.
    Exit,
    /// The store tells all attributes of the group.
    Attributes {
        /// Their version.
        version: u64,
        /// Names and values.
        all: BTreeMap<String, String>,
    },
    /// The store tells what became of a write.
    WriteResult {
        /// Of which.
        ticket: Ticket,
        /// What.
        result: WriteResult,
    },
}

impl SeatsRoom {
    /// A room with these settings.
    #[must_use]
    pub fn new(room: impl Into<GroupId>, config: SeatsConfig) -> Self {
        Self { room: room.into(), config }
    }

    pub(super) fn seats(self) -> Seats {
        Seats::new(self.room, self.config)
    }
}

pub(super) fn act_on_seats(
    seats: &mut Seats,
    engine: &mut Engine,
    now: Timestamp,
    deed: SeatDeed,
) -> Result<(), Refused> {
    match deed {
        SeatDeed::Apply(seat) => drop(seats.apply(engine, now, seat)?),
        SeatDeed::Withdraw => {
            let request = application(seats, engine, engine.user()).ok_or(Refused::NoRequest)?;
            seats.withdraw(engine, now, &request)?;
        }
        SeatDeed::Decide { user, accept } => {
            let request = application(seats, engine, &user).or_else(|| decided(seats, engine, &user));
            seats.decide(
                engine,
                now,
                &request.ok_or(Refused::NoRequest)?,
                if accept { Answer::Accept } else { Answer::Reject },
            )?;
        }
        SeatDeed::Invite { user, seat } => drop(seats.invite(engine, now, user, seat)?),
        SeatDeed::TakeBack(user) => {
            let is_of = |key: &InvitationKey| *key.conversation() == Conversation::C2c(user.clone());
            let mine = seats.invitations().map(|request| request.id).find(is_of);
            seats.withdraw(engine, now, &mine.ok_or(Refused::NoRequest)?)?;
        }
        SeatDeed::Accept => answer(seats, engine, now, Answer::Accept)?,
        SeatDeed::Decline => answer(seats, engine, now, Answer::Reject)?,
        SeatDeed::Take(seat) => seats.take(engine, now, seat)?,
        SeatDeed::Leave => seats.leave(engine, now)?,
        SeatDeed::MoveTo(seat) => seats.move_to(engine, now, seat)?,
        SeatDeed::Remove(user) => seats.remove(engine, now, &user)?,
        SeatDeed::Lock(seat) => seats.lock(engine, now, seat)?,
        SeatDeed::Unlock(seat) => seats.unlock(engine, now, seat)?,
        SeatDeed::Mute(user) => seats.mute(engine, now, &user)?,
        SeatDeed::Unmute(user) => seats.unmute(engine, now, &user)?,
        SeatDeed::Exit => seats.exit(engine, now),
        SeatDeed::Attributes { version, all } => {
            seats.handle_attributes(now, version, all.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        }
        SeatDeed::WriteResult { ticket, result } => seats.handle_write_result(now, ticket, result),
    }
    Ok(())
}

/// The open application of this user.
fn application(seats: &Seats, engine: &Engine, user: &UserId) -> Option<InvitationKey> {
    seats.applications(engine).into_iter().find(|request| request.by() == user).map(|request| request.id)
}

/// The latest request of this user that is decided: whoever decides late hears by whom.
fn decided(seats: &Seats, engine: &Engine, user: &UserId) -> Option<InvitationKey> {
    let theirs = engine.invitations().filter(|view| view.key().inviter() == user);
    let decided = theirs.filter(|view| seats.decision(view.key()).is_some());
    decided.max_by_key(|view| view.stamp().cloned()).map(|view| view.key().clone())
}

/// Answers the invitation that rings.
fn answer(seats: &mut Seats, engine: &mut Engine, now: Timestamp, answer: Answer) -> Result<(), Refused> {
    let ringing = seats.invitations().find(|request| request.by() != engine.user());
    seats.decide(engine, now, &ringing.ok_or(Refused::NoRequest)?.id, answer)?;
    Ok(())
}
