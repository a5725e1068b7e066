//! What stands on an arrow of text: as a whole between two participants, near the sender if there is room.

use alloc::format;

use super::canvas::{Canvas, Ink};
use super::measure::{columns, shorten};
use super::model::{Arrow, Mark};

/// A stretch of an arrow: its first cell, and their number.
type Run = (usize, usize);

/// Writes on an arrow what it carries, unless that is said elsewhere and does not fit here. Returns whether it has.
/// `tail`, `low` and `high` are the cells at which it begins and between which it lies, `end` is where the page ends.
pub(super) fn label(
    canvas: &mut Canvas,
    (tail, low, high, end): (usize, usize, usize, usize),
    mark: Mark,
    arrow: &Arrow,
    is_said: bool,
) -> bool {
    let ink = if arrow.is_failure() { Ink::Failure } else { Ink::Plain };
    if low == high {
        let text = format!("↩ {}", arrow.label());
        canvas.write(tail + 2, &shorten(&text, end.saturating_sub(tail + 2)), ink);
        return true;
    }
    let data = if matches!(mark, Mark::Lands(_)) { "" } else { arrow.data.as_str() };
    // The nearest of either side first.
    let mut runs = canvas.runs(tail, high);
    runs.extend(canvas.runs(low, tail).into_iter().rev());
    let holding = |text: &str| runs.iter().find(|run| columns(text) <= room(run));
    let whole = holding(&arrow.label_within(data, usize::MAX));
    let short = || holding(&arrow.what_and_fate()).or_else(|| holding(&arrow.what));
    let longest = || runs.iter().rev().max_by_key(|run| room(run));
    let run = if is_said { whole } else { whole.or_else(short).or_else(longest) };
    let text = run.map(|run| arrow.label_within(data, room(run))).unwrap_or_default();
    if let Some(run) = run.filter(|_| !text.is_empty()) {
        write(canvas, *run, tail, &text, ink);
    }
    !text.is_empty()
}

/// A space at either end is the least.
fn room(run: &Run) -> usize {
    run.1.saturating_sub(2)
}

/// Writes near the tail of the arrow.
fn write(canvas: &mut Canvas, (start, length): Run, tail: usize, text: &str, ink: Ink) {
    let spare = length.saturating_sub(columns(text) + 2);
    let at = if start > tail { start + spare.min(1) } else { start + spare - spare.min(1) };
    canvas.write(at, &format!(" {text} "), ink);
}
