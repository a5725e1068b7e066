//! The seats as data, and back. The attributes are not in it: they are read again.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::event::SeatEvent;
use super::hear::ASKS;
use super::leave::{GONE, Gone};
use super::request::Ask;
use super::write::{Pending, WISHES};
use super::{Seats, SeatsConfig};
use crate::error::RestoreError;
use crate::id::{GroupId, UserId};
use crate::layer::errands::Errands;
use crate::name::InvitationKey;
use crate::pairs;
use crate::time::Timestamp;

/// The whole state of [`Seats`], as serde data. Stored together with the engine's [`Snapshot`](crate::Snapshot), of the same moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SeatsSnapshot {
    version: u32,
    room: GroupId,
    now: Timestamp,
    wishes: Vec<Pending>,
    #[serde(with = "pairs")]
    asks: BTreeMap<InvitationKey, Ask>,
    gone: BTreeMap<UserId, Gone>,
    errands: Errands,
    events: VecDeque<SeatEvent>,
    count: u32,
}

impl SeatsSnapshot {
    /// The version of the format that is written and read here.
    pub const VERSION: u32 = 1;

    /// The room whose seats it is of.
    #[must_use]
    pub fn room(&self) -> &GroupId {
        &self.room
    }

    fn check(&self) -> Result<(), RestoreError> {
        if self.version != Self::VERSION {
            return Err(RestoreError::Version { found: self.version, known: Self::VERSION });
        }
        for (is_wrong, what) in [
            (self.asks.len() > 2 * ASKS, "more requests than are kept"),
            (self.gone.len() > GONE, "more who left than are remembered"),
            (self.wishes.len() > WISHES.saturating_add(1), "more changes than may wait"),
            (!self.errands.are_few(), "more invitations beside the requests than are kept"),
        ] {
            if is_wrong {
                return Err(RestoreError::Inconsistent(what));
            }
        }
        Ok(())
    }
}

impl Seats {
    /// The whole state, to be stored. Take it when nothing waits to be polled, and with it the engine's.
    #[must_use]
    pub fn snapshot(&self) -> SeatsSnapshot {
        // What is asked of the store is asked anew, and told anew is what it says.
        let is_of_store =
            |event: &&SeatEvent| matches!(event, SeatEvent::Read | SeatEvent::Write { .. } | SeatEvent::Changed { .. });
        SeatsSnapshot {
            version: SeatsSnapshot::VERSION,
            room: self.room.clone(),
            now: self.now,
            wishes: self.wanted(),
            asks: self.asks.clone(),
            gone: self.gone(),
            errands: self.errands.clone(),
            events: self.events.iter().filter(|event| !is_of_store(event)).cloned().collect(),
            count: self.count,
        }
    }

    /// Seats that go on where the snapshot was taken, on the engine that was restored with it. The attributes are read again, and what
    /// was still to be written is judged by them. The settings name the owner and the moderators of now.
    ///
    /// # Errors
    ///
    /// If the snapshot is of another version or contradicts itself.
    pub fn restore(snapshot: SeatsSnapshot, config: SeatsConfig, now: Timestamp) -> Result<Self, RestoreError> {
        snapshot.check()?;
        let SeatsSnapshot { room, now: then, mut wishes, mut asks, gone, mut errands, events, count, .. } = snapshot;
        let shift = |at: Timestamp| if now < then { at.rebased(then, now) } else { at };
        errands.shift(shift);
        wishes.iter_mut().for_each(|pending| pending.after = shift(pending.after));
        for ask in asks.values_mut() {
            (ask.due, ask.until, ask.is_stale) = (ask.due.map(shift), ask.until.map(shift), true);
        }
        let wishes = wishes.into();
        let gone = gone.into_iter().map(|(user, gone)| (user, gone.shifted(shift))).collect();
        Ok(Self { now, wishes, asks, gone, errands, events, count, ..Self::new(room, config) })
    }
}
