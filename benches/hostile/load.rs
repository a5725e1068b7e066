//! One engine under load: what each message costs, how much is held, and how friends fare.

use std::time::Duration;

use convoke::{
    CatchUp, Config, Disposition, Engine, History, Inbound, Limits, Output, Seed, SendResult, ServerTime, Stamp,
    Timestamp, Transmit,
};

use super::Mix;
use super::enemy::{Enemy, Hostile, ME};
use super::friends::{Act, Course, Friends};
use super::report::Report;

/// How many messages are measured together.
pub(crate) const CHUNK: u64 = 1_000;
/// When the flood begins; friends have talked before.
const BEGIN_MS: i64 = 1_700_000_000_000;
const FRIENDS_BEFORE_MS: i64 = 60_000;
/// The service's clock is ahead of the host's by this.
const AHEAD_MS: i64 = 7_000;
/// How long a message is under way.
const DELAY_MS: i64 = 40;
/// How often the user is away, and how long.
const AWAY_EVERY_MS: i64 = 50_000;
const AWAY_MS: i64 = 1_500;

/// How long a flood is, and what bounds the engine.
pub(crate) struct Flood {
    pub(crate) messages: u64,
    /// The time between two of them.
    pub(crate) pause_ms: i64,
    pub(crate) limits: Limits,
}

/// What is read between the messages.
pub(crate) struct Gauges {
    /// How many bytes are allocated.
    pub(crate) live: fn() -> usize,
    /// A clock, where time matters.
    pub(crate) clock: fn() -> Duration,
}

/// Floods an engine.
pub(crate) fn run(mix: Mix, flood: &Flood, gauges: &Gauges) -> Report {
    let chunks = flood.messages / CHUNK;
    let moment = |n: u64| BEGIN_MS + i64::try_from(n).expect("it fits") * flood.pause_ms;
    let mut report = Report::new(mix, chunks);
    let mut enemy = Enemy::new(mix);
    // What the enemy remembers is live too, and grows for long.
    let mut enemys = 0;
    let mut host = Host::new(&flood.limits);
    host.live_with_friends(BEGIN_MS);
    for chunk in 0..chunks {
        let first = chunk * CHUNK;
        let next = |at| (at, enemy.next(at - DELAY_MS + AHEAD_MS, &host.friends.seen));
        let wave: Vec<(i64, Hostile)> = (first..first + CHUNK).map(moment).map(next).collect();
        let mut ringing = Vec::with_capacity(wave.len());
        let start = (gauges.clock)();
        for (at, hostile) in &wave {
            host.away_or_back(*at);
            host.live_with_friends(*at);
            ringing.push(host.hear(*at, hostile));
        }
        let elapsed = (gauges.clock)().saturating_sub(start);
        for ((_, hostile), is_new) in wave.into_iter().zip(ringing) {
            if let Some(invited) = hostile.invited.filter(|_| is_new) {
                let before = (gauges.live)();
                enemy.remember(invited.copied());
                enemys = enemys + (gauges.live)() - before;
            }
        }
        report.add(elapsed, (gauges.live)() - enemys);
        host.check_limits();
    }
    report.tally = host.friends.tally;
    report
}

/// An engine, the loop of its host, and the user's friends.
struct Host {
    engine: Engine,
    limits: Limits,
    friends: Friends,
    /// What is to be handed in as history, while the user is away.
    missed: Option<Vec<Inbound>>,
    away_at: i64,
    heard: u64,
    sent: u64,
}

impl Host {
    fn new(limits: &Limits) -> Self {
        let (mut config, from) = (Config::default(), BEGIN_MS - FRIENDS_BEFORE_MS);
        config.limits = limits.clone();
        let mut engine = Engine::new(ME, config, Seed::from([7; 16])).expect("the configuration can be used");
        engine.sync_clock(Timestamp::from_millis(from), ServerTime::from_millis(from + AHEAD_MS));
        let (limits, friends) = (limits.clone(), Friends::new(from));
        Self { engine, limits, friends, missed: None, away_at: BEGIN_MS, heard: 0, sent: 0 }
    }

    /// The user goes away now and then, and is back soon.
    fn away_or_back(&mut self, at: i64) {
        let now = Timestamp::from_millis(at);
        if self.missed.is_none() && at >= self.away_at {
            self.engine.begin_catch_up(now);
            self.missed = Some(Vec::new());
        }
        if at < self.away_at + AWAY_MS {
            return;
        }
        let Some(batch) = self.missed.take() else {
            return;
        };
        self.away_at += AWAY_EVERY_MS;
        let is_cold = self.away_at % (2 * AWAY_EVERY_MS) < AWAY_EVERY_MS;
        let history = if is_cold { History::cold() } else { History::hot() };
        let caught_up = self.engine.handle_history(now, &history, &batch);
        assert!(matches!(caught_up, CatchUp::Done(_)), "the outputs are polled");
        self.drain(at);
    }

    /// A hostile message: live, as an edit, or in the history. Says whether it may have been taken in.
    fn hear(&mut self, at: i64, Hostile { message, is_edit, .. }: &Hostile) -> bool {
        let now = Timestamp::from_millis(at);
        self.heard += 1;
        match &mut self.missed {
            Some(missed) if self.heard.is_multiple_of(2) => {
                missed.push(message.clone());
                true
            }
            _ => {
                let disposition = if *is_edit {
                    self.engine.handle_edit(now, message)
                } else {
                    self.engine.handle_message(now, message)
                };
                assert_ne!(disposition, Disposition::Backlog, "the outputs are polled");
                self.drain(at);
                disposition == Disposition::Applied
            }
        }
    }

    /// All that friends, and the user to friends, do by now.
    fn live_with_friends(&mut self, now: i64) {
        while let Some((at, id, act)) = self.friends.due(now) {
            self.act(at, id, act);
            self.drain(at);
        }
    }

    fn act(&mut self, at: i64, id: u64, act: Act) {
        let now = Timestamp::from_millis(at);
        let Some(course) = self.friends.course(id) else {
            return;
        };
        let key = course.key.clone();
        let complaint = match (act, key) {
            (Act::Invite, _) => match self.engine.invite(now, course.invite()) {
                Ok(key) => {
                    self.friends.name(id, key);
                    None
                }
                Err(error) => Some(error.to_string()),
            },
            (Act::Accept, Some(key)) => self.engine.accept(now, &key, "").err().map(|error| error.to_string()),
            (Act::Reject, Some(key)) => self.engine.reject(now, &key, "").err().map(|error| error.to_string()),
            (Act::Cancel, Some(key)) => self.engine.cancel(now, &key, "").err().map(|error| error.to_string()),
            (Act::Hear(kind), _) => {
                let message = course.say(kind, at - DELAY_MS + AHEAD_MS);
                message.and_then(|message| self.hear_friend(now, message))
            }
            (Act::Replay(is_stamped), _) => {
                let said = course.said.clone();
                self.replay(now, said, is_stamped);
                None
            }
            (Act::Retire, _) => {
                self.friends.retire(id);
                None
            }
            (Act::Accept | Act::Reject | Act::Cancel, None) => Some("it has no name".into()),
        };
        if let (Some(complaint), Some(course)) = (complaint, self.friends.course(id)) {
            course.complaint.get_or_insert(complaint);
        }
    }

    /// Says why, if the engine does not take it.
    fn hear_friend(&mut self, now: Timestamp, message: Inbound) -> Option<String> {
        if let Some(missed) = &mut self.missed {
            missed.push(message);
            return None;
        }
        let disposition = self.engine.handle_message(now, &message);
        let is_taken = matches!(disposition, Disposition::Applied | Disposition::Buffered);
        (!is_taken).then(|| format!("{disposition:?}"))
    }

    fn replay(&mut self, now: Timestamp, said: Vec<Inbound>, is_stamped: bool) {
        for mut message in said {
            if !is_stamped {
                message.stamp = None;
            }
            self.friends.tally.replays += 1;
            let _ = self.hear_friend(now, message);
        }
    }

    fn drain(&mut self, at: i64) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Transmit(transmit) => self.send(at, &transmit),
                Output::Edit(_) => {}
                Output::Callback(callback) => {
                    if let Some(course) = self.friends.of(callback.invitation()) {
                        course.told(&callback);
                    }
                }
            }
        }
    }

    /// What is sent to friends arrives. Of the rest some is refused, and of some nobody ever hears.
    fn send(&mut self, at: i64, transmit: &Transmit) {
        self.sent += 1;
        let stamp =
            Stamp { time: ServerTime::from_millis(at + AHEAD_MS), id: format!("s{}", self.sent).as_str().into() };
        let fate = match self.friends.of(&transmit.invitation) {
            Some(course) => {
                course.said.push(echo(course, transmit, &stamp));
                SendResult::Sent(stamp)
            }
            None => match self.sent % 10 {
                0 => return,
                1 => SendResult::Refused { code: 1 },
                _ => SendResult::Sent(stamp),
            },
        };
        self.engine.handle_send_result(Timestamp::from_millis(at), transmit.token, fate).expect("the token is open");
    }

    fn check_limits(&self) {
        let (stats, limits) = (self.engine.stats(), &self.limits);
        let is_within = stats.open <= limits.open && stats.kept <= limits.kept && stats.early <= limits.early;
        assert!(is_within && stats.outputs == 0, "{stats:?}");
    }
}

/// What the user sent, as the user's own message.
fn echo(course: &Course, transmit: &Transmit, stamp: &Stamp) -> Inbound {
    let mut message = Inbound::new(ME, course.place.clone(), transmit.payload.clone());
    message.stamp = Some(stamp.clone());
    message
}
