//! The invitations by name, and what is due when. The only place that changes an invitation, so that its timer, its room and
//! its state cannot disagree.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, BTreeSet};
use core::borrow::Borrow;
use core::ops::Bound;

use super::outbox::Outbox;
use super::room::{Place, Room, Seat};
use super::step::Step;
use crate::config::Config;
use crate::error::{Ambiguous, Limit};
use crate::id::UserId;
use crate::name::{AsKey, Conversation, InvitationKey, KeyRef, Target};
use crate::protocol::invitation::{Invitation, Phase};
use crate::protocol::timer;
use crate::time::Timestamp;
use crate::wake::WakeReason;

type Due = (Timestamp, WakeReason);

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Book {
    /// Boxed, so that an entry is moved at no cost.
    slots: BTreeMap<InvitationKey, Box<Slot>>,
    agenda: Agenda,
    room: Room,
}

/// What is due, in the order of (deadline, invitation) (`T2`).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Agenda {
    entries: BTreeSet<(Timestamp, InvitationKey, WakeReason)>,
    /// The first of them, so that to look costs nothing.
    next: Option<Due>,
}

impl Agenda {
    fn set(&mut self, key: &InvitationKey, old: Option<Due>, new: Option<Due>) {
        if let Some((at, reason)) = old {
            self.entries.remove(&(at, key.clone(), reason));
        }
        if let Some((at, reason)) = new {
            self.entries.insert((at, key.clone(), reason));
        }
        self.next = self.entries.first().map(|(at, _, reason)| (*at, *reason));
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Slot {
    key: InvitationKey,
    invitation: Invitation,
}

impl Book {
    /// Enters an invitation that is new.
    pub(super) fn insert(&mut self, step: &Step<'_>, key: InvitationKey, invitation: Invitation) {
        self.room.enter(step.me, &key, &seat(&key, &invitation, step.config));
        self.agenda.set(&key, None, timer::next(&invitation, step.config));
        self.slots.insert(key.clone(), Box::new(Slot { key, invitation }));
    }

    /// Makes room for an invitation of this inviter, or says which limit is reached and changes nothing.
    pub(super) fn admit(&mut self, step: &mut Step<'_>, inviter: &UserId) -> Result<(), Limit> {
        for leaving in self.room.admit(step.me, inviter, step.now, &step.config.limits)?.into_iter().flatten() {
            self.with(step, &leaving, |step, key, invitation| {
                step.announce_before_it_goes(key, invitation);
                step.forget(invitation);
            });
        }
        Ok(())
    }

    /// Lets `change` work on an invitation, and brings its timer and its room up to date. `None`: there is none.
    pub(super) fn with<'s, K: Ord + ?Sized, R>(
        &mut self,
        step: &mut Step<'s>,
        key: &K,
        change: impl FnOnce(&mut Step<'s>, &InvitationKey, &mut Invitation) -> R,
    ) -> Option<R>
    where
        InvitationKey: Borrow<K>,
    {
        let Slot { key, invitation } = &mut **self.slots.get_mut(key)?;
        // Both follow from the invitation, so they are worked out rather than kept with each.
        let (due, seat) = (timer::next(invitation, step.config), seat(key, invitation, step.config));
        let result = change(step, key, invitation);
        let new_due = timer::next(invitation, step.config);
        if new_due != due {
            self.agenda.set(key, due, new_due);
        }
        let new_seat = self::seat(key, invitation, step.config);
        if new_seat != seat {
            self.room.change(step.me, key, &seat, &new_seat);
        }
        if invitation.phase == Phase::Gone {
            self.room.leave(step.me, key, &new_seat);
            let key = key.clone();
            self.slots.remove::<InvitationKey>(&key);
            self.give_back(step.outbox);
        }
        Some(result)
    }

    /// With the last invitation all room is given back, since a map that was emptied keeps a node: a gateway has a million engines, and
    /// most have nothing to do.
    fn give_back(&mut self, outbox: &mut Outbox) {
        if self.slots.is_empty() {
            *self = Self::default();
            outbox.tokens.clear(); // of which none is open: each is about an invitation
        }
    }

    pub(crate) fn get<K: Ord + ?Sized>(&self, key: &K) -> Option<&Invitation>
    where
        InvitationKey: Borrow<K>,
    {
        self.slots.get(key).map(|slot| &slot.invitation)
    }

    /// The invitation that an operation is about (`I1`): the open one, else one that is remembered.
    pub(crate) fn find(&self, target: &Target) -> Result<Option<(&InvitationKey, &Invitation)>, Ambiguous> {
        let inviter = target.inviter.as_ref().map_or("", UserId::as_str);
        let conversation = &Conversation::C2c(UserId::default());
        let first = KeyRef::new(target.invite_id.as_str(), inviter, conversation);
        let shares = |key: &InvitationKey| {
            *key.invite_id() == target.invite_id
                && target.inviter.as_ref().is_none_or(|inviter| key.inviter() == inviter)
        };
        let from: (Bound<&dyn AsKey>, _) = (Bound::Included(&first), Bound::Unbounded);
        let sharing = self.slots.range::<dyn AsKey + '_, _>(from).take_while(|(key, _)| shares(key));
        let mut found: Option<(&InvitationKey, &Invitation)> = None;
        let fitting = sharing.filter(|(key, slot)| target.matches(key) && !slot.invitation.is_dismissed());
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
        self.agenda.next
    }

    /// What is due first, if it is due by `now`.
    pub(crate) fn first_due(&self, now: Timestamp) -> Option<(Timestamp, InvitationKey, WakeReason)> {
        self.agenda.next.filter(|(at, _)| *at <= now)?;
        self.agenda.entries.first().cloned()
    }

    pub(crate) fn room(&self) -> &Room {
        &self.room
    }
}

fn seat(key: &InvitationKey, invitation: &Invitation, config: &Config) -> Seat {
    let makes_known = if invitation.is_mine() {
        let mut invitees = invitation.invitees().iter();
        invitees.next().filter(|_| invitees.next().is_none())
    } else {
        invitation.has_accepted().then_some(key.inviter())
    };
    Seat { place: place(invitation, config), makes_known: makes_known.cloned() }
}

fn place(invitation: &Invitation, config: &Config) -> Place {
    match invitation.phase {
        Phase::Ended(at) | Phase::Dismissed(at) => Place::Ended(yields_from(invitation, config, at)),
        Phase::Gone => Place::Ended(timer::life_end(invitation, config)),
        // Its end is told when the batch has been read, but it takes up no more room than any other that has ended (`A2`).
        Phase::Open if invitation.is_settled() && !invitation.from_push => {
            Place::Ended(timer::life_end(invitation, config))
        }
        // Somebody waits for the fate of an answer (`O7`).
        Phase::Open if invitation.timeout.is_zero() && invitation.sends.is_empty() => {
            Place::OpenEndless(invitation.deadline)
        }
        Phase::Open => Place::Open,
    }
}

/// From when on what ended then makes room for others: once nobody can say anything new of it. Without a timeout that is long; but a copy
/// that comes after the tombstones' life is stale by its stamp (`T7`), if what makes room for itself was not on its way for longer than
/// the graces.
fn yields_from(invitation: &Invitation, config: &Config, ended: Timestamp) -> Timestamp {
    let life_end = timer::life_end(invitation, config);
    let is_stale_by_then = invitation.timeout.is_zero() && invitation.stamp.is_some();
    if is_stale_by_then { life_end.min(ended + config.tombstone_life + config.grace.times(3)) } else { life_end }
}
