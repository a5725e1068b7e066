//! What is known of the service's clock (`T7`): enough to say of a stamp in a batch that it is too old to ring.

use crate::{Millis, ServerTime, Timestamp};

/// What the service has said of its time bounds what others' stamps can teach: the word itself may come late.
const LEEWAY: i64 = 5_000;

#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Clock {
    /// The newest stamp that was seen, as far as it was believed.
    newest: Option<ServerTime>,
    /// How far the service can be ahead of this host, by its own word.
    ahead: Option<i64>,
    /// When the host's clock was set back last.
    set_back: Option<Timestamp>,
}

impl Clock {
    /// The host knows what the service's clock shows.
    pub(super) fn sync(&mut self, now: Timestamp, server_now: ServerTime) {
        self.ahead = Some(ahead(now, server_now));
        self.newest = self.newest.map(|newest| self.believed(now, newest));
    }

    /// The service has taken a message of the user's that was sent then, which is so much before it was told: the sooner, the better is it
    /// known how far the service can be ahead.
    pub(super) fn acked(&mut self, now: Timestamp, stamp: ServerTime, since: Timestamp) {
        if self.set_back.is_some_and(|at| since <= at) {
            return self.seen(now, stamp); // so long ago that nobody knows
        }
        let is_prompt = i64::from(now.since(since).as_millis()) <= LEEWAY;
        self.ahead = match self.ahead {
            Some(known) if !is_prompt => Some(known.max(ahead(now, stamp))),
            Some(_) | None => Some(ahead(since, stamp)),
        };
        self.newest = self.newest.map(|newest| self.believed(now, newest));
        self.seen(now, stamp);
    }

    /// A message of this stamp was seen.
    pub(super) fn seen(&mut self, now: Timestamp, stamp: ServerTime) {
        self.newest = self.newest.max(Some(self.believed(now, stamp)));
    }

    /// As much of a stamp as can be true.
    fn believed(&self, now: Timestamp, stamp: ServerTime) -> ServerTime {
        let latest = self.ahead.map(|ahead| now.as_millis().saturating_add(ahead).saturating_add(LEEWAY));
        latest.map_or(stamp, |latest| stamp.min(ServerTime::from_millis(latest)))
    }

    /// The host's clock was set back: for how long, nobody knows.
    pub(super) fn set_back(&mut self, now: Timestamp) {
        (self.ahead, self.set_back) = (None, Some(now));
    }

    /// Whether a stamp is older than the newest by more than this.
    pub(super) fn is_ancient(&self, stamp: ServerTime, life: Millis) -> bool {
        let age = self.newest.map(|newest| newest.as_millis().saturating_sub(stamp.as_millis()));
        age.is_some_and(|age| age > i64::from(life.as_millis()))
    }
}

fn ahead(now: Timestamp, server_now: ServerTime) -> i64 {
    server_now.as_millis().saturating_sub(now.as_millis())
}
