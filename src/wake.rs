//! What an engine waits for.

use serde::{Deserialize, Serialize};

use crate::time::Timestamp;

/// What the engine waits for (`T3`). [`Engine::wake`](crate::Engine::wake) tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[expect(clippy::exhaustive_enums, reason = "a host must handle every case")]
pub enum Wake {
    /// Outputs wait: poll them.
    Poll,
    /// Call [`Engine::tick`](crate::Engine::tick) at this moment, and not before: then something happens.
    At(Timestamp, WakeReason),
    /// Nothing happens by itself.
    Never,
}

/// Why the engine wants to be called. Of one invitation, what is due at one moment is done in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum WakeReason {
    /// The signed-in user's own time to answer is up.
    InviteeDeadline,
    /// The inviter has waited a grace longer than that.
    InviterDeadline,
    /// Everybody else, an invitee about the other ones too, has waited twice the grace, and presumes that no answer comes.
    Presumption,
    /// A send whose fate nobody told counts as sent.
    SendExpiry,
    /// A time-out that the service refused is sent again.
    Retry,
    /// An invitation without a timeout has reached the end of its life.
    Retention,
    /// Something is due in a [`layer`](crate::layer).
    Layer,
    /// Something ended long ago is forgotten. Nothing is told; a host may be late with it as it likes.
    Housekeeping,
}
