//! Reading and writing, on whatever text there is.

use alloc::borrow::Cow;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use proptest::prelude::*;
use serde::de::IgnoredAny;
use serde_json::Value;

use super::{DECLARED, invite};
use crate::config::Limits;
use crate::id::UserId;
use crate::time::Millis;
use crate::wire::json::Reader;
use crate::wire::{Action, Outgoing, Reading, read};

fn any_action() -> impl Strategy<Value = Action> {
    use Action::{Accept, Cancel, Invite, Reject, Timeout};
    prop::sample::select([Invite, Cancel, Accept, Reject, Timeout].as_slice())
}

/// Text like JSON: sound messages with a few tokens put in, taken out and replaced.
fn nearly_json() -> impl Strategy<Value = String> {
    const TOKENS: [&str; 40] = [
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        " ",
        "\n",
        "\t",
        "\r",
        "\"",
        "\\",
        "\\\"",
        "\\u0041",
        "\\ud83d\\ude00",
        "\\ud800",
        "\\u12",
        "null",
        "true",
        "false",
        "tr",
        "0",
        "1",
        "-",
        "-7",
        "3.5",
        "1e3",
        "1E-2",
        "1e",
        ".",
        "01",
        "\u{1}",
        "\"data\"",
        "\"inviteID\"",
        "\"actionType\"",
        "\"inviteeList\"",
        "\"timeout\":2",
        "\"i\"",
        "é",
        "😀",
    ];
    const SOUND: [&str; 4] = [
        "",
        r#"{"businessID":1,"timeout":30,"data":"{\"a\":[1]}","inviteID":"i","actionType":1,"inviter":"é"}"#,
        r#"{"inviteID":"i","actionType":2,"inviteeList":["bob","\u0041"],"x":[{"y":[]},true,-0.5e+3,null]}"#,
        r#" [ { "a" : { } , "b" : [ ] } , "c\n" ] "#,
    ];
    let edit = (any::<prop::sample::Index>(), 0..4_usize, prop::sample::select(TOKENS.as_slice()));
    (prop::sample::select(SOUND.as_slice()), prop::collection::vec(edit, 0..8)).prop_map(|(sound, edits)| {
        let mut text: Vec<char> = sound.chars().collect();
        for (place, removed, token) in edits {
            let at = place.index(text.len() + 1);
            let end = text.len().min(at + removed);
            text.splice(at..end, token.chars());
        }
        text.into_iter().collect()
    })
}

fn token_soup() -> impl Strategy<Value = String> {
    let tokens = ["{", "}", "[", "]", ",", ":", "\"a\"", "\"data\"", "1", "-0", "null", "true", " "];
    prop::collection::vec(prop::sample::select(tokens.to_vec()), 0..12).prop_map(|tokens| tokens.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn w1_what_is_written_is_read_back(
        action in any_action(),
        secs in 0..=86_400_u32,
        texts in prop::array::uniform4(any::<String>()),
        users in prop::collection::vec(any::<String>().prop_map(UserId::from), 0..5),
    ) {
        let [data, invite_id, group_id, inviter] = &texts;
        let timeout = Millis::from_secs(secs);
        let outgoing = Outgoing { timeout, data, invite_id, group_id, action, inviter, invitees: users.iter() };
        let limits = Limits { payload_bytes: u32::MAX, ..Limits::default() };
        let payload = outgoing.encode();
        let Reading::Signaling(read) = read(&payload, "", &limits) else { panic!("not read back: {payload}") };
        prop_assert_eq!((read.action, read.timeout, read.business_id), (action, timeout, 1));
        prop_assert_eq!([read.data, read.invite_id, read.group_id, read.inviter], texts.each_ref().map(Cow::from));
        prop_assert_eq!(read.invitees.len(), users.len());
        prop_assert!(read.invitees.iter().eq(users.iter().map(|user| Cow::from(user.as_str()))));
    }

    #[test]
    fn w7_json_is_what_serde_json_takes_for_it(text in prop_oneof![nearly_json(), token_soup()]) {
        let mut reader = Reader::new(&text);
        reader.by_ref().for_each(drop);
        let sound = serde_json::from_str::<IgnoredAny>(&text).is_ok();
        prop_assert_eq!(reader.check().is_ok(), sound);
    }

    #[test]
    fn w7_fields_are_what_serde_json_finds(text in nearly_json()) {
        let Reading::Signaling(ours) = read(&text, "", &Limits::default()) else { return Ok(()) };
        // serde_json refuses some of what we skip: lone surrogates and numbers out of range.
        let Ok(theirs) = serde_json::from_str::<Value>(&text) else { return Ok(()) };
        let found = |key: &str| theirs[key].as_str().unwrap_or_default().to_string();
        prop_assert_eq!(ours.data, found("data"));
        prop_assert_eq!(ours.invite_id, found("inviteID"));
        prop_assert_eq!(ours.group_id, found("groupID"));
        prop_assert_eq!(ours.inviter, found("inviter"));
        let list = theirs["inviteeList"].as_array().cloned().unwrap_or_default();
        prop_assert!(ours.invitees.iter().eq(list.iter().map(|user| user.as_str().unwrap())));
        if let Some(secs) = theirs["timeout"].as_u64() {
            prop_assert_eq!(u64::from(ours.timeout.as_secs()), secs.min(86_400));
        }
        if let Some(code) = theirs["actionType"].as_u64() {
            prop_assert_eq!(u64::from(ours.action.code()), code);
        }
    }

    #[test]
    fn w7_nothing_panics(payload in ".*", tail in any::<String>(), cloud in any::<String>()) {
        let _ = read(&payload, &cloud, &Limits::default());
        let _ = read(&invite(&tail), &format!("{{{cloud}"), &Limits::default());
        let _ = read(&format!("{{\"data\":\"{tail}"), DECLARED, &Limits::default());
    }
}
