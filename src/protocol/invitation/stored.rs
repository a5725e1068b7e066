//! The form of an invitation in a snapshot.

use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::{Invitation, Phase, Role};
use crate::id::UserId;
use crate::message::Stamp;
use crate::protocol::contest::Contest;
use crate::protocol::edit::Words;
use crate::protocol::invitees::Invitees;
use crate::protocol::party::{Count, Party};
use crate::protocol::send::Send;
use crate::protocol::under_way::{Retry, UnderWay};
use crate::time::{Millis, Timestamp};

#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    invitees: Arc<[UserId]>,
    parties: Vec<Party>,
    /// What the facts say, too.
    pending: u32,
    unsettled: u32,
    role: Role,
    phase: Phase,
    timeout: Millis,
    deadline: Timestamp,
    words: Words,
    stamp: Option<Stamp>,
    online_user_only: bool,
    from_push: bool,
    is_known_to_app: bool,
    sends: Vec<Send>,
    retry: Option<Retry>,
    contest: Option<Contest>,
}

impl From<Invitation> for Stored {
    fn from(invitation: Invitation) -> Self {
        let phase = invitation.phase();
        let Count { pending, unsettled } = invitation.invitees.count();
        let (invitees, parties) = invitation.invitees.into_parts();
        let (sends, retry, contest) = invitation.under_way.into_parts();
        Self {
            invitees,
            parties,
            pending,
            unsettled,
            role: invitation.role,
            phase,
            timeout: invitation.timeout,
            deadline: invitation.deadline,
            words: invitation.words,
            stamp: invitation.stamp,
            online_user_only: invitation.online_user_only,
            from_push: invitation.from_push,
            is_known_to_app: invitation.is_known_to_app,
            sends,
            retry,
            contest,
        }
    }
}

impl TryFrom<Stored> for Invitation {
    type Error = &'static str;

    fn try_from(stored: Stored) -> Result<Self, Self::Error> {
        let invitees = Invitees::from_parts(stored.invitees, stored.parties)
            .ok_or("nobody invited, or not of each what is known")?;
        if invitees.count() != (Count { pending: stored.pending, unsettled: stored.unsettled }) {
            return Err("counters that are not those of the facts");
        }
        let (phase, since) = stored.phase.split();
        Ok(Self {
            invitees,
            role: stored.role,
            phase,
            since,
            timeout: stored.timeout,
            deadline: stored.deadline,
            words: stored.words,
            stamp: stored.stamp,
            online_user_only: stored.online_user_only,
            from_push: stored.from_push,
            is_known_to_app: stored.is_known_to_app,
            under_way: UnderWay::new(stored.sends, stored.retry, stored.contest),
        })
    }
}
