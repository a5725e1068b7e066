//! Writing: the vendor's bytes (`W1`), and how the service should treat them (`W8`).

use alloc::string::String;
use alloc::vec::Vec;

use crate::message::MessageControl;
use crate::time::Millis;

use super::Action;
use super::string;

/// An action to send.
pub(crate) struct Outgoing<'a, I> {
    /// Written as whole seconds.
    pub(crate) timeout: Millis,
    pub(crate) data: &'a str,
    pub(crate) invite_id: &'a str,
    /// Empty for C2C.
    pub(crate) group_id: &'a str,
    pub(crate) action: Action,
    pub(crate) inviter: &'a str,
    pub(crate) invitees: I,
}

impl<I: Iterator<Item: AsRef<str>>> Outgoing<'_, I> {
    /// Writes the action as `JSON.stringify` would.
    pub(crate) fn encode(self) -> String {
        let Self { timeout, data, invite_id, group_id, action, inviter, invitees } = self;
        // The keys, the ids and one name, and the data with an escape here and there: seldom is anything moved.
        let mut json = Vec::with_capacity(256 + data.len() + data.len() / 3);
        json.extend_from_slice(br#"{"businessID":1,"timeout":"#);
        push_number(&mut json, timeout.as_secs());
        json.extend_from_slice(br#","data":"#);
        push_string(&mut json, data);
        json.extend_from_slice(br#","inviteID":"#);
        push_string(&mut json, invite_id);
        json.extend_from_slice(br#","groupID":"#);
        push_string(&mut json, group_id);
        json.extend_from_slice(br#","actionType":"#);
        push_number(&mut json, action.code().into());
        json.extend_from_slice(br#","inviter":"#);
        push_string(&mut json, inviter);
        json.extend_from_slice(br#","inviteeList":["#);
        for (number, invitee) in invitees.enumerate() {
            if number > 0 {
                json.push(b',');
            }
            push_string(&mut json, invitee.as_ref());
        }
        json.extend_from_slice(b"]}");
        String::from_utf8(json).unwrap_or_default() // it is made of whole texts
    }
}

/// Writes a number in decimal digits.
fn push_number(json: &mut Vec<u8>, number: u32) {
    if number >= 10 {
        push_number(json, number / 10);
    }
    json.push(b'0' + (number % 10) as u8);
}

/// Writes a string with its quotes.
fn push_string(json: &mut Vec<u8>, text: &str) {
    json.push(b'"');
    string::encode(text, json);
    json.push(b'"');
}

/// How the service should treat an action (`W8`): an app asks with words in its `data` not to have it counted and shown.
pub(crate) fn control(action: Action, data: &str) -> MessageControl {
    let excluded = data.match_indices('F').any(|(at, _)| {
        let (before, behind) = data.split_at_checked(at).unwrap_or_default();
        behind.starts_with("FromHistoryMessage")
            && match action {
                Action::Timeout => before.ends_with("excludeTimeoutSignaling"),
                Action::Invite | Action::Cancel | Action::Accept | Action::Reject => {
                    before.ends_with("exclude") || before.ends_with("excludeOriginalSignaling")
                }
            }
    });
    MessageControl {
        excluded_from_content_moderation: true,
        excluded_from_unread_count: excluded,
        excluded_from_last_message: excluded,
    }
}

#[cfg(test)]
mod tests {
    use super::{Outgoing, control, push_string};

    use crate::id::UserId;
    use crate::time::Millis;
    use crate::wire::Action;

    use alloc::format;
    use alloc::string::String;
    use alloc::vec::Vec;
    use proptest::prelude::*;

    fn written(data: &str, users: &[UserId]) -> String {
        Outgoing {
            timeout: Millis::from_millis(30_999),
            data,
            invite_id: "9c3ae56c",
            group_id: "",
            action: Action::Invite,
            inviter: "alice",
            invitees: users.iter(),
        }
        .encode()
    }

    #[test]
    fn w1_our_bytes_are_the_vendors() {
        assert_eq!(
            written(r#"{"room_id":7}"#, &["bob".into(), "carol".into()]),
            r#"{"businessID":1,"timeout":30,"data":"{\"room_id\":7}","inviteID":"9c3ae56c","groupID":"","actionType":1,"inviter":"alice","inviteeList":["bob","carol"]}"#
        );
        assert!(written("", &[]).ends_with(r#","inviteeList":[]}"#));
    }

    #[test]
    fn w1_strings_are_escaped_as_json_stringify_does() {
        for (data, expected) in [
            ("\"\\/", r#""\"\\/""#),
            ("\u{8}\t\n\u{c}\r", r#""\b\t\n\f\r""#),
            ("\0\u{f}\u{10}\u{1f}", r#""\u0000\u000f\u0010\u001f""#),
            ("\u{7f}\u{80}\u{2028}\u{2029}\u{feff}", "\"\u{7f}\u{80}\u{2028}\u{2029}\u{feff}\""),
            ("é😀", "\"é😀\""),
        ] {
            let payload = written(data, &[data.into()]);
            assert!(payload.contains(&format!(r#""data":{expected},"#)), "{payload}");
            assert!(payload.ends_with(&format!("[{expected}]}}")), "{payload}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn w1_strings_are_escaped_as_serde_json_does(text in r#"([a-zé😀"\\/\x00-\x20]|\PC){0,40}"#) {
            let mut ours = Vec::new();
            push_string(&mut ours, &text);
            prop_assert_eq!(String::from_utf8(ours).unwrap(), serde_json::to_string(&text).unwrap());
        }
    }

    #[test]
    fn w8_words_in_the_data_exclude_a_message_from_the_history() {
        use Action::{Accept, Cancel, Invite, Reject, Timeout};
        for action in [Invite, Cancel, Accept, Reject, Timeout] {
            for (data, on_timeout, on_others) in [
                ("", false, false),
                (r#"{"excludeFromHistoryMessage":false}"#, false, true),
                ("excludeOriginalSignalingFromHistoryMessage", false, true),
                ("excludeTimeoutSignalingFromHistoryMessage", true, false),
                ("excludefromhistorymessage FromHistoryMessage", false, false),
            ] {
                let excluded = if action == Timeout { on_timeout } else { on_others };
                let control = control(action, data);
                assert!(control.excluded_from_content_moderation);
                assert_eq!(control.excluded_from_unread_count, excluded, "{action:?} {data}");
                assert_eq!(control.excluded_from_last_message, excluded, "{action:?} {data}");
            }
        }
    }
}
