//! The form of an invitation in a snapshot.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::contest::Contest;
use super::edit::Words;
use super::invitation::{Invitation, Phase, Role};
use super::invitees::Invitees;
use super::party::{Count, Party};
use super::send::Send;
use super::under_way::{Retry, UnderWay};
use crate::message::Stamp;
use crate::time::{Millis, Timestamp};

#[derive(Serialize, Deserialize)]
pub(super) struct Stored {
    invitees: Invitees,
    parties: Vec<Party>,
    /// For who reads it: what is restored is counted anew.
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
        let Count { pending, unsettled } = invitation.parties.count();
        let (sends, retry, contest) = invitation.under_way.into_parts();
        Self {
            invitees: invitation.invitees,
            parties: invitation.parties.all().to_vec(),
            pending,
            unsettled,
            role: invitation.role,
            phase: invitation.phase,
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

impl From<Stored> for Invitation {
    fn from(stored: Stored) -> Self {
        Self {
            invitees: stored.invitees,
            parties: stored.parties.into(),
            role: stored.role,
            phase: stored.phase,
            timeout: stored.timeout,
            deadline: stored.deadline,
            words: stored.words,
            stamp: stored.stamp,
            online_user_only: stored.online_user_only,
            from_push: stored.from_push,
            is_known_to_app: stored.is_known_to_app,
            under_way: UnderWay::new(stored.sends, stored.retry, stored.contest),
        }
    }
}
