//! K4, K7, K12: a user with two devices.

use convoke::call::{Command, Media, State};

use crate::net::{Net, commands};

/// Alice calls bob, and both of his devices ring.
fn ringing() -> Net {
    let mut net = Net::new(["alice", "bob", "bob", "carol"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net
}

#[test]
fn k12_where_nobody_answers_each_device_says_that_it_was_missed() {
    let mut net = ringing();
    net.wait(60_000);
    let rang = vec!["ringing by alice", "ended: no response, missed"];
    assert_eq!(net.told(), [vec!["ended: no response"], rang.clone(), rang, vec![]]);
    net.assert_idle();
}

#[test]
fn k4_k12_where_one_device_is_in_a_call_the_other_stops_ringing_and_says_why() {
    let mut net = ringing();
    net.answer(1);
    net.settle();
    let _ = net.told();
    net.dial(3, &["bob"], Media::Video);
    net.settle();
    let busy = "ended: bob is busy, missed";
    assert_eq!(net.told(), [vec![], vec![busy], vec!["ringing by carol", busy], vec!["ended: bob is busy"]]);
    assert_eq!((net.phones[0].state(), net.phones[1].state()), (State::Connected, State::Connected));
}

/// Bob declines on one device and answers on the other, and alice hears of the no first.
#[test]
fn k7_who_accepts_a_call_that_another_device_declined_learns_that_it_is_over() {
    let mut net = ringing();
    net.phones[2].has_media = false;
    net.decline(1);
    net.answer(2);
    net.poll(1);
    net.poll(2);
    net.settle();
    assert_eq!(
        net.told()[..3],
        [
            vec!["ended: declined by bob"],
            vec!["ringing by alice", "ended: declined by bob"],
            vec!["ringing by alice", "ended: hung up by alice"],
        ]
    );
    assert_eq!(commands(&net.phones[0]), [(1, Command::Call), (1, Command::HangUp)]);
    net.assert_idle();
}

#[test]
fn k5_a_call_that_gave_way_was_missed_on_no_device() {
    let mut was_seen = false;
    for user in ["bob", "ben", "bea", "bill", "bert", "bess", "bix", "bud"] {
        for is_batch in [false, true] {
            let mut net = Net::new(["alice", "alice", user]);
            net.dial(0, &[user], Media::Video);
            net.dial(2, &["alice"], Media::Video);
            let id = |at: usize| {
                let mut held = net.phones[at].engine.invitations();
                held.next().expect("it calls").key().invite_id().clone()
            };
            if id(0) > id(2) {
                continue;
            }
            if is_batch {
                // Her other device hears it all at once, the cancel first.
                net.poll(0);
                net.poll(2);
                net.deliver(2);
                net.poll(2);
                net.phones[1].inbox.make_contiguous().reverse();
                while net.deliver(1) {}
            }
            net.wait(5_000);
            let told = net.told().swap_remove(1);
            let rang = [format!("ringing by {user}"), "ended: both called at once".to_owned()];
            assert_eq!(told, if is_batch { &[][..] } else { &rang[..] });
            was_seen = true;
        }
    }
    assert!(was_seen);
}
