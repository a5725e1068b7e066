//! What the app must be told, out of what holds and what it was told before (`R2`, `R3`, `C3`, `C4`, `C7`).

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::call::Call;
use super::said::{By, Fate, Kind, Record, Role, Said, ToldOf};
use super::timers::twice;
use crate::{
    Answer, Callback, Config, History, Millis, MissedReason, Operation, Outcome, Profile, Timestamp, Token, UserId,
};

fn is_yes(outcome: Outcome) -> bool {
    outcome == Outcome::Accepted
}

impl Record {
    /// Tells whatever is news by now.
    pub(super) fn conclude(&mut self, call: &mut Call<'_>, history: Option<&History>) {
        if self.header.is_none() || self.is_dismissed {
            self.is_new = false;
            return;
        }
        if self.is_new {
            self.is_new = false;
            self.folded_from = Some(0);
            self.arrive(call, history);
        }
        self.tell_data(call);
        self.tell_elsewhere(call);
        self.tell_late_answers(call);
        self.tell_outcomes(call);
        (self.folded_from, self.is_completed) = (None, false);
        self.tell_end(call);
    }

    fn tell(&mut self, call: &mut Call<'_>, callback: Callback) {
        self.is_passed_over = false;
        let concerns_own_answer = matches!(
            callback,
            Callback::OperationFailed { .. } | Callback::AnsweredElsewhere { .. }
        ) || matches!(&callback, Callback::InviteeAccepted { invitee, .. } | Callback::InviteeRejected { invitee, .. }
                    if *invitee == self.me);
        let has_said =
            |kind| self.said.iter().any(|said| said.kind == kind && said.about.contains(&self.me) && self.counts(said));
        let is_certain = |said: &Said| !said.fate.is_in_flight() && self.counts(said);
        let has_rejected =
            self.said.iter().any(|said| said.kind == Kind::Reject && said.about.contains(&self.me) && is_certain(said));
        let is_after_reject = has_rejected && !has_said(Kind::Accept);
        let is_silent = match self.role() {
            Role::Inviter => false,
            Role::Invitee => is_after_reject && callback.revises().is_none() && !concerns_own_answer,
            Role::Observer => true,
        };
        if call.config.profile != Profile::Web || !is_silent {
            call.told.callbacks.push(callback);
        }
    }

    pub(super) fn last_told(&self, who: &UserId) -> Option<&ToldOf> {
        self.told.iter().rfind(|told| told.who == *who)
    }

    pub(super) fn note_told(&mut self, who: &UserId, outcome: Outcome, by_operation: Option<Token>) {
        self.told.push(ToldOf { who: who.clone(), outcome, by_operation, is_undone: false });
    }

    /// The operation itself has said so (`C3`).
    pub(super) fn tell_by_operation(&mut self, about: &[UserId], outcome: Outcome, token: Option<Token>) {
        self.is_passed_over = false;
        for who in about {
            self.note_told(who, outcome, token);
        }
    }

    /// A new invitation rings, is missed, or is passed over (`R6`, `A2`, `T8`).
    fn arrive(&mut self, call: &mut Call<'_>, history: Option<&History>) {
        let left = self.deadline.map(|deadline| deadline.since(call.now));
        let is_short = left.is_some_and(|left| left < call.config.min_ring);
        let reason = match (self.role(), self.outcome(&self.me)) {
            (Role::Inviter, _) if history.is_some() && self.is_over() => return self.pass_over(),
            (Role::Inviter, _) => None,
            (Role::Observer, _) if self.pending().is_empty() => return self.pass_over(),
            (Role::Observer, _) => None,
            (Role::Invitee, Outcome::Pending) if is_short => Some(MissedReason::TooLittleTime),
            (Role::Invitee, Outcome::Pending) => None,
            (Role::Invitee, Outcome::Cancelled) => Some(MissedReason::Cancelled),
            (Role::Invitee, Outcome::TimedOut) => Some(MissedReason::TimedOut),
            (Role::Invitee, Outcome::Accepted | Outcome::Rejected | Outcome::Left) => return self.pass_over(),
        };
        let data = self.data();
        self.told_data.push((Some(data.clone()), None));
        let (invitation, invitees) = (self.key.clone(), Arc::from(self.invitees()));
        if let Some(reason) = reason {
            let stamp = self.header.as_ref().and_then(|header| header.stamp.as_ref());
            let since = history.and_then(|history| history.since);
            if stamp.zip(since).is_some_and(|(stamp, since)| stamp.time <= since) {
                return self.pass_over();
            }
            self.tell(call, Callback::Missed { invitation, invitees, data, reason });
            self.note_what_is_readable();
        } else if self.role() == Role::Inviter {
            self.is_passed_over = true;
        } else {
            self.tell(call, Callback::NewInvitation { invitation, invitees, data, deadline: self.deadline });
        }
    }

    /// What comes expired is silent from its arrival on: one's own user, and who is waited for by nobody here (`R6`).
    pub(super) fn presume_at_arrival(&mut self, now: Timestamp, config: &Config) {
        let has_passed = |after: Millis| self.deadline.is_some_and(|deadline| deadline + after <= now);
        let is_expired = self.is_ancient || has_passed(Millis::ZERO);
        let is_over = has_passed(twice(config.grace));
        let mut silent = self.pending();
        silent.retain(|who| match self.role() {
            Role::Inviter => is_over,
            Role::Invitee => is_over || (is_expired && *who == self.me),
            Role::Observer => is_expired,
        });
        for who in &silent {
            self.note_told(who, Outcome::TimedOut, None);
        }
        if !silent.is_empty() {
            self.presume(Kind::Silence, silent, now);
        }
    }

    fn pass_over(&mut self) {
        self.is_passed_over = true;
        let data = self.data();
        self.told_data.push((Some(data), None));
        self.note_what_is_readable();
        let accepts = self.said.iter().filter(|said| said.kind == Kind::Accept);
        self.late = accepts.flat_map(|said| said.about.clone()).collect();
    }

    /// What an invitation had come to when it came without ringing can be read, so it counts as told (`C3`).
    fn note_what_is_readable(&mut self) {
        for (who, outcome) in self.outcomes() {
            if outcome != Outcome::Pending {
                self.note_told(&who, outcome, None);
            }
        }
    }

    fn tell_data(&mut self, call: &mut Call<'_>) {
        let data = self.data();
        let is_known = self.told_data.last().is_some_and(|(told, _)| told.as_ref() == Some(&data));
        if is_known || self.has_ended || self.is_over() {
            return;
        }
        let last = self.edits.iter().rfind(|edit| edit.fate == Fate::Stands);
        let elsewhere = last.is_some_and(|last| self.is_elsewhere(&last.by));
        self.told_data.push((Some(data.clone()), None));
        self.tell(call, Callback::InvitationModified { invitation: self.key.clone(), data, elsewhere });
    }

    fn is_elsewhere(&self, by: &By) -> bool {
        matches!(by, By::Message(sender) if *sender == self.me)
    }

    /// Each invitee once, and again only where yes and no change places (`C3`): in the order in which it was heard, and what is
    /// said alike of several in one callback.
    fn tell_outcomes(&mut self, call: &mut Call<'_>) {
        let mut news: Vec<(Kind, Callback, Vec<UserId>)> = Vec::new();
        for (n, said) in self.said.iter().enumerate() {
            let kind = said.kind;
            let is_of_many = !matches!(kind, Kind::Accept | Kind::Reject | Kind::Left);
            for who in said.about.iter().filter(|who| self.invitees().contains(who) && self.is_news(who, n)) {
                let told = self.last_told(who).map(|told| told.outcome);
                let revises = told.filter(|told| is_yes(*told) != is_yes(kind.outcome()));
                let is_alike = |(other, callback, about): &(Kind, Callback, Vec<UserId>)| {
                    is_of_many && *other == kind && *callback == self.callback(said, about.clone(), revises)
                };
                let at = news.len() - usize::from(news.last().is_some_and(is_alike));
                let mut about = news.get(at).map_or_else(Vec::new, |(.., about)| about.clone());
                about.push(who.clone());
                news.splice(at..news.len().min(at + 1), [(kind, self.callback(said, about.clone(), revises), about)]);
            }
        }
        let mut told = core::mem::take(&mut self.told);
        told.retain(|told| self.outcome(&told.who) != Outcome::Pending);
        self.told = told;
        for (_, callback, about) in news {
            self.tell(call, callback);
            for who in about {
                self.note_told(&who, self.outcome(&who), None);
            }
        }
    }

    /// Whether this is what holds of an invitee, and is not what was told.
    fn is_news(&self, who: &UserId, n: usize) -> bool {
        let (Some((strongest, said)), told) = (self.strongest(who), self.last_told(who)) else { return false };
        let undone = told.filter(|told| told.is_undone).and_then(|_| self.undone(who));
        let range = undone.map(|at| (at, 0)).or_else(|| self.folded_from.map(|at| (at, at)));
        let first = range.and_then(|(at, known)| (at..self.said.len()).find(|n| self.comes_to(*n, who, known)));
        let is_told = |told: &ToldOf| !told.is_undone && is_yes(told.outcome) == is_yes(said.kind.outcome());
        n == first.unwrap_or(strongest) && !told.is_some_and(is_told)
    }

    /// The last word of this device about an invitee that was refused.
    fn undone(&self, who: &UserId) -> Option<usize> {
        self.said
            .iter()
            .rposition(|said| said.by == By::Operation && said.fate.is_refused() && said.about.contains(who))
    }

    /// Whether this says of an invitee what holds, be it the strongest word or not, and was not among the first ones, which are known.
    fn comes_to(&self, n: usize, who: &UserId, known: usize) -> bool {
        let is_about = |said: &&Said| said.about.contains(who) && self.counts(said);
        let Some(said) = self.said.get(n).filter(is_about) else { return false };
        let is_known = self.said.iter().take(known).filter(is_about).any(|other| other.kind == said.kind);
        said.kind.outcome() == self.outcome(who) && !is_known
    }

    fn callback(&self, said: &Said, invitees: Vec<UserId>, revises: Option<Outcome>) -> Callback {
        let (invitation, elsewhere) = (self.key.clone(), self.is_elsewhere(&said.by));
        let invitee = invitees.first().cloned().unwrap_or_default();
        let data = said.data.clone();
        match said.kind {
            Kind::Cancel => Callback::InvitationCancelled { invitation, invitees, data, revises, elsewhere },
            Kind::Accept => Callback::InviteeAccepted { invitation, invitee, data, revises, elsewhere },
            Kind::Reject => Callback::InviteeRejected { invitation, invitee, data, revises, elsewhere },
            Kind::Left => Callback::InviteeLeft { invitation, invitee, revises },
            Kind::InviterTimeout | Kind::OwnTimeout | Kind::Silence => {
                let own_timer = matches!(said.by, By::Timer | By::Presumption);
                Callback::InvitationTimeout { invitation, invitees, data, own_timer, revises, elsewhere }
            }
        }
    }

    /// An acceptance that does not hold, of which the inviter was never told otherwise (`C3`).
    fn tell_late_answers(&mut self, call: &mut Call<'_>) {
        if self.role() != Role::Inviter {
            return;
        }
        let accepts: Vec<Said> = self.said.iter().filter(|said| said.kind == Kind::Accept).cloned().collect();
        for Said { about, data, .. } in accepts {
            let Some(invitee) = about.first().filter(|who| self.invitees().contains(who)).cloned() else { continue };
            let is_late = self.strongest(&invitee).is_some_and(|(_, said)| said.kind < Kind::Accept);
            let was_told_yes = self.told.iter().any(|told| told.who == invitee && is_yes(told.outcome));
            if is_late && !was_told_yes && !self.late.contains(&invitee) {
                self.late.push(invitee.clone());
                self.tell(call, Callback::LateAnswer { invitation: self.key.clone(), invitee, data });
            }
        }
    }

    /// Of two equal answers of one user the one with the smaller stamp is the device that has the call (`C4`).
    fn tell_elsewhere(&mut self, call: &mut Call<'_>) {
        let Some((_, strongest)) = self.strongest(&self.me) else { return };
        let with = match strongest.kind {
            Kind::Accept => Answer::Accept,
            Kind::Reject => Answer::Reject,
            Kind::Cancel | Kind::InviterTimeout | Kind::OwnTimeout | Kind::Left | Kind::Silence => return,
        };
        let equal = |said: &&Said| said.kind == strongest.kind && said.about.contains(&self.me);
        let mine = self.said.iter().filter(equal).find(|said| said.by == By::Operation && self.counts(said));
        let Some(own) = mine.and_then(|said| said.stamp.as_ref()) else { return };
        let theirs = self.said.iter().filter(equal).filter(|said| said.by != By::Operation && !self.may_repeat);
        if theirs.filter_map(|said| said.stamp.as_ref()).any(|stamp| stamp < own) && !self.is_told_elsewhere {
            self.is_told_elsewhere = true;
            self.tell(call, Callback::AnsweredElsewhere { invitation: self.key.clone(), with });
        }
    }

    fn tell_end(&mut self, call: &mut Call<'_>) {
        if self.has_ended || !self.is_over() {
            return;
        }
        self.has_ended = true;
        self.ended_at = Some(call.now);
        if !self.is_passed_over {
            self.tell(call, Callback::Ended { invitation: self.key.clone(), outcomes: self.outcomes() });
        }
    }

    /// How things stand after an operation was undone (`O7`).
    pub(super) fn tell_failure(&mut self, call: &mut Call<'_>, operation: Operation, code: i32) {
        if self.is_dismissed {
            return;
        }
        let outcome = match operation {
            Operation::Accept | Operation::Reject => self.outcome(&self.me),
            Operation::Invite => Outcome::Pending,
            Operation::Cancel | Operation::Modify => self.summary(),
        };
        self.tell(call, Callback::OperationFailed { invitation: self.key.clone(), operation, code, outcome });
    }

    /// Pending if anybody is, else accepted if anybody has; else the strongest no.
    fn summary(&self) -> Outcome {
        let strongest = self.invitees().iter().map(|who| self.strongest(who).map(|(_, said)| said.kind));
        let weight = |kind: &Option<Kind>| (kind.is_some(), *kind != Some(Kind::Accept), *kind);
        strongest.min_by_key(weight).flatten().map_or(Outcome::Pending, Kind::outcome)
    }
}
