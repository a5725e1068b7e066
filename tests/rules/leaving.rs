//! Members who leave a group, and users who sign out (`A5`, `A6`).

use crate::common::{self, Action, Device, at, class, in_class, pair};
use convoke::{Callback, CatchUp, Config, Engine, History, Invite, Outcome, Seed};

fn leave(device: &mut Device, ms: i64, group: &str, user: &str) {
    device.engine.handle_member_left(at(ms), &group.into(), &user.into());
}

#[test]
fn a6_who_left_without_an_answer_is_told_once_and_is_not_waited_for() {
    let mut alice = Device::new("alice");
    alice.invite(0, Invite::in_group("room", ["bob", "carol"]).timeout(10));
    alice.ack(0);
    leave(&mut alice, 1_000, "room", "bob");
    leave(&mut alice, 1_001, "room", "bob");
    assert_eq!(alice.heard(), ["inviteeLeft"]);

    alice.sent();
    alice.tick(15_000);
    assert!(alice.sent()[0].payload.ends_with(r#""inviteeList":["carol"]}"#), "only who is pending is timed out");
    assert_eq!(alice.heard(), ["onInvitationTimeout", "ended"]);
}

#[test]
fn a6_who_has_answered_keeps_the_answer_and_a_late_answer_beats_the_leave() {
    let mut dave = Device::new("dave");
    let _ = dave.hear(0, &class());
    let _ = dave.hear(1, &in_class(common::ACCEPT, "bob", &["bob"]));
    leave(&mut dave, 2, "room", "bob");
    leave(&mut dave, 3, "room", "carol");
    assert_eq!(dave.outcome_of("i", "bob"), Outcome::Accepted);
    assert_eq!(dave.outcome_of("i", "carol"), Outcome::Left);
    dave.take();

    let _ = dave.hear(4, &in_class(common::ACCEPT, "carol", &["carol"]));
    let told = dave.take();
    assert!(
        matches!(&told[..], [Callback::InviteeAccepted { revises: Some(Outcome::Left), .. }]),
        "a presumption is weaker than any word of the invitee: {told:?}"
    );
}

#[test]
fn a6_who_left_another_group_or_was_never_invited_changes_nothing() {
    let mut dave = Device::new("dave");
    let _ = dave.hear(0, &class());
    dave.tick(1);
    let before = dave.engine.clone();
    leave(&mut dave, 1, "attic", "bob");
    leave(&mut dave, 1, "room", "mallory");
    assert_eq!(dave.engine, before);
}

#[test]
fn a5_for_a_user_who_signs_in_again_nothing_is_sent_on_its_own_account() {
    let mut alice = Device::invited("alice", &Action::invite("i", "bob", &["alice"], 10).from("bob", pair("bob")));
    alice.invite(1, Invite::to("carol").timeout(10));
    alice.ack(2);
    alice.accept(3, "i");
    assert_eq!(alice.said().len(), 2);
    let snapshot = alice.engine.snapshot();
    drop(alice);

    let mut again = Device::new("alice");
    again.engine = Engine::restore(snapshot, Config::default(), Seed::from([8; 16]), at(9_000)).unwrap();
    assert!(matches!(again.engine.handle_history(at(9_000), &History::hot(), &[]), CatchUp::Done(_)));
    again.tick(9_999);
    assert_eq!((again.sent(), again.take(), &again.edits[..]), (vec![], vec![], &[][..]));
}
