//! What makes room when there is none, and in which order (`W9`, `R5`).
//!
//! Of what can go a stranger's goes first, and of those the oldest, since a name is the sender's to choose.

use alloc::collections::BTreeSet;

use super::room::Standing;
use crate::id::UserId;
use crate::name::{Conversation, InvitationKey};
use crate::time::Timestamp;

/// How an invitation takes up room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Place {
    /// Open, without a timeout, until this moment: makes room at once, unless it is the user's own.
    OpenEndless(Timestamp),
    /// Open, until it ends.
    Open,
    /// Ended; makes room from this moment on.
    Ended(Timestamp),
}

impl Place {
    const EARLIEST: Timestamp = Timestamp::from_millis(i64::MIN);

    fn can_go(self, standing: Standing) -> bool {
        match self {
            Self::OpenEndless(_) => standing != Standing::Own,
            Self::Open => false,
            Self::Ended(_) => true,
        }
    }
}

/// All that can make room, now or later.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Turns {
    all: BTreeSet<(Standing, Place, InvitationKey)>,
    /// The same without the user's own, by inviter.
    of_one: BTreeSet<(UserId, Place, InvitationKey)>,
}

impl Turns {
    pub(super) fn add(&mut self, key: &InvitationKey, standing: Standing, place: Place) {
        if place.can_go(standing) {
            self.all.insert((standing, place, key.clone()));
            if standing != Standing::Own {
                self.of_one.insert((key.inviter().clone(), place, key.clone()));
            }
        }
    }

    pub(super) fn remove(&mut self, key: &InvitationKey, standing: Standing, place: Place) {
        if place.can_go(standing) {
            self.all.remove(&(standing, place, key.clone()));
            if standing != Standing::Own {
                self.of_one.remove(&(key.inviter().clone(), place, key.clone()));
            }
        }
    }

    /// Another user stands otherwise than before.
    pub(super) fn shift(&mut self, user: &UserId, before: Standing, after: Standing) {
        let first = (user.clone(), Place::OpenEndless(Place::EARLIEST), lowest());
        for (_, place, key) in self.of_one.range(first..).take_while(|(inviter, ..)| inviter == user) {
            self.all.remove(&(before, *place, key.clone()));
            self.all.insert((after, *place, key.clone()));
        }
    }

    /// The first without a timeout: of one inviter; or of all who do not stand higher.
    pub(super) fn first_endless(&self, standing: Standing, inviter: Option<&UserId>) -> Option<&InvitationKey> {
        self.first(standing, inviter, Place::OpenEndless(Place::EARLIEST), |place| {
            matches!(place, Place::OpenEndless(_))
        })
    }

    /// The same of what ended and is past its life.
    pub(super) fn first_dead(
        &self,
        standing: Standing,
        inviter: Option<&UserId>,
        now: Timestamp,
    ) -> Option<&InvitationKey> {
        let is_dead = |place| matches!(place, Place::Ended(life_end) if life_end <= now);
        self.first(standing, inviter, Place::Ended(Place::EARLIEST), is_dead)
    }

    fn first(
        &self,
        standing: Standing,
        inviter: Option<&UserId>,
        from: Place,
        is_such: impl Fn(Place) -> bool,
    ) -> Option<&InvitationKey> {
        if let Some(inviter) = inviter {
            let (user, place, key) = self.of_one.range((inviter.clone(), from, lowest())..).next()?;
            return (user == inviter && is_such(*place)).then_some(key);
        }
        let all = [Standing::Stranger, Standing::Known, Standing::Own].into_iter().filter(|lower| *lower <= standing);
        all.filter_map(|lower| self.all.range((lower, from, lowest())..).next().filter(|(of, ..)| *of == lower))
            .find_map(|(_, place, key)| is_such(*place).then_some(key))
    }
}

/// The first of all names.
fn lowest() -> InvitationKey {
    InvitationKey::new("", "", Conversation::C2c(UserId::default()))
}
