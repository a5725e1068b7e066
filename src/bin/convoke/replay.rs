//! `convoke replay`: plays recorded traces against the engine, and says where it does otherwise.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::PathBuf;

use convoke::sim::{Chart, Deviation, Deviations, Replay, Trace, printable, replay};

use crate::{Failure, Verdict, read_text, terminal};

/// Play recorded traces: print each exchange, and whether the engine did as recorded. Exit code 1 if it did not, 2 if
/// an input cannot be read.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Traces in JSON Lines, as the vendor's test peer records them.
    #[arg(required = true, value_name = "TRACE")]
    traces: Vec<PathBuf>,
    /// Print the verdicts only.
    #[arg(short, long)]
    quiet: bool,
}

pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<Verdict, Failure> {
    let deviations = Deviations::declared().map_err(|error| Failure::Because(error.to_string()))?;
    // All are read and played before anything is printed: a broken one leaves nothing half said.
    let mut played = Vec::new();
    for path in &arguments.traces {
        let place = &path.display();
        let text = read_text(Some(path))?;
        let trace = Trace::parse(&text).map_err(|error| Failure::because(place, error))?;
        let replay = replay(&trace, &deviations).map_err(|error| Failure::because(place, error))?;
        played.push((trace, replay));
    }
    for (trace, replay) in &played {
        print(trace, replay, &deviations, arguments.quiet, out).or_else(Failure::unless_gone)?;
    }
    let is_good = played.iter().all(|(_, replay)| replay.difference.is_none());
    Ok(if is_good { Verdict::Yes } else { Verdict::No })
}

fn print(
    trace: &Trace,
    replay: &Replay,
    deviations: &Deviations,
    quiet: bool,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let name = printable(&trace.header.scenario);
    if !quiet {
        terminal::print(&Chart::new(&replay.trace), out)?;
        writeln!(out)?;
    }
    match &replay.difference {
        Some(difference) => writeln!(out, "{name}: DIFFERS\n{difference}")?,
        None => writeln!(out, "{name}: as recorded{}", but_for(deviations.of(&trace.header)))?,
    }
    if !quiet {
        writeln!(out)?;
    }
    Ok(())
}

fn but_for<'a>(deviations: impl Iterator<Item = &'a Deviation>) -> String {
    let rows: BTreeSet<_> = deviations.map(|entry| entry.row.as_str()).collect();
    if rows.is_empty() {
        return String::new();
    }
    let rows: Vec<_> = rows.into_iter().collect();
    format!(", but for what is declared ({})", rows.join(", "))
}
