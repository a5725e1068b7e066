//! Members of a class, and the service between them.

use std::collections::VecDeque;

use convoke::classroom::{ClassConfig, ClassEvent, Classroom, RoundId};
use convoke::layer::{Layer, Layered};
use convoke::{
    Callback, Config, Conversation, Engine, History, Inbound, Invite, Seed, SendResult, ServerTime, Stamp, Timestamp,
    Token, Transmit, UserId, Wake,
};

pub(crate) const REFUSED: i32 = 20_009;
pub(crate) const GROUP: &str = "physics";

/// A device of a user, and the app on it.
pub(crate) struct Device {
    pub(crate) user: &'static str,
    pub(crate) engine: Engine,
    pub(crate) class: Classroom,
    pub(crate) events: Vec<ClassEvent>,
    pub(crate) callbacks: Vec<Callback>,
    pub(crate) sent: Vec<Transmit>,
    pub(crate) inbox: VecDeque<Inbound>,
    pub(crate) fates: VecDeque<(Token, SendResult)>,
    /// It has no network: what others say passes it by, until it reads the history.
    pub(crate) is_away: bool,
}

pub(crate) struct Net {
    pub(crate) devices: Vec<Device>,
    pub(crate) now: i64,
    /// The service refuses messages of this action.
    pub(crate) refuses: Option<u8>,
    /// All that the service took.
    pub(crate) log: Vec<Inbound>,
    /// How often an app was there again: each time has a seed of its own.
    restarts: u8,
    config: ClassConfig,
    engines: Config,
}

fn device(n: usize, user: &'static str, config: &ClassConfig, engines: &Config) -> Device {
    let seed = Seed::from([u8::try_from(n).expect("there are few"); 16]);
    Device {
        user,
        engine: Engine::new(user, engines.clone(), seed).expect("the limits are possible"),
        class: Classroom::new(GROUP, config.clone()),
        events: Vec::new(),
        callbacks: Vec::new(),
        sent: Vec::new(),
        inbox: VecDeque::new(),
        fates: VecDeque::new(),
        is_away: false,
    }
}

impl Net {
    /// A device for each of these users; several of a user are devices of theirs.
    pub(crate) fn new<const N: usize>(users: [&'static str; N]) -> Self {
        Self::with(users, ClassConfig::default())
    }

    pub(crate) fn with<const N: usize>(users: [&'static str; N], config: ClassConfig) -> Self {
        Self::on(users, config, Config::default())
    }

    pub(crate) fn on<const N: usize>(users: [&'static str; N], config: ClassConfig, engines: Config) -> Self {
        let devices = users.into_iter().enumerate().map(|(n, user)| device(n, user, &config, &engines)).collect();
        Self { devices, now: 1_000_000, refuses: None, log: Vec::new(), restarts: 0, config, engines }
    }

    pub(crate) fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    /// Does something on a device; says what came of it.
    pub(crate) fn operate<R>(&mut self, at: usize, act: impl FnOnce(&mut Classroom, &mut Engine, Timestamp) -> R) -> R {
        let now = self.at();
        let Device { class, engine, .. } = &mut self.devices[at];
        act(class, engine, now)
    }

    pub(crate) fn ask(&mut self, at: usize, students: &[&str], time_s: u32) -> RoundId {
        let students: Vec<UserId> = students.iter().map(|user| UserId::from(*user)).collect();
        self.operate(at, |class, engine, now| class.ask(engine, now, students, time_s)).expect("they can be asked")
    }

    pub(crate) fn raise(&mut self, at: usize, round: &RoundId) {
        self.operate(at, |class, engine, now| class.raise(engine, now, round)).expect("the user is asked");
        self.poll(at);
        self.now += 10;
    }

    /// Lets one speak for whom a place is free.
    pub(crate) fn grant(&mut self, at: usize, student: &str) -> RoundId {
        let granted = self.operate(at, |class, engine, now| class.grant(engine, now, student, 30));
        granted.expect("it can be granted").expect("a place is free")
    }

    /// Ann is given the floor, and takes it.
    pub(crate) fn let_ann_speak(&mut self) -> RoundId {
        let speech = self.grant(0, "ann");
        self.settle();
        self.accept(1, &speech);
        self.settle();
        speech
    }

    pub(crate) fn accept(&mut self, at: usize, speech: &RoundId) {
        self.operate(at, |class, engine, now| class.accept(engine, now, speech)).expect("the user is invited");
        self.now += 10;
    }

    pub(crate) fn stop(&mut self, at: usize, speech: &RoundId) {
        self.operate(at, |class, engine, now| class.stop(engine, now, speech)).expect("it goes on");
    }

    pub(crate) fn close(&mut self, at: usize, round: &RoundId) {
        self.operate(at, |class, engine, now| class.close(engine, now, round)).expect("it goes on");
    }

    pub(crate) fn lower(&mut self, at: usize, round: &RoundId, who: &str) {
        self.operate(at, |class, engine, now| class.lower(engine, now, round, &who.into())).expect("the hand is up");
    }

    /// This device hears that somebody left the group.
    pub(crate) fn hear_of_leave(&mut self, at: usize, who: &str) {
        self.hear_late_of_leave(at, who, self.at());
    }

    /// This device hears that somebody left the group at that time.
    pub(crate) fn hear_late_of_leave(&mut self, at: usize, who: &str, left: Timestamp) {
        let now = self.at();
        let Device { class, engine, .. } = &mut self.devices[at];
        class.handle_member_left(engine, now, &who.into(), left);
    }

    pub(crate) fn hands(&self, at: usize, round: &RoundId) -> Vec<String> {
        let device = &self.devices[at];
        device.class.hands(&device.engine, round).iter().map(ToString::to_string).collect()
    }

    pub(crate) fn speakers(&self, at: usize) -> Vec<String> {
        self.devices[at].class.speakers().map(|(_, who)| who.to_string()).collect()
    }

    /// Everybody sees these hands.
    pub(crate) fn assert_hands(&self, round: &RoundId, hands: &[&str]) {
        for (at, device) in self.devices.iter().enumerate() {
            assert_eq!(self.hands(at, round), hands, "as {} sees it", device.user);
        }
    }

    pub(crate) fn assert_speakers(&self, speakers: &[&str]) {
        for (at, device) in self.devices.iter().enumerate() {
            assert_eq!(self.speakers(at), speakers, "as {} sees it", device.user);
        }
    }

    /// A message on its way to this device; or a copy of it.
    pub(crate) fn deliver(&mut self, at: usize, which: usize, is_copy: bool) {
        let count = self.devices[at].inbox.len();
        if count == 0 {
            return;
        }
        let message = self.devices[at].inbox[which % count].clone();
        if !is_copy {
            self.devices[at].inbox.remove(which % count);
        }
        let now = self.at();
        let _ = self.devices[at].engine.handle_message(now, &message);
    }

    /// The device was away, and is handed all that waits for it in one batch; or all that there ever was.
    pub(crate) fn catch_up(&mut self, at: usize, is_all: bool) {
        let (now, all) = (self.at(), self.log.clone());
        let device = &mut self.devices[at];
        let mut batch: Vec<Inbound> = device.inbox.drain(..).collect();
        if is_all {
            batch.extend(all);
        }
        let _ = device.engine.handle_history(now, &History::hot(), &batch);
    }

    /// The fate of the first send without one.
    pub(crate) fn tell_fate(&mut self, at: usize) -> bool {
        let now = self.at();
        let Some((token, fate)) = self.devices[at].fates.pop_front() else { return false };
        self.devices[at].engine.handle_send_result(now, token, fate).ok();
        true
    }

    /// Until nothing moves any more, at this moment.
    pub(crate) fn settle(&mut self) {
        for _ in 0..5_000 {
            let mut is_quiet = true;
            for n in 0..self.devices.len() {
                is_quiet &= !self.poll(n) & !self.tell_fate(n) & self.devices[n].inbox.is_empty();
                self.deliver(n, 0, false);
            }
            if is_quiet {
                return;
            }
        }
        panic!("the devices do not come to rest");
    }

    /// Lets time pass, moment by moment.
    pub(crate) fn wait(&mut self, ms: i64) {
        let end = self.now + ms;
        self.settle();
        for _ in 0..2_000 {
            let next = self.devices.iter().filter_map(Device::wakes_at).min();
            let Some(next) = next.filter(|next| *next <= end) else {
                self.now = end;
                return self.tick();
            };
            self.now = self.now.max(next);
            self.tick();
        }
        panic!("the devices wake for nothing");
    }

    fn tick(&mut self) {
        let now = self.at();
        self.devices.iter_mut().for_each(|device| device.engine.tick(now));
        self.settle();
    }

    /// Whether anything came out.
    pub(crate) fn poll(&mut self, at: usize) -> bool {
        let now = self.at();
        let mut is_any = false;
        for n in 0.. {
            assert!(n < 5_000, "{} says and says", self.devices[at].user);
            let Device { class, engine, .. } = &mut self.devices[at];
            let Some(output) = class.poll(engine, now) else { break };
            is_any = true;
            match output {
                Layered::Transmit(transmit) => self.send(at, transmit),
                Layered::Edit(_) => panic!("a class edits nothing"),
                Layered::Callback(callback) => self.devices[at].callbacks.push(callback),
                Layered::Event(event) => self.devices[at].events.push(event),
            }
        }
        is_any
    }

    fn send(&mut self, from: usize, transmit: Transmit) {
        let fate = if self.refuses.is_some_and(|action| transmit.payload.contains(&format!(r#""actionType":{action}"#)))
        {
            SendResult::Refused { code: REFUSED }
        } else {
            let message = self.stamp(from, &transmit.conversation, &transmit.payload);
            let others = self.devices.iter_mut().enumerate().filter(|(n, device)| *n != from && !device.is_away);
            for (_, device) in others {
                device.inbox.push_back(message.clone());
            }
            SendResult::Sent(message.stamp.expect("the service gave one"))
        };
        self.devices[from].fates.push_back((transmit.token, fate));
        self.devices[from].sent.push(transmit);
    }

    fn stamp(&mut self, from: usize, conversation: &Conversation, payload: &str) -> Inbound {
        let id = format!("m{:04}", self.log.len());
        let mut message = Inbound::new(self.devices[from].user, conversation.clone(), payload);
        message.stamp = Some(Stamp { time: ServerTime::from_millis(self.now), id: id.as_str().into() });
        self.log.push(message.clone());
        message
    }

    /// Somebody enters late, and reads the history, in this order. Gives which device it is.
    pub(crate) fn join_late(&mut self, user: &'static str, history: &[Inbound]) -> usize {
        let at = self.devices.len();
        let now = self.at();
        let mut late = device(at, user, &self.config, &self.engines);
        late.engine.begin_catch_up(now);
        let _ = late.engine.handle_history(now, &History::hot(), history);
        self.devices.push(late);
        self.poll(at);
        at
    }

    /// The app dies, and is there again with what it stored.
    pub(crate) fn crash(&mut self, at: usize) {
        self.poll(at);
        self.restarts += 1;
        let (now, seed) = (self.at(), Seed::from([99 + self.restarts; 16]));
        let device = &mut self.devices[at];
        let (engine, class) = (device.engine.snapshot(), device.class.snapshot());
        device.engine = Engine::restore(engine, self.engines.clone(), seed, now).expect("it is a snapshot of ours");
        device.class = Classroom::restore(class, self.config.clone(), now).expect("it is a snapshot of ours");
        let _ = device.engine.handle_history(now, &History::hot(), &[]);
    }

    /// A member whose app is not this one says something to the group.
    pub(crate) fn say(&mut self, at: usize, to: &str, data: &str, time_s: u32) {
        let now = self.at();
        let invite = Invite::in_group(GROUP, [to]).timeout(time_s).data(data);
        let engine = &mut self.devices[at].engine;
        engine.invite(now, invite).expect("there is room");
        while let Some(output) = self.devices[at].engine.poll_output() {
            if let convoke::Output::Transmit(transmit) = output {
                self.send(at, transmit);
            }
        }
    }

    /// What each device has told, in short.
    pub(crate) fn told(&mut self) -> Vec<Vec<String>> {
        self.devices.iter_mut().map(|device| std::mem::take(&mut device.events).iter().map(short).collect()).collect()
    }
}

impl Device {
    fn wakes_at(&self) -> Option<i64> {
        match self.class.wake(&self.engine) {
            Wake::At(at, _) => Some(at.as_millis()),
            Wake::Poll | Wake::Never => None,
        }
    }
}

fn short(event: &ClassEvent) -> String {
    match event {
        ClassEvent::Opened { round, .. } => format!("opened by {}", round.teacher),
        ClassEvent::Asked { round, .. } => format!("asked by {}", round.teacher),
        ClassEvent::HandRaised { who, .. } => format!("{who} up"),
        ClassEvent::HandLowered { who, .. } => format!("{who} down"),
        ClassEvent::HandsChanged { .. } => "hands changed".into(),
        ClassEvent::Closed { .. } => "closed".into(),
        ClassEvent::NotReached { students, code, .. } => format!("{} not reached: {code:?}", students.len()),
        ClassEvent::Granted { who, .. } => format!("{who} granted"),
        ClassEvent::NotGranted { who, .. } => format!("{who} not granted"),
        ClassEvent::Invited { speech, .. } => format!("invited by {}", speech.teacher),
        ClassEvent::RingStopped { .. } => "ring stopped".into(),
        ClassEvent::Declined { who, .. } => format!("{who} declined"),
        ClassEvent::Speaking { who, .. } => format!("{who} speaks"),
        ClassEvent::Stopped { who, .. } => format!("{who} stopped"),
        ClassEvent::Failed { op, code, .. } => format!("{op:?} failed: {code}"),
        _ => panic!("an event that this test does not know"),
    }
}
