//! How old an invitation is, and how much of its time is left (`T7`, `T8`).

use crate::common::{ACCEPT, Action, CANCEL, Device, TIMEOUT, assert_told, at, group, pair, ringing, saying, stamp};
use convoke::{
    Callback, CatchUp, Config, Disposition, Engine, History, Inbound, Invite, Millis, MissedReason, Outcome, Seed,
    SendResult, ServerTime,
};
use proptest::prelude::*;
use std::slice;

const HOUR: i64 = 3_600_000;

fn server(ms: i64) -> ServerTime {
    ServerTime::from_millis(ms)
}

/// alice's invite to bob, stamped so on the service's clock.
fn invite(secs: u32, stamped: i64) -> Inbound {
    Action::invite("i", "alice", &["bob"], secs).from("alice", pair("alice")).stamped(stamped, "i")
}

/// Some other signaling that passes by, stamped so.
fn passing(stamped: i64) -> Inbound {
    Action::reply(CANCEL, "other", "alice", &["bob"]).from("alice", pair("alice")).stamped(stamped, "other")
}

/// How much time is left to answer when the invite arrives; `None` if it does not ring.
fn left_on_arrival(bob: &mut Device, now: i64, invite: &Inbound) -> Option<i64> {
    let _ = bob.hear(now, invite);
    let deadline = bob.engine.invitation("i").and_then(|invitation| invitation.deadline());
    bob.heard().contains(&"onReceiveNewInvitation").then_some(deadline?.as_millis() - now)
}

#[test]
fn t7_with_a_known_clock_an_invitation_is_as_old_as_its_stamp_says() {
    for (age, left) in
        [(-1, Some(30_000)), (0, Some(30_000)), (10_000, Some(20_000)), (29_999, Some(1)), (30_000, None)]
    {
        let mut bob = Device::new("bob");
        bob.engine.sync_clock(at(0), server(HOUR));
        assert_eq!(left_on_arrival(&mut bob, 0, &invite(30, HOUR - age)), left, "age {age}");
    }
}

#[test]
fn t7_what_has_run_out_before_it_arrives_is_missed_and_nothing_is_sent() {
    let mut bob = Device::new("bob");
    bob.engine.sync_clock(at(0), server(HOUR));
    bob.learn(0, &invite(30, HOUR - 30_000));
    assert_told!(bob, [Callback::Missed { reason: MissedReason::TimedOut, .. }, Callback::Ended { .. }]);
    bob.tick(HOUR);
    assert_eq!(bob.said(), []);
}

#[test]
fn c1_of_the_others_an_invitee_and_the_inviter_still_hope_to_hear_when_it_has_run_out_on_the_way() {
    let old = Action::invite("i", "alice", &["bob", "carol"], 30).from("alice", group("room"));
    let heard = |user, age: i64| {
        let mut device = Device::new(user);
        device.engine.sync_clock(at(0), server(HOUR));
        device.learn(0, &old.clone().stamped(HOUR - age, "m"));
        [device.outcome("i", "bob"), device.outcome("i", "carol")]
    };
    let (pending, over) = (Some(Outcome::Pending), Some(Outcome::TimedOut));
    assert_eq!(heard("bob", 30_000), [over, pending]);
    assert_eq!(heard("alice", 30_000), [pending, pending], "another device of hers");
    assert_eq!(heard("dave", 30_000), [over, over], "who is not waited for");
    for user in ["alice", "bob", "dave"] {
        assert_eq!(heard(user, 40_000), [over, over], "{user}, after twice the grace");
    }
}

#[test]
fn t7_without_a_known_clock_an_age_within_the_time_is_believed_and_any_other_is_a_wrong_clock() {
    for (age, left) in [(-1, 30_000), (0, 30_000), (1, 29_999), (29_999, 1), (30_000, 30_000), (HOUR, 30_000)] {
        let mut bob = Device::new("bob");
        assert_eq!(left_on_arrival(&mut bob, HOUR, &invite(30, HOUR - age)), Some(left), "age {age}");
    }
}

#[test]
fn t7_an_invite_without_a_stamp_has_its_full_time_from_its_arrival() {
    let mut bob = Device::new("bob");
    bob.engine.sync_clock(at(0), server(HOUR));
    let unstamped = Action::invite("i", "alice", &["bob"], 30).from("alice", pair("alice"));
    assert_eq!(left_on_arrival(&mut bob, 5, &unstamped), Some(30_000));
}

#[test]
fn t7_the_clock_is_learnt_from_the_ack_of_a_send() {
    let mut bob = Device::new("bob");
    bob.invite(0, Invite::to("carol"));
    let token = bob.engine.sends_in_flight().next().unwrap().0;
    bob.engine.handle_send_result(at(0), token, SendResult::Sent(stamp(HOUR, "m"))).unwrap();
    assert_eq!(left_on_arrival(&mut bob, 0, &invite(30, HOUR - 25_000)), Some(5_000));
}

#[test]
fn t7_the_clock_is_learnt_from_another_live_message() {
    let mut bob = Device::new("bob");
    assert_eq!(bob.hear(0, &passing(HOUR)), Disposition::Buffered);
    assert_eq!(left_on_arrival(&mut bob, 0, &invite(30, HOUR - 25_000)), Some(5_000));
}

#[test]
fn t7_the_clock_is_not_learnt_from_the_invite_itself() {
    // Were it, every invite would look brand-new.
    let mut bob = Device::new("bob");
    assert_eq!(left_on_arrival(&mut bob, 25_000, &invite(30, 0)), Some(5_000));
}

#[test]
fn t7_the_clock_is_not_learnt_from_a_message_that_is_refused() {
    let mut bob = Device::new("bob");
    let forged = Action::reply(CANCEL, "i", "alice", &["bob"]).from("mallory", pair("mallory"));
    assert!(matches!(bob.hear(0, &forged.stamped(HOUR, "forged")), Disposition::Refused(_)));
    assert_eq!(left_on_arrival(&mut bob, 0, &invite(30, 0)), Some(30_000));
}

#[test]
fn t7_a_delayed_message_does_not_set_the_clock_back() {
    let mut bob = Device::new("bob");
    bob.engine.sync_clock(at(0), server(HOUR));
    assert_eq!(bob.hear(0, &passing(HOUR - 20_000)), Disposition::Buffered);
    assert_eq!(left_on_arrival(&mut bob, 0, &invite(30, HOUR - 25_000)), Some(5_000));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn t7_a_skewed_clock_never_silences_a_live_invitation(skew in -100 * HOUR..100 * HOUR, delay in 0..29_999_i64) {
        let now = 1_000 * HOUR;
        let mut bob = Device::new("bob");
        let left = left_on_arrival(&mut bob, now + skew, &invite(30, now - delay));
        prop_assert!(left.is_some_and(|left| (1..=30_000).contains(&left)), "{left:?}");
    }
}

/// Hands in a batch after a hot start, and gives what is told.
fn catch_up(bob: &mut Device, now: i64, batch: &[Inbound]) -> Vec<&'static str> {
    assert!(matches!(bob.engine.handle_history(at(now), &History::hot(), batch), CatchUp::Done(_)));
    bob.heard()
}

/// How the service tells, at this moment, that it is one o'clock.
const WORDS_OF_THE_SERVICE: [fn(&mut Device, i64); 2] = [
    |bob, ms| bob.engine.sync_clock(at(ms), server(HOUR)),
    |bob, ms| {
        bob.invite(ms, Invite::to("carol"));
        bob.ack_as(ms, &passing(HOUR));
    },
];

#[test]
fn t7_once_the_service_has_told_the_time_no_peers_stamp_sets_the_clock_ahead() {
    for tell in WORDS_OF_THE_SERVICE {
        for ahead in [5_000, 60_000, 24 * HOUR, i64::MAX - HOUR] {
            let mut bob = Device::new("bob");
            tell(&mut bob, 0);
            // Again and again, so that no leeway adds up.
            for _ in 0..3 {
                let forged = Action::invite("f", "mallory", &["bob"], 30).from("mallory", pair("mallory"));
                let _ = bob.hear(0, &forged.stamped(HOUR + ahead, "f"));
                let _ = bob.hear(0, &passing(HOUR + ahead));
            }
            bob.take();
            let left = left_on_arrival(&mut bob, 0, &invite(30, HOUR));
            assert_eq!(left, Some(25_000), "what a word that came late may hide, and no more");
        }
    }
}

#[test]
fn t7_a_stamp_from_the_future_that_came_before_the_service_told_the_time_silences_nothing() {
    let live = |bob: &mut Device, forged: &Inbound| assert_eq!(bob.hear(0, forged), Disposition::Buffered);
    let in_a_batch = |bob: &mut Device, forged: &Inbound| drop(catch_up(bob, 0, slice::from_ref(forged)));
    for hear in [live as fn(&mut Device, &Inbound), in_a_batch] {
        for tell in WORDS_OF_THE_SERVICE {
            let mut bob = Device::new("bob");
            hear(&mut bob, &passing(100 * HOUR));
            tell(&mut bob, 1);
            bob.take();
            let left = left_on_arrival(&mut bob, 1, &invite(30, HOUR));
            assert!(left.is_some_and(|left| left >= 25_000), "{left:?}");
        }
    }
}

#[test]
fn t7_an_ack_that_is_told_late_lets_nothing_ring_whose_time_is_over() {
    let mut bob = Device::new("bob");
    bob.invite(0, Invite::to("carol").timeout(30));
    let token = bob.engine.sends_in_flight().next().unwrap().0;
    bob.engine.begin_catch_up(at(600_000));
    bob.engine.handle_send_result(at(600_000), token, SendResult::Sent(stamp(0, "m"))).unwrap();
    bob.take();
    let heard = catch_up(&mut bob, 601_000, &[invite(30, 300_000)]);
    assert!(heard.contains(&"missed") && !heard.contains(&"onReceiveNewInvitation"), "{heard:?}");
}

#[test]
fn t7_nor_in_a_batch() {
    let mut bob = Device::new("bob");
    bob.engine.sync_clock(at(0), server(HOUR));
    let batch = [passing(24 * HOUR), invite(30, HOUR)];
    assert!(matches!(bob.engine.handle_history(at(0), &History::hot(), &batch), CatchUp::Done(_)));
    assert_eq!(bob.heard(), ["onReceiveNewInvitation"]);
}

#[test]
fn t7_in_a_catch_up_the_newest_stamp_of_the_batch_bounds_the_age_from_below() {
    for (newest, told) in
        [(29_999, &["onReceiveNewInvitation"][..]), (30_000, &["missed", "ended"]), (30_001, &["missed", "ended"])]
    {
        let mut bob = Device::new("bob");
        let heard = catch_up(&mut bob, 0, &[passing(newest), invite(30, 0)]);
        assert_eq!(heard, told, "newest stamp {newest}, by a host's clock at 0");
    }
}

#[test]
fn t7_in_a_catch_up_an_invite_is_as_old_as_it_looks_by_the_hosts_clock_if_no_better_is_known() {
    for (now, told) in [(29_999, &["onReceiveNewInvitation"][..]), (30_000, &["missed", "ended"])] {
        let mut bob = Device::new("bob");
        assert_eq!(catch_up(&mut bob, now, &[invite(30, 0)]), told, "at {now}");
    }
    let mut bob = Device::new("bob");
    bob.engine.sync_clock(at(30_000), server(20_000));
    assert_eq!(catch_up(&mut bob, 30_000, &[invite(30, 0)]), ["onReceiveNewInvitation"], "a better clock is known");
}

#[test]
fn t7_an_invite_older_than_the_newest_stamp_by_more_than_the_tombstones_life_never_rings() {
    for (stamped, told) in [
        (HOUR - 599_999, &["onReceiveNewInvitation"][..]),
        (HOUR - 600_000, &["onReceiveNewInvitation"]),
        (HOUR - 600_001, &[]),
    ] {
        let mut bob = Device::new("bob");
        let _ = bob.hear(HOUR, &passing(HOUR));
        let _ = bob.hear(HOUR, &invite(7_200, stamped));
        assert_eq!(bob.heard(), told, "stamped at {stamped}");
    }
}

#[test]
fn t7_nor_does_it_ring_in_a_later_catch_up() {
    for (stamped, rings) in [(HOUR - 600_000, true), (HOUR - 600_001, false)] {
        let mut bob = Device::new("bob");
        let _ = bob.hear(HOUR, &passing(HOUR));
        let heard = catch_up(&mut bob, HOUR, &[invite(7_200, stamped)]);
        assert_eq!(heard.contains(&"onReceiveNewInvitation"), rings, "stamped at {stamped}");
    }
}

#[test]
fn t8_the_time_left_of_every_open_invitation_is_readable() {
    let mut bob = ringing(30);
    bob.learn(0, &Action::invite("j", "carol", &["bob"], 0).from("carol", pair("carol")));
    bob.invite(0, Invite::to("dave").timeout(10));
    let left = |now: i64| bob.engine.invitations().filter_map(move |open| open.time_left(at(now))).collect::<Vec<_>>();
    let mut at_4_s = left(4_000);
    at_4_s.sort();
    assert_eq!(at_4_s, [Millis::from_secs(6), Millis::from_secs(26)], "and none for the one without a timeout");
    assert_eq!(bob.engine.invitation("i").unwrap().time_left(at(29_999)), Some(Millis::from_millis(1)));
    assert_eq!(bob.engine.invitation("i").unwrap().time_left(at(30_001)), Some(Millis::ZERO));
}

/// bob's device, which does not ring with less than 2 s left, and alice's call with this much of its time left.
fn with_left(left: i64) -> Device {
    let mut config = Config::default();
    config.min_ring = Millis::from_secs(2);
    let mut bob = Device::with("bob", config);
    bob.engine.sync_clock(at(0), server(HOUR));
    bob.learn(0, &invite(30, HOUR - 30_000 + left));
    bob
}

#[test]
fn t8_with_less_time_left_than_min_ring_it_is_missed() {
    for (left, name) in [(1_999, "missed"), (2_000, "onReceiveNewInvitation"), (2_001, "onReceiveNewInvitation")] {
        assert_eq!(with_left(left).heard(), [name], "{left} ms left");
    }
}

#[test]
fn t8_what_was_missed_for_want_of_time_stays_answerable_to_its_deadline() {
    for (ms, is_answered) in [(1_998, true), (1_999, false)] {
        let mut bob = with_left(1_999);
        assert_told!(bob, [Callback::Missed { reason: MissedReason::TooLittleTime, .. }]);
        assert_eq!(bob.engine.accept(at(ms), "i", "").is_ok(), is_answered, "at {ms}");
        let action = if is_answered { ACCEPT } else { TIMEOUT };
        assert_eq!(bob.said(), [saying(action, &["bob"])]);
    }
}

#[test]
fn t8_an_invitation_without_a_timeout_always_has_time_to_ring() {
    let mut config = Config::default();
    config.min_ring = Millis::from_secs(86_400);
    let mut bob = Device::with("bob", config);
    bob.learn(0, &Action::invite("i", "alice", &["bob"], 0).from("alice", pair("alice")));
    assert_eq!(bob.heard(), ["onReceiveNewInvitation"]);
}

#[test]
fn t5_a_stamp_that_is_learnt_later_makes_the_time_as_short_as_it_is() {
    let mut bob = Device::new("bob");
    bob.engine.sync_clock(at(0), server(0));
    let mut unstamped = invite(30, 0);
    unstamped.stamp = None;
    bob.learn(20_000, &unstamped);
    let deadline = |bob: &Device| bob.engine.invitation("i").and_then(|invitation| invitation.deadline());
    assert_eq!(deadline(&bob), Some(at(50_000)));
    let _ = bob.engine.handle_history(at(21_000), &History::hot(), &[invite(30, 0)]);
    assert_eq!(deadline(&bob), Some(at(30_000)));
}

#[test]
fn t7_an_ack_that_a_clock_that_was_set_back_lies_before_bounds_nothing() {
    let mut bob = Device::new("bob");
    bob.invite(999_000, Invite::to("carol").timeout(3_600));
    bob.take();
    let (token, _) = bob.engine.sends_in_flight().next().unwrap();
    let snapshot = bob.engine.snapshot();
    bob.engine = Engine::restore(snapshot, Config::default(), Seed::from([9; 16]), at(990_000)).unwrap();
    // An hour has passed, of which the clock knows nothing.
    bob.engine.handle_send_result(at(991_000), token, SendResult::Sent(stamp(999_500, "m"))).unwrap();
    let _ = bob.engine.handle_history(at(991_000), &History::hot(), &[]);
    let _ = bob.hear(991_000, &passing(4_591_000));
    assert_eq!(left_on_arrival(&mut bob, 992_000, &invite(30, 2_791_000)), None, "it is half an hour old");
}
