//! What time does to an invitation, and when next (`T4`, `T5`, `C1`). The table:
//!
//! | who | waits for | until |
//! |---|---|---|
//! | a device of a pending invitee | their answer | the deadline |
//! | the sending device | all who are pending | the deadline and the grace |
//! | everybody else | all others who are pending | the deadline and twice the grace |
//! | who sent something | its fate | the deadline and twice the grace, but at least a grace |
//! | everybody, without a timeout | an end | the retention, the inviter a grace later |
//! | everybody, after the end | nothing | the tombstone's life |

use super::invitation::{Invitation, Phase, Role};
use crate::callback::Outcome;
use crate::config::Config;
use crate::time::Timestamp;
use crate::wake::WakeReason;

/// The next moment at which something happens by itself.
pub(crate) fn next(invitation: &Invitation, config: &Config) -> Option<(Timestamp, WakeReason)> {
    let main = match invitation.phase() {
        Phase::Gone => return None,
        // What is in flight has its fate first, which may be the end.
        Phase::Open if invitation.timeout.is_zero() => {
            invitation.under_way.sends().is_empty().then(|| (retention_end(invitation, config), WakeReason::Retention))
        }
        Phase::Open => deadline(invitation, config),
        Phase::Ended(at) | Phase::Dismissed(at) => {
            let forgotten = life_end(invitation, config).max(at + config.tombstone_life);
            Some((forgotten, WakeReason::Housekeeping))
        }
    };
    let retry = invitation.under_way.retry().map(|retry| (retry.at, WakeReason::Retry));
    let fate = invitation.under_way.sends().iter().map(|send| (send.expires, WakeReason::SendExpiry)).min();
    [main, retry, fate].into_iter().flatten().min()
}

fn deadline(invitation: &Invitation, config: &Config) -> Option<(Timestamp, WakeReason)> {
    let end = invitation.deadline;
    let i_am_pending = invitation.me().is_some_and(|me| invitation.outcome(me) == Outcome::Pending);
    match invitation.role {
        Role::Invitee(_) if i_am_pending => Some((end, WakeReason::InviteeDeadline)),
        // Of a pushed group invitation the other invitees are not known before its message comes.
        _ if invitation.pending_count() == 0 => {
            invitation.is_settled().then_some((end + config.grace.times(2), WakeReason::Presumption))
        }
        Role::Sender => Some((end + config.grace, WakeReason::InviterDeadline)),
        Role::Inviter | Role::Invitee(_) | Role::Observer => {
            Some((end + config.grace.times(2), WakeReason::Presumption))
        }
    }
}

fn retention_end(invitation: &Invitation, config: &Config) -> Timestamp {
    if invitation.is_mine() { invitation.deadline + config.grace } else { invitation.deadline }
}

/// When nobody can say anything new of it any more (`R5`).
pub(crate) fn life_end(invitation: &Invitation, config: &Config) -> Timestamp {
    invitation.deadline + config.grace.times(3)
}

/// When a send made then counts as of unknown fate (`O7`).
pub(crate) fn send_expiry(deadline: Timestamp, config: &Config, since: Timestamp) -> Timestamp {
    (deadline + config.grace.times(2)).max(since + config.grace)
}
