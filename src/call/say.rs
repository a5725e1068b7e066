//! What a call says to the others: invitations, answers, hang-ups, and news.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::Calls;
use super::data::{CallData, Command, Media};
use super::event::{CallEvent, CallRole, EndReason};
use super::live::{Call, LINKS, Link, Member};
use crate::callback::Outcome;
use crate::engine::Engine;
use crate::error::{AnswerError, BadArgument, InviteError};
use crate::id::{Data, GroupId, UserId};
use crate::layer::errands::Deed;
use crate::message::{Invite, PushInfo, Stamp};
use crate::name::InvitationKey;
use crate::time::{Millis, Timestamp};

impl Calls {
    /// Calls these into the call: in its group with one invitation, else each with one of their own (`K10`).
    pub(super) fn invite(
        &mut self,
        engine: &mut Engine,
        now: Timestamp,
        call: &mut Call,
        callees: Vec<UserId>,
        push: Option<&PushInfo>,
    ) -> Result<(), InviteError> {
        let ring = Ring { seconds: self.config.ring_s.max(1), push };
        // Before that the engine tells that the time of the invitation is up.
        let until = self.rings_until().max(now + Millis::from_secs(ring.seconds.saturating_mul(2)));
        let mut data = CallData::new(Command::Call, call.media);
        data.room = call.room;
        if let Some(group) = call.group.clone() {
            let key = invite_members(engine, now, group, &callees, ring, &data)?;
            call.links.insert(key, Link::Call);
            call.members.extend(callees.into_iter().map(|user| (user, Member::Called(until))));
            return Ok(());
        }
        if callees.is_empty() {
            return Err(BadArgument::NoInvitees.into());
        }
        if (1..).zip(&callees).any(|(next, user)| callees.iter().skip(next).any(|other| other == user)) {
            return Err(BadArgument::DuplicateInvitee.into());
        }
        data.user_ids = Some(callees.clone());
        for user in callees {
            let member = match invite_user(engine, now, user.clone(), ring, &data) {
                Ok(key) => {
                    call.links.insert(key, Link::Call);
                    Member::Called(until)
                }
                Err(error) if call.links.is_empty() => return Err(error),
                Err(_) => {
                    let (call, who) = (call.id, user.clone());
                    self.events.push_back(CallEvent::NotComing { call, who, reason: EndReason::NotSent });
                    Member::Gone
                }
            };
            call.members.insert(user, member);
        }
        Ok(())
    }

    /// Says to these that the call is over, and how long it was (`K8`).
    pub(super) fn say_hang_up(&mut self, engine: &mut Engine, to: &[UserId]) {
        let Some(call) = &self.call else { return };
        let room = call.room;
        let mut data = CallData::new(Command::HangUp, call.media);
        data.call_end = Some(call.duration(self.now).map_or(0, Millis::as_secs));
        if let Some(group) = call.group.clone() {
            self.forget_over(engine, &group, room);
            let said = invite_members(engine, self.now, group, to, Ring::NONE, &data);
            return self.said(engine, said);
        }
        for user in to {
            self.say(engine, user.clone(), &data);
        }
    }

    /// Tells the others, who see no invitation but their own, how one of them stands (`K10`). No reason: they are coming.
    pub(super) fn relay(&mut self, engine: &mut Engine, about: &UserId, reason: Option<&EndReason>) {
        let Some(call) = self.call.as_ref().filter(|call| call.group.is_none() && call.role == CallRole::Caller) else {
            return;
        };
        let mut data = CallData::new(Command::SyncInfo, call.media);
        data.room = call.room;
        data.user_ids = Some([about.clone()].into());
        data.cmd_info = Some(String::from(reason.map_or(EndReason::COMING, EndReason::word)));
        let is_told = |(user, member): &(&UserId, &Member)| *user != about && **member != Member::Gone;
        let told: Vec<UserId> = call.members.iter().filter(is_told).map(|(user, _)| user.clone()).collect();
        for user in told {
            self.say(engine, user, &data);
        }
    }

    /// Declines whatever calls the user into the call, as soon as it can be said.
    pub(super) fn say_no(&mut self, engine: &mut Engine) {
        let Some(call) = &self.call else { return };
        let no = Deed::Reject(words(call.media, false));
        for key in call.calling() {
            if is_called(engine, key, engine.user()) {
                self.errands.add(engine, self.now, key, no.clone());
                self.errands.say(engine, self.now); // before there is no room for the next
            }
        }
    }

    /// Says something to a user that wants no answer.
    pub(super) fn say(&mut self, engine: &mut Engine, user: UserId, data: &CallData) {
        let said = invite_user(engine, self.now, user, Ring::NONE, data);
        self.said(engine, said);
    }

    /// What cannot be said is not: the others see an empty room, or nobody in it.
    fn said(&mut self, engine: &mut Engine, said: Result<InvitationKey, InviteError>) {
        if let Ok(key) = said {
            self.errands.add(engine, self.now, &key, Deed::Forget);
        }
    }
}

/// For how long somebody is called, and what a push shows them.
#[derive(Clone, Copy)]
pub(super) struct Ring<'a> {
    pub(super) seconds: u32,
    pub(super) push: Option<&'a PushInfo>,
}

impl Ring<'_> {
    /// What is only said wants no answer, and wakes nobody.
    const NONE: Self = Self { seconds: 0, push: None };

    fn of(self, invite: Invite, data: &CallData) -> Invite {
        let invite = invite.timeout(self.seconds).data(data.to_data());
        self.push.cloned().into_iter().fold(invite, Invite::push)
    }
}

pub(super) fn invite_user(
    engine: &mut Engine,
    now: Timestamp,
    user: UserId,
    ring: Ring<'_>,
    data: &CallData,
) -> Result<InvitationKey, InviteError> {
    engine.invite(now, ring.of(Invite::to(user), data))
}

fn invite_members(
    engine: &mut Engine,
    now: Timestamp,
    group: GroupId,
    users: &[UserId],
    ring: Ring<'_>,
    data: &CallData,
) -> Result<InvitationKey, InviteError> {
    engine.invite(now, ring.of(Invite::in_group(group, users), data))
}

/// An invitation of the user's that is to call nobody any more.
pub(super) fn withdrawal(engine: &Engine, key: &InvitationKey) -> Deed {
    Deed::Cancel(words(media_of(engine, key), false))
}

/// An invitation of another's that is declined, or finds the user busy.
pub(super) fn excuse(engine: &Engine, key: &InvitationKey, is_busy: bool) -> Deed {
    Deed::Reject(words(media_of(engine, key), is_busy))
}

pub(super) fn media_of(engine: &Engine, key: &InvitationKey) -> Media {
    let data = engine.invitation(key).and_then(|view| CallData::read(view.data().as_str()));
    data.map(|data| data.media).unwrap_or_default()
}

/// The data of an answer, or of a cancel.
fn words(media: Media, is_busy: bool) -> Data {
    let mut data = CallData::new(Command::Call, media);
    data.is_busy = is_busy;
    data.to_data()
}

/// Accepts every invitation that calls the user into the call. An error: none could be accepted, and why the first could not.
pub(super) fn accept(engine: &mut Engine, now: Timestamp, call: &Call) -> Result<(), AnswerError> {
    let words = words(call.media, false);
    let calling: Vec<&InvitationKey> = call.calling().filter(|key| is_called(engine, key, engine.user())).collect();
    // There is one, as it rings; else the engine says what has become of it.
    let all = if calling.is_empty() { call.calling().collect() } else { calling };
    let (mut is_accepted, mut failed) = (false, Ok(()));
    for key in all {
        match engine.accept(now, key, words.clone()) {
            Ok(()) => is_accepted = true,
            Err(error) => failed = failed.and(Err(error)),
        }
    }
    if is_accepted { Ok(()) } else { failed }
}

/// Adds an invitation to the call, if there is room.
pub(super) fn link(engine: &Engine, call: &mut Call, key: &InvitationKey, link: Link) -> bool {
    let is_new = !call.links.contains_key(key);
    let has_room = !is_new || has_room(engine, call);
    if has_room {
        call.links.insert(key.clone(), link);
    }
    has_room
}

/// Makes room for one more invitation: those that have ended, and by which nobody is in the call, are of no use any more. In a
/// group also one of whoever else has sent most of them, so that nobody crowds out another's, or the user's (`W9`).
pub(super) fn has_room(engine: &Engine, call: &mut Call) -> bool {
    if call.links.len() >= LINKS {
        let is_open = |key: &InvitationKey| engine.invitation(key).is_some_and(|view| view.is_open());
        let members = call.members.iter().filter(|(_, member)| call.group.is_some() && member.is_present());
        let present: Vec<&UserId> = members.map(|(user, _)| user).chain([engine.user()]).collect();
        let has_brought = |key: &InvitationKey| present.iter().any(|user| has_accepted(engine, key, user));
        call.links.retain(|key, _| is_open(key) || has_brought(key));
    }
    if call.links.len() >= LINKS
        && call.group.is_some()
        && let Some(key) = one_of_most(engine, call)
    {
        call.links.remove(&key);
    }
    call.links.len() < LINKS
}

/// One that waits for no answer of the user's, if there is one.
fn one_of_most(engine: &Engine, call: &Call) -> Option<InvitationKey> {
    let me = engine.user();
    let mut sent: BTreeMap<&UserId, usize> = BTreeMap::new();
    for key in call.links.keys().filter(|key| key.inviter() != me) {
        *sent.entry(key.inviter()).or_default() += 1;
    }
    let most = sent.into_iter().max_by_key(|(_, count)| *count).map(|(user, _)| user);
    let theirs = call.links.keys().filter(|key| Some(key.inviter()) == most);
    theirs.min_by_key(|key| is_called(engine, key, me)).cloned()
}

/// How many are in the call or may come, the user included. Of those who are called: whom the user has called, or somebody in the room,
/// as all others call whom they like (`W9`).
pub(super) fn size(engine: &Engine, call: &Call) -> usize {
    let is_heard = |key: &InvitationKey| {
        key.inviter() == engine.user() || call.members.get(key.inviter()) == Some(&Member::InRoom)
    };
    let calling: Vec<&InvitationKey> = call.calling().filter(|key| is_heard(key)).collect();
    let counts = |(user, member): &(&UserId, &Member)| {
        member.is_present() || calling.iter().any(|key| is_called(engine, key, user))
    };
    1 + call.members.iter().filter(counts).count()
}

/// Whether one of the invitations into the call waits for this one's answer.
pub(super) fn is_calling(engine: &Engine, call: &Call, who: &UserId) -> bool {
    call.calling().any(|key| is_called(engine, key, who))
}

/// Whether this one is called into the call, or calls others or has accepted and not left since, by an invitation other than this.
pub(super) fn is_held(engine: &Engine, call: &Call, who: &UserId, other_than: Option<&InvitationKey>) -> bool {
    let is_user = who == engine.user();
    let is_there = is_user || call.members.get(who).is_some_and(|member| member.is_present());
    let is_elsewhere = |key: &InvitationKey| is_user && call.links.get(key) == Some(&Link::Elsewhere);
    let mut others = call.calling().filter(|key| Some(*key) != other_than && !is_elsewhere(key));
    others.any(|key| {
        is_called(engine, key, who) || (is_there && (key.inviter() == who || has_accepted(engine, key, who)))
    })
}

/// Whether whoever is called into the call was called after this was said, as far as stamps tell.
pub(super) fn is_called_since(engine: &Engine, call: &Call, said: Option<&Stamp>) -> bool {
    let first = call.calling().filter_map(|key| engine.invitation(key)?.stamp()).min();
    said.zip(first).is_some_and(|(said, first)| said < first)
}

/// Whether the invitation waits for this one's answer.
pub(super) fn is_called(engine: &Engine, key: &InvitationKey, who: &UserId) -> bool {
    outcome(engine, key, who) == Some(Outcome::Pending)
}

/// Whether the user has said yes to it, and whether that counts is not known.
pub(super) fn is_accepting(engine: &Engine, key: &InvitationKey) -> bool {
    engine.invitation(key).is_some_and(|view| view.is_in_flight()) && has_accepted(engine, key, engine.user())
}

/// Whether this one has said yes to it.
pub(super) fn has_accepted(engine: &Engine, key: &InvitationKey, who: &UserId) -> bool {
    outcome(engine, key, who) == Some(Outcome::Accepted)
}

pub(super) fn outcome(engine: &Engine, key: &InvitationKey, who: &UserId) -> Option<Outcome> {
    engine.invitation(key).and_then(|view| view.outcome_of(who.as_str()))
}
