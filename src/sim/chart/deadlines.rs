//! When the time of an invitation is up, and for whom it was still open then.

use alloc::borrow::ToOwned as _;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::super::command::Method;
use super::words::{Payload, text_of, texts_of};

/// The invitations whose time is not up.
#[derive(Default)]
pub(super) struct Deadlines(Vec<Running>);

struct Running {
    invite_id: String,
    /// The event that is its invite.
    event: usize,
    t: i64,
    timeout: i64,
    inviting_lane: usize,
    /// Of each lane that knows it: who has not answered, as far as this lane was told.
    pending: BTreeMap<usize, BTreeSet<String>>,
}

/// A deadline that has come, and the lanes on which somebody still waits.
pub(super) struct Up {
    pub(super) event: usize,
    pub(super) t: i64,
    pub(super) timeout: i64,
    pub(super) invite_id: String,
    pub(super) lanes: Vec<usize>,
}

impl Deadlines {
    /// An invite leaves.
    pub(super) fn start(&mut self, event: usize, t: i64, lane: usize, payload: Payload) {
        if payload.invites() && payload.timeout > 0 && self.running(&payload.invite_id).is_none() {
            self.0.push(Running {
                event,
                t: t.saturating_add(payload.timeout.saturating_mul(1_000)),
                timeout: payload.timeout,
                inviting_lane: lane,
                pending: BTreeMap::from([(lane, payload.invitees.into_iter().collect())]),
                invite_id: payload.invite_id,
            });
        }
    }

    /// Somebody says that the time is up: by the service's clock it is, which may be the earlier one.
    pub(super) fn hasten(&mut self, payload: &Payload, t: i64) {
        if let Some(running) = self.running(&payload.invite_id).filter(|_| payload.is_timeout()) {
            running.t = running.t.min(t);
        }
    }

    /// A lane is called back.
    pub(super) fn hear(&mut self, lane: usize, user: &str, callback: &Value) {
        let Some(running) = self.running(text_of(callback, "inviteID")) else { return };
        let pending = running.pending.entry(lane).or_default();
        match text_of(callback, "callback") {
            "onReceiveNewInvitation" => pending.extend(texts_of(callback, "inviteeList")),
            "onInviteeAccepted" | "onInviteeRejected" | "inviteeLeft" => {
                pending.remove(text_of(callback, "invitee"));
            }
            "onInvitationTimeout" => {
                for user in texts_of(callback, "inviteeList") {
                    pending.remove(&user);
                }
            }
            "onInvitationCancelled" | "missed" | "ended" => pending.clear(),
            "answeredElsewhere" => {
                pending.remove(user);
            }
            _ => {}
        }
    }

    /// A lane sends or takes in a message: an invite waits for whom it names, and what comes after it for them no more.
    pub(super) fn overhear(&mut self, lane: usize, payload: &Payload) {
        let Some(running) = self.running(&payload.invite_id) else { return };
        let pending = running.pending.entry(lane).or_default();
        if payload.invites() {
            pending.extend(payload.invitees.iter().cloned());
        } else {
            pending.retain(|user| !payload.invitees.contains(user));
        }
    }

    /// An operation of the lane's user went well.
    pub(super) fn act(&mut self, lane: usize, user: &str, method: Method, invite_id: &str) {
        let Some(running) = self.running(invite_id) else { return };
        let pending = running.pending.entry(lane).or_default();
        match method {
            Method::Accept | Method::Reject => {
                pending.remove(user);
            }
            Method::Cancel | Method::Dismiss => pending.clear(),
            Method::Invite | Method::InviteInGroup | Method::ModifyInvitation | Method::AddInvitedSignaling => {}
        }
    }

    /// Takes out the next one that is up by then. `user_of` says whose a lane is.
    pub(super) fn next_up<'a>(&mut self, by: i64, user_of: impl Fn(usize) -> &'a str) -> Option<Up> {
        let due = self.0.iter().enumerate().filter(|(_, running)| running.t <= by);
        let (index, _) = due.min_by_key(|(_, running)| running.t)?;
        let Running { invite_id, event, t, timeout, inviting_lane, pending } = self.0.remove(index);
        let rings = |(lane, users): &(&usize, &BTreeSet<String>)| users.contains(user_of(**lane));
        let mut lanes: Vec<_> = pending.iter().filter(rings).map(|(lane, _)| *lane).collect();
        // Where it rings nowhere, it is the inviter who still waits.
        if lanes.is_empty() && pending.get(&inviting_lane).is_some_and(|users| !users.is_empty()) {
            lanes.push(inviting_lane);
        }
        Some(Up { event, t, timeout, invite_id: invite_id.to_owned(), lanes })
    }

    fn running(&mut self, invite_id: &str) -> Option<&mut Running> {
        self.0.iter_mut().find(|running| running.invite_id == invite_id)
    }
}
