//! Who is in a call, or called into it, by more than one way: what becomes of one of them decides nothing by itself.

use convoke::call::{CallData, Command, Dial, Media, State};
use convoke::{History, Invite};

use crate::net::{Net, ROOM};

/// The data that calls somebody into the room.
pub(crate) fn into_the_room(command: Command) -> CallData {
    let mut data = CallData::new(command, Media::Video);
    data.room = Some(ROOM.into());
    data
}

/// Somebody invites into the room of the group's call without a word to their own app.
fn call_into(net: &mut Net, from: usize, whom: &[&str]) -> convoke::InviteId {
    let now = net.at();
    let data = into_the_room(Command::Call).to_data();
    let invite = Invite::in_group("room", whom.iter().copied()).timeout(30).data(data);
    let key = net.phones[from].engine.invite(now, invite).expect("there is room");
    net.settle();
    key.invite_id().clone()
}

fn dial_in_group(net: &mut Net, from: usize, whom: &[&str]) {
    net.dial_as(from, Dial::to(whom.iter().copied(), Media::Video, ROOM).in_group("room"));
    net.settle();
}

#[test]
fn k9_a_member_who_calls_the_caller_stops_nobodys_ringing() {
    for is_answered in [false, true] {
        let mut net = Net::new(["alice", "carol", "mallory"]);
        dial_in_group(&mut net, 0, &["carol"]);
        if is_answered {
            net.phones[1].has_media = false;
            net.answer(1);
        }
        let before = net.phones[1].state();
        let forged = call_into(&mut net, 2, &["alice"]);
        let (now, mallory) = (net.at(), &mut net.phones[2]);
        mallory.engine.cancel(now, &forged, "").ok();
        net.settle();
        assert_eq!(net.phones[1].state(), before, "alice still calls");
    }
}

#[test]
fn k12_a_device_that_rings_by_two_invitations_stops_when_another_has_answered_both() {
    let mut net = Net::new(["alice", "bob", "bob", "dave"]);
    dial_in_group(&mut net, 0, &["bob"]);
    call_into(&mut net, 3, &["bob"]);
    net.answer(1);
    net.poll(1);
    while net.deliver(2) {} // as in a batch
    net.settle();
    assert_eq!(net.told()[2].last().map(String::as_str), Some("ended: answered elsewhere"));
}

#[test]
fn c4_of_two_devices_that_have_answered_both_invitations_one_has_the_call() {
    let mut net = Net::new(["alice", "bob", "bob", "dave"]);
    dial_in_group(&mut net, 0, &["bob"]);
    call_into(&mut net, 3, &["bob"]);
    net.answer(1);
    net.answer(2);
    net.settle();
    let states = [net.phones[1].state(), net.phones[2].state()];
    assert_eq!(states.iter().filter(|state| **state == State::Idle).count(), 1, "{states:?}");
}

#[test]
fn k9_who_is_with_others_stays_though_the_acceptance_was_lost() {
    let mut net = Net::new(["alice", "bob", "carol"]);
    dial_in_group(&mut net, 0, &["bob", "carol"]);
    net.decline(2);
    net.settle();
    net.answer(1);
    net.poll(1);
    net.phones[0].inbox.clear();
    net.wait(60_000);
    assert_eq!([net.phones[0].state(), net.phones[1].state()], [State::Connected, State::Connected]);
    net.hang_up(0);
    net.settle();
    net.assert_idle();
}

#[test]
fn k9_who_joins_calls_nobody_twice_who_is_called_already() {
    let mut net = Net::new(["alice", "bob", "carol", "dave"]);
    dial_in_group(&mut net, 0, &["bob", "carol"]);
    net.answer(1);
    net.settle();
    let now = net.at();
    let dave = &mut net.phones[3];
    let call = dave.calls.join(&dave.engine, now, "room", Media::Video, ROOM).expect("the phone is free");
    dave.calls.invite_more(&mut dave.engine, now, call, ["carol"], None).expect("she is called");
    net.follow(3);
    net.settle();
    assert!(net.phones[3].sent.is_empty());
    net.hang_up(0);
    net.hang_up(1);
    net.settle();
    assert_ne!(net.phones[3].state(), State::Connecting, "carol is called no longer, and nobody is there");
}

#[test]
fn k10_late_news_does_not_remove_who_is_in_the_room() {
    let mut net = Net::new(["alice", "bob", "carol"]);
    net.dial(0, &["bob", "carol"], Media::Video);
    net.settle();
    net.answer(1);
    net.answer(2);
    net.settle();
    let _ = net.told();
    let (now, mut data) = (net.at(), into_the_room(Command::SyncInfo));
    (data.user_ids, data.cmd_info) = (Some(["bob".into()].into()), Some("left".into()));
    net.phones[0].engine.invite(now, Invite::to("carol").data(data.to_data())).expect("there is room");
    net.settle();
    net.hang_up(0);
    net.settle();
    assert_eq!(net.phones[2].state(), State::Connected, "bob is there");
    assert_eq!(net.told()[2], ["alice not coming: hung up by alice"]);
}

#[test]
fn k9_a_hang_up_in_the_group_ends_nothing_for_who_waits_for_others() {
    let mut net = Net::new(["alice", "bob", "carol"]);
    dial_in_group(&mut net, 0, &["bob", "carol"]);
    net.answer(1);
    net.settle();
    let _ = net.told();
    let (now, data) = (net.at(), into_the_room(Command::HangUp).to_data());
    net.phones[1].engine.invite(now, Invite::in_group("room", ["alice", "carol"]).data(data)).expect("there is room");
    net.settle();
    assert_eq!(net.phones[2].state(), State::Ringing);
    assert_eq!(net.told()[0], ["bob not coming: hung up by bob"]);
    net.answer(2);
    net.settle();
    assert_eq!(net.phones[2].state(), State::Connected);
}

#[test]
fn k5_who_calls_several_and_is_called_by_one_of_them_is_not_busy_for_them() {
    let mut is_lower = Vec::new();
    for users in [["alice", "bob", "carol"], ["bob", "alice", "carol"], ["bob", "carol", "alice"]] {
        let mut net = Net::new(users);
        let at = |user| users.iter().position(|other| *other == user).expect("one of the three");
        net.dial(at("alice"), &["bob", "carol"], Media::Video);
        net.dial(at("bob"), &["alice"], Media::Video);
        net.poll(at("alice"));
        net.poll(at("bob"));
        let id = |user| net.phones[at(user)].sent[0].invitation.invite_id().clone();
        let is_first = id("alice") < id("bob");
        is_lower.push(is_first);
        net.settle();
        let told = net.told().swap_remove(at("alice"));
        if is_first {
            assert!(told.iter().all(|told| !told.contains("busy")), "{told:?}");
            assert_eq!(told[..2], ["answered by bob", "connected"]);
        }
    }
    assert!(is_lower.contains(&true));
}

#[test]
fn k6_who_is_back_is_not_busy_for_who_still_waits_for_another() {
    let mut net = Net::new(["alice", "bob", "carol"]);
    net.dial(0, &["bob", "carol"], Media::Video);
    net.settle();
    net.answer(1);
    net.settle();
    let _ = net.told();
    net.wait(1_000);
    net.forget(1);
    net.dial(1, &["alice"], Media::Video);
    net.settle();
    let told = net.told().swap_remove(0);
    assert_eq!(told, ["ended: superseded by another call after 1 s", "ringing by bob"]);
}

#[test]
fn k5_a_call_that_is_cancelled_by_then_is_not_given_way_to() {
    let mut is_lower = Vec::new();
    for users in [["alice", "bob"], ["bob", "alice"]] {
        let mut net = Net::new(users);
        let at = |user| users.iter().position(|other| *other == user).expect("one of the two");
        let (alice, bob) = (at("alice"), at("bob"));
        net.dial(alice, &["bob"], Media::Video);
        net.dial(bob, &["alice"], Media::Video);
        net.poll(alice);
        net.poll(bob);
        is_lower
            .push(net.phones[alice].sent[0].invitation.invite_id() < net.phones[bob].sent[0].invitation.invite_id());
        net.hang_up(alice);
        net.poll(alice);
        while net.deliver(bob) {} // before the app polls
        net.settle();
        assert_eq!(net.told()[bob].first().map(String::as_str), Some("ended: cancelled, missed"));
        assert_eq!(net.phones[bob].state(), State::Dialing);
    }
    assert!(is_lower.contains(&true));
}

#[test]
fn k4_a_further_invitation_that_came_and_went_is_no_call_that_was_missed() {
    let mut net = Net::new(["alice", "bob", "carol"]);
    dial_in_group(&mut net, 0, &["bob", "carol"]);
    net.answer(1);
    net.settle();
    let _ = net.told();
    let (now, data) = (net.at(), into_the_room(Command::Call).to_data());
    let alice = &mut net.phones[0];
    let further =
        alice.engine.invite(now, Invite::in_group("room", ["bob"]).timeout(30).data(data)).expect("there is room");
    net.poll(0);
    net.phones[0].engine.cancel(now, &further, "").expect("he has not answered");
    net.poll(0);
    let bob = &mut net.phones[1];
    let batch: Vec<_> = bob.inbox.drain(..).collect();
    let _ = bob.engine.handle_history(now, &History::hot(), &batch);
    net.settle();
    assert!(net.told()[1].iter().all(|told| !told.contains("missed")));
}

#[test]
fn k11_in_a_call_of_three_who_asks_for_a_picture_is_told_at_once_that_there_is_none() {
    let mut net = Net::new(["alice", "bob", "carol"]);
    net.dial(0, &["bob", "carol"], Media::Audio);
    net.settle();
    net.answer(1);
    net.answer(2);
    net.settle();
    let now = net.at();
    let data = into_the_room(Command::Switch(Media::Video)).to_data();
    let bob = &mut net.phones[1];
    let id = bob.engine.invite(now, Invite::to("alice").timeout(30).data(data)).expect("there is room");
    net.settle();
    let answer = net.phones[1].engine.invitation(&id).and_then(|view| view.outcome_of("alice"));
    assert_eq!(answer, Some(convoke::Outcome::Rejected));
}

/// Carol is in the room, and so is bob, whose acceptance is on its way for long, and then refused.
#[test]
fn k9_who_is_with_others_stays_though_the_service_refuses_the_acceptance() {
    for is_cancelled in [true, false] {
        let mut net = Net::new(["alice", "bob", "carol", "bob"]);
        dial_in_group(&mut net, 0, &["bob", "carol"]);
        net.answer(2);
        net.settle();
        net.stalls = Some(3);
        net.answer(1);
        net.settle();
        assert_eq!(net.phones[1].state(), State::Connected);
        if is_cancelled {
            net.hang_up(0);
            net.settle();
        }
        net.refuse_stalled();
        assert_eq!(net.told()[1][..2], ["ringing by alice", "connected"]);
        assert_eq!(net.phones[1].state(), State::Connected, "{is_cancelled}");
        // His other device rings on, if he was not cancelled.
        let now = net.at();
        let declines = net.operate(3, |phone, call| phone.calls.decline(&mut phone.engine, now, call));
        assert_eq!(declines, !is_cancelled);
        net.wait(60_000);
        assert_eq!([net.phones[1].state(), net.phones[2].state()], [State::Connected; 2], "{is_cancelled}");
        if !is_cancelled {
            net.hang_up(0);
        }
        net.hang_up(2);
        net.settle();
        net.assert_idle();
    }
}

/// Alice is in the room, and bob's invitation of her ends without an answer while hers of carol does not.
#[test]
fn k9_who_is_in_the_room_and_is_called_no_longer_has_answered_whomever_they_call() {
    let mut net = Net::new(["alice", "bob", "carol"]);
    net.refuses = Some(3);
    let now = net.at();
    let alice = &mut net.phones[0];
    alice.calls.join(&alice.engine, now, "room", Media::Video, ROOM).expect("the phone is free");
    net.follow(0);
    net.dial_as(1, Dial::to(["alice", "carol"], Media::Video, ROOM).in_group("room"));
    assert!(net.operate(0, |phone, call| phone.calls.invite_more(&mut phone.engine, now, call, ["carol"], None)));
    net.wait(60_000);
    assert_eq!([net.phones[0].state(), net.phones[1].state()], [State::Connected; 2]);
}

#[test]
fn k4_who_is_called_into_the_call_that_they_are_making_is_told_that_somebody_comes() {
    let mut net = Net::new(["alice", "bob", "dave"]);
    dial_in_group(&mut net, 0, &["bob"]);
    call_into(&mut net, 2, &["alice"]);
    assert_eq!(net.phones[0].state(), State::Connecting);
    assert_eq!(net.told()[0], ["answered by dave"]);
}
