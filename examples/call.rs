//! A phone in a terminal: one user, one process, and calls to others by way of the relay.
//!
//! ```sh
//! cargo run --example tcp_relay
//! cargo run --example call -- alice --state alice.json    # in a terminal each
//! cargo run --example call -- bob --state bob.json
//! ```
//!
//! Then type `dial bob`, and there `answer`; `video` asks for a picture, `hang up` ends it. With `--state` a killed process comes
//! back into its call.
//!
//! Nothing is heard or seen: of the media service there is only who is in which room, which its users here tell each other (`follow`
//! and `overhear`). A real one also notices that somebody's process is gone.
#![allow(clippy::print_stdout, reason = "it is a terminal program")]

#[path = "host/mod.rs"]
mod host;

use std::error::Error;

use clap::Parser;
use convoke::Inbound;
use convoke::call::{
    CallConfig, CallError, CallEvent, CallId, Calls, CallsSnapshot, Dial, Media, MediaReport, RoomId, State,
};
use convoke::layer::{Layer, Layered};

use host::terminal::{News, PATIENCE, Seat, Terminal};
use host::words;

/// A phone: `dial USER...`, `answer`, `decline`, `hang up`, `audio`, `video`, `busy on`, `busy off`, `quit`.
#[derive(Parser)]
struct Arguments {
    #[command(flatten)]
    seat: Seat,
    /// How many seconds a call rings.
    #[arg(long, default_value_t = 30)]
    ring: u32,
}

fn main() -> Result<(), Box<dyn Error>> {
    let Arguments { seat, ring } = Arguments::parse();
    let (terminal, left_behind) = Terminal::sign_in::<CallsSnapshot>(seat)?;
    let mut config = CallConfig::default();
    config.ring_s = ring;
    let calls = match left_behind {
        Some(snapshot) => Calls::restore(snapshot, config, terminal.now())?,
        None => Calls::new(config),
    };
    Phone { terminal, calls, media: None }.run()
}

struct Phone {
    terminal: Terminal,
    calls: Calls,
    /// The room in which the media is, and for which call.
    media: Option<(CallId, RoomId)>,
}

impl Phone {
    /// Poll, report, wait, hand in.
    fn run(mut self) -> Result<(), Box<dyn Error>> {
        self.poll();
        let said = self.terminal.catch_up();
        said.iter().for_each(|message| self.overhear(message));
        // What was told before is not told again.
        if let Some(call) = self.calls.current() {
            let others: Vec<_> = call.others().map(|(user, _)| user.clone()).collect();
            println!("still {}: {}", call.state(), words::names(&others));
        }
        println!("type one of: {}", self.commands());
        loop {
            // Why before and after: see `tcp_call.rs`.
            self.save()?;
            self.poll();
            self.save()?;
            match self.terminal.wait(self.calls.wake(&self.terminal.engine))? {
                News::Typed(line) if line == "quit" => return self.quit(),
                News::Typed(line) => {
                    self.obey(&line).unwrap_or_else(|error| println!("{error}; type one of: {}", self.commands()));
                }
                News::Said(messages) => messages.iter().for_each(|message| self.overhear(message)),
                News::Stored(_) => {} // a phone has no seats
            }
        }
    }

    /// Sends and tells all that the engine and the calls ask for.
    fn poll(&mut self) {
        let now = self.terminal.now();
        while let Some(output) = self.calls.poll(&mut self.terminal.engine, now) {
            match output {
                Layered::Transmit(message) => self.terminal.send(message),
                Layered::Edit(edit) => self.terminal.refuse(&edit),
                Layered::Event(event) => self.tell(&event),
                Layered::Callback(callback) => println!("of what is no call: {}", callback.name()),
            }
        }
        // The history may say that all is over.
        if !self.terminal.engine.is_catching_up() {
            self.follow();
        }
    }

    /// The media service, one half: be in the room of the call, or in none. Who enters or leaves says so to a group named after the
    /// room, which is where an app would call its media SDK.
    fn follow(&mut self) {
        let room = self.calls.current().and_then(|call| Some((call.id(), call.room()?)));
        if room == self.media {
            return;
        }
        if let Some((_, room)) = self.media {
            self.terminal.say(&group_of(room), LEAVES);
        }
        if let Some((call, room)) = room {
            self.terminal.say(&group_of(room), ENTERS);
            self.report(call, MediaReport::LocalEntered);
        }
        self.media = room;
    }

    /// The other half: who else is there. Who has just entered is told that one is there already.
    fn overhear(&mut self, message: &Inbound) {
        let Some((call, room)) = self.media else { return };
        let group = group_of(room);
        if message.conversation.group().is_none_or(|heard| *heard != *group) {
            return;
        }
        let who = message.sender.clone();
        match message.payload.as_str() {
            ENTERS => {
                self.terminal.say(&group, IS_THERE);
                self.report(call, MediaReport::RemoteEntered(who));
            }
            IS_THERE => self.report(call, MediaReport::RemoteEntered(who)),
            LEAVES => self.report(call, MediaReport::RemoteLeft(who)),
            _ => {}
        }
    }

    fn report(&mut self, call: CallId, report: MediaReport) {
        let now = self.terminal.now();
        self.calls.handle_media(&mut self.terminal.engine, now, call, report);
    }

    fn obey(&mut self, line: &str) -> Result<(), Box<dyn Error>> {
        let (now, engine) = (self.terminal.now(), &mut self.terminal.engine);
        let call = self.calls.current().map(|call| call.id()).ok_or("there is no call");
        let typed: Vec<&str> = line.split_whitespace().collect();
        match typed.as_slice() {
            ["dial", users @ ..] if !users.is_empty() => {
                let dial = Dial::to(users.iter().copied(), Media::Audio, getrandom::u32()?);
                self.calls.dial(engine, now, dial)?;
                println!("calling {}", users.join(", "));
            }
            ["answer"] => self.calls.answer(engine, now, call?)?,
            ["decline"] => self.calls.decline(engine, now, call?)?,
            ["hang", "up"] => self.calls.hang_up(engine, now, call?)?,
            ["audio"] => self.go_on_with(Media::Audio, call?)?,
            ["video"] => self.go_on_with(Media::Video, call?)?,
            ["busy", word @ ("on" | "off")] => {
                self.calls.set_busy(*word == "on");
                println!("busy {word}");
            }
            [] => {}
            _ => return Err("that is no command".into()),
        }
        Ok(())
    }

    /// Answers the other one who asks for a picture; else asks, or says that it is to be sound alone.
    fn go_on_with(&mut self, media: Media, call: CallId) -> Result<(), CallError> {
        let (now, engine) = (self.terminal.now(), &mut self.terminal.engine);
        match self.calls.answer_switch(engine, now, call, media == Media::Video) {
            Err(CallError::NotAsked) => self.calls.switch(engine, now, call, media),
            answered => answered,
        }
    }

    /// What can be typed now.
    fn commands(&self) -> &'static str {
        match self.calls.current().map(|call| call.state()) {
            Some(State::Ringing) => "answer, decline, quit",
            Some(State::Dialing) => "hang up, quit",
            Some(State::Connecting | State::Connected) => "hang up, audio, video, quit",
            None | Some(State::Idle | State::Ended) => "dial USER..., busy on, busy off, quit",
        }
    }

    fn tell(&self, event: &CallEvent) {
        match event {
            CallEvent::Ringing { by, media, others, .. } => {
                let others = if others.is_empty() { String::new() } else { format!(" and {}", words::names(others)) };
                println!("ring: {by} calls you{others}, {media}; type one of: {}", self.commands());
            }
            CallEvent::Answered { by, .. } => println!("{by} answers"),
            CallEvent::NotComing { who, reason, .. } => println!("{who} does not come: {reason}"),
            CallEvent::Connected { .. } => println!("connected"),
            CallEvent::SwitchAsked { media, .. } => println!("they ask for {media}; type one of: video, audio"),
            CallEvent::Switched { media, .. } => println!("it goes on with {media}"),
            CallEvent::NotSwitched { .. } => println!("it goes on as it was"),
            CallEvent::Resumed { .. } => println!("back in the call"),
            CallEvent::Failed { code, .. } => println!("refused ({code}); type one of: {}", self.commands()),
            CallEvent::Ended(record) => println!("ended: {}\nlog: {}", record.reason, words::log_entry(record)),
            CallEvent::InGroup { .. } | CallEvent::OverInGroup { .. } => {} // this phone makes no calls in groups
            _ => {}
        }
    }

    /// Not as a killed process does: the others see the user leave. A cancel waits for the fate of its invite, so it goes on until all
    /// is told; but not for ever.
    fn quit(&mut self) -> Result<(), Box<dyn Error>> {
        let end = self.terminal.now() + PATIENCE;
        self.obey("hang up").ok(); // if there is a call
        self.poll();
        while self.terminal.now() < end && !self.terminal.is_all_told() {
            self.terminal.wait_until(end, self.calls.wake(&self.terminal.engine))?;
            self.poll();
        }
        self.save()
    }

    fn save(&self) -> Result<(), Box<dyn Error>> {
        self.terminal.save(self.calls.snapshot())
    }
}

const ENTERS: &str = "enters";
const IS_THERE: &str = "is there";
const LEAVES: &str = "leaves";

fn group_of(room: RoomId) -> String {
    format!("room {room}")
}
