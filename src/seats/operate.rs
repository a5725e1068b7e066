//! What the user does (`M2`, `M3`). Each checks everything before it changes anything.

use super::data::SeatCommand;
use super::hear::read;
use super::request::{Ask, RequestKind, Verdict, WhyOver};
use super::wish::{WhyNot, Wish};
use super::{SeatError, Seats};
use crate::callback::{Answer, Outcome};
use crate::engine::Engine;
use crate::id::UserId;
use crate::message::Invite;
use crate::name::InvitationKey;
use crate::time::{Millis, Timestamp};

/// How long who has accepted an invitation waits to be on the seat.
const SEATING: Millis = Millis::from_secs(15);

impl Seats {
    /// Asks for this seat, or for any (`M2`).
    ///
    /// Once somebody accepts, the seat is taken from here, if it is free then: [`SeatEvent::Changed`](super::SeatEvent::Changed), or
    /// [`NotDone`](super::SeatEvent::NotDone).
    ///
    /// # Errors
    ///
    /// [`SeatError`]; then nothing was changed.
    pub fn apply(
        &mut self,
        engine: &mut Engine,
        now: Timestamp,
        seat: Option<u32>,
    ) -> Result<InvitationKey, SeatError> {
        let now = self.advance(now);
        let me = engine.user().clone();
        if self.config.decides(&me) {
            return Err(SeatError::NeedNot);
        }
        let is_own = |(key, ask): (&InvitationKey, &Ask)| {
            ask.kind == RequestKind::Application && ask.is_open() && *key.inviter() == me
        };
        if self.asks.iter().any(is_own) || self.has_applied_elsewhere(engine) {
            return Err(SeatError::AlreadyApplied);
        }
        self.check_free(&me, seat)?;
        let mut deciders = self.config.moderators.clone();
        deciders.insert(self.config.owner.clone());
        let invite = if self.config.moderators.is_empty() {
            Invite::to(&self.config.owner).online_user_only()
        } else {
            Invite::in_group(&self.room, &deciders)
        };
        let ask = Ask { deciders, ..Ask::mine(RequestKind::Application, seat) };
        self.make_room(engine, &ask)?;
        let invite = invite.timeout(self.config.time_s(ask.kind)).data(ask.data(&self.room));
        let key = engine.invite(now, invite)?;
        self.asks.insert(key.clone(), ask);
        Ok(key)
    }

    /// Of what another device of the user's asks for here, no callback tells. Nor of when others take it for over that has no such end of
    /// its own, so that does not count.
    fn has_applied_elsewhere(&self, engine: &Engine) -> bool {
        let unknown = engine.invitations().filter(|view| !self.asks.contains_key(view.key()));
        let mut mine =
            unknown.filter(|view| view.key().inviter() == engine.user() && self.is_of_room(engine, view.key()));
        mine.any(|view| {
            let is_application = read(&view).is_some_and(|data| data.command == SeatCommand::TakeSeat);
            let ask = Ask::heard(RequestKind::Application, None, view, &self.config, self.now);
            is_application && ask.until.is_none() && view.outcomes().all(|(_, outcome)| outcome == Outcome::Pending)
        })
    }

    /// Asks this user onto a seat, or onto any (`M3`). Only the owner and the moderators may do this.
    ///
    /// # Errors
    ///
    /// [`SeatError`]; then nothing was changed.
    pub fn invite(
        &mut self,
        engine: &mut Engine,
        now: Timestamp,
        user: impl Into<UserId>,
        seat: Option<u32>,
    ) -> Result<InvitationKey, SeatError> {
        let (now, user) = (self.advance(now), user.into());
        self.check_allowed(engine)?;
        self.check_free(&user, seat)?;
        let ask = Ask::mine(RequestKind::Invitation, seat);
        self.make_room(engine, &ask)?;
        let invite = Invite::to(&user).timeout(self.config.time_s(ask.kind)).data(ask.data(&self.room));
        let key = engine.invite(now, invite)?;
        self.welcome_back(&user, now);
        self.asks.insert(key.clone(), ask);
        Ok(key)
    }

    /// Takes back an application, or an invitation onto a seat, that was made here.
    ///
    /// # Errors
    ///
    /// [`SeatError::Decided`], [`SeatError::Over`]; then nothing was changed.
    pub fn withdraw(&mut self, engine: &mut Engine, now: Timestamp, request: &InvitationKey) -> Result<(), SeatError> {
        self.advance(now);
        let ask = self.asks.get(request).filter(|ask| ask.is_mine).ok_or(SeatError::Over)?;
        // What was decided a moment ago may not be told yet.
        let verdict = engine.invitation(request).map(|view| ask.verdict(view, &self.config, self.now));
        check_open(verdict.as_ref().or(ask.told.as_ref()))?;
        self.take_back(engine, request, WhyOver::Withdrawn);
        if let Some(ask) = self.asks.get_mut(request) {
            ask.told = Some(Verdict::Over(WhyOver::Withdrawn));
        }
        Ok(())
    }

    /// Accepts or declines: an application, as the owner or a moderator; an invitation onto a seat, as who is asked.
    ///
    /// # Errors
    ///
    /// [`SeatError`]; then nothing was changed.
    ///
    /// ```
    /// use convoke::layer::{Layer, Layered};
    /// use convoke::seats::{SeatEvent, Seats, SeatsConfig};
    /// use convoke::{Answer, Config, Conversation, Engine, Inbound, Seed, Timestamp};
    ///
    /// # let mut phone = Engine::new("ann", Config::default(), Seed::from([7; 16]))?;
    /// # let mut room = Seats::new("live", SeatsConfig::new("olga"));
    /// let mut engine = Engine::new("olga", Config::default(), Seed::from([8; 16]))?;
    /// let mut seats = Seats::new("live", SeatsConfig::new("olga"));
    /// let now = Timestamp::from_millis(0);
    /// # room.handle_attributes(now, 0, []);
    /// # room.apply(&mut phone, now, None)?;
    /// # let Some(Layered::Transmit(wish)) = room.poll(&mut phone, now) else { unreachable!() };
    /// seats.handle_attributes(now, 0, []);
    ///
    /// // What ann's device has sent: `Seats::apply`.
    /// engine.handle_message(now, &Inbound::new("ann", Conversation::C2c("ann".into()), wish.payload));
    /// let mut asked = Vec::new();
    /// while let Some(output) = seats.poll(&mut engine, now) {
    ///     if let Layered::Event(SeatEvent::Asked { request, .. }) = output {
    ///         asked.push(request); // show who asks, and two buttons
    ///     }
    /// }
    /// assert_eq!(asked[0].by(), &"ann");
    /// seats.decide(&mut engine, now, &asked[0].id, Answer::Accept)?; // ann's device then takes the seat
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn decide(
        &mut self,
        engine: &mut Engine,
        now: Timestamp,
        request: &InvitationKey,
        answer: Answer,
    ) -> Result<(), SeatError> {
        let now = self.advance(now);
        let me = engine.user().clone();
        let ask = self.asks.get_mut(request).ok_or(SeatError::Over)?;
        let view = engine.invitation(request).ok_or(SeatError::Over)?;
        check_open(Some(&ask.verdict(view, &self.config, now)))?;
        if ask.kind == RequestKind::Application && !self.config.decides(&me) {
            return Err(SeatError::NotAllowed);
        }
        let data = ask.data(&self.room);
        match answer {
            Answer::Accept => engine.accept(now, request, data)?,
            Answer::Reject => engine.reject(now, request, data)?,
        }
        let is_accepted = answer == Answer::Accept;
        (ask.told, ask.is_stale) = (Some(Verdict::Decided { by: me, is_accepted }), true);
        ask.due = (is_accepted && ask.kind == RequestKind::Invitation).then_some(now + SEATING);
        Ok(())
    }

    /// Gets onto this seat, or onto the first that is free, without asking. Only the owner and the moderators may do this.
    ///
    /// # Errors
    ///
    /// [`SeatError`]; then nothing was changed.
    pub fn take(&mut self, engine: &Engine, now: Timestamp, seat: Option<u32>) -> Result<(), SeatError> {
        self.order(engine, now, Wish::Take { user: engine.user().clone(), seat, request: None })
    }

    /// Gets off the user's seat.
    ///
    /// # Errors
    ///
    /// [`SeatError`]; then nothing was changed.
    pub fn leave(&mut self, engine: &Engine, now: Timestamp) -> Result<(), SeatError> {
        self.advance(now);
        self.free(engine.user())
    }

    /// Changes to another seat.
    ///
    /// # Errors
    ///
    /// [`SeatError`]; then nothing was changed.
    pub fn move_to(&mut self, engine: &Engine, now: Timestamp, seat: u32) -> Result<(), SeatError> {
        self.advance(now);
        self.wish(Wish::Move { user: engine.user().clone(), seat })
    }

    /// Gets somebody off their seat. Only the owner and the moderators may do this.
    ///
    /// # Errors
    ///
    /// [`SeatError`]; then nothing was changed.
    pub fn remove(&mut self, engine: &Engine, now: Timestamp, user: &UserId) -> Result<(), SeatError> {
        self.advance(now);
        self.check_allowed(engine)?;
        self.free(user)
    }

    /// Lets nobody onto a seat. Who is on it stays. Only the owner and the moderators may do this.
    ///
    /// # Errors
    ///
    /// [`SeatError`]; then nothing was changed.
    pub fn lock(&mut self, engine: &Engine, now: Timestamp, seat: u32) -> Result<(), SeatError> {
        self.order(engine, now, Wish::Lock { seat, is_locked: true })
    }

    /// Lets somebody onto a seat again. Only the owner and the moderators may do this.
    ///
    /// # Errors
    ///
    /// [`SeatError`]; then nothing was changed.
    pub fn unlock(&mut self, engine: &Engine, now: Timestamp, seat: u32) -> Result<(), SeatError> {
        self.order(engine, now, Wish::Lock { seat, is_locked: false })
    }

    /// Mutes whoever is on a seat. Only the owner and the moderators may do this.
    ///
    /// # Errors
    ///
    /// [`SeatError`]; then nothing was changed.
    pub fn mute(&mut self, engine: &Engine, now: Timestamp, user: &UserId) -> Result<(), SeatError> {
        self.order(engine, now, Wish::Mute { user: user.clone(), is_muted: true })
    }

    /// Lets them be heard again. Only the owner and the moderators may do this.
    ///
    /// # Errors
    ///
    /// [`SeatError`]; then nothing was changed.
    pub fn unmute(&mut self, engine: &Engine, now: Timestamp, user: &UserId) -> Result<(), SeatError> {
        self.order(engine, now, Wish::Mute { user: user.clone(), is_muted: false })
    }

    /// A wish that only the owner and the moderators may have.
    fn order(&mut self, engine: &Engine, now: Timestamp, wish: Wish) -> Result<(), SeatError> {
        self.advance(now);
        self.check_allowed(engine)?;
        self.wish(wish)
    }

    fn check_allowed(&self, engine: &Engine) -> Result<(), SeatError> {
        if self.config.decides(engine.user()) { Ok(()) } else { Err(SeatError::NotAllowed) }
    }

    /// Whether this user could be given that seat by what is known. For any seat one may wait until somebody leaves.
    fn check_free(&self, user: &UserId, seat: Option<u32>) -> Result<(), WhyNot> {
        if let Some(place) = self.seat_of(user) {
            return Err(WhyNot::AlreadySeated(place));
        }
        match &self.board {
            Some(board) if seat.is_some() => {
                Wish::Take { user: user.clone(), seat, request: None }.plan(&board.seats).map(drop)
            }
            Some(_) | None => Ok(()),
        }
    }

    fn free(&mut self, user: &UserId) -> Result<(), SeatError> {
        if self.board.is_some() && self.seat_of(user).is_none() && !self.is_to_sit(user) {
            return Err(WhyNot::NotSeated.into());
        }
        self.get_off(user, self.now);
        Ok(())
    }

    /// Writes it, unless it cannot be by what is known.
    fn wish(&mut self, wish: Wish) -> Result<(), SeatError> {
        if let Some(board) = &self.board {
            wish.plan(&board.seats)?;
        }
        self.check_room_for_wish()?;
        self.want(wish, self.now);
        Ok(())
    }
}

fn check_open(verdict: Option<&Verdict>) -> Result<(), SeatError> {
    match verdict {
        Some(Verdict::Open) => Ok(()),
        Some(Verdict::Decided { by, .. }) => Err(SeatError::Decided(by.clone())),
        Some(Verdict::Over(_)) | None => Err(SeatError::Over),
    }
}
