//! Many peers, one clock: a command a line in, its answer out.

use alloc::borrow::ToOwned as _;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::{String, ToString as _};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hash::Hasher as _;

use serde::Deserialize as _;
use serde_json::Value;
use siphasher::sip128::{Hasher128 as _, SipHasher24};
use thiserror::Error;

use super::answer::Answer;
use super::command::{Command, ProfileName};
use super::peer::Peer;
use super::service::Service;
use crate::config::{Config, Limits};
use crate::engine::Snapshot;
use crate::error::{ConfigError, RestoreError};
use crate::id::Seed;
use crate::message::Stamp;
use crate::signaling_info;
use crate::time::ServerTime;

const DEFAULT_START_MS: i64 = 1_700_000_000_000;

/// No moment is farther off than the integers of JavaScript reach, so that no sum of moments saturates, which would stop
/// the clock before a deadline.
const FARTHEST_MS: u64 = 1 << 53;

/// Engines behind the protocol of the vendor's test peer.
///
/// ```
/// let mut pipe = convoke::sim::Pipe::new();
/// let lines = pipe.answer(r#"{"op":"new","peer":"alice"}"#);
/// assert_eq!(serde_json::to_string(&lines).unwrap(), r#"[{"done":"new","nextTimer":null}]"#);
/// ```
pub struct Pipe {
    service: Service,
    config: Arc<Config>,
    peers: BTreeMap<String, Peer>,
    sign_ins: u64,
}

/// Why a command makes no sense. Nothing was done.
#[derive(Debug, Error)]
pub(super) enum Nonsense {
    #[error("not a JSON value: {0}")]
    NotJson(serde_json::Error),
    #[error("not a command: {0}")]
    NotACommand(serde_json::Error),
    #[error("no peer `{0}`: sign it in with `new` first")]
    NoPeer(String),
    #[error("the clock has started: `startMs` and `profile` belong before the first peer")]
    Started,
    #[error("{0} ms is farther off than a clock goes")]
    FarOff(i64),
    #[error("`advance` takes either `ms` or `toMs`")]
    HowFar,
    #[error("peer `{0}`: {1}")]
    SignIn(String, ConfigError),
    #[error("peer `{0}`: {1}")]
    Restore(String, RestoreError),
}

impl Default for Pipe {
    fn default() -> Self {
        Self::new()
    }
}

impl Pipe {
    /// A pipe without peers, at the vendor's start of time.
    #[must_use]
    pub fn new() -> Self {
        let config = Arc::new(Config::default());
        Self { service: Service::new(DEFAULT_START_MS), config, peers: BTreeMap::new(), sign_ins: 0 }
    }

    /// Executes one line, and answers it: the last line is always a [`Answer::Done`].
    pub fn answer(&mut self, line: &str) -> Vec<Answer> {
        let mut op = None;
        let executed = serde_json::from_str::<Value>(line).map_err(Nonsense::NotJson).and_then(|value| {
            op = value.get("op").and_then(Value::as_str).map(str::to_owned);
            self.execute(Command::deserialize(value).map_err(Nonsense::NotACommand)?)
        });
        let mut answers = executed.unwrap_or_else(|nonsense| [Answer::Error { error: nonsense.to_string() }].into());
        let next_timer = self.peers.values().filter_map(|peer| peer.next_effect(&self.service)).min();
        answers.push(Answer::Done { done: op, next_timer });
        answers
    }

    /// Gives these stamps to the peer's next sends.
    pub(super) fn script(&mut self, peer: &str, stamps: VecDeque<Option<Stamp>>) {
        self.service.script(peer, stamps);
    }

    pub(super) fn execute(&mut self, command: Command) -> Result<Vec<Answer>, Nonsense> {
        let answer = self.dispatch(command)?;
        let events = self.service.take_events().into_iter().map(Answer::Event);
        Ok(events.chain(answer).collect())
    }

    fn dispatch(&mut self, command: Command) -> Result<Option<Answer>, Nonsense> {
        match command {
            Command::Hello { start_ms, profile } => self.hello(start_ms, profile),
            Command::New { peer, skew_ms } => self.sign_in(peer, skew_ms),
            Command::Restore { peer, snapshot, skew_ms } => self.restore(peer, snapshot, skew_ms),
            Command::Advance { ms, to_ms } => self.advance(ms, to_ms),
            Command::Call { peer, method, options, tag } => {
                self.tell(&peer, |peer, service| peer.call(service, method, &options, tag))
            }
            Command::Deliver { peer, message } => self.tell(&peer, |peer, service| peer.deliver(service, &message)),
            Command::Modified { peer, message } => {
                self.tell(&peer, |peer, service| peer.deliver_edit(service, &message))
            }
            Command::Sending { peer, mode } => self.tell(&peer, |peer, _| peer.set_sending(mode)),
            Command::Release { peer, outcome } => self.tell(&peer, |peer, service| peer.release(service, outcome)),
            Command::CatchUp { peer } => self.tell(&peer, Peer::catch_up),
            Command::Sync { peer, kind, messages } => {
                self.tell(&peer, |peer, service| peer.sync(service, kind, &messages))
            }
            Command::MemberLeft { peer, group_id, user } => {
                self.tell(&peer, |peer, service| peer.member_left(service, &group_id, &user))
            }
            Command::SyncClock { peer, server_ms } => {
                self.tell(&peer, |peer, service| peer.sync_clock(service, ServerTime::from_millis(server_ms)))
            }
            Command::Live { peer: name } => {
                self.ask(&name, |peer, _| Answer::Live { peer: name.clone(), live: peer.live() })
            }
            Command::Info { peer: name, message } => self.ask(&name, |peer, service| {
                let inbound = peer.inbound(service, &message);
                Answer::Info { peer: name.clone(), info: signaling_info(&inbound, &Limits::default()).ok() }
            }),
            Command::Outcomes { peer: name, invite_id } => self.ask(&name, |peer, _| {
                let outcomes = peer.outcomes(&invite_id);
                Answer::Outcomes { peer: name.clone(), invite_id, outcomes }
            }),
            Command::Snapshot { peer: name } => {
                self.ask(&name, |peer, _| Answer::Snapshot { peer: name.clone(), snapshot: peer.snapshot() })
            }
        }
    }

    fn hello(&mut self, start_ms: Option<i64>, profile: Option<ProfileName>) -> Result<Option<Answer>, Nonsense> {
        if !self.peers.is_empty() && (start_ms.is_some() || profile.is_some()) {
            return Err(Nonsense::Started);
        }
        if let Some(start_ms) = start_ms {
            self.service.start_ms = within_reach(start_ms)?;
        }
        if let Some(profile) = profile {
            self.config = Arc::new(Config { profile: profile.into(), ..Config::default() });
        }
        let start_ms = self.service.start_ms;
        Ok(Some(Answer::Hello { sdk: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION"), start_ms }))
    }

    fn sign_in(&mut self, name: String, skew_ms: Option<i64>) -> Result<Option<Answer>, Nonsense> {
        let skew_ms = within_reach(skew_ms.unwrap_or(0))?;
        let (config, seed) = (Arc::clone(&self.config), self.fresh_seed(&name));
        match Peer::sign_in(&name, skew_ms, config, seed) {
            Ok(peer) => Ok(self.admit(name, peer)),
            Err(error) => Err(Nonsense::SignIn(name, error)),
        }
    }

    fn restore(&mut self, name: String, snapshot: Snapshot, skew_ms: Option<i64>) -> Result<Option<Answer>, Nonsense> {
        let skew_ms = skew_ms.or_else(|| self.peers.get(&name).map(Peer::skew_ms)).unwrap_or(0);
        let skew_ms = within_reach(skew_ms)?;
        let (config, seed) = (Arc::clone(&self.config), self.fresh_seed(&name));
        match Peer::restore(&name, skew_ms, snapshot, config, seed, &self.service) {
            Ok(peer) => Ok(self.admit(name, peer)),
            Err(error) => Err(Nonsense::Restore(name, error)),
        }
    }

    /// Moves the clock, and stops on the way at each moment that a peer waits for.
    fn advance(&mut self, ms: Option<u32>, to_ms: Option<i64>) -> Result<Option<Answer>, Nonsense> {
        let end = match (ms, to_ms) {
            (Some(ms), None) => self.service.elapsed_ms.saturating_add(ms.into()),
            (None, Some(to_ms)) => within_reach(to_ms)?.max(self.service.elapsed_ms),
            (None, None) | (Some(_), Some(_)) => return Err(Nonsense::HowFar),
        };
        while let Some((at, peer)) = next_due(&mut self.peers, &self.service).filter(|(at, _)| *at <= end) {
            self.service.elapsed_ms = at;
            peer.tick(&mut self.service);
        }
        self.service.elapsed_ms = end;
        Ok(None)
    }

    fn tell(&mut self, name: &str, command: impl FnOnce(&mut Peer, &mut Service)) -> Result<Option<Answer>, Nonsense> {
        let peer = self.peers.get_mut(name).ok_or_else(|| Nonsense::NoPeer(name.to_owned()))?;
        command(peer, &mut self.service);
        Ok(None)
    }

    fn ask(
        &mut self,
        name: &str,
        question: impl FnOnce(&Peer, &mut Service) -> Answer,
    ) -> Result<Option<Answer>, Nonsense> {
        let peer = self.peers.get(name).ok_or_else(|| Nonsense::NoPeer(name.to_owned()))?;
        Ok(Some(question(peer, &mut self.service)))
    }

    /// Who signs in again under the same name takes the place of who was there.
    fn admit(&mut self, name: String, peer: Peer) -> Option<Answer> {
        self.sign_ins = self.sign_ins.saturating_add(1);
        self.peers.insert(name, peer);
        None
    }

    /// The seed of the next sign-in: nobody has had it in this pipe, and it is the same in every run.
    fn fresh_seed(&self, name: &str) -> Seed {
        let mut hasher = SipHasher24::new();
        hasher.write(name.as_bytes());
        hasher.write_u64(self.sign_ins);
        hasher.finish128().as_u128().to_le_bytes().into()
    }
}

fn within_reach(ms: i64) -> Result<i64, Nonsense> {
    if ms.unsigned_abs() <= FARTHEST_MS { Ok(ms) } else { Err(Nonsense::FarOff(ms)) }
}

fn next_due<'a>(peers: &'a mut BTreeMap<String, Peer>, service: &Service) -> Option<(i64, &'a mut Peer)> {
    peers.values_mut().filter_map(|peer| Some((peer.wake(service)?, peer))).min_by_key(|(at, _)| *at)
}
