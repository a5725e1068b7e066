//! The operations of the signed-in user (`O1` to `O6`). Each checks everything before it changes anything.

use alloc::collections::BTreeSet;

use super::Engine;
use super::step::Step;
use crate::callback::{Answer, Operation, Outcome};
use crate::config::{MAX_TIMEOUT, exceeds};
use crate::error::{
    AddInvitedError, Ambiguous, AnswerError, BadArgument, CancelError, DismissError, InviteError, Limit, ModifyError,
    Unavailable,
};
use crate::id::{Data, GroupId, IdSource, UserId};
use crate::message::{Invite, Pushed};
use crate::name::{Conversation, InvitationKey, Target};
use crate::protocol::fact::Fact;
use crate::protocol::invitation::{Certainty, Header, Invitation, Phase, Role};
use crate::protocol::invitees::Invitees;
use crate::protocol::send::{Cargo, fact_of};
use crate::time::Millis;
use crate::wire::Action;

impl Engine {
    pub(super) fn do_invite(&mut self, invite: Invite) -> Result<InvitationKey, InviteError> {
        let Invite { conversation, invitees, timeout_s, data, online_user_only, push } = invite;
        self.check_invitees(&conversation, &invitees)?;
        let invitees = Invitees::new(invitees).ok_or(BadArgument::NoInvitees)?;
        let timeout = check_timeout(timeout_s)?;
        let now = self.clock.now();
        let life = self.config.life(timeout);
        let mut ids = self.outbox.ids.clone();
        let key = self.new_key(&mut ids, conversation);
        let mut invitation = Invitation::new(Header {
            invitees,
            role: Role::Sender,
            timeout,
            deadline: now + life,
            data: data.clone(),
            stamp: None,
            online_user_only,
        });
        invitation.is_known_to_app = true;
        let (book, mut step) = self.split(now, None);
        let payload = step.encode_within(&key, &invitation, Action::Invite, invitation.invitees().iter(), &data)?;
        book.admit(&mut step, key.inviter())?;
        step.outbox.ids = ids;
        step.transmit(&key, &mut invitation, (Action::Invite, &data, Cargo::Invite), payload, push);
        book.insert(&step, key.clone(), invitation);
        Ok(key)
    }

    /// A name that no invitation has, even if another device of the user's was given the same seed (`O8`).
    fn new_key(&self, ids: &mut IdSource, conversation: Conversation) -> InvitationKey {
        let mut key = InvitationKey::new(self.me.clone(), ids.invite_id(&self.me), conversation);
        while self.book.get(&key).is_some() {
            key = InvitationKey::new(self.me.clone(), ids.invite_id(&self.me), key.conversation().clone());
        }
        key
    }

    fn check_invitees(&self, conversation: &Conversation, invitees: &[UserId]) -> Result<(), InviteError> {
        let limits = &self.config.limits;
        match conversation {
            Conversation::Group(group) => check_group(group, limits.group_id_bytes)?,
            Conversation::C2c(peer) if invitees.iter().all(|user| user == peer) => {}
            Conversation::C2c(_) => return Err(BadArgument::WrongConversation.into()),
        }
        if exceeds(invitees.len(), limits.invitees) {
            return Err(Limit::Invitees.into());
        }
        let mut seen = BTreeSet::new();
        for user in invitees {
            if user.is_empty() {
                return Err(BadArgument::EmptyId.into());
            }
            if exceeds(user.as_str().len(), limits.user_id_bytes) {
                return Err(Limit::UserIdBytes.into());
            }
            if *user == self.me {
                return Err(BadArgument::SelfInvited.into());
            }
            if invitees.len() > 1 && !seen.insert(user) {
                return Err(BadArgument::DuplicateInvitee.into());
            }
        }
        Ok(())
    }

    pub(super) fn do_cancel(&mut self, target: &Target, data: &Data) -> Result<(), CancelError> {
        self.operate(target, |step, key, invitation| step.cancel(key, invitation, data))
    }

    pub(super) fn do_answer(&mut self, target: &Target, answer: Answer, data: &Data) -> Result<(), AnswerError> {
        self.operate(target, |step, key, invitation| step.answer(key, invitation, answer, data))
    }

    pub(super) fn do_modify(&mut self, target: &Target, data: &Data) -> Result<(), ModifyError> {
        self.operate(target, |step, key, invitation| step.modify(key, invitation, data))
    }

    pub(super) fn do_dismiss(&mut self, target: &Target) -> Result<(), DismissError> {
        self.operate(target, |step, _, invitation| {
            invitation.set_phase(Phase::Dismissed(step.now));
            invitation.under_way.take_retry();
            Ok(())
        })
    }

    /// Finds the invitation that an operation is about (`I1`), and does it.
    fn operate<E: From<Ambiguous> + From<Unavailable>>(
        &mut self,
        target: &Target,
        operation: impl FnOnce(&mut Step<'_>, &InvitationKey, &mut Invitation) -> Result<(), E>,
    ) -> Result<(), E> {
        let key = self.book.find(target)?.map(|(key, _)| key.clone());
        let key = key.ok_or(Unavailable::NeverSeen)?;
        let (book, mut step) = self.split(self.clock.now(), None);
        book.with(&mut step, &key, operation).ok_or(Unavailable::NeverSeen)?
    }

    pub(super) fn do_add_invited(&mut self, pushed: Pushed) -> Result<(), AddInvitedError> {
        let Pushed { key, sent, timeout_s, data } = pushed;
        self.check_pushed(&key)?;
        let timeout = check_timeout(timeout_s)?;
        if self.book.get(&key).is_some() {
            return Err(AddInvitedError::AlreadyKnown);
        }
        let life = self.config.life(timeout);
        let age = self.clock.live_age(sent, life);
        if age >= life || self.clock.is_older_than_newest_by(sent, self.config.tombstone_life) {
            return Err(Unavailable::Settled(Outcome::TimedOut).into());
        }
        let mut invitation = Invitation::new(Header {
            invitees: Invitees::one(self.me.clone()),
            role: Role::Invitee(0),
            timeout,
            deadline: self.clock.deadline(age, life),
            data,
            stamp: None,
            online_user_only: false,
        });
        invitation.from_push = true;
        invitation.is_known_to_app = true;
        // Its time-out is going to carry its data.
        let (_, step) = self.split(self.clock.now(), None);
        step.encode_within(&key, &invitation, Action::Timeout, invitation.invitees().iter(), invitation.words.data())?;
        self.enter_pushed(key, invitation)?;
        Ok(())
    }

    fn check_pushed(&self, key: &InvitationKey) -> Result<(), AddInvitedError> {
        let limits = &self.config.limits;
        let place = match key.conversation() {
            Conversation::C2c(user) => (user.as_str(), limits.user_id_bytes, Limit::UserIdBytes),
            Conversation::Group(group) => (group.as_str(), limits.group_id_bytes, Limit::GroupIdBytes),
        };
        for (id, limit, name) in [
            (key.invite_id().as_str(), limits.invite_id_bytes, Limit::InviteIdBytes),
            (key.inviter().as_str(), limits.user_id_bytes, Limit::UserIdBytes),
            place,
        ] {
            if id.is_empty() {
                return Err(BadArgument::EmptyId.into());
            }
            if exceeds(id.len(), limit) {
                return Err(name.into());
            }
        }
        if *key.inviter() == self.me {
            return Err(BadArgument::OwnInvitation.into());
        }
        match key.conversation() {
            Conversation::C2c(peer) if peer != key.inviter() => Err(BadArgument::WrongConversation.into()),
            Conversation::C2c(_) | Conversation::Group(_) => Ok(()),
        }
    }
}

fn check_group(group: &GroupId, limit: u32) -> Result<(), InviteError> {
    if group.is_empty() {
        Err(BadArgument::EmptyId.into())
    } else if exceeds(group.as_str().len(), limit) {
        Err(Limit::GroupIdBytes.into())
    } else {
        Ok(())
    }
}

fn check_timeout(seconds: u32) -> Result<Millis, BadArgument> {
    if seconds > MAX_TIMEOUT.as_secs() { Err(BadArgument::TimeoutTooLong) } else { Ok(Millis::from_secs(seconds)) }
}

/// The operation that is in flight, if one is (`O5`).
fn in_flight(invitation: &Invitation) -> Option<Operation> {
    let waiting = invitation.under_way.sends().iter().filter(|send| !send.is_proven);
    waiting.filter_map(|send| send.cargo.operation()).next()
}

impl Step<'_> {
    fn cancel(&mut self, key: &InvitationKey, invitation: &mut Invitation, data: &Data) -> Result<(), CancelError> {
        if !invitation.is_mine() {
            return Err(CancelError::NotInviter);
        }
        if let Some(operation) = in_flight(invitation) {
            return Err(Unavailable::InFlight(operation).into());
        }
        let pending = invitation.pending();
        if pending.is_empty() {
            return Err(Unavailable::Settled(invitation.summary()).into());
        }
        let payload =
            self.encode_within(key, invitation, Action::Cancel, invitation.invitees().names(&pending), data)?;
        for party in &pending {
            invitation.state(*party, Fact::Cancel, Certainty::InFlight);
            invitation.set_told(*party, Some(Outcome::Cancelled));
        }
        self.transmit(key, invitation, (Action::Cancel, data, Cargo::Cancel(pending)), payload, None);
        self.end_if_settled(key, invitation);
        Ok(())
    }

    fn answer(
        &mut self,
        key: &InvitationKey,
        invitation: &mut Invitation,
        answer: Answer,
        data: &Data,
    ) -> Result<(), AnswerError> {
        let me = invitation.me().ok_or(AnswerError::NotInvitee)?;
        if let Some(operation) = in_flight(invitation) {
            return Err(Unavailable::InFlight(operation).into());
        }
        let outcome = invitation.outcome(me);
        if outcome != Outcome::Pending {
            return Err(Unavailable::Settled(outcome).into());
        }
        // While the engine catches up no deadline fires, but nobody answers past one.
        if self.now >= invitation.deadline {
            let is_endless = invitation.timeout.is_zero();
            let why = if is_endless { Unavailable::NeverSeen } else { Unavailable::Settled(Outcome::TimedOut) };
            return Err(why.into());
        }
        let action = match answer {
            Answer::Accept => Action::Accept,
            Answer::Reject => Action::Reject,
        };
        let payload = self.encode_within(key, invitation, action, invitation.invitees().name(me).into_iter(), data)?;
        let fact = fact_of(answer);
        invitation.state(me, fact, Certainty::InFlight);
        invitation.set_told(me, Some(invitation.outcome(me)));
        invitation.under_way.answer(answer);
        self.transmit(key, invitation, (action, data, Cargo::Answer(answer)), payload, None);
        self.end_if_settled(key, invitation);
        Ok(())
    }

    fn modify(&mut self, key: &InvitationKey, invitation: &mut Invitation, data: &Data) -> Result<(), ModifyError> {
        if !invitation.is_mine() {
            return Err(ModifyError::NotInviter);
        }
        match in_flight(invitation) {
            Some(Operation::Modify) => return Err(ModifyError::Conflict),
            Some(operation) => return Err(Unavailable::InFlight(operation).into()),
            None => {}
        }
        if invitation.pending_count() == 0 {
            return Err(Unavailable::Settled(invitation.summary()).into());
        }
        if invitation.online_user_only {
            return Err(BadArgument::OnlineUserOnly.into());
        }
        let payload = self.encode_within(key, invitation, Action::Invite, invitation.invitees().iter(), data)?;
        invitation.words.modify(data.clone());
        self.edit(key, invitation, payload);
        Ok(())
    }
}
