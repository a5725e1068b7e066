//! A call that goes on: who is in it, by which invitations, and since when. Knows of no engine.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::data::{CallData, Media, RoomId};
use super::event::{CallId, CallRecord, CallRole, EndReason};
use super::state::{State, Step};
use crate::id::{GroupId, UserId};
use crate::name::InvitationKey;
use crate::pairs;
use crate::time::{Millis, Timestamp};

/// How many invitations may belong to one call: more are as good as none.
pub(super) const LINKS: usize = 64;

/// How many are remembered who are called into the call of a group, and how many who are gone: others call whom they like, and invent
/// them (`W9`).
const ABSENT: usize = 64;

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Call {
    pub(super) id: CallId,
    pub(super) role: CallRole,
    pub(super) state: State,
    /// Where, if not between users.
    pub(super) group: Option<GroupId>,
    pub(super) media: Media,
    /// The invitation by which the media are what they are, and what they were before (`K11`).
    pub(super) switched: Option<(InvitationKey, Media)>,
    pub(super) room: Option<RoomId>,
    /// Everybody but the user.
    pub(super) members: BTreeMap<UserId, Member>,
    #[serde(with = "pairs")]
    pub(super) links: BTreeMap<InvitationKey, Link>,
    /// The user's own media is in the room.
    pub(super) is_in_room: bool,
    pub(super) started: Timestamp,
    pub(super) answered: Option<Timestamp>,
    /// Since when two are in the room.
    pub(super) connected: Option<Timestamp>,
    /// When the app was last there, if it has crashed in it since and two are not in the room again (`K8`).
    pub(super) crashed: Option<Timestamp>,
    /// Until when it rings, whatever its invitation says; or until when the media must be there.
    pub(super) due: Option<Timestamp>,
}

/// How another one stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Member {
    /// Called, with an invitation that is known here; and waited for until then, whatever that says.
    Called(Timestamp),
    /// Called too, as the data says; with an invitation that nobody sees here (`K10`).
    Named,
    /// Has answered, or is the caller, and must be in the room by then. That counts from when the user is there.
    Coming(Option<Timestamp>),
    InRoom,
    Gone,
}

impl Member {
    /// Whether the call goes on for this one. Of who is but named only the caller knows (`K10`).
    fn counts(self) -> bool {
        self.is_present() || matches!(self, Self::Called(_))
    }

    /// In the room, or on the way.
    pub(super) fn is_present(self) -> bool {
        matches!(self, Self::Coming(_) | Self::InRoom)
    }

    fn due_mut(&mut self) -> Option<&mut Timestamp> {
        match self {
            Self::Called(until) => Some(until),
            Self::Coming(until) => until.as_mut(),
            Self::Named | Self::InRoom | Self::Gone => None,
        }
    }

    /// Until when they are waited for.
    pub(super) fn due(mut self) -> Option<Timestamp> {
        self.due_mut().copied()
    }
}

/// What an invitation is to the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Link {
    /// Calls into it.
    Call,
    /// Calls the user into it, who was in it already: what becomes of it says nothing about them.
    Further,
    /// Calls into it, and another device of the user's has the answer (`C4`): it says nothing about this one any more.
    Elsewhere,
    /// To go on with these media (`K11`).
    Switch(Media),
    /// The other one's, whom the user was calling at the same time, and which gives way to the user's (`K5`).
    GivesWay,
}

impl Call {
    pub(super) fn new(id: CallId, role: CallRole, media: Media, now: Timestamp) -> Self {
        Self {
            id,
            role,
            state: State::Idle,
            group: None,
            media,
            switched: None,
            room: None,
            members: BTreeMap::new(),
            links: BTreeMap::new(),
            is_in_room: false,
            started: now,
            answered: None,
            connected: None,
            crashed: None,
            due: None,
        }
    }

    /// A call that this invitation makes, to which the user is called.
    pub(super) fn of(id: CallId, now: Timestamp, me: &UserId, heard: Heard<'_>, until: Timestamp) -> Self {
        let Heard { key, invitees, data } = heard;
        let mut call = Self::new(id, CallRole::Callee, data.media, now);
        call.group = key.conversation().group().cloned();
        call.room = data.room;
        call.name_others(me, data);
        let called = invitees.iter().map(|user| (user, Member::Called(until)));
        let all = called.chain([(key.inviter(), Member::Coming(None))]);
        call.members.extend(all.filter(|(user, _)| *user != me).map(|(user, member)| (user.clone(), member)));
        call
    }

    /// Who else is called, as the data says (`K10`).
    pub(super) fn name_others(&mut self, me: &UserId, data: &CallData) {
        for user in data.user_ids.iter().flatten().filter(|user| *user != me) {
            self.members.entry(user.clone()).or_insert(Member::Named);
        }
    }

    /// Takes the step, if the table knows it.
    pub(super) fn step(&mut self, step: Step) -> bool {
        let after = self.state.after(step);
        self.state = after.unwrap_or(self.state);
        after.is_some()
    }

    /// The user or another one has answered: the media must be there by then.
    pub(super) fn answer(&mut self, now: Timestamp, due: Timestamp) {
        if self.step(Step::Answer) {
            (self.answered, self.due) = (Some(now), Some(due));
        }
    }

    /// The answer is undone, and with it what the media did since: for the caller it was never answered. Whatever calls the user is to
    /// be answered again.
    pub(super) fn unanswer(&mut self, rings_until: Timestamp) {
        if self.step(Step::Unanswer) {
            self.have_all_decide();
            (self.answered, self.connected, self.crashed, self.due) = (None, None, None, Some(rings_until));
            self.lose_media();
        }
    }

    /// By whatever else calls the user they are in it, or not.
    pub(super) fn have_all_decide(&mut self) {
        self.links.values_mut().filter(|link| **link == Link::Further).for_each(|link| *link = Link::Call);
    }

    /// The app, which was last there then, is there again after a crash, and its media is not. Whether the call had been answered.
    pub(super) fn restore(&mut self, then: Timestamp) -> bool {
        let was_answered = self.step(Step::Restore);
        self.crashed = self.crashed.or_else(|| self.connected.map(|_| then));
        self.lose_media();
        self.due = self.due.filter(|_| !was_answered);
        was_answered
    }

    /// The user's media is not in the room any more, nor is it known who else is.
    fn lose_media(&mut self) {
        self.is_in_room = false;
        self.members
            .values_mut()
            .filter(|member| member.is_present())
            .for_each(|member| *member = Member::Coming(None));
    }

    /// Goes on with these media, as this invitation has it.
    pub(super) fn switch(&mut self, by: &InvitationKey, media: Media) {
        if self.media != media {
            self.switched = Some((by.clone(), self.media));
            self.media = media;
        }
    }

    /// Goes back to what was before this invitation, if it is the one by which the media are what they are. Whether it did.
    pub(super) fn switch_back(&mut self, by: &InvitationKey) -> bool {
        let before = self.switched.take_if(|(other, _)| other == by).map(|(_, before)| before);
        self.media = before.unwrap_or(self.media);
        before.is_some()
    }

    /// Whatever becomes of another switch to the same, this one stands.
    pub(super) fn rest_on(&mut self, by: &InvitationKey) {
        if let Some((other, _)) = &mut self.switched {
            other.clone_from(by);
        }
    }

    /// It takes place elsewhere from now on, where the user's media is not yet.
    pub(super) fn move_to(&mut self, room: Option<RoomId>) {
        if self.room != room {
            self.room = room;
            self.lose_media();
        }
    }

    /// The user is in the room; who is awaited is awaited from here on.
    pub(super) fn enter(&mut self, due: Timestamp) {
        self.is_in_room = true;
        self.due = self.due.map(|_| due);
        let coming = self.members.values_mut().filter(|member| matches!(member, Member::Coming(_)));
        coming.for_each(|member| *member = Member::Coming(Some(due)));
    }

    /// Somebody has answered, or called, and is on the way into the room, if not there.
    pub(super) fn await_member(&mut self, user: &UserId, due: Timestamp) {
        if self.members.get(user) != Some(&Member::InRoom) {
            self.members.insert(user.clone(), Member::Coming(self.is_in_room.then_some(due)));
        }
    }

    /// Somebody is called into it who may be in it already.
    pub(super) fn expect(&mut self, user: &UserId, until: Timestamp) {
        let is_awaited = self.members.get(user).is_some_and(|member| member.counts());
        let called = self.members.values().filter(|member| matches!(member, Member::Called(_))).count();
        if !is_awaited && called < ABSENT {
            self.members.insert(user.clone(), Member::Called(until));
        }
    }

    /// Somebody is gone who was in it, or called. Whether that is new.
    pub(super) fn lose(&mut self, who: &UserId) -> bool {
        let Some(member) = self.members.get_mut(who).filter(|member| **member != Member::Gone) else { return false };
        let was_there = member.is_present();
        *member = Member::Gone;
        let mut gone = self.members.iter().filter(|(_, member)| **member == Member::Gone).map(|(user, _)| user);
        if self.group.is_some() && gone.clone().count() > ABSENT {
            // Who never came is not one to remember in the place of another.
            let forgotten = if was_there { gone.find(|user| *user != who).cloned() } else { Some(who.clone()) };
            forgotten.and_then(|user| self.members.remove(&user));
        }
        true
    }

    /// To whom it is said that it is over: so many that it can be said, and rather to those who were in it.
    pub(super) fn hears_of_end(&self) -> Vec<UserId> {
        let (gone, others): (Vec<_>, Vec<_>) = self.members.iter().partition(|(_, member)| **member == Member::Gone);
        let mut told: Vec<UserId> = gone.into_iter().chain(others).take(ABSENT).map(|(user, _)| user.clone()).collect();
        told.sort();
        told
    }

    /// Whether this one's media belongs into it. Into a group's call anybody may come (`K2`).
    pub(super) fn may_have(&self, user: &UserId) -> bool {
        self.group.is_some() || self.members.contains_key(user)
    }

    /// Whether two are in the room, from now on.
    pub(super) fn connect(&mut self, now: Timestamp) -> bool {
        let is_there = self.is_in_room && self.members.values().any(|member| *member == Member::InRoom);
        let is_new = is_there && self.step(Step::Connect);
        if is_new {
            self.connected = self.connected.or(Some(now));
            (self.crashed, self.due) = (None, None);
        }
        is_new
    }

    /// The invitations that call somebody into it.
    pub(super) fn calling(&self) -> impl Iterator<Item = &InvitationKey> {
        self.holding().chain(self.linked(Link::Elsewhere))
    }

    /// Those of them by which the user may be in it on this device.
    pub(super) fn holding(&self) -> impl Iterator<Item = &InvitationKey> {
        self.linked(Link::Call).chain(self.linked(Link::Further))
    }

    /// The invitations of this kind.
    pub(super) fn linked(&self, link: Link) -> impl Iterator<Item = &InvitationKey> {
        self.links.iter().filter(move |(_, other)| **other == link).map(|(key, _)| key)
    }

    /// The other one, where there is but one left.
    pub(super) fn peer(&self) -> Option<&UserId> {
        let mut members = self.members.iter().filter(|(_, member)| member.counts()).map(|(user, _)| user);
        let peer = members.next().filter(|_| self.group.is_none())?;
        members.next().is_none().then_some(peer)
    }

    /// Whether it is between the user and this one, who is there or on the way, and nobody else is.
    pub(super) fn is_between_two(&self, who: &UserId) -> bool {
        let is_there = self.members.get(who).is_some_and(|member| member.is_present());
        self.group.is_none() && is_there && !self.has_others_than(Some(who))
    }

    /// Whether nobody but the user is in it, or is to come.
    pub(super) fn is_deserted(&self) -> bool {
        !self.members.values().any(|member| member.counts())
    }

    /// Whether anybody but the user, and but this one, is in the room or on the way.
    pub(super) fn has_others_than(&self, who: Option<&UserId>) -> bool {
        self.members.iter().any(|(user, member)| Some(user) != who && member.is_present())
    }

    /// Whether the call goes on for anybody but the user and this one.
    pub(super) fn goes_on_without(&self, who: &UserId) -> bool {
        self.members.iter().any(|(user, member)| user != who && member.counts())
    }

    /// When something is due by itself. While it rings, only that comes to an end.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        let is_ringing = self.state == State::Ringing;
        let members = self.members.values().filter(|_| !is_ringing);
        members.filter_map(|member| member.due()).chain(self.due).min()
    }

    /// Whether it can have come from a running layer: of an untrusted snapshot.
    pub(super) fn is_consistent(&self) -> bool {
        !matches!(self.state, State::Idle | State::Ended) && self.links.len() <= LINKS
    }

    /// The host's clock is another one now.
    pub(super) fn shift(&mut self, shift: impl Fn(Timestamp) -> Timestamp) {
        let members = self.members.values_mut().filter_map(|member| member.due_mut());
        let moments = [&mut self.answered, &mut self.connected, &mut self.crashed, &mut self.due];
        for moment in moments.into_iter().flatten().chain(members).chain([&mut self.started]) {
            *moment = shift(*moment);
        }
    }

    /// For how long two were in the room, if it ends now (`K8`).
    pub(super) fn duration(&self, now: Timestamp) -> Option<Millis> {
        self.connected.map(|connected| self.crashed.unwrap_or(now).since(connected))
    }

    /// What the call log says of it (`K3`).
    pub(super) fn record(&self, reason: EndReason, ended: Timestamp) -> CallRecord {
        let is_dealt_with = matches!(
            reason,
            EndReason::AnsweredElsewhere | EndReason::DeclinedElsewhere | EndReason::Declined(_) | EndReason::Glare
        );
        CallRecord {
            call: self.id,
            role: self.role,
            with: self.members.keys().cloned().collect(),
            group: self.group.clone(),
            media: self.media,
            room: self.room,
            started: self.started,
            answered: self.answered,
            ended,
            duration: self.duration(ended),
            is_missed: self.role == CallRole::Callee && self.answered.is_none() && !is_dealt_with,
            reason,
        }
    }
}

/// An invitation of another that calls, as it was heard.
#[derive(Clone, Copy)]
pub(super) struct Heard<'a> {
    pub(super) key: &'a InvitationKey,
    pub(super) invitees: &'a [UserId],
    pub(super) data: &'a CallData,
}
