//! The laws of what is put out, by what the engine then knows of it.

use alloc::format;

use super::{Law, Ruling};
use crate::callback::{Callback, Outcome, Output};
use crate::engine::Engine;

/// A law of what is put out, and how it is asked.
pub(crate) type OutputLaw = (Law, fn(&Output, &Engine) -> Ruling);

pub(crate) const OF_AN_OUTPUT: &[OutputLaw] = &[
    (Law::OnlineOnlyStaysSo, online_only_stays_so),
    (Law::EndlessNeverTimesOut, endless_never_times_out),
    (Law::RingsInTime, rings_in_time),
];

fn online_only_stays_so(output: &Output, engine: &Engine) -> Ruling {
    let Output::Transmit(sent) = output else { return Ok(false) };
    let Some(invitation) = engine.invitation(&sent.invitation) else { return Ok(false) };
    if invitation.is_online_user_only() == sent.online_user_only {
        Ok(sent.online_user_only)
    } else {
        Err(format!("{:?}: {}", sent.online_user_only, sent.payload))
    }
}

fn endless_never_times_out(output: &Output, engine: &Engine) -> Ruling {
    let Output::Callback(callback) = output else { return Ok(false) };
    let Some(invitation) = engine.invitation(callback.invitation()) else { return Ok(false) };
    let is_endless = invitation.deadline().is_none();
    if is_endless && matches!(callback, Callback::InvitationTimeout { .. }) {
        return Err(format!("{callback:?}"));
    }
    Ok(is_endless)
}

fn rings_in_time(output: &Output, engine: &Engine) -> Ruling {
    let Output::Callback(ring @ Callback::NewInvitation { invitation: key, .. }) = output else { return Ok(false) };
    let Some(invitation) = engine.invitation(key) else { return Ok(false) };
    let is_asked = match invitation.outcome_of(engine.user().as_str()) {
        Some(mine) => mine == Outcome::Pending,
        None => invitation.outcomes().any(|(_, outcome)| outcome == Outcome::Pending),
    };
    if is_asked && key.inviter() != engine.user() { Ok(true) } else { Err(format!("{ring:?}")) }
}
