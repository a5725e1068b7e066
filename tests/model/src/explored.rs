//! A world as the checker sees it: from each state everything that may happen next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use convoke::{Input, Timestamp};
use stateright::{Model, Property};

use crate::device::{Device, Event, Step, fingerprint};
use crate::laws::Law;
use crate::network::Mail;
use crate::state::{Action, State};
use crate::world::World;
use crate::{end, hostile, laws};

/// A world, as far as it has been explored.
#[derive(Debug)]
pub(crate) struct Explored {
    pub(crate) world: World,
    known: Mutex<Known>,
}

/// What is known already. A device does the same in the same state, whatever the others do.
#[derive(Debug, Default)]
struct Known {
    steps: BTreeMap<u64, Option<Arc<Step>>>,
    devices: BTreeMap<u64, Arc<Device>>,
    ends: BTreeSet<String>,
}

impl Model for Explored {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let devices = (0..self.world.users.len()).filter_map(|number| Device::new(number, &self.world));
        vec![State::new(devices.collect())]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        if state.broken.is_some() {
            return;
        }
        self.deeds(state, actions);
        for number in 0..state.mail.len() {
            self.of_mail(state, number, actions);
        }
        state.by_itself(actions);
        if self.world.hostile {
            let others = 1..state.devices.len();
            actions.extend(others.flat_map(|to| hostile::LASTING.map(|claim| Action::Forge { claim, to })));
        }
        if !actions.iter().any(|action| action.is_to_come()) && !self.is_quiet(state) {
            actions.push(Action::Stop);
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        let mut next = state.clone();
        if self.act(&mut next, action).is_none() {
            if !state.must(action) {
                return None;
            }
            next.broken = Some(Arc::new(Law::EachWayEnds.broken("there is no way on")));
        }
        if next.broken.is_none() && self.is_quiet(&next) {
            match end::check(&next, &self.world) {
                Ok(ends) => self.known().ends.extend(ends),
                Err(broken) => next.broken = Some(Arc::new(broken)),
            }
        }
        Some(next)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("every law holds", |_, state: &State| state.broken.is_none())]
    }
}

impl Explored {
    pub(crate) fn new(world: World) -> Self {
        Self { world, known: Mutex::default() }
    }

    /// How it has ended.
    pub(crate) fn ends(&self) -> Vec<String> {
        self.known().ends.iter().cloned().collect()
    }

    fn known(&self) -> MutexGuard<'_, Known> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Lets something happen, if it can.
    fn act(&self, state: &mut State, action: Action) -> Option<()> {
        let (number, event) = state.event(&self.world, action)?;
        if state.broken.is_none() {
            self.happen(state, number, &event)?;
        }
        Some(())
    }

    /// Lets something happen to a device, and posts what it sends.
    fn happen(&self, state: &mut State, number: usize, event: &Event) -> Option<()> {
        let device = state.devices.get_mut(number)?;
        let step = self.step(device, state.now, event)?;
        *device = step.device.clone();
        state.broken = step.broken.clone().map(Arc::new);
        for letter in &step.letters {
            let mail = state.post(letter);
            if self.world.acked && state.broken.is_none() {
                // Of what was said long after its time the fate counts as known at once (`O7`).
                self.act(state, Action::Sent { mail, late: false });
            }
        }
        Some(())
    }

    /// What `event` does to a device, and whether all laws hold of it then.
    fn step(&self, device: &Arc<Device>, now: i64, event: &Event) -> Option<Arc<Step>> {
        let name = fingerprint(&(device, now, event));
        if let Some(step) = self.known().steps.get(&name) {
            return step.clone();
        }
        let now = Timestamp::from_millis(now);
        let mut step = device.step(now, event);
        if let Some(step) = &mut step
            && step.broken.is_none()
            && *event != Event::Store
        {
            let (attempts, claims) = (self.attempts(&step.device), self.claims(&step.device));
            step.broken = laws::check(&step.device, now, &attempts, &claims).err();
        }
        let mut known = self.known();
        if let Some(Step { device, .. }) = &mut step {
            *device = known.devices.entry(fingerprint(device)).or_insert_with(|| device.clone()).clone();
        }
        let step = step.map(Arc::new);
        known.steps.insert(name, step.clone());
        step
    }

    /// What the user of a device could try, sensible or not.
    fn attempts(&self, device: &Device) -> Vec<Input> {
        let deeds = self.world.deeds.iter().filter(|(number, _)| *number == device.number);
        deeds.filter_map(|(_, deed)| Some(self.world.wish(device, *deed)?.1)).collect()
    }

    /// What mallory could say of what a device knows.
    fn claims(&self, device: &Device) -> Vec<Input> {
        let known = device.heard_of.first().filter(|_| self.world.hostile);
        known.map_or_else(Vec::new, |about| hostile::claims(about, !self.world.invited.is_empty()))
    }

    fn deeds(&self, state: &State, actions: &mut Vec<Action>) {
        for (number, deed) in self.world.deeds.iter().enumerate() {
            // Of two equal deeds the first comes first.
            let mut before = self.world.deeds.iter().take(number).enumerate();
            if !state.is_done(number) && before.all(|(other, equal)| equal != deed || state.is_done(other)) {
                actions.push(Action::Do(number));
            }
        }
    }

    fn of_mail(&self, state: &State, number: usize, actions: &mut Vec<Action>) {
        let Some(mail) = state.mail.get(number).filter(|mail| !mail.is_refused) else { return };
        let may_be_late = self.world.slow && mail.taken_at.is_none() && mail.letter.sent_at < state.now;
        let times = || [false, true].into_iter().filter(move |late| !late || may_be_late);
        for to in self.waiting(state, mail) {
            actions.extend(times().map(|late| Action::Deliver { mail: number, to, late }));
        }
        let sender = state.devices.get(mail.letter.id.from);
        if sender.is_some_and(|sender| sender.engine.sends_in_flight().any(|(token, _)| token == mail.letter.token)) {
            actions.extend(times().map(|late| Action::Sent { mail: number, late }));
            if self.world.unknown {
                actions.push(Action::LoseTrack { mail: number });
            }
            if mail.taken_at.is_none() && state.refused < self.world.refusals {
                actions.push(Action::Refuse { mail: number });
            }
        }
    }

    /// Whom a message has not reached.
    fn waiting<'a>(&'a self, state: &'a State, mail: &'a Mail) -> impl Iterator<Item = usize> + 'a {
        let letter = &mail.letter;
        let devices = state.devices.iter().enumerate().filter(|(number, device)| {
            letter.is_for(device.user())
                && (self.world.echoes || *number != letter.id.from)
                && !device.heard.contains_key(&letter.id)
        });
        devices.map(|(number, _)| number)
    }

    /// Whether nothing is on its way, and nothing happens by itself.
    fn is_quiet(&self, state: &State) -> bool {
        let is_delivered = |mail: &Mail| mail.is_refused || self.waiting(state, mail).next().is_none();
        let is_idle = |device: &Arc<Device>| {
            !device.is_catching_up && device.next_wake().is_none() && device.engine.sends_in_flight().next().is_none()
        };
        let has_told_all = state.reports().next().is_none() && state.of_store().next().is_none();
        state.mail.iter().all(is_delivered) && state.devices.iter().all(is_idle) && has_told_all
    }
}
