//! What nobody can ask an engine, read from its snapshot.

use alloc::vec::Vec;

use serde::Deserialize;
use serde_json::{Error, Value, json};

use crate::engine::Engine;
use crate::id::UserId;
use crate::message::{Inbound, Token};
use crate::name::InvitationKey;
use crate::time::Timestamp;
use crate::wire::SignalingInfo;

#[derive(Deserialize)]
pub(super) struct Hidden {
    invitations: Vec<(InvitationKey, Kept)>,
    early: Vec<(InvitationKey, Early)>,
}

#[derive(Deserialize)]
struct Kept {
    sends: Vec<Made>,
}

/// A send whose fate is not known.
#[derive(Deserialize)]
struct Made {
    token: Token,
    since: Timestamp,
    cargo: Value,
}

/// What came before its invitation.
#[derive(Deserialize)]
struct Early {
    facts: Vec<Value>,
}

impl Hidden {
    pub(super) fn of(engine: &Engine) -> Result<Self, Error> {
        serde_json::from_value(serde_json::to_value(engine.snapshot())?)
    }

    /// Who made each invitation that is kept.
    pub(super) fn inviters(&self) -> impl Iterator<Item = &UserId> {
        self.invitations.iter().map(|(key, _)| key.inviter())
    }

    /// When this was sent; not of an edit, which may be acked with the stamp of its message.
    pub(super) fn sent_at(&self, token: Token) -> Option<Timestamp> {
        let mut sends = self.invitations.iter().flat_map(|(_, kept)| &kept.sends);
        sends.find(|send| send.token == token && send.cargo != "Modify").map(|send| send.since)
    }

    /// Who said what came early.
    pub(super) fn early_senders(&self) -> impl Iterator<Item = &str> {
        let facts = self.early.iter().flat_map(|(_, early)| &early.facts);
        facts.filter_map(|fact| fact.get("sender")?.as_str())
    }

    /// Whether a cancel or a time-out, of which this is read, is kept for the invitation.
    pub(super) fn waits(&self, key: &InvitationKey, message: &Inbound, info: &SignalingInfo) -> bool {
        let said = if info.action_type == 2 { "Cancel" } else { "Timeout" };
        let (sender, listed, data, stamp) = (&message.sender, &info.invitee_list, &info.data, &message.stamp);
        let fact = json!({"said": said, "sender": sender, "listed": listed, "data": data, "stamp": stamp});
        self.early.iter().any(|(of, early)| of == key && early.facts.contains(&fact))
    }
}
