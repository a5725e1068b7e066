//! M3: asking somebody onto a seat, and what one does with seats.

use convoke::seats::{SeatError, SeatEvent, WhyNot, Wish};
use convoke::{Config, Engine, Millis, Seed, ServerTime};

use crate::net::Net;

#[test]
fn m3_who_accepts_an_invitation_is_seated_by_who_made_it() {
    let mut net = Net::new(["olga", "ann", "bob"], 0);
    let request = net.invite(0, "ann", Some(2));
    net.settle();
    assert_eq!(net.told(1), ["Invitation by olga"]);
    assert_eq!(net.members[1].seats.invitations().count(), 1);
    net.decide(1, &request, true);
    net.settle();
    assert_eq!(net.told(0), ["olga accepted by ann", "seat 2: ann"]);
    assert_eq!(net.told(1), ["seat 2: ann"]);
    net.wait(60_000);
    assert_eq!(net.told(1), Vec::<String>::new());
    net.assert_agreed();
}

#[test]
fn m3_who_declines_or_does_not_answer_gets_no_seat() {
    for declines in [true, false] {
        let mut net = Net::new(["olga", "ann"], 0);
        let request = net.invite(0, "ann", None);
        net.settle();
        if declines {
            net.decide(1, &request, false);
        }
        net.wait(60_000);
        let told = if declines { "olga declined by ann" } else { "olga: Expired" };
        assert_eq!(net.told(0), [told]);
        assert_eq!(net.members[1].seats.invitations().count(), 0);
        assert_eq!(net.seated(), []);
        net.assert_agreed();
    }
}

#[test]
fn m3_an_invitation_is_taken_back_even_when_the_acceptance_is_on_its_way() {
    let mut net = Net::new(["olga", "ann"], 0);
    let request = net.invite(0, "ann", None);
    net.settle();
    let _ = net.told(1);
    net.decide(1, &request, true);
    net.act(0, |seats, engine, now| seats.withdraw(engine, now, &request)).expect("she knows of no answer");
    net.wait(60_000);
    assert_eq!(net.seated(), []);
    assert_eq!(net.told(1), ["olga: Withdrawn"]);
    net.assert_agreed();
}

#[test]
fn m3_a_seat_that_was_taken_meanwhile_is_not_given_and_both_are_told() {
    let mut net = Net::new(["olga", "ann", "bob"], 0);
    let request = net.invite(0, "ann", Some(0));
    net.settle();
    net.seat(2, 0);
    net.decide(1, &request, true);
    net.wait(15_000);
    assert_eq!(net.told(0).last(), Some(&"not done: bob is on the seat".into()));
    let Some(SeatEvent::NotDone { wish: Wish::Take { user, .. }, .. }) = net.members[1].events.last() else {
        panic!("{:?}", net.members[1].events);
    };
    assert_eq!(user.as_str(), "ann");
    assert_eq!(net.told(1).last(), Some(&"not done: the seat was not given in time".into()));
    assert_eq!(net.seated(), [(0, "bob".into())]);
    net.assert_agreed();
}

#[test]
fn m3_who_was_seated_and_removed_soon_after_is_told_no_more_than_that() {
    let mut net = Net::new(["olga", "ann"], 0);
    let request = net.invite(0, "ann", Some(2));
    net.settle();
    net.decide(1, &request, true);
    net.settle();
    net.act(0, |seats, engine, now| seats.remove(engine, now, &"ann".into())).expect("she is there");
    net.wait(60_000);
    assert_eq!(net.told(1), ["Invitation by olga", "seat 2: ann", "seat 2: free"]);
    net.assert_agreed();
}

#[test]
fn m3_one_device_answers_and_the_other_stops_ringing() {
    let mut net = Net::new(["olga", "ann", "ann"], 0);
    let request = net.invite(0, "ann", None);
    net.settle();
    net.decide(1, &request, true);
    net.settle();
    assert_eq!(net.told(2), ["Invitation by olga", "olga accepted by ann", "seat 0: ann"]);
    net.assert_agreed();
}

#[test]
fn m3_one_leaves_and_moves_and_the_mute_goes_along() {
    let mut net = Net::new(["olga", "ann", "bob"], 0);
    net.seat(1, 0);
    net.act(0, |seats, engine, now| seats.mute(engine, now, &"ann".into())).expect("she is there");
    net.settle();
    net.act(1, |seats, engine, now| seats.move_to(engine, now, 4)).expect("it is free");
    net.settle();
    assert_eq!(net.told(2), ["seat 0: ann", "seat 0: ann, muted", "seat 0: free", "seat 4: ann, muted"]);
    net.act(1, |seats, engine, now| seats.leave(engine, now)).expect("she is there");
    net.settle();
    assert_eq!(net.told(2), ["seat 4: free"]);
    let twice = net.act(1, |seats, engine, now| seats.leave(engine, now));
    assert_eq!(twice, Err(SeatError::WhyNot(WhyNot::NotSeated)));
    net.assert_agreed();
}

#[test]
fn m3_all_are_told_who_is_muted_and_who_is_heard_again() {
    let mut net = Net::new(["olga", "mina", "ann", "bob"], 1);
    net.seat(2, 3);
    for at in 0..4 {
        assert_eq!(net.told(at), ["seat 3: ann"]);
    }
    for (by, is_muted, told) in [(0, true, "seat 3: ann, muted"), (1, false, "seat 3: ann")] {
        net.mute(by, "ann", is_muted).expect("she is there");
        net.settle();
        for at in 0..4 {
            assert_eq!(net.told(at), [told]);
        }
    }
    let version = net.version;
    assert_eq!(net.mute(0, "ann", false), Ok(()), "as she is");
    assert_eq!(net.mute(0, "bob", true), Err(SeatError::WhyNot(WhyNot::NotSeated)));
    assert_eq!(net.mute(2, "ann", true), Err(SeatError::NotAllowed));
    net.settle();
    assert_eq!((net.version, net.told(2)), (version, vec![]));
    net.assert_agreed();
}

#[test]
fn m3_nobody_gets_onto_a_locked_seat_and_who_is_on_it_stays() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    net.seat(2, 1);
    for seat in [0, 1] {
        net.act(1, |seats, engine, now| seats.lock(engine, now, seat)).expect("she is a moderator");
    }
    net.settle();
    assert_eq!(net.seated(), [(1, "ann".into())]);
    let moved = net.act(2, |seats, engine, now| seats.move_to(engine, now, 0));
    assert_eq!(moved, Err(SeatError::WhyNot(WhyNot::Locked)));
    net.act(0, |seats, engine, now| seats.take(engine, now, None)).expect("others are free");
    net.settle();
    assert_eq!(net.seated(), [(1, "ann".into()), (2, "olga".into())]);
    net.act(1, |seats, engine, now| seats.unlock(engine, now, 0)).expect("she is a moderator");
    net.settle();
    net.act(2, |seats, engine, now| seats.move_to(engine, now, 0)).expect("it is free");
    net.settle();
    net.act(1, |seats, engine, now| seats.remove(engine, now, &"ann".into())).expect("she is there");
    net.settle();
    assert_eq!(net.seated(), [(2, "olga".into())]);
    net.assert_agreed();
}

#[test]
fn t8_with_too_little_time_left_nobody_is_asked_onto_a_seat() {
    let mut net = Net::new(["olga", "ann"], 0);
    let mut config = Config::default();
    config.min_ring = Millis::from_secs(2);
    net.members[1].engine = Engine::new("ann", config, Seed::from([9; 16])).expect("it can be");
    let request = net.invite(0, "ann", Some(1));
    net.poll(0);
    net.now += 29_000;
    net.act(1, |_, engine, now| engine.sync_clock(now, ServerTime::from_millis(now.as_millis())));
    net.settle();
    assert_eq!(net.told(1), [""; 0]);
    net.decide(1, &request, true);
    net.settle();
    assert_eq!(net.seated(), [(1, "ann".into())]);
}
