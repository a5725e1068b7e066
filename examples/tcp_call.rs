//! A host on blocking sockets: one user in a terminal, one process. Calls others by way of the relay.
//!
//! ```sh
//! cargo run --example tcp_relay
//! cargo run --example tcp_call -- alice --state alice.json    # in a terminal each
//! cargo run --example tcp_call -- bob --state bob.json
//! ```
//!
//! Then type `call bob`, and there `accept`. With `--state` a killed process goes on where it was: kill bob's while it rings,
//! start it again, and it rings on.
#![allow(clippy::print_stdout, reason = "it is a terminal program")]

#[path = "host/mod.rs"]
mod host;

use std::collections::BTreeSet;
use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{self, Receiver, RecvError, RecvTimeoutError, Sender};
use std::thread;
use std::time::Duration;

use clap::Parser;
use convoke::{
    Config, Disposition, Engine, History, InvitationKey, Invite, InviteError, Outcome, Output, SendResult, Stamp,
    Token, UserId, Wake,
};

use host::clock::Clock;
use host::link::{Event, Link, Welcome};
use host::state::State;
use host::wire::FromRelay;
use host::{seed, words};

/// Call others from a terminal: `call USER`, `call-group GROUP USER...`, `accept`, `reject`, `cancel`, `quit`.
#[derive(Parser)]
struct Arguments {
    /// Who you are.
    user: String,
    /// Where the relay listens.
    #[arg(long, default_value = "127.0.0.1:7000")]
    relay: String,
    /// Where the state is kept; without it, it is lost with the process.
    #[arg(long)]
    state: Option<PathBuf>,
    /// How many seconds a call rings.
    #[arg(long, default_value_t = 30)]
    timeout: u32,
}

const COMMANDS: &str = "one of: call USER, call-group GROUP USER..., accept, reject, cancel, quit";

/// The code that this host gives for what it does not do.
const NOT_OFFERED: i32 = -1;

fn main() -> Result<(), Box<dyn Error>> {
    let (events, inbox) = mpsc::channel();
    let mut host = Host::start(Arguments::parse(), events.clone())?;
    thread::spawn(move || read_terminal(&events));
    host.run(&inbox)
}

struct Host {
    arguments: Arguments,
    engine: Engine,
    clock: Clock,
    link: Link,
    events: Sender<Event>,
    /// The last message of the relay that the engine has.
    heard: Option<Stamp>,
}

impl Host {
    /// A new engine, or the one that the last process left behind.
    fn start(arguments: Arguments, events: Sender<Event>) -> Result<Self, Box<dyn Error>> {
        let clock = Clock::start();
        let left_behind = match &arguments.state {
            Some(path) => State::load(path).map_err(|error| format!("{}: {error}", path.display()))?,
            None => None,
        };
        let (engine, heard) = match left_behind {
            Some(state) if state.snapshot.user() != arguments.user.as_str() => {
                return Err(format!("this is the state of {}", state.snapshot.user()).into());
            }
            Some(State { snapshot, heard }) => {
                (Engine::restore(snapshot, Config::default(), seed::fresh()?, clock.now())?, heard)
            }
            None => (Engine::new(arguments.user.as_str(), Config::default(), seed::fresh()?)?, None),
        };
        let (link, welcome) = sign_in(&arguments, heard.as_ref(), &events);
        println!("{COMMANDS}");
        let mut host = Self { arguments, engine, clock, link, events, heard };
        host.catch_up(welcome);
        // What was told before is not told again, so what is open is shown.
        for invitation in host.engine.invitations() {
            println!("still open: {}", words::invitation(invitation.key(), invitation.invitees(), invitation.data()));
        }
        Ok(host)
    }

    /// Poll, report, wait, hand in.
    fn run(&mut self, inbox: &Receiver<Event>) -> Result<(), Box<dyn Error>> {
        loop {
            // Saved before it is said: a process killed in between says it again, rather than never, and whoever gets a message
            // twice knows it. Saved after that: what was said is not told again at the next start.
            self.save()?;
            self.poll();
            self.save()?;
            match self.wait(inbox)? {
                None => self.engine.tick(self.clock.now()),
                Some(Event::Heard(line)) => self.hear(line),
                Some(Event::Lost) => self.come_back(),
                Some(Event::Typed(line)) if line == "quit" => return Ok(()),
                Some(Event::Typed(line)) => self.obey(&line).unwrap_or_else(|error| println!("{error}")),
            }
        }
    }

    /// Sends and tells all that the engine asks for. Returns what was sent; the relay tells its fate.
    fn poll(&mut self) -> BTreeSet<Token> {
        let mut sent = BTreeSet::new();
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Transmit(message) => {
                    sent.insert(message.token);
                    self.link.send(message);
                }
                // No command here modifies an invitation, and the relay could not.
                Output::Edit(edit) => self.report(edit.token, SendResult::Refused { code: NOT_OFFERED }),
                Output::Callback(callback) => println!("{}", words::of(&callback)),
            }
        }
        sent
    }

    /// `None` when the moment has come for which the engine waits.
    fn wait(&self, inbox: &Receiver<Event>) -> Result<Option<Event>, RecvError> {
        let moment = match self.engine.wake() {
            Wake::Poll => return Ok(None),
            Wake::At(moment, _) => moment,
            Wake::Never => return inbox.recv().map(Some),
        };
        let time_left = moment.since(self.clock.now());
        match inbox.recv_timeout(time_left.into()) {
            Ok(event) => Ok(Some(event)),
            Err(RecvTimeoutError::Timeout) => Ok(None),
            Err(RecvTimeoutError::Disconnected) => Err(RecvError),
        }
    }

    fn hear(&mut self, line: FromRelay) {
        match line {
            FromRelay::Message(message) => {
                let disposition = self.engine.handle_message(self.clock.now(), &message);
                if let Disposition::Refused(why) = disposition {
                    println!("refused what {} says: {why}", message.sender);
                }
                self.heard = message.stamp;
            }
            FromRelay::Fate { token, fate } => {
                if let SendResult::Sent(stamp) = &fate {
                    self.heard = Some(stamp.clone());
                }
                self.report(token, fate);
            }
            FromRelay::Welcome { .. } => {}
        }
    }

    /// A fate that is known already is no news.
    fn report(&mut self, token: Token, fate: SendResult) {
        self.engine.handle_send_result(self.clock.now(), token, fate).ok();
    }

    /// The connection was lost. Until the history is here nobody knows what was said meanwhile, so no deadline may fire.
    fn come_back(&mut self) {
        println!("connection lost");
        self.engine.begin_catch_up(self.clock.now());
        let (link, welcome) = sign_in(&self.arguments, self.heard.as_ref(), &self.events);
        self.link = link;
        self.catch_up(welcome);
    }

    fn catch_up(&mut self, welcome: Welcome) {
        let open: BTreeSet<Token> = self.engine.sends_in_flight().map(|(token, _)| token).collect();
        let sent = self.poll(); // what a killed process had not said, or not for certain
        let now = self.clock.now();
        self.engine.sync_clock(now, welcome.clock);
        let history = if self.heard.is_some() { History::hot() } else { History::cold() };
        // Everything is polled, so the batch is not turned away.
        let _ = self.engine.handle_history(now, &history, &welcome.history);
        // The history told the fate of what it holds. Of what else was on its way nobody knows.
        for token in open.difference(&sent) {
            self.report(*token, SendResult::Unknown);
        }
        self.heard = welcome.history.into_iter().filter_map(|message| message.stamp).chain(self.heard.take()).max();
        println!("signed in as {}", self.engine.user());
    }

    fn obey(&mut self, line: &str) -> Result<(), Box<dyn Error>> {
        let now = self.clock.now();
        let typed: Vec<&str> = line.split_whitespace().collect();
        match typed.as_slice() {
            ["call", user] => self.call(Invite::to(*user))?,
            ["call-group", group, users @ ..] => self.call(Invite::in_group(*group, users.iter().copied()))?,
            ["accept"] => self.engine.accept(now, self.ringing()?, "")?,
            ["reject"] => self.engine.reject(now, self.ringing()?, "")?,
            ["cancel"] => self.engine.cancel(now, self.calling()?, "")?,
            [] => {}
            _ => return Err(COMMANDS.into()),
        }
        Ok(())
    }

    fn call(&mut self, invite: Invite) -> Result<(), InviteError> {
        self.engine.invite(self.clock.now(), invite.timeout(self.arguments.timeout).data("a call"))?;
        println!("calling");
        Ok(())
    }

    /// The invitation that this user has yet to answer.
    fn ringing(&self) -> Result<InvitationKey, &'static str> {
        let me = self.engine.user().as_str();
        let mut open = self.engine.invitations();
        let ringing = open.find(|invitation| invitation.outcome_of(me) == Some(Outcome::Pending));
        ringing.map(|invitation| invitation.key().clone()).ok_or("nobody calls you")
    }

    /// This user's own invitation.
    fn calling(&self) -> Result<InvitationKey, &'static str> {
        let mut open = self.engine.invitations();
        let calling = open.find(|invitation| invitation.key().inviter() == self.engine.user());
        calling.map(|invitation| invitation.key().clone()).ok_or("you call nobody")
    }

    fn save(&self) -> Result<(), Box<dyn Error>> {
        let Some(path) = &self.arguments.state else { return Ok(()) };
        let state = State { snapshot: self.engine.snapshot(), heard: self.heard.clone() };
        Ok(state.save(path).map_err(|error| format!("{}: {error}", path.display()))?)
    }
}

/// Until the relay is there, there is nothing better to do.
fn sign_in(arguments: &Arguments, heard: Option<&Stamp>, events: &Sender<Event>) -> (Link, Welcome) {
    let user = UserId::from(arguments.user.as_str());
    loop {
        match Link::sign_in(&arguments.relay, &user, heard, events.clone()) {
            Ok(signed_in) => return signed_in,
            Err(error) => println!("no relay at {}: {error}", arguments.relay),
        }
        thread::sleep(Duration::from_secs(1));
    }
}

/// The thread of the keyboard. The end of the input is the end of the program.
fn read_terminal(events: &Sender<Event>) {
    let typed = io::stdin().lines().map_while(Result::ok).map(|line| line.trim().to_owned());
    typed.chain(["quit".to_owned()]).try_for_each(|line| events.send(Event::Typed(line))).ok();
}
