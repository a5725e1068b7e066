//! What the words and symbols of a chart mean: those that occur on it.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::Chart;
use super::measure::columns;
use super::model::{End, Life, Tone};

/// In lines of so many columns: which documented callback each word stands for, and the symbols.
pub(super) fn legend(chart: &Chart, width: usize) -> Vec<String> {
    let mut words: Vec<String> = Vec::new();
    for (word, name) in chart.notes.iter().filter_map(|note| note.callback) {
        let entry = format!("{word} = {name}");
        if !words.contains(&entry) {
            words.push(entry);
        }
    }
    let mut lines = lines(words, " · ", width);
    // One of the symbols is that dot.
    lines.extend(self::lines(symbols(chart), ", ", width));
    lines
}

fn symbols(chart: &Chart) -> Vec<String> {
    let ends = |end: End| chart.arrows.iter().flat_map(|arrow| &arrow.heads).any(|head| head.end == end);
    let notes = |tone: Tone| chart.notes.iter().any(|note| note.tone == tone);
    let lives = |life: Life| {
        chart.lanes.iter().any(|lane| lane.life == life) || chart.notes.iter().any(|note| note.life == Some(life))
    };
    let symbols = [
        (ends(End::Stored), "○ stored"),
        (ends(End::Lost) || ends(End::Refused) || notes(Tone::Failure), "✗ lost or refused"),
        (notes(Tone::Deadline), "◷ time is up"),
        (lives(Life::Offline), "╎ offline"),
        (lives(Life::Asleep), "┊ asleep"),
        (lives(Life::Crashed), "· crashed"),
    ];
    symbols.into_iter().filter(|(occurs, _)| *occurs).map(|(_, entry)| entry.into()).collect()
}

fn lines(entries: Vec<String>, joint: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for entry in entries {
        match lines.last_mut().filter(|line| columns(line) + columns(joint) + columns(&entry) <= width) {
            Some(line) => {
                line.push_str(joint);
                line.push_str(&entry);
            }
            None => lines.push(entry),
        }
    }
    lines
}
