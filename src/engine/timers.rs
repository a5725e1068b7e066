//! What time does (`T2`, `T4`, `T5`, `C1`). `protocol/timer.rs` says when; here is what.

use alloc::vec::Vec;

use super::Engine;
use super::sends::Fate;
use super::step::Step;
use crate::name::InvitationKey;
use crate::protocol::fact::Fact;
use crate::protocol::invitation::{Certainty, Invitation};
use crate::protocol::send::{Cargo, News};
use crate::time::Timestamp;
use crate::wake::WakeReason;
use crate::wire::Action;

impl Engine {
    /// Fires what is due by now, in the order of (deadline, invitation), each at its own moment (`T2`); but at none before
    /// `since`, until when everything else has fired: what comes in past its deadline is remembered from then on (`R5`).
    pub(super) fn fire_due(&mut self, since: Timestamp) {
        let now = self.clock.now();
        if self.next_due().is_none_or(|(at, _)| at > now) {
            return;
        }
        self.early.expire(now);
        while let Some((at, key, reason)) = self.book.first_due(now) {
            let (book, mut step) = self.split(at.max(since), None);
            book.with(&mut step, &key, |step, key, invitation| step.fire(key, invitation, reason));
        }
    }
}

impl Step<'_> {
    fn fire(&mut self, key: &InvitationKey, invitation: &mut Invitation, reason: WakeReason) {
        match reason {
            WakeReason::InviteeDeadline => {
                let me: Vec<u32> = invitation.me().into_iter().collect();
                self.time_out(key, invitation, &me, Fact::OwnTimeout);
            }
            WakeReason::InviterDeadline => {
                let pending = invitation.pending();
                self.time_out(key, invitation, &pending, Fact::InviterTimeout);
            }
            WakeReason::Presumption => {
                let pending = invitation.pending();
                self.time_out(key, invitation, &pending, Fact::Silence);
            }
            WakeReason::Retry => self.retry(key, invitation),
            WakeReason::SendExpiry => {
                while let Some(send) = invitation.under_way.sends().iter().find(|send| send.expires <= self.now) {
                    let token = send.token;
                    self.settle(key, invitation, token, Fate::Unknown);
                }
            }
            WakeReason::Retention | WakeReason::Housekeeping => self.forget(invitation),
            WakeReason::Layer => {} // no invitation waits for that
        }
    }

    fn time_out(&mut self, key: &InvitationKey, invitation: &mut Invitation, parties: &[u32], fact: Fact) {
        let mut news = Vec::with_capacity(parties.len());
        for party in parties {
            invitation.state(*party, fact, Certainty::Confirmed);
            let data = invitation.words.data().clone();
            news.push(News { party: *party, fact, data, elsewhere: false, own_timer: true });
        }
        self.send_timeout(key, invitation, parties, fact, 0);
        self.tell_all(key, invitation, &news);
    }

    /// Says it, unless it is only presumed.
    fn send_timeout(
        &mut self,
        key: &InvitationKey,
        invitation: &mut Invitation,
        parties: &[u32],
        fact: Fact,
        attempt: u8,
    ) {
        let cargo = match fact {
            Fact::OwnTimeout => Cargo::OwnTimeout(attempt),
            Fact::InviterTimeout => Cargo::InviterTimeout(parties.into(), attempt),
            Fact::Silence | Fact::Left | Fact::Reject | Fact::Accept | Fact::Cancel => return,
        };
        let data = invitation.words.data().clone();
        let payload = self.encode(key, invitation, Action::Timeout, invitation.invitees().names(parties), &data);
        self.transmit(key, invitation, (Action::Timeout, &data, cargo), payload, None);
    }

    /// Sends a refused time-out again, for those who are still without an answer (`O7`).
    fn retry(&mut self, key: &InvitationKey, invitation: &mut Invitation) {
        let Some(retry) = invitation.under_way.take_retry() else {
            return;
        };
        let me = invitation.me();
        let fact = if me.is_some() { Fact::OwnTimeout } else { Fact::InviterTimeout };
        let mut parties = invitation.presumed();
        parties.retain(|party| me.is_none_or(|me| me == *party));
        if parties.is_empty() {
            return;
        }
        for party in &parties {
            invitation.state(*party, fact, Certainty::Confirmed);
        }
        self.send_timeout(key, invitation, &parties, fact, retry.attempt);
    }
}

/// What the engine waits for by itself: the first of what is due, or nothing while it catches up.
impl Engine {
    pub(super) fn next_due(&self) -> Option<(Timestamp, WakeReason)> {
        if self.is_catching_up {
            return None;
        }
        let early = self.early.next_expiry().map(|at| (at, WakeReason::Housekeeping));
        self.book.next_due().into_iter().chain(early).min()
    }
}
