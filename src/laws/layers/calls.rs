//! What an app is told of its calls.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;

use super::super::tally::Tally;
use super::super::{Law, Ruling};
use crate::call::{CallEvent, CallId, Calls, EndReason, State};

/// How the app was told last that a call stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// Something else.
    Other,
    Rings,
    /// The answer was refused, just now.
    RingsAgain,
    IsAnswered,
    IsConnected,
}

#[derive(Clone, Debug, Default)]
pub(super) struct CallLedger {
    live: BTreeMap<CallId, Told>,
    ended: BTreeSet<CallId>,
}

/// An event, and what was told before.
struct Telling<'a> {
    event: &'a CallEvent,
    before: &'a CallLedger,
}

/// A law of what is told of calls, and how it is asked.
type CallLaw = (Law, fn(&Telling<'_>) -> Ruling);

const OF_A_CALL_EVENT: &[CallLaw] = &[(Law::CallsEndOnce, calls_end_once), (Law::OneCallADevice, one_call_a_device)];

impl CallLedger {
    pub(super) fn hear(&mut self, event: &CallEvent, tally: &mut Tally, ask: &mut dyn FnMut(&mut Tally, Law, Ruling)) {
        count(event, tally);
        for (law, rule) in OF_A_CALL_EVENT {
            ask(tally, *law, rule(&Telling { event, before: self }));
        }
        self.note(event);
    }

    fn note(&mut self, event: &CallEvent) {
        let Some(call) = event.call() else { return };
        let before = self.live.get(&call).copied().unwrap_or(Told::Other);
        let told = match event {
            CallEvent::Ringing { .. } => Told::Rings,
            CallEvent::Failed { .. } => Told::RingsAgain,
            CallEvent::Answered { .. } if before == Told::IsConnected => before,
            CallEvent::Answered { .. } | CallEvent::Resumed { .. } => Told::IsAnswered,
            CallEvent::Connected { .. } => Told::IsConnected,
            CallEvent::Ended(_) => {
                self.live.remove(&call);
                self.ended.insert(call);
                return;
            }
            CallEvent::NotComing { .. }
            | CallEvent::SwitchAsked { .. }
            | CallEvent::Switched { .. }
            | CallEvent::NotSwitched { .. }
            | CallEvent::InGroup { .. }
            | CallEvent::OverInGroup { .. } => before,
        };
        self.live.insert(call, told);
    }

    /// What the app was told, and what it can read now.
    pub(super) fn compare(&mut self, calls: &Calls) -> Ruling {
        let current = calls.current();
        if let Some((other, _)) = self.live.iter().find(|(call, _)| current.is_none_or(|view| view.id() != **call)) {
            return Err(format!("{other:?} goes on, as was told, and there is {current:?}"));
        }
        let Some(view) = current else { return Ok(false) };
        if self.ended.contains(&view.id()) {
            return Err(format!("it has ended, as was told: {view:?}"));
        }
        let told = self.live.get(&view.id()).copied().unwrap_or(Told::Other);
        let is_so = match (view.state(), told) {
            // Of what the user does the app is not told.
            (State::Dialing, Told::Other)
            | (State::Ringing, Told::Rings | Told::RingsAgain)
            | (State::Connecting, Told::Other | Told::Rings | Told::IsAnswered)
            | (State::Connected, Told::IsConnected) => true,
            (
                State::Dialing | State::Ringing | State::Connecting | State::Connected | State::Idle | State::Ended,
                Told::Other | Told::Rings | Told::RingsAgain | Told::IsAnswered | Told::IsConnected,
            ) => false,
        };
        if let Some(told) = self.live.get_mut(&view.id()).filter(|told| **told == Told::RingsAgain) {
            *told = Told::Rings;
        }
        if is_so { Ok(true) } else { Err(format!("{told:?}, and it is {view:?}")) }
    }
}

fn calls_end_once(telling: &Telling<'_>) -> Ruling {
    let Telling { event, before } = telling;
    if event.call().is_some_and(|call| before.ended.contains(&call)) {
        return Err(format!("it has ended before: {event:?}"));
    }
    Ok(matches!(event, CallEvent::Ended(_)))
}

/// One that never rang has its end alone.
fn one_call_a_device(telling: &Telling<'_>) -> Ruling {
    let Telling { event, before } = telling;
    let Some(call) = event.call() else { return Ok(false) };
    let is_end_alone = matches!(event, CallEvent::Ended(_)) && !before.live.contains_key(&call);
    match before.live.keys().find(|other| **other != call) {
        Some(other) if !is_end_alone => Err(format!("{other:?} goes on: {event:?}")),
        Some(_) | None => Ok(!is_end_alone),
    }
}

fn count(event: &CallEvent, tally: &mut Tally) {
    tally.count(event_name(event));
    match event {
        CallEvent::Ended(record) => tally.count(reason_name(&record.reason)),
        CallEvent::NotComing { reason, .. } => tally.count(reason_name(reason)),
        CallEvent::Ringing { .. }
        | CallEvent::Answered { .. }
        | CallEvent::Connected { .. }
        | CallEvent::SwitchAsked { .. }
        | CallEvent::Switched { .. }
        | CallEvent::NotSwitched { .. }
        | CallEvent::Resumed { .. }
        | CallEvent::InGroup { .. }
        | CallEvent::OverInGroup { .. }
        | CallEvent::Failed { .. } => {}
    }
}

fn event_name(event: &CallEvent) -> &'static str {
    match event {
        CallEvent::Ringing { .. } => "call: Ringing",
        CallEvent::Answered { .. } => "call: Answered",
        CallEvent::NotComing { .. } => "call: NotComing",
        CallEvent::Connected { .. } => "call: Connected",
        CallEvent::SwitchAsked { .. } => "call: SwitchAsked",
        CallEvent::Switched { .. } => "call: Switched",
        CallEvent::NotSwitched { .. } => "call: NotSwitched",
        CallEvent::Resumed { .. } => "call: Resumed",
        CallEvent::InGroup { .. } => "call: InGroup",
        CallEvent::OverInGroup { .. } => "call: OverInGroup",
        CallEvent::Failed { .. } => "call: Failed",
        CallEvent::Ended(_) => "call: Ended",
    }
}

fn reason_name(reason: &EndReason) -> &'static str {
    match reason {
        EndReason::HungUp(_) => "end: HungUp",
        EndReason::Declined(_) => "end: Declined",
        EndReason::NoResponse => "end: NoResponse",
        EndReason::Busy(_) => "end: Busy",
        EndReason::Cancelled => "end: Cancelled",
        EndReason::AnsweredElsewhere => "end: AnsweredElsewhere",
        EndReason::DeclinedElsewhere => "end: DeclinedElsewhere",
        EndReason::Glare => "end: Glare",
        EndReason::Superseded => "end: Superseded",
        EndReason::MediaFailed => "end: MediaFailed",
        EndReason::NotSent => "end: NotSent",
        EndReason::SendFailed(_) => "end: SendFailed",
        EndReason::LeftGroup => "end: LeftGroup",
    }
}
