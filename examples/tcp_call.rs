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

use std::error::Error;

use clap::Parser;
use convoke::{InvitationKey, Invite, InviteError, Outcome, Output};

use host::terminal::{News, Seat, Terminal};
use host::words;

/// Call others from a terminal: `call USER`, `call-group GROUP USER...`, `accept`, `reject`, `cancel`, `quit`.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    seat: Seat,
    /// How many seconds a call rings.
    #[arg(long, default_value_t = 30)]
    timeout: u32,
}

const COMMANDS: &str = "one of: call USER, call-group GROUP USER..., accept, reject, cancel, quit";

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { seat, timeout } = Arguments::parse();
    let (terminal, _) = Terminal::sign_in::<()>(seat)?;
    println!("{COMMANDS}");
    Host { terminal, timeout }.run()
}

struct Host {
    terminal: Terminal,
    timeout: u32,
}

impl Host {
    /// Poll, report, wait, hand in.
    fn run(mut self) -> Result<(), Box<dyn Error>> {
        self.poll();
        self.terminal.catch_up();
        // What was told before is not told again, so what is open is shown.
        for invitation in self.terminal.engine.invitations() {
            println!("still open: {}", words::invitation(invitation.key(), invitation.invitees(), invitation.data()));
        }
        loop {
            // Saved before it is said: a process killed in between says it again, rather than never, and whoever gets a message
            // twice knows it. Saved after that: what was said is not told again at the next start.
            self.terminal.save(())?;
            self.poll();
            self.terminal.save(())?;
            match self.terminal.wait(self.terminal.engine.wake())? {
                News::Typed(line) if line == "quit" => return Ok(()),
                News::Typed(line) => self.obey(&line).unwrap_or_else(|error| println!("{error}")),
                News::Said(_) | News::Stored(_) => {} // here nobody chats, and there are no seats
            }
        }
    }

    /// Sends and tells all that the engine asks for.
    fn poll(&mut self) {
        while let Some(output) = self.terminal.engine.poll_output() {
            match output {
                Output::Transmit(message) => self.terminal.send(message),
                Output::Edit(edit) => self.terminal.refuse(&edit),
                Output::Callback(callback) => println!("{}", words::of(&callback)),
            }
        }
    }

    fn obey(&mut self, line: &str) -> Result<(), Box<dyn Error>> {
        let now = self.terminal.now();
        let typed: Vec<&str> = line.split_whitespace().collect();
        match typed.as_slice() {
            ["call", user] => self.call(Invite::to(*user))?,
            ["call-group", group, users @ ..] => self.call(Invite::in_group(*group, users.iter().copied()))?,
            ["accept"] => self.terminal.engine.accept(now, self.ringing()?, "")?,
            ["reject"] => self.terminal.engine.reject(now, self.ringing()?, "")?,
            ["cancel"] => self.terminal.engine.cancel(now, self.calling()?, "")?,
            [] => {}
            _ => return Err(COMMANDS.into()),
        }
        Ok(())
    }

    fn call(&mut self, invite: Invite) -> Result<(), InviteError> {
        let invite = invite.timeout(self.timeout).data("a call");
        self.terminal.engine.invite(self.terminal.now(), invite)?;
        println!("calling");
        Ok(())
    }

    /// The invitation that this user has yet to answer.
    fn ringing(&self) -> Result<InvitationKey, &'static str> {
        let me = self.terminal.engine.user().as_str();
        let mut open = self.terminal.engine.invitations();
        let ringing = open.find(|invitation| invitation.outcome_of(me) == Some(Outcome::Pending));
        ringing.map(|invitation| invitation.key().clone()).ok_or("nobody calls you")
    }

    /// This user's own invitation.
    fn calling(&self) -> Result<InvitationKey, &'static str> {
        let mut open = self.terminal.engine.invitations();
        let calling = open.find(|invitation| invitation.key().inviter() == self.terminal.engine.user());
        calling.map(|invitation| invitation.key().clone()).ok_or("you call nobody")
    }
}
