//! An engine, and after each call everything that must hold then.

use alloc::sync::Arc;
use alloc::vec::Vec;

use super::ME;
use super::ledger::Ledger;
use crate::callback::{Outcome, Output};
use crate::config::Config;
use crate::disposition::Disposition;
use crate::engine::{Engine, Snapshot};
use crate::id::Seed;
use crate::input::{CatchUp, Input, Reply};
use crate::message::Inbound;
use crate::time::Timestamp;
use crate::wake::Wake;

pub(super) struct Checked {
    engine: Engine,
    config: Arc<Config>,
    seed: Seed,
    clock: Timestamp,
    is_catching_up: bool,
    ledger: Ledger,
    /// How many of the outputs that wait are in the ledger.
    noted: usize,
    record: Vec<(Event, Effect)>,
}

/// At most so many outputs come of one invitation, and so many of its sends are in flight, while nothing more is taken in.
const OF_ONE: u32 = 16;

/// What was done to the engine.
#[derive(Clone, Debug)]
enum Event {
    Handle(Timestamp, Input),
    Poll,
    Restore(Timestamp, Seed),
}

/// What came of it.
#[derive(Debug, PartialEq)]
enum Effect {
    Reply(Reply),
    Output(Option<Output>),
    Restored,
}

impl Checked {
    pub(super) fn new(config: Config) -> Self {
        let config = Arc::new(config);
        let seed = seed(0);
        Self {
            engine: new_engine(&config),
            config,
            seed,
            clock: Timestamp::default(),
            is_catching_up: false,
            ledger: Ledger::default(),
            noted: 0,
            record: Vec::new(),
        }
    }

    pub(super) fn engine(&self) -> &Engine {
        &self.engine
    }

    pub(super) fn handle(&mut self, now: Timestamp, input: Input) -> Reply {
        self.clock = self.clock.max(now);
        let begins_catch_up = matches!(input, Input::BeginCatchUp | Input::History(..));
        if begins_catch_up {
            // Nothing is due before the batch (`A7`), in which what made room for others may come again.
            self.ledger.forget_endless();
        } else {
            check_one_tick_is_as_many(&self.engine, now);
            self.engine.tick(now);
            self.observe();
        }
        let before = self.engine.clone();
        let reply = self.engine.handle(now, input.clone());
        if begins_catch_up && reply != Reply::CatchUp(CatchUp::Backlog) {
            self.is_catching_up = reply == Reply::Done;
        }
        check_unchanged(&before, &self.engine, now, &input, &reply);
        check_second_time(&self.engine, now, &input, &reply);
        self.record.push((Event::Handle(now, input), Effect::Reply(reply.clone())));
        self.observe();
        self.check();
        reply
    }

    pub(super) fn poll(&mut self) -> Option<Output> {
        let output = self.engine.poll_output();
        self.noted = self.engine.stats().outputs;
        self.record.push((Event::Poll, Effect::Output(output.clone())));
        output
    }

    /// Stores the engine and goes on from what was stored (`A4`).
    pub(super) fn restore(&mut self, now: Timestamp) {
        let snapshot = self.engine.snapshot();
        let text = serde_json::to_string(&snapshot).expect("a snapshot has a JSON form");
        let stored: Snapshot = serde_json::from_str(&text).expect("what was written can be read");
        assert!(stored == snapshot, "a snapshot survives its JSON form");
        if now >= self.clock {
            let mut unstopped = self.engine.clone();
            unstopped.begin_catch_up(now);
            let restored = restored(stored, &self.config, self.seed, now);
            assert!(restored == unstopped, "a restored engine goes on as if it had never stopped");
        }
        self.seed = seed(self.record.len());
        self.engine = restored(snapshot, &self.config, self.seed, now);
        self.clock = now;
        self.is_catching_up = true;
        self.record.push((Event::Restore(now, self.seed), Effect::Restored));
        self.check();
    }

    /// The same inputs, on a fresh engine, come to the same.
    pub(super) fn replay(self) {
        let mut engine = new_engine(&self.config);
        for (event, effect) in self.record {
            let again = match event.clone() {
                Event::Handle(now, input) => Effect::Reply(engine.handle(now, input)),
                Event::Poll => Effect::Output(engine.poll_output()),
                Event::Restore(now, seed) => {
                    engine = restored(engine.snapshot(), &self.config, seed, now);
                    Effect::Restored
                }
            };
            assert_eq!(again, effect, "of {event:?}, replayed");
        }
        assert!(engine == self.engine, "a replay ends in the same state");
    }

    /// Takes the new outputs down, as long as they wait in the queue.
    fn observe(&mut self) {
        let waiting = self.engine.stats().outputs;
        if waiting > self.noted {
            for output in drain(&mut self.engine.clone()).iter().skip(self.noted) {
                self.ledger.note(output);
            }
            self.noted = waiting;
        }
        self.ledger.check(&self.engine);
        self.ledger.forget_what(&self.engine);
    }

    fn check(&self) {
        self.check_limits();
        self.check_wake();
        let grace = self.config.grace.times(2);
        for invitation in self.engine.invitations().filter(|_| !self.is_catching_up) {
            let is_pending = invitation.outcomes().any(|(_, outcome)| outcome == Outcome::Pending);
            let is_over = invitation.deadline().is_some_and(|deadline| deadline + grace <= self.clock);
            assert!(!(is_pending && is_over), "still pending: {invitation:?}");
        }
    }

    fn check_limits(&self) {
        let (stats, limits) = (self.engine.stats(), &self.config.limits);
        assert!(stats.open <= limits.open && stats.kept <= limits.kept && stats.early <= limits.early, "{stats:?}");
        assert!(stats.open <= stats.kept, "{stats:?}");
        let per_invitation = limits.kept.saturating_mul(OF_ONE) as usize;
        assert!(stats.sends_in_flight <= per_invitation, "{stats:?}");
        assert!(stats.outputs <= (limits.outputs as usize).saturating_add(per_invitation), "{stats:?}");
        assert_eq!(stats.open as usize, self.engine.invitations().count());
        assert_eq!(stats.sends_in_flight, self.engine.sends_in_flight().count());
        for one in self.engine.invitations().map(|invitation| invitation.key().inviter()).filter(|user| **user != ME) {
            let of_one = self.engine.invitations().filter(|invitation| invitation.key().inviter() == one).count();
            assert!(of_one <= limits.open_per_sender as usize, "{of_one} invitations of {one} are open");
        }
    }

    /// It says when exactly something happens by itself (`T3`).
    fn check_wake(&self) {
        let mut engine = self.engine.clone();
        let outputs = drain(&mut engine);
        assert_eq!(self.engine.wake() == Wake::Poll, !outputs.is_empty());
        let wake = engine.wake();
        match wake {
            Wake::Poll => unreachable!("everything was polled"),
            Wake::Never => {
                engine.tick(Timestamp::from_millis(i64::MAX));
                assert_eq!(engine.wake(), Wake::Never);
            }
            Wake::At(at, _) => {
                let is_end_of_time = at.as_millis() == i64::MAX; // where sums stop
                assert!(at > self.clock || is_end_of_time, "{wake:?} is not in the future at {:?}", self.clock);
                let mut early = engine.clone();
                early.tick(Timestamp::from_millis(at.as_millis().saturating_sub(1)));
                assert_eq!(early.wake(), wake, "before that nothing happens");
                engine.tick(at);
                early.tick(at);
                assert!(early == engine, "two ticks are one");
                assert_ne!(engine.wake(), wake, "then something does");
            }
        }
    }
}

fn new_engine(config: &Arc<Config>) -> Engine {
    Engine::new(ME, config.clone(), seed(0)).expect("the configuration can be used")
}

fn restored(snapshot: Snapshot, config: &Arc<Config>, seed: Seed, now: Timestamp) -> Engine {
    Engine::restore(snapshot, config.clone(), seed, now).expect("what the engine stores it can restore")
}

fn seed(number: usize) -> Seed {
    Seed::from((number as u128).to_le_bytes())
}

fn drain(engine: &mut Engine) -> Vec<Output> {
    core::iter::from_fn(|| engine.poll_output()).collect()
}

/// One late tick does what many small ones would have done (`T2`).
fn check_one_tick_is_as_many(engine: &Engine, now: Timestamp) {
    let (mut late, mut small) = (engine.clone(), engine.clone());
    late.tick(now);
    let mut outputs = drain(&mut small);
    while let Wake::At(at, _) = small.wake()
        && at <= now
    {
        small.tick(at);
        outputs.extend(drain(&mut small));
    }
    small.tick(now);
    assert_eq!(drain(&mut late), outputs, "one late tick, and many small ones");
    assert!(late == small, "one late tick comes to what many small ones do");
}

/// What failed, or said nothing new, has changed nothing.
fn check_unchanged(before: &Engine, after: &Engine, now: Timestamp, input: &Input, reply: &Reply) {
    let is_failure = match reply {
        Reply::Disposition(disposition) => {
            return check_message_unchanged(before, now, input, *disposition);
        }
        Reply::SendResult(result) => result.is_err(),
        Reply::Invite(result) => result.is_err(),
        Reply::Cancel(result) => result.is_err(),
        Reply::Answer(result) => result.is_err(),
        Reply::Modify(result) => result.is_err(),
        Reply::AddInvited(result) => result.is_err(),
        Reply::Dismiss(result) => result.is_err(),
        Reply::CatchUp(caught_up) => *caught_up == CatchUp::Backlog,
        Reply::Done => false,
    };
    assert!(!is_failure || before == after, "{reply:?} of {input:?} has changed something");
}

/// The same message again changes nothing (`R5`).
fn check_second_time(after: &Engine, now: Timestamp, input: &Input, reply: &Reply) {
    if let Input::Message(_) | Input::Edit(_) = input {
        let mut engine = after.clone();
        let second = engine.handle(now, input.clone());
        assert!(engine == *after, "{reply:?}, and then {second:?}, of {input:?}");
    }
}

/// A stamp teaches the clock whatever the message says, so the message is judged without one.
fn check_message_unchanged(before: &Engine, now: Timestamp, input: &Input, disposition: Disposition) {
    let unstamped = |message: &Inbound| Inbound { stamp: None, ..message.clone() };
    let mut engine = before.clone();
    let (Input::Message(message) | Input::Edit(message)) = input else { return };
    let unstamped = if matches!(input, Input::Edit(_)) {
        engine.handle_edit(now, &unstamped(message))
    } else {
        engine.handle_message(now, &unstamped(message))
    };
    match unstamped {
        Disposition::Applied | Disposition::Buffered => {}
        Disposition::Stale => assert_eq!(engine.stats().outputs, before.stats().outputs, "somebody is told: {input:?}"),
        Disposition::Duplicate
        | Disposition::Ignored
        | Disposition::NotSignaling
        | Disposition::Refused(_)
        | Disposition::Malformed(_)
        | Disposition::Backlog => {
            assert!(
                engine == *before,
                "{unstamped:?} ({disposition:?} with its stamp) has changed something: {input:?}"
            );
        }
    }
}
