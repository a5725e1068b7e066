//! How wide texts are in columns, and how they are made to fit.

use alloc::borrow::ToOwned as _;
use alloc::string::String;
use alloc::vec::Vec;

use unicode_width::UnicodeWidthChar as _;

/// Character by character, as a canvas writes: of a sequence that a terminal may draw as one, each has its cells.
pub(super) fn columns(text: &str) -> usize {
    text.chars().map(columns_of).sum()
}

pub(super) fn columns_of(char: char) -> usize {
    char.width().unwrap_or(0)
}

/// The text in at most so many columns, with `…` for what had to go.
pub(super) fn shorten(text: &str, width: usize) -> String {
    if columns(text) <= width {
        return text.to_owned();
    }
    let (mut short, mut used) = (String::new(), 0);
    for char in text.chars() {
        used += columns_of(char);
        if used >= width {
            break;
        }
        short.push(char);
    }
    short.truncate(short.trim_end().len());
    if width > 0 {
        short.push('…');
    }
    short
}

/// The text in lines of so many columns, broken between words, at most so many of them.
pub(super) fn wrap(text: &str, width: usize, most: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    let mut rest = text.trim();
    while !rest.is_empty() {
        if lines.len() + 1 == most || columns(rest) <= width {
            lines.push(shorten(rest, width));
            break;
        }
        let (line, remains) = rest.split_at(break_within(rest, width));
        // A word that does not fit in any line is cut: better than a line of one letter each.
        lines.push(if line.is_empty() { shorten(remains, width) } else { line.trim_end().to_owned() });
        if line.is_empty() {
            rest = remains.split_once(' ').map_or("", |(_, rest)| rest.trim_start());
        } else {
            rest = remains.trim_start();
        }
    }
    lines
}

/// Where the last word ends that fits, in bytes; 0 if none does.
fn break_within(text: &str, width: usize) -> usize {
    let ends = text.match_indices(' ').map(|(at, _)| at);
    ends.take_while(|at| text.get(..*at).is_some_and(|line| columns(line) <= width)).last().unwrap_or(0)
}
