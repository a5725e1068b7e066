//! The message service as far as one pipe has it: the clock, the stamps of messages, and the lines that come out.

use alloc::collections::{BTreeMap, VecDeque};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::Value;

use super::answer::{Event, Out};
use super::command::{ConversationType, Message};
use crate::id::{InviteId, MessageId, UserId};
use crate::message::{Inbound, Stamp};
use crate::name::Conversation;
use crate::time::ServerTime;

#[derive(Clone)]
pub(super) struct Service {
    pub(super) start_ms: i64,
    /// Virtual ms since the start.
    pub(super) elapsed_ms: i64,
    /// Whether an edit has a stamp of its own.
    pub(super) stamps_edits: bool,
    messages: u64,
    scripted: BTreeMap<String, VecDeque<Option<Stamp>>>,
    events: Vec<Event>,
    /// The invitations of which a message was refused when its sender no longer waited for its fate (`O7`).
    unheard: Vec<InviteId>,
    /// What no event says, if somebody wants to know.
    diary: Option<String>,
}

impl Service {
    pub(super) fn new(start_ms: i64) -> Self {
        Self {
            start_ms,
            elapsed_ms: 0,
            stamps_edits: false,
            messages: 0,
            scripted: BTreeMap::new(),
            events: Vec::new(),
            unheard: Vec::new(),
            diary: None,
        }
    }

    pub(super) fn now_ms(&self) -> i64 {
        self.start_ms.saturating_add(self.elapsed_ms)
    }

    /// Gives these stamps to the peer's next sends, as a recording has them; `None` where it has none.
    pub(super) fn script(&mut self, peer: &str, stamps: VecDeque<Option<Stamp>>) {
        self.scripted.insert(peer.to_string(), stamps);
    }

    /// The stamp of a new message of this peer. Like the real service, it knows whole seconds only.
    pub(super) fn stamp(&mut self, peer: &str) -> Stamp {
        self.next_scripted(peer).unwrap_or_else(|| {
            let id = self.new_id(peer);
            Stamp { time: self.whole_second(), id }
        })
    }

    /// The stamp of an edit. In a world it is one of its own; the vendor's peers know an edit by the message's id.
    pub(super) fn stamp_edit(&mut self, peer: &str, edited: Option<&Stamp>) -> Stamp {
        self.next_scripted(peer).unwrap_or_else(|| {
            let id = match edited {
                None => self.new_id(peer),
                Some(stamp) if self.stamps_edits => {
                    self.messages = self.messages.saturating_add(1);
                    edit_id(stamp.id.as_str(), self.messages)
                }
                Some(stamp) => stamp.id.clone(),
            };
            Stamp { time: self.whole_second(), id }
        })
    }

    pub(super) fn inbound(&mut self, me: &UserId, message: &Message) -> Inbound {
        let conversation = match message.conversation_type {
            ConversationType::Group => Conversation::Group(message.to.as_str().into()),
            ConversationType::C2c if message.from == *me => Conversation::C2c(message.to.as_str().into()),
            ConversationType::C2c => Conversation::C2c(message.from.clone()),
        };
        let time = given_time(message.time, message.time_ms).unwrap_or_else(|| self.whole_second());
        let id = message.id.as_deref().map_or_else(|| self.new_id("in"), MessageId::from);
        let mut inbound = Inbound::new(&message.from, conversation, message.data.as_str());
        inbound.stamp = Some(Stamp { time, id });
        inbound.cloud_custom_data.clone_from(&message.cloud_custom_data);
        inbound.online_user_only = message.online_user_only;
        inbound
    }

    pub(super) fn put_out(&mut self, peer: &str, out: Out) {
        self.events.push(Event { t: self.elapsed_ms, peer: peer.to_string(), out });
    }

    pub(super) fn take_events(&mut self) -> Vec<Event> {
        core::mem::take(&mut self.events)
    }

    pub(super) fn refuse_unheard(&mut self, invite_id: InviteId) {
        self.unheard.push(invite_id);
    }

    pub(super) fn take_unheard(&mut self) -> Vec<InviteId> {
        core::mem::take(&mut self.unheard)
    }

    /// From now on notes are taken.
    pub(super) fn take_notes(&mut self) {
        self.diary = Some(String::new());
    }

    pub(super) fn note(&mut self, peer: &str, what: impl FnOnce() -> Value) {
        if let Some(diary) = &mut self.diary {
            let (t, what) = (self.elapsed_ms, what());
            diary.push_str(&format!("{t} {peer} {what}\n"));
        }
    }

    pub(super) fn notes(&self) -> &str {
        self.diary.as_deref().unwrap_or_default()
    }

    fn next_scripted(&mut self, peer: &str) -> Option<Stamp> {
        self.scripted.get_mut(peer)?.pop_front().flatten()
    }

    /// Ids count over all peers, as the vendor's test peer does.
    fn new_id(&mut self, prefix: &str) -> MessageId {
        self.messages = self.messages.saturating_add(1);
        format!("{prefix}-{}", self.messages).into()
    }

    pub(super) fn whole_second(&self) -> ServerTime {
        ServerTime::from_millis(seconds(self.now_ms()).saturating_mul(1_000))
    }
}

/// The id of an edit: that of the message, and a number.
fn edit_id(message: &str, number: u64) -> MessageId {
    format!("{}{EDIT}{number}", edited_id(message)).into()
}

/// The id of the message that an edit is of.
pub(super) fn edited_id(edit: &str) -> &str {
    edit.split(EDIT).next().unwrap_or_default()
}

const EDIT: char = '+';

/// The moment that a line gives in seconds or in milliseconds.
pub(super) fn given_time(secs: Option<i64>, ms: Option<i64>) -> Option<ServerTime> {
    ms.or_else(|| secs.map(|secs| secs.saturating_mul(1_000))).map(ServerTime::from_millis)
}

/// In whole seconds, as the vendor's messages have it.
pub(super) fn seconds(ms: i64) -> i64 {
    ms.div_euclid(1_000)
}
