//! Sending, and what the fate of a send does (`O5`, `O7`).

use alloc::string::String;
use alloc::vec::Vec;

use super::Engine;
use super::step::Step;
use crate::callback::{Answer, Callback, Operation, Outcome, Output};
use crate::config::exceeds;
use crate::error::{Limit, UnknownToken};
use crate::id::Data;
use crate::message::{Edit, PushInfo, PushIntent, SendResult, Stamp, Token, Transmit};
use crate::name::InvitationKey;
use crate::protocol::edit::Undone;
use crate::protocol::fact::Fact;
use crate::protocol::invitation::{Invitation, Phase};
use crate::protocol::outcome::stands_for;
use crate::protocol::send::{Cargo, Send, fact_of};
use crate::protocol::timer::send_expiry;
use crate::protocol::under_way::Retry;
use crate::time::{Millis, Timestamp};
use crate::wire::{self, Action, Outgoing};

/// What became of a send.
pub(super) enum Fate<'a> {
    /// The service took it. Of an invite: the deadline that its stamp makes.
    Sent(&'a Stamp, Timestamp),
    Unknown,
    Refused(i32),
}

/// How often a refused time-out is sent again (`O7`).
const RETRIES: u8 = 3;

impl Engine {
    /// Takes in the fate of a send.
    pub(super) fn take_fate(&mut self, token: Token, result: &SendResult) -> Result<(), UnknownToken> {
        let key = self.outbox.tokens.remove(&token).ok_or(UnknownToken)?;
        let fate = match result {
            SendResult::Sent(stamp) => {
                let invitation = self.book.get(&key);
                let send = invitation
                    .and_then(|invitation| invitation.under_way.sends().iter().find(|send| send.token == token));
                match send {
                    // Services exist that give an edit the stamp of its message.
                    Some(Send { cargo: Cargo::Modify, .. }) | None => self.clock.note(Some(stamp.time), false),
                    Some(send) => self.clock.note_ack(stamp.time, send.since),
                }
                let life = invitation.map_or(Millis::ZERO, |invitation| invitation.timeout);
                let age = send.map_or(Millis::ZERO, |send| self.clock.sent_age(stamp.time, send.since));
                Fate::Sent(stamp, self.clock.deadline(age, life))
            }
            SendResult::Refused { code } => Fate::Refused(*code),
            SendResult::Unknown => Fate::Unknown,
        };
        let (book, mut step) = self.split(self.clock.now(), None);
        book.with(&mut step, &key, |step, key, invitation| step.settle(key, invitation, token, fate));
        Ok(())
    }
}

impl Step<'_> {
    /// The payload of an action on this invitation, of these invitees.
    pub(super) fn encode(
        &self,
        key: &InvitationKey,
        invitation: &Invitation,
        action: Action,
        invitees: impl Iterator<Item: AsRef<str>>,
        data: &Data,
    ) -> String {
        let timeout = if action == Action::Invite { invitation.timeout } else { Millis::ZERO };
        let outgoing = Outgoing {
            timeout,
            data: data.as_str(),
            invite_id: key.invite_id().as_str(),
            group_id: key.conversation().group().map_or("", |group| group.as_str()),
            action,
            inviter: key.inviter().as_str(),
            invitees,
        };
        outgoing.encode()
    }

    /// The same, for an operation: within the limit, or not at all.
    pub(super) fn encode_within(
        &self,
        key: &InvitationKey,
        invitation: &Invitation,
        action: Action,
        invitees: impl Iterator<Item: AsRef<str>>,
        data: &Data,
    ) -> Result<String, Limit> {
        let payload = self.encode(key, invitation, action, invitees, data);
        if exceeds(payload.len(), self.config.limits.payload_bytes) { Err(Limit::PayloadBytes) } else { Ok(payload) }
    }

    pub(super) fn transmit(
        &mut self,
        key: &InvitationKey,
        invitation: &mut Invitation,
        (action, data, cargo): (Action, &Data, Cargo),
        payload: String,
        push: Option<PushInfo>,
    ) {
        let token = self.outbox.open_token(key);
        let push = push.filter(|_| !invitation.online_user_only);
        let (push, push_intents) = match (push, key.conversation().group()) {
            (Some(info), Some(_)) => {
                let intent = |invitee: &_| PushIntent { invitee: Clone::clone(invitee), info: info.clone() };
                (None, invitation.invitees().iter().map(intent).collect())
            }
            (push, _) => (push, Vec::new()),
        };
        self.outbox.outputs.push_back(Output::Transmit(Transmit {
            token,
            invitation: key.clone(),
            conversation: key.conversation().clone(),
            payload,
            online_user_only: invitation.online_user_only,
            control: wire::control(action, data.as_str()),
            push,
            push_intents,
        }));
        self.wait_for_fate(key, invitation, token, cargo);
    }

    /// Asks for an edit of the invite's message (`W2`).
    pub(super) fn edit(&mut self, key: &InvitationKey, invitation: &mut Invitation, payload: String) {
        let token = self.outbox.open_token(key);
        self.outbox.outputs.push_back(Output::Edit(Edit {
            token,
            invitation: key.clone(),
            conversation: key.conversation().clone(),
            message: invitation.stamp.clone(),
            payload,
        }));
        self.wait_for_fate(key, invitation, token, Cargo::Modify);
    }

    fn wait_for_fate(&mut self, key: &InvitationKey, invitation: &mut Invitation, token: Token, cargo: Cargo) {
        let since = self.now;
        let expires = send_expiry(invitation.deadline, self.config, since);
        let send = Send { token, cargo, since, expires, is_proven: false, held: Vec::new() };
        if self.config.fates_are_told {
            invitation.under_way.add_send(send);
        } else {
            self.outbox.tokens.remove(&token);
            self.sent(key, invitation, send, None);
        }
    }

    /// Acts on the fate of a send, which may be the end.
    pub(super) fn settle(&mut self, key: &InvitationKey, invitation: &mut Invitation, token: Token, fate: Fate<'_>) {
        self.outbox.tokens.remove(&token);
        let Some(send) = invitation.under_way.take_send(token) else {
            return;
        };
        match fate {
            Fate::Sent(stamp, deadline) => self.sent(key, invitation, send, Some((stamp, deadline))),
            Fate::Unknown => self.sent(key, invitation, send, None),
            Fate::Refused(code) => self.refused(key, invitation, send, code),
        }
        self.end_if_settled(key, invitation);
    }

    fn sent(
        &mut self,
        key: &InvitationKey,
        invitation: &mut Invitation,
        send: Send,
        proof: Option<(&Stamp, Timestamp)>,
    ) {
        let stamp = proof.map(|(stamp, _)| stamp);
        match send.cargo {
            Cargo::Invite => {
                if let Some((stamp, deadline)) = proof {
                    invitation.stamped(stamp, deadline);
                }
            }
            Cargo::Cancel(listed) => {
                for party in listed {
                    invitation.confirm(party, Fact::Cancel);
                }
            }
            Cargo::Answer(answer) => {
                if let Some(me) = invitation.me() {
                    invitation.confirm(me, fact_of(answer));
                    if let Some(stamp) = stamp {
                        invitation.note_answer(me, answer, stamp);
                    }
                }
                if let Some(contest) = invitation.under_way.contest_mut() {
                    contest.sent(stamp);
                }
                self.tell_if_lost(key, invitation);
            }
            Cargo::Modify => {
                if let Some(Undone { before, is_overtaken }) = invitation.words.taken(stamp) {
                    self.tell_edit(key, invitation, before, is_overtaken);
                }
            }
            Cargo::InviterTimeout(..) | Cargo::OwnTimeout(_) => {}
        }
    }

    fn refused(&mut self, key: &InvitationKey, invitation: &mut Invitation, send: Send, code: i32) {
        match send.cargo {
            // Somebody has seen it, so the service did take it.
            Cargo::Invite | Cargo::OwnTimeout(_) if send.is_proven => {}
            Cargo::InviterTimeout(listed, _) if listed.is_empty() => {}
            Cargo::Invite => {
                self.operation_failed(key, invitation, Operation::Invite, code, Outcome::Pending);
                self.forget(invitation);
            }
            Cargo::Cancel(listed) => {
                for party in listed {
                    invitation.withdraw(party, Fact::Cancel);
                }
                self.operation_failed(key, invitation, Operation::Cancel, code, invitation.summary());
                self.tell(key, invitation, &send.held);
            }
            Cargo::Answer(answer) => {
                if let Some(me) = invitation.me() {
                    invitation.withdraw(me, fact_of(answer));
                }
                invitation.under_way.withdraw_answer();
                let operation = match answer {
                    Answer::Accept => Operation::Accept,
                    Answer::Reject => Operation::Reject,
                };
                self.operation_failed(key, invitation, operation, code, invitation.my_outcome());
                self.tell(key, invitation, &send.held);
            }
            Cargo::Modify => {
                self.operation_failed(key, invitation, Operation::Modify, code, invitation.summary());
                if let Some(Undone { before, is_overtaken: true }) = invitation.words.undo() {
                    self.tell_edit(key, invitation, before, true);
                }
            }
            Cargo::InviterTimeout(listed, attempt) => {
                for party in listed {
                    invitation.presume(party, Fact::InviterTimeout);
                }
                self.tell(key, invitation, &send.held);
                self.try_again_later(invitation, attempt);
            }
            Cargo::OwnTimeout(attempt) => {
                if let Some(me) = invitation.me() {
                    invitation.presume(me, Fact::OwnTimeout);
                }
                self.try_again_later(invitation, attempt);
            }
        }
    }

    fn operation_failed(
        &mut self,
        key: &InvitationKey,
        invitation: &Invitation,
        operation: Operation,
        code: i32,
        outcome: Outcome,
    ) {
        // Of one's own doing, so it is heard under every profile: a revision of what the operation said.
        let failed = Callback::OperationFailed { invitation: key.clone(), operation, code, outcome };
        self.call_back(invitation, true, failed);
    }

    fn try_again_later(&self, invitation: &mut Invitation, attempt: u8) {
        if attempt < RETRIES && !invitation.is_dismissed() {
            let pause = Millis::from_secs(1 << attempt);
            invitation.under_way.set_retry(Retry { at: self.now + pause, attempt: attempt.saturating_add(1) });
        }
    }

    /// Tells this device that another one's answer counts, once that is certain (`C4`); says whether it did.
    pub(super) fn tell_if_lost(&mut self, key: &InvitationKey, invitation: &mut Invitation) -> bool {
        let mine = invitation.my_outcome();
        let lost_to = invitation.under_way.contest_mut().and_then(|contest| contest.lost_to());
        let Some(with) = lost_to.filter(|with| mine == stands_for(fact_of(*with))) else {
            return false;
        };
        self.call_back(invitation, true, Callback::AnsweredElsewhere { invitation: key.clone(), with });
        true
    }

    /// Removes an invitation and all that waits for it.
    pub(super) fn forget(&mut self, invitation: &mut Invitation) {
        invitation.set_phase(Phase::Gone);
        for send in invitation.under_way.take_sends() {
            self.outbox.tokens.remove(&send.token);
        }
    }
}
