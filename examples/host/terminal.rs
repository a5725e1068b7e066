//! A user at a terminal: the engine, the line to the relay, the keyboard and the file in which all is kept, in one blocking loop.
//!
//! The app polls, and does what is typed; the rest is done here.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{self, Receiver, RecvError, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use clap::Args;
use convoke::{
    CatchUp, Config, Disposition, Edit, Engine, History, Inbound, SendResult, Stamp, Timestamp, Token, Transmit,
    UserId, Wake,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::clock::Clock;
use super::link::{Event, Link, Welcome};
use super::seed;
use super::state::State;
use super::wire::{FromRelay, ToRelay};

/// Who sits at the terminal, and what it is connected to.
#[derive(Args)]
pub(crate) struct Seat {
    /// Who you are.
    user: String,
    /// Where the relay listens.
    #[arg(long, default_value = "127.0.0.1:7000")]
    relay: String,
    /// Where the state is kept; without it, it is lost with the process.
    #[arg(long)]
    state: Option<PathBuf>,
}

impl Seat {
    /// It is not written over: what is open there may still be read by another version.
    fn unusable(&self, error: impl Display) -> String {
        let path = self.state.as_deref().unwrap_or_else(|| Path::new("the state")).display();
        format!("{path} cannot be used ({error}); to start without what was open, move it away")
    }
}

/// What the app has to do something about. Of all else the engine knows, and is to be polled.
pub(crate) enum News {
    /// By the user; `quit` at the end of the input.
    Typed(String),
    /// By others, and no signaling. Often there is none.
    Said(Vec<Inbound>),
    /// By the store of attributes.
    Stored(FromRelay),
}

pub(crate) struct Terminal {
    pub(crate) engine: Engine,
    seat: Seat,
    clock: Clock,
    link: Link,
    events: Sender<Event>,
    inbox: Receiver<Event>,
    /// What the relay has told at sign-in, until the engine has it.
    welcome: Option<Welcome>,
    /// Handed to this connection, which has not told their fates yet.
    sent: BTreeSet<Token>,
    /// The last message of the relay that the engine has.
    heard: Option<Stamp>,
    /// Whether all that was said counts at the first sign-in, too.
    takes_all: bool,
}

/// The code that this host gives for what it does not do.
const NOT_OFFERED: i32 = -1;

impl Terminal {
    /// A new engine, or the one that the last process left behind, with what it stored of the app. Poll, to say what a killed
    /// process had not said, or not for certain; then [`catch_up`](Self::catch_up).
    pub(crate) fn sign_in<A: DeserializeOwned>(seat: Seat) -> Result<(Self, Option<A>), Box<dyn Error>> {
        let clock = Clock::start();
        let left_behind = match &seat.state {
            Some(path) => State::load(path).map_err(|error| seat.unusable(error))?,
            None => None,
        };
        let (engine, heard, app) = match left_behind {
            Some(State { snapshot, .. }) if snapshot.user() != seat.user.as_str() => {
                return Err(
                    format!("this is the state of {0}: type their name, or another --state", snapshot.user()).into()
                );
            }
            Some(State { snapshot, heard, app }) => {
                let engine = Engine::restore(snapshot, Config::default(), seed::fresh()?, clock.now());
                (engine.map_err(|error| seat.unusable(error))?, heard, Some(app))
            }
            None => (Engine::new(seat.user.as_str(), Config::default(), seed::fresh()?)?, None, None),
        };
        let (events, inbox) = mpsc::channel();
        let (link, welcome) = connect(&seat, heard.as_ref(), &events);
        let keyboard = events.clone();
        thread::spawn(move || read(&keyboard));
        let (welcome, sent) = (Some(welcome), BTreeSet::new());
        Ok((Self { engine, seat, clock, link, events, inbox, welcome, sent, heard, takes_all: false }, app))
    }

    /// Hands in what was said meanwhile. Returns what others said of it that is no signaling.
    pub(crate) fn catch_up(&mut self) -> Vec<Inbound> {
        let Some(Welcome { clock, history: messages }) = self.welcome.take() else { return Vec::new() };
        let open: Vec<Token> = self.engine.sends_in_flight().map(|(token, _)| token).collect();
        let now = self.clock.now();
        self.engine.sync_clock(now, clock);
        let is_hot = self.takes_all || self.heard.is_some();
        let history = if is_hot { History::hot() } else { History::cold() };
        let dispositions = match self.engine.handle_history(now, &history, &messages) {
            CatchUp::Done(dispositions) => dispositions,
            CatchUp::Backlog => Vec::new(), // not if all was polled
        };
        // The history told the fate of what it holds. Of what else was on its way nobody knows.
        for token in open.into_iter().filter(|token| !self.sent.contains(token)).collect::<Vec<_>>() {
            self.report(token, SendResult::Unknown);
        }
        let newest = messages.iter().filter_map(|message| message.stamp.clone());
        self.heard = newest.chain(self.heard.take()).max();
        println!("signed in as {}", self.engine.user());
        let said = messages.into_iter().zip(dispositions).filter(|(_, said)| *said == Disposition::NotSignaling);
        said.map(|(message, _)| message).filter(|message| message.sender != *self.engine.user()).collect()
    }

    /// The same for who wants to know of a group all that was said before they came, and not of the last seconds alone.
    pub(crate) fn catch_up_on_all(&mut self) -> Vec<Inbound> {
        self.takes_all = true;
        self.catch_up()
    }

    /// Waits until something happens, or the moment has come for which the engine and its layers wait; and hands it in.
    pub(crate) fn wait(&mut self, wake: Wake) -> Result<News, RecvError> {
        match self.next(wake)? {
            Some(Event::Typed(line)) => return Ok(News::Typed(line)),
            Some(Event::Heard(line @ (FromRelay::Attributes { .. } | FromRelay::Written { .. }))) => {
                return Ok(News::Stored(line));
            }
            Some(Event::Heard(line)) => return Ok(News::Said(self.hear(line).into_iter().collect())),
            Some(Event::Lost) => return Ok(News::Said(self.come_back())),
            None => self.engine.tick(self.clock.now()),
        }
        Ok(News::Said(Vec::new()))
    }

    /// The relay tells its fate; if the connection is lost before, nobody knows it.
    pub(crate) fn send(&mut self, message: Transmit) {
        self.sent.insert(message.token);
        self.link.send(message);
    }

    /// No example modifies an invitation, and the relay could not.
    pub(crate) fn refuse(&mut self, edit: &Edit) {
        self.report(edit.token, SendResult::Refused { code: NOT_OFFERED });
    }

    /// Says to a group what is no signaling.
    pub(crate) fn say(&mut self, group: &str, text: &str) {
        self.link.say(group, text);
    }

    /// Asks the store of attributes; the answer is news.
    pub(crate) fn ask(&mut self, store: &ToRelay) {
        self.link.ask(store);
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The engine, with what the app stores of the same moment.
    pub(crate) fn save<A: Serialize>(&self, app: A) -> Result<(), Box<dyn Error>> {
        let Some(path) = &self.seat.state else { return Ok(()) };
        let state = State { snapshot: self.engine.snapshot(), heard: self.heard.clone(), app };
        Ok(state.save(path).map_err(|error| format!("{}: {error}", path.display()))?)
    }

    /// `None` when the moment has come.
    fn next(&self, wake: Wake) -> Result<Option<Event>, RecvError> {
        let moment = match wake {
            Wake::Poll => return Ok(None),
            Wake::At(moment, _) => moment,
            Wake::Never => return self.inbox.recv().map(Some),
        };
        match self.inbox.recv_timeout(moment.since(self.clock.now()).into()) {
            Ok(event) => Ok(Some(event)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(RecvError),
        }
    }

    /// Returns the message, if it is no signaling.
    fn hear(&mut self, line: FromRelay) -> Option<Inbound> {
        match line {
            FromRelay::Message(message) => {
                let disposition = self.engine.handle_message(self.clock.now(), &message);
                if let Disposition::Refused(why) = disposition {
                    println!("refused what {} says: {why}", message.sender);
                }
                self.heard.clone_from(&message.stamp);
                Some(message)
                    .filter(|message| disposition == Disposition::NotSignaling && message.sender != *self.engine.user())
            }
            FromRelay::Fate { token, fate } => {
                if let SendResult::Sent(stamp) = &fate {
                    // This relay says all in one order. Of other services what was received counts alone.
                    self.heard = Some(stamp.clone());
                }
                self.report(token, fate);
                None
            }
            FromRelay::Welcome { .. } | FromRelay::Attributes { .. } | FromRelay::Written { .. } => None,
        }
    }

    /// A fate that is known already is no news.
    fn report(&mut self, token: Token, fate: SendResult) {
        self.sent.remove(&token);
        self.engine.handle_send_result(self.clock.now(), token, fate).ok();
    }

    /// The connection was lost. Until the history is here nobody knows what was said meanwhile, so no deadline may fire.
    fn come_back(&mut self) -> Vec<Inbound> {
        println!("connection lost");
        self.engine.begin_catch_up(self.clock.now());
        let (link, welcome) = connect(&self.seat, self.heard.as_ref(), &self.events);
        (self.link, self.welcome) = (link, Some(welcome));
        self.sent.clear();
        self.catch_up()
    }
}

/// Until the relay is there, there is nothing better to do.
fn connect(seat: &Seat, heard: Option<&Stamp>, events: &Sender<Event>) -> (Link, Welcome) {
    let user = UserId::from(seat.user.as_str());
    loop {
        match Link::sign_in(&seat.relay, &user, heard, events.clone()) {
            Ok(signed_in) => return signed_in,
            Err(error) => {
                println!("no relay at {}: {error}; type elsewhere: cargo run --example tcp_relay", seat.relay)
            }
        }
        thread::sleep(Duration::from_secs(1));
    }
}

/// The thread of the keyboard. The end of the input is the end of the program.
fn read(events: &Sender<Event>) {
    let typed = io::stdin().lines().map_while(Result::ok).map(|line| line.trim().to_owned());
    typed.chain(["quit".to_owned()]).try_for_each(|line| events.send(Event::Typed(line))).ok();
}
