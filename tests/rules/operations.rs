//! What the operations do (`O1`, `O3`, `O4`).

use crate::common::{
    ACCEPT, Action, CANCEL, Device, INVITE, REJECT, TIMEOUT, assert_told, at, calling, data, group, pair, relay,
    ringing, saying,
};
use convoke::{
    AnswerError, Callback, CancelError, Disposition, History, Inbound, InvitationKey, Invite, Limits, Millis, Outcome,
    Pushed, Refusal, ServerTime, Unavailable, signaling_info,
};

fn pushed(sent: i64) -> Pushed {
    Pushed::from_user("alice", "i", ServerTime::from_millis(sent)).timeout(30).data("push")
}

fn invite_by_alice() -> Inbound {
    Action::invite("i", "alice", &["bob"], 30).from("alice", pair("alice")).stamped(0, "i")
}

fn settled<E: From<Unavailable>>(outcome: Outcome) -> E {
    Unavailable::Settled(outcome).into()
}

#[test]
fn o1_an_invite_goes_to_the_user_or_to_the_group() {
    for (invite, conversation, invitees) in [
        (Invite::to("bob"), pair("bob"), &["bob"][..]),
        (Invite::in_group("room", ["bob", "carol"]), group("room"), &["bob", "carol"]),
    ] {
        let mut alice = Device::new("alice");
        let id = alice.invite(0, invite);
        assert_eq!(alice.transmits[0].conversation, conversation);
        assert_eq!(alice.said(), [saying(INVITE, invitees)]);
        assert_eq!(alice.outcome(id.as_str(), "bob"), Some(Outcome::Pending));
    }
}

#[test]
fn o1_each_operation_sends_its_own_action() {
    let (mut alice, id) = calling(Invite::to("bob").timeout(30));
    alice.engine.cancel(at(1), &id, "").unwrap();
    assert_eq!(alice.said(), [saying(CANCEL, &["bob"])]);

    let mut bob = ringing(30);
    bob.engine.accept(at(1), "i", "").unwrap();
    assert_eq!(bob.said(), [saying(ACCEPT, &["bob"])]);

    let mut bob = ringing(30);
    bob.engine.reject(at(1), "i", "").unwrap();
    assert_eq!(bob.said(), [saying(REJECT, &["bob"])]);
}

#[test]
fn o1_a_pushed_invitation_can_be_answered_before_its_message() {
    let mut bob = Device::new("bob");
    bob.engine.add_invited(at(0), pushed(0)).unwrap();
    assert_told!(bob, []);
    bob.engine.accept(at(1), "i", "").unwrap();
    assert_eq!(bob.said(), [saying(ACCEPT, &["bob"])]);
    assert_eq!(bob.hear(2, &invite_by_alice()), Disposition::Applied);
    assert_eq!(bob.outcome("i", "bob"), Some(Outcome::Accepted));
    bob.ack(3);
    assert_told!(bob, [Callback::Ended { .. }]);
}

#[test]
fn o1_a_message_that_does_not_invite_the_user_is_not_that_of_their_push() {
    let mut bob = Device::new("bob");
    let key = InvitationKey::new("alice", "i", group("room"));
    bob.engine.add_invited(at(0), Pushed::new(key, ServerTime::from_millis(0)).timeout(30)).unwrap();
    let other = Action::invite("i", "alice", &["carol"], 20).from("alice", group("room"));
    assert_eq!(bob.hear(1, &other), Disposition::Refused(Refusal::Conflicting));
    assert_eq!(bob.outcome("i", "bob"), Some(Outcome::Pending));
}

#[test]
fn o1_the_message_of_a_pushed_invitation_completes_it_without_a_second_callback() {
    let mut bob = Device::new("bob");
    let key = InvitationKey::new("alice", "i", group("room"));
    bob.engine.add_invited(at(0), Pushed::new(key, ServerTime::from_millis(0)).timeout(30)).unwrap();
    let message = Action::invite("i", "alice", &["carol", "bob"], 20).data("room 7").from("alice", group("room"));
    assert_eq!(bob.hear(1_000, &message.clone().stamped(0, "i")), Disposition::Applied);
    assert_told!(bob, []);

    let invitation = bob.engine.invitation("i").unwrap();
    assert_eq!(*invitation.invitees(), ["carol", "bob"]);
    assert_eq!(*invitation.data(), data("room 7"));
    assert_eq!(invitation.deadline(), Some(at(20_000)));
    assert_eq!(bob.hear(1_001, &message.stamped(0, "i")), Disposition::Duplicate);
}

#[test]
fn o1_a_pushed_invitation_runs_from_the_time_that_it_was_sent() {
    let mut bob = Device::new("bob");
    bob.engine.sync_clock(at(0), ServerTime::from_millis(500_000));
    bob.engine.add_invited(at(0), pushed(490_000)).unwrap();
    bob.tick(19_999);
    assert_told!(bob, []);
    bob.tick(20_000);
    assert_eq!(bob.heard(), ["onInvitationTimeout", "ended"]);
}

#[test]
fn o1_a_pushed_invitation_whose_time_is_up_is_not_added() {
    for (sent, added) in [(470_001, true), (470_000, false), (469_999, false)] {
        let mut bob = Device::new("bob");
        bob.engine.sync_clock(at(0), ServerTime::from_millis(500_000));
        let expected = if added { Ok(()) } else { Err(settled(Outcome::TimedOut)) };
        assert_eq!(bob.engine.add_invited(at(0), pushed(sent)), expected, "sent at {sent}");
    }
}

#[test]
fn o1_t7_a_pushed_invitation_is_judged_like_a_live_one_by_a_clock_that_is_not_known() {
    for (sent, left_ms) in [(990_000, 20_000), (970_000, 30_000), (0, 30_000), (1_000_001, 30_000)] {
        let mut bob = Device::new("bob");
        bob.engine.add_invited(at(1_000_000), pushed(sent)).unwrap();
        let invitation = bob.engine.invitation("i").unwrap();
        assert_eq!(invitation.time_left(at(1_000_000)), Some(Millis::from_millis(left_ms)), "sent at {sent}");
    }
}

#[test]
fn o1_a_push_that_comes_after_the_cancel_is_over_at_once() {
    let mut bob = Device::new("bob");
    let cancel = Action::reply(CANCEL, "i", "alice", &["bob"]).from("alice", pair("alice"));
    assert_eq!(bob.hear(0, &cancel), Disposition::Buffered);
    bob.engine.add_invited(at(1), pushed(0)).unwrap();
    assert_eq!(bob.heard(), ["onInvitationCancelled", "ended"]);
}

#[test]
fn o1_a_dismissed_invitation_is_forgotten_without_a_word() {
    let mut bob = ringing(30);
    bob.engine.dismiss(at(1), "i").unwrap();
    assert!(bob.engine.invitation("i").is_none());
    assert_eq!(bob.engine.invitations().count(), 0);
    assert_eq!(bob.hear(2, &invite_by_alice()), Disposition::Duplicate, "it does not ring again");
    let cancel = Action::reply(CANCEL, "i", "alice", &["bob"]).from("alice", pair("alice"));
    assert_eq!(bob.hear(3, &cancel), Disposition::Stale);
    bob.tick(10_000_000);
    assert_told!(bob, []);
    assert_eq!(bob.said(), []);
}

#[test]
fn o1_a_dismissed_invitation_is_silent_whatever_becomes_of_its_sends() {
    for refuse_or_take in [|bob: &mut Device| bob.refuse(30_002, 20_001), |bob: &mut Device| bob.ack(30_002)] {
        let mut bob = ringing(30);
        bob.tick(30_000);
        assert_eq!(bob.heard(), ["onInvitationTimeout", "ended"]);
        assert_eq!(bob.said(), [saying(TIMEOUT, &["bob"])]);
        bob.engine.dismiss(at(30_001), "i").unwrap();
        refuse_or_take(&mut bob);
        bob.tick(60_000);
        assert_told!(bob, []);
        assert_eq!(bob.said(), [], "a time-out is not tried again for the sake of what is forgotten");
    }

    let mut bob = ringing(30);
    bob.engine.accept(at(1), "i", "").unwrap();
    bob.engine.dismiss(at(2), "i").unwrap();
    bob.refuse(3, 20_001);
    assert_told!(bob, []);
}

#[test]
fn o1_signaling_info_needs_no_engine() {
    let info = signaling_info(&invite_by_alice(), &Limits::default()).unwrap();
    assert_eq!((info.invite_id.as_str(), info.inviter.as_str(), info.timeout), ("i", "alice", 30));
    let chat = Inbound::new("alice", pair("alice"), "good morning");
    assert!(signaling_info(&chat, &Limits::default()).is_err());
}

#[test]
fn o3_a_cancel_is_for_those_who_are_still_pending() {
    let (mut alice, id) = calling(Invite::in_group("room", ["bob", "carol", "dave"]).timeout(30));
    for (kind, by) in [(ACCEPT, "bob"), (REJECT, "carol")] {
        alice.learn(1, &Action::reply(kind, id.as_str(), "alice", &[by]).from(by, group("room")));
    }
    alice.engine.cancel(at(2), &id, "").unwrap();
    assert_eq!(alice.said(), [saying(CANCEL, &["dave"])]);
    let outcomes: Vec<Outcome> = alice.engine.invitation(&id).unwrap().outcomes().map(|(_, outcome)| outcome).collect();
    assert_eq!(outcomes, [Outcome::Accepted, Outcome::Rejected, Outcome::Cancelled]);
}

#[test]
fn o3_a_cancel_is_possible_until_the_inviters_own_timer_fires() {
    for (ms, expected) in
        [(34_999, Ok(())), (35_000, Err(settled(Outcome::TimedOut))), (35_001, Err(settled(Outcome::TimedOut)))]
    {
        let (mut alice, id) = calling(Invite::to("bob").timeout(30));
        let cancelled: Result<(), CancelError> = alice.engine.cancel(at(ms), &id, "");
        assert_eq!(cancelled, expected, "at {ms}");
    }
}

#[test]
fn o3_another_device_of_the_inviter_may_cancel_and_modify() {
    let mut second = Device::new("alice");
    let echo = Action::invite("i", "alice", &["bob"], 30).from("alice", pair("bob")).stamped(0, "i");
    assert_eq!(second.hear(0, &echo), Disposition::Applied);
    second.engine.modify(at(1), "i", "video").unwrap();
    second.ack(2);
    assert_eq!(second.edits.len(), 1);
    second.engine.cancel(at(3), "i", "").unwrap();
    assert_eq!(second.said(), [saying(CANCEL, &["bob"])]);
}

#[test]
fn o3_an_answer_counts_before_the_deadline_and_not_at_it() {
    for (ms, expected) in
        [(29_999, Ok(())), (30_000, Err(settled(Outcome::TimedOut))), (30_001, Err(settled(Outcome::TimedOut)))]
    {
        let answered: Result<(), AnswerError> = ringing(30).engine.accept(at(ms), "i", "");
        assert_eq!(answered, expected, "accept at {ms}");
        assert_eq!(ringing(30).engine.reject(at(ms), "i", ""), expected, "reject at {ms}");
    }
}

#[test]
fn o3_nobody_answers_past_the_deadline_while_the_engine_catches_up() {
    let mut bob = ringing(30);
    bob.engine.begin_catch_up(at(30_000));
    assert_eq!(bob.engine.accept(at(30_000), "i", ""), Err(settled(Outcome::TimedOut)));
    assert_eq!(bob.engine.accept(at(29_999), "i", ""), Err(settled(Outcome::TimedOut)), "time does not run backwards");
    let _ = bob.engine.handle_history(at(30_001), &History::hot(), &[]);
    assert_eq!(bob.heard(), ["onInvitationTimeout", "ended"]);
}

#[test]
fn o3_any_device_of_the_invitee_answers_and_the_others_are_too_late() {
    let (mut phone, mut tablet) = (ringing(30), ringing(30));
    phone.engine.accept(at(1), "i", "").unwrap();
    let yes = relay(&phone.sent()[0], "bob", "bob", 2);
    assert_eq!(tablet.hear(2, &yes), Disposition::Applied);
    assert_eq!(tablet.engine.reject(at(3), "i", ""), Err(settled(Outcome::Accepted)));
}

#[test]
fn o3_a_modification_changes_the_data_and_nothing_else() {
    let (mut alice, id) = calling(Invite::in_group("room", ["bob", "carol"]).timeout(30).data("audio"));
    alice.learn(1, &Action::reply(REJECT, id.as_str(), "alice", &["bob"]).from("bob", group("room")));
    alice.engine.modify(at(2), &id, "video").unwrap();
    alice.drain();
    let edit = alice.edits.pop().unwrap();
    let info = signaling_info(&Inbound::new("alice", group("room"), edit.payload), &Limits::default()).unwrap();
    assert_eq!((info.action_type, info.timeout, info.data), (1, 30, data("video")));
    assert_eq!(info.invitee_list, ["bob", "carol"], "the full list (`W2`)");
    assert_eq!(edit.message.map(|stamp| stamp.time), Some(ServerTime::from_millis(0)), "the invite's message");

    let invitation = alice.engine.invitation(&id).unwrap();
    assert_eq!(*invitation.data(), data("video"));
    assert_eq!(invitation.deadline(), Some(at(30_000)));
    assert_eq!(alice.sent(), []);
}

#[test]
fn o3_on_receipt_a_doubled_invitee_counts_once_and_the_inviter_not_at_all() {
    let mut bob = Device::new("bob");
    let odd = ["carol", "alice", "bob", "carol", "bob"];
    bob.learn(0, &Action::invite("i", "alice", &odd, 30).from("alice", group("room")));
    let invitees: Vec<&str> = bob.engine.invitation("i").unwrap().invitees().iter().map(|user| user.as_str()).collect();
    assert_eq!(invitees, ["carol", "bob"]);

    let only_herself = Action::invite("j", "alice", &["alice", "alice"], 30).from("alice", group("room"));
    assert!(matches!(bob.hear(1, &only_herself), Disposition::Refused(_)));
}

#[test]
fn o4_several_invitations_are_open_between_the_same_users_in_both_directions() {
    let mut bob = ringing(30);
    let second = Action::invite("j", "alice", &["bob"], 30).from("alice", pair("alice"));
    assert_eq!(bob.hear(1, &second), Disposition::Applied);
    let mine = [bob.invite(2, Invite::to("alice").timeout(30)), bob.invite(2, Invite::to("alice").timeout(30))];
    assert_eq!(bob.engine.stats().open, 4);

    bob.engine.accept(at(3), "i", "").unwrap();
    bob.engine.reject(at(3), "j", "").unwrap();
    bob.learn(4, &Action::reply(ACCEPT, mine[0].as_str(), "bob", &["alice"]).from("alice", pair("alice")));
    assert_eq!(bob.outcome(mine[0].as_str(), "alice"), Some(Outcome::Accepted));
    assert_eq!(bob.outcome(mine[1].as_str(), "alice"), Some(Outcome::Pending));
}

#[test]
fn o4_a_user_who_has_accepted_is_rung_all_the_same() {
    let mut bob = ringing(30);
    bob.engine.accept(at(1), "i", "").unwrap();
    bob.learn(2, &Action::invite("j", "carol", &["bob"], 30).from("carol", pair("carol")));
    assert_told!(bob, [Callback::NewInvitation { .. }]);
}
