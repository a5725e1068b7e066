//! The layers on an engine, and somebody who watches them: every poll passes here, and the laws are asked after it.

mod calls;
mod class;
mod parting;
mod rooms;
mod seats;

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use self::calls::CallLedger;
use self::class::ClassLedger;
pub(crate) use self::parting::{OF_CALLS_HUNG_UP, OF_CALLS_OVER, OF_CALLS_SETTLED, Parting, Phone, Recorded};
pub(crate) use self::rooms::{Attendance, Attendant, Decision, OF_ROOMS_OVER, OF_ROOMS_SETTLED};
use self::seats::SeatsLedger;
use super::state::drain;
use super::tally::Tally;
use super::watched::judge;
use super::{Broken, Law, Ruling};
use crate::call::{CallData, CallEvent, Calls, Command};
use crate::callback::{Callback, Output};
use crate::classroom::{ClassData, ClassEvent, Classroom};
use crate::engine::{Engine, InvitationView};
use crate::id::GroupId;
use crate::layer::{Layer, Layered};
use crate::name::InvitationKey;
use crate::seats::{SeatData, SeatEvent, Seats};
use crate::time::Timestamp;
use crate::wake::Wake;

/// What comes out before the layers are at rest, at most.
const MOST_OUTPUTS: usize = 10_000;

/// Which invitations are those of the layers of an app.
#[derive(Clone, Debug, Default)]
pub(crate) struct Claims {
    pub(crate) has_calls: bool,
    /// The group of its class.
    pub(crate) class: Option<GroupId>,
    /// The group of the room with seats.
    pub(crate) room: Option<GroupId>,
}

impl Claims {
    fn hold(&self, view: &InvitationView<'_>) -> bool {
        // Whose an invitation is no edit changes.
        let (group, data) = (view.key().conversation().group(), view.first_data().as_str());
        let is_near_class = self.class.is_some() && group == self.class.as_ref();
        let is_of_class = is_near_class && ClassData::read(data).is_some();
        let is_near = self.room.is_some() && (group.is_none() || group == self.room.as_ref());
        let of_seats = SeatData::read(data).filter(|_| is_near);
        let is_of_seats = of_seats.is_some_and(|data| Some(&data.room) == self.room.as_ref());
        (self.has_calls && is_of_a_call(data)) || is_of_class || is_of_seats
    }
}

/// What the app can read of its layers.
pub(crate) struct Standing<'a> {
    pub(crate) calls: Option<&'a Calls>,
    pub(crate) classroom: Option<&'a Classroom>,
    pub(crate) seats: Option<&'a Seats>,
}

/// What is known of the layers of a device from outside. It is put by with their snapshot.
#[derive(Clone, Debug, Default)]
pub(crate) struct LayerWatch {
    claims: Claims,
    clock: Timestamp,
    /// How much came out since they were at rest.
    outputs: usize,
    /// The invitations that had the data of a layer, be it once.
    theirs: BTreeSet<InvitationKey>,
    calls: CallLedger,
    class: ClassLedger,
    seats: SeatsLedger,
    tally: Tally,
    broken: Option<Broken>,
}

impl LayerWatch {
    pub(crate) fn new(claims: Claims) -> Self {
        Self { claims, ..Self::default() }
    }

    /// Polls them. What the engine tells of others' invitations must come through.
    pub(crate) fn poll<L: Layer>(
        &mut self,
        layers: &mut L,
        engine: &mut Engine,
        now: Timestamp,
    ) -> Option<Layered<L::Event>> {
        self.clock = self.clock.max(now);
        let before = self.waiting(engine);
        let output = layers.poll(engine, now);
        self.outputs = self.outputs.saturating_add(output.is_some().into());
        if self.outputs > MOST_OUTPUTS {
            self.ask(Law::LayersComeToRest, Err(format!("{MOST_OUTPUTS} outputs at {:?}", self.clock)));
        }
        let told = match &output {
            Some(Layered::Callback(callback)) => Some(callback),
            Some(Layered::Transmit(sent)) => {
                self.note(engine, &sent.invitation);
                None
            }
            Some(Layered::Edit(_) | Layered::Event(_)) | None => None,
        };
        if told.is_some() || !before.is_empty() {
            let after = self.waiting(engine);
            let ruling = self.others_pass_by(engine, told, before, &after);
            self.ask(Law::OthersPassBy, ruling);
        }
        output
    }

    /// What the engine has to tell.
    fn waiting(&mut self, engine: &Engine) -> Vec<Callback> {
        if engine.stats().outputs == 0 {
            return Vec::new();
        }
        let callbacks = drain(&mut engine.clone()).into_iter().filter_map(|output| match output {
            Output::Callback(callback) => Some(callback),
            Output::Transmit(_) | Output::Edit(_) => None,
        });
        let callbacks: Vec<Callback> = callbacks.collect();
        callbacks.iter().for_each(|callback| self.note(engine, callback.invitation()));
        callbacks
    }

    fn note(&mut self, engine: &Engine, key: &InvitationKey) {
        if self.is_a_layers(engine, key) {
            self.theirs.insert(key.clone());
        }
    }

    fn is_a_layers(&self, engine: &Engine, key: &InvitationKey) -> bool {
        engine.invitation(key).is_some_and(|view| self.claims.hold(&view))
    }

    fn others_pass_by(
        &self,
        engine: &Engine,
        told: Option<&Callback>,
        before: Vec<Callback>,
        after: &[Callback],
    ) -> Ruling {
        if let Some(told) = told.filter(|told| self.is_a_layers(engine, told.invitation())) {
            return Err(format!("it is a layer's: {told:?}"));
        }
        let is_of_others = |callback: &&Callback| !self.theirs.contains(callback.invitation());
        let mut came = told.filter(is_of_others).into_iter().chain(after.iter().filter(is_of_others));
        let mut waited = before.iter().filter(is_of_others).peekable();
        let is_asked = waited.peek().is_some();
        match waited.find(|waited| came.next() != Some(*waited)) {
            Some(lost) => Err(format!("it was not told: {lost:?}")),
            None => Ok(is_asked),
        }
    }

    pub(crate) fn hear_of_call(&mut self, event: &CallEvent) {
        let Self { calls, tally, broken, .. } = self;
        calls.hear(event, tally, &mut |tally, law, ruling| judge(tally, broken, law, ruling));
    }

    pub(crate) fn hear_of_class(&mut self, event: &ClassEvent) {
        self.class.hear(event, &mut self.tally);
    }

    pub(crate) fn hear_of_seats(&mut self, event: &SeatEvent) {
        self.seats.hear(event, &mut self.tally);
    }

    /// Nothing waits to be polled any more.
    pub(crate) fn rest(&mut self, now: Timestamp, next: Wake, engine: &Engine, layers: &Standing<'_>) {
        self.clock = self.clock.max(now);
        self.outputs = 0;
        // It may be told of, and forgotten, before they are polled again.
        let is_new = |view: &InvitationView<'_>| !self.theirs.contains(view.key()) && self.claims.hold(view);
        let met = engine.remembered().filter(is_new);
        let met: Vec<InvitationKey> = met.map(|view| view.key().clone()).collect();
        self.theirs.extend(met);
        self.ask(Law::LayersComeToRest, come_to_rest(self.clock, next));
        if let Some(calls) = layers.calls {
            let ruling = self.calls.compare(calls);
            self.ask(Law::CallsAreAsTold, ruling);
        }
        // While the history is awaited, what is heard is told later (`A7`).
        if let Some(class) = layers.classroom.filter(|_| !engine.is_catching_up()) {
            let ruling = self.class.compare(class, engine);
            self.ask(Law::ClassIsAsTold, ruling);
        }
        if let Some(seats) = layers.seats {
            let ruling = self.seats.compare(seats);
            self.ask(Law::SeatsAreAsTold, ruling);
        }
    }

    /// Restored, with a clock that shows this. The seats are read and told anew.
    pub(crate) fn restored(&mut self, now: Timestamp) {
        self.clock = now;
        self.seats = SeatsLedger::default();
    }

    /// The first law that was broken.
    pub(crate) fn broken(&self) -> Option<&Broken> {
        self.broken.as_ref()
    }

    /// What was reached.
    pub(crate) fn tally(&self) -> &Tally {
        &self.tally
    }

    fn ask(&mut self, law: Law, ruling: Ruling) {
        judge(&mut self.tally, &mut self.broken, law, ruling);
    }
}

/// Polled dry, they wait for a moment to come.
fn come_to_rest(now: Timestamp, next: Wake) -> Ruling {
    match next {
        Wake::Never => Ok(false),
        Wake::At(at, _) if at > now => Ok(true),
        Wake::At(..) | Wake::Poll => Err(format!("{next:?} at {now:?}")),
    }
}

fn is_of_a_call(data: &str) -> bool {
    CallData::read(data).is_some_and(|data| !matches!(data.command, Command::Other(_)))
}
