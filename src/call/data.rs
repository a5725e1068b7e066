//! What the messages of a call say: the published `av_call` data, version 4, with its legacy keys.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;

use crate::id::{Data, UserId};

const BUSINESS: &str = "av_call";
const BUSY: &str = "lineBusy";

/// What is seen and heard.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(clippy::exhaustive_enums, reason = "the data knows these two")]
pub enum Media {
    #[default]
    /// Sound: `call_type` 1.
    Audio,
    /// Sound and picture: `call_type` 2.
    Video,
}

impl Media {
    /// With a picture, if it is without; and the other way round.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Audio => Self::Video,
            Self::Video => Self::Audio,
        }
    }
}

/// In a lower-case word: "video".
impl fmt::Display for Media {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Audio => "audio",
            Self::Video => "video",
        })
    }
}

/// The room of the media service in which a call takes place. The app makes it, or gets it from its server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
pub struct RoomId(u32);

impl fmt::Display for RoomId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<u32> for RoomId {
    fn from(number: u32) -> Self {
        Self(number)
    }
}

impl From<RoomId> for u32 {
    fn from(room: RoomId) -> Self {
        room.0
    }
}

/// What a message of a call is for: `data.cmd`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Command {
    /// `audioCall` or `videoCall`: a call, or an answer to one.
    Call,
    /// `hangup`: it is over.
    HangUp,
    /// `switchToAudio`, `switchToVideo`: of a call that goes on (`K11`).
    Switch(Media),
    /// `sync_info`: how the others stand (`K10`).
    SyncInfo,
    /// Something newer.
    Other(String),
}

/// The `data` of a call's message.
///
/// Reads what kits wrote in any version and writes version 4 with the legacy keys beside the new ones. What it does not know, it
/// keeps byte for byte.
///
/// ```
/// use convoke::call::{CallData, Command};
/// let text = r#"{"version":4,"businessID":"av_call","call_type":2,"room_id":7,"flavour":[1, 2],"data":{"cmd":"videoCall"}}"#;
/// let data = CallData::read(text).unwrap();
/// assert_eq!((&data.command, data.room), (&Command::Call, Some(7.into())));
/// assert!(data.to_data().as_str().contains(r#""flavour":[1, 2]"#));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct CallData {
    /// Of the data: 4 where we write it.
    pub version: u32,
    /// What it is for.
    pub command: Command,
    /// The media of the call.
    pub media: Media,
    /// Where the call takes place; in a hang-up, an answer and a cancel not said.
    pub room: Option<RoomId>,
    /// Rejected, since the callee is on another call (`K4`).
    pub is_busy: bool,
    /// How long the call was, in seconds; on a hang-up.
    pub call_end: Option<u32>,
    /// All who are called, where each has an invitation of their own (`K10`).
    pub user_ids: Option<Vec<UserId>>,
    /// Who made the call that this is about, if another.
    pub inviter: Option<UserId>,
    /// More about the command.
    pub cmd_info: Option<String>,
    /// The keys that are not known, and `platform`, `extInfo` and the like, which nobody here looks at.
    others: Keys,
    others_within: Keys,
}

impl CallData {
    /// The version of the data that is written here.
    pub const VERSION: u32 = 4;

    /// A message of a call in this medium.
    pub fn new(command: Command, media: Media) -> Self {
        Self {
            version: Self::VERSION,
            command,
            media,
            room: None,
            is_busy: false,
            call_end: None,
            user_ids: None,
            inviter: None,
            cmd_info: None,
            others: Keys([("extraInfo".into(), r#""""#.into()), ("platform".into(), r#""convoke""#.into())].into()),
            others_within: Keys::default(),
        }
    }

    /// Reads a `data`. `None`: it is not a call's.
    #[must_use]
    pub fn read(data: &str) -> Option<Self> {
        let mut outer: Keys = serde_json::from_str(data).ok()?;
        if outer.take::<String>("businessID")? != BUSINESS {
            return None;
        }
        let mut inner: Keys = outer.take("data").unwrap_or_default();
        let call_type = outer.take_if("call_type", |of: &u32| matches!(of, 1 | 2));
        let call_end = outer.take("call_end");
        let legacy_switch = outer.take::<String>("switch_to_audio_call").is_some();
        let message = inner.take_if("message", |text: &String| text.is_empty() || text == BUSY);
        let is_busy = outer.take::<String>("line_busy").is_some() || message.is_some_and(|message| message == BUSY);
        let (room, room_within) = (outer.take("room_id"), inner.take("room_id"));
        let cmd = inner.take::<String>("cmd");
        let media = match (cmd.as_deref(), call_type) {
            (Some("videoCall"), None) | (_, Some(2)) => Media::Video,
            (Some(_) | None, _) => Media::Audio,
        };
        let command = match cmd {
            Some(cmd) => Command::named(cmd),
            None if legacy_switch => Command::Switch(Media::Audio),
            None if call_end.is_some() => Command::HangUp,
            None => Command::Call,
        };
        Some(Self {
            version: outer.take("version").unwrap_or(Self::VERSION),
            command,
            media,
            room: room_within.or(room),
            is_busy,
            call_end,
            user_ids: inner.take("userIDs"),
            inviter: inner.take("inviter"),
            cmd_info: inner.take("cmdInfo"),
            others: outer,
            others_within: inner,
        })
    }

    /// Whether it names a room that is none here, such as a text: it is not known to be the same as any other.
    pub(super) fn has_odd_room(&self) -> bool {
        self.room.is_none() && [&self.others, &self.others_within].into_iter().any(|keys| keys.has("room_id"))
    }

    /// As it is sent.
    #[must_use]
    pub fn to_data(&self) -> Data {
        let mut within = Object::default();
        within.put_new(&self.others_within, "cmd", Some(self.command.name(self.media)));
        within.put_new(&self.others_within, "message", Some(if self.is_busy { BUSY } else { "" }));
        within.put("room_id", self.room);
        within.put("userIDs", self.user_ids.as_ref());
        within.put("inviter", self.inviter.as_ref());
        within.put("cmdInfo", self.cmd_info.as_ref());
        within.put_all(&self.others_within);

        let is_to_audio = self.command == Command::Switch(Media::Audio);
        let mut outer = Object::default();
        outer.put_new(&self.others, "version", Some(self.version));
        outer.put("businessID", Some(BUSINESS));
        outer.put_new(&self.others, "call_type", Some(if self.media == Media::Audio { 1 } else { 2 }));
        outer.put("room_id", self.room);
        outer.put("call_end", self.call_end);
        outer.put("line_busy", self.is_busy.then_some("line_busy"));
        outer.put("switch_to_audio_call", is_to_audio.then_some("switch_to_audio_call"));
        outer.put_all(&self.others);
        outer.put_raw("data", &within.finish());
        outer.finish().into()
    }
}

impl Command {
    fn named(cmd: String) -> Self {
        match cmd.as_str() {
            "audioCall" | "videoCall" => Self::Call,
            "hangup" => Self::HangUp,
            "switchToAudio" => Self::Switch(Media::Audio),
            "switchToVideo" => Self::Switch(Media::Video),
            "sync_info" => Self::SyncInfo,
            _ => Self::Other(cmd),
        }
    }

    fn name(&self, media: Media) -> &str {
        match (self, media) {
            (Self::Call, Media::Audio) => "audioCall",
            (Self::Call, Media::Video) => "videoCall",
            (Self::HangUp, _) => "hangup",
            (Self::Switch(Media::Audio), _) => "switchToAudio",
            (Self::Switch(Media::Video), _) => "switchToVideo",
            (Self::SyncInfo, _) => "sync_info",
            (Self::Other(cmd), _) => cmd,
        }
    }
}

/// The keys of a JSON object, each with its value as it stands in the text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Keys(BTreeMap<String, String>);

impl Keys {
    /// Takes a key out if its value is what it should be; else it is kept as if unknown.
    fn take<T: DeserializeOwned>(&mut self, name: &str) -> Option<T> {
        self.take_if(name, |_| true)
    }

    fn take_if<T: DeserializeOwned>(&mut self, name: &str, is_known: impl Fn(&T) -> bool) -> Option<T> {
        let value = self.0.get(name).and_then(|text| serde_json::from_str(text).ok()).filter(is_known)?;
        self.0.remove(name);
        Some(value)
    }

    fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// Of a key given twice the last value counts, as in JSON.parse.
impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;

        impl<'de> Visitor<'de> for Entries {
            type Value = Keys;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
                let mut keys = BTreeMap::new();
                while let Some((key, value)) = map.next_entry::<String, &RawValue>()? {
                    keys.insert(key, value.get().into());
                }
                Ok(Keys(keys))
            }
        }

        deserializer.deserialize_map(Entries)
    }
}

/// A JSON object that is being written.
#[derive(Default)]
struct Object(String);

impl Object {
    fn put(&mut self, name: &str, value: Option<impl Serialize>) {
        if let Some(text) = value.and_then(|value| serde_json::to_string(&value).ok()) {
            self.put_raw(name, &text);
        }
    }

    /// Where it is not among the keys whose value was not understood.
    fn put_new(&mut self, others: &Keys, name: &str, value: Option<impl Serialize>) {
        self.put(name, value.filter(|_| !others.has(name)));
    }

    fn put_all(&mut self, Keys(keys): &Keys) {
        for (name, text) in keys {
            self.put_raw(name, text);
        }
    }

    fn put_raw(&mut self, name: &str, value: &str) {
        self.0.push(if self.0.is_empty() { '{' } else { ',' });
        self.0.push_str(&serde_json::to_string(name).unwrap_or_default());
        self.0.push(':');
        self.0.push_str(value);
    }

    fn finish(mut self) -> String {
        if self.0.is_empty() {
            self.0.push('{');
        }
        self.0.push('}');
        self.0
    }
}
