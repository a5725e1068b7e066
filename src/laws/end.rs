//! The laws of the end: all messages have arrived, the time of every invitation is up.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::{Attendance, Law, Parting, Ruling};
use crate::callback::{Callback, Outcome};
use crate::engine::{Engine, InvitationView};
use crate::id::{GroupId, UserId};
use crate::message::Stamp;
use crate::name::{InvitationKey, Target};
use crate::time::Timestamp;
use crate::wake::Wake;

/// All who took part, in the end.
pub(crate) struct Party<'a> {
    /// By the names of their devices.
    pub(crate) engines: Vec<(&'a str, &'a Engine)>,
    /// The invitations of which no message was lost for good.
    pub(crate) whole: Vec<Target>,
    /// Which users have left which groups: what is said there does not reach them.
    pub(crate) left: &'a BTreeSet<(String, String)>,
    /// What was told to the only devices of their users, those that remember all that they did.
    pub(crate) told_alone: Vec<&'a Callback>,
    /// What was told to each device of a user, if all of them remember what they did.
    pub(crate) told_together: BTreeMap<&'a str, Vec<Vec<&'a Callback>>>,
    /// What there is of calls.
    pub(crate) parting: Parting<'a>,
    /// What there is of classes and seats.
    pub(crate) attendance: Attendance<'a>,
}

impl Party<'_> {
    /// What this engine holds, if all that was said of it could reach it.
    fn held<'e>(&self, engine: &'e Engine, target: &Target) -> Option<InvitationView<'e>> {
        let invitation = engine.invitation(target.clone())?;
        let group = invitation.key().conversation().group();
        let has_left = |group: &GroupId| self.left.contains(&(engine.user().to_string(), group.to_string()));
        group.is_none_or(|group| !has_left(group)).then_some(invitation)
    }
}

/// A law of all who took part, and how it is asked.
pub(crate) type PartyLaw = (Law, fn(&Party<'_>) -> Ruling);

/// While it is remembered.
pub(crate) const OF_THE_SETTLED: &[PartyLaw] = &[
    (Law::AllAgree, all_agree),
    (Law::AnswersHaveOneStamp, answers_have_one_stamp),
    (Law::NobodyElseIsElsewhere, nobody_else_is_elsewhere),
    (Law::OneHasTheCall, one_has_the_call),
];

/// When all is over.
pub(crate) const OF_THE_END: &[PartyLaw] = &[(Law::AllIsQuiet, all_is_quiet), (Law::AllIsForgotten, all_is_forgotten)];

fn all_agree(party: &Party<'_>) -> Ruling {
    let mut has_compared = false;
    for target in &party.whole {
        // Of a pushed invitation only the own user may be known: so each invitee is as the first says who knows them.
        let mut known: BTreeMap<&UserId, (&str, Outcome)> = BTreeMap::new();
        for (name, engine) in &party.engines {
            let Some(invitation) = party.held(engine, target) else { continue };
            let is_endless = invitation.deadline().is_none();
            for (invitee, outcome) in invitation.outcomes() {
                let (first, theirs) = *known.entry(invitee).or_insert((name, outcome));
                has_compared |= first != *name;
                if theirs != outcome && !(is_no(theirs, is_endless) && is_no(outcome, is_endless)) {
                    return Err(format!("{target:?}: {invitee} is {theirs:?} for {first}, {outcome:?} for {name}"));
                }
            }
        }
    }
    Ok(has_compared)
}

/// Whether it is one of the words for the same no. That somebody left is no message, and not everybody's host says it; without a timeout
/// there is nothing else to wait for.
fn is_no(outcome: Outcome, is_endless: bool) -> bool {
    match outcome {
        Outcome::TimedOut | Outcome::Left => true,
        Outcome::Pending => is_endless,
        Outcome::Accepted | Outcome::Rejected | Outcome::Cancelled => false,
    }
}

/// Of an own answer whose fate nobody told the device itself knows less.
fn answers_have_one_stamp(party: &Party<'_>) -> Ruling {
    let mut has_compared = false;
    for target in &party.whole {
        let mut known: BTreeMap<&UserId, &Stamp> = BTreeMap::new();
        let engines = party.engines.iter();
        let held = engines.filter_map(|(name, engine)| Some((name, engine.user(), party.held(engine, target)?)));
        for (name, me, invitation) in held {
            for invitee in invitation.invitees().iter().filter(|invitee| *invitee != me) {
                let Some(stamp) = invitation.answer_stamp(invitee.as_str()) else { continue };
                match known.insert(invitee, stamp) {
                    Some(other) if other != stamp => {
                        return Err(format!(
                            "{target:?}: {invitee} answered at {stamp:?} for {name}, {other:?} for others"
                        ));
                    }
                    Some(_) => has_compared = true,
                    None => {}
                }
            }
        }
    }
    Ok(has_compared)
}

fn nobody_else_is_elsewhere(party: &Party<'_>) -> Ruling {
    match party.told_alone.iter().find(|callback| is_elsewhere(callback)) {
        Some(callback) => Err(format!("{callback:?}")),
        None => Ok(!party.told_alone.is_empty()),
    }
}

/// Whether it tells of what another device of the user did.
fn is_elsewhere(callback: &Callback) -> bool {
    match callback {
        Callback::AnsweredElsewhere { .. } => true,
        Callback::InviteeAccepted { elsewhere, .. }
        | Callback::InviteeRejected { elsewhere, .. }
        | Callback::InvitationCancelled { elsewhere, .. }
        | Callback::InvitationTimeout { elsewhere, .. }
        | Callback::InvitationModified { elsewhere, .. } => *elsewhere,
        Callback::NewInvitation { .. }
        | Callback::InviteeLeft { .. }
        | Callback::Missed { .. }
        | Callback::LateAnswer { .. }
        | Callback::OperationFailed { .. }
        | Callback::Ended { .. } => false,
    }
}

fn one_has_the_call(party: &Party<'_>) -> Ruling {
    let mut has_others = false;
    for (user, devices) in &party.told_together {
        has_others |= devices.len() > 1 && devices.iter().flatten().any(|callback| is_elsewhere(callback));
        let lost_by = |told: &Vec<&Callback>| -> BTreeSet<InvitationKey> {
            let lost = told.iter().filter(|callback| matches!(callback, Callback::AnsweredElsewhere { .. }));
            lost.map(|callback| callback.invitation().clone()).collect()
        };
        let by_all = devices.iter().map(lost_by).reduce(|all, lost| &all & &lost).unwrap_or_default();
        if let Some(key) = by_all.first() {
            return Err(format!("no device of {user} has {key:?}"));
        }
    }
    Ok(has_others)
}

fn all_is_quiet(party: &Party<'_>) -> Ruling {
    for (name, engine) in &party.engines {
        // What has no timeout is open for its retention.
        let open = engine.invitations().find(|invitation| invitation.deadline().is_some());
        if open.is_some() || engine.stats().sends_in_flight > 0 {
            return Err(format!("{name}: {open:?}, {:?}", engine.stats()));
        }
    }
    Ok(!party.engines.is_empty())
}

/// No engine ticks longer than this before it is empty.
const MOST_TICKS: usize = 10_000;

fn all_is_forgotten(party: &Party<'_>) -> Ruling {
    for (name, engine) in &party.engines {
        let mut engine = Engine::clone(engine);
        let mut last = Timestamp::default();
        for _ in 0..MOST_TICKS {
            match engine.wake() {
                Wake::Poll => drop(engine.poll_output()),
                Wake::At(at, _) => {
                    last = at;
                    engine.tick(at);
                }
                Wake::Never => break,
            }
        }
        let stats = engine.stats();
        if engine.wake() != Wake::Never || stats.kept > 0 || stats.early > 0 || stats.sends_in_flight > 0 {
            return Err(format!("{name} at {last:?}: {:?}, {stats:?}", engine.wake()));
        }
    }
    Ok(!party.engines.is_empty())
}
