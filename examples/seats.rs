//! A live room in a terminal: one user, one process; who sits where is kept by the relay.
//!
//! ```sh
//! cargo run --example tcp_relay
//! cargo run --example seats -- olga --state olga.json     # in a terminal each; olga is the owner, max a moderator
//! cargo run --example seats -- bob --state bob.json
//! ```
//!
//! Then type `apply 3` as bob, and `let bob` as olga; `seats` shows who sits where, and who waits.
//!
//! The store is real, if small: the relay keeps the attributes of each group with a version, takes a write only if it rests on the newest
//! one, and tells everybody (`tcp_relay.rs`). Many stores compare only with what their SDK has seen: docs/seats.md. Who is in the room the
//! users say to the group themselves; a chat service tells it, and also when somebody's process is gone.
#![allow(clippy::print_stdout, reason = "it is a terminal program")]

#[path = "host/mod.rs"]
mod host;

use std::error::Error;

use clap::Parser;
use convoke::layer::{Layer, Layered};
use convoke::seats::{Request, RequestKind, Seat, SeatEvent, Seats, SeatsConfig, SeatsSnapshot};
use convoke::{Answer, Inbound, InvitationKey, UserId};

use host::terminal::{self, News, Terminal};
use host::wire::{FromRelay, ToRelay};

/// A room with seats. Type a command without anything else to see all.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    seat: terminal::Seat,
    /// Whose room it is.
    #[arg(long, default_value = "olga")]
    owner: String,
    /// Who decides beside the owner.
    #[arg(long, default_values_t = ["max".to_owned()])]
    moderator: Vec<String>,
}

const ROOM: &str = "live";
const COMMANDS: &str = "seats, apply [SEAT], withdraw, accept, decline, leave, move SEAT, quit; of the owner and moderators: let USER, \
                        refuse USER, invite USER [SEAT], take [SEAT], remove USER, mute USER, unmute USER, lock SEAT, unlock SEAT";

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { seat, owner, moderator } = Arguments::parse();
    let (terminal, left_behind) = Terminal::sign_in::<SeatsSnapshot>(seat)?;
    let config = SeatsConfig::new(owner).moderated_by(moderator);
    let seats = match left_behind {
        Some(snapshot) => Seats::restore(snapshot, config, terminal.now())?,
        None => Seats::new(ROOM, config),
    };
    Room { terminal, seats }.run()
}

struct Room {
    terminal: Terminal,
    seats: Seats,
}

impl Room {
    /// Poll, wait, hand in.
    fn run(mut self) -> Result<(), Box<dyn Error>> {
        self.poll();
        // An application waits longer than a cold start looks back. Who came and went before is no news: the seats say who is left.
        let _said = self.terminal.catch_up_on_all();
        self.terminal.say(ROOM, ENTERS);
        println!("type one of: {COMMANDS}");
        loop {
            // Why before and after: see `tcp_call.rs`.
            self.save()?;
            self.poll();
            self.save()?;
            match self.terminal.wait(self.seats.wake(&self.terminal.engine))? {
                News::Typed(line) if line == "quit" => return self.quit(),
                News::Typed(line) => {
                    self.obey(&line).unwrap_or_else(|error| println!("{error}; type one of: {COMMANDS}"));
                }
                News::Said(messages) => messages.iter().for_each(|message| self.overhear(message)),
                News::Stored(answer) => self.hear_store(answer),
            }
        }
    }

    /// Sends, asks the store, and tells.
    fn poll(&mut self) {
        let now = self.terminal.now();
        while let Some(output) = self.seats.poll(&mut self.terminal.engine, now) {
            match output {
                Layered::Transmit(message) => self.terminal.send(message),
                Layered::Edit(edit) => self.terminal.refuse(&edit),
                Layered::Event(SeatEvent::Read) => self.terminal.ask(&ToRelay::Read { group: ROOM.into() }),
                Layered::Event(SeatEvent::Write { ticket, version, changes }) => {
                    self.terminal.ask(&ToRelay::Write { group: ROOM.into(), ticket, version, changes });
                }
                Layered::Event(event) => tell(&event),
                Layered::Callback(callback) => println!("of what is no seat: {}", callback.name()),
            }
        }
    }

    fn hear_store(&mut self, answer: FromRelay) {
        let now = self.terminal.now();
        match answer {
            FromRelay::Attributes { group, version, all } if group == *self.seats.room() => {
                let all = all.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                self.seats.handle_attributes(now, version, all);
            }
            FromRelay::Written { ticket, result } => self.seats.handle_write_result(now, ticket, result),
            FromRelay::Attributes { .. }
            | FromRelay::Welcome { .. }
            | FromRelay::Message(_)
            | FromRelay::Fate { .. } => {}
        }
    }

    /// Who comes and who goes.
    fn overhear(&mut self, message: &Inbound) {
        let now = self.terminal.now();
        if message.conversation.group().is_none_or(|group| group != self.seats.room()) {
            return;
        }
        match message.payload.as_str() {
            ENTERS => self.seats.handle_member_entered(now, &message.sender),
            LEAVES => self.seats.handle_member_left(&mut self.terminal.engine, now, &message.sender),
            _ => {}
        }
    }

    fn obey(&mut self, line: &str) -> Result<(), Box<dyn Error>> {
        let typed: Vec<&str> = line.split_whitespace().collect();
        let (now, engine) = (self.terminal.now(), &mut self.terminal.engine);
        let (seats, me) = (&mut self.seats, engine.user().clone());
        let number = |word: &str| word.parse::<u32>().map_err(|_| "a seat is a number");
        match typed.as_slice() {
            ["seats"] => self.show(),
            ["apply"] => drop(seats.apply(engine, now, None)?),
            ["apply", seat] => drop(seats.apply(engine, now, Some(number(seat)?))?),
            ["withdraw"] => {
                let mine = find(seats.applications(engine), |request| *request.by() == me)?;
                seats.withdraw(engine, now, &mine)?;
            }
            [word @ ("let" | "refuse"), user] => {
                let theirs = find(seats.applications(engine), |request| request.by().as_str() == *user)?;
                seats.decide(engine, now, &theirs, if *word == "let" { Answer::Accept } else { Answer::Reject })?;
            }
            ["invite", user] => drop(seats.invite(engine, now, *user, None)?),
            ["invite", user, seat] => drop(seats.invite(engine, now, *user, Some(number(seat)?))?),
            [word @ ("accept" | "decline")] => {
                let ringing = find(seats.invitations(), |request| *request.by() != me)?;
                seats.decide(engine, now, &ringing, if *word == "accept" { Answer::Accept } else { Answer::Reject })?;
            }
            ["take"] => seats.take(engine, now, None)?,
            ["take", seat] => seats.take(engine, now, Some(number(seat)?))?,
            ["leave"] => seats.leave(engine, now)?,
            ["move", seat] => seats.move_to(engine, now, number(seat)?)?,
            ["remove", user] => seats.remove(engine, now, &UserId::from(*user))?,
            ["mute", user] => seats.mute(engine, now, &UserId::from(*user))?,
            ["unmute", user] => seats.unmute(engine, now, &UserId::from(*user))?,
            ["lock", seat] => seats.lock(engine, now, number(seat)?)?,
            ["unlock", seat] => seats.unlock(engine, now, number(seat)?)?,
            [] => {}
            _ => return Err("that is no command".into()),
        }
        Ok(())
    }

    fn show(&self) {
        for (number, seat) in (0..).zip(self.seats.seats()) {
            println!("{number}: {}", on_it(seat));
        }
        let queue: Vec<_> = self.seats.applications(&self.terminal.engine).iter().map(asked).collect();
        println!("waiting: {}", if queue.is_empty() { "nobody".to_owned() } else { queue.join(", ") });
    }

    /// Not as a killed process does, which comes back to its seat: the seat is freed first, and what was asked is taken back. But nobody
    /// waits for ever for a store or a relay.
    fn quit(&mut self) -> Result<(), Box<dyn Error>> {
        let now = self.terminal.now();
        let end = now + terminal::PATIENCE;
        self.seats.exit(&mut self.terminal.engine, now);
        self.poll();
        while self.terminal.now() < end && !(self.seats.is_idle() && self.terminal.is_all_told()) {
            match self.terminal.wait_until(end, self.seats.wake(&self.terminal.engine))? {
                News::Stored(answer) => self.hear_store(answer),
                News::Typed(_) | News::Said(_) => {}
            }
            self.poll();
        }
        self.terminal.say(ROOM, LEAVES);
        self.save()
    }

    fn save(&self) -> Result<(), Box<dyn Error>> {
        self.terminal.save(self.seats.snapshot())
    }
}

const ENTERS: &str = "enters";
const LEAVES: &str = "leaves";

fn tell(event: &SeatEvent) {
    match event {
        SeatEvent::Changed { seat, now, .. } => println!("seat {seat}: {}", on_it(now)),
        SeatEvent::Asked { request, .. } if request.kind == RequestKind::Application => {
            println!("asks: {}; type one of: let, refuse", asked(request));
        }
        SeatEvent::Asked { request, .. } => {
            println!("ring: {} onto a seat; type one of: accept, decline", asked(request))
        }
        SeatEvent::Decided { request, by, is_accepted, .. } => {
            println!("{}: {} by {by}", asked(request), if *is_accepted { "accepted" } else { "declined" });
        }
        SeatEvent::Over { request, why, .. } => println!("{}: over, {why}", asked(request)),
        SeatEvent::NotSent { code, .. } => println!("the service refused it ({code})"),
        SeatEvent::NotDone { why, .. } => println!("not done: {why}"),
        SeatEvent::Read | SeatEvent::Write { .. } => {} // the store's
        _ => {}
    }
}

fn on_it(seat: &Seat) -> String {
    let user = seat.user.as_ref().map_or("free", UserId::as_str);
    let marks = [(seat.is_muted, ", muted"), (seat.is_locked, ", locked")];
    marks.iter().filter(|(is_so, _)| *is_so).fold(user.to_owned(), |text, (_, mark)| text + mark)
}

/// Who asks, and for or onto which seat.
fn asked(request: &Request) -> String {
    request.seat.map_or_else(|| request.by().to_string(), |seat| format!("{} ({seat})", request.by()))
}

fn find(
    requests: impl IntoIterator<Item = Request>,
    is_it: impl Fn(&Request) -> bool,
) -> Result<InvitationKey, &'static str> {
    requests.into_iter().find(is_it).map(|request| request.id).ok_or("nobody asks for that")
}
