//! A chart as Mermaid text. Mermaid has no arrows that cross and no times: what is lost in that is said in words.

use alloc::format;
use alloc::string::String;
use core::fmt::Write as _;

use super::Chart;
use super::model::{Arrow, End, Mark};
use super::text::clock;

pub(super) fn mermaid(chart: &Chart) -> String {
    let mut text = String::from("sequenceDiagram\n");
    for (lane, at) in chart.lanes.iter().zip(0..) {
        line(&mut text, format_args!("participant p{at} as {}", escaped(&lane.name).replace(':', "#58;")));
    }
    let mut last = None;
    for row in &chart.rows {
        for mark in &row.marks {
            let time = if last == Some(row.t) { String::new() } else { format!("{} s · ", clock(row.t)) };
            last = Some(row.t);
            match mark {
                Mark::Note(note) => {
                    if let Some(note) = chart.notes.get(*note) {
                        let name = note.callback.map_or_else(String::new, |(_, name)| format!(" · {name}"));
                        over(&mut text, note.lane, &format!("{time}{}{name}", note.text));
                    }
                }
                Mark::Leaves(arrow) => {
                    if let Some(arrow) = chart.arrows.get(*arrow).filter(|arrow| !arrow.is_copy) {
                        over(&mut text, arrow.from, &format!("{time}sends {}", arrow.label()));
                    }
                }
                Mark::Lands(arrow) | Mark::Flies(arrow) => {
                    if let Some(arrow) = chart.arrows.get(*arrow) {
                        let sent = match mark {
                            Mark::Lands(_) => format!(" · sent at {} s", clock(arrow.leaves)),
                            Mark::Flies(_) | Mark::Leaves(_) | Mark::Note(_) => String::new(),
                        };
                        arrows(&mut text, arrow, &format!("{time}{}{sent}", arrow.label()));
                    }
                }
            }
        }
    }
    text
}

fn arrows(text: &mut String, arrow: &Arrow, label: &str) {
    let from = arrow.from;
    if arrow.heads.is_empty() || arrow.heads.iter().any(|head| head.end == End::Refused) {
        return over(text, from, &format!("✗ {label}"));
    }
    for head in &arrow.heads {
        let line_of = match head.end {
            End::Arrives => "->>",
            End::Stored => "--)",
            End::Lost | End::Refused => "-x",
        };
        let fate = arrow.fate_at(*head);
        let joint = if fate.is_empty() { "" } else { " · " };
        line(text, format_args!("p{from}{line_of}p{}: {}{joint}{fate}", head.lane, escaped(label)));
    }
}

fn over(text: &mut String, lane: usize, note: &str) {
    line(text, format_args!("Note over p{lane}: {}", escaped(note)));
}

fn line(text: &mut String, line: core::fmt::Arguments<'_>) {
    // Writing to a text cannot fail.
    _ = writeln!(text, "    {line}");
}

/// What could mean anything to Mermaid, or to the page that it makes, becomes the number of the character.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for char in text.chars() {
        if char.is_alphanumeric() || " .,:·✗◷…'/-_()".contains(char) {
            escaped.push(char);
        } else {
            _ = write!(escaped, "#{};", u32::from(char));
        }
    }
    escaped
}
