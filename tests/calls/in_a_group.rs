//! K2, K4, K9: calls in a group.

use convoke::Invite;
use convoke::call::{CallData, CallError, Command, Dial, Media, MediaReport, State};

use crate::net::{Net, ROOM, commands};

fn calling() -> Net {
    let mut net = Net::new(["alice", "bob", "carol", "dave"]);
    net.dial_as(0, Dial::to(["bob", "carol"], Media::Video, ROOM).in_group("room"));
    net.settle();
    net
}

#[test]
fn k9_each_callee_is_told_of_and_the_call_ends_with_the_last() {
    let mut net = calling();
    net.answer(1);
    net.settle();
    net.decline(2);
    net.settle();
    let told = net.told();
    assert_eq!(told[0], ["answered by bob", "connected", "carol not coming: declined by carol"]);
    assert_eq!(told[1], ["ringing by alice", "connected", "carol not coming: declined by carol"]);
    assert_eq!(told[2], ["ringing by alice", "ended: declined by carol"]);
    assert_eq!(told[3], ["call in the group by alice"]);
    net.wait(10_000);
    net.hang_up(0);
    net.settle();
    let told = net.told();
    assert_eq!(told[0], ["ended: hung up by alice after 10 s", "over in the group"]);
    assert_eq!(told[1], ["ended: hung up by alice after 10 s"]);
    assert_eq!(told[3], ["over in the group"]);
    let last = |phone: usize| commands(&net.phones[phone]).into_iter().filter(|(_, of)| *of == Command::HangUp).count();
    assert_eq!((last(0), last(1)), (0, 1), "the last one who leaves says so");
    net.assert_idle();
}

#[test]
fn k9_one_who_does_not_answer_does_not_end_the_call() {
    let mut net = calling();
    net.answer(1);
    net.wait(60_000);
    let told = net.told();
    assert_eq!(told[0], ["answered by bob", "connected", "carol not coming: no response"]);
    assert_eq!(told[2], ["ringing by alice", "ended: no response, missed"]);
    assert_eq!(net.phones[0].state(), State::Connected);
}

#[test]
fn k9_the_call_ends_when_nobody_comes() {
    let mut net = calling();
    net.decline(1);
    net.wait(60_000);
    assert_eq!(net.told()[0], ["bob not coming: declined by bob", "ended: no response"]);
    net.assert_idle();
}

#[test]
fn k9_the_call_goes_on_without_the_caller() {
    let mut net = calling();
    net.answer(1);
    net.answer(2);
    net.settle();
    net.hang_up(0);
    net.wait(5_000);
    assert_eq!((net.phones[1].state(), net.phones[2].state()), (State::Connected, State::Connected));
    net.hang_up(2);
    net.wait(1_000);
    assert_eq!(net.told()[1].last().map(String::as_str), Some("ended: hung up by carol after 5 s"));
    net.assert_idle();
}

#[test]
fn k2_more_are_invited_into_a_call_that_goes_on() {
    let mut net = calling();
    net.answer(1);
    net.settle();
    net.decline(2);
    net.settle();
    let _ = net.told();
    let (now, bob) = (net.at(), &mut net.phones[1]);
    let call = bob.current();
    bob.calls.invite_more(&mut bob.engine, now, call, ["dave", "carol", "alice"], None).expect("there is room");
    net.settle();
    let told = net.told();
    assert_eq!((&told[2], &told[3]), (&vec!["ringing by bob".to_owned()], &vec!["ringing by bob".to_owned()]));
    net.answer(3);
    net.settle();
    net.hang_up(1);
    net.settle();
    assert_eq!(net.phones[0].state(), State::Connected, "dave is there");
    net.hang_up(0);
    net.wait(60_000);
    net.assert_idle();
}

#[test]
fn k9_no_more_are_invited_than_may_be_in_a_call() {
    let mut net = calling();
    let (now, alice) = (net.at(), &mut net.phones[0]);
    let call = alice.current();
    let many = ["u1", "u2", "u3", "u4", "u5", "u6", "u7"];
    let before = alice.calls.clone();
    assert_eq!(alice.calls.invite_more(&mut alice.engine, now, call, many, None), Err(CallError::TooMany));
    assert_eq!(alice.calls, before);
}

#[test]
fn k9_as_many_are_called_as_may_be_in_a_call() {
    let users = ["bob", "u2", "u3", "u4", "u5", "u6", "u7", "u8", "u9"];
    let mut net = Net::new(["alice"]);
    net.dial_as(0, Dial::to(users[..8].iter().copied(), Media::Video, ROOM).in_group("room"));

    let mut net = Net::new(["alice"]);
    net.dial_as(0, Dial::to([users[0]], Media::Video, ROOM).in_group("room"));
    let now = net.at();
    let mut invite = |users: &[&str]| {
        let alice = &mut net.phones[0];
        let call = alice.current();
        alice.calls.invite_more(&mut alice.engine, now, call, users.iter().copied(), None)
    };
    assert_eq!(invite(&users[1..8]), Ok(()), "they are nine");
    assert_eq!(invite(&users[8..]), Err(CallError::TooMany));
}

#[test]
fn k2_one_who_was_not_called_joins() {
    let mut net = calling();
    net.answer(1);
    net.settle();
    let now = net.at();
    let phone = &mut net.phones[3];
    phone.calls.join(&phone.engine, now, "room", Media::Video, ROOM).expect("the phone is free");
    net.follow(3);
    net.settle();
    assert_eq!(net.phones[3].state(), State::Connected);
    net.decline(2);
    net.settle();
    net.hang_up(0);
    net.hang_up(1);
    net.wait(60_000);
    assert_eq!(net.told()[3].last().map(String::as_str), Some("ended: hung up by bob after 0 s"));
    net.assert_idle();
}

#[test]
fn k1_who_joins_an_empty_room_does_not_stay() {
    let mut net = Net::new(["alice", "bob"]);
    let now = net.at();
    let phone = &mut net.phones[0];
    phone.calls.join(&phone.engine, now, "room", Media::Video, ROOM).expect("the phone is free");
    net.follow(0);
    net.wait(60_000);
    assert_eq!(net.told()[0], ["ended: the media failed"]);
    net.assert_idle();
}

#[test]
fn k4_another_invitation_into_the_same_call_is_not_busy() {
    let mut net = calling();
    net.answer(1);
    net.answer(2);
    net.settle();
    let _ = net.told();
    net.phones[3].has_media = true;
    net.dial_as(3, Dial::to(["bob"], Media::Video, ROOM).in_group("room"));
    net.settle();
    assert_eq!(net.phones[3].state(), State::Connected);
    assert_eq!(net.told()[1], [""; 0]);
}

#[test]
fn k4_a_call_into_another_room_of_the_group_is_busy() {
    let mut net = calling();
    net.answer(1);
    net.settle();
    net.phones[3].has_media = false;
    net.dial_as(3, Dial::to(["bob"], Media::Video, 2).in_group("room"));
    net.settle();
    assert_eq!(net.told()[3], ["call in the group by alice", "ended: bob is busy"]);
    assert_eq!(net.phones[1].state(), State::Connected);
}

#[test]
fn k3_who_leaves_the_group_leaves_its_call() {
    let mut net = calling();
    let now = net.at();
    let bob = &mut net.phones[1];
    bob.calls.handle_member_left(&mut bob.engine, now, &"room".into(), &"bob".into());
    net.settle();
    assert_eq!(net.told()[1], ["ringing by alice", "ended: left the group, missed"]);
}

/// Bob has answered alice, and that was so long ago that no engine knows of it.
fn long_connected() -> Net {
    let mut net = calling();
    net.answer(1);
    net.settle();
    net.decline(2);
    net.wait(12 * 60_000);
    assert_eq!(net.phones[1].engine.remembered().count(), 0);
    net.phones[3].has_media = false;
    let _ = net.told();
    net
}

#[test]
fn k9_who_has_been_in_the_call_for_long_is_in_it_whatever_becomes_of_a_further_invitation() {
    let (alice, bob, dave) = (0, 1, 3);
    for is_refused in [true, false] {
        let mut net = long_connected();
        net.refuses = Some(3).filter(|_| is_refused);
        net.dial_as(dave, Dial::to(["bob"], Media::Video, ROOM).in_group("room"));
        net.poll(dave);
        net.deliver(bob);
        net.poll(bob);
        net.hang_up(dave);
        net.settle();
        assert_eq!((net.phones[alice].state(), net.phones[bob].state()), (State::Connected, State::Connected));
        assert_eq!(net.told()[bob], [""; 0], "{is_refused}");
    }
}

#[test]
fn k4_a_further_invitation_that_could_not_be_accepted_rings_where_the_first_one_does() {
    let (bob, dave) = (1, 3);
    let mut net = calling();
    net.refuses = Some(3);
    net.phones[bob].has_media = false;
    net.answer(bob);
    net.phones[dave].has_media = false;
    net.dial_as(dave, Dial::to(["bob"], Media::Video, ROOM).in_group("room"));
    net.poll(dave);
    net.deliver(bob);
    net.settle();
    net.refuses = None;
    assert_eq!(net.phones[bob].state(), State::Ringing);
    net.hang_up(0);
    net.settle();
    assert_eq!(net.phones[bob].state(), State::Ringing, "dave calls him still");
    net.hang_up(dave);
    net.settle();
    assert_eq!(net.phones[bob].state(), State::Idle);
}

#[test]
fn k2_a_call_that_goes_on_is_not_over_as_one_more_does_not_come() {
    let mut net = calling();
    net.answer(1);
    net.settle();
    net.decline(2);
    net.settle();
    let _ = net.told();
    let now = net.at();
    assert!(net.operate(0, |phone, call| phone.calls.invite_more(&mut phone.engine, now, call, ["carol"], None)));
    net.settle();
    net.decline(2);
    net.wait(1_000);
    assert_eq!(net.told()[3], ["call in the group by alice"]);
    net.hang_up(0);
    net.settle();
    assert_eq!(net.told()[3], ["over in the group"]);
    net.dial_as(0, Dial::to(["carol"], Media::Video, ROOM).in_group("room"));
    net.settle();
    net.decline(2);
    net.settle();
    let told = net.told();
    for at in [1, 3] {
        let last = &told[at][told[at].len() - 2..];
        assert_eq!(last, ["call in the group by alice", "over in the group"], "another call in the same room, {at}");
    }
}

/// Whoever knows the room can call as many into it as they like, and invent them.
#[test]
fn k9_who_is_called_and_never_comes_is_not_remembered_without_end() {
    let (alice, bob, dave) = (0, 1, 3);
    let mut net = calling();
    net.answer(bob);
    net.settle();
    net.decline(2);
    net.settle();
    let mut data = CallData::new(Command::Call, Media::Video);
    data.room = Some(ROOM.into());
    for round in 0..5 {
        let ghosts = (0..40).map(|n| format!("{:x<100}", format!("{round}-{n}-")));
        let (now, invite) = (net.at(), Invite::in_group("room", ghosts).timeout(1).data(data.to_data()));
        net.phones[dave].engine.invite(now, invite).expect("there is room");
        net.wait(10_000);
    }
    let is_there = |at: usize| net.phones[at].state() == State::Connected;
    assert!(is_there(alice) && is_there(bob));
    net.hang_up(alice);
    net.settle();
    assert_eq!(commands(&net.phones[bob]).last(), Some(&(1, Command::HangUp)), "it is not too long to be said");
    let with = &net.phones[bob].last_record().with;
    assert!(with.len() <= 65, "{}", with.len());
    assert!(with.iter().any(|user| *user == *"alice"));
    net.assert_idle();
}

#[test]
fn k9_who_was_in_the_call_hears_of_its_end_however_many_are_called() {
    let mut net = Net::new(["bob", "dave"]);
    let (bob, dave) = (0, 1);
    let ghosts = (0..200).map(|n| format!("ghost-{n}")).chain(["bob".to_owned()]);
    let mut data = CallData::new(Command::Call, Media::Video);
    data.room = Some(ROOM.into());
    let (now, invite) = (net.at(), Invite::in_group("room", ghosts).timeout(30).data(data.to_data()));
    net.phones[dave].engine.invite(now, invite).expect("there is room");
    net.settle();
    net.answer(bob);
    net.phones[bob].report(now, MediaReport::RemoteEntered("dave".into()));
    net.phones[bob].report(now, MediaReport::RemoteEntered("zoe".into()));
    net.phones[bob].report(now, MediaReport::RemoteLeft("zoe".into()));
    net.phones[bob].report(now, MediaReport::RemoteLeft("dave".into()));
    net.settle();
    net.hang_up(bob);
    net.settle();
    assert_eq!(commands(&net.phones[bob]).last(), Some(&(1, Command::HangUp)));
    let said = net.phones[bob].sent.last().map_or("", |transmit| transmit.payload.as_str());
    assert!(said.contains(r#""dave""#) && said.contains(r#""zoe""#), "{said}");
    assert_eq!(said.matches("ghost").count(), 62, "{said}");
}

#[test]
fn k9_who_left_and_is_called_again_can_decline() {
    let mut net = calling();
    net.answer(1);
    net.answer(2);
    net.settle();
    net.hang_up(1);
    net.settle();
    let (now, alice) = (net.at(), &mut net.phones[0]);
    let call = alice.current();
    alice.calls.invite_more(&mut alice.engine, now, call, ["bob"], None).expect("there is room");
    net.settle();
    let _ = net.told();
    net.decline(1);
    net.settle();
    assert_eq!(net.told()[0], ["bob not coming: declined by bob"]);
    net.hang_up(2);
    net.settle();
    net.assert_idle();
}

#[test]
fn k2_the_end_of_an_invitation_into_the_call_that_one_has_joined_is_not_its_end() {
    let mut net = calling();
    let now = net.at();
    let phone = &mut net.phones[3];
    phone.calls.join(&phone.engine, now, "room", Media::Video, ROOM).expect("the phone is free");
    net.follow(3);
    net.settle();
    let _ = net.told();
    net.decline(1);
    net.decline(2);
    net.settle();
    assert_eq!(net.told()[3], ["bob not coming: declined by bob", "carol not coming: declined by carol"]);
    assert_eq!(net.phones[3].state(), State::Connected);
}

#[test]
fn k2_a_stranger_in_the_group_ends_no_call_that_one_is_in() {
    let mut net = calling();
    net.answer(1);
    net.settle();
    let _ = net.told();
    let mut data = CallData::new(Command::HangUp, Media::Video);
    data.room = Some(ROOM.into());
    let (now, dave) = (net.at(), &mut net.phones[3]);
    let hang_up = Invite::in_group("room", ["alice", "bob"]).timeout(0).data(data.to_data());
    dave.engine.invite(now, hang_up).expect("there is room");
    net.settle();
    assert_eq!(net.told()[..2], [[""; 0], [""; 0]]);
    assert_eq!((net.phones[0].state(), net.phones[1].state()), (State::Connected, State::Connected));
}

#[test]
fn k9_a_call_to_which_nobody_came_who_said_so_is_over_for_the_group_too() {
    let mut net = calling();
    net.phones[1].has_media = false;
    net.answer(1);
    net.decline(2);
    net.settle();
    net.wait(60_000);
    assert_eq!(net.told()[3], ["call in the group by alice", "over in the group"]);
    net.assert_idle();
}
