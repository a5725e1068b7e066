//! The worlds, each as small as it may be and still have what it is about.

use crate::world::Deed::{
    Accept, AddInvited, Answer, Apply, Approve, Cancel, Crash, Decline, Deny, Dial, Dismiss, HangUp, Invite, LeaveSeat,
    Leaves, Modify, Reject, Sleep, Store, TakeSeat, Withdraw,
};
use crate::world::World;

pub(crate) fn all() -> Vec<World> {
    [pairs(), devices(), groups(), strangers(), troubles(), calls(), seats()].concat()
}

fn pair() -> World {
    World { users: &["alice", "bob"], ..World::default() }
}

fn pairs() -> Vec<World> {
    vec![
        World {
            name: "all-operations",
            ends: &["accepted", "cancelled", "rejected", "timed out"],
            deeds: &[(0, Invite), (0, Cancel), (0, Modify), (1, Accept), (1, Reject), (1, Dismiss), (1, AddInvited)],
            ..pair()
        },
        World {
            name: "echoes",
            ends: &["cancelled", "rejected", "timed out"],
            deeds: &[(0, Invite), (0, Cancel), (1, Reject), (1, Dismiss), (1, AddInvited)],
            echoes: true,
            ..pair()
        },
        World {
            name: "accept-against-cancel",
            ends: &["accepted", "cancelled", "timed out"],
            deeds: &[(0, Invite), (0, Cancel), (1, Accept)],
            slow: true,
            echoes: true,
            ..pair()
        },
        World {
            name: "accept-against-time-out",
            ends: &["accepted", "rejected", "timed out"],
            deeds: &[(0, Invite), (1, Accept), (1, Reject)],
            slow: true,
            echoes: true,
            ..pair()
        },
        World {
            name: "both-call",
            ends: &["accepted", "rejected", "timed out"],
            deeds: &[(0, Invite), (0, Accept), (1, Invite), (1, Accept), (1, Reject)],
            acked: true,
            ..pair()
        },
        World {
            name: "both-call-unacked",
            is_large: true,
            ends: &["accepted", "timed out"],
            deeds: &[(0, Invite), (0, Accept), (1, Invite), (1, Accept)],
            ..pair()
        },
    ]
}

fn devices() -> Vec<World> {
    let of_invitee = World { users: &["alice", "bob", "bob"], ..World::default() };
    let of_inviter = World { users: &["alice", "alice", "bob"], ..World::default() };
    vec![
        World {
            name: "two-devices-of-the-invitee",
            ends: &["accepted", "rejected", "timed out"],
            deeds: &[(0, Invite), (1, Accept), (2, Accept), (2, Reject)],
            ..of_invitee.clone()
        },
        World {
            name: "two-devices-with-stamps",
            ends: &["accepted", "cancelled", "rejected", "timed out"],
            deeds: &[(0, Invite), (0, Cancel), (1, Accept), (2, Accept), (2, Reject)],
            acked: true,
            ..of_invitee
        },
        World {
            name: "two-devices-of-the-inviter",
            ends: &["accepted", "cancelled", "timed out"],
            deeds: &[(0, Invite), (0, Cancel), (1, Cancel), (2, Accept)],
            ..of_inviter
        },
    ]
}

fn groups() -> Vec<World> {
    vec![
        World {
            name: "group",
            is_large: true,
            users: &["alice", "bob", "carol", "dave"],
            invited: &["bob", "carol"],
            ends: &[
                "accepted + cancelled",
                "accepted + timed out",
                "cancelled + cancelled",
                "cancelled + timed out",
                "timed out + cancelled",
                "timed out + timed out",
            ],
            deeds: &[(0, Invite), (1, Accept), (0, Cancel)],
            acked: true,
            ..World::default()
        },
        World {
            name: "group-and-observer",
            is_large: true,
            users: &["alice", "bob", "carol", "dave"],
            invited: &["bob", "carol"],
            ends: &["accepted + timed out", "timed out + timed out"],
            deeds: &[(0, Invite), (1, Accept)],
            acked: true,
            ..World::default()
        },
        World {
            name: "group-without-observer",
            users: &["alice", "bob", "carol"],
            invited: &["bob", "carol"],
            ends: &[
                "accepted + cancelled",
                "accepted + rejected",
                "accepted + timed out",
                "cancelled + cancelled",
                "cancelled + rejected",
                "cancelled + timed out",
                "timed out + cancelled",
                "timed out + rejected",
                "timed out + timed out",
            ],
            deeds: &[(0, Invite), (1, Accept), (2, Reject), (0, Cancel)],
            acked: true,
            ..World::default()
        },
        World {
            name: "group-with-observer",
            users: &["alice", "bob", "dave"],
            invited: &["bob"],
            ends: &["accepted", "cancelled", "timed out"],
            deeds: &[(0, Invite), (1, Accept), (1, AddInvited), (0, Cancel), (2, Leaves("bob"))],
            ..World::default()
        },
    ]
}

fn strangers() -> Vec<World> {
    vec![
        World {
            name: "hostile",
            ends: &["accepted", "cancelled", "timed out"],
            deeds: &[(0, Invite), (1, Accept), (0, Cancel)],
            hostile: true,
            ..pair()
        },
        World {
            name: "hostile-in-a-group",
            invited: &["bob"],
            ends: &["accepted", "cancelled", "timed out"],
            deeds: &[(0, Invite), (1, Accept), (0, Cancel)],
            hostile: true,
            ..pair()
        },
    ]
}

fn troubles() -> Vec<World> {
    vec![
        World {
            name: "refused",
            ends: &["accepted", "cancelled", "gone", "rejected", "timed out"],
            deeds: &[(0, Invite), (1, Accept), (1, Accept), (1, Reject), (0, Cancel), (0, Cancel)],
            refusals: 4,
            ..pair()
        },
        World {
            name: "refused-and-unknown",
            ends: &["accepted", "cancelled", "gone", "timed out"],
            deeds: &[(0, Invite), (1, Accept), (1, Accept), (0, Cancel)],
            refusals: 2,
            unknown: true,
            echoes: true,
            ..pair()
        },
        World {
            name: "crash-of-the-invitee",
            ends: &["accepted", "rejected", "timed out"],
            deeds: &[(0, Invite), (1, Accept), (1, Reject), (1, Store), (1, Crash)],
            ..pair()
        },
        World {
            name: "crash-of-the-inviter",
            ends: &["accepted", "cancelled", "timed out"],
            deeds: &[(0, Invite), (0, Cancel), (1, Accept), (0, Store), (0, Crash)],
            ..pair()
        },
        World {
            name: "sleep-and-wake",
            ends: &["accepted", "cancelled", "timed out"],
            deeds: &[(0, Invite), (0, Sleep), (0, Cancel), (1, Sleep), (1, Accept)],
            slow: true,
            echoes: true,
            ..pair()
        },
    ]
}

fn calls() -> Vec<World> {
    let two = World { has_calls: true, ..pair() };
    vec![
        World {
            name: "calls-both-at-once",
            ends: BOTH_AT_ONCE,
            deeds: &[(0, Dial), (0, Answer), (1, Dial), (1, Answer)],
            acked: true,
            ..two.clone()
        },
        World {
            name: "calls-hang-up-against-answer",
            ends: HANG_UP_AGAINST_ANSWER,
            deeds: &[(0, Dial), (1, Answer), (1, Decline), (0, HangUp), (1, HangUp)],
            ..two.clone()
        },
        World {
            name: "calls-crash-and-call-again",
            ends: CRASH_AND_CALL_AGAIN,
            deeds: &[(0, Dial), (1, Answer), (0, Crash), (0, Dial), (1, Answer)],
            acked: true,
            ..two
        },
    ]
}

fn seats() -> Vec<World> {
    let room = World { users: &["olga", "mina", "ann"], has_seats: true, acked: true, ..World::default() };
    vec![
        World {
            name: "seats-two-moderators",
            ends: &["accepted by olga, ann", "declined by mina, free", "undecided, free"],
            deeds: &[(2, Apply), (0, Approve), (1, Deny), (2, Withdraw)],
            ..room.clone()
        },
        World {
            name: "seats-two-moderators-unacked",
            is_large: true,
            ends: &["accepted by olga, ann", "accepted by olga, free", "declined by mina, free", "undecided, free"],
            deeds: &[(2, Apply), (0, Approve), (1, Deny), (2, Withdraw)],
            acked: false,
            ..room.clone()
        },
        World {
            name: "seats-two-for-one",
            ends: &[
                "accepted by olga, ann",
                "accepted by olga, free",
                "accepted by olga, mina",
                "undecided, free",
                "undecided, mina",
            ],
            deeds: &[(2, Apply), (0, Approve), (1, TakeSeat), (1, LeaveSeat)],
            ..room
        },
    ]
}

/// How it ends when both call at once: for alice, and for bob.
const BOTH_AT_ONCE: &[&str] = &[
    "connected / connected",
    "hung up by alice / the media failed",
    "hung up by bob / hung up by alice",
    "hung up by bob / the media failed",
    "no response / hung up by alice",
    "no response / hung up by bob",
    "no response / no response",
    "no response / nothing",
    "no response / the media failed",
    "nothing / cancelled",
    "nothing / no response",
    "nothing / nothing",
    "superseded by another call / the media failed",
    "the media failed / hung up by alice",
    "the media failed / hung up by bob",
    "the media failed / the media failed",
];

/// And when who is called answers while the caller hangs up.
const HANG_UP_AGAINST_ANSWER: &[&str] = &[
    "cancelled / cancelled",
    "cancelled / declined by bob",
    "cancelled / hung up by alice",
    "cancelled / hung up by bob",
    "cancelled / no response",
    "cancelled / the media failed",
    "connected / connected",
    "declined by bob / declined by bob",
    "hung up by alice / hung up by alice",
    "hung up by alice / hung up by bob",
    "hung up by alice / the media failed",
    "hung up by bob / hung up by bob",
    "hung up by bob / the media failed",
    "no response / declined by bob",
    "no response / hung up by alice",
    "no response / hung up by bob",
    "no response / no response",
    "no response / the media failed",
    "the media failed / hung up by alice",
    "the media failed / hung up by bob",
    "the media failed / the media failed",
];

/// And when the caller's app crashes, and its user calls again.
const CRASH_AND_CALL_AGAIN: &[&str] = &[
    "connected / connected",
    "hung up by bob / hung up by alice",
    "hung up by bob / superseded by another call",
    "hung up by bob / the media failed",
    "no response / hung up by alice",
    "no response / no response",
    "no response / superseded by another call",
    "no response / the media failed",
    "nothing / hung up by alice",
    "nothing / no response",
    "nothing / superseded by another call",
    "nothing / the media failed",
    "the media failed / hung up by alice",
    "the media failed / superseded by another call",
    "the media failed / the media failed",
];
