//! M2: asking for a seat.

use convoke::Conversation;
use convoke::seats::{SeatData, SeatError, WhyNot, WhyOver};

use crate::net::{Net, REFUSED};

#[test]
fn m2_without_moderators_it_is_an_invitation_of_the_owner_for_who_is_online() {
    let mut net = Net::new(["olga", "ann", "bob"], 0);
    let request = net.apply(1, Some(3));
    assert!(net.members[1].sent[0].online_user_only);
    assert_eq!(*request.conversation(), Conversation::C2c("olga".into()));
    net.settle();
    assert_eq!(net.told(0), ["Application by ann"]);
    net.decide(0, &request, true);
    net.settle();
    assert_eq!(net.told(1), ["ann accepted by olga", "seat 3: ann"]);
    assert_eq!(net.seated(), [(3, "ann".into())]);
    net.assert_agreed();
}

#[test]
fn m2_with_moderators_it_is_one_invitation_of_all_of_them_that_all_see() {
    let mut net = Net::new(["olga", "mina", "max", "ann", "bob"], 2);
    let request = net.apply(3, None);
    net.settle();
    assert_eq!(net.members[3].sent.len(), 1);
    for at in [0, 1, 2, 4] {
        assert_eq!(net.told(at), ["Application by ann"]);
    }
    net.decide(2, &request, true);
    net.settle();
    for at in [0, 1, 4] {
        assert_eq!(net.told(at), ["ann accepted by max", "seat 0: ann"]);
    }
    let late = net.try_decide(1, &request, false);
    assert_eq!(late, Err(SeatError::Decided("max".into())));
    net.assert_agreed();
}

/// Both moderators answer before either has heard of the other; the answers come to the applicant in both orders.
#[test]
fn m2_of_two_who_decide_at_once_the_first_counts_and_the_other_is_told() {
    for is_first_accepted in [true, false] {
        for arrival in [[0, 0], [1, 0]] {
            let mut net = Net::new(["olga", "mina", "max", "ann"], 2);
            let request = net.apply(3, Some(5));
            net.settle();
            let _ = (net.told(1), net.told(2), net.told(3));
            net.decide(1, &request, is_first_accepted);
            net.decide(2, &request, !is_first_accepted);
            arrival.into_iter().for_each(|which| assert!(net.deliver(3, which)));
            net.settle();
            for at in 0..4 {
                let decision = net.members[at].seats.decision(&request);
                assert_eq!(decision, Some((&"mina".into(), is_first_accepted)), "{}", net.members[at].user);
            }
            assert_eq!(net.seated().len(), usize::from(is_first_accepted));
            let word = if is_first_accepted { "accepted" } else { "declined" };
            assert_eq!(net.told(2)[0], format!("ann {word} by mina"), "max is told that it is done, and by whom");
            net.wait(200_000);
            net.assert_agreed();
        }
    }
}

/// The applicant has acted on one answer before another one comes: that one decides no more, whenever it was given.
#[test]
fn m2_what_the_applicant_has_acted_on_stands() {
    let mut net = Net::new(["olga", "mina", "max", "ann"], 2);
    let request = net.apply(3, None);
    net.settle();
    net.decide(1, &request, false);
    net.decide(2, &request, true);
    assert!(net.deliver(3, 1), "max's comes first");
    net.poll(3);
    net.settle();
    for at in 0..4 {
        assert_eq!(net.members[at].seats.decision(&request), Some((&"max".into(), true)), "{at}");
    }
    assert_eq!(net.seated(), [(0, "ann".into())]);
    net.assert_agreed();
}

/// Both decline, and the applicant has acted on the later one: no callback says that the earlier one is void.
#[test]
fn m2_of_two_who_decline_all_name_the_same() {
    let mut net = Net::new(["olga", "mina", "max", "ann"], 2);
    let request = net.apply(3, None);
    net.settle();
    net.decide(1, &request, false);
    net.decide(2, &request, false);
    assert!(net.deliver(0, 0) && net.deliver(0, 0) && net.deliver(3, 1));
    net.poll(0);
    net.poll(3);
    net.settle();
    for at in 0..4 {
        assert_eq!(net.members[at].seats.decision(&request), Some((&"max".into(), false)), "{at}");
    }
}

#[test]
fn m2_of_two_who_were_accepted_for_one_seat_one_gets_it_and_the_other_is_told() {
    let mut net = Net::new(["olga", "mina", "ann", "bob"], 1);
    let (ann, bob) = (net.apply(2, Some(1)), net.apply(3, Some(1)));
    net.settle();
    net.decide(0, &ann, true);
    net.decide(1, &bob, true);
    net.settle();
    let seated = net.seated();
    assert_eq!(seated.len(), 1);
    let loser = if seated[0].1 == "ann" { 3 } else { 2 };
    assert_eq!(net.told(loser).last(), Some(&format!("not done: {} is on the seat", seated[0].1)));
    net.assert_agreed();
    net.apply(loser, Some(2));
}

#[test]
fn m2_an_application_that_nobody_decides_expires_everywhere() {
    for moderators in [0, 1] {
        let mut net = Net::new(["olga", "mina", "ann"], moderators);
        net.apply(2, None);
        net.settle();
        assert_eq!(net.members[0].queue(), ["ann"]);
        net.wait(119_000);
        assert_eq!(net.members[0].queue(), ["ann"]);
        net.wait(20_000);
        for at in 0..=moderators {
            assert_eq!(net.told(at), ["Application by ann", "ann: Expired"]);
            assert!(net.members[at].queue().is_empty());
        }
        assert_eq!(net.told(2), ["ann: Expired"]);
        net.apply(2, None);
    }
}

#[test]
fn m2_one_takes_an_application_back_even_before_it_is_sent() {
    for is_sent in [true, false] {
        let mut net = Net::new(["olga", "mina", "ann"], 1);
        let request = net.act(2, |seats, engine, now| seats.apply(engine, now, None)).expect("she may");
        if is_sent {
            net.settle();
        }
        net.act(2, |seats, engine, now| seats.withdraw(engine, now, &request)).expect("nobody has decided");
        net.settle();
        assert!(net.members[0].queue().is_empty());
        assert_eq!(net.told(2), Vec::<String>::new());
        assert_eq!(net.told(1).last(), Some(&"ann: Withdrawn".into()));
        assert_eq!(net.try_decide(1, &request, true), Err(SeatError::Over));
        net.apply(2, None);
    }
}

#[test]
fn m2_an_acceptance_that_crosses_the_withdrawal_gives_no_seat() {
    let mut net = Net::new(["olga", "ann"], 0);
    let request = net.apply(1, None);
    net.settle();
    let _ = net.told(0);
    net.decide(0, &request, true);
    net.act(1, |seats, engine, now| seats.withdraw(engine, now, &request)).expect("she knows of no decision");
    net.settle();
    assert_eq!(net.seated(), []);
    assert_eq!(net.told(0), ["ann: Withdrawn"], "what was accepted is taken back");
    assert_eq!(net.told(1), Vec::<String>::new());
    net.wait(200_000);
    net.assert_agreed();
}

#[test]
fn m2_an_acceptance_that_is_revised_takes_the_seat_back() {
    let mut net = Net::new(["olga", "ann", "ann"], 0);
    let request = net.apply(1, None);
    net.settle();
    net.decide(0, &request, true);
    // Her other device cancels before it hears the answer.
    let now = net.at();
    net.members[2].engine.cancel(now, &request, "").expect("it is hers");
    assert!(net.deliver(1, 0));
    net.poll(1);
    net.settle();
    assert_eq!(net.seated(), []);
    let told = net.told(1);
    assert!(told.contains(&"ann: Withdrawn".into()), "{told:?}");
    net.assert_agreed();
}

#[test]
fn m2_what_was_decided_stands_though_the_one_who_did_is_no_moderator_any_more() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    let request = net.apply(2, None);
    net.settle();
    net.decide(1, &request, true);
    net.settle();
    for at in 0..3 {
        net.act(at, |seats, engine, now| seats.handle_roles(engine, now, "olga", ["max"]));
    }
    net.wait(1_000);
    assert_eq!(net.seated(), [(0, "ann".into())]);
    assert_eq!(net.act(1, |seats, engine, now| seats.lock(engine, now, 0)), Err(SeatError::NotAllowed));
    net.assert_agreed();
}

#[test]
fn m2_an_answer_that_the_service_refuses_can_be_given_again() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    let request = net.apply(2, None);
    net.settle();
    let _ = net.told(1);
    net.refuses = Some(3);
    net.decide(1, &request, true);
    net.settle();
    assert_eq!(net.told(1), [format!("not sent: {REFUSED}"), "Application by ann".into()]);
    net.refuses = None;
    net.decide(1, &request, true);
    net.settle();
    assert_eq!(net.seated(), [(0, "ann".into())]);
    net.assert_agreed();
}

#[test]
fn m2_an_application_that_the_service_refuses_is_over() {
    let mut net = Net::new(["olga", "ann"], 0);
    net.refuses = Some(1);
    net.apply(1, None);
    net.settle();
    assert_eq!(net.told(1), [format!("ann: {:?}", WhyOver::NotSent(REFUSED))]);
    net.refuses = None;
    net.apply(1, None);
}

#[test]
fn m2_a_closing_cancel_that_the_service_refuses_is_said_again() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    let request = net.apply(2, None);
    net.settle();
    net.refuses = Some(2);
    net.decide(1, &request, true);
    net.settle();
    net.refuses = None;
    net.wait(5_000);
    assert!(net.members[0].engine.invitation(&request).is_some_and(|view| !view.is_open()));
    net.assert_agreed();
}

#[test]
fn m2_what_is_known_to_be_in_vain_is_not_asked() {
    let mut net = Net::new(["olga", "ann", "bob"], 0);
    net.seat(1, 0);
    let apply = |net: &mut Net, at, seat| net.act(at, |seats, engine, now| seats.apply(engine, now, seat).map(drop));
    assert_eq!(apply(&mut net, 1, None), Err(WhyNot::AlreadySeated(0).into()));
    assert_eq!(apply(&mut net, 2, Some(0)), Err(WhyNot::Taken("ann".into()).into()));
    assert_eq!(apply(&mut net, 2, Some(8)), Err(WhyNot::NoSuchSeat.into()));
    assert_eq!(apply(&mut net, 0, None), Err(SeatError::NeedNot));
    assert_eq!(apply(&mut net, 2, None), Ok(()));
    assert_eq!(apply(&mut net, 2, Some(3)), Err(SeatError::AlreadyApplied));
    let data = net.members[2].sent.len();
    assert_eq!(data, 0, "nothing was polled");
}

#[test]
fn m2_the_words_are_the_published_ones() {
    let mut net = Net::new(["olga", "ann"], 0);
    net.apply(1, Some(4));
    let payload: serde_json::Value = serde_json::from_str(&net.members[1].sent[0].payload).expect("it is JSON");
    let data = SeatData::read(payload["data"].as_str().expect("it has data")).expect("it is about a seat");
    assert_eq!((data.room.as_str(), data.seat, data.version), ("live", Some(4), 1));
    assert_eq!(payload["timeout"], 120);
}

/// Mina accepts, and is a moderator no more: the one is told before the other, or after it, to each as it comes.
#[test]
fn m2_of_a_decision_that_crosses_a_change_of_roles_all_hold_the_same() {
    for (who, is_accepted) in (0..32_u32).flat_map(|who| [(who, true), (who, false)]) {
        let mut net = Net::new(["olga", "mina", "max", "ann", "cat"], 2);
        let request = net.apply(3, None);
        net.settle();
        net.decide(1, &request, is_accepted);
        for at in 0..5 {
            let hears_of_roles_first = who & (1 << at) > 0;
            if !hears_of_roles_first && net.deliver(at, 0) {
                net.poll(at);
            }
            net.act(at, |seats, engine, now| seats.handle_roles(engine, now, "olga", ["max"]));
            net.poll(at);
        }
        net.settle();
        for at in 0..5 {
            let member = &net.members[at];
            assert_eq!(member.seats.decision(&request), Some((&"mina".into(), is_accepted)), "{}, {who}", member.user);
            assert!(member.queue().is_empty());
        }
        assert_eq!(net.seated().len(), usize::from(is_accepted));
        net.wait(200_000);
        net.assert_agreed();
    }
}

#[test]
fn m2_who_was_a_moderator_when_it_was_asked_decides_no_more_but_others_still_do() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    let request = net.apply(2, None);
    net.settle();
    for at in 0..3 {
        net.act(at, |seats, engine, now| seats.handle_roles(engine, now, "olga", ["max"]));
    }
    assert_eq!(net.try_decide(1, &request, true), Err(SeatError::NotAllowed));
    net.decide(0, &request, true);
    net.settle();
    assert_eq!(net.seated(), [(0, "ann".into())]);
    net.assert_agreed();
}
