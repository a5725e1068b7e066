//! One invitee on several devices: what each is told (R3), whose answer counts (C4).
#![allow(clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

use crate::common::{ACCEPT, CANCEL, Device, REJECT, TIMEOUT, at, blind, call, class, in_call, in_class, relay};
use convoke::{
    Answer, Callback, CatchUp, Config, Conversation, Disposition, Engine, History, Inbound, InvitationKey, Outcome,
    Pushed, Seed, ServerTime,
};

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
    let caught_up = phone.engine.handle_history(at(4), &hot, &[first.clone(), first]);
    assert_eq!(caught_up, CatchUp::Done(vec![Disposition::Applied, Disposition::Duplicate]));
    assert_eq!(phone.heard(), ["answeredElsewhere"]);
    let caught_up = desk.engine.handle_history(at(4), &hot, &[second]);
    assert!(matches!(&caught_up, CatchUp::Done(all) if *all != [Disposition::Applied]), "{caught_up:?}");
    assert!(desk.heard().is_empty());
}

#[test]
fn c4_a4_a_restored_device_whose_answer_was_handed_out_before_is_told_who_has_the_call() {
    let [mut desk, mut phone] = bobs();
    desk.accept(1, "i");
    phone.accept(1, "i");
    let (first, second) = (said(&mut desk, 1), said(&mut phone, 2));
    phone.engine = Engine::restore(phone.engine.snapshot(), Config::default(), Seed::from([9; 16]), at(3)).unwrap();
    let _ = phone.engine.handle_history(at(3), &History::hot(), &[first]);
    phone.ack_as(4, &second);
    let told = phone.take();
    let lost = |callback: &&Callback| matches!(callback, Callback::AnsweredElsewhere { with: Answer::Accept, .. });
    assert_eq!(told.iter().filter(lost).count(), 1, "{told:?}");
}

#[test]
fn c4_a4_an_answer_given_again_after_a_refusal_is_none_that_was_handed_out_before_a_restore() {
    let [mut desk, mut phone] = bobs();
    desk.accept(1, "i");
    phone.engine.accept(at(1), "i", "").unwrap();
    phone.engine = Engine::restore(phone.engine.snapshot(), Config::default(), Seed::from([9; 16]), at(3)).unwrap();
    let _ = phone.engine.handle_history(at(3), &History::hot(), &[]);
    phone.drain();
    phone.refuse(4, 20_003);
    phone.accept(5, "i");
    let (first, second) = (said(&mut desk, 2), said(&mut phone, 5));
    phone.ack_as(6, &second);
    phone.callbacks.clear();
    assert_eq!(phone.hear(7, &first), Disposition::Applied);
    assert_eq!(phone.heard(), ["answeredElsewhere"]);
}

#[test]
fn c4_the_earlier_answer_of_another_invitee_is_not_that_of_another_device() {
    for kind in [ACCEPT, REJECT] {
        let mut bob = Device::invited("bob", &class());
        if kind == ACCEPT {
            bob.accept(1, "i")
        } else {
            bob.reject(1, "i")
        }
        let own = said(&mut bob, 5);
        bob.ack_as(5, &own);
        assert_eq!(bob.hear(6, &in_class(kind, "carol", &["carol"]).stamped(3, "carol's")), Disposition::Applied);
        let told = bob.heard();
        assert!(!told.contains(&"answeredElsewhere"), "{told:?}");
    }
}

#[test]
fn c4_an_earlier_copy_of_anothers_answer_is_applied_and_a_later_one_is_a_duplicate() {
    let mut bob = Device::invited("bob", &class());
    let copy = |ms, id: &str| in_class(ACCEPT, "carol", &["carol"]).stamped(ms, id);
    for (copy, expected) in [
        (copy(5, "from her desk"), Disposition::Applied),
        (copy(7, "from her car"), Disposition::Duplicate),
        (copy(3, "from her phone"), Disposition::Applied),
    ] {
        assert_eq!(bob.hear(8, &copy), expected);
    }
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
fn c4_where_one_device_does_not_know_the_fate_of_its_answer_not_both_lose_the_call() {
    for (config, is_told) in [(Config::default(), true), (blind(), false)] {
        for order in [[0, 1], [1, 0]] {
            let [mut desk, mut phone] = [
                Device::invited_with("bob", config.clone(), &call()),
                Device::invited_with("bob", config.clone(), &call()),
            ];
            desk.accept(1, "i");
            phone.accept(1, "i");
            let answers = [said(&mut desk, 3), said(&mut phone, 5)];
            let _ = desk.hear(6, &answers[order[0]]);
            if is_told {
                desk.lose_track(6);
                phone.ack_as(6, &answers[1]);
            }
            let _ = desk.hear(7, &answers[order[1]]);
            for answer in order {
                let _ = phone.hear(8, &answers[answer]);
            }
            let lost = [desk.heard(), phone.heard()].map(|heard| heard.contains(&"answeredElsewhere"));
            assert_eq!(lost, [false, is_told], "whose fate is told knows which answer is the other's");
        }
    }
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
fn c4_an_answer_has_the_smallest_stamp_of_its_copies_in_any_order() {
    let copies =
        [in_class(ACCEPT, "bob", &["bob"]).stamped(20, "m2"), in_class(ACCEPT, "bob", &["bob"]).stamped(10, "m9")];
    for order in [[0, 1], [1, 0]] {
        let mut carol = Device::invited("carol", &class());
        for which in order {
            let _ = carol.hear(1, &copies[which]);
        }
        let invitation = carol.engine.invitation("i").expect("it is known");
        assert_eq!(invitation.answer_stamp("bob"), copies[1].stamp.as_ref());
        assert_eq!(invitation.answer_stamp("carol"), None, "she has not answered");
        assert_eq!(carol.heard(), ["onInviteeAccepted"], "told once");
        for copy in &copies {
            assert_eq!(carol.hear_in_vain(2, copy), Disposition::Duplicate);
        }
    }
}

#[test]
fn c4_ones_own_answer_has_the_stamp_of_its_ack() {
    let mut bob = Device::invited("bob", &call());
    bob.accept(1, "i");
    let stamp_of = |bob: &Device| bob.engine.invitation("i").and_then(|view| view.answer_stamp("bob").cloned());
    assert_eq!(stamp_of(&bob), None, "nobody knows it yet");
    let yes = said(&mut bob, 2);
    bob.ack_as(3, &yes);
    assert_eq!(stamp_of(&bob), yes.stamp);
}

#[test]
fn c4_an_answer_to_a_push_keeps_its_stamp_when_the_message_says_who_else_is_invited() {
    let mut carol = Device::new("carol");
    let name = InvitationKey::new("alice", "i", Conversation::Group("room".into()));
    carol.engine.add_invited(at(0), Pushed::new(name, ServerTime::from_millis(0)).timeout(10)).expect("it is new");
    carol.accept(1, "i");
    carol.ack_as(2, &in_class(ACCEPT, "carol", &["carol"]).stamped(2, "m2"));
    carol.learn(3, &class());
    let invitation = carol.engine.invitation("i").expect("it is known");
    assert_eq!(invitation.answer_stamp("carol").map(|stamp| stamp.id.as_str()), Some("m2"));
    assert_eq!(invitation.answer_stamp("bob"), None);
}

#[test]
fn c4_an_answer_that_came_before_its_invite_keeps_its_stamp() {
    let yes = in_class(ACCEPT, "bob", &["bob"]).stamped(20, "m2");
    let mut carol = Device::new("carol");
    assert_eq!(carol.hear(1, &yes), Disposition::Buffered);
    carol.learn(2, &class());
    assert_eq!(carol.engine.invitation("i").and_then(|view| view.answer_stamp("bob")), yes.stamp.as_ref());
}
