//! What stands on an arrow of text: near the sender, and in the stretches after that where there is no room.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::canvas::Canvas;
use super::measure::{columns, shorten};
use super::model::{Arrow, Mark};
use super::text::Ink;

/// The least width in which the beginning of a word is worth showing.
const PART_MIN: usize = 5;

/// A stretch of an arrow: its first cell, and their number.
type Run = (usize, usize);

/// Writes on an arrow what it carries, unless that is said elsewhere and does not fit here. Returns whether it has.
/// `tail`, `low` and `high` are the cells at which it begins and between which it lies.
pub(super) fn label(
    canvas: &mut Canvas,
    (tail, low, high): (usize, usize, usize),
    mark: Mark,
    arrow: &Arrow,
    is_said: bool,
) -> bool {
    let ink = if arrow.is_in_vain() { Ink::Failure } else { Ink::Plain };
    if low == high {
        canvas.write(tail + 2, &format!("↩ {}", arrow.label()), ink);
        return true;
    }
    let whole = if matches!(mark, Mark::Lands(_)) { arrow.what_and_fate() } else { arrow.label() };
    let (rightward, mut leftward) = (canvas.runs(tail, high), canvas.runs(low, tail));
    leftward.reverse();
    let sides = [rightward, leftward];
    if let Some(run) = sides.iter().flatten().find(|run| columns(&whole) <= room(run)) {
        write(canvas, *run, tail, &whole, ink);
        return true;
    }
    let widest = |side: &&Vec<Run>| side.iter().map(room).max();
    match sides.iter().rev().max_by_key(widest).filter(|_| !is_said) {
        Some(side) => write_parts(canvas, side, tail, arrow, ink),
        None => false,
    }
}

/// As many parts in each stretch as it holds, beginning with the first that holds what the arrow is.
fn write_parts(canvas: &mut Canvas, runs: &[Run], tail: usize, arrow: &Arrow, ink: Ink) -> bool {
    let fits = runs.iter().position(|run| columns(&arrow.what) <= room(run));
    let begins = fits.or_else(|| (0..runs.len()).max_by_key(|at| runs.get(*at).map_or(0, room))).unwrap_or(0);
    let parts = [("", &arrow.what), (" · ", &arrow.fate), (": ", &arrow.data)];
    let mut parts = parts.into_iter().filter(|(_, part)| !part.is_empty()).peekable();
    let mut has_written = false;
    for run in runs.iter().skip(begins) {
        let mut text = String::new();
        while let Some((joint, part)) = parts.peek() {
            let joint = if text.is_empty() { "" } else { joint };
            let left = room(run).saturating_sub(columns(&text) + columns(joint));
            let is_last_chance = Some(run) == runs.last() || text.is_empty();
            if columns(part) > left && (left < PART_MIN || !is_last_chance) {
                break;
            }
            text.push_str(joint);
            text.push_str(&shorten(part, left));
            parts.next();
        }
        write(canvas, *run, tail, &text, ink);
        has_written |= !text.is_empty();
    }
    has_written
}

/// A space at either end is the least.
fn room(run: &Run) -> usize {
    run.1.saturating_sub(2)
}

/// Writes near the tail of the arrow.
fn write(canvas: &mut Canvas, (start, length): Run, tail: usize, text: &str, ink: Ink) {
    if text.is_empty() {
        return;
    }
    let spare = length.saturating_sub(columns(text) + 2);
    let at = if start > tail { start + spare.min(1) } else { start + spare - spare.min(1) };
    canvas.write(at, &format!(" {text} "), ink);
}
