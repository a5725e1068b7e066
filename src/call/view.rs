//! A call as the app may see it.

use super::data::{Media, RoomId};
use super::event::{CallId, CallRole};
use super::live::{Call, Member};
use super::state::State;
use crate::id::{GroupId, UserId};
use crate::name::InvitationKey;

/// The call that goes on, as [`Calls::current`](super::Calls::current) shows it.
#[derive(Clone, Copy, Debug)]
pub struct CallView<'a>(pub(super) &'a Call);

impl<'a> CallView<'a> {
    /// Its name.
    #[must_use]
    pub fn id(self) -> CallId {
        self.0.id
    }

    /// Where it stands (`K1`).
    #[must_use]
    pub fn state(self) -> State {
        self.0.state
    }

    /// The user's part in it.
    #[must_use]
    pub fn role(self) -> CallRole {
        self.0.role
    }

    /// What is to be seen and heard.
    #[must_use]
    pub fn media(self) -> Media {
        self.0.media
    }

    /// The room in which the user's media should be now; `None` while the call rings, or if the caller named no room.
    #[must_use]
    pub fn room(self) -> Option<RoomId> {
        self.0.room.filter(|_| self.0.state != State::Ringing)
    }

    /// Its group, if it is not between users.
    #[must_use]
    pub fn group(self) -> Option<&'a GroupId> {
        self.0.group.as_ref()
    }

    /// The invitations that call somebody into it, as far as they are kept. They tell which messages and which push belong to this call.
    pub fn invitations(self) -> impl Iterator<Item = &'a InvitationKey> {
        self.0.calling()
    }

    /// Who else is in it, or may come, and whether their media is in the room.
    pub fn others(self) -> impl Iterator<Item = (&'a UserId, bool)> {
        let there = self.0.members.iter().filter(|(_, member)| **member != Member::Gone);
        there.map(|(user, member)| (user, *member == Member::InRoom))
    }
}
