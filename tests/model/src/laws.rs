//! What must hold of each device, whatever happened before; and, at the end, of all of them (`end.rs`).

use std::fmt;

use convoke::{Disposition, Engine, Input, Outcome, Output, Reply, Target, Timestamp, UserId, Wake, WakeReason};

use crate::device::{About, Device};
use crate::hostile::MALLORY;

/// A law of the protocol, by the rule that states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Law {
    ToldOnce,
    LastWord,
    EndsOnce,
    RingsOnce,
    SilentWhenDismissed,
    NobodyForAnother,
    DuplicateChangesNothing,
    FailureChangesNothing,
    WakeIsTrue,
    NothingPending,
    StrongestDecides,
    AllAgree,
    AllAreTold,
    NothingLeft,
    EachWayEnds,
    OneHasTheCall,
    LateIsTold,
    OneCall,
    CallEndsOnce,
    SilentAfterTheEnd,
    LayersKeepTheirOwn,
    NothingStuck,
    IdleOrTogether,
    OneAnswer,
    AnsweredByTheOther,
    GivenOnce,
    SameSeats,
    SameDecision,
    NothingAsked,
}

impl fmt::Display for Law {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::ToldOnce => "C3: each invitee is told once, and again only as a revision",
            Self::LastWord => "C6: the last word agrees with what the engine holds",
            Self::EndsOnce => "C7: it ends once, when all are settled",
            Self::RingsOnce => "R5: it rings once, and not after its end",
            Self::SilentWhenDismissed => "O1: of what is dismissed nobody is told",
            Self::NobodyForAnother => "R4: nobody acts for another",
            Self::DuplicateChangesNothing => "R5: a duplicate changes nothing",
            Self::FailureChangesNothing => "O6: what fails changes nothing",
            Self::WakeIsTrue => "T3: a wake is neither early nor late, and a tick then makes progress",
            Self::NothingPending => "C6: nothing is pending after the deadline and twice the grace",
            Self::StrongestDecides => "C1: in the end the strongest that was said of an invitee decides",
            Self::AllAgree => "C6: in the end all agree",
            Self::AllAreTold => "C3, C7: in the end all were told so, and that it was the end",
            Self::NothingLeft => "C6, O7: in the end nothing is open or in flight, and all is forgotten",
            Self::EachWayEnds => "C6, T3: what is under way goes on until it comes to an end",
            Self::OneHasTheCall => "C4: of the devices of one user that accepted one has the call",
            Self::LateIsTold => "C3: an inviter is told of each acceptance that came too late",
            Self::OneCall => "K4: a device has one call",
            Self::CallEndsOnce => "K1, K12: each call ends once, and its app is told",
            Self::SilentAfterTheEnd => "K1: of a call that has ended nothing more is told",
            Self::LayersKeepTheirOwn => "K5, M2: of the invitations of a layer the app hears nothing",
            Self::NothingStuck => "K1: left alone, a call ends by itself, unless two are in it",
            Self::IdleOrTogether => "K1, K5: in the end all are idle, or in one call with each other",
            Self::OneAnswer => "K5: who answers a call accepts one invitation",
            Self::AnsweredByTheOther => "K8: a call that was answered for who called was answered by the other",
            Self::GivenOnce => "M1: nobody gets onto a seat on which somebody is",
            Self::SameSeats => "M6: all see the seats as they are",
            Self::SameDecision => "M2: in the end all were told the same decision",
            Self::NothingAsked => "M2: in the end nobody asks for a seat, and nothing is to be written",
        })
    }
}

/// A law that is broken, and how.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Broken {
    pub(crate) law: Law,
    pub(crate) how: String,
}

impl Law {
    pub(crate) fn broken(self, how: impl Into<String>) -> Broken {
        Broken { law: self, how: how.into() }
    }

    pub(crate) fn require(self, holds: bool, how: impl FnOnce() -> String) -> Result<(), Broken> {
        if holds { Ok(()) } else { Err(self.broken(how())) }
    }
}

/// The default grace, twice.
const TWICE_THE_GRACE: i64 = 10_000;

/// What must hold of a device whose outputs are polled. `attempts`: what its user may try; `forged`: what others may claim.
pub(crate) fn check(device: &Device, now: Timestamp, attempts: &[Input], forged: &[Input]) -> Result<(), Broken> {
    check_wake(&device.engine, now)?;
    check_nothing_pending(device, now)?;
    check_duplicates(device, now)?;
    if let Some(phone) = device.phone.as_ref().filter(|_| !device.is_catching_up) {
        phone.check(&device.engine, now)?;
    }
    if let Some(bench) = device.bench.as_ref().filter(|_| !device.is_catching_up) {
        bench.check(now)?;
    }
    for attempt in attempts {
        let mut engine = device.engine.clone();
        let reply = engine.handle(now, attempt.clone());
        let is_harmless = !has_failed(&reply) || engine == device.engine;
        Law::FailureChangesNothing.require(is_harmless, || format!("{reply:?} of {attempt:?}"))?;
    }
    for input in forged {
        check_forged(device, now, input)?;
    }
    Ok(())
}

/// What has become of each invitee; nothing, if the invitation is not known.
pub(crate) fn outcomes(engine: &Engine, target: &Target) -> Vec<(UserId, Outcome)> {
    let view = engine.invitation(target.clone());
    view.map_or_else(Vec::new, |view| view.outcomes().map(|(user, outcome)| (user.clone(), outcome)).collect())
}

pub(crate) fn has_failed(reply: &Reply) -> bool {
    reply.error_code().is_some() || matches!(reply, Reply::SendResult(Err(_)))
}

/// When something happens by itself, housekeeping aside.
pub(crate) fn next_wake(engine: &Engine) -> Option<Timestamp> {
    match engine.wake() {
        Wake::At(_, WakeReason::Housekeeping) | Wake::Never | Wake::Poll => None,
        Wake::At(at, _) => Some(at),
    }
}

fn check_wake(engine: &Engine, now: Timestamp) -> Result<(), Broken> {
    let wake = engine.wake();
    let require = |holds, how: &str| Law::WakeIsTrue.require(holds, || format!("{wake:?}: {how}"));
    let Wake::At(at, _) = wake else {
        return require(wake == Wake::Never, "all was polled");
    };
    require(at > now, "that is past")?;
    let mut early = engine.clone();
    early.tick(Timestamp::from_millis(at.as_millis().saturating_sub(1)));
    require(early.wake() == wake, "something happened before")?;
    let mut late = early.clone();
    late.tick(at);
    require(late.wake() != wake, "nothing happened then")
}

fn check_nothing_pending(device: &Device, now: Timestamp) -> Result<(), Broken> {
    let overdue = device.engine.invitations().filter(|view| {
        let is_over = view.deadline().is_some_and(|deadline| deadline.as_millis() + TWICE_THE_GRACE <= now.as_millis());
        is_over && view.outcomes().any(|(_, outcome)| outcome == Outcome::Pending)
    });
    let is_any = !device.is_catching_up && overdue.count() > 0;
    Law::NothingPending.require(!is_any, || format!("at {now:?}"))
}

/// Of an invite that the service refused nothing is left (`O7`), so that a copy of what was said of it is an early fact (`R6`).
fn check_duplicates(device: &Device, now: Timestamp) -> Result<(), Broken> {
    let mut engine = device.engine.clone();
    for input in device.heard.values() {
        let reply = engine.handle(now, Input::clone(input));
        if reply == Reply::Disposition(Disposition::Buffered) && device.has_failed_to_invite() {
            engine = device.engine.clone();
        }
        let is_harmless = engine == device.engine;
        Law::DuplicateChangesNothing.require(is_harmless, || format!("{reply:?} of {input:?}"))?;
    }
    Ok(())
}

/// What is forged is refused; or kept, while nobody can tell, and never believed. An invitation under the same id, but the
/// stranger's own, is another one (`I1`).
fn check_forged(device: &Device, now: Timestamp, input: &Input) -> Result<(), Broken> {
    let mut engine = device.engine.clone();
    let reply = engine.handle(now, input.clone());
    let mut theirs = device.heard_of.iter().filter(|about| about.inviter != MALLORY).map(About::target);
    let mut is_harmless = theirs.all(|target| outcomes(&device.engine, &target) == outcomes(&engine, &target));
    let changes = matches!(reply, Reply::Disposition(Disposition::Buffered | Disposition::Applied));
    is_harmless &= changes || engine == device.engine;
    while let Some(output) = engine.poll_output() {
        is_harmless &= matches!(output, Output::Callback(callback) if *callback.invitation().inviter() == MALLORY);
    }
    Law::NobodyForAnother.require(is_harmless, || format!("{reply:?} of {input:?}"))
}
