//! What goes wrong between the peers.

use alloc::string::String;

use serde::{Deserialize, Serialize};

/// What goes wrong with the messages that match.
///
/// ```
/// use convoke::sim::Fault;
/// let lost_answers = Fault::lost().of("bob").action_type(3).percent(20);
/// # let _ = lost_answers;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Fault {
    /// Which messages.
    #[serde(rename = "match", skip_serializing_if = "is_default")]
    pub matching: FaultMatch,
    /// Of those, how many in a hundred; without it, all.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent: Option<u8>,
    /// They are lost for good: the history does not have them either.
    #[serde(skip_serializing_if = "is_default")]
    pub drop: bool,
    /// They come twice, the second time this many ms later.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub duplicate: Option<u32>,
    /// They come this many ms later.
    #[serde(skip_serializing_if = "is_default")]
    pub delay_ms: u32,
    /// They come later still, by up to this many ms: one can overtake another.
    #[serde(skip_serializing_if = "is_default")]
    pub jitter_ms: u32,
    /// They come at this moment at the earliest, in virtual ms: then the connection is whole again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until_ms: Option<i64>,
}

/// Which messages a fault concerns: all that have everything given here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FaultMatch {
    /// Messages of this user.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from: Option<String>,
    /// Messages to this peer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to: Option<String>,
    /// Messages with this action.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub action_type: Option<u32>,
    /// Only the copy of this number, from 1: a message to a group has a copy for each peer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nth: Option<u32>,
    /// Messages that are sent at this moment or later, in virtual ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since_ms: Option<i64>,
    /// Messages that are sent before this moment, in virtual ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before_ms: Option<i64>,
}

impl Fault {
    /// Messages are lost.
    #[must_use]
    pub fn lost() -> Self {
        Self { drop: true, ..Self::default() }
    }

    /// Messages come a second time, this many ms later.
    #[must_use]
    pub fn doubled(ms: u32) -> Self {
        Self { duplicate: Some(ms), ..Self::default() }
    }

    /// Messages come this many ms later, and up to `jitter_ms` later still.
    #[must_use]
    pub fn late(ms: u32, jitter_ms: u32) -> Self {
        Self { delay_ms: ms, jitter_ms, ..Self::default() }
    }

    /// Between these two moments, in virtual ms, nothing comes through; then all of it does, in its order.
    #[must_use]
    pub fn cut(from_ms: i64, until_ms: i64) -> Self {
        let matching = FaultMatch { since_ms: Some(from_ms), before_ms: Some(until_ms), ..FaultMatch::default() };
        Self { matching, until_ms: Some(until_ms), ..Self::default() }
    }

    /// Only messages of this user.
    #[must_use]
    pub fn of(mut self, user: impl Into<String>) -> Self {
        self.matching.from = Some(user.into());
        self
    }

    /// Only messages to this peer.
    #[must_use]
    pub fn to(mut self, peer: impl Into<String>) -> Self {
        self.matching.to = Some(peer.into());
        self
    }

    /// Only messages with this `actionType`.
    #[must_use]
    pub fn action_type(mut self, action_type: u32) -> Self {
        self.matching.action_type = Some(action_type);
        self
    }

    /// Of those that match, only the copy of this number, from 1.
    #[must_use]
    pub fn nth(mut self, nth: u32) -> Self {
        self.matching.nth = Some(nth);
        self
    }

    /// Of those that match, so many in a hundred.
    #[must_use]
    pub fn percent(mut self, percent: u8) -> Self {
        self.percent = Some(percent);
        self
    }
}

/// Whether it need not be written.
pub(super) fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}
