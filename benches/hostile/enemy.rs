//! What hostile peers send: anything that the service lets through, under their own names, about anything they have seen.

use std::collections::VecDeque;
use std::rc::Rc;

use convoke::{Conversation, Inbound, InvitationKey};
use fastrand::Rng;

use super::Mix;

pub(crate) const ME: &str = "me";
pub(crate) const ROOM: &str = "room";

const INVITE: u8 = 1;
const CANCEL: u8 = 2;
const ACCEPT: u8 = 3;
const REJECT: u8 = 4;
const TIMEOUT: u8 = 5;

/// How many of their own invitations that were taken in they remember.
const REMEMBERED: usize = 4_096;

/// Whole days, short calls, none at all, and nonsense.
const TIMEOUTS: [&str; 9] = ["1", "20", "60", "600", "3600", "86400", "1e12", "0", "-1"];

pub(crate) struct Enemy {
    mix: Mix,
    rng: Rng,
    count: u64,
    invited: VecDeque<Invited>,
    lists: [Rc<str>; 4],
}

/// An invitation of theirs.
#[derive(Clone)]
pub(crate) struct Invited {
    key: InvitationKey,
    timeout: &'static str,
    invitees: Rc<str>,
}

impl Invited {
    /// The same, and nothing of it shared with the engine that was invited.
    pub(crate) fn copied(&self) -> Self {
        let conversation = match self.key.conversation() {
            Conversation::C2c(user) => Conversation::C2c(user.as_str().into()),
            Conversation::Group(group) => Conversation::Group(group.as_str().into()),
        };
        let key = InvitationKey::new(self.key.inviter().as_str(), self.key.invite_id().as_str(), conversation);
        Self { key, ..self.clone() }
    }
}

/// A message as it comes in.
pub(crate) struct Hostile {
    pub(crate) message: Inbound,
    pub(crate) is_edit: bool,
    /// What it invites to, if it does.
    pub(crate) invited: Option<Invited>,
}

impl Enemy {
    pub(crate) fn new(mix: Mix) -> Self {
        let lists = [1, 3, 1_000, 1_002].map(|count| {
            let others = (1..count).map(|n| format!(r#","u{n}""#));
            others.fold(r#""me""#.to_owned(), |list, other| list + &other).into()
        });
        Self { mix, rng: Rng::with_seed(7), count: 0, invited: VecDeque::with_capacity(REMEMBERED), lists }
    }

    /// The next message, at this moment of the service's clock, by somebody who has seen these invitations.
    pub(crate) fn next(&mut self, server_ms: i64, seen: &VecDeque<InvitationKey>) -> Hostile {
        self.count += 1;
        let sender = self.sender();
        let mut invited = None;
        let message = match self.rng.u8(0..100) {
            0..=29 => {
                let new = invited.insert(self.invite(&sender)).clone();
                self.say(INVITE, &new)
            }
            30..=51 => self.again(&sender, seen),
            52..=69 => self.forge(&sender, seen),
            70..=91 => self.early(&sender, seen),
            92..=94 => self.huge(&sender),
            95..=96 => self.deep(&sender),
            _ => self.nonsense(&sender, seen),
        };
        let is_edit = invited.is_none() && self.rng.u8(0..16) == 0;
        Hostile { message: self.stamp(message, server_ms), is_edit, invited }
    }

    /// They see that it rings.
    pub(crate) fn remember(&mut self, invited: Invited) {
        if self.invited.len() == REMEMBERED {
            self.invited.pop_front();
        }
        self.invited.push_back(invited);
    }

    fn sender(&mut self) -> String {
        match self.mix {
            Mix::OneSender => "mallory".into(),
            Mix::MillionSenders => format!("sybil{}", self.rng.u32(0..1_000_000)),
            Mix::GroupMembers => format!("member{}", self.rng.u32(0..1_000)),
        }
    }

    fn place(&mut self, sender: &str) -> Conversation {
        let is_in_group = match self.mix {
            Mix::OneSender | Mix::MillionSenders => self.rng.u8(0..8) == 0,
            Mix::GroupMembers => self.rng.u8(0..4) > 0,
        };
        if is_in_group { Conversation::Group(ROOM.into()) } else { Conversation::C2c(sender.into()) }
    }

    fn fresh_id(&mut self) -> String {
        format!("{:032x}", (u128::from(self.count) << 64) | u128::from(self.rng.u64(..)))
    }

    /// A new invitation, of few or of as many as may be, or more; with much data now and then.
    fn invite(&mut self, sender: &str) -> Invited {
        let (id, place, which) = (self.fresh_id(), self.place(sender), self.rng.usize(0..64));
        let invitees = Rc::clone(&self.lists[if which < 60 { which % 2 } else { which % 2 + 2 }]);
        let timeout = TIMEOUTS[self.rng.usize(0..TIMEOUTS.len())];
        Invited { key: InvitationKey::new(sender, id, place), timeout, invitees }
    }

    /// What it says of an invitation of theirs.
    fn say(&mut self, kind: u8, invited: &Invited) -> Inbound {
        let Invited { key, timeout, invitees } = invited;
        let length = if self.rng.u8(0..64) == 0 { 5_000 } else { self.rng.usize(0..200) };
        let (sender, place) = (key.inviter().as_str(), key.conversation().clone());
        said(sender, place, kind, (key.invite_id().as_str(), sender), timeout, invitees, &"x".repeat(length))
    }

    /// Something about one of their own: a copy, the end, a copy with other fields.
    fn again(&mut self, sender: &str, seen: &VecDeque<InvitationKey>) -> Inbound {
        if self.invited.is_empty() {
            return self.early(sender, seen);
        }
        let mut invited = self.invited[self.rng.usize(0..self.invited.len())].clone();
        if self.rng.u8(0..4) == 0 {
            invited.invitees = Rc::clone(&self.lists[self.rng.usize(0..2)]);
        }
        let kind = if self.rng.bool() { CANCEL } else { self.rng.u8(INVITE..=TIMEOUT) };
        self.say(kind, &invited)
    }

    /// Something about an invitation among friends, in which they have no say.
    fn forge(&mut self, sender: &str, seen: &VecDeque<InvitationKey>) -> Inbound {
        if seen.is_empty() {
            return self.early(sender, seen);
        }
        let key = seen[self.rng.usize(0..seen.len())].clone();
        let inviter = if self.rng.u8(0..4) == 0 { sender } else { key.inviter().as_str() };
        let place = if self.rng.bool() { self.place(sender) } else { Conversation::Group(ROOM.into()) };
        let invitees = [r#""me""#, r#""friend1""#, &format!(r#""{sender}""#)][self.rng.usize(0..3)].to_owned();
        let kind = self.rng.u8(INVITE..=TIMEOUT);
        said(sender, place, kind, (key.invite_id().as_str(), inviter), "30", &invitees, "forged")
    }

    /// Something about what nobody has heard of; or about a friend's next invitation, as if it had been there.
    fn early(&mut self, sender: &str, seen: &VecDeque<InvitationKey>) -> Inbound {
        let (id, place) = (self.fresh_id(), self.place(sender));
        let themself = format!(r#""{sender}""#);
        let data = "e".repeat(self.rng.usize(0..2_000));
        match (self.rng.bool(), seen.back()) {
            (true, Some(key)) if place.group().is_some() => {
                let kind = if self.rng.bool() { ACCEPT } else { REJECT };
                let name = (key.invite_id().as_str(), key.inviter().as_str());
                said(sender, place, kind, name, "0", &themself, &data)
            }
            (true, _) => {
                let kind = if self.rng.bool() { CANCEL } else { TIMEOUT };
                said(sender, place, kind, (&id, sender), "0", r#""me""#, &data)
            }
            (false, _) => said(sender, place, REJECT, (&id, "friend3"), "0", &themself, &data),
        }
    }

    /// A payload or an id that is too long.
    fn huge(&mut self, sender: &str) -> Inbound {
        let (id, place) = (self.fresh_id(), self.place(sender));
        match self.rng.u8(0..3) {
            0 => said(sender, place, INVITE, (&id, sender), "60", r#""me""#, &"x".repeat(13_000)),
            1 => said(sender, place, INVITE, (&id.repeat(5), sender), "60", r#""me""#, "id"),
            _ => said(sender, place, INVITE, (&id, sender), "60", &format!(r#""me","{}""#, "n".repeat(200)), "name"),
        }
    }

    /// Values in values in values.
    fn deep(&mut self, sender: &str) -> Inbound {
        let (id, place) = (self.fresh_id(), self.place(sender));
        let depth = [10, 63, 64, 65, 3_000][self.rng.usize(0..5)];
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        let payload = format!(r#"{{"deep":{open}{close},"inviteID":"{id}","actionType":1,"inviter":"{sender}"}}"#);
        Inbound::new(sender, place, payload)
    }

    /// Cut off, of the wrong type, or no signaling at all.
    fn nonsense(&mut self, sender: &str, seen: &VecDeque<InvitationKey>) -> Inbound {
        let mut message = self.forge(sender, seen);
        match self.rng.u8(0..3) {
            0 => message.payload.truncate(message.payload.len() / 2),
            1 => message.payload = message.payload.replace(r#""inviteeList":["#, r#""inviteeList":[7,"#),
            _ => message.payload = r#"{"text":"hello"}"#.into(),
        }
        if self.rng.bool() {
            message.cloud_custom_data = r#"{"type":"tsignaling"}"#.into();
        }
        message
    }

    /// Mostly the service's time; now and then none, or an absurd one.
    fn stamp(&mut self, message: Inbound, server_ms: i64) -> Inbound {
        let id = format!("h{}", self.count);
        let day = 86_400_000;
        match self.rng.u8(0..20) {
            0 => message,
            1 => {
                let odd = [i64::MIN, 0, server_ms - 30 * day, server_ms + 60_000, server_ms + 365 * day, i64::MAX];
                message.stamped(odd[self.rng.usize(0..odd.len())], id)
            }
            _ => message.stamped(server_ms - self.rng.i64(0..2_000), id),
        }
    }
}

/// A signaling message. The names in it need no escapes.
pub(crate) fn said(
    sender: &str,
    place: Conversation,
    kind: u8,
    (id, inviter): (&str, &str),
    timeout: &str,
    invitees: &str,
    data: &str,
) -> Inbound {
    let group = place.group().map_or("", |group| group.as_str());
    let payload = format!(
        r#"{{"businessID":1,"timeout":{timeout},"data":"{data}","inviteID":"{id}","groupID":"{group}","actionType":{kind},"inviter":"{inviter}","inviteeList":[{invitees}]}}"#
    );
    Inbound::new(sender, place, payload)
}
