//! Who may fill the engine (`W9`, `R5`).
//!
//! Invitations of others count for their inviter as well as overall, and who holds more than is left gets no more: so a few
//! hostile users crowd out only themselves. The last of the room is kept from strangers, and the very last from everybody but
//! the user, so that strangers without number crowd out only each other.
//!
//! Where too many are open, one without a timeout makes room; where too many are kept, first what ended and is past its life
//! ([`Turns`]). Nobody makes room for who stands lower. If nothing can go, the new one is refused.

use alloc::collections::{BTreeMap, btree_map::Entry};

use super::turns::{Place, Turns};
use crate::bytes::ends;
use crate::config::Limits;
use crate::error::Limit;
use crate::id::UserId;
use crate::name::InvitationKey;
use crate::time::Timestamp;

/// What somebody is to the user, and with it how much of the room they may fill.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Standing {
    Stranger,
    /// The user has invited them alone or accepted their invitation, and that is remembered.
    Known,
    /// The user.
    Own,
}

impl Standing {
    /// How much of a limit is left for them, where so much is used.
    pub(crate) fn left(self, limit: u32, used: u32) -> u32 {
        let withheld = match self {
            Self::Stranger => limit / 4,
            Self::Known => limit / 8,
            Self::Own => 0,
        };
        limit.saturating_sub(withheld).saturating_sub(used)
    }
}

/// What an invitation is to the room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    pub(crate) place: Place,
    /// Whether it makes somebody known: the one whom the user has invited, or whose invitation they have accepted.
    pub(crate) makes_known: bool,
}

impl Seat {
    /// What an invitation has that is admitted and has not entered yet.
    pub(crate) const ADMITTED: Self = Self { place: Place::Open, makes_known: false };
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Room {
    all: Usage,
    /// By what their names begin and end with, and then by name: the texts are elsewhere, and of a million in no cache.
    others: BTreeMap<(u64, UserId), Usage>,
    turns: Turns,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Usage {
    open: u32,
    kept: u32,
    /// How many invitations make them known.
    dealings: u32,
}

impl Usage {
    fn of(seat: Option<Seat>) -> Self {
        let Some(Seat { place, makes_known }) = seat else { return Self::default() };
        let is_open = matches!(place, Place::Open | Place::OpenEndless(_));
        Self { open: u32::from(is_open), kept: 1, dealings: u32::from(makes_known) }
    }

    /// Of another user who takes up so much.
    fn standing(self) -> Standing {
        if self.dealings > 0 { Standing::Known } else { Standing::Stranger }
    }

    /// The old is part of it.
    fn change(&mut self, old: Self, new: Self) {
        self.open = self.open.wrapping_sub(old.open).wrapping_add(new.open);
        self.kept = self.kept.wrapping_sub(old.kept).wrapping_add(new.kept);
        self.dealings = self.dealings.wrapping_sub(old.dealings).wrapping_add(new.dealings);
    }
}

impl Room {
    pub(crate) fn open(&self) -> u32 {
        self.all.open
    }

    pub(crate) fn kept(&self) -> u32 {
        self.all.kept
    }

    /// Whether more is taken up than may be: of an untrusted snapshot.
    pub(crate) fn is_overfull(&self, limits: &Limits) -> bool {
        let takes_too_much = |usage: &Usage| usage.open > limits.open_per_sender || usage.kept > limits.kept_per_sender;
        self.all.open > limits.open || self.all.kept > limits.kept || self.others.values().any(takes_too_much)
    }

    pub(crate) fn standing(&self, me: &UserId, user: &UserId) -> Standing {
        if user == me {
            return Standing::Own;
        }
        self.others.get(&told_apart(user)).copied().unwrap_or_default().standing()
    }

    /// Lets an invitation of this inviter in: it has [`Seat::ADMITTED`] from now on. Gives those that must leave for it, at most one for
    /// the room of open ones, and one for the room of all; or says which limit is reached and changes nothing.
    pub(crate) fn admit(
        &mut self,
        me: &UserId,
        inviter: &UserId,
        now: Timestamp,
        limits: &Limits,
    ) -> Result<[Option<InvitationKey>; 2], Limit> {
        let other = (inviter != me).then_some(inviter);
        let entry = other.map(|other| self.others.entry(told_apart(other)));
        let held = match &entry {
            Some(Entry::Occupied(usage)) => *usage.get(),
            Some(Entry::Vacant(_)) | None => Usage::default(),
        };
        let standing = other.map_or(Standing::Own, |_| held.standing());
        let endless = |of: Option<&UserId>| self.turns.first_endless(standing, of);
        let dead = |of: Option<&UserId>| self.turns.first_dead(standing, of, now);

        let left = standing.left(limits.open, self.all.open);
        // Of whom one may go: where they have had their share, their own only.
        let of = other.filter(|_| held.open >= limits.open_per_sender || held.open > left);
        let mut first = None;
        if of.is_some() || left == 0 {
            first = Some(endless(of).ok_or(Limit::Open)?);
        }

        let left = standing.left(limits.kept, self.all.kept);
        let is_eased = first.is_some_and(|key| key.inviter() == inviter);
        let mut second = None;
        if other.is_some() && held.kept >= limits.kept_per_sender && !is_eased {
            second = Some(dead(other).or_else(|| endless(other)).ok_or(Limit::Kept)?);
        } else if (left == 0 && first.is_none()) || (held.kept > left && !is_eased) {
            let of = other.filter(|_| held.kept > left);
            second = Some(dead(None).or_else(|| endless(of)).ok_or(Limit::Kept)?);
        }
        let admitted = Usage::of(Some(Seat::ADMITTED));
        self.all.change(Usage::default(), admitted);
        if let Some(entry) = entry {
            entry.or_default().change(Usage::default(), admitted);
        }
        Ok([first.cloned(), second.cloned()])
    }

    /// An invitation has another seat than before; `None`: it was not here, or is no more. `whom`: whom it may make known; of another's
    /// its inviter.
    pub(crate) fn reseat(
        &mut self,
        me: &UserId,
        key: &InvitationKey,
        whom: &UserId,
        old: Option<Seat>,
        new: Option<Seat>,
    ) {
        let (was, is) = (Usage::of(old), Usage::of(new));
        self.all.change(was, is);
        let is_own = key.inviter() == me;
        // One's own takes up nothing of the invitee's share.
        let share = |usage: Usage| if is_own { Usage { dealings: usage.dealings, ..Usage::default() } } else { usage };
        let (was, is) = (share(was), share(is));
        let own = (Standing::Own, Standing::Own);
        let (before, after) = if is_own && was == is { own } else { self.count(whom, was, is) };
        let (left, taken) = if is_own { own } else { (before, after) };
        if let Some(old) = old {
            self.turns.remove(key, left, old.place);
        }
        if before != after {
            self.turns.shift(whom, before, after);
        }
        if let Some(new) = new {
            self.turns.add(key, taken, new.place);
        }
    }

    /// Gives what they were to the user, and are.
    fn count(&mut self, user: &UserId, old: Usage, new: Usage) -> (Standing, Standing) {
        let mut usage = match self.others.entry(told_apart(user)) {
            Entry::Occupied(usage) => usage,
            Entry::Vacant(place) => place.insert_entry(Usage::default()),
        };
        let before = usage.get().standing();
        usage.get_mut().change(old, new);
        let after = usage.get().standing();
        if *usage.get() == Usage::default() {
            usage.remove();
        }
        (before, after)
    }
}

fn told_apart(user: &UserId) -> (u64, UserId) {
    (ends(user.as_str()), user.clone())
}
