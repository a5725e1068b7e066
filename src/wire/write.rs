//! Writing: the vendor's bytes (`W1`), and how the service should treat them (`W8`).

use alloc::string::String;

use serde::{Serialize, Serializer};

use crate::id::UserId;
use crate::message::MessageControl;
use crate::time::Millis;

use super::Action;

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

/// The order of the keys is the vendor's.
#[derive(Serialize)]
struct Written<'a, I: Iterator<Item = &'a UserId> + Clone> {
    #[serde(rename = "businessID")]
    business_id: u8,
    timeout: u32,
    data: &'a str,
    #[serde(rename = "inviteID")]
    invite_id: &'a str,
    #[serde(rename = "groupID")]
    group_id: &'a str,
    #[serde(rename = "actionType")]
    action_type: u8,
    inviter: &'a str,
    #[serde(rename = "inviteeList", serialize_with = "write_list")]
    invitee_list: I,
}

fn write_list<'a, I, S>(users: &I, serializer: S) -> Result<S::Ok, S::Error>
where
    I: Iterator<Item = &'a UserId> + Clone,
    S: Serializer,
{
    serializer.collect_seq(users.clone())
}

impl<'a, I: Iterator<Item = &'a UserId> + Clone> Outgoing<'a, I> {
    /// Writes the action as `JSON.stringify` would.
    pub(crate) fn encode(self) -> String {
        let written = Written {
            business_id: 1,
            timeout: self.timeout.as_secs(),
            data: self.data,
            invite_id: self.invite_id,
            group_id: self.group_id,
            action_type: self.action.code(),
            inviter: self.inviter,
            invitee_list: self.invitees,
        };
        // Cannot fail: strings and integers always have a JSON form, and memory is the only writer.
        serde_json::to_string(&written).unwrap_or_default()
    }
}

/// How the service should treat an action (`W8`): an app asks with words in its `data` not to have it counted and shown.
pub(crate) fn control(action: Action, data: &str) -> MessageControl {
    let excluded = data.match_indices("FromHistoryMessage").any(|(at, _)| {
        let before = data.get(..at).unwrap_or_default();
        match action {
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
    use super::{Outgoing, control};

    use crate::id::UserId;
    use crate::time::Millis;
    use crate::wire::Action;

    use alloc::format;
    use alloc::string::String;

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
            ("\0\u{b}\u{1f}", r#""\u0000\u000b\u001f""#),
            ("\u{7f}\u{80}\u{2028}\u{2029}\u{feff}", "\"\u{7f}\u{80}\u{2028}\u{2029}\u{feff}\""),
            ("é😀", "\"é😀\""),
        ] {
            let payload = written(data, &[data.into()]);
            assert!(payload.contains(&format!(r#""data":{expected},"#)), "{payload}");
            assert!(payload.ends_with(&format!("[{expected}]}}")), "{payload}");
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
