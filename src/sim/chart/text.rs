//! A chart as text, for a terminal or a file.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::Chart;
use super::canvas::{Canvas, DOWN, Ink, LEFT, RIGHT, Span, UP};
use super::label::label;
use super::legend::legend;
use super::measure::{columns, shorten, wrap};
use super::model::{Arrow, End, Life, Mark, Row, Tone};
use super::rows::PAUSE_MS;

/// A chart as text. Shown, it is plain; who has colours paints its spans.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Text {
    /// Its lines.
    pub lines: Vec<Vec<Span>>,
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            let line: String = line.iter().map(|span| span.text.as_str()).collect();
            writeln!(f, "{}", line.trim_end())?;
        }
        Ok(())
    }
}

/// The least distance of two participants, and the one that needs a reason to be exceeded.
const PITCH_MIN: usize = 6;
const PITCH_GOOD: usize = 24;

/// Of more participants no text is made: each has a place in every line, so that it takes memory by the square.
const MOST_LANES: usize = 100;

/// In how many lines a note may be broken.
const NOTE_LINES: usize = 6;

/// The least width of a note that makes way for an arrow.
const NOTE_MIN: usize = 12;

pub(super) fn text(chart: &Chart, width: usize) -> Text {
    if chart.lanes.len() > MOST_LANES {
        let text = format!("{} participants are too many for a text: draw them as .svg", chart.lanes.len());
        return Text { lines: Vec::from([Vec::from([Span { ink: Ink::Failure, text }])]) };
    }
    let mut page = Page::new(chart, width);
    page.head();
    let mut last: Option<i64> = None;
    for (index, row) in chart.rows.iter().enumerate() {
        if last.is_some_and(|last| row.t.saturating_sub(last) >= PAUSE_MS) {
            page.blank(index);
        }
        let time = (last != Some(row.t)).then(|| clock(row.t));
        page.row(index, row, time);
        last = Some(row.t);
    }
    page.legend();
    Text { lines: page.lines }
}

/// Seconds, as the gutter has them.
pub(super) fn clock(t: i64) -> String {
    let sign = if t < 0 { "-" } else { "" };
    let t = t.unsigned_abs();
    format!("{sign}{}.{:03}", t / 1_000, t % 1_000)
}

struct Page<'a> {
    chart: &'a Chart,
    width: usize,
    gutter: usize,
    pitch: usize,
    lives: Vec<Life>,
    /// Of each arrow that is drawn in two rows: those rows, and the column in between.
    channels: BTreeMap<usize, Channel>,
    /// The events whose arrow has its label.
    said: BTreeSet<usize>,
    lines: Vec<Vec<Span>>,
}

#[derive(Clone, Copy)]
struct Channel {
    rows: (usize, usize),
    x: usize,
}

impl<'a> Page<'a> {
    fn new(chart: &'a Chart, width: usize) -> Self {
        let gutter = chart.rows.iter().map(|row| columns(&clock(row.t)) + 2).max().unwrap_or(0);
        let notes = chart.notes.iter().map(|note| columns(&note.text) + 4);
        let labels = chart.arrows.iter().map(|arrow| columns(&arrow.label()) + 8);
        let bent = chart.rows.iter().flat_map(|row| &row.marks).filter_map(|mark| chart.landing(*mark));
        let bent = bent.map(|arrow| (columns(&arrow.what_and_fate()) + 8) * 3 / 2);
        let wanted = notes.chain(labels).chain(bent).max().unwrap_or(0).max(PITCH_GOOD);
        let lives = chart.lanes.iter().map(|lane| lane.life).collect();
        let pitch = fair_pitch(chart, width.saturating_sub(gutter)).min(wanted).max(PITCH_MIN);
        let mut this = Self {
            chart,
            width,
            gutter,
            pitch,
            lives,
            channels: BTreeMap::new(),
            said: BTreeSet::new(),
            lines: Vec::new(),
        };
        this.dig();
        this
    }

    fn x(&self, lane: usize) -> usize {
        self.gutter + lane * self.pitch
    }

    /// Gives each arrow that is drawn in two rows a column, at the right end of a gap between two participants.
    fn dig(&mut self) {
        let mut left = BTreeMap::new();
        for (index, row) in self.chart.rows.iter().enumerate() {
            for mark in &row.marks {
                match mark {
                    Mark::Leaves(arrow) => _ = left.insert(*arrow, index),
                    Mark::Lands(arrow) => {
                        let rows = (left.get(arrow).copied().unwrap_or(index), index);
                        if let Some(x) = self.free_column(*arrow, rows) {
                            self.channels.insert(*arrow, Channel { rows, x });
                        }
                    }
                    Mark::Flies(_) | Mark::Note(_) => {}
                }
            }
        }
    }

    fn free_column(&self, arrow: usize, rows: (usize, usize)) -> Option<usize> {
        let arrow = self.chart.arrows.get(arrow)?;
        let lanes = arrow.heads.iter().map(|head| head.lane).filter(|lane| *lane != arrow.from);
        let nearest = lanes.min_by_key(|lane| lane.abs_diff(arrow.from))?;
        // At the right end of the gap; where the label stands behind it, with room for that.
        let is_right = nearest > arrow.from;
        let right = self.x(if is_right { nearest } else { nearest + 1 });
        let is_labelled = if arrow.is_copy { is_right } else { nearest + 1 == arrow.from };
        let label = if is_labelled { columns(&arrow.what_and_fate()) + 8 } else { 2 };
        let first = label.min(self.pitch * 2 / 3);
        let is_free = |x: &usize| {
            let meets = |other: &Channel| other.x == *x && other.rows.0 <= rows.1 && rows.0 <= other.rows.1;
            !self.channels.values().any(meets)
        };
        let mut columns = (0..self.pitch / 2).map(|step| right.saturating_sub(first + 2 * step));
        columns.find(is_free).or_else(|| right.checked_sub(first))
    }

    fn head(&mut self) {
        let title = [self.chart.title.as_str(), self.chart.about.as_str()];
        let title: Vec<_> = title.into_iter().filter(|part| !part.is_empty()).collect();
        for line in wrap(&title.join(": "), self.width, NOTE_LINES) {
            self.lines.push(Vec::from([Span { ink: Ink::Name, text: line }]));
        }
        let mut names = Canvas::default();
        for (lane, at) in self.chart.lanes.iter().zip(0..) {
            names.write(self.x(at), &shorten(&lane.name, self.pitch.saturating_sub(2)), Ink::Name);
        }
        self.lines.extend([Vec::new(), names.spans()]);
    }

    /// The lines of the participants, and of the arrows under way.
    fn base(&self, row: usize) -> Canvas {
        let mut canvas = Canvas::default();
        for (at, life) in self.lives.iter().enumerate() {
            let x = self.x(at);
            match life {
                Life::Absent => {}
                Life::Online => canvas.add(x, UP | DOWN),
                Life::Offline => canvas.add_broken(x, '╎'),
                Life::Asleep => canvas.add_broken(x, '┊'),
                Life::Crashed => canvas.add_broken(x, '·'),
            }
        }
        for channel in self.channels.values() {
            if channel.rows.0 < row && row < channel.rows.1 {
                canvas.add(channel.x, UP | DOWN);
            }
        }
        canvas
    }

    /// An empty line before a row.
    fn blank(&mut self, row: usize) {
        let mut canvas = self.base(row);
        for channel in self.channels.values().filter(|channel| channel.rows.1 == row) {
            canvas.add(channel.x, UP | DOWN);
        }
        self.lines.push(canvas.spans());
    }

    fn row(&mut self, index: usize, row: &Row, time: Option<String>) {
        for note in row.marks.iter().filter_map(|mark| self.chart.note(*mark)) {
            if let (Some(life), Some(lane)) = (note.life, self.lives.get_mut(note.lane)) {
                *lane = life;
            }
        }
        let mut lines = Vec::from([self.base(index)]);
        let mut labels = Vec::new();
        for mark in &row.marks {
            match mark {
                Mark::Note(note) => self.note(index, *note, &mut lines),
                Mark::Flies(arrow) | Mark::Leaves(arrow) | Mark::Lands(arrow) => {
                    if let (Some(drawn), Some(canvas)) = (self.chart.arrows.get(*arrow), lines.first_mut()) {
                        labels.push((self.arrow(*mark, *arrow, drawn, canvas), *mark, drawn));
                    }
                }
            }
        }
        if let Some(canvas) = lines.first_mut() {
            // The arrows of one message carry the same: one label on all of them together.
            let low = labels.iter().map(|((_, low, _), ..)| *low).min();
            let high = labels.iter().map(|((.., high), ..)| *high).max();
            if let (Some(((tail, ..), mark, arrow)), Some(low), Some(high)) = (labels.first(), low, high) {
                let is_said = self.said.contains(&arrow.event) && !arrow.is_copy;
                if label(canvas, (*tail, low, high, self.width), *mark, arrow, is_said) {
                    self.said.insert(arrow.event);
                }
            }
            if let Some(time) = time {
                canvas.write(self.gutter.saturating_sub(2 + columns(&time)), &time, Ink::Time);
            }
        }
        self.lines.extend(lines.into_iter().map(Canvas::spans));
    }

    fn note(&self, row: usize, note: usize, lines: &mut Vec<Canvas>) {
        let Some(note) = self.chart.notes.get(note) else { return };
        let x = self.x(note.lane) + 2;
        let is_last = note.lane + 1 == self.chart.lanes.len();
        let end = if is_last { self.width } else { self.x(note.lane + 1).saturating_sub(1) };
        let flying = self.channels.values().filter(|channel| channel.rows.0 < row && row < channel.rows.1);
        // Better over an arrow than in a column of single words.
        let columns = flying.map(|channel| channel.x).filter(|at| *at > x + NOTE_MIN && *at < end);
        let end = columns.fold(end, |end, at| end.min(at - 1));
        for (at, text) in wrap(&note.text, end.saturating_sub(x).max(1), NOTE_LINES).iter().enumerate() {
            if at == lines.len() {
                lines.push(self.base(row));
            }
            if let Some(canvas) = lines.get_mut(at) {
                canvas.write(x, text, ink(note.tone));
            }
        }
    }

    /// Draws the line and the heads of an arrow. Returns the cells between which its label may stand.
    fn arrow(&self, mark: Mark, number: usize, arrow: &Arrow, canvas: &mut Canvas) -> (usize, usize, usize) {
        let from = self.x(arrow.from);
        let channel = self.channels.get(&number).map_or(from, |channel| channel.x);
        let (tail, tail_arms, heads) = match mark {
            Mark::Leaves(_) => (from, 0, &[][..]),
            Mark::Lands(_) => (channel, UP, arrow.heads.as_slice()),
            Mark::Flies(_) | Mark::Note(_) => (from, 0, arrow.heads.as_slice()),
        };
        canvas.add(tail, tail_arms);
        let (mut low, mut high) = (tail, tail);
        if matches!(mark, Mark::Leaves(_)) {
            canvas.add(channel, DOWN);
            line(canvas, from, channel, channel);
            (low, high) = (low.min(channel), high.max(channel));
        }
        if heads.iter().any(|head| head.end == End::Refused) {
            let room = self.pitch.saturating_sub(3).min(columns(&arrow.label()) + 6);
            let is_right = heads.iter().any(|head| head.lane > arrow.from) || arrow.from == 0;
            let end = if is_right { from + room } else { from.saturating_sub(room) };
            line(canvas, from, end, end);
            canvas.write(end, "✗", Ink::Failure);
            return (from, low.min(end), high.max(end));
        }
        for head in heads.iter().filter(|head| head.lane != arrow.from) {
            let to = self.x(head.lane);
            let is_right = to > tail;
            let point = if is_right { to - 1 } else { to + 1 };
            // From the head before it on the same side, if there is one.
            let others = heads.iter().map(|other| self.x(other.lane)).filter(|other| *other != from);
            let before = others.filter(|other| (tail < *other && *other < to) || (to < *other && *other < tail));
            let start = before.min_by_key(|other| other.abs_diff(to)).unwrap_or(tail);
            line(canvas, start, point, to);
            let ink = if arrow.is_failure() { Ink::Failure } else { Ink::Plain };
            let (glyph, ink) = match head.end {
                End::Arrives if is_right => ("▶", ink),
                End::Arrives => ("◀", ink),
                End::Stored => ("○", Ink::Plain),
                End::Lost | End::Refused => ("✗", Ink::Failure),
            };
            canvas.write(point, glyph, ink);
            (low, high) = (low.min(point), high.max(point));
        }
        (tail, low, high)
    }

    fn legend(&mut self) {
        let lines = legend(self.chart, self.width);
        if !lines.is_empty() {
            self.lines.push(Vec::new());
        }
        self.lines.extend(lines.into_iter().map(|text| Vec::from([Span { ink: Ink::Quiet, text }])));
    }
}

/// What is there for each participant. The last needs no more than its notes do: no arrow goes on from there.
fn fair_pitch(chart: &Chart, width: usize) -> usize {
    let count = chart.lanes.len().max(1);
    let last = count - 1;
    let name = chart.lanes.last().map_or(0, |lane| columns(&lane.name));
    let notes = chart.notes.iter().filter(|note| note.lane == last).map(|note| columns(&note.text) + 2);
    let own = chart.arrows.iter().filter(|arrow| arrow.from == last && arrow.goes_nowhere());
    let needed = notes.chain(own.map(|arrow| columns(&arrow.label()) + 4)).fold(name, usize::max);
    let fair = width / count;
    width.saturating_sub(needed.min(fair)).checked_div(last).unwrap_or(fair)
}

/// A line from a cell towards another, that stops before `end`; what it crosses on the way it joins.
fn line(canvas: &mut Canvas, from: usize, end: usize, towards: usize) {
    let (out, back) = if towards > from { (RIGHT, LEFT) } else { (LEFT, RIGHT) };
    if from != towards {
        canvas.add(from, out);
        canvas.join(from, end);
        if end == towards {
            canvas.add(end, back);
        }
    }
}

fn ink(tone: Tone) -> Ink {
    match tone {
        Tone::Callback => Ink::Callback,
        Tone::Deadline => Ink::Deadline,
        Tone::Failure => Ink::Failure,
        Tone::Quiet => Ink::Quiet,
    }
}
