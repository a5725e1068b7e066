//! What may happen in a [`Net`](super::net::Net), at random.

use proptest::prelude::*;

/// One thing that happens. Numbers are taken modulo what there is.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Move {
    /// Time passes, and nobody looks at a clock.
    Pass(i64),
    Tick(usize),
    Invite(usize),
    Cancel(usize, usize),
    Accept(usize, usize),
    Reject(usize, usize),
    Modify(usize, usize),
    /// A device is told that an invitee has left the group.
    Leave(usize, usize),
    /// The service takes a message: it has a stamp from now on.
    Take(usize),
    /// The service refuses a message that it has not taken, and the sender is told.
    Refuse(usize),
    /// The service takes a message, if it has not, and the sender is told.
    Ack(usize),
    /// The sender is told that nobody knows.
    LoseTrack(usize),
    /// The service takes a message, if it has not, and it reaches a device; maybe not for the first time.
    Deliver(usize, usize),
    CatchUp(usize, bool),
    Begin(usize),
    Push(usize, usize),
}

pub(crate) fn moves() -> impl Strategy<Value = Vec<Move>> {
    let n = || 0_usize..60;
    let one = prop_oneof![
        3 => (0_i64..4_000).prop_map(Move::Pass),
        2 => n().prop_map(Move::Tick),
        1 => n().prop_map(Move::Invite),
        2 => (n(), n()).prop_map(|(device, id)| Move::Cancel(device, id)),
        4 => (n(), n()).prop_map(|(device, id)| Move::Accept(device, id)),
        3 => (n(), n()).prop_map(|(device, id)| Move::Reject(device, id)),
        1 => (n(), n()).prop_map(|(device, id)| Move::Modify(device, id)),
        1 => (n(), n()).prop_map(|(device, user)| Move::Leave(device, user)),
        2 => n().prop_map(Move::Take),
        2 => n().prop_map(Move::Refuse),
        3 => n().prop_map(Move::Ack),
        1 => n().prop_map(Move::LoseTrack),
        1 => (n(), any::<bool>()).prop_map(|(h, c)| Move::CatchUp(h, c)),
        1 => n().prop_map(Move::Begin),
        2 => (n(), n()).prop_map(|(h, i)| Move::Push(h, i)),
        12 => (n(), n()).prop_map(|(mail, device)| Move::Deliver(mail, device)),
    ];
    prop::collection::vec(one, 0..80)
}

/// Mostly none of the hosts is mute.
pub(crate) fn mute() -> impl Strategy<Value = u8> {
    prop_oneof![3 => Just(0), 1 => any::<u8>()]
}
