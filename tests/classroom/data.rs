//! H6: what the messages say.

use convoke::classroom::{ClassConfig, ClassData, Op};

use crate::net::Net;

#[test]
fn h6_each_op_is_written_as_the_format_says_and_read_again() {
    for (op, word) in [
        (Op::RaiseHand, "raise_hand"),
        (Op::LowerHand, "lower_hand"),
        (Op::Speak, "speak"),
        (Op::Stop, "stop"),
        (Op::Close, "close"),
    ] {
        let data = ClassData::new(op, "r1");
        assert_eq!(data.to_data().as_str(), format!(r#"{{"v":1,"app":"classroom","op":"{word}","round":"r1"}}"#));
        assert_eq!(ClassData::read(data.to_data().as_str()), Some(data));
    }
    let mut data = ClassData::new(Op::LowerHand, "r1");
    (data.teacher, data.user) = (Some("ann".into()), Some("bob \"b\"".into()));
    assert_eq!(ClassData::read(data.to_data().as_str()), Some(data));
}

#[test]
fn h6_unknown_keys_and_a_higher_version_are_read_as_far_as_they_are_understood() {
    let newer = r#"{"x":[{}],"v":7,"app":"classroom","op":"speak","round":"r1","op":"stop"}"#;
    assert_eq!(ClassData::read(newer), Some(ClassData::new(Op::Stop, "r1")), "of two the last counts");
    let without = ClassData::read(r#"{"v":1,"app":"classroom","op":"raise_hand"}"#).expect("it says enough");
    assert_eq!(without.round, None);
}

#[test]
fn h6_what_is_no_class_s_is_not_read() {
    let long = format!(r#"{{"v":1,"app":"classroom","op":"speak","round":"{}"}}"#, "x".repeat(129));
    for text in [
        "",
        "raise hand",
        "[]",
        r#"{"businessID":"av_call"}"#,
        r#"{"v":0,"app":"classroom","op":"speak"}"#,
        r#"{"v":"1","app":"classroom","op":"speak"}"#,
        r#"{"v":1,"app":"chess","op":"speak"}"#,
        r#"{"v":1,"app":"classroom","op":"dance"}"#,
        r#"{"v":1,"app":"classroom","op":"speak","round":1}"#,
        r#"{"v":1,"app":"classroom","op":"speak","round":""}"#,
        r#"{"v":1,"app":"classroom","op":"speak","user":null}"#,
        &long,
    ] {
        assert_eq!(ClassData::read(text), None, "{text}");
    }
}

#[test]
fn h6_what_is_sent_names_the_round_and_whom_it_is_about() {
    let mut net = Net::new(["teacher", "ann"]);
    let round = net.ask(0, &["ann"], 30);
    net.settle();
    net.raise(1, &round);
    net.settle();
    net.lower(1, &round, "ann");
    net.settle();
    let payload: serde_json::Value =
        serde_json::from_str(&net.devices[1].sent.last().expect("it was sent").payload).expect("it is JSON");
    assert_eq!((&payload["timeout"], &payload["inviteeList"]), (&0.into(), &serde_json::json!(["teacher"])));
    let said = format!(r#"{{"v":1,"app":"classroom","op":"lower_hand","round":"{}","teacher":"teacher"}}"#, round.id);
    assert_eq!(payload["data"], said);
}

#[test]
fn h6_plain_text_of_the_apps_own_does_as_well() {
    let mut config = ClassConfig::default();
    (config.ask_text, config.speak_text) = (Some("raise hand".into()), Some("speak".into()));
    let mut net = Net::with(["teacher", "ann", "bob"], config);
    let round = net.ask(0, &["ann", "bob"], 30);
    net.settle();
    assert!(net.log[0].payload.contains(r#""data":"raise hand""#), "{}", net.log[0].payload);
    net.raise(2, &round);
    net.settle();
    net.assert_hands(&round, &["bob"]);
    let speech = net.grant(0, "bob");
    net.settle();
    net.accept(2, &speech);
    net.settle();
    net.assert_speakers(&["bob"]);
    net.stop(2, &speech);
    net.close(0, &round);
    net.settle();
    net.assert_hands(&round, &[]);
    net.assert_speakers(&[]);
}

#[test]
fn h6_what_is_no_part_of_the_class_passes_by() {
    let mut net = Net::new(["teacher", "ann"]);
    net.say(0, "ann", "a game of chess", 30);
    net.say(0, "ann", r#"{"v":1,"app":"classroom","op":"dance"}"#, 30);
    net.settle();
    assert_eq!(net.devices[1].callbacks.len(), 2);
    assert!(net.told()[1].is_empty());
}
