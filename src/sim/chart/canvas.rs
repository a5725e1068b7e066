//! One line of text, cell by cell: lines that meet become the right corner or crossing, and texts lie on top.

use alloc::string::String;
use alloc::vec::Vec;

use super::measure::columns_of;

/// A part of a line that is in one ink.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Span {
    /// Its ink.
    pub ink: Ink,
    /// What it says.
    pub text: String,
}

/// What kind of thing a text is, for who has colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "who paints must know a colour for each")]
pub enum Ink {
    /// Lines, and what arrows carry.
    #[default]
    Plain,
    /// The name of a participant, or of the chart.
    Name,
    /// A moment.
    Time,
    /// What an app is told.
    Callback,
    /// What is lost, refused or fails.
    Failure,
    /// A time that is up.
    Deadline,
    /// A remark that can be passed over.
    Quiet,
}

/// The arms of a cell.
pub(super) const LEFT: u8 = 1;
pub(super) const RIGHT: u8 = 2;
pub(super) const UP: u8 = 4;
pub(super) const DOWN: u8 = 8;

#[derive(Clone, Default)]
struct Cell {
    arms: u8,
    /// What stands for the two vertical arms of a line that is not whole.
    broken: Option<char>,
    /// What lies on top. A wide character leaves the cell after it empty.
    text: Option<String>,
    ink: Ink,
}

#[derive(Default)]
pub(super) struct Canvas {
    cells: Vec<Cell>,
}

impl Canvas {
    fn cell(&mut self, x: usize) -> Option<&mut Cell> {
        if self.cells.len() <= x {
            self.cells.resize(x + 1, Cell::default());
        }
        self.cells.get_mut(x)
    }

    pub(super) fn add(&mut self, x: usize, arms: u8) {
        if let Some(cell) = self.cell(x) {
            cell.arms |= arms;
        }
    }

    /// A vertical line that is not whole.
    pub(super) fn add_broken(&mut self, x: usize, glyph: char) {
        if let Some(cell) = self.cell(x) {
            cell.arms |= UP | DOWN;
            cell.broken = Some(glyph);
        }
    }

    /// A horizontal line over the cells between two, without them.
    pub(super) fn join(&mut self, x: usize, y: usize) {
        for between in x.min(y) + 1..x.max(y) {
            self.add(between, LEFT | RIGHT);
        }
    }

    pub(super) fn write(&mut self, x: usize, text: &str, ink: Ink) {
        let mut at = x;
        for char in text.chars() {
            let width = columns_of(char);
            // What has no width of its own belongs to the character before it.
            let place = if width == 0 { at.saturating_sub(1).max(x) } else { at };
            if let Some(cell) = self.cell(place) {
                cell.ink = ink;
                match &mut cell.text {
                    Some(text) if width == 0 => text.push(char),
                    text => *text = Some(char.into()),
                }
            }
            for covered in at + 1..at + width {
                if let Some(cell) = self.cell(covered) {
                    cell.text = Some(String::new());
                }
            }
            at += width;
        }
    }

    /// The stretches between two cells that hold nothing but a horizontal line: the first cell of each and their number.
    pub(super) fn runs(&self, x: usize, y: usize) -> Vec<(usize, usize)> {
        let mut runs: Vec<(usize, usize)> = Vec::new();
        for (at, cell) in self.cells.iter().enumerate().take(y).skip(x + 1) {
            if cell.arms != LEFT | RIGHT || cell.text.is_some() {
                continue;
            }
            match runs.last_mut() {
                Some((first, length)) if *first + *length == at => *length += 1,
                _ => runs.push((at, 1)),
            }
        }
        runs
    }

    pub(super) fn spans(self) -> Vec<Span> {
        let mut spans: Vec<Span> = Vec::new();
        for cell in self.cells {
            let ink = cell.ink;
            let text = cell.text.unwrap_or_else(|| glyph(cell.arms, cell.broken).into());
            match spans.last_mut() {
                Some(span) if span.ink == ink => span.text.push_str(&text),
                _ => spans.push(Span { ink, text }),
            }
        }
        spans
    }
}

fn glyph(arms: u8, broken: Option<char>) -> char {
    const WHOLE: [char; 16] = [' ', '╴', '╶', '─', '╵', '╯', '╰', '┴', '╷', '╮', '╭', '┬', '│', '┤', '├', '┼'];
    match broken {
        Some(glyph) if arms == UP | DOWN => glyph,
        Some(_) | None => WHOLE.get(usize::from(arms)).copied().unwrap_or('┼'),
    }
}
