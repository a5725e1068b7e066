//! Small worlds of real engines, in which every interleaving of what may happen is explored.

mod app;
mod bench;
mod calls_end;
mod device;
mod end;
mod explored;
mod hostile;
mod laws;
mod network;
mod phone;
mod seats_end;
mod state;
mod world;
mod worlds;

use std::io::{self, Write as _};
use std::process::ExitCode;
use std::thread;

use clap::Parser;
use clap::builder::PossibleValuesParser;
use stateright::{Checker, Model as _, Path};

use crate::explored::Explored;
use crate::state::{Action, State};
use crate::world::World;

/// So many steps at most: a world that has more of them was not explored.
const STEPS: usize = 200_000_000;

/// Explores small worlds of engines, and says whether all laws hold in each of their states.
#[derive(Parser)]
struct Arguments {
    /// Which worlds; if none is named, all but the large ones.
    #[arg(value_parser = PossibleValuesParser::new(worlds::all().iter().map(|world| world.name)))]
    worlds: Vec<String>,
}

fn main() -> io::Result<ExitCode> {
    let Arguments { worlds: wanted } = Arguments::parse();
    let mut out = io::stdout().lock();
    writeln!(out, "{:27} {:>10} {:>5} {:>7}  {:9}  ends", "world", "states", "depth", "seconds", "verdict")?;
    let mut code = ExitCode::SUCCESS;
    for world in worlds::all() {
        let is_named = wanted.iter().any(|name| name == world.name);
        if (is_named || (wanted.is_empty() && !world.is_large)) && !explore(world, &mut out)? {
            code = ExitCode::FAILURE;
        }
    }
    Ok(code)
}

/// Explores a world, and writes a line of the table; says whether it was explored as a whole and all is well in it.
#[expect(clippy::disallowed_types, reason = "how long it takes is measured, and decides nothing")]
fn explore(world: World, out: &mut impl io::Write) -> io::Result<bool> {
    let start = std::time::Instant::now();
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let checker = Explored::new(world).checker().threads(threads).target_state_count(STEPS).spawn_bfs().join();
    let seconds = start.elapsed().as_secs_f32();
    let explored = checker.model();
    let broken = checker.discoveries().into_values().next();
    let ends = explored.ends();
    let verdict = if broken.is_some() {
        "broken"
    } else if checker.state_count() >= STEPS {
        "bounded"
    } else if ends != explored.world.ends {
        "ends otherwise"
    } else {
        "exhausted"
    };
    let (name, states, depth) = (explored.world.name, checker.unique_state_count(), checker.max_depth());
    writeln!(out, "{name:27} {states:>10} {depth:>5} {seconds:>7.1}  {verdict:9}  {}", ends.join(", "))?;
    if let Some(path) = broken {
        write_path(&explored.world, path, out)?;
    }
    Ok(verdict == "exhausted")
}

/// The way to a state in which a law is broken, and which one.
fn write_path(world: &World, path: Path<State, Action>, out: &mut impl io::Write) -> io::Result<()> {
    for (state, action) in path.into_vec() {
        if let Some(action) = action {
            writeln!(out, "    {}", state.say(world, action))?;
        }
        if let Some(broken) = state.broken {
            writeln!(out, "  {}\n    {}", broken.law, broken.how)?;
        }
    }
    Ok(())
}
