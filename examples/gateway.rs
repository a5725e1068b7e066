//! A gateway: an engine for each of a million users in one process, with one configuration and one queue of their wakes.
//!
//! ```sh
//! cargo run --release --example gateway
//! cargo run --release --example gateway -- --users 10000 --calls 5000
//! ```
//!
//! Who does nothing costs nothing but their engine: it is in no queue, and nobody ticks it. Time is virtual here, so that the minutes of
//! a busy service pass in seconds, and the message service delivers at once.
#![allow(clippy::print_stdout, reason = "an example shows what happens")]

use std::alloc::System;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::error::Error;
use std::sync::Arc;

use clap::Parser;
use convoke::{
    Callback, Config, Conversation, Disposition, Engine, Inbound, Invite, Output, SendResult, ServerTime, Stamp,
    Timestamp, Wake,
};
use fastrand::Rng;
use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

/// To say how much memory the engines take.
#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

/// An engine for each of many users, and calls between random ones.
#[derive(Parser)]
struct Arguments {
    #[arg(long, default_value_t = 1_000_000, value_parser = clap::value_parser!(u32).range(2..))]
    users: u32,
    /// How many in a minute.
    #[arg(long, default_value_t = 100_000)]
    calls: u32,
}

const START_MS: i64 = 1_700_000_000_000;

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { users, calls } = Arguments::parse();
    let mut random = Rng::with_seed(1); // a real host takes no such seeds: see `host/seed.rs`
    let mut gateway = Gateway::open(users, &mut random)?;
    println!("{users} users, {} bytes each", gateway.bytes_a_user());

    for call in 0..i64::from(calls) {
        gateway.run_until(START_MS + 60_000 * call / i64::from(calls))?;
        let (caller, callee) = (random.u32(..users), random.u32(..users));
        if caller != callee {
            gateway.call(caller, callee)?;
        }
    }
    println!("after a minute of calls {} users wait for something", gateway.wakes.of.len());

    gateway.run_until(START_MS + 3_600_000)?;
    let Counts { calls, answered, unanswered, messages, ticks } = gateway.counts;
    println!("{calls} calls, {answered} answered, {unanswered} not; {messages} messages, {ticks} ticks");
    println!("an hour later {} do; {} bytes each", gateway.wakes.of.len(), gateway.bytes_a_user());
    Ok(())
}

/// The users are numbers: that of an engine is its place.
struct Gateway {
    engines: Vec<Engine>,
    wakes: Wakes,
    now: Timestamp,
    /// On its way, and to whom.
    messages: VecDeque<(u32, Inbound)>,
    counts: Counts,
    bytes_before: usize,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    calls: u32,
    answered: u32,
    unanswered: u32,
    messages: u32,
    ticks: u32,
}

impl Gateway {
    fn open(users: u32, random: &mut Rng) -> Result<Self, Box<dyn Error>> {
        let bytes_before = bytes_in_use();
        let config = Arc::new(Config::default());
        let mut engines = Vec::with_capacity(users as usize);
        for user in 0..users {
            engines.push(Engine::new(name(user), Arc::clone(&config), random.u128(..).to_be_bytes().into())?);
        }
        let now = Timestamp::from_millis(START_MS);
        let (wakes, messages, counts) = (Wakes::default(), VecDeque::new(), Counts::default());
        Ok(Self { engines, wakes, now, messages, counts, bytes_before })
    }

    fn call(&mut self, caller: u32, callee: u32) -> Result<(), Box<dyn Error>> {
        self.counts.calls += 1;
        let now = self.now;
        self.engine(caller)?.invite(now, Invite::to(name(callee)).timeout(30).data("video"))?;
        self.poll(caller)
    }

    /// Ticks whom it is time for, each at its moment.
    fn run_until(&mut self, ms: i64) -> Result<(), Box<dyn Error>> {
        let until = Timestamp::from_millis(ms);
        while let Some((at, user)) = self.wakes.take_due(until) {
            self.now = at;
            self.counts.ticks += 1;
            self.engine(user)?.tick(at);
            self.poll(user)?;
        }
        self.now = until;
        Ok(())
    }

    /// Does all that a user's engine asks for, and what comes of it elsewhere.
    fn poll(&mut self, user: u32) -> Result<(), Box<dyn Error>> {
        self.do_all(user)?;
        while let Some((to, message)) = self.messages.pop_front() {
            let now = self.now;
            let disposition = self.engine(to)?.handle_message(now, &message);
            if disposition == Disposition::NotSignaling {
                return Err("a chat message: it is for the app".into()); // a real host hands it on
            }
            self.do_all(to)?;
        }
        Ok(())
    }

    fn do_all(&mut self, user: u32) -> Result<(), Box<dyn Error>> {
        while let Some(output) = self.engine(user)?.poll_output() {
            match output {
                Output::Transmit(message) => {
                    let Conversation::C2c(peer) = &message.conversation else { return Err("there is no group".into()) };
                    let to = number(peer.as_str())?;
                    self.counts.messages += 1;
                    let (now, id) = (self.now, self.counts.messages.to_string().into());
                    let stamp = Stamp { time: ServerTime::from_millis(now.as_millis()), id };
                    let mut arrives = Inbound::new(name(user), Conversation::C2c(name(user).into()), message.payload);
                    arrives.stamp = Some(stamp.clone());
                    self.messages.push_back((to, arrives));
                    self.engine(user)?.handle_send_result(now, message.token, SendResult::Sent(stamp))?;
                }
                Output::Edit(_) => return Err("nobody modifies an invitation here".into()),
                Output::Callback(callback) => self.tell_the_app(user, callback)?,
            }
        }
        let wake = self.engine(user)?.wake();
        self.wakes.set(user, wake);
        Ok(())
    }

    /// Of four users three answer.
    fn tell_the_app(&mut self, user: u32, callback: Callback) -> Result<(), Box<dyn Error>> {
        let (now, answers) = (self.now, !user.is_multiple_of(4));
        if callback.invitation().inviter() == self.engine(user)?.user() {
            self.counts.answered += u32::from(matches!(callback, Callback::InviteeAccepted { .. }));
            self.counts.unanswered += u32::from(matches!(callback, Callback::InvitationTimeout { .. }));
        } else if let Callback::NewInvitation { invitation, .. } = callback
            && answers
        {
            self.engine(user)?.accept(now, invitation, "")?;
        }
        Ok(())
    }

    fn engine(&mut self, user: u32) -> Result<&mut Engine, Box<dyn Error>> {
        self.engines.get_mut(user as usize).ok_or_else(|| format!("there is no user {user}").into())
    }

    fn bytes_a_user(&self) -> usize {
        (bytes_in_use() - self.bytes_before) / self.engines.len()
    }
}

/// Whose engine is to be ticked when: nobody twice, and nobody for whom there is nothing to do.
#[derive(Default)]
struct Wakes {
    queue: BTreeSet<(Timestamp, u32)>,
    of: BTreeMap<u32, Timestamp>,
}

impl Wakes {
    /// After each call of a user's engine, once it was polled.
    fn set(&mut self, user: u32, wake: Wake) {
        let at = if let Wake::At(at, _) = wake { Some(at) } else { None };
        let before = if let Some(at) = at { self.of.insert(user, at) } else { self.of.remove(&user) };
        if before != at {
            before.map(|before| self.queue.remove(&(before, user)));
            self.queue.extend(at.map(|at| (at, user)));
        }
    }

    fn take_due(&mut self, now: Timestamp) -> Option<(Timestamp, u32)> {
        let due = self.queue.first().copied().filter(|(at, _)| *at <= now)?;
        self.queue.remove(&due);
        self.of.remove(&due.1);
        Some(due)
    }
}

fn name(user: u32) -> String {
    format!("user{user}")
}

fn number(name: &str) -> Result<u32, Box<dyn Error>> {
    Ok(name.strip_prefix("user").ok_or("whose name is that?")?.parse()?)
}

fn bytes_in_use() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated.saturating_sub(stats.bytes_deallocated)
}
