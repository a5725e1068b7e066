//! What a layer still has to do about invitations, when their sends let it.

use alloc::collections::VecDeque;

use serde::{Deserialize, Serialize};

use crate::callback::Outcome;
use crate::engine::Engine;
use crate::id::Data;
use crate::name::InvitationKey;
use crate::time::{Millis, Timestamp};

/// How many are remembered. An older one is left to run out of time, of which the engine tells everybody; one's own cancels last, as it is
/// others who make answers necessary.
const ERRANDS: usize = 64;

/// How often something is said that the service refuses: once, and again 1, 2 and 4 seconds later, as the engine does (`O7`).
const TRIES: u8 = 4;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Errands(VecDeque<Errand>);

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Errand {
    invitation: InvitationKey,
    deed: Deed,
    tries: u8,
    /// Not to be said before.
    again: Timestamp,
    /// When it is to be said again, as the service refused it.
    due: Option<Timestamp>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Deed {
    /// One's own, which is to call nobody any more.
    Cancel(Data),
    /// Another's.
    Reject(Data),
    /// What nobody here answers; one's own once it was sent.
    Forget,
}

impl Errands {
    pub(crate) fn add(&mut self, engine: &mut Engine, now: Timestamp, invitation: &InvitationKey, deed: Deed) {
        let is_of_others = |errand: &Errand| !matches!(errand.deed, Deed::Cancel(_));
        if self.0.len() >= ERRANDS
            && let Some(oldest) = self.0.remove(self.0.iter().position(is_of_others).unwrap_or_default())
            && oldest.deed == Deed::Forget
        {
            engine.dismiss(now, &oldest.invitation).ok();
        }
        self.0.push_back(Errand { invitation: invitation.clone(), deed, tries: 0, again: now, due: None });
    }

    pub(crate) fn deed(&self, invitation: &InvitationKey) -> Option<&Deed> {
        self.0.iter().find(|errand| errand.invitation == *invitation).map(|errand| &errand.deed)
    }

    /// Says what is to be said, where the fate of a send does not keep it from being said.
    pub(crate) fn say(&mut self, engine: &mut Engine, now: Timestamp) {
        self.0.iter_mut().for_each(|errand| errand.say(engine, now));
    }

    /// Drops what the engine has forgotten, and forgets what was sent and wants no answer. All that the engine has told of them is
    /// heard.
    pub(crate) fn forget(&mut self, engine: &mut Engine, now: Timestamp) {
        self.0.retain(|errand| match engine.invitation(&errand.invitation) {
            None => false,
            Some(view) if errand.deed != Deed::Forget || view.is_in_flight() => true,
            Some(_) => {
                engine.dismiss(now, &errand.invitation).ok();
                false
            }
        });
    }

    /// When one of them is to be said again.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.0.iter().filter_map(|errand| errand.due).min()
    }

    /// The host's clock is another one now.
    pub(crate) fn shift(&mut self, shift: impl Fn(Timestamp) -> Timestamp) {
        for errand in &mut self.0 {
            errand.again = shift(errand.again);
            errand.due = errand.due.map(&shift);
        }
    }

    /// Whether they can have come from a running layer: of an untrusted snapshot.
    pub(crate) fn are_few(&self) -> bool {
        self.0.len() <= ERRANDS
    }
}

impl Errand {
    fn say(&mut self, engine: &mut Engine, now: Timestamp) {
        self.due = None;
        let Some(view) = engine.invitation(&self.invitation).filter(|_| self.tries < TRIES) else { return };
        let is_wanted = match self.deed {
            Deed::Cancel(_) => view.outcomes().any(|(_, outcome)| outcome == Outcome::Pending),
            Deed::Reject(_) => view.outcome_of(engine.user().as_str()) == Some(Outcome::Pending),
            Deed::Forget => false,
        };
        if !is_wanted {
            return;
        }
        if now < self.again {
            self.due = Some(self.again);
            return;
        }
        let is_said = match &self.deed {
            Deed::Cancel(data) => engine.cancel(now, &self.invitation, data).is_ok(),
            Deed::Reject(data) => engine.reject(now, &self.invitation, data).is_ok(),
            Deed::Forget => true,
        };
        if is_said {
            self.note_said(now);
        }
    }

    fn note_said(&mut self, now: Timestamp) {
        self.again = now + Millis::from_secs(1 << self.tries);
        self.tries = self.tries.saturating_add(1);
    }
}
