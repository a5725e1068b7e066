//! One step of the engine on one invitation: telling the app.

use alloc::vec::Vec;

use super::catch_up::Fold;
use super::outbox::Outbox;
use crate::callback::{Callback, Outcome};
use crate::config::Config;
use crate::id::{Data, UserId};
use crate::message::Stamp;
use crate::name::InvitationKey;
use crate::protocol::invitation::{Invitation, Phase};
use crate::protocol::outcome::stands_for;
use crate::protocol::reaction::{Opening, Telling, is_heard, is_late_answer, opening, telling};
use crate::protocol::send::News;
use crate::time::Timestamp;

/// What every step needs beside the invitation itself.
pub(super) struct Step<'a> {
    pub(super) me: &'a UserId,
    pub(super) config: &'a Config,
    pub(super) outbox: &'a mut Outbox,
    /// The moment of the step: `now`, or the deadline that fires.
    pub(super) now: Timestamp,
    /// The history is still to come, or is just being read (`A7`).
    pub(super) is_catching_up: bool,
    /// While a batch is read, where the news are gathered until the batch is folded (`A2`).
    pub(super) fold: Option<&'a mut Fold>,
}

impl Step<'_> {
    /// Tells the app of news, if there are any, and of the end, if this is it; or keeps both for the end of the batch.
    pub(super) fn deliver(
        &mut self,
        key: &InvitationKey,
        invitation: &mut Invitation,
        stamp: Option<&Stamp>,
        news: Vec<News>,
    ) {
        if let Some(fold) = &mut self.fold {
            fold.add(key, stamp, news);
        } else {
            self.tell_all(key, invitation, &news);
        }
    }

    /// Tells the app that an edit has replaced this data, or keeps it for the end of the batch.
    pub(super) fn tell_edit(&mut self, key: &InvitationKey, invitation: &Invitation, before: Data, elsewhere: bool) {
        match &mut self.fold {
            Some(fold) => fold.add_data(key, invitation.stamp.as_ref(), before),
            None => self.tell_modified(key, invitation, elsewhere),
        }
    }

    /// Tells the app of new data.
    pub(super) fn tell_modified(&mut self, key: &InvitationKey, invitation: &Invitation, elsewhere: bool) {
        if invitation.is_open() {
            let data = invitation.words.data().clone();
            self.call_back(
                invitation,
                false,
                Callback::InvitationModified { invitation: key.clone(), data, elsewhere },
            );
        }
    }

    /// Announces an invitation that is new here, with what is known of it already (`R6`, `A2`).
    pub(super) fn open(
        &mut self,
        key: &InvitationKey,
        invitation: &mut Invitation,
        news: &[News],
        is_batch: bool,
        tells_missed: bool,
    ) {
        let left = (!invitation.timeout.is_zero()).then(|| invitation.deadline.since(self.now));
        let mine = invitation.my_outcome();
        let any_pending = invitation.pending_count() > 0;
        invitation.is_known_to_app = !invitation.is_settled();
        match opening(invitation.role, mine, any_pending, left, self.config.min_ring) {
            Opening::Ring => {
                let ring = Callback::NewInvitation {
                    invitation: key.clone(),
                    invitees: invitation.invitees().shared(),
                    data: invitation.words.data().clone(),
                    deadline: left.map(|_| invitation.deadline),
                };
                self.call_back(invitation, false, ring);
                self.tell_all(key, invitation, news);
            }
            Opening::Missed(reason) => {
                invitation.pass_over();
                if tells_missed {
                    invitation.is_known_to_app = true;
                    let missed = Callback::Missed {
                        invitation: key.clone(),
                        invitees: invitation.invitees().shared(),
                        data: invitation.words.data().clone(),
                        reason,
                    };
                    self.call_back(invitation, false, missed);
                }
                self.end_if_settled(key, invitation);
            }
            // One's other device hears of what goes on, not of what was over before it heard of it.
            Opening::Quiet if invitation.is_mine() && !(invitation.is_settled() && (is_batch || news.is_empty())) => {
                invitation.is_known_to_app = true;
                self.tell_all(key, invitation, news);
                invitation.pass_over();
            }
            Opening::Quiet => {
                invitation.pass_over();
                self.end_if_settled(key, invitation);
            }
        }
    }

    /// Tells of facts that are new, late answers among them, and of the end if this is it.
    pub(super) fn tell_all(&mut self, key: &InvitationKey, invitation: &mut Invitation, news: &[News]) {
        for item in news {
            if is_late_answer(invitation.role, item.fact, invitation.outcome(item.party))
                && let Some(invitee) = invitation.invitees().name(item.party).cloned()
            {
                let late = Callback::LateAnswer { invitation: key.clone(), invitee, data: item.data.clone() };
                self.call_back(invitation, false, late);
            }
        }
        self.tell(key, invitation, news);
        self.end_if_settled(key, invitation);
    }

    /// Tells what the news have changed for each invitee (`C3`). Those whose time is up, or who are cancelled, by one message,
    /// share a callback.
    pub(super) fn tell(&mut self, key: &InvitationKey, invitation: &mut Invitation, news: &[News]) {
        let mut shared: Option<Shared<'_>> = None;
        for item in news {
            let outcome = invitation.outcome(item.party);
            if stands_for(item.fact) != outcome {
                continue;
            }
            let revises = match telling(invitation.told(item.party), outcome) {
                Telling::Nothing => continue,
                Telling::First => None,
                Telling::Revision(told) => Some(told),
            };
            invitation.set_told(item.party, Some(outcome));
            let Some(invitee) = invitation.invitees().name(item.party).cloned() else {
                continue;
            };
            if shared.as_ref().is_some_and(|shared| !shared.takes(outcome, revises, item))
                && let Some(shared) = shared.take()
            {
                self.call_back(invitation, shared.revises.is_some(), shared.callback(key));
            }
            match outcome {
                Outcome::Cancelled | Outcome::TimedOut => {
                    let shared = shared.get_or_insert_with(|| Shared { outcome, revises, item, invitees: Vec::new() });
                    shared.invitees.push(invitee);
                }
                Outcome::Pending | Outcome::Accepted | Outcome::Rejected | Outcome::Left => {
                    // One's own reject elsewhere stops the ringing under every profile (`R3`).
                    let is_owed = revises.is_some() || invitation.me() == Some(item.party);
                    self.call_back(invitation, is_owed, of_one(key, invitee, outcome, revises, item));
                }
            }
        }
        if let Some(shared) = shared {
            self.call_back(invitation, shared.revises.is_some(), shared.callback(key));
        }
    }

    /// Whether nobody is waited for. Of a pushed group invitation the other invitees are not known before its message.
    pub(super) fn is_over(&self, key: &InvitationKey, invitation: &Invitation) -> bool {
        let is_endless = invitation.timeout.is_zero();
        let is_in_time = self.now < invitation.deadline + self.config.grace.times(2);
        let is_hopeful = self.is_catching_up || is_endless || is_in_time;
        let is_partly_known = invitation.from_push && key.conversation().group().is_some() && is_hopeful;
        invitation.is_settled() && !is_partly_known
    }

    /// Ends an invitation whose invitees are all settled for certain (`C7`).
    pub(super) fn end_if_settled(&mut self, key: &InvitationKey, invitation: &mut Invitation) {
        if !invitation.is_open() || !self.is_over(key, invitation) {
            return;
        }
        invitation.set_phase(Phase::Ended(self.now));
        if invitation.is_known_to_app {
            let outcomes = invitation.outcomes().map(|(user, outcome)| (user.clone(), outcome)).collect();
            self.call_back(invitation, false, Callback::Ended { invitation: key.clone(), outcomes });
        }
    }

    /// Queues a callback, if it is heard under this profile (`R2`), and not of what the host has dismissed (`O1`).
    pub(super) fn call_back(&mut self, invitation: &Invitation, is_revision: bool, callback: Callback) {
        let is_heard = is_heard(self.config.profile, invitation.role, invitation.has_rejected(), is_revision);
        if is_heard && !invitation.is_dismissed() {
            self.outbox.call_back(callback);
        }
    }
}

/// Invitees of whom one message says the same.
struct Shared<'a> {
    outcome: Outcome,
    revises: Option<Outcome>,
    item: &'a News,
    invitees: Vec<UserId>,
}

impl Shared<'_> {
    fn takes(&self, outcome: Outcome, revises: Option<Outcome>, item: &News) -> bool {
        outcome == self.outcome
            && revises == self.revises
            && item.fact == self.item.fact
            && item.elsewhere == self.item.elsewhere
            && item.data == self.item.data
    }

    fn callback(self, key: &InvitationKey) -> Callback {
        let Self { outcome, revises, item, invitees } = self;
        let (invitation, data, elsewhere) = (key.clone(), item.data.clone(), item.elsewhere);
        if outcome == Outcome::Cancelled {
            Callback::InvitationCancelled { invitation, invitees, data, revises, elsewhere }
        } else {
            let own_timer = item.own_timer;
            Callback::InvitationTimeout { invitation, invitees, data, own_timer, revises, elsewhere }
        }
    }
}

fn of_one(key: &InvitationKey, invitee: UserId, outcome: Outcome, revises: Option<Outcome>, item: &News) -> Callback {
    let invitation = key.clone();
    let (data, elsewhere): (Data, bool) = (item.data.clone(), item.elsewhere);
    match outcome {
        Outcome::Accepted => Callback::InviteeAccepted { invitation, invitee, data, revises, elsewhere },
        Outcome::Rejected => Callback::InviteeRejected { invitation, invitee, data, revises, elsewhere },
        Outcome::Pending | Outcome::TimedOut | Outcome::Cancelled | Outcome::Left => {
            Callback::InviteeLeft { invitation, invitee, revises }
        }
    }
}
