//! The end: everything is delivered, every fate is told, and nothing happens by itself any more. All must agree there.
//!
//! Nothing can happen twice, so from every state each way on leads to such an end; and all of them are explored. So what holds
//! at each end is what comes of every state, in whatever order the rest is delivered.

use std::sync::Arc;

use convoke::{InvitationView, Outcome, Target, UserId, Wake};

use crate::calls_end;
use crate::device::Device;
use crate::laws::{Broken, Law, outcomes};
use crate::network::Says;
use crate::seats_end;
use crate::state::State;
use crate::world::World;

/// Whether all is well; and in words how each invitation has ended, or each call.
pub(crate) fn check(state: &State, world: &World) -> Result<Vec<String>, Broken> {
    for device in &state.devices {
        check_nothing_left(device)?;
    }
    match (world.has_calls, world.has_seats) {
        (true, _) => calls_end::check(state),
        (_, true) => seats_end::check(state),
        (false, false) => check_invitations(state, world.acked),
    }
}

/// `acked`: the fate of each send is known.
fn check_invitations(state: &State, acked: bool) -> Result<Vec<String>, Broken> {
    let mut ends = Vec::new();
    for about in state.devices.iter().filter_map(|device| device.about(true)) {
        let target = about.target();
        ends.push(check_agreement(state, &target)?);
        check_the_strongest(state, &target)?;
        check_the_call(state, &target, acked)?;
        check_late_answers(state, &target)?;
    }
    Ok(ends)
}

type Outcomes = Vec<(UserId, Outcome)>;

/// All hold the invitation, unless the service refused it, and the same of it, and were told so; in words, what that is.
fn check_agreement(state: &State, target: &Target) -> Result<String, Broken> {
    let mut agreed: Option<(Outcomes, &Device)> = None;
    let mut is_lost = false;
    for device in &state.devices {
        let mine = outcomes(&device.engine, target);
        let Some(view) = device.engine.invitation(target.clone()) else {
            is_lost |= !device.app.has_dismissed(target);
            continue;
        };
        let is_settled = mine.iter().all(|(_, outcome)| *outcome != Outcome::Pending);
        let page = device.app.page(view.key());
        let is_told = page.is_none_or(|page| page.has_ended || !page.is_known);
        Law::AllAreTold.require(is_settled && is_told, || format!("{}: {mine:?}, ended: {is_told}", device.user()))?;
        if let Some((others, other)) = &agreed {
            let agree = mine.iter().zip(others).all(|((_, mine), (_, other))| is_same(*mine, *other));
            let how = || format!("{}: {mine:?}, {}: {others:?}", device.user(), other.user());
            Law::AllAgree.require(agree && mine.len() == others.len(), how)?;
        } else {
            agreed = Some((mine, device));
        }
    }
    Law::AllAgree.require(agreed.is_none() || !is_lost, || "not everybody has it".to_owned())?;
    let words = |(outcomes, _): (Outcomes, _)| {
        outcomes.iter().map(|(_, outcome)| outcome.to_string()).collect::<Vec<_>>().join(" + ")
    };
    Ok(agreed.map_or_else(|| "gone".to_owned(), words))
}

/// What was said of each invitee decides, by its rank and nothing else; if nothing was said, they ran out of time or left.
fn check_the_strongest(state: &State, target: &Target) -> Result<(), Broken> {
    for device in &state.devices {
        for (user, outcome) in outcomes(&device.engine, target) {
            let sent =
                state.mail.iter().filter(|mail| !mail.is_refused && mail.letter.is_about(&target.invite_id, &user));
            let said = sent.filter_map(|mail| mail.letter.says()).min();
            let expected = match said {
                Some(Says::Cancel) => Outcome::Cancelled,
                Some(Says::Accept) => Outcome::Accepted,
                Some(Says::Reject) => Outcome::Rejected,
                Some(Says::InviterTimeout | Says::OwnTimeout | Says::Invite | Says::Edit) | None => Outcome::TimedOut,
            };
            let how = || format!("{}: {user} is {outcome}, and said was {said:?}", device.user());
            Law::StrongestDecides.require(is_same(outcome, expected), how)?;
        }
    }
    Ok(())
}

/// Two presumptions may differ in the word for the same no.
fn is_same(one: Outcome, other: Outcome) -> bool {
    let is_presumed = |outcome| matches!(outcome, Outcome::TimedOut | Outcome::Left);
    one == other || (is_presumed(one) && is_presumed(other))
}

/// Who has accepted has the call on one of their devices: on one only, if the service's stamps are known.
fn check_the_call(state: &State, target: &Target, acked: bool) -> Result<(), Broken> {
    for device in &state.devices {
        let me = device.user();
        let Some(view) = device.engine.invitation(target.clone()) else { continue };
        let mine = state.devices.iter().filter(|other| other.user() == me);
        // One that has crashed may not remember.
        if view.outcome_of(me.as_str()) != Some(Outcome::Accepted) || mine.clone().any(|device| device.restarts > 0) {
            continue;
        }
        let pages = mine.filter_map(|device| device.app.page(view.key()));
        let count = pages.filter(|page| page.has_call).count();
        Law::OneHasTheCall
            .require(count == 1 || (count > 1 && !acked), || format!("{count} devices of {me} have it"))?;
    }
    Ok(())
}

/// An inviter who has heard an acceptance that does not hold was told so, one way or the other.
fn check_late_answers(state: &State, target: &Target) -> Result<(), Broken> {
    let mine = |device: &&Arc<Device>| target.inviter.as_ref() == Some(device.user());
    for device in state.devices.iter().filter(mine) {
        let Some(view) = device.engine.invitation(target.clone()) else { continue };
        let Some(page) = device.app.page(view.key()) else { continue };
        let heard = state.mail.iter().filter(|mail| device.heard.contains_key(&mail.letter.id));
        let accepts = heard.filter(|mail| mail.letter.says() == Some(Says::Accept));
        for user in accepts.map(|mail| &mail.letter.sender).filter(|user| view.outcome_of(user.as_str()).is_some()) {
            let holds = view.outcome_of(user.as_str()) == Some(Outcome::Accepted);
            Law::LateIsTold.require(holds || page.knows_yes(user), || format!("{}, of {user}", device.user()))?;
        }
    }
    Ok(())
}

/// What is still done by itself is housekeeping, in silence, and then all is forgotten. Of what has no time, and wants no answer, only
/// the device that said it knows that.
fn check_nothing_left(device: &Device) -> Result<(), Broken> {
    let mut engine = device.engine.clone();
    let stats = engine.stats();
    let is_waiting = |view: InvitationView<'_>| view.is_open() && view.deadline().is_some();
    let is_quiet = !engine.invitations().any(is_waiting) && stats.sends_in_flight == 0;
    Law::NothingLeft.require(is_quiet, || format!("{}: {stats:?}", device.user()))?;
    while let Wake::At(at, _) = engine.wake() {
        engine.tick(at);
    }
    let stats = engine.stats();
    let is_empty = engine.wake() == Wake::Never && stats.kept == 0 && stats.early == 0;
    Law::NothingLeft.require(is_empty, || format!("{}, after all is over: {stats:?}", device.user()))
}
