//! Members of a live room, the network between them, and the attributes of their group.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use convoke::layer::{Layer, Layered};
use convoke::seats::{Request, Seat, SeatError, SeatEvent, Seats, SeatsConfig, Ticket, WriteResult};
use convoke::{
    Answer, Callback, Config, Conversation, Engine, History, Inbound, InvitationKey, Seed, SendResult, ServerTime,
    Stamp, Timestamp, Transmit, UserId, Wake,
};

pub(crate) const ROOM: &str = "live";
pub(crate) const REFUSED: i32 = 20_009;

/// A member of the room, with the app on their device.
pub(crate) struct Member {
    pub(crate) user: &'static str,
    pub(crate) engine: Engine,
    pub(crate) seats: Seats,
    pub(crate) events: Vec<SeatEvent>,
    pub(crate) callbacks: Vec<Callback>,
    pub(crate) sent: Vec<Transmit>,
    pub(crate) is_here: bool,
    /// What the service has for this member: in order, unless a test takes them otherwise.
    pub(crate) inbox: VecDeque<Inbound>,
    /// What the store has for this member.
    pub(crate) news: VecDeque<News>,
}

/// What the store tells.
#[derive(Clone, Debug)]
pub(crate) enum News {
    Attributes(u64, BTreeMap<String, String>),
    Result(Ticket, WriteResult),
}

/// A write on its way to the store.
pub(crate) struct Letter {
    from: usize,
    ticket: Ticket,
    version: u64,
    changes: Vec<(String, String)>,
}

pub(crate) struct Net {
    pub(crate) members: Vec<Member>,
    pub(crate) now: i64,
    /// The service refuses messages of this action.
    pub(crate) refuses: Option<u8>,
    /// The store refuses writes; or does as told, and says that nobody knows.
    pub(crate) store_fails: Option<WriteResult>,
    pub(crate) version: u64,
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) letters: Vec<Letter>,
    /// All that was sent to the group, for who comes late.
    pub(crate) history: Vec<Inbound>,
    pub(crate) conflicts: u32,
    stamps: i64,
    /// How often an app was there again: each time has a seed of its own.
    restarts: u8,
    config: SeatsConfig,
}

impl Net {
    /// A room of the first one, moderated by so many of the next.
    pub(crate) fn new<const N: usize>(users: [&'static str; N], moderators: usize) -> Self {
        let config = SeatsConfig::new(users[0]).moderated_by(users[1..=moderators].iter().copied());
        Self::with(users, config)
    }

    pub(crate) fn with<const N: usize>(users: [&'static str; N], config: SeatsConfig) -> Self {
        let mut net = Self {
            members: Vec::new(),
            now: 1_000_000,
            refuses: None,
            store_fails: None,
            version: 0,
            attributes: BTreeMap::new(),
            letters: Vec::new(),
            history: Vec::new(),
            conflicts: 0,
            stamps: 0,
            restarts: 0,
            config,
        };
        for user in users {
            net.enter(user);
        }
        net.settle();
        net
    }

    pub(crate) fn at(&self) -> Timestamp {
        Timestamp::from_millis(self.now)
    }

    /// Somebody comes, and gets what was said in the group until now.
    pub(crate) fn enter(&mut self, user: &'static str) -> usize {
        let at = self.members.len();
        let seed = Seed::from([u8::try_from(at).expect("there are few"); 16]);
        let mut engine = Engine::new(user, Config::default(), seed).expect("the limits are the default ones");
        let _ = engine.handle_history(self.at(), &History::hot(), &self.history);
        for other in self.here() {
            self.act(other, |seats, _, now| seats.handle_member_entered(now, &user.into()));
        }
        self.members.push(Member {
            user,
            engine,
            seats: Seats::new(ROOM, self.config.clone()),
            events: Vec::new(),
            callbacks: Vec::new(),
            sent: Vec::new(),
            is_here: true,
            inbox: VecDeque::new(),
            news: VecDeque::new(),
        });
        at
    }

    /// Does something as this member.
    pub(crate) fn act<T>(&mut self, at: usize, act: impl FnOnce(&mut Seats, &mut Engine, Timestamp) -> T) -> T {
        let now = self.at();
        let member = &mut self.members[at];
        act(&mut member.seats, &mut member.engine, now)
    }

    pub(crate) fn apply(&mut self, at: usize, seat: Option<u32>) -> InvitationKey {
        let key = self.act(at, |seats, engine, now| seats.apply(engine, now, seat)).expect("one may apply");
        self.poll(at);
        key
    }

    pub(crate) fn invite(&mut self, at: usize, user: &str, seat: Option<u32>) -> InvitationKey {
        self.act(at, |seats, engine, now| seats.invite(engine, now, user, seat)).expect("one may invite")
    }

    pub(crate) fn decide(&mut self, at: usize, request: &InvitationKey, is_accepted: bool) {
        self.try_decide(at, request, is_accepted).expect("it waits for a decision");
        self.poll(at);
    }

    pub(crate) fn try_decide(&mut self, at: usize, request: &InvitationKey, is_yes: bool) -> Result<(), SeatError> {
        let request = self.name_at(at, request);
        let answer = if is_yes { Answer::Accept } else { Answer::Reject };
        self.act(at, |seats, engine, now| seats.decide(engine, now, &request, answer))
    }

    pub(crate) fn lock(&mut self, at: usize, seat: u32, is_locked: bool) -> Result<(), SeatError> {
        self.act(
            at,
            |seats, engine, now| {
                if is_locked { seats.lock(engine, now, seat) } else { seats.unlock(engine, now, seat) }
            },
        )
    }

    pub(crate) fn mute(&mut self, at: usize, user: &str, is_muted: bool) -> Result<(), SeatError> {
        self.act(at, |seats, engine, now| {
            let user = user.into();
            if is_muted { seats.mute(engine, now, &user) } else { seats.unmute(engine, now, &user) }
        })
    }

    /// How this member's device names an invitation: between two, by the other one.
    pub(crate) fn name_at(&self, at: usize, request: &InvitationKey) -> InvitationKey {
        match request.conversation() {
            Conversation::C2c(user) if *user == *self.members[at].user => {
                let inviter = request.inviter();
                InvitationKey::new(inviter, request.invite_id(), Conversation::C2c(inviter.clone()))
            }
            Conversation::C2c(_) | Conversation::Group(_) => request.clone(),
        }
    }

    /// Puts this member on that seat, without asking anybody.
    pub(crate) fn seat(&mut self, at: usize, seat: u32) {
        let value = format!(r#"{{"user":"{}"}}"#, self.members[at].user);
        self.set(&format!("seat{seat}"), &value);
        self.settle();
    }

    /// Somebody outside sets an attribute.
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.attributes.insert(name.into(), value.into());
        self.publish();
    }

    fn publish(&mut self) {
        self.version += 1;
        let news = News::Attributes(self.version, self.attributes.clone());
        self.members.iter_mut().filter(|member| member.is_here).for_each(|member| member.news.push_back(news.clone()));
    }

    /// Whether anything came out.
    pub(crate) fn poll(&mut self, at: usize) -> bool {
        let now = self.at();
        for n in 0.. {
            assert!(n < 1_000, "{} says and says", self.members[at].user);
            let member = &mut self.members[at];
            let Some(output) = member.seats.poll(&mut member.engine, now) else { return n > 0 };
            match output {
                Layered::Transmit(transmit) => self.send(at, transmit),
                Layered::Edit(_) => panic!("seats edit nothing"),
                Layered::Callback(callback) => member.callbacks.push(callback),
                Layered::Event(SeatEvent::Read) => {
                    member.news.push_back(News::Attributes(self.version, self.attributes.clone()));
                }
                Layered::Event(SeatEvent::Write { ticket, version, changes }) => {
                    self.letters.push(Letter { from: at, ticket, version, changes });
                }
                Layered::Event(event) => member.events.push(event),
            }
        }
        unreachable!("it has no end")
    }

    /// One of the writes that are on their way reaches the store.
    pub(crate) fn write(&mut self, which: usize) -> bool {
        if self.letters.is_empty() {
            return false;
        }
        let Letter { from, ticket, version, changes } = self.letters.remove(which % self.letters.len());
        let is_newest = version == self.version;
        self.conflicts += u32::from(!is_newest);
        let result = match self.store_fails {
            Some(failed @ WriteResult::Failed { .. }) => failed,
            _ if !is_newest => WriteResult::Conflict,
            told => {
                let before = self.seated();
                self.attributes.extend(changes);
                for (seat, user) in self.seated() {
                    let others = before.iter().find(|(taken, by)| *taken == seat && *by != user);
                    assert_eq!(others, None, "seat {seat} was given to {user} too");
                }
                self.publish();
                told.unwrap_or(WriteResult::Written { version: self.version })
            }
        };
        self.members[from].news.push_back(News::Result(ticket, result));
        true
    }

    /// The next message that is on its way to this member, or a later one.
    pub(crate) fn deliver(&mut self, at: usize, which: usize) -> bool {
        let now = self.at();
        let member = &mut self.members[at];
        let Some(message) = take(&mut member.inbox, which) else { return false };
        let _ = member.engine.handle_message(now, &message);
        true
    }

    /// The next thing that the store has for this member, or a later one.
    pub(crate) fn inform(&mut self, at: usize, which: usize) -> bool {
        let now = self.at();
        let member = &mut self.members[at];
        match take(&mut member.news, which) {
            None => return false,
            Some(News::Attributes(version, attributes)) => {
                let attributes = attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                member.seats.handle_attributes(now, version, attributes);
            }
            Some(News::Result(ticket, result)) => member.seats.handle_write_result(now, ticket, result),
        }
        true
    }

    /// Until nothing moves any more, at this moment.
    pub(crate) fn settle(&mut self) {
        for _ in 0..2_000 {
            let mut is_quiet = true;
            for at in self.here() {
                is_quiet &= !self.poll(at) & !self.deliver(at, 0) & !self.inform(at, 0);
            }
            if is_quiet && !self.write(0) {
                return;
            }
        }
        panic!("the members do not come to rest");
    }

    /// Lets time pass, moment by moment.
    pub(crate) fn wait(&mut self, ms: i64) {
        self.settle();
        let end = self.now + ms;
        for _ in 0..1_000 {
            let next = self.here().into_iter().filter_map(|at| self.members[at].wakes_at()).min();
            let next = next.filter(|next| *next <= end);
            self.now = next.map_or(end, |next| self.now.max(next));
            let now = self.at();
            self.here().into_iter().for_each(|at| self.members[at].engine.tick(now));
            self.settle();
            if next.is_none() {
                return;
            }
        }
        panic!("the members wake for nothing");
    }

    pub(crate) fn here(&self) -> Vec<usize> {
        (0..self.members.len()).filter(|at| self.members[*at].is_here).collect()
    }

    /// Somebody is gone: the others are told by the group.
    pub(crate) fn leave(&mut self, at: usize) {
        self.members[at].is_here = false;
        self.members[at].inbox.clear();
        self.members[at].news.clear();
        let user = UserId::from(self.members[at].user);
        for other in self.here() {
            self.act(other, |seats, engine, now| seats.handle_member_left(engine, now, &user));
        }
    }

    /// The owner compares the seats with the group's members, as one who enters does.
    pub(crate) fn reconcile(&mut self) {
        for (_, user) in self.seated() {
            if !self.here().into_iter().any(|at| self.members[at].user == user) {
                self.act(0, |seats, engine, now| seats.handle_member_left(engine, now, &user.as_str().into()));
            }
        }
        self.settle();
    }

    /// The app dies, and is there again with what it stored.
    pub(crate) fn crash(&mut self, at: usize) {
        self.restarts += 1;
        let (now, seed) = (self.at(), Seed::from([99 + self.restarts; 16]));
        let config = self.config.clone();
        let member = &mut self.members[at];
        let (engine, seats) = (member.engine.snapshot(), member.seats.snapshot());
        member.engine = Engine::restore(engine, Config::default(), seed, now).expect("it is a snapshot of ours");
        member.seats = Seats::restore(seats, config, now).expect("it is a snapshot of ours");
        let _ = member.engine.handle_history(now, &History::hot(), &[]);
    }

    fn send(&mut self, from: usize, transmit: Transmit) {
        let now = self.at();
        if self.refuses.is_some_and(|action| transmit.payload.contains(&format!(r#""actionType":{action}"#))) {
            let refused = SendResult::Refused { code: REFUSED };
            self.members[from].engine.handle_send_result(now, transmit.token, refused).ok();
            return;
        }
        let stamp = self.post(from, &transmit.conversation, &transmit.payload);
        self.members[from].engine.handle_send_result(now, transmit.token, SendResult::Sent(stamp)).ok();
        self.members[from].sent.push(transmit);
    }

    /// Brings a message on its way, whoever made it.
    pub(crate) fn post(&mut self, from: usize, to: &Conversation, payload: &str) -> Stamp {
        self.stamps += 1;
        let id = format!("m{:04}", self.stamps).as_str().into();
        let stamp = Stamp { time: ServerTime::from_millis(self.now), id };
        let sender = self.members[from].user;
        let message = |conversation| {
            let mut message = Inbound::new(sender, conversation, payload);
            message.stamp = Some(stamp.clone());
            message
        };
        for (n, member) in self.members.iter_mut().enumerate().filter(|(_, member)| member.is_here) {
            match to {
                Conversation::C2c(to) if *to == *member.user => {
                    member.inbox.push_back(message(Conversation::C2c(sender.into())));
                }
                Conversation::C2c(to) if member.user == sender && n != from => {
                    member.inbox.push_back(message(Conversation::C2c(to.clone())));
                }
                Conversation::Group(_) if n != from => member.inbox.push_back(message(to.clone())),
                Conversation::C2c(_) | Conversation::Group(_) => {}
            }
        }
        if matches!(to, Conversation::Group(_)) {
            self.history.push(message(to.clone()));
        }
        stamp
    }

    /// Who sits where, by the store.
    pub(crate) fn seated(&self) -> Vec<(u32, String)> {
        let seats = (0..64).filter_map(|n| Some((n, Seat::read(self.attributes.get(&format!("seat{n}"))?)?)));
        seats.filter_map(|(n, seat)| Some((n, seat.user?.as_str().into()))).collect()
    }

    /// All who are here see the store's seats; nobody is on two, and nothing waits.
    pub(crate) fn assert_agreed(&mut self) {
        self.settle();
        let seated = self.seated();
        let users: BTreeSet<&String> = seated.iter().map(|(_, user)| user).collect();
        assert_eq!(users.len(), seated.len(), "somebody is on two seats: {seated:?}");
        for at in self.here() {
            let member = &self.members[at];
            assert_eq!(member.seated(), seated, "{} sees other seats", member.user);
            assert!(member.seats.is_idle(), "{} still has something to write", member.user);
            assert!(member.callbacks.is_empty(), "{} was told of invitations", member.user);
        }
    }

    /// What each member was told, in short.
    pub(crate) fn told(&mut self, at: usize) -> Vec<String> {
        std::mem::take(&mut self.members[at].events).iter().map(short).collect()
    }
}

impl Member {
    fn wakes_at(&self) -> Option<i64> {
        match self.seats.wake(&self.engine) {
            Wake::At(at, _) => Some(at.as_millis()),
            Wake::Poll | Wake::Never => None,
        }
    }

    pub(crate) fn queue(&self) -> Vec<String> {
        let queue = self.seats.applications(&self.engine);
        queue.iter().map(|request| request.by().as_str().into()).collect()
    }

    fn seated(&self) -> Vec<(u32, String)> {
        let seats = (0..).zip(self.seats.seats());
        seats.filter_map(|(n, seat)| Some((n, seat.user.as_ref()?.as_str().into()))).collect()
    }
}

fn take<T>(queue: &mut VecDeque<T>, which: usize) -> Option<T> {
    let which = which.checked_rem(queue.len())?;
    queue.remove(which)
}

pub(crate) fn short(event: &SeatEvent) -> String {
    let of = |request: &Request| request.by().to_string();
    match event {
        SeatEvent::Read | SeatEvent::Write { .. } => panic!("the store has these"),
        SeatEvent::Changed { seat, now, .. } => {
            let user = now.user.as_ref().map_or("free", |user| user.as_str());
            let marks = [(now.is_muted, ", muted"), (now.is_locked, ", locked")];
            let marks: String = marks.iter().filter(|(is_so, _)| *is_so).map(|(_, mark)| *mark).collect();
            format!("seat {seat}: {user}{marks}")
        }
        SeatEvent::Asked { request, .. } => format!("{:?} by {}", request.kind, of(request)),
        SeatEvent::Decided { request, by, is_accepted, .. } => {
            format!("{} {} by {by}", of(request), if *is_accepted { "accepted" } else { "declined" })
        }
        SeatEvent::Over { request, why, .. } => format!("{}: {why:?}", of(request)),
        SeatEvent::NotSent { code, .. } => format!("not sent: {code}"),
        SeatEvent::NotDone { why, .. } => format!("not done: {why}"),
        _ => panic!("an event that this test does not know"),
    }
}
