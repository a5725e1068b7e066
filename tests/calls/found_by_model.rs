//! What the model checker has found, each as short as it gets.

use convoke::call::{Media, State};

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
