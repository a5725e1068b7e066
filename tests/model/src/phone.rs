//! The calls of a device: the real layer, what its app was told of them, and the room in which its media is.

use std::collections::{BTreeMap, BTreeSet};

use convoke::call::{
    CallConfig, CallEvent, CallId, CallRecord, Calls, Dial, EndReason, Media, MediaReport, RoomId, State,
};
use convoke::layer::Layer as _;
use convoke::{Engine, Timestamp, UserId, Wake};

use crate::laws::{Broken, Law, next_wake};
use crate::world::TIMEOUT_S;

/// So often a device may wake before all is over.
const WAKES: usize = 50;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Phone {
    pub(crate) calls: Calls,
    /// The calls that its app knows of, and how they ended, if they have.
    pub(crate) log: BTreeMap<CallId, Option<End>>,
    /// Where its media is, and for which call.
    media: Option<(CallId, RoomId)>,
    /// Whose media it was told of there.
    sees: BTreeSet<UserId>,
    /// The room of the next call of its own: no two have the same.
    pub(crate) next_room: u32,
}

/// How a call ended, but for the times.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct End {
    pub(crate) room: Option<RoomId>,
    pub(crate) is_answered: bool,
    pub(crate) reason: EndReason,
}

/// What its user does, and what its media service tells.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Act {
    Dial(UserId),
    Answer,
    Decline,
    HangUp,
    /// Its media is in the room.
    Enter,
    /// This one's media is there.
    See(UserId),
    /// It is there no more.
    Miss(UserId),
}

impl Phone {
    pub(crate) fn new(number: usize) -> Self {
        let floor = u32::try_from(number + 1).unwrap_or(u32::MAX);
        Self {
            calls: Calls::new(config()),
            log: BTreeMap::new(),
            media: None,
            sees: BTreeSet::new(),
            next_room: floor.saturating_mul(100),
        }
    }

    /// The app goes on with the calls that it had stored. Its media is in no room.
    pub(crate) fn restore(&self, now: Timestamp, next_room: u32) -> Option<Self> {
        let calls = Calls::restore(self.calls.snapshot(), config(), now).ok()?;
        Some(Self { calls, media: None, sees: BTreeSet::new(), next_room, ..self.clone() })
    }

    pub(crate) fn state(&self) -> State {
        self.calls.current().map_or(State::Idle, |call| call.state())
    }

    /// Where its media is to be, and for which call.
    fn place(&self) -> Option<(CallId, RoomId)> {
        self.calls.current().and_then(|call| Some((call.id(), call.room()?)))
    }

    pub(crate) fn is_to_enter(&self) -> bool {
        self.media.is_none() && self.place().is_some()
    }

    /// Whether the media of both is in one room.
    pub(crate) fn is_with(&self, other: &Self) -> bool {
        self.media.zip(other.media).is_some_and(|((_, mine), (_, theirs))| mine == theirs)
    }

    /// Whether it was told so.
    pub(crate) fn sees(&self, other: &UserId) -> bool {
        self.sees.contains(other)
    }

    /// Does it; says whether it was possible.
    pub(crate) fn act(&mut self, engine: &mut Engine, now: Timestamp, act: &Act) -> Result<bool, Broken> {
        let before = (engine.clone(), self.clone());
        let call = self.calls.current().map(|call| call.id());
        let is_done = match (act, call) {
            (Act::Dial(user), _) => self.dial(engine, now, user),
            (_, None) => false,
            (Act::Answer, Some(call)) => self.calls.answer(engine, now, call).is_ok(),
            (Act::Decline, Some(call)) => self.calls.decline(engine, now, call).is_ok(),
            (Act::HangUp, Some(call)) => self.calls.hang_up(engine, now, call).is_ok(),
            (Act::Enter, Some(call)) => {
                self.media = self.place();
                self.calls.handle_media(engine, now, call, MediaReport::LocalEntered);
                true
            }
            (Act::See(user), Some(call)) => {
                self.calls.handle_media(engine, now, call, MediaReport::RemoteEntered(user.clone()));
                self.sees.insert(user.clone())
            }
            (Act::Miss(user), Some(call)) => {
                self.calls.handle_media(engine, now, call, MediaReport::RemoteLeft(user.clone()));
                self.sees.remove(user)
            }
        };
        // While the history is awaited no poll has shown it the time (`A7`), so an act is the first to do so.
        let is_harmless = is_done || engine.is_catching_up() || (*engine == before.0 && *self == before.1);
        Law::FailureChangesNothing.require(is_harmless, || format!("{act:?}"))?;
        Ok(is_done)
    }

    fn dial(&mut self, engine: &mut Engine, now: Timestamp, user: &UserId) -> bool {
        let Ok(call) = self.calls.dial(engine, now, Dial::to([user], Media::Video, self.next_room)) else {
            return false;
        };
        self.next_room += 1;
        self.log.insert(call, None);
        true
    }

    /// The app hears what the calls have to say, and its media follows.
    pub(crate) fn hear(&mut self, events: &[CallEvent]) -> Result<(), Broken> {
        for event in events {
            let Some(call) = event.call() else { return Err(Law::CallEndsOnce.broken(format!("{event:?}"))) };
            let has_ended = self.log.get(&call).is_some_and(Option::is_some);
            Law::SilentAfterTheEnd.require(!has_ended, || format!("{event:?}"))?;
            let end = if let CallEvent::Ended(record) = event { Some(End::of(record)) } else { None };
            self.log.insert(call, end);
            let live = self.log.values().filter(|end| end.is_none()).count();
            Law::OneCall.require(live <= 1, || format!("{event:?}"))?;
        }
        let live = self.log.iter().filter(|(_, end)| end.is_none()).map(|(call, _)| *call);
        let (live, current) = (live.collect::<Vec<_>>(), self.calls.current().map(|call| call.id()));
        Law::CallEndsOnce.require(live.iter().eq(&current), || format!("told: {live:?}, there is: {current:?}"))?;
        if self.media != self.place() {
            self.media = None;
            self.sees.clear();
        }
        Ok(())
    }

    /// When something happens by itself.
    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        match self.calls.next() {
            Wake::At(at, _) => Some(at),
            Wake::Poll | Wake::Never => None,
        }
    }

    /// What must hold whatever happened before, all that was said being polled.
    pub(crate) fn check(&self, engine: &Engine, now: Timestamp) -> Result<(), Broken> {
        let (wake, mut late) = (self.calls.next(), self.clone());
        let is_early = matches!(wake, Wake::At(at, _) if at <= now);
        Law::WakeIsTrue.require(wake != Wake::Poll && !is_early, || format!("{wake:?} of the calls"))?;
        let mut engine = engine.clone();
        for _ in 0..WAKES {
            let Some(at) = next_wake(&engine).into_iter().chain(late.next_wake()).min() else { break };
            engine.tick(at);
            while late.calls.poll(&mut engine, at).is_some() {}
            let is_past = late.next_wake().is_some_and(|next| next <= at);
            Law::WakeIsTrue.require(!is_past, || format!("at {at:?} the calls did nothing"))?;
        }
        let is_over = matches!(late.state(), State::Idle | State::Connected);
        Law::NothingStuck.require(is_over && late.next_wake().is_none(), || format!("{}: {late:?}", engine.user()))
    }
}

impl End {
    fn of(record: &CallRecord) -> Self {
        Self { room: record.room, is_answered: record.answered.is_some(), reason: record.reason.clone() }
    }
}

fn config() -> CallConfig {
    let mut config = CallConfig::default();
    config.ring_s = TIMEOUT_S;
    config
}
