//! What the host reports of its media service: who is in the room (`K2`).

use alloc::vec::Vec;
use core::slice;

use serde::{Deserialize, Serialize};

use super::event::{CallEvent, CallId, EndReason};
use super::live::Member;
use super::state::State;
use super::{Calls, say};
use crate::engine::Engine;
use crate::id::UserId;
use crate::time::Timestamp;

/// Something that happened in the room of the call that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(clippy::exhaustive_enums, reason = "of users and media there is nothing else that a call depends on")]
pub enum MediaReport {
    /// The user's own media is in the room.
    LocalEntered,
    /// The user's own media did not come about, or broke.
    LocalFailed,
    /// Another user's media is in the room.
    RemoteEntered(UserId),
    /// Another user has left the room.
    RemoteLeft(UserId),
}

impl Calls {
    /// Takes in a report of the media service about the room of this call. If the call is over or still rings, the report is ignored.
    ///
    /// From the ringing to the connection, on the device that is called:
    ///
    /// ```
    /// use convoke::call::{CallConfig, Calls, Dial, Media, MediaReport, State};
    /// use convoke::layer::{Layer, Layered};
    /// use convoke::{Config, Conversation, Engine, Inbound, Seed, Timestamp};
    ///
    /// # let mut caller = (Engine::new("alice", Config::default(), Seed::from([7; 16]))?, Calls::new(CallConfig::default()));
    /// let mut engine = Engine::new("bob", Config::default(), Seed::from([8; 16]))?;
    /// let mut calls = Calls::new(CallConfig::default());
    /// let now = Timestamp::from_millis(0);
    /// # caller.1.dial(&mut caller.0, now, Dial::to(["bob"], Media::Audio, 1001))?;
    /// # let Some(Layered::Transmit(dialed)) = caller.1.poll(&mut caller.0, now) else { unreachable!() };
    ///
    /// // What alice's device has sent.
    /// engine.handle_message(now, &Inbound::new("alice", Conversation::C2c("alice".into()), dialed.payload));
    /// while calls.poll(&mut engine, now).is_some() {} // it rings: `CallEvent::Ringing`
    /// let call = calls.current().map(|view| view.id()).expect("alice calls");
    ///
    /// calls.answer(&mut engine, now, call)?;
    /// assert_eq!(calls.current().and_then(|view| view.room()), Some(1001.into())); // the SDK is to be in it
    /// calls.handle_media(&mut engine, now, call, MediaReport::LocalEntered);
    /// calls.handle_media(&mut engine, now, call, MediaReport::RemoteEntered("alice".into()));
    /// assert_eq!(calls.current().map(|view| view.state()), Some(State::Connected));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn handle_media(&mut self, engine: &mut Engine, now: Timestamp, call: CallId, report: MediaReport) {
        let now = self.advance(now);
        let due = now + self.config.connecting;
        let Some(call) = self.call.as_mut().filter(|live| live.id == call && live.state != State::Ringing) else {
            return;
        };
        match report {
            MediaReport::LocalEntered => call.enter(due),
            MediaReport::LocalFailed => return self.leave(engine, EndReason::MediaFailed),
            // Another device of the user's is a call of its own. Into a group's call anybody may come (`K2`). Of whom no answer is awaited
            // any more, that is the answer: another device may have declined.
            MediaReport::RemoteEntered(user) if user != *engine.user() && call.may_have(&user) => {
                call.members.insert(user.clone(), Member::InRoom);
                if !say::is_calling(engine, call, &user) {
                    call.answer(now, due);
                }
            }
            MediaReport::RemoteEntered(_) => return,
            MediaReport::RemoteLeft(user) => return self.left(engine, &user),
        }
        self.connect();
    }

    /// Tells of it when two are in the room.
    pub(super) fn connect(&mut self) {
        if let Some(call) = &mut self.call
            && call.connect(self.now)
        {
            self.events.push_back(CallEvent::Connected { call: call.id });
        }
    }

    /// Somebody has left the room.
    fn left(&mut self, engine: &mut Engine, who: &UserId) {
        let until = self.rings_until();
        let Some(call) = self.call.as_mut().filter(|call| call.members.get(who) == Some(&Member::InRoom)) else {
            return;
        };
        // They were there for another call: this one still calls them.
        if say::is_calling(engine, call, who) {
            call.members.insert(who.clone(), Member::Called(until));
            return;
        }
        if call.state == State::Connected {
            self.say_if_last(engine, who);
        }
        self.lose(engine, who, EndReason::HungUp(who.clone()));
    }

    /// Between users: who remains alone says that the call is over, to the one who is gone (`K8`).
    fn say_if_last(&mut self, engine: &mut Engine, gone: &UserId) {
        if self.call.as_ref().is_some_and(|call| call.group.is_none() && !call.has_others_than(Some(gone))) {
            self.say_hang_up(engine, slice::from_ref(gone));
        }
    }

    /// What was to come has not come in time (`K1`).
    pub(super) fn give_up(&mut self, engine: &mut Engine) {
        let Some(call) = &mut self.call else { return };
        let is_late = |until: Timestamp| until <= self.now;
        let has_waited = call.due.is_some_and(is_late);
        match call.state {
            // What the engine has forgotten to make room, nobody says the end of (`W9`).
            State::Ringing if has_waited || !say::is_calling(engine, call, engine.user()) => {
                self.say_no(engine);
                return self.end(engine, EndReason::NoResponse);
            }
            State::Ringing => return,
            State::Idle | State::Dialing | State::Connecting | State::Connected | State::Ended => {}
        }
        if has_waited && (!call.is_in_room || call.is_deserted()) {
            return self.leave(engine, EndReason::MediaFailed);
        }
        call.due = call.due.filter(|_| !has_waited);
        let late = call.members.iter().filter(|(_, member)| member.due().is_some_and(is_late));
        let late: Vec<(UserId, Member)> = late.map(|(user, member)| (user.clone(), *member)).collect();
        for (user, member) in late {
            if member.is_present() {
                // They may be on their way still, and see nobody leave.
                self.say_if_last(engine, &user);
                self.lose(engine, &user, EndReason::MediaFailed);
            } else {
                self.lose(engine, &user, EndReason::NoResponse);
            }
        }
    }
}
