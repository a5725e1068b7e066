//! Who is invited.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::slice;

use serde::{Deserialize, Serialize};

use crate::id::UserId;

/// The invitees in the order of the invite, each once, found by name in logarithmic time. Most invitations have one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(from = "Arc<[UserId]>", into = "Arc<[UserId]>")]
pub(crate) enum Invitees {
    One(UserId),
    Many(Box<Many>),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Many {
    list: Arc<[UserId]>,
    /// The list's positions in the order of the names. Empty for a short list, which is scanned.
    sorted: Box<[u32]>,
}

const SHORT: usize = 8;

impl Invitees {
    /// A doubled entry counts once (`O3`). `None`: there is nobody.
    pub(crate) fn new(names: impl IntoIterator<Item = UserId>) -> Option<Self> {
        let mut names = names.into_iter();
        let first = names.next()?;
        let Some(second) = names.next() else { return Some(Self::One(first)) };
        let mut seen = BTreeSet::new();
        let list: Arc<[UserId]> =
            [first, second].into_iter().chain(names).filter(|name| seen.insert(name.clone())).collect();
        Some(list.into())
    }

    /// Whether each is listed once, and the inviter not at all: of an untrusted snapshot.
    pub(crate) fn are_those_of(&self, inviter: &UserId) -> bool {
        let names: BTreeSet<&UserId> = self.iter().collect();
        names.len() == self.list().len() && !names.contains(inviter)
    }

    pub(crate) fn position(&self, user: &str) -> Option<u32> {
        let sorted = match self {
            Self::One(_) => &[],
            Self::Many(many) => &*many.sorted,
        };
        if sorted.is_empty() {
            return (0_u32..).zip(self.list()).find(|(_, name)| **name == user).map(|(position, _)| position);
        }
        let name_at = |position: &u32| self.name(*position).map_or("", UserId::as_str);
        let found = sorted.binary_search_by(|position| name_at(position).cmp(user)).ok()?;
        sorted.get(found).copied()
    }

    pub(crate) fn name(&self, position: u32) -> Option<&UserId> {
        self.list().get(position as usize)
    }

    pub(crate) fn names<'a>(&'a self, positions: &'a [u32]) -> impl Iterator<Item = &'a UserId> {
        positions.iter().filter_map(|position| self.name(*position))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &UserId> {
        self.list().iter()
    }

    pub(crate) fn list(&self) -> &[UserId] {
        match self {
            Self::One(name) => slice::from_ref(name),
            Self::Many(many) => &many.list,
        }
    }

    /// For a callback, which shares the list; of one invitee it is made.
    pub(crate) fn shared(&self) -> Arc<[UserId]> {
        match self {
            Self::One(name) => [name.clone()].into(),
            Self::Many(many) => many.list.clone(),
        }
    }

    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.list().len()).unwrap_or(u32::MAX)
    }
}

impl From<Arc<[UserId]>> for Invitees {
    fn from(list: Arc<[UserId]>) -> Self {
        if let [name] = &*list {
            return Self::One(name.clone());
        }
        let mut sorted = Vec::new();
        if list.len() > SHORT {
            sorted.extend((0_u32..).zip(list.iter()).map(|(position, _)| position));
            sorted.sort_by_key(|position| list.get(*position as usize));
        }
        Self::Many(Box::new(Many { list, sorted: sorted.into() }))
    }
}

impl From<Invitees> for Arc<[UserId]> {
    fn from(invitees: Invitees) -> Self {
        invitees.shared()
    }
}
