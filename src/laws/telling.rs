//! The laws of what is told and said.

use alloc::format;
use alloc::string::String;
use core::slice::from_ref;

use super::ledger::Entry;
use super::{Law, Ruling};
use crate::callback::{Callback, Outcome};
use crate::config::Limits;
use crate::engine::Engine;
use crate::id::UserId;
use crate::message::{Inbound, Transmit};
use crate::name::InvitationKey;
use crate::wire::{SignalingInfo, signaling_info};

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

/// What has ended stays so.
pub(crate) fn ended_for_good(entry: &Entry, engine: &Engine, key: &InvitationKey) -> Ruling {
    let invitation = engine.invitation(key).filter(|_| entry.has_ended);
    match invitation.and_then(|one| one.outcomes().find(|(_, outcome)| *outcome == Outcome::Pending)) {
        Some((user, _)) => Err(format!("{key:?}: it has ended, and {user} is pending")),
        None => Ok(entry.has_ended),
    }
}

/// A message that an engine sends, and what it has sent and told of the invitation before.
pub(crate) struct Saying<'a> {
    me: &'a UserId,
    sent: &'a Transmit,
    told: Option<&'a Entry>,
    info: SignalingInfo,
}

/// A law of what is said, and how it is asked.
pub(crate) type SayingLaw = (Law, fn(&Saying<'_>) -> Ruling);

pub(crate) const OF_A_SAYING: &[SayingLaw] = &[
    (Law::SpeaksForItself, speaks_for_itself),
    (Law::ListsThePending, lists_the_pending),
    (Law::SenderTimesOut, sender_times_out),
];

impl<'a> Saying<'a> {
    pub(crate) fn new(me: &'a UserId, sent: &'a Transmit, told: Option<&'a Entry>) -> Result<Self, String> {
        let message = Inbound::new(me, sent.conversation.clone(), sent.payload.clone());
        let limits = Limits { payload_bytes: u32::MAX, ..Default::default() };
        let info = signaling_info(&message, &limits).map_err(|why| format!("{why}: {}", sent.payload))?;
        Ok(Self { me, sent, told, info })
    }

    pub(crate) fn is_invite(&self) -> bool {
        self.info.action_type == 1
    }
}

fn speaks_for_itself(saying: &Saying<'_>) -> Ruling {
    let Saying { me, sent, info, .. } = saying;
    let key = &sent.invitation;
    let names = (&info.invite_id, &info.inviter) == (key.invite_id(), key.inviter())
        && key.conversation().group().map_or("", |group| group.as_str()) == info.group_id.as_str()
        && sent.conversation == *key.conversation();
    let is_mine = info.inviter == **me;
    let is_as_inviter = is_mine && matches!(info.action_type, 1 | 2 | 5);
    let is_about_me = !is_mine && matches!(info.action_type, 3..=5) && info.invitee_list == [UserId::clone(me)];
    if names && (is_as_inviter || is_about_me) { Ok(true) } else { Err(sent.payload.clone()) }
}

fn lists_the_pending(saying: &Saying<'_>) -> Ruling {
    let Saying { me, sent, told, info } = saying;
    let (true, 2 | 5, Some(told)) = (info.inviter == **me, info.action_type, told) else { return Ok(false) };
    let has_answered =
        |user: &&UserId| matches!(told.outcome_of(user), Some(Outcome::Accepted | Outcome::Rejected | Outcome::Left));
    match info.invitee_list.iter().find(has_answered) {
        Some(user) => Err(format!("{user} was {:?} before: {}", told.outcome_of(user), sent.payload)),
        None => Ok(true),
    }
}

fn sender_times_out(saying: &Saying<'_>) -> Ruling {
    let Saying { me, sent, told, info } = saying;
    if info.inviter != **me || info.action_type != 5 {
        return Ok(false);
    }
    if told.is_some_and(|entry| entry.is_sent) { Ok(true) } else { Err(sent.payload.clone()) }
}
