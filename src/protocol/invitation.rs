//! One invitation: its header, the facts about each invitee, and what is under way.

mod stored;

use alloc::vec::Vec;
use core::mem;

use serde::{Deserialize, Serialize};

use self::stored::Stored;
use super::edit::Words;
use super::fact::{Fact, FactSet};
use super::invitees::Invitees;
use super::outcome::{may_be_listed, outcome};
use super::party::Party;
use super::reaction::{Telling, telling};
use super::send::Cargo;
use super::under_way::UnderWay;
use crate::callback::{Answer, Outcome};
use crate::id::{Data, UserId};
use crate::message::Stamp;
use crate::name::{Conversation, InvitationKey};
use crate::time::{Millis, Timestamp};

/// What the signed-in device is to an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Role {
    /// The device that sent the invite.
    Sender,
    /// Another device of the inviter.
    Inviter,
    /// A device of this invitee.
    Invitee(u32),
    /// A member of the group who is not invited.
    Observer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Phase<Since = Timestamp> {
    Open,
    /// Every invitee is settled: a tombstone (`R5`).
    Ended(Since),
    /// Dismissed by the host: a tombstone that nobody is told of.
    Dismissed(Since),
    /// To be removed at once.
    Gone,
}

impl Phase {
    fn split(self) -> (Phase<()>, Timestamp) {
        match self {
            Self::Open => (Phase::Open, Timestamp::default()),
            Self::Ended(since) => (Phase::Ended(()), since),
            Self::Dismissed(since) => (Phase::Dismissed(()), since),
            Self::Gone => (Phase::Gone, Timestamp::default()),
        }
    }
}

/// Whether a fact is certain, or one's own that still waits for its fate (`C1`, `O7`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Certainty {
    Confirmed,
    InFlight,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub(crate) struct Invitation {
    invitees: Invitees,
    pub(crate) role: Role,
    phase: Phase<()>,
    /// Of a phase that has a moment; within it, that would take eight bytes more of each invitation.
    since: Timestamp,
    /// Zero: none (`T4`).
    pub(crate) timeout: Millis,
    /// When the time is up (`T5`); without a timeout, when its life ends.
    pub(crate) deadline: Timestamp,
    pub(crate) words: Words,
    /// The stamp of the invite.
    pub(crate) stamp: Option<Stamp>,
    pub(crate) online_user_only: bool,
    /// Learnt from a push, its message not seen (`O1`).
    pub(crate) from_push: bool,
    /// Whether the app was told of it at all; if not, its end is no news either.
    pub(crate) is_known_to_app: bool,
    pub(crate) under_way: UnderWay,
}

/// What an invitation is made of.
pub(crate) struct Header {
    pub(crate) invitees: Invitees,
    pub(crate) role: Role,
    pub(crate) timeout: Millis,
    pub(crate) deadline: Timestamp,
    pub(crate) data: Data,
    pub(crate) stamp: Option<Stamp>,
    pub(crate) online_user_only: bool,
}

impl Invitation {
    pub(crate) fn new(header: Header) -> Self {
        Self {
            invitees: header.invitees,
            role: header.role,
            phase: Phase::Open,
            since: Timestamp::default(),
            timeout: header.timeout,
            deadline: header.deadline,
            words: Words::new(header.data),
            stamp: header.stamp,
            online_user_only: header.online_user_only,
            from_push: false,
            is_known_to_app: false,
            under_way: UnderWay::default(),
        }
    }

    /// The message of an invitation learnt from a push has come: all is as it says, but for what is known of oneself.
    pub(crate) fn complete(&mut self, header: Header) {
        let mut mine = self.me().map(|me| self.invitees.change(me, mem::take)).unwrap_or_default();
        let mut whole = Self::new(header);
        // Nobody can have run out of time, whatever the push said (`T4`); but what the app was told stands.
        if whole.timeout.is_zero() && self.is_open() && mine.told != Some(Outcome::TimedOut) {
            mine.confirmed.remove(Fact::OwnTimeout);
            mine.confirmed.remove(Fact::InviterTimeout);
            mine.told = mine.told.filter(|_| !mine.facts().is_empty());
        }
        if let Some(me) = whole.me() {
            whole.invitees.change(me, |party| *party = mine);
            for item in self.under_way.sends_mut().iter_mut().flat_map(|send| &mut send.held) {
                item.party = me;
            }
        }
        whole.set_phase(self.phase());
        whole.is_known_to_app = self.is_known_to_app;
        whole.under_way = mem::take(&mut self.under_way);
        *self = whole;
    }

    /// The service took the invite: with this stamp, which makes this deadline (`T5`). Where it was sent its time never runs from before
    /// it was handed out; where it came, never from after it came.
    pub(crate) fn stamped(&mut self, stamp: &Stamp, deadline: Timestamp) {
        if self.stamp.is_none() {
            self.stamp = Some(stamp.clone());
            if self.is_open() && !self.timeout.is_zero() {
                let is_sent_here = self.role == Role::Sender;
                self.deadline = if is_sent_here { self.deadline.max(deadline) } else { self.deadline.min(deadline) };
            }
        }
    }

    /// Adds a fact about an invitee; says whether anything is new about it.
    pub(crate) fn state(&mut self, party: u32, fact: Fact, certainty: Certainty) -> bool {
        self.invitees.change(party, |party| match certainty {
            Certainty::Confirmed => party.confirmed.insert(fact),
            Certainty::InFlight => party.in_flight.insert(fact),
        })
    }

    /// One's own fact is certain.
    pub(crate) fn confirm(&mut self, party: u32, fact: Fact) {
        self.invitees.change(party, |party| party.in_flight.remove(fact) && party.confirmed.insert(fact));
    }

    /// One's own fact never was. If it was what decided, it is to be told anew, as a revision where yes and no change places.
    pub(crate) fn withdraw(&mut self, party: u32, fact: Fact) {
        let has_decided = self.strongest(party) == Some(fact);
        self.invitees.change(party, |party| party.in_flight.remove(fact));
        if has_decided && telling(self.told(party), self.outcome(party)) == Telling::Nothing {
            self.set_told(party, None);
        }
    }

    /// A time-out that could not be sent is a presumption (`C1`).
    pub(crate) fn presume(&mut self, party: u32, unsent: Fact) {
        self.invitees.change(party, |party| {
            party.confirmed.remove(unsent);
            party.confirmed.insert(Fact::Silence)
        });
    }

    /// An answer of an invitee's was taken by the service under this stamp; says whether it is earlier than all that is known (`C4`).
    pub(crate) fn note_answer(&mut self, party: u32, answer: Answer, stamp: &Stamp) -> bool {
        self.invitees.change(party, |party| party.answers.note(answer, stamp))
    }

    /// The earliest stamp of this answer of an invitee's.
    pub(crate) fn first_answer(&self, party: u32, answer: Answer) -> Option<&Stamp> {
        self.invitees.party(party).and_then(|party| party.answers.first(answer))
    }

    /// The signed-in user's own answer was seen on the wire; says whether that is news to this device's (`C4`).
    pub(crate) fn see_own(&mut self, answer: Answer, stamp: Option<&Stamp>) -> bool {
        self.under_way.contest_mut().is_some_and(|contest| contest.seen(answer, stamp))
    }

    pub(crate) fn outcome(&self, party: u32) -> Outcome {
        outcome(self.facts(party))
    }

    fn facts(&self, party: u32) -> FactSet {
        self.invitees.party(party).map_or_else(FactSet::default, Party::facts)
    }

    pub(crate) fn strongest(&self, party: u32) -> Option<Fact> {
        self.facts(party).strongest()
    }

    pub(crate) fn is_in_flight(&self, party: u32, fact: Fact) -> bool {
        self.invitees.party(party).is_some_and(|party| party.in_flight.contains(fact))
    }

    /// The signed-in user's own outcome; pending for who is not invited.
    pub(crate) fn my_outcome(&self) -> Outcome {
        self.me().map_or(Outcome::Pending, |me| self.outcome(me))
    }

    /// Whether the signed-in user has said yes, on any device and whatever the inviter made of it (`W9`).
    pub(crate) fn has_accepted(&self) -> bool {
        self.my_facts().contains(Fact::Accept)
    }

    /// Whether the signed-in user has said no for certain, and not yes elsewhere; whatever the inviter made of it (`R2`).
    pub(crate) fn has_rejected(&self) -> bool {
        let me = self.me().and_then(|me| self.invitees.party(me));
        me.is_some_and(|me| me.confirmed.contains(Fact::Reject)) && !self.has_accepted()
    }

    fn my_facts(&self) -> FactSet {
        self.me().map_or_else(FactSet::default, |me| self.facts(me))
    }

    pub(crate) fn me(&self) -> Option<u32> {
        match self.role {
            Role::Invitee(me) => Some(me),
            Role::Sender | Role::Inviter | Role::Observer => None,
        }
    }

    pub(crate) fn is_mine(&self) -> bool {
        matches!(self.role, Role::Sender | Role::Inviter)
    }

    pub(crate) fn told(&self, party: u32) -> Option<Outcome> {
        self.invitees.party(party).and_then(|party| party.told)
    }

    pub(crate) fn set_told(&mut self, party: u32, told: Option<Outcome>) {
        self.invitees.change(party, |party| party.told = told);
    }

    /// Counts as told what nobody was told, such as what ended before it was heard of.
    pub(crate) fn pass_over(&mut self) {
        for position in 0..self.invitees.len() {
            self.invitees.change(position, |party| {
                let outcome = outcome(party.facts());
                party.told = party.told.or_else(|| (outcome != Outcome::Pending).then_some(outcome));
            });
        }
    }

    /// Whom the inviter's cancel or time-out may list (`C2`).
    pub(crate) fn pending(&self) -> Vec<u32> {
        self.those(|party| may_be_listed(party.facts()))
    }

    /// Who is only presumed to have run out of time.
    pub(crate) fn presumed(&self) -> Vec<u32> {
        self.those(|party| party.facts().strongest() == Some(Fact::Silence))
    }

    fn those(&self, wanted: impl Fn(&Party) -> bool) -> Vec<u32> {
        let numbered = (0_u32..).zip(self.invitees.parties());
        numbered.filter(|(_, party)| wanted(party)).map(|(number, _)| number).collect()
    }

    pub(crate) fn pending_count(&self) -> u32 {
        self.invitees.count().pending
    }

    pub(crate) fn is_settled(&self) -> bool {
        self.invitees.count().unsettled == 0
    }

    pub(crate) fn phase(&self) -> Phase {
        match self.phase {
            Phase::Open => Phase::Open,
            Phase::Ended(()) => Phase::Ended(self.since),
            Phase::Dismissed(()) => Phase::Dismissed(self.since),
            Phase::Gone => Phase::Gone,
        }
    }

    pub(crate) fn set_phase(&mut self, phase: Phase) {
        (self.phase, self.since) = phase.split();
    }

    pub(crate) fn is_open(&self) -> bool {
        self.phase == Phase::Open
    }

    pub(crate) fn is_dismissed(&self) -> bool {
        self.phase == Phase::Dismissed(())
    }

    pub(crate) fn invitees(&self) -> &Invitees {
        &self.invitees
    }

    pub(crate) fn outcomes(&self) -> impl Iterator<Item = (&UserId, Outcome)> {
        self.invitees.iter().zip(self.invitees.parties()).map(|(user, party)| (user, outcome(party.facts())))
    }

    /// One word for all invitees: the strongest outcome, where they differ.
    pub(crate) fn summary(&self) -> Outcome {
        let all = self.invitees.parties().iter().fold(FactSet::default(), |all, party| all.union(party.facts()));
        if self.pending_count() > 0 {
            Outcome::Pending
        } else if all.contains(Fact::Accept) && self.outcomes().any(|(_, outcome)| outcome == Outcome::Accepted) {
            Outcome::Accepted
        } else {
            outcome(all)
        }
    }

    /// Moves to another clock of the host (`A4`).
    pub(crate) fn shift(&mut self, shift: impl Fn(Timestamp) -> Timestamp) {
        self.deadline = shift(self.deadline);
        if let Phase::Ended(()) | Phase::Dismissed(()) = self.phase {
            self.since = shift(self.since);
        }
        self.under_way.shift(shift);
    }

    /// Whether its parts say nothing against each other: of an untrusted snapshot.
    pub(crate) fn is_consistent(&self) -> bool {
        self.phase != Phase::Gone
            // Of a push the end is told when its message has come.
            && (self.from_push || !(self.is_open() && self.is_settled()))
            && self.is_in_flight_sent()
    }

    /// Whether this user can hold it, in this role and under this name: of an untrusted snapshot.
    pub(crate) fn is_held_by(&self, me: &UserId, key: &InvitationKey) -> bool {
        let inviter = key.inviter();
        let is_among_them = match key.conversation() {
            Conversation::C2c(peer) => [me, peer].contains(&inviter),
            Conversation::Group(_) => true,
        };
        let plays_role = match self.role {
            Role::Sender | Role::Inviter => inviter == me,
            Role::Invitee(position) => self.invitees.name(position) == Some(me),
            Role::Observer => inviter != me && self.invitees.position(me.as_str()).is_none(),
        };
        is_among_them && plays_role && self.invitees.are_those_of(inviter)
    }

    /// Whether what is in flight has a send of an operation, whose fate is going to confirm or withdraw it.
    fn is_in_flight_sent(&self) -> bool {
        let me = self.me();
        let edits = self.under_way.sends().iter().filter(|send| send.cargo == Cargo::Modify).count();
        if edits != usize::from(self.words.is_in_flight()) {
            return false;
        }
        let says =
            |cargo: &Cargo, party, fact| cargo.operation().is_some() && cargo.fact_about(party, me) == Some(fact);
        let is_sent = |party, fact| self.under_way.sends().iter().any(|send| says(&send.cargo, party, fact));
        let in_flight = |facts: FactSet| Fact::ALL.into_iter().filter(move |fact| facts.contains(*fact));
        (0_u32..)
            .zip(self.invitees.parties())
            .all(|(number, party)| in_flight(party.in_flight).all(|fact| is_sent(number, fact)))
    }
}
