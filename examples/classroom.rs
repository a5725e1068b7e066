//! A seat in a class, in a terminal: one user, one process, and the class of a group by way of the relay.
//!
//! ```sh
//! cargo run --example tcp_relay
//! cargo run --example classroom -- alice --state alice.json    # in a terminal each
//! cargo run --example classroom -- bob --state bob.json
//! ```
//!
//! Then type `ask bob`, and there `raise`; `grant bob` lets him speak, and there `speak`. Who asks is the teacher. Who comes later sees
//! what all see, and with `--state` a killed process comes back into the class.
//!
//! Nothing is heard: where an app would open the microphone, it says so.
#![allow(clippy::print_stdout, reason = "it is a terminal program")]

#[path = "host/mod.rs"]
mod host;

use std::error::Error;

use clap::Parser;
use convoke::classroom::{ClassConfig, ClassEvent, Classroom, ClassroomSnapshot, RoundId};
use convoke::layer::{Layer, Layered};

use host::terminal::{News, Seat, Terminal};
use host::words::names;

/// A seat in a class: `ask USER...`, `grant USER`, `lower USER`, `lower all`, `close`; `raise`, `decline`, `lower`, `speak`; `stop`,
/// `hands`, `quit`.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    seat: Seat,
    /// The group whose class it is.
    #[arg(long, default_value = "class")]
    class: String,
    /// How many seconds there are to answer.
    #[arg(long, default_value_t = 60)]
    time: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { seat, class, time } = Arguments::parse();
    let (terminal, left_behind) = Terminal::sign_in::<ClassroomSnapshot>(seat)?;
    let class = match left_behind {
        Some(snapshot) => Classroom::restore(snapshot, ClassConfig::default(), terminal.now())?,
        None => Classroom::new(class, ClassConfig::default()),
    };
    Desk { terminal, class, time, is_heard: false }.run()
}

struct Desk {
    terminal: Terminal,
    class: Classroom,
    time: u32,
    /// Whether the microphone is open.
    is_heard: bool,
}

impl Desk {
    /// Poll, wait, hand in.
    fn run(mut self) -> Result<(), Box<dyn Error>> {
        self.poll();
        self.terminal.catch_up_on_all();
        loop {
            // Why before and after: see `tcp_call.rs`.
            self.save()?;
            self.poll();
            self.save()?;
            match self.terminal.wait(self.class.wake(&self.terminal.engine))? {
                News::Typed(line) if line == "quit" => return Ok(()),
                News::Typed(line) => self.obey(&line).unwrap_or_else(|error| println!("{error}")),
                News::Said(_) | News::Stored(_) => {} // nobody says anything else here, and there are no seats
            }
        }
    }

    /// Sends and tells all that the engine and the class ask for.
    fn poll(&mut self) {
        let now = self.terminal.now();
        while let Some(output) = self.class.poll(&mut self.terminal.engine, now) {
            match output {
                Layered::Transmit(message) => self.terminal.send(message),
                Layered::Edit(edit) => self.terminal.refuse(&edit),
                Layered::Event(event) => self.tell(&event),
                Layered::Callback(callback) => println!("not of the class: {}", callback.name()),
            }
        }
        self.follow();
    }

    /// Where an app would call its media SDK.
    fn follow(&mut self) {
        let speaks = self.class.speaks_here(&self.terminal.engine);
        if speaks != self.is_heard {
            self.is_heard = speaks;
            println!("your microphone is {}", if speaks { "open" } else { "closed" });
        }
    }

    /// Of several rounds the latest one is meant.
    fn obey(&mut self, line: &str) -> Result<(), Box<dyn Error>> {
        let (now, engine, class) = (self.terminal.now(), &mut self.terminal.engine, &mut self.class);
        let me = engine.user().clone();
        let own = latest(class.rounds().filter(|round| round.teacher == me));
        let typed: Vec<&str> = line.split_whitespace().collect();
        match typed.as_slice() {
            ["ask", students @ ..] if !students.is_empty() => {
                class.ask(engine, now, students.iter().copied(), self.time)?;
                println!("asking {}", students.join(", "));
            }
            ["grant", student] => match class.grant(engine, now, *student, self.time)? {
                Some(_) => println!("{student} may speak"),
                None => println!("{student} waits for a place"),
            },
            ["lower", "all"] => class.lower_all(engine, now, &own?)?,
            ["lower", student] => class.lower(engine, now, &own?, &(*student).into())?,
            ["close"] => class.close(engine, now, &own?)?,
            ["raise"] => {
                let round = latest(class.asked(engine))?;
                class.raise(engine, now, &round)?;
            }
            ["decline"] => {
                let rings = latest(class.asked(engine).chain(class.invited(engine)))?;
                class.decline(engine, now, &rings)?;
            }
            ["lower"] => {
                let round = latest(class.rounds().filter(|round| class.hands(engine, round).contains(&me)))?;
                class.lower(engine, now, &round, &me)?;
            }
            ["speak"] => {
                let speech = latest(class.invited(engine))?;
                class.accept(engine, now, &speech)?;
            }
            ["stop"] => {
                let mine = class.speakers().filter(|(speech, who)| **who == me || speech.teacher == me);
                let speech = latest(mine.map(|(speech, _)| speech))?;
                class.stop(engine, now, &speech)?;
            }
            ["hands"] => self.show(),
            [] => {}
            _ => return Err("that is no command: see --help".into()),
        }
        Ok(())
    }

    fn tell(&self, event: &ClassEvent) {
        match event {
            ClassEvent::Opened { round, .. } => println!("{} asks for hands", round.teacher),
            ClassEvent::Asked { round, .. } => {
                println!("ring: {} asks you; type one of: raise, decline", round.teacher)
            }
            ClassEvent::HandRaised { round, .. }
            | ClassEvent::HandLowered { round, .. }
            | ClassEvent::HandsChanged { round, .. } => self.show_hands(round),
            ClassEvent::Closed { round, .. } => println!("{}'s round is over", round.teacher),
            ClassEvent::NotReached { students, .. } => println!("not reached: {}", names(students)),
            ClassEvent::Granted { who, .. } => println!("{who} may speak"),
            ClassEvent::NotGranted { who, .. } => println!("{who} could not be let speak"),
            ClassEvent::Invited { speech, .. } => {
                println!("ring: {} lets you speak; type one of: speak, decline", speech.teacher);
            }
            ClassEvent::RingStopped { .. } => println!("it rings no more"),
            ClassEvent::Declined { who, .. } => println!("{who} does not want to speak"),
            ClassEvent::Speaking { who, .. } => println!("{who} speaks"),
            ClassEvent::Stopped { who, .. } => println!("{who} speaks no more"),
            ClassEvent::Failed { code, .. } => println!("the service refused it ({code}): type it again"),
            _ => {}
        }
    }

    /// All that there is to see.
    fn show(&self) {
        self.class.rounds().for_each(|round| self.show_hands(round));
        self.class.speakers().for_each(|(_, who)| println!("{who} speaks"));
        self.class.waiting().for_each(|who| println!("{who} waits for a place"));
        self.class.asked(&self.terminal.engine).for_each(|round| println!("{} asks you", round.teacher));
        self.class.invited(&self.terminal.engine).for_each(|speech| println!("{} lets you speak", speech.teacher));
    }

    fn show_hands(&self, round: &RoundId) {
        println!("hands for {}: {}", round.teacher, names(&self.class.hands(&self.terminal.engine, round)));
    }

    fn save(&self) -> Result<(), Box<dyn Error>> {
        self.terminal.save(self.class.snapshot())
    }
}

fn latest<'a>(rounds: impl Iterator<Item = &'a RoundId>) -> Result<RoundId, &'static str> {
    rounds.last().cloned().ok_or("there is nothing of the kind")
}
