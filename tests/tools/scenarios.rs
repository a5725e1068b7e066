//! The flows of the documentation, played: what each peer is told, and how it ends.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

mod between_two;
mod calls;
mod classes;
mod in_class;
mod in_rooms;
mod of_many;
mod seats;
mod together;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use convoke::sim::{Chart, Deviations, Scenario, Told, Trace, What, World, replay};
use convoke::{Callback, MissedReason, Outcome};

/// What each peer of a scenario is told, in order: the second, and what.
type Flow = &'static [(&'static str, &'static [&'static str])];

/// Those of the scenarios.
type Flows = &'static [(&'static str, Flow)];

const TOLD: Flows = &[
    (
        "accept-crosses-cancel",
        &[
            ("alice", &["5 ended: bob cancelled", "5 late answer of bob"]),
            ("bob", &["0 rings: alice", "5 ended: bob accepted", "5 cancelled, not accepted"]),
        ],
    ),
    (
        "answer-lost",
        &[
            ("alice", &["35 timed out: bob", "35 ended: bob timedOut"]),
            ("bob", &["0 rings: alice", "3 ended: bob accepted", "35 timed out: bob, not accepted"]),
        ],
    ),
    (
        "clocks-apart",
        &[
            ("alice", &["15 accepted: bob", "15 ended: bob accepted"]),
            ("bob", &["0 rings: alice", "15 ended: bob accepted"]),
        ],
    ),
    (
        "cold-start-in-a-group",
        &[
            ("alice", &["4 accepted: bob", "13 accepted: carol", "13 ended: bob accepted, carol accepted"]),
            ("bob", &["0 rings: alice", "13 accepted: carol", "13 ended: bob accepted, carol accepted"]),
            ("carol", &["10 rings: alice", "10 accepted: bob", "13 ended: bob accepted, carol accepted"]),
        ],
    ),
    (
        "forged-answer",
        &[
            ("alice", &["6 accepted: bob", "6 ended: bob accepted"]),
            ("bob", &["0 rings: alice", "6 ended: bob accepted"]),
        ],
    ),
    (
        "hang-up",
        &[
            ("alice", &["3 accepted: bob", "3 ended: bob accepted", "40 rings: bob"]),
            ("bob", &["0 rings: alice", "3 ended: bob accepted"]),
        ],
    ),
    (
        "hot-return",
        &[
            ("alice", &["15 accepted: bob", "15 ended: bob accepted"]),
            (
                "bob",
                &[
                    "12 missed: carol, cancelled",
                    "12 ended: bob cancelled",
                    "12 rings: alice",
                    "15 ended: bob accepted",
                ],
            ),
            ("carol", &["5 ended: bob cancelled"]),
        ],
    ),
    (
        "inviter-sleeps",
        &[
            ("alice", &["55 accepted: bob", "55 ended: bob accepted"]),
            ("bob", &["0 rings: alice", "5 ended: bob accepted"]),
        ],
    ),
    (
        "raise-hand",
        &[
            (
                "alice",
                &[
                    "2 accepted: bob",
                    "2 accepted: carol",
                    "4 rejected: dave",
                    "4 ended: bob accepted, carol accepted, dave rejected",
                    "7 accepted: carol",
                    "7 ended: carol accepted",
                ],
            ),
            (
                "bob",
                &[
                    "0 rings: alice",
                    "2 accepted: carol",
                    "4 rejected: dave",
                    "4 ended: bob accepted, carol accepted, dave rejected",
                    "6 hears of it: alice",
                    "7 accepted: carol",
                    "7 ended: carol accepted",
                ],
            ),
            (
                "carol",
                &[
                    "0 rings: alice",
                    "2 accepted: bob",
                    "4 rejected: dave",
                    "4 ended: bob accepted, carol accepted, dave rejected",
                    "6 rings: alice",
                    "7 ended: carol accepted",
                ],
            ),
            (
                "dave",
                &[
                    "0 rings: alice",
                    "2 accepted: bob",
                    "2 accepted: carol",
                    "4 ended: bob accepted, carol accepted, dave rejected",
                    "6 hears of it: alice",
                    "7 accepted: carol",
                    "7 ended: carol accepted",
                ],
            ),
        ],
    ),
    (
        "refused-send",
        &[
            ("alice", &["0 failed: 9999", "7 accepted: bob", "7 ended: bob accepted"]),
            ("bob", &["2 rings: alice", "5 failed: 9999", "7 ended: bob accepted"]),
        ],
    ),
    (
        "two-devices",
        &[
            ("alice", &["3 accepted: bob", "3 ended: bob accepted"]),
            ("bob", &["0 rings: alice", "3 accepted elsewhere: bob", "3 ended: bob accepted"]),
            ("bob/2", &["0 rings: alice", "3 ended: bob accepted"]),
        ],
    ),
    (
        "video-call",
        &[
            ("alice", &["3 accepted: bob", "3 ended: bob accepted"]),
            ("bob", &["0 rings: alice", "3 ended: bob accepted"]),
        ],
    ),
    (
        "video-call-busy",
        &[
            ("alice", &["5 rejected: bob, busy", "5 ended: bob rejected"]),
            ("bob", &["0 rings: carol", "2 ended: bob accepted", "5 rings: alice", "5 ended: bob rejected"]),
            ("carol", &["2 accepted: bob", "2 ended: bob accepted"]),
        ],
    ),
    (
        "video-call-cancelled",
        &[
            ("alice", &["6 ended: bob cancelled"]),
            ("bob", &["0 rings: alice", "6 cancelled", "6 ended: bob cancelled"]),
        ],
    ),
    (
        "video-call-rejected",
        &[
            ("alice", &["4 rejected: bob", "4 ended: bob rejected"]),
            ("bob", &["0 rings: alice", "4 ended: bob rejected"]),
        ],
    ),
    (
        "video-call-unanswered",
        &[
            ("alice", &["30 timed out: bob", "30 ended: bob timedOut"]),
            ("bob", &["0 rings: alice", "30 timed out: bob", "30 ended: bob timedOut"]),
        ],
    ),
    (
        "video-call-unanswered-offline",
        &[
            ("alice", &["35 timed out: bob", "35 ended: bob timedOut"]),
            ("bob", &["50 missed: alice, timedOut", "50 ended: bob timedOut"]),
        ],
    ),
];

/// Each peer was told just what its flow says, and nobody else anything.
fn assert_told(name: &str, flow: Flow, told: &[(String, String)]) {
    let who: BTreeSet<_> = told.iter().map(|(peer, _)| peer.as_str()).collect();
    assert_eq!(who, flow.iter().map(|(peer, _)| *peer).collect(), "{name}");
    for (peer, expected) in flow {
        let told: Vec<_> = told.iter().filter(|(who, _)| who == peer).map(|(_, what)| what.as_str()).collect();
        assert_eq!(told, *expected, "{name}: {peer}");
    }
}

/// What the layer of each app told it, and what it refused, in short. All else is the layer's own.
fn each_told(trace: &Trace, in_short: impl Fn(&What) -> Option<String>) -> Vec<(String, String)> {
    let events = trace.events.iter().filter_map(|event| {
        let refused = match &event.what {
            What::Out(out) if out.get("callback").is_some() => panic!("the layer's own: {out}"),
            What::Out(out) => out.get("refused").map(|why| format!("refused: {}", why.as_str().unwrap())),
            What::In(_) => None,
        };
        let what = refused.or_else(|| in_short(&event.what))?;
        Some((event.peer.clone(), format!("{} {what}", event.t / 1_000)))
    });
    events.collect()
}

#[test]
fn each_flow_of_the_documentation_tells_each_peer_what_it_promises() {
    for (name, peers) in TOLD {
        let mut world = play(name);
        assert_told(name, peers, &told(&mut play(name)));
        world.run_until(120_000);
        for (peer, _) in *peers {
            // A hang-up has no timeout: nobody answers it, and nobody needs to (`T4`).
            let pending = world.engine(peer).unwrap().invitations().filter(|open| open.deadline().is_some());
            assert_eq!(pending.count(), 0, "{name}: {peer} still waits");
        }
    }
}

#[test]
fn each_file_is_a_flow_with_a_test_and_named_as_it_says() {
    let files: Vec<_> = fs::read_dir(folder()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let stems = files.iter().filter(|path| path.extension().is_some_and(|kind| kind == "json"));
    let names: BTreeSet<_> = stems.map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned()).collect();
    assert_eq!(names, all().map(str::to_owned).collect());
    for name in names {
        assert_eq!(scenario(&name).name, name);
    }
}

#[test]
fn the_scenario_on_the_page_plays_as_it_says() {
    let page = fs::read_to_string(folder().join("README.md")).unwrap();
    let (_, after) = page.split_once("```json\n").unwrap();
    let (lesson, _) = after.split_once("```").unwrap();
    let mut world = World::play(&serde_json::from_str(lesson).unwrap()).unwrap();
    let alice: Vec<_> =
        told(&mut world).into_iter().filter(|(peer, _)| peer == "alice").map(|(_, what)| what).collect();
    let expected = ["9 accepted: carol", "25 timed out: bob", "25 ended: bob timedOut, carol accepted"];
    assert_eq!(alice, expected, "{}", world.chart());
}

#[test]
fn what_each_flow_wrote_down_happens_again() {
    for name in all() {
        let trace = Trace::parse(&play(name).trace().to_string()).unwrap();
        let replay = replay(&trace, &Deviations::declared().unwrap()).unwrap();
        assert!(replay.difference.is_none(), "{name}\n{}", replay.difference.unwrap());
    }
}

#[test]
fn each_picture_shows_what_happens_today() {
    let mut stale = Vec::new();
    for name in all() {
        let drawn = Chart::new(&play(name).trace()).svg();
        if fs::read_to_string(folder().join(name).with_extension("svg")).ok() != Some(drawn) {
            stale.push(name);
        }
    }
    assert!(stale.is_empty(), "draw them anew, as docs/scenarios/README.md says, and look at them: {stale:?}");
}

#[test]
fn the_readme_shows_what_its_first_command_prints() {
    let readme = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let printed = Chart::new(&play("video-call").trace()).to_string();
    assert!(readme.contains(printed.trim_end()), "it prints\n{printed}");
}

#[test]
fn each_flow_is_shown_on_the_page_and_the_page_shows_nothing_else() {
    let page = fs::read_to_string(folder().join("README.md")).unwrap();
    let shown: BTreeSet<_> =
        page.split("](").filter_map(|link| link.split_once(".svg)")).map(|(name, _)| name).collect();
    assert_eq!(shown, all().collect());
}

/// Every flow.
fn all() -> impl Iterator<Item = &'static str> {
    let layers = calls::flows().chain(in_class::TOLD).chain(seats::flows()).chain(together::TOLD);
    TOLD.iter().chain(layers).map(|(name, _)| *name)
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/scenarios")
}

fn scenario(name: &str) -> Scenario {
    serde_json::from_str(&fs::read_to_string(folder().join(name).with_extension("json")).unwrap()).unwrap()
}

fn play(name: &str) -> World {
    World::play(&scenario(name)).unwrap()
}

fn play_until(name: &str, ms: i64) -> World {
    let mut scenario = scenario(name);
    scenario.until_ms = ms;
    scenario.steps.retain(|step| step.at <= ms);
    World::play(&scenario).unwrap()
}

/// What each peer was told, in short.
fn told(world: &mut World) -> Vec<(String, String)> {
    let mut all = Vec::new();
    while let Some(Told { t, peer, callback, .. }) = world.next_callback(world.now_ms()) {
        let user = peer.split('/').next().unwrap();
        let what = in_short(&callback, user);
        all.push((peer, format!("{} {what}", t / 1_000)));
    }
    all
}

fn in_short(callback: &Callback, me: &str) -> String {
    let was = |revises: &Option<Outcome>| if revises.is_some() { ", not accepted" } else { "" };
    match callback {
        Callback::NewInvitation { invitation, invitees, .. } => {
            let how = if invitees.iter().any(|user| user == me) { "rings" } else { "hears of it" };
            format!("{how}: {}", invitation.inviter())
        }
        Callback::InviteeAccepted { invitee, elsewhere, .. } => {
            format!("accepted{}: {invitee}", if *elsewhere { " elsewhere" } else { "" })
        }
        Callback::InviteeRejected { invitee, data, .. } => {
            format!("rejected: {invitee}{}", if data.as_str().contains("lineBusy") { ", busy" } else { "" })
        }
        Callback::InvitationCancelled { revises, .. } => format!("cancelled{}", was(revises)),
        Callback::InvitationTimeout { invitees, revises, .. } => {
            let users: Vec<_> = invitees.iter().map(|user| user.as_str()).collect();
            format!("timed out: {}{}", users.join(", "), was(revises))
        }
        Callback::Missed { invitation, reason, .. } => {
            let reason = if *reason == MissedReason::Cancelled { "cancelled" } else { "timedOut" };
            format!("missed: {}, {reason}", invitation.inviter())
        }
        Callback::LateAnswer { invitee, .. } => format!("late answer of {invitee}"),
        Callback::OperationFailed { code, .. } => format!("failed: {code}"),
        Callback::Ended { outcomes, .. } => {
            let word = |outcome| serde_json::to_value(outcome).unwrap().as_str().unwrap().to_owned();
            let each: Vec<_> = outcomes.iter().map(|(user, outcome)| format!("{user} {}", word(outcome))).collect();
            format!("ended: {}", each.join(", "))
        }
        Callback::InvitationModified { .. } | Callback::InviteeLeft { .. } | Callback::AnsweredElsewhere { .. } | _ => {
            panic!("{callback:?}")
        }
    }
}
