//! What one app was told, and its engine sent.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;

use super::telling::{OF_A_TELLING, Telling, speaks_for_itself, told_true, verdict};
use super::{Law, Ruling};
use crate::callback::{Callback, Operation, Outcome, Output};
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
    /// It was announced to the app, or made by it.
    is_known: bool,
    pub(super) has_ended: bool,
    /// An operation was undone.
    pub(super) has_failed: bool,
    /// It makes room for others.
    is_endless: bool,
    pub(super) may_come_anew: bool,
    /// The user wants to hear no more of it, or the service has refused it.
    pub(super) is_dropped: bool,
    told: BTreeMap<UserId, Outcome>,
}

impl Ledger {
    /// Takes in the outputs in their order, and asks the laws of each.
    pub(super) fn note(&mut self, me: &UserId, output: &Output, ask: &mut impl FnMut(Law, Ruling)) {
        match output {
            Output::Transmit(sent) => {
                ask(Law::TokensAreNew, self.note_token(sent.token));
                ask(Law::SpeaksForItself, speaks_for_itself(me, sent));
                if sent.payload.contains(r#""actionType":1,"#) {
                    self.invitations.entry(sent.invitation.clone()).or_default().is_known = true;
                }
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
            Callback::NewInvitation { .. } | Callback::Missed { .. } => {
                *entry = Entry { is_known: true, ..Entry::default() }
            }
            Callback::Ended { .. } => entry.has_ended = true,
            Callback::OperationFailed { operation, .. } => {
                entry.has_failed = true;
                entry.is_dropped |= *operation == Operation::Invite;
            }
            Callback::InviteeAccepted { .. }
            | Callback::InviteeRejected { .. }
            | Callback::InviteeLeft { .. }
            | Callback::InvitationCancelled { .. }
            | Callback::InvitationTimeout { .. }
            | Callback::InvitationModified { .. }
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

    /// What the engine does not remember may come anew. Of what, but for those that need no end, the end was told.
    pub(super) fn forget_what(&mut self, engine: &Engine) -> Ruling {
        let mut ruling = Ok(false);
        self.invitations.retain(|key, entry| {
            let kept = engine.invitation(key);
            if let Some(kept) = kept {
                entry.is_endless = kept.deadline().is_none();
            } else if entry.is_known && !entry.is_endless && !entry.is_dropped {
                let is_told = if entry.has_ended { Ok(true) } else { Err(format!("{key:?}: {entry:?}")) };
                ruling = ruling.clone().and(is_told);
            }
            kept.is_some()
        });
        ruling
    }

    pub(super) fn drop(&mut self, key: &InvitationKey) {
        if let Some(entry) = self.invitations.get_mut(key) {
            entry.is_dropped = true;
        }
    }

    /// What has no timeout makes room at once, so that it may come anew within one batch.
    pub(super) fn begin_batch(&mut self) {
        self.invitations.values_mut().for_each(|entry| entry.may_come_anew |= entry.is_endless);
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
