//! H1, H2: rounds, and raised hands.

use convoke::classroom::{AskError, ClassConfig, ClassError};
use convoke::{Config, UserId};

use crate::net::Net;

fn class() -> Net {
    Net::new(["teacher", "ann", "bob", "cid"])
}

#[test]
fn h2_hands_are_in_the_order_of_their_stamps_for_all() {
    let mut net = class();
    let round = net.ask(0, &["ann", "bob", "cid"], 30);
    net.settle();
    net.raise(3, &round);
    net.raise(1, &round);
    net.settle();
    net.assert_hands(&round, &["cid", "ann"]);
    let told = net.told();
    assert_eq!(told[0], ["cid up", "ann up"]);
    assert_eq!(told[2], ["opened by teacher", "asked by teacher", "cid up", "ann up"]);
}

#[test]
fn h2_hands_come_in_another_order_than_they_were_raised_in() {
    let mut net = class();
    let round = net.ask(0, &["ann", "bob", "cid"], 30);
    net.settle();
    [2, 1, 3].into_iter().for_each(|at| net.raise(at, &round));
    // Ann has not heard of bob, and takes her own hand for the first: until she hears when hers was raised, and his.
    assert_eq!(net.hands(1, &round), ["ann"]);
    net.deliver(0, 1, false);
    net.poll(0);
    net.deliver(0, 1, false);
    net.poll(0);
    assert_eq!(net.hands(0, &round), ["ann", "cid"]);
    net.settle();
    net.assert_hands(&round, &["bob", "ann", "cid"]);
}

#[test]
fn h2_declining_and_not_answering_are_quiet() {
    let mut net = class();
    let round = net.ask(0, &["ann", "bob"], 30);
    net.settle();
    net.operate(1, |class, engine, now| class.decline(engine, now, &round)).expect("ann is asked");
    net.wait(60_000);
    net.assert_hands(&round, &[]);
    let told = net.told();
    assert_eq!(told[0], ["closed"], "nobody can raise a hand any more");
    assert_eq!(told[1], ["opened by teacher", "asked by teacher", "closed"]);
    assert_eq!(told[2], ["opened by teacher", "asked by teacher", "closed", "ring stopped"]);
    assert_eq!(told[3], ["opened by teacher", "closed"]);
    assert_eq!(net.operate(2, |class, engine, now| class.raise(engine, now, &round)), {
        let timed_out = convoke::Unavailable::Settled(convoke::Outcome::TimedOut);
        Err(ClassError::Answer(timed_out.into()))
    });
}

#[test]
fn h2_a_student_lowers_their_hand_and_the_teacher_anybodys() {
    let mut net = class();
    let round = net.ask(0, &["ann", "bob", "cid"], 30);
    net.settle();
    (1..=3).for_each(|at| net.raise(at, &round));
    net.settle();
    net.lower(1, &round, "ann");
    net.lower(0, &round, "cid");
    assert_eq!(net.hands(1, &round), ["bob", "cid"], "it counts at once where it is done");
    net.settle();
    net.assert_hands(&round, &["bob"]);
    assert_eq!(net.told()[2][6..], ["cid down", "ann down"]);
    let bob = UserId::from("bob");
    assert_eq!(net.operate(3, |class, engine, now| class.lower(engine, now, &round, &bob)), Err(ClassError::NotYours));
    let ann = UserId::from("ann");
    assert_eq!(net.operate(1, |class, engine, now| class.lower(engine, now, &round, &ann)), Err(ClassError::NotUp));
}

#[test]
fn h2_the_teacher_lowers_all_that_were_raised_before() {
    let mut net = class();
    let round = net.ask(0, &["ann", "bob", "cid"], 30);
    net.settle();
    net.raise(1, &round);
    net.operate(0, |class, engine, now| class.lower_all(engine, now, &round)).expect("it is the teacher's round");
    net.poll(0);
    net.now += 10;
    // Bob raises his before he hears of it, but after it was said.
    net.raise(2, &round);
    net.settle();
    net.assert_hands(&round, &["bob"]);
    net.raise(3, &round);
    net.settle();
    net.assert_hands(&round, &["bob", "cid"]);
}

#[test]
fn h2_a_closed_round_has_no_hands_and_asks_nobody() {
    let mut net = class();
    let round = net.ask(0, &["ann", "bob"], 30);
    net.settle();
    net.raise(1, &round);
    net.settle();
    net.close(0, &round);
    net.settle();
    net.assert_hands(&round, &[]);
    for device in &net.devices {
        assert_eq!(device.class.rounds().count(), 0);
        assert_eq!(device.class.asked(&device.engine).count(), 0);
        assert_eq!(device.engine.invitations().count(), 0, "{}: nothing is open", device.user);
        assert!(device.callbacks.is_empty(), "{}: {:?}", device.user, device.callbacks);
    }
    assert_eq!(net.told()[2], ["opened by teacher", "asked by teacher", "ann up", "closed", "ring stopped"]);
    assert_eq!(net.operate(2, |class, engine, now| class.raise(engine, now, &round)), Err(ClassError::Over));
}

#[test]
fn h2_an_answer_that_crosses_the_end_raises_no_hand() {
    let mut net = class();
    let round = net.ask(0, &["ann", "bob"], 30);
    net.settle();
    net.raise(1, &round);
    net.close(0, &round);
    net.settle();
    net.assert_hands(&round, &[]);
    net.wait(60_000);
    net.assert_hands(&round, &[]);
}

#[test]
fn h1_whoever_asks_is_the_teacher_of_that_round() {
    let mut net = class();
    let first = net.ask(0, &["ann", "bob"], 30);
    let second = net.ask(1, &["teacher", "bob", "cid"], 30);
    net.settle();
    net.raise(2, &first);
    net.raise(2, &second);
    net.raise(0, &second);
    net.settle();
    net.assert_hands(&first, &["bob"]);
    net.assert_hands(&second, &["bob", "teacher"]);
    assert_eq!(net.operate(0, |class, engine, now| class.close(engine, now, &second)), Err(ClassError::NotYours));
    net.close(1, &second);
    net.settle();
    net.assert_hands(&second, &[]);
    net.assert_hands(&first, &["bob"]);
    assert_eq!(net.devices[3].class.rounds().collect::<Vec<_>>(), [&first]);
}

#[test]
fn h1_one_teacher_has_several_rounds_at_once() {
    let mut net = class();
    let (first, second) = (net.ask(0, &["ann"], 30), net.ask(0, &["ann", "bob"], 30));
    net.settle();
    assert_ne!(first, second);
    net.raise(1, &second);
    net.settle();
    net.assert_hands(&first, &[]);
    net.assert_hands(&second, &["ann"]);
}

#[test]
fn h2_a_list_that_cannot_be_asked_changes_nothing() {
    let mut net = class();
    let before = (net.devices[0].engine.clone(), net.devices[0].class.clone());
    let now = net.at();
    for students in [vec![], vec!["ann", "ann"], vec!["ann", "teacher"], vec![""], vec!["x"; 2_001]] {
        let asked = net.operate(0, |class, engine, _| class.ask(engine, now, students, 30));
        assert!(matches!(asked, Err(AskError::Invite(_) | AskError::TooMany)), "{asked:?}");
    }
    assert_eq!(net.devices[0].engine, before.0);
    assert_eq!(net.devices[0].class.rounds().count(), 0);
    assert!(!net.poll(0));
}

#[test]
fn h2_a_teachers_other_device_sees_and_closes_the_round() {
    let mut net = Net::new(["teacher", "teacher", "ann", "bob"]);
    let round = net.ask(0, &["ann", "bob"], 30);
    net.settle();
    net.raise(2, &round);
    net.settle();
    net.assert_hands(&round, &["ann"]);
    net.close(1, &round);
    net.settle();
    net.assert_hands(&round, &[]);
}

#[test]
fn h2_a_round_that_nobody_closes_ends() {
    let mut net = class();
    let round = net.ask(0, &["ann", "bob"], 30);
    net.settle();
    net.raise(1, &round);
    net.wait(3_600_000);
    net.assert_hands(&round, &["ann"]);
    net.wait(4 * 3_600_000);
    net.assert_hands(&round, &[]);
    for device in &net.devices {
        assert_eq!(device.class.rounds().count(), 0);
        assert_eq!(device.class, {
            let mut same = device.class.clone();
            let _ = convoke::layer::Layer::poll_event(&mut same);
            same
        });
    }
    assert!(net.told().iter().all(|told| told.last().is_some_and(|last| last == "closed")));
}

#[test]
fn h2_the_hand_of_who_leaves_the_group_goes_down() {
    let mut net = class();
    let round = net.ask(0, &["ann", "bob"], 30);
    net.settle();
    net.raise(1, &round);
    net.settle();
    (0..4).for_each(|at| net.hear_of_leave(at, "ann"));
    net.settle();
    net.assert_hands(&round, &[]);
}

#[test]
fn h2_who_is_back_in_the_group_may_still_raise_a_hand_for_all() {
    let mut net = class();
    let round = net.ask(0, &["ann", "bob"], 30);
    net.settle();
    [0, 2, 3].into_iter().for_each(|at| net.hear_of_leave(at, "ann"));
    net.settle();
    net.raise(1, &round);
    net.settle();
    net.assert_hands(&round, &["ann"]);
    net.wait(60_000);
    net.assert_hands(&round, &["ann"]);
}

#[test]
fn h2_the_hand_of_who_leaves_stays_down_if_lowering_it_is_refused() {
    let mut net = class();
    let round = net.ask(0, &["ann", "bob"], 30);
    net.settle();
    net.raise(1, &round);
    net.settle();
    net.refuses = Some(1);
    net.lower(0, &round, "ann");
    (0..4).for_each(|at| net.hear_of_leave(at, "ann"));
    net.settle();
    net.assert_hands(&round, &[]);
}

#[test]
fn h2_where_no_fates_are_told_a_copy_says_when_all_were_lowered() {
    let mut engines = Config::default();
    engines.fates_are_told = false;
    let mut net = Net::on(["teacher", "ann", "bob", "cid"], ClassConfig::default(), engines);
    let round = net.ask(0, &["ann", "bob", "cid"], 30);
    net.settle();
    net.raise(1, &round);
    net.settle();
    net.operate(0, |class, engine, now| class.lower_all(engine, now, &round)).expect("it is the teacher's round");
    net.settle();
    net.now += 10;
    net.raise(2, &round);
    net.settle();
    (0..4).for_each(|at| net.catch_up(at, true));
    net.settle();
    net.assert_hands(&round, &["bob"]);
}

#[test]
fn h2_a_leave_that_is_told_late_lowers_the_hand_of_before_it_and_no_other() {
    for is_raised_before in [false, true] {
        for is_told_first in [false, true] {
            let mut net = class();
            let round = net.ask(0, &["ann", "bob"], 30);
            net.settle();
            if is_raised_before {
                net.raise(1, &round);
            }
            net.now += 1_000;
            let left = net.at();
            if is_raised_before && !is_told_first {
                net.settle();
            }
            [2, 3].into_iter().for_each(|at| net.hear_of_leave(at, "ann"));
            net.now += 1_000;
            if !is_raised_before {
                net.raise(1, &round);
            }
            net.now += 1_000;
            if !is_told_first {
                net.settle();
            }
            [0, 1].into_iter().for_each(|at| net.hear_late_of_leave(at, "ann", left));
            net.settle();
            net.assert_hands(&round, if is_raised_before { &[] } else { &["ann"] });
        }
    }
}
