//! What can be asked of an engine.

use serde::{Deserialize, Serialize};

use super::Engine;
use crate::callback::{Answer, Outcome};
use crate::config::Config;
use crate::id::{Data, UserId};
use crate::message::{Stamp, Token};
use crate::name::{InvitationKey, Target};
use crate::protocol::invitation::Invitation;
use crate::time::{Millis, Timestamp};

impl Engine {
    /// The signed-in user.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.me
    }

    /// The settings.
    #[must_use]
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whether the history is awaited (`A7`).
    #[must_use]
    pub fn is_catching_up(&self) -> bool {
        self.is_catching_up
    }

    /// An invitation, open or remembered (`R5`). `None` also where the target is ambiguous (`I1`).
    pub fn invitation(&self, target: impl Into<Target>) -> Option<InvitationView<'_>> {
        let (key, invitation) = self.book.find(&target.into()).ok()??;
        Some(InvitationView { key, invitation })
    }

    /// The open invitations, in the order of their names.
    pub fn invitations(&self) -> impl Iterator<Item = InvitationView<'_>> {
        let open = self.book.iter().filter(|(_, invitation)| invitation.is_open());
        open.map(|(key, invitation)| InvitationView { key, invitation })
    }

    /// All invitations, open or remembered (`R5`), in the order of their names: also those of which no callback told, as they were
    /// over when they came (`A2`).
    pub fn remembered(&self) -> impl Iterator<Item = InvitationView<'_>> {
        let kept = self.book.iter().filter(|(_, invitation)| !invitation.is_dismissed());
        kept.map(|(key, invitation)| InvitationView { key, invitation })
    }

    /// The sends whose fate is not known, in the order of their tokens, and what each is about (`O7`).
    pub fn sends_in_flight(&self) -> impl Iterator<Item = (Token, &InvitationKey)> {
        self.outbox.tokens.iter().map(|(token, key)| (*token, key))
    }

    /// How full the engine is (`W9`).
    #[must_use]
    pub fn stats(&self) -> Stats {
        Stats {
            open: self.book.room().open(),
            kept: self.book.room().kept(),
            early: self.early.count(),
            sends_in_flight: self.outbox.tokens.len(),
            outputs: self.outbox.outputs.len(),
        }
    }
}

/// An invitation as the engine sees it: open, or ended and still remembered.
#[derive(Clone, Copy, Debug)]
pub struct InvitationView<'a> {
    pub(super) key: &'a InvitationKey,
    pub(super) invitation: &'a Invitation,
}

impl<'a> InvitationView<'a> {
    /// Its name (`I1`).
    #[must_use]
    pub fn key(&self) -> &'a InvitationKey {
        self.key
    }

    /// The invitees, in the order of the invite. Of an invitation learnt from a push, only the signed-in user until its message
    /// comes.
    #[must_use]
    pub fn invitees(&self) -> &'a [UserId] {
        self.invitation.invitees().list()
    }

    /// The inviter's data as last modified.
    #[must_use]
    pub fn data(&self) -> &'a Data {
        self.invitation.words.data()
    }

    /// The inviter's data as it was in the invite, before any edit, as far as this engine knows (`R8`). An answer is an answer to this
    /// data.
    #[must_use]
    pub fn first_data(&self) -> &'a Data {
        self.invitation.words.first()
    }

    /// The outcome of one invitee (`C1`). O(log n) in the number of invitees.
    #[must_use]
    pub fn outcome_of(&self, user: &str) -> Option<Outcome> {
        self.invitation.invitees().position(user).map(|party| self.invitation.outcome(party))
    }

    /// The service's stamp of the answer that is this one's outcome. All who know it have the same one, so it puts answers into the
    /// same order for everybody (`C4`). `None` without an answer, or where nobody knows its stamp.
    #[must_use]
    pub fn answer_stamp(&self, user: &str) -> Option<&'a Stamp> {
        let party = self.invitation.invitees().position(user)?;
        let answer = match self.invitation.outcome(party) {
            Outcome::Accepted => Answer::Accept,
            Outcome::Rejected => Answer::Reject,
            Outcome::Pending | Outcome::TimedOut | Outcome::Cancelled | Outcome::Left => return None,
        };
        self.invitation.first_answer(party, answer)
    }

    /// The outcome of each invitee, in the order of the invite.
    pub fn outcomes(&self) -> impl Iterator<Item = (&'a UserId, Outcome)> {
        self.invitation.outcomes()
    }

    /// Whether some invitee's outcome is still open or uncertain (`C7`).
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.invitation.is_open()
    }

    /// Whether something was said about it here whose fate is not known yet (`O7`).
    #[must_use]
    pub fn is_in_flight(&self) -> bool {
        !self.invitation.under_way.sends().is_empty()
    }

    /// The stamp under which the service took the invite, where it is known.
    #[must_use]
    pub fn stamp(&self) -> Option<&'a Stamp> {
        self.invitation.stamp.as_ref()
    }

    /// When its time is up, on the host's clock; `None` without a timeout (`T4`, `T5`).
    #[must_use]
    pub fn deadline(&self) -> Option<Timestamp> {
        (!self.invitation.timeout.is_zero()).then_some(self.invitation.deadline)
    }

    /// When it was sent, on the host's clock, as far as stamps tell; `None` without a timeout.
    #[must_use]
    pub fn sent(&self) -> Option<Timestamp> {
        self.deadline().map(|deadline| deadline - self.invitation.timeout)
    }

    /// How much of its time is left at `now` (`T8`); `None` without a timeout.
    #[must_use]
    pub fn time_left(&self, now: Timestamp) -> Option<Millis> {
        self.deadline().map(|deadline| deadline.since(now))
    }

    /// Whether it holds for online users only (`W5`).
    #[must_use]
    pub fn is_online_user_only(&self) -> bool {
        self.invitation.online_user_only
    }
}

/// How full an engine is (`W9`): what it holds at this moment, not totals since the start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Stats {
    /// Open invitations.
    pub open: u32,
    /// Open and remembered invitations.
    pub kept: u32,
    /// Facts whose invitation has not come (`R6`).
    pub early: u32,
    /// Sends whose fate is not known (`O7`).
    pub sends_in_flight: usize,
    /// Outputs that wait to be polled.
    pub outputs: usize,
}
