//! What somebody wants of the seats, and what it comes to (`M1`, `M3`): judged anew by the newest attributes until it is done, so that no
//! write rests on what is out of date.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::board::{Seat, at_mut, place_of};
use crate::id::UserId;
use crate::name::InvitationKey;

/// A change of the seats that this device is to write.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Wish {
    /// Somebody gets onto a free seat.
    #[non_exhaustive]
    Take {
        /// Who.
        user: UserId,
        /// Which; `None`: the first that is free.
        seat: Option<u32>,
        /// What was accepted, where it takes that.
        request: Option<InvitationKey>,
    },
    /// Somebody gets off their seat.
    #[non_exhaustive]
    Leave {
        /// Who.
        user: UserId,
    },
    /// Somebody changes to another seat.
    #[non_exhaustive]
    Move {
        /// Who.
        user: UserId,
        /// Where to.
        seat: u32,
    },
    /// A seat is locked, or is not any more.
    #[non_exhaustive]
    Lock {
        /// Which.
        seat: u32,
        /// Whether it is to be.
        is_locked: bool,
    },
    /// Somebody on a seat is muted, or is not any more.
    #[non_exhaustive]
    Mute {
        /// Who.
        user: UserId,
        /// Whether they are to be.
        is_muted: bool,
    },
}

/// Why seats were not changed.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Error, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum WhyNot {
    /// Somebody is on it.
    #[error("{0} is on the seat")]
    Taken(UserId),
    /// It is locked.
    #[error("the seat is locked")]
    Locked,
    /// There is none that is free.
    #[error("no seat is free")]
    Full,
    /// The user is on another one.
    #[error("the user is on seat {0}")]
    AlreadySeated(u32),
    /// The user is on none.
    #[error("the user is on no seat")]
    NotSeated,
    /// There are fewer.
    #[error("there is no such seat")]
    NoSuchSeat,
    /// Others wrote first, again and again.
    #[error("others wrote first, again and again")]
    Conflicts,
    /// Who invited the user onto the seat did not write it in time.
    #[error("the seat was not given in time")]
    NotInTime,
    /// Too much is wanted at once.
    #[error("too many changes wait to be written")]
    TooMany,
    /// The store refused the write, with this code.
    #[error("the store refused it ({0})")]
    Failed(i32),
}

impl Wish {
    /// The seats once it is done: the same ones, if it is.
    pub(super) fn plan(&self, seats: &[Seat]) -> Result<Vec<Seat>, WhyNot> {
        let mut after = seats.to_vec();
        match self {
            Self::Take { user, seat, .. } => match (place_of(seats, user), seat) {
                (Some(place), Some(seat)) if place != *seat => return Err(WhyNot::AlreadySeated(place)),
                (Some(_), _) => {}
                (None, seat) => {
                    let seat = seat.or_else(|| first_free(seats)).ok_or(WhyNot::Full)?;
                    seat_user(&mut after, seat, user, false)?;
                }
            },
            Self::Leave { user } => {
                after.iter_mut().filter(|seat| seat.user.as_ref() == Some(user)).for_each(Seat::clear)
            }
            Self::Move { user, seat } => {
                let place = place_of(seats, user).ok_or(WhyNot::NotSeated)?;
                if place != *seat {
                    let is_muted = at_mut(&mut after, place).is_some_and(|seat| {
                        let is_muted = seat.is_muted;
                        seat.clear();
                        is_muted
                    });
                    seat_user(&mut after, *seat, user, is_muted)?;
                }
            }
            Self::Lock { seat, is_locked } => {
                at_mut(&mut after, *seat).ok_or(WhyNot::NoSuchSeat)?.is_locked = *is_locked;
            }
            Self::Mute { user, is_muted } => {
                let place = place_of(seats, user).ok_or(WhyNot::NotSeated)?;
                at_mut(&mut after, place).ok_or(WhyNot::NoSuchSeat)?.is_muted = *is_muted;
            }
        }
        Ok(after)
    }

    /// Whether it puts this user onto a seat.
    pub(super) fn seats(&self, who: &UserId) -> bool {
        match self {
            Self::Take { user, .. } | Self::Move { user, .. } => user == who,
            Self::Leave { .. } | Self::Lock { .. } | Self::Mute { .. } => false,
        }
    }

    /// Whether it may make a difference to what another one comes to that is done after it.
    pub(super) fn bears_on(&self, other: &Self) -> bool {
        match other {
            // Seats are taken, freed and locked by all the others.
            Self::Take { .. } | Self::Move { .. } => !matches!(self, Self::Mute { .. }),
            Self::Leave { user } => self.seats(user),
            Self::Lock { seat: other, .. } => matches!(self, Self::Lock { seat, .. } if seat == other),
            Self::Mute { user: other, .. } => match self {
                Self::Take { user, .. } | Self::Leave { user } | Self::Move { user, .. } | Self::Mute { user, .. } => {
                    user == other
                }
                Self::Lock { .. } => false,
            },
        }
    }
}

fn first_free(seats: &[Seat]) -> Option<u32> {
    (0..).zip(seats).find(|(_, seat)| seat.is_free()).map(|(number, _)| number)
}

fn seat_user(seats: &mut [Seat], number: u32, user: &UserId, is_muted: bool) -> Result<(), WhyNot> {
    let seat = at_mut(seats, number).ok_or(WhyNot::NoSuchSeat)?;
    if let Some(by) = &seat.user {
        return Err(WhyNot::Taken(by.clone()));
    }
    if seat.is_locked {
        return Err(WhyNot::Locked);
    }
    (seat.user, seat.is_muted) = (Some(user.clone()), is_muted);
    Ok(())
}
