//! The laws of the end of all calls.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::super::{Law, Party, PartyLaw, Ruling};
use super::is_of_a_call;
use crate::call::{CallRecord, CallRole, CallView, Calls, EndReason, RoomId, State};
use crate::engine::Engine;
use crate::id::UserId;
use crate::layer::Layer as _;
use crate::wake::Wake;

/// A device with calls, in the end.
pub(crate) struct Phone<'a> {
    pub(crate) name: &'a str,
    pub(crate) engine: &'a Engine,
    pub(crate) calls: &'a Calls,
    /// The other users who are in the room of its call.
    pub(crate) company: BTreeSet<&'a str>,
    /// Its user, if they have no other device and nothing has been kept from it.
    pub(crate) undisturbed: Option<&'a str>,
}

/// A call that ended.
#[derive(Clone, Copy)]
pub(crate) struct Recorded<'a> {
    pub(crate) user: &'a str,
    pub(crate) record: &'a CallRecord,
    /// When the app was told, in virtual ms.
    pub(crate) t: i64,
    /// The user has no other device, and nothing has kept anything from it until then.
    pub(crate) is_undisturbed: bool,
    /// The user has no other device, and it remembers all that they did.
    pub(crate) is_alone: bool,
}

/// All who had calls, in the end.
#[derive(Default)]
pub(crate) struct Parting<'a> {
    pub(crate) phones: Vec<Phone<'a>>,
    pub(crate) records: Vec<Recorded<'a>>,
    /// Every message arrives, in this time, and there is room for it.
    pub(crate) is_sound: bool,
    pub(crate) latency_ms: i64,
    /// Whose invitations are as they like.
    pub(crate) hostile: &'a str,
    /// Who is not called hears nothing of it.
    pub(crate) observers_are_told: bool,
}

/// While calls may go on.
pub(crate) const OF_CALLS_SETTLED: &[PartyLaw] =
    &[(Law::CallsComeToAnEnd, none_is_stuck), (Law::NobodyIsConnectedAlone, nobody_is_connected_alone)];

/// When everybody has hung up.
pub(crate) const OF_CALLS_HUNG_UP: &[PartyLaw] = &[
    (Law::CallsComeToAnEnd, all_is_idle),
    (Law::NothingIsLeftOfCalls, nothing_is_left),
    (Law::BothEndsAgree, both_ends_agree),
    (Law::NobodyElseAnswered, nobody_else_answered),
];

/// When all is over.
pub(crate) const OF_CALLS_OVER: &[PartyLaw] = &[(Law::CallsComeToAnEnd, nothing_is_to_come)];

fn none_is_stuck(Party { parting, .. }: &Party<'_>) -> Ruling {
    let is_stuck = |view: &CallView<'_>| view.state() != State::Connected;
    match parting.phones.iter().find_map(|phone| Some((phone.name, phone.calls.current().filter(is_stuck)?))) {
        Some((name, view)) => Err(format!("{name}: {view:?}")),
        None => Ok(!parting.records.is_empty()),
    }
}

fn nobody_is_connected_alone(Party { parting, .. }: &Party<'_>) -> Ruling {
    let mut is_asked = false;
    for Phone { name, calls, company, .. } in &parting.phones {
        let Some(view) = calls.current() else { continue };
        is_asked = true;
        let shown: Vec<&UserId> = view.others().filter(|(_, is_there)| *is_there).map(|(user, _)| user).collect();
        if shown.is_empty() || shown.iter().any(|user| !company.contains(user.as_str())) {
            return Err(format!("{name} is with {shown:?}, and in its room are {company:?}"));
        }
    }
    Ok(is_asked)
}

fn all_is_idle(Party { parting, .. }: &Party<'_>) -> Ruling {
    match parting.phones.iter().find_map(|phone| Some((phone.name, phone.calls.current()?))) {
        Some((name, view)) => Err(format!("{name}: {view:?}")),
        None => Ok(!parting.records.is_empty()),
    }
}

/// But of a hang-up of which the layer is not told, or that another device of the user's has said, which alone can forget it.
fn nothing_is_left(Party { parting, .. }: &Party<'_>) -> Ruling {
    for Phone { name, engine, .. } in &parting.phones {
        let mut open = engine.invitations().filter(|view| is_of_a_call(view.data().as_str()));
        let left = open.find(|view| {
            let inviter = view.key().inviter();
            let is_endless = view.deadline().is_none();
            let is_heard = parting.observers_are_told || view.invitees().contains(engine.user());
            inviter != parting.hostile && !(is_endless && (inviter == engine.user() || !is_heard))
        });
        if let Some(view) = left {
            return Err(format!("{name}: {view:?}"));
        }
    }
    Ok(!parting.records.is_empty())
}

/// Of a call between two whose devices nothing was kept from; and who was called has heard of it.
fn both_ends_agree(Party { parting, .. }: &Party<'_>) -> Ruling {
    let mut calls: BTreeMap<(RoomId, [&str; 2]), Vec<&Recorded<'_>>> = BTreeMap::new();
    for one in parting.records.iter().filter(|one| one.record.group.is_none()) {
        if let ([other], Some(room)) = (&*one.record.with, one.record.room) {
            let pair = if one.user < other.as_str() { [one.user, other.as_str()] } else { [other.as_str(), one.user] };
            calls.entry((room, pair)).or_default().push(one);
        }
    }
    let mut is_asked = false;
    for ends in calls.values().filter(|_| parting.is_sound) {
        match **ends {
            [one, other] if one.is_undisturbed && other.is_undisturbed && one.user != other.user => {
                agree(one, other, parting.latency_ms)?;
                is_asked = true;
            }
            [one] if is_to_be_heard(parting, one) && !has_met(parting, one) => {
                return Err(format!("nobody else knows of it: {:?}", one.record));
            }
            _ => {}
        }
    }
    Ok(is_asked)
}

/// Whether this call was one of the user's that came to somebody.
fn is_to_be_heard(parting: &Parting<'_>, Recorded { record, is_undisturbed, .. }: &Recorded<'_>) -> bool {
    let is_undisturbed_too =
        |user: &UserId| parting.phones.iter().any(|phone| phone.undisturbed.is_some_and(|name| *user == *name));
    let has_come = match record.reason {
        EndReason::NotSent | EndReason::SendFailed(_) | EndReason::Glare | EndReason::Superseded => false,
        EndReason::HungUp(_)
        | EndReason::Declined(_)
        | EndReason::NoResponse
        | EndReason::Busy(_)
        | EndReason::Cancelled
        | EndReason::AnsweredElsewhere
        | EndReason::DeclinedElsewhere
        | EndReason::MediaFailed
        | EndReason::LeftGroup => true,
    };
    has_come && record.role == CallRole::Caller && *is_undisturbed && record.with.iter().all(is_undisturbed_too)
}

/// Whether the other one was calling the user at the same time: of two calls one gives way, and who has heard of both has one (`K5`).
fn has_met(parting: &Parting<'_>, one: &Recorded<'_>) -> bool {
    let begun = |call: &Recorded<'_>| {
        let length = call.record.ended.since(call.record.started).as_millis();
        call.t.saturating_sub(length.into()).saturating_sub(parting.latency_ms)
    };
    let is_with = |call: &Recorded<'_>, user: &str| matches!(&*call.record.with, [other] if *other == *user);
    let is_back = |other: &&Recorded<'_>| {
        other.record.role == CallRole::Caller && is_with(one, other.user) && is_with(other, one.user)
    };
    parting.records.iter().filter(is_back).any(|other| begun(other) <= one.t && begun(one) <= other.t)
}

fn agree(one: &Recorded<'_>, other: &Recorded<'_>, latency_ms: i64) -> Result<(), String> {
    let duration = |end: &Recorded<'_>| i64::from(end.record.duration.unwrap_or_default().as_millis());
    let differs = |what| Err(format!("{what}: {:?}, and {:?}", one.record, other.record));
    if duration(one).abs_diff(duration(other)) > latency_ms.saturating_mul(2).unsigned_abs() {
        return differs("they were in it for so long");
    }
    // An answer may have been under way when the other one gave up.
    let is_heard = |end: &Recorded<'_>, by: &Recorded<'_>| {
        end.record.answered.is_none_or(|answered| {
            let since = end.record.ended.since(answered).as_millis();
            let arrived = end.t.saturating_sub(since.into()).saturating_add(latency_ms);
            by.record.answered.is_some() || by.t <= arrived
        })
    };
    if is_heard(one, other) && is_heard(other, one) { Ok(()) } else { differs("one was answered") }
}

fn nobody_else_answered(Party { parting, .. }: &Party<'_>) -> Ruling {
    let mut alone = parting.records.iter().filter(|one| one.is_alone).map(|one| one.record).peekable();
    let is_asked = alone.peek().is_some();
    let is_elsewhere =
        |record: &&CallRecord| matches!(record.reason, EndReason::AnsweredElsewhere | EndReason::DeclinedElsewhere);
    match alone.find(is_elsewhere) {
        Some(record) => Err(format!("{record:?}")),
        None => Ok(is_asked),
    }
}

fn nothing_is_to_come(Party { parting, .. }: &Party<'_>) -> Ruling {
    match parting.phones.iter().find(|phone| phone.calls.next() != Wake::Never) {
        Some(phone) => Err(format!("{}: {:?}", phone.name, phone.calls)),
        None => Ok(!parting.records.is_empty()),
    }
}
