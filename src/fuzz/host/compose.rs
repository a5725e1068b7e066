//! Messages that somebody writes, by whatever right.

use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

use super::super::ME;
use super::super::program::{Invitation, Kind, Message, Pick, Place, Speaker, When};
use super::{Host, Known, remember};
use crate::id::{Data, InviteId, UserId};
use crate::message::Inbound;
use crate::name::{Conversation, InvitationKey};
use crate::wire::SignalingInfo;

pub(super) const USERS: [&str; 5] = [ME, "alice", "carol", "dave", "erin"];
pub(super) const GROUPS: [&str; 8] =
    ["room", "room", "room", "attic", "attic", "attic", "", "longer than a group may be"];
const IDS: [&str; 8] = ["x", "y", "z", "x", "y", "z", "", "longer than the id of an invitation may ever be"];
pub(super) const TIMEOUTS: [u32; 8] = [0, 1, 2, 5, 10, 30, 86_400, 86_401];
const DATA: [&str; 4] = ["", "call", r#"{"busy":true}"#, r#"{"excludeFromHistoryMessage":1}"#];

impl Host {
    pub(super) fn compose(&mut self, message: Message) -> Option<Inbound> {
        match message {
            Message::Invite { by, id, invite, when } => Some(self.compose_invite(by, id, invite, when)),
            Message::About { invitation, kind, speaker, listed, data, when, strays } => {
                let known = invitation.from(&self.known)?.clone();
                let sender = self.speaker(&known, kind, speaker)?;
                let listed = if sender == *known.key.inviter() {
                    some_of(&known.invitees, listed)
                } else {
                    vec![sender.clone()]
                };
                let mut message = self.message(kind, &sender, Known { invitees: listed, ..known }, 0, data, when);
                if strays.happens() {
                    message.conversation = Conversation::Group("cellar".into());
                }
                Some(message)
            }
            Message::Raw { sender, place, payload, declared } => {
                let sender = self.user(sender);
                let conversation = match place {
                    Place::Pair => Conversation::C2c(sender.clone()),
                    Place::Group(group) => Conversation::Group(self.group(group)),
                };
                let mut message = Inbound::new(sender, conversation, payload);
                if declared {
                    message.cloud_custom_data = r#"{"type":"tsignaling"}"#.into();
                }
                Some(message)
            }
        }
    }

    fn compose_invite(&mut self, by: Pick, id: Pick, invite: Invitation, when: When) -> Inbound {
        let sender = self.user(by);
        let mut invitees = users(invite.invitees);
        let conversation = match invite.place {
            Place::Group(group) => Conversation::Group(self.group(group)),
            Place::Pair if sender == ME => Conversation::C2c(invitees.first().cloned().unwrap_or_else(|| ME.into())),
            Place::Pair => {
                invitees.insert(0, ME.into());
                Conversation::C2c(sender.clone())
            }
        };
        let invite_id = InviteId::from(id.from(&IDS).copied().unwrap_or_default());
        let known = Known { key: InvitationKey::new(sender.clone(), invite_id, conversation), invitees };
        remember(&mut self.known, known.clone());
        let timeout = invite.timeout.from(&TIMEOUTS).copied().unwrap_or_default();
        let mut message = self.message(Kind::Invite, &sender, known, timeout, invite.data, when);
        message.online_user_only = invite.online_user_only;
        message
    }

    fn message(&mut self, kind: Kind, by: &UserId, of: Known, timeout: u32, data: Pick, when: When) -> Inbound {
        let Known { key, invitees } = of;
        let info = SignalingInfo {
            business_id: 1,
            invite_id: key.invite_id().clone(),
            group_id: key.conversation().group().cloned().unwrap_or_default(),
            inviter: key.inviter().clone(),
            invitee_list: invitees,
            data: text(data),
            action_type: kind as i64 + 1,
            timeout,
        };
        let payload = serde_json::to_string(&info).expect("strings and integers have a JSON form");
        Inbound { stamp: self.stamp(when), ..Inbound::new(by, key.conversation().clone(), payload) }
    }

    fn speaker(&self, known: &Known, kind: Kind, speaker: Speaker) -> Option<UserId> {
        let pick = match speaker {
            Speaker::Anyone(pick) => return Some(self.user(pick)),
            Speaker::Proper(pick) => pick,
        };
        let is_inviter = match kind {
            Kind::Invite | Kind::Cancel => true,
            Kind::Timeout => pick.0 >= 0x80,
            Kind::Accept | Kind::Reject => false,
        };
        if is_inviter { Some(known.key.inviter().clone()) } else { pick.from(&known.invitees).cloned() }
    }
}

/// A bit a user; the highest three make a flawed list of it.
pub(super) fn users(bits: u8) -> Vec<UserId> {
    let all: Vec<UserId> = USERS.into_iter().map(UserId::from).collect();
    let mut users = some_of(&all, bits & 0x1f);
    match bits >> 5 {
        5 => users.extend(users.first().cloned()),
        6 => users.push("".into()),
        7 => users.push("longer than a user may be".into()),
        _ => {}
    }
    users
}

/// A bit an item; none stands for all.
fn some_of<T: Clone>(items: &[T], bits: u8) -> Vec<T> {
    if bits == 0 {
        return items.to_vec();
    }
    let chosen = items.iter().zip(0..u8::BITS).filter(|(_, bit)| bits >> bit & 1 == 1);
    chosen.map(|(item, _)| item.clone()).collect()
}

/// One of the app's strings, or one that leaves no room for anything else.
pub(super) fn text(pick: Pick) -> Data {
    match pick.0 {
        0xf0.. => String::from_iter(['x'; 300]).into(),
        _ => pick.from(&DATA).copied().unwrap_or_default().into(),
    }
}
