//! Engines driven by text: the vendor's test-peer protocol, and recorded traces played again (feature `sim`).
//!
//! A [`Pipe`] holds engines, a clock that moves only when told, and a message service that decides the fate of each send.
//! It is spoken to in JSON Lines, one command a line, in the protocol of the vendor's test peer. [`replay`] hands a
//! recorded [`Trace`] to the same pipe and compares what comes out with what was recorded, under the declared
//! [`Deviations`]. Nothing here knows a real clock, a file or a socket: the same lines in give the same lines out.

mod answer;
mod command;
mod deviations;
mod fault;
mod ids;
mod intake;
mod peer;
mod peers;
mod pipe;
mod post;
mod replay;
mod scenario;
mod sequence;
mod service;
mod trace;
mod world;

pub use answer::{Answer, Event, Out, ResultLine, SentMessage};
pub use command::{ConversationType, Fate, Message, Method, Options, ProfileName, SendingMode};
pub use deviations::{Deviation, DeviationError, Deviations, Expectation, Expected};
pub use fault::{Fault, FaultMatch};
pub use intake::{In, Left};
pub use peers::SimError;
pub use pipe::Pipe;
pub use replay::{Difference, Replay, compare, replay};
pub use scenario::{Act, Inject, Scenario, Step};
pub use sequence::{Sequence, printable};
pub use trace::{Header, Trace, TraceError, TraceEvent, What};
pub use world::{StepError, Told, World};
