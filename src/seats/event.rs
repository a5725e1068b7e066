//! What the layer tells the app, and asks of its store.

use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::board::Seat;
use super::request::{Request, WhyOver};
use super::wish::{WhyNot, Wish};
use crate::id::UserId;
use crate::name::InvitationKey;

/// Something the app should know or do.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum SeatEvent {
    /// Read all attributes of the group, and hand them in: [`handle_attributes`](super::Seats::handle_attributes) (`M1`).
    Read,
    /// Set these attributes of the group, if they are still of this version, all or none, and tell what became of it:
    /// [`handle_write_result`](super::Seats::handle_write_result) (`M1`).
    Write {
        /// Names this write.
        ticket: Ticket,
        /// The version of the attributes on which it rests.
        version: u64,
        /// Names and values.
        changes: Vec<(String, String)>,
    },
    /// A seat has changed.
    #[non_exhaustive]
    Changed {
        /// Which.
        seat: u32,
        /// How it is.
        now: Seat,
    },
    /// Somebody asks for a seat (`M2`), or asks the user onto one (`M3`): [`decide`](super::Seats::decide).
    #[non_exhaustive]
    Asked {
        /// What is asked.
        request: Request,
    },
    /// Somebody has decided, and nobody else is to. It can come again, where an earlier decision turns up, or one
    /// does not stand.
    #[non_exhaustive]
    Decided {
        /// What was asked.
        request: Request,
        /// Who decided.
        by: UserId,
        /// How.
        is_accepted: bool,
    },
    /// Nobody decided, and nobody is to any more.
    #[non_exhaustive]
    Over {
        /// What was asked.
        request: Request,
        /// Why.
        why: WhyOver,
    },
    /// The service refused the user's decision, which is undone.
    #[non_exhaustive]
    NotSent {
        /// On what.
        request: InvitationKey,
        /// The service's code.
        code: i32,
    },
    /// A change of the seats was not made: one that this device was to write, or the seat whose invitation the user has accepted.
    #[non_exhaustive]
    NotDone {
        /// What was to be done.
        wish: Wish,
        /// Why it was not.
        why: WhyNot,
    },
}

/// Names a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Ticket(pub(super) u32);

/// What became of a write (`M1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_enums, reason = "a host must be able to tell every fate there is")]
pub enum WriteResult {
    /// All was set, and the attributes have this version now.
    Written {
        /// The version after it.
        version: u64,
    },
    /// The attributes are of another version by now (V2TIM's 10056): nothing was set.
    Conflict,
    /// The store refused it: nothing was set.
    Failed {
        /// The store's code.
        code: i32,
    },
    /// Nobody knows, such as when the connection was lost.
    Unknown,
}
