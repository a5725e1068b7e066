//! What a member of the group can do to a call there who wishes it ill, and knows its room.

use convoke::Invite;
use convoke::call::{Command, Dial, Media, State};

use crate::net::{Net, ROOM};
use crate::other_ways::into_the_room;

const ALICE: usize = 0;
const BOB: usize = 1;
const CAROL: usize = 2;
const MALLORY: usize = 3;
const DAVE: usize = 4;

/// Alice calls these in the group.
fn calling(whom: &[&str]) -> Net {
    let mut net = Net::new(["alice", "bob", "carol", "mallory", "dave"]);
    net.dial_as(ALICE, Dial::to(whom.iter().copied(), Media::Video, ROOM).in_group("room"));
    net.settle();
    net
}

/// Mallory sends as many as may belong to a call.
fn crowd(net: &mut Net, timeout: u32, whom: impl Fn(u32) -> String) {
    for n in 0..64 {
        let invite = Invite::in_group("room", [whom(n)]).timeout(timeout).data(into_the_room(Command::Call).to_data());
        let now = net.at();
        net.phones[MALLORY].engine.invite(now, invite).expect("there is room");
        net.settle();
    }
    let _ = net.told();
}

/// Mallory says that the call is over.
fn say_over(net: &mut Net) {
    let data = into_the_room(Command::HangUp).to_data();
    let (now, invite) = (net.at(), Invite::in_group("room", ["alice", "bob"]).data(data));
    net.phones[MALLORY].engine.invite(now, invite).expect("there is room");
    net.settle();
}

#[test]
fn k4_k9_invitations_without_number_take_nothing_from_a_call() {
    let ghosts = |n| format!("ghost-{n}");
    let bob = |_| "bob".to_owned();
    for (timeout, whom) in [(86_400, &ghosts as &dyn Fn(u32) -> String), (30, &bob)] {
        let mut net = calling(&["bob"]);
        net.answer(BOB);
        net.settle();
        crowd(&mut net, timeout, whom);
        let (now, phone) = (net.at(), &mut net.phones[BOB]);
        let call = phone.current();
        let invited = phone.calls.invite_more(&mut phone.engine, now, call, ["dave"], None);
        assert_eq!(invited, Ok(()), "nobody whom bob called is there");
        net.settle();
        net.answer(DAVE);
        net.dial_as(CAROL, Dial::to(["bob"], Media::Video, ROOM).in_group("room"));
        net.settle();
        let told = net.told();
        assert!(told[BOB].iter().all(|told| !told.starts_with("ended")), "{told:?}");
        assert!(told[CAROL].contains(&"connected".to_owned()), "{told:?}");
        let states = [ALICE, BOB, CAROL, DAVE].map(|at| net.phones[at].state());
        assert_eq!(states, [State::Connected; 4]);
    }
}

#[test]
fn k4_who_is_called_by_many_invitations_is_not_busy_for_one_more() {
    let mut net = calling(&["bob"]);
    crowd(&mut net, 30, |_| "bob".into());
    net.dial_as(CAROL, Dial::to(["bob"], Media::Video, ROOM).in_group("room"));
    net.settle();
    assert!(net.told().iter().flatten().all(|told| !told.contains("busy")));
    net.answer(BOB);
    net.settle();
    assert_eq!([ALICE, BOB, CAROL].map(|at| net.phones[at].state()), [State::Connected; 3]);
}

#[test]
fn k9_those_count_whom_somebody_in_the_room_has_called() {
    let users = ["u1", "u2", "u3", "u4", "u5", "u6"];
    let mut net = calling(&["bob"]);
    net.answer(BOB);
    net.settle();
    let now = net.at();
    assert!(net.operate(ALICE, |phone, call| phone.calls.invite_more(&mut phone.engine, now, call, users, None)));
    net.settle();
    let mut invite = |whom: &[&'static str]| {
        net.operate(BOB, |phone, call| phone.calls.invite_more(&mut phone.engine, now, call, whom.to_vec(), None))
    };
    assert!(!invite(&["carol", "dave"]), "they would be ten");
    assert!(invite(&["carol"]));
}

#[test]
fn k2_who_has_no_part_in_a_call_does_not_end_it_for_those_who_are_not_in_it() {
    let mut net = calling(&["bob", "carol"]);
    net.answer(BOB);
    net.settle();
    say_over(&mut net);
    assert_eq!(net.told()[DAVE], ["call in the group by alice"], "carol is called");
    net.decline(CAROL);
    net.settle();
    say_over(&mut net);
    let now = net.at();
    assert!(net.operate(ALICE, |phone, call| phone.calls.invite_more(&mut phone.engine, now, call, ["carol"], None)));
    net.settle();
    let _ = net.told();
    net.decline(CAROL);
    net.settle();
    assert_eq!(net.told()[DAVE], [""; 0], "bob has come, and is there");
    net.hang_up(BOB);
    net.settle();
    assert_eq!(net.told()[DAVE], ["over in the group"]);
}

#[test]
fn k2_who_joined_and_is_the_last_one_says_so_too() {
    let mut net = calling(&["bob"]);
    net.answer(BOB);
    net.settle();
    let now = net.at();
    let carol = &mut net.phones[CAROL];
    carol.calls.join(&carol.engine, now, "room", Media::Video, ROOM).expect("the phone is free");
    net.follow(CAROL);
    net.settle();
    net.hang_up(ALICE);
    net.hang_up(BOB);
    net.settle();
    assert_eq!(net.told()[DAVE], ["call in the group by alice", "over in the group"]);
    net.assert_idle();
}
