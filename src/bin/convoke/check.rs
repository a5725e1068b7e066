//! `convoke check`: plays random worlds, and asks after every call what must hold.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io::Write;
use std::num::NonZeroUsize;
use std::panic::{self, AssertUnwindSafe};
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use convoke::sim::{Check, Law, Scenario, Tally, printable};
use indicatif::{ProgressBar, ProgressStyle};

use crate::{Failure, Verdict, complain, read_scenario, terminal};

/// Play random worlds in which everything goes wrong that can, and ask after every call of an engine what must hold; what takes long
/// to ask, after about one call in eight. Then the network heals, and all must agree. Prints what was reached, and how often. A
/// world in which a law is broken is made small, drawn, and written to a file. Exit code 1 if a law was broken, 2 if a file cannot
/// be read, or no world was played.
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
    /// How many threads, up to 256; as many as there are processors, if not given.
    #[arg(long, value_name = "J", value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: Option<u16>,
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
    if found.worlds == 0 {
        return Err(Failure::Because("no world was played: ask for more with --seeds or --seconds".to_owned()));
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
    let (begun, found) = (AtomicU64::new(0), Mutex::new(Found { tally: Tally::of_everything(), ..Found::default() }));
    let is_over = |begun: u64| match arguments.seconds {
        Some(seconds) => bar.elapsed() >= Duration::from_secs(seconds),
        None => begun >= arguments.seeds,
    };
    let work = || {
        loop {
            let begun = begun.fetch_add(1, Ordering::Relaxed);
            // There is no number after the greatest.
            let Some(seed) = arguments.from.checked_add(begun).filter(|_| !is_over(begun)) else { return };
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
    let processors = || thread::available_parallelism().map_or(1, NonZeroUsize::get);
    let jobs = arguments.jobs.map_or_else(processors, usize::from);
    thread::scope(|scope| {
        // This thread does what is left where the system has no more of them.
        let others = (1..jobs).map_while(|_| thread::Builder::new().spawn_scoped(scope, work).ok());
        others.for_each(drop);
        work();
    });
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

/// Makes the world of this number small, draws it, and writes it to a file. What was found is said at once, for that takes time, and
/// is not lost if it cannot be written.
fn report(seed: u64, fault: &Fault, out: &mut impl Write) -> Result<(), Failure> {
    let ends = match fault {
        Fault::Broken(law) => format!("breaks {} ({})", law.name(), law.rule()),
        Fault::Panic => "panics".to_owned(),
        Fault::Senseless(why) => return Err(Failure::because(format_args!("world {seed}"), why)),
    };
    complain(&format!("world {seed} {ends}: it is being made small"));
    let small = made_small(seed, fault);
    let path = format!("convoke-check-{seed}.json");
    let heading = writeln!(out, "World {seed} {ends}. Made small:\n").map_err(Failure::from);
    let printed = heading.and_then(|()| print_checked(&path, &small, &check(&small), out));
    let text = serde_json::to_string_pretty(&small).map_err(|error| Failure::because(&path, error))?;
    if let Err(error) = fs::write(&path, text) {
        complain(&format!("{path}: {error}: `convoke check --from {seed} --seeds 1` finds it again"));
        return printed;
    }
    printed?;
    Ok(writeln!(out, "\nIt is in {path}: `convoke check {path}` checks it, `convoke run {path}` plays it.")?)
}

fn made_small(seed: u64, fault: &Fault) -> Scenario {
    let mut small = silently(|| world(seed).shrunk(|smaller| play(smaller).is_err_and(|other| other == *fault)));
    small.about = format!("World {seed} of `convoke check`, made small.");
    small
}

/// Of what panics a second time the first was enough.
fn silently<T>(act: impl FnOnce() -> T) -> T {
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let done = act();
    panic::set_hook(hook);
    done
}

fn check_files(paths: &[PathBuf], out: &mut impl Write) -> Result<Verdict, Failure> {
    let mut is_good = true;
    for path in paths {
        is_good &= check_file(path, out)?;
    }
    Ok(if is_good { Verdict::Yes } else { Verdict::No })
}

fn check_file(path: &Path, out: &mut impl Write) -> Result<bool, Failure> {
    let scenario = read_scenario(path)?;
    let checked = check(&scenario);
    let is_good = checked.as_ref().is_ok_and(|check| check.failure.is_none());
    print_checked(path.display(), &scenario, &checked, out).or_else(Failure::unless_gone)?;
    Ok(is_good)
}

/// Draws the world of a file and says what is wrong in it.
fn print_checked(
    place: impl fmt::Display,
    scenario: &Scenario,
    checked: &Result<Check, Fault>,
    out: &mut impl Write,
) -> Result<(), Failure> {
    let check = match checked {
        Ok(check) => check,
        Err(Fault::Senseless(why)) => return Err(Failure::because(place, why)),
        Err(Fault::Panic | Fault::Broken(_)) => return print_panicking(scenario, out),
    };
    terminal::print(&check.world.chart(), out)?;
    let verdict = check.failure.as_ref().map_or_else(|| "no law was broken".to_owned(), ToString::to_string);
    verdict.lines().try_for_each(|line| Ok(writeln!(out, "{}", printable(line))?))
}

/// Draws the world as far as it goes without a panic.
fn print_panicking(scenario: &Scenario, out: &mut impl Write) -> Result<(), Failure> {
    let Some((count, begun)) = silently(|| longest_beginning(scenario, |begun| check(begun).ok())) else {
        return Ok(writeln!(out, "it panics without any step, as standard error says")?);
    };
    terminal::print(&begun.world.chart(), out)?;
    Ok(writeln!(out, "it goes so far with the first {count} steps: with one more it panics, as standard error says")?)
}

/// So many of the first steps can be played, and this comes of them; or nothing does of any.
fn longest_beginning<T>(scenario: &Scenario, play: impl Fn(&Scenario) -> Option<T>) -> Option<(usize, T)> {
    let mut begun = scenario.clone();
    while begun.steps.pop().is_some() {
        if let Some(played) = play(&begun) {
            return Some((begun.steps.len(), played));
        }
    }
    None
}

/// Prints how often each thing was reached, and that this was too seldom for so many.
fn print_found(found: &Found, rare: usize, at_least: u64, out: &mut impl Write) -> Result<(), Failure> {
    for (name, count) in found.tally.iter() {
        writeln!(out, "{count:>12} {name}{}", if count < at_least { "   <- too seldom" } else { "" })?;
    }
    let per_second = u128::from(found.worlds).saturating_mul(1_000) / found.elapsed.as_millis().max(1);
    writeln!(out, "{} worlds, {per_second} a second: no law was broken", found.worlds)?;
    if rare > 0 {
        writeln!(out, "{rare} things were reached less than {at_least} times: see the marks above")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::longest_beginning;
    use convoke::sim::Scenario;

    #[test]
    fn what_panics_is_drawn_up_to_the_step_before() {
        let world = Scenario::random(1);
        let all = world.steps.len();
        for bad in 0..all {
            let played = longest_beginning(&world, |begun| (begun.steps.len() <= bad).then(|| begun.steps.clone()));
            assert_eq!(played, Some((bad, world.steps[..bad].to_vec())), "the step of number {bad} panics");
        }
        assert_eq!(longest_beginning(&world, |_| None::<()>), None, "it panics without any");
    }
}
