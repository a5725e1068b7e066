//! Random worlds, in which the laws are asked after every call of an engine; those that take long, after about one in eight.
//!
//! A number becomes a [`Scenario`]: users, devices, groups, operations, and everything that can go wrong. It is played, then the network
//! heals, time runs out, and all must agree. Where a law is broken, the scenario is made as small as it can be, and still breaks it.

mod calls;
mod dice;
mod plan;
mod rooms;
mod shrink;

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use self::dice::Dice;
use super::apps::LayersConfig;
use super::command::{Fate, SendingMode};
use super::intake::In;
use super::peer::{Peer, user_of};
use super::scenario::{Act, Scenario, StepError};
use super::world::World;
use crate::callback::Callback;
use crate::input::Start;
use crate::laws::{
    Broken, OF_CALLS_HUNG_UP, OF_CALLS_OVER, OF_CALLS_SETTLED, OF_ROOMS_OVER, OF_ROOMS_SETTLED, OF_THE_END,
    OF_THE_SETTLED, Party, PartyLaw, Tally, Watched,
};

/// The laws that take long are asked after those calls before which an engine was called and polled a multiple of so many times.
const PERIOD: usize = 8;

/// Who forges and mangles: what they say of themself is not relied on.
pub(super) const HOSTILE: &str = "mallory";

impl Scenario {
    /// The version of what plans random worlds. A change of it gives every number another world, and the bytes of a fuzz target's
    /// corpus: it takes the next version, and a corpus found anew.
    pub const PLAN_VERSION: u8 = 1;

    /// The same of the worlds with layers.
    pub const LAYERS_PLAN_VERSION: u8 = 0x82;

    /// The random world of this number.
    #[must_use]
    pub fn random(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        plan::plan(seed, &mut Dice::new(&mut |sides| rng.u32(0..sides)))
    }

    /// The random world of this number in which every app has the layers, and uses them.
    #[must_use]
    pub fn random_with_layers(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(seed);
        plan::plan_with_layers(seed, &mut Dice::new(&mut |sides| rng.u32(0..sides)))
    }

    /// The random world of these choices: numbers below the given one.
    #[cfg(feature = "arbitrary")]
    pub(crate) fn chosen(choose: &mut dyn FnMut(u32) -> u32) -> Self {
        let seed = choose(0x100);
        plan::plan(seed.into(), &mut Dice::new(choose))
    }

    /// The same with layers.
    #[cfg(feature = "arbitrary")]
    pub(crate) fn chosen_with_layers(choose: &mut dyn FnMut(u32) -> u32) -> Self {
        let seed = choose(0x100);
        plan::plan_with_layers(seed.into(), &mut Dice::new(choose))
    }

    /// The smallest scenario to be found that fails in the same way. Whether one fails so is for the caller to say.
    #[must_use]
    pub fn shrunk(&self, fails: impl Fn(&Self) -> bool) -> Self {
        shrink::shrink(self, &fails)
    }
}

/// A scenario that was played and watched.
#[derive(Clone)]
#[non_exhaustive]
pub struct Check {
    /// What happened.
    pub world: World,
    /// What was reached.
    pub tally: Tally,
    /// The first law that was broken, if one was.
    pub failure: Option<Failure>,
}

/// A law that was broken in a world.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Failure {
    /// With which peer; `None` if with all of them.
    pub peer: Option<String>,
    /// Which law, and how.
    pub broken: Broken,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { peer, broken } = self;
        write!(f, "{}: {broken}", peer.as_deref().unwrap_or("all"))
    }
}

impl Check {
    /// Plays a scenario, heals the network, lets the time of all invitations run out, and asks all laws.
    ///
    /// # Errors
    /// A step that makes no sense.
    pub fn of(scenario: &Scenario) -> Result<Self, StepError> {
        let mut world = World::set_up(scenario);
        world.peers.watch(PERIOD);
        world.play_steps(scenario)?;
        let mut check = Self { world, tally: Tally::default(), failure: None };
        check.failure = check.find_broken().or_else(|| check.come_to_the_end(scenario));
        for (_, peer) in check.world.peers.iter() {
            peer.tallies().for_each(|tally| check.tally.add(tally));
        }
        Ok(check)
    }

    fn come_to_the_end(&mut self, scenario: &Scenario) -> Option<Failure> {
        self.world.heal();
        if let failure @ Some(_) =
            self.wait(scenario, SETTLED_MS, &[OF_THE_SETTLED, OF_CALLS_SETTLED, OF_ROOMS_SETTLED])
        {
            return failure;
        }
        if scenario.layers != LayersConfig::default() {
            self.world.hang_up();
            if let failure @ Some(_) = self.wait(scenario, SETTLED_MS, &[OF_CALLS_HUNG_UP]) {
                return failure;
            }
        }
        if let failure @ Some(_) = self.wait(scenario, ENDED_MS, &[OF_THE_END, OF_CALLS_OVER, OF_ROOMS_OVER]) {
            return failure;
        }
        self.world.peers.each_watched().for_each(Watched::replay);
        self.find_broken()
    }

    fn wait(&mut self, scenario: &Scenario, ms: i64, laws: &[&[PartyLaw]]) -> Option<Failure> {
        self.world.run_for(ms);
        self.find_broken().or_else(|| laws.iter().find_map(|laws| self.ask_all(scenario, laws)))
    }

    fn find_broken(&self) -> Option<Failure> {
        let (peer, broken) = self.world.peers.broken()?;
        Some(Failure { peer: Some(peer.to_owned()), broken: broken.clone() })
    }

    fn ask_all(&mut self, scenario: &Scenario, laws: &[PartyLaw]) -> Option<Failure> {
        let party = self.world.party(scenario);
        for (law, rule) in laws {
            match rule(&party) {
                Ok(true) => self.tally.count_law(*law),
                Ok(false) => {}
                Err(what) => return Some(Failure { peer: None, broken: Broken { law: *law, what } }),
            }
        }
        None
    }
}

/// In so long every invitation of the honest is settled, and none is forgotten.
const SETTLED_MS: i64 = 300_000;
/// And in so long the longest that there can be.
pub(super) const ENDED_MS: i64 = 2 * 86_400_000;

impl World {
    /// From now on every message arrives, and everybody is back.
    pub(super) fn heal(&mut self) {
        self.post.heal(self.now_ms());
        let names: Vec<String> = self.peers.names().map(str::to_owned).collect();
        for name in &names {
            let acts = [Act::Online(Start::Hot), Act::Sending(SendingMode::Ok), Act::Release(Fate::Ok)];
            for act in acts {
                self.act(name, act).ok(); // who is here can be told so
            }
        }
    }

    pub(super) fn run_for(&mut self, ms: i64) {
        self.run_until(self.now_ms().saturating_add(ms));
    }

    fn party(&self, scenario: &Scenario) -> Party<'_> {
        let honest = self.peers.names().filter(|name| user_of(name) != HOSTILE);
        let engines = honest.filter_map(|name| Some((name, self.engine(name)?))).collect();
        // Who has no room for a message has not got it.
        let has_room = scenario.config.limits == crate::config::Limits::default();
        let whole =
            self.post.whole().filter(|target| has_room && target.inviter.as_ref().is_none_or(|by| *by != HOSTILE));
        let remembers = |name: &&str| self.peers.get(name).is_ok_and(Peer::saves_first) && user_of(name) != HOSTILE;
        let alone = self.peers.names().filter(remembers).filter(|name| self.is_alone(name));
        let told_alone = alone.flat_map(|name| self.callbacks(name)).collect();
        let told_together = self.told_together(|name| remembers(&name) || self.never_crashed(name));
        Party {
            engines,
            whole: whole.collect(),
            left: &self.post.left,
            told_alone,
            told_together,
            parting: self.parting(scenario, has_room),
            attendance: self.attendance(scenario, has_room),
        }
    }

    fn never_crashed(&self, name: &str) -> bool {
        self.taken().all(|(_, other, taken)| other != name || !matches!(taken, In::Crash))
    }

    /// What was told to each device of those users of whom all devices are such.
    fn told_together(&self, is_such: impl Fn(&str) -> bool) -> BTreeMap<&str, Vec<Vec<&Callback>>> {
        let mut told: BTreeMap<&str, Vec<Vec<&Callback>>> = BTreeMap::new();
        for name in self.peers.names() {
            told.entry(user_of(name)).or_default().push(self.callbacks(name).collect());
        }
        for name in self.peers.names().filter(|name| !is_such(name)) {
            told.remove(user_of(name));
        }
        told
    }
}
