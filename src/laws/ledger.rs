//! What one app was told, and its engine sent.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;

use super::telling::{OF_A_TELLING, Telling, speaks_for_itself, told_true, verdict};
use super::{Law, Ruling};
use crate::callback::{Callback, Outcome, Output};
use crate::engine::Engine;
use crate::id::UserId;
use crate::message::Token;
use crate::name::InvitationKey;

#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    invitations: BTreeMap<InvitationKey, Entry>,
    tokens: BTreeSet<Token>,
}

/// What was told of one invitation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    pub(super) has_ended: bool,
    /// An operation was undone.
    pub(super) has_failed: bool,
    /// It makes room for others, and may then come anew.
    is_endless: bool,
    told: BTreeMap<UserId, Outcome>,
}

impl Ledger {
    /// Takes in the outputs in their order, and asks the laws of each.
    pub(super) fn note(&mut self, me: &UserId, output: &Output, ask: &mut impl FnMut(Law, Ruling)) {
        match output {
            Output::Transmit(sent) => {
                ask(Law::TokensAreNew, self.note_token(sent.token));
                ask(Law::SpeaksForItself, speaks_for_itself(me, sent));
            }
            Output::Edit(edit) => {
                ask(Law::TokensAreNew, self.note_token(edit.token));
                let is_own = edit.invitation.inviter() == me;
                ask(Law::SpeaksForItself, if is_own { Ok(true) } else { Err(edit.payload.clone()) });
            }
            Output::Callback(callback) => {
                let told = self.invitations.get(callback.invitation());
                for (law, rule) in OF_A_TELLING {
                    ask(*law, rule(&Telling { callback, told }));
                }
                self.note_callback(callback);
            }
        }
    }

    fn note_token(&mut self, token: Token) -> Ruling {
        if self.tokens.insert(token) { Ok(true) } else { Err(format!("{token:?} was given twice")) }
    }

    fn note_callback(&mut self, callback: &Callback) {
        let entry = self.invitations.entry(callback.invitation().clone()).or_default();
        match callback {
            Callback::NewInvitation { deadline, .. } => entry.is_endless = deadline.is_none(),
            Callback::Ended { .. } => entry.has_ended = true,
            Callback::OperationFailed { .. } => entry.has_failed = true,
            Callback::InviteeAccepted { .. }
            | Callback::InviteeRejected { .. }
            | Callback::InviteeLeft { .. }
            | Callback::InvitationCancelled { .. }
            | Callback::InvitationTimeout { .. }
            | Callback::InvitationModified { .. }
            | Callback::Missed { .. }
            | Callback::LateAnswer { .. }
            | Callback::AnsweredElsewhere { .. } => {}
        }
        if let Some((invitees, outcome)) = verdict(callback) {
            entry.told.extend(invitees.iter().map(|invitee| (invitee.clone(), outcome)));
        }
    }

    /// What the app was told holds, now that it has been told all.
    pub(super) fn check(&self, engine: &Engine) -> Ruling {
        self.invitations.iter().try_fold(false, |any, (key, entry)| Ok(told_true(entry, engine, key)? || any))
    }

    /// What the engine does not remember may come anew.
    pub(super) fn forget_what(&mut self, engine: &Engine) {
        self.invitations.retain(|key, _| engine.invitation(key).is_some());
    }

    /// What has no timeout makes room at once, so that it may come anew within one batch.
    pub(super) fn forget_endless(&mut self) {
        self.invitations.retain(|_, entry| !entry.is_endless);
    }
}

impl Entry {
    pub(super) fn outcome_of(&self, user: &UserId) -> Option<Outcome> {
        self.told.get(user).copied()
    }

    pub(super) fn told(&self) -> impl Iterator<Item = (&UserId, Outcome)> {
        self.told.iter().map(|(user, outcome)| (user, *outcome))
    }
}
