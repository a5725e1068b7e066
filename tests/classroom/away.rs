//! H4: the history is read by who was there before, when the engine has forgotten what it tells of.

use convoke::History;

use crate::net::Net;

const MINUTE: i64 = 60_000;

fn class() -> Net {
    Net::new(["teacher", "ann", "bob", "cid"])
}

fn go_away(net: &mut Net, at: usize) {
    net.settle();
    net.devices[at].is_away = true;
}

fn come_back(net: &mut Net, at: usize) {
    net.devices[at].is_away = false;
    net.catch_up(at, true);
    net.settle();
}

/// This device reads all of the history again, whether it has been restored or not.
fn read_again(net: &mut Net, at: usize, is_restored: bool) {
    if is_restored {
        net.crash(at);
    }
    net.catch_up(at, true);
    net.settle();
}

#[test]
fn h4_who_was_away_for_long_sees_the_hands_that_were_raised_meanwhile() {
    for (hands, is_restored) in [(0, false), (1, false), (1, true)] {
        let mut net = class();
        let round = net.ask(0, &["ann", "bob"], 30);
        net.settle();
        (0..hands).for_each(|_| net.raise(1, &round));
        go_away(&mut net, 3);
        net.raise(2, &round);
        net.wait(20 * MINUTE);
        if is_restored {
            net.crash(3);
        }
        come_back(&mut net, 3);
        net.assert_hands(&round, if hands == 1 { &["ann", "bob"] } else { &["bob"] });
    }
}

#[test]
fn h4_who_was_away_for_long_sees_the_speech_that_was_begun_meanwhile() {
    let mut net = class();
    let speech = net.grant(0, "ann");
    go_away(&mut net, 3);
    net.accept(1, &speech);
    net.wait(20 * MINUTE);
    come_back(&mut net, 3);
    net.assert_speakers(&["ann"]);
    net.stop(0, &speech);
    net.settle();
    net.assert_speakers(&[]);
}

#[test]
fn h4_no_round_gives_way_to_those_whose_life_was_over_when_they_were_read() {
    let mut net = class();
    let asked_and_raised = |net: &mut Net| {
        let round = net.ask(0, &["ann"], 30);
        net.settle();
        net.raise(1, &round);
        net.settle();
        round
    };
    let _: Vec<_> = (0..20).map(|_| asked_and_raised(&mut net)).collect();
    net.wait(5 * 60 * MINUTE);
    let rounds: Vec<_> = (0..20).map(|_| asked_and_raised(&mut net)).collect();
    net.told();
    (0..4).for_each(|at| read_again(&mut net, at, false));
    let history = net.log.clone();
    net.join_late("eve", &history);
    rounds.iter().for_each(|round| net.assert_hands(round, &["ann"]));
    assert!(net.told()[..4].iter().all(Vec::is_empty));
}

#[test]
fn h4_a_history_that_is_read_again_begins_no_speech_again() {
    for is_restored in [false, true] {
        for (stopped, by, read) in [(9, 0, 12), (9, 1, 12), (12, 0, 15), (12, 1, 25), (1, 0, 30)] {
            let mut net = class();
            let speech = net.grant(0, "ann");
            net.settle();
            net.accept(1, &speech);
            net.wait(stopped * MINUTE);
            net.stop(by, &speech);
            net.wait((read - stopped) * MINUTE);
            (0..4).for_each(|at| read_again(&mut net, at, is_restored));
            net.assert_speakers(&[]);
            assert!(net.devices.iter().all(|device| device.callbacks.is_empty()));
        }
    }
}

#[test]
fn h4_a_history_that_is_read_again_raises_no_hand_again() {
    for is_restored in [false, true] {
        let mut net = class();
        let round = net.ask(0, &["ann", "bob"], 30);
        net.settle();
        (1..=2).for_each(|at| net.raise(at, &round));
        net.wait(9 * MINUTE);
        net.lower(0, &round, "ann");
        net.lower(2, &round, "bob");
        net.wait(3 * MINUTE);
        (0..4).for_each(|at| read_again(&mut net, at, is_restored));
        net.assert_hands(&round, &[]);
        net.wait(20 * MINUTE);
        (0..4).for_each(|at| read_again(&mut net, at, is_restored));
        net.assert_hands(&round, &[]);
    }
}

/// This device reads the history page by page, each of one message, from the newest or from the oldest.
fn read_in_pages(net: &mut Net, at: usize, is_newest_first: bool) {
    let (now, mut pages) = (net.at(), net.log.clone());
    if is_newest_first {
        pages.reverse();
    }
    for page in pages {
        let _ = net.devices[at].engine.handle_history(now, &History::hot(), &[page]);
        net.poll(at);
    }
}

#[test]
fn h4_a_history_that_is_read_in_pages_undoes_no_acceptance() {
    for (is_newest_first, is_restored) in [(true, false), (true, true), (false, false)] {
        let mut net = class();
        let round = net.ask(0, &["ann", "bob"], 30);
        net.settle();
        (1..=2).rev().for_each(|at| net.raise(at, &round));
        let speech = net.grant(0, "ann");
        net.settle();
        net.accept(1, &speech);
        net.wait(12 * MINUTE);
        net.told();
        for at in 0..4 {
            if is_restored {
                net.crash(at);
            }
            read_in_pages(&mut net, at, is_newest_first);
        }
        net.assert_speakers(&["ann"]);
        net.assert_hands(&round, &["bob", "ann"]);
        assert_eq!(net.told(), vec![Vec::<String>::new(); 4], "nothing has happened");
        net.wait(12 * MINUTE);
        net.assert_speakers(&["ann"]);
        net.assert_hands(&round, &["bob", "ann"]);
    }
}
