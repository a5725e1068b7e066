//! The invitations by name, and what is due when. The only place that changes an invitation, so that its timer, its room and
//! its state cannot disagree.

use alloc::collections::{BTreeMap, BTreeSet};
use core::ops::Bound;

use super::room::{Place, Room};
use super::step::Step;
use crate::config::Config;
use crate::error::{Ambiguous, Limit};
use crate::id::{AsKey, InvitationKey, Target, UserId};
use crate::protocol::invitation::{Invitation, Phase};
use crate::protocol::timer;
use crate::time::Timestamp;
use crate::wake::WakeReason;

type Due = (Timestamp, WakeReason);

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Book {
    slots: BTreeMap<InvitationKey, Slot>,
    due: BTreeSet<(Timestamp, InvitationKey, WakeReason)>,
    /// The first of `due`, so that to look costs nothing.
    next: Option<Due>,
    room: Room,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Slot {
    invitation: Invitation,
    due: Option<Due>,
    place: Place,
}

impl Book {
    /// Enters an invitation that is new.
    pub(super) fn insert(&mut self, step: &mut Step<'_>, key: InvitationKey, invitation: Invitation) {
        let slot = Slot { due: None, place: place(&invitation, step.config), invitation };
        self.room.enter(step.me, &key, slot.place);
        self.slots.insert(key.clone(), slot);
        self.with(step, &key, |_, _, _| ());
    }

    /// Makes room for an invitation of this inviter, or says which limit is reached and changes nothing.
    pub(super) fn admit(&mut self, step: &mut Step<'_>, inviter: &UserId) -> Result<(), Limit> {
        for leaving in self.room.admit(step.me, inviter, step.now, &step.config.limits)?.into_iter().flatten() {
            self.with(step, &leaving, |step, _, invitation| step.forget(invitation));
        }
        Ok(())
    }

    /// Lets `change` work on an invitation, and brings its timer and its room up to date. `None`: there is none.
    pub(super) fn with<'s, R>(
        &mut self,
        step: &mut Step<'s>,
        key: &dyn AsKey,
        change: impl FnOnce(&mut Step<'s>, &InvitationKey, &mut Invitation) -> R,
    ) -> Option<R> {
        let bounds = (Bound::Included(key), Bound::Included(key));
        let (key, slot) = self.slots.range_mut::<dyn AsKey + '_, _>(bounds).next()?;
        let result = change(step, key, &mut slot.invitation);
        let due = timer::next(&slot.invitation, step.config);
        if due != slot.due {
            if let Some((at, reason)) = slot.due {
                self.due.remove(&(at, key.clone(), reason));
            }
            if let Some((at, reason)) = due {
                self.due.insert((at, key.clone(), reason));
            }
            slot.due = due;
            self.next = self.due.first().map(|(at, _, reason)| (*at, *reason));
        }
        let place = place(&slot.invitation, step.config);
        if place != slot.place {
            self.room.leave(step.me, key, slot.place);
            self.room.enter(step.me, key, place);
            slot.place = place;
        }
        if slot.invitation.phase == Phase::Gone {
            self.room.leave(step.me, key, place);
            let key = key.clone();
            self.slots.remove(&key);
        }
        Some(result)
    }

    pub(crate) fn get(&self, key: &dyn AsKey) -> Option<&Invitation> {
        self.slots.get(key).map(|slot| &slot.invitation)
    }

    /// The invitation that an operation is about (`I1`): the open one, else one that is remembered.
    pub(crate) fn find(&self, target: &Target) -> Result<Option<(&InvitationKey, &Invitation)>, Ambiguous> {
        let first = InvitationKey::first_of(target.invite_id.clone(), target.inviter.clone().unwrap_or_default());
        let shares = |key: &InvitationKey| {
            key.invite_id == target.invite_id && target.inviter.as_ref().is_none_or(|inviter| key.inviter == *inviter)
        };
        let sharing = self.slots.range(first..).take_while(|(key, _)| shares(key));
        let mut found: Option<(&InvitationKey, &Invitation)> = None;
        let fitting = sharing.filter(|(key, slot)| target.matches(key) && !slot.is_dismissed());
        for (key, slot) in fitting {
            match found {
                Some((_, other)) if other.is_open() && slot.invitation.is_open() => return Err(Ambiguous),
                Some((_, other)) if other.is_open() => {}
                Some(_) | None => found = Some((key, &slot.invitation)),
            }
        }
        Ok(found)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&InvitationKey, &Invitation)> {
        self.slots.iter().map(|(key, slot)| (key, &slot.invitation))
    }

    /// The next moment at which something is due. O(1).
    pub(crate) fn next_due(&self) -> Option<Due> {
        self.next
    }

    /// What is due first, if it is due by `now`.
    pub(crate) fn first_due(&self, now: Timestamp) -> Option<(Timestamp, InvitationKey, WakeReason)> {
        self.next.filter(|(at, _)| *at <= now)?;
        self.due.first().cloned()
    }

    pub(crate) fn room(&self) -> &Room {
        &self.room
    }
}

impl Slot {
    fn is_dismissed(&self) -> bool {
        matches!(self.invitation.phase, Phase::Dismissed(_))
    }
}

fn place(invitation: &Invitation, config: &Config) -> Place {
    match invitation.phase {
        Phase::Open if invitation.timeout.is_zero() => Place::OpenEndless,
        Phase::Open => Place::Open,
        Phase::Ended(_) | Phase::Dismissed(_) | Phase::Gone => Place::Ended(timer::life_end(invitation, config)),
    }
}
