//! `signaling_info` (`O1`): what any message says, for hosts that show or store it.

use alloc::vec::Vec;

use serde::Serialize;
use thiserror::Error;

use crate::config::Limits;
use crate::disposition::Malformed;
use crate::id::{Data, GroupId, InviteId, UserId};
use crate::message::Inbound;

use super::fields::Fields;
use super::recognise;

/// Reads a message as signaling, without an engine (`O1`).
///
/// It tells what the message says, not whether its sender may say it.
///
/// # Errors
///
/// If the message is not signaling, or is signaling that cannot be read.
///
/// ```
/// use convoke::{Conversation, Inbound, Limits, NotSignaling, signaling_info};
/// let limits = Limits::default();
/// let conversation = Conversation::C2c("alice".into());
///
/// let payload = r#"{"inviteID":"7","actionType":1,"inviter":"alice","inviteeList":["bob"],"timeout":30}"#;
/// let message = Inbound::new("alice", conversation.clone(), payload);
/// let info = signaling_info(&message, &limits)?;
/// assert_eq!((info.action_type, info.timeout), (1, 30));
///
/// let chat = Inbound::new("alice", conversation, "hello");
/// assert_eq!(signaling_info(&chat, &limits), Err(NotSignaling::NotOurs));
/// # Ok::<(), NotSignaling>(())
/// ```
pub fn signaling_info(message: &Inbound, limits: &Limits) -> Result<SignalingInfo, NotSignaling> {
    let mut fields = Fields::default();
    let action_type = recognise(&mut fields, &message.payload, &message.cloud_custom_data, limits)?;
    let envelope = fields.envelope(action_type)?;
    Ok(SignalingInfo {
        business_id: envelope.business_id,
        invite_id: (&*envelope.invite_id).into(),
        group_id: (&*envelope.group_id).into(),
        inviter: (&*envelope.inviter).into(),
        invitee_list: envelope.invitees.iter().map(|user| UserId::from(&*user)).collect(),
        data: (&*envelope.data).into(),
        action_type: envelope.action,
        timeout: envelope.timeout.as_secs(),
    })
}

/// What a signaling message says. Serialized, it has the vendor's keys in the vendor's order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct SignalingInfo {
    /// 1, the vendor's mark of signaling, unless the message says otherwise.
    #[serde(rename = "businessID")]
    pub business_id: i64,
    /// The id of the invitation. Empty only if the message has none.
    #[serde(rename = "inviteID", skip_serializing_if = "InviteId::is_empty")]
    pub invite_id: InviteId,
    /// The group; empty for C2C.
    #[serde(rename = "groupID")]
    pub group_id: GroupId,
    /// Who invites, as the message says.
    pub inviter: UserId,
    /// Whom the action is about (`W3`), as the message says: doubled entries are not folded.
    pub invitee_list: Vec<UserId>,
    /// The app's own data.
    pub data: Data,
    /// 1 invite, 2 cancel, 3 accept, 4 reject, 5 timeout. Others are of kinds that this version does not know.
    pub action_type: i64,
    /// How long each invitee has to answer, in seconds; 0: there is no deadline. At most [`MAX_TIMEOUT`](crate::MAX_TIMEOUT).
    pub timeout: u32,
}

/// Why a message has no [`SignalingInfo`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[non_exhaustive]
pub enum NotSignaling {
    /// It is not signaling: treat it as chat.
    #[error("it is not signaling")]
    NotOurs,
    /// It is signaling that cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
}

#[cfg(test)]
mod tests {
    use super::{NotSignaling, SignalingInfo, signaling_info};

    use crate::config::Limits;
    use crate::disposition::Malformed;
    use crate::message::Inbound;
    use crate::name::Conversation;

    use alloc::format;

    fn info(payload: &str, cloud_custom_data: &str) -> Result<SignalingInfo, NotSignaling> {
        let mut message = Inbound::new("alice", Conversation::C2c("alice".into()), payload);
        message.cloud_custom_data = cloud_custom_data.into();
        signaling_info(&message, &Limits::default())
    }

    #[test]
    fn o1_the_info_has_the_vendors_keys_in_the_vendors_order() {
        let payload =
            r#"{"inviteeList":["bob","bob"],"timeout":9.5,"actionType":1,"inviteID":"i","inviter":"a","data":"d"}"#;
        assert_eq!(
            serde_json::to_string(&info(payload, "").unwrap()).unwrap(),
            r#"{"businessID":1,"inviteID":"i","groupID":"","inviter":"a","inviteeList":["bob","bob"],"data":"d","actionType":1,"timeout":9}"#
        );
        assert_eq!(
            serde_json::to_string(&info("{}", r#"{"type":"tsignaling"}"#).unwrap()).unwrap(),
            r#"{"businessID":1,"groupID":"","inviter":"","inviteeList":[],"data":"","actionType":1,"timeout":0}"#
        );
    }

    #[test]
    fn o1_an_action_that_this_version_does_not_know_is_readable() {
        assert_eq!(info(r#"{"inviteID":"i","actionType":-7}"#, "").unwrap().action_type, -7);
        assert_eq!(info(r#"{"inviteID":"i","actionType":1e400}"#, "").unwrap().action_type, i64::MAX);
    }

    #[test]
    fn o1_the_error_says_why() {
        assert_eq!(info("hello", ""), Err(NotSignaling::NotOurs));
        let wrong = info(r#"{"inviteID":"i","actionType":1,"data":7}"#, "");
        assert_eq!(wrong, Err(NotSignaling::Malformed(Malformed::WrongType)));
    }

    #[test]
    fn o1_debug_output_does_not_show_data() {
        let info = info(r#"{"inviteID":"i","actionType":1,"data":"secret"}"#, "").unwrap();
        assert!(!format!("{info:?}").contains("secret"));
    }
}
