//! The keys of the envelope (`W1`), and what each may hold.

use alloc::borrow::Cow;
use core::mem;

use crate::config::MAX_TIMEOUT;
use crate::disposition::Malformed;
use crate::time::Millis;

use super::json::{Broken, Event, Reader, Text};
use super::number::Number;
use super::{Envelope, InviteeList};

/// The last value of each known key, as it stands: none is judged before it is known to be the last (`W7`).
#[derive(Default)]
pub(super) struct Fields<'a> {
    business_id: Value<'a>,
    timeout: Value<'a>,
    data: Value<'a>,
    invite_id: Value<'a>,
    group_id: Value<'a>,
    action: Value<'a>,
    inviter: Value<'a>,
    invitees: Value<'a>,
}

impl<'a> Fields<'a> {
    /// Reads a whole text; says whether it is an object.
    pub(super) fn read(&mut self, text: &'a str) -> Result<bool, Broken> {
        let mut reader = Reader::new(text);
        let is_object = matches!(reader.next(), Some(Event::BeginObject));
        while let Some(event) = reader.next() {
            if let Event::Key(key) = event
                && reader.depth() == 1
                && let Some(field) = self.named(key)
            {
                *field = Value::read(&mut reader);
            }
        }
        reader.check()?;
        Ok(is_object)
    }

    fn named(&mut self, key: Text<'a>) -> Option<&mut Value<'a>> {
        match &*key.decode()? {
            "businessID" => Some(&mut self.business_id),
            "timeout" => Some(&mut self.timeout),
            "data" => Some(&mut self.data),
            "inviteID" => Some(&mut self.invite_id),
            "groupID" => Some(&mut self.group_id),
            "actionType" => Some(&mut self.action),
            "inviter" => Some(&mut self.inviter),
            "inviteeList" => Some(&mut self.invitees),
            _ => None,
        }
    }

    /// Half of what makes an object signaling (`W6`): a string `inviteID`.
    pub(super) fn has_invite_id(&self) -> bool {
        matches!(self.invite_id, Value::String(_))
    }

    /// The other half: an integer `actionType`. `None`: there is none.
    pub(super) fn action(&self) -> Result<Option<i64>, Malformed> {
        match self.action {
            Value::Missing => Ok(None),
            Value::Number(number) => number.integer().map(Some).ok_or(Malformed::WrongType),
            Value::String(_) | Value::List(_) | Value::UnsoundList | Value::Other => Err(Malformed::WrongType),
        }
    }

    /// Judges the values, and puts in what missing ones read as (`W6`).
    pub(super) fn envelope<A>(&mut self, action: A) -> Result<Envelope<'a, A>, Malformed> {
        Ok(Envelope {
            timeout: timeout(self.timeout.floor()?.unwrap_or(0)),
            data: self.data.take_text()?,
            invite_id: self.invite_id.take_text()?,
            group_id: self.group_id.take_text()?,
            action,
            inviter: self.inviter.take_text()?,
            invitees: self.invitees.list()?,
            business_id: self.business_id.floor()?.unwrap_or(1),
        })
    }
}

fn timeout(secs: i64) -> Millis {
    let secs = secs.clamp(0, MAX_TIMEOUT.as_secs().into());
    u32::try_from(secs).map_or(MAX_TIMEOUT, Millis::from_secs)
}

/// The value of a known key.
#[derive(Default)]
enum Value<'a> {
    /// Missing or null.
    #[default]
    Missing,
    Number(Number<'a>),
    /// No text: it is not sound.
    String(Option<Cow<'a, str>>),
    /// An array of sound strings.
    List(InviteeList<'a>),
    /// An array of strings, not all of them sound.
    UnsoundList,
    /// What no known key may hold.
    Other,
}

impl<'a> Value<'a> {
    /// Reads a value, of an object only its beginning. If the text is broken in it, what this returns means nothing.
    fn read(reader: &mut Reader<'a>) -> Self {
        if let Some(text) = reader.string_value() {
            return Self::String(text);
        }
        let start = reader.rest();
        match reader.next() {
            None | Some(Event::Null) => Self::Missing,
            Some(Event::Number(number)) => Self::Number(number),
            Some(Event::BeginArray) => Self::read_list(reader, start),
            // What is in an object is deeper than any key of the message.
            Some(Event::Bool | Event::String(_) | Event::BeginObject | Event::Key(_) | Event::End) => Self::Other,
        }
    }

    /// Reads on behind a `[`, to the end of that array whatever is in it. `start` is the text from before the `[` on.
    fn read_list(reader: &mut Reader<'a>, start: &'a str) -> Self {
        let inside = reader.depth();
        let mut len = 0;
        let mut all_strings = true;
        let mut all_sound = true;
        while let Some(event) = reader.next()
            && reader.depth() >= inside
        {
            len += 1;
            match event {
                Event::String(text) => all_sound &= text.is_sound(),
                Event::Null
                | Event::Bool
                | Event::Number(_)
                | Event::Key(_)
                | Event::BeginObject
                | Event::BeginArray
                | Event::End => all_strings = false,
            }
        }
        let array = start.get(..start.len() - reader.rest().len()).unwrap_or_default();
        match (all_strings, all_sound) {
            (true, true) => Self::List(InviteeList { array, len }),
            (true, false) => Self::UnsoundList,
            (false, _) => Self::Other,
        }
    }

    fn take_text(&mut self) -> Result<Cow<'a, str>, Malformed> {
        match mem::take(self) {
            Self::Missing => Ok(Cow::Borrowed("")),
            Self::String(text) => text.ok_or(Malformed::LoneSurrogate),
            Self::Number(_) | Self::List(_) | Self::UnsoundList | Self::Other => Err(Malformed::WrongType),
        }
    }

    fn floor(&self) -> Result<Option<i64>, Malformed> {
        match self {
            Self::Missing => Ok(None),
            Self::Number(number) => Ok(Some(number.floor())),
            Self::String(_) | Self::List(_) | Self::UnsoundList | Self::Other => Err(Malformed::WrongType),
        }
    }

    fn list(&self) -> Result<InviteeList<'a>, Malformed> {
        match self {
            Self::Missing => Ok(InviteeList::EMPTY),
            Self::List(list) => Ok(*list),
            Self::UnsoundList => Err(Malformed::LoneSurrogate),
            Self::Number(_) | Self::String(_) | Self::Other => Err(Malformed::WrongType),
        }
    }
}
