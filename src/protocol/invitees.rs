//! Who is invited, and what is known of each.

use alloc::boxed::Box;
use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::slice;

use super::party::{Count, Party};
use crate::id::UserId;

/// The invitees in the order of the invite, each once. Most invitations have one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Invitees {
    One(UserId, Party),
    Many(Box<Many>),
}

/// Found by name in logarithmic time, and counted, so that one's answer costs the same however many others there are.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Many {
    list: Arc<[UserId]>,
    /// The list's positions in the order of the names. Empty for a short list.
    sorted: Box<[u32]>,
    parties: Box<[Party]>,
    count: Count,
}

/// So few are scanned rather than searched.
const SHORT: usize = 8;

impl Invitees {
    /// A doubled entry counts once (`O3`). `None`: there is nobody.
    pub(crate) fn new(names: impl IntoIterator<Item = UserId>) -> Option<Self> {
        let mut names = names.into_iter();
        let first = names.next()?;
        let Some(second) = names.next() else { return Some(Self::one(first)) };
        let (mut list, mut seen) = (Vec::new(), BTreeSet::new());
        for name in [first, second].into_iter().chain(names) {
            let is_new = if list.len() < SHORT {
                !list.contains(&name)
            } else {
                if seen.is_empty() {
                    seen.extend(list.iter().cloned());
                }
                seen.insert(name.clone())
            };
            if is_new {
                list.push(name);
            }
        }
        let parties = list.iter().map(|_| Party::default()).collect();
        Self::from_parts(list.into(), parties)
    }

    pub(crate) fn one(name: UserId) -> Self {
        Self::One(name, Party::default())
    }

    /// `None`: there is nobody, or not of each what is known.
    pub(super) fn from_parts(list: Arc<[UserId]>, mut parties: Vec<Party>) -> Option<Self> {
        if list.len() != parties.len() {
            return None;
        }
        if let [name] = &*list {
            return Some(Self::One(name.clone(), parties.pop()?));
        }
        let mut sorted = Vec::new();
        if list.len() > SHORT {
            sorted.extend((0_u32..).zip(list.iter()).map(|(position, _)| position));
            sorted.sort_by_key(|position| list.get(*position as usize));
        }
        let mut count = Count::default();
        parties.iter().for_each(|party| count.add(Count::of(party)));
        let many = Many { list, sorted: sorted.into(), parties: parties.into(), count };
        (!many.list.is_empty()).then(|| Self::Many(Box::new(many)))
    }

    pub(super) fn into_parts(self) -> (Arc<[UserId]>, Vec<Party>) {
        match self {
            Self::One(name, party) => ([name].into(), [party].into()),
            Self::Many(many) => (many.list, many.parties.into()),
        }
    }

    /// Whether each is listed once, and the inviter not at all: of an untrusted snapshot.
    pub(crate) fn are_those_of(&self, inviter: &UserId) -> bool {
        let names: BTreeSet<&UserId> = self.iter().collect();
        names.len() == self.list().len() && !names.contains(inviter)
    }

    pub(crate) fn position(&self, user: &str) -> Option<u32> {
        let sorted = match self {
            Self::One(..) => &[],
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
            Self::One(name, _) => slice::from_ref(name),
            Self::Many(many) => &many.list,
        }
    }

    /// For a callback, which shares the list; of one invitee it is made.
    pub(crate) fn shared(&self) -> Arc<[UserId]> {
        match self {
            Self::One(name, _) => [name.clone()].into(),
            Self::Many(many) => many.list.clone(),
        }
    }

    pub(crate) fn len(&self) -> u32 {
        u32::try_from(self.list().len()).unwrap_or(u32::MAX)
    }

    pub(super) fn parties(&self) -> &[Party] {
        match self {
            Self::One(_, party) => slice::from_ref(party),
            Self::Many(many) => &many.parties,
        }
    }

    pub(super) fn party(&self, position: u32) -> Option<&Party> {
        self.parties().get(position as usize)
    }

    pub(super) fn count(&self) -> Count {
        match self {
            Self::One(_, party) => Count::of(party),
            Self::Many(many) => many.count,
        }
    }

    /// Changes what is known of one; gives what `change` does, or the default where there is nobody.
    pub(super) fn change<R: Default>(&mut self, position: u32, change: impl FnOnce(&mut Party) -> R) -> R {
        match self {
            Self::One(_, party) if position == 0 => change(party),
            Self::One(..) => R::default(),
            Self::Many(many) => {
                let Some(party) = many.parties.get_mut(position as usize) else { return R::default() };
                many.count.take(Count::of(party));
                let result = change(party);
                many.count.add(Count::of(party));
                result
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    use alloc::format;
    use proptest::prelude::*;

    proptest! {
        /// Few and many, so that both ways to know a name again are taken.
        #[test]
        fn o3_a_doubled_name_counts_once_and_every_name_is_found(numbers in prop::collection::vec(0_u8..24, 0..48)) {
            let names = || numbers.iter().map(|number| UserId::from(format!("user{number}")));
            let mut once: Vec<UserId> = Vec::new();
            names().for_each(|name| if !once.contains(&name) { once.push(name) });
            match Invitees::new(names()) {
                None => prop_assert!(once.is_empty()),
                Some(invitees) => {
                    prop_assert_eq!(invitees.list(), &*once);
                    prop_assert_eq!(invitees.count().pending, invitees.len());
                    for (position, name) in (0_u32..).zip(&once) {
                        prop_assert_eq!(invitees.position(name.as_str()), Some(position));
                    }
                    prop_assert_eq!(invitees.position("user"), None);
                }
            }
        }
    }
}
