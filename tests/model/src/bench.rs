//! The seats of a device's room: the real layer, what its app was told of them, and what it asks of the store.
#![allow(clippy::wildcard_enum_match_arm, reason = "most events are about no decision")]

use std::collections::BTreeMap;

use convoke::layer::Layer as _;
use convoke::seats::{RequestKind, Seat, SeatEvent, Seats, SeatsConfig, Ticket, WriteResult};
use convoke::{Answer, Engine, InvitationKey, Timestamp, UserId, Wake};

use crate::laws::{Broken, Law};
use crate::world::{GROUP, TIMEOUT_S};

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Bench {
    pub(crate) seats: Seats,
    /// What its app was told last of each application: who decided, if anybody has.
    pub(crate) told: BTreeMap<InvitationKey, Option<Decision>>,
    /// What waits for the store, in its order.
    pub(crate) asks: Vec<Ask>,
    /// The newest attributes that it knows of.
    pub(crate) version: u64,
}

/// Who decided, and how.
pub(crate) type Decision = (UserId, bool);

/// What is asked of the store.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ask {
    Read,
    Write { ticket: Ticket, version: u64, changes: Vec<(String, String)> },
}

/// What its user does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Move {
    Apply,
    Withdraw,
    /// On the application that waits.
    Decide(bool),
    Take,
    Leave,
}

/// The attributes of the group: they are set by who knows the newest ones.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct Store {
    pub(crate) version: u64,
    pub(crate) all: BTreeMap<String, String>,
}

/// What the store tells.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum News {
    All(Store),
    Result(Ticket, WriteResult),
}

impl Store {
    /// Answers what is asked first.
    pub(crate) fn answer(&mut self, ask: &Ask) -> Result<News, Broken> {
        let Ask::Write { ticket, version, changes } = ask else { return Ok(News::All(self.clone())) };
        if *version != self.version {
            return Ok(News::Result(*ticket, WriteResult::Conflict));
        }
        self.version += 1;
        for (name, value) in changes {
            let before = self.all.insert(name.clone(), value.clone());
            let holders = (before.as_deref().and_then(holder), holder(value));
            let is_given_once = !matches!(&holders, (Some(one), Some(other)) if one != other);
            Law::GivenOnce.require(is_given_once, || format!("{name}: {holders:?}"))?;
        }
        Ok(News::Result(*ticket, WriteResult::Written { version: self.version }))
    }

    /// Who is on a seat.
    pub(crate) fn holders(&self) -> impl Iterator<Item = UserId> + '_ {
        self.all.values().filter_map(|value| holder(value))
    }
}

fn holder(value: &str) -> Option<UserId> {
    Seat::read(value)?.user
}

impl Bench {
    /// In a room with one seat; the first user owns it, and the second moderates.
    pub(crate) fn new(users: &[&str]) -> Self {
        let mut config = SeatsConfig::new(users.first().copied().unwrap_or_default());
        config = config.moderated_by(users.get(1).copied());
        config.seats = 1;
        config.application_s = TIMEOUT_S;
        let mut seats = Seats::new(GROUP, config);
        seats.handle_attributes(Timestamp::default(), 0, []);
        Self { seats, told: BTreeMap::new(), asks: Vec::new(), version: 0 }
    }

    /// Does it; says whether it was possible.
    pub(crate) fn act(&mut self, engine: &mut Engine, now: Timestamp, a_move: Move) -> Result<bool, Broken> {
        let before = (engine.clone(), self.clone());
        let me = engine.user().clone();
        let waiting = self.seats.applications(engine).into_iter().next().map(|request| request.id);
        let is_done = match (a_move, waiting) {
            (Move::Apply, _) => self.seats.apply(engine, now, Some(0)).is_ok(),
            (Move::Withdraw, Some(request)) if *request.inviter() == me => {
                self.seats.withdraw(engine, now, &request).is_ok()
            }
            (Move::Decide(is_yes), Some(request)) => {
                let answer = if is_yes { Answer::Accept } else { Answer::Reject };
                self.seats.decide(engine, now, &request, answer).is_ok()
            }
            (Move::Take, _) => self.seats.take(engine, now, Some(0)).is_ok(),
            (Move::Leave, _) => self.seats.leave(engine, now).is_ok(),
            (Move::Withdraw | Move::Decide(_), _) => false,
        };
        let is_harmless = is_done || (*engine == before.0 && *self == before.1);
        Law::FailureChangesNothing.require(is_harmless, || format!("{a_move:?}"))?;
        Ok(is_done)
    }

    /// The store has answered what was asked first.
    pub(crate) fn hear_answer(&mut self, now: Timestamp, news: &News) {
        self.asks.remove(0);
        self.learn(now, news);
    }

    /// The store tells, of itself or because it was asked.
    pub(crate) fn learn(&mut self, now: Timestamp, news: &News) {
        match news {
            News::All(Store { version, all }) => {
                let pairs = all.iter().map(|(name, value)| (name.as_str(), value.as_str()));
                self.seats.handle_attributes(now, *version, pairs);
                self.version = self.version.max(*version);
            }
            News::Result(ticket, result) => {
                if let WriteResult::Written { version } = result {
                    self.version = self.version.max(*version);
                }
                self.seats.handle_write_result(now, *ticket, *result);
            }
        }
    }

    /// The app hears what the seats have to say, and asks the store.
    pub(crate) fn hear(&mut self, events: Vec<SeatEvent>) {
        for event in events {
            match event {
                SeatEvent::Read => self.asks.push(Ask::Read),
                SeatEvent::Write { ticket, version, changes } => {
                    self.asks.push(Ask::Write { ticket, version, changes });
                }
                SeatEvent::Decided { request, by, is_accepted, .. } if request.kind == RequestKind::Application => {
                    self.told.insert(request.id, Some((by, is_accepted)));
                }
                SeatEvent::Over { request, .. } if request.kind == RequestKind::Application => {
                    self.told.insert(request.id, None);
                }
                _ => {}
            }
        }
    }

    /// When something happens by itself.
    pub(crate) fn next_wake(&self) -> Option<Timestamp> {
        match self.seats.next() {
            Wake::At(at, _) => Some(at),
            Wake::Poll | Wake::Never => None,
        }
    }

    /// What must hold whatever happened before, all that was said being polled.
    pub(crate) fn check(&self, now: Timestamp) -> Result<(), Broken> {
        let wake = self.seats.next();
        let is_early = matches!(wake, Wake::At(at, _) if at <= now);
        Law::WakeIsTrue.require(wake != Wake::Poll && !is_early, || format!("{wake:?} of the seats"))
    }
}
