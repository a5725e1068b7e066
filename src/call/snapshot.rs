//! The calls as data, and back: with the engine's, a crash in mid-call restores both.

use alloc::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::event::CallEvent;
use super::live::Call;
use super::{CallConfig, Calls};
use crate::error::RestoreError;
use crate::layer::errands::Errands;
use crate::time::Timestamp;

/// The whole state of [`Calls`], as serde data. Stored together with the engine's [`Snapshot`](crate::Snapshot), of the same moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct CallsSnapshot {
    version: u32,
    now: Timestamp,
    call: Option<Call>,
    errands: Errands,
    events: VecDeque<CallEvent>,
    count: u32,
}

impl CallsSnapshot {
    /// The version of the format that is written and read here.
    pub const VERSION: u32 = 1;

    fn check(&self) -> Result<(), RestoreError> {
        if self.version != Self::VERSION {
            return Err(RestoreError::Version { found: self.version, known: Self::VERSION });
        }
        for (is_wrong, what) in [
            (self.call.as_ref().is_some_and(|call| !call.is_consistent()), "the call"),
            (!self.errands.are_few(), "more invitations beside the call than are kept"),
        ] {
            if is_wrong {
                return Err(RestoreError::Inconsistent(what));
            }
        }
        Ok(())
    }
}

impl Calls {
    /// The whole state, to be stored. Take it when nothing waits to be polled, and with it the engine's.
    #[must_use]
    pub fn snapshot(&self) -> CallsSnapshot {
        CallsSnapshot {
            version: CallsSnapshot::VERSION,
            now: self.now,
            call: self.call.clone(),
            errands: self.errands.clone(),
            events: self.events.clone(),
            count: self.count,
        }
    }

    /// Restores the calls as they were at the snapshot. The engine must be restored too, from its snapshot of the same moment. If a call
    /// had been answered, the app must enter its room again ([`CallEvent::Resumed`]) within [`CallConfig::connecting`], counted from when
    /// the history is handed in.
    ///
    /// # Errors
    ///
    /// If the snapshot is of another version or contradicts itself.
    pub fn restore(snapshot: CallsSnapshot, config: CallConfig, now: Timestamp) -> Result<Self, RestoreError> {
        snapshot.check()?;
        let CallsSnapshot { now: then, mut call, mut errands, mut events, count, .. } = snapshot;
        let shift = |at: Timestamp| if now < then { at.rebased(then, now) } else { at };
        errands.shift(shift);
        if let Some(call) = &mut call {
            call.shift(shift);
            if call.restore(shift(then)) {
                events.push_back(CallEvent::Resumed { call: call.id, room: call.room });
            }
        }
        Ok(Self { config, now, is_busy: false, call, errands, events, count, is_back: true })
    }
}
