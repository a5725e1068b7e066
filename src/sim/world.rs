//! A world in virtual time: engines, and a message service between them.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::answer::{Event, Out};
use super::apps::{LayerEvent, LayersConfig};
use super::attributes::Attributes;
use super::chart::Chart;
use super::command::Message;
use super::fault::Fault;
use super::intake::In;
use super::media::Rooms;
use super::peer::Peer;
use super::peers::{Peers, SimError, at_farthest};
use super::pipe::USUAL_START_MS;
use super::post::{Arrival, Post, Posted};
use super::scenario::{Act, Scenario, StepError};
use super::trace::{Header, Trace, What};
use crate::callback::Callback;
use crate::classroom::Classroom;
use crate::config::{Config, Profile};
use crate::engine::Engine;
use crate::id::InviteId;
use crate::seats::Seats;
use crate::time::Timestamp;

/// Users, devices and groups, and the message service between them, in virtual time.
///
/// A peer is named by its user, or `user/2` for the user's second device. The world is the host of each: it polls, sends, reports
/// the fates and ticks; your code reads the callbacks, as [`next_callback`](World::next_callback) gives them, and operates the
/// engines. The same seed and the same calls give the same world, byte for byte. Three users in a group on a bad network:
///
/// ```
/// use convoke::sim::{Fault, World};
/// use convoke::{Callback, Invite};
///
/// let mut world = World::new(7);
/// world.group("room", ["alice", "bob", "carol"]);
/// world.add_fault(Fault::late(50, 2_000)); // messages overtake each other,
/// world.add_fault(Fault::doubled(300).percent(30)); // and many come twice
/// for user in ["alice", "bob", "carol"] {
///     world.sign_in(user)?;
/// }
/// world.operate("alice", |engine, now| engine.invite(now, Invite::in_group("room", ["bob", "carol"]).timeout(30)))??;
/// while let Some(told) = world.next_callback(60_000) {
///     if let Callback::NewInvitation { invitation, invitees, .. } = &told.callback
///         && invitees.iter().any(|user| user.as_str() == told.peer)
///     {
///         world.operate(&told.peer, |engine, now| engine.accept(now, invitation, ""))??;
///     }
/// }
/// let accepted = world.callbacks("alice").filter(|callback| callback.name() == "onInviteeAccepted");
/// assert_eq!(accepted.count(), 2, "{}", world.chart());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct World {
    pub(super) peers: Peers,
    pub(super) post: Post,
    pub(super) rooms: Rooms,
    pub(super) attributes: Attributes,
    /// The scenario's name of an invitation, and its id.
    pub(super) names: BTreeMap<String, InviteId>,
    name: String,
    about: String,
    log: Vec<Logged>,
    /// How much of the log has been read for callbacks.
    read: usize,
}

/// A callback, to whom and when.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Told {
    /// Virtual ms since the start.
    pub t: i64,
    /// Which peer.
    pub peer: String,
    /// What it was told.
    pub callback: Callback,
}

#[derive(Clone)]
struct Logged {
    t: i64,
    peer: String,
    what: Happened,
}

#[derive(Clone)]
enum Happened {
    In(In),
    Out(Out),
}

impl World {
    /// An empty world; the seed decides all that is left to chance.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self::with_config(seed, Config::default())
    }

    /// An empty world, whose engines will have this configuration.
    #[must_use]
    pub fn with_config(seed: u64, config: impl Into<Arc<Config>>) -> Self {
        let mut peers = Peers::new(USUAL_START_MS, config.into(), seed);
        peers.service.stamps_edits = true;
        Self {
            peers,
            post: Post::new(seed),
            rooms: Rooms::default(),
            attributes: Attributes::default(),
            names: BTreeMap::new(),
            name: "world".to_owned(),
            about: String::new(),
            log: Vec::new(),
            read: 0,
        }
    }

    /// Plays a scenario to its end.
    ///
    /// # Errors
    /// A step that makes no sense.
    pub fn play(scenario: &Scenario) -> Result<Self, StepError> {
        let mut world = Self::set_up(scenario);
        world.play_steps(scenario)?;
        Ok(world)
    }

    /// The world of a scenario, before its first step.
    pub(super) fn set_up(scenario: &Scenario) -> Self {
        let mut world = Self::with_config(scenario.seed, scenario.config.clone());
        world.name.clone_from(&scenario.name);
        world.about.clone_from(&scenario.about);
        world.set_layers(scenario.layers.clone());
        world.set_latency(scenario.latency_ms);
        world.post.groups.clone_from(&scenario.groups);
        scenario.faults.iter().for_each(|fault| world.add_fault(fault.clone()));
        world
    }

    /// Plays the steps; ends early where a law was broken.
    pub(super) fn play_steps(&mut self, scenario: &Scenario) -> Result<(), StepError> {
        let mut steps: Vec<_> = scenario.steps.iter().zip(1..).collect();
        steps.sort_by_key(|(step, _)| step.at);
        for (step, number) in steps {
            let wrong = |cause| StepError { number, cause };
            if !(0..=scenario.until_ms).contains(&step.at) {
                return Err(wrong(SimError::OutOfTime(step.at)));
            }
            self.run_until(step.at);
            if self.peers.broken().is_some() {
                return Ok(());
            }
            self.act(&step.peer, step.act.clone()).map_err(wrong)?;
        }
        self.run(scenario.until_ms, scenario.until_ms.saturating_add(1));
        Ok(())
    }

    /// Names the members of a group.
    pub fn group<M: Into<String>>(&mut self, group: impl Into<String>, members: impl IntoIterator<Item = M>) {
        self.post.groups.insert(group.into(), members.into_iter().map(M::into).collect());
    }

    /// How long a message is under way, in ms, before anything goes wrong. Default 40.
    pub fn set_latency(&mut self, ms: u32) {
        self.post.latency_ms = ms.into();
    }

    /// The layers of every app, before the first peer signs in. Their events are in the [`trace`](World::trace), and each app follows
    /// its call into the room by itself.
    ///
    /// ```
    /// use convoke::call::{CallConfig, Media};
    /// use convoke::sim::{Act, Deed, LayersConfig, World};
    ///
    /// let mut layers = LayersConfig::default();
    /// layers.calls = Some(CallConfig::default());
    /// let mut world = World::new(7);
    /// world.set_layers(layers);
    /// world.sign_in("alice")?;
    /// world.sign_in("bob")?;
    /// let dial = Deed::Dial { group: None, to: vec!["bob".into()], media: Media::Video, room: 1001.into() };
    /// world.act("alice", Act::App(dial))?;
    /// world.run_until(2_000);
    /// world.act("bob", Act::App(Deed::Answer))?;
    /// world.run_until(5_000);
    /// assert_eq!(world.chart().to_string().matches("connected").count(), 2);
    /// # Ok::<(), convoke::sim::SimError>(())
    /// ```
    pub fn set_layers(&mut self, layers: LayersConfig) {
        self.peers.build(layers);
    }

    /// From now on this goes wrong, too.
    pub fn add_fault(&mut self, fault: Fault) {
        self.post.add_fault(fault);
    }

    /// Signs a peer in.
    ///
    /// # Errors
    /// An empty name, or one that is too long.
    pub fn sign_in(&mut self, peer: &str) -> Result<(), SimError> {
        self.act(peer, Act::Start { skew_ms: 0 })
    }

    /// Lets the app of a peer do something with its engine, now.
    ///
    /// # Errors
    /// There is no such peer, or it does not run.
    pub fn operate<R>(&mut self, peer: &str, act: impl FnOnce(&mut Engine, Timestamp) -> R) -> Result<R, SimError> {
        let result = self.peers.with(peer, |peer, service| peer.operate_on(service, act))?;
        self.collect();
        Ok(result)
    }

    /// The next callback that nobody has read here. Where there is none yet, time goes on until there is, or through `until_ms`.
    pub fn next_callback(&mut self, until_ms: i64) -> Option<Told> {
        let until_ms = at_farthest(until_ms);
        loop {
            while let Some(Logged { t, peer, what }) = self.log.get(self.read) {
                self.read = self.read.saturating_add(1);
                if let Happened::Out(Out::Callback(callback)) = what {
                    return Some(Told { t: *t, peer: peer.clone(), callback: callback.clone() });
                }
            }
            if !self.go_on(until_ms, until_ms.saturating_add(1)) {
                self.peers.advance(until_ms);
                return None;
            }
        }
    }

    /// Lets time pass. What arrives at that very moment is still to come.
    pub fn run_until(&mut self, ms: i64) {
        self.run(ms, ms);
    }

    /// Virtual ms since the start.
    #[must_use]
    pub fn now_ms(&self) -> i64 {
        self.peers.service.elapsed_ms
    }

    /// The engine of a peer, to look at.
    #[must_use]
    pub fn engine(&self, peer: &str) -> Option<&Engine> {
        self.peers.get(peer).ok().map(Peer::engine)
    }

    /// The class of a peer's app, to look at.
    #[must_use]
    pub fn classroom(&self, peer: &str) -> Option<&Classroom> {
        self.peers.get(peer).ok()?.standing().classroom
    }

    /// The seats of a peer's app, to look at.
    #[must_use]
    pub fn seats(&self, peer: &str) -> Option<&Seats> {
        self.peers.get(peer).ok()?.standing().seats
    }

    /// Every callback of a peer so far.
    pub fn callbacks(&self, peer: &str) -> impl Iterator<Item = &Callback> {
        let of_peer = self.log.iter().filter(move |logged| logged.peer == peer);
        of_peer.filter_map(|logged| match &logged.what {
            Happened::Out(Out::Callback(callback)) => Some(callback),
            Happened::Out(
                Out::Send(_) | Out::Modify(_) | Out::Result(_) | Out::Disposition(_) | Out::Refused(_) | Out::Layer(_),
            )
            | Happened::In(_) => None,
        })
    }

    /// What each peer has taken in, and when.
    pub(super) fn taken(&self) -> impl Iterator<Item = (i64, &str, &In)> {
        self.log.iter().filter_map(|logged| {
            let Happened::In(taken) = &logged.what else { return None };
            Some((logged.t, logged.peer.as_str(), taken))
        })
    }

    /// What the layers of each peer have told, and when.
    pub(super) fn told_by_layers(&self) -> impl Iterator<Item = (i64, &str, &LayerEvent)> {
        self.log.iter().filter_map(|logged| {
            let Happened::Out(Out::Layer(event)) = &logged.what else { return None };
            Some((logged.t, logged.peer.as_str(), event))
        })
    }

    /// All that happened so far, drawn: print it when a test of yours fails.
    #[must_use]
    pub fn chart(&self) -> Chart {
        Chart::new(&self.trace())
    }

    /// All that happened so far.
    #[must_use]
    pub fn trace(&self) -> Trace {
        let header = Header {
            scenario: self.name.clone(),
            about: self.about.clone(),
            profile: self.peers.config().profile.into(),
            config: Config { profile: Profile::Default, ..self.peers.config().clone() },
            layers: self.peers.layers().clone(),
            seed: Some(self.peers.seed()),
            until_ms: Some(self.now_ms()),
            sdk: concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")).to_owned(),
            start_ms: self.peers.service.start_ms,
            latency_ms: self.post.latency_ms,
            groups: self.post.groups.clone(),
        };
        let mut trace = Trace { header, events: Vec::new() };
        for Logged { t, peer, what } in &self.log {
            let what = match what {
                Happened::In(taken) => What::In(taken.clone()),
                Happened::Out(out) => What::Out(serde_json::to_value(out).unwrap_or_default()),
            };
            trace.push(*t, peer.clone(), what);
        }
        trace
    }

    fn run(&mut self, until_ms: i64, before_ms: i64) {
        let until_ms = at_farthest(until_ms);
        while self.go_on(until_ms, before_ms) {}
        self.peers.advance(until_ms);
        self.collect();
    }

    /// The next moment at which something happens, of timers until the one moment, and before the other of arrivals and of what the
    /// media service and the stores do. Timers come first, for a deadline beats a message of the same instant. Whether there was such a moment.
    fn go_on(&mut self, until_ms: i64, before_ms: i64) -> bool {
        let timer = self.peers.next_wake().filter(|at| *at <= until_ms);
        let arrival = self.post.next_at().filter(|at| *at < before_ms);
        let door = self.rooms.next_at().filter(|at| *at < before_ms);
        let news = self.attributes.next_at().filter(|at| *at < before_ms);
        let Some(at) = timer.into_iter().chain(arrival).chain(door).chain(news).min() else { return false };
        self.peers.advance(at);
        self.collect();
        if timer.is_some_and(|timer| timer <= at) {
            return true;
        }
        if arrival == Some(at) {
            self.post.next().into_iter().for_each(|arrival| self.arrive(arrival));
        } else if door == Some(at) {
            self.pass_doors();
        } else {
            self.pass_attributes();
        }
        true
    }

    pub(super) fn arrive(&mut self, arrival: Arrival) {
        if self.post.hand_over(&arrival) {
            let Arrival { to, letter } = arrival;
            let message = Message::clone(&letter.message);
            let taken = if letter.is_edit { In::Modified(message) } else { In::Message(message) };
            self.hand_in(&to, taken).ok(); // who is online is there
        }
    }

    pub(super) fn hand_in(&mut self, peer: &str, taken: In) -> Result<(), SimError> {
        self.peers.take_in(peer, taken.clone())?;
        if self.peers.get(peer)?.has_just_saved() {
            self.post.save(peer);
        }
        self.log.push(Logged { t: self.now_ms(), peer: peer.to_owned(), what: Happened::In(taken) });
        self.collect();
        Ok(())
    }

    /// Writes down what came out, and posts what was sent.
    pub(super) fn collect(&mut self) {
        for invite_id in self.peers.service.take_unheard() {
            self.post.misunderstand(&invite_id);
        }
        for Event { t, peer, out } in self.peers.take_events() {
            let posted = match &out {
                Out::Send(message) => Some(Posted { message: message.clone(), is_edit: false }),
                Out::Modify(message) => Some(Posted { message: message.clone(), is_edit: true }),
                Out::Callback(_) | Out::Result(_) | Out::Disposition(_) | Out::Refused(_) | Out::Layer(_) => None,
            };
            if let Some((posted, sender)) = posted.zip(self.peers.get(&peer).ok()) {
                self.post.send(t, &peer, sender.sending(), posted);
            }
            if let Out::Layer(LayerEvent::Seat(event)) = &out {
                self.ask_store(t, &peer, event);
            }
            self.log.push(Logged { t, peer, what: Happened::Out(out) });
        }
        self.follow_calls();
    }
}
