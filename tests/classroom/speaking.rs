//! H3: who speaks.

use convoke::classroom::{AskError, ClassConfig, ClassError, WhenFull};

use crate::net::Net;

fn class() -> Net {
    Net::new(["teacher", "ann", "bob", "cid"])
}

#[test]
fn h3_who_accepts_speaks_until_one_of_the_two_stops_it() {
    for stops in [0, 1] {
        let mut net = class();
        let speech = net.grant(0, "ann");
        net.settle();
        assert_eq!(net.told()[1], ["invited by teacher"]);
        net.accept(1, &speech);
        net.settle();
        net.assert_speakers(&["ann"]);
        assert!(net.told().iter().all(|told| *told == ["ann speaks"]));
        net.stop(stops, &speech);
        net.settle();
        net.assert_speakers(&[]);
        assert!(net.told().iter().all(|told| *told == ["ann stopped"]));
        net.wait(60_000);
        assert!(net.devices.iter().all(|device| device.engine.invitations().count() == 0));
    }
}

#[test]
fn h3_a_grant_that_is_declined_or_not_answered_frees_the_place() {
    let mut net = class();
    let speech = net.grant(0, "ann");
    net.settle();
    net.operate(1, |class, engine, now| class.decline(engine, now, &speech)).expect("ann is invited");
    net.settle();
    net.grant(0, "bob");
    net.wait(60_000);
    net.assert_speakers(&[]);
    let told = net.told();
    assert_eq!(told[0], ["ann declined", "bob declined"]);
    assert_eq!(told[2], ["invited by teacher", "ring stopped"]);
    net.grant(0, "ann");
}

#[test]
fn h3_a_further_grant_waits_for_a_place() {
    let mut net = class();
    let first = net.let_ann_speak();
    for student in ["bob", "cid"] {
        assert_eq!(net.operate(0, |class, engine, now| class.grant(engine, now, student, 30)), Ok(None));
    }
    assert_eq!(net.operate(0, |class, engine, now| class.grant(engine, now, "bob", 30)), Err(AskError::Already));
    assert!(net.devices[0].class.cancel_waiting(&"bob".into()));
    net.settle();
    assert_eq!(net.told()[3], ["ann speaks"], "nobody is invited yet");
    net.stop(1, &first);
    net.settle();
    let told = net.told();
    assert_eq!(told[0], ["ann stopped", "cid granted"]);
    assert_eq!(told[3], ["ann stopped", "invited by teacher"]);
    assert_eq!(net.devices[0].class.waiting().count(), 0);
}

#[test]
fn h3_or_it_is_refused_if_so_set() {
    let mut config = ClassConfig::default();
    config.when_full = WhenFull::Refuse;
    config.speakers = 2;
    let mut net = Net::with(["teacher", "ann", "bob", "cid"], config);
    let (first, second) = (net.grant(0, "ann"), net.grant(0, "bob"));
    assert_eq!(net.operate(0, |class, engine, now| class.grant(engine, now, "cid", 30)), Err(AskError::Full));
    net.settle();
    net.accept(2, &second);
    net.poll(2);
    net.accept(1, &first);
    net.settle();
    net.assert_speakers(&["bob", "ann"]);
    assert_eq!(net.operate(0, |class, engine, now| class.grant(engine, now, "cid", 30)), Err(AskError::Full));
}

#[test]
fn h3_two_teachers_who_grant_at_once_overbook_nothing() {
    let mut net = class();
    let (first, second) = (net.grant(0, "ann"), net.grant(3, "bob"));
    net.settle();
    net.accept(2, &second);
    net.poll(2);
    net.accept(1, &first);
    net.settle();
    net.assert_speakers(&["bob"]);
    // Ann comes up when the place is free.
    net.stop(3, &second);
    net.settle();
    net.assert_speakers(&["ann"]);
    assert_eq!(net.told()[0], ["bob speaks", "bob stopped", "ann speaks"]);
}

#[test]
fn h3_only_the_two_stop_a_speech() {
    let mut net = class();
    let speech = net.let_ann_speak();
    assert_eq!(net.operate(2, |class, engine, now| class.stop(engine, now, &speech)), Err(ClassError::NotYours));
}

#[test]
fn h3_a_grant_that_is_taken_back_while_it_is_accepted_ends_for_all() {
    for is_accepted_first in [true, false] {
        let mut net = class();
        let speech = net.grant(0, "ann");
        net.settle();
        net.accept(1, &speech);
        if is_accepted_first {
            net.poll(1);
        }
        net.stop(0, &speech);
        net.settle();
        net.assert_speakers(&[]);
        net.wait(60_000);
        net.assert_speakers(&[]);
        net.grant(0, "ann");
    }
}

#[test]
fn h3_a_grant_that_is_taken_back_before_it_is_sent_is_cancelled_when_it_can_be() {
    let mut net = class();
    let speech = net.grant(0, "ann");
    net.stop(0, &speech);
    net.settle();
    assert!(net.devices.iter().all(|device| device.class.invited(&device.engine).count() == 0));
    net.wait(60_000);
    net.assert_speakers(&[]);
}

#[test]
fn h3_the_speech_of_who_leaves_the_group_ends() {
    let mut net = class();
    net.let_ann_speak();
    (0..4).for_each(|at| net.hear_of_leave(at, "ann"));
    net.assert_speakers(&[]);
}

#[test]
fn h3_who_is_back_in_the_group_may_still_accept_and_holds_the_place_for_all() {
    let mut net = class();
    let speech = net.grant(0, "ann");
    net.settle();
    [0, 2, 3].into_iter().for_each(|at| net.hear_of_leave(at, "ann"));
    net.settle();
    let taken = net.grant(3, "bob");
    net.settle();
    net.accept(1, &speech);
    net.settle();
    net.accept(2, &taken);
    net.settle();
    net.assert_speakers(&["ann"]);
    assert_eq!(net.operate(0, |class, engine, now| class.grant(engine, now, "cid", 30)), Ok(None));
}

#[test]
fn h3_a_user_on_two_devices_answers_on_one() {
    let mut net = Net::new(["teacher", "ann", "ann"]);
    net.let_ann_speak();
    net.assert_speakers(&["ann"]);
    let told = net.told();
    assert_eq!(told[1], ["invited by teacher", "ann speaks"]);
    assert_eq!(told[2], ["invited by teacher", "ring stopped", "ann speaks"]);
}

/// Ann accepts, and leaves: bob hears it in that order, the others in the other one.
#[test]
fn h3_who_accepts_and_leaves_at_once_speaks_nowhere_whichever_is_heard_first() {
    for (is_restored, is_new) in [(false, false), (true, false), (false, true)] {
        let mut net = class();
        let round = net.ask(0, &["ann", "bob"], 30);
        net.settle();
        net.raise(2, &round);
        net.settle();
        let speech = net.grant(0, "ann");
        net.poll(0);
        [1, 2].into_iter().for_each(|at| net.deliver(at, 0, false));
        if !is_new {
            net.settle();
        }
        net.now += 5_000;
        net.poll(1);
        net.raise(1, &round);
        net.accept(1, &speech);
        net.poll(1);
        net.now += 50;
        [0, 0].into_iter().for_each(|which| net.deliver(2, which, false));
        net.poll(2);
        (0..4).for_each(|at| net.hear_of_leave(at, "ann"));
        if is_restored {
            (0..4).for_each(|at| net.crash(at));
        }
        net.settle();
        net.assert_speakers(&[]);
        net.assert_hands(&round, &["bob"]);
        net.grant(0, "bob");
    }
}

#[test]
fn h3_who_comes_back_and_accepts_speaks_for_all() {
    let mut net = class();
    let speech = net.grant(0, "ann");
    net.settle();
    net.now += 1_000;
    [0, 2, 3].into_iter().for_each(|at| net.hear_of_leave(at, "ann"));
    net.now += 3_000;
    net.accept(1, &speech);
    net.settle();
    net.assert_speakers(&["ann"]);
}

/// What the app does with its microphone.
fn heard(net: &Net) -> Vec<bool> {
    net.devices.iter().map(|device| device.class.speaks_here(&device.engine)).collect()
}

#[test]
fn h3_c4_of_two_devices_the_one_that_accepted_opens_its_microphone() {
    let mut net = Net::new(["teacher", "ann", "ann"]);
    let speech = net.let_ann_speak();
    net.assert_speakers(&["ann"]);
    assert_eq!(heard(&net), [false, true, false]);
    net.crash(1);
    net.crash(2);
    net.settle();
    assert_eq!(heard(&net), [false, true, false], "a device that comes back goes on with its speech");
    net.stop(2, &speech);
    net.settle();
    assert_eq!(heard(&net), [false; 3]);
}

#[test]
fn h3_c4_of_two_devices_that_accept_at_once_one_opens_its_microphone() {
    for first in [1, 2] {
        let mut net = Net::new(["teacher", "ann", "ann"]);
        let speech = net.grant(0, "ann");
        net.settle();
        net.accept(1, &speech);
        net.accept(2, &speech);
        net.poll(first);
        net.settle();
        assert_eq!(heard(&net), [false, first == 1, first == 2]);
    }
}

#[test]
fn h3_a_device_whose_acceptance_was_refused_opens_no_microphone_for_another_one() {
    let mut net = Net::new(["teacher", "ann", "ann"]);
    let speech = net.grant(0, "ann");
    net.settle();
    net.refuses = Some(3);
    net.accept(1, &speech);
    net.settle();
    net.refuses = None;
    net.accept(2, &speech);
    net.settle();
    assert_eq!(heard(&net), [false, false, true]);
}

#[test]
fn a7_no_microphone_is_opened_while_the_history_may_say_that_the_speech_is_over() {
    let mut net = class();
    net.let_ann_speak();
    assert!(heard(&net)[1]);
    net.operate(1, |_, engine, now| engine.begin_catch_up(now));
    assert!(!heard(&net)[1]);
    net.catch_up(1, false);
    assert!(heard(&net)[1]);
}
