//! What the messages of a call say: the recorded payloads of the published web call kit, and what others may send.

use convoke::call::{CallData, Command, Dial, Media};
use serde_json::Value;

use crate::net::{Net, Phone, ROOM};

/// One recorded action of the kit.
fn recorded(what: &str) -> Value {
    let lines = include_str!("av_call.jsonl").lines();
    let mut all = lines.map(|line| serde_json::from_str::<Value>(line).expect("it is JSON"));
    let line = all.find(|line| line["what"] == what).expect("it was recorded");
    serde_json::from_str(line["data"].as_str().expect("it has data")).expect("it is JSON")
}

/// What a phone said last, as the kit would have: but for the platform's name, and the room of this test.
fn said(phone: &Phone) -> Value {
    let payload: Value =
        serde_json::from_str(&phone.sent.last().expect("something was said").payload).expect("it is JSON");
    let mut data: Value = serde_json::from_str(payload["data"].as_str().expect("it has data")).expect("it is JSON");
    assert_eq!(data["platform"], "convoke");
    data["platform"] = "Web".into();
    data
}

fn with_room(mut data: Value, room: u32) -> Value {
    data["room_id"] = room.into();
    data["data"]["room_id"] = room.into();
    data
}

#[test]
fn calls_say_what_the_kit_says() {
    for (media, what) in [(Media::Video, "1:1 video call, invite"), (Media::Audio, "1:1 audio call, invite")] {
        let mut net = Net::new(["alice", "bob"]);
        net.dial(0, &["bob"], media);
        net.settle();
        assert_eq!(said(&net.phones[0]), with_room(recorded(what), ROOM));
    }
    let mut net = Net::new(["alice", "bob", "carol"]);
    net.dial(0, &["bob", "carol"], Media::Video);
    net.settle();
    assert_eq!(said(&net.phones[0]), with_room(recorded("several callees without a group, one invite each"), ROOM));
}

#[test]
fn a_group_call_says_what_the_kit_says() {
    let mut net = Net::new(["alice", "bob", "carol"]);
    net.dial_as(0, Dial::to(["bob", "carol"], Media::Video, ROOM).in_group("room"));
    net.settle();
    assert_eq!(said(&net.phones[0]), with_room(recorded("group call, invite"), ROOM));
    net.answer(1);
    net.settle();
    net.decline(2);
    net.settle();
    net.leave_room(1);
    net.settle();
    assert_eq!(said(&net.phones[0]), recorded("hang-up of a group call by the last one"));
}

#[test]
fn answers_cancels_and_hang_ups_say_what_the_kit_says() {
    let ringing = || {
        let mut net = Net::new(["alice", "bob"]);
        net.dial(0, &["bob"], Media::Video);
        net.settle();
        net
    };
    let mut net = ringing();
    net.answer(1);
    net.settle();
    assert_eq!(said(&net.phones[1]), recorded("accept"));
    net.wait(37_000);
    net.hang_up(0);
    net.settle();
    assert_eq!(said(&net.phones[1]), recorded("hang-up of a 1:1 call after 37 s"));

    let mut net = ringing();
    net.decline(1);
    net.settle();
    assert_eq!(said(&net.phones[1]), recorded("reject"));

    let mut net = Net::new(["alice", "bob"]);
    net.phones[1].calls.set_busy(true);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    assert_eq!(said(&net.phones[1]), recorded("reject, busy"));

    let mut net = ringing();
    net.hang_up(0);
    net.settle();
    assert_eq!(said(&net.phones[0]), recorded("cancel"));
}

#[test]
fn a_switch_says_what_the_kit_says() {
    for (to, what) in [(Media::Audio, "switch to audio, invite"), (Media::Video, "switch to video, invite")] {
        let mut net = Net::new(["alice", "bob"]);
        net.dial(0, &["bob"], Media::Video);
        net.settle();
        net.answer(1);
        net.settle();
        let (now, alice) = (net.at(), &mut net.phones[0]);
        let call = alice.current();
        alice.calls.switch(&mut alice.engine, now, call, to).expect("it is connected");
        net.settle();
        assert_eq!(said(&net.phones[0]), with_room(recorded(what), ROOM));
    }
}

#[test]
fn all_that_was_recorded_is_read_and_written_again_with_nothing_lost() {
    let lines = include_str!("av_call.jsonl").lines();
    let mut count = 0;
    for line in lines.filter(|line| line.contains(r#""data""#)) {
        let line: Value = serde_json::from_str(line).expect("it is JSON");
        let text = line["data"].as_str().expect("it has data");
        let read = CallData::read(text).expect("it is of a call");
        let again: Value = serde_json::from_str(read.to_data().as_str()).expect("it is JSON");
        assert_eq!(again, serde_json::from_str::<Value>(text).expect("it is JSON"), "{}", line["what"]);
        count += 1;
    }
    assert_eq!(count, 12);
}

#[test]
fn legacy_keys_say_what_the_command_would() {
    let command = |text: &str| CallData::read(text).map(|data| (data.command, data.media));
    let legacy = r#"{"businessID":"av_call","call_type":1,"switch_to_audio_call":"switch_to_audio_call","call_end":3}"#;
    assert_eq!(command(legacy), Some((Command::Switch(Media::Audio), Media::Audio)));
    let hang_up = r#"{"businessID":"av_call","call_type":2,"call_end":3}"#;
    assert_eq!(command(hang_up), Some((Command::HangUp, Media::Video)));
    let call = r#"{"businessID":"av_call","call_type":2}"#;
    assert_eq!(command(call), Some((Command::Call, Media::Video)));
    let newer = r#"{"businessID":"av_call","call_type":1,"call_end":0,"version":9,"data":{"cmd":"audioCall"}}"#;
    assert_eq!(command(newer), Some((Command::Call, Media::Audio)), "the command decides, where there is one");
    for other in ["", "{}", r#"{"businessID":"chess"}"#, r#"{"businessID":1}"#, "[]", "\"av_call\""] {
        assert_eq!(command(other), None, "{other}");
    }
}

#[test]
fn what_is_not_known_survives_byte_for_byte() {
    let text = r#"{"businessID":"av_call","call_type":7,"odd":{"a" : [1,2.50, "\u0041"]},"room_id":"seven","line_busy":1,"data":{"cmd":"pushToTalk","message":"hm","more":1e3}}"#;
    let data = CallData::read(text).expect("it is of a call");
    let again = data.to_data();
    for part in [
        r#""odd":{"a" : [1,2.50, "\u0041"]}"#,
        r#""call_type":7"#,
        r#""room_id":"seven""#,
        r#""line_busy":1"#,
        r#""message":"hm""#,
        r#""more":1e3"#,
    ] {
        assert!(again.as_str().contains(part), "{part} in {}", again.as_str());
    }
    assert_eq!(CallData::read(again.as_str()), Some(data));
}
