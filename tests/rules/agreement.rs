//! In the end all agree, and were told so (C6); and are told once that it is the end (C7).
#![allow(clippy::panic, reason = "a test that cannot go on fails")]

use crate::common::moves::{Move, moves, mute};
use crate::common::net::Net;
use crate::common::{
    ACCEPT, CANCEL, Device, REJECT, TIMEOUT, at, blind, call, class, data, dialling_with, in_call, in_class, in_room,
    inviting, relay,
};
use convoke::{Callback, Disposition, History, Invite, Outcome, Output, UserId};
use proptest::prelude::*;

fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

fn agree(mut net: Net, moves: &[Move], salt: usize) {
    net.play(moves);
    net.settle(salt);
    net.check_agreement();
    net.check_silence();
    net.check_duplicates();
}

proptest! {
    #![proptest_config(cases(800))]

    #[test]
    fn c6_in_a_group_all_agree_when_everything_is_delivered(moves in moves(), salt in 0_usize..500, mute in mute()) {
        agree(Net::group(mute), &moves, salt);
    }

    #[test]
    fn c6_between_two_both_agree_when_everything_is_delivered(moves in moves(), salt in 0_usize..500, mute in mute()) {
        agree(Net::c2c(mute), &moves, salt);
    }

    #[test]
    fn c6_nothing_stays_pending_when_messages_are_lost_for_good(moves in moves(), is_group in any::<bool>(), mute in mute()) {
        let mut net = if is_group { Net::group(mute) } else { Net::c2c(mute) };
        net.play(&moves);
        net.check_solitude();
    }
}

/// Found by the properties above: bob's two devices run out of time, one hears the other, and is then refused.
#[test]
fn c6_regression_a_refused_time_out_that_another_device_has_said_too() {
    use Move::{Deliver, Pass, Refuse, Take, Tick};
    let moves =
        [Deliver(0, 2), Deliver(0, 3), Pass(10_001), Tick(2), Tick(3), Take(1), Deliver(1, 3), Pass(5_000), Refuse(2)];
    for salt in 0..50 {
        agree(Net::c2c(0), &moves, salt);
    }
}

/// Found by the properties above: a reject that has lost to an accept, seen again after its fate was lost track of.
#[test]
fn c6_regression_a_reject_that_has_lost_seen_again() {
    use Move::{Accept, Deliver, LoseTrack, Reject, Take};
    let moves = [
        Deliver(0, 2),
        Reject(2, 0),
        Deliver(0, 3),
        Accept(3, 0),
        Take(2),
        Take(1),
        Deliver(2, 2),
        Deliver(1, 2),
        LoseTrack(1),
    ];
    agree(Net::c2c(0), &moves, 0);
}

/// Found by the properties above: an accept that is refused after the other device's reject was heard.
#[test]
fn c6_regression_an_accept_refused_after_a_reject_elsewhere() {
    use Move::{Accept, Deliver, Refuse, Reject};
    let moves = [Deliver(0, 2), Deliver(0, 3), Accept(2, 0), Reject(3, 0), Deliver(2, 2), Refuse(1)];
    agree(Net::group(0), &moves, 0);
}

/// Found by the properties above: carol knows the invitation from a push alone, and has ended it, when the message
/// comes at last, and with it bob's acceptance.
#[test]
fn c6_regression_an_acceptance_that_comes_with_the_message_of_an_ended_push() {
    use Move::{Accept, CatchUp, Deliver, Pass, Push, Tick};
    let moves = [Deliver(0, 3), Accept(3, 0), Push(4, 0), Pass(7_335), CatchUp(0, false), Pass(12_665), Tick(0)];
    for salt in 0..500 {
        agree(Net::group(0), &moves, salt);
    }
}

#[test]
fn c6_a_cancel_calls_back_those_who_had_answered_too() {
    for answer in [ACCEPT, REJECT] {
        for user in ["bob", "dave"] {
            let mut device = Device::invited(user, &class());
            let _ = device.hear(1, &in_class(answer, "bob", &["bob"]));
            device.callbacks.clear();
            let _ = device.hear(2, &in_class(CANCEL, "alice", &["carol"]));
            let told = device.take();
            let [Callback::InvitationCancelled { invitees, revises: None, .. }, Callback::Ended { .. }] = &told[..]
            else {
                panic!("{user} is called back: {told:?}");
            };
            assert_eq!(invitees[..], [UserId::from("carol")], "and told whom it is about");
        }
    }
}

#[test]
fn c6_a_cancel_is_about_those_whom_it_lists_and_no_others() {
    let mut dave = Device::invited("dave", &class());
    let _ = dave.hear(1, &in_class(CANCEL, "alice", &["carol", "mallory"]));
    assert_eq!(dave.outcome_of("i", "bob"), Outcome::Pending);
    assert_eq!(dave.heard(), ["onInvitationCancelled"]);
}

#[test]
fn c6_two_presumptions_may_differ_in_the_word_for_the_same_no() {
    let mut dave = Device::invited("dave", &class());
    let mut erin = Device::invited("erin", &class());
    dave.engine.handle_member_left(at(1), &"room".into(), &"bob".into());
    for device in [&mut dave, &mut erin] {
        device.tick(20_000);
    }
    assert_eq!(dave.outcome_of("i", "bob"), Outcome::Left);
    assert_eq!(erin.outcome_of("i", "bob"), Outcome::TimedOut);
}

/// What was told as the end: once, and last.
fn the_end(device: &mut Device) -> Vec<(String, Outcome)> {
    let told = device.take();
    let Some(Callback::Ended { outcomes, .. }) = told.last() else { panic!("it has ended: {told:?}") };
    assert_eq!(told.iter().filter(|callback| callback.name() == "ended").count(), 1, "{told:?}");
    outcomes.iter().map(|(user, outcome)| (user.to_string(), *outcome)).collect()
}

#[test]
fn c7_the_end_is_told_once_to_each_who_tracks_it_with_every_outcome() {
    for user in ["alice", "bob", "carol", "dave"] {
        let mut device = Device::invited(user, &class());
        let _ = device.hear(1, &in_class(REJECT, "carol", &["carol"]));
        assert!(!device.heard().contains(&"ended"), "bob is pending");
        let _ = device.hear(2, &in_class(ACCEPT, "bob", &["bob"]));
        let outcomes = the_end(&mut device);
        assert_eq!(outcomes, [("bob".into(), Outcome::Accepted), ("carol".into(), Outcome::Rejected)]);

        let _ = device.hear(3, &in_class(CANCEL, "alice", &["bob"]));
        device.tick(60_000);
        assert!(!device.heard().contains(&"ended"), "a revision is no second end");
    }
}

#[test]
fn c7_ones_own_answer_is_the_end_when_it_is_acked_or_unknown_and_not_before() {
    for settle in [|bob: &mut Device| bob.ack(2), |bob: &mut Device| bob.lose_track(2)] {
        let mut bob = Device::invited("bob", &call());
        bob.accept(1, "i");
        assert!(bob.heard().is_empty());
        assert!(bob.engine.invitation("i").is_some_and(|call| call.is_open()));
        settle(&mut bob);
        assert_eq!(the_end(&mut bob), [("bob".into(), Outcome::Accepted)]);
        assert!(bob.engine.invitation("i").is_some_and(|call| !call.is_open()));
    }
}

#[test]
fn c7_an_answer_whose_fate_nobody_tells_is_the_end_after_twice_the_grace() {
    let mut bob = Device::invited("bob", &call());
    bob.accept(1, "i");
    bob.tick(19_999);
    assert!(bob.heard().is_empty());
    bob.tick(20_000);
    assert_eq!(the_end(&mut bob), [("bob".into(), Outcome::Accepted)]);
}

#[test]
fn c7_a_refused_answer_is_no_end() {
    let mut bob = Device::invited("bob", &call());
    bob.reject(1, "i");
    bob.refuse(2, 20_003);
    assert_eq!(bob.heard(), ["operationFailed"]);
}

#[test]
fn c7_a_timer_is_the_end_before_its_message_is_acked() {
    let mut bob = Device::invited("bob", &call());
    bob.tick(10_000);
    assert_eq!(the_end(&mut bob), [("bob".into(), Outcome::TimedOut)]);
}

#[test]
fn c7_a_cancel_in_flight_is_no_end_even_if_an_answer_is_heard_behind_it() {
    let (mut alice, id) = inviting();
    alice.cancel(1, &id);
    for user in ["bob", "carol"] {
        let _ = alice.hear(2, &in_room(ACCEPT, &id, user));
    }
    assert_eq!(alice.heard(), ["lateAnswer", "lateAnswer"], "the cancel may yet be refused");
    alice.ack(3);
    assert_eq!(the_end(&mut alice), [("bob".into(), Outcome::Cancelled), ("carol".into(), Outcome::Cancelled)]);
}

#[test]
fn c7_for_a_host_that_cannot_tell_fates_the_end_is_told_last_too() {
    let mut bob = Device::invited_with("bob", blind(), &call());
    bob.tick(10_000);
    assert_eq!(bob.heard(), ["onInvitationTimeout", "ended"]);
    assert_eq!(bob.engine.stats().sends_in_flight, 0);

    let (mut alice, _) = dialling_with(blind(), Invite::to("bob").timeout(10));
    alice.tick(15_000);
    assert_eq!(alice.heard(), ["onInvitationTimeout", "ended"]);

    let (mut alice, id) = dialling_with(blind(), Invite::to("bob").timeout(10));
    alice.cancel(1, &id);
    assert_eq!(the_end(&mut alice), [("bob".into(), Outcome::Cancelled)]);
}

#[test]
fn c7_in_a_catch_up_the_end_is_told_after_what_led_to_it() {
    let mut bob = Device::invited("bob", &class());
    bob.accept(1, "i");
    let echo = relay(&bob.sent()[0], "bob", "bob", 1);
    let batch = [in_class(REJECT, "carol", &["carol"]).stamped(0, "carol"), echo];
    let _ = bob.engine.handle_history(at(5), &History::hot(), &batch);
    assert_eq!(bob.heard(), ["onInviteeRejected", "ended"]);
}

#[test]
fn c7_who_was_told_of_the_ring_or_the_miss_is_told_of_the_end() {
    let mut bob = Device::new("bob");
    let _ = bob.hear(0, &in_call(TIMEOUT, "alice"));
    let _ = bob.hear(1, &call());
    assert_eq!(bob.heard(), ["missed", "ended"]);

    let mut bob = Device::new("bob");
    let _ = bob.hear(0, &in_call(ACCEPT, "bob"));
    let _ = bob.hear(1, &call());
    assert!(bob.heard().is_empty(), "what it was never told of does not end");
}

#[test]
fn c7_nothing_is_put_out_after_the_end_but_what_is_new() {
    let mut bob = Device::invited("bob", &call());
    let _ = bob.hear(1, &in_call(CANCEL, "alice"));
    let _ = the_end(&mut bob);
    assert_eq!(bob.hear(2, &in_call(ACCEPT, "bob")), Disposition::Stale);
    bob.engine.tick(at(599_999));
    assert_eq!(bob.engine.poll_output(), None::<Output>);
    assert_eq!(bob.engine.invitation("i").map(|call| call.data()), Some(&data("call")));
}

#[test]
fn c6_regression_an_accept_after_an_invite_that_was_long_over() {
    use Move::{Accept, Deliver, Pass};
    let moves = [
        Deliver(0, 20),
        Accept(44, 0),
        Deliver(29, 6),
        Pass(1405),
        Pass(2345),
        Pass(1981),
        Pass(2071),
        Pass(2566),
        Pass(1564),
        Pass(1218),
        Pass(3696),
        Pass(3154),
        Deliver(0, 6),
    ];
    agree(Net::group(0), &moves, 199);
}

#[test]
fn r5_t7_regression_an_edit_after_the_end_that_was_in_the_history_already() {
    use Move::{Accept, Ack, CatchUp, Deliver, Invite, Modify, Pass, Push, Reject, Take};
    let moves = [
        Deliver(0, 29),
        Deliver(0, 14),
        Reject(14, 0),
        Invite(4),
        Deliver(28, 42),
        Modify(57, 12),
        Ack(14),
        Invite(36),
        CatchUp(21, false),
        Push(2, 10),
        Pass(391),
        Accept(2, 10),
        Deliver(28, 43),
        Pass(3774),
        Modify(4, 10),
        Deliver(52, 0),
        Take(54),
        Pass(836),
        Accept(3, 29),
    ];
    agree(Net::c2c(0), &moves, 217);
}
