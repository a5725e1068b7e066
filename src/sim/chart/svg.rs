//! A chart as an SVG picture: the same bytes everywhere, light or dark as its reader likes.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt::{Arguments, Write as _};

use super::Chart;
use super::measure::shorten;
use super::model::{Arrow, End, Head, Life, Mark, Note, Tone};
use super::scale::{LETTER, LINE, SIDE, SLOPE, Scale};
use super::text::clock;

const STYLE: &str = include_str!("chart.css");

/// The point of an arrow, as long as this.
const POINT: usize = 9;

pub(super) fn svg(chart: &Chart) -> String {
    Picture::new(chart, false).draw()
}

/// The same as a part of a page, on which each arrow and note can be chosen.
pub(super) fn figure(chart: &Chart) -> String {
    Picture::new(chart, true).draw()
}

struct Picture<'a> {
    chart: &'a Chart,
    scale: Scale,
    in_page: bool,
    text: String,
    /// Of each arrow that is drawn with its ends apart: the row in which it lands.
    landing: BTreeMap<usize, usize>,
}

impl<'a> Picture<'a> {
    fn new(chart: &'a Chart, in_page: bool) -> Self {
        let marks = chart.rows.iter().zip(0..).flat_map(|(row, at)| row.marks.iter().map(move |mark| (*mark, at)));
        let landing = marks.filter_map(|(mark, row)| match mark {
            Mark::Lands(arrow) => Some((arrow, row)),
            Mark::Flies(_) | Mark::Leaves(_) | Mark::Note(_) => None,
        });
        Self { chart, scale: Scale::new(chart), in_page, text: String::new(), landing: landing.collect() }
    }

    fn draw(mut self) -> String {
        let (width, height) = (self.scale.width, self.scale.height);
        self.line(format_args!(
            r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">"#
        ));
        self.line(format_args!("<style>\n{}</style>", STYLE));
        self.line(format_args!(r#"<rect class="paper" width="{width}" height="{height}" rx="8"/>"#));
        self.head();
        self.lifelines();
        let mut last = None;
        for (index, row) in self.chart.rows.iter().enumerate() {
            let y = self.scale.y(index);
            if last != Some(row.t) {
                self.line(format_args!(r#"<text class="time" x="62" y="{}">{}</text>"#, y + 4, clock(row.t)));
            }
            last = Some(row.t);
            for mark in &row.marks {
                self.mark(y, *mark);
            }
        }
        self.legend();
        self.line(format_args!("</svg>"));
        self.text
    }

    fn line(&mut self, line: Arguments<'_>) {
        // Writing to a text cannot fail.
        _ = writeln!(self.text, "{line}");
    }

    fn head(&mut self) {
        let room = self.scale.width.saturating_sub(2 * SIDE) / LETTER;
        let (title, about) = (shorten(&self.chart.title, room), shorten(&self.chart.about, room));
        self.line(format_args!(r#"<text class="title" x="{SIDE}" y="26">{}</text>"#, escaped(&title)));
        self.line(format_args!(r#"<text class="quiet" x="{SIDE}" y="46">{}</text>"#, escaped(&about)));
        for (lane, at) in self.chart.lanes.iter().zip(0..) {
            let name = shorten(&lane.name, self.scale.pitch / LETTER - 3);
            let x = self.scale.x(at).saturating_sub(4);
            self.line(format_args!(r#"<text class="name" x="{x}" y="78">{}</text>"#, escaped(&name)));
        }
    }

    fn legend(&mut self) {
        let top = self.scale.bottom + 2 * LINE;
        for (line, at) in core::mem::take(&mut self.scale.legend).iter().zip(0..) {
            let y = top + at * LINE;
            self.line(format_args!(r#"<text class="legend quiet" x="{SIDE}" y="{y}">{}</text>"#, escaped(line)));
        }
    }

    /// The line of each participant, in pieces of one kind.
    fn lifelines(&mut self) {
        for (at, lane) in self.chart.lanes.iter().enumerate() {
            let x = self.scale.x(at);
            let (mut from, mut life) = (86, lane.life);
            let changes = self.chart.rows.iter().enumerate().flat_map(|(row, marks)| {
                let notes = marks.marks.iter().filter_map(|mark| self.chart.note(*mark));
                notes.filter(|note| note.lane == at).filter_map(move |note| Some((row, note.life?)))
            });
            let changes: Vec<_> = changes.collect();
            for (row, next) in changes {
                let y = self.scale.y(row);
                self.piece(x, from, y, life);
                (from, life) = (y, next);
            }
            self.piece(x, from, self.scale.bottom, life);
        }
    }

    fn piece(&mut self, x: usize, from: usize, to: usize, life: Life) {
        let class = match life {
            Life::Absent => return,
            Life::Online => "life",
            Life::Offline => "life offline",
            Life::Asleep => "life asleep",
            Life::Crashed => "life crashed",
        };
        self.line(format_args!(r#"<path class="{class}" d="M{x} {from}V{to}"/>"#));
    }

    fn mark(&mut self, y: usize, mark: Mark) {
        match mark {
            Mark::Note(note) => {
                if let Some(note) = self.chart.notes.get(note) {
                    self.note(y, note);
                }
            }
            // Drawn where it leaves, so that what happens meanwhile lies on top of it.
            Mark::Flies(arrow) | Mark::Leaves(arrow) => {
                let lands = self.landing.get(&arrow).map(|row| self.scale.y(*row));
                if let Some(arrow) = self.chart.arrows.get(arrow) {
                    self.arrow(y, lands, arrow);
                }
            }
            Mark::Lands(_) => {}
        }
    }

    /// Opens the group of an arrow or note: what a reader can point at.
    fn open(&mut self, class: &str, (t, until): (i64, i64), event: usize, says: &str) {
        let says = escaped(says);
        if self.in_page {
            let what =
                format_args!(r#"data-t="{t}" data-until="{until}" data-event="{event}" tabindex="0" role="button""#);
            _ = writeln!(self.text, r#"<g class="{class}" {what} aria-label="{says}"><title>{says}</title>"#);
        } else {
            _ = writeln!(self.text, r#"<g class="{class}"><title>{says}</title>"#);
        }
    }

    /// `bob, 0.140 s: rings`.
    fn says(&self, lane: usize, t: i64, what: &str) -> String {
        let name = self.chart.lanes.get(lane).map_or("", |lane| lane.name.as_str());
        format!("{name}, {} s: {what}", clock(t))
    }

    fn note(&mut self, y: usize, note: &Note) {
        let class = match note.tone {
            Tone::Callback => "callback",
            Tone::Deadline => "deadline",
            Tone::Failure => "failure",
            Tone::Quiet => "quiet",
        };
        let name = note.callback.map_or_else(String::new, |(_, name)| format!(" · {name}"));
        let says = self.says(note.lane, note.t, &format!("{}{name}", note.text));
        self.open(class, (note.t, note.t), note.event, &says);
        let x = self.scale.x(note.lane);
        self.line(format_args!(r#"<circle cx="{x}" cy="{y}" r="3"/>"#));
        for (text, at) in self.scale.lines(note).iter().zip(0..) {
            let (x, y) = (x + 10, y + 4 + at * LINE);
            self.line(format_args!(r#"<text x="{x}" y="{y}">{}</text>"#, escaped(text)));
        }
        self.line(format_args!("</g>"));
    }

    /// From where it leaves to where it lands; if nothing happens meanwhile, a little below.
    fn arrow(&mut self, leaves: usize, lands: Option<usize>, arrow: &Arrow) {
        let class = if arrow.is_failure() { "arrow failure" } else { "arrow" };
        let says = self.says(arrow.from, arrow.leaves, &arrow.in_full(&self.chart.lanes));
        self.open(class, (arrow.leaves, arrow.lands), arrow.event, &says);
        let from = self.scale.x(arrow.from);
        for head in arrow.heads.iter().filter(|head| head.lane != arrow.from) {
            let below = |lane: usize| lands.unwrap_or_else(|| leaves + SLOPE * lane.abs_diff(arrow.from));
            // All heads of a short flight lie on one line: each goes on from the one before it.
            let is_between =
                |lane: &usize| (arrow.from < *lane && *lane < head.lane) || (head.lane < *lane && *lane < arrow.from);
            let before = arrow.heads.iter().map(|other| other.lane).filter(is_between);
            let before = before.filter(|_| lands.is_none()).min_by_key(|lane| lane.abs_diff(head.lane));
            let start = before.map_or((from, leaves), |lane| (self.scale.x(lane), below(lane)));
            let end = (self.scale.x(head.lane), below(head.lane));
            self.shaft(start, end, *head);
            self.fate(start.0, end, arrow.fate_at(*head));
        }
        self.label(leaves, lands, arrow);
        self.line(format_args!("</g>"));
    }

    fn shaft(&mut self, (from, leaves): (usize, usize), (to, lands): (usize, usize), head: Head) {
        let is_right = to > from;
        // Short of the other's line, and on the same slope.
        let back = |far: usize| {
            let far = far.min(to.abs_diff(from));
            let up = (lands - leaves) * far / to.abs_diff(from).max(1);
            (if is_right { to - far } else { to + far }, lands - up)
        };
        let (x, y) = match head.end {
            End::Arrives => back(2),
            End::Stored => back(8),
            End::Lost => back(16),
            End::Refused => back(to.abs_diff(from) / 4),
        };
        self.line(format_args!(r#"<path class="shaft" d="M{from} {leaves}L{x} {y}"/>"#));
        match head.end {
            End::Arrives => {
                let (bx, by) = back(2 + POINT);
                // Across the shaft, as far as it is steep.
                let (run, rise) = (to.abs_diff(from).max(1), lands - leaves);
                let (dx, dy) = if rise * 2 > run { (3, 3) } else { (1, 4) };
                let (dx, dx2) = if is_right { (bx + dx, bx - dx) } else { (bx - dx, bx + dx) };
                self.line(format_args!(
                    r#"<path class="point" d="M{x} {y}L{dx} {}L{dx2} {}z"/>"#,
                    by.saturating_sub(dy),
                    by + dy
                ));
            }
            End::Stored => self.line(format_args!(r#"<circle class="stored" cx="{x}" cy="{y}" r="4"/>"#)),
            End::Lost | End::Refused => {
                let (left, top) = (x - 5, y - 5);
                self.line(format_args!(r#"<path class="cross" d="M{left} {top}l10 10m0-10l-10 10"/>"#));
            }
        }
    }

    /// Below a head that fares otherwise than another.
    fn fate(&mut self, from: usize, (to, lands): (usize, usize), fate: &str) {
        if !fate.is_empty() {
            let (x, anchor) = if to > from { (to.saturating_sub(6), "end") } else { (to + 6, "start") };
            self.line(format_args!(r#"<text class="{anchor} quiet" x="{x}" y="{}">{fate}</text>"#, lands + LINE));
        }
    }

    /// Above the arrow, near the sender.
    fn label(&mut self, leaves: usize, lands: Option<usize>, arrow: &Arrow) {
        let room = self.scale.pitch / LETTER - 2;
        // On a steep arrow a long label would lie across others.
        let room = if lands.is_some() && !arrow.is_copy { room * 2 / 3 } else { room };
        let text = escaped(&arrow.label_within(&arrow.data, room));
        let from = self.scale.x(arrow.from);
        let others = || arrow.heads.iter().filter(|head| head.lane != arrow.from);
        let is_right = others().any(|head| head.lane > arrow.from);
        if others().next().is_none() {
            let (x, y) = (from + 10, leaves + 4);
            return self.line(format_args!(r#"<text x="{x}" y="{y}">↩ {text}</text>"#));
        }
        // A copy leaves with the first: it is named where it lands.
        if let Some(lands) = lands.filter(|_| arrow.is_copy) {
            let to = others().next().map_or(from, |head| self.scale.x(head.lane));
            let (x, anchor) = if is_right { (to.saturating_sub(12), "end") } else { (to + 12, "start") };
            let (y, text) = (lands + LINE, escaped(&arrow.label_within("", room)));
            return self.line(format_args!(r#"<text class="{anchor}" x="{x}" y="{y}">{text}</text>"#));
        }
        let (x, anchor) = match (lands.is_some(), is_right) {
            (true, true) => (from + 10, "start"),
            (true, false) => (from.saturating_sub(10), "end"),
            (false, true) => (from + self.scale.pitch / 2, "middle"),
            (false, false) => (from.saturating_sub(self.scale.pitch / 2), "middle"),
        };
        let y = leaves.saturating_sub(if lands.is_some() { 6 } else { 4 });
        self.line(format_args!(r#"<text class="{anchor}" x="{x}" y="{y}">{text}</text>"#));
    }
}

/// Fit for XML, and for HTML.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for char in text.chars() {
        match char {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            // XML knows no such characters.
            '\u{FFFE}' | '\u{FFFF}' => escaped.push('\u{FFFD}'),
            other => escaped.push(other),
        }
    }
    escaped
}
