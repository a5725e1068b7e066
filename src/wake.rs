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

/// Why the engine wants to be called. If several things are due for one invitation at the same moment, they are done in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum WakeReason {
    /// The signed-in user's own time to answer is up.
    InviteeDeadline,
    /// One grace after the deadline: the device that sent the invite times out those who have not answered.
    InviterDeadline,
    /// Two graces after the deadline: any other device, an invitee's too, presumes that the others who have not answered will not (`C1`).
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
