//! Who may fill the engine, and who makes room first (`W9`, `R5`).
//!
//! Invitations of others count for their inviter as well as overall, so that one hostile user crowds out only themself. Where
//! too many are open, one without a timeout makes room; where too many are kept, first what ended and is past its life. Of
//! either the oldest goes first, since a name is the sender's to choose. If nothing can go, the new one is refused.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::config::Limits;
use crate::error::Limit;
use crate::id::UserId;
use crate::name::InvitationKey;
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

const EARLIEST: Timestamp = Timestamp::from_millis(i64::MIN);

impl Place {
    fn is_endless(self) -> bool {
        matches!(self, Self::OpenEndless(_))
    }

    fn is_over(self, now: Timestamp) -> bool {
        matches!(self, Self::Ended(life_end) if life_end <= now)
    }
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
        let other = (inviter != me).then_some(inviter);
        let sender = other.and_then(|other| self.senders.get(other)).copied().unwrap_or_default();
        let endless = |of| self.first_from(of, Place::OpenEndless(EARLIEST)).filter(|(place, _)| place.is_endless());
        let dead = |of| self.first_from(of, Place::Ended(EARLIEST)).filter(|(place, _)| place.is_over(now));
        let any = |of| dead(of).or_else(|| endless(of));

        let mut first = None;
        if other.is_some() && sender.open >= limits.open_per_sender {
            first = Some(endless(other).ok_or(Limit::Open)?.1);
        } else if self.all.open >= limits.open {
            first = Some(endless(None).ok_or(Limit::Open)?.1);
        }
        let eased = first.is_some_and(|key| key.inviter() == inviter);
        let mut second = None;
        if other.is_some() && sender.kept >= limits.kept_per_sender && !eased {
            second = Some(any(other).ok_or(Limit::Kept)?.1);
        } else if self.all.kept >= limits.kept && first.is_none() {
            second = Some(any(None).ok_or(Limit::Kept)?.1);
        }
        Ok([first.cloned(), second.cloned()])
    }

    /// The first that can make room from this place on: of one inviter, or of all.
    fn first_from(&self, inviter: Option<&UserId>, place: Place) -> Option<(Place, &InvitationKey)> {
        let lowest = InvitationKey::first_of(<_>::default(), <_>::default());
        match inviter {
            None => self.yielding.range((place, lowest)..).next().map(|(place, key)| (*place, key)),
            Some(inviter) => {
                let (user, place, key) = self.yielding_of.range((inviter.clone(), place, lowest)..).next()?;
                (user == inviter).then_some((*place, key))
            }
        }
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
