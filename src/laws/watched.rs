//! An engine, and somebody who watches it: every call passes here, and the laws are asked after it.

use alloc::boxed::Box;
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::agreement::{Agreement, Batch};
use super::call::{Call, OF_A_CALL, OF_A_CALL_AT_TIMES};
use super::facts::Facts;
use super::ledger::Ledger;
use super::output::OF_AN_OUTPUT;
use super::state::{OF_A_STATE, OF_A_STATE_AT_TIMES, State, drain, late_tick_is_many_small_ones};
use super::tally::Tally;
use super::{Broken, Law, Ruling};
use crate::callback::Output;
use crate::config::{Config, Profile};
use crate::engine::{Engine, Snapshot};
use crate::error::{ConfigError, RestoreError};
use crate::id::{Seed, UserId};
use crate::input::{CatchUp, Input, Reply};
use crate::time::Timestamp;

/// An engine, watched or not.
#[derive(Clone)]
pub(crate) struct Watched {
    engine: Engine,
    watch: Option<Box<Watch>>,
}

/// What an app puts by. Who watches forgets with it what was told since.
#[derive(Clone)]
pub(crate) struct Saved {
    snapshot: Snapshot,
    watch: Option<Box<Watch>>,
}

/// What is known of an engine from outside.
#[derive(Clone)]
struct Watch {
    me: UserId,
    config: Arc<Config>,
    seed: Seed,
    /// As it was at first.
    first: Engine,
    /// How often the laws that take long are asked: after every call of so many.
    period: usize,
    clock: Timestamp,
    is_catching_up: bool,
    ledger: Ledger,
    facts: Facts,
    /// None of an engine whose past may be a lie.
    agreement: Option<Agreement>,
    /// How many of the outputs that wait are in the ledger.
    noted: usize,
    record: Vec<(Event, Effect)>,
    tally: Tally,
    broken: Option<Broken>,
}

/// What was done to the engine.
#[derive(Clone, Debug)]
enum Event {
    Handle(Timestamp, Input),
    Poll,
    Restore(Timestamp, Seed),
}

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
enum Effect {
    Reply(Reply),
    Output(Option<Output>),
    Restored,
}

impl Watched {
    /// The engine of a user who signs in; watched, if a period is given: the laws that take long are asked once in so many calls.
    pub(crate) fn sign_in(
        me: &str,
        config: &Arc<Config>,
        seed: Seed,
        period: Option<usize>,
    ) -> Result<Self, ConfigError> {
        let engine = Engine::new(me, Arc::clone(config), seed)?;
        let watch = period.map(|period| Box::new(Watch::new(&engine, Arc::clone(config), seed, period)));
        Ok(Self { engine, watch })
    }

    /// The engine of a snapshot that anybody may have tampered with: nothing is asked of what it was told before.
    #[cfg(feature = "arbitrary")]
    pub(crate) fn forged(
        snapshot: Snapshot,
        config: &Arc<Config>,
        seed: Seed,
        now: Timestamp,
        period: usize,
    ) -> Result<Self, RestoreError> {
        let engine = Engine::restore(snapshot, Arc::clone(config), seed, now)?;
        let mut watch = Box::new(Watch::new(&engine, Arc::clone(config), seed, period));
        watch.clock = now;
        watch.is_catching_up = true;
        watch.agreement = None;
        watch.noted = engine.stats().outputs;
        Ok(Self { engine, watch: Some(watch) })
    }

    pub(crate) fn restore(
        saved: Saved,
        config: &Arc<Config>,
        seed: Seed,
        now: Timestamp,
    ) -> Result<Self, RestoreError> {
        let Saved { snapshot, mut watch } = saved;
        let engine = Engine::restore(snapshot, Arc::clone(config), seed, now)?;
        if let Some(watch) = &mut watch {
            watch.restored(&engine, seed, now);
        }
        Ok(Self { engine, watch })
    }

    /// What was put by, when more has happened since: only the tokens given meanwhile are not forgotten.
    pub(crate) fn go_back_to(&self, mut saved: Saved) -> Saved {
        if let Some((then, now)) = saved.watch.as_mut().zip(self.watch.as_ref()) {
            then.ledger.add_tokens_of(&now.ledger);
        }
        saved
    }

    pub(crate) fn save(&self) -> Saved {
        Saved { snapshot: self.engine.snapshot(), watch: self.watch.clone() }
    }

    pub(crate) fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Lets somebody at the engine whom nobody watches.
    pub(crate) fn unwatched(&mut self) -> &mut Engine {
        self.watch = None;
        &mut self.engine
    }

    pub(crate) fn handle(&mut self, now: Timestamp, input: Input) -> Reply {
        match &mut self.watch {
            Some(watch) => watch.handle(&mut self.engine, now, input),
            None => self.engine.handle(now, input),
        }
    }

    pub(crate) fn poll(&mut self) -> Option<Output> {
        let output = self.engine.poll_output();
        if let Some(watch) = &mut self.watch {
            watch.noted = self.engine.stats().outputs;
            watch.record.push((Event::Poll, Effect::Output(output.clone())));
        }
        output
    }

    /// Does it all again on a fresh engine.
    pub(crate) fn replay(&mut self) {
        if let Some(watch) = &mut self.watch {
            let ruling = watch.replay(&self.engine);
            watch.ask(Law::ReplayIsTheSame, ruling);
        }
    }

    /// The first law that was broken.
    pub(crate) fn broken(&self) -> Option<&Broken> {
        self.watch.as_ref()?.broken.as_ref()
    }

    /// What was reached.
    pub(crate) fn tally(&self) -> Option<&Tally> {
        Some(&self.watch.as_ref()?.tally)
    }
}

impl From<Snapshot> for Saved {
    fn from(snapshot: Snapshot) -> Self {
        Self { snapshot, watch: None }
    }
}

impl Watch {
    fn new(engine: &Engine, config: Arc<Config>, seed: Seed, period: usize) -> Self {
        let agreement = Agreement::new(engine.user().clone(), Arc::clone(&config));
        Self {
            me: engine.user().clone(),
            config,
            seed,
            first: engine.clone(),
            period,
            clock: Timestamp::default(),
            is_catching_up: false,
            ledger: Ledger::default(),
            facts: Facts::default(),
            agreement: Some(agreement),
            noted: 0,
            record: Vec::new(),
            tally: Tally::default(),
            broken: None,
        }
    }

    fn handle(&mut self, engine: &mut Engine, now: Timestamp, input: Input) -> Reply {
        let since = self.clock;
        self.clock = self.clock.max(now);
        let begins_catch_up = matches!(input, Input::BeginCatchUp | Input::History(..));
        self.ledger.begin_call(begins_catch_up, self.clock);
        // Nothing is due before the batch (`A7`).
        if !begins_catch_up {
            self.ask(Law::LateTickIsManySmallOnes, late_tick_is_many_small_ones(engine, now));
            if let Some(agreement) = &mut self.agreement {
                let ruling = agreement.tick(engine, now);
                self.ask(Law::AgreesWithTheReference, ruling);
            }
            engine.tick(now);
            self.observe(engine, since);
        }
        let before = engine.clone();
        let reply = engine.handle(now, input.clone());
        if begins_catch_up && reply != Reply::CatchUp(CatchUp::Backlog) {
            self.is_catching_up = reply == Reply::Done;
        }
        let outputs = drain(&mut engine.clone()).split_off(before.stats().outputs);
        if let Some(agreement) = &mut self.agreement {
            let ruling = agreement.call(now, &input, &reply, (&before, engine), outputs);
            self.ask(Law::AgreesWithTheReference, ruling);
        }
        self.take_note(now, &input, &reply, &before, since);
        let config = Arc::clone(&self.config);
        let call = Call { config: &config, now, input: &input, reply: &reply, before: &before, after: engine };
        let is_time = self.is_time();
        let at_times = OF_A_CALL_AT_TIMES.iter().filter(|_| is_time);
        for (law, rule) in OF_A_CALL.iter().chain(at_times) {
            self.ask(*law, rule(&call));
        }
        self.observe(engine, since);
        self.ask_of_the_state(engine, &before);
        self.record.push((Event::Handle(now, input), Effect::Reply(reply.clone())));
        reply
    }

    fn take_note(&mut self, now: Timestamp, input: &Input, reply: &Reply, before: &Engine, since: Timestamp) {
        let Self { facts, tally, ledger, config, .. } = self;
        tally.count_reply(reply);
        let is_batch = matches!(input, Input::History(..));
        let batch = Batch::of(before, now, input);
        let mut hear = |message, disposition| {
            facts.hear(message, disposition, tally);
            let has_made_room = |key: &_| batch.as_ref().is_some_and(|batch| batch.has_lost(key, message));
            ledger.note_heard(message, disposition, is_batch, has_made_room);
        };
        match (input, reply) {
            (Input::Message(message), Reply::Disposition(disposition)) => hear(message, *disposition),
            (Input::History(_, messages), Reply::CatchUp(CatchUp::Done(dispositions))) => {
                messages.iter().zip(dispositions).for_each(|(message, disposition)| hear(message, *disposition));
            }
            (Input::AddInvited(pushed), Reply::AddInvited(Ok(()))) => ledger.note_pushed(pushed),
            (Input::Dismiss(target), Reply::Dismiss(Ok(()))) => {
                let dismissed = before.invitation(target.clone());
                dismissed.into_iter().for_each(|one| ledger.note_dismissed(one.key(), since, config));
            }
            _ => {}
        }
    }

    fn ask_of_the_state(&mut self, engine: &Engine, before: &Engine) {
        let config = Arc::clone(&self.config);
        let (seed, now, is_catching_up) = (self.seed, self.clock, self.is_catching_up);
        let state = State { engine, config: &config, seed, now, is_catching_up, before };
        let is_time = self.is_time();
        let at_times = OF_A_STATE_AT_TIMES.iter().filter(|_| is_time);
        for (law, rule) in OF_A_STATE.iter().chain(at_times) {
            self.ask(*law, rule(&state));
        }
    }

    /// For the laws that take long.
    fn is_time(&self) -> bool {
        self.record.len().is_multiple_of(self.period)
    }

    /// Takes the new outputs down, as long as they wait in the queue: all that came after this moment.
    fn observe(&mut self, engine: &Engine, since: Timestamp) {
        let waiting = engine.stats().outputs;
        let Self { me, config, clock, ledger, facts, tally, broken, agreement, .. } = self;
        let mut asked = Tally::default();
        let mut ask = |law: Law, ruling| {
            if agreement.is_some() || !law.is_about_the_past() {
                judge(&mut asked, broken, law, ruling);
            }
        };
        if waiting > self.noted {
            for output in drain(&mut engine.clone()).iter().skip(self.noted) {
                tally.count_output(output);
                facts.put_out(me, output, tally);
                OF_AN_OUTPUT.iter().for_each(|(law, rule)| ask(*law, rule(output, engine)));
                ledger.note(me, output, &mut ask);
            }
            self.noted = waiting;
        }
        ledger.check(engine, &mut ask);
        let forgotten = ledger.forget_what(engine, config, (since, *clock));
        // There, who has said no hears no more of it.
        if config.profile == Profile::Default {
            ask(Law::EndIsTold, forgotten);
        }
        tally.add(&asked);
    }

    fn restored(&mut self, engine: &Engine, seed: Seed, now: Timestamp) {
        if let Some(agreement) = &mut self.agreement {
            agreement.restored(now, engine);
        }
        self.seed = seed;
        if now < self.clock {
            self.ledger.rebase(self.clock, now);
        }
        self.clock = now;
        self.is_catching_up = true;
        self.record.push((Event::Restore(now, seed), Effect::Restored));
    }

    fn replay(&self, last: &Engine) -> Ruling {
        let config = &self.config;
        let mut engine = self.first.clone();
        for (event, effect) in &self.record {
            let again = match event.clone() {
                Event::Handle(now, input) => Effect::Reply(engine.handle(now, input)),
                Event::Poll => Effect::Output(engine.poll_output()),
                Event::Restore(now, seed) => {
                    engine = Engine::restore(engine.snapshot(), Arc::clone(config), seed, now)
                        .map_err(|error| format!("it cannot be restored: {error}"))?;
                    Effect::Restored
                }
            };
            if again != *effect {
                return Err(format!("{again:?}, and before {effect:?}, of {event:?}"));
            }
        }
        if engine == *last { Ok(true) } else { Err(String::from("it ends in another state")) }
    }

    fn ask(&mut self, law: Law, ruling: Ruling) {
        judge(&mut self.tally, &mut self.broken, law, ruling);
    }
}

/// Counts that a law had something to say, and keeps the first that was broken.
pub(super) fn judge(tally: &mut Tally, broken: &mut Option<Broken>, law: Law, ruling: Ruling) {
    match ruling {
        Ok(true) => tally.count_law(law),
        Ok(false) => {}
        Err(what) => {
            broken.get_or_insert(Broken { law, what });
        }
    }
}
