//! Many peers, one clock: a command a line in, its answer out.

use alloc::borrow::ToOwned as _;
use alloc::boxed::Box;
use alloc::string::ToString as _;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::Deserialize as _;
use serde_json::Value;
use thiserror::Error;

use super::answer::{Out, PipeAnswer};
use super::apps::LayersConfig;
use super::command::{Command, ProfileName};
use super::intake::{In, Left};
use super::peer::{Peer, PutBy};
use super::peers::{Peers, SimError, within_reach};
use crate::config::{Config, Limits};
use crate::signaling_info;

pub(super) const USUAL_START_MS: i64 = 1_700_000_000_000;

/// Engines behind the protocol of the vendor's test peer.
///
/// ```
/// let mut pipe = convoke::sim::Pipe::new();
/// let lines = pipe.answer(r#"{"op":"new","peer":"alice"}"#);
/// assert_eq!(serde_json::to_string(&lines).unwrap(), r#"[{"done":"new","nextTimer":null}]"#);
/// ```
pub struct Pipe {
    peers: Peers,
}

/// Why a command makes no sense. Nothing was done.
#[derive(Debug, Error)]
enum Nonsense {
    #[error("not a JSON value: {0}")]
    NotJson(serde_json::Error),
    #[error("not a command: {0}")]
    NotACommand(serde_json::Error),
    #[error("the clock has started: `startMs`, `profile` and `layers` belong before the first peer")]
    Started,
    #[error("`advance` takes either `ms` or `toMs`")]
    HowFar,
    #[error(transparent)]
    Sim(#[from] SimError),
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
        Self { peers: Peers::new(USUAL_START_MS, Arc::new(Config::default()), 0) }
    }

    /// Executes one line, be it text or not, and answers it: the last line is always a [`PipeAnswer::Done`].
    pub fn answer(&mut self, line: impl AsRef<[u8]>) -> Vec<PipeAnswer> {
        let mut op = None;
        let executed = serde_json::from_slice::<Value>(line.as_ref()).map_err(Nonsense::NotJson).and_then(|value| {
            op = value.get("op").and_then(Value::as_str).map(str::to_owned);
            self.execute(Command::deserialize(value).map_err(Nonsense::NotACommand)?)
        });
        let mut answers =
            executed.unwrap_or_else(|nonsense| [PipeAnswer::Error { error: nonsense.to_string() }].into());
        answers.push(PipeAnswer::Done { done: op, next_timer: self.peers.next_effect() });
        answers
    }

    fn execute(&mut self, command: Command) -> Result<Vec<PipeAnswer>, Nonsense> {
        let answer = self.dispatch(command)?;
        // The protocol has no word for what became of a message.
        let events = self.peers.take_events().into_iter().filter(|event| !matches!(event.out, Out::Disposition(_)));
        Ok(events.map(PipeAnswer::Event).chain(answer).collect())
    }

    fn dispatch(&mut self, command: Command) -> Result<Option<PipeAnswer>, Nonsense> {
        match command {
            Command::Hello { start_ms, profile, layers } => self.hello(start_ms, profile, layers),
            Command::Advance { ms, to_ms } => self.advance(ms, to_ms),
            Command::New { peer, skew_ms, layers } => {
                self.peers.sign_in(&peer, skew_ms.unwrap_or(0), layers)?;
                Ok(None)
            }
            Command::App { peer, app } => self.take_in(&peer, In::App(app)),
            Command::Call { peer, method, options, tag } => self.take_in(&peer, In::Call { method, options, tag }),
            Command::Deliver { peer, message } => self.take_in(&peer, In::Message(message)),
            Command::Modified { peer, message } => self.take_in(&peer, In::Modified(message)),
            Command::Sending { peer, mode } => self.take_in(&peer, In::Sending(mode)),
            Command::Release { peer, outcome } => self.take_in(&peer, In::Release(outcome)),
            Command::Sync { peer, kind: start, messages } => self.take_in(&peer, In::Online { start, messages }),
            Command::MemberLeft { peer, group_id, user } => self.take_in(&peer, In::Left(Left { group_id, user })),
            Command::SyncClock { peer, server_ms } => self.take_in(&peer, In::SyncClock { server_ms }),
            Command::CatchUp { peer } => {
                self.peers.with(&peer, Peer::catch_up)?;
                Ok(None)
            }
            Command::Restore { peer, snapshot, layers, skew_ms } => {
                self.peers.restore(
                    &peer,
                    PutBy { engine: snapshot.into(), layers: *layers, layer_watch: None },
                    skew_ms,
                )?;
                Ok(None)
            }
            Command::Live { peer: name } => {
                self.ask(&name, |peer| PipeAnswer::Live { peer: name.clone(), live: peer.live() })
            }
            Command::Info { peer: name, message } => {
                let inbound = self.peers.with(&name, |peer, service| peer.inbound(service, &message))?;
                let info = signaling_info(&inbound, &Limits::default()).ok();
                Ok(Some(PipeAnswer::Info { peer: name, info }))
            }
            Command::Outcomes { peer: name, invite_id } => self.ask(&name, |peer| {
                let outcomes = peer.outcomes(&invite_id);
                PipeAnswer::Outcomes { peer: name.clone(), invite_id, outcomes }
            }),
            Command::Snapshot { peer: name } => self.ask(&name, |peer| {
                let (snapshot, layers) = (peer.engine().snapshot(), peer.layers().map(Box::new));
                PipeAnswer::Snapshot { peer: name.clone(), snapshot, layers }
            }),
        }
    }

    fn hello(
        &mut self,
        start_ms: Option<i64>,
        profile: Option<ProfileName>,
        layers: Option<LayersConfig>,
    ) -> Result<Option<PipeAnswer>, Nonsense> {
        if !self.peers.is_empty() && (start_ms.is_some() || profile.is_some() || layers.is_some()) {
            return Err(Nonsense::Started);
        }
        if let Some(start_ms) = start_ms {
            self.peers.service.start_ms = within_reach(start_ms)?;
        }
        if let Some(profile) = profile {
            self.peers.configure(Arc::new(Config { profile: profile.into(), ..Config::default() }));
        }
        if let Some(layers) = layers {
            self.peers.build(layers);
        }
        let start_ms = self.peers.service.start_ms;
        Ok(Some(PipeAnswer::Hello { sdk: env!("CARGO_PKG_NAME"), version: env!("CARGO_PKG_VERSION"), start_ms }))
    }

    fn advance(&mut self, ms: Option<u32>, to_ms: Option<i64>) -> Result<Option<PipeAnswer>, Nonsense> {
        let end = match (ms, to_ms) {
            (Some(ms), None) => self.peers.service.elapsed_ms.saturating_add(ms.into()),
            (None, Some(to_ms)) => to_ms,
            (None, None) | (Some(_), Some(_)) => return Err(Nonsense::HowFar),
        };
        self.peers.advance(within_reach(end)?);
        Ok(None)
    }

    fn take_in(&mut self, name: &str, taken: In) -> Result<Option<PipeAnswer>, Nonsense> {
        self.peers.take_in(name, taken)?;
        Ok(None)
    }

    fn ask(&self, name: &str, question: impl FnOnce(&Peer) -> PipeAnswer) -> Result<Option<PipeAnswer>, Nonsense> {
        Ok(Some(question(self.peers.get(name)?)))
    }
}
