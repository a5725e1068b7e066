//! What is known of one invitee.

use serde::{Deserialize, Serialize};

use super::answers::Answers;
use super::fact::FactSet;
use crate::callback::Outcome;

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
