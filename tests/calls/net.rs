//! Phones, the network between them, and the rooms that they are in.

mod words;

use std::collections::{BTreeSet, VecDeque};

use convoke::call::{CallConfig, CallData, CallEvent, CallId, CallRecord, Calls, Dial, Media, MediaReport, State};
use convoke::layer::{Layer, Layered};
use convoke::{
    Callback, Config, Conversation, Engine, History, Inbound, Seed, SendResult, ServerTime, Stamp, Timestamp, Token,
    Transmit, UserId, Wake,
};

pub(crate) use self::words::{commands, game, short};

pub(crate) const ROOM: u32 = 1001;
pub(crate) const REFUSED: i32 = 20_009;

/// A device of a user, and the app on it.
pub(crate) struct Phone {
    pub(crate) user: &'static str,
    pub(crate) engine: Engine,
    pub(crate) calls: Calls,
    pub(crate) events: Vec<CallEvent>,
    pub(crate) callbacks: Vec<Callback>,
    pub(crate) sent: Vec<Transmit>,
    /// Whether the app enters the room of a call that is answered.
    pub(crate) has_media: bool,
    pub(crate) is_online: bool,
    room: Option<u32>,
    pub(crate) inbox: VecDeque<Inbound>,
    missed: Vec<Inbound>,
}

pub(crate) struct Net {
    pub(crate) phones: Vec<Phone>,
    pub(crate) now: i64,
    /// The service refuses messages of this action.
    pub(crate) refuses: Option<u8>,
    /// When it refused one.
    pub(crate) refused: Vec<i64>,
    /// Messages of this action are on their way for long.
    pub(crate) stalls: Option<u8>,
    stalled: Vec<(usize, Token)>,
    stamps: i64,
    /// How often an app was there again: each time has a seed of its own.
    restarts: u8,
}

impl Net {
    /// A phone for each of these users; several of a user are devices of theirs.
    pub(crate) fn new<const N: usize>(users: [&'static str; N]) -> Self {
        Self::with(users, CallConfig::default())
    }

    pub(crate) fn with<const N: usize>(users: [&'static str; N], config: CallConfig) -> Self {
        let phones = (0..).zip(users).map(|(n, user)| Phone {
            user,
            engine: Engine::new(user, Config::default(), Seed::from([n; 16])).expect("the limits are the default ones"),
            calls: Calls::new(config.clone()),
            events: Vec::new(),
            callbacks: Vec::new(),
            sent: Vec::new(),
            has_media: true,
            is_online: true,
            room: None,
            inbox: VecDeque::new(),
            missed: Vec::new(),
        });
        Self {
            phones: phones.collect(),
            now: 1_000_000,
            refuses: None,
            refused: Vec::new(),
            stalls: None,
            stalled: Vec::new(),
            stamps: 0,
            restarts: 0,
        }
    }

    pub(crate) fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    /// Calls, from this phone. The app enters the room at once.
    pub(crate) fn dial(&mut self, from: usize, to: &[&str], media: Media) -> CallId {
        self.dial_as(from, Dial::to(to.iter().copied(), media, ROOM))
    }

    pub(crate) fn dial_as(&mut self, from: usize, dial: Dial) -> CallId {
        let now = self.at();
        let phone = &mut self.phones[from];
        let call = phone.calls.dial(&mut phone.engine, now, dial).expect("the phone is free");
        self.follow(from);
        call
    }

    pub(crate) fn try_dial(&mut self, from: usize, dial: Dial) {
        let now = self.at();
        let phone = &mut self.phones[from];
        if phone.is_online && phone.calls.dial(&mut phone.engine, now, dial).is_ok() {
            self.follow(from);
        }
    }

    /// Does something with the call of this phone, if there is one and it can be; says whether it was.
    pub(crate) fn operate<E>(&mut self, at: usize, act: impl FnOnce(&mut Phone, CallId) -> Result<(), E>) -> bool {
        let phone = &mut self.phones[at];
        let call = phone.calls.current().filter(|_| phone.is_online).map(|call| call.id());
        let is_done = call.is_some_and(|call| act(phone, call).is_ok());
        self.follow(at);
        is_done
    }

    pub(crate) fn answer(&mut self, at: usize) {
        let now = self.at();
        let phone = &mut self.phones[at];
        let call = phone.current();
        phone.calls.answer(&mut phone.engine, now, call).expect("it rings");
        self.follow(at);
    }

    pub(crate) fn decline(&mut self, at: usize) {
        let now = self.at();
        let phone = &mut self.phones[at];
        let call = phone.current();
        phone.calls.decline(&mut phone.engine, now, call).expect("it rings");
    }

    pub(crate) fn hang_up(&mut self, at: usize) {
        let now = self.at();
        let phone = &mut self.phones[at];
        let call = phone.current();
        phone.calls.hang_up(&mut phone.engine, now, call).expect("there is a call");
    }

    /// The next message that is on its way to this phone.
    pub(crate) fn deliver(&mut self, at: usize) -> bool {
        let Some(message) = self.phones[at].inbox.pop_front() else { return false };
        let now = self.at();
        let _ = self.phones[at].engine.handle_message(now, &message);
        true
    }

    /// Until nothing moves any more, at this moment.
    pub(crate) fn settle(&mut self) {
        for _ in 0..1_000 {
            let mut is_quiet = true;
            for n in 0..self.phones.len() {
                is_quiet &= !self.poll(n);
                is_quiet &= !self.deliver(n);
            }
            if is_quiet {
                return;
            }
        }
        panic!("the phones do not come to rest");
    }

    /// Lets time pass, moment by moment.
    pub(crate) fn wait(&mut self, ms: i64) {
        self.settle();
        let end = self.now + ms;
        for _ in 0..1_000 {
            let next = self.phones.iter().filter(|phone| phone.is_online).filter_map(Phone::wakes_at).min();
            let Some(next) = next.filter(|next| *next <= end) else {
                self.now = end;
                return self.tick();
            };
            self.now = self.now.max(next);
            self.tick();
        }
        panic!("the phones wake for nothing");
    }

    fn tick(&mut self) {
        let now = self.at();
        for phone in self.phones.iter_mut().filter(|phone| phone.is_online) {
            phone.engine.tick(now);
        }
        self.settle();
    }

    /// The phone is out of reach; or is back, and catches up.
    pub(crate) fn set_online(&mut self, at: usize, is_online: bool) {
        let now = self.at();
        let phone = &mut self.phones[at];
        phone.is_online = is_online;
        if is_online {
            let missed = std::mem::take(&mut phone.missed);
            phone.engine.begin_catch_up(now);
            let _ = phone.engine.handle_history(now, &History::hot(), &missed);
        } else {
            let waiting = std::mem::take(&mut phone.inbox);
            phone.missed.extend(waiting);
            if self.phones[at].room.is_some() {
                self.lose_media(at);
            }
        }
    }

    /// The app dies, and is there again with what it stored, before the others have missed it in the room.
    pub(crate) fn crash(&mut self, at: usize) {
        self.restarts += 1;
        let (now, seed) = (self.at(), Seed::from([99 + self.restarts; 16]));
        let phone = &mut self.phones[at];
        let (engine, calls) = (phone.engine.snapshot(), phone.calls.snapshot());
        phone.engine = Engine::restore(engine, Config::default(), seed, now).expect("it is a snapshot of ours");
        phone.calls = Calls::restore(calls, CallConfig::default(), now).expect("it is a snapshot of ours");
        let _ = phone.engine.handle_history(now, &History::hot(), &[]);
        self.phones[at].room = None;
    }

    /// The app is in the room of its call, and in no other.
    pub(crate) fn follow(&mut self, at: usize) {
        if !self.phones[at].has_media && self.phones[at].room.is_some() {
            self.lose_media(at);
        }
        let phone = &self.phones[at];
        let wanted = phone.calls.current().and_then(|call| call.room()).map(u32::from);
        let wanted = wanted.filter(|_| phone.has_media && phone.is_online);
        if phone.room != wanted {
            self.leave_room(at);
            if let Some(room) = wanted {
                self.enter(at, room);
            }
        }
    }

    fn lose_media(&mut self, at: usize) {
        let now = self.at();
        self.leave_room(at);
        self.phones[at].report(now, MediaReport::LocalFailed);
    }

    fn enter(&mut self, at: usize, room: u32) {
        let now = self.at();
        let user = UserId::from(self.phones[at].user);
        self.phones[at].room = Some(room);
        self.phones[at].report(now, MediaReport::LocalEntered);
        for other in self.others_in_room(at) {
            self.phones[other].report(now, MediaReport::RemoteEntered(user.clone()));
            let there = UserId::from(self.phones[other].user);
            self.phones[at].report(now, MediaReport::RemoteEntered(there));
        }
    }

    pub(crate) fn leave_room(&mut self, at: usize) {
        let Some(room) = self.phones[at].room.take() else { return };
        let (now, user) = (self.at(), UserId::from(self.phones[at].user));
        for phone in self.phones.iter_mut().filter(|phone| phone.room == Some(room)) {
            phone.report(now, MediaReport::RemoteLeft(user.clone()));
        }
    }

    /// The app dies, with nothing stored, and is there again before anybody has missed it.
    pub(crate) fn forget(&mut self, at: usize) {
        self.phones[at].calls = Calls::new(CallConfig::default());
        self.phones[at].room = None;
    }

    /// Whether anything came out.
    pub(crate) fn poll(&mut self, at: usize) -> bool {
        let now = self.at();
        let mut is_any = false;
        for n in 0.. {
            assert!(n < 1_000, "{} says and says", self.phones[at].user);
            let Some(output) = self.phones[at].poll(now) else { break };
            is_any = true;
            match output {
                Layered::Transmit(transmit) => self.send(at, transmit),
                Layered::Edit(_) => panic!("calls edit nothing"),
                Layered::Callback(callback) => self.phones[at].callbacks.push(callback),
                Layered::Event(event) => self.phones[at].events.push(event),
            }
        }
        self.follow(at);
        is_any
    }

    fn send(&mut self, from: usize, transmit: Transmit) {
        let now = self.at();
        let is_such = |action| transmit.payload.contains(&format!(r#""actionType":{action}"#));
        if self.stalls.is_some_and(is_such) {
            return self.stalled.push((from, transmit.token));
        }
        if self.refuses.is_some_and(is_such) {
            self.refused.push(self.now);
            let refused = SendResult::Refused { code: REFUSED };
            self.phones[from].engine.handle_send_result(now, transmit.token, refused).ok();
            return;
        }
        self.stamps += 1;
        let stamp =
            Stamp { time: ServerTime::from_millis(self.now), id: format!("m{:04}", self.stamps).as_str().into() };
        let sender = self.phones[from].user;
        for (n, phone) in self.phones.iter_mut().enumerate() {
            let conversation = match &transmit.conversation {
                Conversation::C2c(to) if *to == *phone.user => Conversation::C2c(sender.into()),
                Conversation::C2c(to) if phone.user == sender && n != from => Conversation::C2c(to.clone()),
                Conversation::Group(group) if n != from => Conversation::Group(group.clone()),
                Conversation::C2c(_) | Conversation::Group(_) => continue,
            };
            let mut message = Inbound::new(sender, conversation, transmit.payload.clone());
            message.stamp = Some(stamp.clone());
            if phone.is_online { phone.inbox.push_back(message) } else { phone.missed.push(message) }
        }
        // Of what was said while a phone slept the fate is not waited for any more.
        self.phones[from].engine.handle_send_result(now, transmit.token, SendResult::Sent(stamp)).ok();
        self.phones[from].sent.push(transmit);
    }

    /// The service refuses what was on its way for so long.
    pub(crate) fn refuse_stalled(&mut self) {
        let (now, refused) = (self.at(), SendResult::Refused { code: REFUSED });
        for (from, token) in self.stalled.drain(..) {
            self.phones[from].engine.handle_send_result(now, token, refused.clone()).expect("its fate is not known");
        }
        self.settle();
    }

    /// Who else is in the room of this phone.
    pub(crate) fn others_in_room(&self, at: usize) -> Vec<usize> {
        let room = self.phones[at].room;
        (0..self.phones.len())
            .filter(|other| *other != at && room.is_some() && self.phones[*other].room == room)
            .collect()
    }

    /// What each phone has told, in short.
    pub(crate) fn told(&mut self) -> Vec<Vec<String>> {
        self.phones.iter_mut().map(|phone| std::mem::take(&mut phone.events).iter().map(short).collect()).collect()
    }

    /// Each call that rang or went on was told the end of, once, and no other was told anything of after it.
    pub(crate) fn assert_each_call_ended_once(&self) {
        for phone in &self.phones {
            let (mut told, mut ended) = (BTreeSet::new(), BTreeSet::new());
            for event in &phone.events {
                let Some(call) = event.call() else { continue };
                assert!(!ended.contains(&call), "{}: {event:?} after the end", phone.user);
                told.insert(call);
                if matches!(event, CallEvent::Ended(_)) {
                    ended.insert(call);
                }
            }
            assert_eq!(told, ended, "{}: each call has an end", phone.user);
        }
    }

    /// Nothing is left of any call.
    pub(crate) fn assert_idle(&mut self) {
        self.settle();
        for phone in &self.phones {
            assert_eq!(phone.state(), State::Idle, "{}", phone.user);
        }
        let rooms: BTreeSet<u32> = self.phones.iter().filter_map(|phone| phone.room).collect();
        assert!(rooms.is_empty(), "somebody is still in a room");
    }
}

impl Phone {
    pub(crate) fn current(&self) -> CallId {
        self.calls.current().expect("there is a call").id()
    }

    pub(crate) fn state(&self) -> State {
        self.calls.current().map_or(State::Idle, |call| call.state())
    }

    pub(crate) fn report(&mut self, now: Timestamp, report: MediaReport) {
        if let Some(call) = self.calls.current().map(|call| call.id()) {
            self.calls.handle_media(&mut self.engine, now, call, report);
        }
    }

    fn poll(&mut self, now: Timestamp) -> Option<Layered<CallEvent>> {
        self.calls.poll(&mut self.engine, now)
    }

    fn wakes_at(&self) -> Option<i64> {
        match self.calls.wake(&self.engine) {
            Wake::At(at, _) => Some(at.as_millis()),
            Wake::Poll | Wake::Never => None,
        }
    }

    /// The record of the last call that ended.
    pub(crate) fn last_record(&self) -> &CallRecord {
        let ended = self
            .events
            .iter()
            .rev()
            .find_map(|event| if let CallEvent::Ended(record) = event { Some(record) } else { None });
        ended.expect("a call has ended")
    }

    /// The data of what was sent, each with the number of its action.
    pub(crate) fn said(&self) -> Vec<(u64, CallData)> {
        self.sent
            .iter()
            .map(|transmit| {
                let payload: serde_json::Value = serde_json::from_str(&transmit.payload).expect("it is JSON");
                let data = payload["data"].as_str().expect("it has data");
                (payload["actionType"].as_u64().expect("it has one"), CallData::read(data).expect("it is of a call"))
            })
            .collect()
    }
}
