//! Puts the marks of a chart into rows: what happens at one moment side by side, and an arrow in one row unless something
//! happens while it flies.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use super::model::{Arrow, Mark, Note, Row};

/// An arrow that is under way for longer is drawn with both its ends.
const SHORT_FLIGHT_MS: i64 = 1_000;

/// A silence that is seen as a space between two rows.
pub(super) const PAUSE_MS: i64 = 1_000;

pub(super) fn rows(arrows: &[Arrow], notes: &[Note], marks: &[(i64, Mark)]) -> Vec<Row> {
    let flying = straight(arrows, marks);
    let mut rows: Vec<Row> = Vec::new();
    // Where the notes of the present moment begin.
    let mut moment = 0;
    for (t, mark) in marks {
        let mark = match *mark {
            Mark::Leaves(arrow) if flying.contains(&arrow) => Mark::Flies(arrow),
            Mark::Lands(arrow) if flying.contains(&arrow) => continue,
            mark @ (Mark::Leaves(_) | Mark::Lands(_) | Mark::Flies(_) | Mark::Note(_)) => mark,
        };
        if rows.last().is_some_and(|row| row.t != *t) {
            moment = rows.len();
        }
        let place = match mark {
            Mark::Note(note) => room_for_note(&rows, moment, notes, note),
            Mark::Leaves(arrow) | Mark::Flies(arrow) => beside_its_likes(&rows, arrows, arrow),
            Mark::Lands(_) => None,
        };
        match place.and_then(|place| rows.get_mut(place)) {
            Some(row) => row.marks.push(mark),
            None => rows.push(Row { t: *t, marks: Vec::from([mark]) }),
        }
    }
    rows
}

/// The first row of the moment that has notes alone, none of this lane, and no mark of this lane after it.
fn room_for_note(rows: &[Row], moment: usize, notes: &[Note], note: usize) -> Option<usize> {
    let lane_of = |note: usize| notes.get(note).map(|note| note.lane);
    let mut place = None;
    for (index, row) in rows.iter().enumerate().skip(moment).rev() {
        let has_notes_alone = row.marks.iter().all(|mark| matches!(mark, Mark::Note(_)));
        let is_taken = |mark: &Mark| matches!(mark, Mark::Note(other) if lane_of(*other) == lane_of(note));
        if !has_notes_alone || row.marks.iter().any(is_taken) {
            break;
        }
        place = Some(index);
    }
    place
}

/// The arrows of one message leave in one row.
fn beside_its_likes(rows: &[Row], arrows: &[Arrow], arrow: usize) -> Option<usize> {
    let event_of = |arrow: usize| arrows.get(arrow).map(|arrow| arrow.event);
    let last = rows.last()?;
    let is_like = last.marks.iter().any(|mark| match mark {
        Mark::Leaves(other) | Mark::Flies(other) => event_of(*other) == event_of(arrow),
        Mark::Lands(_) | Mark::Note(_) => false,
    });
    is_like.then(|| rows.len() - 1)
}

/// The arrows that nothing happens beside while they fly.
fn straight(arrows: &[Arrow], marks: &[(i64, Mark)]) -> BTreeSet<usize> {
    let mut left: BTreeMap<usize, usize> = BTreeMap::new();
    let mut straight = BTreeSet::new();
    for (at, (_, mark)) in marks.iter().enumerate() {
        match mark {
            Mark::Leaves(arrow) => {
                left.insert(*arrow, at);
                straight.insert(*arrow);
            }
            Mark::Lands(arrow) => {
                let between = left.get(arrow).and_then(|left| marks.get(left + 1..at)).unwrap_or_default();
                let disturbs = |(t, mark): &(i64, Mark)| disturbs(arrows, *arrow, *t, *mark);
                let is_apart = arrows.get(*arrow).is_none_or(|arrow| arrow.is_copy || arrow.flight() > SHORT_FLIGHT_MS);
                if is_apart || between.iter().any(disturbs) {
                    straight.remove(arrow);
                }
            }
            Mark::Flies(_) | Mark::Note(_) => {}
        }
    }
    straight
}

/// Whether what happens while an arrow flies must be seen beside it.
fn disturbs(arrows: &[Arrow], arrow: usize, t: i64, mark: Mark) -> bool {
    let Some(this) = arrows.get(arrow) else { return false };
    match mark {
        Mark::Leaves(other) | Mark::Lands(other) | Mark::Flies(other) => {
            arrows.get(other).is_some_and(|other| (other.from, other.leaves) != (this.from, this.leaves))
        }
        Mark::Note(_) => this.leaves < t && t < this.lands,
    }
}

impl Arrow {
    fn flight(&self) -> i64 {
        self.lands.saturating_sub(self.leaves)
    }
}
