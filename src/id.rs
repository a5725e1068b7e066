//! Ids of users, groups, invitations and messages, and the source of new ones (`O8`).

use alloc::string::String;
use core::borrow::Borrow;
use core::fmt;
use core::hash::Hasher;

use arcstr::ArcStr;
use serde::{Deserialize, Deserializer, Serialize};
use siphasher::sip128::{Hasher128, SipHasher24};

macro_rules! text {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        ///
        /// An immutable string whose clones share one allocation.
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize)]
        #[serde(transparent)]
        pub struct $name(ArcStr);

        impl<'de> Deserialize<'de> for $name {
            /// As a text of one's own: some formats have borrowed ones up to a length only.
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer).map(Self::from)
            }
        }

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

        impl From<$name> for String {
            fn from(text: $name) -> Self {
                Self::from(&*text.0)
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

        impl PartialEq<$name> for str {
            fn eq(&self, other: &$name) -> bool {
                self == &*other.0
            }
        }

        impl PartialEq<$name> for &str {
            fn eq(&self, other: &$name) -> bool {
                **self == *other.0
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
        let mut text = [b'-'; 36];
        let mut slots = text.iter_mut();
        for (number, byte) in bits.to_be_bytes().into_iter().enumerate() {
            if matches!(number, 4 | 6 | 8 | 10) {
                slots.next();
            }
            for (digit, slot) in [byte >> 4, byte & 0xf].into_iter().zip(slots.by_ref()) {
                *slot = b"0123456789abcdef".get(usize::from(digit)).copied().unwrap_or_default();
            }
        }
        core::str::from_utf8(&text).unwrap_or_default().into()
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

    use serde::de::value::Error;
    use serde::de::{Error as _, Visitor};

    /// A long text, as formats have it that can lend short ones only.
    struct Long;

    impl<'de> Deserializer<'de> for Long {
        type Error = Error;

        fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
            Err(Error::custom("too long to be lent"))
        }

        fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            visitor.visit_string("long".into())
        }

        serde::forward_to_deserialize_any! {
            bool i8 i16 i32 i64 u8 u16 u32 u64 f32 f64 char str bytes byte_buf option unit unit_struct newtype_struct seq tuple
            tuple_struct map struct enum identifier ignored_any
        }
    }

    #[test]
    fn a4_a_text_that_a_format_cannot_lend_is_read() {
        assert_eq!(Data::deserialize(Long), Ok("long".into()));
        assert_eq!(UserId::deserialize(Long), Ok("long".into()));
    }

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
