//! Who may fill the engine, and who makes room first (`W9`, `R5`).
//!
//! Invitations of others count for their inviter as well as overall, and who holds more than is left gets no more: so a few
//! hostile users crowd out only themselves. The last of the room is kept from strangers, and the very last from everybody but
//! the user, so that strangers without number crowd out only each other.
//!
//! Where too many are open, one without a timeout makes room; where too many are kept, first what ended and is past its life.
//! Of either a stranger's goes first, and of those the oldest, since a name is the sender's to choose. Nobody makes room for
//! who stands lower. If nothing can go, the new one is refused.

use alloc::collections::{BTreeMap, BTreeSet};

use crate::config::Limits;
use crate::error::Limit;
use crate::id::UserId;
use crate::name::{Conversation, InvitationKey};
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
const EARLIEST_ENDLESS: Place = Place::OpenEndless(EARLIEST);
const EARLIEST_ENDED: Place = Place::Ended(EARLIEST);

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
    others: BTreeMap<UserId, Usage>,
    /// What can make room, of one other or of all; one's own in the latter only.
    yielding: BTreeSet<(Standing, Place, InvitationKey)>,
    yielding_of: BTreeSet<(UserId, Place, InvitationKey)>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
struct Usage {
    open: u32,
    kept: u32,
    /// How many invitations make them known.
    dealings: u32,
}

impl Usage {
    const DEALING: Self = Self { open: 0, kept: 0, dealings: 1 };

    fn of(place: Place) -> Self {
        Self { open: u32::from(matches!(place, Place::Open | Place::OpenEndless(_))), kept: 1, dealings: 0 }
    }

    /// Of another user who takes up so much.
    fn standing(self) -> Standing {
        if self.dealings > 0 { Standing::Known } else { Standing::Stranger }
    }

    fn add(&mut self, other: Self) {
        self.open = self.open.saturating_add(other.open);
        self.kept = self.kept.saturating_add(other.kept);
        self.dealings = self.dealings.saturating_add(other.dealings);
    }

    fn take(&mut self, other: Self) {
        self.open = self.open.saturating_sub(other.open);
        self.kept = self.kept.saturating_sub(other.kept);
        self.dealings = self.dealings.saturating_sub(other.dealings);
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
        if user == me { Standing::Own } else { self.others.get(user).copied().unwrap_or_default().standing() }
    }

    pub(crate) fn enter(&mut self, me: &UserId, key: &InvitationKey, whom: &UserId, seat: Seat) {
        self.meet(whom, false, seat.makes_known);
        self.place(me, key, None, Some(seat.place));
    }

    pub(crate) fn leave(&mut self, me: &UserId, key: &InvitationKey, whom: &UserId, seat: Seat) {
        self.place(me, key, Some(seat.place), None);
        self.meet(whom, seat.makes_known, false);
    }

    pub(crate) fn change(&mut self, me: &UserId, key: &InvitationKey, whom: &UserId, old: Seat, new: Seat) {
        self.meet(whom, old.makes_known, new.makes_known);
        if old.place != new.place {
            self.place(me, key, Some(old.place), Some(new.place));
        }
    }

    /// It takes up another place than before; `None`: none.
    fn place(&mut self, me: &UserId, key: &InvitationKey, old: Option<Place>, new: Option<Place>) {
        let change = |usage: &mut Usage| {
            usage.add(new.map(Usage::of).unwrap_or_default());
            usage.take(old.map(Usage::of).unwrap_or_default());
        };
        let inviter = key.inviter();
        change(&mut self.all);
        let mut standing = Standing::Own;
        if inviter != me {
            (_, standing) = self.count(inviter, change);
            let can_yield = |place: &Place| *place != Place::Open;
            if let Some(place) = old.filter(can_yield) {
                self.yielding_of.remove(&(inviter.clone(), place, key.clone()));
            }
            if let Some(place) = new.filter(can_yield) {
                self.yielding_of.insert((inviter.clone(), place, key.clone()));
            }
        }
        let can_yield = |place: &Place| can_yield(me, key, *place);
        if let Some(place) = old.filter(can_yield) {
            self.yielding.remove(&(standing, place, key.clone()));
        }
        if let Some(place) = new.filter(can_yield) {
            self.yielding.insert((standing, place, key.clone()));
        }
    }

    /// An invitation makes somebody known, or does no more.
    fn meet(&mut self, user: &UserId, did: bool, does: bool) {
        match (did, does) {
            (false, true) => self.know(user, |usage| usage.add(Usage::DEALING)),
            (true, false) => self.know(user, |usage| usage.take(Usage::DEALING)),
            (false, false) | (true, true) => {}
        }
    }

    /// Counts a dealing with another user. Where that changes what they are to this one, all of theirs that can make room
    /// takes its turn accordingly.
    fn know(&mut self, user: &UserId, change: impl FnOnce(&mut Usage)) {
        let (before, after) = self.count(user, change);
        if before == after {
            return;
        }
        let first = (user.clone(), EARLIEST_ENDLESS, lowest());
        for (_, place, key) in self.yielding_of.range(first..).take_while(|(inviter, ..)| inviter == user) {
            self.yielding.remove(&(before, *place, key.clone()));
            self.yielding.insert((after, *place, key.clone()));
        }
    }

    /// Gives what they were to the user, and are.
    fn count(&mut self, user: &UserId, change: impl FnOnce(&mut Usage)) -> (Standing, Standing) {
        let usage = self.others.entry(user.clone()).or_default();
        let before = usage.standing();
        change(usage);
        let after = usage.standing();
        if *usage == Usage::default() {
            self.others.remove(user);
        }
        (before, after)
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
        let held = other.and_then(|other| self.others.get(other)).copied().unwrap_or_default();
        let standing = other.map_or(Standing::Own, |_| held.standing());
        let endless = |of: Option<&UserId>| self.first(standing, of, Place::is_endless, EARLIEST_ENDLESS);
        let dead = |of: Option<&UserId>| self.first(standing, of, |place| place.is_over(now), EARLIEST_ENDED);

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
        Ok([first.cloned(), second.cloned()])
    }

    /// The first that makes room, if its place is such: of one inviter; or of all who do not stand higher, the lowest first.
    fn first(
        &self,
        standing: Standing,
        inviter: Option<&UserId>,
        is_such: impl Fn(Place) -> bool,
        from: Place,
    ) -> Option<&InvitationKey> {
        if let Some(inviter) = inviter {
            let (user, place, key) = self.yielding_of.range((inviter.clone(), from, lowest())..).next()?;
            return (user == inviter && is_such(*place)).then_some(key);
        }
        let all = [Standing::Stranger, Standing::Known, Standing::Own].into_iter().filter(|lower| *lower <= standing);
        all.filter_map(|lower| self.yielding.range((lower, from, lowest())..).next().filter(|(of, ..)| *of == lower))
            .find_map(|(_, place, key)| is_such(*place).then_some(key))
    }
}

/// The first of all names.
fn lowest() -> InvitationKey {
    InvitationKey::new("", "", Conversation::C2c(UserId::default()))
}

/// An open invitation of one's own is never the one to go.
fn can_yield(me: &UserId, key: &InvitationKey, place: Place) -> bool {
    match place {
        Place::OpenEndless(_) => key.inviter() != me,
        Place::Open => false,
        Place::Ended(_) => true,
    }
}
