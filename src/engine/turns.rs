//! What makes room when there is none, and in which order (`W9`, `R5`).
//!
//! Of what can go a stranger's goes first, and of those the oldest, since a name is the sender's to choose.

use alloc::collections::BTreeSet;

use super::room::Standing;
use crate::id::UserId;
use crate::name::InvitationKey;
use crate::time::Timestamp;

const EARLIEST: Timestamp = Timestamp::from_millis(i64::MIN);
const LATEST: Timestamp = Timestamp::from_millis(i64::MAX);

/// How an invitation takes up room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// Open, without a timeout, until this moment: makes room at once, unless it is the user's own.
    OpenEndless(Timestamp),
    /// Open, until it ends.
    Open,
    /// Ended; makes room from this moment on.
    Ended(Timestamp),
}

/// All that can make room, now or later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Turns {
    /// Open, without a timeout; not the user's own.
    endless: Turn,
    ended: Turn,
}

/// Invitations in the order in which they go.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Turn {
    /// Never without a name: that is before all names.
    all: BTreeSet<(Standing, Timestamp, Option<InvitationKey>)>,
    /// The same without the user's own, by inviter.
    of_one: BTreeSet<(UserId, Timestamp, Option<InvitationKey>)>,
}

impl Turns {
    pub(super) fn add(&mut self, key: &InvitationKey, standing: Standing, place: Place) {
        if let Some((turn, at)) = self.turn(standing, place) {
            turn.add(key, standing, at);
        }
    }

    pub(super) fn remove(&mut self, key: &InvitationKey, standing: Standing, place: Place) {
        if let Some((turn, at)) = self.turn(standing, place) {
            turn.remove(key, standing, at);
        }
    }

    fn turn(&mut self, standing: Standing, place: Place) -> Option<(&mut Turn, Timestamp)> {
        match place {
            Place::OpenEndless(at) => (standing != Standing::Own).then_some((&mut self.endless, at)),
            Place::Open => None,
            Place::Ended(at) => Some((&mut self.ended, at)),
        }
    }

    /// Another user stands otherwise than before.
    pub(super) fn shift(&mut self, user: &UserId, before: Standing, after: Standing) {
        self.endless.shift(user, before, after);
        self.ended.shift(user, before, after);
    }

    /// The first without a timeout: of one inviter; or of all who do not stand higher.
    pub(super) fn first_endless(&self, standing: Standing, inviter: Option<&UserId>) -> Option<&InvitationKey> {
        self.endless.first(standing, inviter, LATEST)
    }

    /// The same of what ended and is past its life.
    pub(super) fn first_dead(
        &self,
        standing: Standing,
        inviter: Option<&UserId>,
        now: Timestamp,
    ) -> Option<&InvitationKey> {
        self.ended.first(standing, inviter, now)
    }
}

impl Turn {
    fn add(&mut self, key: &InvitationKey, standing: Standing, at: Timestamp) {
        self.all.insert((standing, at, Some(key.clone())));
        if standing != Standing::Own {
            self.of_one.insert((key.inviter().clone(), at, Some(key.clone())));
        }
    }

    fn remove(&mut self, key: &InvitationKey, standing: Standing, at: Timestamp) {
        self.all.remove(&(standing, at, Some(key.clone())));
        if standing != Standing::Own {
            self.of_one.remove(&(key.inviter().clone(), at, Some(key.clone())));
        }
    }

    fn shift(&mut self, user: &UserId, before: Standing, after: Standing) {
        for (_, at, key) in self.of_one.range((user.clone(), EARLIEST, None)..).take_while(|(of, ..)| of == user) {
            self.all.remove(&(before, *at, key.clone()));
            self.all.insert((after, *at, key.clone()));
        }
    }

    /// The first by then: of one inviter; or of all who do not stand higher.
    fn first(&self, standing: Standing, inviter: Option<&UserId>, by: Timestamp) -> Option<&InvitationKey> {
        if let Some(inviter) = inviter {
            let (of, at, key) = self.of_one.range((inviter.clone(), EARLIEST, None)..).next()?;
            return key.as_ref().filter(|_| of == inviter && *at <= by);
        }
        let all = [Standing::Stranger, Standing::Known, Standing::Own].into_iter().filter(|lower| *lower <= standing);
        all.filter_map(|lower| self.all.range((lower, EARLIEST, None)..).next().filter(|(of, ..)| *of == lower))
            .find_map(|(_, at, key)| key.as_ref().filter(|_| *at <= by))
    }
}
