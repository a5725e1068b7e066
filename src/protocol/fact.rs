//! What is said about an invitee, and sets of it.

use serde::{Deserialize, Serialize};

/// A fact about one invitee, weakest first (`C1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub(crate) enum Fact {
    /// Presumed: nothing was heard for too long, or the inviter's time-out could not be sent.
    Silence = 0,
    /// Presumed: the invitee left the group.
    Left = 1,
    /// The invitee's own devices say that the time ran out.
    OwnTimeout = 2,
    /// The invitee says no.
    Reject = 3,
    /// The invitee says yes.
    Accept = 4,
    /// The inviter says that the time ran out.
    InviterTimeout = 5,
    /// The inviter cancels.
    Cancel = 6,
}

impl Fact {
    pub(crate) const ALL: [Self; 7] =
        [Self::Silence, Self::Left, Self::OwnTimeout, Self::Reject, Self::Accept, Self::InviterTimeout, Self::Cancel];

    const fn bit(self) -> u8 {
        1 << self as u8
    }
}

/// A set of facts: a bit each.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub(crate) struct FactSet(u8);

impl TryFrom<u8> for FactSet {
    type Error = &'static str;

    fn try_from(bits: u8) -> Result<Self, Self::Error> {
        if usize::from(bits) >> Fact::ALL.len() == 0 { Ok(Self(bits)) } else { Err("a fact that does not exist") }
    }
}

impl From<FactSet> for u8 {
    fn from(facts: FactSet) -> Self {
        facts.0
    }
}

impl FactSet {
    /// Adds a fact; says whether it is new.
    pub(crate) fn insert(&mut self, fact: Fact) -> bool {
        let before = self.0;
        self.0 |= fact.bit();
        self.0 != before
    }

    /// Takes a fact out; says whether it was there.
    pub(crate) fn remove(&mut self, fact: Fact) -> bool {
        let before = self.0;
        self.0 &= !fact.bit();
        self.0 != before
    }

    pub(crate) const fn contains(self, fact: Fact) -> bool {
        self.0 & fact.bit() != 0
    }

    pub(crate) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn strongest(self) -> Option<Fact> {
        Fact::ALL.into_iter().rev().find(|fact| self.contains(*fact))
    }
}
