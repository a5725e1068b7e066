//! Deadlines, and what the engine waits for (`T1` to `T6`).

use crate::common::{
    ACCEPT, Action, CANCEL, Device, TIMEOUT, assert_told, at, bob_says, calling, dialling, group, in_call, in_room,
    pair, relay, ringing, ringing_with, saying, stamp,
};
use convoke::{Callback, Config, Disposition, Invite, Millis, Outcome, Refusal, SendResult, Wake, WakeReason};

const DAY: i64 = 86_400_000;

/// A device of this user, who has received alice's group call "i" to bob and carol, 30 s long, at 0 ms.
fn in_the_room(user: &str) -> Device {
    let mut device = Device::new(user);
    let invite = Action::invite("i", "alice", &["bob", "carol"], 30).from("alice", group("room"));
    device.learn(0, &invite.stamped(0, "i"));
    device.heard();
    device
}

fn wake_of(device: &Device) -> Option<(i64, WakeReason)> {
    match device.engine.wake() {
        Wake::At(at, reason) => Some((at.as_millis(), reason)),
        Wake::Poll | Wake::Never => None,
    }
}

#[test]
fn t1_a_now_below_the_last_one_counts_as_the_last() {
    let mut bob = ringing(30);
    bob.tick(20_000);
    bob.learn(5_000, &Action::invite("j", "alice", &["bob"], 30).from("alice", pair("alice")));
    assert_eq!(bob.engine.invitation("j").unwrap().deadline(), Some(at(50_000)));
    bob.tick(30_000);
    assert!(bob.engine.accept(at(29_999), "i", "").is_err(), "what is over does not come back");
}

#[test]
fn t1_a_call_that_is_about_something_else_fires_what_is_due() {
    let mut bob = ringing(30);
    bob.invite(30_000, Invite::to("carol"));
    assert_eq!(bob.heard(), ["onInvitationTimeout", "ended"]);
    let mut bob = ringing(30);
    bob.engine.sync_clock(at(30_000), convoke::ServerTime::from_millis(30_000));
    assert_eq!(bob.heard(), ["onInvitationTimeout", "ended"]);
}

#[test]
fn t2_deadlines_fire_in_the_order_of_deadline_then_invitation() {
    let mut bob = Device::new("bob");
    for (id, secs) in [("z", 10), ("b", 20), ("a", 20), ("y", 15)] {
        bob.learn(0, &Action::invite(id, "alice", &["bob"], secs).from("alice", pair("alice")));
    }
    bob.heard();
    bob.tick(DAY);
    let told = bob.take();
    let ended = told.iter().filter(|callback| matches!(callback, Callback::Ended { .. }));
    let order: Vec<&str> = ended.map(|callback| callback.invitation().invite_id().as_str()).collect();
    assert_eq!(order, ["z", "y", "a", "b"]);
}

#[test]
fn t2_a_late_tick_sees_the_deadline_and_not_now() {
    let (mut late, mut timely) = (ringing(30), ringing(30));
    timely.tick(30_000);
    timely.tick(100_000);
    late.tick(100_000);
    assert_eq!(late.engine, timely.engine, "its tombstone counts from the deadline on, too");
    assert_eq!(late.callbacks, timely.callbacks);
}

#[test]
fn t2_a_deadline_beats_a_message_of_the_same_instant() {
    for (ms, outcome) in [(29_999, Outcome::Cancelled), (30_000, Outcome::TimedOut), (30_001, Outcome::TimedOut)] {
        let mut bob = ringing(30);
        bob.learn(ms, &in_call(CANCEL, "alice"));
        let first = bob.take().remove(0);
        let is_cancelled = matches!(first, Callback::InvitationCancelled { .. });
        assert_eq!(is_cancelled, outcome == Outcome::Cancelled, "at {ms}: {first:?}");
    }

    let (mut alice, id) = calling(Invite::to("bob").timeout(30));
    alice.learn(35_000, &bob_says(ACCEPT, &id));
    assert_eq!(alice.heard(), ["onInvitationTimeout", "ended", "lateAnswer"]);
}

#[test]
fn t3_wake_names_the_moment_and_the_reason() {
    assert_eq!(Device::new("bob").engine.wake(), Wake::Never);
    assert_eq!(wake_of(&ringing(30)), Some((30_000, WakeReason::InviteeDeadline)));
    assert_eq!(wake_of(&calling(Invite::to("bob").timeout(30)).0), Some((35_000, WakeReason::InviterDeadline)));
    assert_eq!(wake_of(&in_the_room("dave")), Some((40_000, WakeReason::Presumption)));
    assert_eq!(wake_of(&ringing(0)), Some((DAY, WakeReason::Retention)));

    let mut bob = ringing(30);
    bob.engine.accept(at(1), "i", "").unwrap();
    assert_eq!(bob.engine.wake(), Wake::Poll, "outputs come first");
    bob.drain();
    assert_eq!(wake_of(&bob), Some((40_000, WakeReason::SendExpiry)));
    bob.ack(2);
    bob.drain();
    assert_eq!(wake_of(&bob), Some((600_002, WakeReason::Housekeeping)));
    bob.tick(600_002);
    assert_eq!(bob.engine.wake(), Wake::Never);
}

#[test]
fn t3_ticking_a_moment_too_early_does_nothing_and_at_the_moment_something() {
    let (mut alice, _) = calling(Invite::to("bob").timeout(30));
    alice.tick(34_999);
    assert_eq!(wake_of(&alice), Some((35_000, WakeReason::InviterDeadline)));
    assert_told!(alice, []);
    alice.tick(35_000);
    assert_eq!(alice.heard(), ["onInvitationTimeout", "ended"]);
}

#[test]
fn t3_while_the_engine_catches_up_it_waits_for_nothing_but_the_batch() {
    let mut bob = ringing(30);
    bob.engine.begin_catch_up(at(1));
    assert_eq!(bob.engine.wake(), Wake::Never);
    bob.tick(DAY);
    assert_told!(bob, []);
}

#[test]
fn t4_without_a_timeout_nobody_times_out_and_after_the_retention_the_state_is_dropped_silently() {
    for (ms, is_kept) in [(DAY - 1, true), (DAY, false), (DAY + 1, false)] {
        let mut bob = ringing(0);
        bob.tick(ms);
        assert_told!(bob, []);
        assert_eq!(bob.said(), []);
        assert_eq!(bob.engine.invitation("i").is_some(), is_kept, "at {ms}");
        assert_eq!(bob.engine.accept(at(ms), "i", "").is_ok(), is_kept, "at {ms}");
    }
}

#[test]
fn t4_a_time_out_of_what_has_no_timeout_is_refused_whoever_says_it() {
    for message in [in_call(TIMEOUT, "alice"), in_call(TIMEOUT, "bob")] {
        let mut bob = ringing(0);
        assert_eq!(bob.hear_in_vain(1, &message), Disposition::Refused(Refusal::NoTimeout));
        assert_eq!(bob.outcome_of("i", "bob"), Outcome::Pending);
        bob.accept(2, "i");

        let mut bob = Device::new("bob");
        assert_eq!(bob.hear(0, &message), Disposition::Buffered);
        bob.learn(1, &Action::invite("i", "alice", &["bob"], 0).from("alice", pair("alice")));
        assert_eq!(bob.heard(), ["onReceiveNewInvitation"]);
        assert_eq!(bob.outcome_of("i", "bob"), Outcome::Pending);
        bob.accept(2, "i");
    }
}

#[test]
fn t4_the_inviter_drops_it_a_grace_later() {
    for (ms, is_kept) in [(DAY + 4_999, true), (DAY + 5_000, false), (DAY + 5_001, false)] {
        let (mut alice, id) = calling(Invite::to("bob"));
        alice.tick(ms);
        assert_told!(alice, []);
        assert_eq!(alice.said(), []);
        assert_eq!(alice.engine.invitation(&id).is_some(), is_kept, "at {ms}");
    }
}

#[test]
fn t4_the_retention_is_a_setting_and_an_answer_ends_the_invitation_before_it() {
    let mut config = Config::default();
    config.retention = Millis::from_secs(60);
    let mut bob = ringing_with(config.clone(), 0);
    bob.tick(60_000);
    assert_eq!(bob.engine.stats().kept, 0);

    let mut bob = ringing_with(config, 0);
    bob.engine.accept(at(59_999), "i", "").unwrap();
    bob.ack(59_999);
    bob.tick(60_000);
    assert_eq!(bob.outcome("i", "bob"), Some(Outcome::Accepted), "a tombstone by now");
}

#[test]
fn t4_each_pending_invitee_times_out_and_who_has_answered_does_not() {
    let (mut alice, id) = calling(Invite::in_group("room", ["bob", "carol", "dave"]).timeout(30));
    alice.learn(1, &in_room(ACCEPT, &id, "bob"));
    alice.tick(35_000);
    let outcomes: Vec<Outcome> = alice.engine.invitation(&id).unwrap().outcomes().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, [Outcome::Accepted, Outcome::TimedOut, Outcome::TimedOut]);
}

#[test]
fn t5_when_an_invitation_was_sent_is_told_by_the_hosts_clock() {
    for (secs, sent) in [(30, Some(at(3_000))), (0, None)] {
        let mut bob = Device::new("bob");
        bob.engine.sync_clock(at(5_000), convoke::ServerTime::from_millis(4_000));
        bob.learn(
            5_000,
            &Action::invite("i", "alice", &["bob"], secs).from("alice", pair("alice")).stamped(2_000, "i"),
        );
        assert_eq!(bob.engine.invitation("i").unwrap().sent(), sent);
    }
}

#[test]
fn t5_the_invitees_timer_fires_at_the_deadline_and_both_sides_are_called_back() {
    let mut alice = Device::new("alice");
    let id = alice.invite(0, Invite::to("bob").timeout(30));
    alice.ack(0);
    let mut bob = Device::new("bob");
    bob.learn(0, &relay(&alice.sent()[0], "alice", "bob", 0));
    bob.heard();

    bob.tick(29_999);
    assert_told!(bob, []);
    bob.tick(30_000);
    assert_told!(bob, [Callback::InvitationTimeout { own_timer: true, .. }, Callback::Ended { .. }]);
    let timeout = bob.sent().remove(0);
    alice.learn(30_050, &relay(&timeout, "bob", "alice", 30_000));
    assert_told!(alice, [Callback::InvitationTimeout { own_timer: false, .. }, Callback::Ended { .. }]);
    alice.tick(DAY);
    assert_eq!(alice.said(), [], "the sending device has nothing to add");
    assert_eq!(alice.outcome(id.as_str(), "bob"), None, "forgotten by now");
}

#[test]
fn t5_for_invitees_who_are_offline_the_sending_device_times_out_a_grace_later_in_one_message_and_one_callback() {
    let (mut alice, _) = calling(Invite::in_group("room", ["bob", "carol"]).timeout(30));
    alice.tick(34_999);
    assert_eq!(alice.said(), []);
    alice.tick(35_000);
    assert_eq!(alice.said(), [saying(TIMEOUT, &["bob", "carol"])]);
    let told = alice.take();
    let [Callback::InvitationTimeout { invitees, own_timer: true, .. }, Callback::Ended { .. }] = &told[..] else {
        panic!("{told:#?}");
    };
    assert_eq!(*invitees, ["bob", "carol"]);
}

#[test]
fn t5_before_the_ack_the_time_runs_from_when_the_send_was_handed_out() {
    let (mut alice, id) = dialling(Invite::to("bob").timeout(30));
    assert_eq!(alice.engine.invitation(&id).unwrap().deadline(), Some(at(30_000)));
    alice.tick(35_000);
    assert_eq!(alice.heard(), ["onInvitationTimeout", "ended"], "an invite whose fate nobody tells ends all the same");
}

#[test]
fn t5_after_the_ack_the_time_runs_from_the_invites_stamp() {
    let (mut alice, id) = dialling(Invite::to("bob").timeout(30));
    alice.engine.sync_clock(at(0), convoke::ServerTime::from_millis(1_000_000));
    let token = alice.engine.sends_in_flight().next().unwrap().0;
    alice.engine.handle_send_result(at(900), token, SendResult::Sent(stamp(1_000_400, "i"))).unwrap();
    assert_eq!(alice.engine.invitation(&id).unwrap().deadline(), Some(at(30_400)));
}

#[test]
fn t5_only_the_sending_device_sends_and_everybody_else_presumes_after_twice_the_grace() {
    let mut second = Device::new("alice");
    let echo = Action::invite("i", "alice", &["bob", "carol"], 30).from("alice", group("room"));
    second.learn(0, &echo.stamped(0, "i"));
    for mut device in [second, in_the_room("dave")] {
        device.tick(39_999);
        assert_told!(device, []);
        device.tick(40_000);
        assert_told!(device, [Callback::InvitationTimeout { own_timer: true, .. }, Callback::Ended { .. }]);
        assert_eq!(device.said(), []);
    }
}

#[test]
fn t5_an_invitee_speaks_for_nobody_else_and_presumes_of_the_others() {
    let mut bob = in_the_room("bob");
    bob.tick(30_000);
    assert_eq!(bob.said(), [saying(TIMEOUT, &["bob"])]);
    assert_told!(bob, [Callback::InvitationTimeout { .. }]);
    assert_eq!(bob.outcome("i", "carol"), Some(Outcome::Pending));
    bob.tick(40_000);
    assert_told!(bob, [Callback::InvitationTimeout { .. }, Callback::Ended { .. }]);
    assert_eq!(bob.said(), []);
}

#[test]
fn t6_a_time_out_is_told_once_however_many_messages_say_so() {
    let mut bob = ringing(30);
    bob.tick(30_000);
    assert_eq!(bob.heard(), ["onInvitationTimeout", "ended"]);
    // From his tablet, and from alice's devices.
    for (n, by) in ["bob", "alice", "alice"].into_iter().enumerate() {
        let _ = bob.hear(30_001, &in_call(TIMEOUT, by).stamped(30_000, format!("m{n}")));
    }
    assert_told!(bob, []);

    let (mut alice, id) = calling(Invite::to("bob").timeout(30));
    alice.tick(35_000);
    assert_eq!(alice.heard(), ["onInvitationTimeout", "ended"]);
    let _ = alice.hear(35_001, &bob_says(TIMEOUT, &id));
    assert_told!(alice, []);
}

#[test]
fn t6_a_time_out_is_about_one_invitee() {
    let (mut alice, id) = calling(Invite::in_group("room", ["bob", "carol"]).timeout(30));
    alice.learn(30_000, &in_room(TIMEOUT, &id, "bob"));
    assert_told!(alice, [Callback::InvitationTimeout { .. }]);
    assert_eq!(alice.outcome(id.as_str(), "carol"), Some(Outcome::Pending));
    alice.tick(35_000);
    assert_eq!(alice.said(), [saying(TIMEOUT, &["carol"])]);
}
