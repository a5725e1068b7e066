//! The laws of a call.

use alloc::format;
use alloc::vec::Vec;

use super::operation::operations_are_judged_right;
use super::state::drain;
use super::{Law, Ruling};
use crate::config::Config;
use crate::disposition::Disposition;
use crate::engine::Engine;
use crate::id::UserId;
use crate::input::{CatchUp, Input, Reply};
use crate::message::{Inbound, SendResult, Token};
use crate::name::{Conversation, InvitationKey};
use crate::time::Timestamp;
use crate::wake::Wake;
use crate::wire::{SignalingInfo, signaling_info};

/// A call of an engine.
pub(crate) struct Call<'a> {
    pub(crate) config: &'a Config,
    pub(crate) now: Timestamp,
    pub(crate) input: &'a Input,
    pub(crate) reply: &'a Reply,
    /// With all done that was due by then.
    pub(crate) before: &'a Engine,
    pub(crate) after: &'a Engine,
}

/// A law of a call, and how it is asked.
pub(crate) type CallLaw = (Law, fn(&Call<'_>) -> Ruling);

pub(crate) const OF_A_CALL: &[CallLaw] = &[
    (Law::FailureChangesNothing, failure_changes_nothing),
    (Law::RefusalChangesNothing, refusal_changes_nothing),
    (Law::OperationsAreJudgedRight, operations_are_judged_right),
    (Law::DuplicateChangesNothing, duplicate_changes_nothing),
    (Law::StrangersArePowerless, strangers_are_powerless),
    (Law::RefusedWasNever, refused_was_never),
    (Law::CatchUpWaits, catch_up_waits),
    (Law::BatchHasNoOrder, batch_has_no_order),
];

/// Those that take long to ask.
pub(crate) const OF_A_CALL_AT_TIMES: &[CallLaw] = &[(Law::DueComesFirst, due_comes_first)];

fn failure_changes_nothing(call: &Call<'_>) -> Ruling {
    let is_failure = call.reply.error_code().is_some()
        || matches!(call.reply, Reply::SendResult(Err(_)) | Reply::CatchUp(CatchUp::Backlog));
    if is_failure && call.before != call.after {
        return Err(format!("{:?} of {:?} has changed something", call.reply, call.input));
    }
    Ok(is_failure)
}

fn refusal_changes_nothing(call: &Call<'_>) -> Ruling {
    let Reply::Disposition(disposition) = call.reply else { return Ok(false) };
    let is_silent = match disposition {
        Disposition::Applied | Disposition::Buffered => return Ok(false),
        Disposition::Stale => call.after.stats().outputs == call.before.stats().outputs,
        Disposition::Duplicate
        | Disposition::Ignored
        | Disposition::NotSignaling
        | Disposition::Refused(_)
        | Disposition::Malformed(_)
        | Disposition::Backlog => call.after == call.before,
    };
    if is_silent { Ok(true) } else { Err(format!("{disposition:?}, and it changed something: {:?}", call.input)) }
}

fn duplicate_changes_nothing(call: &Call<'_>) -> Ruling {
    let (Input::Message(message) | Input::Edit(message)) = call.input else { return Ok(false) };
    // Of what was only kept until one's own word is seen, and is forgotten with it, the second copy comes early.
    if message.sender == *call.before.user() && call.after.stats().kept < call.before.stats().kept {
        return Ok(false);
    }
    let mut again = call.after.clone();
    let second = again.handle(call.now, call.input.clone());
    if again == *call.after { Ok(true) } else { Err(format!("{:?}, then {second:?}, of {:?}", call.reply, call.input)) }
}

fn strangers_are_powerless(call: &Call<'_>) -> Ruling {
    let (Input::Message(message) | Input::Edit(message)) = call.input else { return Ok(false) };
    let Ok(info) = signaling_info(message, &call.config.limits) else { return Ok(false) };
    let is_edit = matches!(call.input, Input::Edit(_));
    if may_say(call.before, message, &info, is_edit) {
        return Ok(false);
    }
    if call.before == call.after { Ok(true) } else { Err(format!("{:?} was heard: {message:?}", call.reply)) }
}

/// The rule once more, from its text: the sender is whom the transport names.
fn may_say(engine: &Engine, message: &Inbound, info: &SignalingInfo, is_edit: bool) -> bool {
    let (me, sender) = (engine.user(), &message.sender);
    let is_inviter = *sender == info.inviter || (is_edit && info.inviter.is_empty());
    let inviter = if is_edit { sender } else { &info.inviter };
    let is_here = match &message.conversation {
        Conversation::Group(group) => is_edit || *group == info.group_id,
        Conversation::C2c(peer) => [me, peer].contains(&sender) && [me, peer].contains(&inviter),
    };
    let key = InvitationKey::new(inviter.clone(), info.invite_id.clone(), message.conversation.clone());
    let known = engine.invitation(&key);
    // Of a pushed invitation only oneself is known to be invited.
    let is_invitee = known
        .is_none_or(|known| known.outcome_of(sender.as_str()).is_some() || *known.invitees() == [UserId::clone(me)]);
    let may = match (is_edit, info.action_type) {
        (true, _) | (false, 1 | 2) => is_inviter,
        (false, 3 | 4) => !is_inviter && is_invitee,
        (false, 5) => is_inviter || is_invitee,
        (false, _) => false,
    };
    is_here && may
}

/// What if the service refuses it at once.
fn refused_was_never(call: &Call<'_>) -> Ruling {
    let (Reply::Invite(Ok(_)) | Reply::Cancel(Ok(())) | Reply::Answer(Ok(())) | Reply::Modify(Ok(()))) = call.reply
    else {
        return Ok(false);
    };
    let is_new = |(token, _): &(Token, _)| call.before.sends_in_flight().all(|(other, _)| other != *token);
    let Some((token, key)) = call.after.sends_in_flight().find(is_new) else { return Ok(false) };
    let mut refused = call.after.clone();
    let result = refused.handle_send_result(call.now, token, SendResult::Refused { code: 1 });
    let known = |engine: &Engine| {
        let invitation = engine.invitation(key)?;
        let outcomes: Vec<_> = invitation.outcomes().map(|(_, outcome)| outcome).collect();
        Some((outcomes, invitation.data().clone(), invitation.is_open()))
    };
    if result.is_ok() && known(&refused) == known(call.before) {
        Ok(true)
    } else {
        Err(format!("{:?} was refused, and something is left of it: {:?}", call.input, refused.invitation(key)))
    }
}

/// The same call once more, at the moment of the next deadline.
fn due_comes_first(call: &Call<'_>) -> Ruling {
    let mut late = call.before.clone();
    drain(&mut late);
    let Wake::At(at, reason) = late.wake() else { return Ok(false) };
    if matches!(call.input, Input::BeginCatchUp | Input::History(..)) {
        return Ok(false);
    }
    let mut ticked = late.clone();
    ticked.tick(at);
    let replies = (late.handle(at, call.input.clone()), ticked.handle(at, call.input.clone()));
    if replies.0 == replies.1 && late == ticked {
        Ok(true)
    } else {
        Err(format!("{reason:?} at {at:?} comes after {:?}: {replies:?}", call.input))
    }
}

fn catch_up_waits(call: &Call<'_>) -> Ruling {
    if *call.input != Input::BeginCatchUp {
        return Ok(false);
    }
    let mut waiting = call.after.clone();
    waiting.tick(Timestamp::from_millis(i64::MAX));
    if call.before.stats() == waiting.stats() { Ok(true) } else { Err(format!("at {:?}: {waiting:?}", call.now)) }
}

/// Where each message has a stamp of its own.
fn batch_has_no_order(call: &Call<'_>) -> Ruling {
    let Input::History(history, messages) = call.input else { return Ok(false) };
    let has_own_stamp = |message: &Inbound| {
        let others = messages.iter().filter(|other| other.stamp == message.stamp);
        message.stamp.is_some() && others.count() == 1
    };
    if messages.len() < 2 || !messages.iter().all(has_own_stamp) {
        return Ok(false);
    }
    let mut reversed = call.before.clone();
    let backwards: Vec<Inbound> = messages.iter().rev().cloned().collect();
    let _caught_up = reversed.handle_history(call.now, history, &backwards);
    if reversed == *call.after { Ok(true) } else { Err(format!("{messages:?}")) }
}
