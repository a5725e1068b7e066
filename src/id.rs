//! Names: of users, groups, invitations and messages; and the source of new invitation ids (`O8`).

use alloc::borrow::ToOwned;
use alloc::string::String;
use alloc::sync::Arc;
use core::borrow::Borrow;
use core::fmt;
use core::hash::Hasher;

use serde::{Deserialize, Serialize};
use siphasher::sip128::{Hasher128, SipHasher24};

macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// An immutable string whose clones share one allocation.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// The text itself.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Whether the text is empty.
            #[must_use]
            pub fn is_empty(&self) -> bool {
                self.0.is_empty()
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl Borrow<str> for $name {
            fn borrow(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.into())
            }
        }

        impl From<String> for $name {
            fn from(text: String) -> Self {
                Self(text.into())
            }
        }

        impl From<&$name> for $name {
            fn from(text: &$name) -> Self {
                text.clone()
            }
        }

        impl PartialEq<str> for $name {
            fn eq(&self, other: &str) -> bool {
                &*self.0 == other
            }
        }

        impl PartialEq<&str> for $name {
            fn eq(&self, other: &&str) -> bool {
                &*self.0 == *other
            }
        }

        #[cfg(feature = "arbitrary")]
        impl<'a> arbitrary::Arbitrary<'a> for $name {
            fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
                <&str>::arbitrary(u).map(Self::from)
            }
        }
    };
}

macro_rules! shown {
    ($name:ident) => {
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Debug::fmt(&*self.0, f)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text!(
    /// A user of the IM service.
    UserId
);
shown!(UserId);
text!(
    /// A group of the IM service.
    GroupId
);
shown!(GroupId);
text!(
    /// The id of an invitation, opaque: the engine makes its own as UUIDs (`O8`) and takes others' as they are.
    InviteId
);
shown!(InviteId);
text!(
    /// The service's id of a message.
    MessageId
);
shown!(MessageId);
text!(
    /// The app's own string on an action. The engine never looks into it and never shows it in `Debug` output.
    Data
);

impl fmt::Debug for Data {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Data({} bytes)", self.0.len())
    }
}

/// Where an invitation lives: the pair of the signed-in user and one other, or a group.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(clippy::exhaustive_enums, reason = "the service has two kinds of conversation, and a host must route both")]
pub enum Conversation {
    /// Between the signed-in user and this one.
    C2c(UserId),
    /// Among the members of this group.
    Group(GroupId),
}

/// The name of an invitation (`I1`): whose it is, where, and its id.
///
/// A stranger's use of an id neither blocks nor answers another's, because the id alone is not the name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(clippy::exhaustive_structs, reason = "the three parts are the name, for good")]
pub struct InvitationKey {
    /// The id that the inviter gave it.
    pub invite_id: InviteId,
    /// The user who invites.
    pub inviter: UserId,
    /// The pair or group it is sent in.
    pub conversation: Conversation,
}

impl InvitationKey {
    /// The first name, in the order of names, that has this id and this inviter.
    pub(crate) fn first_of(invite_id: InviteId, inviter: UserId) -> Self {
        Self { invite_id, inviter, conversation: Conversation::C2c(UserId::default()) }
    }
}

/// A key whose parts are borrowed, so that a look-up allocates nothing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct KeyRef<'a> {
    pub(crate) invite_id: &'a str,
    pub(crate) inviter: &'a str,
    pub(crate) conversation: ConversationRef<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ConversationRef<'a> {
    C2c(&'a str),
    Group(&'a str),
}

impl Conversation {
    pub(crate) fn by_ref(&self) -> ConversationRef<'_> {
        match self {
            Self::C2c(user) => ConversationRef::C2c(user.as_str()),
            Self::Group(group) => ConversationRef::Group(group.as_str()),
        }
    }

    /// The group, where it is one.
    #[must_use]
    pub fn group(&self) -> Option<&GroupId> {
        match self {
            Self::C2c(_) => None,
            Self::Group(group) => Some(group),
        }
    }
}

/// What an ordered map of [`InvitationKey`] can be asked with: a key, or the borrowed parts of one.
pub(crate) trait AsKey {
    fn by_ref(&self) -> KeyRef<'_>;
}

impl AsKey for InvitationKey {
    fn by_ref(&self) -> KeyRef<'_> {
        KeyRef {
            invite_id: self.invite_id.as_str(),
            inviter: self.inviter.as_str(),
            conversation: self.conversation.by_ref(),
        }
    }
}

impl AsKey for KeyRef<'_> {
    fn by_ref(&self) -> KeyRef<'_> {
        *self
    }
}

impl PartialEq for dyn AsKey + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.by_ref() == other.by_ref()
    }
}

impl Eq for dyn AsKey + '_ {}

impl PartialOrd for dyn AsKey + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for dyn AsKey + '_ {
    fn cmp(&self, other: &Self) -> core::cmp::Ordering {
        self.by_ref().cmp(&other.by_ref())
    }
}

impl<'a> Borrow<dyn AsKey + 'a> for InvitationKey {
    fn borrow(&self) -> &(dyn AsKey + 'a) {
        self
    }
}

impl KeyRef<'_> {
    pub(crate) fn to_key(self) -> InvitationKey {
        InvitationKey {
            invite_id: self.invite_id.into(),
            inviter: self.inviter.into(),
            conversation: match self.conversation {
                ConversationRef::C2c(user) => Conversation::C2c(user.into()),
                ConversationRef::Group(group) => Conversation::Group(group.into()),
            },
        }
    }
}

/// Which invitation an operation is about: its id, and where two open ones share it, whose and where (`I1`).
///
/// Made from an id (`&str`, [`InviteId`]) or from the whole name that each callback carries.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct Target {
    /// The id of the invitation.
    pub invite_id: InviteId,
    /// Its inviter; needed where two open invitations share the id.
    pub inviter: Option<UserId>,
    /// Its conversation; needed where one inviter uses an id twice.
    pub conversation: Option<Conversation>,
}

impl Target {
    /// The invitation of this inviter with this id.
    pub fn of(inviter: impl Into<UserId>, invite_id: impl Into<InviteId>) -> Self {
        Self { invite_id: invite_id.into(), inviter: Some(inviter.into()), conversation: None }
    }

    pub(crate) fn matches(&self, key: &InvitationKey) -> bool {
        key.invite_id == self.invite_id
            && self.inviter.as_ref().is_none_or(|inviter| *inviter == key.inviter)
            && self.conversation.as_ref().is_none_or(|conversation| *conversation == key.conversation)
    }
}

impl From<InviteId> for Target {
    fn from(invite_id: InviteId) -> Self {
        Self { invite_id, inviter: None, conversation: None }
    }
}

impl From<&InviteId> for Target {
    fn from(invite_id: &InviteId) -> Self {
        invite_id.clone().into()
    }
}

impl From<&str> for Target {
    fn from(invite_id: &str) -> Self {
        InviteId::from(invite_id).into()
    }
}

impl From<InvitationKey> for Target {
    fn from(key: InvitationKey) -> Self {
        Self { invite_id: key.invite_id, inviter: Some(key.inviter), conversation: Some(key.conversation) }
    }
}

impl From<&InvitationKey> for Target {
    fn from(key: &InvitationKey) -> Self {
        key.clone().into()
    }
}

/// The secret from which an engine makes its invitation ids and tokens: 128 random bits, fresh at each sign-in and
/// each restore.
///
/// ```
/// use convoke::Seed;
/// let seed = Seed::from([7; 16]); // from the operating system's randomness, in earnest
/// assert_eq!(format!("{seed:?}"), "Seed(..)");
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Seed([u8; 16]);

impl From<[u8; 16]> for Seed {
    fn from(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Seed(..)")
    }
}

/// Makes invitation ids and tokens that nobody can predict from any number of earlier ones (`O8`): a keyed hash of the
/// user and a counter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct IdSource {
    seed: Seed,
    sign_in: u64,
    counter: u32,
}

impl IdSource {
    pub(crate) fn new(seed: Seed, user: &UserId, counter: u32) -> Self {
        let bits = hash(seed, user, u32::MAX).to_le_bytes();
        let sign_in = bits.first_chunk::<4>().copied().map_or(0, u32::from_le_bytes);
        Self { seed, sign_in: u64::from(sign_in) << 32, counter }
    }

    pub(crate) fn counter(&self) -> u32 {
        self.counter
    }

    pub(crate) fn invite_id(&mut self, user: &UserId) -> InviteId {
        self.counter = self.counter.wrapping_add(1);
        let bits = hash(self.seed, user, self.counter);
        let bits = bits & !(0xf000_u128 << 64) | 0x4000_u128 << 64; // version 4
        let bits = bits & !(0xc000_u128 << 48) | 0x8000_u128 << 48; // variant 1
        let mut text = [0_u8; 36];
        let mut digits = 128_u32;
        for (at, slot) in text.iter_mut().enumerate() {
            *slot = if matches!(at, 8 | 13 | 18 | 23) {
                b'-'
            } else {
                digits = digits.saturating_sub(4);
                b"0123456789abcdef".get((bits >> digits) as usize & 0xf).copied().unwrap_or_default()
            };
        }
        core::str::from_utf8(&text).unwrap_or_default().to_owned().into()
    }

    /// A token: what is common to this sign-in, then the counter, so that an older snapshot restored with a fresh seed
    /// does not give one again.
    pub(crate) fn token(&mut self) -> u64 {
        self.counter = self.counter.wrapping_add(1);
        self.sign_in | u64::from(self.counter)
    }
}

fn hash(seed: Seed, user: &UserId, counter: u32) -> u128 {
    let mut hasher = SipHasher24::new_with_key(&seed.0);
    hasher.write(user.as_str().as_bytes());
    hasher.write(&counter.to_le_bytes());
    hasher.finish128().as_u128()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(seed: u8, user: &str) -> IdSource {
        IdSource::new(Seed::from([seed; 16]), &user.into(), 0)
    }

    #[test]
    fn o8_ids_are_uuids_and_differ_by_seed_user_and_counter() {
        let user = UserId::from("alice");
        let mut ids = source(1, "alice");
        let first = ids.invite_id(&user);
        assert_eq!(first.as_str().len(), 36);
        assert_eq!(first.as_str().as_bytes()[14], b'4');
        assert!(matches!(first.as_str().as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
        assert_ne!(first, ids.invite_id(&user));
        assert_ne!(first, source(2, "alice").invite_id(&user));
        assert_ne!(first, source(1, "bob").invite_id(&UserId::from("bob")));
        assert_eq!(first, source(1, "alice").invite_id(&user));
    }

    #[test]
    fn a4_a_fresh_seed_never_gives_an_old_token_again() {
        assert_ne!(source(1, "alice").token(), source(2, "alice").token());
    }

    #[test]
    fn debug_output_does_not_show_data() {
        assert_eq!(alloc::format!("{:?}", Data::from("secret")), "Data(6 bytes)");
    }
}
