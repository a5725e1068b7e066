//! Reading: what is signaling (`W6`), and what its odd values mean (`W7`, `W9`).

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::{Action, Envelope, Reading, read};
use crate::config::{Limits, MAX_TIMEOUT};
use crate::disposition::Malformed;
use crate::time::Millis;

mod properties;

const DECLARED: &str = r#"{"messageFeature":{"needTyping":1},"type":"tsignaling"}"#;

/// The outcome of a reading, without the envelope.
#[derive(Debug, PartialEq)]
enum Kind {
    Signaling(Action),
    UnknownAction,
    NotSignaling,
    Malformed(Malformed),
}
use Kind::{NotSignaling, Signaling, UnknownAction};

fn kind_under(payload: &str, cloud_custom_data: &str) -> Kind {
    match read(payload, cloud_custom_data, &Limits::default()) {
        Reading::Signaling(envelope) => Signaling(envelope.action),
        Reading::UnknownAction => UnknownAction,
        Reading::NotSignaling => NotSignaling,
        Reading::Malformed(why) => Kind::Malformed(why),
    }
}

fn kind(payload: &str) -> Kind {
    kind_under(payload, "")
}

fn declared(payload: &str) -> Kind {
    kind_under(payload, DECLARED)
}

/// The envelope of an invite with these further keys.
fn invite(keys: &str) -> String {
    format!(r#"{{"inviteID":"i","actionType":1{keys}}}"#)
}

#[track_caller]
fn envelope(payload: &str) -> Envelope<'_> {
    match read(payload, "", &Limits::default()) {
        Reading::Signaling(envelope) => envelope,
        Reading::UnknownAction | Reading::NotSignaling | Reading::Malformed(_) => panic!("not signaling: {payload}"),
    }
}

fn timeout(number: &str) -> Millis {
    envelope(&invite(&format!(r#","timeout":{number}"#))).timeout
}

fn invitees(envelope: &Envelope<'_>) -> Vec<String> {
    envelope.invitees.iter().map(Cow::into_owned).collect()
}

#[test]
fn w1_a_plain_message_is_read_without_an_allocation() {
    let envelope = envelope(
        r#" { "businessID":1,"timeout":30,"data":"d","inviteID":"i","groupID":"g","actionType":3,
              "inviter":"alice","inviteeList":["bob" , "carol","bob"]} "#,
    );
    assert_eq!(envelope.action, Action::Accept);
    assert_eq!(envelope.timeout, Millis::from_secs(30));
    assert_eq!(envelope.business_id, 1);
    for (text, expected) in
        [(&envelope.data, "d"), (&envelope.invite_id, "i"), (&envelope.group_id, "g"), (&envelope.inviter, "alice")]
    {
        assert!(matches!(text, Cow::Borrowed(text) if *text == expected));
    }
    assert!(envelope.invitees.iter().all(|user| matches!(user, Cow::Borrowed(_))));
    assert_eq!(invitees(&envelope), ["bob", "carol", "bob"]);
    assert_eq!(envelope.invitees.len(), 3);
}

#[test]
fn w2_each_action_has_its_code_and_others_are_unknown() {
    for (code, expected) in [
        ("1", Signaling(Action::Invite)),
        ("2", Signaling(Action::Cancel)),
        ("3", Signaling(Action::Accept)),
        ("4", Signaling(Action::Reject)),
        ("5", Signaling(Action::Timeout)),
        ("1.0", Signaling(Action::Invite)),
        ("1e0", Signaling(Action::Invite)),
        ("20E-1", Signaling(Action::Cancel)),
        ("0", UnknownAction),
        ("-0", UnknownAction),
        ("6", UnknownAction),
        ("-1", UnknownAction),
        ("1e400", UnknownAction),
        ("18446744073709551617", UnknownAction),
        ("1.5", NotSignaling),
        ("1e-1", NotSignaling),
        (r#""1""#, NotSignaling),
        ("true", NotSignaling),
        ("[1]", NotSignaling),
        ("null", NotSignaling),
    ] {
        assert_eq!(kind(&format!(r#"{{"inviteID":"i","actionType":{code}}}"#)), expected, "{code}");
    }
    assert_eq!(kind(r#"{"inviteID":"i","actionType":9,"data":7}"#), UnknownAction);
}

#[test]
fn w6_all_else_is_chat() {
    for chat in [
        "",
        " ",
        "hello inviteID actionType",
        "\"inviteID actionType\"",
        "7",
        "null",
        "{}",
        "{\"hello\":1}",
        "{not json inviteID actionType",
        r#"{"inviteID":"i"}"#,
        r#"{"actionType":1}"#,
        r#"{"inviteID":7,"actionType":1}"#,
        r#"{"inviteID":null,"actionType":1}"#,
        r#"{"inviteid":"i","actiontype":1}"#,
        r#"{"x":{"inviteID":"i","actionType":1}}"#,
        "[1,2]",
        "[smile] about inviteID and actionType",
        "\u{feff}{\"inviteID\":\"i\",\"actionType\":1}",
    ] {
        assert_eq!(kind(chat), NotSignaling, "{chat}");
    }
}

#[test]
fn w6_missing_and_null_keys_read_as_their_defaults() {
    let nulls = r#","businessID":null,"timeout":null,"data":null,"groupID":null,"inviter":null,"inviteeList":null"#;
    for keys in ["", nulls, r#","groupID":"","inviteeList":[ ]"#] {
        let payload = invite(keys);
        let envelope = envelope(&payload);
        assert_eq!((envelope.timeout, envelope.business_id), (Millis::ZERO, 1));
        assert!(envelope.data.is_empty() && envelope.group_id.is_empty() && envelope.inviter.is_empty());
        assert_eq!((envelope.invitees.len(), envelope.invitees.iter().count()), (0, 0));
    }
}

#[test]
fn w6_a_declared_object_is_signaling_without_its_keys() {
    assert_eq!(declared("{}"), Signaling(Action::Invite));
    assert_eq!(declared(r#"{"actionType":2}"#), Signaling(Action::Cancel));
    assert_eq!(declared(r#"{"actionType":null,"inviteID":null}"#), Signaling(Action::Invite));
    assert_eq!(declared(r#"{"actionType":77}"#), UnknownAction);
    for wrong in [r#"{"actionType":"1"}"#, r#"{"actionType":1.5}"#, r#"{"inviteID":7}"#] {
        assert_eq!(declared(wrong), Kind::Malformed(Malformed::WrongType), "{wrong}");
    }
}

#[test]
fn w6_a_declared_text_that_is_no_object_is_malformed_unless_it_cannot_be_meant_as_one() {
    for broken in ["{", "{not json", "{} trailing", "[", "[]", "[{}]", "{\"a\":\"\n\"}"] {
        assert_eq!(declared(broken), Kind::Malformed(Malformed::NotAnObject), "{broken}");
    }
    for chat in ["", "hello", "7", "\"x\""] {
        assert_eq!(declared(chat), NotSignaling, "{chat}");
    }
}

#[test]
fn w6_cloud_custom_data_declares_at_any_level_and_only_as_sound_json() {
    for yes in [
        r#"{"type":"tsignaling"}"#,
        r#" [ { "a" : { "type" : "tsignaling" } } ] "#,
        r#"{"type":1,"a":[{"type":"chat"}],"type":"tsignaling","b":{"type":"chat"}}"#,
        r#"{"typ\u0065":"tsignalin\u0067"}"#,
        r#"{"type":1,"a":{"b":"\ud800","type":"tsignaling"}}"#,
    ] {
        assert_eq!(kind_under("{}", yes), Signaling(Action::Invite), "{yes}");
    }
    for no in [
        "tsignaling",
        r#""tsignaling""#,
        r#"{"type":"tsignaling""#,
        r#"{"type":"tsignaling"},"#,
        r#"{"type":["tsignaling"]}"#,
        r#"{"type":{"a":"tsignaling"}}"#,
        r#"{"type":"tsignaling","type":"chat"}"#,
        r#"{"a":{"type":"tsignaling","b":[1],"type":[]}}"#,
        r#"{"kind":"tsignaling"}"#,
        r#"["type","tsignaling"]"#,
        &format!(r#"{{"type":"tsignaling","a":{}{}}}"#, "[".repeat(64), "]".repeat(64)),
        &format!(r#"{{"type":"tsignaling","a":"{}"}}"#, "x".repeat(12 * 1_024)),
    ] {
        assert_eq!(kind_under("{}", no), NotSignaling, "{no}");
    }
}

#[test]
fn w7_a_key_given_twice_the_last_counts() {
    let text = invite(r#","data":7,"timeout":"x","inviteeList":[1],"data":"new","timeout":5,"inviteeList":["bob"]"#);
    let last = envelope(&text);
    assert_eq!((&*last.data, last.timeout), ("new", Millis::from_secs(5)));
    assert_eq!(invitees(&last), ["bob"]);
    assert_eq!(kind(&invite(r#","data":"x","data":7"#)), Kind::Malformed(Malformed::WrongType));
    assert!(envelope(&invite(r#","data":"x","data":null"#)).data.is_empty());
    assert_eq!(kind(&invite(r#","actionType":2"#)), Signaling(Action::Cancel));
    assert_eq!(kind(&invite(r#","inviteID":5"#)), NotSignaling);
}

#[test]
fn w7_an_escaped_key_is_a_key() {
    let text = r#"{"invite\u0049D":"i","\u0061ctionType":1,"d\u0061ta":"x"}"#;
    assert_eq!((&*envelope(text).invite_id, &*envelope(text).data), ("i", "x"));
    assert_eq!(kind(&invite(r#","\ud800data":7"#)), Signaling(Action::Invite));
}

#[test]
fn w7_a_timeout_is_floored_and_capped_exactly() {
    for (number, secs) in [
        ("30", 30),
        ("30.9", 30),
        ("29.99999999999999999999999999", 29),
        ("3e1", 30),
        ("0.3E+2", 30),
        ("3000e-2", 30),
        ("1e-5", 0),
        ("-0.0", 0),
        ("-0.5", 0),
        ("-1e400", 0),
        ("0e999999999", 0),
        ("86399.9", 86_399),
        ("86400", 86_400),
        ("86401", 86_400),
        ("1e400", 86_400),
        ("123456789012345678901234567890", 86_400),
        ("4294967296", 86_400),
    ] {
        assert_eq!(timeout(number), Millis::from_secs(secs), "{number}");
    }
    assert_eq!(timeout("1e400"), MAX_TIMEOUT);
}

#[test]
fn w7_a_value_of_a_wrong_type_is_malformed() {
    for key in ["businessID", "timeout", "data", "groupID", "inviter", "inviteeList"] {
        for value in ["true", "false", "{}", "[1]", "[null]", "[\"a\",[]]", "[{\"a\":1}]", "7", "\"7\"", "[\"7\"]"] {
            let fits = match key {
                "businessID" | "timeout" => value == "7",
                "inviteeList" => value == "[\"7\"]",
                _ => value == "\"7\"",
            };
            let expected = if fits { Signaling(Action::Invite) } else { Kind::Malformed(Malformed::WrongType) };
            assert_eq!(kind(&invite(&format!(",\"{key}\":{value}"))), expected, "{key}: {value}");
        }
    }
}

#[test]
fn w7_what_an_object_in_the_place_of_a_value_holds_is_not_read_for_the_message() {
    let message = r#""inviteID":"i","actionType":1"#;
    assert_eq!(kind(&format!(r#"{{"data":{{{message}}}}}"#)), NotSignaling);
    assert_eq!(kind(&format!(r#"{{"data":{{"a":[{{}}]}},{message}}}"#)), Kind::Malformed(Malformed::WrongType));
    assert_eq!(kind(&format!(r#"{{"data":{{"data":""}},{message},"data":""}}"#)), Signaling(Action::Invite));
}

#[test]
fn w7_an_array_for_the_object_is_malformed() {
    let array = format!("[{}]", invite(""));
    assert_eq!(kind(&array), Kind::Malformed(Malformed::NotAnObject));
    assert_eq!(kind(&format!("\n{array}")), Kind::Malformed(Malformed::NotAnObject));
    assert_eq!(declared("[]"), Kind::Malformed(Malformed::NotAnObject));
    assert_eq!(kind("[]"), NotSignaling);
}

#[test]
fn w7_nesting_is_bounded_inside_skipped_values_too() {
    let nested = |depth: usize| {
        let (open, close) = ("[".repeat(depth), "]".repeat(depth));
        invite(&format!(r#","x":{open}{close}"#))
    };
    assert_eq!(kind(&nested(63)), Signaling(Action::Invite));
    assert_eq!(kind(&nested(64)), Kind::Malformed(Malformed::TooDeep));
    assert_eq!(kind(&nested(5_000)), Kind::Malformed(Malformed::TooDeep));
    assert_eq!(kind(&nested(100_000)), Kind::Malformed(Malformed::TooLong));
    let limits = Limits { payload_bytes: u32::MAX, ..Limits::default() };
    for bomb in [nested(100_000), invite(&format!(r#","data":{}"#, "{\"a\":[".repeat(100_000)))] {
        assert!(matches!(read(&bomb, "", &limits), Reading::Malformed(Malformed::TooDeep)));
        assert!(matches!(read(&bomb.replace("inviteID", "x"), "", &limits), Reading::NotSignaling));
        assert!(matches!(
            read(&bomb.replace("inviteID", "x"), DECLARED, &limits),
            Reading::Malformed(Malformed::TooDeep)
        ));
    }
    assert_eq!(kind(&"[".repeat(100)), NotSignaling);
}

#[test]
fn w7_surrogates_must_come_in_pairs_where_the_text_matters() {
    let pair = invite(r#","data":"\ud83d\uDE00","inviteeList":["\uD83D\ude00","b"]"#);
    assert_eq!(envelope(&pair).data, "😀");
    assert_eq!(invitees(&envelope(&pair)), ["😀", "b"]);
    for lone in [r"\ud800", r"\udc00", r"\ude00\ud83d", r"\ud83d\ud83d", r"\ud83dx", r"\ud83d\n", r"x\uDFFF"] {
        for key in ["data", "groupID", "inviter"] {
            let text = invite(&format!(",\"{key}\":\"{lone}\""));
            assert_eq!(kind(&text), Kind::Malformed(Malformed::LoneSurrogate), "{text}");
        }
        let list = invite(&format!(r#","inviteeList":["a","{lone}"]"#));
        assert_eq!(kind(&list), Kind::Malformed(Malformed::LoneSurrogate));
        let id = format!(r#"{{"inviteID":"{lone}","actionType":1}}"#);
        assert_eq!(kind(&id), Kind::Malformed(Malformed::LoneSurrogate));
        assert_eq!(kind(&invite(&format!(",\"x\":[\"{lone}\"]"))), Signaling(Action::Invite), "of no interest");
        assert_eq!(kind(&invite(&format!(r#","data":"{lone}","data":"""#))), Signaling(Action::Invite));
    }
}

#[test]
fn w7_broken_json_is_chat() {
    for broken in [
        invite(",").as_str(),
        &invite(r#","x":01"#),
        &invite(r#","x":-"#),
        &invite(r#","x":1."#),
        &invite(r#","x":.5"#),
        &invite(r#","x":1e"#),
        &invite(r#","x":+1"#),
        &invite(r#","x":nul"#),
        &invite(r#","x":"\x""#),
        &invite(r#","x":"\u12g4""#),
        &invite(r#","x":"\u+123""#),
        &invite(",\"x\":\"\u{1f}\""),
        &invite(r#","x":[1,]"#),
        &invite(r#","x":[1}"#),
        &invite(r#","x":{1:2}"#),
        &invite(r#","x":{"a":1]"#),
        &invite(r#","x" 1"#),
        &format!("{} x", invite("")),
        &format!("{}\u{c}", invite("")),
        &invite("").replace('}', ""),
        &invite("").replace('}', "]"),
    ] {
        assert_eq!(kind(broken), NotSignaling, "{broken}");
    }
}

#[test]
fn w7_reading_is_linear() {
    let limits = Limits { payload_bytes: u32::MAX, ..Limits::default() };
    for keys in [
        format!(r#","timeout":1e{}"#, "9".repeat(1_000_000)),
        format!(r#","timeout":0.{}1"#, "0".repeat(1_000_000)),
        format!(r#","x":{}1"#, "1".repeat(1_000_000)),
        r#","data":"\u0041""#.repeat(100_000),
        r#","inviteeList":["a",1]"#.repeat(100_000),
    ] {
        assert!(!matches!(read(&invite(&keys), "", &limits), Reading::NotSignaling));
    }
}

#[test]
fn w9_the_limit_on_payload_bytes_is_exact() {
    let of = |bytes: usize| {
        let frame = invite(r#","data":"""#).len();
        invite(&format!(r#","data":"{}""#, "x".repeat(bytes - frame)))
    };
    let limits = Limits { payload_bytes: 100, ..Limits::default() };
    assert!(matches!(read(&of(99), "", &limits), Reading::Signaling(_)));
    assert!(matches!(read(&of(100), "", &limits), Reading::Signaling(_)));
    assert!(matches!(read(&of(101), "", &limits), Reading::Malformed(Malformed::TooLong)));

    let chat = format!("{{{}", " ".repeat(100));
    assert!(matches!(read(&chat, "", &limits), Reading::NotSignaling));
    assert!(matches!(read(&chat, DECLARED, &limits), Reading::Malformed(Malformed::TooLong)));
    assert!(matches!(read(&"x".repeat(101), DECLARED, &limits), Reading::NotSignaling));
}
