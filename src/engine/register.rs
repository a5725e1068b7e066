//! Entering an invitation that came in (`R5`, `R6`, `T7`, `W9`).

use alloc::vec::Vec;
use core::slice;

use super::Engine;
use super::catch_up::Fold;
use super::early::EarlyFact;
use super::judge::{Statement, hold_back, judge};
use super::step::Step;
use crate::config::{Config, exceeds};
use crate::disposition::{Disposition, Refusal};
use crate::error::Limit;
use crate::id::{Data, UserId};
use crate::input::Start;
use crate::message::Inbound;
use crate::name::{Conversation, InvitationKey, KeyRef};
use crate::protocol::authority::{Said, Scope, scope};
use crate::protocol::fact::Fact;
use crate::protocol::invitation::{Certainty, Header, Invitation, Phase, Role};
use crate::protocol::invitees::Invitees;
use crate::protocol::send::{Cargo, News};
use crate::protocol::timer::send_expiry;
use crate::time::{Millis, Timestamp};
use crate::wire::Envelope;

/// What the clock says of an invite.
struct Timing {
    deadline: Timestamp,
    /// The same, if nothing but the host's clock speaks for an earlier moment, and that clock may be wrong.
    at_latest: Timestamp,
    can_tell_age: bool,
    /// Its time was up when it came.
    is_expired: bool,
    /// If it is new here, it is too old to be heard of at all.
    is_too_old: bool,
}

impl Timing {
    /// When the time is up of what is known already. Where it was sent the device knows when it was handed out; where it was heard of
    /// without its stamp, as from a push, it had been sent by then.
    fn deadline_of(&self, known: &Invitation, timeout: Millis, config: &Config) -> Timestamp {
        let by_then = known.deadline - config.life(known.timeout) + config.life(timeout);
        match known.role {
            Role::Sender if !self.can_tell_age => known.deadline,
            Role::Sender => self.deadline,
            // It is forgotten no sooner than a copy of it is too old.
            _ if timeout.is_zero() => self.at_latest,
            Role::Inviter | Role::Invitee(_) | Role::Observer => by_then.min(self.at_latest),
        }
    }
}

impl Engine {
    pub(super) fn receive_invite(
        &mut self,
        key: KeyRef<'_>,
        envelope: &Envelope<'_>,
        message: &Inbound,
        mut fold: Option<&mut Fold>,
    ) -> Disposition {
        if exceeds(envelope.invitees.len(), self.config.limits.invitees) {
            return Disposition::Refused(Refusal::Limit(Limit::Invitees));
        }
        let mut timing = self.timing(envelope.timeout, message, fold.as_deref());
        let is_batch = fold.is_some();
        let (book, mut step) = self.split(self.clock.now(), fold.as_deref_mut());
        let again = book.with(&mut step, key, |step, key, invitation| {
            if invitation.stamp.is_none() {
                timing.deadline = timing.deadline_of(invitation, envelope.timeout, step.config);
            }
            let is_complete = !invitation.from_push || invitation.is_dismissed();
            is_complete.then(|| step.hear_again(key, invitation, envelope, message, timing.deadline, is_batch))
        });
        match again {
            Some(Some(disposition)) => return disposition,
            Some(None) => return self.complete(key, envelope, message, &timing, fold),
            None if timing.is_too_old => return Disposition::Stale,
            None => {}
        }
        let invitees = match self.read_invitees(key, envelope, message) {
            Ok(invitees) => invitees,
            Err(refusal) => return Disposition::Refused(refusal),
        };
        let (book, mut step) = self.split(self.clock.now(), fold.as_deref_mut());
        if let Err(limit) = book.admit(&mut step, &message.sender) {
            return Disposition::Refused(Refusal::Limit(limit));
        }
        let invitation = Invitation::new(header(&self.me, invitees, envelope, message, timing.deadline));
        let key = InvitationKey::new(message.sender.clone(), key.invite_id, key.conversation.clone());
        self.enter(key, invitation, timing.is_expired, fold);
        Disposition::Applied
    }

    fn enter(&mut self, key: InvitationKey, mut invitation: Invitation, is_expired: bool, fold: Option<&mut Fold>) {
        let news = recall(&mut invitation, &self.me, &key, self.early.take(&key));
        if is_expired {
            let is_over = invitation.deadline + self.config.grace.times(2) <= self.clock.now();
            expire(&mut invitation, is_over);
        }
        let stamp = invitation.stamp.clone();
        let (book, mut step) = self.split(self.clock.now(), None);
        match fold {
            Some(fold) => fold.add_new(&key, stamp, news),
            None => step.open(&key, &mut invitation, &news, false, true),
        }
        book.insert(&step, key, invitation);
    }

    /// Enters an invitation learnt from a push: the app knows of it, but not of what came before.
    pub(super) fn enter_pushed(&mut self, key: InvitationKey, mut invitation: Invitation) -> Result<(), Limit> {
        // They are judged again when the message comes, and with it the other invitees.
        let facts = self.early.of(&key);
        let (book, mut step) = self.split(self.clock.now(), None);
        book.admit(&mut step, key.inviter())?;
        let pushed = invitation.words.data().clone();
        let news = recall(&mut invitation, &self.me, &key, facts);
        let (book, mut step) = self.split(self.clock.now(), None);
        if *invitation.words.data() != pushed && !step.is_over(&key, &invitation) {
            step.tell_modified(&key, &invitation, false);
        }
        step.tell_all(&key, &mut invitation, &news);
        book.insert(&step, key, invitation);
        Ok(())
    }

    /// Whom it invites: in a C2C conversation nobody but the other of the two (`R4`).
    fn read_invitees(&self, key: KeyRef<'_>, envelope: &Envelope<'_>, message: &Inbound) -> Result<Invitees, Refusal> {
        let me = &self.me;
        let mut refusal = None;
        let sound = envelope.invitees.iter().map_while(|name| {
            refusal = if name.is_empty() {
                Some(Refusal::EmptyId)
            } else {
                exceeds(name.len(), self.config.limits.user_id_bytes).then_some(Refusal::Limit(Limit::UserIdBytes))
            };
            refusal.is_none().then_some(name)
        });
        // The inviter's own counts not at all (`O3`).
        let heard = sound.filter(|name| *name != *key.inviter && can_hear(message, me, name));
        let invitees = Invitees::new(heard.map(|name| if *me == *name { me.clone() } else { UserId::from(&*name) }));
        match refusal {
            Some(refusal) => Err(refusal),
            None => invitees.ok_or(Refusal::NobodyInvited),
        }
    }

    /// When its time is up, and whether it was when it came (`T5`, `T7`).
    fn timing(&self, timeout: Millis, message: &Inbound, fold: Option<&Fold>) -> Timing {
        let clock = &self.clock;
        let life = self.config.life(timeout);
        let Some(stamp) = &message.stamp else {
            let deadline = clock.deadline(Millis::ZERO, life);
            let (is_expired, is_too_old) = (false, false);
            return Timing { deadline, at_latest: deadline, can_tell_age: false, is_expired, is_too_old };
        };
        let is_stale = clock.is_older_than_newest_by(stamp.time, self.config.tombstone_life);
        let can_tell_age = clock.may_tell_age(stamp.time, life);
        let (age, least_age, is_cut_off) = match fold {
            None => {
                let age = clock.live_age(stamp.time, life);
                (age, age, is_stale)
            }
            Some(fold) => {
                let age = clock.batch_age(stamp.time, fold.newest());
                let least_age = if can_tell_age { age } else { fold.newest().since(stamp.time) };
                let is_cold_group = fold.start() == Start::Cold && message.conversation.group().is_some();
                (age, least_age, is_cold_group && age > self.config.cold_group_window)
            }
        };
        let is_expired = age >= life || is_stale;
        let is_too_old = is_cut_off || (timeout.is_zero() && is_expired);
        let (deadline, at_latest) = (clock.deadline(age, life), clock.deadline(least_age, life));
        Timing { deadline, at_latest, can_tell_age, is_expired, is_too_old }
    }

    /// The message of an invitation that was learnt from a push: it says what is so, without a second callback (`O1`). What
    /// was said before of those whom the push did not name is judged now (`R6`).
    fn complete(
        &mut self,
        key: KeyRef<'_>,
        envelope: &Envelope<'_>,
        message: &Inbound,
        timing: &Timing,
        fold: Option<&mut Fold>,
    ) -> Disposition {
        let invitees = match self.read_invitees(key, envelope, message) {
            Ok(invitees) if invitees.position(self.me.as_str()).is_some() => invitees,
            Ok(_) => return Disposition::Refused(Refusal::Conflicting),
            Err(refusal) => return Disposition::Refused(refusal),
        };
        let mut header = header(&self.me, invitees, envelope, message, timing.deadline);
        let facts = self.early.take(&key);
        // In the history it stands with its newest data, which may be newer than an edit that was heard.
        let is_edited = fold.is_some() && facts.iter().any(|fact| fact.said == Said::Edit);
        let (book, mut step) = self.split(self.clock.now(), fold);
        book.with(&mut step, key, |step, key, invitation| {
            if is_edited {
                header.data = invitation.words.first().clone();
            }
            invitation.complete(header);
            if let (Some(fold), Some(me)) = (&mut step.fold, invitation.me()) {
                fold.renumber(key, me);
            }
            let deadline = invitation.deadline;
            for send in invitation.under_way.sends_mut() {
                send.expires = send.expires.min(send_expiry(deadline, step.config, send.since));
            }
            // It has ended without its message: it is remembered from now on (`R5`), and who is named now counts as one who did not
            // answer, until it is known better.
            if !invitation.is_open() {
                invitation.set_phase(Phase::Ended(step.now));
                expire(invitation, true);
                invitation.pass_over();
            }
            let news = recall(invitation, step.me, key, facts);
            if is_edited {
                let _ = step.hear_of_edit(key, invitation, envelope, message); // the message is taken in all the same
            }
            hold_back(invitation, &news);
            step.deliver(key, invitation, message.stamp.as_ref(), news);
        });
        Disposition::Applied
    }
}

fn header(me: &UserId, invitees: Invitees, envelope: &Envelope<'_>, message: &Inbound, deadline: Timestamp) -> Header {
    Header {
        role: role(me, message, &invitees),
        invitees,
        timeout: envelope.timeout,
        deadline,
        data: Data::from(&*envelope.data),
        stamp: message.stamp.clone(),
        online_user_only: message.online_user_only,
    }
}

fn role(me: &UserId, message: &Inbound, invitees: &Invitees) -> Role {
    if message.sender == *me {
        Role::Inviter
    } else {
        invitees.position(me.as_str()).map_or(Role::Observer, Role::Invitee)
    }
}

/// Whether it is another way to list just these, in this order: with one twice, say (`O3`).
fn is_list_of(invitees: &Invitees, key: KeyRef<'_>, envelope: &Envelope<'_>, message: &Inbound, me: &UserId) -> bool {
    let mut listed = 0;
    let may_matter = |name: &str| name.is_empty() || (name != key.inviter && can_hear(message, me, name));
    for name in envelope.invitees.iter().filter(|name| may_matter(name)) {
        match invitees.position(&name) {
            Some(position) if position < listed => {}
            Some(position) if position == listed => listed += 1,
            Some(_) | None => return false,
        }
    }
    listed == invitees.len()
}

/// Whether this user sees what is sent in that conversation.
fn can_hear(message: &Inbound, me: &UserId, name: &str) -> bool {
    match &message.conversation {
        Conversation::C2c(peer) => *me == *name || *peer == *name,
        Conversation::Group(_) => true,
    }
}

/// Judges the facts that were kept for an invitation; gives those that are new.
fn recall(invitation: &mut Invitation, me: &UserId, key: &InvitationKey, facts: Vec<EarlyFact>) -> Vec<News> {
    let mut news = Vec::new();
    for fact in facts {
        if fact.said == Said::Edit {
            invitation.words.hear(fact.data.as_str(), fact.stamp.as_ref(), None);
            continue;
        }
        let Ok(scope) = scope(fact.said, fact.sender == *key.inviter()) else {
            continue;
        };
        let is_own = fact.sender == *me;
        let listed = if scope == Scope::Sender { slice::from_ref(&fact.sender) } else { &fact.listed };
        let statement =
            Statement { said: fact.said, scope, sender: &fact.sender, data: &fact.data, stamp: fact.stamp.as_ref() };
        if let Ok(heard) = judge(invitation, statement, listed.iter(), is_own) {
            news.extend(heard.news);
        }
    }
    news
}

/// Its time was up when it came: presumed, without a word to anybody (`R6`). Of the others an invitee still hopes to hear, as
/// the inviter does, unless the time for that is over too (`C1`).
fn expire(invitation: &mut Invitation, is_over: bool) {
    let presumed = match invitation.role {
        Role::Invitee(me) if !is_over => [me].into(),
        Role::Sender | Role::Inviter if !is_over => Vec::new(),
        Role::Invitee(_) | Role::Sender | Role::Inviter | Role::Observer => invitation.pending(),
    };
    for party in presumed {
        invitation.state(party, Fact::Silence, Certainty::Confirmed);
    }
}

impl Step<'_> {
    /// An invite that is known already: a duplicate, the echo of one's own, or a forgery (`R5`).
    fn hear_again(
        &mut self,
        key: &InvitationKey,
        invitation: &mut Invitation,
        envelope: &Envelope<'_>,
        message: &Inbound,
        deadline: Timestamp,
        is_batch: bool,
    ) -> Disposition {
        let names = || envelope.invitees.iter();
        // The vendor's module edits the message to list those who are still pending.
        let is_edited = || is_batch && message.stamp.is_some() && message.stamp == invitation.stamp;
        let is_among_them = |name: &str| invitation.invitees().position(name).is_some();
        let is_same_list = names().eq(invitation.invitees().iter().map(UserId::as_str))
            || is_list_of(invitation.invitees(), key.into(), envelope, message, self.me)
            || (is_edited() && names().all(|name| is_among_them(&name)));
        // What a push said is no list to compare with.
        if !invitation.from_push && (!is_same_list || envelope.timeout != invitation.timeout) {
            return Disposition::Refused(Refusal::Conflicting);
        }
        if invitation.is_dismissed() {
            return Disposition::Duplicate;
        }
        let mut disposition = Disposition::Duplicate;
        if let Some(stamp) = &message.stamp
            && invitation.stamp.is_none()
        {
            invitation.stamped(stamp, deadline);
            disposition = Disposition::Applied;
        }
        for send in invitation.under_way.sends_mut() {
            if send.cargo == Cargo::Invite && !send.is_proven {
                send.is_proven = true;
                disposition = Disposition::Applied;
            }
        }
        // In the history an invite that was edited stands with its new data.
        if is_batch {
            let edited = self.hear_of_edit(key, invitation, envelope, message);
            return if disposition == Disposition::Applied { disposition } else { edited };
        }
        disposition
    }

    /// A message of the history, which stands there with its newest data (`R8`): an edit of which nobody knows when it was made, unless it
    /// says the invite's own words.
    fn hear_of_edit(
        &mut self,
        key: &InvitationKey,
        invitation: &mut Invitation,
        envelope: &Envelope<'_>,
        message: &Inbound,
    ) -> Disposition {
        let data = &*envelope.data;
        let is_its_own = message.stamp.is_none() || message.stamp == invitation.stamp;
        if invitation.words.says(data) {
            return if invitation.words.note_made(data) { Disposition::Applied } else { Disposition::Duplicate };
        }
        if is_its_own && invitation.words.has_replaced(data) {
            return Disposition::Stale;
        }
        self.hear_edit(key, invitation, data, message.stamp.as_ref().filter(|_| !is_its_own))
    }
}
