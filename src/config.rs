//! Settings and limits, with their defaults.

use serde::{Deserialize, Serialize};

use crate::error::ConfigError;
use crate::id::UserId;
use crate::time::Millis;

/// The longest timeout of an invitation: a day. A longer one in a message counts as this (`W7`).
pub const MAX_TIMEOUT: Millis = Millis::from_secs(86_400);

/// The settings of an engine. Many engines can share one. As serde data, times are in milliseconds, and what is missing has its
/// default.
///
/// ```
/// use convoke::{Config, Millis, Profile};
/// let mut config = Config::default();
/// config.profile = Profile::Web;
/// config.min_ring = Millis::from_secs(2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// Which callbacks are emitted (`R2`).
    pub profile: Profile,
    /// How long after the deadline the device that sent the invite waits for the invitees' own time-outs. Other devices wait twice as long
    /// for others' answers, and then presume that none comes (`T5`, `C1`). Default 5 s.
    pub grace: Millis,
    /// The life of an unanswered invitation without a timeout (`T4`). Default 24 h.
    pub retention: Millis,
    /// An invitation with less time left than this does not ring (`T8`). Default 0.
    pub min_ring: Millis,
    /// How long an ended invitation is remembered: for this long after its end, and at least until three graces after its deadline. Where
    /// the limits need the room, it is forgotten earlier (`R5`, `W9`).
    ///
    /// The same length has two more uses. A message that comes before its invitation is kept for this long after the last such message
    /// (`R6`). An invite whose stamp is older than the newest stamp by more than this does not ring (`T7`). Default 10 min.
    pub tombstone_life: Millis,
    /// How old a group's invitation may be to count at a cold start (`A1`). Default 30 s.
    pub cold_group_window: Millis,
    /// Whether the host can tell the fate of its sends (`O7`). Default true. If not, each counts as sent at once.
    pub fates_are_told: bool,
    /// What is bounded, and by how much (`W9`).
    pub limits: Limits,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            profile: Profile::Default,
            grace: Millis::from_secs(5),
            retention: Millis::from_secs(86_400),
            min_ring: Millis::ZERO,
            tombstone_life: Millis::from_secs(600),
            cold_group_window: Millis::from_secs(30),
            fates_are_told: true,
            limits: Limits::default(),
        }
    }
}

/// Which callbacks are emitted. State never depends on it (`R2`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum Profile {
    /// As documented: in a group every member is called back for everything.
    #[default]
    Default,
    /// As the vendor's web module does: observers get no callbacks, and after the user's own reject only revisions follow. Not for
    /// [`seats`](crate::seats), which need the callbacks about requests between others. With it, [`call`](crate::call) tells of no call
    /// in a group to which the user is not called (`K2`).
    Web,
}

/// Bounds of everything that grows (`W9`). What peers can fill is bounded for each sender and overall. Of `open`, `kept` and `early`,
/// strangers fill at most three quarters, and all peers together, strangers included, at most seven eighths; the rest is kept for the
/// user. A stranger is a peer whom the user has not invited alone, and of whom the user has accepted no invitation, as far as the engine
/// remembers.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct Limits {
    /// Bytes of a signaling payload, in and out. Default 12 KiB.
    pub payload_bytes: u32,
    /// Bytes of an inviteID. Default 128.
    pub invite_id_bytes: u32,
    /// Bytes of a user id. Default 128; V2TIM 32.
    pub user_id_bytes: u32,
    /// Bytes of a group id. Default 128; V2TIM 48.
    pub group_id_bytes: u32,
    /// Invitees of an invitation. Default 1,000.
    pub invitees: u32,
    /// Open invitations, one's own included. Default 1,000.
    pub open: u32,
    /// Open invitations of one other inviter. Default 100.
    pub open_per_sender: u32,
    /// Invitations kept, open and ended. Default 4,000.
    pub kept: u32,
    /// Invitations of one other inviter kept, open and ended. Default 400.
    pub kept_per_sender: u32,
    /// Facts kept for invitations that have not come (`R6`). Default 1,000.
    pub early: u32,
    /// Such facts of one sender. Default 100.
    pub early_per_sender: u32,
    /// Outputs that wait to be polled before new inputs are refused. Default 10,000.
    pub outputs: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            payload_bytes: 12 * 1_024,
            invite_id_bytes: 128,
            user_id_bytes: 128,
            group_id_bytes: 128,
            invitees: 1_000,
            open: 1_000,
            open_per_sender: 100,
            kept: 4_000,
            kept_per_sender: 400,
            early: 1_000,
            early_per_sender: 100,
            outputs: 10_000,
        }
    }
}

impl Limits {
    /// The defaults with the id lengths of V2TIM: 32 bytes for a user, 48 for a group.
    #[must_use]
    pub fn v2tim() -> Self {
        Self { user_id_bytes: 32, group_id_bytes: 48, ..Self::default() }
    }
}

/// The ids that the engine makes are UUIDs (`O8`).
const OWN_ID_BYTES: u32 = 36;

const LONGEST: Millis = Millis::from_secs(30 * 86_400);

impl Config {
    /// How long an invitation lives that has this timeout, or none (`T4`).
    pub(crate) fn life(&self, timeout: Millis) -> Millis {
        if timeout.is_zero() { self.retention } else { timeout }
    }

    pub(crate) fn validate(&self, me: &UserId) -> Result<(), ConfigError> {
        let limits = &self.limits;
        if me.is_empty() || exceeds(me.as_str().len(), limits.user_id_bytes) {
            return Err(ConfigError::UserId);
        }
        for (name, value) in [
            ("payload_bytes", limits.payload_bytes),
            ("invite_id_bytes", limits.invite_id_bytes),
            ("user_id_bytes", limits.user_id_bytes),
            ("group_id_bytes", limits.group_id_bytes),
            ("invitees", limits.invitees),
            ("open", limits.open),
            ("kept", limits.kept),
            ("outputs", limits.outputs),
        ] {
            if value == 0 {
                return Err(ConfigError::ZeroLimit(name));
            }
        }
        for (name, one, all) in [
            ("open_per_sender", limits.open_per_sender, limits.open),
            ("kept_per_sender", limits.kept_per_sender, limits.kept),
            ("early_per_sender", limits.early_per_sender, limits.early),
        ] {
            if one > all {
                return Err(ConfigError::PerSender(name));
            }
        }
        if limits.invite_id_bytes < OWN_ID_BYTES {
            return Err(ConfigError::OwnIds);
        }
        if limits.kept < limits.open {
            return Err(ConfigError::KeptBelowOpen);
        }
        for (name, time) in [
            ("grace", self.grace),
            ("retention", self.retention),
            ("min_ring", self.min_ring),
            ("tombstone_life", self.tombstone_life),
            ("cold_group_window", self.cold_group_window),
        ] {
            if time > LONGEST {
                return Err(ConfigError::TooLong(name));
            }
        }
        Ok(())
    }
}

/// Whether a length exceeds a limit.
pub(crate) fn exceeds(length: usize, limit: u32) -> bool {
    u32::try_from(length).map_or(true, |length| length > limit)
}
