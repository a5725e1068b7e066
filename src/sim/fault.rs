//! What goes wrong between the peers.

use alloc::string::String;

use serde::Deserialize;

/// What goes wrong with the messages that match.
///
/// ```
/// use convoke::sim::Fault;
/// let lost_answers = Fault::lost().of("bob").action_type(3).percent(20);
/// # let _ = lost_answers;
/// ```
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Fault {
    /// Which messages.
    #[serde(rename = "match")]
    pub matching: FaultMatch,
    /// Of those, how many in a hundred; without it, all.
    pub percent: Option<u8>,
    /// They are lost for good: the history does not have them either.
    pub drop: bool,
    /// They come twice, the second time this many ms later.
    pub duplicate: Option<u32>,
    /// They come this many ms later.
    pub delay_ms: u32,
    /// They come later still, by up to this many ms: one can overtake another.
    pub jitter_ms: u32,
}

/// Which messages a fault concerns: all that have everything given here.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct FaultMatch {
    /// Messages of this user.
    pub from: Option<String>,
    /// Messages to this peer.
    pub to: Option<String>,
    /// Messages with this action.
    pub action_type: Option<u32>,
    /// Only the copy of this number, from 1: a message to a group has a copy for each peer.
    pub nth: Option<u32>,
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
