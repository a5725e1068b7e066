//! A world in virtual time: engines, and a message service between them.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::string::{String, ToString as _};
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde_json::Value;
use thiserror::Error;

use super::answer::{Event, Out};
use super::command::{Fate, Message};
use super::fault::Fault;
use super::intake::{In, Left};
use super::peer::{Peer, user_of};
use super::peers::{Peers, SimError, at_farthest};
use super::pipe::USUAL_START_MS;
use super::post::{Arrival, Post, Posted};
use super::scenario::{Act, Inject, Scenario};
use super::service::seconds;
use super::trace::{Header, Trace, What};
use crate::callback::Callback;
use crate::config::Config;
use crate::engine::Engine;
use crate::id::InviteId;
use crate::time::Timestamp;

/// Users, devices and groups, and the message service between them, in virtual time.
///
/// A peer is named by its user, or `user/2` for the user's second device. The same seed and the same calls give the same
/// world, byte for byte. An app's own test has three users in a group on a bad network in ten lines:
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
///     if let Callback::NewInvitation { invitation, .. } = &told.callback {
///         world.operate(&told.peer, |engine, now| engine.accept(now, invitation, ""))??;
///     }
/// }
/// let accepted = world.callbacks("alice").filter(|callback| callback.name() == "onInviteeAccepted");
/// assert_eq!(accepted.count(), 2);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct World {
    peers: Peers,
    post: Post,
    /// The scenario's name of an invitation, and its id.
    names: BTreeMap<String, InviteId>,
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

/// Why a step of a scenario makes no sense.
#[derive(Debug, Error)]
#[error("step {number}: {cause}")]
#[non_exhaustive]
pub struct StepError {
    /// The step's number, from 1.
    pub number: usize,
    /// What is wrong with it.
    pub cause: SimError,
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

/// Whether the last moment counts.
#[derive(Clone, Copy)]
enum Limit {
    Before,
    After,
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
        Self {
            peers: Peers::new(USUAL_START_MS, config.into(), seed),
            post: Post::new(seed),
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
    pub fn play(scenario: &Scenario, seed: u64, config: impl Into<Arc<Config>>) -> Result<Self, StepError> {
        let mut world = Self::with_config(seed, config);
        world.name.clone_from(&scenario.name);
        world.about.clone_from(&scenario.about);
        world.set_latency(scenario.latency_ms);
        world.post.groups.clone_from(&scenario.groups);
        scenario.faults.iter().for_each(|fault| world.add_fault(fault.clone()));
        let mut steps: Vec<_> =
            scenario.steps.iter().zip(1..).filter(|(step, _)| step.at <= scenario.until_ms).collect();
        steps.sort_by_key(|(step, _)| step.at);
        for (step, number) in steps {
            world.run_until(step.at);
            world.act(&step.peer, step.act.clone()).map_err(|cause| StepError { number, cause })?;
        }
        world.run(scenario.until_ms, Limit::After);
        Ok(world)
    }

    /// Names the members of a group.
    pub fn group<M: Into<String>>(&mut self, group: impl Into<String>, members: impl IntoIterator<Item = M>) {
        self.post.groups.insert(group.into(), members.into_iter().map(M::into).collect());
    }

    /// How long a message is under way, in ms, before anything goes wrong. Default 40.
    pub fn set_latency(&mut self, ms: u32) {
        self.post.latency_ms = ms.into();
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

    /// Makes something happen to a peer, now.
    ///
    /// # Errors
    /// What makes no sense; then nothing was done.
    pub fn act(&mut self, peer: &str, act: Act) -> Result<(), SimError> {
        match act {
            Act::Start { skew_ms } => {
                self.hand_in(peer, In::Start { skew_ms })?;
                self.post.sign_in(peer);
            }
            Act::Call { method, mut options, invitation, names } => {
                if let Some(name) = invitation {
                    options.invite_id = self.id_of(name);
                }
                self.hand_in(peer, In::Call { method, options, tag: names.clone().map(Value::String) })?;
                let called = self.peers.get(peer)?.last_called().cloned();
                self.names.extend(names.zip(called));
            }
            Act::Offline => self.go_away(peer, In::Offline)?,
            Act::Sleep => self.go_away(peer, In::Sleep)?,
            Act::Crash => self.go_away(peer, In::Crash)?,
            Act::Save => {
                self.hand_in(peer, In::Save)?;
                self.post.save(peer);
            }
            Act::Online(start) => {
                let messages = self.post.come_back(peer, self.peers.get(peer)?.is_crashed());
                self.hand_in(peer, In::Online { start, messages })?;
            }
            Act::Sending(mode) => self.hand_in(peer, In::Sending(mode))?,
            Act::Release(fate) => self.release(peer, fate)?,
            Act::Leave(group) => self.leave(peer, &group)?,
            Act::SyncClock => self.hand_in(peer, In::SyncClock { server_ms: self.peers.service.now_ms() })?,
            Act::Inject { inject, invitation } => self.inject(peer, inject, invitation)?,
        }
        Ok(())
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

    /// The next callback that nobody has read here. Where there is none yet, time goes on until there is, or to `until_ms`.
    pub fn next_callback(&mut self, until_ms: i64) -> Option<Told> {
        let until_ms = at_farthest(until_ms);
        loop {
            while let Some(Logged { t, peer, what }) = self.log.get(self.read) {
                self.read = self.read.saturating_add(1);
                if let Happened::Out(Out::Callback(callback)) = what {
                    return Some(Told { t: *t, peer: peer.clone(), callback: callback.clone() });
                }
            }
            if !self.go_on(until_ms, Limit::After) {
                return None;
            }
        }
    }

    /// Lets time pass. What arrives at that very moment is still to come.
    pub fn run_until(&mut self, ms: i64) {
        self.run(ms, Limit::Before);
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

    /// Every callback of a peer so far.
    pub fn callbacks(&self, peer: &str) -> impl Iterator<Item = &Callback> {
        let of_peer = self.log.iter().filter(move |logged| logged.peer == peer);
        of_peer.filter_map(|logged| match &logged.what {
            Happened::Out(Out::Callback(callback)) => Some(callback),
            Happened::Out(Out::Send(_) | Out::Modify(_) | Out::Result(_) | Out::Disposition(_)) | Happened::In(_) => {
                None
            }
        })
    }

    /// All that happened so far.
    #[must_use]
    pub fn trace(&self) -> Trace {
        let header = Header {
            scenario: self.name.clone(),
            about: self.about.clone(),
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

    fn run(&mut self, until_ms: i64, limit: Limit) {
        let until_ms = at_farthest(until_ms);
        while self.go_on(until_ms, limit) {}
        self.peers.advance(until_ms);
        self.collect();
    }

    /// The next moment at which something happens: timers first, for a deadline beats a message of the same instant. Whether
    /// there was one.
    fn go_on(&mut self, until_ms: i64, limit: Limit) -> bool {
        let timer = self.peers.next_wake().filter(|at| *at <= until_ms);
        let arrival = self.post.next_at().filter(|at| match limit {
            Limit::Before => *at < until_ms,
            Limit::After => *at <= until_ms,
        });
        let Some(at) = timer.into_iter().chain(arrival).min() else { return false };
        self.peers.advance(at);
        self.collect();
        if timer.is_none_or(|timer| timer > at)
            && let Some(arrival) = self.post.next()
        {
            self.arrive(arrival);
        }
        true
    }

    fn arrive(&mut self, arrival: Arrival) {
        if self.post.hand_over(&arrival) {
            let Arrival { to, letter } = arrival;
            let message = Message::clone(&letter.message);
            let taken = if letter.is_edit { In::Modified(message) } else { In::Message(message) };
            self.hand_in(&to, taken).ok(); // who is online is there
        }
    }

    fn hand_in(&mut self, peer: &str, taken: In) -> Result<(), SimError> {
        self.peers.take_in(peer, taken.clone())?;
        self.log.push(Logged { t: self.now_ms(), peer: peer.to_owned(), what: Happened::In(taken) });
        self.collect();
        Ok(())
    }

    /// Writes down what came out, and posts what was sent.
    fn collect(&mut self) {
        for Event { t, peer, out } in self.peers.take_events() {
            let posted = match &out {
                Out::Send(message) => Some(Posted { message: message.clone(), is_edit: false }),
                Out::Modify(message) => Some(Posted { message: message.clone(), is_edit: true }),
                Out::Callback(_) | Out::Result(_) | Out::Disposition(_) => None,
            };
            if let Some((posted, sender)) = posted.zip(self.peers.get(&peer).ok()) {
                self.post.send(t, &peer, sender.sending(), posted);
            }
            self.log.push(Logged { t, peer, what: Happened::Out(out) });
        }
    }

    fn go_away(&mut self, peer: &str, how: In) -> Result<(), SimError> {
        self.hand_in(peer, how)?;
        self.post.go_away(peer);
        Ok(())
    }

    fn release(&mut self, peer: &str, fate: Fate) -> Result<(), SimError> {
        self.peers.running(peer)?;
        if fate == Fate::Fail && self.post.is_holding(peer) {
            return Err(SimError::TakenAlready(peer.to_owned()));
        }
        self.post.release(self.now_ms(), peer, fate);
        self.hand_in(peer, In::Release(fate))
    }

    fn leave(&mut self, peer: &str, group: &str) -> Result<(), SimError> {
        self.peers.running(peer)?;
        let user = user_of(peer);
        self.post.groups.entry(group.to_owned()).or_default().retain(|member| member != user);
        for member in self.post.online_members(group) {
            self.hand_in(&member, In::Left(Left { group_id: group.into(), user: user.into() }))?;
        }
        Ok(())
    }

    fn inject(&mut self, peer: &str, inject: Inject, invitation: Option<String>) -> Result<(), SimError> {
        self.peers.get(peer)?;
        let Inject { from, to, conversation_type, mut data } = inject;
        if let (Some(name), Some(fields)) = (invitation, data.as_object_mut()) {
            fields.insert("inviteID".to_owned(), self.id_of(name).into());
        }
        let message = Message {
            id: None,
            from: from.into(),
            to,
            conversation_type,
            time: Some(seconds(self.peers.service.now_ms())),
            time_ms: None,
            data: data.as_str().map_or_else(|| data.to_string(), str::to_owned),
            cloud_custom_data: String::new(),
            online_user_only: false,
        };
        let letter = self.post.take_foreign(message);
        self.arrive(Arrival { to: peer.to_owned(), letter });
        Ok(())
    }

    /// The id of the invitation that a scenario calls so; what it does not know is an id itself.
    fn id_of(&self, name: String) -> String {
        self.names.get(&name).map_or(name, |id| id.as_str().to_owned())
    }
}
