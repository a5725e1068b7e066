//! The host of the engine that is tested, and everybody it talks to: makes inputs of steps.

mod compose;

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::sync::Arc;
use alloc::vec::Vec;
use alloc::{format, vec};

use self::compose::{GROUPS, TIMEOUTS, USERS, text, users};
use super::ME;
use super::forgery::Forgery;
use super::program::{Delivery, Fate, Invitation, Operation, Pause, Pick, Place, Program, Setup, Step, Subject, When};
use crate::callback::Output;
use crate::config::{Config, Limits, Profile};
use crate::id::{GroupId, Seed, UserId};
use crate::input::{History, Input, Reply};
use crate::laws::{Attendance, OF_THE_END, Parting, Party, Watched};
use crate::message::{Inbound, Invite, Pushed, SendResult, Stamp, Token};
use crate::name::{InvitationKey, Target};
use crate::time::{Millis, ServerTime, Timestamp};
use crate::wake::Wake;

/// Where the host's clock starts.
const START: Timestamp = Timestamp::from_millis(1_000_000);
/// How many invitations and messages are remembered.
const MEMORY: usize = 64;
/// Every law is asked after every call.
const PERIOD: usize = 1;
/// No engine wants to be woken more often than this before all is over.
const MOST_WAKES: usize = 10_000;

pub(super) struct Host {
    watched: Watched,
    config: Arc<Config>,
    /// How many seeds the engine has had.
    seeds: u128,
    is_lazy: bool,
    now: Timestamp,
    skew_ms: i64,
    /// Invitations that somebody has made, by whatever right.
    known: Vec<Known>,
    /// Messages that were composed, the engine's own among them.
    messages: Vec<Inbound>,
    /// What the service says of what the engine has sent.
    stamps: BTreeMap<Token, Stamp>,
    stamp_count: u32,
}

#[derive(Clone, PartialEq)]
struct Known {
    key: InvitationKey,
    invitees: Vec<UserId>,
}

impl Host {
    pub(super) fn run(program: Program) {
        let mut host = Self::new(program.setup, Some(PERIOD));
        host.play(program.steps.into_iter().take(Program::MAX_STEPS));
        host.end();
    }

    /// The engine is restored from a forged snapshot on the way, and is watched from then on.
    pub(super) fn run_forged(forgery: Forgery) {
        let mut host = Self::new(forgery.program.setup, None);
        let mut steps = forgery.program.steps.iter().take(Program::MAX_STEPS).cloned();
        host.play(steps.by_ref().take(forgery.at.into()));
        let sound = serde_json::to_value(host.watched.engine().snapshot()).expect("a snapshot has a JSON form");
        let Ok(forged) = serde_json::from_slice(&forgery.of(sound)) else { return };
        let seed = host.fresh_seed();
        let restored = Watched::forged(forged, &host.config, seed, host.now, PERIOD);
        let Ok(watched) = restored else { return };
        host.watched = watched;
        host.play(steps);
        host.end();
    }

    fn new(setup: Setup, period: Option<usize>) -> Self {
        let config = Arc::new(config(setup));
        let watched = Watched::sign_in(ME, &config, seed(0), period).expect("the configuration can be used");
        Self {
            watched,
            config,
            seeds: 1,
            is_lazy: setup.is_lazy,
            now: START,
            skew_ms: i64::from(setup.skew_s).saturating_mul(1_000),
            known: Vec::new(),
            messages: Vec::new(),
            stamps: BTreeMap::new(),
            stamp_count: 0,
        }
    }

    fn play(&mut self, steps: impl Iterator<Item = Step>) {
        for step in steps {
            self.take(step);
            if !self.is_lazy {
                self.poll(usize::MAX);
            }
        }
    }

    /// Nobody says another word: wakes the engine for as long as it wants to be, and asks what must hold when all is over.
    fn end(&mut self) {
        self.poll(usize::MAX);
        self.handle(Input::History(History::hot(), Vec::new()));
        for _ in 0..MOST_WAKES {
            match self.watched.engine().wake() {
                Wake::Poll => self.poll(usize::MAX),
                Wake::At(at, _) => {
                    self.now = at;
                    self.handle(Input::Tick);
                }
                Wake::Never => break,
            }
        }
        self.watched.replay();
        self.check();
        let party = Party {
            engines: vec![(ME, self.watched.engine())],
            whole: Vec::new(),
            left: &BTreeSet::new(),
            told_alone: Vec::new(),
            told_together: BTreeMap::new(),
            parting: Parting::default(),
            attendance: Attendance::default(),
        };
        for (law, rule) in OF_THE_END {
            let ruling = rule(&party);
            assert!(ruling.is_ok(), "{law:?} was broken: {ruling:?}");
        }
    }

    /// Does what the step says; what makes no sense at this point is left out.
    fn take(&mut self, step: Step) {
        match step {
            Step::Message(message, delivery) => {
                if let Some(message) = self.compose(message) {
                    remember(&mut self.messages, message.clone());
                    self.deliver(message, delivery);
                }
            }
            Step::Again(message, delivery) => {
                if let Some(message) = message.from(&self.messages).cloned() {
                    self.deliver(message, delivery);
                }
            }
            Step::History { start, since, count, messages } => {
                let since = since.map(|seconds| self.server_time(-i64::from(seconds)));
                let count = usize::from(count).checked_rem(messages.len() + 1).unwrap_or(0);
                let picks = messages.iter().take(count);
                let batch = picks.filter_map(|pick| pick.from(&self.messages).cloned()).collect();
                self.handle(Input::History(History { start, since }, batch));
            }
            Step::BeginCatchUp => self.handle(Input::BeginCatchUp),
            Step::Operation(operation) => self.operate(operation),
            Step::Fate(send, fate) => self.settle(send, fate),
            Step::MemberLeft { group, user } => self.handle(Input::MemberLeft(self.group(group), self.user(user))),
            Step::SyncClock { off_by_s } => self.handle(Input::SyncClock(self.server_time(off_by_s.into()))),
            Step::Pass(pause) => {
                self.now = self.after(pause);
                self.handle(Input::Tick);
            }
            Step::Poll { count } => self.poll(count.into()),
            Step::Restore { set_back_s } => {
                self.now = self.after(Pause::Back(u16::from(set_back_s).saturating_mul(256)));
                self.restore();
            }
            Step::Any(input) => self.handle(input),
        }
    }

    fn handle(&mut self, input: Input) {
        let _: Reply = self.hand_in(input);
    }

    fn hand_in(&mut self, input: Input) -> Reply {
        let reply = self.watched.handle(self.now, input);
        self.check();
        reply
    }

    /// Stores the engine, and goes on from what was stored (`A4`).
    fn restore(&mut self) {
        let (saved, seed) = (self.watched.save(), self.fresh_seed());
        let restored = Watched::restore(saved, &self.config, seed, self.now);
        self.watched = restored.expect("what the engine stores it can restore");
    }

    fn fresh_seed(&mut self) -> Seed {
        let seed = seed(self.seeds);
        self.seeds = self.seeds.wrapping_add(1);
        seed
    }

    fn check(&self) {
        assert_eq!(self.watched.broken(), None, "a law was broken");
    }

    /// Polls, and lets each message that is sent come back as the service hands it to one's own devices.
    fn poll(&mut self, count: usize) {
        for _ in 0..count {
            let (token, conversation, payload, online_user_only) = match self.watched.poll() {
                None => return,
                Some(Output::Callback(_)) => continue,
                Some(Output::Transmit(sent)) => (sent.token, sent.conversation, sent.payload, sent.online_user_only),
                Some(Output::Edit(edit)) => (edit.token, edit.conversation, edit.payload, false),
            };
            let stamp = self.stamp(When::Now);
            self.stamps.extend(stamp.clone().map(|stamp| (token, stamp)));
            let echo = Inbound { stamp, online_user_only, ..Inbound::new(ME, conversation, payload) };
            remember(&mut self.messages, echo);
        }
    }

    fn deliver(&mut self, message: Inbound, delivery: Delivery) {
        match delivery {
            Delivery::Live => self.handle(Input::Message(message)),
            Delivery::Edit => self.handle(Input::Edit(message)),
            Delivery::Later => {}
        }
    }

    fn operate(&mut self, operation: Operation) {
        let named = |subject: Subject| {
            let key = &subject.invitation.from(&self.known)?.key;
            let target = if subject.is_terse { Target::from(key.invite_id()) } else { Target::from(key) };
            Some((target, text(subject.data)))
        };
        let input = match operation {
            Operation::Invite(invite) => return self.invite(invite),
            Operation::Cancel(subject) => named(subject).map(|(target, data)| Input::Cancel(target, data)),
            Operation::Accept(subject) => named(subject).map(|(target, data)| Input::Accept(target, data)),
            Operation::Reject(subject) => named(subject).map(|(target, data)| Input::Reject(target, data)),
            Operation::Modify(subject) => named(subject).map(|(target, data)| Input::Modify(target, data)),
            Operation::Dismiss(subject) => named(subject).map(|(target, _)| Input::Dismiss(target)),
            Operation::AddInvited { subject, sent, timeout } => {
                let sent = self.stamp(sent).map_or_else(ServerTime::default, |stamp| stamp.time);
                let timeout = timeout.from(&TIMEOUTS).copied().unwrap_or_default();
                let known = subject.invitation.from(&self.known);
                let pushed = known.map(|known| Pushed::new(known.key.clone(), sent).timeout(timeout));
                pushed.map(|pushed| Input::AddInvited(pushed.data(text(subject.data))))
            }
        };
        if let Some(input) = input {
            self.handle(input);
        }
    }

    fn invite(&mut self, spec: Invitation) {
        let invitees = users(spec.invitees);
        let invite = match (spec.place, invitees.first()) {
            (Place::Pair, Some(first)) => Invite::to(first),
            (Place::Pair, None) => Invite::to(""),
            (Place::Group(group), _) => Invite::in_group(self.group(group), &invitees),
        };
        let timeout = spec.timeout.from(&TIMEOUTS).copied().unwrap_or_default();
        let mut invite = invite.timeout(timeout).data(text(spec.data));
        if spec.online_user_only {
            invite = invite.online_user_only();
        }
        if let Reply::Invite(Ok(key)) = self.hand_in(Input::Invite(invite)) {
            remember(&mut self.known, Known { key, invitees });
        }
    }

    fn settle(&mut self, send: Pick, fate: Fate) {
        let tokens: Vec<Token> = self.watched.engine().sends_in_flight().map(|(token, _)| token).collect();
        let Some(token) = send.from(&tokens).copied() else { return };
        let result = match fate {
            Fate::Sent => match self.stamps.get(&token).cloned().or_else(|| self.stamp(When::Now)) {
                Some(stamp) => SendResult::Sent(stamp),
                None => SendResult::Unknown,
            },
            Fate::Refused(code) => SendResult::Refused { code: code.into() },
            Fate::Unknown => SendResult::Unknown,
        };
        self.handle(Input::SendResult(token, result));
    }

    fn after(&self, pause: Pause) -> Timestamp {
        let passed = |ms: i64| Timestamp::from_millis(self.now.as_millis().saturating_add(ms));
        let wake = match self.watched.engine().wake() {
            Wake::At(at, _) => at,
            Wake::Poll | Wake::Never => self.now,
        };
        match pause {
            Pause::ToWake => wake,
            Pause::ToJustBeforeWake => Timestamp::from_millis(wake.as_millis().saturating_sub(1)),
            Pause::Millis(ms) => passed(ms.into()),
            Pause::Seconds(seconds) => passed(i64::from(seconds) * 1_000),
            Pause::Days(days) => passed(i64::from(days) * 86_400_000),
            Pause::Back(ms) => passed(-i64::from(ms)),
            // Not to where sums of moments stop, as everything does there.
            Pause::Absurd(ms) => Timestamp::from_millis(ms / 4),
        }
    }

    /// The service's clock, a few seconds off.
    fn server_time(&self, off_by_s: i64) -> ServerTime {
        let ms = self.now.as_millis().saturating_add(self.skew_ms).saturating_add(off_by_s.saturating_mul(1_000));
        ServerTime::from_millis(ms)
    }

    fn stamp(&mut self, when: When) -> Option<Stamp> {
        let time = match when {
            When::Now => self.server_time(0),
            When::Ago(seconds) => self.server_time(-i64::from(seconds)),
            When::Ahead(seconds) => self.server_time(seconds.into()),
            When::Absurd(ms) => ServerTime::from_millis(ms),
            When::Unknown => return None,
        };
        self.stamp_count = self.stamp_count.saturating_add(1);
        Some(Stamp { time, id: format!("m{}", self.stamp_count).into() })
    }

    fn user(&self, pick: Pick) -> UserId {
        pick.from(&USERS).copied().unwrap_or_default().into()
    }

    fn group(&self, pick: Pick) -> GroupId {
        pick.from(&GROUPS).copied().unwrap_or_default().into()
    }
}

fn seed(number: u128) -> Seed {
    Seed::from(number.to_le_bytes())
}

/// Everything small, so that every limit and every time is reached.
fn config(setup: Setup) -> Config {
    Config {
        profile: if setup.is_web_profile { Profile::Web } else { Profile::Default },
        grace: Millis::from_secs(1),
        retention: Millis::from_secs(60),
        min_ring: if setup.has_min_ring { Millis::from_secs(2) } else { Millis::ZERO },
        tombstone_life: Millis::from_secs(20),
        cold_group_window: Millis::from_secs(10),
        fates_are_told: !setup.hides_fates,
        limits: Limits {
            payload_bytes: 400,
            invite_id_bytes: 40,
            user_id_bytes: 8,
            group_id_bytes: 8,
            invitees: 4,
            open: 5,
            open_per_sender: 2,
            kept: 8,
            kept_per_sender: 4,
            early: 5,
            early_per_sender: 3,
            outputs: 12,
        },
    }
}

fn remember<T: PartialEq>(memory: &mut Vec<T>, item: T) {
    if memory.len() < MEMORY && !memory.contains(&item) {
        memory.push(item);
    }
}
