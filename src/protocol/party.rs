//! What is known of an invitee, and how many are still to be heard of.

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use super::fact::FactSet;
use crate::callback::Outcome;

/// What is known of one invitee.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Party {
    pub(crate) confirmed: FactSet,
    /// One's own, whose fate is not known (`O7`).
    pub(crate) in_flight: FactSet,
    /// What the app was told last.
    pub(crate) told: Option<Outcome>,
    pub(crate) answers: Answers,
}

impl Party {
    pub(crate) fn facts(&self) -> FactSet {
        self.confirmed.union(self.in_flight)
    }

    /// Whether the fact that decides is confirmed.
    pub(crate) fn is_certain(&self) -> bool {
        self.facts().strongest().is_some_and(|fact| self.confirmed.contains(fact))
    }
}

/// How many invitees are still to be heard of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Count {
    /// They have no outcome.
    pub(crate) pending: u32,
    /// They have no outcome that is certain (`C7`).
    pub(crate) unsettled: u32,
}

impl Count {
    pub(super) fn of(party: &Party) -> Self {
        Self { pending: u32::from(party.facts().is_empty()), unsettled: u32::from(!party.is_certain()) }
    }

    pub(super) fn add(&mut self, other: Self) {
        self.pending = self.pending.saturating_add(other.pending);
        self.unsettled = self.unsettled.saturating_add(other.unsettled);
    }

    pub(super) fn take(&mut self, other: Self) {
        self.pending = self.pending.saturating_sub(other.pending);
        self.unsettled = self.unsettled.saturating_sub(other.unsettled);
    }
}
