//! Whatever members do, and however messages come: all end with the same lists, and nothing is pending for ever.

use std::collections::BTreeSet;

use convoke::UserId;
use convoke::classroom::{ClassConfig, ClassEvent, RoundId};
use proptest::prelude::*;

use crate::net::{Device, Net};

const USERS: [&str; 6] = ["ann", "ann", "bob", "cid", "dora", "dora"];
const NAMES: [&str; 4] = ["ann", "bob", "cid", "dora"];

#[derive(Clone, Debug)]
enum Move {
    Ask { at: usize },
    Raise { at: usize, which: usize },
    Decline { at: usize, which: usize },
    Lower { at: usize, which: usize, who: usize },
    LowerAll { at: usize, which: usize },
    Close { at: usize, which: usize },
    Grant { at: usize, who: usize },
    Accept { at: usize },
    Stop { at: usize, which: usize },
    Poll { at: usize },
    Deliver { at: usize, which: usize, is_copy: bool },
    Fate { at: usize },
    CatchUp { at: usize, is_all: bool },
    Settle,
    Wait { ms: i64 },
    Rest { ms: i64 },
    Crash { at: usize },
    Refuse { action: Option<u8> },
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let at = || 0..USERS.len();
    let which = || 0..4_usize;
    let one = prop_oneof![
        3 => at().prop_map(|at| Move::Ask { at }),
        8 => (at(), which()).prop_map(|(at, which)| Move::Raise { at, which }),
        1 => (at(), which()).prop_map(|(at, which)| Move::Decline { at, which }),
        2 => (at(), which(), 0..4_usize).prop_map(|(at, which, who)| Move::Lower { at, which, who }),
        2 => (at(), which()).prop_map(|(at, which)| Move::LowerAll { at, which }),
        1 => (at(), which()).prop_map(|(at, which)| Move::Close { at, which }),
        3 => (at(), 0..4_usize).prop_map(|(at, who)| Move::Grant { at, who }),
        5 => at().prop_map(|at| Move::Accept { at }),
        2 => (at(), which()).prop_map(|(at, which)| Move::Stop { at, which }),
        8 => at().prop_map(|at| Move::Poll { at }),
        12 => (at(), 0..6_usize, any::<bool>()).prop_map(|(at, which, is_copy)| Move::Deliver { at, which, is_copy }),
        4 => at().prop_map(|at| Move::Fate { at }),
        1 => (at(), any::<bool>()).prop_map(|(at, is_all)| Move::CatchUp { at, is_all }),
        2 => Just(Move::Settle),
        3 => (0..3_000_i64).prop_map(|ms| Move::Wait { ms }),
        1 => (0..900_000_i64).prop_map(|ms| Move::Rest { ms }),
        1 => at().prop_map(|at| Move::Crash { at }),
        1 => prop::option::of(1..=5_u8).prop_map(|action| Move::Refuse { action }),
    ];
    prop::collection::vec(one, 1..70)
}

/// The round or speech that a number stands for: whether of those that ring for the user, or of all.
fn round(net: &Net, at: usize, which: usize) -> Option<RoundId> {
    net.devices[at].class.rounds().nth(which).cloned()
}

/// What is not possible now does nothing.
fn play(net: &mut Net, one: &Move) {
    match *one {
        Move::Ask { at } => {
            let students = NAMES.into_iter().filter(|name| *name != USERS[at]);
            net.operate(at, |class, engine, now| class.ask(engine, now, students, 20)).ok();
        }
        Move::Raise { at, which } => with_round(net, at, which, |net, round| {
            net.operate(at, |class, engine, now| class.raise(engine, now, round)).ok();
        }),
        Move::Decline { at, which } => with_round(net, at, which, |net, round| {
            net.operate(at, |class, engine, now| class.decline(engine, now, round)).ok();
        }),
        Move::Lower { at, which, who } => with_round(net, at, which, |net, round| {
            net.operate(at, |class, engine, now| class.lower(engine, now, round, &NAMES[who].into())).ok();
        }),
        Move::LowerAll { at, which } => with_round(net, at, which, |net, round| {
            net.operate(at, |class, engine, now| class.lower_all(engine, now, round)).ok();
        }),
        Move::Close { at, which } => with_round(net, at, which, |net, round| {
            net.operate(at, |class, engine, now| class.close(engine, now, round)).ok();
        }),
        Move::Grant { at, who } => {
            net.operate(at, |class, engine, now| class.grant(engine, now, NAMES[who], 10)).ok();
        }
        Move::Accept { at } => {
            let speech = net.devices[at].class.invited(&net.devices[at].engine).next().cloned();
            if let Some(speech) = speech {
                net.operate(at, |class, engine, now| class.accept(engine, now, &speech)).ok();
            }
        }
        Move::Stop { at, which } => {
            let speech = net.devices[at].class.speakers().nth(which).map(|(speech, _)| speech.clone());
            if let Some(speech) = speech {
                net.operate(at, |class, engine, now| class.stop(engine, now, &speech)).ok();
            }
        }
        Move::Poll { at } => drop(net.poll(at)),
        Move::Deliver { at, which, is_copy } => net.deliver(at, which, is_copy),
        Move::Fate { at } => drop(net.tell_fate(at)),
        Move::CatchUp { at, is_all } => net.catch_up(at, is_all),
        Move::Settle => net.settle(),
        Move::Wait { ms } => pass(net, ms),
        Move::Rest { ms } => net.wait(ms),
        Move::Crash { at } => net.crash(at),
        Move::Refuse { action } => net.refuses = action,
    }
    net.now += 1;
}

/// Time passes, and messages are still on their way.
fn pass(net: &mut Net, ms: i64) {
    net.now += ms;
    let now = net.at();
    net.devices.iter_mut().for_each(|device| device.engine.tick(now));
}

fn with_round(net: &mut Net, at: usize, which: usize, act: impl FnOnce(&mut Net, &RoundId)) {
    if let Some(round) = round(net, at, which) {
        act(net, &round);
    }
}

/// All that a member sees: the hands of each round, and who speaks.
fn seen(net: &Net, at: usize) -> Vec<(RoundId, Vec<String>)> {
    let class = &net.devices[at].class;
    let hands = class.rounds().map(|round| (round.clone(), net.hands(at, round)));
    hands.chain(class.speakers().map(|(speech, who)| (speech.clone(), vec![who.to_string()]))).collect()
}

/// Who speaks, by what the app was told.
fn speaking(device: &Device) -> BTreeSet<(&RoundId, &UserId)> {
    let mut speaking = BTreeSet::new();
    for event in &device.events {
        if let ClassEvent::Speaking { speech, who, .. } = event {
            assert!(speaking.insert((speech, who)), "{who} speaks twice");
        }
        if let ClassEvent::Stopped { speech, who, .. } = event {
            assert!(speaking.remove(&(speech, who)), "{who} stops without having spoken");
        }
    }
    speaking
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn h4_all_hold_the_same_lists_in_the_end(moves in moves(), speakers in 1..3_usize) {
        let mut config = ClassConfig::default();
        config.speakers = speakers;
        let mut net = Net::with(USERS, config);
        for one in &moves {
            play(&mut net, one);
            prop_assert!((0..USERS.len()).all(|at| net.speakers(at).len() <= speakers));
        }
        net.refuses = None;
        net.wait(60_000);
        // Some read again what they know.
        (0..USERS.len()).step_by(2).for_each(|at| net.catch_up(at, true));
        net.settle();
        let history = net.log.clone();
        net.join_late("eve", &history);
        net.settle();
        for at in 1..net.devices.len() {
            prop_assert_eq!(seen(&net, at), seen(&net, 0), "{} ({}) and {}", at, net.devices[at].user, USERS[0]);
        }
        for device in &net.devices {
            prop_assert_eq!(device.class.asked(&device.engine).count(), 0, "{} is still asked", device.user);
            prop_assert_eq!(device.class.invited(&device.engine).count(), 0, "{} is still invited", device.user);
            prop_assert_eq!(device.engine.invitations().count(), 0, "{} still holds something", device.user);
            prop_assert!(device.callbacks.is_empty(), "{} was told of invitations", device.user);
            prop_assert_eq!(speaking(device), device.class.speakers().collect(), "as {} was told", device.user);
        }
    }
}
