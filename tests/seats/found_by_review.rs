//! What reading found: words that come late, are told late, or are not told at all.

use convoke::UserId;
use convoke::seats::SeatError;

use crate::net::{Net, News};

#[test]
fn m3_a_write_that_was_seen_done_and_undone_is_not_done_again_when_its_result_is_lost() {
    let mut net = Net::new(["olga", "mina"], 1);
    net.settle();
    net.act(1, |seats, engine, now| seats.take(engine, now, Some(3))).expect("she may");
    net.poll(1);
    assert!(net.write(0));
    net.members[1].news.retain(|news| !matches!(news, News::Result(..)));
    while net.inform(0, 0) || net.inform(1, 0) {}
    net.act(0, |seats, engine, now| seats.remove(engine, now, &"mina".into())).expect("she may");
    net.wait(30_000);
    assert_eq!(net.seated(), []);
    net.assert_agreed();
}

#[test]
fn m4_who_is_back_before_a_moderator_frees_their_seat_keeps_it() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    net.seat(2, 3);
    let ann = UserId::from("ann");
    net.act(1, |seats, engine, now| seats.handle_member_left(engine, now, &ann));
    net.act(1, |seats, _, now| seats.handle_member_entered(now, &ann));
    net.wait(10_000);
    assert_eq!(net.seated(), [(3, "ann".into())]);
}

#[test]
fn m2_what_was_accepted_a_moment_ago_cannot_be_withdrawn() {
    let mut net = Net::new(["olga", "ann"], 0);
    let request = net.apply(1, Some(2));
    assert!(net.deliver(0, 0));
    net.poll(0);
    net.decide(0, &request, true);
    assert!(net.deliver(1, 0));
    let withdrawn = net.act(1, |seats, engine, now| seats.withdraw(engine, now, &request));
    assert!(matches!(withdrawn, Err(SeatError::Decided(_))), "{withdrawn:?}");
    net.settle();
    assert_eq!(net.seated(), [(2, "ann".into())]);
}

#[test]
fn m2_what_another_device_applies_for_is_not_applied_for_again() {
    let mut net = Net::new(["olga", "ann", "ann"], 0);
    net.apply(1, Some(2));
    net.settle();
    let again = net.act(2, |seats, engine, now| seats.apply(engine, now, Some(3)));
    assert!(matches!(again, Err(SeatError::AlreadyApplied)), "{again:?}");
}

#[test]
fn a4_m4_who_left_before_a_crash_is_not_seated_by_what_was_on_its_way() {
    let mut net = Net::new(["olga", "ann"], 0);
    net.settle();
    net.leave(1);
    net.crash(0);
    net.settle();
    net.set("seat3", r#"{"user":"ann"}"#);
    net.settle();
    assert_eq!(net.seated(), []);
}
