//! The invitations, found by name and kept in the order of names.
//!
//! Nearly always the first eight bytes of an id are its own: then a number is looked for, and of texts one is looked at. Whose ids begin
//! alike, by whatever design, have a map of their own.

use alloc::boxed::Box;
use alloc::collections::{BTreeMap, btree_map::Entry};
use core::mem;
use core::ops::Bound;

use crate::id::UserId;
use crate::name::{AsKey, Conversation, InvitationKey, KeyRef, Target};
use crate::protocol::invitation::Invitation;

/// By what the ids begin with, as a number of the same order. Boxed, so that a look-up goes over little, and nothing large is moved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Shelf(BTreeMap<u64, Box<Held>>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Held {
    One(InvitationKey, Invitation),
    /// Two or more.
    Many(BTreeMap<InvitationKey, Invitation>),
}

impl Shelf {
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn get(&self, wanted: KeyRef<'_>) -> Option<&Invitation> {
        match &**self.0.get(&wanted.prefix())? {
            Held::One(key, invitation) => wanted.names(key).then_some(invitation),
            Held::Many(all) => all.get(wanted.as_dyn()),
        }
    }

    pub(crate) fn get_mut(&mut self, wanted: KeyRef<'_>) -> Option<(&InvitationKey, &mut Invitation)> {
        let (key, invitation) = match &mut **self.0.get_mut(&wanted.prefix())? {
            Held::One(key, invitation) => (&*key, invitation),
            Held::Many(all) => all.range_mut::<dyn AsKey + '_, _>(from(&wanted)).next()?,
        };
        wanted.names(key).then_some((key, invitation))
    }

    /// Those that an operation may be about (`I1`).
    pub(crate) fn find(&self, target: &Target) -> impl Iterator<Item = (&InvitationKey, &Invitation)> {
        let Target { invite_id, inviter, .. } = target;
        let inviter = inviter.as_ref().map_or("", UserId::as_str);
        let conversation = &Conversation::C2c(UserId::default());
        let first = KeyRef { invite_id: invite_id.as_str(), inviter, conversation };
        let (one, many) = match self.0.get(&first.prefix()).map(|held| &**held) {
            None => (None, None),
            Some(Held::One(key, invitation)) => (Some((key, invitation)), None),
            Some(Held::Many(all)) => (None, Some(all.range::<dyn AsKey + '_, _>(from(&first)))),
        };
        let shares = move |key: &InvitationKey| {
            key.invite_id() == invite_id && target.inviter.as_ref().is_none_or(|inviter| key.inviter() == inviter)
        };
        let sharing = one.into_iter().chain(many.into_iter().flatten()).take_while(move |(key, _)| shares(key));
        sharing.filter(|(key, _)| target.matches(key))
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&InvitationKey, &Invitation)> {
        self.0.values().flat_map(|held| {
            let (one, many) = match &**held {
                Held::One(key, invitation) => (Some((key, invitation)), None),
                Held::Many(all) => (None, Some(all.iter())),
            };
            one.into_iter().chain(many.into_iter().flatten())
        })
    }

    /// Puts in an invitation that is not there.
    pub(crate) fn insert(&mut self, key: InvitationKey, invitation: Invitation) {
        match self.0.entry(key.prefix()) {
            Entry::Vacant(place) => {
                place.insert(Box::new(Held::One(key, invitation)));
            }
            Entry::Occupied(place) => place.into_mut().add(key, invitation),
        }
    }

    /// Takes out an invitation that is there.
    pub(crate) fn remove(&mut self, key: &InvitationKey) {
        let Entry::Occupied(mut place) = self.0.entry(key.prefix()) else { return };
        let held = &mut **place.get_mut();
        let all = match held {
            Held::Many(all) => all,
            Held::One(known, _) => {
                debug_assert!(known == key, "it was not there");
                place.remove();
                return;
            }
        };
        all.remove::<InvitationKey>(key);
        if all.len() == 1
            && let Some((last, its)) = all.pop_first()
        {
            *held = Held::One(last, its);
        }
    }
}

impl Held {
    fn add(&mut self, key: InvitationKey, invitation: Invitation) {
        if let Self::Many(all) = self {
            let known = all.insert(key, invitation);
            debug_assert!(known.is_none(), "it was there");
        } else if let Self::One(other, its) = mem::replace(self, Self::Many(BTreeMap::new())) {
            debug_assert!(other != key, "it was there");
            *self = Self::Many([(other, its), (key, invitation)].into());
        }
    }
}

/// From a name on, in the order of names.
fn from<'a>(first: &'a KeyRef<'a>) -> (Bound<&'a (dyn AsKey + 'a)>, Bound<&'a (dyn AsKey + 'a)>) {
    (Bound::Included(first.as_dyn()), Bound::Unbounded)
}

#[cfg(test)]
mod tests {
    use super::*;

    use alloc::vec::Vec;
    use alloc::{format, vec};
    use core::cmp::Ordering;

    use proptest::prelude::*;

    use crate::protocol::invitation::{Header, Role};
    use crate::protocol::invitees::Invitees;
    use crate::time::{Millis, Timestamp};

    /// Few names, most of which share what their ids begin with.
    fn key() -> impl Strategy<Value = InvitationKey> {
        let begins = prop::sample::select(vec!["", "a", "1234567", "12345678"]);
        let id =
            (begins, prop::sample::select(vec!["", "\0", "b"])).prop_map(|(begins, ends)| format!("{begins}{ends}"));
        let place = prop::sample::select(vec![
            Conversation::C2c("bob".into()),
            Conversation::C2c("carol".into()),
            Conversation::Group("room".into()),
        ]);
        (id, prop::sample::select(vec!["alice", "bob"]), place)
            .prop_map(|(id, inviter, place)| InvitationKey::new(inviter, id, place))
    }

    fn invitation(deadline: i64) -> Invitation {
        Invitation::new(Header {
            invitees: Invitees::one("me".into()),
            role: Role::Invitee(0),
            timeout: Millis::ZERO,
            deadline: Timestamp::from_millis(deadline),
            data: "".into(),
            stamp: None,
            online_user_only: false,
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn i1_whatever_ids_begin_alike_each_invitation_is_found_and_in_the_order_of_names(
            steps in prop::collection::vec((key(), any::<bool>()), 0..30),
            asked in key(),
            is_of_any in any::<bool>(),
        ) {
            let (mut shelf, mut plain) = (Shelf::default(), BTreeMap::new());
            for (step, (key, is_new)) in (0..).zip(steps) {
                if plain.remove(&key).is_some() {
                    shelf.remove(&key);
                } else if is_new {
                    shelf.insert(key.clone(), invitation(step));
                    plain.insert(key, invitation(step));
                }
            }
            let in_order: Vec<_> = plain.iter().collect();
            prop_assert_eq!(shelf.iter().collect::<Vec<_>>(), in_order.clone());
            prop_assert!(shelf.iter().is_sorted_by(|(one, _), (other, _)| one.cmp(other) == Ordering::Less));
            prop_assert_eq!(shelf.get((&asked).into()), plain.get(&asked));
            let mut changed = shelf.clone();
            let expected = plain.get_mut(&asked).map(|invitation| (&asked, invitation));
            prop_assert_eq!(changed.get_mut((&asked).into()), expected);
            let target = if is_of_any { Target::from(asked.invite_id()) } else { Target::from(&asked) };
            let fitting = plain.iter().filter(|(key, _)| target.matches(key)).collect::<Vec<_>>();
            prop_assert_eq!(shelf.find(&target).collect::<Vec<_>>(), fitting);
            // However it came about, what holds the same is the same (`A4`).
            let mut again = Shelf::default();
            plain.into_iter().rev().for_each(|(key, invitation)| again.insert(key, invitation));
            prop_assert!(shelf == again);
        }
    }
}
