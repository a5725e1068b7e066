//! What the app of a device has been told, and may believe.
#![allow(clippy::wildcard_enum_match_arm, reason = "most callbacks are about no invitee")]

use std::collections::{BTreeMap, BTreeSet};

use convoke::{Answer, Callback, Engine, Input, InvitationKey, Operation, Outcome, Target, UserId};

use crate::device::About;
use crate::laws::{Broken, Law, outcomes};

/// What it knows of each invitation, by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct App {
    pages: BTreeMap<InvitationKey, Page>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Page {
    /// It rang, was missed, or is of one's own doing.
    pub(crate) is_known: bool,
    /// Its engine has held it: what was settled before can be read.
    is_entered: bool,
    pub(crate) has_ended: bool,
    is_dismissed: bool,
    /// This device has accepted, and no other one has the call.
    pub(crate) has_call: bool,
    /// Of whom it was told that they accepted, at some time or too late.
    said_yes: BTreeSet<UserId>,
    told: BTreeMap<UserId, Told>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Told {
    is_yes: bool,
    by: By,
}

/// How an app knows what it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum By {
    Callback,
    /// It was the app that said it; if that is refused, it does not count any more.
    Operation,
    /// It was settled when the invitation came, and can be read (`A2`, `R6`).
    Reading,
}

impl App {
    pub(crate) fn page(&self, key: &InvitationKey) -> Option<&Page> {
        self.pages.get(key)
    }

    pub(crate) fn has_dismissed(&self, target: &Target) -> bool {
        let is_it = |key: &InvitationKey| {
            *key.invite_id() == target.invite_id && Some(key.inviter()) == target.inviter.as_ref()
        };
        self.pages.iter().any(|(key, page)| page.is_dismissed && is_it(key))
    }

    /// An operation tells the app, before anything that comes of it is called back. `before`: the engine without it.
    pub(crate) fn does(&mut self, before: &Engine, key: &InvitationKey, operation: &Input) {
        let page = self.pages.entry(key.clone()).or_default();
        let mut tell = |user: UserId, is_yes| page.told.insert(user, Told { is_yes, by: By::Operation });
        match operation {
            Input::Invite(_) | Input::AddInvited(_) => (page.is_known, page.is_entered) = (true, true),
            Input::Dismiss(_) => page.is_dismissed = true,
            Input::Accept(..) => {
                tell(before.user().clone(), true);
                page.has_call = true;
            }
            Input::Reject(..) => {
                tell(before.user().clone(), false);
            }
            Input::Cancel(target, _) => {
                let all = outcomes(before, target).into_iter();
                all.filter(|(_, outcome)| *outcome == Outcome::Pending).for_each(|(user, _)| {
                    tell(user, false);
                });
            }
            _ => {}
        }
    }

    /// Reads what its engine has put out, and then what it can ask it.
    pub(crate) fn read(
        &mut self,
        engine: &Engine,
        callbacks: &[Callback],
        heard_of: &BTreeSet<About>,
    ) -> Result<(), Broken> {
        let me = engine.user();
        for view in heard_of.iter().filter_map(|about| engine.invitation(about.target())) {
            let key = view.key();
            let rings = |callback: &Callback| matches!(callback, Callback::NewInvitation { .. });
            if !callbacks.iter().any(|callback| rings(callback) && callback.invitation() == key) {
                self.pages.entry(key.clone()).or_default().enter(view.outcomes());
            }
        }
        for callback in callbacks {
            self.pages.entry(callback.invitation().clone()).or_default().read(me, callback)?;
        }
        for (key, page) in &self.pages {
            if let Some(view) = engine.invitation(key) {
                page.check(view.outcomes())?;
            }
        }
        Ok(())
    }
}

impl Page {
    /// Whether it knows that this user accepted, whatever became of it.
    pub(crate) fn knows_yes(&self, user: &UserId) -> bool {
        let is_read = |told: &Told| told.by == By::Reading;
        self.said_yes.contains(user) || self.told.get(user).is_some_and(is_read)
    }

    fn read(&mut self, me: &UserId, callback: &Callback) -> Result<(), Broken> {
        let broken = |law: Law| Err(law.broken(format!("{callback:?}")));
        if self.is_dismissed {
            return broken(Law::SilentWhenDismissed);
        }
        if matches!(callback, Callback::NewInvitation { .. } | Callback::Missed { .. }) {
            let rings = matches!(callback, Callback::NewInvitation { .. });
            if self.is_known || (self.is_entered && rings) {
                return broken(Law::RingsOnce);
            }
            (self.is_known, self.is_entered) = (true, true);
        }
        for (invitee, is_yes) in verdicts(callback) {
            let told = self.told.insert(invitee.clone(), Told { is_yes, by: By::Callback });
            let is_sound = match callback.revises() {
                Some(was) => (was == Outcome::Accepted) != is_yes && told.is_none_or(|told| told.is_yes != is_yes),
                None => told.is_none_or(|told| told == Told { is_yes, by: By::Reading }),
            };
            if !is_sound {
                return broken(Law::ToldOnce);
            }
            self.has_call &= invitee != me || is_yes;
            if is_yes {
                self.said_yes.insert(invitee.clone());
            }
        }
        match callback {
            Callback::AnsweredElsewhere { with, .. } => {
                self.has_call = false;
                self.told.insert(me.clone(), Told { is_yes: *with == Answer::Accept, by: By::Callback });
            }
            Callback::LateAnswer { invitee, .. } => {
                self.said_yes.insert(invitee.clone());
            }
            Callback::OperationFailed { operation, .. } => self.take_back(*operation),
            Callback::Ended { outcomes, .. } => {
                if self.has_ended || outcomes.iter().any(|(_, outcome)| *outcome == Outcome::Pending) {
                    return broken(Law::EndsOnce);
                }
                self.has_ended = true;
                self.check(outcomes.iter().map(|(user, outcome)| (user, *outcome)))?;
            }
            _ => {}
        }
        Ok(())
    }

    /// What a refused operation had told does not count any more.
    fn take_back(&mut self, operation: Operation) {
        if matches!(operation, Operation::Cancel | Operation::Accept | Operation::Reject) {
            self.has_call = false;
            self.told.retain(|_, told| told.by != By::Operation);
        }
    }

    fn enter<'a>(&mut self, outcomes: impl Iterator<Item = (&'a UserId, Outcome)>) {
        if !self.is_entered {
            self.is_entered = true;
            let settled = outcomes.filter(|(_, outcome)| *outcome != Outcome::Pending);
            let read = |outcome| Told { is_yes: outcome == Outcome::Accepted, by: By::Reading };
            self.told.extend(settled.map(|(user, outcome)| (user.clone(), read(outcome))));
        }
    }

    /// What it was told last agrees on accepted or not with what the engine holds.
    fn check<'a>(&self, outcomes: impl Iterator<Item = (&'a UserId, Outcome)>) -> Result<(), Broken> {
        for (user, outcome) in outcomes {
            let is_sound = !self.has_ended || outcome != Outcome::Pending;
            Law::EndsOnce.require(is_sound, || format!("it has ended, and {user} is pending"))?;
            let believes = self.told.get(user).is_some_and(|told| told.is_yes);
            if believes != (outcome == Outcome::Accepted) {
                return Err(Law::LastWord.broken(format!("{user} is {outcome}, and the app was told otherwise")));
            }
        }
        Ok(())
    }
}

/// Of whom a callback says whether they accepted.
fn verdicts(callback: &Callback) -> Vec<(&UserId, bool)> {
    match callback {
        Callback::InviteeAccepted { invitee, .. } => vec![(invitee, true)],
        Callback::InviteeRejected { invitee, .. } | Callback::InviteeLeft { invitee, .. } => vec![(invitee, false)],
        Callback::InvitationCancelled { invitees, .. } | Callback::InvitationTimeout { invitees, .. } => {
            invitees.iter().map(|invitee| (invitee, false)).collect()
        }
        _ => Vec::new(),
    }
}
