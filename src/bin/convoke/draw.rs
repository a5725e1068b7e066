//! `convoke draw`: a trace as a sequence chart.

use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};

use convoke::sim::{Chart, Trace};

use crate::{Failure, Verdict, read_text, spare, terminal};

/// Draw a trace as a sequence chart: in the terminal, or into a file.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A trace in JSON Lines.
    #[arg(value_name = "TRACE")]
    trace: PathBuf,
    /// Where to: its name ends in .txt, .mmd (Mermaid), .svg or .html (a page with a time slider, and each message as it is).
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<Verdict, Failure> {
    // What cannot be written is not read.
    let output = arguments.output.as_deref().map(|path| Ok::<_, Failure>((path, form(path)?))).transpose()?;
    if let Some((path, _)) = output {
        spare(&arguments.trace, path)?;
    }
    let text = read_text(Some(&arguments.trace))?;
    let trace = Trace::parse(&text).map_err(|error| Failure::because(arguments.trace.display(), error))?;
    let chart = Chart::new(&trace);
    match output {
        Some((path, form)) => {
            std::fs::write(path, form(&chart)).map_err(|error| Failure::because(path.display(), error))?;
        }
        None => terminal::print(&chart, out)?,
    }
    Ok(Verdict::Yes)
}

fn form(path: &Path) -> Result<fn(&Chart) -> String, Failure> {
    let extension = path.extension().and_then(OsStr::to_str).map(str::to_ascii_lowercase);
    match extension.as_deref() {
        Some("txt") => Ok(|chart| chart.to_string()),
        Some("mmd") => Ok(Chart::mermaid),
        Some("svg") => Ok(Chart::svg),
        Some("html") => Ok(Chart::html),
        Some(_) | None => Err(Failure::because(path.display(), "its name ends in none of .txt, .mmd, .svg, .html")),
    }
}
