//! Whatever members do, and however messages, writes and deaths of apps fall between: all see the seats of the store, nobody is on two,
//! and no application is left.

use std::collections::BTreeMap;

use convoke::InvitationKey;
use convoke::seats::{RequestKind, WriteResult};
use proptest::prelude::*;

use crate::net::{Net, REFUSED};

const USERS: [&str; 7] = ["olga", "mina", "max", "ann", "bob", "cat", "ann"];

#[derive(Clone, Debug)]
enum Move {
    Apply { at: usize, seat: Option<u32> },
    Withdraw { at: usize },
    Decide { at: usize, is_accepted: bool },
    Answer { at: usize, is_accepted: bool },
    Invite { at: usize, to: usize, seat: Option<u32> },
    Take { at: usize, seat: Option<u32> },
    Leave { at: usize },
    Change { at: usize, seat: u32 },
    Remove { at: usize, whom: usize },
    Lock { at: usize, seat: u32, is_locked: bool },
    Mute { at: usize, whom: usize, is_muted: bool },
    Poll { at: usize },
    Deliver { at: usize, which: usize },
    Inform { at: usize, which: usize },
    Write { which: usize },
    Settle,
    Wait { ms: i64 },
    Exit { at: usize },
    Die { at: usize },
    Crash { at: usize },
    Refuse { action: Option<u8> },
    StoreFails { how: Option<WriteResult> },
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let at = || 0..USERS.len();
    let seat = || 0..4_u32;
    let any_seat = || prop::option::of(0..4_u32);
    let how = prop_oneof![
        3 => Just(None),
        1 => Just(Some(WriteResult::Unknown)),
        1 => Just(Some(WriteResult::Failed { code: REFUSED })),
    ];
    let users = prop_oneof![
        6 => (3..USERS.len(), any_seat()).prop_map(|(at, seat)| Move::Apply { at, seat }),
        1 => at().prop_map(|at| Move::Withdraw { at }),
        6 => (0..3_usize, any::<bool>()).prop_map(|(at, is_accepted)| Move::Decide { at, is_accepted }),
        3 => (at(), any::<bool>()).prop_map(|(at, is_accepted)| Move::Answer { at, is_accepted }),
        2 => (0..3_usize, at(), any_seat()).prop_map(|(at, to, seat)| Move::Invite { at, to, seat }),
        2 => (0..3_usize, any_seat()).prop_map(|(at, seat)| Move::Take { at, seat }),
        1 => at().prop_map(|at| Move::Leave { at }),
        2 => (at(), seat()).prop_map(|(at, seat)| Move::Change { at, seat }),
        1 => (0..3_usize, at()).prop_map(|(at, whom)| Move::Remove { at, whom }),
        1 => (0..3_usize, seat(), any::<bool>()).prop_map(|(at, seat, is_locked)| Move::Lock { at, seat, is_locked }),
        1 => (0..3_usize, at(), any::<bool>()).prop_map(|(at, whom, is_muted)| Move::Mute { at, whom, is_muted }),
    ];
    let world = prop_oneof![
        6 => at().prop_map(|at| Move::Poll { at }),
        6 => (at(), 0..6_usize).prop_map(|(at, which)| Move::Deliver { at, which }),
        5 => (at(), 0..3_usize).prop_map(|(at, which)| Move::Inform { at, which }),
        4 => (0..4_usize).prop_map(|which| Move::Write { which }),
        2 => Just(Move::Settle),
        1 => (0..40_000_i64).prop_map(|ms| Move::Wait { ms }),
        1 => at().prop_map(|at| Move::Exit { at }),
        1 => at().prop_map(|at| Move::Die { at }),
        1 => at().prop_map(|at| Move::Crash { at }),
        1 => prop::option::of(1..=5_u8).prop_map(|action| Move::Refuse { action }),
        1 => how.prop_map(|how| Move::StoreFails { how }),
    ];
    prop::collection::vec(prop_oneof![users, world], 1..100)
}

/// Whose app it takes.
fn actor(one: &Move) -> Option<usize> {
    match *one {
        Move::Apply { at, .. }
        | Move::Withdraw { at }
        | Move::Decide { at, .. }
        | Move::Answer { at, .. }
        | Move::Invite { at, .. }
        | Move::Take { at, .. }
        | Move::Leave { at }
        | Move::Change { at, .. }
        | Move::Remove { at, .. }
        | Move::Lock { at, .. }
        | Move::Mute { at, .. }
        | Move::Poll { at }
        | Move::Deliver { at, .. }
        | Move::Inform { at, .. }
        | Move::Exit { at }
        | Move::Die { at }
        | Move::Crash { at } => Some(at),
        Move::Write { .. } | Move::Settle | Move::Wait { .. } | Move::Refuse { .. } | Move::StoreFails { .. } => None,
    }
}

/// What is not possible now does nothing.
fn play(net: &mut Net, one: &Move) {
    let own = |net: &Net, at: usize, kind| {
        let mine = |key: &InvitationKey| *key.inviter() == *USERS[at];
        let queue = net.members[at].seats.applications(&net.members[at].engine).into_iter();
        let all = queue.chain(net.members[at].seats.invitations());
        all.filter(move |request| request.kind == kind && mine(&request.id)).map(|request| request.id).next()
    };
    match *one {
        Move::Apply { at, seat } => drop(net.act(at, |seats, engine, now| seats.apply(engine, now, seat))),
        Move::Withdraw { at } => {
            let own = own(net, at, RequestKind::Application).or_else(|| own(net, at, RequestKind::Invitation));
            if let Some(key) = own {
                net.act(at, |seats, engine, now| seats.withdraw(engine, now, &key)).ok();
            }
        }
        Move::Decide { at, is_accepted } => {
            let queue = net.members[at].seats.applications(&net.members[at].engine);
            if let Some(request) = queue.first() {
                net.try_decide(at, &request.id, is_accepted).ok();
            }
        }
        Move::Answer { at, is_accepted } => {
            let rings = net.members[at].seats.invitations().find(|request| *request.by() != USERS[at]);
            if let Some(request) = rings {
                net.try_decide(at, &request.id, is_accepted).ok();
            }
        }
        Move::Invite { at, to, seat } => {
            drop(net.act(at, |seats, engine, now| seats.invite(engine, now, USERS[to], seat)));
        }
        Move::Take { at, seat } => drop(net.act(at, |seats, engine, now| seats.take(engine, now, seat))),
        Move::Leave { at } => drop(net.act(at, |seats, engine, now| seats.leave(engine, now))),
        Move::Change { at, seat } => drop(net.act(at, |seats, engine, now| seats.move_to(engine, now, seat))),
        Move::Remove { at, whom } => {
            drop(net.act(at, |seats, engine, now| seats.remove(engine, now, &USERS[whom].into())));
        }
        Move::Lock { at, seat, is_locked } => drop(net.lock(at, seat, is_locked)),
        Move::Mute { at, whom, is_muted } => drop(net.mute(at, USERS[whom], is_muted)),
        Move::Poll { at } => drop(net.poll(at)),
        Move::Deliver { at, which } => drop(net.deliver(at, which)),
        Move::Inform { at, which } => drop(net.inform(at, which)),
        Move::Write { which } => drop(net.write(which)),
        Move::Settle => net.settle(),
        Move::Wait { ms } => net.wait(ms),
        Move::Exit { at } => net.act(at, |seats, engine, now| seats.exit(engine, now)),
        // Somebody stays to free the seats; and of two devices none leaves the room alone.
        Move::Die { at } if at > 1 && USERS[at] != "ann" && net.members[at].is_here => net.leave(at),
        Move::Die { .. } => {}
        Move::Crash { at } => net.crash(at),
        Move::Refuse { action } => net.refuses = action,
        Move::StoreFails { how } => net.store_fails = how,
    }
}

/// How each application was decided, as those see it who neither made it nor took it back.
fn decisions(net: &Net, at: usize) -> BTreeMap<InvitationKey, (String, bool)> {
    let requests = net.history.iter().filter_map(|message| {
        let payload: serde_json::Value = serde_json::from_str(&message.payload).ok()?;
        let is_invite = payload["actionType"] == 1;
        let id = payload["inviteID"].as_str().filter(|_| is_invite)?;
        Some(InvitationKey::new(message.sender.clone(), id, message.conversation.clone()))
    });
    let seats = &net.members[at].seats;
    let decided = requests.filter_map(|key| {
        let (by, is_accepted) = seats.decision(&key)?;
        Some((key.clone(), (by.as_str().to_owned(), is_accepted)))
    });
    decided.collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn m1_all_see_the_seats_of_the_store_and_nobody_is_on_two(moderators in 0..3_usize, moves in moves()) {
        let mut net = Net::new(USERS, moderators);
        for one in &moves {
            let who = actor(one);
            if who.is_some_and(|at| !net.members[at].is_here) {
                continue;
            }
            play(&mut net, one);
        }
        net.refuses = None;
        net.store_fails = None;
        net.wait(300_000);
        if moves.iter().any(|one| matches!(one, Move::StoreFails { .. })) {
            net.reconcile();
        }
        net.assert_agreed();
        for at in net.here() {
            let member = &net.members[at];
            prop_assert!(member.queue().is_empty(), "{} still waits", member.user);
            prop_assert_eq!(member.seats.invitations().count(), 0, "{} still rings", member.user);
            prop_assert_eq!(member.engine.invitations().count(), 0, "{} still holds something", member.user);
        }
        for seated in net.seated() {
            let is_here = net.here().into_iter().any(|at| net.members[at].user == seated.1);
            prop_assert!(is_here, "{} is gone, and still on a seat", seated.1);
        }
        let mut known: BTreeMap<InvitationKey, (String, bool)> = BTreeMap::new();
        for at in net.here() {
            for (key, decision) in decisions(&net, at) {
                let first = known.entry(key).or_insert_with(|| decision.clone());
                prop_assert_eq!(&*first, &decision, "{} has it otherwise", net.members[at].user);
            }
        }
    }
}
