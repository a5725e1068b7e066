//! K1, K12: the user's no ends the ringing, whatever is still to be said of it.

use convoke::Invite;
use convoke::call::{Command, Media, State};

use crate::net::{Net, game};
use crate::other_ways::into_the_room;

fn ringing<const N: usize>(users: [&'static str; N]) -> Net {
    let mut net = Net::new(users);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net
}

/// Bob's phone sleeps while it rings, and wakes long after without a network.
#[test]
fn k12_a_ringing_call_can_be_declined_while_the_history_is_awaited() {
    for hangs_up in [false, true] {
        let mut net = ringing(["alice", "bob"]);
        net.wait(5_000);
        net.set_online(1, false);
        let now = net.at();
        net.phones[1].engine.begin_catch_up(now);
        net.wait(600_000);
        assert_eq!(net.phones[1].state(), State::Ringing);
        if hangs_up {
            net.hang_up(1)
        } else {
            net.decline(1)
        }
        net.poll(1);
        assert_eq!(net.told()[1], ["ringing by alice", "ended: declined by bob"]);
        net.set_online(1, true);
        net.wait(60_000);
        assert_eq!(net.told()[1], [""; 0], "it was told");
        net.assert_idle();
    }
}

/// Of too many invitations without a time the oldest makes room: here one that rings.
#[test]
fn k12_an_invitation_that_is_forgotten_rings_no_longer() {
    for is_declined in [false, true] {
        let mut net = Net::new(["mallory", "bob"]);
        let (now, call) = (net.at(), into_the_room(Command::Call));
        let endless = |to: &str| Invite::to(to).timeout(0);
        net.phones[0].engine.invite(now, endless("bob").data(call.to_data())).expect("there is room");
        net.wait(1_000);
        let now = net.at();
        for _ in 0..100 {
            net.phones[0].engine.invite(now, game("bob").timeout(0)).expect("there is room");
        }
        net.poll(0);
        assert_eq!(net.phones[1].state(), State::Ringing);
        while net.deliver(1) {} // before the app polls
        if is_declined {
            net.decline(1);
        }
        net.settle();
        let end = if is_declined { "ended: declined by bob" } else { "ended: no response, missed" };
        assert_eq!(net.told()[1], ["ringing by mallory", end]);
    }
}

/// Bob answers and hangs up, and neither is heard: the acceptance is on its way for long, and then refused.
#[test]
fn k12_who_hangs_up_has_declined_if_their_acceptance_is_refused_after_all() {
    let mut net = ringing(["alice", "bob", "bob"]);
    net.stalls = Some(3);
    net.phones[1].has_media = false;
    net.answer(1);
    net.settle();
    net.hang_up(1);
    net.settle();
    assert_eq!((net.phones[0].state(), net.phones[2].state()), (State::Dialing, State::Ringing));
    net.refuse_stalled();
    let told = net.told();
    assert_eq!(told[0], ["ended: declined by bob"]);
    assert_eq!(told[1], ["ringing by alice", "ended: hung up by bob"]);
    assert_eq!(told[2], ["ringing by alice", "ended: declined elsewhere"]);
    net.assert_idle();
}

/// As the service took it, there is nothing more to say.
#[test]
fn k12_who_hangs_up_declines_nothing_if_their_acceptance_counts() {
    let mut net = ringing(["alice", "bob"]);
    net.answer(1);
    net.hang_up(1);
    net.wait(60_000);
    let actions: Vec<u64> = net.phones[1].said().into_iter().map(|(action, _)| action).collect();
    assert_eq!(actions, [3], "the acceptance");
    net.assert_idle();
}
