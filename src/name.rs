//! The name of an invitation (`I1`), and what it can be found by.

use alloc::sync::Arc;
use core::borrow::Borrow;
use core::cmp::Ordering;
use core::fmt;

use serde::{Deserialize, Serialize, Serializer};

use crate::bytes::first_word;
use crate::id::{GroupId, InviteId, UserId};

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
/// A stranger's use of an id neither blocks nor answers another's, because the id alone is not the name. Clones share one
/// allocation.
///
/// ```
/// use convoke::{Conversation, InvitationKey};
/// let key = InvitationKey::new("alice", "7bc44a4b", Conversation::C2c("alice".into()));
/// assert_eq!(key.inviter(), &"alice");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Deserialize)]
#[serde(from = "KeyParts")]
pub struct InvitationKey(Arc<KeyParts>);

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
struct KeyParts {
    invite_id: InviteId,
    inviter: UserId,
    conversation: Conversation,
}

impl InvitationKey {
    /// The name of the invitation by this inviter, with this id, in this conversation.
    pub fn new(inviter: impl Into<UserId>, invite_id: impl Into<InviteId>, conversation: Conversation) -> Self {
        let (inviter, invite_id) = (inviter.into(), invite_id.into());
        // Where the inviter is the other one of two, both names are of one text.
        let conversation = match conversation {
            Conversation::C2c(peer) if peer == inviter => Conversation::C2c(inviter.clone()),
            other @ (Conversation::C2c(_) | Conversation::Group(_)) => other,
        };
        KeyParts { invite_id, inviter, conversation }.into()
    }

    /// The id that the inviter gave it.
    #[must_use]
    pub fn invite_id(&self) -> &InviteId {
        &self.0.invite_id
    }

    /// The user who invites.
    #[must_use]
    pub fn inviter(&self) -> &UserId {
        &self.0.inviter
    }

    /// The pair or group it is sent in.
    #[must_use]
    pub fn conversation(&self) -> &Conversation {
        &self.0.conversation
    }

    /// What its id begins with.
    pub(crate) fn prefix(&self) -> u64 {
        prefix(self.0.invite_id.as_str())
    }
}

impl From<KeyParts> for InvitationKey {
    fn from(parts: KeyParts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Ord for InvitationKey {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        if Arc::ptr_eq(&self.0, &other.0) { Ordering::Equal } else { self.0.cmp(&other.0) }
    }
}

impl PartialOrd for InvitationKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Serialize for InvitationKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl fmt::Debug for InvitationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let KeyParts { invite_id, inviter, conversation } = &*self.0;
        write!(f, "{inviter}'s {invite_id} in {conversation:?}")
    }
}

#[cfg(feature = "arbitrary")]
impl<'a> arbitrary::Arbitrary<'a> for InvitationKey {
    fn arbitrary(u: &mut arbitrary::Unstructured<'a>) -> arbitrary::Result<Self> {
        KeyParts::arbitrary(u).map(Self::from)
    }
}

/// A key whose parts are borrowed, so that a look-up allocates nothing.
#[derive(Clone, Copy)]
pub(crate) struct KeyRef<'a> {
    pub(crate) invite_id: &'a str,
    pub(crate) inviter: &'a str,
    pub(crate) conversation: &'a Conversation,
}

impl<'a> KeyRef<'a> {
    /// Whether it is the name of just that one.
    pub(crate) fn names(&self, key: &InvitationKey) -> bool {
        let KeyParts { invite_id, inviter, conversation } = &*key.0;
        *invite_id == *self.invite_id && *inviter == *self.inviter && conversation == self.conversation
    }

    /// What its id begins with.
    pub(crate) fn prefix(&self) -> u64 {
        prefix(self.invite_id)
    }

    pub(crate) fn as_dyn(&self) -> &(dyn AsKey + 'a) {
        self
    }
}

/// The first eight bytes of an id, as a number. Where those of two names differ, the smaller name has the smaller one.
fn prefix(invite_id: &str) -> u64 {
    u64::from_be_bytes(first_word(invite_id.as_bytes()))
}

/// What an ordered map of [`InvitationKey`] can be asked with: a key, or the borrowed parts of one. Nearly always the id
/// alone decides, so the parts are asked for one by one.
pub(crate) trait AsKey {
    fn invite_id(&self) -> &str;
    fn inviter(&self) -> &str;
    fn conversation(&self) -> &Conversation;
}

impl AsKey for InvitationKey {
    fn invite_id(&self) -> &str {
        self.0.invite_id.as_str()
    }

    fn inviter(&self) -> &str {
        self.0.inviter.as_str()
    }

    fn conversation(&self) -> &Conversation {
        &self.0.conversation
    }
}

impl AsKey for KeyRef<'_> {
    fn invite_id(&self) -> &str {
        self.invite_id
    }

    fn inviter(&self) -> &str {
        self.inviter
    }

    fn conversation(&self) -> &Conversation {
        self.conversation
    }
}

impl PartialEq for dyn AsKey + '_ {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for dyn AsKey + '_ {}

impl PartialOrd for dyn AsKey + '_ {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for dyn AsKey + '_ {
    #[inline]
    fn cmp(&self, other: &Self) -> Ordering {
        let by_id = self.invite_id().cmp(other.invite_id());
        let by_inviter = || self.inviter().cmp(other.inviter());
        by_id.then_with(by_inviter).then_with(|| self.conversation().cmp(other.conversation()))
    }
}

impl<'a> Borrow<dyn AsKey + 'a> for InvitationKey {
    fn borrow(&self) -> &(dyn AsKey + 'a) {
        self
    }
}

impl<'a> From<&'a InvitationKey> for KeyRef<'a> {
    fn from(key: &'a InvitationKey) -> Self {
        let KeyParts { invite_id, inviter, conversation } = &*key.0;
        Self { invite_id: invite_id.as_str(), inviter: inviter.as_str(), conversation }
    }
}

impl From<KeyRef<'_>> for InvitationKey {
    fn from(key: KeyRef<'_>) -> Self {
        Self::new(key.inviter, key.invite_id, key.conversation.clone())
    }
}

impl Conversation {
    /// The group, where it is one.
    #[must_use]
    pub fn group(&self) -> Option<&GroupId> {
        match self {
            Self::C2c(_) => None,
            Self::Group(group) => Some(group),
        }
    }
}

/// Which invitation an operation is about: its id, and, if several open invitations share that id, also its inviter and conversation
/// (`I1`).
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
        *key.invite_id() == self.invite_id
            && self.inviter.as_ref().is_none_or(|inviter| inviter == key.inviter())
            && self.conversation.as_ref().is_none_or(|conversation| conversation == key.conversation())
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
        (&key).into()
    }
}

impl From<&InvitationKey> for Target {
    fn from(key: &InvitationKey) -> Self {
        let KeyParts { invite_id, inviter, conversation } = &*key.0;
        Self { invite_id: invite_id.clone(), inviter: Some(inviter.clone()), conversation: Some(conversation.clone()) }
    }
}
