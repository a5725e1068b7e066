//! Invitation signaling as a deterministic protocol engine, without IO.
//!
//! One user invites another, or some members of a group; each accepts, rejects, or lets the time run out; the inviter may
//! cancel. 1:1 and group calls, raised hands in a classroom and seats on a stage are built on it. convoke implements the
//! signaling interface of Tencent Cloud IM (V2TIM), compatible on the wire: all is carried by ordinary IM messages, and its bytes
//! are the vendor's, but for the list of an edit, which names all invitees (`W2`).
//!
//! # Sans IO
//!
//! An [`Engine`] is one signed-in user on one device. It owns no socket, no clock, no thread and no randomness. The host gives
//! it
//!
//! - the messages that arrive ([`Engine::handle_message`], [`Engine::handle_edit`]), live or from the history
//!   ([`Engine::handle_history`]),
//! - what the user does ([`Engine::invite`], [`accept`](Engine::accept), [`reject`](Engine::reject),
//!   [`cancel`](Engine::cancel), [`modify`](Engine::modify)),
//! - the fate of its sends ([`Engine::handle_send_result`]), and
//! - the time: each call takes `now`, and [`Engine::tick`] passes it when nothing else happens.
//!
//! It gives back what to send and what to tell the app ([`Engine::poll_output`]), and when it wants to be called next
//! ([`Engine::wake`]). The same inputs give the same outputs, byte for byte, on every platform; so every flow can be recorded,
//! replayed, fuzzed and checked.
//!
//! # The host's loop
//!
//! There is one contract, and it is short: **hand in what happens, with the time; poll until nothing is left; wait until
//! [`wake`](Engine::wake).** Calls may come in any order, and late, with one exception: after an absence
//! [`begin_catch_up`](Engine::begin_catch_up) comes first. If a call comes before the outputs of the previous call are polled, no output is
//! lost. A late tick still does everything that was due.
//!
//! 1. Poll every output: send, edit, tell.
//! 2. Report the fate of each send.
//! 3. Wait for a message, the user, or the moment that `wake` names.
//! 4. Hand that one thing in. Go to 1.
//!
//! The [host guide](https://docs.rs/crate/convoke/latest/source/docs/host-guide.md) goes through it step by step. Here is a
//! whole call between two such hosts, on a network made of two queues:
//!
//! ```
//! use convoke::{
//!     Callback, Config, Conversation, Engine, Inbound, Invite, Output, SendResult, Seed, ServerTime, Stamp, Timestamp, Wake,
//! };
//! use std::collections::VecDeque;
//! use std::sync::Arc;
//!
//! struct Phone {
//!     engine: Engine,
//!     inbox: VecDeque<Inbound>,
//!     told: Vec<&'static str>,
//! }
//!
//! impl Phone {
//!     /// Steps 1 and 2.
//!     fn poll(&mut self, now: Timestamp, peer: &mut VecDeque<Inbound>) {
//!         while let Some(output) = self.engine.poll_output() {
//!             match output {
//!                 Output::Transmit(message) => {
//!                     // What the service adds: the sender and the stamp. The receiver's conversation is named after the sender.
//!                     let sender = self.engine.user().clone();
//!                     let id = format!("{sender}-{}", peer.len()).as_str().into();
//!                     let stamp = Stamp { time: ServerTime::from_millis(now.as_millis()), id };
//!                     let mut inbound = Inbound::new(sender.clone(), Conversation::C2c(sender), message.payload);
//!                     inbound.stamp = Some(stamp.clone());
//!                     peer.push_back(inbound);
//!                     self.engine.handle_send_result(now, message.token, SendResult::Sent(stamp)).ok();
//!                 }
//!                 Output::Edit(_) => unreachable!("nobody modifies an invitation here"),
//!                 Output::Callback(callback) => {
//!                     if let Callback::NewInvitation { invitation, .. } = &callback {
//!                         self.engine.accept(now, invitation, "here I am").unwrap();
//!                     }
//!                     self.told.push(callback.name());
//!                 }
//!             }
//!         }
//!     }
//! }
//!
//! let config = Arc::new(Config::default());
//! let phone = |user, secret| Phone {
//!     engine: Engine::new(user, config.clone(), Seed::from([secret; 16])).unwrap(),
//!     inbox: VecDeque::new(),
//!     told: Vec::new(),
//! };
//! let (mut alice, mut bob) = (phone("alice", 1), phone("bob", 2));
//!
//! let mut now = Timestamp::from_millis(1_000);
//! alice.engine.invite(now, Invite::to("bob").timeout(30).data("video"))?;
//! loop {
//!     alice.poll(now, &mut bob.inbox);
//!     bob.poll(now, &mut alice.inbox);
//!     // Steps 3 and 4: a message, or the time.
//!     if let Some(message) = bob.inbox.pop_front() {
//!         let _ = bob.engine.handle_message(now, &message);
//!     } else if let Some(message) = alice.inbox.pop_front() {
//!         let _ = alice.engine.handle_message(now, &message);
//!     } else if let Wake::At(at, _) = alice.engine.wake() {
//!         now = at;
//!         alice.engine.tick(now);
//!         bob.engine.tick(now);
//!     } else {
//!         break;
//!     }
//! }
//! assert_eq!(bob.told, ["onReceiveNewInvitation", "ended"]);
//! assert_eq!(alice.told, ["onInviteeAccepted", "ended"]);
//! # Ok::<(), convoke::InviteError>(())
//! ```
//!
//! # What the host guarantees
//!
//! - The sender of each message is whom the transport authenticated ([`Inbound::sender`]), never whom the payload names.
//! - A message has the same [`Stamp`] wherever it is seen; an edit has one of its own.
//! - `now` is the wall clock, read once at the start, plus a monotonic clock that goes on while the device sleeps. With a clock that stops
//!   during sleep, an invitation rings too long.
//! - The [`Seed`] is random, and fresh at each sign-in and each restore.
//! - After an absence the host calls [`Engine::begin_catch_up`] before it ticks, and hands in the history. Otherwise the device of an
//!   inviter that slept would time out a call that was answered.
//!
//! # Errors, and who is to blame
//!
//! | whose fault | how it is told |
//! |---|---|
//! | the app's: a bad argument, an operation that is not possible | an error of the operation's own type, with its V2TIM code; nothing was changed |
//! | a peer's: forged, malformed, too much | [`Disposition`]: never an `Err`, nothing was changed |
//! | the service's: it refuses a message | [`Callback::OperationFailed`], with the service's code; the operation is undone |
//! | the configuration's | [`ConfigError`], before there is an engine |
//!
//! The library does not panic.
//!
//! # Calls
//!
//! [`call`] makes calls of invitations, as the published call kits speak them: who rings, who is busy, how long it was. It is a
//! [`layer`]: a machine beside the engine, of the same kind.
//!
//! # Classrooms
//!
//! [`classroom`] makes a class of a group: a teacher asks, students raise hands, and some are given the floor. It is a layer too.
//!
//! # Seats
//!
//! [`seats`] makes a live room of them, as the published kits speak it: who asks for a seat, who lets whom onto one, who sits where.
//!
//! # The words
//!
//! *Inviter*, *invitee*, *observer* (a group member who is not invited), *sending device* (the inviter's device that sent the
//! invite), *settled* (an invitee who has an outcome), *ended* (an invitation whose invitees are all settled), *stamp* (the
//! service's time and id of a message). Marks such as `T5` or `C3` are the rules in
//! [docs/protocol.md](https://docs.rs/crate/convoke/latest/source/docs/protocol.md).
//!
//! # Features
//!
//! None is on by default; the library is `no_std` and needs `alloc`. `arbitrary` makes every input [`Arbitrary`]; `sim` is a
//! simulator to test your app in, with what must always hold as [laws]; `cli` is the `convoke` command. The bodies of the fuzz
//! targets need the first two.
//!
//! [`Arbitrary`]: https://docs.rs/arbitrary
//! [laws]: https://docs.rs/convoke/latest/convoke/sim/enum.Law.html
#![no_std]
#![forbid(unsafe_code)]
#![cfg_attr(docsrs, feature(doc_cfg))]

extern crate alloc;
#[cfg(feature = "arbitrary")]
extern crate std;

mod bytes;
pub mod call;
mod callback;
pub mod classroom;
mod config;
mod disposition;
mod engine;
mod error;
#[doc(hidden)]
#[cfg(all(feature = "arbitrary", feature = "sim"))]
pub mod fuzz;
mod id;
mod input;
#[cfg(feature = "sim")]
mod laws;
pub mod layer;
mod message;
mod name;
mod pairs;
mod protocol;
pub mod seats;
#[cfg(feature = "sim")]
pub mod sim;
mod time;
mod wake;
mod wire;

pub use crate::callback::{Answer, Callback, MissedReason, Operation, Outcome, Output};
pub use crate::config::{Config, Limits, MAX_TIMEOUT, Profile};
pub use crate::disposition::{Disposition, Malformed, Refusal};
pub use crate::engine::{Engine, InvitationView, Snapshot, Stats};
pub use crate::error::{
    AddInvitedError, Ambiguous, AnswerError, BadArgument, CancelError, ConfigError, DismissError, InviteError, Limit,
    ModifyError, RestoreError, Unavailable, UnknownToken,
};
pub use crate::id::{Data, GroupId, InviteId, MessageId, Seed, UserId};
pub use crate::input::{CatchUp, History, Input, Reply, Start};
pub use crate::message::{
    Edit, Inbound, Invite, MessageControl, PushInfo, PushIntent, Pushed, SendResult, Stamp, Token, Transmit,
};
pub use crate::name::{Conversation, InvitationKey, Target};
pub use crate::time::{Millis, ServerTime, Timestamp};
pub use crate::wake::{Wake, WakeReason};
pub use crate::wire::{NotSignaling, SignalingInfo, signaling_info};

/// The README's code is compiled with the tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;

/// So is the host guide's, which ends with the simulator.
#[cfg(all(doctest, feature = "sim"))]
#[doc = include_str!("../docs/host-guide.md")]
struct HostGuide;

/// And the guide's to calls.
#[cfg(doctest)]
#[doc = include_str!("../docs/calls.md")]
struct CallsGuide;

/// And that to classrooms.
#[cfg(doctest)]
#[doc = include_str!("../docs/classroom.md")]
struct ClassroomGuide;

/// And the guide's to seats.
#[cfg(doctest)]
#[doc = include_str!("../docs/seats.md")]
struct SeatsGuide;
