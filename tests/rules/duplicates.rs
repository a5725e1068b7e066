//! The same message twice, an invitation with other fields, and what has ended (R5).

use crate::common::{
    ACCEPT, Action, CANCEL, Device, REJECT, TIMEOUT, at, call, class, edited, group, in_call, in_class, pair, relay,
};
use convoke::{
    Callback, CatchUp, Config, Disposition, History, Inbound, Invite, Limit, Millis, Outcome, Refusal, WakeReason,
};
use proptest::prelude::*;

const CONFLICTING: Disposition = Disposition::Refused(Refusal::Conflicting);

/// What everybody in a class may say, true or not, some of it twice by different messages.
fn lesson() -> Vec<Inbound> {
    let messages = [
        class(),
        in_class(ACCEPT, "bob", &["bob"]),
        in_class(REJECT, "bob", &["bob"]),
        in_class(TIMEOUT, "bob", &["bob"]),
        in_class(REJECT, "carol", &["carol"]),
        in_class(CANCEL, "alice", &["carol"]),
        in_class(TIMEOUT, "alice", &["bob", "carol"]),
        in_class(CANCEL, "mallory", &["bob", "carol"]),
        edited(&class(), 3, "video"),
        edited(&class(), 5, "audio"),
    ];
    (0_i64..).zip(messages).map(|(n, message)| with_stamp(message, n)).collect()
}

fn with_stamp(message: Inbound, n: i64) -> Inbound {
    if message.stamp.is_some() { message } else { message.stamped(n, format!("m{n}").as_str()) }
}

fn is_edit(message: &Inbound) -> bool {
    message.stamp.as_ref().is_some_and(|stamp| stamp.id.as_str().starts_with("edit-"))
}

fn hear(device: &mut Device, ms: i64, message: &Inbound) {
    let _ = if is_edit(message) { device.hear_edit(ms, message) } else { device.hear(ms, message) };
}

fn hear_in_vain(device: &mut Device, ms: i64, message: &Inbound) {
    let _ = if is_edit(message) { device.hear_edit_in_vain(ms, message) } else { device.hear_in_vain(ms, message) };
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn r5_the_same_message_twice_changes_nothing_in_any_order(
        lesson in Just(lesson()).prop_shuffle(),
        user in prop::sample::select(&["alice", "bob", "carol", "dave"][..]),
        pause in 0_i64..4_000,
    ) {
        let mut device = Device::new(user);
        let mut ms = 0;
        for (n, message) in lesson.iter().enumerate() {
            hear(&mut device, ms, message);
            ms += pause;
            for seen in &lesson[..=n] {
                hear_in_vain(&mut device, ms, seen);
            }
        }
    }
}

#[test]
fn r5_an_invite_twice_rings_once() {
    let mut bob = Device::new("bob");
    assert_eq!(bob.hear(0, &call()), Disposition::Applied);
    assert_eq!(bob.hear_in_vain(5_000, &call()), Disposition::Duplicate);
    assert_eq!(bob.heard(), ["onReceiveNewInvitation"]);
    assert_eq!(bob.wake_ms(), Some(10_000), "and has no more time");
}

#[test]
fn r5_a_duplicate_with_other_data_is_no_modification() {
    let mut bob = Device::invited("bob", &call());
    let mut copy = call();
    copy.payload = copy.payload.replace("call", "forged");
    assert_eq!(bob.hear_in_vain(1, &copy), Disposition::Duplicate);
}

#[test]
fn r5_the_same_invitation_with_other_invitees_or_another_timeout_is_refused() {
    let others: [(&[&str], u32); 6] = [
        (&["bob"], 10),
        (&["bob", "dave"], 10),
        (&["bob", "carol", "dave"], 10),
        (&["carol", "bob"], 10),
        (&["carol", "carol"], 10),
        (&["bob", "carol"], 11),
    ];
    for user in ["alice", "bob", "dave"] {
        let mut device = Device::invited(user, &class());
        for (invitees, timeout) in others {
            let forged = Action::invite("i", "alice", invitees, timeout).from("alice", group("room"));
            assert_eq!(device.hear_in_vain(1, &forged.stamped(77, "forged")), CONFLICTING);
        }
    }
}

#[test]
fn r5_only_the_message_itself_seen_again_in_a_history_may_list_fewer() {
    let fewer = |ms, id| Action::invite("i", "alice", &["bob"], 10).from("alice", group("room")).stamped(ms, id);
    let mut bob = Device::invited("bob", &class().stamped(1, "m"));
    assert_eq!(bob.hear_in_vain(1, &fewer(1, "m")), CONFLICTING, "it is no history");
    for (copy, then) in [(fewer(2, "other"), CONFLICTING), (fewer(1, "m"), Disposition::Duplicate)] {
        assert_eq!(bob.engine.handle_history(at(2), &History::hot(), &[copy]), CatchUp::Done(vec![then]));
    }
}

#[test]
fn r5_an_invite_seen_again_in_a_history_after_its_end_is_a_duplicate() {
    let mut bob = Device::invited("bob", &call().stamped(1, "m"));
    assert_eq!(bob.hear(2, &in_call(CANCEL, "alice")), Disposition::Applied);
    let again = bob.engine.handle_history(at(3), &History::hot(), &[call().stamped(1, "m")]);
    assert_eq!(again, CatchUp::Done(vec![Disposition::Duplicate]));
}

#[test]
fn r5_the_same_list_written_differently_is_the_same() {
    let mut bob = Device::invited("bob", &class());
    let doubled = Action::invite("i", "alice", &["bob", "alice", "carol", "bob"], 10).from("alice", group("room"));
    assert_eq!(bob.hear_in_vain(1, &doubled), Disposition::Duplicate);
}

#[test]
fn r5_what_was_answered_does_not_ring_again_and_does_not_time_out() {
    for answer in [|bob: &mut Device| bob.accept(1, "i"), |bob: &mut Device| bob.reject(1, "i")] {
        let mut bob = Device::invited("bob", &call());
        answer(&mut bob);
        assert_eq!(bob.hear_in_vain(2, &call()), Disposition::Duplicate);
        bob.ack(3);
        assert_eq!(bob.heard(), ["ended"]);
        assert_eq!(bob.hear_in_vain(4, &call()), Disposition::Duplicate);
        bob.sent();
        bob.tick(60_000);
        assert!(bob.heard().is_empty() && bob.sent().is_empty());
    }
}

#[test]
fn r5_what_has_ended_does_not_ring_again_and_its_outcomes_are_readable() {
    for (kind, sender, outcome) in [
        (CANCEL, "alice", Outcome::Cancelled),
        (TIMEOUT, "alice", Outcome::TimedOut),
        (ACCEPT, "bob", Outcome::Accepted),
        (REJECT, "bob", Outcome::Rejected),
    ] {
        let mut bob = Device::invited("bob", &call());
        let _ = bob.hear(1_000, &in_call(kind, sender));
        bob.callbacks.clear();
        for ms in [1_001, 300_000, 600_999] {
            assert_eq!(bob.hear_in_vain(ms, &call()), Disposition::Duplicate);
            assert_eq!(bob.outcome_of("i", "bob"), outcome);
        }
        let conflicting = Action::invite("i", "alice", &["bob"], 30).from("alice", pair("alice"));
        assert_eq!(bob.hear_in_vain(600_999, &conflicting), CONFLICTING);
    }
}

#[test]
fn r5_the_end_said_again_after_the_end_is_no_news() {
    let mut bob = Device::invited("bob", &call());
    let _ = bob.hear(1, &in_call(CANCEL, "alice"));
    bob.callbacks.clear();
    assert_eq!(bob.hear_in_vain(2, &in_call(CANCEL, "alice")), Disposition::Duplicate);
    assert_eq!(bob.hear(3, &in_call(TIMEOUT, "alice")), Disposition::Stale, "weaker than what is known");
    assert_eq!(bob.hear_in_vain(4, &in_call(TIMEOUT, "alice")), Disposition::Duplicate);
    assert!(bob.heard().is_empty());
}

#[test]
fn r5_a_tombstone_is_forgotten_after_its_life_without_a_word() {
    let mut bob = Device::invited("bob", &call());
    let _ = bob.hear(1_000, &in_call(CANCEL, "alice"));
    bob.callbacks.clear();
    assert!(matches!(bob.engine.wake(), convoke::Wake::At(_, WakeReason::Housekeeping)));
    assert_eq!(bob.wake_ms(), Some(601_000));
    bob.tick(601_000);
    assert!(bob.heard().is_empty());
    assert!(bob.engine.invitation("i").is_none());
    assert_eq!(bob.engine.stats().kept, 0);
    assert_eq!(bob.wake_ms(), None);
}

#[test]
fn r5_a_tombstone_outlives_the_rest_of_the_invitations_own_life() {
    let mut config = Config::default();
    config.tombstone_life = Millis::ZERO;
    let long = Action::invite("i", "alice", &["bob"], 3_600).from("alice", pair("alice"));
    let mut bob = Device::invited_with("bob", config, &long);
    let _ = bob.hear(1_000, &in_call(CANCEL, "alice"));
    bob.callbacks.clear();
    assert_eq!(bob.hear_in_vain(3_605_000, &long), Disposition::Duplicate, "its deadline and the grace");
    assert_eq!(bob.outcome_of("i", "bob"), Outcome::Cancelled);
}

#[test]
fn r5_without_a_timeout_the_retention_is_the_life() {
    let mut config = Config::default();
    config.retention = Millis::from_secs(3_600);
    let endless = Action::invite("i", "alice", &["bob"], 0).from("alice", pair("alice"));
    let mut bob = Device::invited_with("bob", config, &endless);
    let _ = bob.hear(1_000, &in_call(CANCEL, "alice"));
    bob.callbacks.clear();
    assert_eq!(bob.hear_in_vain(3_600_000, &endless), Disposition::Duplicate);
}

#[test]
fn r5_what_was_dismissed_does_not_ring_again() {
    let mut bob = Device::invited("bob", &call());
    bob.engine.dismiss(at(1), "i").expect("it is open");
    assert_eq!(bob.hear_in_vain(2, &call()), Disposition::Duplicate);
    let conflicting = Action::invite("i", "alice", &["bob"], 30).from("alice", pair("alice"));
    assert_eq!(bob.hear_in_vain(2, &conflicting), CONFLICTING);
    for (kind, sender) in [(CANCEL, "alice"), (ACCEPT, "bob"), (TIMEOUT, "alice")] {
        assert_eq!(bob.hear_in_vain(3, &in_call(kind, sender)), Disposition::Stale);
    }
    assert_eq!(bob.hear_edit(4, &edited(&call(), 4, "video")), Disposition::Stale);
    bob.tick(60_000);
    assert!(bob.heard().is_empty() && bob.sent().is_empty(), "nor does its time run out");
    assert_eq!(bob.hear_in_vain(600_000, &call()), Disposition::Duplicate);
}

fn numbered(id: &str, timeout: u32) -> Inbound {
    Action::invite(id, "alice", &["bob"], timeout).from("alice", pair("alice"))
}

fn room_for_two() -> Config {
    let mut config = Config::default();
    config.limits.open = 2;
    config.limits.open_per_sender = 2;
    config.limits.kept = 2;
    config.limits.kept_per_sender = 2;
    config
}

#[test]
fn r5_under_pressure_a_new_invitation_is_refused_rather_than_an_old_one_let_ring() {
    let mut bob = Device::with("bob", room_for_two());
    for id in ["1", "2"] {
        let _ = bob.hear(0, &numbered(id, 10));
        bob.accept(0, id);
        bob.ack(0);
    }
    bob.callbacks.clear();
    bob.sent();
    let full = Disposition::Refused(Refusal::Limit(Limit::Kept));
    assert_eq!(bob.hear_in_vain(1, &numbered("3", 10)), full);
    assert_eq!(bob.hear_in_vain(1, &numbered("1", 10)), Disposition::Duplicate);
}

#[test]
fn r5_under_pressure_what_is_past_its_life_goes_first() {
    let mut bob = Device::with("bob", room_for_two());
    for (id, timeout) in [("1", 60), ("2", 10)] {
        let _ = bob.hear(0, &numbered(id, timeout));
        bob.accept(0, id);
        bob.ack(0);
    }
    assert_eq!(bob.hear(40_000, &numbered("3", 10)), Disposition::Applied);
    assert!(bob.engine.invitation("2").is_none(), "it was past its life");
    assert_eq!(bob.outcome_of("1", "bob"), Outcome::Accepted);
}

#[test]
fn r5_ones_own_invite_seen_twice_is_known_once() {
    let mut alice = Device::new("alice");
    let id = alice.invite(0, Invite::to("bob").timeout(10));
    let echo = relay(&alice.sent()[0], "alice", "alice", 1);
    assert_eq!(alice.hear(1, &echo), Disposition::Applied, "it is an ack");
    assert_eq!(alice.hear_in_vain(2, &echo), Disposition::Duplicate);
    alice.ack_as(3, &echo);
    assert_eq!(alice.hear_in_vain(4, &echo), Disposition::Duplicate);
    assert!(alice.heard().is_empty());
    assert_eq!(alice.outcome_of(&id, "bob"), Outcome::Pending);
}

#[test]
fn r5_a_fate_told_twice_is_told_once() {
    let mut bob = Device::invited("bob", &call());
    bob.accept(1, "i");
    let token = bob.sent()[0].token;
    bob.ack(2);
    let before = bob.clone();
    let refused = convoke::SendResult::Refused { code: 1 };
    assert!(bob.engine.handle_send_result(at(2), token, refused).is_err());
    assert!(bob == before);
}

#[test]
fn r5_a_late_answer_is_told_once() {
    let mut alice = Device::new("alice");
    let id = alice.invite(0, Invite::to("bob").timeout(10));
    alice.ack(0);
    alice.cancel(1, &id);
    alice.ack(1);
    alice.callbacks.clear();
    let accept = Action::reply(ACCEPT, id.as_str(), "alice", &["bob"]).from("bob", pair("bob"));
    assert_eq!(alice.hear(2, &accept), Disposition::Applied);
    let told = alice.take();
    assert!(matches!(told[..], [Callback::LateAnswer { .. }]), "{told:?}");
    assert_eq!(alice.hear_in_vain(3, &accept), Disposition::Duplicate);
}
