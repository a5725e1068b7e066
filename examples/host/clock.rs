//! What the time is: the wall clock taken once, plus a monotonic clock.
#![expect(clippy::disallowed_types, reason = "the host is who has a clock")]

use std::time::{Duration, Instant, SystemTime};

use convoke::Timestamp;

/// A clock that nobody sets while it runs.
///
/// A machine that sleeps needs a better one: on Linux and macOS an `Instant` stands still in sleep, and what rings would ring
/// that much too long. Take the monotonic clock that counts sleep: `CLOCK_BOOTTIME` on Linux and Android,
/// `mach_continuous_time` on Apple's systems.
pub(crate) struct Clock {
    started: Instant,
    wall: Duration,
}

impl Clock {
    pub(crate) fn start() -> Self {
        // A clock set before 1970 is a wrong clock; the engine lives with those.
        let wall = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        Self { started: Instant::now(), wall }
    }

    pub(crate) fn now(&self) -> Timestamp {
        let since_1970 = self.wall + self.started.elapsed();
        Timestamp::from_millis(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
    }
}
