//! Messages as a peer would send them.

use convoke::{Conversation, Inbound, InviteId, Transmit};

use super::{group, pair, stamp};

/// A signaling message, by whom and where.
#[derive(Clone, Debug)]
pub(crate) struct Action<'a> {
    pub(crate) kind: u8,
    pub(crate) id: &'a str,
    pub(crate) inviter: &'a str,
    pub(crate) invitees: &'a [&'a str],
    pub(crate) timeout: u32,
    pub(crate) data: &'a str,
}

pub(crate) const INVITE: u8 = 1;
pub(crate) const CANCEL: u8 = 2;
pub(crate) const ACCEPT: u8 = 3;
pub(crate) const REJECT: u8 = 4;
pub(crate) const TIMEOUT: u8 = 5;

impl<'a> Action<'a> {
    pub(crate) fn invite(id: &'a str, inviter: &'a str, invitees: &'a [&'a str], timeout: u32) -> Self {
        Self { kind: INVITE, id, inviter, invitees, timeout, data: "call" }
    }

    /// A reply of this kind about these invitees of alice's invitation.
    pub(crate) fn reply(kind: u8, id: &'a str, inviter: &'a str, invitees: &'a [&'a str]) -> Self {
        Self { kind, id, inviter, invitees, timeout: 0, data: "reply" }
    }

    pub(crate) fn data(mut self, data: &'a str) -> Self {
        self.data = data;
        self
    }

    /// As it comes in: from whom, where.
    pub(crate) fn from(&self, sender: &str, conversation: Conversation) -> Inbound {
        let group_id = conversation.group().map_or("", |group| group.as_str());
        let payload = serde_json::json!({
            "businessID": 1, "timeout": self.timeout, "data": self.data, "inviteID": self.id, "groupID": group_id,
            "actionType": self.kind, "inviter": self.inviter, "inviteeList": self.invitees,
        });
        Inbound::new(sender, conversation, payload.to_string())
    }
}

/// Invites bob, in the pair of the two.
pub(crate) fn to_bob(id: &str, inviter: &str, timeout: u32) -> Inbound {
    Action::invite(id, inviter, &["bob"], timeout).from(inviter, pair(inviter))
}

/// Cancels that.
pub(crate) fn cancel_to_bob(id: &str, inviter: &str) -> Inbound {
    Action::reply(CANCEL, id, inviter, &["bob"]).from(inviter, pair(inviter))
}

/// Alice's invitation `i` to bob, for ten seconds.
pub(crate) fn call() -> Inbound {
    Action::invite("i", "alice", &["bob"], 10).from("alice", pair("alice"))
}

/// Something about that invitation, as bob's devices hear it.
pub(crate) fn in_call(kind: u8, sender: &str) -> Inbound {
    Action::reply(kind, "i", "alice", &["bob"]).from(sender, pair("alice"))
}

/// What bob says about alice's call of this id, as she hears it.
pub(crate) fn bob_says(kind: u8, id: &InviteId) -> Inbound {
    Action::reply(kind, id.as_str(), "alice", &["bob"]).from("bob", pair("bob"))
}

/// What an invitee says for themself about alice's invitation of this id in the room.
pub(crate) fn in_room(kind: u8, id: &InviteId, invitee: &str) -> Inbound {
    Action::reply(kind, id.as_str(), "alice", &[invitee]).from(invitee, group("room"))
}

/// Alice's invitation `i` of bob and carol in the room, for ten seconds.
pub(crate) fn class() -> Inbound {
    Action::invite("i", "alice", &["bob", "carol"], 10).from("alice", group("room"))
}

/// Something about that invitation, of these invitees.
pub(crate) fn in_class(kind: u8, sender: &str, about: &[&str]) -> Inbound {
    Action::reply(kind, "i", "alice", about).from(sender, group("room"))
}

/// The invite, edited by its inviter at this moment to say this.
pub(crate) fn edited(invite: &Inbound, ms: i64, data: &str) -> Inbound {
    let mut edit = invite.clone().stamped(ms, format!("edit-{ms}").as_str());
    edit.payload = invite.payload.replace(r#""data":"call""#, &format!(r#""data":"{data}""#));
    assert_ne!(edit.payload, invite.payload, "the invite says `call`");
    edit
}

/// The invite's message as it stands in the history: under its own stamp, with the data that it has by then.
pub(crate) fn standing(invite: &Inbound, text: &str) -> Inbound {
    let mut copy = edited(invite, 0, text);
    copy.stamp.clone_from(&invite.stamp);
    copy
}

/// What one device sent, as another receives it: stamped `ms`, with the token as its message id.
pub(crate) fn relay(transmit: &Transmit, sender: &str, receiver: &str, ms: i64) -> Inbound {
    let conversation = match &transmit.conversation {
        Conversation::C2c(_) if sender == receiver => transmit.conversation.clone(),
        Conversation::C2c(_) => pair(sender),
        Conversation::Group(name) => Conversation::Group(name.clone()),
    };
    let mut message = Inbound::new(sender, conversation, transmit.payload.clone());
    message.stamp = Some(stamp(ms, &format!("{sender}-{ms}-{}", transmit.payload.len())));
    message.online_user_only = transmit.online_user_only;
    message
}
