//! A chart on standard output: as wide as the terminal, and in colour, if it is one.

use std::io::{self, Write};

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use convoke::sim::{Chart, Ink};
use terminal_size::{Width, terminal_size_of};

use crate::Failure;

/// The width of a file, and the narrowest and widest that a terminal is taken to be: long lines are hard to follow.
const WIDTH: usize = 80;
const WIDTHS: std::ops::RangeInclusive<u16> = 60..=200;

pub(crate) fn print(chart: &Chart, out: &mut impl Write) -> Result<(), Failure> {
    let text = chart.text(width());
    if AutoStream::choice(&io::stdout()) == ColorChoice::Never {
        write!(out, "{text}")?;
        return Ok(());
    }
    for line in &text.lines {
        for span in line {
            let style = style(span.ink);
            write!(out, "{style}{}{style:#}", span.text)?;
        }
        writeln!(out)?;
    }
    Ok(())
}

fn width() -> usize {
    let terminal = terminal_size_of(io::stdout());
    terminal.map_or(WIDTH, |(Width(width), _)| width.clamp(*WIDTHS.start(), *WIDTHS.end()).into())
}

/// Colours that can be read on black and on white.
fn style(ink: Ink) -> Style {
    match ink {
        Ink::Name => Style::new().bold(),
        Ink::Callback => AnsiColor::Green.on_default(),
        Ink::Failure => AnsiColor::Red.on_default().bold(),
        Ink::Deadline => AnsiColor::Yellow.on_default().bold(),
        Ink::Time | Ink::Quiet => Style::new().dimmed(),
        Ink::Plain => Style::new(),
    }
}
