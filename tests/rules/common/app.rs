//! What an app has been told, and believes: none of its callbacks may contradict an earlier one without saying so.
#![allow(clippy::wildcard_enum_match_arm, reason = "most callbacks are about no invitee")]

use std::collections::{BTreeMap, BTreeSet};

use convoke::{Answer, Callback, Engine, InviteId, Operation, Outcome, UserId};

use super::outcomes;

/// An invitation and an invitee.
type About = (InviteId, UserId);

#[derive(Clone, Debug, Default)]
pub(crate) struct App {
    /// Of whom it was told whether they accepted. Its own operations count as told.
    told: BTreeMap<About, bool>,
    /// What it rings for, has missed, or has sent.
    knows: BTreeSet<InviteId>,
    /// What its engine has entered.
    entered: BTreeSet<InviteId>,
    /// Whom its own cancels are about.
    cancels: BTreeSet<About>,
    ended: BTreeSet<InviteId>,
}

impl App {
    pub(crate) fn invites(&mut self, id: &InviteId) {
        self.knows.insert(id.clone());
    }

    pub(crate) fn pushed(&mut self, id: &InviteId) {
        self.knows.insert(id.clone());
        self.entered.insert(id.clone());
    }

    pub(crate) fn answers(&mut self, id: &InviteId, me: &str, is_yes: bool) {
        self.told.insert((id.clone(), me.into()), is_yes);
    }

    pub(crate) fn cancels(&mut self, id: &InviteId, pending: Vec<UserId>) {
        for user in pending {
            self.told.insert((id.clone(), user.clone()), false);
            self.cancels.insert((id.clone(), user));
        }
    }

    pub(crate) fn read(&mut self, me: &str, engine: &Engine, ids: &[InviteId], callbacks: Vec<Callback>) {
        for callback in &callbacks {
            let id = callback.invitation().invite_id();
            let rings = matches!(callback, Callback::NewInvitation { .. });
            if rings || matches!(callback, Callback::Missed { .. }) {
                assert!(self.knows.insert(id.clone()), "it rings once, or is missed");
            }
            if rings {
                self.entered.insert(id.clone());
            }
        }
        for id in ids {
            self.enter(id, outcomes(engine, id));
        }
        for callback in callbacks {
            self.read_one(me, &callback);
        }
    }

    /// What was known of an invitation that came without ringing is not told, but readable (`A2`, `R6`).
    fn enter(&mut self, id: &InviteId, outcomes: Vec<(UserId, Outcome)>) {
        if outcomes.is_empty() || !self.entered.insert(id.clone()) {
            return;
        }
        for (user, outcome) in outcomes {
            if outcome != Outcome::Pending {
                self.told.insert((id.clone(), user), outcome == Outcome::Accepted);
            }
        }
    }

    fn read_one(&mut self, me: &str, callback: &Callback) {
        let id = callback.invitation().invite_id();
        for (invitee, is_yes) in verdicts(me, callback) {
            let told = self.told.insert((id.clone(), invitee), is_yes);
            match callback.revises() {
                Some(was) => assert!((was == Outcome::Accepted) != is_yes && told != Some(is_yes), "{callback:?}"),
                None => assert_ne!(told, Some(!is_yes), "an unmarked revision: {callback:?}"),
            }
        }
        if let Callback::OperationFailed { operation, outcome, .. } = callback {
            self.take_back(me, id, *operation, *outcome);
        }
        if let Callback::Ended { outcomes, .. } = callback {
            assert!(self.ended.insert(id.clone()), "it ends once");
            self.check_told(id, outcomes);
        }
    }

    /// What a refused operation had told does not count any more.
    fn take_back(&mut self, me: &str, id: &InviteId, operation: Operation, outcome: Outcome) {
        if operation == Operation::Cancel {
            let Self { told, cancels, .. } = self;
            told.retain(|about, _| about.0 != *id || !cancels.contains(about));
            cancels.retain(|about| about.0 != *id);
        } else if outcome == Outcome::Pending {
            self.told.remove(&(id.clone(), me.into()));
        }
    }

    /// At the end of time: all is settled, the app was told so, and that it was the end (`C6`, `C7`).
    pub(crate) fn check(&self, id: &InviteId, outcomes: &[(UserId, Outcome)]) {
        assert!(outcomes.iter().all(|(_, outcome)| *outcome != Outcome::Pending), "{outcomes:?}");
        self.check_told(id, outcomes);
        assert!(!self.knows.contains(id) || self.ended.contains(id), "nobody said that it has ended");
    }

    fn check_told(&self, id: &InviteId, outcomes: &[(UserId, Outcome)]) {
        for (invitee, outcome) in outcomes {
            let told = self.told.get(&(id.clone(), invitee.clone())).copied().unwrap_or(false);
            assert_eq!(told, *outcome == Outcome::Accepted, "the app was told otherwise of {invitee}");
        }
    }
}

/// Of whom a callback says whether they accepted.
fn verdicts(me: &str, callback: &Callback) -> Vec<(UserId, bool)> {
    match callback {
        Callback::InviteeAccepted { invitee, .. } => vec![(invitee.clone(), true)],
        Callback::InviteeRejected { invitee, .. } | Callback::InviteeLeft { invitee, .. } => {
            vec![(invitee.clone(), false)]
        }
        Callback::InvitationCancelled { invitees, .. } | Callback::InvitationTimeout { invitees, .. } => {
            invitees.iter().map(|invitee| (invitee.clone(), false)).collect()
        }
        Callback::AnsweredElsewhere { with, .. } => vec![(me.into(), *with == Answer::Accept)],
        _ => Vec::new(),
    }
}
