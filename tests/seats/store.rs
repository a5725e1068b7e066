//! M1: the truth about seats is a store in which others write too.

use convoke::seats::{Seat, SeatError, Seats, SeatsConfig, WhyNot, WriteResult};

use crate::net::{Net, News, REFUSED, ROOM};

#[test]
fn m1_what_is_written_rests_on_what_was_read_and_comes_back_to_all() {
    let mut net = Net::new(["olga", "ann"], 0);
    net.act(0, |seats, engine, now| seats.take(engine, now, Some(2))).expect("she is the owner");
    net.settle();
    assert_eq!(net.attributes["seat2"], r#"{"user":"olga","muted":false,"locked":false}"#);
    assert_eq!((net.told(0), net.told(1)), (vec!["seat 2: olga".into()], vec!["seat 2: olga".into()]));
    net.assert_agreed();
}

#[test]
fn m1_of_two_who_write_at_once_one_gets_the_seat_and_the_other_is_told() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    for at in [0, 1] {
        net.act(at, |seats, engine, now| seats.take(engine, now, Some(3))).expect("both may");
        net.poll(at);
    }
    net.settle();
    assert_eq!(net.seated(), [(3, "olga".into())]);
    assert_eq!(net.told(1), ["seat 3: olga", "not done: olga is on the seat"]);
    assert_eq!(net.conflicts, 1);
    net.assert_agreed();
}

#[test]
fn m1_a_conflict_is_resolved_by_reading_again() {
    let mut net = Net::new(["olga", "mina"], 1);
    for at in [0, 1] {
        net.act(at, |seats, engine, now| seats.take(engine, now, Some(3))).expect("both may");
        net.poll(at);
    }
    while net.write(0) {}
    // The change itself does not come.
    net.members[1].news.retain(|news| matches!(news, News::Result(..)));
    net.settle();
    assert_eq!(net.told(1), ["seat 3: olga", "not done: olga is on the seat"]);
    assert_eq!(net.conflicts, 1, "it is not tried again");
    net.assert_agreed();
}

#[test]
fn m1_no_more_waits_to_be_written_than_there_is_room_for() {
    let mut net = Net::new(["olga"], 0);
    let config = SeatsConfig::new("olga");
    net.members[0].seats = Seats::new(ROOM, config);
    let mute = |net: &mut Net, n: u32| {
        net.act(0, |seats, engine, now| seats.mute(engine, now, &format!("user{n}").as_str().into()))
    };
    assert!((0..64).all(|n| mute(&mut net, n).is_ok()));
    assert_eq!(mute(&mut net, 64), Err(WhyNot::TooMany.into()));
    net.settle();
    assert_eq!(net.told(0).len(), 64, "of none who is on a seat");
    net.assert_agreed();
}

#[test]
fn m1_who_wants_any_seat_gets_the_next_one_after_a_conflict() {
    let mut net = Net::new(["olga", "mina", "max"], 2);
    for at in [0, 1, 2] {
        net.act(at, |seats, engine, now| seats.take(engine, now, None)).expect("all may");
        net.poll(at);
    }
    net.settle();
    assert_eq!(net.seated(), [(0, "olga".into()), (1, "mina".into()), (2, "max".into())]);
    net.assert_agreed();
}

#[test]
fn m1_a_storm_of_conflicts_ends() {
    let users = ["olga", "m1", "m2", "m3", "m4", "m5", "m6", "m7", "m8", "m9"];
    let mut net = Net::new(users, 9);
    for round in 0..3 {
        for at in 0..users.len() {
            let wished = net.act(at, |seats, engine, now| match round {
                0 => seats.take(engine, now, None),
                1 => seats.lock(engine, now, u32::try_from(at % 8).expect("it is small")),
                _ => seats.leave(engine, now),
            });
            wished.ok();
            net.poll(at);
        }
        net.settle();
        net.assert_agreed();
    }
    assert!(net.conflicts > 50, "{} conflicts", net.conflicts);
    assert_eq!(net.seated(), []);
}

#[test]
fn m1_one_write_at_a_time_and_the_next_rests_on_its_version() {
    let mut net = Net::new(["olga", "ann"], 0);
    net.seat(1, 0);
    net.act(0, |seats, engine, now| {
        seats.take(engine, now, Some(1)).expect("it is free");
        seats.mute(engine, now, &"ann".into()).expect("she is there");
        seats.lock(engine, now, 5).expect("it is there");
    });
    net.poll(0);
    assert_eq!(net.letters.len(), 1);
    net.settle();
    assert_eq!(net.conflicts, 0);
    assert_eq!(net.told(0), ["seat 0: ann", "seat 1: olga", "seat 0: ann, muted", "seat 5: free, locked"]);
    net.assert_agreed();
}

#[test]
fn m1_a_write_of_which_nobody_knows_is_looked_up_and_not_done_twice() {
    let mut net = Net::new(["olga", "ann"], 0);
    net.store_fails = Some(WriteResult::Unknown);
    net.act(0, |seats, engine, now| seats.take(engine, now, None)).expect("she is the owner");
    net.settle();
    net.store_fails = None;
    net.settle();
    assert_eq!(net.seated(), [(0, "olga".into())]);
    assert_eq!(net.version, 1, "it was written once");
    net.assert_agreed();
}

#[test]
fn m1_a_store_that_says_nothing_is_asked_again() {
    let mut net = Net::new(["olga", "ann"], 0);
    net.act(0, |seats, engine, now| seats.take(engine, now, None)).expect("she is the owner");
    net.poll(0);
    net.letters.clear();
    net.wait(10_000);
    assert_eq!(net.seated(), [(0, "olga".into())]);
    net.assert_agreed();
}

#[test]
fn m1_what_the_store_refuses_is_told_and_nothing_is_stuck() {
    let mut net = Net::new(["olga", "ann"], 0);
    net.store_fails = Some(WriteResult::Failed { code: REFUSED });
    net.act(0, |seats, engine, now| seats.take(engine, now, None)).expect("she is the owner");
    net.settle();
    assert_eq!(net.told(0), [format!("not done: the store refused it ({REFUSED})")]);
    net.store_fails = None;
    net.act(0, |seats, engine, now| seats.take(engine, now, None)).expect("it can be tried again");
    net.settle();
    net.assert_agreed();
}

#[test]
fn m1_attributes_that_come_late_change_nothing() {
    let mut net = Net::new(["olga", "ann"], 0);
    net.set("seat0", r#"{"user":"ann"}"#);
    net.set("seat0", r#"{"user":"bob"}"#);
    assert!(net.inform(1, 1));
    assert!(net.inform(1, 0));
    net.settle();
    assert_eq!(net.told(1), ["seat 0: bob"]);
    net.assert_agreed();
}

#[test]
fn m1_whatever_stands_in_the_attributes_is_read_as_something_and_mended_by_the_next_write() {
    let mut net = Net::new(["olga", "ann"], 0);
    let long = format!(r#"{{"user":"{}"}}"#, "u".repeat(5_000));
    for (name, value) in [
        ("seat0", "bob"),
        ("seat1", long.as_str()),
        ("seat2", r#"{"user":"bob","avatar":{"x":[1]},"muted":true}"#),
        ("seat3", r#"{"user":"bob"}"#),
        ("seat4", r#"{"user":7}"#),
        ("seat05", r#"{"user":"cat"}"#),
        ("seat99999999999999999999", r#"{"user":"cat"}"#),
        ("seat8", r#"{"user":"cat"}"#),
        ("seat", "{}"),
        ("topic", "bees"),
    ] {
        net.set(name, value);
    }
    net.settle();
    let seated: Vec<_> =
        net.members[1].seats.seats().map(|seat| seat.user.clone().map(|user| user.to_string())).collect();
    assert_eq!(seated.iter().flatten().collect::<Vec<_>>(), ["bob"], "on the first of his");
    assert!(seated[2].is_some());
    net.act(0, |seats, engine, now| seats.remove(engine, now, &"bob".into())).expect("he is there");
    net.settle();
    for n in 0..5 {
        assert_eq!(Seat::read(&net.attributes[&format!("seat{n}")]), Some(Seat::default()), "seat {n}");
    }
}

#[test]
fn m1_before_the_attributes_are_read_nothing_is_written() {
    let mut net = Net::new(["olga", "mina"], 1);
    net.set("seat0", r#"{"user":"mina"}"#);
    let config = SeatsConfig::new("olga");
    net.members[0].seats = Seats::new(ROOM, config);
    net.act(0, |seats, engine, now| seats.take(engine, now, None)).expect("it is not known whether one is free");
    net.settle();
    assert_eq!(net.seated(), [(0, "mina".into()), (1, "olga".into())]);
    let taken = net.act(0, |seats, engine, now| seats.move_to(engine, now, 0));
    assert_eq!(taken, Err(SeatError::WhyNot(WhyNot::Taken("mina".into()))));
    let none = net.act(0, |seats, engine, now| seats.move_to(engine, now, 8));
    assert_eq!(none, Err(SeatError::WhyNot(WhyNot::NoSuchSeat)));
}

/// A room in which olga is on seat 0 and ann on seat 7, and a write of olga's is on its way.
fn busy() -> Net {
    let mut net = Net::new(["olga", "ann"], 0);
    net.seat(0, 0);
    net.seat(1, 7);
    net.act(0, |seats, engine, now| seats.lock(engine, now, 6)).expect("it is there");
    net.poll(0);
    assert_eq!(net.letters.len(), 1);
    net
}

#[test]
fn m3_of_opposite_wishes_that_wait_the_last_one_holds() {
    let mut net = busy();
    for is_so in [true, false, true] {
        net.mute(0, "ann", is_so).expect("she is there");
        net.lock(0, 5, is_so).expect("it is there");
    }
    net.act(0, |seats, engine, now| {
        for seat in [1, 2, 1] {
            seats.move_to(engine, now, seat).expect("it is free");
        }
    });
    net.settle();
    assert_eq!(net.seated(), [(1, "olga".into()), (7, "ann".into())]);
    let seats: Vec<_> = net.members[0].seats.seats().collect();
    assert!(seats[7].is_muted && seats[5].is_locked);
    net.assert_agreed();
}

#[test]
fn m3_what_is_wished_again_does_not_come_behind_what_was_wished_since() {
    let mut net = busy();
    net.act(0, |seats, engine, now| {
        seats.move_to(engine, now, 3).expect("it is free");
        seats.lock(engine, now, 3).expect("it is there");
        seats.move_to(engine, now, 3).expect("it is still free, by what is known");
    });
    net.settle();
    assert_eq!(net.seated(), [(3, "olga".into()), (7, "ann".into())], "she was on it before it was locked");
    assert!(!net.told(0).iter().any(|told| told.starts_with("not done")));
    net.assert_agreed();
}

#[test]
fn m1_what_is_wished_twice_is_written_once_and_takes_one_place() {
    let mut net = busy();
    for _ in 0..100 {
        net.act(0, |seats, engine, now| {
            seats.mute(engine, now, &"ann".into()).expect("it takes no more room");
            seats.lock(engine, now, 5).expect("it takes no more room");
            seats.remove(engine, now, &"ann".into()).expect("it takes no more room");
        });
    }
    net.settle();
    assert_eq!(net.version, 6, "two came, then two locks, the mute, and ann got off");
    net.assert_agreed();
}
