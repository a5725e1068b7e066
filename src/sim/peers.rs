//! All peers and their one clock. Whatever a peer takes in goes through here, be it a pipe's command, a recorded line or a
//! message of a [`World`](super::World).

use alloc::borrow::ToOwned as _;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hash::Hasher as _;

use siphasher::sip128::{Hasher128 as _, SipHasher24};
use thiserror::Error;

use super::answer::Event;
use super::apps::{Layers, LayersConfig};
use super::intake::In;
use super::peer::{Peer, PutBy, skewed_now, user_of};
use super::service::Service;
use crate::config::Config;
use crate::error::{ConfigError, RestoreError};
use crate::id::Seed;
use crate::laws::{Broken, LayerWatch, Watched};
use crate::message::Stamp;

/// No moment is farther off than the integers of JavaScript reach, so that no sum of moments saturates, which would stop
/// the clock before a deadline.
const FARTHEST_MS: u64 = 1 << 53;

/// Nothing that was written down is played for longer, 31 days, which is longer than any setting: an app that asks its store every ten
/// seconds would fill the memory.
const LONGEST_MS: i64 = 31 * 86_400_000;

/// Why what a peer is told makes no sense. Nothing was done.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SimError {
    /// No such peer has signed in.
    #[error("no peer `{0}`: sign it in first")]
    NoPeer(String),
    /// It sleeps, or its app is gone.
    #[error("peer `{0}` does not run: bring it back with `online` first")]
    NotRunning(String),
    /// A moment beyond all clocks.
    #[error("{0} ms is farther off than a clock goes")]
    FarOff(i64),
    /// A moment so late that to play until then would take all memory.
    #[error("{0} ms is more than a month: nothing is played for longer than {LONGEST_MS} ms")]
    TooLong(i64),
    /// The engine cannot be made.
    #[error("peer `{0}`: {1}")]
    SignIn(String, #[source] ConfigError),
    /// The engine cannot be restored.
    #[error("peer `{0}`: {1}")]
    Restore(String, #[source] RestoreError),
    /// It is there already.
    #[error("peer `{0}` has signed in before: `online` brings it back")]
    SignedIn(String),
    /// Who is not in a group cannot leave it.
    #[error("peer `{0}` is not in the group `{1}`")]
    NotMember(String, String),
    /// Its app has nothing of which this could be asked.
    #[error("the app of peer `{0}` has no layer for that: name it in `layers`")]
    NoLayer(String),
    /// Nobody has said who is in it.
    #[error("no group `{0}`: say in `groups` who is in it")]
    NoGroup(String),
    /// It is before the start, or after the end.
    #[error("{0} ms is not between the start and the end, `untilMs`")]
    OutOfTime(i64),
    /// The service has taken what it is to refuse.
    #[error(
        "peer `{0}`: the service has taken what is held, and cannot refuse it any more: use `stall` instead of `hold`"
    )]
    TakenAlready(String),
}

#[derive(Clone)]
pub(super) struct Peers {
    pub(super) service: Service,
    config: Arc<Config>,
    /// The layers of every app, but for those that have their own.
    layers: LayersConfig,
    own_layers: BTreeMap<String, LayersConfig>,
    peers: BTreeMap<String, Peer>,
    seed: u64,
    sign_ins: u64,
    /// Whether the engines are watched, and how closely.
    watch_period: Option<usize>,
}

impl Peers {
    pub(super) fn new(start_ms: i64, config: Arc<Config>, seed: u64) -> Self {
        Self {
            service: Service::new(start_ms),
            config,
            layers: LayersConfig::default(),
            own_layers: BTreeMap::new(),
            peers: BTreeMap::new(),
            seed,
            sign_ins: 0,
            watch_period: None,
        }
    }

    /// Makes a peer take something in.
    pub(super) fn take_in(&mut self, name: &str, taken: In) -> Result<(), SimError> {
        match &taken {
            In::Start { skew_ms } => return self.sign_in(name, *skew_ms, None),
            In::SetClock { skew_ms } => drop((self.running(name)?, within_reach(*skew_ms)?)),
            In::Online { .. } if self.get(name)?.is_crashed() => self.start_again(name)?,
            // From wherever it is; and a device that sleeps can lose its app, too.
            In::Online { .. } | In::Crash => drop(self.get(name)?),
            In::App(deed) => {
                self.running(name)?;
                if !self.layers_of(name).has_layer_for(deed) {
                    return Err(SimError::NoLayer(name.to_owned()));
                }
            }
            In::Call { .. }
            | In::Post(_)
            | In::Message(_)
            | In::Modified(_)
            | In::Offline
            | In::Sleep
            | In::Save
            | In::SaveFirst(_)
            | In::Sending(_)
            | In::Release(_)
            | In::Left(_)
            | In::SyncClock { .. } => drop(self.running(name)?),
        }
        let peer = self.peers.get_mut(name).ok_or_else(|| SimError::NoPeer(name.to_owned()))?;
        peer.take_in(&mut self.service, taken);
        Ok(())
    }

    /// Lets a peer do something, and its host poll what comes of it.
    pub(super) fn with<R>(
        &mut self,
        name: &str,
        act: impl FnOnce(&mut Peer, &mut Service) -> R,
    ) -> Result<R, SimError> {
        self.running(name)?;
        let peer = self.peers.get_mut(name).ok_or_else(|| SimError::NoPeer(name.to_owned()))?;
        Ok(act(peer, &mut self.service))
    }

    /// A peer that runs.
    pub(super) fn running(&self, name: &str) -> Result<&Peer, SimError> {
        let peer = self.get(name)?;
        if peer.is_running() { Ok(peer) } else { Err(SimError::NotRunning(name.to_owned())) }
    }

    pub(super) fn get(&self, name: &str) -> Result<&Peer, SimError> {
        self.peers.get(name).ok_or_else(|| SimError::NoPeer(name.to_owned()))
    }

    pub(super) fn seed(&self) -> u64 {
        self.seed
    }

    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    pub(super) fn is_empty(&self) -> bool {
        self.peers.is_empty()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Peer)> {
        self.peers.iter().map(|(name, peer)| (name.as_str(), peer))
    }

    /// The names of all, in their order.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.peers.keys().map(String::as_str)
    }

    /// From now on who signs in is watched: the laws that take long are asked once in so many calls.
    pub(super) fn watch(&mut self, period: usize) {
        self.watch_period = Some(period);
    }

    /// The first peer with which a law was broken.
    pub(super) fn broken(&self) -> Option<(&str, &Broken)> {
        self.peers.iter().find_map(|(name, peer)| Some((name.as_str(), peer.broken()?)))
    }

    pub(super) fn each_watched(&mut self) -> impl Iterator<Item = &mut Watched> {
        self.peers.values_mut().map(Peer::watched_mut)
    }

    /// Before the first peer signs in.
    pub(super) fn configure(&mut self, config: Arc<Config>) {
        self.config = config;
    }

    /// The layers of every app, before the first peer signs in.
    pub(super) fn build(&mut self, layers: LayersConfig) {
        self.layers = layers;
    }

    pub(super) fn layers(&self) -> &LayersConfig {
        &self.layers
    }

    fn layers_of(&self, name: &str) -> &LayersConfig {
        self.own_layers.get(name).unwrap_or(&self.layers)
    }

    /// Gives these stamps to the peer's next sends.
    pub(super) fn script(&mut self, peer: &str, stamps: VecDeque<Option<Stamp>>) {
        self.service.script(peer, stamps);
    }

    /// When the first peer wants to be called, in virtual ms.
    pub(super) fn next_wake(&self) -> Option<i64> {
        self.peers.values().filter_map(|peer| peer.wake(&self.service)).min()
    }

    /// When something will happen by itself that somebody notices, in virtual ms.
    pub(super) fn next_effect(&self) -> Option<i64> {
        self.peers.values().filter_map(|peer| peer.next_effect(&self.service)).min()
    }

    /// Moves the clock, and stops on the way at each moment that a peer waits for.
    pub(super) fn advance(&mut self, to_ms: i64) {
        let end = to_ms.max(self.service.elapsed_ms);
        while let Some((at, peer)) = next_due(&mut self.peers, &self.service).filter(|(at, _)| *at <= end) {
            self.service.elapsed_ms = at;
            peer.tick(&mut self.service);
        }
        self.service.elapsed_ms = end;
    }

    pub(super) fn take_events(&mut self) -> Vec<Event> {
        self.service.take_events()
    }

    /// Signs a user in, whose app has these layers; without a word, those of every app. Who does so again under the same name takes the
    /// place of who was there.
    pub(super) fn sign_in(&mut self, name: &str, skew_ms: i64, own: Option<LayersConfig>) -> Result<(), SimError> {
        let skew_ms = within_reach(skew_ms)?;
        let engine = Watched::sign_in(user_of(name), &self.config, self.fresh_seed(name), self.watch_period);
        let engine = engine.map_err(|error| SimError::SignIn(name.to_owned(), error))?;
        match own {
            Some(own) => drop(self.own_layers.insert(name.to_owned(), own)),
            None => drop(self.own_layers.remove(name)),
        }
        let layers = Layers::new(self.layers_of(name));
        let is_watched = self.watch_period.is_some() && !layers.is_empty();
        let layer_watch = is_watched.then(|| LayerWatch::new(layers.claims()));
        self.admit(name, Peer::new(name, skew_ms, engine, layers, layer_watch));
        Ok(())
    }

    pub(super) fn restore(&mut self, name: &str, put_by: PutBy, skew_ms: Option<i64>) -> Result<(), SimError> {
        let skew_ms = skew_ms.or_else(|| self.peers.get(name).map(Peer::skew_ms)).unwrap_or(0);
        let skew_ms = within_reach(skew_ms)?;
        let now = skewed_now(&self.service, skew_ms);
        let PutBy { engine, layers, mut layer_watch } = put_by;
        let engine = match self.peers.get(name) {
            Some(peer) => peer.watched().go_back_to(engine),
            None => engine,
        };
        let wrong = |error| SimError::Restore(name.to_owned(), error);
        let engine = Watched::restore(engine, &self.config, self.fresh_seed(name), now).map_err(wrong)?;
        let layers = Layers::restore(layers, self.layers_of(name), now).map_err(wrong)?;
        layer_watch.iter_mut().for_each(|watch| watch.restored(now));
        self.admit(name, Peer::new(name, skew_ms, engine, layers, layer_watch));
        Ok(())
    }

    /// From what was put by last; without that, from nothing.
    fn start_again(&mut self, name: &str) -> Result<(), SimError> {
        let peer = self.get(name)?;
        let (saved, saves_first, skew_ms) = (peer.saved().cloned(), peer.saves_first(), peer.skew_ms());
        match &saved {
            Some(saved) => self.restore(name, saved.clone(), Some(skew_ms))?,
            None => self.sign_in(name, skew_ms, self.own_layers.get(name).cloned())?,
        }
        self.with(name, |peer, _| peer.keep_saving(saved, saves_first))
    }

    fn admit(&mut self, name: &str, peer: Peer) {
        self.sign_ins = self.sign_ins.saturating_add(1);
        self.peers.insert(name.to_owned(), peer);
    }

    /// The seed of the next sign-in: nobody has had it here, and it is the same in every run.
    fn fresh_seed(&self, name: &str) -> Seed {
        let mut hasher = SipHasher24::new_with_keys(self.seed, 0);
        hasher.write(name.as_bytes());
        hasher.write_u64(self.sign_ins);
        hasher.finish128().as_u128().to_le_bytes().into()
    }
}

fn next_due<'a>(peers: &'a mut BTreeMap<String, Peer>, service: &Service) -> Option<(i64, &'a mut Peer)> {
    peers.values_mut().filter_map(|peer| Some((peer.wake(service)?, peer))).min_by_key(|(at, _)| *at)
}

/// The same, or the farthest that there is.
pub(super) fn at_farthest(ms: i64) -> i64 {
    ms.min(i64::try_from(FARTHEST_MS).unwrap_or(i64::MAX))
}

pub(super) fn within_reach(ms: i64) -> Result<i64, SimError> {
    if ms.unsigned_abs() <= FARTHEST_MS { Ok(ms) } else { Err(SimError::FarOff(ms)) }
}

/// A moment that something written down may last until.
pub(super) fn within_a_month(ms: i64) -> Result<i64, SimError> {
    if ms <= LONGEST_MS { within_reach(ms) } else { Err(SimError::TooLong(ms)) }
}
