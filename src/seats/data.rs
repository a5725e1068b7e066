//! What the messages about seats say: the published `VoiceRoom` data, version 1.

use alloc::collections::BTreeMap;
use alloc::string::{String, ToString};

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

use crate::id::{Data, GroupId};

const BUSINESS: &str = "VoiceRoom";

/// What a message about seats is for: `data.cmd`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SeatCommand {
    /// `takeSeat`: somebody asks for a seat.
    TakeSeat,
    /// `pickSeat`: somebody is asked onto a seat.
    PickSeat,
    /// Something newer.
    Other(String),
}

/// The `data` of a message about seats.
///
/// A higher version is read as far as it is understood; keys that are not known are ignored.
///
/// ```
/// use convoke::seats::{SeatCommand, SeatData};
/// let data = SeatData::new(SeatCommand::TakeSeat, "live", Some(3));
/// assert!(data.to_data().as_str().ends_with(r#""data":{"room_id":"live","cmd":"takeSeat","seat_number":"3"}}"#));
/// assert_eq!(SeatData::read(data.to_data().as_str()), Some(data));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct SeatData {
    /// Of the data: 1 where we write it.
    pub version: u32,
    /// What it is for.
    pub command: SeatCommand,
    /// The room: the id of its group.
    pub room: GroupId,
    /// Which seat, from 0 on. `None`: any; then `seat_number` is `-1`, which is ours, as the published kits always name one.
    pub seat: Option<u32>,
}

impl SeatData {
    /// The version of the data that is written here.
    pub const VERSION: u32 = 1;

    /// A message about a seat of this room.
    pub fn new(command: SeatCommand, room: impl Into<GroupId>, seat: Option<u32>) -> Self {
        Self { version: Self::VERSION, command, room: room.into(), seat }
    }

    /// Reads a `data`. `None`: it is not about seats.
    #[must_use]
    pub fn read(data: &str) -> Option<Self> {
        let outer: Keys<'_> = serde_json::from_str(data).ok()?;
        if value::<String>(&outer, "businessID")? != BUSINESS {
            return None;
        }
        let inner: Keys<'_> = outer.get("data").and_then(|text| serde_json::from_str(text.get()).ok())?;
        Some(Self {
            version: value(&outer, "version").unwrap_or(Self::VERSION),
            command: SeatCommand::named(value(&inner, "cmd")?),
            room: words(&inner, "room_id")?.into(),
            seat: words(&inner, "seat_number").and_then(|number| number.parse().ok()),
        })
    }

    /// The text to be sent.
    #[must_use]
    pub fn to_data(&self) -> Data {
        let seat_number = self.seat.map_or_else(|| "-1".into(), |seat| seat.to_string());
        let data = Within { room_id: self.room.as_str(), cmd: self.command.name(), seat_number };
        let outer = Outer { version: self.version, business_id: BUSINESS, platform: "convoke", ext_info: "", data };
        serde_json::to_string(&outer).unwrap_or_default().into()
    }
}

impl SeatCommand {
    fn named(cmd: String) -> Self {
        match cmd.as_str() {
            "takeSeat" => Self::TakeSeat,
            "pickSeat" => Self::PickSeat,
            _ => Self::Other(cmd),
        }
    }

    fn name(&self) -> &str {
        match self {
            Self::TakeSeat => "takeSeat",
            Self::PickSeat => "pickSeat",
            Self::Other(cmd) => cmd,
        }
    }
}

/// The keys of a JSON object; of a key given twice the last value counts, as in JSON.parse.
type Keys<'a> = BTreeMap<String, &'a RawValue>;

fn value<T: DeserializeOwned>(keys: &Keys<'_>, name: &str) -> Option<T> {
    keys.get(name).and_then(|text| serde_json::from_str(text.get()).ok())
}

/// A string; or a number, as some write it where a string is published.
fn words(keys: &Keys<'_>, name: &str) -> Option<String> {
    value(keys, name).or_else(|| value::<u64>(keys, name).map(|number| number.to_string()))
}

#[derive(Serialize)]
struct Outer<'a> {
    version: u32,
    #[serde(rename = "businessID")]
    business_id: &'a str,
    platform: &'a str,
    #[serde(rename = "extInfo")]
    ext_info: &'a str,
    data: Within<'a>,
}

#[derive(Serialize)]
struct Within<'a> {
    room_id: &'a str,
    cmd: &'a str,
    seat_number: String,
}
