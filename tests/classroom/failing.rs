//! What the service refuses is undone, and told.

use convoke::layer::{Layer, Layered};
use convoke::{Outcome, SendResult};

use crate::net::{Device, Net};

const INVITE: Option<u8> = Some(1);
const ACCEPT: Option<u8> = Some(3);

#[test]
fn h2_a_refused_word_is_undone() {
    let mut net = Net::new(["teacher", "ann", "bob"]);
    let round = net.ask(0, &["ann", "bob", "cid"], 30);
    net.settle();
    (1..=2).for_each(|at| net.raise(at, &round));
    net.settle();
    let _ = net.told();
    net.refuses = INVITE;
    net.lower(1, &round, "ann");
    net.operate(0, |class, engine, now| class.lower_all(engine, now, &round)).expect("it is the teacher's");
    assert_eq!(net.hands(0, &round), [""; 0]);
    net.settle();
    net.assert_hands(&round, &["ann", "bob"]);
    let told = net.told();
    assert_eq!(told[0], ["hands changed", "hands changed", "LowerHand failed: 20009"]);
    assert_eq!(told[1], ["ann down", "ann up", "LowerHand failed: 20009"]);
    net.close(0, &round);
    net.settle();
    net.assert_hands(&round, &["ann", "bob"]);
    net.refuses = None;
    net.close(0, &round);
    net.settle();
    net.assert_hands(&round, &[]);
}

#[test]
fn h2_a_refused_answer_rings_again() {
    let mut net = Net::new(["teacher", "ann"]);
    let round = net.ask(0, &["ann"], 30);
    net.settle();
    net.refuses = ACCEPT;
    net.raise(1, &round);
    net.settle();
    net.assert_hands(&round, &[]);
    let told = net.told();
    let rings = "asked by teacher";
    assert_eq!(told[1], ["opened by teacher", rings, "ann up", "RaiseHand failed: 20009", "ann down", rings]);
    net.refuses = None;
    net.raise(1, &round);
    net.settle();
    net.assert_hands(&round, &["ann"]);
}

#[test]
fn h2_a_refused_ask_asks_nobody() {
    let mut net = Net::new(["teacher", "ann"]);
    net.refuses = INVITE;
    let round = net.ask(0, &["ann"], 30);
    net.settle();
    assert_eq!(net.told()[0], ["1 not reached: Some(20009)"]);
    assert_eq!(net.devices[0].class.rounds().count(), 0);
    let closed = net.operate(0, |class, engine, now| class.close(engine, now, &round));
    assert_eq!(closed, Err(convoke::classroom::ClassError::Over));
}

#[test]
fn h3_a_refused_grant_frees_the_place() {
    let mut net = Net::new(["teacher", "ann", "bob"]);
    net.refuses = INVITE;
    net.grant(0, "ann");
    assert_eq!(net.operate(0, |class, engine, now| class.grant(engine, now, "bob", 30)), Ok(None));
    net.poll(0);
    net.refuses = None;
    net.settle();
    assert_eq!(net.told()[0], ["1 not reached: Some(20009)", "bob granted"]);
}

#[test]
fn h3_a_late_acceptance_begins_no_speech() {
    let mut net = Net::new(["teacher", "ann", "bob"]);
    let speech = net.grant(0, "ann");
    net.settle();
    net.accept(1, &speech);
    net.poll(1);
    // The acceptance is long on its way to the teacher, who times the grant out.
    let accept = net.devices[0].inbox.pop_front().expect("it is on its way");
    net.wait(60_000);
    net.devices[0].inbox.push_back(accept);
    net.settle();
    net.assert_speakers(&[]);
    let view = net.devices[1].engine.remembered().next().expect("it is remembered");
    assert_eq!(view.outcome_of("ann"), Some(Outcome::TimedOut));
}

#[test]
fn h2_who_raises_a_hand_after_a_word_to_all_that_was_lost_has_it_up() {
    let mut net = Net::new(["teacher", "ann", "bob"]);
    let round = net.ask(0, &["ann", "bob", "cid"], 30);
    net.settle();
    net.raise(1, &round);
    net.settle();
    net.operate(0, |class, engine, now| class.lower_all(engine, now, &round)).expect("it is the teacher's");
    let now = net.at();
    let Device { class, engine, .. } = &mut net.devices[0];
    let Some(Layered::Event(_)) = class.poll(engine, now) else { panic!("hands change") };
    let Some(Layered::Transmit(lost)) = class.poll(engine, now) else { panic!("it is sent") };
    engine.handle_send_result(now, lost.token, SendResult::Unknown).expect("its fate is not known");
    net.settle();
    assert_eq!(net.hands(0, &round), [""; 0]);
    net.raise(2, &round);
    net.settle();
    assert_eq!(net.hands(0, &round), ["bob"]);
    net.operate(0, |class, engine, now| class.lower_all(engine, now, &round)).expect("it is the teacher's");
    net.settle();
    net.assert_hands(&round, &[]);
}
