//! What somebody has found by reading, each as short as it gets.

use convoke::call::{CallData, CallEvent, Command, Dial, EndReason, Media, State};
use convoke::layer::Layer;
use convoke::{Callback, Output, Pushed, ServerTime};

use crate::by_hand::{Said, calling, hear};
use crate::net::{Net, ROOM, commands};

const HANG_UP: &str = r#"{"version":4,"businessID":"av_call","call_type":2,"call_end":5,"data":{"cmd":"hangup"}}"#;

fn hang_up<'a>(group: &'a str, to: &'a str, at: i64) -> Said<'a> {
    Said { action: 1, id: "h", inviter: "alice", from: "alice", group, timeout: 0, to, data: HANG_UP, at: Some(at) }
}

#[test]
fn k8_the_end_of_the_call_before_does_not_end_this_one() {
    for (group, is_ended) in [("", false), ("room", false), ("", true), ("room", true)] {
        let mut net = Net::new(["alice", "bob"]);
        let dial = Dial::to(["bob"], Media::Video, ROOM);
        net.dial_as(0, if group.is_empty() { dial } else { dial.in_group(group) });
        net.settle();
        net.answer(1);
        net.wait(5_000);
        let at = if is_ended { net.now } else { net.now - 60_000 };
        hang_up(group, "bob", at).hear(&mut net, 1);
        assert_eq!(net.phones[1].state() == State::Idle, is_ended, "{group} {is_ended}");
    }
}

#[test]
fn k2_the_end_of_the_call_before_does_not_end_that_of_others() {
    for (earlier, is_over) in [(60_000, false), (0, true)] {
        let mut net = Net::new(["alice", "bob", "carol"]);
        net.dial_as(0, Dial::to(["bob"], Media::Video, ROOM).in_group("room"));
        net.settle();
        net.answer(1);
        net.wait(5_000);
        let _ = net.told();
        hang_up("room", "bob", net.now - earlier).hear(&mut net, 2);
        assert_eq!(net.told()[2].is_empty(), !is_over, "{earlier}");
    }
}

#[test]
fn k4_two_rooms_that_are_no_numbers_are_not_one() {
    let odd = |room: &str| {
        let text = r#"{"version":4,"businessID":"av_call","call_type":2,"room_id":"?","data":{"cmd":"videoCall","room_id":"?"}}"#;
        CallData::read(&text.replace('?', room)).expect("it is of a call")
    };
    let mut net = Net::new(["alice", "bob", "carol"]);
    hear(&mut net, 1, "alice", "room", ("a", 30), "bob", &odd("r1"));
    net.answer(1);
    net.poll(1);
    hear(&mut net, 1, "carol", "room", ("c", 30), "bob", &odd("r2"));
    let said: Vec<u64> = commands(&net.phones[1]).into_iter().map(|(action, _)| action).collect();
    assert_eq!(said, [3, 4], "the second finds the user busy");
}

#[test]
fn k5_who_gives_way_to_a_call_with_several_knows_the_others() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(1, &["alice"], Media::Video);
    net.poll(1);
    let mut data = calling(666, Media::Video);
    data.user_ids = Some(vec!["bob".into(), "carol".into()]);
    hear(&mut net, 1, "alice", "", ("!", 30), "bob", &data);
    assert_eq!(net.phones[1].state(), State::Connecting);
    let mut news = CallData::new(Command::SyncInfo, Media::Video);
    (news.user_ids, news.cmd_info) = (Some(vec!["carol".into()]), Some("accepted".into()));
    hear(&mut net, 1, "alice", "", ("n", 0), "bob", &news);
    hear(&mut net, 1, "alice", "", ("h", 0), "bob", &CallData::new(Command::HangUp, Media::Video));
    assert_eq!(net.phones[1].state(), State::Connecting, "carol is coming");
}

#[test]
fn w9_who_fills_a_call_with_invitations_ends_it_for_nobody() {
    let mut net = Net::new(["alice", "bob", "carol", "dave"]);
    net.phones[1].has_media = false;
    net.dial_as(0, Dial::to(["bob"], Media::Video, ROOM).in_group("room"));
    net.settle();
    net.answer(1);
    net.settle();
    for n in 0..63 {
        hear(&mut net, 0, "dave", "room", (&format!("d{n}"), 30), "carol", &calling(ROOM, Media::Video));
    }
    hear(&mut net, 0, "dave", "room", ("z", 30), "bob", &calling(ROOM, Media::Video));
    let data = calling(ROOM, Media::Video).to_data();
    for id in (0..63).map(|n| format!("d{n}")).chain(["z".into()]) {
        let to = if id == "z" { "bob" } else { "carol" };
        let cancel = Said {
            action: 2,
            id: &id,
            inviter: "dave",
            from: "dave",
            group: "room",
            timeout: 0,
            to,
            data: data.as_str(),
            at: None,
        };
        cancel.hear(&mut net, 0);
    }
    assert!(matches!(net.phones[0].state(), State::Connecting | State::Connected), "{:?}", net.told());
}

#[test]
fn k9_whom_somebody_else_has_called_does_not_answer_for_who_was_called() {
    let mut net = Net::new(["alice", "bob", "carol", "dave"]);
    net.phones[2].has_media = false;
    net.dial_as(0, Dial::to(["bob"], Media::Video, ROOM).in_group("room"));
    net.settle();
    let data = calling(ROOM, Media::Video).to_data();
    let data = data.as_str();
    let by_dave = Said {
        action: 1,
        id: "d",
        inviter: "dave",
        from: "dave",
        group: "room",
        timeout: 30,
        to: "carol",
        data,
        at: None,
    };
    by_dave.hear(&mut net, 0);
    Said { action: 3, from: "carol", timeout: 0, ..by_dave }.hear(&mut net, 0);
    assert_eq!(net.phones[0].state(), State::Dialing);
    assert!(!net.phones[0].events.iter().any(|event| matches!(event, CallEvent::Answered { .. })));
}

#[test]
fn o1_a_call_that_was_cancelled_before_its_push_is_missed() {
    let mut net = Net::new(["alice", "bob"]);
    let data = calling(ROOM, Media::Video).to_data();
    let cancel = Said {
        action: 2,
        id: "a",
        inviter: "alice",
        from: "alice",
        group: "",
        timeout: 0,
        to: "bob",
        data: data.as_str(),
        at: None,
    };
    cancel.hear(&mut net, 1);
    let pushed = Pushed::from_user("alice", "a", ServerTime::from_millis(net.now)).timeout(30).data(data.clone());
    let (now, bob) = (net.at(), &mut net.phones[1]);
    bob.calls.add_invited(&mut bob.engine, now, pushed).expect("it is new");
    net.poll(1);
    let record = net.phones[1].last_record();
    assert!(record.is_missed && record.reason == EndReason::Cancelled, "{record:?}");
    net.wait(60_000);
    assert_eq!(net.phones[1].events.len(), 1, "{:?}", net.told());
}

#[test]
fn h4_what_began_as_somebody_elses_does_not_become_a_call() {
    let mut net = Net::new(["alice", "bob"]);
    let invite = |data| Said {
        action: 1,
        id: "c",
        inviter: "alice",
        from: "alice",
        group: "",
        timeout: 30,
        to: "bob",
        data,
        at: None,
    };
    let call = calling(ROOM, Media::Video).to_data();
    let (now, bob) = (net.at(), &mut net.phones[1]);
    let _ = bob.engine.handle_message(now, &invite("a class").message());
    let _ = bob.engine.handle_edit(now, &invite(call.as_str()).message());
    let mut given_back = 0;
    while let Some(output) = bob.engine.poll_output() {
        let Output::Callback(callback) = output else { continue };
        let is_edit = matches!(callback, Callback::InvitationModified { .. });
        given_back += usize::from(bob.calls.handle_callback(&mut bob.engine, now, callback).is_some());
        assert!(!is_edit || given_back == 2, "the edit is not about a call");
    }
    assert_eq!(given_back, 2);
}

#[test]
fn k5_of_two_messages_of_one_moment_the_ids_do_not_say_who_called_first() {
    for (after, is_anew) in [(0, false), (1_000, true)] {
        let mut net = Net::new(["alice"]);
        net.dial(0, &["bob"], Media::Video);
        net.poll(0);
        let id = net.phones[0].sent[0].invitation.invite_id().as_str().to_owned();
        let data = calling(ROOM, Media::Video).to_data();
        let accept = Said {
            action: 3,
            id: &id,
            inviter: "alice",
            from: "bob",
            group: "",
            timeout: 0,
            to: "bob",
            data: data.as_str(),
            at: Some(net.now),
        };
        accept.hear(&mut net, 0);
        net.wait(after);
        // "~" sorts after every id of ours: as an inviteID it gives way, as the id of a message it is the later one.
        let called = Said { action: 1, id: "~", inviter: "bob", timeout: 30, to: "alice", at: Some(net.now), ..accept };
        called.hear(&mut net, 0);
        assert_eq!(net.phones[0].state() == State::Ringing, is_anew, "{:?}", net.told());
    }
}
