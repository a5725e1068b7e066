//! Which of our invitations is which of the recorded ones: each side makes its own ids.

use alloc::borrow::ToOwned as _;
use alloc::collections::{BTreeMap, VecDeque};
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use serde_json::Value;

use super::deviations::Expected;

const INVITE: i64 = 1;

/// The pairs of ids found so far. A peer's first invite pairs with its first recorded invite, and so on.
pub(super) struct Ids {
    /// The ids of each peer's recorded invites that have no counterpart yet.
    recorded: BTreeMap<String, VecDeque<String>>,
    pairs: Vec<Pair>,
}

struct Pair {
    recorded: String,
    ours: String,
}

impl Ids {
    pub(super) fn new(expected: &[Expected]) -> Self {
        let mut recorded: BTreeMap<String, VecDeque<String>> = BTreeMap::new();
        for line in expected {
            if let Some(id) = invited_in(&line.out) {
                recorded.entry(line.peer.clone()).or_default().push_back(id);
            }
        }
        Self { recorded, pairs: Vec::new() }
    }

    pub(super) fn learn(&mut self, peer: &str, out: &Value) {
        if let Some(ours) = invited_in(out)
            && let Some(recorded) = self.recorded.get_mut(peer).and_then(VecDeque::pop_front)
        {
            self.pairs.push(Pair { recorded, ours });
        }
    }

    pub(super) fn to_ours(&self, text: &str) -> String {
        self.pairs.iter().fold(text.to_owned(), |text, pair| text.replace(&pair.recorded, &pair.ours))
    }

    /// The value with every id in its texts as the recording has it.
    pub(super) fn to_recorded(&self, value: Value) -> Value {
        map_texts(value, &|text| self.pairs.iter().fold(text, |text, pair| text.replace(&pair.ours, &pair.recorded)))
    }
}

/// The value with every text in it mapped.
pub(super) fn map_texts(value: Value, map: &impl Fn(String) -> String) -> Value {
    match value {
        Value::String(text) => Value::String(map(text)),
        Value::Array(items) => items.into_iter().map(|item| map_texts(item, map)).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, map_texts(value, map))).collect(),
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => plain,
    }
}

/// The inviteID of an invite, where what was put out is one.
pub(super) fn invited_in(out: &Value) -> Option<String> {
    invited_id(out.get("send")?.get("data")?.as_str()?)
}

/// The inviteID of a payload that invites.
fn invited_id(payload: &str) -> Option<String> {
    let payload: Value = serde_json::from_str(payload).ok()?;
    let invites = payload.get("actionType")?.as_i64()? == INVITE;
    let id = payload.get("inviteID")?.as_str().filter(|id| !id.is_empty())?;
    invites.then(|| id.to_string())
}
