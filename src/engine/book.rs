//! The invitations by name, and what is due when. The only place that changes an invitation, so that its timer, its room and
//! its state cannot disagree.

use alloc::collections::BTreeMap;

use super::outbox::Outbox;
use super::room::{Room, Seat};
use super::shelf::Shelf;
use super::step::Step;
use super::turns::Place;
use crate::config::Config;
use crate::error::{Ambiguous, Limit};
use crate::id::UserId;
use crate::name::{InvitationKey, KeyRef, Target};
use crate::protocol::invitation::{Invitation, Phase};
use crate::protocol::timer;
use crate::time::Timestamp;
use crate::wake::WakeReason;

type Due = (Timestamp, WakeReason);

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Book {
    shelf: Shelf,
    agenda: Agenda,
    room: Room,
}

/// What is due, and why, in the order of (deadline, invitation) (`T2`). What the ids begin with stands beside them, so that of those that
/// are due at one moment none is looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Agenda {
    entries: BTreeMap<(Timestamp, u64, InvitationKey), WakeReason>,
    /// The first of them, so that to look costs nothing.
    next: Option<Due>,
}

impl Agenda {
    fn set(&mut self, key: &InvitationKey, old: Option<Due>, new: Option<Due>) {
        if let Some((at, _)) = old {
            self.entries.remove(&(at, key.prefix(), key.clone()));
        }
        if let Some((at, reason)) = new {
            self.entries.insert((at, key.prefix(), key.clone()), reason);
        }
        self.next = self.entries.first_key_value().map(|((at, ..), reason)| (*at, *reason));
    }
}

impl Book {
    /// Makes room for an invitation of this inviter, which is to be inserted next, or says which limit is reached and changes nothing.
    pub(super) fn admit(&mut self, step: &mut Step<'_>, inviter: &UserId) -> Result<(), Limit> {
        for leaving in self.room.admit(step.me, inviter, step.now, &step.config.limits)?.into_iter().flatten() {
            self.with(step, &leaving, |step, key, invitation| {
                step.announce_before_it_goes(key, invitation);
                step.forget(invitation);
            });
        }
        Ok(())
    }

    /// Enters an invitation that is new, and for which room was made.
    pub(super) fn insert(&mut self, step: &Step<'_>, key: InvitationKey, invitation: Invitation) {
        self.enter(step, key, invitation, Some(Seat::ADMITTED));
    }

    /// Enters an invitation of a snapshot, whatever room there is.
    pub(super) fn restore(&mut self, step: &Step<'_>, key: InvitationKey, invitation: Invitation) {
        self.enter(step, key, invitation, None);
    }

    fn enter(&mut self, step: &Step<'_>, key: InvitationKey, invitation: Invitation, admitted: Option<Seat>) {
        let seat = Some(seat(&invitation, step.config));
        if seat != admitted {
            self.room.reseat(step.me, &key, known(&key, &invitation), admitted, seat);
        }
        self.agenda.set(&key, None, timer::next(&invitation, step.config));
        self.shelf.insert(key, invitation);
    }

    /// Lets `change` work on an invitation, and brings its timer and its room up to date. `None`: there is none.
    pub(super) fn with<'s, 'k, R>(
        &mut self,
        step: &mut Step<'s>,
        key: impl Into<KeyRef<'k>>,
        change: impl FnOnce(&mut Step<'s>, &InvitationKey, &mut Invitation) -> R,
    ) -> Option<R> {
        let (key, invitation) = self.shelf.get_mut(key.into())?;
        // Both follow from the invitation, so they are worked out rather than kept with each.
        let (due, seat) = (timer::next(invitation, step.config), seat(invitation, step.config));
        let result = change(step, key, invitation);
        if invitation.phase() == Phase::Gone {
            let key = key.clone();
            self.room.reseat(step.me, &key, known(&key, invitation), Some(seat), None);
            self.agenda.set(&key, due, None);
            self.shelf.remove(&key);
            self.give_back(step.outbox);
            return Some(result);
        }
        let new_seat = self::seat(invitation, step.config);
        if new_seat != seat {
            self.room.reseat(step.me, key, known(key, invitation), Some(seat), Some(new_seat));
        }
        let new_due = timer::next(invitation, step.config);
        if new_due != due {
            self.agenda.set(key, due, new_due);
        }
        Some(result)
    }

    /// With the last invitation all room is given back, since a map that was emptied keeps a node: a gateway has a million engines, and
    /// most have nothing to do.
    fn give_back(&mut self, outbox: &mut Outbox) {
        // Who has been admitted counts already.
        if self.room.kept() == 0 {
            *self = Self::default();
            outbox.come_to_rest();
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.shelf.is_empty()
    }

    pub(crate) fn get<'k>(&self, key: impl Into<KeyRef<'k>>) -> Option<&Invitation> {
        self.shelf.get(key.into())
    }

    /// The invitation that an operation is about (`I1`): the open one, else one that is remembered.
    pub(crate) fn find(&self, target: &Target) -> Result<Option<(&InvitationKey, &Invitation)>, Ambiguous> {
        let mut found: Option<(&InvitationKey, &Invitation)> = None;
        for (key, invitation) in self.shelf.find(target).filter(|(_, invitation)| !invitation.is_dismissed()) {
            match found {
                Some((_, other)) if other.is_open() && invitation.is_open() => return Err(Ambiguous),
                Some((_, other)) if other.is_open() => {}
                Some(_) | None => found = Some((key, invitation)),
            }
        }
        Ok(found)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&InvitationKey, &Invitation)> {
        self.shelf.iter()
    }

    /// The next moment at which something is due. O(1).
    pub(crate) fn next_due(&self) -> Option<Due> {
        self.agenda.next
    }

    /// What is due first, if it is due by `now`.
    pub(crate) fn first_due(&self, now: Timestamp) -> Option<(Timestamp, InvitationKey, WakeReason)> {
        self.agenda.next.filter(|(at, _)| *at <= now)?;
        self.agenda.entries.first_key_value().map(|((at, _, key), reason)| (*at, key.clone(), *reason))
    }

    pub(crate) fn room(&self) -> &Room {
        &self.room
    }
}

/// Whom it may make known.
fn known<'a>(key: &'a InvitationKey, invitation: &'a Invitation) -> &'a UserId {
    let invitee = invitation.invitees().name(0).filter(|_| invitation.is_mine());
    invitee.unwrap_or_else(|| key.inviter())
}

fn seat(invitation: &Invitation, config: &Config) -> Seat {
    let makes_known = if invitation.is_mine() { invitation.invitees().len() == 1 } else { invitation.has_accepted() };
    Seat { place: place(invitation, config), makes_known }
}

fn place(invitation: &Invitation, config: &Config) -> Place {
    match invitation.phase() {
        Phase::Ended(at) | Phase::Dismissed(at) => Place::Ended(yields_from(invitation, config, at)),
        Phase::Gone => Place::Ended(timer::life_end(invitation, config)),
        // Its end is told when the batch has been read, but it takes up no more room than any other that has ended (`A2`).
        Phase::Open if invitation.is_settled() && !invitation.from_push => {
            Place::Ended(timer::life_end(invitation, config))
        }
        // Somebody waits for the fate of an answer (`O7`).
        Phase::Open if invitation.timeout.is_zero() && invitation.under_way.sends().is_empty() => {
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
