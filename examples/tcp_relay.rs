//! A small message service over TCP, for the examples to call each other: one JSON value a line, the words in `host/wire.rs`.
//!
//! ```sh
//! cargo run --example tcp_relay -- 127.0.0.1:7000
//! ```
//!
//! It asks nobody for a password, but it keeps the sender honest: a message is from whom its connection signed in as, whatever
//! its text says. It stamps each message, and keeps it for who is away. In a group is everybody who signs in.
//! It also keeps some attributes for each group, with a version, as chat services do: who sits where is in them (`seats.rs`).
#![allow(clippy::print_stdout, reason = "an example shows what happens")]
#![expect(clippy::disallowed_types, reason = "a service has a clock")]

#[path = "host/wire.rs"]
mod wire;

use std::collections::{BTreeMap, VecDeque};
use std::error::Error;
use std::io;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::mpsc::{self, Sender};
use std::thread;
use std::time::{Duration, SystemTime};

use clap::Parser;
use convoke::seats::WriteResult;
use convoke::{Conversation, GroupId, Inbound, SendResult, ServerTime, Stamp, UserId};

use wire::{FromRelay, ToRelay};

/// A small message service over TCP.
#[derive(Parser)]
struct Arguments {
    /// Where to listen; port 0 takes any that is free.
    #[arg(default_value = "127.0.0.1:7000")]
    address: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    let address = Arguments::parse().address;
    let listener = TcpListener::bind(&address).map_err(|error| format!("{address}: {error}"))?;
    println!("listening on {}", listener.local_addr()?);
    let (events, inbox) = mpsc::channel();
    thread::spawn(move || accept(&listener, &events));
    let mut relay = Relay::default();
    for (number, event) in inbox {
        relay.handle(number, event);
    }
    Ok(())
}

/// What happens on the connection of this number.
type Numbered = (u64, Event);

enum Event {
    Opened(TcpStream),
    Said(ToRelay),
    Closed,
}

fn accept(listener: &TcpListener, events: &Sender<Numbered>) {
    for (number, stream) in (0..).zip(listener.incoming()) {
        let events = events.clone();
        // One that fails concerns nobody else.
        thread::spawn(move || stream.and_then(|stream| read(number, stream, &events)));
    }
}

/// In bytes: more than an engine ever sends, and little to keep.
const LONGEST_LINE: u64 = 64 * 1024;

/// The thread of a connection.
fn read(number: u64, stream: TcpStream, events: &Sender<Numbered>) -> io::Result<()> {
    stream.set_nodelay(true)?;
    stream.set_write_timeout(Some(Duration::from_secs(5)))?; // who does not read stops nobody else
    let lines = wire::lines(stream.try_clone()?, LONGEST_LINE);
    let said = lines.map_while(Result::ok).map(Event::Said); // what is no line of ours ends it too
    let all = [Event::Opened(stream)].into_iter().chain(said).chain([Event::Closed]);
    all.map(|event| (number, event)).try_for_each(|event| events.send(event)).map_err(io::Error::other)
}

/// One thread has it all, so messages have one order.
#[derive(Default)]
struct Relay {
    clients: BTreeMap<u64, Client>,
    /// The newest last.
    stored: VecDeque<Message>,
    attributes: BTreeMap<GroupId, Attributes>,
    clock: i64,
    serial: u64,
}

/// Of a group. Each change makes another version.
#[derive(Clone, Default)]
struct Attributes {
    version: u64,
    all: BTreeMap<String, String>,
}

struct Client {
    stream: TcpStream,
    /// Once it has signed in.
    user: Option<UserId>,
}

/// How many messages are kept for who is away.
const STORED: usize = 1_000;

impl Relay {
    fn handle(&mut self, number: u64, event: Event) {
        match event {
            Event::Opened(stream) => {
                self.clients.insert(number, Client { stream, user: None });
            }
            Event::Said(ToRelay::SignIn { user, heard }) => self.sign_in(number, user, heard.as_ref()),
            Event::Said(ToRelay::Send { token, to, payload, online_user_only }) => {
                let Some(sender) = self.clients.get(&number).and_then(|client| client.user.clone()) else {
                    return self.hang_up(number);
                };
                let message = Message { stamp: self.stamp(), sender, to, payload, online_user_only };
                if let Some(token) = token {
                    self.say(number, &FromRelay::Fate { token, fate: SendResult::Sent(message.stamp.clone()) });
                }
                self.pass_on(number, message);
            }
            Event::Said(ToRelay::Read { group }) => self.tell_attributes(number, &group),
            Event::Said(ToRelay::Write { group, ticket, version, changes }) => {
                if self.clients.get(&number).is_none_or(|client| client.user.is_none()) {
                    return self.hang_up(number);
                }
                let result = self.set_attributes(&group, version, changes);
                self.say(number, &FromRelay::Written { ticket, result });
                if result != WriteResult::Conflict {
                    let all: Vec<u64> = self.clients.keys().copied().collect();
                    all.into_iter().for_each(|number| self.tell_attributes(number, &group));
                }
            }
            Event::Closed => self.hang_up(number),
        }
    }

    /// Tells what was missed. What comes live follows it without a gap.
    fn sign_in(&mut self, number: u64, user: UserId, heard: Option<&Stamp>) {
        let missed = self.stored.iter().filter(|message| Some(&message.stamp) > heard);
        let history: Vec<Inbound> = missed.filter_map(|message| message.seen_by(&user)).collect();
        println!("{user} signs in");
        match self.clients.get_mut(&number) {
            Some(client) if client.user.is_none() => client.user = Some(user),
            _ => return self.hang_up(number),
        }
        self.look_at_the_clock();
        let clock = ServerTime::from_millis(self.clock);
        self.say(number, &FromRelay::Welcome { clock, history: history.len() });
        for message in history {
            self.say(number, &FromRelay::Message(message));
        }
        // What changed while the user was away.
        let groups: Vec<GroupId> = self.attributes.keys().cloned().collect();
        groups.iter().for_each(|group| self.tell_attributes(number, group));
    }

    /// Compares and sets: of two who write at once, one has to read again.
    fn set_attributes(&mut self, group: &GroupId, version: u64, changes: Vec<(String, String)>) -> WriteResult {
        let attributes = self.attributes.entry(group.clone()).or_default();
        if attributes.version != version {
            return WriteResult::Conflict;
        }
        attributes.version += 1;
        attributes.all.extend(changes);
        WriteResult::Written { version: attributes.version }
    }

    /// Whoever has not signed in is told nothing.
    fn tell_attributes(&mut self, number: u64, group: &GroupId) {
        if self.clients.get(&number).is_some_and(|client| client.user.is_some()) {
            let Attributes { version, all } = self.attributes.get(group).cloned().unwrap_or_default();
            self.say(number, &FromRelay::Attributes { group: group.clone(), version, all });
        }
    }

    /// To everyone whom it concerns but the connection that it came from: to the sender's other devices too.
    fn pass_on(&mut self, from: u64, message: Message) {
        let others: Vec<u64> = self.clients.keys().copied().filter(|number| *number != from).collect();
        for number in others {
            let client = self.clients.get(&number);
            if let Some(seen) = client.and_then(|client| message.seen_by(client.user.as_ref()?)) {
                self.say(number, &FromRelay::Message(seen));
            }
        }
        if !message.online_user_only {
            self.stored.push_back(message);
            if self.stored.len() > STORED {
                self.stored.pop_front();
            }
        }
    }

    fn say(&mut self, number: u64, line: &FromRelay) {
        let written = self.clients.get_mut(&number).map(|client| wire::write(&mut client.stream, line));
        if let Some(Err(_)) = written {
            self.hang_up(number);
        }
    }

    fn hang_up(&mut self, number: u64) {
        if let Some(client) = self.clients.remove(&number) {
            client.stream.shutdown(Shutdown::Both).ok(); // the other end may have been first
        }
    }

    /// The time and a serial, which both only rise: the order of stamps is the order of messages.
    fn stamp(&mut self) -> Stamp {
        self.look_at_the_clock();
        self.serial += 1;
        Stamp { time: ServerTime::from_millis(self.clock), id: format!("{:010}", self.serial).into() }
    }

    fn look_at_the_clock(&mut self) {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.clock = self.clock.max(i64::try_from(now.as_millis()).unwrap_or(i64::MAX));
    }
}

struct Message {
    stamp: Stamp,
    sender: UserId,
    to: Conversation,
    payload: String,
    online_user_only: bool,
}

impl Message {
    /// What it looks like to this user, if they may see it: a conversation of two is named after the other one.
    fn seen_by(&self, user: &UserId) -> Option<Inbound> {
        let conversation = match &self.to {
            Conversation::C2c(receiver) if user == receiver => Conversation::C2c(self.sender.clone()),
            Conversation::C2c(_) if *user != self.sender => return None,
            Conversation::C2c(_) | Conversation::Group(_) => self.to.clone(),
        };
        let mut message = Inbound::new(&self.sender, conversation, self.payload.as_str());
        message.stamp = Some(self.stamp.clone());
        message.online_user_only = self.online_user_only;
        Some(message)
    }
}
