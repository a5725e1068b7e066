//! What the `snapshot` target does to a snapshot, as data.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use alloc::{format, vec};

use arbitrary::Arbitrary;
use serde_json::{Value, json};

use super::program::{Pick, Program};

/// A program, in the course of which the engine is restored from a snapshot that somebody has tampered with.
///
/// It is read from bytes by position, as a [`Program`] is, and has its version.
#[derive(Clone, Debug, Arbitrary)]
pub(super) struct Forgery {
    damages: Vec<(Place, Change)>,
    splice: Option<Splice>,
    /// After so many steps.
    pub(super) at: u8,
    pub(super) program: Program,
}

/// Which value of all, modulo their number.
#[derive(Clone, Copy, Debug, Arbitrary)]
struct Place(u16);

#[derive(Clone, Copy, Debug, Arbitrary)]
enum Change {
    Delete,
    Double,
    Swap(Place),
    Copy(Place),
    Number(i64),
    Small(u8),
    Scrap(Pick, u8),
}

/// These bytes in the place of those, of the text.
#[derive(Clone, Debug, Arbitrary)]
struct Splice {
    from: u16,
    length: u16,
    bytes: Vec<u8>,
}

/// So many values are changed at most.
const MOST_DAMAGES: usize = 8;

impl Forgery {
    /// The text of a sound snapshot, tampered with.
    pub(super) fn of(&self, mut sound: Value) -> Vec<u8> {
        for (place, change) in self.damages.iter().take(MOST_DAMAGES) {
            change.work_on(&mut sound, *place);
        }
        let mut text = sound.to_string().into_bytes();
        if let Some(Splice { from, length, bytes }) = &self.splice {
            let from = usize::from(*from).min(text.len());
            let until = from.saturating_add((*length).into()).min(text.len());
            text.splice(from..until, bytes.iter().copied());
        }
        text
    }
}

impl Place {
    fn of(self, paths: &[String]) -> String {
        let index = usize::from(self.0).checked_rem(paths.len()).unwrap_or(0);
        paths.get(index).cloned().unwrap_or_default()
    }
}

impl Change {
    fn work_on(self, value: &mut Value, place: Place) {
        let paths = paths(value);
        let path = place.of(&paths);
        let at = |other: Place| (other.of(&paths), value.pointer(&other.of(&paths)).cloned().unwrap_or_default());
        match self {
            Self::Delete => Damage::Delete.work_on(value, &path),
            Self::Double => Damage::Double.work_on(value, &path),
            Self::Swap(other) => {
                let ((_, here), (other, there)) = (at(place), at(other));
                Damage::Replace(here).work_on(value, &other);
                Damage::Replace(there).work_on(value, &path);
            }
            Self::Copy(other) => Damage::Replace(at(other).1).work_on(value, &path),
            Self::Number(number) => Damage::Replace(number.into()).work_on(value, &path),
            Self::Small(number) => Damage::Replace(number.into()).work_on(value, &path),
            Self::Scrap(which, number) => {
                let scrap = which.from(&scraps(number)).cloned().unwrap_or_default();
                Damage::Replace(scrap).work_on(value, &path);
            }
        }
    }
}

/// What else stands in snapshots.
fn scraps(number: u8) -> Vec<Value> {
    let words = [
        "",
        "bob",
        "alice",
        "carol",
        "x",
        "room",
        "Open",
        "Gone",
        "Sender",
        "Inviter",
        "Observer",
        "Invite",
        "accept",
        "reject",
        "accepted",
        "rejected",
        "cancelled",
        "timedOut",
        "left",
        "Silence",
        "Accept",
        "Cancel",
        "OwnTimeout",
    ];
    let mut scraps: Vec<Value> = words.into_iter().map(Value::from).collect();
    scraps.extend([
        json!(null),
        json!(true),
        json!(false),
        json!([]),
        json!({}),
        json!({ "Invitee": number }),
        json!({ "Ended": number }),
        json!({ "Dismissed": number }),
        json!({ "Cancel": [number] }),
        json!({ "C2c": "carol" }),
        json!({ "Group": "attic" }),
        json!({ "InviterTimeout": [[number], number] }),
        json!({ "OwnTimeout": number }),
        json!({ "Answer": "accept" }),
        json!({ "Answer": "reject" }),
        json!({ "at": number, "attempt": number }),
        json!({ "time": number, "id": "m1" }),
        json!({ "mine": { "answer": "accept", "stamp": null }, "elsewhere": null, "told": false }),
    ]);
    scraps
}

/// What can happen to one value of a JSON text.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Damage {
    /// It is taken out of its list or object.
    Delete,
    /// What is in a list is in it twice.
    Double,
    /// Something else stands there.
    Replace(Value),
}

impl Damage {
    /// Does it to what stands at this path; where nothing does, nothing.
    pub fn work_on(&self, value: &mut Value, path: &str) {
        match self {
            Self::Delete => delete(value, path),
            Self::Double => {
                if let Some(Value::Array(list)) = value.pointer_mut(path) {
                    list.extend(list.clone());
                }
            }
            Self::Replace(other) => {
                if let Some(place) = value.pointer_mut(path) {
                    place.clone_from(other);
                }
            }
        }
    }
}

fn delete(value: &mut Value, path: &str) {
    let Some((parent, name)) = path.rsplit_once('/') else { return };
    match value.pointer_mut(parent) {
        Some(Value::Object(fields)) => drop(fields.remove(name)),
        Some(Value::Array(list)) => {
            let index = name.parse().ok().filter(|index| *index < list.len());
            index.map(|index: usize| list.remove(index));
        }
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) | None => {}
    }
}

/// The path of every value in this one, outermost first.
#[must_use]
pub fn paths(value: &Value) -> Vec<String> {
    let children: Vec<(String, &Value)> = match value {
        Value::Object(fields) => fields.iter().map(|(name, child)| (name.to_owned(), child)).collect(),
        Value::Array(list) => list.iter().enumerate().map(|(index, child)| (index.to_string(), child)).collect(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => Vec::new(),
    };
    let below = |(name, child): (String, &Value)| {
        let deeper = paths(child).into_iter();
        deeper.map(move |path| format!("/{name}{path}")).collect::<Vec<_>>()
    };
    let mut all = vec![String::new()];
    all.extend(children.into_iter().flat_map(below));
    all
}
