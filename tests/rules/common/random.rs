//! Random messages and random runs of an engine of bob's.

use convoke::{
    Engine, History, Inbound, Input, InvitationKey, Invite, Output, Pushed, Reply, SendResult, ServerTime, Target,
};
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::{ACCEPT, Action, CANCEL, INVITE, REJECT, TIMEOUT, at, group, pair, stamp};

/// A message that bob may get: an invitation, or what may be said of one, true or forged.
pub(crate) fn message() -> impl Strategy<Value = Inbound> {
    let kind = prop_oneof![2 => Just(INVITE), 1 => CANCEL..=TIMEOUT];
    let inviter = select(["alice", "bob", "carol"].as_slice());
    let invitee = select(["alice", "bob", "carol", "dave"].as_slice());
    let timeout = select([0, 10, 55, 600].as_slice());
    let parts = (select(["i", "j"].as_slice()), kind, inviter, invitee, any::<bool>(), timeout);
    parts.prop_map(|(id, kind, inviter, invitee, in_group, timeout)| {
        let peer = if inviter == "bob" { invitee } else { inviter };
        let place = if in_group { group("room") } else { pair(peer) };
        let by_invitee = matches!(kind, ACCEPT | REJECT) || (kind == TIMEOUT && in_group);
        let sender = if by_invitee { invitee } else { inviter };
        let list: &[&str] = if kind == INVITE && in_group { &["bob", "dave", "carol"] } else { &[invitee] };
        Action { kind, id, inviter, invitees: list, timeout, data: id }.from(sender, place)
    })
}

/// Something that happens to an engine. What it is about is chosen when it happens.
#[derive(Clone, Debug)]
pub(crate) enum Move {
    Hear(Inbound),
    Edit(Inbound),
    Invite(Invite),
    Operate(u8, Index),
    Fate(Index, Option<i32>),
    Push,
    Left,
    Away,
    Back(Vec<Inbound>),
    Sync,
    Poll,
    Wait,
}

pub(crate) fn a_move() -> impl Strategy<Value = Move> {
    let invite = prop_oneof![
        (0..40_u32).prop_map(|secs| Invite::to("alice").timeout(secs)),
        (0..40_u32).prop_map(|secs| Invite::in_group("room", ["alice", "carol"]).timeout(secs).data("call")),
    ];
    prop_oneof![
        8 => message().prop_map(Move::Hear),
        1 => message().prop_map(Move::Edit),
        3 => invite.prop_map(Move::Invite),
        6 => (0..5_u8, any::<Index>()).prop_map(|(operation, which)| Move::Operate(operation, which)),
        5 => (any::<Index>(), prop_oneof![Just(None), Just(Some(0)), Just(Some(10_017))])
            .prop_map(|(which, code)| Move::Fate(which, code)),
        1 => Just(Move::Push),
        1 => Just(Move::Left),
        1 => Just(Move::Away),
        2 => prop::collection::vec(message(), 0..3).prop_map(Move::Back),
        1 => Just(Move::Sync),
        4 => Just(Move::Poll),
        4 => Just(Move::Wait),
    ]
}

/// Moves, each with the milliseconds that pass before it.
pub(crate) fn run(moves: usize) -> impl Strategy<Value = Vec<(i64, Move)>> {
    prop::collection::vec((select([0, 1, 2_500, 11_000, 40_000].as_slice()), a_move()), 1..moves)
}

/// Plays a move; gives what the engine replied and put out.
pub(crate) fn play(engine: &mut Engine, now: i64, step: &Move) -> (Reply, Vec<Output>) {
    let input = input(engine, now, step);
    let reply = engine.handle(at(now), input);
    let polls = if matches!(step, Move::Poll) { usize::MAX } else { 0 };
    (reply, std::iter::from_fn(|| engine.poll_output()).take(polls).collect())
}

pub(crate) fn input(engine: &Engine, now: i64, step: &Move) -> Input {
    let stamped = |message: &Inbound| message.clone().stamped(now, format!("m{now}"));
    match step {
        Move::Hear(message) => Input::Message(stamped(message)),
        Move::Edit(message) => Input::Edit(stamped(message)),
        Move::Invite(invite) => Input::Invite(invite.clone()),
        Move::Operate(operation, which) => {
            let names: Vec<InvitationKey> = engine.invitations().map(|view| view.key().clone()).collect();
            let target: Target = if names.is_empty() { "i".into() } else { which.get(&names).into() };
            match operation {
                0 => Input::Cancel(target, "cancel".into()),
                1 => Input::Accept(target, "yes".into()),
                2 => Input::Reject(target, "no".into()),
                3 => Input::Modify(target, format!("data {now}").into()),
                _ => Input::Dismiss(target),
            }
        }
        Move::Fate(which, code) => {
            let tokens: Vec<_> = engine.sends_in_flight().map(|(token, _)| token).collect();
            let result = match code {
                None => SendResult::Unknown,
                Some(0) => SendResult::Sent(stamp(now, &format!("own {now}"))),
                Some(code) => SendResult::Refused { code: *code },
            };
            if tokens.is_empty() { Input::Tick } else { Input::SendResult(*which.get(&tokens), result) }
        }
        Move::Push => Input::AddInvited(Pushed::from_user("alice", "i", ServerTime::from_millis(now)).timeout(30)),
        Move::Left => Input::MemberLeft("room".into(), "carol".into()),
        Move::Away => Input::BeginCatchUp,
        Move::Back(batch) => Input::History(History::hot(), batch.iter().map(stamped).collect()),
        Move::Sync => Input::SyncClock(ServerTime::from_millis(now.saturating_add(500))),
        Move::Poll | Move::Wait => Input::Tick,
    }
}

/// Polls and ticks an engine until it waits for nothing; gives the moments that it waited for, or `None` if too many.
pub(crate) fn tick_to_the_end(engine: &mut Engine, limit: usize) -> Option<Vec<i64>> {
    let next = |engine: &mut Engine| {
        while engine.poll_output().is_some() {}
        match engine.wake() {
            convoke::Wake::At(moment, _) => Some(moment),
            convoke::Wake::Poll | convoke::Wake::Never => None,
        }
    };
    let mut moments = Vec::new();
    while let Some(moment) = next(engine) {
        engine.tick(moment);
        moments.push(moment.as_millis());
        if moments.len() > limit {
            return None;
        }
    }
    Some(moments)
}
