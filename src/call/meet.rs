//! A call that comes: it rings, or meets another call (`K4` to `K6`).

use alloc::vec::Vec;

use super::Calls;
use super::data::{CallData, Command};
use super::event::{CallEvent, CallId, EndReason};
use super::live::{Call, Heard, Link, Member};
use super::say;
use super::state::{State, Step};
use crate::callback::{MissedReason, Outcome};
use crate::engine::{Engine, InvitationView};
use crate::id::UserId;
use crate::name::InvitationKey;
use crate::time::Timestamp;

/// What a call that comes is to the one that goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Meeting {
    /// There is none.
    Free,
    /// It is into the same room of the same group (`K4`).
    Same,
    /// Both call each other, and the user's call is the one that goes on (`K5`).
    TheirsGivesWay,
    OursGivesWay,
    /// The other one has lost the call that goes on (`K6`).
    Anew,
    /// Any other.
    Busy,
}

impl Calls {
    /// Somebody calls the user.
    pub(super) fn hear_call(&mut self, engine: &mut Engine, call: Heard<'_>, deadline: Option<Timestamp>) {
        if self.call.is_some() && !say::is_called(engine, call.key, engine.user()) {
            return self.miss_what_is_over(engine, call);
        }
        match self.meeting(engine, call) {
            Meeting::Free => self.ring(engine, call),
            Meeting::Same => self.attach(engine, call, deadline),
            Meeting::TheirsGivesWay => {
                if let Some(live) = &mut self.call {
                    say::link(engine, live, call.key, Link::GivesWay);
                }
            }
            Meeting::OursGivesWay if self.may_answer(call) => self.give_way(engine, call),
            Meeting::OursGivesWay => self.ring_instead(engine, call, EndReason::Glare),
            Meeting::Anew => self.ring_instead(engine, call, EndReason::Superseded),
            Meeting::Busy => self.refuse(engine, call),
        }
    }

    fn meeting(&self, engine: &Engine, Heard { key, data, .. }: Heard<'_>) -> Meeting {
        let Some(live) = &self.call else { return if self.is_busy { Meeting::Busy } else { Meeting::Free } };
        if live.group.as_ref() != key.conversation().group() {
            return Meeting::Busy;
        }
        if live.group.is_some() {
            return if live.room == data.room && !data.has_odd_room() { Meeting::Same } else { Meeting::Busy };
        }
        let by = key.inviter();
        let is_dialing = live.state == State::Dialing;
        // Who has declined calls anew.
        let is_lost = live.members.get(by) == Some(&Member::Gone);
        let is_calling = |mine: &InvitationKey| (is_dialing && !is_lost) || say::is_called(engine, mine, by);
        match own_call(live, key) {
            Some(mine) if is_calling(mine) && is_before(mine, key) => Meeting::TheirsGivesWay,
            Some(_) if is_dialing && live.peer() == Some(by) => Meeting::OursGivesWay,
            Some(mine) if was_accepted_after(engine, mine, key) => Meeting::TheirsGivesWay,
            Some(_) | None if live.is_between_two(by) || live.peer() == Some(by) => Meeting::Anew,
            Some(_) | None => Meeting::Busy,
        }
    }

    fn ring(&mut self, engine: &Engine, heard: Heard<'_>) {
        let until = self.rings_until();
        let mut call = Call::of(CallId(self.count), self.now, engine.user(), heard, until);
        call.links.insert(heard.key.clone(), Link::Call);
        call.due = Some(until);
        call.step(Step::Ring);
        let by = heard.key.inviter().clone();
        self.know_others(engine, &mut call);
        let others = call.members.keys().filter(|user| **user != by).cloned().collect();
        let (group, media, room) = (call.group.clone(), call.media, call.room);
        let call = self.begin(call);
        self.events.push_back(CallEvent::Ringing { call, by, group, others, media, room });
    }

    /// In the place of the call that goes on; what gave way to that one has no part in this one.
    fn ring_instead(&mut self, engine: &mut Engine, heard: Heard<'_>, reason: EndReason) {
        let gave_way = self.call.iter().flat_map(|live| live.linked(Link::GivesWay)).filter(|key| *key != heard.key);
        let gave_way: Vec<InvitationKey> = gave_way.cloned().collect();
        self.close(engine, reason);
        for key in gave_way {
            let excuse = say::excuse(engine, &key, true);
            self.errands.add(engine, self.now, &key, excuse);
        }
        self.errands.say(engine, self.now);
        self.ring(engine, heard);
    }

    /// The device has another call, or the user is busy (`K4`).
    fn refuse(&mut self, engine: &mut Engine, heard: Heard<'_>) {
        let excuse = say::excuse(engine, heard.key, true);
        self.errands.add(engine, self.now, heard.key, excuse);
        self.errands.say(engine, self.now);
        self.log(engine, heard, EndReason::Busy(engine.user().clone()));
    }

    /// Whether the other's call may be answered without a word of the user: not if it would show more than the user's own.
    fn may_answer(&self, heard: Heard<'_>) -> bool {
        self.config.answers_glare && self.call.as_ref().is_some_and(|live| heard.data.media <= live.media)
    }

    /// Another invitation into the call of a group: answered as the call is.
    fn attach(&mut self, engine: &mut Engine, Heard { key, invitees, .. }: Heard<'_>, deadline: Option<Timestamp>) {
        let (now, due, until) = (self.now, self.now + self.config.connecting, self.rings_until());
        let Some(live) = &mut self.call else { return };
        let link = if live.state == State::Ringing { Link::Call } else { Link::Further };
        // Where the user's own take up all the room, it runs out of time.
        if !say::link(engine, live, key, link) {
            return;
        }
        // Of an invitation without a time nobody would say that it is over.
        for user in invitees.iter().filter(|user| *user != engine.user() && deadline.is_some()) {
            live.expect(user, until);
        }
        live.await_member(key.inviter(), due);
        // What cannot be said runs out of time, and the call goes on.
        let (call, media, room) = (live.id, live.media, live.room);
        let is_dialing = live.state == State::Dialing;
        if live.state != State::Ringing && say::accept(engine, now, live).is_ok() {
            live.answer(now, due);
            if is_dialing {
                self.events.push_back(CallEvent::Answered { call, by: key.inviter().clone(), media, room });
            }
            self.connect();
        }
    }

    /// Both call each other, and the other's call is the one that goes on: the user's is withdrawn without a word, and theirs answered.
    fn give_way(&mut self, engine: &mut Engine, Heard { key, data, .. }: Heard<'_>) {
        let (now, due) = (self.now, self.now + self.config.connecting);
        let Some(live) = &mut self.call else { return };
        for mine in live.linked(Link::Call) {
            let withdrawal = say::withdrawal(engine, mine);
            self.errands.add(engine, now, mine, withdrawal);
        }
        live.links.clear();
        live.switched = None;
        live.name_others(engine.user(), data);
        live.links.insert(key.clone(), Link::Call);
        live.media = data.media;
        live.move_to(data.room);
        if say::accept(engine, now, live).is_err() {
            return self.end(engine, EndReason::NoResponse);
        }
        live.answer(now, due);
        live.await_member(key.inviter(), due);
        let (call, by, media, room) = (live.id, key.inviter().clone(), live.media, live.room);
        self.events.push_back(CallEvent::Answered { call, by, media, room });
        self.connect();
    }

    /// A call of which no callback has told: it was pushed, or gave way to one that did not come about (`K5`). So it rings now, if it has
    /// the time (`T8`).
    pub(super) fn ring_after_all(&mut self, engine: &mut Engine, key: &InvitationKey) {
        let Some(view) = engine.invitation(key).filter(|_| say::is_called(engine, key, engine.user())) else { return };
        let (invitees, deadline) = (view.invitees().to_vec(), view.deadline());
        let is_too_late = view.time_left(self.now).is_some_and(|left| left < engine.config().min_ring);
        let Some(data) = call_of(&view) else { return };
        let heard = Heard { key, invitees: &invitees, data: &data };
        if is_too_late {
            self.miss(engine, heard, MissedReason::TooLittleTime);
        } else {
            self.hear_call(engine, heard, deadline);
        }
    }

    /// A pushed call that was over before the push came.
    pub(super) fn miss_after_all(&mut self, engine: &Engine, key: &InvitationKey) {
        let Some(view) = engine.invitation(key) else { return };
        if let Some(data) = call_of(&view) {
            self.miss_what_is_over(engine, Heard { key, invitees: view.invitees(), data: &data });
        }
    }

    /// A call that never rang. One that gave way to the user's was withdrawn for that, and nobody has missed it (`K5`).
    pub(super) fn miss(&mut self, engine: &Engine, heard: Heard<'_>, reason: MissedReason) {
        // Into the call that the user is in: nobody has missed that (`K4`).
        if heard.key.conversation().group().is_some_and(|group| self.is_in(group, heard.data.room)) {
            return;
        }
        let reason = match reason {
            MissedReason::Cancelled if self.has_given_way(engine, heard.key) => return,
            MissedReason::Cancelled => EndReason::Cancelled,
            MissedReason::TimedOut | MissedReason::TooLittleTime => EndReason::NoResponse,
        };
        self.log(engine, heard, reason);
    }

    /// Whether it was withdrawn for a call that the user has made at the same time, on whichever device (`K5`).
    pub(super) fn has_given_way(&self, engine: &Engine, key: &InvitationKey) -> bool {
        let live = self.call.as_ref().filter(|live| live.group.is_none());
        let is_here = live.and_then(|live| own_call(live, key)).is_some_and(|mine| is_before(mine, key));
        let is_elsewhere = |view: &InvitationView<'_>| {
            let mine = view.key();
            mine.conversation() == key.conversation()
                && mine.inviter() == engine.user()
                && is_before(mine, key)
                && call_of(view).is_some()
                && (say::is_called(engine, mine, key.inviter()) || was_accepted_after(engine, mine, key))
        };
        is_here || (key.conversation().group().is_none() && engine.remembered().any(|view| is_elsewhere(&view)))
    }

    /// Their own call gave way to one that goes on without them: so it finds the user busy (`K4`, `K5`).
    pub(super) fn refuse_what_gave_way(&mut self, engine: &mut Engine, by: &UserId) {
        let Some(call) = &mut self.call else { return };
        let Some(key) = call.linked(Link::GivesWay).find(|key| key.inviter() == by).cloned() else { return };
        call.links.remove(&key);
        let Some(view) = engine.invitation(&key).filter(|_| say::is_called(engine, &key, engine.user())) else {
            return;
        };
        let (invitees, data) = (view.invitees().to_vec(), call_of(&view));
        if let Some(data) = data {
            self.refuse(engine, Heard { key: &key, invitees: &invitees, data: &data });
        }
    }

    /// It was settled before it was heard of: what goes on is not given up for it.
    fn miss_what_is_over(&mut self, engine: &Engine, heard: Heard<'_>) {
        match say::outcome(engine, heard.key, engine.user()) {
            Some(Outcome::Cancelled) => self.miss(engine, heard, MissedReason::Cancelled),
            Some(Outcome::TimedOut) => self.miss(engine, heard, MissedReason::TimedOut),
            Some(Outcome::Pending | Outcome::Accepted | Outcome::Rejected | Outcome::Left) | None => {}
        }
    }

    fn log(&mut self, engine: &Engine, heard: Heard<'_>, reason: EndReason) {
        let sent = engine.invitation(heard.key).and_then(|view| view.sent()).unwrap_or(self.now);
        let call = Call::of(CallId(self.count), sent.min(self.now), engine.user(), heard, self.now);
        self.count = self.count.wrapping_add(1);
        self.events.push_back(CallEvent::Ended(call.record(reason, self.now)));
    }
}

fn call_of(view: &InvitationView<'_>) -> Option<CallData> {
    CallData::read(view.data().as_str()).filter(|data| data.command == Command::Call)
}

/// The user's own invitation into the call, if it goes to who has sent this one.
fn own_call<'a>(live: &'a Call, key: &InvitationKey) -> Option<&'a InvitationKey> {
    let is_mine = |mine: &&InvitationKey| mine.conversation() == key.conversation() && mine.inviter() != key.inviter();
    live.linked(Link::Call).find(is_mine)
}

/// Of the calls that gave way to the user's the one that still rings, if the user's is over.
pub(super) fn what_gave_way(engine: &Engine, call: &Call) -> Option<InvitationKey> {
    // Who has accepted the user's withdraws their own.
    let is_withdrawn =
        |key: &InvitationKey| own_call(call, key).is_some_and(|mine| say::has_accepted(engine, mine, key.inviter()));
    call.linked(Link::GivesWay).find(|key| !is_withdrawn(key)).cloned()
}

/// Whether they had called already when they accepted the user's: their call gave way, and was longer on its way (`K5`).
fn was_accepted_after(engine: &Engine, mine: &InvitationKey, theirs: &InvitationKey) -> bool {
    let accepted = engine.invitation(mine).filter(|_| say::has_accepted(engine, mine, theirs.inviter()));
    let accepted = accepted.and_then(|view| view.answer_stamp(theirs.inviter().as_str()));
    let called = engine.invitation(theirs).and_then(|view| view.stamp());
    // Of two messages of one moment the ids say nothing, and nobody accepts, crashes and calls anew within it.
    called.zip(accepted).is_some_and(|(called, accepted)| called.time <= accepted.time)
}

/// In the order of their bytes, which is the same for both.
fn is_before(mine: &InvitationKey, theirs: &InvitationKey) -> bool {
    mine.invite_id() < theirs.invite_id()
}
