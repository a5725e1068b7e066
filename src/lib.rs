//! Invitation signaling.
#![no_std]

extern crate alloc;
#[cfg(feature = "arbitrary")]
extern crate std;

mod callback;
mod config;
mod engine;
mod error;
mod id;
mod input;
mod message;
mod protocol;
mod time;
mod wake;
mod wire;

pub use crate::callback::{Answer, Callback, MissedReason, Operation, Outcome, Output};
pub use crate::config::{Config, Limits, MAX_TIMEOUT, Profile};
pub use crate::engine::{Engine, InvitationView, Snapshot, Stats};
pub use crate::error::{
    AddInvitedError, Ambiguous, AnswerError, BadArgument, CancelError, ConfigError, DismissError, Disposition,
    InviteError, Limit, Malformed, ModifyError, Refusal, RestoreError, Unavailable, UnknownToken,
};
pub use crate::id::{Conversation, Data, GroupId, InvitationKey, InviteId, MessageId, Seed, Target, UserId};
pub use crate::input::{CatchUp, History, Input, Reply, Start};
pub use crate::message::{
    Edit, Inbound, Invite, MessageControl, PushInfo, PushIntent, Pushed, SendResult, Stamp, Token, Transmit,
};
pub use crate::time::{Millis, ServerTime, Timestamp};
pub use crate::wake::{Wake, WakeReason};
pub use crate::wire::{NotSignaling, SignalingInfo, signaling_info};
