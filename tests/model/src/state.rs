//! A state of a world, and what may happen in it.

use std::fmt::Write as _;
use std::sync::Arc;

use convoke::{Inbound, Input, InvitationKey, Pushed, SendResult, ServerTime};

use crate::bench::{Move, News, Store};
use crate::device::{Device, Event};
use crate::hostile;
use crate::laws::Broken;
use crate::network::{Letter, Mail, Says};
use crate::phone::Act;
use crate::world::{Deed, GROUP, TIMEOUT_S, World};

const BEGINNING: i64 = 100_000;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct State {
    /// No device's clock is ahead of this.
    pub(crate) now: i64,
    pub(crate) devices: Vec<Arc<Device>>,
    pub(crate) mail: Vec<Mail>,
    /// The attributes of the group.
    pub(crate) store: Store,
    /// Which deeds are done: a bit each.
    done: u32,
    pub(crate) refused: u8,
    pub(crate) broken: Option<Arc<Broken>>,
}

/// What may happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// What the world has under this number.
    Do(usize),
    /// `late`: the service takes the message only now, rather than when it was sent.
    Deliver {
        mail: usize,
        to: usize,
        late: bool,
    },
    Sent {
        mail: usize,
        late: bool,
    },
    Refuse {
        mail: usize,
    },
    LoseTrack {
        mail: usize,
    },
    CatchUp(usize),
    Forge {
        claim: usize,
        to: usize,
    },
    Tick(usize),
    /// The store answers what it asked first.
    Serve(usize),
    /// The store tells it what another one has written.
    Inform(usize),
    /// Nothing is sure to happen any more, and yet it is not the end.
    Stop,
    /// Its media gets into the room of its call.
    Enter(usize),
    /// Its media service tells it who is there, or is no more.
    Look {
        at: usize,
        who: usize,
    },
}

impl Action {
    /// Whether it happens in the end, if nothing else does: no deed, and nothing that is forged.
    pub(crate) fn is_to_come(self) -> bool {
        !matches!(self, Self::Do(_) | Self::Forge { .. } | Self::Stop)
    }
}

impl State {
    pub(crate) fn new(devices: Vec<Arc<Device>>) -> Self {
        Self { now: BEGINNING, devices, mail: Vec::new(), store: Store::default(), done: 0, refused: 0, broken: None }
    }

    pub(crate) fn is_done(&self, deed: usize) -> bool {
        self.done & (1 << deed) != 0
    }

    /// Puts a letter among the others, in the order of their ids.
    pub(crate) fn post(&mut self, letter: &Arc<Letter>) -> usize {
        let at = self.mail.partition_point(|mail| mail.letter.id < letter.id);
        self.mail.insert(at, Mail { letter: letter.clone(), taken_at: None, is_refused: false });
        at
    }

    /// Whether it must be possible. A fate can come too late to be one, and what the media does too late for the call: then a tick is due.
    pub(crate) fn must(&self, action: Action) -> bool {
        let is_due = |at: usize| {
            let due = self.devices.get(at).and_then(|device| device.next_wake());
            due.is_some_and(|due| due.as_millis() <= self.now)
        };
        match action {
            Action::Deliver { .. }
            | Action::CatchUp(_)
            | Action::Tick(_)
            | Action::Serve(_)
            | Action::Inform(_)
            | Action::Stop => true,
            Action::Enter(at) | Action::Look { at, .. } => !is_due(at),
            Action::Sent { mail, .. } | Action::Refuse { mail } | Action::LoseTrack { mail } => {
                self.mail.get(mail).is_some_and(|mail| !is_due(mail.letter.id.from))
            }
            Action::Do(_) | Action::Forge { .. } => false,
        }
    }

    /// What happens by itself, but for the housekeeping: any device may be late with it.
    pub(crate) fn by_itself(&self, actions: &mut Vec<Action>) {
        for (number, device) in self.devices.iter().enumerate() {
            if device.is_catching_up {
                actions.push(Action::CatchUp(number));
            }
            // The store is quicker than anybody's patience.
            if device.next_wake().is_some() && self.of_store().next().is_none() {
                actions.push(Action::Tick(number));
            }
        }
        actions.extend(self.reports());
        actions.extend(self.of_store());
    }

    /// What the store has not told yet.
    pub(crate) fn of_store(&self) -> impl Iterator<Item = Action> + '_ {
        let benches = self.devices.iter().enumerate().filter_map(|(at, device)| Some((at, device.bench.as_ref()?)));
        benches.filter_map(|(at, bench)| match bench.asks.first() {
            Some(_) => Some(Action::Serve(at)),
            None => (bench.version < self.store.version).then_some(Action::Inform(at)),
        })
    }

    /// What the media services have not told yet. Who comes and goes before that was never seen.
    pub(crate) fn reports(&self) -> impl Iterator<Item = Action> + '_ {
        let phones = || self.devices.iter().enumerate().filter_map(|(at, device)| Some((at, device.phone.as_ref()?)));
        let enter = phones().filter(|(_, phone)| phone.is_to_enter()).map(|(at, _)| Action::Enter(at));
        let look = phones().flat_map(move |(at, phone)| {
            let others = phones().filter(move |(who, _)| *who != at);
            let news = others.filter(move |(who, other)| {
                let user = self.devices.get(*who).map(|device| device.user());
                user.is_some_and(|user| phone.sees(user) != phone.is_with(other))
            });
            news.map(move |(who, _)| Action::Look { at, who })
        });
        enter.chain(look)
    }

    /// Notes what an action does to the world, and says which device it happens to, and what.
    pub(crate) fn event(&mut self, world: &World, action: Action) -> Option<(usize, Event)> {
        Some(match action {
            Action::Do(number) => {
                let (device, deed) = *world.deeds.get(number)?;
                self.done |= 1 << number;
                (device, self.deed(world, device, deed)?)
            }
            Action::Deliver { mail, to, late } => {
                let taken_at = self.take(mail, late)?;
                let letter = &self.mail.get(mail)?.letter;
                (to, Event::Hear(letter.id, letter.input(self.devices.get(to)?.user(), taken_at)))
            }
            Action::Sent { mail, late } => {
                let taken_at = self.take(mail, late)?;
                let stamp = self.mail.get(mail)?.letter.stamp(taken_at);
                self.fate(mail, SendResult::Sent(stamp))?
            }
            Action::Refuse { mail } => {
                self.refused += 1;
                self.mail.get_mut(mail)?.is_refused = true;
                self.fate(mail, SendResult::Refused { code: 1 })?
            }
            Action::LoseTrack { mail } => self.fate(mail, SendResult::Unknown)?,
            Action::CatchUp(number) => (number, self.history(world, number)?),
            Action::Forge { claim, to } => (to, Event::Forged(self.claims(world)?.into_iter().nth(claim)?)),
            Action::Tick(number) => {
                let wake = self.devices.get(number)?.next_wake()?;
                self.now = self.now.max(wake.as_millis());
                (number, Event::Tick)
            }
            Action::Serve(number) => (number, Event::Answered(self.serve(number)?)),
            Action::Inform(number) => (number, Event::Told(News::All(self.store.clone()))),
            Action::Stop => return None,
            Action::Enter(number) => (number, Event::Act(Act::Enter)),
            Action::Look { at, who } => (at, Event::Act(self.look(at, who)?)),
        })
    }

    fn deed(&mut self, world: &World, number: usize, deed: Deed) -> Option<Event> {
        Some(match deed {
            Deed::Sleep => Event::Sleep,
            Deed::Store => Event::Store,
            Deed::Crash => Event::Crash,
            Deed::Leaves(user) => Event::Tell(Input::MemberLeft(GROUP.into(), user.into())),
            Deed::AddInvited => self.push(number)?,
            Deed::Dial => Event::Act(Act::Dial(world.other(self.devices.get(number)?)?)),
            Deed::Answer => Event::Act(Act::Answer),
            Deed::Decline => Event::Act(Act::Decline),
            Deed::HangUp => Event::Act(Act::HangUp),
            Deed::Apply => Event::Seat(Move::Apply),
            Deed::Withdraw => Event::Seat(Move::Withdraw),
            Deed::Approve => Event::Seat(Move::Decide(true)),
            Deed::Deny => Event::Seat(Move::Decide(false)),
            Deed::TakeSeat => Event::Seat(Move::Take),
            Deed::LeaveSeat => Event::Seat(Move::Leave),
            Deed::Invite | Deed::Cancel | Deed::Modify | Deed::Accept | Deed::Reject | Deed::Dismiss => {
                let (about, input) = world.wish(self.devices.get(number)?, deed)?;
                Event::Do(about, input)
            }
        })
    }

    /// Answers what a device has asked the store first.
    fn serve(&mut self, number: usize) -> Option<News> {
        let ask = self.devices.get(number)?.bench.as_ref()?.asks.first()?;
        match self.store.answer(ask) {
            Ok(news) => Some(news),
            Err(broken) => {
                self.broken = Some(Arc::new(broken));
                Some(News::All(self.store.clone()))
            }
        }
    }

    fn look(&self, at: usize, who: usize) -> Option<Act> {
        let (me, other) = (self.devices.get(at)?, self.devices.get(who)?);
        let is_there = me.phone.as_ref()?.is_with(other.phone.as_ref()?);
        let user = other.user().clone();
        Some(if is_there { Act::See(user) } else { Act::Miss(user) })
    }

    /// What mallory may say, once somebody has invited.
    fn claims(&self, world: &World) -> Option<Vec<Input>> {
        let known = self.devices.iter().find_map(|device| device.about(true))?;
        Some(hostile::claims(&known, !world.invited.is_empty()))
    }

    /// What a push says of an invitation: the service took it when it was sent.
    fn push(&mut self, number: usize) -> Option<Event> {
        let user = self.devices.get(number)?.user().clone();
        let mut mail = self.mail.iter();
        let mail = mail.position(|mail| {
            !mail.is_refused && mail.letter.sender != user && mail.letter.says() == Some(Says::Invite)
        })?;
        let sent = ServerTime::from_millis(self.take(mail, false)?);
        let letter = &self.mail.get(mail)?.letter;
        let about = self.devices.get(letter.id.from)?.about(true)?;
        let Inbound { conversation, .. } = letter.inbound(&user, letter.sent_at);
        let key = InvitationKey::new(about.inviter.clone(), about.id.clone(), conversation);
        let pushed = Pushed::new(key, sent).timeout(TIMEOUT_S).data("call");
        Some(Event::Do(Some(about), Input::AddInvited(pushed)))
    }

    /// Everything that the service has taken and the device should know of, its own messages included.
    fn history(&mut self, world: &World, number: usize) -> Option<Event> {
        let user = self.devices.get(number)?.user().clone();
        let mut batch = Vec::new();
        for mail in self.mail.iter_mut().filter(|mail| !mail.is_refused && mail.letter.is_for(&user)) {
            if !world.slow {
                mail.taken_at.get_or_insert(mail.letter.sent_at);
            }
            if let Some(taken_at) = mail.taken_at {
                batch.push((mail.letter.id, mail.letter.inbound(&user, taken_at)));
            }
        }
        Some(Event::CatchUp(batch))
    }

    /// When the service took a message; if it is asked for the first time, either when it was sent or now.
    fn take(&mut self, mail: usize, late: bool) -> Option<i64> {
        let now = self.now;
        let mail = self.mail.get_mut(mail)?;
        Some(*mail.taken_at.get_or_insert(if late { now } else { mail.letter.sent_at }))
    }

    fn fate(&self, mail: usize, fate: SendResult) -> Option<(usize, Event)> {
        let letter = &self.mail.get(mail)?.letter;
        Some((letter.id.from, Event::Tell(Input::SendResult(letter.token, fate))))
    }

    /// An action in words.
    pub(crate) fn say(&self, world: &World, action: Action) -> String {
        let names = self.names(world);
        let name = |number: usize| names.get(number).cloned().unwrap_or_default();
        let letter = |mail: usize| {
            let letter = self.mail.get(mail).map(|mail| &mail.letter);
            let says = letter.and_then(|letter| Some(format!("{}'s {}", name(letter.id.from), letter.says()?)));
            says.unwrap_or_default()
        };
        let taken = |late: bool| if late { ", which the service takes only now" } else { "" };
        let mut text = match action {
            Action::Do(number) => match world.deeds.get(number) {
                Some((device, deed)) => format!("{} {deed}", name(*device)),
                None => String::new(),
            },
            Action::Deliver { mail, to, late } => format!("{} hears {}{}", name(to), letter(mail), taken(late)),
            Action::Sent { mail, late } => format!("the fate of {}: sent{}", letter(mail), taken(late)),
            Action::Refuse { mail } => format!("the fate of {}: refused", letter(mail)),
            Action::LoseTrack { mail } => format!("the fate of {}: unknown", letter(mail)),
            Action::CatchUp(number) => format!("{} gets the history", name(number)),
            Action::Forge { claim, to } => format!("{} hears mallory's forged {}", name(to), hostile::what(claim)),
            Action::Tick(number) => format!("{} wakes", name(number)),
            Action::Serve(number) => format!("the store answers {}", name(number)),
            Action::Inform(number) => format!("{} hears of new attributes", name(number)),
            Action::Stop => "nothing more happens".to_owned(),
            Action::Enter(number) => format!("{} enters the room", name(number)),
            Action::Look { at, who } => format!("{} sees {} come or go", name(at), name(who)),
        };
        let _ = write!(text, "  [{:.3} s]", self.seconds());
        text
    }

    #[expect(clippy::float_arithmetic, reason = "a figure to read")]
    fn seconds(&self) -> f64 {
        let ms = u32::try_from(self.now - BEGINNING).unwrap_or(u32::MAX);
        f64::from(ms) / 1_000.0
    }

    /// The devices by their user, and by a number where one has several.
    fn names(&self, world: &World) -> Vec<String> {
        let users = world.users;
        let name = |(number, user): (usize, &&str)| {
            let before = users.iter().take(number).filter(|other| *other == user).count();
            let is_alone = users.iter().filter(|other| *other == user).count() == 1;
            if is_alone { (*user).to_owned() } else { format!("{user}/{}", before + 1) }
        };
        users.iter().enumerate().map(name).collect()
    }
}
