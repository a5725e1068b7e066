//! The seats as the group's attributes give them (`M1`): read from what anybody may have written, and written.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::id::UserId;

/// How long a value may be. What is longer is no seat of ours.
const VALUE_BYTES: usize = 4_096;

/// How long the id of a user may be.
const USER_BYTES: usize = 256;

/// One seat.
///
/// In the group's attributes it is a value under `seat0`, `seat1` and so on; without one it is free.
///
/// ```
/// use convoke::seats::Seat;
/// let seat = Seat::read(r#"{"user":"bob","muted":true,"locked":false}"#).unwrap();
/// assert_eq!((seat.user.as_ref().map(|user| user.as_str()), seat.is_muted), (Some("bob"), true));
/// assert_eq!(seat.to_value(), r#"{"user":"bob","muted":true,"locked":false}"#);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Seat {
    /// Who is on it.
    pub user: Option<UserId>,
    /// Who is on it is not to be heard. It goes with them when they move, and when they leave it ends.
    pub is_muted: bool,
    /// Nobody gets onto it. Who is on it stays.
    pub is_locked: bool,
}

impl Seat {
    /// Reads a value. `None`: it is none of a seat.
    #[must_use]
    pub fn read(value: &str) -> Option<Self> {
        let Value { user, muted, locked } = Some(value)
            .filter(|value| value.len() <= VALUE_BYTES)
            .and_then(|value| serde_json::from_str(value).ok())?;
        if user.as_str().len() > USER_BYTES {
            return None;
        }
        let user = Some(user).filter(|user| !user.is_empty());
        Some(Self { is_muted: muted && user.is_some(), user, is_locked: locked })
    }

    /// The value that says this.
    #[must_use]
    pub fn to_value(&self) -> String {
        let user = self.user.clone().unwrap_or_default();
        let value = Value { user, muted: self.is_muted, locked: self.is_locked };
        serde_json::to_string(&value).unwrap_or_default()
    }

    /// Whether somebody may get onto it.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.user.is_none() && !self.is_locked
    }

    pub(super) fn clear(&mut self) {
        (self.user, self.is_muted) = (None, false);
    }
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Value {
    user: UserId,
    muted: bool,
    locked: bool,
}

/// All of them, in one version of the attributes.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Board {
    pub(super) version: u64,
    pub(super) seats: Vec<Seat>,
    /// Those whose value says something else than what is read here. The next write mends them.
    odd: BTreeSet<u32>,
}

impl Board {
    pub(super) fn new(version: u64, seats: Vec<Seat>) -> Self {
        Self { version, seats, odd: BTreeSet::new() }
    }

    /// What cannot be read is free. Who is on several seats is on the first of them (`M1`).
    pub(super) fn read<'a>(count: u32, version: u64, attributes: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut board = Self::new(version, (0..count).map(|_| Seat::default()).collect());
        for (name, value) in attributes {
            let Some(number) = number_of(name) else { continue };
            let Some(seat) = at_mut(&mut board.seats, number) else { continue };
            match Seat::read(value) {
                Some(read) => *seat = read,
                None => drop(board.odd.insert(number)),
            }
        }
        let mut seated = BTreeSet::new();
        for (number, seat) in (0..).zip(&mut board.seats) {
            if seat.user.as_ref().is_some_and(|user| !seated.insert(user.clone())) {
                seat.clear();
                board.odd.insert(number);
            }
        }
        board
    }

    /// What is to be written to come to these seats.
    pub(super) fn changes_to(&self, seats: &[Seat]) -> Vec<(String, String)> {
        let numbered = (0..).zip(seats.iter().zip(&self.seats));
        let changed = numbered.filter(|(number, (after, before))| after != before || self.odd.contains(number));
        changed.map(|(number, (after, _))| (name_of(number), after.to_value())).collect()
    }
}

/// Where this user sits.
pub(super) fn place_of(seats: &[Seat], user: &UserId) -> Option<u32> {
    (0..).zip(seats).find(|(_, seat)| seat.user.as_ref() == Some(user)).map(|(number, _)| number)
}

pub(super) fn at_mut(seats: &mut [Seat], number: u32) -> Option<&mut Seat> {
    seats.get_mut(usize::try_from(number).ok()?)
}

fn name_of(number: u32) -> String {
    format!("seat{number}")
}

/// One name a seat: `seat07` and `seat+7` are none.
fn number_of(name: &str) -> Option<u32> {
    let number = name.strip_prefix("seat")?.parse().ok()?;
    (name == name_of(number)).then_some(number)
}
