//! What a message says, and whether its sender may say so (`W6`, `R4`): of the message alone, before any invitation.

use alloc::vec::Vec;

use serde_json::Value;

use super::said::Kind;
use crate::{Conversation, Data, GroupId, Inbound, InvitationKey, InviteId, MAX_TIMEOUT, UserId};

/// What a message says.
#[derive(Clone, Debug)]
pub(super) enum Heard {
    Invite { invitees: Vec<UserId>, timeout_s: u32, data: Data },
    Edit { data: Data },
    Word { kind: Kind, about: Vec<UserId>, data: Data },
}

/// The keys of a payload (`W1`).
struct Payload {
    action: i64,
    invite_id: InviteId,
    group: GroupId,
    inviter: UserId,
    list: Vec<UserId>,
    data: Data,
    timeout_s: u32,
}

/// Reads a message, or an edit; `None` if it says nothing that could count.
pub(super) fn hear(me: &UserId, message: &Inbound, is_edit: bool) -> Option<(InvitationKey, Heard)> {
    let payload = read(message).filter(|payload| (1..=5).contains(&payload.action))?;
    let sender = &message.sender;
    let inviter = if is_edit && payload.inviter.is_empty() { sender.clone() } else { payload.inviter.clone() };
    if sender.is_empty() || inviter.is_empty() || payload.invite_id.is_empty() {
        return None;
    }
    // Between two: the pair of me and one other, of whom one invites the other. In a group: that group.
    let other = match &message.conversation {
        Conversation::C2c(peer) => {
            let is_of_two = |user: &UserId| user == me || user == peer;
            let is_sound = !peer.is_empty() && peer != me && is_of_two(sender) && is_of_two(&inviter);
            if !is_sound || (!payload.group.is_empty() && !is_edit) {
                return None;
            }
            Some(if inviter == *me { peer.clone() } else { me.clone() })
        }
        Conversation::Group(group) => {
            if group.is_empty() || (payload.group != *group && !is_edit) {
                return None;
            }
            None
        }
    };
    let key = InvitationKey::new(&inviter, payload.invite_id, message.conversation.clone());
    let is_inviter = *sender == inviter;
    if is_edit {
        return is_inviter.then_some((key, Heard::Edit { data: payload.data }));
    }
    if payload.action == 1 && payload.list.contains(&UserId::default()) {
        return None; // an id that must not be empty (`W6`); in all but an invite it is somebody who is not invited
    }
    let names_anybody = !payload.list.is_empty();
    let mut list: Vec<UserId> = Vec::new();
    for user in payload.list {
        let can_be_invited = user != inviter && !user.is_empty() && other.as_ref().is_none_or(|other| user == *other);
        if can_be_invited && !list.contains(&user) {
            list.push(user);
        }
    }
    let kind = match payload.action {
        1 => None,
        2 => Some(Kind::Cancel),
        3 => Some(Kind::Accept),
        4 => Some(Kind::Reject),
        _ if is_inviter => Some(Kind::InviterTimeout),
        _ => Some(Kind::OwnTimeout),
    };
    let is_of_inviter = matches!(kind, None | Some(Kind::Cancel | Kind::InviterTimeout));
    let can_count = !list.is_empty() || (kind.is_some() && names_anybody);
    let may = if is_of_inviter { is_inviter && can_count } else { !is_inviter && list.contains(sender) };
    if !may {
        return None;
    }
    let data = payload.data;
    Some((
        key,
        match kind {
            None => Heard::Invite { invitees: list, timeout_s: payload.timeout_s, data },
            Some(kind) if is_of_inviter => Heard::Word { kind, about: list, data },
            Some(kind) => Heard::Word { kind, about: [sender.clone()].into(), data },
        },
    ))
}

fn read(message: &Inbound) -> Option<Payload> {
    let Ok(Value::Object(keys)) = serde_json::from_str::<Value>(&message.payload) else { return None };
    let is_marked = serde_json::from_str(&message.cloud_custom_data).is_ok_and(|cloud| says_signaling(&cloud));
    let key = |name: &str| keys.get(name).filter(|value| !value.is_null());
    let text = |name: &str| match key(name) {
        None => Some(""),
        Some(value) => value.as_str(),
    };
    let integer = |name: &str, default| key(name).map_or(Some(default), Value::as_i64);
    let is_plain = key("inviteID").is_some_and(Value::is_string) && key("actionType").is_some_and(Value::is_i64);
    if !is_plain && !is_marked {
        return None;
    }
    let list = match key("inviteeList") {
        None => Vec::new(),
        Some(value) => {
            let users = value.as_array()?.iter().map(|user| user.as_str().map(UserId::from));
            users.collect::<Option<Vec<UserId>>>()?
        }
    };
    integer("businessID", 1)?;
    Some(Payload {
        action: integer("actionType", 1)?,
        invite_id: text("inviteID")?.into(),
        group: text("groupID")?.into(),
        inviter: text("inviter")?.into(),
        list,
        data: text("data")?.into(),
        timeout_s: seconds(key("timeout"))?,
    })
}

/// Rounded down, nothing below 0, at most a day (`W7`).
fn seconds(value: Option<&Value>) -> Option<u32> {
    let Some(value) = value else { return Some(0) };
    let longest = MAX_TIMEOUT.as_secs();
    let seconds = value.as_f64()?.clamp(0.0, f64::from(longest));
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is rounded down, and in range")]
    Some(seconds as u32)
}

fn says_signaling(value: &Value) -> bool {
    match value {
        Value::Object(keys) => {
            keys.get("type").and_then(Value::as_str) == Some("tsignaling") || keys.values().any(says_signaling)
        }
        Value::Array(values) => values.iter().any(says_signaling),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}
