//! The inviter on several devices: what each is told (R3), who may cancel and who times out (C5).
#![allow(clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

use std::slice;

use crate::common::{ACCEPT, Action, CANCEL, Device, REJECT, at, class, edited, group, pair, relay};
use convoke::{Callback, Conversation, Disposition, History, Inbound, Invite, InviteId, Outcome};

/// Alice's two devices: the one that has invited, and the one that has seen it.
fn alices(conversation: &Conversation) -> (Device, Device, InviteId) {
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
