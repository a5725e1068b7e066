//! Reads a trace into what a chart shows, in the order of time.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::super::command::{Fate, Message, SendingMode};
use super::super::fault::is_default;
use super::super::intake::In;
use super::super::printable::printable;
use super::super::trace::{Trace, TraceEvent, What};
use super::calls::{Called, calls};
use super::deadlines::Deadlines;
use super::layers;
use super::model::{Arrow, End, Lane, Life, Mark, Note, Tone};
use super::post::Post;
use super::presence::{Presence, life_after};
use super::words::{self, Numbers, Payload};
use crate::input::Start;

/// A trace, read: the arrows and notes, and their order. An arrow is there as [`Mark::Leaves`] and [`Mark::Lands`].
pub(super) struct Reading {
    pub(super) lanes: Vec<Lane>,
    pub(super) arrows: Vec<Arrow>,
    pub(super) notes: Vec<Note>,
    pub(super) marks: Vec<(i64, Mark)>,
}

impl Reading {
    pub(super) fn new(trace: &Trace) -> Self {
        let (presence, calls, numbers) = (Presence::new(trace), calls(trace), Numbers::new(trace));
        let post = Post::new(trace, &presence, &calls, &numbers);
        let mut reader = Reader {
            trace,
            presence: &presence,
            calls: &calls,
            numbers: &numbers,
            post: &post,
            deadlines: Deadlines::default(),
            notes: Vec::new(),
            marks: Vec::new(),
        };
        for (at, event) in trace.events.iter().enumerate() {
            if let Some(lane) = presence.lane(&event.peer) {
                reader.read(at, lane, event);
            }
        }
        let Reader { notes, marks, .. } = reader;
        Self { lanes: presence.lanes, arrows: post.arrows, notes, marks }
    }
}

struct Reader<'a> {
    trace: &'a Trace,
    presence: &'a Presence,
    calls: &'a [Called],
    numbers: &'a Numbers,
    post: &'a Post,
    deadlines: Deadlines,
    notes: Vec<Note>,
    marks: Vec<(i64, Mark)>,
}

impl Reader<'_> {
    fn read(&mut self, at: usize, lane: usize, event: &TraceEvent) {
        if let What::Out(out) = &event.what
            && let Some(send) = out.get("send")
        {
            self.deadlines.hasten(&Payload::read(words::text_of(send, "data")), event.t);
        }
        self.ring_out(event.t);
        // A message from outside leaves where it lands.
        let (post, leaves) = (self.post, self.leaves(at));
        let lands = post.landing.get(&at).into_iter().flatten().filter(|arrow| !leaves.contains(arrow));
        let lands = lands.map(|arrow| Mark::Lands(*arrow));
        let marks: Vec<_> = lands.chain(leaves.iter().map(|arrow| Mark::Leaves(*arrow))).collect();
        self.marks.extend(marks.into_iter().map(|mark| (event.t, mark)));
        match &event.what {
            What::In(taken) => self.take_in(at, lane, event.t, taken),
            What::Out(out) => self.give_out(at, lane, event.t, out),
        }
    }

    fn leaves(&self, at: usize) -> &[usize] {
        self.post.leaving.get(&at).map_or(&[], Vec::as_slice)
    }

    fn take_in(&mut self, at: usize, lane: usize, t: i64, taken: &In) {
        let text = match taken {
            In::Start { skew_ms } => return self.start(at, lane, t, *skew_ms),
            In::Call { .. } => return self.call(at, lane, t),
            In::App(deed) => {
                let note = layers::deed(deed).map(|(tone, text)| Note::new(at, t, lane, tone, text));
                return note.into_iter().for_each(|note| self.note(note));
            }
            In::Message(message) => {
                self.deadlines.start(at, t, lane_from(self, lane, message), payload(message));
                return self.overhear(lane, &payload(message));
            }
            In::Modified(_) | In::Post(_) => return,
            In::Online { start, messages } => {
                messages.iter().for_each(|message| self.overhear(lane, &payload(message)));
                back(*start, messages, self.numbers)
            }
            In::Offline => "offline".to_owned(),
            In::Sleep => "asleep".to_owned(),
            In::Save => "saves a snapshot".to_owned(),
            In::SaveFirst(true) => "saves before it sends".to_owned(),
            In::SaveFirst(false) => "saves when told".to_owned(),
            In::Crash => "crashes".to_owned(),
            In::Sending(mode) => sending(*mode).to_owned(),
            In::Release(fate) => released(*fate).to_owned(),
            In::Left(left) => {
                format!("{} left {}", printable(left.user.as_str()), printable(left.group_id.as_str()))
            }
            In::SyncClock { .. } => "learns the service's time".to_owned(),
            In::SetClock { skew_ms } => format!("sets the clock: {}", clock_words(*skew_ms)),
        };
        let life = life_after(taken);
        self.note(Note { life, ..Note::new(at, t, lane, Tone::Quiet, text) });
    }

    /// Who is there from the beginning needs no word, unless the clock is off.
    fn start(&mut self, at: usize, lane: usize, t: i64, skew_ms: i64) {
        let mut words = Vec::new();
        if t > self.trace.events.first().map_or(t, |event| event.t) {
            words.push("signs in".to_owned());
        }
        if skew_ms != 0 {
            words.push(format!("clock {}", clock_words(skew_ms)));
        }
        if !words.is_empty() {
            self.note(Note { life: Some(Life::Online), ..Note::new(at, t, lane, Tone::Quiet, words.join(", ")) });
        }
    }

    /// A call that sends is seen by its arrow.
    fn call(&mut self, at: usize, lane: usize, t: i64) {
        let Some(called) = self.calls.iter().find(|called| called.call == at) else { return };
        let (name, code) = (&called.operation, called.code);
        if code != 0 && called.send.is_none() {
            let text = format!("✗ {name}(): {}", words::code(code));
            self.note(Note::new(at, t, lane, Tone::Failure, text));
        } else if called.send.is_none() {
            self.note(Note::new(at, t, lane, Tone::Quiet, format!("{name}()")));
        }
        let options = self.trace.events.get(at).and_then(|event| match &event.what {
            What::In(In::Call { method, options, .. }) => Some((*method, options)),
            What::In(_) | What::Out(_) => None,
        });
        if let Some((method, options)) = options.filter(|_| code == 0) {
            self.deadlines.act(lane, self.presence.user(lane), method, &options.invite_id);
        }
    }

    fn give_out(&mut self, at: usize, lane: usize, t: i64, out: &Value) {
        let user = self.presence.user(lane);
        if out.get("callback").is_some() {
            let told = words::callback(out, user, &self.cancelled_for(at, out));
            let text = format!("{}{}", told.text, self.numbers.mark(words::text_of(out, "inviteID")));
            self.note(Note { callback: told.callback, ..Note::new(at, t, lane, told.tone, text) });
            self.deadlines.hear(lane, user, out);
        } else if let Some(disposition) = out.get("disposition") {
            if let Some((tone, text)) = words::disposition(disposition) {
                self.note(Note::new(at, t, lane, tone, text));
            }
        } else if out.get("result").is_some() {
            self.result(at, lane, t);
        } else if let Some((tone, text)) = layers::told(out) {
            self.note(Note::new(at, t, lane, tone, text));
        } else if let Some(send) = out.get("send") {
            self.overhear(lane, &Payload::read(words::text_of(send, "data")));
            let is_refused = |arrow: &usize| {
                let heads = self.post.arrows.get(*arrow).map_or(&[][..], |arrow| &arrow.heads);
                heads.iter().any(|head| head.end == End::Refused)
            };
            if !self.leaves(at).iter().any(is_refused) {
                self.deadlines.start(at, t, lane, Payload::read(words::text_of(send, "data")));
            }
        }
    }

    /// Where layers hear the callbacks, it is by the messages that somebody is known to wait no longer.
    fn overhear(&mut self, lane: usize, payload: &Payload) {
        if !is_default(&self.trace.header.layers) {
            self.deadlines.overhear(lane, payload);
        }
    }

    /// Whom the cancel is about that a peer has taken in last, if this is the callback of one.
    fn cancelled_for(&self, at: usize, out: &Value) -> Vec<String> {
        if words::text_of(out, "callback") != "onInvitationCancelled" {
            return Vec::new();
        }
        let id = words::text_of(out, "inviteID");
        let Some(peer) = self.trace.events.get(at).map(|event| &event.peer) else { return Vec::new() };
        let before = self.trace.events.iter().take(at).rev().filter(|event| event.peer == *peer);
        let messages = before.flat_map(|event| match &event.what {
            What::In(In::Message(message)) => core::slice::from_ref(message),
            What::In(In::Online { messages, .. }) => messages.as_slice(),
            What::In(_) | What::Out(_) => &[],
        });
        let cancel = messages.map(payload).find(|payload| payload.cancels() && payload.invite_id == id);
        cancel.map_or_else(Vec::new, |payload| payload.invitees)
    }

    /// A result is worth a word only if it was long in coming.
    fn result(&mut self, at: usize, lane: usize, t: i64) {
        let Some(called) = self.calls.iter().find(|called| called.result == Some(at) && called.is_late) else { return };
        let name = &called.operation;
        if called.code == 0 {
            self.note(Note::new(at, t, lane, Tone::Quiet, format!("{name}() acknowledged")));
        } else {
            let text = format!("✗ {name}(): {}", words::code(called.code));
            self.note(Note::new(at, t, lane, Tone::Failure, text));
        }
    }

    /// The deadlines that come before this moment, or at it.
    fn ring_out(&mut self, by: i64) {
        while let Some(up) = self.deadlines.next_up(by, |lane| self.presence.user(lane)) {
            for lane in up.lanes {
                let text = format!("◷ {} s are up{}", up.timeout, self.numbers.mark(&up.invite_id));
                self.note(Note::new(up.event, up.t, lane, Tone::Deadline, text));
            }
        }
    }

    fn note(&mut self, note: Note) {
        self.marks.push((note.t, Mark::Note(self.notes.len())));
        self.notes.push(note);
    }
}

impl Note {
    fn new(event: usize, t: i64, lane: usize, tone: Tone, text: String) -> Self {
        Self { event, t, lane, tone, text, callback: None, life: None }
    }
}

fn payload(message: &Message) -> Payload {
    Payload::read(&message.data)
}

/// Of which lane a message comes.
fn lane_from(reader: &Reader<'_>, receiver: usize, message: &Message) -> usize {
    reader.presence.lane_of(message.from.as_str(), receiver).unwrap_or(receiver)
}

fn back(start: Start, messages: &[Message], numbers: &Numbers) -> String {
    let start = match start {
        Start::Cold => "starts again",
        Start::Hot => "back",
    };
    let what = messages.iter().map(|message| {
        let payload = payload(message);
        format!("{}{}", payload.action(), numbers.mark(&payload.invite_id))
    });
    let what: Vec<_> = what.collect();
    match what.as_slice() {
        [] => format!("{start}, no messages"),
        [one] => format!("{start}, finds {one}"),
        all => format!("{start}, finds {} messages: {}", all.len(), all.join(", ")),
    }
}

fn sending(mode: SendingMode) -> &'static str {
    match mode {
        SendingMode::Ok => "sends go through",
        SendingMode::Fail => "sends are refused",
        SendingMode::Hold => "acks are held",
        SendingMode::Stall => "sends are stalled",
    }
}

fn released(fate: Fate) -> &'static str {
    match fate {
        Fate::Ok => "released: taken",
        Fate::Fail => "released: refused",
        Fate::Unknown => "released: fate unknown",
    }
}

/// By how much a clock is off.
fn clock_words(skew_ms: i64) -> String {
    let direction = if skew_ms < 0 { "behind" } else { "ahead" };
    let (secs, ms) = (skew_ms.unsigned_abs() / 1_000, skew_ms.unsigned_abs() % 1_000);
    let skew = if ms == 0 { format!("{secs} s") } else { format!("{secs}.{ms:03} s") };
    format!("{skew} {direction}")
}
