//! `convoke run`: plays a scenario in the simulator, and shows it as a chart.

use std::fs;
use std::io::Write;
use std::path::PathBuf;

use clap::ValueEnum;
use convoke::Profile;
use convoke::sim::{Chart, World};

use crate::{Failure, Verdict, read_scenario, spare, terminal};

/// Play a scenario in the simulator, and print what happens as a sequence chart. Exit code 2 if the scenario cannot be
/// read or makes no sense.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A scenario in JSON: docs/scenarios/ has some.
    scenario: PathBuf,
    /// Write all that happens to this file, in JSON Lines: `draw` and `replay` read it.
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
    /// Decides the ids, and the faults that have a chance.
    #[arg(long)]
    seed: Option<u64>,
    /// Which callbacks are emitted.
    #[arg(long, value_enum)]
    profile: Option<Callbacks>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Callbacks {
    /// As documented: every member of a group hears everything.
    Default,
    /// As the vendor's web module: only who takes part.
    Web,
}

pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<Verdict, Failure> {
    let place = arguments.scenario.display();
    if let Some(path) = &arguments.trace {
        spare(&arguments.scenario, path)?;
    }
    let mut scenario = read_scenario(&arguments.scenario)?;
    scenario.seed = arguments.seed.unwrap_or(scenario.seed);
    scenario.config.profile = match arguments.profile {
        Some(Callbacks::Default) => Profile::Default,
        Some(Callbacks::Web) => Profile::Web,
        None => scenario.config.profile,
    };
    let world = World::play(&scenario).map_err(|error| Failure::because(&place, error))?;
    let trace = world.trace();
    if let Some(path) = &arguments.trace {
        fs::write(path, trace.to_string()).map_err(|error| Failure::because(path.display(), error))?;
    }
    terminal::print(&Chart::new(&trace), out)?;
    Ok(Verdict::Yes)
}
