//! What is known of each invitee, and counters that keep an answer's cost flat.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::slice;

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

/// All invitees, by position. Most invitations have one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Parties {
    One(Party),
    Many(Box<Many>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Many {
    all: Box<[Party]>,
    count: Count,
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
    fn of(party: &Party) -> Self {
        Self { pending: u32::from(party.facts().is_empty()), unsettled: u32::from(!party.is_certain()) }
    }
}

impl Parties {
    /// So many, of whom nothing is known.
    pub(crate) fn new(count: u32) -> Self {
        if count == 1 {
            return Self::One(Party::default());
        }
        let all = (0..count).map(|_| Party::default()).collect();
        Self::Many(Box::new(Many { all, count: Count { pending: count, unsettled: count } }))
    }

    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.all().len()).unwrap_or(u32::MAX)
    }

    pub(crate) fn all(&self) -> &[Party] {
        match self {
            Self::One(party) => slice::from_ref(party),
            Self::Many(many) => &many.all,
        }
    }

    pub(crate) fn get(&self, position: u32) -> Option<&Party> {
        self.all().get(position as usize)
    }

    pub(crate) fn count(&self) -> Count {
        match self {
            Self::One(party) => Count::of(party),
            Self::Many(many) => many.count,
        }
    }

    /// Changes what is known of one; gives what `change` does, or the default where there is nobody.
    pub(crate) fn change<R: Default>(&mut self, position: u32, change: impl FnOnce(&mut Party) -> R) -> R {
        match self {
            Self::One(party) if position == 0 => change(party),
            Self::One(_) => R::default(),
            Self::Many(many) => {
                let Some(party) = many.all.get_mut(position as usize) else { return R::default() };
                let was = Count::of(party);
                let result = change(party);
                let (is, count) = (Count::of(party), &mut many.count);
                count.pending = count.pending.saturating_sub(was.pending).saturating_add(is.pending);
                count.unsettled = count.unsettled.saturating_sub(was.unsettled).saturating_add(is.unsettled);
                result
            }
        }
    }
}

impl From<Parties> for Vec<Party> {
    fn from(parties: Parties) -> Self {
        match parties {
            Parties::One(party) => [party].into(),
            Parties::Many(many) => many.all.into(),
        }
    }
}

impl From<Vec<Party>> for Parties {
    fn from(mut all: Vec<Party>) -> Self {
        if all.len() == 1
            && let Some(party) = all.pop()
        {
            return Self::One(party);
        }
        let mut count = Count::default();
        for party in &all {
            let of = Count::of(party);
            count.pending = count.pending.saturating_add(of.pending);
            count.unsettled = count.unsettled.saturating_add(of.unsettled);
        }
        Self::Many(Box::new(Many { all: all.into(), count }))
    }
}
