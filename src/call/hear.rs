//! What the engine tells, and what it means for the call that goes on. Of all other invitations: `overhear.rs`.

use alloc::vec::Vec;
use core::{mem, slice};

use super::data::CallData;
use super::event::{CallEvent, CallRole, EndReason};
use super::live::{Link, Member};
use super::state::State;
use super::{Call, Calls, say};
use crate::callback::{Answer, Callback, Operation, Outcome};
use crate::engine::Engine;
use crate::id::{Data, UserId};
use crate::layer::Layer;
use crate::name::{Conversation, InvitationKey};
use crate::time::{Millis, Timestamp};
use crate::wake::{Wake, WakeReason};

impl Layer for Calls {
    type Event = CallEvent;

    fn handle_callback(&mut self, engine: &mut Engine, now: Timestamp, callback: Callback) -> Option<Callback> {
        self.advance(now);
        let key = callback.invitation();
        match self.call.as_ref().and_then(|call| call.links.get(key)).copied() {
            Some(Link::Call | Link::Further | Link::Elsewhere) => self.hear(engine, callback),
            Some(Link::Switch(media)) => self.hear_of_switch(media, &callback),
            Some(Link::GivesWay) => {}
            None => return self.overhear(engine, callback),
        }
        None
    }

    fn handle_time(&mut self, engine: &mut Engine, now: Timestamp) {
        self.advance(now);
        self.wait_for_media_after_all();
        self.errands.say(engine, self.now);
        self.errands.forget(engine, self.now);
        self.give_up(engine);
    }

    fn next(&self) -> Wake {
        let call = self.call.as_ref().and_then(Call::next_due);
        let due = call.into_iter().chain(self.errands.next_due()).min();
        match due {
            _ if !self.events.is_empty() => Wake::Poll,
            Some(due) => Wake::At(due, WakeReason::Layer),
            None => Wake::Never,
        }
    }

    fn poll_event(&mut self) -> Option<CallEvent> {
        self.events.pop_front()
    }
}

impl Calls {
    fn hear(&mut self, engine: &mut Engine, callback: Callback) {
        let key = callback.invitation().clone();
        let me = engine.user().clone();
        match callback {
            Callback::InviteeAccepted { invitee, .. } if invitee == me => {
                self.settled_elsewhere(engine, &key, EndReason::AnsweredElsewhere);
            }
            Callback::InviteeRejected { invitee, data, .. } if invitee == me => {
                let reason = if is_busy(&data) { EndReason::Busy(me) } else { EndReason::DeclinedElsewhere };
                self.settled_elsewhere(engine, &key, reason);
            }
            Callback::AnsweredElsewhere { with: Answer::Accept, .. } => {
                self.settled_elsewhere(engine, &key, EndReason::AnsweredElsewhere);
            }
            Callback::AnsweredElsewhere { with: Answer::Reject, .. } => {
                self.settled_elsewhere(engine, &key, EndReason::DeclinedElsewhere);
            }
            Callback::InviteeAccepted { invitee, .. } if *key.inviter() == me => self.hear_answer(engine, &invitee),
            Callback::InviteeAccepted { invitee, .. } => self.await_member(&invitee),
            Callback::InviteeRejected { invitee, data, .. } => {
                let reason = if is_busy(&data) { EndReason::Busy } else { EndReason::Declined };
                self.stop(engine, &key, slice::from_ref(&invitee), &reason(invitee.clone()));
            }
            Callback::InvitationCancelled { invitees, .. } => self.stop(engine, &key, &invitees, &EndReason::Cancelled),
            Callback::InvitationTimeout { invitees, .. } => self.stop(engine, &key, &invitees, &EndReason::NoResponse),
            Callback::InviteeLeft { invitee, .. } => self.stop(engine, &key, &[invitee], &EndReason::LeftGroup),
            Callback::LateAnswer { invitee, .. } => self.hear_late_answer(engine, &key, invitee),
            Callback::OperationFailed { operation: Operation::Accept, code, outcome, .. } => {
                self.hear_refusal(engine, &key, code, outcome);
            }
            Callback::OperationFailed { operation: Operation::Invite, code, .. } => {
                self.hear_of_no_invite(engine, &key, code);
            }
            Callback::OperationFailed { .. }
            | Callback::NewInvitation { .. }
            | Callback::Missed { .. }
            | Callback::InvitationModified { .. }
            | Callback::Ended { .. } => {}
        }
    }

    /// Another device of the user's has answered. Who is in the call by another way stays in it.
    fn settled_elsewhere(&mut self, engine: &mut Engine, key: &InvitationKey, reason: EndReason) {
        // What this device has not answered, the user has not answered on it.
        let is_ringing = self.call.as_ref().is_some_and(|call| call.state == State::Ringing);
        if is_ringing || !self.is_in_anyway(engine, key, reason == EndReason::AnsweredElsewhere) {
            return self.close(engine, reason);
        }
        self.go_on_without(key);
        if let Some(call) = &mut self.call {
            call.links.insert(key.clone(), Link::Elsewhere);
        }
    }

    /// Whether the user is in the call by another way: was in it when this one came, or accepted another.
    fn is_in_without(&self, engine: &Engine, key: &InvitationKey) -> bool {
        self.call.as_ref().is_some_and(|call| {
            let says_nothing = matches!(call.links.get(key), Some(Link::Further | Link::Elsewhere));
            let mut others = call.holding().filter(|other| *other != key);
            says_nothing || others.any(|other| say::has_accepted(engine, other, engine.user()))
        })
    }

    /// The same, or in a group with others: whatever becomes of an invitation, they are (`K9`); unless another device has accepted it,
    /// which then has the call (`C4`).
    fn is_in_anyway(&self, engine: &Engine, key: &InvitationKey, is_accepted_elsewhere: bool) -> bool {
        let is_with_others = |call: &Call| call.group.is_some() && call.state == State::Connected;
        let is_here = !is_accepted_elsewhere && self.call.as_ref().is_some_and(is_with_others);
        is_here || self.is_in_without(engine, key)
    }

    /// The invitation by which the user was in the call counts no more: from now on the others decide.
    fn go_on_without(&mut self, key: &InvitationKey) {
        if let Some(call) = self.call.as_mut().filter(|call| call.links.get(key) == Some(&Link::Call)) {
            call.have_all_decide();
        }
    }

    /// After a crash the time that the media has begins once the history is known, before which nobody may enter a room.
    fn wait_for_media_after_all(&mut self) {
        let due = self.now + self.config.connecting;
        let is_back = mem::take(&mut self.is_back);
        if let Some(call) = self.call.as_mut().filter(|call| is_back && call.state == State::Connecting) {
            call.due = call.due.or(Some(due));
        }
    }

    /// Somebody whom the user has called has accepted.
    fn hear_answer(&mut self, engine: &mut Engine, by: &UserId) {
        self.await_member(by);
        let (now, due) = (self.now, self.now + self.config.connecting);
        let Some(call) = self.call.as_mut().filter(|call| call.role == CallRole::Caller) else { return };
        call.answer(now, due);
        let (call, media, room) = (call.id, call.media, call.room);
        self.events.push_back(CallEvent::Answered { call, by: by.clone(), media, room });
        self.connect();
        self.relay(engine, by, None);
    }

    /// Somebody is on the way into the room.
    pub(super) fn await_member(&mut self, who: &UserId) {
        let due = self.now + self.config.connecting;
        if let Some(call) = &mut self.call {
            call.await_member(who, due);
        }
    }

    /// This invitation calls these no longer.
    fn stop(&mut self, engine: &mut Engine, key: &InvitationKey, whom: &[UserId], reason: &EndReason) {
        for who in whom {
            let Some(call) = &self.call else { return };
            if say::is_held(engine, call, who, Some(key)) {
                self.meet_in_room(engine, who);
                continue;
            }
            if who == engine.user() && !self.is_in_anyway(engine, key, false) {
                let has_given_way = *reason == EndReason::Cancelled && self.has_given_way(engine, key);
                return self.end(engine, if has_given_way { EndReason::Glare } else { reason.clone() });
            }
            if who == engine.user() {
                self.go_on_without(key);
            }
            self.do_without(engine, who, reason);
        }
    }

    /// Somebody will not come; unless they are in the room of the group's call all the same.
    fn do_without(&mut self, engine: &mut Engine, who: &UserId, reason: &EndReason) {
        if !self.meet_in_room(engine, who) {
            self.lose(engine, who, reason.clone());
            self.refuse_what_gave_way(engine, who);
        }
    }

    /// Whether this one is in the room of the group's call; where no answer of theirs is awaited any more, that is their answer.
    fn meet_in_room(&mut self, engine: &Engine, who: &UserId) -> bool {
        let (now, due) = (self.now, self.now + self.config.connecting);
        let Some(call) = &mut self.call else { return false };
        let is_there = call.group.is_some() && call.members.get(who) == Some(&Member::InRoom);
        if is_there && !say::is_calling(engine, call, who) {
            call.answer(now, due);
            self.connect();
        }
        is_there
    }

    /// The service refused the user's answer.
    fn hear_refusal(&mut self, engine: &mut Engine, key: &InvitationKey, code: i32, outcome: Outcome) {
        if self.is_in_anyway(engine, key, outcome == Outcome::Accepted) {
            return self.go_on_without(key);
        }
        let rings_until = self.now + Millis::from_secs(self.config.ring_s.max(1));
        let Some(call) = &mut self.call else { return };
        let reason = match outcome {
            Outcome::Cancelled => EndReason::Cancelled,
            Outcome::TimedOut => EndReason::NoResponse,
            Outcome::Left => EndReason::LeftGroup,
            Outcome::Accepted => EndReason::AnsweredElsewhere,
            Outcome::Rejected => EndReason::DeclinedElsewhere,
            Outcome::Pending if call.role == CallRole::Callee => {
                call.unanswer(rings_until);
                return self.events.push_back(CallEvent::Failed { call: call.id, code });
            }
            // The user's own call gave way to this one, of which the app has not heard: it rings as a call of its own (`K5`).
            Outcome::Pending => {
                self.close(engine, EndReason::Glare);
                return self.ring_after_all(engine, key);
            }
        };
        self.end(engine, reason);
    }

    /// The service refused an invitation: nobody was called by it.
    fn hear_of_no_invite(&mut self, engine: &mut Engine, key: &InvitationKey, code: i32) {
        let Some(call) = &mut self.call else { return };
        call.links.remove(key);
        let whom: Vec<UserId> = match key.conversation() {
            Conversation::C2c(peer) => [peer.clone()].into(),
            Conversation::Group(_) => call.members.keys().cloned().collect(),
        };
        for who in &whom {
            // In a group they may by another way.
            let is_coming =
                |call: &Call| call.group.is_some() && matches!(call.members.get(who), Some(Member::Coming(_)));
            if self.call.as_ref().is_some_and(|call| !is_coming(call) && !say::is_held(engine, call, who, None)) {
                self.do_without(engine, who, &EndReason::SendFailed(code));
            }
        }
    }
}

/// Whether this answer says that its sender is on another call (`K4`).
fn is_busy(data: &Data) -> bool {
    CallData::read(data.as_str()).is_some_and(|data| data.is_busy)
}
