//! What the engine tells, and what it comes to. A callback only says that a request has news; how it stands is asked of the engine once all
//! callbacks are heard, so neither their order nor their number matters (`C3`).

use alloc::vec::Vec;
use core::mem;

use super::data::{SeatCommand, SeatData};
use super::event::SeatEvent;
use super::request::{Ask, RequestKind, Verdict, WhyOver};
use super::wish::{WhyNot, Wish};
use super::{SeatError, Seats};
use crate::callback::{Callback, Operation, Outcome};
use crate::config::Profile;
use crate::engine::{Engine, InvitationView};
use crate::id::UserId;
use crate::layer::errands::Deed;
use crate::layer::{Layer, when};
use crate::name::{Conversation, InvitationKey};
use crate::time::Timestamp;
use crate::wake::{Wake, WakeReason};

/// How many applications of others are known at once, and how many of all else: what is asked by or of the user has its own room.
pub(super) const ASKS: usize = 256;

/// How many open ones of one user.
const ASKS_OF_ONE: usize = 4;

impl Layer for Seats {
    type Event = SeatEvent;

    fn handle_callback(&mut self, engine: &mut Engine, now: Timestamp, callback: Callback) -> Option<Callback> {
        self.advance(now);
        let key = callback.invitation();
        if !self.asks.contains_key(key) && !self.is_of_room(engine, key) {
            return Some(callback);
        }
        self.meet(engine, key);
        if matches!(callback, Callback::NewInvitation { .. }) {
            let sent = engine.invitation(key).and_then(|view| view.sent());
            self.hear_from(key, key.inviter(), sent);
        }
        self.hear(callback);
        None
    }

    fn handle_time(&mut self, engine: &mut Engine, now: Timestamp) {
        self.advance(now);
        if self.is_new {
            self.is_new = false;
            self.look_around(engine);
            self.read_first();
        }
        self.expire(engine);
        if self.settle(engine) && mem::take(&mut self.has_passed_over) {
            self.look_around(engine);
            self.settle(engine);
        }
        self.errands.say(engine, self.now);
        self.errands.forget(engine, self.now);
        self.watch_seating(engine.user());
        self.watch_store();
        self.work();
    }

    fn next(&self) -> Wake {
        let seating = self.asks.values().filter_map(|ask| ask.due).filter(|_| self.board.is_some());
        // Something to be done, and not to be polled: as all that is due it waits for the history (`A7`).
        let first = self.is_new.then_some(self.now);
        let waiting = self.asks.values().filter_map(Ask::expiry);
        let due = seating.chain(waiting).chain(self.next_store_due()).chain(self.errands.next_due()).chain(first).min();
        match due {
            _ if !self.events.is_empty() => Wake::Poll,
            Some(due) => Wake::At(due, WakeReason::Layer),
            None => Wake::Never,
        }
    }

    fn poll_event(&mut self) -> Option<SeatEvent> {
        self.events.pop_front()
    }
}

impl Seats {
    fn hear(&mut self, callback: Callback) {
        let Some(ask) = self.asks.get_mut(callback.invitation()) else { return };
        ask.is_stale = true;
        match callback {
            Callback::OperationFailed { operation: Operation::Invite, code, .. } => {
                ask.over = Some(WhyOver::NotSent(code));
            }
            Callback::OperationFailed {
                operation: Operation::Accept | Operation::Reject, invitation, code, ..
            } => {
                ask.due = None;
                self.events.push_back(SeatEvent::NotSent { request: invitation, code });
            }
            // A cancel is said again.
            Callback::OperationFailed { .. }
            | Callback::NewInvitation { .. }
            | Callback::InviteeAccepted { .. }
            | Callback::InviteeRejected { .. }
            | Callback::InvitationCancelled { .. }
            | Callback::InvitationTimeout { .. }
            | Callback::InvitationModified { .. }
            | Callback::InviteeLeft { .. }
            | Callback::Missed { .. }
            | Callback::LateAnswer { .. }
            | Callback::AnsweredElsewhere { .. }
            | Callback::Ended { .. } => {}
        }
    }

    /// Takes in what the engine knows of this room (`M6`).
    pub(super) fn look_around(&mut self, engine: &Engine) {
        let ours = engine.invitations().map(|view| view.key()).filter(|key| self.is_of_room(engine, key));
        for key in ours.cloned().collect::<Vec<_>>() {
            self.meet(engine, &key);
        }
    }

    /// Whether an invitation is about a seat of this room.
    pub(super) fn is_of_room(&self, engine: &Engine, key: &InvitationKey) -> bool {
        let is_here = key.conversation().group().is_none_or(|group| *group == self.room);
        let data = engine.invitation(key).and_then(|view| read(&view));
        is_here && data.is_some_and(|data| data.room == self.room && !matches!(data.command, SeatCommand::Other(_)))
    }

    /// A request of which nothing is known here yet; if it is one: what is asked by or of somebody who has no say is nothing.
    fn meet(&mut self, engine: &Engine, key: &InvitationKey) {
        let is_known = self.asks.contains_key(key) || self.errands.deed(key).is_some();
        let view = engine.invitation(key).filter(|_| !is_known);
        let Some((view, data)) = view.and_then(|view| Some((view, read(&view)?))) else {
            return;
        };
        let kind = match (data.command, key.conversation()) {
            (SeatCommand::TakeSeat, _) if view.invitees().iter().any(|user| self.config.decides(user)) => {
                RequestKind::Application
            }
            (SeatCommand::PickSeat, Conversation::C2c(_))
                if self.config.decides(key.inviter()) && key.inviter() != engine.user() =>
            {
                RequestKind::Invitation
            }
            (SeatCommand::TakeSeat | SeatCommand::PickSeat | SeatCommand::Other(_), _) => return,
        };
        let theirs = self.asks.iter().filter(|(other, ask)| other.inviter() == key.inviter() && !ask.is_settled());
        let ask = Ask::heard(kind, data.seat, view, &self.config, self.now);
        if ask.is_past(self.now) {
            return;
        }
        if theirs.count() < ASKS_OF_ONE && self.make_room(engine, &ask).is_ok() {
            self.asks.insert(key.clone(), ask);
        } else {
            self.has_passed_over = true;
        }
    }

    /// One that is over makes room for one that is not.
    pub(super) fn make_room(&mut self, engine: &Engine, new: &Ask) -> Result<(), SeatError> {
        let alike = || self.asks.iter().filter(|(_, ask)| ask.is_of_others() == new.is_of_others());
        if alike().count() >= ASKS {
            let is_open = |key: &InvitationKey| engine.invitation(key).is_some_and(|view| view.is_open());
            let over = alike().find(|(key, ask)| !ask.is_open() && ask.due.is_none() && !is_open(key));
            let over = over.map(|(key, _)| key.clone()).ok_or(SeatError::TooMany)?;
            self.asks.remove(&over);
        }
        Ok(())
    }

    /// Tells how those requests stand of which there is news. Whether any stands otherwise than before: what is over makes room.
    fn settle(&mut self, engine: &mut Engine) -> bool {
        // Under the web profile nobody is called back of what others are asked (`R2`).
        let is_blind = engine.config().profile == Profile::Web;
        let has_news = |key: &InvitationKey, ask: &Ask| {
            ask.may_change() || (is_blind && ask.is_open()) || engine.invitation(key).is_none()
        };
        let news: Vec<InvitationKey> =
            self.asks.iter().filter(|(key, ask)| has_news(key, ask)).map(|(key, _)| key.clone()).collect();
        let mut is_any_changed = false;
        for key in &news {
            let Some(ask) = self.asks.get_mut(key) else { continue };
            let view = engine.invitation(key);
            let verdict = match view {
                Some(view) => ask.verdict(view, &self.config, self.now),
                None if ask.is_open() => Verdict::Over(ask.over.unwrap_or(WhyOver::Expired)),
                None => {
                    self.asks.remove(key);
                    is_any_changed = true;
                    continue;
                }
            };
            // The stamp of one's own answer comes with its fate.
            ask.is_stale = view.is_some_and(|view| view.is_in_flight());
            let before = ask.told.replace(verdict.clone());
            if before.as_ref() != Some(&verdict) {
                is_any_changed = true;
                self.tell(engine, key, before.as_ref(), &verdict);
                self.carry_out(key, before.as_ref(), &verdict);
            }
            self.close(engine, key);
        }
        is_any_changed
    }

    fn tell(&mut self, engine: &Engine, key: &InvitationKey, before: Option<&Verdict>, verdict: &Verdict) {
        let Some(ask) = self.asks.get_mut(key) else { return };
        let request = ask.request(key);
        let left = engine.invitation(key).and_then(|view| view.time_left(self.now));
        let has_time = left.is_none_or(|left| left >= engine.config().min_ring);
        let event = match verdict {
            // With too little time left nothing begins to ring (`T8`); it can still be answered.
            Verdict::Open if request.kind == RequestKind::Invitation && !has_time => return,
            // What was over when it came does not flash; but who was asked onto a seat may want to know.
            Verdict::Decided { .. } | Verdict::Over(_)
                if before.is_none() && request.kind == RequestKind::Application =>
            {
                return;
            }
            Verdict::Decided { by, .. } if before.is_none() && by == engine.user() => return,
            // What is over is declined by itself, or by who has not seen it yet.
            Verdict::Decided { is_accepted: false, .. } if matches!(before, Some(Verdict::Over(_))) => return,
            Verdict::Open => SeatEvent::Asked { request },
            Verdict::Decided { by, is_accepted } => {
                let answered = engine.invitation(key).and_then(|view| when(&view, view.answer_stamp(by.as_str())?));
                self.hear_from(key, by, answered);
                SeatEvent::Decided { request, by: by.clone(), is_accepted: *is_accepted }
            }
            Verdict::Over(why) => {
                ask.due = None;
                SeatEvent::Over { request, why: *why }
            }
        };
        self.events.push_back(event);
    }

    /// The side that asked gives the seat once that is accepted (`M2`, `M3`), and takes it back where it turns out not to be.
    fn carry_out(&mut self, key: &InvitationKey, before: Option<&Verdict>, verdict: &Verdict) {
        let Some(ask) = self.asks.get(key).filter(|ask| ask.is_mine) else { return };
        let wish = ask.wish(key);
        match (before.is_some_and(Verdict::is_yes), verdict.is_yes()) {
            (false, true) => self.want(wish, self.now),
            (true, false) => self.undo(wish),
            (true, true) | (false, false) => {}
        }
    }

    /// What was accepted turns out not to be.
    fn undo(&mut self, wish: Wish) {
        let Wish::Take { user, request: Some(request), .. } = &wish else { return };
        self.wishes.retain(|pending| pending.wish != wish);
        let is_written = self.asks.get(request).is_some_and(|ask| ask.is_carried_out);
        let is_being_written = self.writing.as_ref().is_some_and(|writing| writing.pending.wish == wish);
        // Before the attributes are read, nobody knows what a write came to that a crash cut short.
        if is_written || is_being_written || self.board.is_none() {
            self.get_off(user, self.now);
        }
    }

    /// The applicant tells those who have not decided that it is done: whom the cancel lists, decide no more (`M2`).
    fn close(&mut self, engine: &mut Engine, key: &InvitationKey) {
        let Some(ask) = self.asks.get(key).filter(|ask| ask.is_mine && !ask.is_open()) else { return };
        let is_asked = |(_, outcome)| outcome == Outcome::Pending;
        if engine.invitation(key).is_some_and(|view| view.outcomes().any(is_asked)) && self.errands.deed(key).is_none()
        {
            self.errands.add(engine, self.now, key, Deed::Cancel(ask.data(&self.room)));
        }
    }

    /// Who accepted an invitation and is on no seat in time, is told so: who invited may be gone.
    fn watch_seating(&mut self, me: &UserId) {
        if self.board.is_none() {
            return; // nobody knows who sits where
        }
        let (now, is_seated) = (self.now, self.seat_of(me).is_some());
        for (key, ask) in &mut self.asks {
            if ask.due.take_if(|due| is_seated || *due <= now).is_some() && !is_seated {
                let wish = Wish::Take { user: me.clone(), seat: ask.seat, request: Some(key.clone()) };
                self.events.push_back(SeatEvent::NotDone { wish, why: WhyNot::NotInTime });
            }
        }
    }
}

/// What an invitation asks for: its first words say that, whatever they are edited to.
pub(super) fn read(view: &InvitationView<'_>) -> Option<SeatData> {
    SeatData::read(view.first_data().as_str())
}
