//! The one dispatch: every call of the engine as data, so that a recorded run replays.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use crate::disposition::Disposition;
use crate::error::{AddInvitedError, AnswerError, CancelError, DismissError, InviteError, ModifyError, UnknownToken};
use crate::id::{Data, GroupId, UserId};
use crate::message::{Inbound, Invite, Pushed, SendResult, Token};
use crate::name::{InvitationKey, Target};
use crate::time::ServerTime;

/// Everything that can be handed to an [`Engine`](crate::Engine). Each variant is the method of that name.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub enum Input {
    /// [`Engine::handle_message`](crate::Engine::handle_message).
    Message(Inbound),
    /// [`Engine::handle_edit`](crate::Engine::handle_edit).
    Edit(Inbound),
    /// [`Engine::handle_send_result`](crate::Engine::handle_send_result).
    SendResult(Token, SendResult),
    /// [`Engine::invite`](crate::Engine::invite).
    Invite(Invite),
    /// [`Engine::cancel`](crate::Engine::cancel).
    Cancel(Target, Data),
    /// [`Engine::accept`](crate::Engine::accept).
    Accept(Target, Data),
    /// [`Engine::reject`](crate::Engine::reject).
    Reject(Target, Data),
    /// [`Engine::modify`](crate::Engine::modify).
    Modify(Target, Data),
    /// [`Engine::add_invited`](crate::Engine::add_invited).
    AddInvited(Pushed),
    /// [`Engine::dismiss`](crate::Engine::dismiss).
    Dismiss(Target),
    /// [`Engine::begin_catch_up`](crate::Engine::begin_catch_up).
    BeginCatchUp,
    /// [`Engine::handle_history`](crate::Engine::handle_history).
    History(History, Vec<Inbound>),
    /// [`Engine::handle_member_left`](crate::Engine::handle_member_left).
    MemberLeft(GroupId, UserId),
    /// [`Engine::sync_clock`](crate::Engine::sync_clock).
    SyncClock(ServerTime),
    /// [`Engine::tick`](crate::Engine::tick).
    Tick,
}

/// How the user comes back, and how much is told of what happened meanwhile (`A1`, `A2`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[non_exhaustive]
pub struct History {
    /// From which kind of start.
    pub start: Start,
    /// Invitations not newer than this are not told as missed: what the app has shown already.
    pub since: Option<ServerTime>,
}

impl History {
    /// The app was started with nothing kept: of groups only what is younger than
    /// [`Config::cold_group_window`](crate::Config::cold_group_window) counts.
    #[must_use]
    pub fn cold() -> Self {
        Self { start: Start::Cold, since: None }
    }

    /// The app reconnected, or was restored from a snapshot: all counts.
    #[must_use]
    pub fn hot() -> Self {
        Self { start: Start::Hot, since: None }
    }

    /// Tell as missed only what is newer than this.
    #[must_use]
    pub fn since(mut self, since: ServerTime) -> Self {
        self.since = Some(since);
        self
    }
}

/// How the app came back (`A1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[cfg_attr(feature = "arbitrary", derive(arbitrary::Arbitrary))]
#[expect(clippy::exhaustive_enums, reason = "the service knows two kinds of return")]
pub enum Start {
    /// Started anew.
    Cold,
    /// Reconnected, or woken.
    Hot,
}

/// What became of a batch of history.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use]
#[expect(clippy::exhaustive_enums, reason = "a batch is taken as a whole or not at all")]
pub enum CatchUp {
    /// It was taken; the catch-up is over. One disposition a message, in the order they were handed in.
    Done(Vec<Disposition>),
    /// Too many outputs wait: poll them, then hand the batch in again. Nothing was changed; after
    /// [`Engine::begin_catch_up`](crate::Engine::begin_catch_up) no deadline fires meanwhile (`A7`).
    Backlog,
}

/// What the method of an [`Input`] returned.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use]
#[non_exhaustive]
pub enum Reply {
    /// Of a message or an edit.
    Disposition(Disposition),
    /// Of a send's fate.
    SendResult(Result<(), UnknownToken>),
    /// Of an invite.
    Invite(Result<InvitationKey, InviteError>),
    /// Of a cancellation.
    Cancel(Result<(), CancelError>),
    /// Of an accept or a reject.
    Answer(Result<(), AnswerError>),
    /// Of a modification.
    Modify(Result<(), ModifyError>),
    /// Of a pushed invitation.
    AddInvited(Result<(), AddInvitedError>),
    /// Of a dismissal.
    Dismiss(Result<(), DismissError>),
    /// Of a history.
    CatchUp(CatchUp),
    /// Of what cannot fail.
    Done,
}

impl Reply {
    /// The V2TIM code of the error, if the operation failed.
    #[must_use]
    pub fn error_code(&self) -> Option<i32> {
        match self {
            Self::Invite(result) => result.as_ref().err().map(InviteError::code),
            Self::Cancel(result) => result.as_ref().err().map(CancelError::code),
            Self::Answer(result) => result.as_ref().err().map(AnswerError::code),
            Self::Modify(result) => result.as_ref().err().map(ModifyError::code),
            Self::AddInvited(result) => result.as_ref().err().map(AddInvitedError::code),
            Self::Dismiss(result) => result.as_ref().err().map(DismissError::code),
            Self::Disposition(_) | Self::SendResult(_) | Self::CatchUp(_) | Self::Done => None,
        }
    }
}
