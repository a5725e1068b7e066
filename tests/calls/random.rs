//! Whatever users do, and however messages and deaths of apps fall between: every call ends everywhere, and who is in one is in it with
//! the others.

use convoke::InvitationView;
use convoke::call::{Dial, Media, State};
use proptest::prelude::*;

use crate::net::{Net, ROOM};

const USERS: [&str; 5] = ["alice", "alice", "bob", "bob", "carol"];

#[derive(Clone, Debug)]
enum Move {
    Dial { from: usize, to: usize, media: Media },
    DialGroup { from: usize },
    InviteMore { from: usize, to: usize },
    Join { at: usize },
    Answer { at: usize },
    Decline { at: usize },
    HangUp { at: usize },
    Switch { at: usize, media: Media },
    AnswerSwitch { at: usize, is_wanted: bool },
    Busy { at: usize, is_busy: bool },
    Poll { at: usize },
    Deliver { at: usize },
    Settle,
    Wait { ms: i64 },
    Online { at: usize, is_online: bool },
    Crash { at: usize },
    Media { at: usize, has_media: bool },
    Refuse { action: Option<u8> },
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let at = || 0..USERS.len();
    let media = || prop_oneof![Just(Media::Audio), Just(Media::Video)];
    let one = prop_oneof![
        4 => (at(), at(), media()).prop_map(|(from, to, media)| Move::Dial { from, to, media }),
        2 => at().prop_map(|from| Move::DialGroup { from }),
        1 => (at(), at()).prop_map(|(from, to)| Move::InviteMore { from, to }),
        1 => at().prop_map(|at| Move::Join { at }),
        5 => at().prop_map(|at| Move::Answer { at }),
        1 => at().prop_map(|at| Move::Decline { at }),
        2 => at().prop_map(|at| Move::HangUp { at }),
        1 => (at(), media()).prop_map(|(at, media)| Move::Switch { at, media }),
        1 => (at(), any::<bool>()).prop_map(|(at, is_wanted)| Move::AnswerSwitch { at, is_wanted }),
        1 => (at(), any::<bool>()).prop_map(|(at, is_busy)| Move::Busy { at, is_busy }),
        6 => at().prop_map(|at| Move::Poll { at }),
        6 => at().prop_map(|at| Move::Deliver { at }),
        3 => Just(Move::Settle),
        3 => (0..40_000_i64).prop_map(|ms| Move::Wait { ms }),
        1 => (at(), any::<bool>()).prop_map(|(at, is_online)| Move::Online { at, is_online }),
        1 => at().prop_map(|at| Move::Crash { at }),
        1 => (at(), any::<bool>()).prop_map(|(at, has_media)| Move::Media { at, has_media }),
        1 => prop::option::of(1..=5_u8).prop_map(|action| Move::Refuse { action }),
    ];
    prop::collection::vec(one, 1..60)
}

/// What is not possible now does nothing.
fn play(net: &mut Net, one: &Move) {
    let now = net.at();
    match *one {
        Move::Dial { from, to, media } => {
            net.try_dial(from, Dial::to([USERS[to]], media, ROOM + u32::try_from(from).expect("there are few")));
        }
        Move::DialGroup { from } => {
            let others = ["alice", "bob", "carol"].into_iter().filter(|user| *user != USERS[from]);
            net.try_dial(from, Dial::to(others, Media::Video, ROOM).in_group("room"));
        }
        Move::InviteMore { from, to } => {
            net.operate(from, |phone, call| phone.calls.invite_more(&mut phone.engine, now, call, [USERS[to]], None));
        }
        Move::Join { at } => {
            let phone = &mut net.phones[at];
            if phone.is_online && phone.calls.join(&phone.engine, now, "room", Media::Video, ROOM).is_ok() {
                net.follow(at);
            }
        }
        Move::Answer { at } => {
            net.operate(at, |phone, call| phone.calls.answer(&mut phone.engine, now, call));
        }
        Move::Decline { at } => drop(net.operate(at, |phone, call| phone.calls.decline(&mut phone.engine, now, call))),
        Move::HangUp { at } => drop(net.operate(at, |phone, call| phone.calls.hang_up(&mut phone.engine, now, call))),
        Move::Switch { at, media } => {
            net.operate(at, |phone, call| phone.calls.switch(&mut phone.engine, now, call, media));
        }
        Move::AnswerSwitch { at, is_wanted } => {
            net.operate(at, |phone, call| phone.calls.answer_switch(&mut phone.engine, now, call, is_wanted));
        }
        Move::Busy { at, is_busy } => net.phones[at].calls.set_busy(is_busy),
        Move::Poll { at } => drop(net.poll(at)),
        Move::Deliver { at } => drop(net.deliver(at)),
        Move::Settle => net.settle(),
        Move::Wait { ms } => net.wait(ms),
        Move::Online { at, is_online } if net.phones[at].is_online != is_online => net.set_online(at, is_online),
        Move::Online { .. } => {}
        Move::Crash { at } => {
            net.leave_room(at);
            net.crash(at);
        }
        Move::Media { at, has_media } => net.phones[at].has_media = has_media,
        Move::Refuse { action } => net.refuses = action,
    }
}

/// The network is whole again, and time runs out.
fn heal(net: &mut Net) {
    net.refuses = None;
    for at in 0..USERS.len() {
        net.phones[at].has_media = true;
        if !net.phones[at].is_online {
            net.set_online(at, true);
        }
    }
    net.wait(120_000);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn k1_no_call_is_stuck_and_who_is_in_one_is_in_it_with_somebody(moves in moves()) {
        let mut net = Net::new(USERS);
        for one in &moves {
            play(&mut net, one);
        }
        heal(&mut net);
        for (at, phone) in net.phones.iter().enumerate() {
            let state = phone.state();
            prop_assert!(matches!(state, State::Idle | State::Connected), "{at}: {state:?} after all time ran out");
            if state == State::Connected {
                let others = net.others_in_room(at);
                prop_assert!(!others.is_empty(), "{at}: connected to nobody");
                for other in others {
                    prop_assert_eq!(net.phones[other].state(), State::Connected, "{} with {}", at, other);
                }
            }
        }
        for at in 0..USERS.len() {
            play(&mut net, &Move::HangUp { at });
        }
        net.wait(120_000);
        net.assert_idle();
        net.assert_each_call_ended_once();
        for phone in &net.phones {
            // What another device of the user's has said to others, it alone can forget.
            let is_left = |view: &InvitationView<'_>| view.deadline().is_some() || view.key().inviter() != phone.user;
            prop_assert_eq!(phone.engine.invitations().filter(is_left).count(), 0, "{} still holds something", phone.user);
            prop_assert!(phone.callbacks.is_empty(), "{} was told of invitations", phone.user);
        }
    }
}
