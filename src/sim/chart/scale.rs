//! Where everything lies on a picture, in whole pixels. Its letters are all equally wide, so that their widths are known.

use alloc::string::String;
use alloc::vec::Vec;

use super::Chart;
use super::legend::legend;
use super::measure::{columns, wrap};
use super::model::{Mark, Note, Row};
use super::rows::PAUSE_MS;

/// The width of a letter, and the height of a line of them.
pub(super) const LETTER: usize = 8;
pub(super) const LINE: usize = 18;

/// The width of a letter of the legend.
const SMALL: usize = 7;

const GUTTER: usize = 78;
pub(super) const SIDE: usize = 16;
const ABOUT_MOST: usize = 760;
const HEAD: usize = 92;
const FOOT: usize = 18;
const PAUSE: usize = 14;

/// How far an arrow descends from one participant to the next: it takes time.
pub(super) const SLOPE: usize = 7;

/// The width of a participant, in letters.
const PITCHES: core::ops::RangeInclusive<usize> = 20..=36;
const NOTE_LINES: usize = 5;

pub(super) struct Scale {
    pub(super) pitch: usize,
    pub(super) width: usize,
    pub(super) height: usize,
    /// Where the lines of the participants end.
    pub(super) bottom: usize,
    pub(super) legend: Vec<String>,
    /// The height of each row: of its arrows, or of the first line of its notes.
    pub(super) rows: Vec<usize>,
}

impl Scale {
    pub(super) fn new(chart: &Chart) -> Self {
        let notes = chart.notes.iter().map(|note| columns(&note.text) + 4);
        let labels = chart.arrows.iter().map(|arrow| columns(&arrow.label()) + 3);
        let wanted = notes.chain(labels).max().unwrap_or(0);
        // The more there are, the closer they stand.
        let most = (140 / chart.lanes.len().max(1)).clamp(*PITCHES.start(), *PITCHES.end());
        let pitch = wanted.clamp(*PITCHES.start(), most) * LETTER;
        // What it is about may make it wider, within reason.
        let about = (columns(&chart.about) * LETTER + 2 * SIDE).min(ABOUT_MOST);
        let width = (GUTTER + pitch * chart.lanes.len()).max(about);
        let mut this = Self { pitch, width, height: 0, bottom: 0, legend: Vec::new(), rows: Vec::new() };
        let mut y = HEAD;
        let mut last: Option<i64> = None;
        for row in &chart.rows {
            if last.is_some_and(|last| row.t.saturating_sub(last) >= PAUSE_MS) {
                y += PAUSE;
            }
            let (before, after) = this.extent(chart, row);
            this.rows.push(y + before);
            y += before + after;
            last = Some(row.t);
        }
        this.bottom = y + FOOT - 12;
        this.legend = legend(chart, (width - 2 * SIDE) / SMALL);
        let legend = if this.legend.is_empty() { 0 } else { FOOT + LINE * this.legend.len() };
        this.height = y + FOOT + legend;
        this
    }

    /// How much room a row needs above and below its height.
    fn extent(&self, chart: &Chart, row: &Row) -> (usize, usize) {
        let extents = row.marks.iter().map(|mark| match mark {
            Mark::Note(note) => (4, LINE * chart.notes.get(*note).map_or(1, |note| self.lines(note).len())),
            Mark::Leaves(_) => (LINE, 8),
            // A copy is named below.
            Mark::Lands(arrow) => (8, 12 + if chart.is_copy(*arrow) { LINE } else { Self::fates(chart, *arrow) }),
            Mark::Flies(arrow) => {
                let span = chart
                    .arrows
                    .get(*arrow)
                    .and_then(|arrow| arrow.heads.iter().map(|head| head.lane.abs_diff(arrow.from)).max());
                (LINE, 14 + SLOPE * span.unwrap_or(0) + Self::fates(chart, *arrow))
            }
        });
        extents.fold((0, 0), |(before, after), (other, another)| (before.max(other), after.max(another)))
    }

    /// The room for the fates of single heads.
    fn fates(chart: &Chart, arrow: usize) -> usize {
        let mut arrows = chart.arrows.get(arrow).into_iter();
        let has_any = arrows.any(|arrow| arrow.heads.iter().any(|head| !arrow.fate_at(*head).is_empty()));
        if has_any { LINE } else { 0 }
    }

    pub(super) fn x(&self, lane: usize) -> usize {
        GUTTER + lane * self.pitch + LETTER
    }

    pub(super) fn y(&self, row: usize) -> usize {
        self.rows.get(row).copied().unwrap_or(HEAD)
    }

    pub(super) fn lines(&self, note: &Note) -> Vec<String> {
        wrap(&note.text, self.pitch / LETTER - 3, NOTE_LINES)
    }
}
