//! Whose invitation it is (`I1`), and ids that say nothing (`O8`).
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;

use crate::common::{ACCEPT, Action, CANCEL, Device, assert_told, at, calling, group, pair, ringing, saying};
use convoke::{
    AnswerError, Callback, CancelError, Config, Disposition, Engine, InvitationKey, Invite, InviteError, InviteId,
    Outcome, Refusal, Seed, Target, Unavailable,
};
use proptest::prelude::*;

/// bob's device, where alice and mallory both call under the id "i", each for themself.
fn called_twice() -> Device {
    let mut bob = ringing(30);
    let same_id = Action::invite("i", "mallory", &["bob"], 30).from("mallory", pair("mallory"));
    assert_eq!(bob.hear(0, &same_id), Disposition::Applied);
    assert_eq!(bob.heard(), ["onReceiveNewInvitation"]);
    bob
}

fn outcome_of(device: &Device, inviter: &str) -> Option<Outcome> {
    device.engine.invitation(Target::of(inviter, "i")).and_then(|invitation| invitation.outcome_of("bob"))
}

#[test]
fn i1_a_strangers_use_of_an_id_does_not_stop_another_from_ringing() {
    let bob = called_twice();
    assert_eq!(bob.engine.stats().open, 2);
}

#[test]
fn i1_a_strangers_cancel_under_the_same_id_does_not_end_anothers_call() {
    let mut bob = called_twice();
    let cancel = Action::reply(CANCEL, "i", "mallory", &["bob"]);
    assert_eq!(bob.hear(1, &cancel.from("mallory", pair("mallory"))), Disposition::Applied);
    assert_eq!(outcome_of(&bob, "mallory"), Some(Outcome::Cancelled));
    assert_eq!(outcome_of(&bob, "alice"), Some(Outcome::Pending));
}

#[test]
fn i1_a_stranger_who_says_to_be_the_inviter_is_refused() {
    let mut bob = ringing(30);
    let forged = Action::reply(CANCEL, "i", "alice", &["bob"]);
    let refused = bob.hear(1, &forged.from("mallory", pair("mallory")));
    assert_eq!(refused, Disposition::Refused(Refusal::WrongConversation));
    assert_eq!(bob.outcome("i", "bob"), Some(Outcome::Pending));
}

#[test]
fn i1_an_answer_in_another_conversation_does_not_answer() {
    let (mut alice, id) = calling(Invite::to("bob").timeout(30));
    let yes = Action::reply(ACCEPT, id.as_str(), "alice", &["bob"]);
    assert_eq!(alice.hear(1, &yes.from("bob", group("room"))), Disposition::Buffered, "of an invitation in the room");
    assert_eq!(alice.outcome(id.as_str(), "bob"), Some(Outcome::Pending));
}

#[test]
fn i1_one_inviter_may_use_an_id_in_two_conversations() {
    let mut bob = ringing(30);
    let in_room = Action::invite("i", "alice", &["bob"], 30).from("alice", group("room"));
    assert_eq!(bob.hear(0, &in_room), Disposition::Applied);
    assert_told!(bob, [Callback::NewInvitation { .. }]);

    let room = InvitationKey::new("alice", "i", group("room"));
    assert!(bob.engine.invitation(Target::of("alice", "i")).is_none(), "the inviter alone does not tell them apart");
    bob.engine.reject(at(1), &room, "").unwrap();
    assert!(bob.sent().iter().all(|transmit| transmit.conversation == group("room")));
    assert_eq!(bob.outcome("i", "bob"), None);
}

#[test]
fn i1_an_id_that_two_open_invitations_share_is_ambiguous_for_every_operation() {
    let mut bob = called_twice();
    let before = bob.engine.clone();
    let errors = [
        bob.engine.accept(at(0), "i", "").unwrap_err().code(),
        bob.engine.reject(at(0), "i", "").unwrap_err().code(),
        bob.engine.cancel(at(0), "i", "").unwrap_err().code(),
        bob.engine.modify(at(0), "i", "").unwrap_err().code(),
        bob.engine.dismiss(at(0), "i").unwrap_err().code(),
    ];
    assert_eq!(errors, [6017; 5]);
    assert!(matches!(bob.engine.accept(at(0), "i", ""), Err(AnswerError::Ambiguous(_))));
    assert_eq!(bob.engine, before);
}

#[test]
fn i1_the_inviter_tells_two_open_invitations_apart() {
    let mut bob = called_twice();
    bob.engine.accept(at(1), Target::of("mallory", "i"), "").unwrap();
    let [yes] = &bob.sent()[..] else { panic!("one accept is sent") };
    assert_eq!(yes.conversation, pair("mallory"));
    assert_eq!(outcome_of(&bob, "alice"), Some(Outcome::Pending));
}

#[test]
fn i1_beside_an_open_invitation_one_that_ended_is_not_ambiguous() {
    for (ended, open) in [("alice", "mallory"), ("mallory", "alice")] {
        let mut bob = called_twice();
        bob.learn(1, &Action::reply(CANCEL, "i", ended, &["bob"]).from(ended, pair(ended)));
        bob.engine.accept(at(2), "i", "").unwrap();
        assert_eq!(outcome_of(&bob, open), Some(Outcome::Accepted));
        assert_eq!(outcome_of(&bob, ended), Some(Outcome::Cancelled));
    }
}

#[test]
fn i1_a_target_with_the_wrong_inviter_is_never_seen() {
    let mut bob = ringing(30);
    let unknown = Err(CancelError::Unavailable(Unavailable::NeverSeen));
    assert_eq!(bob.engine.cancel(at(0), Target::of("mallory", "i"), ""), unknown);
}

#[test]
fn i1_a_stranger_who_takes_up_the_id_of_my_call_does_not_keep_me_from_cancelling_it_by_its_name() {
    let (mut alice, id) = calling(Invite::in_group("room", ["bob", "mallory"]).timeout(30));
    let copy = Action::invite(id.as_str(), "mallory", &["alice"], 30).from("mallory", group("room"));
    assert_eq!(alice.hear(1, &copy), Disposition::Applied);
    alice.engine.cancel(at(2), Target::of("alice", &id), "").unwrap();
    assert_eq!(alice.said(), [saying(CANCEL, &["bob", "mallory"])]);
}

fn engine(user: &str, seed: u8) -> Engine {
    Engine::new(user, Config::default(), Seed::from([seed; 16])).expect("the configuration can be used")
}

fn ids(user: &str, seed: u8) -> Vec<InviteId> {
    let mut engine = engine(user, seed);
    let mut invite = || engine.invite(at(0), Invite::to("zoe").timeout(1)).expect("the invite is valid");
    (0..100).map(|_| invite().invite_id().clone()).collect()
}

#[test]
fn o8_an_id_is_a_uuid_of_random_bits() {
    for id in ids("alice", 1) {
        let parts: Vec<&str> = id.as_str().split('-').collect();
        assert_eq!(parts.iter().map(|part| part.len()).collect::<Vec<_>>(), [8, 4, 4, 4, 12], "{id}");
        assert!(parts.concat().bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')), "{id}");
        assert!(parts[2].starts_with('4'), "version 4: {id}");
        assert!(parts[3].starts_with(['8', '9', 'a', 'b']), "the standard's variant: {id}");
    }
}

#[test]
fn o8_ids_do_not_repeat_in_a_run_nor_for_another_user_nor_with_another_seed() {
    let runs = [ids("alice", 1), ids("bob", 1), ids("alice", 2)];
    let distinct: BTreeSet<&InviteId> = runs.iter().flatten().collect();
    assert_eq!(distinct.len(), 300);
    assert_eq!(ids("alice", 1), runs[0], "the same seed and user give the same ids");
}

#[test]
fn o8_neither_the_user_nor_the_count_shows_in_an_id() {
    let bits = |id: &InviteId| u128::from_str_radix(&id.as_str().replace('-', ""), 16).unwrap();
    let (alices, bobs) = (ids("alice", 1), ids("bob", 1));
    for (one, other) in alices.iter().zip(&bobs).chain(alices.iter().zip(&alices[1..])) {
        let differing = (bits(one) ^ bits(other)).count_ones();
        assert!((25..=100).contains(&differing), "{differing} of the 122 free bits differ");
    }
}

#[test]
fn o8_an_invite_that_fails_uses_up_no_id() {
    let (mut one, mut other) = (engine("alice", 1), engine("alice", 1));
    assert!(matches!(one.invite(at(0), Invite::to("")), Err(InviteError::BadArgument(_))));
    assert_eq!(one.invite(at(0), Invite::to("bob")), other.invite(at(0), Invite::to("bob")));
}

/// Else one invitation would take the place of the other, and the time of the first be up for ever.
#[test]
fn o8_two_devices_of_a_user_with_one_seed_do_not_give_one_id_to_two_invitations() {
    let (mut first, mut second) =
        (Device::seeded("alice", Config::default(), 1), Device::seeded("alice", Config::default(), 1));
    let id = first.invite(0, Invite::to("bob").timeout(5));
    let invite = Action::invite(id.as_str(), "alice", &["bob"], 5).from("alice", pair("bob"));
    assert_eq!(first.said(), [saying(1, &["bob"])]);
    assert_eq!(second.hear(1, &invite), Disposition::Applied);
    let other = second.invite(2, Invite::to("bob").timeout(60));
    assert_ne!(id, other);
    second.ack(2);
    second.tick(120_000);
    assert_eq!(second.engine.invitations().count(), 0);
    assert_eq!(second.outcome_of(&id, "bob"), Outcome::TimedOut);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn o8_the_ids_of_others_are_opaque(id in "\\PC{1,32}") {
        let mut bob = Device::new("bob");
        let invite = Action::invite(&id, "alice", &["bob"], 30).from("alice", pair("alice"));
        prop_assert_eq!(bob.hear(0, &invite), Disposition::Applied);
        bob.engine.accept(at(1), InviteId::from(id.as_str()), "").unwrap();
        let [yes] = &bob.sent()[..] else { panic!("one accept is sent") };
        prop_assert_eq!(yes.invitation.invite_id().as_str(), id);
    }
}
