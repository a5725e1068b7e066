//! A call to be made.

use alloc::vec::Vec;

use super::data::{Media, RoomId};
use crate::id::{GroupId, UserId};
use crate::message::PushInfo;

/// Whom to call, and how.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[must_use = "it calls nobody until it is handed to `Calls::dial`"]
pub struct Dial {
    pub(super) group: Option<GroupId>,
    pub(super) callees: Vec<UserId>,
    pub(super) media: Media,
    pub(super) room: RoomId,
    pub(super) push: Option<PushInfo>,
}

impl Dial {
    /// Calls a user; or several, each with an invitation of their own (`K10`).
    pub fn to<U: Into<UserId>>(callees: impl IntoIterator<Item = U>, media: Media, room: impl Into<RoomId>) -> Self {
        let callees = callees.into_iter().map(Into::into).collect();
        Self { group: None, callees, media, room: room.into(), push: None }
    }

    /// Calls members of a group, with one invitation there (`K9`).
    pub fn in_group(mut self, group: impl Into<GroupId>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// What an offline push shows to those who are called (`W5`). Without it who is away hears of the call once they are back.
    pub fn push(mut self, push: PushInfo) -> Self {
        self.push = Some(push);
        self
    }
}
