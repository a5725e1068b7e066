//! What others ask waits no longer than what the user asks would (`M2`, `M3`), whatever time it has of its own: an app that sets none would
//! fill the queue, or ring, for a day.

use alloc::vec::Vec;

use super::Seats;
use super::request::{Ask, RequestKind};
use crate::engine::Engine;
use crate::layer::errands::Deed;
use crate::name::InvitationKey;
use crate::time::{Millis, Timestamp};

/// For how long after that a decision counts that was on its way.
const CROSSING: Millis = Millis::from_secs(10);

impl Ask {
    /// When its time is up here; after that, when it is forgotten, but for a seat that is waited for.
    pub(super) fn expiry(&self) -> Option<Timestamp> {
        let until = self.until?;
        if !self.is_settled() {
            return Some(until);
        }
        self.due.is_none().then_some(until + CROSSING)
    }

    /// Whether its time was up so long ago that it is not to be heard of.
    pub(super) fn is_past(&self, now: Timestamp) -> bool {
        self.until.is_some_and(|until| until + CROSSING <= now)
    }
}

impl Seats {
    /// Ends what has waited for long enough; what rings is declined, as nobody else ends it. And forgets what has ended so.
    pub(super) fn expire(&mut self, engine: &mut Engine) {
        let now = self.now;
        let due = self.asks.iter().filter(|(_, ask)| ask.expiry().is_some_and(|at| at <= now));
        for key in due.map(|(key, _)| key.clone()).collect::<Vec<InvitationKey>>() {
            let Some(ask) = self.asks.get_mut(&key) else { continue };
            if ask.is_settled() {
                engine.dismiss(now, &key).ok();
                continue;
            }
            ask.is_stale = true;
            if ask.kind == RequestKind::Invitation {
                self.errands.add(engine, now, &key, Deed::Reject(ask.data(&self.room)));
            }
        }
    }
}
