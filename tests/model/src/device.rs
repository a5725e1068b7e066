//! A device: a real engine, its app, and a host that polls at once; and, in a world of calls, the layer between the two.

use std::collections::{BTreeMap, BTreeSet};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use convoke::layer::{Layer as _, Layered, OneOf};
use convoke::{Callback, Config, Engine, History, Inbound, Input, InviteId, Reply, Seed, Target, Timestamp, UserId};

use crate::app::App;
use crate::bench::{Bench, Move, News};
use crate::hostile::MALLORY;
use crate::laws::{Broken, Law, has_failed, next_wake};
use crate::network::{Letter, MailId};
use crate::phone::{Act, Phone};
use crate::world::World;

#[derive(Clone, Debug)]
pub(crate) struct Device {
    pub(crate) number: usize,
    pub(crate) engine: Engine,
    pub(crate) app: App,
    /// In a world of calls.
    pub(crate) phone: Option<Phone>,
    /// In a world of seats.
    pub(crate) bench: Option<Bench>,
    /// What it has taken in, which may come again.
    pub(crate) heard: BTreeMap<MailId, Arc<Input>>,
    /// The invitations that it has to do with.
    pub(crate) heard_of: BTreeSet<About>,
    pub(crate) is_catching_up: bool,
    sent: u8,
    /// What it stored last.
    stored: Option<Arc<Self>>,
    pub(crate) restarts: u8,
    fingerprint: u64,
}

/// An invitation: by whom, and its id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct About {
    pub(crate) inviter: UserId,
    pub(crate) id: InviteId,
}

impl About {
    pub(crate) fn target(&self) -> Target {
        Target::of(&self.inviter, &self.id)
    }
}

/// What happens to a device.
#[derive(Clone, Debug, PartialEq, Hash)]
pub(crate) enum Event {
    Tick,
    Hear(MailId, Input),
    /// What the user asks for, and of which invitation, if it is there already.
    Do(Option<About>, Input),
    /// What the host knows, such as the fate of a send.
    Tell(Input),
    /// What happens to its calls.
    Act(Act),
    /// What its user does with the seats.
    Seat(Move),
    /// What the store answers.
    Answered(News),
    /// What it tells of itself.
    Told(News),
    /// What nobody had the right to say.
    Forged(Input),
    Sleep,
    CatchUp(Vec<(MailId, Inbound)>),
    Store,
    Crash,
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Step {
    pub(crate) device: Arc<Device>,
    pub(crate) letters: Vec<Arc<Letter>>,
    pub(crate) broken: Option<Broken>,
}

/// All that a device is, is in its fingerprint.
impl Hash for Device {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.fingerprint.hash(state);
    }
}

impl PartialEq for Device {
    fn eq(&self, other: &Self) -> bool {
        self.fingerprint == other.fingerprint
    }
}

impl Eq for Device {}

pub(crate) fn fingerprint(value: &impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    value.hash(&mut hasher);
    hasher.finish()
}

fn seed(number: usize, restarts: u8) -> Seed {
    let mut bytes = [restarts; 16];
    bytes[0] = u8::try_from(number).unwrap_or(u8::MAX);
    Seed::from(bytes)
}

impl Device {
    /// A user who has just signed in.
    pub(crate) fn new(number: usize, world: &World) -> Option<Arc<Self>> {
        let user = *world.users.get(number)?;
        let engine = Engine::new(user, Config::default(), seed(number, 0)).ok()?;
        let mut device = Self {
            number,
            engine,
            app: App::default(),
            phone: world.has_calls.then(|| Phone::new(number)),
            bench: world.has_seats.then(|| Bench::new(world.users)),
            heard: BTreeMap::new(),
            heard_of: BTreeSet::new(),
            is_catching_up: false,
            sent: 0,
            stored: None,
            restarts: 0,
            fingerprint: 0,
        };
        device.store();
        device.seal();
        Some(Arc::new(device))
    }

    pub(crate) fn user(&self) -> &UserId {
        self.engine.user()
    }

    /// The invitation that the user has sent, or, if it is not `mine`, may answer.
    pub(crate) fn about(&self, mine: bool) -> Option<About> {
        let mut known = self.heard_of.iter().filter(|about| about.inviter != MALLORY);
        known.find(|about| (about.inviter == *self.user()) == mine).cloned()
    }

    /// Whether the service refused its invite: nothing is left of it.
    pub(crate) fn has_failed_to_invite(&self) -> bool {
        self.about(true).is_some_and(|about| self.engine.invitation(about.target()).is_none())
    }

    /// When something happens by itself, housekeeping aside.
    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        let calls = self.phone.as_ref().and_then(Phone::next_wake);
        let seats = self.bench.as_ref().and_then(Bench::next_wake);
        next_wake(&self.engine).into_iter().chain(calls).chain(seats).min()
    }

    fn seal(&mut self) {
        let stored = self.stored.as_ref().map(|stored| stored.fingerprint);
        let known = (&self.engine, &self.app, &self.phone, &self.bench, &self.heard, &self.heard_of);
        self.fingerprint = fingerprint(&(known, self.is_catching_up, self.sent, stored, self.restarts));
    }

    /// Lets something happen. `None`: nothing did.
    pub(crate) fn step(&self, now: Timestamp, event: &Event) -> Option<Step> {
        let mut next = self.clone();
        let mut letters = Vec::new();
        let result = next.take(now, event, &mut letters);
        next.seal();
        let broken = match result {
            Ok(false) => return None,
            Ok(true) => None,
            Err(broken) => Some(broken),
        };
        Some(Step { device: Arc::new(next), letters, broken })
    }

    /// Says whether it was possible.
    fn take(&mut self, now: Timestamp, event: &Event, letters: &mut Vec<Arc<Letter>>) -> Result<bool, Broken> {
        // During an absence no deadline fires (`A7`); else what is due comes first, and may be told before the app does anything.
        if !matches!(event, Event::Sleep | Event::CatchUp(_) | Event::Store | Event::Crash) {
            self.engine.tick(now);
            self.poll(now, letters)?;
        }
        match event {
            Event::Tick => {}
            Event::Hear(id, input) => {
                let _ = self.engine.handle(now, input.clone());
                self.hear(*id, input);
            }
            Event::Do(about, input) => return self.operate(now, about.as_ref(), input, letters),
            Event::Tell(input) => {
                if has_failed(&self.engine.handle(now, input.clone())) {
                    return Ok(false);
                }
            }
            Event::Act(act) => {
                let Some(phone) = &mut self.phone else { return Ok(false) };
                if !phone.act(&mut self.engine, now, act)? {
                    return Ok(false);
                }
            }
            Event::Seat(a_move) => {
                let Some(bench) = &mut self.bench else { return Ok(false) };
                if !bench.act(&mut self.engine, now, *a_move)? {
                    return Ok(false);
                }
            }
            Event::Answered(news) => {
                let Some(bench) = &mut self.bench else { return Ok(false) };
                bench.hear_answer(now, news);
            }
            Event::Told(news) => {
                let Some(bench) = &mut self.bench else { return Ok(false) };
                bench.learn(now, news);
            }
            Event::Forged(input) => {
                let before = self.engine.clone();
                let _ = self.engine.handle(now, input.clone());
                if self.engine == before {
                    return Ok(false);
                }
            }
            Event::Sleep => {
                self.engine.begin_catch_up(now);
                self.is_catching_up = true;
            }
            Event::CatchUp(batch) => {
                let messages: Vec<Inbound> = batch.iter().map(|(_, message)| message.clone()).collect();
                let _ = self.engine.handle_history(now, &History::hot(), &messages);
                self.is_catching_up = false;
                for (id, message) in batch {
                    self.hear(*id, &Input::Message(message.clone()));
                }
            }
            Event::Store => self.store(),
            Event::Crash => return Ok(self.crash(now)),
        }
        self.poll(now, letters)?;
        Ok(true)
    }

    fn hear(&mut self, id: MailId, input: &Input) {
        if let Input::Message(message) | Input::Edit(message) = input
            && let Ok(info) = convoke::signaling_info(message, &convoke::Limits::default())
        {
            self.heard_of.insert(About { inviter: info.inviter, id: info.invite_id });
        }
        self.heard.insert(id, Arc::new(input.clone()));
    }

    fn operate(
        &mut self,
        now: Timestamp,
        about: Option<&About>,
        input: &Input,
        letters: &mut Vec<Arc<Letter>>,
    ) -> Result<bool, Broken> {
        let before = self.engine.clone();
        let reply = self.engine.handle(now, input.clone());
        if has_failed(&reply) {
            let is_harmless = self.engine == before;
            Law::FailureChangesNothing.require(is_harmless, || format!("{reply:?} of {input:?}"))?;
            return Ok(false);
        }
        let about = match (reply, about) {
            (Reply::Invite(Ok(key)), _) => About { inviter: key.inviter().clone(), id: key.invite_id().clone() },
            (_, Some(about)) => about.clone(),
            (_, None) => return Ok(false),
        };
        // What is dismissed is not found any more.
        let view = before.invitation(about.target()).or_else(|| self.engine.invitation(about.target()));
        if let Some(view) = view {
            self.app.does(&before, view.key(), input);
        }
        self.heard_of.insert(about);
        self.poll(now, letters)?;
        Ok(true)
    }

    fn store(&mut self) {
        let mut stored = Self { stored: None, ..self.clone() };
        stored.seal();
        self.stored = Some(Arc::new(stored));
    }

    /// Starts again from what was stored, with a fresh seed (`A4`). What was sent meanwhile was sent.
    fn crash(&mut self, now: Timestamp) -> bool {
        let Some(stored) = self.stored.clone() else { return false };
        let seed = seed(self.number, self.restarts + 1);
        let Ok(engine) = Engine::restore(stored.engine.snapshot(), Config::default(), seed, now) else { return false };
        let next_room = self.phone.as_ref().map(|phone| phone.next_room).unwrap_or_default();
        let phone = stored.phone.as_ref().and_then(|phone| phone.restore(now, next_room));
        let (sent, restarts, is_catching_up) = (self.sent, self.restarts + 1, true);
        let (stored, kept) = (Some(stored.clone()), (*stored).clone());
        *self = Self { engine, phone, sent, restarts, is_catching_up, stored, ..kept };
        true
    }

    fn poll(&mut self, now: Timestamp, letters: &mut Vec<Arc<Letter>>) -> Result<(), Broken> {
        let mut callbacks: Vec<Callback> = Vec::new();
        let (mut of_calls, mut of_seats) = (Vec::new(), Vec::new());
        let calls = self.phone.as_mut().map(|phone| &mut phone.calls);
        let mut layers = (calls, self.bench.as_mut().map(|bench| &mut bench.seats));
        while let Some(output) = layers.poll(&mut self.engine, now) {
            let id = MailId { from: self.number, number: self.sent };
            let (user, at) = (self.engine.user(), now.as_millis());
            let letter = match output {
                Layered::Transmit(transmit) => Letter::of_transmit(id, user, at, transmit),
                Layered::Edit(edit) => Letter::of_edit(id, user, at, edit),
                Layered::Callback(callback) => {
                    callbacks.push(callback);
                    continue;
                }
                Layered::Event(OneOf::First(event)) => {
                    of_calls.push(event);
                    continue;
                }
                Layered::Event(OneOf::Second(event)) => {
                    of_seats.push(event);
                    continue;
                }
            };
            self.sent += 1;
            letters.push(Arc::new(letter));
        }
        if self.phone.is_none() && self.bench.is_none() {
            return self.app.read(&self.engine, &callbacks, &self.heard_of);
        }
        Law::LayersKeepTheirOwn.require(callbacks.is_empty(), || format!("{callbacks:?}"))?;
        if let Some(bench) = &mut self.bench {
            bench.hear(of_seats);
        }
        self.phone.as_mut().map_or(Ok(()), |phone| phone.hear(&of_calls))
    }
}
