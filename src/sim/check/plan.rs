//! Makes a scenario of choices: who is there, what goes wrong on the way, and what everybody does.

mod acts;
mod calls;
mod class;
mod forgery;
mod seats;

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use self::calls::Dialed;
use super::super::apps::{Deed, LayersConfig};
use super::super::fault::Fault;
use super::super::peer::user_of;
use super::super::scenario::{Act, Scenario, Step};
use super::{Dice, HOSTILE};
use crate::config::{Config, Limits, Profile};
use crate::input::Start;
use crate::time::Millis;

const USERS: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];
const ROOM: &str = "room";
const GROUPS: [&str; 2] = [ROOM, "attic"];
/// In milliseconds, as of the scale of what takes time.
const GAPS: [(u32, (u32, u32)); 5] =
    [(15, (0, 0)), (25, (1, 100)), (35, (100, 2_000)), (20, (2_000, 9_000)), (5, (9_000, 40_000))];

/// By how much a device's clock is off.
const SKEWS: [(u32, i64); 6] = [(8, 0), (1, -2_500), (1, 3_000), (1, 86_400_000), (1, -86_400_000), (1, 1)];

/// What is done with a layer.
#[derive(Clone, Copy)]
struct Doing {
    /// By whoever has it.
    act: for<'p, 'd, 's> fn(&'s mut Planner<'p, 'd>) -> Option<()>,
    /// What a hostile user may say of it.
    words: for<'p, 'd, 's> fn(&'s mut Planner<'p, 'd>) -> String,
}

/// Which layers the apps have: calls, a class, the seats of a room.
const LAYERS: [(u32, [bool; 3]); 4] =
    [(4, [true, false, false]), (3, [false, true, false]), (3, [false, false, true]), (2, [true, true, true])];

/// The scenario of these choices.
pub(super) fn plan(seed: u64, dice: &mut Dice<'_>) -> Scenario {
    plan_of(seed, Planner::new(dice))
}

/// The same where every app has the layers.
pub(super) fn plan_with_layers(seed: u64, dice: &mut Dice<'_>) -> Scenario {
    let mut planner = Planner::new(dice);
    planner.build_layers();
    plan_of(seed, planner)
}

fn plan_of(seed: u64, mut planner: Planner<'_, '_>) -> Scenario {
    planner.sign_everybody_in();
    for _ in 0..planner.dice.between(5, 60) {
        planner.pass();
        planner.act();
    }
    let faults = planner.faults();
    let until_ms = planner.now.saturating_add(60_000);
    let config = planner.config();
    Scenario {
        name: format!("{}-{seed}", if planner.has_layers() { "layers" } else { "seed" }),
        about: String::new(),
        seed,
        config,
        layers: planner.layers,
        latency_ms: planner.dice.weighted(&[(3, 40), (1, 0), (1, 400), (1, 1_500)]).unwrap_or(40),
        until_ms,
        groups: planner.groups,
        faults,
        steps: planner.steps,
    }
}

/// What the planner knows of the world that it plans.
struct Planner<'p, 'd> {
    dice: &'p mut Dice<'d>,
    now: i64,
    /// Messages may be lost for good.
    is_lossy: bool,
    peers: Vec<Peer>,
    groups: BTreeMap<String, Vec<String>>,
    invitations: Vec<Invitation>,
    /// Those of every app, and what is done with them.
    layers: LayersConfig,
    doings: Vec<Doing>,
    calls: Vec<Dialed>,
    /// Who has asked a class, or let somebody speak.
    teachers: Vec<String>,
    steps: Vec<Step>,
}

struct Peer {
    name: String,
    presence: Presence,
    skew_ms: i64,
}

#[derive(Clone, Copy, PartialEq)]
enum Presence {
    Here,
    Offline,
    Asleep,
    Crashed,
}

/// An invitation that somebody was to make.
#[derive(Clone)]
struct Invitation {
    /// The scenario's name of it.
    name: String,
    inviter: String,
    group: Option<String>,
    invitees: Vec<String>,
    timeout: i64,
    made_at: i64,
}

impl Invitation {
    fn may_be_open(&self, now: i64) -> bool {
        self.timeout == 0 || now < self.made_at.saturating_add(self.timeout.saturating_mul(1_000))
    }
}

impl<'p, 'd> Planner<'p, 'd> {
    fn new(dice: &'p mut Dice<'d>) -> Self {
        let count = dice.between(2, 6) as usize;
        let mut users: Vec<&str> = USERS.into_iter().take(count).collect();
        if dice.chance(35) {
            users.push(HOSTILE);
        }
        let mut peers = Vec::new();
        for user in &users {
            for device in 1..=dice.weighted(&[(7, 1), (2, 2), (1, 3)]).unwrap_or(1) {
                let name = if device == 1 { (*user).to_owned() } else { format!("{user}/{device}") };
                let skew_ms = dice.weighted(&SKEWS).unwrap_or(0);
                peers.push(Peer { name, presence: Presence::Here, skew_ms });
            }
        }
        let mut groups = BTreeMap::new();
        for group in GROUPS.into_iter().take(dice.below(3) as usize) {
            let members = users.iter().filter(|_| dice.chance(80)).map(|user| (*user).to_owned());
            groups.insert(group.to_owned(), members.collect());
        }
        let is_lossy = dice.chance(25);
        Self {
            dice,
            now: 0,
            is_lossy,
            peers,
            groups,
            invitations: Vec::new(),
            layers: LayersConfig::default(),
            doings: Vec::new(),
            calls: Vec::new(),
            teachers: Vec::new(),
            steps: Vec::new(),
        }
    }

    fn sign_everybody_in(&mut self) {
        for at in 0..self.peers.len() {
            let Some((name, skew_ms)) = self.peers.get(at).map(|peer| (peer.name.clone(), peer.skew_ms)) else {
                continue;
            };
            self.step(&name, Act::Start { skew_ms });
            if self.dice.chance(10) {
                self.step(&name, Act::SyncClock);
            }
            if self.dice.chance(15) {
                self.step(&name, Act::SaveFirst(true));
            }
        }
    }

    fn pass(&mut self) {
        let (least, most) = self.dice.weighted(&GAPS).unwrap_or((0, 0));
        self.now = self.now.saturating_add(self.dice.between(least, most).into());
    }

    fn step(&mut self, peer: &str, act: Act) {
        self.steps.push(Step { at: self.now, peer: peer.to_owned(), act });
    }

    /// Somebody who runs.
    fn somebody(&mut self) -> Option<String> {
        let here: Vec<&Peer> = self.peers.iter().filter(|peer| peer.runs()).collect();
        self.dice.pick(&here).map(|peer| peer.name.clone())
    }

    /// A device of one of these users that runs.
    fn one_of(&mut self, users: &[String]) -> Option<String> {
        let is_meant = |peer: &&Peer| peer.runs() && users.iter().any(|user| user == user_of(&peer.name));
        let here: Vec<&Peer> = self.peers.iter().filter(is_meant).collect();
        self.dice.pick(&here).map(|peer| peer.name.clone())
    }

    fn users(&self) -> Vec<String> {
        let mut users: Vec<String> = self.peers.iter().map(|peer| user_of(&peer.name).to_owned()).collect();
        users.dedup();
        users
    }

    fn set_presence(&mut self, name: &str, presence: Presence) {
        if let Some(peer) = self.peers.iter_mut().find(|peer| peer.name == name) {
            peer.presence = presence;
        }
    }

    fn faults(&mut self) -> Vec<Fault> {
        let mut faults = Vec::new();
        // Two who have calls agree for sure only where nothing goes wrong.
        for _ in 0..self.dice.below(if self.has_layers() { 3 } else { 5 }) {
            let fault = match self.dice.below(if self.is_lossy { 6 } else { 5 }) {
                0 | 1 => Fault::late(self.dice.below(500), self.dice.weighted(&[(2, 800), (1, 6_000)]).unwrap_or(0)),
                2 | 3 => Fault::doubled(self.dice.below(4_000)),
                4 => {
                    let from = i64::from(self.dice.below(60_000));
                    Fault::cut(from, from.saturating_add(self.dice.below(20_000).into()))
                }
                _ => Fault::lost(),
            };
            let mut fault = if self.dice.chance(70) { fault.percent(self.percent()) } else { fault };
            if self.dice.chance(30) {
                fault.matching.from = self.dice.pick(&self.users()).cloned();
            }
            if self.dice.chance(30) {
                fault.matching.to = self.dice.pick(&self.peers).map(|peer| peer.name.clone());
            }
            if self.dice.chance(20) {
                fault.matching.action_type = Some(self.dice.between(1, 5));
            }
            faults.push(fault);
        }
        faults
    }

    fn percent(&mut self) -> u8 {
        u8::try_from(self.dice.between(5, 60)).unwrap_or(50)
    }

    fn config(&mut self) -> Config {
        let mut config = Config::default();
        if self.dice.chance(15) {
            config.profile = Profile::Web;
        }
        if self.dice.chance(15) {
            config.min_ring = Millis::from_secs(2);
        }
        if self.dice.chance(10) {
            config.fates_are_told = false;
        }
        if self.dice.chance(15) {
            config.grace = Millis::from_secs(self.dice.below(3));
        }
        if self.dice.chance(20) {
            config.limits = Limits {
                payload_bytes: 400,
                invite_id_bytes: 40,
                user_id_bytes: 8,
                group_id_bytes: 4, // those of the `room`, not those of the `attic`
                invitees: 3,
                open: 4,
                open_per_sender: 2,
                kept: 5,
                kept_per_sender: 3,
                early: 4,
                early_per_sender: 2,
                outputs: 40,
            };
            config.tombstone_life = Millis::from_secs(30);
        }
        config
    }

    fn build_layers(&mut self) {
        let [has_calls, has_class, has_seats] = self.dice.weighted(&LAYERS).unwrap_or_default();
        if has_calls {
            self.layers.calls = Some(calls::config(self.dice));
            self.doings
                .push(Doing { act: |planner| planner.act_on_calls(), words: |planner| planner.words_of_a_call() });
        }
        if has_class || has_seats {
            self.gather();
        }
        if has_class {
            self.layers.classroom = Some(class::layer(self.dice));
            self.doings
                .push(Doing { act: |planner| planner.act_in_class(), words: |planner| planner.words_of_a_class() });
        }
        if has_seats {
            self.layers.seats = Some(seats::room(self.dice, &self.members()));
            self.doings
                .push(Doing { act: |planner| planner.act_on_seats(), words: |planner| planner.words_of_seats() });
        }
    }

    fn has_layers(&self) -> bool {
        self.layers != LayersConfig::default()
    }

    /// Nearly everybody is in the group of the class, and of the seats.
    fn gather(&mut self) {
        let users = self.users();
        let members: Vec<String> = users.iter().filter(|_| self.dice.chance(90)).cloned().collect();
        self.groups.insert(ROOM.to_owned(), if members.len() < 2 { users } else { members });
    }

    /// Who is in that group.
    fn members(&self) -> Vec<String> {
        self.groups.get(ROOM).cloned().unwrap_or_default()
    }

    fn do_so(&mut self, peer: &str, deed: Deed) -> Option<()> {
        self.step(peer, Act::App(deed));
        Some(())
    }

    fn wait(&mut self, most_ms: u32) {
        self.now = self.now.saturating_add(self.dice.below(most_ms).into());
    }

    /// A name that no invitation has.
    fn new_name(&self) -> String {
        format!("i{}", self.invitations.len().saturating_add(1))
    }
}

impl Peer {
    /// Whether its app runs, be it without a connection.
    fn runs(&self) -> bool {
        matches!(self.presence, Presence::Here | Presence::Offline)
    }
}

/// From what it starts again.
fn start(dice: &mut Dice<'_>) -> Start {
    if dice.chance(25) { Start::Cold } else { Start::Hot }
}
