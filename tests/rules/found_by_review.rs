//! What a review found, and what the rules say of it.

use crate::common::*;
use convoke::*;

fn key_room() -> InvitationKey {
    InvitationKey::new("alice", "i", group("room"))
}

fn pushed(secs: u32) -> Pushed {
    Pushed::new(key_room(), ServerTime::from_millis(0)).timeout(secs).data("call")
}

#[test]
fn a2_calls_that_ended_inside_a_batch_leave_room_for_the_one_that_rings() {
    let mut bob = Device::with("bob", limited(|l| (l.open, l.open_per_sender) = (4, 2)));
    let mut batch = Vec::new();
    for n in 0..3 {
        batch.push(to_bob(&format!("old{n}"), "alice", 5).stamped(n * 10, format!("o{n}")));
        batch.push(cancel_to_bob(&format!("old{n}"), "alice").stamped(n * 10 + 1, format!("c{n}")));
    }
    batch.push(to_bob("rings", "alice", 60).stamped(1_000, "r"));
    bob.engine.begin_catch_up(at(1_000));
    let _ = bob.engine.handle_history(at(1_000), &History::hot(), &batch);
    bob.drain();
    assert_eq!(bob.heard(), ["missed", "ended", "missed", "ended", "missed", "ended", "onReceiveNewInvitation"]);
}

#[test]
fn t5_a_push_completed_by_a_cold_catch_up_keeps_its_deadline() {
    let mut bob = Device::new("bob");
    bob.engine.sync_clock(at(0), ServerTime::from_millis(0));
    bob.engine.add_invited(at(40_000), pushed(60)).unwrap();
    assert_eq!(bob.engine.invitation("i").unwrap().deadline(), Some(at(60_000)));
    let invite = Action::invite("i", "alice", &["bob", "carol"], 60).from("alice", group("room")).stamped(0, "i");
    let _ = bob.engine.handle_history(at(40_000), &History::cold(), &[invite]);
    assert_eq!(bob.engine.invitation("i").unwrap().deadline(), Some(at(60_000)));
}

#[test]
fn t5_the_echo_of_ones_own_group_invite_in_a_cold_start_keeps_its_deadline() {
    let (alice, id) = dialling(Invite::in_group("room", ["bob"]).timeout(60));
    let snapshot = alice.engine.snapshot();
    let mut alice2 = Device::new("alice");
    alice2.engine = Engine::restore(snapshot, Config::default(), Seed::from([9; 16]), at(40_000)).unwrap();
    alice2.engine.sync_clock(at(40_000), ServerTime::from_millis(40_000));
    let echo = Action::invite(id.as_str(), "alice", &["bob"], 60).data("").from("alice", group("room")).stamped(0, "i");
    let _ = alice2.engine.handle_history(at(40_000), &History::cold(), &[echo]);
    assert_eq!(alice2.engine.invitation(&id).unwrap().deadline(), Some(at(60_000)));
}

#[test]
fn o1_an_answer_of_another_before_a_push_is_completed_is_not_lost() {
    let mut bob = Device::new("bob");
    bob.engine.add_invited(at(0), pushed(10)).unwrap();
    let _ = bob.hear(1, &in_class(ACCEPT, "carol", &["carol"]));
    let _ = bob.hear(2, &class());
    assert_eq!(bob.outcome_of("i", "carol"), Outcome::Accepted);
}

#[test]
fn r6_an_early_answer_of_another_survives_a_push() {
    let mut bob = Device::new("bob");
    assert_eq!(bob.hear(1, &in_class(ACCEPT, "carol", &["carol"])), Disposition::Buffered);
    bob.engine.add_invited(at(1), pushed(10)).unwrap();
    let _ = bob.hear(2, &class());
    assert_eq!(bob.outcome_of("i", "carol"), Outcome::Accepted);
}

#[test]
fn o1_a_cancel_of_all_before_a_push_is_completed_counts_for_all() {
    let mut bob = Device::new("bob");
    bob.engine.add_invited(at(0), pushed(10)).unwrap();
    let _ = bob.hear(1, &in_class(CANCEL, "alice", &["bob", "carol"]));
    let _ = bob.hear(2, &class());
    assert_eq!(bob.outcome_of("i", "carol"), Outcome::Cancelled);
}

#[test]
fn o1_a_push_is_completed_even_after_everybody_has_given_up() {
    let mut bob = Device::new("bob");
    bob.engine.add_invited(at(0), pushed(10)).unwrap();
    bob.accept(1, "i");
    bob.ack(2);
    bob.tick(20_000);
    let _ = bob.hear(20_001, &class());
    let _ = bob.hear(20_002, &in_class(ACCEPT, "carol", &["carol"]));
    assert_eq!(bob.outcome("i", "carol"), Some(Outcome::Accepted));
}

#[test]
fn a7_a_push_does_not_end_by_the_time_before_the_history_may_say_whom_else_it_invites() {
    let mut bob = Device::new("bob");
    bob.engine.add_invited(at(0), pushed(10)).unwrap();
    bob.accept(1, "i");
    bob.engine.begin_catch_up(at(2));
    bob.ack(30_000);
    assert!(bob.heard().is_empty());
    let _ = bob.engine.handle_history(at(30_000), &History::hot(), &[class().stamped(0, "i")]);
    bob.drain();
    assert_eq!(bob.heard(), ["onInvitationTimeout", "ended"], "and carol is presumed silent then");
}

#[test]
fn r8_a_push_that_was_answered_has_not_ended_so_an_edit_of_it_counts() {
    let mut bob = Device::new("bob");
    bob.engine.add_invited(at(0), pushed(10)).unwrap();
    bob.accept(1, "i");
    bob.ack(2);
    assert_eq!(bob.hear_edit(3, &edited(&class(), 3, "new")), Disposition::Applied);
    assert_eq!(bob.heard(), ["onInvitationModified"]);
}

#[test]
fn r8_an_edit_before_the_message_of_a_push_is_not_undone_by_it() {
    for s in [None, Some(stamp(0, "i"))] {
        let mut bob = Device::new("bob");
        let invite = class().stamped(0, "i");
        let mut edit = edited(&invite, 1, "new");
        edit.stamp = s;
        // As an early fact:
        let mut other = Device::new("bob");
        let _ = other.hear_edit(1, &edit);
        let _ = other.hear(2, &invite);
        assert_eq!(other.engine.invitation("i").unwrap().data(), &data("new"));
        bob.engine.add_invited(at(0), pushed(10)).unwrap();
        let _ = bob.hear_edit(1, &edit);
        let _ = bob.hear(2, &invite);
        assert_eq!(bob.engine.invitation("i").unwrap().data(), &data("new"), "{:?}", edit.stamp);
    }
}

#[test]
fn o7_ones_own_edit_seen_again_is_its_ack() {
    let (mut alice, id) = calling(Invite::to("bob").timeout(60).data("one"));
    alice.modify(1_000, &id, "two");
    let edit =
        Action::invite(id.as_str(), "alice", &["bob"], 60).data("two").from("alice", pair("bob")).stamped(1_001, "e");
    assert_eq!(alice.hear_edit(1_002, &edit), Disposition::Applied);
    assert_eq!(alice.engine.modify(at(1_003), &id, "three"), Ok(()));
}

#[test]
fn r2_under_the_web_profile_a_cancel_that_crosses_ones_own_reject_is_not_told() {
    let mut config = Config::default();
    config.profile = Profile::Web;
    let mut bob = Device::invited_with("bob", config, &class());
    bob.reject(1, "i");
    bob.ack(2);
    let _ = bob.hear(3, &in_class(CANCEL, "alice", &["bob", "carol"]));
    assert_eq!(bob.heard(), [""; 0]);
}

#[test]
fn a2_who_answered_first_is_not_told_before_the_batch_is_folded() {
    let mut bob = Device::invited("bob", &call());
    bob.accept(1, "i");
    bob.ack(5);
    let theirs = in_call(ACCEPT, "bob").stamped(3, "theirs");
    let cancel = in_call(CANCEL, "alice").stamped(9, "c");
    let _ = bob.engine.handle_history(at(10), &History::hot(), &[theirs, cancel]);
    assert_eq!(bob.heard(), ["ended", "onInvitationCancelled"]);
}

#[test]
fn o7_without_a_timeout_a_fate_is_awaited_beyond_the_retention() {
    let mut bob = ringing(0);
    let day = 86_400_000;
    bob.accept(day - 1_000, "i");
    let (token, _) = bob.engine.sends_in_flight().next().unwrap();
    assert_eq!(bob.engine.handle_send_result(at(day + 1_000), token, SendResult::Refused { code: 1 }), Ok(()));
    assert_eq!(bob.heard(), ["operationFailed"]);
}

#[test]
fn w9_an_invitation_whose_answer_is_in_flight_does_not_make_room() {
    let mut bob = Device::with("bob", limited(|l| (l.open, l.open_per_sender) = (2, 2)));
    let _ = bob.hear(0, &to_bob("i", "alice", 0));
    bob.accept(1, Target::of("alice", "i"));
    let _ = bob.hear(2, &to_bob("m1", "mallory", 60));
    let _ = bob.hear(2, &to_bob("m2", "mallory", 60));
    bob.take();
    bob.refuse(3, 1);
    assert_eq!(bob.heard(), ["operationFailed"]);
}

#[test]
fn t5_a_stale_echo_of_ones_own_invite_does_not_extend_it() {
    let (mut alice, id) = dialling(Invite::to("bob").timeout(3_600));
    alice.lose(1);
    let _ = alice.hear(
        1_800_000,
        &Action::invite("x", "carol", &["alice"], 5).from("carol", pair("carol")).stamped(1_800_000, "x"),
    );
    let echo =
        Action::invite(id.as_str(), "alice", &["bob"], 3_600).data("").from("alice", pair("bob")).stamped(0, "i");
    assert_eq!(alice.hear(1_800_001, &echo), Disposition::Applied);
    assert_eq!(alice.engine.invitation(&id).unwrap().deadline(), Some(at(3_600_000)));
}

#[test]
fn c3_an_accept_after_the_end_that_was_told_is_a_revision() {
    let mut alice = Device::seeded("alice", Config::default(), 3);
    alice.engine.sync_clock(at(0), ServerTime::from_millis(0));
    let _ = alice.hear(20_000, &in_class(TIMEOUT, "alice", &["carol"]).stamped(15_000, "t"));
    let _ = alice.hear(20_000, &class().stamped(0, "i"));
    alice.take();
    let _ = alice.hear(20_001, &in_class(ACCEPT, "bob", &["bob"]).stamped(1, "a"));
    assert_told!(alice, [Callback::InviteeAccepted { revises: Some(Outcome::TimedOut), .. }]);
}

#[test]
fn r8_an_edit_after_the_end_is_stale_in_a_batch_too() {
    let cancel = in_call(CANCEL, "alice").stamped(2, "c");
    let again = edited(&call(), 3, "new");
    let mut live = Device::invited("bob", &call());
    let _ = live.hear(4, &cancel);
    assert_eq!(live.hear_edit(4, &again), Disposition::Stale);
    let mut batch = Device::invited("bob", &call());
    let _ = batch.engine.handle_history(at(4), &History::hot(), &[cancel, again]);
    assert_eq!(batch.engine.invitation("i").unwrap().data(), live.engine.invitation("i").unwrap().data());
}

#[test]
fn r6_a_strangers_early_word_does_not_shorten_anothers() {
    let mut bob = Device::new("bob");
    let _ = bob.hear(0, &in_class(ACCEPT, "mallory", &["mallory"]));
    let _ = bob.hear(599_000, &in_class(CANCEL, "alice", &["bob"]));
    let _ = bob.hear(600_001, &class());
    assert_eq!(bob.heard()[0], "missed");
}

#[test]
fn o1_a2_what_a_batch_says_before_the_message_of_a_push_is_told_of_whom_it_is_about() {
    let mut bob = Device::new("bob");
    bob.engine.add_invited(at(0), pushed(10)).unwrap();
    let by_bob = in_class(ACCEPT, "bob", &["bob"]).stamped(100, "a");
    let by_carol = in_class(ACCEPT, "carol", &["carol"]).stamped(100, "b");
    let invite = Action::invite("i", "alice", &["carol", "bob"], 10).from("alice", group("room")).stamped(100, "z");
    let _ = bob.engine.handle_history(at(200), &History::hot(), &[by_bob, by_carol, invite]);
    bob.drain();
    let mut told: Vec<(UserId, bool)> = Vec::new();
    for callback in bob.take() {
        if let Callback::InviteeAccepted { invitee, elsewhere, .. } = callback {
            told.push((invitee, elsewhere));
        }
    }
    assert_eq!(told, [("bob".into(), true), ("carol".into(), false)]);
}

#[test]
fn r2_o7_under_the_web_profile_only_a_reject_that_is_certain_silences() {
    let mut config = Config::default();
    config.profile = Profile::Web;
    let mut bob = Device::invited_with("bob", config, &class());
    bob.reject(1, "i");
    let _ = bob.hear(2, &in_class(ACCEPT, "carol", &["carol"]));
    bob.refuse(3, 1);
    assert_eq!(bob.heard(), ["onInviteeAccepted", "operationFailed"]);
    bob.reject(4, "i");
    bob.ack(5);
    assert_eq!(bob.heard(), Vec::<&str>::new());
}

#[test]
fn o1_t7_a_push_that_is_older_than_the_newest_stamp_by_a_tombstones_life_does_not_ring() {
    for (sent, is_taken) in [(400_000, true), (399_999, false)] {
        let mut bob = Device::new("bob");
        let _ = bob.hear(1_000_000, &to_bob("other", "dave", 60).stamped(1_000_000, "m"));
        let late = Pushed::new(key_room(), ServerTime::from_millis(sent)).timeout(7_200);
        assert_eq!(bob.engine.add_invited(at(1_001_000), late).is_ok(), is_taken, "sent at {sent}");
    }
}

#[test]
fn o1_o7_the_message_of_a_push_shortens_how_long_a_fate_is_awaited() {
    let mut bob = Device::new("bob");
    bob.engine.add_invited(at(0), pushed(0)).unwrap();
    bob.accept(1, "i");
    let _ = bob.hear(2, &class());
    let _ = bob.hear(3, &in_class(REJECT, "carol", &["carol"]));
    let deadline = bob.engine.invitation("i").unwrap().deadline().unwrap().as_millis();
    assert_eq!(bob.wake_ms(), Some(deadline + 10_000));
}

#[test]
fn w9_c6_what_is_about_others_too_and_finds_no_room_before_the_message_of_a_push_is_refused() {
    let mut bob = Device::with("bob", limited(|limits| (limits.early, limits.early_per_sender) = (100, 1)));
    bob.engine.add_invited(at(0), pushed(10)).unwrap();
    assert_eq!(bob.hear(1, &cancel_to_bob("another", "alice")), Disposition::Buffered);
    let cancel = in_class(CANCEL, "alice", &["bob", "carol"]);
    assert_eq!(bob.hear_in_vain(2, &cancel), refused(Limit::Early));
    assert_eq!(bob.outcome_of("i", "bob"), Outcome::Pending);
}
