//! Calls on top of the engine: 1:1 and in groups, with sound or picture, as the published call kits speak them.
//!
//! [`Calls`] is a machine beside an [`Engine`], of the same kind: no IO, no clock. What is played and shown is the host's: it enters the
//! room of its media service when it is told to, and reports who is in it. Marks such as `K5` are the rules in
//! [docs/calls.md](https://docs.rs/crate/convoke/latest/source/docs/calls.md).
//!
//! ```
//! use convoke::call::{CallConfig, CallEvent, Calls, Dial, Media, State};
//! use convoke::layer::{Layer, Layered};
//! use convoke::{Config, Engine, Seed, Timestamp};
//!
//! let mut engine = Engine::new("alice", Config::default(), Seed::from([7; 16]))?;
//! let mut calls = Calls::new(CallConfig::default());
//! let now = Timestamp::from_millis(0);
//!
//! let call = calls.dial(&mut engine, now, Dial::to(["bob"], Media::Video, 1001))?;
//! assert_eq!(calls.current().map(|view| view.state()), Some(State::Dialing));
//! calls.hang_up(&mut engine, now, call)?;
//! let mut ended = None;
//! while let Some(output) = calls.poll(&mut engine, now) {
//!     match output {
//!         Layered::Transmit(_) | Layered::Edit(_) | Layered::Callback(_) => {}
//!         Layered::Event(event) => ended = Some(event),
//!     }
//! }
//! assert!(matches!(ended, Some(CallEvent::Ended(record)) if record.call == call));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod data;
mod dial;
mod error;
mod event;
mod hear;
mod live;
mod media;
mod meet;
mod overhear;
mod say;
mod snapshot;
mod state;
mod switch;
mod view;

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

pub use self::data::{CallData, Command, Media, RoomId};
pub use self::dial::Dial;
pub use self::error::{CallError, DialError};
pub use self::event::{CallEvent, CallId, CallRecord, CallRole, EndReason};
pub use self::media::MediaReport;
pub use self::snapshot::CallsSnapshot;
pub use self::state::State;
pub use self::view::CallView;

use self::live::{Call, Member};
use self::state::Step;
use crate::engine::Engine;
use crate::error::AddInvitedError;
use crate::id::{GroupId, UserId};
use crate::layer::errands::Errands;
use crate::message::{PushInfo, Pushed};
use crate::time::{Millis, Timestamp};

/// The settings of [`Calls`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct CallConfig {
    /// How long a call of the user's rings, in seconds. Default 30; 0 counts as 1, as a call rings for a while. Keep it below the
    /// `longest_ring` of those who are called: they decline by themselves then.
    pub ring_s: u32,
    /// How long another's call rings at most, whatever it says (`K1`). Default 2 min.
    pub longest_ring: Millis,
    /// How long after an answer the media may take (`K1`). Default 15 s.
    pub connecting: Millis,
    /// How many may be in a call that is made here, the user included (`K9`). Default 9, at most 64.
    pub members: usize,
    /// What happens if two users call each other at once and the other one's call is the one that goes on (`K5`). If true, the layer
    /// answers that call by itself, unless it is a video call and the user's own was audio only; then, and if false, it rings. Default
    /// true.
    pub answers_glare: bool,
}

impl Default for CallConfig {
    fn default() -> Self {
        Self {
            ring_s: 30,
            longest_ring: Millis::from_secs(120),
            connecting: Millis::from_secs(15),
            members: 9,
            answers_glare: true,
        }
    }
}

/// The calls of one signed-in user on one device: at most one that goes on.
///
/// In the host's loop it is polled by [`Layer::poll`](crate::layer::Layer::poll) instead of the engine, and asked for
/// [`Layer::wake`](crate::layer::Layer::wake).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Calls {
    config: CallConfig,
    /// The host's latest time.
    now: Timestamp,
    /// The host says so (`K4`).
    is_busy: bool,
    call: Option<Call>,
    errands: Errands,
    events: VecDeque<CallEvent>,
    /// How many there were.
    count: u32,
    /// The app is back after a crash, and has yet to learn from the history what became of its call.
    is_back: bool,
}

impl Calls {
    /// No calls yet.
    #[must_use]
    pub fn new(config: CallConfig) -> Self {
        Self {
            config,
            now: Timestamp::default(),
            is_busy: false,
            call: None,
            errands: Errands::default(),
            events: VecDeque::new(),
            count: 0,
            is_back: false,
        }
    }

    /// The call that goes on.
    #[must_use]
    pub fn current(&self) -> Option<CallView<'_>> {
        self.call.as_ref().map(CallView)
    }

    /// Makes a call. The app enters the room of this call now, if it is not in it yet.
    ///
    /// # Errors
    ///
    /// [`DialError`]; then nothing was changed. If several users are called without a group, each gets an invitation of their own. If
    /// the first one fails, its error is returned; if a later one fails, the app is told [`CallEvent::NotComing`].
    pub fn dial(&mut self, engine: &mut Engine, now: Timestamp, dial: Dial) -> Result<CallId, DialError> {
        let now = self.advance(now);
        if self.call.is_some() {
            return Err(DialError::InCall);
        }
        if dial.callees.len() >= self.config.members.min(live::LINKS) {
            return Err(DialError::TooMany);
        }
        let mut call = Call::new(CallId(self.count), CallRole::Caller, dial.media, now);
        (call.group, call.room) = (dial.group, Some(dial.room));
        call.step(Step::Dial);
        self.invite(engine, now, &mut call, dial.callees, dial.push.as_ref())?;
        Ok(self.begin(call))
    }

    /// Answers a call that rings. Enter its room.
    ///
    /// # Errors
    ///
    /// [`CallError`]; then nothing was changed.
    pub fn answer(&mut self, engine: &mut Engine, now: Timestamp, call: CallId) -> Result<(), CallError> {
        let now = self.advance(now);
        let due = now + self.config.connecting;
        let live = self.live(call, &[State::Ringing])?;
        say::accept(engine, now, live)?;
        live.answer(now, due);
        Ok(())
    }

    /// Declines a call that rings. The ringing ends at once, even if the engine cannot send the rejection, or not yet (`K12`).
    ///
    /// # Errors
    ///
    /// [`CallError::Over`] and [`CallError::NotNow`]; then nothing was changed.
    pub fn decline(&mut self, engine: &mut Engine, now: Timestamp, call: CallId) -> Result<(), CallError> {
        self.advance(now);
        self.live(call, &[State::Ringing])?;
        self.say_no(engine);
        self.end(engine, EndReason::Declined(engine.user().clone()));
        Ok(())
    }

    /// Leaves a call. If nobody has answered yet, it is cancelled; if it rings, it is declined. The app then leaves the room.
    ///
    /// # Errors
    ///
    /// [`CallError::Over`]; then nothing was changed.
    pub fn hang_up(&mut self, engine: &mut Engine, now: Timestamp, call: CallId) -> Result<(), CallError> {
        let now = self.advance(now);
        let live = self.live(call, &[State::Dialing, State::Ringing, State::Connecting, State::Connected])?;
        match live.state {
            State::Ringing => self.decline(engine, now, call)?,
            State::Dialing => self.end(engine, EndReason::Cancelled),
            State::Connecting | State::Connected | State::Idle | State::Ended => {
                self.leave(engine, EndReason::HungUp(engine.user().clone()));
            }
        }
        Ok(())
    }

    /// Invites more members of the group into its call (`K2`). `push` is what an offline push shows them, as in [`Dial::push`].
    ///
    /// # Errors
    ///
    /// [`CallError`]; then nothing was changed. Users who are in the call or called already are skipped: that is no error.
    pub fn invite_more<U: Into<UserId>>(
        &mut self,
        engine: &mut Engine,
        now: Timestamp,
        call: CallId,
        users: impl IntoIterator<Item = U>,
        push: Option<&PushInfo>,
    ) -> Result<(), CallError> {
        let now = self.advance(now);
        let mut live = self.live(call, &[State::Dialing, State::Connecting, State::Connected])?.clone();
        if live.group.is_none() {
            return Err(CallError::NotInGroup);
        }
        let is_there = |user: &UserId| live.members.get(user).is_some_and(|member| *member != Member::Gone);
        let users: Vec<UserId> = users.into_iter().map(Into::into).filter(|user| !is_there(user)).collect();
        if say::size(engine, &live).saturating_add(users.len()) > self.config.members.min(live::LINKS) {
            return Err(CallError::TooMany);
        }
        if users.is_empty() {
            return Ok(());
        }
        if !say::has_room(engine, &mut live) {
            return Err(CallError::TooManyInvitations);
        }
        self.invite(engine, now, &mut live, users, push)?;
        self.call = Some(live);
        Ok(())
    }

    /// Enters a call that goes on in a group, by its room (`K2`). Enter the room.
    ///
    /// # Errors
    ///
    /// [`DialError::InCall`].
    pub fn join(
        &mut self,
        engine: &Engine,
        now: Timestamp,
        group: impl Into<GroupId>,
        media: Media,
        room: impl Into<RoomId>,
    ) -> Result<CallId, DialError> {
        let now = self.advance(now);
        if self.call.is_some() {
            return Err(DialError::InCall);
        }
        let mut call = Call::new(CallId(self.count), CallRole::Joiner, media, now);
        (call.group, call.room) = (Some(group.into()), Some(room.into()));
        call.step(Step::Join);
        (call.answered, call.due) = (Some(now), Some(now + self.config.connecting));
        self.know_others(engine, &mut call);
        Ok(self.begin(call))
    }

    /// Adds an invitation learnt from a push ([`Engine::add_invited`], `O1`). If it is a call, it rings ([`CallEvent::Ringing`]), or is
    /// logged as missed where it may not ring. If it is no call, only the engine takes it in.
    ///
    /// # Errors
    ///
    /// [`AddInvitedError`]; then nothing was changed.
    pub fn add_invited(&mut self, engine: &mut Engine, now: Timestamp, pushed: Pushed) -> Result<(), AddInvitedError> {
        let now = self.advance(now);
        let key = pushed.key.clone();
        engine.add_invited(now, pushed)?;
        self.ring_after_all(engine, &key);
        self.miss_after_all(engine, &key);
        Ok(())
    }

    /// Says whether the user is busy for reasons of the app's own: in a meeting, on the phone (`K4`).
    ///
    /// It is not stored: after a restore the app says it again.
    pub fn set_busy(&mut self, is_busy: bool) {
        self.is_busy = is_busy;
    }

    /// What [`Calls::set_busy`] was told last; a call that goes on does not count.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.is_busy
    }

    /// Takes in that a member left a group, and tells the engine too. If that member is the signed-in user, their call in this group ends.
    pub fn handle_member_left(&mut self, engine: &mut Engine, now: Timestamp, group: &GroupId, user: &UserId) {
        let now = self.advance(now);
        engine.handle_member_left(now, group, user);
        let is_there = |call: &Call| call.group.as_ref() == Some(group);
        if user == engine.user() && self.call.as_ref().is_some_and(is_there) {
            self.close(engine, EndReason::LeftGroup);
        }
    }
}

impl Calls {
    /// A `now` below the last one counts as the last one, as in the engine (`T1`).
    fn advance(&mut self, now: Timestamp) -> Timestamp {
        self.now = self.now.max(now);
        self.now
    }

    fn live(&mut self, call: CallId, states: &[State]) -> Result<&mut Call, CallError> {
        let live = self.call.as_mut().filter(|live| live.id == call).ok_or(CallError::Over)?;
        if states.contains(&live.state) { Ok(live) } else { Err(CallError::NotNow(live.state)) }
    }

    fn begin(&mut self, call: Call) -> CallId {
        let id = call.id;
        self.count = self.count.wrapping_add(1);
        self.call = Some(call);
        id
    }

    /// Until when somebody who is called now is waited for, whatever the invitation says.
    fn rings_until(&self) -> Timestamp {
        self.now + self.config.longest_ring
    }

    /// Whether the user is in the call in this room of the group, or called into it. A room that is not said is every one.
    fn is_in(&self, group: &GroupId, room: Option<RoomId>) -> bool {
        let is_here = |call: &Call| call.group.as_ref() == Some(group) && (room.is_none() || room == call.room);
        self.call.as_ref().is_some_and(is_here)
    }

    /// The user leaves a call between users: who is on the way into the room sees nobody leave it.
    fn leave(&mut self, engine: &mut Engine, reason: EndReason) {
        if let Some(call) = self.call.as_ref().filter(|call| call.state == State::Connecting && call.group.is_none()) {
            let present = call.members.iter().filter(|(_, member)| member.is_present());
            let present: Vec<UserId> = present.map(|(user, _)| user.clone()).collect();
            self.say_hang_up(engine, &present);
        }
        self.end(engine, reason);
    }

    /// Somebody is gone, and with the last one the call.
    fn lose(&mut self, engine: &mut Engine, who: &UserId, reason: EndReason) {
        let Some(call) = &mut self.call else { return };
        if !call.lose(who) {
            return;
        }
        if call.is_deserted() {
            return self.end(engine, reason);
        }
        let call = call.id;
        self.events.push_back(CallEvent::NotComing { call, who: who.clone(), reason: reason.clone() });
        self.relay(engine, who, Some(&reason));
    }

    /// The call is over for the user; in a group the last one who leaves says so to all (`K9`).
    fn end(&mut self, engine: &mut Engine, reason: EndReason) {
        let Some(call) = &self.call else { return };
        let gave_way = meet::what_gave_way(engine, call);
        // Who joined and saw nobody may have looked too early.
        let is_known = call.connected.is_some() || (call.role == CallRole::Caller && call.answered.is_some());
        if call.group.is_some() && is_known && !call.has_others_than(None) {
            let others = call.hears_of_end();
            self.say_hang_up(engine, &others);
        }
        self.close(engine, reason);
        if let Some(key) = gave_way {
            self.ring_after_all(engine, &key);
        }
    }

    /// Without a word to the others: what still calls somebody is cancelled, and the app is told.
    fn close(&mut self, engine: &mut Engine, reason: EndReason) {
        let Some(mut call) = self.call.take() else { return };
        call.step(Step::End);
        let me = engine.user().clone();
        for key in call.links.keys() {
            if *key.inviter() == me {
                let withdrawal = say::withdrawal(engine, key);
                self.errands.add(engine, self.now, key, withdrawal);
            } else if say::is_accepting(engine, key) {
                // If the service refuses that after all, it would ring on elsewhere (`K12`).
                let excuse = say::excuse(engine, key, false);
                self.errands.add(engine, self.now, key, excuse);
            }
        }
        self.errands.say(engine, self.now);
        self.events.push_back(CallEvent::Ended(call.record(reason, self.now)));
        call.step(Step::Settle);
    }
}
