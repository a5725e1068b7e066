//! K4 to K6: a call that meets another.

use convoke::call::{CallConfig, CallData, Command, Media, State};
use convoke::{Invite, InviteId, Outcome};

use crate::net::Net;

fn call_data() -> convoke::Data {
    CallData::new(Command::Call, Media::Video).to_data()
}

fn id_of_call(net: &Net, at: usize) -> InviteId {
    net.phones[at].engine.invitations().next().expect("it calls").key().invite_id().clone()
}

fn connected() -> Net {
    let mut net = Net::new(["alice", "bob", "carol"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.answer(1);
    net.settle();
    let _ = net.told();
    net
}

#[test]
fn k4_who_is_in_a_call_is_busy_and_finds_the_other_call_missed() {
    let mut net = connected();
    net.dial(2, &["bob"], Media::Video);
    net.settle();
    assert_eq!(net.told(), [vec![], vec!["ended: bob is busy, missed"], vec!["ended: bob is busy"]]);
    assert_eq!(net.phones[1].state(), State::Connected);
    let busy = net.phones[1].said().last().map(|(action, data)| (*action, data.is_busy));
    assert_eq!(busy, Some((4, true)));
}

#[test]
fn k4_who_is_busy_with_something_else_is_busy() {
    let mut net = Net::new(["alice", "bob"]);
    net.phones[1].calls.set_busy(true);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    assert_eq!(net.told(), [vec!["ended: bob is busy"], vec!["ended: bob is busy, missed"]]);
    net.phones[1].calls.set_busy(false);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    assert_eq!(net.told()[1], ["ringing by alice"]);
}

#[test]
fn k5_two_who_call_each_other_at_once_are_in_one_call_without_a_ring() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.dial(1, &["alice"], Media::Video);
    net.wait(5_000);
    assert_eq!((net.phones[0].state(), net.phones[1].state()), (State::Connected, State::Connected));
    let mut told = net.told();
    assert_eq!(told[0], ["answered by bob", "connected"]);
    assert_eq!(told[1], ["answered by alice", "connected"]);
    net.hang_up(0);
    net.settle();
    told = net.told();
    assert_eq!(told[0], ["ended: hung up by alice after 5 s"]);
    assert_eq!(told[1], ["ended: hung up by alice after 5 s"]);
    assert_eq!(net.phones[0].callbacks, [], "the app hears of no invitation");
    net.assert_idle();
}

#[test]
fn k5_where_it_is_set_the_call_of_the_winner_rings() {
    let mut config = CallConfig::default();
    config.answers_glare = false;
    let mut net = Net::with(["alice", "bob"], config);
    net.dial(0, &["bob"], Media::Video);
    net.dial(1, &["alice"], Media::Video);
    net.settle();
    let told = net.told();
    let mut states = [net.phones[0].state(), net.phones[1].state()];
    let loser = states.iter().position(|state| *state == State::Ringing).expect("one rings");
    assert_eq!(told[loser].first().map(String::as_str), Some("ended: both called at once"));
    states.sort();
    assert_eq!(states, [State::Dialing, State::Ringing]);
    net.answer(loser);
    net.settle();
    assert_eq!((net.phones[0].state(), net.phones[1].state()), (State::Connected, State::Connected));
}

/// Bob is called, has called alice meanwhile, and answers busy to her: a kit that knows of no rule.
#[test]
fn k5_the_call_that_gave_way_rings_where_the_other_one_says_busy() {
    let (alice, bob) = (0, 1);
    let mut rang = [false, false];
    for user in ["bob", "ben", "bea", "bill"] {
        let mut net = Net::new(["alice", user]);
        net.phones[bob].calls.set_busy(true);
        let now = net.at();
        let theirs = Invite::to("alice").timeout(30).data(call_data());
        let theirs = net.phones[bob].engine.invite(now, theirs).expect("there is room").invite_id().clone();
        net.dial(alice, &[user], Media::Video);
        let mine = id_of_call(&net, alice);
        net.settle();
        let told = net.told().swap_remove(alice);
        if mine < theirs {
            assert_eq!(told, [format!("ended: {user} is busy"), format!("ringing by {user}")]);
        } else {
            assert_eq!(told, [format!("answered by {user}")]);
        }
        rang[usize::from(mine < theirs)] = true;
    }
    assert_eq!(rang, [true, true], "each case was seen");
}

/// Alice and this one have called each other, nobody has heard it yet, and alice's call is the one that gives way. Her media is slow.
fn alice_gives_way(phones: impl Fn(&'static str) -> Net) -> (Net, &'static str) {
    for user in ["bob", "ben", "bea", "bill", "bud", "beth"] {
        let mut net = phones(user);
        net.phones[0].has_media = false;
        let other = net.phones.len() - 1;
        net.dial(0, &[user], Media::Video);
        net.dial(other, &["alice"], Media::Video);
        if id_of_call(&net, other) < id_of_call(&net, 0) {
            net.poll(0);
            net.poll(other);
            return (net, user);
        }
    }
    panic!("alice's call always goes on");
}

#[test]
fn k5_a_refused_acceptance_after_giving_way_rings() {
    let (alice, bob) = (0, 1);
    let (mut net, user) = alice_gives_way(|user| Net::new(["alice", user]));
    net.refuses = Some(3);
    net.settle();
    net.refuses = None;
    assert_eq!((net.phones[alice].state(), net.phones[bob].state()), (State::Ringing, State::Dialing));
    let told = net.told().swap_remove(alice);
    let rings = format!("ringing by {user}");
    assert_eq!(told, [format!("answered by {user}"), "ended: both called at once".into(), rings]);
    net.phones[alice].has_media = true;
    net.answer(alice);
    net.settle();
    assert_eq!((net.phones[alice].state(), net.phones[bob].state()), (State::Connected, State::Connected));
    net.hang_up(bob);
    net.settle();
    net.assert_idle();
}

#[test]
fn k5_a_call_that_is_cancelled_while_the_other_gives_way_to_it_ends_for_both() {
    let (alice, bob) = (0, 1);
    for rings_after_all in [true, false] {
        let (mut net, user) = alice_gives_way(|user| Net::new(["alice", user]));
        net.deliver(alice);
        net.poll(alice);
        assert_eq!(net.phones[alice].state(), State::Connecting);
        if rings_after_all {
            net.deliver(bob);
            net.poll(bob);
        }
        net.hang_up(bob);
        net.poll(bob);
        if rings_after_all {
            net.answer(bob);
        }
        net.settle();
        net.assert_idle();
        assert_eq!(net.told()[alice], [format!("answered by {user}"), "ended: cancelled".into()]);
    }
}

#[test]
fn k12_who_gives_way_to_a_call_that_another_device_has_answered_is_not_in_it() {
    let (first, second) = (0, 1);
    let (mut net, _) = alice_gives_way(|user| Net::new(["alice", "alice", user]));
    while net.deliver(second) {}
    net.poll(second);
    net.answer(second);
    net.poll(second);
    net.deliver(first);
    net.settle();
    let told = net.told();
    assert_eq!(told[first].last().map(String::as_str), Some("ended: answered elsewhere"), "{told:?}");
    assert_eq!((net.phones[second].state(), net.phones[2].state()), (State::Connected, State::Connected));
}

#[test]
fn k5_a_call_that_gave_way_and_comes_after_the_acceptance_is_none() {
    let (alice, bob) = (0, 1);
    let (mut net, _) = alice_gives_way(|user| Net::new(["alice", user]));
    net.deliver(alice);
    net.poll(alice);
    net.phones[bob].inbox.swap(0, 1);
    net.phones[alice].has_media = true;
    net.wait(60_000);
    assert_eq!((net.phones[alice].state(), net.phones[bob].state()), (State::Connected, State::Connected));
    assert_eq!(net.told()[bob], ["answered by alice", "connected"]);
}

/// She is rung in whatever order the two invitations are; but a call that gave way to hers is over with it.
#[test]
fn k5_who_hangs_up_while_both_call_is_rung_by_the_other() {
    let (alice, bob) = (0, 1);
    let mut was_seen = [false, false];
    for user in ["bob", "ben", "bea", "bill"] {
        let mut net = Net::new(["alice", user]);
        net.dial(alice, &[user], Media::Video);
        net.hang_up(alice);
        net.dial(bob, &["alice"], Media::Video);
        let gives_way = id_of_call(&net, alice) < id_of_call(&net, bob);
        net.wait(60_000);
        let rings = format!("ringing by {user}");
        let (missed, ended) = if gives_way {
            ("ended: cancelled, missed", vec!["answered by alice", "ended: cancelled"])
        } else {
            ("ended: no response, missed", vec!["ended: no response"])
        };
        assert_eq!(net.told(), [vec!["ended: cancelled", &rings, missed], ended]);
        net.assert_idle();
        was_seen[usize::from(gives_way)] = true;
    }
    assert_eq!(was_seen, [true, true], "each case was seen");
}

#[test]
fn k6_a_call_from_who_is_believed_to_be_connected_supersedes_the_old_one() {
    let mut net = connected();
    net.forget(0);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    assert_eq!(net.told()[1], ["ended: superseded by another call after 0 s", "ringing by alice"]);
    net.answer(1);
    net.settle();
    assert_eq!((net.phones[0].state(), net.phones[1].state()), (State::Connected, State::Connected));
}

#[test]
fn k6_a_call_from_who_rings_already_supersedes_the_old_one() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.forget(0);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    assert_eq!(net.told()[1], ["ringing by alice", "ended: superseded by another call, missed", "ringing by alice"]);
    net.answer(1);
    net.wait(60_000);
    assert_eq!((net.phones[0].state(), net.phones[1].state()), (State::Connected, State::Connected));
}

#[test]
fn k6_a_call_from_who_has_answered_supersedes_the_old_one() {
    let mut net = connected();
    net.wait(1_000);
    net.forget(1);
    net.dial(1, &["alice"], Media::Video);
    net.settle();
    assert_eq!(net.told()[0], ["ended: superseded by another call after 1 s", "ringing by bob"]);
}

#[test]
fn k5_a_call_that_gave_way_to_one_with_several_finds_the_user_busy_if_its_caller_does_not_come() {
    let mut was_seen = [false, false];
    for user in ["bob", "ben", "bea", "bill"] {
        let mut net = Net::new(["alice", user, "carol"]);
        net.phones[1].calls.set_busy(true);
        let now = net.at();
        let theirs = Invite::to("alice").timeout(30).data(call_data());
        let theirs = net.phones[1].engine.invite(now, theirs).expect("there is room");
        net.dial(0, &[user, "carol"], Media::Video);
        let mine = net.phones[0].engine.invitations().find(|view| view.invitees() == [user]);
        let mine = mine.expect("it calls").key().invite_id().clone();
        net.settle();
        net.answer(2);
        net.wait(60_000);
        let told = net.told().swap_remove(0);
        assert_eq!(told.iter().filter(|told| *told == "ended: alice is busy, missed").count(), 1, "{told:?}");
        let answer = net.phones[1].engine.invitation(&theirs).and_then(|view| view.outcome_of("alice"));
        assert_eq!((answer, net.phones[0].state()), (Some(Outcome::Rejected), State::Connected));
        was_seen[usize::from(mine < *theirs.invite_id())] = true;
    }
    assert_eq!(was_seen, [true, true], "each case was seen");
}
