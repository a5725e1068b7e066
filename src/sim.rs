//! A world for engines, in virtual time, for your own tests and for the command (feature `sim`).
//!
//! - A [`World`] has users, devices, groups and a message service on a network as bad as you like. Your code operates the engines
//!   and reads their callbacks, or a [`Scenario`] does. What came of it is in a [`Trace`], and drawn as a [`Chart`]; a trace of
//!   a scenario has its calls too, and can be played again. The apps of a world may have layers ([`LayersConfig`]).
//! - [`replay`] hands a recorded [`Trace`] to engines and compares what comes out with what was recorded, under the declared
//!   [`Deviations`].
//! - A [`Pipe`] is spoken to in JSON Lines, in the protocol of the vendor's test peer.
//!
//! Nothing here knows a real clock, a file or a socket: the same in gives the same out.

mod act;
mod answer;
mod apps;
mod attributes;
mod chart;
mod check;
mod command;
mod deviations;
mod fault;
mod ids;
mod intake;
mod media;
mod peer;
mod peers;
mod pipe;
mod post;
mod printable;
mod replay;
mod scenario;
mod service;
mod trace;
mod transcript;
mod world;

#[doc(hidden)]
pub use crate::laws::Agreement;
pub use crate::laws::{Broken, Law, Tally};
pub use answer::{Event, Out, PipeAnswer, ResultLine, SentMessage};
pub use apps::{ClassDeed, ClassLayer, Deed, LayerEvent, LayersConfig, LayersSnapshot, SeatDeed, SeatsRoom};
pub use chart::{Chart, Ink, Span, Text};
pub use check::{Check, Failure};
pub use command::{ConversationType, Fate, Message, Method, Options, ProfileName, SendingMode};
pub use deviations::{Deviation, DeviationError, Deviations, Expectation, Expected};
pub use fault::{Fault, FaultMatch};
pub use intake::{In, Left};
pub use peers::SimError;
pub use pipe::Pipe;
pub use printable::printable;
pub use replay::{Difference, Replay, compare, replay};
pub use scenario::{Act, Inject, Post, Scenario, Step, StepError};
pub use trace::{Header, Trace, TraceError, TraceEvent, What};
pub use world::{Told, World};
