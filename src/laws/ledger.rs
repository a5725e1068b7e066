//! What one app was told, and its engine sent.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;

use super::telling::{OF_A_SAYING, OF_A_TELLING, Saying, Telling, ended_for_good, told_true, verdict};
use super::{Law, Ruling};
use crate::callback::{Callback, Operation, Outcome, Output};
use crate::config::{Config, Limits};
use crate::disposition::Disposition;
use crate::engine::Engine;
use crate::id::UserId;
use crate::message::{Inbound, Pushed, Token, Transmit};
use crate::name::InvitationKey;
use crate::time::Timestamp;
use crate::wire::signaling_info;

#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    invitations: BTreeMap<InvitationKey, Entry>,
    tokens: BTreeSet<Token>,
}

/// What is known of one invitation.
#[derive(Clone, Debug, Default)]
pub(crate) struct Entry {
    /// It was announced to the app, or made by it.
    is_known: bool,
    /// This engine sent the invite.
    pub(super) is_sent: bool,
    pub(super) has_ended: bool,
    /// An operation was undone.
    pub(super) has_failed: bool,
    /// It makes room for others.
    is_endless: bool,
    /// Only its push has come.
    awaits_its_message: bool,
    pub(super) may_come_anew: bool,
    /// It makes room in this batch, and comes anew: an end that is told is that of what has gone.
    comes_anew: bool,
    /// The user wants to hear no more of it, or the service has refused it.
    pub(super) is_dropped: bool,
    told: BTreeMap<UserId, Outcome>,
    /// The end of its life: before that it is not forgotten (`R5`).
    life_end: Option<Timestamp>,
    /// Nor before this, when it ended or was dismissed, where there is room for all.
    tombstone_end: Option<Timestamp>,
}

impl Ledger {
    /// Takes in an output, and asks the laws of it.
    pub(super) fn note(&mut self, me: &UserId, output: &Output, ask: &mut impl FnMut(Law, Ruling)) {
        match output {
            Output::Transmit(sent) => {
                ask(Law::TokensAreNew, self.note_token(sent.token));
                self.note_sent(me, sent, ask);
            }
            Output::Edit(edit) => {
                ask(Law::TokensAreNew, self.note_token(edit.token));
                let is_own = edit.invitation.inviter() == me && edit.conversation == *edit.invitation.conversation();
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

    fn note_sent(&mut self, me: &UserId, sent: &Transmit, ask: &mut impl FnMut(Law, Ruling)) {
        let told = self.invitations.get(&sent.invitation);
        let saying = match Saying::new(me, sent, told) {
            Ok(saying) => saying,
            Err(what) => return ask(Law::SpeaksForItself, Err(what)),
        };
        for (law, rule) in OF_A_SAYING {
            ask(*law, rule(&saying));
        }
        if saying.is_invite() {
            let entry = self.entry(&sent.invitation);
            (entry.is_sent, entry.is_known) = (true, true);
        }
    }

    fn note_callback(&mut self, callback: &Callback) {
        let entry = self.entry(callback.invitation());
        match callback {
            Callback::NewInvitation { .. } | Callback::Missed { .. } => {
                *entry = Entry { is_known: true, ..Entry::default() }
            }
            Callback::Ended { .. } if entry.comes_anew => *entry = Entry { may_come_anew: true, ..Entry::default() },
            Callback::Ended { .. } => entry.has_ended = true,
            Callback::OperationFailed { operation, .. } => {
                entry.has_failed = true;
                // Of a refused invite nothing is left, so what was told of it is told again if its message comes after all.
                if *operation == Operation::Invite {
                    (entry.is_dropped, entry.has_ended) = (true, false);
                    entry.told.clear();
                }
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

    /// The app knows of it already.
    pub(super) fn note_pushed(&mut self, pushed: &Pushed) {
        let entry = self.entry(&pushed.key);
        (entry.is_known, entry.is_endless, entry.awaits_its_message) = (true, pushed.timeout_s == 0, true);
    }

    /// Whether a pushed invitation has a timeout its message says, whatever the push said.
    pub(super) fn note_heard(
        &mut self,
        message: &Inbound,
        disposition: Disposition,
        is_batch: bool,
        has_made_room: impl FnOnce(&InvitationKey) -> bool,
    ) {
        let Ok(info) = signaling_info(message, &Limits::default()) else { return };
        let key = InvitationKey::new(info.inviter, info.invite_id, message.conversation.clone());
        if info.action_type != 1 || disposition != Disposition::Applied {
            return;
        }
        let Some(entry) = self.invitations.get_mut(&key) else {
            // Of one of the user's other devices, so nothing was told of it before.
            if is_batch && has_made_room(&key) {
                self.entry(&key).comes_anew = true;
            }
            return;
        };
        let may_come_anew = is_batch && entry.may_come_anew && !entry.is_sent;
        if may_come_anew && entry.has_ended {
            // It had ended, made room for others in this batch, and comes anew; of the user's own nobody is told that.
            *entry = Entry { may_come_anew: true, ..Entry::default() };
        } else if may_come_anew && has_made_room(&key) {
            entry.comes_anew = true;
            // Silently, and too late, it may be, to be told of. What was told of it was of what is gone.
            if entry.is_endless {
                entry.is_known = false;
                entry.told.clear();
            }
        }
        // Of what is dismissed nobody can read how long it lives by its message.
        entry.life_end = entry.life_end.filter(|_| !(entry.is_dropped && entry.awaits_its_message));
        entry.awaits_its_message = false;
        if info.timeout == 0 {
            (entry.is_endless, entry.life_end) = (true, None);
            entry.may_come_anew |= is_batch;
        }
    }

    /// The app wants to hear no more of it: only if it comes anew, and of that all.
    pub(super) fn note_dismissed(&mut self, key: &InvitationKey, since: Timestamp, config: &Config) {
        let entry = self.entry(key);
        entry.is_dropped = true;
        entry.told.clear();
        entry.bury(since, config);
    }

    fn entry(&mut self, key: &InvitationKey) -> &mut Entry {
        self.invitations.entry(key.clone()).or_default()
    }

    /// What the app was told holds, now that it has been told all.
    pub(super) fn check(&self, engine: &Engine, ask: &mut impl FnMut(Law, Ruling)) {
        for (law, rule) in [(Law::ToldTrue, told_true as fn(&_, &_, &_) -> Ruling), (Law::EndsOnce, ended_for_good)] {
            let rulings = self.invitations.iter().map(|(key, entry)| rule(entry, engine, key));
            ask(law, rulings.into_iter().try_fold(false, |any, ruling| Ok(ruling? || any)));
        }
    }

    /// What the engine does not remember may come anew, when its time is over. What ended did so after `since`, and of what is
    /// forgotten, but for those that need no end, that was told.
    pub(super) fn forget_what(
        &mut self,
        engine: &Engine,
        config: &Config,
        (since, now): (Timestamp, Timestamp),
    ) -> Ruling {
        let mut ruling = Ok(false);
        self.invitations.retain(|key, entry| {
            if entry.has_ended && entry.tombstone_end.is_none() {
                entry.bury(since, config);
            }
            if let Some(kept) = engine.invitation(key) {
                entry.is_endless = kept.deadline().is_none();
                entry.life_end = kept.deadline().map(|deadline| deadline + config.grace);
                return true;
            }
            if entry.is_known && !entry.is_endless && !entry.is_dropped {
                let is_told = if entry.has_ended { Ok(true) } else { Err(format!("{key:?}: {entry:?}")) };
                ruling = ruling.clone().and(is_told);
            }
            !entry.is_past_its_life(now)
        });
        ruling
    }

    /// What has no timeout, or is past its life, makes room at once, so that it may come anew within one batch; but not after it.
    pub(super) fn begin_call(&mut self, is_batch: bool, now: Timestamp) {
        let may_come_anew = |entry: &Entry| is_batch && (entry.is_endless || entry.is_past_its_life(now));
        for entry in self.invitations.values_mut() {
            (entry.may_come_anew, entry.comes_anew) = (may_come_anew(entry), false);
        }
    }

    /// Moves to a clock that was set back.
    pub(super) fn rebase(&mut self, old: Timestamp, new: Timestamp) {
        for entry in self.invitations.values_mut() {
            for end in [&mut entry.life_end, &mut entry.tombstone_end].into_iter().flatten() {
                *end = end.rebased(old, new);
            }
        }
    }

    /// Another engine has given tokens, which this one must not give again.
    pub(super) fn add_tokens_of(&mut self, other: &Self) {
        self.tokens.extend(&other.tokens);
    }
}

impl Entry {
    pub(super) fn outcome_of(&self, user: &UserId) -> Option<Outcome> {
        self.told.get(user).copied()
    }

    pub(super) fn told(&self) -> impl Iterator<Item = (&UserId, Outcome)> {
        self.told.iter().map(|(user, outcome)| (user, *outcome))
    }

    fn is_past_its_life(&self, now: Timestamp) -> bool {
        self.life_end.max(self.tombstone_end) <= Some(now)
    }

    fn bury(&mut self, at: Timestamp, config: &Config) {
        let has_room = config.limits == Limits::default();
        self.tombstone_end = has_room.then(|| at + config.tombstone_life);
    }
}
