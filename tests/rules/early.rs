//! What overtakes its invitation (R6), edits included (R8), and invitations that arrive when it is over.
#![allow(clippy::panic, reason = "a test that cannot go on fails")]

use crate::common::{
    ACCEPT, Action, CANCEL, Device, REJECT, TIMEOUT, at, call, cancel_to_bob, class, data, edited, group, in_call,
    in_class, limited, pair, refused,
};
use convoke::{
    Callback, Config, Disposition, Inbound, InvitationKey, Limit, Millis, MissedReason, Outcome, Pushed, Refusal,
    ServerTime, Wake, WakeReason,
};
use proptest::prelude::*;

/// What this user's app is told when the invite comes after these messages.
fn overtaken(user: &str, by: &[Inbound], invite: &Inbound) -> Device {
    let mut device = Device::new(user);
    for message in by {
        assert_eq!(device.hear(0, message), Disposition::Buffered);
    }
    assert!(device.heard().is_empty(), "nobody is told of it yet");
    assert_eq!(device.hear(1, invite), Disposition::Applied);
    device
}

fn is_missed(device: &mut Device, why: MissedReason) {
    let told = device.take();
    let [Callback::Missed { reason, .. }, Callback::Ended { .. }] = &told[..] else {
        panic!("missed, and no more: {told:?}");
    };
    assert_eq!(*reason, why);
    device.tick(60_000);
    assert!(device.heard().is_empty());
    assert!(device.sent().is_empty());
}

#[test]
fn r6_a_cancel_that_overtakes_its_invite_does_not_ring() {
    let mut bob = overtaken("bob", &[in_call(CANCEL, "alice")], &call());
    is_missed(&mut bob, MissedReason::Cancelled);
    assert_eq!(bob.outcome_of("i", "bob"), Outcome::Cancelled);
    assert_eq!(bob.engine.stats().early, 0);
}

#[test]
fn r6_a_time_out_that_overtakes_its_invite_does_not_ring() {
    for sender in ["alice", "bob"] {
        let mut bob = overtaken("bob", &[in_call(TIMEOUT, sender)], &call());
        is_missed(&mut bob, MissedReason::TimedOut);
    }
}

#[test]
fn r6_the_missed_invitation_says_who_and_what() {
    let mut bob = overtaken("bob", &[in_class(CANCEL, "alice", &["bob", "carol"])], &class());
    let told = bob.take();
    let Callback::Missed { invitation, invitees, data: said, .. } = &told[0] else { panic!("missed: {told:?}") };
    assert_eq!(invitation.inviter(), &"alice");
    assert_eq!(invitees.len(), 2);
    assert_eq!(*said, data("call"));
}

#[test]
fn r6_missed_does_not_ring_when_it_comes_again() {
    let mut bob = overtaken("bob", &[in_call(CANCEL, "alice")], &call());
    bob.callbacks.clear();
    assert_eq!(bob.hear_in_vain(2, &call()), Disposition::Duplicate);
    assert_eq!(bob.hear_in_vain(3, &in_call(CANCEL, "alice")), Disposition::Duplicate);
}

#[test]
fn r6_an_answer_of_ones_other_device_that_overtakes_the_invite_is_neither_ring_nor_missed() {
    for (kind, outcome) in [(ACCEPT, Outcome::Accepted), (REJECT, Outcome::Rejected)] {
        let mut bob = overtaken("bob", &[in_call(kind, "bob")], &call());
        assert!(bob.heard().is_empty());
        assert_eq!(bob.outcome_of("i", "bob"), outcome);
        bob.tick(60_000);
        assert!(bob.sent().is_empty(), "nor does it run out");
    }
}

#[test]
fn r6_an_answer_of_another_that_overtakes_the_invite_is_told_after_the_ring() {
    let mut bob = overtaken("bob", &[in_class(ACCEPT, "carol", &["carol"])], &class());
    assert_eq!(bob.heard(), ["onReceiveNewInvitation", "onInviteeAccepted"]);
}

#[test]
fn r6_a_cancel_of_another_that_overtakes_the_invite_rings_and_tells_of_it() {
    for user in ["bob", "dave"] {
        let mut device = overtaken(user, &[in_class(CANCEL, "alice", &["carol"])], &class());
        assert_eq!(device.heard(), ["onReceiveNewInvitation", "onInvitationCancelled"]);
        assert_eq!(device.outcome_of("i", "bob"), Outcome::Pending);
        assert_eq!(device.outcome_of("i", "carol"), Outcome::Cancelled);
    }
}

#[test]
fn r6_an_observer_of_what_was_over_before_it_came_is_told_nothing() {
    let mut dave = overtaken("dave", &[in_class(CANCEL, "alice", &["bob", "carol"])], &class());
    assert!(dave.heard().is_empty());
    assert_eq!(dave.outcome_of("i", "bob"), Outcome::Cancelled);
}

#[test]
fn r6_an_answer_that_overtakes_ones_own_invite_reaches_ones_other_device() {
    let mut alice = overtaken("alice", &[in_class(ACCEPT, "bob", &["bob"])], &class());
    assert_eq!(alice.heard(), ["onInviteeAccepted"]);
}

#[test]
fn r6_what_a_stranger_said_early_is_judged_by_its_sender() {
    let strangers = [
        in_class(ACCEPT, "dave", &["dave"]),
        in_class(REJECT, "mallory", &["mallory", "bob"]),
        in_class(TIMEOUT, "dave", &["dave", "carol"]),
    ];
    let mut bob = overtaken("bob", &strangers, &class());
    assert_eq!(bob.heard(), ["onReceiveNewInvitation"]);
    assert_eq!(bob.outcome_of("i", "bob"), Outcome::Pending);
    assert_eq!(bob.outcome_of("i", "carol"), Outcome::Pending);
}

#[test]
fn r6_an_early_cancel_by_another_than_the_inviter_is_refused_at_once() {
    let mut bob = Device::new("bob");
    let refused = Disposition::Refused(Refusal::NotInviter);
    assert_eq!(bob.hear_in_vain(0, &in_class(CANCEL, "carol", &["bob"])), refused);
    let unnamed = Disposition::Refused(Refusal::NotInvitee);
    assert_eq!(bob.hear_in_vain(0, &in_class(ACCEPT, "mallory", &["carol"])), unnamed);
}

#[test]
fn r6_the_early_fact_twice_is_kept_once() {
    let mut bob = Device::new("bob");
    assert_eq!(bob.hear(0, &in_call(CANCEL, "alice")), Disposition::Buffered);
    assert_eq!(bob.hear_in_vain(1, &in_call(CANCEL, "alice")), Disposition::Duplicate);
    assert_eq!(bob.engine.stats().early, 1);
}

#[test]
fn r6_of_an_early_answer_it_does_not_matter_whom_it_lists_besides() {
    let mut bob = Device::new("bob");
    let accept = |listed: &[&str]| Action::reply(ACCEPT, "i", "alice", listed).from("carol", group("room"));
    assert_eq!(bob.hear(0, &accept(&["carol"])), Disposition::Buffered);
    assert_eq!(bob.hear(0, &accept(&["bob", "carol", "dave"])), Disposition::Duplicate);
}

#[test]
fn r6_an_early_fact_expires_silently() {
    let mut bob = Device::new("bob");
    let _ = bob.hear(0, &in_call(CANCEL, "alice"));
    assert_eq!(bob.engine.wake(), Wake::At(at(600_000), WakeReason::Housekeeping));
    bob.tick(599_999);
    assert_eq!(bob.engine.stats().early, 1);
    bob.tick(600_000);
    assert_eq!(bob.engine.stats().early, 0);
    assert!(bob.heard().is_empty());
    let _ = bob.hear(600_001, &call());
    assert_eq!(bob.heard(), ["onReceiveNewInvitation"]);
}

#[test]
fn r6_early_facts_are_bounded_and_a_flood_crowds_out_only_its_sender() {
    let mut config = Config::default();
    config.limits.early = 3;
    config.limits.early_per_sender = 2;
    let mut bob = Device::with("bob", config);
    let of = |id, sender: &'static str| Action::reply(CANCEL, id, sender, &["bob"]).from(sender, group("room"));
    for id in ["1", "2"] {
        assert_eq!(bob.hear(0, &of(id, "mallory")), Disposition::Buffered);
    }
    let full = Disposition::Refused(Refusal::Limit(Limit::Early));
    assert_eq!(bob.hear_in_vain(0, &of("3", "mallory")), full);
    assert_eq!(bob.hear(0, &of("1", "alice")), Disposition::Buffered);
    assert_eq!(bob.hear_in_vain(0, &of("2", "alice")), full);
}

#[test]
fn r6_an_invite_that_arrives_expired_is_missed_and_nothing_is_sent() {
    let mut bob = Device::new("bob");
    bob.engine.sync_clock(at(0), ServerTime::from_millis(100_000));
    assert_eq!(bob.hear(0, &call().stamped(90_000, "old")), Disposition::Applied);
    is_missed(&mut bob, MissedReason::TimedOut);
}

#[test]
fn r6_an_invite_that_arrives_with_a_moment_left_rings_for_that_moment() {
    let mut bob = Device::new("bob");
    bob.engine.sync_clock(at(0), ServerTime::from_millis(100_000));
    let _ = bob.hear(0, &call().stamped(90_001, "old"));
    assert_eq!(bob.heard(), ["onReceiveNewInvitation"]);
    assert_eq!(bob.wake_ms(), Some(1));
}

#[test]
fn r6_an_invite_that_arrives_expired_after_its_cancel_was_cancelled() {
    let mut bob = Device::new("bob");
    bob.engine.sync_clock(at(0), ServerTime::from_millis(100_000));
    let _ = bob.hear(0, &in_call(CANCEL, "alice"));
    let _ = bob.hear(1, &call().stamped(90_000, "old"));
    is_missed(&mut bob, MissedReason::Cancelled);
}

#[test]
fn r6_too_little_time_is_missed_but_a_cancel_that_came_first_is_the_reason() {
    let mut config = Config::default();
    config.min_ring = Millis::from_secs(60);
    let mut bob = Device::with("bob", config);
    let _ = bob.hear(0, &in_call(CANCEL, "alice"));
    let _ = bob.hear(1, &call());
    is_missed(&mut bob, MissedReason::Cancelled);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn r6_early_or_late_the_outcomes_are_the_same(
        facts in prop::sample::subsequence(vec![
            in_class(CANCEL, "alice", &["bob"]),
            in_class(TIMEOUT, "alice", &["bob", "carol"]),
            in_class(ACCEPT, "bob", &["bob"]),
            in_class(REJECT, "bob", &["bob"]),
            in_class(ACCEPT, "carol", &["carol"]),
            in_class(TIMEOUT, "carol", &["carol"]),
        ], 0..=6).prop_shuffle(),
        early in 0_usize..=6,
        user in prop::sample::select(&["alice", "bob", "dave"][..]),
    ) {
        let mut in_order = Device::invited(user, &class());
        for fact in &facts {
            let _ = in_order.hear(1, fact);
        }
        let mut overtaken = Device::new(user);
        let (before, after) = facts.split_at(early.min(facts.len()));
        for message in before.iter().chain([&class()]).chain(after) {
            let _ = overtaken.hear(1, message);
        }
        for invitee in ["bob", "carol"] {
            prop_assert_eq!(in_order.outcome_of("i", invitee), overtaken.outcome_of("i", invitee));
        }
    }
}

#[test]
fn r8_an_edit_that_overtakes_its_invite_rings_with_the_new_data() {
    let mut bob = Device::new("bob");
    assert_eq!(bob.hear_edit(0, &edited(&call(), 5, "video")), Disposition::Buffered);
    assert_eq!(bob.hear(1, &call().stamped(1, "invite")), Disposition::Applied);
    let told = bob.take();
    let [Callback::NewInvitation { data: said, .. }] = &told[..] else { panic!("one ring: {told:?}") };
    assert_eq!(*said, data("video"));
    assert_eq!(bob.hear_edit_in_vain(2, &edited(&call(), 5, "video")), Disposition::Duplicate);
}

#[test]
fn r8_of_several_early_edits_the_greatest_stamp_wins_whatever_came_last() {
    for order in [[5, 7], [7, 5]] {
        let mut bob = Device::new("bob");
        for ms in order {
            let _ = bob.hear_edit(0, &edited(&call(), ms, &format!("edit {ms}")));
        }
        let _ = bob.hear(1, &call().stamped(1, "invite"));
        assert_eq!(bob.engine.invitation("i").map(|call| call.data().as_str()), Some("edit 7"));
        assert_eq!(bob.heard(), ["onReceiveNewInvitation"]);
    }
}

#[test]
fn r8_without_stamps_the_last_early_edit_wins() {
    let mut bob = Device::new("bob");
    for text in ["video", "audio"] {
        let mut edit = edited(&call(), 0, text);
        edit.stamp = None;
        let _ = bob.hear_edit(0, &edit);
    }
    let _ = bob.hear(1, &call().stamped(1, "invite"));
    assert_eq!(bob.engine.invitation("i").map(|call| call.data().as_str()), Some("audio"));
}

#[test]
fn r8_an_early_edit_that_is_said_again_has_come_last_unless_a_stamp_says_otherwise() {
    let again = |first: Inbound, second: Inbound| {
        let mut bob = Device::new("bob");
        for edit in [&first, &second] {
            assert_eq!(bob.hear_edit(0, edit), Disposition::Buffered);
        }
        let disposition = bob.hear_edit(0, &first);
        assert_eq!(bob.hear_edit(0, &first), Disposition::Duplicate);
        let _ = bob.hear(1, &call().stamped(1, "invite"));
        (disposition, bob.engine.invitation("i").map(|call| call.data().as_str().to_owned()))
    };
    let plain = |data: &str| {
        let mut edit = edited(&call(), 0, data);
        edit.stamp = None;
        edit
    };
    let stamped = |ms, data: &str| edited(&call(), ms, data);
    let cases = [
        (plain("a"), plain("b"), Disposition::Buffered, "a"),
        (plain("a"), stamped(5, "b"), Disposition::Buffered, "a"),
        (stamped(5, "a"), plain("b"), Disposition::Buffered, "a"),
        (stamped(7, "a"), stamped(5, "b"), Disposition::Duplicate, "a"),
        (stamped(5, "a"), stamped(7, "b"), Disposition::Duplicate, "b"),
    ];
    for (n, (first, second, disposition, data)) in cases.into_iter().enumerate() {
        assert_eq!(again(first, second), (disposition, Some(data.to_owned())), "case {n}");
    }
}

#[test]
fn r6_without_room_a_push_hears_only_what_is_about_its_user_alone() {
    let pushed_to_bob = || {
        let mut bob = Device::with("bob", limited(|limits| limits.early_per_sender = 1));
        assert_eq!(bob.hear(0, &cancel_to_bob("other", "alice")), Disposition::Buffered);
        let push = Pushed::new(InvitationKey::new("alice", "i", group("room")), ServerTime::from_millis(0));
        bob.engine.add_invited(at(0), push.timeout(10)).unwrap();
        bob
    };
    let cancel = |whom: &[&str]| in_class(CANCEL, "alice", whom);
    assert_eq!(pushed_to_bob().hear_in_vain(1, &cancel(&["bob", "carol"])), refused(Limit::Early));
    assert_eq!(pushed_to_bob().hear_edit_in_vain(1, &edited(&class(), 1, "new")), refused(Limit::Early));
    assert_eq!(pushed_to_bob().hear(1, &cancel(&["bob"])), Disposition::Applied);
}

#[test]
fn r8_a_strangers_early_edit_edits_nothing() {
    let mut bob = Device::new("bob");
    let mut edit = edited(&class(), 5, "forged");
    edit.sender = "mallory".into();
    edit.payload = edit.payload.replace(r#""inviter":"alice""#, r#""inviter":"mallory""#);
    assert_eq!(bob.hear_edit(0, &edit), Disposition::Buffered);
    let _ = bob.hear(1, &class());
    assert_eq!(bob.engine.invitation("i").map(|call| call.data().as_str()), Some("call"));
}

#[test]
fn r8_a_call_edited_and_cancelled_before_it_came_is_missed_with_the_new_data() {
    let mut bob = Device::new("bob");
    let _ = bob.hear_edit(0, &edited(&call(), 5, "video"));
    let _ = bob.hear(0, &Action::reply(CANCEL, "i", "alice", &["bob"]).from("alice", pair("alice")));
    let _ = bob.hear(1, &call().stamped(1, "invite"));
    let told = bob.take();
    assert!(matches!(&told[0], Callback::Missed { data: said, .. } if *said == data("video")), "{told:?}");
}
