//! A user under attack: hostile messages by the million, of friends a few among them, and what must hold. The bench and the
//! test run the same.

mod enemy;
mod friends;
mod load;
mod report;

pub(crate) use self::load::{Flood, Gauges, run};
pub(crate) use self::report::Report;

/// Who sends the hostile messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mix {
    OneSender,
    MillionSenders,
    /// Members of a group in which they see the friendly invitations, and their ids.
    GroupMembers,
}

impl Mix {
    pub(crate) const ALL: [Self; 3] = [Self::OneSender, Self::MillionSenders, Self::GroupMembers];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::OneSender => "one sender",
            Self::MillionSenders => "a million senders",
            Self::GroupMembers => "1,000 members of a group",
        }
    }
}
