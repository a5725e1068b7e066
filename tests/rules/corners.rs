//! Corners that a review has found: each of these was a defect once.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common::{ACCEPT, Action, Device, at, group, pair, stamp};
use convoke::{Disposition, Inbound, Refusal, SendResult};

/// Bob's answer to alice's question in the room, by his other device.
fn elsewhere(word: &str) -> Inbound {
    Action::reply(ACCEPT, "i", "alice", &["bob"]).data(word).from("bob", group("room"))
}

fn asked() -> Device {
    let mut bob = Device::new("bob");
    let ask = Action::invite("i", "alice", &["bob", "carol"], 30).from("alice", group("room"));
    assert_eq!(bob.hear(0, &ask), Disposition::Applied);
    bob.take();
    bob
}

#[test]
fn o1_of_a_dismissed_invitation_nobody_is_told_the_fate_of_an_answer() {
    for result in [SendResult::Refused { code: 1 }, SendResult::Sent(stamp(9, "mine")), SendResult::Unknown] {
        let mut bob = asked();
        bob.engine.accept(at(1), "i", "yes").unwrap();
        assert_eq!(bob.hear(2, &elsewhere("theirs").stamped(2, "theirs")), Disposition::Applied);
        bob.take();
        let (token, _) = bob.engine.sends_in_flight().next().unwrap();
        bob.engine.dismiss(at(3), "i").unwrap();
        assert_eq!(bob.engine.handle_send_result(at(4), token, result), Ok(()));
        bob.tick(1_000_000);
        assert_eq!(bob.heard(), [""; 0]);
    }
}

#[test]
fn w9_copies_of_ones_own_answer_in_flight_with_other_words_do_not_pile_up() {
    let mut bob = asked();
    bob.engine.accept(at(1), "i", "yes").unwrap();
    bob.drain();
    let size = |device: &Device| serde_json::to_string(&device.engine.snapshot()).unwrap().len();
    assert_eq!(bob.hear(2, &elsewhere("word 0")), Disposition::Applied);
    let before = size(&bob);
    for n in 1..9 {
        assert_eq!(bob.hear(2, &elsewhere(&format!("word {n}"))), Disposition::Duplicate);
    }
    assert_eq!(size(&bob), before);
}

#[test]
fn r4_in_a_c2c_conversation_a_third_user_cannot_even_edit() {
    let mut bob = Device::new("bob");
    let before = bob.engine.clone();
    let edit = Action::invite("i", "mallory", &["bob"], 30).from("mallory", pair("alice"));
    assert_eq!(bob.engine.handle_edit(at(0), &edit), Disposition::Refused(Refusal::WrongConversation));
    assert_eq!(bob.engine, before);
}
