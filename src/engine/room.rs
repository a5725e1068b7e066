//! Who may fill the engine, and who makes room first (`W9`, `R5`).
//!
//! Invitations of others count for their inviter as well as overall, so that one hostile user crowds out only themself. Where a
//! limit is reached, an open invitation without a timeout makes room, then what ended and is past its life, of either the
//! oldest first, since a name is the sender's to choose; else the new one is refused.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::config::Limits;
use crate::error::Limit;
use crate::id::{InvitationKey, UserId};
use crate::time::Timestamp;

/// How an invitation takes up room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Place {
    /// Open, without a timeout, until this moment: makes room at once.
    OpenEndless(Timestamp),
    /// Open, until it ends.
    Open,
    /// Ended; makes room from this moment on.
    Ended(Timestamp),
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Room {
    all: Usage,
    senders: BTreeMap<UserId, Usage>,
    /// What can make room, of one sender or of all; one's own in the latter only.
    yielding: BTreeSet<(Place, InvitationKey)>,
    yielding_of: BTreeSet<(UserId, Place, InvitationKey)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Usage {
    open: u32,
    kept: u32,
}

impl Usage {
    fn of(place: Place) -> Self {
        Self { open: u32::from(matches!(place, Place::Open | Place::OpenEndless(_))), kept: 1 }
    }

    fn add(&mut self, other: Self) {
        self.open = self.open.saturating_add(other.open);
        self.kept = self.kept.saturating_add(other.kept);
    }

    fn take(&mut self, other: Self) {
        self.open = self.open.saturating_sub(other.open);
        self.kept = self.kept.saturating_sub(other.kept);
    }
}

impl Room {
    pub(crate) fn open(&self) -> u32 {
        self.all.open
    }

    pub(crate) fn kept(&self) -> u32 {
        self.all.kept
    }

    pub(crate) fn enter(&mut self, me: &UserId, key: &InvitationKey, place: Place) {
        self.all.add(Usage::of(place));
        if key.inviter() != me {
            self.senders.entry(key.inviter().clone()).or_default().add(Usage::of(place));
            if place != Place::Open {
                self.yielding_of.insert((key.inviter().clone(), place, key.clone()));
            }
        }
        if can_yield(me, key, place) {
            self.yielding.insert((place, key.clone()));
        }
    }

    pub(crate) fn leave(&mut self, me: &UserId, key: &InvitationKey, place: Place) {
        self.all.take(Usage::of(place));
        if key.inviter() != me {
            if let Some(usage) = self.senders.get_mut(key.inviter()) {
                usage.take(Usage::of(place));
                if usage.kept == 0 {
                    self.senders.remove(key.inviter());
                }
            }
            if place != Place::Open {
                self.yielding_of.remove(&(key.inviter().clone(), place, key.clone()));
            }
        }
        if can_yield(me, key, place) {
            self.yielding.remove(&(place, key.clone()));
        }
    }

    /// Whether an invitation of this inviter may enter, and which must leave for it: at most one for the room of open ones,
    /// and one for the room of all. Changes nothing.
    pub(crate) fn admit(
        &self,
        me: &UserId,
        inviter: &UserId,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<[Option<InvitationKey>; 2], Limit> {
        let sender = self.senders.get(inviter).copied().filter(|_| inviter != me).unwrap_or_default();
        let of_sender = || self.yielding_of(inviter);
        let of_all = || self.yielding.iter().map(|(place, key)| (*place, key));
        let endless = |(place, _): &(Place, &InvitationKey)| matches!(place, Place::OpenEndless(_));
        let over = |(place, _): &(Place, &InvitationKey)| match place {
            Place::OpenEndless(_) => true,
            Place::Open => false,
            Place::Ended(life_end) => *life_end <= now,
        };

        let mut first = None;
        if sender.open >= limits.open_per_sender && inviter != me {
            first = Some(of_sender().next().filter(endless).ok_or(Limit::Open)?.1);
        } else if self.all.open >= limits.open {
            first = Some(of_all().next().filter(endless).ok_or(Limit::Open)?.1);
        }
        let eased = first.is_some_and(|key| key.inviter() == inviter);
        let mut second = None;
        if sender.kept >= limits.kept_per_sender && inviter != me && !eased {
            second = Some(of_sender().next().filter(over).ok_or(Limit::Kept)?.1);
        } else if self.all.kept >= limits.kept && first.is_none() {
            second = Some(of_all().next().filter(over).ok_or(Limit::Kept)?.1);
        }
        Ok([first.cloned(), second.cloned()])
    }

    fn yielding_of<'a>(&'a self, inviter: &UserId) -> impl Iterator<Item = (Place, &'a InvitationKey)> {
        let first = Place::OpenEndless(Timestamp::from_millis(i64::MIN));
        let from = (inviter.clone(), first, InvitationKey::first_of(<_>::default(), <_>::default()));
        let inviter = inviter.clone();
        let range = self.yielding_of.range(from..).take_while(move |(user, _, _)| *user == inviter);
        range.map(|(_, place, key)| (*place, key))
    }
}

/// An open invitation of one's own is never the one to go.
fn can_yield(me: &UserId, key: &InvitationKey, place: Place) -> bool {
    match place {
        Place::OpenEndless(_) => key.inviter() != me,
        Place::Open => false,
        Place::Ended(_) => true,
    }
}
