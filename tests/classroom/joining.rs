//! H4: all hold the same lists from the same messages, whoever came late included.

use convoke::classroom::ClassConfig;
use convoke::{Config, Millis, Profile};

use crate::net::Net;

/// A lesson in which everything happens.
fn lesson() -> (Net, [convoke::classroom::RoundId; 3]) {
    let mut net = Net::new(["teacher", "ann", "bob", "cid", "dora"]);
    let first = net.ask(0, &["ann", "bob", "cid", "dora"], 30);
    net.settle();
    for at in [4, 1, 3] {
        net.raise(at, &first);
        net.settle();
    }
    net.lower(0, &first, "ann");
    net.settle();
    net.now += 10;
    net.raise(2, &first);
    net.settle();
    let second = net.ask(4, &["ann", "bob"], 30);
    net.settle();
    net.raise(1, &second);
    net.wait(40_000);
    let over = net.ask(0, &["ann", "bob", "cid", "dora"], 30);
    net.settle();
    net.raise(1, &over);
    net.settle();
    net.close(0, &over);
    net.settle();
    let stopped = net.grant(0, "bob");
    net.settle();
    net.accept(2, &stopped);
    net.settle();
    net.stop(0, &stopped);
    net.settle();
    let speech = net.grant(0, "dora");
    net.settle();
    net.accept(4, &speech);
    net.settle();
    (net, [first, second, over])
}

fn assert_same(net: &Net, [first, second, over]: &[convoke::classroom::RoundId; 3]) {
    net.assert_hands(first, &["dora", "cid", "bob"]);
    net.assert_hands(second, &["ann"]);
    net.assert_hands(over, &[]);
    net.assert_speakers(&["dora"]);
    for device in &net.devices {
        let mut rounds = [first, second];
        rounds.sort();
        assert_eq!(device.class.rounds().collect::<Vec<_>>(), rounds, "as {} sees it", device.user);
    }
}

#[test]
fn h4_who_comes_late_holds_the_same_as_who_was_there() {
    let (mut net, rounds) = lesson();
    assert_same(&net, &rounds);
    let mut history = net.log.clone();
    net.join_late("eve", &history);
    assert_same(&net, &rounds);
    history.reverse();
    net.join_late("fay", &history);
    // And a student who was there, on a device that was not.
    net.join_late("ann", &history);
    net.join_late("teacher", &history);
    assert_same(&net, &rounds);
    net.wait(300_000);
    assert_same(&net, &rounds);
}

#[test]
fn h4_who_comes_an_hour_late_too() {
    let (mut net, rounds) = lesson();
    net.wait(3_600_000);
    assert_same(&net, &rounds);
    let history = net.log.clone();
    net.join_late("eve", &history);
    assert_same(&net, &rounds);
    net.wait(1_200_000);
    assert_same(&net, &rounds);
}

#[test]
fn h4_who_comes_after_the_life_of_a_round_sees_none_either() {
    let (mut net, [first, ..]) = lesson();
    net.wait(5 * 3_600_000);
    let history = net.log.clone();
    let late = net.join_late("eve", &history);
    net.settle();
    assert!(net.told()[late].is_empty(), "none opens or closes");
    net.assert_hands(&first, &[]);
    net.assert_speakers(&[]);
    assert!(net.devices.iter().all(|device| device.class.rounds().count() == 0));
}

/// Ann speaks so many times, and each time the teacher stops it.
fn stopped_speeches(net: &mut Net, count: usize) {
    for _ in 0..count {
        let speech = net.let_ann_speak();
        net.stop(0, &speech);
        net.settle();
        net.now += 1_000;
    }
}

#[test]
fn h4_who_comes_late_sees_no_speech_of_many_that_were_stopped() {
    let mut net = Net::new(["teacher", "ann", "bob"]);
    stopped_speeches(&mut net, 40);
    net.assert_speakers(&[]);
    let history = net.log.clone();
    net.join_late("eve", &history);
    net.join_late("ann", &history);
    net.join_late("teacher", &history);
    net.assert_speakers(&[]);
}

#[test]
fn h4_of_many_rounds_and_speeches_that_are_over_no_early_one_gives_way() {
    let mut net = Net::new(["teacher", "ann", "bob"]);
    let first = net.ask(0, &["ann", "bob"], 30);
    net.settle();
    net.raise(2, &first);
    net.settle();
    stopped_speeches(&mut net, 40);
    let history = net.log.clone();
    net.join_late("eve", &history);
    net.assert_hands(&first, &["bob"]);
}

#[test]
fn h4_a_lesson_of_more_words_than_are_open_by_default_is_read_with_greater_limits() {
    let mut engines = Config::default();
    (engines.limits.open_per_sender, engines.limits.kept_per_sender) = (500, 1_000);
    let mut net = Net::on(["teacher", "ann"], ClassConfig::default(), engines);
    stopped_speeches(&mut net, 250);
    let history = net.log.clone();
    net.join_late("eve", &history);
    net.assert_speakers(&[]);
}

#[test]
fn h4_who_comes_late_sees_no_hand_in_many_rounds_that_were_closed() {
    let mut net = Net::new(["teacher", "ann", "bob"]);
    let ask = |net: &mut Net| {
        let round = net.ask(0, &["ann"], 30);
        net.settle();
        net.raise(1, &round);
        net.settle();
        net.close(0, &round);
        net.settle();
        round
    };
    let rounds: Vec<_> = (0..20).map(|_| ask(&mut net)).collect();
    let history = net.log.clone();
    let late = net.join_late("eve", &history);
    rounds.iter().for_each(|round| net.assert_hands(round, &[]));
    assert_eq!(net.devices[late].class.rounds().count(), 0);
}

#[test]
fn h4_what_was_heard_before_the_class_was_entered_counts() {
    let (mut net, rounds) = lesson();
    let now = net.at();
    let history = net.log.clone();
    let late = net.join_late("eve", &[]);
    for message in &history {
        let _ = net.devices[late].engine.handle_message(now, message);
        while net.devices[late].engine.poll_output().is_some() {}
    }
    net.poll(late);
    assert_same(&net, &rounds);
}

#[test]
fn h4_an_answer_that_overtakes_its_invitation_counts() {
    let mut net = Net::new(["teacher", "ann", "bob"]);
    let speech = net.grant(0, "ann");
    net.poll(0);
    net.deliver(1, 0, false);
    net.poll(1);
    net.accept(1, &speech);
    net.poll(1);
    net.deliver(2, 1, false);
    net.poll(2);
    net.deliver(2, 0, false);
    net.settle();
    net.assert_speakers(&["ann"]);
    assert_eq!(net.told()[2], ["ann speaks"]);
}

#[test]
fn h4_words_that_come_before_their_round_count() {
    let mut net = Net::new(["teacher", "ann", "bob", "cid"]);
    let round = net.ask(0, &["ann", "bob"], 30);
    net.settle();
    (1..=2).for_each(|at| net.raise(at, &round));
    net.settle();
    net.lower(1, &round, "ann");
    net.settle();
    let late = net.join_late("eve", &[]);
    let now = net.at();
    for message in net.log.clone().iter().rev() {
        let _ = net.devices[late].engine.handle_message(now, message);
        net.poll(late);
    }
    net.settle();
    net.assert_hands(&round, &["bob"]);
}

#[test]
fn h4_of_an_answer_on_two_devices_the_earlier_counts_for_all() {
    let mut net = Net::new(["teacher", "ann", "ann", "bob", "cid"]);
    let round = net.ask(0, &["ann", "bob"], 30);
    net.settle();
    [1, 3, 2].into_iter().for_each(|at| net.raise(at, &round));
    // Cid hears of the later answer first.
    for which in [2, 1, 0] {
        net.deliver(4, which, false);
        net.poll(4);
    }
    net.settle();
    net.assert_hands(&round, &["ann", "bob"]);
    net.wait(3_600_000);
    net.assert_hands(&round, &["ann", "bob"]);
}

#[test]
fn h4_under_the_web_profile_all_see_the_same_too() {
    let mut engines = Config::default();
    engines.profile = Profile::Web;
    engines.limits.invitees = 1;
    let mut net = Net::on(["teacher", "ann", "bob", "cid"], ClassConfig::default(), engines);
    let round = net.ask(0, &["ann", "bob"], 30);
    let speech = net.grant(0, "ann");
    net.settle();
    net.raise(2, &round);
    net.raise(1, &round);
    net.accept(1, &speech);
    net.settle();
    net.assert_hands(&round, &["bob", "ann"]);
    net.assert_speakers(&["ann"]);
    assert_eq!(net.told()[3], ["opened by teacher", "bob up", "ann up", "ann speaks"]);
    net.close(0, &round);
    net.stop(1, &speech);
    net.settle();
    net.assert_hands(&round, &[]);
    net.assert_speakers(&[]);
}

#[test]
fn t8_with_too_little_time_left_no_hand_is_asked_for() {
    let mut engines = Config::default();
    engines.min_ring = Millis::from_secs(2);
    let mut net = Net::on(["teacher", "ann"], ClassConfig::default(), engines);
    net.devices[1].is_away = true;
    let round = net.ask(0, &["ann"], 30);
    net.wait(29_000);
    let history = net.log.clone();
    let late = net.join_late("ann", &history);
    net.settle();
    assert_eq!(net.told()[late], ["opened by teacher"]);
    net.raise(late, &round);
    net.settle();
    assert_eq!(net.hands(0, &round), ["ann"], "it can still be raised");
}

#[test]
fn h4_what_was_over_before_one_came_does_not_flash() {
    let mut net = Net::new(["teacher", "ann"]);
    let round = net.ask(0, &["ann"], 30);
    net.settle();
    net.raise(1, &round);
    net.settle();
    net.close(0, &round);
    net.settle();
    let history = net.log.clone();
    let late = net.join_late("eve", &history);
    assert!(net.told()[late].is_empty());
    let open = net.ask(0, &["ann"], 30);
    net.settle();
    net.raise(1, &open);
    net.settle();
    let history = net.log.clone();
    let later = net.join_late("fay", &history);
    assert_eq!(net.told()[later].len(), 2, "that it goes on, and that a hand is up");
}
