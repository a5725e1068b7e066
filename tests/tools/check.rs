//! Random worlds: what they are made of, that every law is asked in them and holds, and that a failing one is made small. And the
//! command that plays them. That a broken rule is found in them is shown by `tests/sabotage`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use crate::launch::{Folder, run, text};
use convoke::sim::{Act, Check, Deed, Law, Method, Scenario, Tally};
use serde_json::json;

/// So many of the first worlds are played here. `.ci/run check` plays more, and demands more of them.
const WORLDS: u64 = 180;

#[test]
fn in_random_worlds_every_law_has_something_to_say_and_holds() {
    let mut tally = Tally::of_everything();
    for seed in 1..=WORLDS {
        for world in [Scenario::random(seed), Scenario::random_with_layers(seed)] {
            let check = Check::of(&world).unwrap();
            assert_eq!(check.failure, None, "world {}\n{}", world.name, check.world.chart());
            tally.add(&check.tally);
        }
    }
    for law in Law::ALL {
        assert!(tally.of(law.name()) >= 10, "{law:?}: {}", tally.of(law.name()));
    }
    let reached = tally.iter().filter(|(_, count)| *count > 0).count();
    let all = Tally::of_everything().iter().count();
    assert!(reached * 4 >= all * 3, "{reached} of {all}");
}

#[test]
fn a_number_gives_the_same_world_each_time_and_no_two_the_same() {
    for (plan, name) in [(Scenario::random as fn(u64) -> Scenario, "seed"), (Scenario::random_with_layers, "layers")] {
        let worlds: Vec<Scenario> = (0..200).map(plan).collect();
        for (seed, world) in (0..).zip(&worlds) {
            assert_eq!(*world, plan(seed));
            assert_eq!(world.name, format!("{name}-{seed}"));
            assert_eq!(worlds.iter().filter(|other| other.steps == world.steps).count(), 1, "seed {seed}");
        }
    }
}

#[test]
fn a_random_world_can_be_written_down_and_read() {
    for seed in 0..500 {
        let world = if seed % 2 == 0 { Scenario::random(seed) } else { Scenario::random_with_layers(seed) };
        let text = serde_json::to_string_pretty(&world).unwrap();
        assert_eq!(serde_json::from_str::<Scenario>(&text).unwrap(), world, "seed {seed}");
    }
}

#[test]
fn played_twice_a_random_world_comes_to_the_same() {
    for world in [3, 14, 15].map(Scenario::random).into_iter().chain([3, 14].map(Scenario::random_with_layers)) {
        let [one, other] = [(); 2].map(|()| Check::of(&world).unwrap());
        assert_eq!(one.world.trace(), other.world.trace());
        assert_eq!(one.tally, other.tally);
    }
}

fn scenarios() -> Vec<PathBuf> {
    let folders = ["docs/scenarios", "tests/vectors"].map(|folder| Path::new(env!("CARGO_MANIFEST_DIR")).join(folder));
    let paths = folders.into_iter().flat_map(|folder| fs::read_dir(folder).unwrap()).map(|entry| entry.unwrap().path());
    paths.filter(|path| path.extension().is_some_and(|kind| kind == "json")).collect()
}

#[test]
fn every_law_holds_in_the_flows_and_in_what_was_recorded() {
    let scenarios = scenarios();
    assert!(scenarios.len() > 50, "{}", scenarios.len());
    for path in scenarios {
        let scenario: Scenario = serde_json::from_str(&fs::read_to_string(&path).unwrap()).unwrap();
        let check = Check::of(&scenario).unwrap();
        assert_eq!(check.failure, None, "{}\n{}", path.display(), check.world.chart());
        assert!(check.tally.of("AllIsForgotten") > 0, "{}: asked to the end", path.display());
    }
}

/// Whether somebody is called upon to do this.
fn calls(scenario: &Scenario, wanted: Method) -> bool {
    scenario.steps.iter().any(|step| matches!(step.act, Act::Call { method, .. } if method == wanted))
}

#[test]
fn made_small_a_world_keeps_what_it_needs_and_drops_all_else() {
    let needs = |scenario: &Scenario| calls(scenario, Method::Accept) && calls(scenario, Method::Cancel);
    let mut fitting = (1..).map(Scenario::random).filter(|world| needs(world) && !world.faults.is_empty());
    for world in fitting.by_ref().take(3) {
        let small = world.shrunk(needs);
        assert!(needs(&small));
        assert_eq!(small.steps.len(), 2, "{:?}", small.steps);
        assert!(small.steps.iter().all(|step| world.steps.iter().any(|before| before.act == step.act)));
        assert!(small.steps.iter().all(|step| step.at == 0), "{:?}", small.steps);
        assert_eq!((&*small.faults, small.latency_ms, small.until_ms), (&[][..], 0, 0));
        assert_eq!(small.config, convoke::Config::default());
        assert_eq!((&small.name, small.seed), (&world.name, world.seed), "ids and chances stay");
    }
}

#[test]
fn made_small_a_world_keeps_the_order_and_the_faults_that_it_needs() {
    let position = |scenario: &Scenario, wanted: Method| {
        let is_wanted = |act: &Act| matches!(act, Act::Call { method, .. } if *method == wanted);
        scenario.steps.iter().position(|step| is_wanted(&step.act))
    };
    let needs = |scenario: &Scenario| {
        let (reject, accept) = (position(scenario, Method::Reject), position(scenario, Method::Accept));
        reject.is_some() && reject < accept && scenario.faults.iter().any(|fault| fault.duplicate.is_some())
    };
    let world = (1..).map(Scenario::random).find(needs).unwrap();
    let small = world.shrunk(needs);
    assert!(needs(&small));
    assert_eq!((small.steps.len(), small.faults.len()), (2, 1));
}

#[test]
fn made_small_a_world_with_layers_keeps_the_deeds_that_it_needs() {
    let does = |scenario: &Scenario, wanted: &Deed| {
        scenario.steps.iter().any(|step| matches!(&step.act, Act::App(deed) if deed == wanted))
    };
    let needs = |scenario: &Scenario| does(scenario, &Deed::Answer) && does(scenario, &Deed::HangUp);
    let world = (1..).map(Scenario::random_with_layers).find(needs).unwrap();
    let small = world.shrunk(needs);
    assert!(needs(&small));
    assert_eq!(small.steps.len(), 2, "{:?}", small.steps);
    assert_eq!(small.layers.calls, Some(convoke::call::CallConfig::default()), "the layer stays, as it usually is");
}

#[test]
fn where_nothing_smaller_fails_a_world_stays_as_it_is() {
    let world = Scenario::random(7);
    assert_eq!(world.shrunk(|_| false), world);
}

// What can be reached, by the sources.

/// The variants of an enum in one of these files, without what they hold.
fn variants(name: &str) -> BTreeSet<String> {
    let files = ["callback", "disposition", "error", "call/event"]
        .map(|file| fs::read_to_string(format!("src/{file}.rs")).unwrap());
    let lines = files.iter().flat_map(|file| file.lines()).skip_while(|line| *line != format!("pub enum {name} {{"));
    let words = lines.skip(1).take_while(|line| *line != "}").filter_map(|line| line.strip_prefix("    "));
    let words = words.filter(|line| line.starts_with(char::is_uppercase));
    let variants: BTreeSet<_> =
        words.filter_map(|line| line.split(['(', ',', ' ']).next().map(str::to_owned)).collect();
    assert!(!variants.is_empty(), "{name} is in the sources");
    variants
}

/// What is behind each of the names that begin so, up to the next bracket.
fn listed(prefix: &str) -> BTreeSet<String> {
    let tally = Tally::of_everything();
    let names =
        tally.iter().filter_map(|(name, _)| name.split_once(prefix).filter(|(before, _)| !before.contains(':')));
    names.filter_map(|(_, rest)| rest.split(['(', ')']).next().map(str::to_owned)).collect()
}

/// A type, with what its variants begin in the list, and those which no simulated host can reach.
type Reachable = (&'static str, &'static str, &'static [&'static str]);

/// A simulated host polls at once, so there is never a backlog. Who has left is not told so, and calls no invitation by a name of its
/// own. The vendor's call cannot say that a push came in another conversation.
const REACHABLE: [Reachable; 14] = [
    ("Refusal", "Refused(", &[]),
    ("Malformed", "Malformed(", &[]),
    ("InviteError", "Invite(", &["Backlog"]),
    ("CancelError", "Cancel(", &["Backlog"]),
    ("AnswerError", "Answer(", &["Backlog"]),
    ("ModifyError", "Modify(", &["Backlog"]),
    ("AddInvitedError", "AddInvited(", &["Backlog"]),
    ("DismissError", "Dismiss(", &["Backlog"]),
    ("Unavailable", "Unavailable(", &[]),
    ("BadArgument", "BadArgument(", &["WrongConversation"]),
    ("Limit", "Limit(", &[]),
    ("Operation", "InFlight(", &[]),
    ("CallEvent", "call: ", &[]),
    ("EndReason", "end: ", &[]),
];

#[test]
fn what_can_be_reached_names_every_variant_that_can() {
    for (name, prefix, unreachable) in REACHABLE {
        let mut expected = variants(name);
        for variant in unreachable {
            assert!(expected.remove(*variant), "{name}::{variant} is in the sources");
        }
        // An error within an error is also found behind the outer one's name.
        let found: BTreeSet<_> = listed(prefix).into_iter().collect();
        assert_eq!(found, expected, "{name}");
    }
    let mut outcomes = variants("Outcome");
    outcomes.remove("Pending");
    assert_eq!(listed("Settled("), outcomes);
}

#[test]
fn what_can_be_reached_names_every_disposition_and_callback_and_law() {
    let tally = Tally::of_everything();
    let names: BTreeSet<&str> = tally.iter().map(|(name, _)| name).collect();
    let mut dispositions = variants("Disposition");
    for (outer, is_there) in [("Refused", true), ("Malformed", true), ("Backlog", true)] {
        assert_eq!(dispositions.remove(outer), is_there);
    }
    for disposition in &dispositions {
        assert!(names.contains(disposition.as_str()), "{disposition}");
    }
    let source = fs::read_to_string("src/callback.rs").unwrap();
    let (_, source) = source.split_once("pub fn name(").unwrap();
    let callbacks: Vec<&str> =
        source.lines().filter_map(|line| Some(line.strip_suffix("\",")?.split_once(" => \"")?.1)).collect();
    assert_eq!(callbacks.len(), variants("Callback").len());
    for name in callbacks.into_iter().chain(Law::ALL.iter().map(|law| law.name())) {
        assert!(names.contains(name), "{name}");
    }
}

/// Bob is told that it was cancelled when all are to have settled, and no sooner than the fault says.
#[test]
fn what_is_under_way_when_the_network_heals_arrives_in_time() {
    let scenario = json!({
        "name": "late", "faults": [{"match": {"actionType": 2}, "delayMs": 4_000_000_000_u32}],
        "steps": [
            {"peer": "alice", "start": true},
            {"peer": "bob", "start": true},
            {"at": 100, "peer": "alice", "call": "invite", "options": {"userID": "bob", "timeout": 600}, "as": "call"},
            {"at": 2_000, "peer": "alice", "call": "cancel", "invitation": "call"},
        ]
    });
    let check = Check::of(&serde_json::from_value(scenario).unwrap()).unwrap();
    assert_eq!(check.failure, None, "{}", check.world.chart());
    assert!(check.world.callbacks("bob").any(|callback| callback.name() == "onInvitationCancelled"));
}

// The command.

fn check(arguments: &[&str]) -> Output {
    run(&[&["check"], arguments].concat(), "")
}

#[test]
fn check_prints_what_was_reached_and_how_often() {
    let output = check(&["--seeds", "5", "--from", "40", "--jobs", "1"]);
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{printed}");
    let everything = Tally::of_everything();
    let mut lines = printed.lines();
    for (line, (name, _)) in lines.by_ref().zip(everything.iter()) {
        let (count, named) = line.trim_start().split_once(' ').unwrap();
        assert!(count.parse::<u64>().is_ok() && named == name, "{line}");
    }
    assert!(lines.next().unwrap_or_else(|| printed.lines().last().unwrap()).starts_with("5 worlds, "), "{printed}");
    assert!(printed.ends_with(" a second: no law was broken\n"), "{printed}");
}

#[test]
fn check_counts_the_same_however_many_threads_there_are() {
    let tally = |jobs: &str| {
        let output = check(&["--seeds", "8", "--jobs", jobs]);
        assert_eq!(output.status.code(), Some(0));
        text(&output.stdout).lines().filter(|line| line.starts_with(' ')).map(str::to_owned).collect::<Vec<_>>()
    };
    let one = tally("1");
    assert!(!one.is_empty());
    assert_eq!(one, tally("3"));
}

#[test]
fn check_fails_where_too_little_was_reached_and_marks_it() {
    let output = check(&["--seeds", "3", "--at-least", "2"]);
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(1), "{printed}");
    let marked = printed.lines().filter(|line| line.ends_with("   <- too seldom")).count();
    assert!(marked > 0 && marked < Tally::of_everything().iter().count(), "{printed}");
    assert!(
        printed.ends_with(&format!("{marked} things were reached less than 2 times: see the marks above\n")),
        "{printed}"
    );
}

#[test]
fn check_fails_though_nobody_reads_why() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_convoke"));
    command.args(["check", "--seeds", "3", "--at-least", "2"]).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut check = command.spawn().unwrap();
    drop(check.stdout.take());
    assert_eq!(check.wait().unwrap().code(), Some(1));
}

#[test]
fn check_plays_for_so_many_seconds() {
    let output = check(&["--seconds", "1", "--jobs", "1"]);
    assert_eq!(output.status.code(), Some(0));
    let worlds = text(&output.stdout).lines().last().unwrap().split(' ').next().unwrap().to_owned();
    assert!(worlds.parse::<u64>().unwrap() > 0);
}

#[test]
fn check_fails_where_no_world_was_played() {
    for arguments in [["--seeds", "0"], ["--seconds", "0"]] {
        let output = check(&arguments);
        assert_eq!((output.status.code(), text(&output.stdout)), (Some(2), ""), "{arguments:?}");
        assert_eq!(text(&output.stderr), "convoke: no world was played: ask for more with --seeds or --seconds\n");
    }
}

#[test]
fn check_ends_with_the_greatest_number() {
    let output = check(&["--from", &(u64::MAX - 1).to_string(), "--seeds", "9", "--jobs", "3"]);
    assert_eq!(output.status.code(), Some(0));
    assert!(text(&output.stdout).lines().last().unwrap().starts_with("2 worlds, "), "{}", text(&output.stdout));
}

#[test]
fn check_takes_scenarios_too_and_draws_them() {
    let scenario = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenarios/video-call.json");
    let folder = Folder::new("random");
    let random = folder.file("random.json");
    fs::write(&random, serde_json::to_string(&Scenario::random(9)).unwrap()).unwrap();
    let output = check(&[scenario.to_str().unwrap(), random.to_str().unwrap()]);
    let printed = text(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{printed}");
    assert!(printed.contains("├─ invite 30 s: videoCall ───▶│"), "{printed}");
    assert_eq!(printed.lines().filter(|line| *line == "no law was broken").count(), 2);
}

#[test]
fn check_says_what_is_wrong_with_a_scenario() {
    let folder = Folder::new("wrong-check");
    let (torn, senseless) = (folder.file("torn.json"), folder.file("senseless.json"));
    fs::write(&torn, "{\"name\":").unwrap();
    fs::write(&senseless, r#"{"name":"odd","steps":[{"peer":"a","offline":true}]}"#).unwrap();
    for (path, says) in [
        (torn.to_str().unwrap(), "line 1 column 8"),
        (senseless.to_str().unwrap(), "senseless.json: step 1: no peer `a`"),
        ("no-such.json", "no-such.json: "),
    ] {
        let output = check(&[path]);
        assert_eq!(output.status.code(), Some(2));
        assert!(text(&output.stderr).contains(says), "{}", text(&output.stderr));
        assert_eq!(text(&output.stderr).lines().count(), 1);
    }
}

#[test]
fn check_takes_either_numbers_or_scenarios_or_seconds() {
    for arguments in [
        &["x.json", "--seeds", "3"][..],
        &["x.json", "--seconds", "3"],
        &["--seeds", "3", "--seconds", "3"],
        &["--jobs", "0"],
        &["--jobs", "257"],
        &["--jobs", "1000000"],
        &["--seeds", "many"],
    ] {
        let output = check(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        assert!(text(&output.stderr).starts_with("error: "), "{}", text(&output.stderr));
    }
}
