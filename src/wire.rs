//! The V2TIM envelope: recognise, read, write (`W1` to `W9`). The only place that sees JSON.
//!
//! Text from others is read by a reader of our own ([`json`]). It bounds nesting inside skipped values too, allocates
//! nothing for a message without escapes, and its results cannot change with features of serde_json that another crate
//! switches on. Behind [`read`] everything is valid by construction.

use alloc::borrow::Cow;

use crate::config::{Limits, exceeds};
use crate::disposition::Malformed;
use crate::time::Millis;

mod fields;
mod info;
mod json;
mod number;
mod string;
#[cfg(test)]
mod tests;
mod write;

use self::fields::Fields;
use self::json::{Broken, Event, Reader};

pub use self::info::{NotSignaling, SignalingInfo, signaling_info};
pub(crate) use self::write::{Outgoing, control};

/// What the text of a custom message turned out to be.
pub(crate) enum Reading<'a> {
    /// An action.
    Signaling(Envelope<'a>),
    /// Signaling of a kind that this version does not know. Neither chat nor an error (`W6`).
    UnknownAction,
    /// Chat.
    NotSignaling,
    /// Signaling that cannot be read (`W7`).
    Malformed(Malformed),
}

/// One action as it came over the wire (`W1`). Text without escapes is borrowed from the message.
pub(crate) struct Envelope<'a, A = Action> {
    /// Whole seconds, at most [`MAX_TIMEOUT`](crate::MAX_TIMEOUT) (`W7`).
    pub(crate) timeout: Millis,
    pub(crate) data: Cow<'a, str>,
    pub(crate) invite_id: Cow<'a, str>,
    /// Empty for C2C.
    pub(crate) group_id: Cow<'a, str>,
    pub(crate) action: A,
    pub(crate) inviter: Cow<'a, str>,
    pub(crate) invitees: InviteeList<'a>,
    business_id: i64,
}

/// What a message does to its invitation (`W2`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    Invite,
    Cancel,
    Accept,
    Reject,
    Timeout,
}

impl Action {
    const fn from_code(code: i64) -> Option<Self> {
        match code {
            1 => Some(Self::Invite),
            2 => Some(Self::Cancel),
            3 => Some(Self::Accept),
            4 => Some(Self::Reject),
            5 => Some(Self::Timeout),
            _ => None,
        }
    }

    const fn code(self) -> u8 {
        match self {
            Self::Invite => 1,
            Self::Cancel => 2,
            Self::Accept => 3,
            Self::Reject => 4,
            Self::Timeout => 5,
        }
    }
}

/// An `inviteeList` where it stands in the message: checked to be an array of sound strings, not copied.
#[derive(Clone, Copy)]
pub(crate) struct InviteeList<'a> {
    array: &'a str,
    len: usize,
}

impl<'a> InviteeList<'a> {
    const EMPTY: Self = Self { array: "[]", len: 0 };

    /// The entries in their order, doubled ones included. Only an entry with escapes allocates.
    pub(crate) fn iter(&self) -> impl Iterator<Item = Cow<'a, str>> + use<'a> {
        Reader::new(self.array).filter_map(|event| match event {
            Event::String(text) => text.decode(),
            Event::Null
            | Event::Bool
            | Event::Number(_)
            | Event::Key(_)
            | Event::BeginObject
            | Event::BeginArray
            | Event::End => None,
        })
    }

    /// How many entries, doubled ones included.
    pub(crate) const fn len(&self) -> usize {
        self.len
    }
}

/// Reads the `data` of a custom message. Linear in its length, whoever wrote it (`W7`).
pub(crate) fn read<'a>(payload: &'a str, cloud_custom_data: &str, limits: &Limits) -> Reading<'a> {
    let mut fields = Fields::default();
    let code = match recognise(&mut fields, payload, cloud_custom_data, limits) {
        Ok(code) => code,
        Err(NotSignaling::NotOurs) => return Reading::NotSignaling,
        Err(NotSignaling::Malformed(why)) => return Reading::Malformed(why),
    };
    let Some(action) = Action::from_code(code) else { return Reading::UnknownAction };
    match fields.envelope(action) {
        Ok(envelope) => Reading::Signaling(envelope),
        Err(why) => Reading::Malformed(why),
    }
}

/// Tells signaling from chat (`W6`), and finds its `actionType`.
///
/// What cannot be parsed counts as malformed signaling only if it was meant as signaling, else it is chat. Whether
/// cloudCustomData says so is looked up last: a message that stands on its own does not need it.
fn recognise<'a>(
    fields: &mut Fields<'a>,
    payload: &'a str,
    cloud_custom_data: &str,
    limits: &Limits,
) -> Result<i64, NotSignaling> {
    let declared = || declares_signaling(cloud_custom_data, limits);
    let hinted = || (payload.contains("inviteID") && payload.contains("actionType")) || declared();
    let malformed_if = |meant, why| if meant { NotSignaling::Malformed(why) } else { NotSignaling::NotOurs };

    if !payload.trim_start_matches(json::WHITESPACE).starts_with(['{', '[']) {
        return Err(NotSignaling::NotOurs);
    }
    if exceeds(payload.len(), limits.payload_bytes) {
        return Err(malformed_if(hinted(), Malformed::TooLong));
    }
    match fields.read(payload) {
        Ok(true) => {}
        Ok(false) => return Err(malformed_if(hinted(), Malformed::NotAnObject)),
        Err(Broken::TooDeep) => return Err(malformed_if(hinted(), Malformed::TooDeep)),
        Err(Broken::Syntax) => return Err(malformed_if(declared(), Malformed::NotAnObject)),
    }
    match fields.action() {
        Ok(Some(action)) if fields.has_invite_id() => Ok(action),
        _ if !declared() => Err(NotSignaling::NotOurs),
        action => Ok(action?.unwrap_or_else(|| Action::Invite.code().into())),
    }
}

/// Whether cloudCustomData marks its message as signaling: some object in it has `"type":"tsignaling"` (`W6`).
fn declares_signaling(cloud_custom_data: &str, limits: &Limits) -> bool {
    if cloud_custom_data.is_empty() || exceeds(cloud_custom_data.len(), limits.payload_bytes) {
        return false;
    }
    let (mut declared, mut after_type) = (false, false);
    // Of each object that is open a bit, the innermost last: of a key given twice the last counts (`W7`).
    let mut marks = 0_u128;
    let mut reader = Reader::new(cloud_custom_data);
    for event in reader.by_ref() {
        if after_type {
            marks = marks & !1 | u128::from(matches!(event, Event::String(text) if text.is("tsignaling")));
        }
        after_type = matches!(event, Event::Key(key) if key.is("type"));
        match event {
            Event::BeginObject | Event::BeginArray => marks <<= 1,
            Event::End => {
                declared |= marks & 1 == 1;
                marks >>= 1;
            }
            Event::Null | Event::Bool | Event::Number(_) | Event::String(_) | Event::Key(_) => {}
        }
    }
    declared && reader.check().is_ok()
}
