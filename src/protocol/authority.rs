//! Who may say what (`R4`). The sender is whom the transport authenticated, never whom the payload names.
//!
//! | said | by the inviter | by anyone else |
//! |---|---|---|
//! | invite, edit, cancel | of those it lists | refused |
//! | time-out | of those it lists | of themself |
//! | accept, reject | refused | of themself |
//!
//! In a C2C conversation the sender and the inviter are among the two. A group's action counts only in that group. That the
//! one spoken of is an invitee at all is looked up in the invitation.

use serde::{Deserialize, Serialize};

use crate::disposition::Refusal;
use crate::id::UserId;
use crate::name::Conversation;

/// What a message says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) enum Said {
    Invite,
    Edit,
    Cancel,
    Timeout,
    Accept,
    Reject,
}

/// Of whom it may say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// Of those whom the message lists.
    Listed,
    /// Of the sender alone.
    Sender,
}

/// The table above.
pub(crate) fn scope(said: Said, by_inviter: bool) -> Result<Scope, Refusal> {
    match (said, by_inviter) {
        (Said::Invite | Said::Edit | Said::Cancel | Said::Timeout, true) => Ok(Scope::Listed),
        (Said::Invite | Said::Edit | Said::Cancel, false) => Err(Refusal::NotInviter),
        (Said::Timeout | Said::Accept | Said::Reject, false) => Ok(Scope::Sender),
        (Said::Accept | Said::Reject, true) => Err(Refusal::NotInvitee),
    }
}

/// Whether the message belongs into the conversation that it came in.
pub(crate) fn belongs(
    conversation: &Conversation,
    me: &UserId,
    sender: &UserId,
    inviter: &str,
    group_id: &str,
) -> Result<(), Refusal> {
    let fits = match conversation {
        Conversation::Group(group) => *group == group_id,
        Conversation::C2c(peer) => {
            group_id.is_empty() && (sender == me || sender == peer) && (*me == inviter || *peer == inviter)
        }
    };
    if fits { Ok(()) } else { Err(Refusal::WrongConversation) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r4_golden_table_of_who_may_say_what() {
        let table = [
            (Said::Invite, Ok(Scope::Listed), Err(Refusal::NotInviter)),
            (Said::Edit, Ok(Scope::Listed), Err(Refusal::NotInviter)),
            (Said::Cancel, Ok(Scope::Listed), Err(Refusal::NotInviter)),
            (Said::Timeout, Ok(Scope::Listed), Ok(Scope::Sender)),
            (Said::Accept, Err(Refusal::NotInvitee), Ok(Scope::Sender)),
            (Said::Reject, Err(Refusal::NotInvitee), Ok(Scope::Sender)),
        ];
        for (said, inviter, other) in table {
            assert_eq!(scope(said, true), inviter, "{said:?} by the inviter");
            assert_eq!(scope(said, false), other, "{said:?} by another");
        }
    }

    #[test]
    fn r4_a_message_in_a_foreign_conversation_does_not_belong() {
        let user = UserId::from;
        let group = Conversation::Group("room".into());
        let pair = Conversation::C2c(user("alice"));
        let me = user("bob");
        let wrong = Err(Refusal::WrongConversation);
        assert_eq!(belongs(&group, &me, &user("carol"), "alice", "room"), Ok(()));
        assert_eq!(belongs(&group, &me, &user("carol"), "alice", "attic"), wrong);
        assert_eq!(belongs(&group, &me, &user("carol"), "alice", ""), wrong);
        assert_eq!(belongs(&pair, &me, &user("alice"), "alice", ""), Ok(()));
        assert_eq!(belongs(&pair, &me, &user("bob"), "alice", ""), Ok(()));
        assert_eq!(belongs(&pair, &me, &user("mallory"), "alice", ""), wrong);
        assert_eq!(belongs(&pair, &me, &user("alice"), "carol", ""), wrong);
        assert_eq!(belongs(&pair, &me, &user("alice"), "alice", "room"), wrong);
    }
}
