//! What stands on top of the engine: [`call`](crate::call), [`classroom`](crate::classroom), [`seats`](crate::seats), and whatever else
//! an app makes of invitations.
//!
//! A [`Layer`] is a state machine like the engine, without IO and without a clock. It does not own the engine: its methods borrow it. The
//! engine's callbacks about the layer's own invitations go into it, and events for the app come out. Whose an invitation is, its first
//! words say: no edit gives it to a layer, or takes it away.
//!
//! # The host's loop
//!
//! The loop stays the same: hand in what happens, with the time; poll until nothing is left; wait until `wake`. But call `poll` and
//! `wake` of the layer, not of the engine: the layer polls the engine too, and its `wake` covers both. With no layer, one, and several:
//!
//! ```
//! # use convoke::call::{CallConfig, Calls};
//! # use convoke::layer::{Layer, Layered, OneOf};
//! # use convoke::{Config, Engine, Seed, Timestamp};
//! # let now = Timestamp::from_millis(0);
//! # let mut engine = Engine::new("alice", Config::default(), Seed::from([7; 16]))?;
//! # let mut calls = Calls::new(CallConfig::default());
//! while let Some(output) = engine.poll_output() { /* Transmit, Edit, Callback */ }
//! let wake = engine.wake();
//!
//! while let Some(output) = calls.poll(&mut engine, now) { /* Transmit, Edit, Callback, Event */ }
//! let wake = calls.wake(&engine);
//! # let mut others = Calls::new(CallConfig::default());
//!
//! let mut layers = (&mut calls, &mut others);
//! while let Some(output) = layers.poll(&mut engine, now) { /* the same, and Event says of which: OneOf */ }
//! let wake = layers.wake(&engine);
//! # Ok::<(), convoke::ConfigError>(())
//! ```

pub(crate) mod errands;

use core::convert::Infallible;

use crate::callback::{Callback, Output};
use crate::engine::{Engine, InvitationView};
use crate::message::{Edit, Stamp, Transmit};
use crate::time::Timestamp;
use crate::wake::Wake;

/// What comes out of an engine with layers on top: one queue, one order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a host must handle every kind of output")]
pub enum Layered<E> {
    /// Send this message and report its fate.
    Transmit(Transmit),
    /// Edit a message sent earlier and report the edit's fate.
    Edit(Edit),
    /// Tell the app of an invitation that is no layer's.
    Callback(Callback),
    /// What a layer has to say.
    Event(E),
}

/// Of which of several layers an event is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[expect(clippy::exhaustive_enums, reason = "a host must handle the events of each layer")]
pub enum OneOf<A, B, C = Infallible> {
    /// The first one's.
    First(A),
    /// The second one's.
    Second(B),
    /// The third one's.
    Third(C),
}

/// A machine on top of the engine.
///
/// A host calls [`poll`](Self::poll) and [`wake`](Self::wake); the other methods are for whoever writes a layer. Several layers are
/// combined as a tuple: a callback goes to the first layer that knows its invitation.
pub trait Layer {
    /// What it has to say.
    type Event;

    /// Takes in a callback of the engine. Returns `None` if it is about an invitation of this layer, else gives the callback back.
    #[must_use]
    fn handle_callback(&mut self, engine: &mut Engine, now: Timestamp, callback: Callback) -> Option<Callback>;

    /// Does what is due by `now`, and what had to wait for the fate of a send. [`poll`](Self::poll) calls this after the layer has taken in
    /// all callbacks of the engine, and never during a catch-up, as there may be an answer in the history (`A7`).
    fn handle_time(&mut self, engine: &mut Engine, now: Timestamp);

    /// What the layer itself waits for: an event to be polled, or the moment at which something is due.
    #[must_use]
    fn next(&self) -> Wake;

    /// The next event.
    #[must_use]
    fn poll_event(&mut self) -> Option<Self::Event>;

    /// The next output of the engine and its layers.
    #[must_use]
    fn poll(&mut self, engine: &mut Engine, now: Timestamp) -> Option<Layered<Self::Event>> {
        let mut is_timely = false;
        loop {
            if let Some(event) = self.poll_event() {
                return Some(Layered::Event(event));
            }
            match engine.poll_output() {
                Some(Output::Transmit(transmit)) => return Some(Layered::Transmit(transmit)),
                Some(Output::Edit(edit)) => return Some(Layered::Edit(edit)),
                Some(Output::Callback(callback)) => {
                    is_timely = false; // what it was told a layer may act upon
                    if let Some(callback) = self.handle_callback(engine, now, callback) {
                        return Some(Layered::Callback(callback));
                    }
                }
                None if is_timely || engine.is_catching_up() => return None,
                None => {
                    self.handle_time(engine, now);
                    is_timely = true;
                }
            }
        }
    }

    /// What the engine and its layers wait for, once they are polled. At that moment [`tick`](Engine::tick) the engine, and poll.
    #[must_use]
    fn wake(&self, engine: &Engine) -> Wake {
        match self.next() {
            Wake::At(..) if engine.is_catching_up() => engine.wake(),
            next @ (Wake::Poll | Wake::At(..) | Wake::Never) => sooner(engine.wake(), next),
        }
    }
}

/// When the service took an answer, on the host's clock, as far as the stamps of it and of its invitation tell.
pub(crate) fn when(view: &InvitationView<'_>, answer: &Stamp) -> Option<Timestamp> {
    Some(view.sent()? + answer.time.since(view.stamp()?.time))
}

pub(crate) fn sooner(one: Wake, other: Wake) -> Wake {
    match (one, other) {
        (Wake::Poll, _) | (_, Wake::Poll) => Wake::Poll,
        (Wake::Never, wake) | (wake, Wake::Never) => wake,
        (Wake::At(at, _), Wake::At(than, _)) => {
            if than < at {
                other
            } else {
                one
            }
        }
    }
}

impl<L: Layer + ?Sized> Layer for &mut L {
    type Event = L::Event;

    fn handle_callback(&mut self, engine: &mut Engine, now: Timestamp, callback: Callback) -> Option<Callback> {
        (**self).handle_callback(engine, now, callback)
    }

    fn handle_time(&mut self, engine: &mut Engine, now: Timestamp) {
        (**self).handle_time(engine, now);
    }

    fn next(&self) -> Wake {
        (**self).next()
    }

    fn poll_event(&mut self) -> Option<L::Event> {
        (**self).poll_event()
    }
}

/// A layer that is not always there, such as that of a class which the user enters and leaves.
impl<L: Layer> Layer for Option<L> {
    type Event = L::Event;

    fn handle_callback(&mut self, engine: &mut Engine, now: Timestamp, callback: Callback) -> Option<Callback> {
        match self {
            Some(layer) => layer.handle_callback(engine, now, callback),
            None => Some(callback),
        }
    }

    fn handle_time(&mut self, engine: &mut Engine, now: Timestamp) {
        if let Some(layer) = self {
            layer.handle_time(engine, now);
        }
    }

    fn next(&self) -> Wake {
        self.as_ref().map_or(Wake::Never, L::next)
    }

    fn poll_event(&mut self) -> Option<L::Event> {
        self.as_mut().and_then(L::poll_event)
    }
}

macro_rules! tuple {
    ($($layer:ident $at:tt $which:ident),+) => {
        impl<$($layer: Layer),+> Layer for ($($layer,)+) {
            type Event = OneOf<$($layer::Event),+>;

            fn handle_callback(&mut self, engine: &mut Engine, now: Timestamp, callback: Callback) -> Option<Callback> {
                $(let callback = self.$at.handle_callback(engine, now, callback)?;)+
                Some(callback)
            }

            fn handle_time(&mut self, engine: &mut Engine, now: Timestamp) {
                $(self.$at.handle_time(engine, now);)+
            }

            fn next(&self) -> Wake {
                [$(self.$at.next()),+].into_iter().fold(Wake::Never, sooner)
            }

            fn poll_event(&mut self) -> Option<Self::Event> {
                None$(.or_else(|| self.$at.poll_event().map(OneOf::$which)))+
            }
        }
    };
}

tuple!(A 0 First, B 1 Second);
tuple!(A 0 First, B 1 Second, C 2 Third);
