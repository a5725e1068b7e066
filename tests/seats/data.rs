//! What the messages about seats say, and what others may send.

use convoke::seats::{SeatCommand, SeatData};

#[test]
fn it_is_written_as_published() {
    let data = SeatData::new(SeatCommand::PickSeat, "live", Some(7));
    let expected = r#"{"version":1,"businessID":"VoiceRoom","platform":"convoke","extInfo":"","data":{"room_id":"live","cmd":"pickSeat","seat_number":"7"}}"#;
    assert_eq!(data.to_data().as_str(), expected);
}

#[test]
fn a_higher_version_and_unknown_keys_are_read_as_far_as_they_are_understood() {
    let text = r#"{"version":9,"businessID":"VoiceRoom","hue":[1,{}],"data":{"cmd":"takeSeat","room_id":7,"seat_number":3,"x":null}}"#;
    let data = SeatData::read(text).expect("it is about a seat");
    assert_eq!((data.version, data.command, data.room.as_str(), data.seat), (9, SeatCommand::TakeSeat, "7", Some(3)));
}

#[test]
fn any_seat_is_one_that_is_no_number() {
    for number in [r#""-1""#, r#""""#, r#""third""#, "null", "1.5", r#""99999999999""#] {
        let text = format!(
            r#"{{"businessID":"VoiceRoom","data":{{"cmd":"takeSeat","room_id":"live","seat_number":{number}}}}}"#
        );
        assert_eq!(SeatData::read(&text).expect("it is about a seat").seat, None, "{number}");
    }
}

#[test]
fn what_is_no_seats_is_not_read() {
    for text in [
        "",
        "[]",
        "{}",
        r#"{"businessID":"av_call","data":{"cmd":"takeSeat","room_id":"live"}}"#,
        r#"{"businessID":"VoiceRoom"}"#,
        r#"{"businessID":"VoiceRoom","data":{"cmd":"takeSeat"}}"#,
        r#"{"businessID":"VoiceRoom","data":{"room_id":"live"}}"#,
        r#"{"businessID":"VoiceRoom","data":"takeSeat"}"#,
    ] {
        assert_eq!(SeatData::read(text), None, "{text}");
    }
}
