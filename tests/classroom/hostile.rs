//! Nobody acts for another, and floods stay small.

use convoke::classroom::ClassConfig;
use convoke::{Invite, ServerTime, Stamp};

use crate::net::Net;

fn word(op: &str, round: &str, rest: &str) -> String {
    format!(r#"{{"v":1,"app":"classroom","op":"{op}","round":"{round}"{rest}}}"#)
}

#[test]
fn h1_a_member_who_is_not_the_teacher_closes_lowers_and_stops_nothing() {
    let mut config = ClassConfig::default();
    config.speakers = 2;
    let mut net = Net::with(["teacher", "ann", "bob", "mallory"], config);
    let round = net.ask(0, &["ann", "bob"], 30);
    let speech = net.grant(0, "ann");
    net.settle();
    (1..=2).for_each(|at| net.raise(at, &round));
    net.accept(1, &speech);
    net.settle();
    for (id, ops) in [(&round.id, ["close", "lower_hand"]), (&speech.id, ["stop", "close"])] {
        for op in ops {
            for rest in ["", r#","user":"ann""#, r#","teacher":"teacher""#, r#","teacher":"teacher","user":"ann""#] {
                net.say(3, "ann", &word(op, id.as_str(), rest), 0);
                net.settle();
            }
        }
    }
    net.assert_hands(&round, &["ann", "bob"]);
    net.assert_speakers(&["ann"]);
    for device in &net.devices[..3] {
        assert!(device.engine.invitations().all(|view| view.key().inviter() != "mallory"), "words are forgotten");
    }
}

#[test]
fn h1_another_teachers_round_of_the_same_id_is_another_round() {
    let mut net = Net::new(["teacher", "ann", "mallory"]);
    let round = net.ask(0, &["ann"], 30);
    net.settle();
    net.say(2, "ann", &word("raise_hand", round.id.as_str(), ""), 30);
    net.say(2, "ann", &word("close", round.id.as_str(), ""), 0);
    net.settle();
    net.raise(1, &round);
    net.settle();
    net.assert_hands(&round, &["ann"]);
}

#[test]
fn h6_a_forgotten_name_that_comes_again_is_what_it_says_now() {
    for (first, again) in [("classroom", "somebody's"), ("somebody's", "classroom")] {
        let mut net = Net::new(["ann", "mallory"]);
        net.say(1, "ann", &word("raise_hand", "r", "").replace("classroom", first), 30);
        net.settle();
        net.wait(3_600_000);
        let told = |net: &Net| (net.devices[0].callbacks.len(), net.devices[0].events.len());
        let before = told(&net);
        let mut copy = net.log[0].clone();
        copy.payload = copy.payload.replace(first, again);
        copy.stamp = Some(Stamp { time: ServerTime::from_millis(net.now), id: "anew".into() });
        net.devices[0].inbox.push_back(copy);
        net.settle();
        let (callbacks, events) = told(&net);
        let is_told_by_the_engine = (callbacks > before.0, events > before.1);
        assert_eq!(is_told_by_the_engine, (again != "classroom", again == "classroom"), "{first}, then {again}");
    }
}

#[test]
fn h6_a_forgotten_name_that_comes_again_is_no_part_of_a_round_that_goes_on() {
    let mut net = Net::new(["ann", "bob", "mallory"]);
    net.say(2, "ann", &word("raise_hand", "r", ""), 30);
    net.settle();
    let round = net.devices[0].class.rounds().next().cloned().expect("it asks ann");
    net.raise(0, &round);
    net.wait(1_200_000);
    net.assert_hands(&round, &["ann"]);
    let mut copy = net.log[0].clone();
    copy.payload = copy.payload.replace("classroom", "somebody's");
    copy.stamp = Some(Stamp { time: ServerTime::from_millis(net.now), id: "anew".into() });
    for device in &mut net.devices[..2] {
        device.inbox.push_back(copy.clone());
    }
    net.settle();
    for at in [0, 1] {
        assert_eq!(net.hands(at, &round), [""; 0]);
        assert_eq!(net.devices[at].callbacks.len(), 1);
    }
    assert!(net.operate(0, |class, engine, now| class.raise(engine, now, &round)).is_err());
    assert_eq!(net.devices[0].engine.invitations().count(), 1, "it is not answered");
}

#[test]
fn h2_a_flood_of_rounds_leaves_the_others_room() {
    let mut net = Net::new(["teacher", "ann", "mallory"]);
    for n in 0..200 {
        net.say(2, "ann", &word("raise_hand", &format!("r{n}"), ""), 30);
        net.say(2, "ann", &word("close", &format!("c{n}"), ""), 0);
        net.say(2, "ann", &word("lower_hand", &format!("l{n}"), r#","teacher":"teacher""#), 0);
        net.settle();
    }
    for at in [0, 1] {
        assert!(net.devices[at].class.rounds().count() <= 32);
        let stored = serde_json::to_string(&net.devices[at].class.snapshot()).expect("it is data");
        assert!(stored.len() < 100_000, "{} bytes", stored.len());
    }
    let round = net.ask(0, &["ann"], 30);
    net.settle();
    net.raise(1, &round);
    net.settle();
    net.assert_hands(&round, &["ann"]);
    net.lower(1, &round, "ann");
    net.settle();
    net.assert_hands(&round, &[]);
}

#[test]
fn h1_rounds_that_are_over_are_not_kept_without_end() {
    let mut net = Net::new(["teacher", "ann", "mallory"]);
    for n in 0..200 {
        for op in ["raise_hand", "close"] {
            net.say(2, "ann", &word(op, &format!("r{n}"), ""), 1);
            net.settle();
        }
        net.wait(60_000);
    }
    for at in [0, 1] {
        let stored = serde_json::to_value(net.devices[at].class.snapshot()).expect("it is data");
        let rounds = stored["rounds"].as_array().expect("a list").len();
        assert!(rounds <= 64, "{rounds}");
    }
}

#[test]
fn h2_a_flood_of_names_in_a_round_stays_small() {
    let mut net = Net::new(["teacher", "ann", "mallory"]);
    for n in 0..300 {
        net.say(2, "ann", &word("lower_hand", "r", &format!(r#","user":"u{n}""#)), 0);
        net.settle();
    }
    let stored = serde_json::to_string(&net.devices[1].class.snapshot()).expect("it is data");
    assert!(stored.len() < 100_000, "{} bytes", stored.len());
}

#[test]
fn h2_a_flood_of_names_that_nobody_has_stays_small() {
    let mut net = Net::new(["teacher", "ann", "mallory"]);
    let long = "x".repeat(8_000);
    for n in 0..60 {
        net.say(2, "ann", &word("lower_hand", "r", &format!(r#","user":"{n}{long}""#)), 0);
        net.say(2, "ann", &word("lower_hand", "r", &format!(r#","teacher":"{n}{long}""#)), 0);
        net.settle();
    }
    for device in &net.devices[..2] {
        let stored = serde_json::to_string(&device.class.snapshot()).expect("it is data");
        assert!(stored.len() < 10_000, "{} bytes", stored.len());
        assert!(device.callbacks.is_empty());
    }
}

#[test]
fn h6_broken_words_change_nothing() {
    let mut net = Net::new(["teacher", "ann"]);
    let round = net.ask(0, &["ann"], 30);
    net.settle();
    net.raise(1, &round);
    net.settle();
    for data in [
        r#"{"v":1,"app":"classroom","op":"close"}"#.to_owned(),
        word("close", "", ""),
        word("lower_hand", round.id.as_str(), r#","user":null"#),
        word("lower_hand", round.id.as_str(), r#","user":["ann"]"#),
        word("close", round.id.as_str(), r#","user":"ann""#),
    ] {
        net.say(0, "ann", &data, 0);
        net.settle();
    }
    net.assert_hands(&round, &["ann"]);
}

#[test]
fn h3_an_acceptance_is_an_answer_to_the_first_words_and_to_no_others() {
    let mut net = Net::new(["ann", "mallory"]);
    let now = net.at();
    let ask = Invite::in_group("physics", ["ann", "fred"]).timeout(86_400).data(word("raise_hand", "r", ""));
    net.devices[1].engine.invite(now, ask).expect("there is room");
    net.settle();
    let round = net.devices[0].class.asked(&net.devices[0].engine).next().expect("she is asked").clone();
    net.raise(0, &round);
    net.settle();
    let mut copy = net.log[0].clone();
    copy.payload = copy.payload.replace("raise_hand", "speak");
    let mut history = net.log.clone();
    history.push(copy);
    let late = net.join_late("eve", &history);
    net.settle();
    assert_eq!(net.speakers(late), [""; 0]);
    assert_eq!(net.hands(late, &round), ["ann"]);
}

#[test]
fn h1_a_word_about_a_speech_that_is_none_keeps_nobody_from_declining() {
    let mut net = Net::new(["teacher", "ann", "mallory"]);
    let round = net.ask(0, &["ann"], 30);
    net.settle();
    net.say(2, "ann", &word("stop", round.id.as_str(), r#","teacher":"teacher""#), 0);
    net.settle();
    net.operate(1, |class, engine, now| class.decline(engine, now, &round)).expect("she is asked");
    net.settle();
    assert_eq!(net.devices[1].class.asked(&net.devices[1].engine).count(), 0);
}
