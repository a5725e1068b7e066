//! Random runs of one engine, held against the reference: the rules stated a second time, from the documents alone.
#![cfg(feature = "sim")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test that cannot go on fails")]

use crate::common;
use std::sync::Arc;

use crate::common::random::run;
use crate::common::script::{ME, script};
use crate::common::{Action, TIMEOUT, at, pair, random, stamp};
use convoke::sim::Agreement;
use convoke::{
    Callback, Config, Engine, Inbound, Input, InvitationKey, Millis, Outcome, Output, Profile, Pushed, Seed,
    SendResult, ServerTime, Token,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn random_runs_agree(settings in settings(), run in run(40), echoes in echoes()) {
        let mut pair = Pair::new(&settings);
        let mut now = 0;
        for ((after, step), echo) in run.into_iter().zip(echoes) {
            now += after;
            pair.handle(now, random::input(&pair.engine, now, &step))?;
            pair.echo(now, echo)?;
        }
    }

    #[test]
    fn random_scripts_agree(settings in settings(), script in script(40), echoes in echoes()) {
        let mut pair = Pair::new(&settings);
        let mut now = 1_000_000;
        for (step, echo) in script.into_iter().zip(echoes) {
            now += step.after;
            if let Some(input) = common::script::input(&pair.engine, now, &step.event) {
                pair.handle(now, input)?;
                pair.echo(now, echo)?;
            }
        }
    }
}

/// Found by a random script.
#[test]
fn t4_a_time_out_that_a_push_without_a_timeout_left_open_is_none_once_the_message_has_none_either() {
    let settings =
        Settings { grace: 5_000, is_web: false, is_short: false, fates_are_told: false, has_min_ring: false };
    let mut bob = Pair::new(&settings);
    let from_carol = |action: Action<'_>| Input::Message(action.from("carol", pair("carol")));
    let name = InvitationKey::new("carol", "one", pair("carol"));
    let script = [
        Input::AddInvited(Pushed::new(name, ServerTime::from_millis(0))),
        from_carol(Action::reply(TIMEOUT, "one", "carol", &[ME])),
        Input::Accept("one".into(), "yes".into()),
        from_carol(Action::invite("one", "carol", &[ME], 0)),
    ];
    for (now, input) in (0..).zip(script) {
        bob.handle(now, input).unwrap_or_else(|disagreement| panic!("{disagreement}"));
    }
    let outcome = bob.engine.invitation("one").and_then(|held| held.outcomes().next().map(|(_, it)| it));
    assert_eq!(outcome, Some(Outcome::Accepted));
}

/// Found by a random script.
#[test]
fn t4_of_the_time_outs_that_a_push_left_open_the_first_is_told_with_the_message() {
    let settings = Settings { grace: 5_000, is_web: false, is_short: false, fates_are_told: true, has_min_ring: false };
    let mut bob = Pair::new(&settings);
    let from = |who: &str, action: Action<'_>| Input::Message(action.from(who, pair("alice")));
    let script = [
        Input::AddInvited(Pushed::new(InvitationKey::new("alice", "one", pair("alice")), ServerTime::from_millis(0))),
        from(ME, Action::reply(TIMEOUT, "one", "alice", &[ME])),
        from("alice", Action::reply(TIMEOUT, "one", "alice", &[ME])),
        from("alice", Action::invite("one", "alice", &[ME], 10)),
    ];
    for (now, input) in (0..).zip(script) {
        bob.handle(now, input).unwrap_or_else(|disagreement| panic!("{disagreement}"));
    }
    let outcome = bob.engine.invitation("one").and_then(|held| held.outcomes().next().map(|(_, it)| it));
    assert_eq!(outcome, Some(Outcome::TimedOut));
}

/// Found by a random script: the reference had given up the acceptance before it heard of the time-out.
#[test]
fn c6_a_push_whose_message_shortens_the_wait_for_an_acceptance_ends_timed_out() {
    let settings = Settings { grace: 5_000, is_web: false, is_short: false, fates_are_told: true, has_min_ring: false };
    let mut bob = Pair::new(&settings);
    let from_carol = |action: Action<'_>, ms, id| {
        let message = action.from("carol", pair("carol"));
        Input::Message(message.stamped(ms, id))
    };
    let name = InvitationKey::new("carol", "one", pair("carol"));
    let script = [
        (21_000, Input::AddInvited(Pushed::new(name, ServerTime::from_millis(20_000)))),
        (26_000, Input::Accept("one".into(), "yes".into())),
        (28_000, from_carol(Action::reply(TIMEOUT, "one", "carol", &[ME]), 24_000, "late")),
        (34_000, from_carol(Action::invite("one", "carol", &[ME], 1), 20_000, "first")),
    ];
    for (now, input) in script {
        bob.handle(now, input).unwrap_or_else(|disagreement| panic!("{disagreement}"));
    }
    let ended = bob.last.iter().rev().find_map(|output| match output {
        Output::Callback(Callback::Ended { outcomes, .. }) => Some(outcomes.clone()),
        Output::Callback(_) | Output::Transmit(_) | Output::Edit(_) => None,
    });
    assert_eq!(ended, Some(vec![(ME.into(), Outcome::TimedOut)]));
}

#[test]
fn the_reference_knows_nothing_of_how_the_engine_works() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/laws");
    let mut files = vec![format!("{folder}/reference.rs").into()];
    let parts = std::fs::read_dir(format!("{folder}/reference")).expect("it has parts");
    files.extend(parts.map(|part| part.expect("a part can be read").path()));
    assert!(files.len() > 1);
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a part can be read");
        for word in ["protocol", "engine", "wire", "Engine"] {
            assert!(!text.contains(word), "{} speaks of `{word}`", file.display());
        }
    }
}

/// The settings that change what happens.
#[derive(Clone, Copy, Debug)]
struct Settings {
    grace: u32,
    is_web: bool,
    is_short: bool,
    fates_are_told: bool,
    has_min_ring: bool,
}

fn settings() -> impl Strategy<Value = Settings> {
    let flags = (any::<bool>(), any::<bool>(), prop::bool::weighted(0.8), any::<bool>());
    (select(vec![5_000, 5_000, 0, 1]), flags).prop_map(|(grace, (is_web, is_short, fates_are_told, has_min_ring))| {
        Settings { grace, is_web, is_short, fates_are_told, has_min_ring }
    })
}

impl Settings {
    fn config(self) -> Config {
        let mut config = Config::default();
        config.grace = Millis::from_millis(self.grace);
        config.fates_are_told = self.fates_are_told;
        if self.has_min_ring {
            config.min_ring = Millis::from_secs(2);
        }
        if self.is_web {
            config.profile = Profile::Web;
        }
        if self.is_short {
            config.retention = Millis::from_secs(20);
            config.tombstone_life = Millis::from_secs(3);
        }
        config
    }
}

/// After which steps one's own messages are seen again: which of them, and how long ago they were stamped.
fn echoes() -> impl Strategy<Value = Vec<Option<(Index, i64)>>> {
    vec(prop::option::weighted(0.15, (any::<Index>(), 0..3_i64)), 40)
}

/// An engine and the reference, side by side.
struct Pair {
    settings: Settings,
    engine: Engine,
    agreement: Agreement,
    log: Vec<String>,
    /// What the last call put out.
    last: Vec<Output>,
    /// What was sent, as others see it.
    sent: Vec<Inbound>,
    edits: Vec<Token>,
}

impl Pair {
    fn new(settings: &Settings) -> Self {
        let config = Arc::new(settings.config());
        let engine = Engine::new(ME, config.clone(), Seed::from([7; 16])).expect("the configuration can be used");
        let agreement = Agreement::new(ME.into(), config);
        Self {
            settings: *settings,
            engine,
            agreement,
            log: Vec::new(),
            last: Vec::new(),
            sent: Vec::new(),
            edits: Vec::new(),
        }
    }

    /// What is due comes first.
    fn handle(&mut self, now: i64, mut input: Input) -> Result<(), TestCaseError> {
        if self.is_left_open(now, &mut input) {
            return Ok(());
        }
        if !matches!(input, Input::BeginCatchUp | Input::History(..)) {
            let ruling = self.agreement.tick(&self.engine, at(now));
            self.check(ruling)?;
            self.engine.tick(at(now));
            self.poll();
        }
        self.log.push(format!("{now} {input:?}"));
        let before = self.engine.clone();
        let reply = self.engine.handle(at(now), input.clone());
        let outputs = self.poll();
        self.last.clone_from(&outputs);
        let ruling = self.agreement.call(at(now), &input, &reply, (&before, &self.engine), outputs);
        self.check(ruling)
    }

    fn check(&self, ruling: Result<bool, String>) -> Result<(), TestCaseError> {
        let reason = |what| TestCaseError::fail(format!("{what}, after\n  {}", self.log.join("\n  ")));
        ruling.map(|_| ()).map_err(reason)
    }

    /// What the reference does not decide.
    fn is_left_open(&self, now: i64, input: &mut Input) -> bool {
        if let Input::SendResult(token, fate @ SendResult::Unknown) = input
            && self.edits.contains(token)
        {
            // Which of two edits is the last, if nobody knows when the own one was made: so that is known.
            *fate = SendResult::Sent(stamp(now, &format!("edit {now}")));
        }
        // What becomes of an edit that is too old to be kept, and of a push whose message never comes.
        let is_too_old =
            |edit: &Inbound| edit.stamp.as_ref().is_some_and(|stamp| stamp.time.as_millis() < now - 600_000);
        matches!(input, Input::Edit(edit) if is_too_old(edit))
            || (self.settings.is_short && matches!(input, Input::AddInvited(_)))
    }

    /// One's own message is seen again.
    fn echo(&mut self, now: i64, echo: Option<(Index, i64)>) -> Result<(), TestCaseError> {
        let Some((which, ago)) = echo.filter(|_| !self.sent.is_empty()) else { return Ok(()) };
        let seen = which.get(&self.sent).clone().stamped(now - ago, format!("echo {now}"));
        self.handle(now, Input::Message(seen))
    }

    fn poll(&mut self) -> Vec<Output> {
        let outputs: Vec<Output> = std::iter::from_fn(|| self.engine.poll_output()).collect();
        for output in &outputs {
            match output {
                Output::Transmit(transmit) => {
                    self.sent.push(Inbound::new(ME, transmit.conversation.clone(), &*transmit.payload));
                }
                Output::Edit(edit) => self.edits.push(edit.token),
                Output::Callback(_) => {}
            }
        }
        outputs
    }
}
