//! Time: two clocks, and, in `clock.rs`, the estimate that ties them. The only place with time arithmetic.
//!
//! The host's clock is a [`Timestamp`], the service's a [`ServerTime`]; both count milliseconds, and the types keep them
//! apart. Arithmetic saturates: an enemy's stamp can be absurd, never a panic.

mod clock;

use serde::{Deserialize, Serialize};

pub(crate) use self::clock::Clock;

/// A moment on the host's clock, in milliseconds (`T1`): the wall clock taken once, plus a monotonic clock that counts
/// sleep.
///
/// ```
/// use convoke::{Millis, Timestamp};
/// assert_eq!(Timestamp::from_millis(1_000) + Millis::from_secs(2), Timestamp::from_millis(3_000));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Timestamp(i64);

/// A moment on the service's clock, in milliseconds since 1970.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct ServerTime(i64);

/// A length of time in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct Millis(u32);

impl Timestamp {
    /// The moment this many milliseconds after the clock's zero.
    #[must_use]
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the clock's zero.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is, at most 49 days; nothing if it is before.
    #[must_use]
    pub fn since(self, earlier: Self) -> Millis {
        Millis(u32::try_from(self.0.saturating_sub(earlier.0).max(0)).unwrap_or(u32::MAX))
    }

    /// This moment on a clock that was set from `old` to `new`.
    pub(crate) fn rebased(self, old: Self, new: Self) -> Self {
        Self(self.0.saturating_sub(old.0).saturating_add(new.0))
    }
}

impl core::ops::Add<Millis> for Timestamp {
    type Output = Self;

    fn add(self, length: Millis) -> Self {
        Self(self.0.saturating_add(i64::from(length.0)))
    }
}

impl core::ops::Sub<Millis> for Timestamp {
    type Output = Self;

    fn sub(self, length: Millis) -> Self {
        Self(self.0.saturating_sub(i64::from(length.0)))
    }
}

impl ServerTime {
    /// The moment this many milliseconds after 1970 on the service's clock.
    #[must_use]
    pub const fn from_millis(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since 1970 on the service's clock.
    #[must_use]
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// How long after `earlier` this is; nothing if it is before.
    pub(crate) fn since(self, earlier: Self) -> Millis {
        Timestamp(self.0).since(Timestamp(earlier.0))
    }
}

impl From<Millis> for core::time::Duration {
    fn from(length: Millis) -> Self {
        Self::from_millis(length.0.into())
    }
}

impl TryFrom<core::time::Duration> for Millis {
    type Error = core::num::TryFromIntError;

    /// In whole milliseconds, rounded down. An error if it is 50 days or more.
    fn try_from(length: core::time::Duration) -> Result<Self, Self::Error> {
        u32::try_from(length.as_millis()).map(Self)
    }
}

impl Millis {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// This many milliseconds.
    #[must_use]
    pub const fn from_millis(ms: u32) -> Self {
        Self(ms)
    }

    /// This many seconds, at most 49 days.
    #[must_use]
    pub const fn from_secs(secs: u32) -> Self {
        Self(secs.saturating_mul(1_000))
    }

    /// In milliseconds.
    #[must_use]
    pub const fn as_millis(self) -> u32 {
        self.0
    }

    /// In whole seconds.
    #[must_use]
    pub const fn as_secs(self) -> u32 {
        self.0.div_euclid(1_000)
    }

    /// Whether it is no time at all.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    pub(crate) const fn times(self, factor: u32) -> Self {
        Self(self.0.saturating_mul(factor))
    }
}
