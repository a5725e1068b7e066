//! `convoke check`: plays random worlds, and asks after every step what must hold.

use std::collections::BTreeMap;
use std::fs;
use std::io::Write;
use std::num::NonZeroUsize;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use convoke::sim::{Check, Law, Scenario, Tally};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{Failure, Verdict, read_text, terminal};

/// Play random worlds in which everything goes wrong that can, and ask after every step what must hold. Then the network heals,
/// and all must agree. Prints what was reached, and how often. A world in which a law is broken is made small, drawn, and
/// written to a file. Exit code 1 if a law was broken, 2 if a file cannot be read.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Scenarios to check instead of random worlds.
    #[arg(value_name = "SCENARIO", conflicts_with_all = ["seeds", "seconds", "from"])]
    scenarios: Vec<PathBuf>,
    /// How many random worlds.
    #[arg(long, value_name = "N", default_value_t = 1_000)]
    seeds: u64,
    /// Random worlds for so long, instead of so many.
    #[arg(long, value_name = "S", conflicts_with = "seeds")]
    seconds: Option<u64>,
    /// The number of the first random world.
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    from: u64,
    /// How many threads; as many as there are processors, if not given.
    #[arg(long, value_name = "J")]
    jobs: Option<NonZeroUsize>,
    /// Fail if anything that can be reached was reached less often than this.
    #[arg(long, value_name = "N", default_value_t = 0)]
    at_least: u64,
}

/// How a world came to a bad end.
#[derive(PartialEq)]
enum Fault {
    Broken(Law),
    Panic,
    /// Not the engine's fault: the world was planned badly.
    Senseless(String),
}

pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<Verdict, Failure> {
    if !arguments.scenarios.is_empty() {
        return check_files(&arguments.scenarios, out);
    }
    let found = search(arguments);
    if let Some((seed, fault)) = found.failures.first_key_value() {
        return report(*seed, fault, out).or_else(Failure::unless_gone).map(|()| Verdict::No);
    }
    let rare = found.tally.iter().filter(|(_, count)| *count < arguments.at_least).count();
    print_found(&found, rare, arguments.at_least, out).or_else(Failure::unless_gone)?;
    Ok(if rare == 0 { Verdict::Yes } else { Verdict::No })
}

/// What came of a search.
#[derive(Default)]
struct Found {
    worlds: u64,
    elapsed: Duration,
    tally: Tally,
    /// By the number of the world.
    failures: BTreeMap<u64, Fault>,
}

/// Plays one world after the other, in several threads, until one fails. Those before it are played to their end, so that the first
/// to fail is the same in every run.
fn search(arguments: &Arguments) -> Found {
    let bar = match arguments.seconds {
        Some(_) => ProgressBar::new_spinner().with_style(style("{spinner} {elapsed} {pos} worlds, {per_sec}")),
        None => {
            ProgressBar::new(arguments.seeds).with_style(style("{bar:40} {pos} of {len} worlds, {per_sec}, {eta} left"))
        }
    };
    let (next, found) =
        (AtomicU64::new(arguments.from), Mutex::new(Found { tally: Tally::of_everything(), ..Found::default() }));
    let is_over = |seed: u64| match arguments.seconds {
        Some(seconds) => bar.elapsed() >= Duration::from_secs(seconds),
        None => seed >= arguments.from.saturating_add(arguments.seeds),
    };
    let work = || {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if is_over(seed) {
                return;
            }
            let played = play(&world(seed));
            let Ok(mut found) = found.lock() else { return };
            found.worlds = found.worlds.saturating_add(1);
            match played {
                Ok(tally) => found.tally.add(&tally),
                Err(fault) => drop(found.failures.insert(seed, fault)),
            }
            if !found.failures.is_empty() {
                return;
            }
            bar.inc(1);
        }
    };
    let jobs = arguments.jobs.or_else(|| thread::available_parallelism().ok()).map_or(1, NonZeroUsize::get);
    thread::scope(|scope| (0..jobs).for_each(|_| drop(scope.spawn(work))));
    let mut found = found.into_inner().unwrap_or_default();
    found.elapsed = bar.elapsed();
    bar.finish_and_clear();
    found
}

fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

/// One in three has layers.
fn world(seed: u64) -> Scenario {
    if seed.is_multiple_of(3) { Scenario::random_with_layers(seed) } else { Scenario::random(seed) }
}

fn play(scenario: &Scenario) -> Result<Tally, Fault> {
    let check = check(scenario)?;
    check.failure.map_or(Ok(check.tally), |failure| Err(Fault::Broken(failure.broken.law)))
}

/// A bug may be a panic, too.
fn check(scenario: &Scenario) -> Result<Check, Fault> {
    let check = panic::catch_unwind(AssertUnwindSafe(|| Check::of(scenario))).map_err(|_| Fault::Panic)?;
    check.map_err(|error| Fault::Senseless(error.to_string()))
}

/// Makes the world of this number small, draws it, and writes it to a file.
fn report(seed: u64, fault: &Fault, out: &mut impl Write) -> Result<(), Failure> {
    if let Fault::Senseless(why) = fault {
        return Err(Failure::because(format_args!("world {seed}"), why));
    }
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let mut small = world(seed).shrunk(|smaller| play(smaller).is_err_and(|other| other == *fault));
    panic::set_hook(hook);
    small.about = format!("World {seed} of `convoke check`, made small.");
    let path = format!("convoke-check-{seed}.json");
    let text = serde_json::to_string_pretty(&small).map_err(|error| Failure::because(&path, error))?;
    fs::write(&path, text).map_err(|error| Failure::because(&path, error))?;
    writeln!(
        out,
        "World {seed} breaks a law. Made small it is {path}: `convoke check {path}` checks it, `convoke run` plays it.\n"
    )?;
    print_checked(&small, &check(&small), out)
}

fn check_files(paths: &[PathBuf], out: &mut impl Write) -> Result<Verdict, Failure> {
    let mut is_good = true;
    for path in paths {
        is_good &= check_file(path, out)?;
    }
    Ok(if is_good { Verdict::Yes } else { Verdict::No })
}

fn check_file(path: &Path, out: &mut impl Write) -> Result<bool, Failure> {
    let text = read_text(Some(path))?;
    let scenario = serde_json::from_str(&text).map_err(|error| Failure::because(path.display(), error))?;
    let checked = check(&scenario);
    let is_good = checked.as_ref().is_ok_and(|check| check.failure.is_none());
    print_checked(&scenario, &checked, out).or_else(Failure::unless_gone)?;
    Ok(is_good)
}

/// Draws the world and says what is wrong in it.
fn print_checked(scenario: &Scenario, checked: &Result<Check, Fault>, out: &mut impl Write) -> Result<(), Failure> {
    let check = match checked {
        Ok(check) => check,
        Err(Fault::Senseless(why)) => return Err(Failure::because(&scenario.name, why)),
        Err(Fault::Panic | Fault::Broken(_)) => return Ok(writeln!(out, "it panics, as standard error says")?),
    };
    terminal::print(&check.world.chart(), out)?;
    match &check.failure {
        Some(failure) => writeln!(out, "{failure}")?,
        None => writeln!(out, "no law was broken")?,
    }
    Ok(())
}

/// Prints how often each thing was reached, and that this was too seldom for so many.
fn print_found(found: &Found, rare: usize, at_least: u64, out: &mut impl Write) -> Result<(), Failure> {
    for (name, count) in found.tally.iter() {
        writeln!(out, "{count:>12} {name}{}", if count < at_least { "   <- too seldom" } else { "" })?;
    }
    let per_second = found.worlds.checked_div(found.elapsed.as_secs().max(1)).unwrap_or(0);
    writeln!(out, "{} worlds, {per_second} a second: no law was broken", found.worlds)?;
    if rare > 0 {
        writeln!(out, "{rare} things were reached less than {at_least} times: see the marks above")?;
    }
    Ok(())
}
