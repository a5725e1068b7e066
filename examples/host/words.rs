//! What an engine and its calls tell the app, in words.

use convoke::call::{CallRecord, CallRole};
use convoke::{Callback, Data, InvitationKey, MissedReason, Outcome, UserId};

/// One line for each callback.
pub(crate) fn of(callback: &Callback) -> String {
    let line = match callback {
        Callback::NewInvitation { invitation, invitees, data, .. } => self::invitation(invitation, invitees, data),
        Callback::InviteeAccepted { invitee, elsewhere, .. } => format!("{invitee} accepted{}", where_else(*elsewhere)),
        Callback::InviteeRejected { invitee, elsewhere, .. } => format!("{invitee} rejected{}", where_else(*elsewhere)),
        Callback::InvitationCancelled { invitation, elsewhere, .. } => {
            format!("{} cancelled{}", invitation.inviter(), where_else(*elsewhere))
        }
        Callback::InvitationTimeout { invitees, .. } => format!("no answer from {}", names(invitees)),
        Callback::InvitationModified { invitation, data, .. } => {
            format!("{} changed it: {}", invitation.inviter(), data.as_str())
        }
        Callback::InviteeLeft { invitee, .. } => format!("{invitee} left the group"),
        Callback::Missed { invitation, reason, .. } => {
            format!("missed: {} had invited you{}, but {}", invitation.inviter(), place(invitation), why(*reason))
        }
        Callback::LateAnswer { invitee, .. } => format!("{invitee} accepted, too late"),
        Callback::AnsweredElsewhere { with, .. } => format!("answered on another device: {with}"),
        Callback::OperationFailed { operation, code, .. } => {
            format!("it failed to {operation}: the service said {code}")
        }
        Callback::Ended { outcomes, .. } => {
            let each = outcomes.iter().map(|(user, outcome)| {
                if *outcome == Outcome::Cancelled {
                    format!("cancelled for {user}")
                } else {
                    format!("{user} {outcome}")
                }
            });
            format!("ended: {}", each.collect::<Vec<_>>().join(", "))
        }
        _ => callback.name().into(),
    };
    match callback.revises() {
        Some(before) => format!("{line}; before: {before}"),
        None => line,
    }
}

pub(crate) fn invitation(name: &InvitationKey, invitees: &[UserId], data: &Data) -> String {
    format!("{} invites {}{}: {}", name.inviter(), names(invitees), place(name), data.as_str())
}

/// A line of the call log: `12:34 UTC, called bob, audio, 0:42, hung up by alice`.
pub(crate) fn log_entry(call: &CallRecord) -> String {
    let minute = call.started.as_millis().div_euclid(60_000);
    let (hour, minute) = (minute.div_euclid(60).rem_euclid(24), minute.rem_euclid(60));
    let kind = match call.role {
        CallRole::Caller => "called",
        CallRole::Callee if call.is_missed => "missed",
        CallRole::Callee => "was called by",
        CallRole::Joiner => "joined",
    };
    let length = call.duration.map_or_else(String::new, |duration| {
        let seconds = duration.as_secs();
        format!(", {}:{:02}", seconds / 60, seconds % 60)
    });
    let (with, media, reason) = (names(&call.with), call.media, &call.reason);
    format!("{hour:02}:{minute:02} UTC, {kind} {with}, {media}{length}, {reason}")
}

fn place(invitation: &InvitationKey) -> String {
    invitation.conversation().group().map_or_else(String::new, |group| format!(" in {group}"))
}

pub(crate) fn names(users: &[UserId]) -> String {
    users.iter().map(UserId::as_str).collect::<Vec<_>>().join(", ")
}

fn where_else(elsewhere: bool) -> &'static str {
    if elsewhere { " on another device" } else { "" }
}

fn why(reason: MissedReason) -> &'static str {
    match reason {
        MissedReason::Cancelled => "cancelled it",
        MissedReason::TimedOut => "the time was up",
        MissedReason::TooLittleTime => "hardly any time was left",
        _ => "it is over",
    }
}
