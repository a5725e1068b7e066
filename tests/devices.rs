//! One user on several devices: what each is told (R3), whose answer counts (C4), who may cancel and who times out (C5).
#![allow(clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

mod common;

use std::slice;

use common::{
    ACCEPT, Action, CANCEL, Device, REJECT, TIMEOUT, at, call, class, edited, group, in_call, in_class, pair, relay,
};
use convoke::{Answer, Callback, CatchUp, Conversation, Disposition, History, Inbound, Invite, Outcome};

/// Two devices of bob, both ringing.
fn bobs() -> [Device; 2] {
    [Device::invited("bob", &call()), Device::invited("bob", &call())]
}

/// The last message of one of bob's devices, as his others see it.
fn said(bob: &mut Device, ms: i64) -> Inbound {
    let sent = bob.sent();
    let last = sent.last().unwrap_or_else(|| panic!("bob said nothing"));
    relay(last, "bob", "bob", ms)
}

/// Alice's two devices: the one that has invited, and the one that has seen it.
fn alices(conversation: &Conversation) -> (Device, Device, convoke::InviteId) {
    let mut sender = Device::new("alice");
    let invite = match conversation {
        Conversation::C2c(user) => Invite::to(user),
        Conversation::Group(name) => Invite::in_group(name, ["bob", "carol"]),
    };
    let id = sender.invite(0, invite.timeout(10).data("call"));
    let message = relay(&sender.sent()[0], "alice", "alice", 0);
    sender.ack_as(0, &message);
    let mut other = Device::new("alice");
    assert_eq!(other.hear(0, &message), Disposition::Applied);
    (sender, other, id)
}

#[test]
fn r3_ones_own_invite_does_not_ring_on_ones_other_device() {
    for conversation in [pair("bob"), group("room")] {
        let (_, mut other, id) = alices(&conversation);
        assert!(other.heard().is_empty());
        assert_eq!(other.outcome_of(&id, "bob"), Outcome::Pending, "but it is tracked");
    }
}

#[test]
fn r3_ones_other_device_hears_of_the_answers() {
    let (_, mut other, id) = alices(&group("room"));
    let accept = Action::reply(ACCEPT, id.as_str(), "alice", &["bob"]).from("bob", group("room"));
    let _ = other.hear(1, &accept);
    let told = other.take();
    assert!(matches!(told[..], [Callback::InviteeAccepted { elsewhere: false, .. }]), "{told:?}");
}

#[test]
fn r3_ones_other_device_hears_of_what_goes_on_and_not_of_what_was_over_when_it_heard_of_it() {
    let invite = Action::invite("i", "alice", &["bob"], 30).from("alice", pair("bob"));
    let reject = Action::reply(REJECT, "i", "alice", &["bob"]).from("bob", pair("bob"));
    let history = |device: &mut Device, batch: &[Inbound]| {
        let _ = device.engine.handle_history(at(1), &History::hot(), batch);
        device.heard()
    };
    let mut alice = Device::new("alice");
    assert!(history(&mut alice, &[invite.clone(), reject.clone()]).is_empty(), "over");

    let mut alice = Device::new("alice");
    assert!(history(&mut alice, slice::from_ref(&invite)).is_empty());
    assert_eq!(alice.hear(2, &reject), Disposition::Applied);
    assert_eq!(alice.heard(), ["onInviteeRejected", "ended"]);

    let cancel = Action::reply(CANCEL, "i", "alice", &["bob"]).from("alice", pair("bob"));
    for (early, is_her_own) in [(reject, false), (cancel, true)] {
        let mut alice = Device::new("alice");
        assert_eq!(alice.hear(0, &early), Disposition::Buffered);
        assert_eq!(alice.hear(1, &invite), Disposition::Applied);
        let told = alice.take();
        let [Callback::InviteeRejected { elsewhere, .. } | Callback::InvitationCancelled { elsewhere, .. }, _] =
            told[..]
        else {
            panic!("what went on, and the end: {told:?}");
        };
        assert_eq!(elsewhere, is_her_own);
    }
}

#[test]
fn r3_ones_own_modification_is_told_on_ones_other_device() {
    let (mut sender, mut other, id) = alices(&group("room"));
    sender.modify(1, &id, "video");
    let mut edit = edited(&class(), 1, "video");
    edit.payload.clone_from(&sender.edits[0].payload);
    assert_eq!(other.hear_edit(1, &edit), Disposition::Applied);
    assert_eq!(other.heard(), ["onInvitationModified"]);
}

#[test]
fn r3_ones_own_accept_stops_the_ringing_and_is_marked_as_done_elsewhere() {
    let [mut desk, mut phone] = bobs();
    phone.accept(1, "i");
    assert_eq!(desk.hear(1, &said(&mut phone, 1)), Disposition::Applied);
    let told = desk.take();
    assert!(
        matches!(told[..], [Callback::InviteeAccepted { elsewhere: true, revises: None, .. }, Callback::Ended { .. }]),
        "{told:?}"
    );
    desk.tick(60_000);
    assert!(desk.heard().is_empty() && desk.sent().is_empty(), "its time does not run out any more");
}

#[test]
fn r3_ones_own_reject_stops_the_ringing_and_is_marked_as_done_elsewhere() {
    let [mut desk, mut phone] = bobs();
    phone.reject(1, "i");
    let _ = desk.hear(1, &said(&mut phone, 1));
    let told = desk.take();
    assert!(matches!(told[0], Callback::InviteeRejected { elsewhere: true, revises: None, .. }), "{told:?}");
    assert!(desk.engine.accept(at(2), "i", "").is_err(), "it is answered");
}

#[test]
fn r3_ones_own_time_out_elsewhere_is_marked() {
    let [mut desk, _] = bobs();
    let _ = desk.hear(1, &in_call(TIMEOUT, "bob"));
    let told = desk.take();
    assert!(matches!(told[0], Callback::InvitationTimeout { elsewhere: true, own_timer: false, .. }), "{told:?}");
}

#[test]
fn c4_accept_beats_reject_whichever_device_is_first() {
    let [mut desk, mut phone] = bobs();
    desk.reject(1, "i");
    phone.accept(1, "i");
    let (no, yes) = (said(&mut desk, 1), said(&mut phone, 2));
    let _ = desk.hear(2, &yes);
    let _ = phone.hear(2, &no);
    desk.ack_as(3, &no);
    phone.ack_as(3, &yes);

    for bob in [&desk, &phone] {
        assert_eq!(bob.outcome_of("i", "bob"), Outcome::Accepted);
    }
    let told = desk.take();
    let [Callback::InviteeAccepted { elsewhere: true, revises: Some(Outcome::Rejected), .. }, Callback::Ended { .. }] =
        &told[..]
    else {
        panic!("the device that lost is told what counts: {told:?}");
    };
    assert_eq!(phone.heard(), ["ended"], "the device that won is told nothing");
}

#[test]
fn c4_accept_and_reject_both_beat_running_out_of_time() {
    for (kind, outcome, told) in [
        (ACCEPT, Outcome::Accepted, &["onInviteeAccepted"][..]),
        // A no stays a no: it is readable, and nobody is called back (C3).
        (REJECT, Outcome::Rejected, &[]),
    ] {
        let [mut desk, mut phone] = bobs();
        let _ = phone.hear(9_000, &in_call(kind, "bob"));
        desk.tick(10_000);
        let time_out = said(&mut desk, 10_000);
        desk.callbacks.clear();
        let _ = desk.hear(10_001, &in_call(kind, "bob"));
        phone.callbacks.clear();
        assert_eq!(phone.hear(10_001, &time_out), Disposition::Stale);
        assert!(phone.heard().is_empty());
        assert_eq!(desk.heard(), told);
        for bob in [&desk, &phone] {
            assert_eq!(bob.outcome_of("i", "bob"), outcome);
        }
    }
}

#[test]
fn c4_of_two_accepts_the_smaller_stamp_has_the_call_and_the_other_device_is_told() {
    for is_ack_first in [false, true] {
        let [mut desk, mut phone] = bobs();
        desk.accept(1, "i");
        phone.accept(1, "i");
        let (first, second) = (said(&mut desk, 1), said(&mut phone, 2));
        for (device, own, others) in [(&mut desk, &first, &second), (&mut phone, &second, &first)] {
            if is_ack_first {
                device.ack_as(3, own);
                let _ = device.hear(3, others);
            } else {
                let _ = device.hear(3, others);
                device.ack_as(3, own);
            }
        }
        assert_eq!(desk.heard(), ["ended"], "it has the call");
        let told = phone.take();
        let lost = |callback: &&Callback| matches!(callback, Callback::AnsweredElsewhere { with: Answer::Accept, .. });
        assert_eq!(told.iter().filter(lost).count(), 1, "{told:?}");
    }
}

#[test]
fn c4_of_two_rejects_the_later_device_is_told_with_what_it_was_answered() {
    let [mut desk, mut phone] = bobs();
    desk.reject(1, "i");
    phone.reject(1, "i");
    let (first, second) = (said(&mut desk, 1), said(&mut phone, 2));
    phone.ack_as(3, &second);
    phone.callbacks.clear();
    let _ = phone.hear(3, &first);
    let told = phone.take();
    assert!(matches!(told[..], [Callback::AnsweredElsewhere { with: Answer::Reject, .. }]), "{told:?}");
    assert_eq!(phone.hear_in_vain(4, &first), Disposition::Duplicate, "once");
}

#[test]
fn c4_in_a_batch_the_answer_that_wins_is_applied_and_one_that_changes_nothing_is_not() {
    let [mut desk, mut phone] = bobs();
    desk.reject(1, "i");
    phone.reject(1, "i");
    let (first, second) = (said(&mut desk, 1), said(&mut phone, 2));
    phone.ack_as(3, &second);
    desk.ack_as(3, &first);
    phone.callbacks.clear();
    desk.callbacks.clear();
    let hot = History::hot();
    let caught_up = phone.engine.handle_history(at(4), &hot, &[first]);
    assert_eq!(caught_up, CatchUp::Done(vec![Disposition::Applied]));
    assert_eq!(phone.heard(), ["answeredElsewhere"]);
    let caught_up = desk.engine.handle_history(at(4), &hot, &[second]);
    assert!(matches!(&caught_up, CatchUp::Done(all) if *all != [Disposition::Applied]), "{caught_up:?}");
    assert!(desk.heard().is_empty());
}

#[test]
fn c4_without_stamps_nobody_is_told_of_two_equal_answers() {
    let [mut desk, _] = bobs();
    desk.accept(1, "i");
    let _ = desk.hear(2, &in_call(ACCEPT, "bob"));
    desk.lose_track(3);
    let _ = desk.hear(4, &in_call(ACCEPT, "bob"));
    assert_eq!(desk.heard(), ["ended"]);
}

#[test]
fn c4_ones_own_echo_is_not_another_device() {
    let [mut desk, _] = bobs();
    desk.accept(1, "i");
    let echo = said(&mut desk, 2);
    let _ = desk.hear(2, &echo);
    desk.ack_as(3, &echo);
    assert_eq!(desk.hear_in_vain(4, &echo), Disposition::Duplicate);
    assert_eq!(desk.heard(), ["ended"]);
}

#[test]
fn c4_an_echo_before_an_unknown_fate_is_still_the_echo_after_it() {
    let [mut desk, _] = bobs();
    desk.accept(1, "i");
    let echo = said(&mut desk, 2);
    let _ = desk.hear(2, &echo);
    desk.lose_track(3);
    assert_eq!(desk.hear_in_vain(4, &echo), Disposition::Duplicate);
}

#[test]
fn c4_an_accept_that_lost_changes_nothing_the_second_time() {
    let [mut desk, mut phone] = bobs();
    desk.accept(1, "i");
    phone.accept(1, "i");
    let (first, second) = (said(&mut desk, 1), said(&mut phone, 2));
    let _ = desk.hear(2, &first);
    let _ = desk.hear(2, &second);
    desk.ack_as(3, &first);
    assert_eq!(desk.hear_in_vain(4, &second), Disposition::Duplicate);
    assert_eq!(desk.hear_in_vain(4, &first), Disposition::Duplicate);
}

#[test]
fn c4_a_refused_accept_leaves_the_answer_of_the_other_device() {
    let [mut desk, _] = bobs();
    desk.accept(1, "i");
    let _ = desk.hear(2, &in_call(REJECT, "bob"));
    assert!(desk.heard().is_empty(), "it lost, so far");
    desk.refuse(3, 20_003);
    let told = desk.take();
    let [
        Callback::OperationFailed { outcome: Outcome::Rejected, .. },
        Callback::InviteeRejected { elsewhere: true, revises: Some(Outcome::Accepted), .. },
        Callback::Ended { .. },
    ] = &told[..]
    else {
        panic!("the reject counts: {told:?}");
    };
}

#[test]
fn c4_an_answer_seen_before_a_refusal_is_known_after_it() {
    let [mut desk, mut phone] = bobs();
    phone.reject(1, "i");
    desk.accept(1, "i");
    let no = said(&mut phone, 1);
    let _ = desk.hear(2, &no);
    desk.refuse(3, 20_003);
    desk.callbacks.clear();
    assert_eq!(desk.hear_in_vain(4, &no), Disposition::Duplicate);
}

#[test]
fn c4_a_device_whose_answer_was_refused_has_none_that_could_lose() {
    let [mut desk, _] = bobs();
    desk.accept(1, "i");
    desk.refuse(2, 20_003);
    desk.callbacks.clear();
    for ms in [5, 3] {
        let _ = desk.hear(6, &in_call(ACCEPT, "bob").stamped(ms, "elsewhere"));
    }
    assert_eq!(desk.heard(), ["onInviteeAccepted", "ended"]);
}

#[test]
fn c4_a_reject_that_has_lost_is_no_news_when_it_is_seen_again() {
    let [mut desk, mut phone] = bobs();
    desk.reject(1, "i");
    phone.accept(1, "i");
    let (no, yes) = (said(&mut desk, 1), said(&mut phone, 2));
    let _ = desk.hear(3, &yes);
    let _ = desk.hear(3, &no);
    desk.lose_track(4);
    desk.callbacks.clear();
    assert_eq!(desk.hear_in_vain(5, &no), Disposition::Duplicate);
}

#[test]
fn c4_a_refused_reject_does_not_undo_that_the_other_devices_accept_was_told() {
    let mut desk = Device::invited("bob", &class());
    desk.reject(1, "i");
    let _ = desk.hear(2, &in_class(ACCEPT, "bob", &["bob"]));
    desk.refuse(3, 20_003);
    desk.callbacks.clear();
    let _ = desk.hear(4, &in_class(CANCEL, "alice", &["bob"]));
    let told = desk.take();
    assert!(
        matches!(told[..], [Callback::InvitationCancelled { revises: Some(Outcome::Accepted), .. }]),
        "the cancel revises it: {told:?}"
    );
}

#[test]
fn c4_nobody_is_told_of_an_answer_elsewhere_that_does_not_count_either() {
    let [mut desk, _] = bobs();
    desk.reject(1, "i");
    desk.ack(2);
    let _ = desk.hear(3, &in_call(CANCEL, "alice"));
    desk.callbacks.clear();
    let _ = desk.hear(4, &in_call(ACCEPT, "bob").stamped(4, "late"));
    assert!(desk.heard().is_empty(), "it stays cancelled");
}

#[test]
fn c5_another_device_of_the_inviter_may_cancel_like_any_other() {
    let (mut sender, mut other, id) = alices(&group("room"));
    other.cancel(1, &id);
    let cancel = other.sent();
    let seen = relay(&cancel[0], "alice", "alice", 1);
    assert_eq!(sender.hear(1, &seen), Disposition::Applied);
    let told = sender.take();
    assert!(
        matches!(told[..], [Callback::InvitationCancelled { elsewhere: true, .. }, Callback::Ended { .. }]),
        "{told:?}"
    );
    sender.tick(60_000);
    assert!(sender.heard().is_empty() && sender.sent().is_empty(), "and times nobody out");

    let mut bob = Device::new("bob");
    let _ = bob.hear(0, &Action::invite(id.as_str(), "alice", &["bob", "carol"], 10).from("alice", group("room")));
    assert_eq!(bob.hear(1, &relay(&cancel[0], "alice", "bob", 1)), Disposition::Applied);
    assert_eq!(bob.outcome_of(&id, "bob"), Outcome::Cancelled);
}

#[test]
fn c5_another_device_of_the_inviter_cancels_who_has_answered_the_sending_device() {
    let (mut sender, mut other, id) = alices(&group("room"));
    let accept = Action::reply(ACCEPT, id.as_str(), "alice", &["bob"]).from("bob", group("room"));
    let _ = sender.hear(1, &accept);
    other.cancel(1, &id);
    let cancel = relay(&other.sent()[0], "alice", "alice", 2);
    let _ = sender.hear(2, &cancel);
    let _ = other.hear(2, &accept);
    for alice in [&sender, &other] {
        assert_eq!(alice.outcome_of(&id, "bob"), Outcome::Cancelled);
    }
    assert_eq!(other.heard(), ["lateAnswer"], "bob is to hang up");
    let told = sender.take();
    assert!(
        told.iter().any(|told| matches!(
            told,
            Callback::InvitationCancelled { invitees, revises: Some(Outcome::Accepted), .. } if invitees[0] == "bob"
        )),
        "{told:?}"
    );
}

#[test]
fn c5_only_the_sending_device_sends_the_inviters_time_out() {
    let (mut sender, mut other, id) = alices(&group("room"));
    other.tick(19_999);
    assert!(other.heard().is_empty() && other.sent().is_empty());
    other.tick(20_000);
    assert_eq!(other.heard(), ["onInvitationTimeout", "ended"], "it presumes");
    assert!(other.sent().is_empty(), "and says nothing");

    sender.tick(14_999);
    assert!(sender.sent().is_empty());
    sender.tick(15_000);
    let sent = sender.sent();
    assert_eq!(sent.len(), 1, "one message for all");
    assert!(sent[0].payload.contains(r#""inviteeList":["bob","carol"]"#));
    assert_eq!(sender.outcome_of(&id, "carol"), Outcome::TimedOut);
}

#[test]
fn c5_whom_another_device_has_cancelled_one_by_one_is_told_when_ones_own_cancel_is_refused() {
    let (mut sender, _, id) = alices(&group("room"));
    sender.engine.cancel(at(1), &id, "").expect("both are pending");
    sender.drain();
    for invitee in ["bob", "carol", "bob", "carol"] {
        let cancel = Action::reply(CANCEL, id.as_str(), "alice", &[invitee]).from("alice", group("room"));
        let _ = sender.hear(2, &cancel);
    }
    assert_eq!(sender.heard(), ["ended"], "the rest is what the operation has said");
    sender.refuse(3, 20_003);
    let told = sender.take();
    let [Callback::OperationFailed { .. }, Callback::InvitationCancelled { invitees, elsewhere: true, .. }] = &told[..]
    else {
        panic!("they were cancelled after all: {told:?}");
    };
    assert_eq!(invitees.len(), 2);
}
