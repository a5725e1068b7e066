//! When each invitee answered, by the service's stamps (`C4`): for all the same order, such as that of raised hands.

use alloc::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::callback::Answer;
use crate::message::Stamp;
use crate::pairs;

/// The smallest stamp of each answer, as somebody may have given it on several devices, and nobody knows which copy comes first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Answers(#[serde(with = "pairs")] BTreeMap<(u32, Answer), Stamp>);

impl Answers {
    /// An answer was taken by the service under this stamp; says whether it is earlier than all that is known.
    pub(crate) fn note(&mut self, party: u32, answer: Answer, stamp: &Stamp) -> bool {
        let is_earlier = self.first(party, answer).is_none_or(|first| stamp < first);
        if is_earlier {
            self.0.insert((party, answer), stamp.clone());
        }
        is_earlier
    }

    pub(crate) fn first(&self, party: u32, answer: Answer) -> Option<&Stamp> {
        self.0.get(&(party, answer))
    }

    /// The same for an invitation in which whoever they are of has this number.
    pub(crate) fn renumbered(self, party: u32) -> Self {
        Self(self.0.into_iter().map(|((_, answer), stamp)| ((party, answer), stamp)).collect())
    }

    /// Whether they are of some of so many invitees: of an untrusted snapshot.
    pub(crate) fn are_of(&self, count: u32) -> bool {
        self.0.keys().all(|(party, _)| *party < count)
    }
}
