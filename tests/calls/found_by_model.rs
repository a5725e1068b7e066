//! What the model checker has found, each as short as it gets.

use convoke::call::{Media, MediaReport, State};

use crate::net::Net;

/// Bob's own call, withdrawn for alice's, comes to her after its cancel: it is no call that she has missed.
#[test]
fn k5_a_call_that_gave_way_before_it_was_heard_of_was_not_missed() {
    let (alice, bob) = (0, 1);
    let mut was_seen = false;
    for user in ["bob", "ben", "bea", "bill"] {
        let mut net = Net::new(["alice", user]);
        net.dial(alice, &[user], Media::Video);
        net.dial(bob, &["alice"], Media::Video);
        let id = |at: usize| net.phones[at].engine.invitations().next().expect("it calls").key().invite_id().clone();
        if id(alice) > id(bob) {
            continue;
        }
        net.poll(alice);
        net.poll(bob);
        net.deliver(bob);
        net.poll(bob);
        net.phones[alice].inbox.make_contiguous().reverse();
        net.settle();
        assert_eq!(net.told()[alice], [format!("answered by {user}"), "connected".into()]);
        assert_eq!((net.phones[alice].state(), net.phones[bob].state()), (State::Connected, State::Connected));
        was_seen = true;
    }
    assert!(was_seen, "alice's was the one that goes on");
}

/// Bob is in the room for a call of his own, and alice's app dies before the service has refused her invitation.
#[test]
fn k1_a_call_that_reached_nobody_ends_though_its_callee_was_seen_in_the_room() {
    let mut net = Net::new(["alice", "bob"]);
    net.refuses = Some(1);
    net.dial(0, &["bob"], Media::Video);
    let now = net.at();
    net.phones[0].report(now, MediaReport::RemoteEntered("bob".into()));
    net.crash(0);
    net.wait(300_000);
    assert_eq!(net.told()[0], ["ended: the service refused it (20009)"]);
    net.assert_idle();
}
