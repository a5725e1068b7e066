//! What the app is told, who in a group is told it, and what the Web profile leaves out (R1 to R3).
#![allow(clippy::panic, reason = "a test that cannot go on fails")]

use crate::common::{
    ACCEPT, Action, CANCEL, Device, REJECT, TIMEOUT, at, call, class, data, edited, group, in_call, in_class, pair,
    relay,
};
use convoke::{
    Callback, Config, Disposition, History, Inbound, InvitationKey, Invite, MissedReason, Outcome, Profile, Snapshot,
    Transmit, UserId,
};
use proptest::prelude::*;

fn web() -> Config {
    let mut config = Config::default();
    config.profile = Profile::Web;
    config
}

fn only(device: &mut Device) -> Callback {
    let told = device.take();
    assert_eq!(told.len(), 1, "{told:?}");
    told.into_iter().next().unwrap_or_else(|| panic!("one callback"))
}

fn names(users: &[UserId]) -> Vec<&str> {
    users.iter().map(UserId::as_str).collect()
}

#[test]
fn r1_a_new_invitation_says_id_inviter_group_invitees_and_data() {
    let mut bob = Device::new("bob");
    let _ = bob.hear(0, &class());
    let Callback::NewInvitation { invitation, invitees, data: said, deadline, .. } = only(&mut bob) else {
        panic!("it rings");
    };
    let key = InvitationKey::new("alice", "i", group("room"));
    assert_eq!(invitation, key);
    assert_eq!(names(&invitees), ["bob", "carol"]);
    assert_eq!(said, data("call"));
    assert_eq!(deadline, Some(at(10_000)));
}

#[test]
fn r1_a_call_between_two_names_no_group() {
    let mut bob = Device::new("bob");
    let _ = bob.hear(0, &call());
    let told = only(&mut bob);
    assert_eq!(told.invitation().conversation().group(), None);
    assert_eq!(told.invitation().inviter(), &"alice");
}

#[test]
fn r1_an_answer_says_who_gave_it_and_with_what_data() {
    let mut dave = Device::invited("dave", &class());
    let _ = dave.hear(1, &in_class(ACCEPT, "bob", &["bob"]));
    let Callback::InviteeAccepted { invitee, data: said, revises, elsewhere, .. } = only(&mut dave) else {
        panic!("bob accepted");
    };
    assert_eq!((invitee.as_str(), said, revises, elsewhere), ("bob", data("reply"), None, false));

    let _ = dave.hear(2, &in_class(REJECT, "carol", &["carol"]));
    let told = dave.take();
    let Some(Callback::InviteeRejected { invitee, data: said, revises, elsewhere, .. }) = told.first() else {
        panic!("carol rejected: {told:?}");
    };
    assert_eq!((invitee.as_str(), said, revises, elsewhere), ("carol", &data("reply"), &None, &false));
}

#[test]
fn r1_a_cancellation_says_whom_it_cancels() {
    let mut dave = Device::invited("dave", &class());
    let _ = dave.hear(1, &in_class(CANCEL, "alice", &["carol"]));
    let Callback::InvitationCancelled { invitation, invitees, data: said, .. } = only(&mut dave) else {
        panic!("carol is cancelled");
    };
    assert_eq!(invitation.inviter(), &"alice");
    assert_eq!(names(&invitees), ["carol"]);
    assert_eq!(said, data("reply"));
}

#[test]
fn r1_a_time_out_says_whose_time_is_up_in_one_callback() {
    let mut dave = Device::invited("dave", &class());
    let _ = dave.hear(15_000, &in_class(TIMEOUT, "alice", &["bob", "carol"]));
    let told = dave.take();
    let Some(Callback::InvitationTimeout { invitees, own_timer: false, .. }) = told.first() else {
        panic!("the time is up: {told:?}");
    };
    assert_eq!(names(invitees), ["bob", "carol"]);
    assert_eq!(told.len(), 2, "and it has ended: {told:?}");
}

#[test]
fn r1_only_those_of_whom_all_the_same_is_told_share_a_callback() {
    let said = |kind, by: &str, about: &[&str]| Action::reply(kind, "i", "alice", about).from(by, group("room"));
    let cancel = |about: &[&str]| said(CANCEL, "alice", about);
    let cancel_saying =
        |about, words| Action::reply(CANCEL, "i", "alice", &[about]).data(words).from("alice", group("room"));
    let accept = said(ACCEPT, "dave", &["dave"]);
    let cases = [
        (1, None, vec![cancel(&["carol", "dave"])]),
        (2, Some(accept), vec![cancel(&["carol", "dave"])]), // a revision
        (2, None, vec![cancel_saying("carol", "one"), cancel_saying("dave", "other")]),
        (2, None, vec![said(TIMEOUT, "alice", &["carol"]), said(TIMEOUT, "dave", &["dave"])]),
        (2, None, vec![said(TIMEOUT, "carol", &["carol"]), said(TIMEOUT, "bob", &["bob"])]), // the latter elsewhere
    ];
    for (callbacks, before, batch) in cases {
        let mut bob = Device::new("bob");
        let invite = Action::invite("i", "alice", &["bob", "carol", "dave", "erin"], 600).from("alice", group("room"));
        assert_eq!(bob.hear(0, &invite), Disposition::Applied);
        if let Some(before) = before {
            assert_eq!(bob.hear(1, &before), Disposition::Applied);
        }
        bob.take();
        let _ = bob.engine.handle_history(at(2), &History::hot(), &batch);
        let told = bob.take();
        assert_eq!(told.len(), callbacks, "{told:?}");
    }
}

#[test]
fn r1_a_modification_says_the_new_data() {
    let mut bob = Device::invited("bob", &call());
    let _ = bob.hear_edit(1, &edited(&call(), 1, "video"));
    let Callback::InvitationModified { data: said, .. } = only(&mut bob) else {
        panic!("it was modified");
    };
    assert_eq!(said, data("video"));
}

#[test]
fn r1_each_callback_gives_its_documented_name() {
    let mut dave = Device::new("dave");
    let mut name_of = |message: &Inbound| {
        let _ = if message.stamp.is_some() { dave.hear_edit(1, message) } else { dave.hear(1, message) };
        dave.heard()
    };
    assert_eq!(name_of(&class()), ["onReceiveNewInvitation"]);
    assert_eq!(name_of(&edited(&class(), 1, "video")), ["onInvitationModified"]);
    assert_eq!(name_of(&in_class(REJECT, "bob", &["bob"])), ["onInviteeRejected"]);
    assert_eq!(name_of(&in_class(TIMEOUT, "carol", &["carol"])), ["onInvitationTimeout", "ended"]);
    assert_eq!(name_of(&in_class(ACCEPT, "carol", &["carol"])), ["onInviteeAccepted"]);
    assert_eq!(name_of(&in_class(CANCEL, "alice", &["carol"])), ["onInvitationCancelled"]);
}

#[test]
fn r1_our_own_callbacks_have_names_of_our_own() {
    let mut bob = Device::new("bob");
    let _ = bob.hear(0, &in_call(CANCEL, "alice"));
    let _ = bob.hear(1, &call());
    assert_eq!(bob.heard(), ["missed", "ended"]);

    let mut alice = Device::new("alice");
    let id = alice.invite(0, Invite::to("bob").timeout(10));
    alice.ack(0);
    alice.cancel(1, &id);
    let accept = Action::reply(ACCEPT, id.as_str(), "alice", &["bob"]);
    let _ = alice.hear(2, &accept.from("bob", pair("bob")));
    assert_eq!(alice.heard(), ["lateAnswer"]);
    alice.refuse(3, 20_003);
    assert_eq!(alice.heard(), ["operationFailed", "onInviteeAccepted", "ended"]);
}

/// Everything that can happen in a class of two, and what each member is told of it.
fn lesson() -> [(Inbound, &'static [&'static str]); 6] {
    [
        (class(), &["onReceiveNewInvitation"]),
        (edited(&class(), 1, "video"), &["onInvitationModified"]),
        (in_class(REJECT, "bob", &["bob"]), &["onInviteeRejected"]),
        (in_class(ACCEPT, "bob", &["bob"]), &["onInviteeAccepted"]),
        (in_class(CANCEL, "alice", &["bob"]), &["onInvitationCancelled"]),
        (in_class(TIMEOUT, "alice", &["carol"]), &["onInvitationTimeout", "ended"]),
    ]
}

fn attend(device: &mut Device, ms: i64, message: &Inbound) {
    let _ = if message.stamp.is_some() { device.hear_edit(ms, message) } else { device.hear(ms, message) };
}

#[test]
fn r2_a_member_who_is_not_invited_is_called_back_for_everything() {
    let mut dave = Device::new("dave");
    for (message, told) in lesson() {
        attend(&mut dave, 1, &message);
        assert_eq!(dave.heard(), told);
    }
    assert!(dave.transmits.is_empty(), "and says nothing");
}

#[test]
fn r2_an_invitee_is_called_back_for_what_the_others_do() {
    let mut carol = Device::new("carol");
    for (message, told) in lesson() {
        attend(&mut carol, 1, &message);
        assert_eq!(carol.heard(), told);
    }
}

#[test]
fn r2_an_observer_is_told_of_a_silence_too() {
    let mut dave = Device::invited("dave", &class());
    dave.tick(19_999);
    assert!(dave.heard().is_empty());
    dave.tick(20_000);
    assert_eq!(dave.heard(), ["onInvitationTimeout", "ended"]);
    assert!(dave.transmits.is_empty());
}

#[test]
fn r2_under_the_web_profile_an_observer_is_told_nothing() {
    let mut dave = Device::with("dave", web());
    for (message, _) in lesson() {
        attend(&mut dave, 1, &message);
        assert!(dave.heard().is_empty());
    }
    assert_eq!(dave.outcome_of("i", "bob"), Outcome::Cancelled, "but knows");
}

#[test]
fn r2_under_the_web_profile_who_is_pending_or_has_accepted_is_told_everything() {
    let mut carol = Device::with("carol", web());
    for (message, told) in lesson() {
        attend(&mut carol, 1, &message);
        assert_eq!(carol.heard(), told);
    }
    let mut carol = Device::invited_with("carol", web(), &class());
    carol.accept(1, "i");
    carol.ack(1);
    let _ = carol.hear(2, &in_class(REJECT, "bob", &["bob"]));
    assert_eq!(carol.heard(), ["onInviteeRejected", "ended"]);
}

#[test]
fn r2_under_the_web_profile_nothing_follows_ones_own_reject() {
    let mut carol = Device::invited_with("carol", web(), &class());
    carol.reject(1, "i");
    carol.ack(1);
    let _ = carol.hear_edit(2, &edited(&class(), 2, "video"));
    let _ = carol.hear(3, &in_class(ACCEPT, "bob", &["bob"]));
    assert!(carol.heard().is_empty());
    assert_eq!(carol.outcome_of("i", "bob"), Outcome::Accepted);
}

#[test]
fn r2_under_the_web_profile_a_revision_follows_ones_own_reject() {
    let mut carol = Device::invited_with("carol", web(), &class());
    carol.reject(1, "i");
    let _ = carol.hear(2, &in_class(ACCEPT, "carol", &["carol"]));
    let Callback::InviteeAccepted { revises: Some(Outcome::Rejected), elsewhere: true, .. } = only(&mut carol) else {
        panic!("her other device accepted");
    };
}

#[test]
fn r2_under_the_web_profile_a_reject_on_another_device_stops_the_ringing() {
    let mut bob = Device::invited_with("bob", web(), &call());
    let _ = bob.hear(1, &in_call(REJECT, "bob"));
    let Callback::InviteeRejected { elsewhere: true, .. } = only(&mut bob) else {
        panic!("it rings on");
    };
}

#[test]
fn r2_under_the_web_profile_a_reject_that_the_service_refuses_is_told() {
    let mut bob = Device::invited_with("bob", web(), &call());
    bob.reject(1, "i");
    bob.refuse(2, 20_003);
    assert_eq!(bob.heard(), ["operationFailed"]);
}

#[test]
fn r2_under_the_web_profile_the_inviter_is_told_everything() {
    let mut alice = Device::with("alice", web());
    let id = alice.invite(0, Invite::in_group("room", ["bob", "carol"]).timeout(10));
    let reply =
        |kind, sender: &'static str| Action::reply(kind, id.as_str(), "alice", &[sender]).from(sender, group("room"));
    let _ = alice.hear(1, &reply(REJECT, "bob"));
    let _ = alice.hear(2, &reply(ACCEPT, "carol"));
    assert_eq!(alice.heard(), ["onInviteeRejected", "onInviteeAccepted", "ended"]);
}

#[test]
fn r2_under_the_web_profile_a_missed_call_is_missed() {
    let mut bob = Device::with("bob", web());
    let _ = bob.hear(0, &in_call(CANCEL, "alice"));
    let _ = bob.hear(1, &call());
    let told = bob.take();
    assert!(matches!(told[0], Callback::Missed { reason: MissedReason::Cancelled, .. }), "{told:?}");
}

/// What this user's device holds after each step of a lesson, and what it has sent. The first messages come live, and after one of them
/// the user may answer; the others are read in the history; then the fate of what was sent is told.
fn attended(
    (user, config): (&str, Config),
    (live, missed): (&[Inbound], &[Inbound]),
    (answer, is_refused): (Option<(usize, bool)>, bool),
) -> (Vec<Snapshot>, Vec<Transmit>) {
    let mut device = Device::with(user, config);
    let mut states = Vec::new();
    for (n, message) in live.iter().enumerate() {
        attend(&mut device, 1_000, message);
        if let Some((_, is_yes)) = answer.filter(|(after, _)| *after == n) {
            // Who cannot, may not under either profile.
            let engine = &mut device.engine;
            let _ = if is_yes { engine.accept(at(2_000), "i", "yes") } else { engine.reject(at(2_000), "i", "no") };
            device.drain();
        }
        states.push(device.engine.snapshot());
    }
    device.engine.begin_catch_up(at(3_000));
    let _ = device.engine.handle_history(at(3_000), &History::hot(), missed);
    device.drain();
    states.push(device.engine.snapshot());
    if is_refused {
        device.refuse(4_000, 20_003)
    } else {
        device.ack(4_000)
    }
    states.push(device.engine.snapshot());
    device.tick(60_000);
    states.push(device.engine.snapshot());
    (states, device.transmits)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn r2_the_profile_changes_no_state(
        lesson in Just(lesson()).prop_map(Vec::from).prop_shuffle(),
        user in prop::sample::select(&["alice", "bob", "carol", "dave"][..]),
        live in 0_usize..=6,
        answer in prop::option::of((0_usize..6, any::<bool>())),
        is_refused in any::<bool>(),
    ) {
        let messages: Vec<Inbound> = lesson.into_iter().map(|(message, _)| message).collect();
        let attended = |config| attended((user, config), messages.split_at(live), (answer, is_refused));
        prop_assert_eq!(attended(web()), attended(Config::default()));
    }
}

#[test]
fn r3_an_answer_is_told_by_the_operation_and_not_by_a_callback() {
    for answer in [|bob: &mut Device| bob.accept(1, "i"), |bob: &mut Device| bob.reject(1, "i")] {
        let mut bob = Device::invited("bob", &class());
        answer(&mut bob);
        assert!(bob.heard().is_empty());
        let echo = relay(&bob.sent()[0], "bob", "bob", 2);
        let _ = bob.hear(2, &echo);
        bob.ack_as(3, &echo);
        assert!(bob.heard().is_empty(), "nor by its echo, nor by its ack");
    }
}

#[test]
fn r3_an_invite_a_modification_and_a_cancellation_are_not_called_back_where_they_are_done() {
    let mut alice = Device::new("alice");
    let id = alice.invite(0, Invite::in_group("room", ["bob", "carol"]).timeout(10).data("call"));
    let invite = relay(&alice.sent()[0], "alice", "alice", 1);
    let _ = alice.hear(1, &invite);
    alice.ack_as(1, &invite);
    alice.modify(2, &id, "video");
    let edit = edited(&invite, 2, "video");
    assert_eq!(alice.hear_edit(2, &edit), Disposition::Applied, "one's own edit seen again is its ack");
    alice.cancel(3, &id);
    let cancel = relay(&alice.sent()[0], "alice", "alice", 3);
    assert!(alice.heard().is_empty());
    alice.ack_as(3, &cancel);
    let _ = alice.hear(4, &cancel);
    assert_eq!(alice.heard(), ["ended"]);
}
