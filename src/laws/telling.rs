//! The laws of what is told and said.

use alloc::format;
use core::slice::from_ref;

use super::ledger::Entry;
use super::{Law, Ruling};
use crate::callback::{Callback, Outcome};
use crate::config::Limits;
use crate::engine::Engine;
use crate::id::UserId;
use crate::message::{Inbound, Transmit};
use crate::name::InvitationKey;
use crate::wire::signaling_info;

/// Something that an app is told, and what it was told of the invitation before.
pub(crate) struct Telling<'a> {
    pub(crate) callback: &'a Callback,
    pub(crate) told: Option<&'a Entry>,
}

/// A law of what is told, and how it is asked.
pub(crate) type TellingLaw = (Law, fn(&Telling<'_>) -> Ruling);

pub(crate) const OF_A_TELLING: &[TellingLaw] =
    &[(Law::RingsOnce, rings_once), (Law::ToldOnce, told_once), (Law::EndsOnce, ends_once)];

fn rings_once(telling: &Telling<'_>) -> Ruling {
    let opens = matches!(telling.callback, Callback::NewInvitation { .. } | Callback::Missed { .. });
    if opens && telling.told.is_some_and(|entry| !entry.may_come_anew) {
        Err(format!("told before: {:?}", telling.callback))
    } else {
        Ok(opens)
    }
}

fn told_once(telling: &Telling<'_>) -> Ruling {
    let Some((invitees, outcome)) = verdict(telling.callback) else { return Ok(false) };
    let revises = telling.callback.revises();
    let is_yes = |outcome| outcome == Outcome::Accepted;
    if revises.is_some_and(|before| is_yes(before) == is_yes(outcome)) {
        return Err(format!("it revises nothing: {:?}", telling.callback));
    }
    let told = |invitee| telling.told.and_then(|entry| entry.outcome_of(invitee));
    match invitees.iter().find(|invitee| told(invitee).is_some_and(|told| revises != Some(told))) {
        Some(invitee) => Err(format!("{invitee} was {:?} before: {:?}", told(invitee), telling.callback)),
        None => Ok(true),
    }
}

fn ends_once(telling: &Telling<'_>) -> Ruling {
    let has_ended = telling.told.is_some_and(|entry| entry.has_ended);
    if let Callback::Ended { outcomes, .. } = telling.callback {
        let is_unsettled = outcomes.iter().any(|(_, outcome)| *outcome == Outcome::Pending);
        return if has_ended || is_unsettled { Err(format!("{:?}", telling.callback)) } else { Ok(true) };
    }
    let is_news =
        verdict(telling.callback).is_some() || matches!(telling.callback, Callback::InvitationModified { .. });
    // What another said while an operation was in flight is told when that is undone, also after the end (`O7`).
    let is_excused = telling.callback.revises().is_some() || telling.told.is_some_and(|entry| entry.has_failed);
    if has_ended && is_news && !is_excused { Err(format!("{:?}", telling.callback)) } else { Ok(has_ended) }
}

/// Of whom a callback says what.
pub(crate) fn verdict(callback: &Callback) -> Option<(&[UserId], Outcome)> {
    Some(match callback {
        Callback::InviteeAccepted { invitee, .. } => (from_ref(invitee), Outcome::Accepted),
        Callback::InviteeRejected { invitee, .. } => (from_ref(invitee), Outcome::Rejected),
        Callback::InviteeLeft { invitee, .. } => (from_ref(invitee), Outcome::Left),
        Callback::InvitationCancelled { invitees, .. } => (invitees, Outcome::Cancelled),
        Callback::InvitationTimeout { invitees, .. } => (invitees, Outcome::TimedOut),
        Callback::NewInvitation { .. }
        | Callback::InvitationModified { .. }
        | Callback::Missed { .. }
        | Callback::LateAnswer { .. }
        | Callback::AnsweredElsewhere { .. }
        | Callback::OperationFailed { .. }
        | Callback::Ended { .. } => return None,
    })
}

/// What the app was told last, and what it can read.
pub(crate) fn told_true(entry: &Entry, engine: &Engine, key: &InvitationKey) -> Ruling {
    let Some(invitation) = engine.invitation(key) else { return Ok(false) };
    for (user, told) in entry.told() {
        let outcome = invitation.outcome_of(user.as_str());
        if (outcome == Some(Outcome::Accepted)) != (told == Outcome::Accepted) {
            return Err(format!("{key:?}: {user} was told {told:?} and is {outcome:?}"));
        }
    }
    Ok(true)
}

/// A message that an engine sends.
pub(crate) fn speaks_for_itself(me: &UserId, sent: &Transmit) -> Ruling {
    let message = Inbound::new(me, sent.conversation.clone(), sent.payload.clone());
    let limits = Limits { payload_bytes: u32::MAX, ..Default::default() };
    let info = signaling_info(&message, &limits).map_err(|why| format!("{why}: {}", sent.payload))?;
    let key = &sent.invitation;
    let names = (&info.invite_id, &info.inviter) == (key.invite_id(), key.inviter())
        && key.conversation().group().map_or("", |group| group.as_str()) == info.group_id.as_str();
    let is_mine = info.inviter == *me;
    let is_as_inviter = is_mine && matches!(info.action_type, 1 | 2 | 5);
    let is_about_me = !is_mine && matches!(info.action_type, 3..=5) && info.invitee_list == [me.clone()];
    if names && (is_as_inviter || is_about_me) { Ok(true) } else { Err(sent.payload.clone()) }
}
