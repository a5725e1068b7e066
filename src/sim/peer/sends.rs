//! The host's part: polls, sends, and tells the engine what became of it.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::json;

use super::super::answer::{Out, SentMessage};
use super::super::apps::LayerEvent;
use super::super::command::{ConversationType, Fate, SendingMode};
use super::super::service::{Service, seconds};
use super::Peer;
use crate::Output;
use crate::id::InviteId;
use crate::input::{Input, Reply};
use crate::layer::Layered;
use crate::message::{Edit, SendResult, Stamp, Token, Transmit};
use crate::name::Conversation;

/// The code with which the service refuses a send, as in the vendor's test peer.
const SERVICE_REFUSAL: i32 = 9999;

/// A send of which the host has heard nothing yet.
#[derive(Clone)]
pub(super) struct Held {
    token: Token,
    invite_id: InviteId,
    stamp: Stamp,
    /// The service has not taken it yet, and so not stamped it.
    pub(super) is_stalled: bool,
}

impl Peer {
    pub(super) fn drain(&mut self, service: &mut Service) {
        while let Some(output) = self.poll(service) {
            match output {
                Layered::Transmit(transmit) => {
                    service.note(&self.name, || json!({ "send": transmit.token }));
                    self.send(service, transmit);
                }
                Layered::Edit(edit) => {
                    service.note(&self.name, || json!({ "edit": edit.token }));
                    self.edit(service, edit);
                }
                Layered::Callback(callback) => {
                    service.put_out(&self.name, Out::Callback(callback));
                }
                Layered::Event(event) => service.put_out(&self.name, Out::Layer(event)),
            }
        }
    }

    fn poll(&mut self, service: &Service) -> Option<Layered<LayerEvent>> {
        if self.has_layers() {
            return self.poll_layers(service);
        }
        self.engine.poll().map(|output| match output {
            Output::Transmit(transmit) => Layered::Transmit(transmit),
            Output::Edit(edit) => Layered::Edit(edit),
            Output::Callback(callback) => Layered::Callback(callback),
        })
    }

    fn send(&mut self, service: &mut Service, transmit: Transmit) {
        let stamp = service.stamp(&self.name);
        let mut message = self.message(&stamp, &transmit.conversation, transmit.payload);
        message.online_user_only = transmit.online_user_only;
        message.offline_push_info = transmit.push;
        message.push_intents = transmit.push_intents;
        message.message_control_info = Some(transmit.control);
        service.put_out(&self.name, Out::Send(message));
        self.hand_over(service, (transmit.token, transmit.invitation.invite_id()), stamp);
    }

    /// Sends a message past the engine.
    pub(in super::super) fn post(
        &self,
        service: &mut Service,
        (conversation_type, to): (ConversationType, &str),
        data: String,
        is_edit: bool,
    ) {
        let conversation = match conversation_type {
            ConversationType::C2c => Conversation::C2c(to.into()),
            ConversationType::Group => Conversation::Group(to.into()),
        };
        let stamp = service.stamp(&self.name);
        let mut message = self.message(&stamp, &conversation, data);
        message.online_user_only = is_edit; // of no message, so that no history has it
        service.put_out(&self.name, if is_edit { Out::Modify(message) } else { Out::Send(message) });
    }

    fn edit(&mut self, service: &mut Service, edit: Edit) {
        let stamp = service.stamp_edit(&self.name, edit.message.as_ref());
        let message = self.message(&stamp, &edit.conversation, edit.payload);
        service.put_out(&self.name, Out::Modify(message));
        self.hand_over(service, (edit.token, edit.invitation.invite_id()), stamp);
    }

    fn message(&self, stamp: &Stamp, conversation: &Conversation, data: String) -> SentMessage {
        let (conversation_type, to) = match conversation {
            Conversation::C2c(user) => (ConversationType::C2c, user.as_str()),
            Conversation::Group(group) => (ConversationType::Group, group.as_str()),
        };
        SentMessage {
            id: stamp.id.to_string(),
            from: self.user.clone(),
            to: to.to_owned(),
            conversation_type,
            time: seconds(stamp.time.as_millis()),
            data,
            online_user_only: false,
            offline_push_info: None,
            push_intents: Vec::new(),
            message_control_info: None,
        }
    }

    /// The service has the message: its fate is known at once, unless sends are held.
    fn hand_over(&mut self, service: &mut Service, (token, invite_id): (Token, &InviteId), stamp: Stamp) {
        if let Some(operation) = self.called.take() {
            self.under_way.insert(token, operation);
        }
        match self.sending {
            SendingMode::Ok => self.settle(service, (token, invite_id), SendResult::Sent(stamp)),
            SendingMode::Fail => {
                self.settle(service, (token, invite_id), SendResult::Refused { code: SERVICE_REFUSAL })
            }
            mode @ (SendingMode::Hold | SendingMode::Stall) => {
                self.held.push(Held {
                    token,
                    invite_id: invite_id.clone(),
                    stamp,
                    is_stalled: mode == SendingMode::Stall,
                });
            }
        }
    }

    fn settle(&mut self, service: &mut Service, (token, invite_id): (Token, &InviteId), result: SendResult) {
        let code = match result {
            SendResult::Refused { code } => code,
            SendResult::Sent(_) | SendResult::Unknown => 0,
        };
        // A fate that comes after the engine gave the send up is no error (`O7`).
        if let Reply::SendResult(Err(_)) = self.handle(service, Input::SendResult(token, result))
            && code != 0
        {
            service.refuse_unheard(invite_id.clone());
        }
        if let Some(operation) = self.under_way.remove(&token) {
            self.put_result(service, operation, code);
        }
    }

    pub(super) fn release(&mut self, service: &mut Service, fate: Fate) {
        for Held { token, invite_id, mut stamp, is_stalled } in core::mem::take(&mut self.held) {
            if is_stalled {
                stamp.time = service.whole_second();
            }
            let result = match fate {
                Fate::Ok => SendResult::Sent(stamp),
                Fate::Fail => SendResult::Refused { code: SERVICE_REFUSAL },
                Fate::Unknown => SendResult::Unknown,
            };
            self.settle(service, (token, &invite_id), result);
            self.drain(service);
        }
    }
}
