//! What the messages of a class say (`H6`).

use alloc::collections::BTreeMap;
use alloc::string::String;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::id::{Data, InviteId, UserId};

const APP: &str = "classroom";

/// A longer name of a round is nobody's: an inviteID is no longer either.
const ROUND_BYTES: usize = 128;

/// What a message of a class is for: `op`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum Op {
    /// The teacher asks: who accepts has a hand up.
    RaiseHand,
    /// A hand goes down, or all of a round.
    LowerHand,
    /// The teacher lets one speak: the accept begins the speech.
    Speak,
    /// A speech is over.
    Stop,
    /// A round is over.
    Close,
}

/// The `data` of a class's invitation.
///
/// Keys that are not known are ignored, and a higher version is read as far as it is understood.
///
/// ```
/// use convoke::classroom::{ClassData, Op};
/// let data = ClassData::read(r#"{"v":2,"app":"classroom","op":"lower_hand","round":"r1","user":"bob","mood":[]}"#).unwrap();
/// assert_eq!((data.op, data.user), (Op::LowerHand, Some("bob".into())));
/// assert_eq!(ClassData::read("raise hand"), None);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct ClassData {
    /// What it is for.
    pub op: Op,
    /// The id of the round or the speech. If the invitation that begins one does not give it, the inviteID is the id.
    pub round: Option<InviteId>,
    /// Who began the round or the speech; `None`: the sender of this message.
    pub teacher: Option<UserId>,
    /// Whose hand or speech it is about. `None` in a message of the teacher: all of them; in a message of a student: the sender's own.
    pub user: Option<UserId>,
}

#[derive(Serialize)]
struct Written<'a> {
    v: u32,
    app: &'a str,
    op: Op,
    #[serde(skip_serializing_if = "Option::is_none")]
    round: Option<&'a InviteId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    teacher: Option<&'a UserId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a UserId>,
}

impl ClassData {
    /// The version of the data that is written here.
    pub const VERSION: u32 = 1;

    /// A message about this round or speech.
    pub fn new(op: Op, round: impl Into<InviteId>) -> Self {
        Self { op, round: Some(round.into()), teacher: None, user: None }
    }

    /// Reads a `data`. `None`: it is no class's, or nothing that is understood here. Of a key given twice the last value counts, as
    /// in JSON.parse.
    #[must_use]
    pub fn read(data: &str) -> Option<Self> {
        let keys: BTreeMap<String, &RawValue> = serde_json::from_str(data).ok()?;
        let is_ours = value::<String>(&keys, "app")? == APP && value::<u32>(&keys, "v")? >= Self::VERSION;
        let round: Option<InviteId> = name(&keys, "round")?;
        let is_named = |round: &InviteId| !round.is_empty() && round.as_str().len() <= ROUND_BYTES;
        if !is_ours || round.as_ref().is_some_and(|round| !is_named(round)) {
            return None;
        }
        Some(Self { op: value(&keys, "op")?, round, teacher: name(&keys, "teacher")?, user: name(&keys, "user")? })
    }

    /// As it is sent.
    #[must_use]
    pub fn to_data(&self) -> Data {
        let Self { op, round, teacher, user } = self;
        let (round, teacher, user) = (round.as_ref(), teacher.as_ref(), user.as_ref());
        let written = Written { v: Self::VERSION, app: APP, op: *op, round, teacher, user };
        serde_json::to_string(&written).unwrap_or_default().into()
    }
}

fn value<T: DeserializeOwned>(keys: &BTreeMap<String, &RawValue>, name: &str) -> Option<T> {
    keys.get(name).and_then(|value| serde_json::from_str(value.get()).ok())
}

/// What is there must be a name: else the message would be about something else than its sender means.
fn name<T: DeserializeOwned>(keys: &BTreeMap<String, &RawValue>, name: &str) -> Option<Option<T>> {
    if keys.contains_key(name) { value(keys, name).map(Some) } else { Some(None) }
}
