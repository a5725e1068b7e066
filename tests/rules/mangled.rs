//! Damaged snapshots (`A4`): a clear error, or an engine that neither panics nor grows nor hangs.
#![cfg(all(feature = "arbitrary", feature = "sim"))]
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common::random::tick_to_the_end;
use crate::common::{ACCEPT, Action, CANCEL, Device, REJECT, at, cancel_to_bob, group, pair, to_bob};
use convoke::fuzz::{Damage, paths};
use convoke::{Config, Engine, History, Invite, Pushed, RestoreError, Seed, ServerTime, Snapshot};
use serde_json::{Value, json};

/// Of a handful of invitations each has a few timers, and each timer fires once.
const TICKS: usize = 200;

fn ask(id: &str) -> convoke::Inbound {
    Action::invite(id, "alice", &["bob", "carol"], 30).from("alice", group("room")).stamped(0, "m0")
}

/// Engines in states that differ as much as possible.
fn states() -> Vec<Engine> {
    let bob = || Device::new("bob");
    let make = |act: fn(&mut Device)| {
        let mut device = bob();
        act(&mut device);
        device.engine
    };
    vec![
        make(|bob| {
            // His own: an invite in flight, a cancel in flight that an answer has lost to, a modification in flight.
            let asked = bob.invite(0, Invite::in_group("room", ["alice", "carol"]).timeout(30));
            let modified = bob.invite(0, Invite::to("carol"));
            bob.ack(0);
            bob.invite(0, Invite::to("alice").timeout(30).data("call"));
            bob.engine.modify(at(1), &modified, "new").unwrap();
            bob.engine.cancel(at(1), &asked, "bye").unwrap();
            let late = Action::reply(ACCEPT, asked.as_str(), "bob", &["carol"]).from("carol", group("room"));
            let _ = bob.hear(2, &late);
        }),
        make(|bob| {
            // A time-out that was refused, to be sent again, and an invitation without one.
            bob.invite(0, Invite::in_group("room", ["alice", "carol"]).timeout(30));
            bob.ack(0);
            bob.tick(35_000);
            bob.refuse(35_000, 1);
            let _ = bob.hear(35_000, &to_bob("i", "alice", 0));
        }),
        make(|bob| {
            // A time-out of his own in flight, while carol may still answer.
            let _ = bob.hear(0, &ask("i"));
            bob.tick(30_000);
        }),
        make(|bob| {
            // An accept in flight, another device's reject, and carol's news.
            let _ = bob.hear(0, &ask("i"));
            bob.engine.accept(at(1), "i", "yes").unwrap();
            let other = Action::reply(REJECT, "i", "alice", &["bob"]).from("bob", group("room"));
            let _ = bob.hear(2, &other.stamped(2, "other"));
            let _ = bob.hear(3, &Action::reply(REJECT, "i", "alice", &["carol"]).from("carol", group("room")));
        }),
        make(|bob| {
            // Ended, dismissed, learnt from a push, and facts of what has not come.
            let _ = bob.hear(0, &to_bob("i", "alice", 30));
            let _ = bob.hear(0, &cancel_to_bob("i", "alice"));
            let _ = bob.hear(0, &to_bob("j", "alice", 30));
            bob.engine.dismiss(at(0), "j").unwrap();
            bob.engine
                .add_invited(at(0), Pushed::from_user("alice", "k", ServerTime::from_millis(0)).timeout(9))
                .unwrap();
            let _ = bob.hear(0, &Action::reply(CANCEL, "l", "carol", &["bob"]).from("carol", pair("carol")));
        }),
        make(|bob| {
            // Outputs that nobody has polled, and a clock.
            bob.engine.sync_clock(at(0), ServerTime::from_millis(77));
            let _ = bob.engine.handle_message(at(1), &ask("i"));
            bob.engine.invite(at(2), Invite::in_group("room", ["alice"]).timeout(5)).unwrap();
            let _ = bob
                .engine
                .handle_message(at(3), &Action::reply(CANCEL, "i", "alice", &["bob"]).from("alice", group("room")));
        }),
    ]
}

/// What may stand in the place of a value.
fn replacements() -> Vec<Value> {
    vec![
        json!(null),
        json!(true),
        json!(""),
        json!("bob"),
        json!("Gone"),
        json!("Sender"),
        json!([]),
        json!({}),
        json!(-1),
        json!(0),
        json!(1),
        json!(64),
        json!(128),
        json!(255),
        json!(u32::MAX),
        json!(i64::MAX),
        json!(i64::MIN),
    ]
}

/// Every damaged form of this value: one value deleted, doubled or replaced.
fn damaged(sound: &Value) -> impl Iterator<Item = (String, Value)> {
    paths(sound).into_iter().flat_map(move |path| {
        let change = |damage: &Damage| {
            let mut copy = sound.clone();
            damage.work_on(&mut copy, &path);
            copy
        };
        let replaced = replacements().into_iter().map(Damage::Replace);
        let damages = [Damage::Delete, Damage::Double].into_iter().chain(replaced);
        let forms: Vec<Value> = damages.map(|damage| change(&damage)).collect();
        forms.into_iter().map(move |form| (path.clone(), form))
    })
}

/// Or the text of the error.
fn restore(value: Value) -> Result<Engine, String> {
    let snapshot: Snapshot = serde_json::from_value(value).map_err(|error| error.to_string())?;
    let restored = Engine::restore(snapshot, Config::default(), Seed::from([9; 16]), at(10));
    let mut engine = restored.map_err(|error| error.to_string())?;
    let _ = engine.handle_history(at(10), &History::hot(), &[]);
    Ok(engine)
}

/// What is wrong with an engine after a life in which nobody says another word.
fn flaw(engine: &mut Engine) -> Option<String> {
    let before = engine.stats();
    if tick_to_the_end(engine, TICKS).is_none() {
        return Some(format!("it hangs: {:?}", engine.wake()));
    }
    let stats = engine.stats();
    let is_empty = (stats.open, stats.kept, stats.early, stats.sends_in_flight) == (0, 0, 0, 0);
    (!is_empty).then(|| format!("it keeps for ever: {stats:?}, before {before:?}"))
}

#[test]
fn a4_whatever_is_deleted_doubled_or_replaced_in_a_snapshot_the_engine_comes_to_an_end() {
    let (mut refused, mut flawed, mut total) = (0, Vec::new(), 0);
    for state in states() {
        let sound = serde_json::to_value(state.snapshot()).unwrap();
        assert!(restore(sound.clone()).is_ok_and(|mut engine| flaw(&mut engine).is_none()));
        for (path, form) in damaged(&sound) {
            total += 1;
            let shown = form.pointer(&path).cloned();
            let why = match restore(form) {
                Ok(mut engine) => flaw(&mut engine),
                Err(error) => {
                    refused += 1;
                    error.is_empty().then(|| "an error without a text".to_owned())
                }
            };
            if let Some(why) = why {
                flawed.push(format!("{path} = {shown:?} (was {:?}): {why}", sound.pointer(&path)));
            }
        }
    }
    assert!(flawed.is_empty(), "{} of {total}, {refused} refused:\n{}", flawed.len(), flawed.join("\n"));
    assert!(refused > 100 && total - refused > 100, "{refused} of {total} refused");
}

#[test]
fn a4_a_fact_that_does_not_exist_is_a_clear_error() {
    let mut bob = Device::new("bob");
    let _ = bob.hear(0, &to_bob("i", "alice", 30));
    let _ = bob.hear(0, &cancel_to_bob("i", "alice"));
    let mut value = serde_json::to_value(bob.engine.snapshot()).unwrap();
    let confirmed = value.pointer_mut("/invitations/0/1/parties/0/confirmed").unwrap();
    *confirmed = json!(128);
    let error = serde_json::from_value::<Snapshot>(value).unwrap_err();
    assert!(error.to_string().contains("a fact that does not exist"), "{error}");
}

/// What a restore says of this state with something else at that path.
fn refusal(engine: &Engine, path: &str, other: Value) -> Option<RestoreError> {
    let mut value = serde_json::to_value(engine.snapshot()).unwrap();
    *value.pointer_mut(path).expect("something stands there") = other;
    Engine::restore(serde_json::from_value(value).unwrap(), Config::default(), Seed::from([9; 16]), at(10)).err()
}

#[test]
fn a4_nobody_is_made_by_a_snapshot_what_they_are_not_in_an_invitation() {
    let mut bob = Device::new("bob");
    let _ = bob.hear(0, &ask("i"));
    for (path, other) in [
        ("/me", json!("carol")),
        ("/invitations/0/0/inviter", json!("bob")),
        ("/invitations/0/0/conversation", json!({ "C2c": "dave" })),
        ("/invitations/0/1/role", json!("Sender")),
        ("/invitations/0/1/role", json!("Observer")),
        ("/invitations/0/1/role", json!({ "Invitee": 1 })),
        ("/invitations/0/1/invitees", json!(["bob", "bob"])),
        ("/invitations/0/1/invitees", json!(["bob", "alice"])),
    ] {
        let error = refusal(&bob.engine, path, other.clone());
        assert_eq!(error, Some(RestoreError::Inconsistent("the part in an invitation")), "{path} = {other}");
    }
    assert_eq!(refusal(&bob.engine, "/invitations/0/1/role", json!({ "Invitee": 0 })), None);
    let mut dave = Device::new("dave");
    let _ = dave.hear(0, &ask("i"));
    let error = refusal(&dave.engine, "/me", json!("alice"));
    assert_eq!(error, Some(RestoreError::Inconsistent("the part in an invitation")), "an inviter is no observer");
    assert_eq!(refusal(&dave.engine, "/me", json!("erin")), None);
}

#[test]
fn a4_counters_in_a_snapshot_are_those_of_the_facts() {
    let mut bob = Device::new("bob");
    let _ = bob.hear(0, &ask("i"));
    let _ = bob.hear(0, &to_bob("j", "alice", 30));
    for (path, other) in [("/0/1/pending", 0), ("/0/1/unsettled", 1), ("/1/1/pending", 0), ("/1/1/unsettled", 7)] {
        let mut value = serde_json::to_value(bob.engine.snapshot()).unwrap();
        *value["invitations"].pointer_mut(path).unwrap() = json!(other);
        let error = serde_json::from_value::<Snapshot>(value).unwrap_err();
        assert!(error.to_string().contains("counters that are not those of the facts"), "{path}: {error}");
    }
}

#[test]
fn a4_an_invitation_in_a_snapshot_is_of_somebody() {
    let mut dave = Device::new("dave");
    let _ = dave.hear(0, &ask("i"));
    let mut snapshot = serde_json::to_value(dave.engine.snapshot()).unwrap();
    let nobody = [("invitees", json!([])), ("parties", json!([])), ("pending", json!(0)), ("unsettled", json!(0))];
    for (name, other) in nobody.into_iter().chain([("phase", json!({ "Ended": 0 }))]) {
        snapshot["invitations"][0][1][name] = other;
    }
    let error = serde_json::from_value::<Snapshot>(snapshot.clone()).unwrap_err();
    assert!(error.to_string().contains("nobody invited"), "{error}");
    // As little if there is somebody of whom nothing is known.
    snapshot["invitations"][0][1]["invitees"] = json!(["bob"]);
    let error = serde_json::from_value::<Snapshot>(snapshot).unwrap_err();
    assert!(error.to_string().contains("not of each what is known"), "{error}");
}

#[test]
fn a4_an_invitation_that_has_ended_is_not_opened_by_a_snapshot() {
    let mut bob = Device::new("bob");
    let _ = bob.hear(0, &to_bob("i", "alice", 30));
    let _ = bob.hear(0, &cancel_to_bob("i", "alice"));
    let error = refusal(&bob.engine, "/invitations/0/1/phase", json!("Open"));
    assert_eq!(error, Some(RestoreError::Inconsistent("the facts of an invitation")));
}

#[test]
fn a4_nothing_is_in_a_snapshot_twice() {
    let mut bob = Device::new("bob");
    let _ = bob.hear(0, &to_bob("i", "alice", 30));
    let _ = bob.hear(0, &cancel_to_bob("j", "alice"));
    let snapshot = serde_json::to_value(bob.engine.snapshot()).unwrap();
    for (path, what) in [("/invitations", "an invitation twice"), ("/early", "early facts twice")] {
        let one = snapshot.pointer(path).and_then(|all| all.get(0)).expect("there is one");
        assert_eq!(refusal(&bob.engine, path, json!([one, one])), Some(RestoreError::Inconsistent(what)));
    }
}

#[test]
fn a4_each_token_in_a_snapshot_is_of_one_send() {
    let mut alice = Device::new("alice");
    let _ = alice.invite(0, Invite::to("bob"));
    let sends = serde_json::to_value(alice.engine.snapshot()).unwrap()["invitations"][0][1]["sends"].clone();
    let error = refusal(&alice.engine, "/invitations/0/1/sends", json!([sends[0], sends[0]]));
    assert_eq!(error, Some(RestoreError::Inconsistent("a token twice")));
}

#[test]
fn a4_what_is_in_flight_in_a_snapshot_is_what_a_send_in_it_says_and_of_whom() {
    let mut alice = Device::new("alice");
    let asked = alice.invite(0, Invite::in_group("room", ["bob", "carol"]).timeout(30));
    alice.ack(0);
    let _ = alice.hear(1, &Action::reply(ACCEPT, asked.as_str(), "alice", &["carol"]).from("carol", group("room")));
    alice.engine.cancel(at(1), &asked, "bye").unwrap();
    let mut answers = Device::new("bob");
    let _ = answers.hear(0, &ask("i"));
    answers.engine.accept(at(1), "i", "yes").unwrap();
    for engine in [&alice.engine, &answers.engine] {
        let mut invitation = serde_json::to_value(engine.snapshot()).unwrap()["invitations"][0][1].clone();
        assert_eq!(refusal(engine, "/invitations/0/1", invitation.clone()), None);
        // The counters agree: only no send says it of carol.
        invitation["parties"][1] = invitation["parties"][0].clone();
        (invitation["pending"], invitation["unsettled"]) = (json!(0), json!(2));
        let error = refusal(engine, "/invitations/0/1", invitation);
        assert_eq!(error, Some(RestoreError::Inconsistent("the facts of an invitation")));
    }
}

#[test]
fn a4_a_time_out_is_never_in_flight_in_a_snapshot_since_its_fate_confirms_nothing() {
    let mut alice = Device::new("alice");
    alice.invite(0, Invite::in_group("room", ["bob", "carol"]).timeout(30));
    alice.ack(0);
    alice.tick(35_000);
    let mut party = serde_json::to_value(alice.engine.snapshot()).unwrap()["invitations"][0][1]["parties"][0].clone();
    assert_eq!(refusal(&alice.engine, "/invitations/0/1/parties/0", party.clone()), None);
    party["in_flight"] = party["confirmed"].clone();
    let error = refusal(&alice.engine, "/invitations/0/1/parties/0", party);
    assert_eq!(error, Some(RestoreError::Inconsistent("the facts of an invitation")));
}
