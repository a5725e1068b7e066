//! What the engine tells of an invitation that is no part of the call that goes on.

use alloc::vec::Vec;

use super::data::{CallData, Command, RoomId};
use super::event::{CallEvent, EndReason};
use super::live::{Heard, Link, Member};
use super::state::State;
use super::{Call, Calls, say};
use crate::callback::{Callback, Outcome};
use crate::engine::{Engine, InvitationView};
use crate::id::{GroupId, UserId};
use crate::layer::errands::Deed;
use crate::message::Stamp;
use crate::name::{Conversation, InvitationKey};
use crate::time::Timestamp;

/// How many invitations are forgotten with the call that is over: what else is to be said of others has its place beside them.
const FORGOTTEN_AT_ONCE: usize = 8;

impl Calls {
    /// Gives back what is about no call.
    pub(super) fn overhear(&mut self, engine: &mut Engine, callback: Callback) -> Option<Callback> {
        let key = callback.invitation().clone();
        let errand = self.errands.deed(&key);
        let Some(data) = engine.invitation(&key).and_then(read) else {
            return errand.is_none().then_some(callback);
        };
        let is_call = data.command == Command::Call;
        match callback {
            Callback::NewInvitation { invitees, deadline, .. } => {
                self.hear_new(engine, Heard { key: &key, invitees: &invitees, data: &data }, deadline);
            }
            Callback::Missed { invitees, reason, .. } if is_call => {
                self.miss(engine, Heard { key: &key, invitees: &invitees, data: &data }, reason);
            }
            Callback::Ended { outcomes, .. } if is_call && errand.is_none() => {
                self.hear_end_of_others(engine, &key, &data, &outcomes);
            }
            Callback::LateAnswer { invitee, .. } | Callback::InviteeAccepted { invitee, .. }
                if is_call && matches!(errand, Some(Deed::Cancel(_))) =>
            {
                self.hear_late_answer(engine, &key, invitee);
            }
            Callback::Missed { .. }
            | Callback::LateAnswer { .. }
            | Callback::InviteeAccepted { .. }
            | Callback::InviteeRejected { .. }
            | Callback::InvitationCancelled { .. }
            | Callback::InvitationTimeout { .. }
            | Callback::InvitationModified { .. }
            | Callback::InviteeLeft { .. }
            | Callback::AnsweredElsewhere { .. }
            | Callback::OperationFailed { .. }
            | Callback::Ended { .. } => {}
        }
        None
    }

    fn hear_new(&mut self, engine: &mut Engine, heard: Heard<'_>, deadline: Option<Timestamp>) {
        match &heard.data.command {
            Command::Call if heard.invitees.contains(engine.user()) => self.hear_call(engine, heard, deadline),
            Command::Call => self.hear_call_of_others(engine, heard, deadline),
            Command::HangUp => {
                let said = engine.invitation(heard.key).and_then(|view| view.stamp().cloned());
                self.forget(engine, heard.key);
                self.hear_hang_up(engine, heard, said.as_ref());
            }
            Command::SyncInfo => {
                self.forget(engine, heard.key);
                self.hear_news(engine, heard);
            }
            Command::Switch(media) => self.hear_switch(engine, heard.key, heard.invitees, *media),
            Command::Other(_) => {}
        }
    }

    /// It waits for no answer.
    fn forget(&self, engine: &mut Engine, key: &InvitationKey) {
        engine.dismiss(self.now, key).ok(); // else it is forgotten at the end of its life
    }

    /// In a group somebody calls others: into the user's call, or into one that the user might join.
    fn hear_call_of_others(&mut self, engine: &Engine, heard: Heard<'_>, deadline: Option<Timestamp>) {
        let Heard { key, invitees, data } = heard;
        let Some(group) = key.conversation().group() else { return };
        let until = self.rings_until();
        let is_here =
            |call: &&mut Call| call.group.as_ref() == Some(group) && call.room == data.room && !data.has_odd_room();
        if let Some(call) = self.call.as_mut().filter(is_here) {
            // Of an invitation without a time nobody would say that it is over.
            if deadline.is_some() && say::link(engine, call, key, Link::Call) {
                invitees.iter().for_each(|user| call.expect(user, until));
            }
            return;
        }
        let (group, by, media, room) = (group.clone(), key.inviter().clone(), data.media, data.room);
        self.events.push_back(CallEvent::InGroup { group, by, media, room });
    }

    /// Those who are called already into the call of the group that the user enters, or is called into: they may come (`K9`).
    pub(super) fn know_others(&self, engine: &Engine, call: &mut Call) {
        let Some(group) = call.group.clone() else { return };
        let (me, until) = (engine.user(), self.rings_until());
        let waits_for_others = |view: &InvitationView<'_>| {
            let is_timed = view.is_open() && view.deadline().is_some();
            is_timed && view.key().inviter() != me && view.outcome_of(me.as_str()).is_none()
        };
        for view in calls_of(engine, &group, call.room, waits_for_others) {
            if !call.links.contains_key(view.key()) && say::link(engine, call, view.key(), Link::Call) {
                let called = view.outcomes().filter(|(_, outcome)| *outcome == Outcome::Pending);
                called.for_each(|(user, _)| call.expect(user, until));
            }
        }
    }

    /// An invitation of others in a group has ended without anybody who came; so has the call, unless it goes on by another one.
    fn hear_end_of_others(
        &mut self,
        engine: &Engine,
        key: &InvitationKey,
        data: &CallData,
        outcomes: &[(UserId, Outcome)],
    ) {
        let is_of_others = key.inviter() != engine.user() && outcomes.iter().all(|(user, _)| user != engine.user());
        let has_nobody_come = outcomes.iter().all(|(_, outcome)| *outcome != Outcome::Accepted);
        let Some(group) = key.conversation().group().filter(|_| is_of_others && has_nobody_come) else { return };
        if self.is_in(group, data.room) {
            return;
        }
        let goes_on = |other: &InvitationView<'_>| other.key() != key && has_or_awaits_somebody(other);
        if calls_of(engine, group, data.room, goes_on).next().is_none() {
            self.events.push_back(CallEvent::OverInGroup { group: group.clone(), room: data.room });
        }
    }

    /// Somebody says that the call is over (`K8`). A call that was not answered is cancelled, or declined: of that it is not meant; nor
    /// of one into which nobody was called yet when they said so.
    fn hear_hang_up(&mut self, engine: &mut Engine, Heard { key, data, .. }: Heard<'_>, said: Option<&Stamp>) {
        let (by, group) = (key.inviter(), key.conversation().group());
        let is_meant = |call: &&Call| {
            let is_answered = matches!(call.state, State::Connecting | State::Connected);
            let is_here = data.room.is_none() || data.room == call.room;
            let is_by_member = call.group.as_ref() == group && call.members.contains_key(by);
            is_answered && is_here && is_by_member && !say::is_called_since(engine, call, said)
        };
        match (self.call.as_ref().filter(is_meant), group) {
            // In a group the last one who leaves says it: while others are there it is of another call, or wrong.
            (Some(call), Some(_)) if call.has_others_than(Some(by)) => {}
            // Who waits for others goes on to.
            (Some(call), Some(_)) if call.goes_on_without(by) => self.lose(engine, by, EndReason::HungUp(by.clone())),
            (Some(call), Some(group)) => {
                let room = data.room.or(call.room);
                self.forget_over(engine, group, room);
                self.close(engine, EndReason::HungUp(by.clone()));
            }
            (Some(_), None) => self.lose(engine, by, EndReason::HungUp(by.clone())),
            // Of the call that the user is in, or called into, it is not meant.
            (None, Some(group)) if self.is_in(group, data.room) => {}
            (None, Some(group)) => self.hear_over(engine, by, group, data.room, said),
            (None, None) => {}
        }
    }

    /// Somebody says of a call in which the user is not that it is over (`K2`). Who neither called nor was called into it can have joined
    /// it, or be wrong: while others are awaited they are, and for their word nothing is forgotten. Nor is it over if somebody was called
    /// into it since.
    fn hear_over(
        &mut self,
        engine: &mut Engine,
        by: &UserId,
        group: &GroupId,
        room: Option<RoomId>,
        said: Option<&Stamp>,
    ) {
        let goes_on = |view: &InvitationView<'_>| said.is_some() && view.stamp() > said && has_or_awaits_somebody(view);
        if calls_of(engine, group, room, goes_on).next().is_some() {
            return;
        }
        let has_part = |view: &InvitationView<'_>| {
            view.key().inviter() == by || view.outcome_of(by.as_str()) == Some(Outcome::Accepted)
        };
        let awaits_another = |view: &InvitationView<'_>| {
            let mut awaited = view.outcomes().filter(|(_, outcome)| *outcome == Outcome::Pending);
            view.deadline().is_some() && awaited.any(|(user, _)| user != by)
        };
        if calls_of(engine, group, room, has_part).next().is_some() {
            self.forget_over(engine, group, room);
        } else if calls_of(engine, group, room, awaits_another).next().is_some() {
            return;
        }
        self.events.push_back(CallEvent::OverInGroup { group: group.clone(), room });
    }

    /// The call in this room is over: who came to it is no sign that the next one there goes on.
    pub(super) fn forget_over(&mut self, engine: &mut Engine, group: &GroupId, room: Option<RoomId>) {
        let is_free = |key: &InvitationKey| {
            let is_of_call = |call: &Call| call.group.as_ref() == Some(group) && call.room != room;
            let is_linked =
                self.call.as_ref().filter(|call| is_of_call(call)).is_some_and(|call| call.links.contains_key(key));
            !is_linked && matches!(self.errands.deed(key), None | Some(Deed::Reject(_)))
        };
        let is_over =
            |view: &InvitationView<'_>| !view.is_open() && has_or_awaits_somebody(view) && is_free(view.key());
        let over = calls_of(engine, group, room, is_over).take(FORGOTTEN_AT_ONCE);
        let over: Vec<InvitationKey> = over.map(|view| view.key().clone()).collect();
        for key in over {
            self.errands.add(engine, self.now, &key, Deed::Forget);
        }
    }

    /// Somebody answered a call that is over: they learn that it is (`K7`). In a group it goes on for the others, and who comes late
    /// finds them, or an empty room.
    pub(super) fn hear_late_answer(&mut self, engine: &mut Engine, key: &InvitationKey, who: UserId) {
        // Who is in another call with the user by now would take it for that one's.
        let is_in_another = self.call.as_ref().is_some_and(|call| call.members.contains_key(&who));
        if matches!(key.conversation(), Conversation::C2c(_)) && !is_in_another {
            let mut data = CallData::new(Command::HangUp, say::media_of(engine, key));
            data.call_end = Some(0);
            self.say(engine, who, &data);
        }
    }

    /// The caller says how one of the others stands (`K10`).
    fn hear_news(&mut self, engine: &mut Engine, Heard { key, data, .. }: Heard<'_>) {
        let Some(call) = self.call.as_ref().filter(|call| call.group.is_none()) else { return };
        if !call.linked(Link::Call).any(|link| link.inviter() == key.inviter()) {
            return;
        }
        let word = data.cmd_info.as_deref().unwrap_or_default();
        for who in data.user_ids.iter().flatten().filter(|who| *who != key.inviter()) {
            let member = self.call.as_ref().and_then(|call| call.members.get(who)).copied();
            match EndReason::of_word(word, who) {
                _ if member.is_none() => {}
                // Who is seen there is there: they came back before this was said, or it is not true.
                Some(_) if member == Some(Member::InRoom) => {}
                Some(reason) => self.lose(engine, who, reason),
                None if word == EndReason::COMING => self.await_member(who),
                None => {}
            }
        }
    }
}

/// What an invitation says now, if its first words are a call's: whose they are does not change with an edit.
fn read(view: InvitationView<'_>) -> Option<CallData> {
    let first = CallData::read(view.first_data().as_str()).filter(|data| !matches!(data.command, Command::Other(_)))?;
    let is_edited = view.data() != view.first_data();
    Some(if is_edited { CallData::read(view.data().as_str()).unwrap_or(first) } else { first })
}

/// What is remembered that calls somebody into a room of a group, and is wanted. A room that is not said is every one.
fn calls_of<'a>(
    engine: &'a Engine,
    group: &'a GroupId,
    room: Option<RoomId>,
    is_wanted: impl Fn(&InvitationView<'a>) -> bool,
) -> impl Iterator<Item = InvitationView<'a>> {
    let is_into = move |data: CallData| data.command == Command::Call && (room.is_none() || data.room == room);
    let in_group = engine.remembered().filter(move |view| view.key().conversation().group() == Some(group));
    // The data can be long, and is read last.
    in_group.filter(is_wanted).filter(move |view| CallData::read(view.data().as_str()).is_some_and(is_into))
}

/// Of an invitation without a time nobody would say that it is over.
fn has_or_awaits_somebody(view: &InvitationView<'_>) -> bool {
    view.outcomes().any(|(_, outcome)| match outcome {
        Outcome::Accepted => true,
        Outcome::Pending => view.deadline().is_some(),
        Outcome::Rejected | Outcome::TimedOut | Outcome::Cancelled | Outcome::Left => false,
    })
}
