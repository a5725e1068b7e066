//! Receiving: bytes, authority, facts, news (`R1` to `R8`). What is new here is entered in `register.rs`.

use super::Engine;
use super::catch_up::Fold;
use super::early::EarlyFact;
use super::judge::{Heard, Statement, hold_back, judge, prove};
use super::sends::Fate;
use super::step::Step;
use crate::callback::{Answer, Outcome};
use crate::config::exceeds;
use crate::disposition::{Disposition, Refusal};
use crate::error::Limit;
use crate::id::{Data, UserId};
use crate::message::{Inbound, Stamp};
use crate::name::{Conversation, InvitationKey, KeyRef};
use crate::protocol::authority::{Said, Scope, belongs, scope};
use crate::protocol::edit::Hearing;
use crate::protocol::invitation::Invitation;
use crate::protocol::outcome::stands_for;
use crate::protocol::reaction::is_late_answer;
use crate::protocol::send::Cargo;
use crate::wire::{self, Action, Envelope, Reading};

impl Engine {
    pub(super) fn receive(&mut self, message: &Inbound, mut fold: Option<&mut Fold>) -> Disposition {
        let envelope = match read(message, &self.config.limits) {
            Ok(envelope) => envelope,
            Err(disposition) => return disposition,
        };
        let said = match envelope.action {
            Action::Invite => Said::Invite,
            Action::Cancel => Said::Cancel,
            Action::Accept => Said::Accept,
            Action::Reject => Said::Reject,
            Action::Timeout => Said::Timeout,
        };
        let key = key_of(&envelope, &envelope.inviter, message);
        let allowed = self.check_ids(key, message).and_then(|()| {
            belongs(&message.conversation, &self.me, &message.sender, key.inviter, &envelope.group_id)?;
            scope(said, message.sender == key.inviter)
        });
        let scope = match allowed {
            Ok(scope) => scope,
            Err(refusal) => return Disposition::Refused(refusal),
        };
        let disposition = if said == Said::Invite {
            self.receive_invite(key, &envelope, message, fold.as_deref_mut())
        } else {
            self.receive_statement(key, (said, scope), &envelope, message, fold.as_deref_mut())
        };
        self.learn_time(disposition, message, fold.is_none());
        disposition
    }

    /// An edit: only its inviteID and its data count, and its sender (`W2`, `R8`).
    pub(super) fn receive_edit(&mut self, message: &Inbound) -> Disposition {
        let envelope = match read(message, &self.config.limits) {
            Ok(envelope) => envelope,
            Err(disposition) => return disposition,
        };
        if !envelope.inviter.is_empty() && message.sender != *envelope.inviter {
            return Disposition::Refused(Refusal::NotInviter);
        }
        let key = key_of(&envelope, message.sender.as_str(), message);
        let group_id = message.conversation.group().map_or("", |group| group.as_str());
        let allowed = self
            .check_ids(key, message)
            .and_then(|()| belongs(&message.conversation, &self.me, &message.sender, key.inviter, group_id));
        if let Err(refusal) = allowed {
            return Disposition::Refused(refusal);
        }
        let disposition = self.receive_statement(key, (Said::Edit, Scope::Listed), &envelope, message, None);
        self.learn_time(disposition, message, true);
        disposition
    }

    /// What was refused, is known already or came too late to matter changes nothing; not even what is known of the time (`R4`,
    /// `R5`).
    fn learn_time(&mut self, disposition: Disposition, message: &Inbound, is_live: bool) {
        if !matches!(disposition, Disposition::Refused(_) | Disposition::Duplicate | Disposition::Stale) {
            self.clock.note(message.stamp.as_ref().map(|stamp| stamp.time), is_live);
        }
    }

    fn check_ids(&self, key: KeyRef<'_>, message: &Inbound) -> Result<(), Refusal> {
        let limits = &self.config.limits;
        let conversation = match &message.conversation {
            Conversation::C2c(peer) => (peer.as_str(), limits.user_id_bytes, Limit::UserIdBytes),
            Conversation::Group(group) => (group.as_str(), limits.group_id_bytes, Limit::GroupIdBytes),
        };
        let ids = [
            (key.invite_id, limits.invite_id_bytes, Limit::InviteIdBytes),
            (key.inviter, limits.user_id_bytes, Limit::UserIdBytes),
            (message.sender.as_str(), limits.user_id_bytes, Limit::UserIdBytes),
            conversation,
        ];
        for (id, limit, name) in ids {
            if id.is_empty() {
                return Err(Refusal::EmptyId);
            }
            if exceeds(id.len(), limit) {
                return Err(Refusal::Limit(name));
            }
        }
        Ok(())
    }

    fn receive_statement(
        &mut self,
        key: KeyRef<'_>,
        (said, scope): (Said, Scope),
        envelope: &Envelope<'_>,
        message: &Inbound,
        fold: Option<&mut Fold>,
    ) -> Disposition {
        // Of a pushed invitation the other invitees are not known before its message comes, so what is said is kept and heard again
        // then. If there is no room for what the message would undo, or for what is about others, too, it is not heard at all.
        let waits = |invitation: &Invitation| invitation.from_push && !invitation.is_dismissed();
        let is_for_later =
            said == Said::Edit || (scope == Scope::Listed && envelope.invitees.iter().any(|name| self.me != *name));
        let is_kept = is_for_later && self.book.get(key).is_some_and(waits);
        let kept = is_kept.then(|| self.keep_early(key, (said, scope), envelope, message));
        if let Some(refused @ Disposition::Refused(_)) = kept {
            return refused;
        }
        let now = self.clock.now();
        let (book, mut step) = self.split(now, fold);
        let heard = book.with(&mut step, key, |step, key, invitation| {
            let waits = waits(invitation);
            let statement = Statement {
                said,
                scope,
                sender: &message.sender,
                data: &*envelope.data,
                stamp: message.stamp.as_ref(),
            };
            (step.hear(key, invitation, statement, envelope.invitees.iter()), waits)
        });
        if let Some((heard, false)) = heard {
            return heard;
        }
        let kept = kept.unwrap_or_else(|| self.keep_early(key, (said, scope), envelope, message));
        match heard {
            Some((heard @ (Disposition::Applied | Disposition::Stale), _)) => heard,
            Some(_) | None => kept,
        }
    }

    /// Keeps what came before its invite (`R6`).
    fn keep_early(
        &mut self,
        key: KeyRef<'_>,
        (said, scope): (Said, Scope),
        envelope: &Envelope<'_>,
        message: &Inbound,
    ) -> Disposition {
        let life = self.config.tombstone_life;
        let is_ancient = |stamp: &Stamp| self.clock.is_older_than_newest_by(stamp.time, life);
        // Of what is that old the invite would not ring; unless it is known already, from a push.
        if message.stamp.as_ref().is_some_and(is_ancient) && self.book.get(key).is_none() {
            return Disposition::Stale;
        }
        if scope == Scope::Sender && !envelope.invitees.iter().any(|name| message.sender == *name) {
            return Disposition::Refused(Refusal::NotInvitee);
        }
        let limits = &self.config.limits;
        if exceeds(envelope.invitees.len(), limits.invitees) {
            return Disposition::Refused(Refusal::Limit(Limit::Invitees));
        }
        let is_about_others = said != Said::Edit && scope == Scope::Listed;
        if is_about_others && envelope.invitees.len() == 0 {
            return Disposition::Refused(Refusal::NobodyInvited);
        }
        let listed = || envelope.invitees.iter().filter(|_| is_about_others);
        let is_copy = |fact: &EarlyFact| {
            (fact.said, &fact.sender, &fact.stamp) == (said, &message.sender, &message.stamp)
                && fact.data == *envelope.data
                && listed().eq(fact.listed.iter().map(UserId::as_str))
        };
        let expires = self.clock.now() + life;
        if self.early.has(key, is_copy) {
            let is_last = said == Said::Edit && self.early.renew(key, is_copy, expires);
            return if is_last { Disposition::Buffered } else { Disposition::Duplicate };
        }
        let fact = EarlyFact {
            said,
            sender: message.sender.clone(),
            listed: listed().map(|name| UserId::from(&*name)).collect(),
            data: Data::from(&*envelope.data),
            stamp: message.stamp.clone(),
        };
        let standing = self.book.room().standing(&self.me, &message.sender);
        match self.early.keep(key, fact, expires, standing, &self.config.limits) {
            Ok(()) => Disposition::Buffered,
            Err(limit) => Disposition::Refused(Refusal::Limit(limit)),
        }
    }
}

fn read<'a>(message: &'a Inbound, limits: &crate::config::Limits) -> Result<Envelope<'a>, Disposition> {
    match wire::read(&message.payload, &message.cloud_custom_data, limits) {
        Reading::Signaling(envelope) => Ok(envelope),
        Reading::UnknownAction => Err(Disposition::Ignored),
        Reading::NotSignaling => Err(Disposition::NotSignaling),
        Reading::Malformed(why) => Err(Disposition::Malformed(why)),
    }
}

fn key_of<'a>(envelope: &'a Envelope<'_>, inviter: &'a str, message: &'a Inbound) -> KeyRef<'a> {
    KeyRef { invite_id: &envelope.invite_id, inviter, conversation: &message.conversation }
}

impl Step<'_> {
    /// Hears a statement about an invitation that is known.
    fn hear(
        &mut self,
        key: &InvitationKey,
        invitation: &mut Invitation,
        statement: Statement<'_, &str>,
        listed: impl Iterator<Item = impl AsRef<str>>,
    ) -> Disposition {
        if invitation.is_dismissed() {
            return Disposition::Stale;
        }
        let (said, stamp, is_own) = (statement.said, statement.stamp, statement.sender == self.me);
        if said == Said::Edit {
            return self.hear_edit(key, invitation, statement.data, stamp);
        }
        let by_invitee = statement.scope == Scope::Sender;
        let mine_before = invitation.my_outcome();
        let Heard { news, mut is_ack, is_earlier } = match judge(invitation, statement, listed, is_own) {
            Ok(heard) => heard,
            Err(refusal) => return Disposition::Refused(refusal),
        };
        is_ack |= prove(invitation, |cargo| match cargo {
            Cargo::Invite => by_invitee || said == Said::Cancel,
            Cargo::OwnTimeout(_) => is_own && said == Said::Timeout,
            Cargo::Cancel(_) | Cargo::Answer(_) | Cargo::Modify | Cargo::InviterTimeout(..) => false,
        });
        let answer = match said {
            Said::Accept if is_own => Some(Answer::Accept),
            Said::Reject if is_own => Some(Answer::Reject),
            Said::Accept | Said::Reject | Said::Invite | Said::Edit | Said::Cancel | Said::Timeout => None,
        };
        let is_contested = answer.is_some_and(|answer| invitation.see_own(answer, stamp));
        let has_lost = answer.is_some() && self.hear_of_loss(key, invitation, mine_before);
        if news.is_empty() && !has_lost && !is_ack && !is_earlier && !is_contested {
            return Disposition::Duplicate;
        }
        let matters = has_lost
            || is_ack
            || news.is_empty()
            || news.iter().any(|item| {
                let outcome = invitation.outcome(item.party);
                stands_for(item.fact) == outcome || is_late_answer(invitation.role, item.fact, outcome)
            });
        hold_back(invitation, &news);
        self.deliver(key, invitation, stamp, news);
        if matters { Disposition::Applied } else { Disposition::Stale }
    }

    /// The signed-in user's own answer was seen on the wire (`C4`): says whether it has won over this device's, and nobody knew.
    fn hear_of_loss(&mut self, key: &InvitationKey, invitation: &mut Invitation, mine_before: Outcome) -> bool {
        let mine = invitation.my_outcome();
        let Some(contest) = invitation.under_way.contest_mut() else {
            return false;
        };
        // A change from no to yes is told as a revision, marked as done elsewhere; what a batch comes to, at its end.
        let flips = (mine == Outcome::Accepted) != (mine_before == Outcome::Accepted);
        if flips { contest.lost_to().is_some() } else { self.fold.is_none() && self.tell_if_lost(key, invitation) }
    }

    /// Which of the edits counts is said in `protocol/edit.rs` (`R8`).
    pub(super) fn hear_edit(
        &mut self,
        key: &InvitationKey,
        invitation: &mut Invitation,
        data: &str,
        stamp: Option<&Stamp>,
    ) -> Disposition {
        // In a batch the end is told last, but is the end.
        if !invitation.is_open() || self.is_over(key, invitation) {
            return Disposition::Stale;
        }
        let is_ack = prove(invitation, |cargo| *cargo == Cargo::Invite);
        match invitation.words.hear(data, stamp, invitation.stamp.as_ref()) {
            Hearing::Stale => return Disposition::Stale,
            Hearing::Known if !is_ack => return Disposition::Duplicate,
            Hearing::Known | Hearing::Noted => {}
            Hearing::Replaced(before) => self.tell_edit(key, invitation, before, invitation.is_mine()),
            Hearing::Own => {
                let sends = invitation.under_way.sends().iter();
                let token = sends.filter(|send| send.cargo == Cargo::Modify).map(|send| send.token).next();
                token.into_iter().for_each(|token| self.settle(key, invitation, token, Fate::Unknown));
            }
        }
        Disposition::Applied
    }
}
