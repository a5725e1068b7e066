//! H5: a class is large.

use convoke::classroom::{AskError, ClassConfig, Classroom};
use convoke::{Config, Conversation, Engine, Inbound, InvitationKey, Limit, Seed};

use crate::net::{GROUP, Net};

fn many(count: usize, bytes: usize) -> Vec<String> {
    (0..count).map(|n| format!("{n:0>bytes$}")).collect()
}

#[test]
fn h5_an_ask_for_500_is_split_over_messages_that_fit_and_is_one_round() {
    let students = many(500, 32);
    let names: Vec<&str> = students.iter().map(String::as_str).collect();
    let mut net = Net::new(["teacher", "cid"]);
    let round = net.ask(0, &names, 30);
    net.settle();
    assert_eq!(net.log.len(), 2, "as few as possible");
    let mut asked = Vec::new();
    for message in &net.log {
        assert!(message.payload.len() <= 12 * 1_024, "{} bytes", message.payload.len());
        let payload: serde_json::Value = serde_json::from_str(&message.payload).expect("it is JSON");
        asked.extend(
            payload["inviteeList"].as_array().expect("a list").iter().map(|id| id.as_str().unwrap_or("").to_owned()),
        );
    }
    assert_eq!(asked, students, "each once");
    assert_eq!(net.devices[1].class.rounds().collect::<Vec<_>>(), [&round]);
    let last = net.join_late(Box::leak(students[499].clone().into_boxed_str()), &net.log.clone());
    let first = net.join_late(Box::leak(students[0].clone().into_boxed_str()), &net.log.clone());
    net.raise(last, &round);
    net.raise(first, &round);
    net.settle();
    net.assert_hands(&round, &[&students[499], &students[0]]);
    net.close(0, &round);
    net.wait(60_000);
    net.assert_hands(&round, &[]);
    assert!(net.devices.iter().all(|device| device.engine.invitations().count() == 0));
}

/// A student's acceptance, as the service delivers it.
fn acceptance(invitation: &InvitationKey, student: &str, ms: i64) -> Inbound {
    let (id, list) = (invitation.invite_id(), serde_json::json!([student]));
    let payload = format!(
        r#"{{"businessID":1,"timeout":0,"data":"","inviteID":"{id}","groupID":"{GROUP}","actionType":3,"inviter":"teacher","inviteeList":{list}}}"#
    );
    Inbound::new(student, Conversation::Group(GROUP.into()), payload).stamped(ms, format!("a{ms}"))
}

#[test]
fn h5_500_hands_are_in_the_order_in_which_the_service_took_them() {
    let students = many(500, 32);
    let mut net = Net::new(["teacher"]);
    let round =
        net.operate(0, |class, engine, now| class.ask(engine, now, students.clone(), 30)).expect("they can be asked");
    net.settle();
    let device = &net.devices[0];
    let asked_by = |student: &String| {
        let mut parts = device.engine.invitations();
        parts.find(|view| view.outcome_of(student).is_some()).expect("all are asked").key().clone()
    };
    // The last one is the first to raise a hand, and the messages come in the order of the list.
    let answers =
        (0..500).zip(&students).map(|(n, student)| acceptance(&asked_by(student), student, net.now + 500 - n));
    let answers: Vec<Inbound> = answers.collect();
    net.devices[0].inbox.extend(answers);
    net.settle();
    let hands: Vec<&str> = students.iter().rev().map(String::as_str).collect();
    net.assert_hands(&round, &hands);
    assert_eq!(net.told()[0].len(), 500, "one event an answer");
    net.wait(3_600_000);
    net.assert_hands(&round, &hands);
}

#[test]
fn h4_of_many_hands_that_were_lowered_one_by_one_none_is_up_for_who_comes_late() {
    let students = many(200, 32);
    let mut engines = Config::default();
    engines.limits.invitees = 100;
    let mut net = Net::on(["teacher"], ClassConfig::default(), engines);
    let round =
        net.operate(0, |class, engine, now| class.ask(engine, now, students.clone(), 30)).expect("they can be asked");
    net.settle();
    let device = &net.devices[0];
    let parts: Vec<InvitationKey> = device.engine.invitations().map(|view| view.key().clone()).collect();
    assert_eq!(parts.len(), 2);
    let asked_by = |part| {
        let view = device.engine.invitation(part).expect("it is open");
        view.invitees().to_vec()
    };
    // The late comer is asked by one of the two messages; those who are lowered, by the other.
    let (mine, others) = (asked_by(&parts[0]), asked_by(&parts[1]));
    let raised = (0..80).zip(&others).map(|(n, who)| acceptance(&parts[1], who.as_str(), net.now + n));
    let raised: Vec<Inbound> = raised.collect();
    net.devices[0].inbox.extend(raised.clone());
    net.log.extend(raised);
    net.settle();
    others[..80].iter().for_each(|who| {
        net.lower(0, &round, who.as_str());
        net.settle();
    });
    net.wait(60_000);
    let history = net.log.clone();
    net.join_late(Box::leak(mine[0].to_string().into_boxed_str()), &history);
    net.assert_hands(&round, &[]);
}

#[test]
fn h5_short_ids_need_no_split() {
    let students = many(500, 3);
    let names: Vec<&str> = students.iter().map(String::as_str).collect();
    let mut net = Net::new(["teacher"]);
    net.ask(0, &names, 30);
    net.settle();
    assert_eq!(net.log.len(), 1);
}

#[test]
fn h5_the_limit_on_invitees_splits_too() {
    let mut config = Config::default();
    config.limits.invitees = 10;
    let mut engine = Engine::new("teacher", config, Seed::from([1; 16])).expect("the limits are possible");
    let mut class = Classroom::new("physics", ClassConfig::default());
    let now = convoke::Timestamp::from_millis(0);
    class.ask(&mut engine, now, many(25, 4), 30).expect("they can be asked");
    assert_eq!(engine.invitations().count(), 4);
    assert!(engine.invitations().all(|view| view.invitees().len() <= 10));
}

#[test]
fn h5_plain_text_asks_no_more_than_one_message_has_room_for() {
    let mut config = ClassConfig::default();
    config.ask_text = Some("raise hand".into());
    let mut net = Net::with(["teacher"], config);
    let asked = net.operate(0, |class, engine, now| class.ask(engine, now, many(500, 32), 30));
    assert_eq!(asked, Err(AskError::TooMany));
    assert!(!net.poll(0));
}

#[test]
fn h5_what_does_not_go_out_of_a_split_is_told() {
    let mut config = Config::default();
    (config.limits.open, config.limits.open_per_sender) = (2, 2);
    config.limits.invitees = 1;
    let mut engine = Engine::new("teacher", config, Seed::from([1; 16])).expect("the limits are possible");
    let mut class = Classroom::new("physics", ClassConfig::default());
    let now = convoke::Timestamp::from_millis(0);
    let round = class.ask(&mut engine, now, ["ann", "bob", "cid"], 30).expect("some can be asked");
    let event = convoke::layer::Layer::poll_event(&mut class);
    let Some(convoke::classroom::ClassEvent::NotReached { round: of, students, code: None, .. }) = event else {
        panic!("{event:?}")
    };
    assert_eq!((of, students), (round, vec!["cid".into()]));
    let none = class.ask(&mut engine, now, ["dora"], 30);
    assert_eq!(none, Err(AskError::Invite(Limit::Open.into())));
}
