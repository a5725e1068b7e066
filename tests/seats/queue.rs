//! M5, M6: the same queue for everybody, and for who comes late.

use crate::net::Net;

#[test]
fn m5_the_queue_is_in_the_order_of_the_stamps_for_all_moderators_alike() {
    let mut net = Net::new(["olga", "mina", "max", "cat", "bob", "ann"], 2);
    let requests = [5, 3, 4].map(|at| net.apply(at, Some(1)));
    // What was asked last arrives first.
    for at in [0, 1] {
        for which in [2, 0, 0] {
            assert!(net.deliver(at, which));
            net.poll(at);
        }
    }
    net.settle();
    for at in [0, 1, 2] {
        assert_eq!(net.members[at].queue(), ["ann", "cat", "bob"], "{}", net.members[at].user);
    }
    net.decide(1, &requests[0], false);
    net.settle();
    for at in [0, 1, 2] {
        assert_eq!(net.members[at].queue(), ["cat", "bob"]);
    }
}

#[test]
fn m6_who_comes_late_gets_the_seats_and_the_queue() {
    let mut net = Net::new(["olga", "mina", "ann", "bob"], 1);
    net.seat(3, 6);
    let request = net.apply(2, None);
    net.settle();
    let late = net.enter("cat");
    net.settle();
    assert_eq!(net.members[late].queue(), ["ann"]);
    let mut told = net.told(late);
    told.sort();
    assert_eq!(told, ["Application by ann", "seat 6: bob"]);
    net.decide(1, &request, true);
    net.settle();
    assert!(net.members[late].queue().is_empty());
    net.assert_agreed();
}

#[test]
fn m6_a_moderator_who_comes_late_can_decide() {
    let config = convoke::seats::SeatsConfig::new("olga").moderated_by(["mina"]);
    let mut net = Net::with(["olga", "ann"], config);
    let request = net.apply(1, None);
    net.settle();
    let mina = net.enter("mina");
    net.settle();
    net.decide(mina, &request, true);
    net.settle();
    assert_eq!(net.seated(), [(0, "ann".into())]);
    net.assert_agreed();
}

#[test]
fn m6_what_was_decided_before_one_came_does_not_flash() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    let request = net.apply(2, None);
    net.settle();
    net.decide(1, &request, true);
    net.settle();
    let late = net.enter("cat");
    net.settle();
    assert_eq!(net.told(late), ["seat 0: ann"]);
}

#[test]
fn m6_what_the_engine_knew_before_the_room_was_entered_is_taken_in() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    let config = net.members[1].seats.config().clone();
    net.apply(2, None);
    net.settle();
    net.members[1].seats = convoke::seats::Seats::new("live", config);
    net.settle();
    assert_eq!(net.members[1].queue(), ["ann"]);
}

#[test]
fn m6_who_is_made_a_moderator_sees_who_waits() {
    let mut net = Net::new(["olga", "ann", "bob"], 0);
    net.invite(0, "ann", None);
    net.settle();
    let request = net.act(1, |seats, _, _| seats.invitations().next()).expect("it rings");
    for at in [0, 1, 2] {
        net.act(at, |seats, engine, now| seats.handle_roles(engine, now, "bob", ["ann"]));
    }
    net.settle();
    assert_eq!(net.told(1).last(), Some(&"olga: Expired".into()), "who invited her has no say any more");
    assert!(net.try_decide(1, &request.id, true).is_err());
}
