//! Going on with other media (`K11`): an invitation of its own, and never a call.

use super::data::{CallData, Command, Media};
use super::error::CallError;
use super::event::{CallEvent, CallId};
use super::live::{Link, Member};
use super::say::Ring;
use super::state::State;
use super::{Call, Calls, say};
use crate::callback::{Callback, Operation, Outcome};
use crate::engine::Engine;
use crate::error::AnswerError;
use crate::id::UserId;
use crate::name::InvitationKey;
use crate::time::Timestamp;

impl Calls {
    /// Asks the other one to go on with other media.
    ///
    /// # Errors
    ///
    /// [`CallError`]; then nothing was changed.
    pub fn switch(&mut self, engine: &mut Engine, now: Timestamp, call: CallId, media: Media) -> Result<(), CallError> {
        let now = self.advance(now);
        let ring = Ring { seconds: self.config.ring_s.max(1), push: None };
        let live = self.live(call, &[State::Connecting, State::Connected])?;
        let peer = live.peer().cloned().ok_or(CallError::NotOfTwo)?;
        let mut data = CallData::new(Command::Switch(media), live.media);
        data.room = live.room;
        if !say::has_room(engine, live) {
            return Err(CallError::TooManyInvitations);
        }
        let key = say::invite_user(engine, now, peer, ring, &data)?;
        live.links.insert(key, Link::Switch(media));
        Ok(())
    }

    /// Whether to go on with what the other one asks for ([`CallEvent::SwitchAsked`]).
    ///
    /// # Errors
    ///
    /// [`CallError`]; then nothing was changed.
    pub fn answer_switch(
        &mut self,
        engine: &mut Engine,
        now: Timestamp,
        call: CallId,
        is_wanted: bool,
    ) -> Result<(), CallError> {
        self.advance(now);
        let live = self.live(call, &[State::Connecting, State::Connected])?;
        let (key, media) = asked(engine, live).ok_or(CallError::NotAsked)?;
        Ok(self.say_switch(engine, &key, media, is_wanted)?)
    }

    fn say_switch(
        &mut self,
        engine: &mut Engine,
        key: &InvitationKey,
        media: Media,
        is_yes: bool,
    ) -> Result<(), AnswerError> {
        let Some(live) = &mut self.call else { return Ok(()) };
        let words = CallData::new(Command::Switch(media), live.media).to_data();
        if !is_yes {
            return engine.reject(self.now, key, words);
        }
        engine.accept(self.now, key, words)?;
        live.switch(key, media);
        self.events.push_back(CallEvent::Switched { call: live.id, media });
        Ok(())
    }

    /// The other one asks: for less, which is done at once; or for a picture, which is the user's to say. What they asked before they ask
    /// no more.
    pub(super) fn hear_switch(&mut self, engine: &mut Engine, key: &InvitationKey, invitees: &[UserId], media: Media) {
        // In a group others can be asked, and their answer is none of the user's.
        let is_of_two = key.conversation().group().is_none() && invitees.contains(engine.user());
        let is_with = |call: &&mut Call| call.members.get(key.inviter()).is_some_and(|member| *member != Member::Gone);
        let Some(call) = self.call.as_mut().filter(|call| is_of_two && call.group.is_none() && is_with(call)) else {
            return;
        };
        let (id, before) = (call.id, asked(engine, call));
        let is_too_soon = call.state == State::Dialing || call.state == State::Ringing && media == Media::Video;
        // A kit whose question is left open takes that for the end of the call.
        if is_too_soon || call.peer() != Some(key.inviter()) {
            self.say_switch(engine, key, media, false).ok();
            return;
        }
        if !say::link(engine, call, key, Link::Switch(media)) {
            return;
        }
        // What cannot be said runs out of time, and the other one is told.
        if let Some((before, media)) = before {
            self.say_switch(engine, &before, media, false).ok();
        }
        match media {
            Media::Audio => drop(self.say_switch(engine, key, media, true)),
            Media::Video => self.events.push_back(CallEvent::SwitchAsked { call: id, media }),
        }
    }

    /// What has become of an invitation to switch.
    pub(super) fn hear_of_switch(&mut self, media: Media, callback: &Callback) {
        let Some(call) = &mut self.call else { return };
        let id = call.id;
        let key = callback.invitation();
        let event = match callback {
            Callback::InviteeAccepted { .. } => {
                call.switch(key, media);
                call.rest_on(key); // the user may have accepted the same of the other one
                CallEvent::Switched { call: id, media }
            }
            // The acceptance is undone, and with it the switch; but the other one alone brings no picture.
            Callback::OperationFailed { operation: Operation::Accept, .. }
            | Callback::InviteeRejected { revises: Some(Outcome::Accepted), .. }
            | Callback::InvitationTimeout { revises: Some(Outcome::Accepted), .. }
            | Callback::InvitationCancelled { revises: Some(Outcome::Accepted), .. } => {
                let is_refused = matches!(callback, Callback::OperationFailed { .. });
                if (media == Media::Audio && !is_refused) || !call.switch_back(key) {
                    return;
                }
                CallEvent::Switched { call: id, media: call.media }
            }
            Callback::InviteeRejected { .. }
            | Callback::InvitationTimeout { .. }
            | Callback::InvitationCancelled { .. }
            | Callback::InviteeLeft { .. }
            | Callback::OperationFailed { operation: Operation::Invite, .. } => CallEvent::NotSwitched { call: id },
            Callback::NewInvitation { .. }
            | Callback::InvitationModified { .. }
            | Callback::Missed { .. }
            | Callback::LateAnswer { .. }
            | Callback::AnsweredElsewhere { .. }
            | Callback::OperationFailed { .. }
            | Callback::Ended { .. } => return,
        };
        self.events.push_back(event);
    }
}

/// What the other one asks for and waits to be told.
fn asked(engine: &Engine, call: &Call) -> Option<(InvitationKey, Media)> {
    call.links.iter().find_map(|(key, link)| match link {
        Link::Switch(media) if say::is_called(engine, key, engine.user()) => Some((key.clone(), *media)),
        Link::Switch(_) | Link::Call | Link::Further | Link::Elsewhere | Link::GivesWay => None,
    })
}
