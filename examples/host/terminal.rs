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

use clap::Args;
use convoke::{
    CatchUp, Config, Disposition, Edit, Engine, History, Inbound, Millis, SendResult, Stamp, Timestamp, Token,
    Transmit, UserId, Wake, WakeReason,
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
    /// `None` while the connection is lost.
    link: Option<Link>,
    events: Sender<Event>,
    inbox: Receiver<Event>,
    /// What the relay has told at sign-in, until the engine has it.
    history: Option<Vec<Inbound>>,
    /// A message for which the engine had no room.
    again: Option<Inbound>,
    /// Handed to this connection, which has not told their fates yet.
    sent: BTreeSet<Token>,
    /// The last message of the relay that the engine has.
    heard: Option<Stamp>,
    /// Whether all of the history counts: the engine was there before, or the app wants it so.
    is_hot: bool,
}

/// The code that this host gives for what it does not do.
const NOT_OFFERED: i32 = -1;

/// The code that it gives for what cannot leave.
const NOT_CONNECTED: i32 = -2;

/// How long an app that quits waits for what it still has to say.
pub(crate) const PATIENCE: Millis = Millis::from_secs(5);

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
        let (link, history, again, sent, is_hot) = (None, None, None, BTreeSet::new(), app.is_some());
        let mut terminal = Self { engine, seat, clock, link, events, inbox, history, again, sent, heard, is_hot };
        terminal.connect();
        // Until the relay is there, there is nothing better to do.
        if let Event::Connected(link, welcome) = terminal.inbox.recv()? {
            terminal.greet(link, welcome);
        }
        let keyboard = terminal.events.clone();
        thread::spawn(move || read(&keyboard));
        Ok((terminal, app))
    }

    /// Hands in what was said meanwhile. Returns what others said of it that is no signaling.
    pub(crate) fn catch_up(&mut self) -> Vec<Inbound> {
        let Some(messages) = self.history.take() else { return Vec::new() };
        let open: Vec<Token> = self.engine.sends_in_flight().map(|(token, _)| token).collect();
        let history = if self.is_hot { History::hot() } else { History::cold() };
        let CatchUp::Done(dispositions) = self.engine.handle_history(self.clock.now(), &history, &messages) else {
            self.history = Some(messages); // nothing was read: once more, when the app has polled
            return Vec::new();
        };
        self.is_hot = true;
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
        self.is_hot = true;
        self.catch_up()
    }

    /// Waits until something happens, or the moment has come for which the engine and its layers wait; and hands it in.
    pub(crate) fn wait(&mut self, wake: Wake) -> Result<News, RecvError> {
        if self.history.is_some() {
            return Ok(News::Said(self.catch_up()));
        }
        match self.next(wake)? {
            Some(Event::Typed(line)) if self.link.is_none() && line != "quit" => println!("there is no connection"),
            Some(Event::Typed(line)) => return Ok(News::Typed(line)),
            Some(Event::Connected(link, welcome)) => self.greet(link, welcome),
            Some(Event::Heard(line @ (FromRelay::Attributes { .. } | FromRelay::Written { .. }))) => {
                return Ok(News::Stored(line));
            }
            Some(Event::Heard(line)) => return Ok(News::Said(self.hear(line).into_iter().collect())),
            Some(Event::Lost) => self.lose(),
            None => self.engine.tick(self.clock.now()),
        }
        Ok(News::Said(Vec::new()))
    }

    /// The same, but no longer than until the end: for an app that quits.
    pub(crate) fn wait_until(&mut self, end: Timestamp, wake: Wake) -> Result<News, RecvError> {
        self.wait(match wake {
            Wake::Poll => Wake::Poll,
            Wake::At(moment, why) => Wake::At(moment.min(end), why),
            Wake::Never => Wake::At(end, WakeReason::Layer),
        })
    }

    /// Whether nothing is on its way of which nobody knows the fate.
    pub(crate) fn is_all_told(&self) -> bool {
        self.engine.sends_in_flight().next().is_none()
    }

    /// The relay tells its fate; if the connection is lost before, nobody knows it. What cannot even leave is refused, so that nobody
    /// counts on it: a time-out is then only presumed, and an answer that comes with the history still counts.
    pub(crate) fn send(&mut self, message: Transmit) {
        let Some(link) = &mut self.link else {
            return self.report(message.token, SendResult::Refused { code: NOT_CONNECTED });
        };
        self.sent.insert(message.token);
        link.send(message);
    }

    /// No example modifies an invitation, and the relay could not.
    pub(crate) fn refuse(&mut self, edit: &Edit) {
        self.report(edit.token, SendResult::Refused { code: NOT_OFFERED });
    }

    /// Says to a group what is no signaling. Without a connection nobody hears it.
    pub(crate) fn say(&mut self, group: &str, text: &str) {
        if let Some(link) = &mut self.link {
            link.say(group, text);
        }
    }

    /// Asks the store of attributes; the answer is news. Without a connection there is none.
    pub(crate) fn ask(&mut self, store: &ToRelay) {
        if let Some(link) = &mut self.link {
            link.ask(store);
        }
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
    fn next(&mut self, wake: Wake) -> Result<Option<Event>, RecvError> {
        if let Some(message) = self.again.take() {
            return Ok(Some(Event::Heard(FromRelay::Message(message))));
        }
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
                if disposition == Disposition::Backlog {
                    self.again = Some(message); // nothing was read: once more, when the app has polled
                    return None;
                }
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

    fn connect(&self) {
        let user = UserId::from(self.seat.user.as_str());
        Link::open(self.seat.relay.clone(), user, self.heard.clone(), self.events.clone());
    }

    /// The relay is there. Until the history is read nobody knows what was said meanwhile, so no deadline may fire.
    fn greet(&mut self, link: Link, Welcome { clock, history }: Welcome) {
        let now = self.clock.now();
        self.engine.begin_catch_up(now);
        self.engine.sync_clock(now, clock);
        (self.link, self.history) = (Some(link), Some(history));
    }

    /// The connection is lost. What was handed to it may have left or not; meanwhile time goes on.
    fn lose(&mut self) {
        println!("connection lost");
        self.link = None;
        self.sent.clear();
        self.connect();
    }
}

/// The thread of the keyboard. The end of the input is the end of the program.
fn read(events: &Sender<Event>) {
    let typed = io::stdin().lines().map_while(Result::ok).map(|line| line.trim().to_owned());
    typed.chain(["quit".to_owned()]).try_for_each(|line| events.send(Event::Typed(line))).ok();
}
