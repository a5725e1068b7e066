//! What a world is made of: who is in it, what each may do, and what may go wrong.

use std::fmt;

use convoke::{Input, Invite, UserId};

use crate::device::{About, Device};

pub(crate) const GROUP: &str = "room";
pub(crate) const TIMEOUT_S: u32 = 10;

#[derive(Clone, Debug, Default)]
pub(crate) struct World {
    pub(crate) name: &'static str,
    /// Whether it takes more than a minute, so that it is explored only if it is named.
    pub(crate) is_large: bool,
    /// The user of each device.
    pub(crate) users: &'static [&'static str],
    /// Whom an invitation in the group invites; if nobody, an invitation is for the other of two.
    pub(crate) invited: &'static [&'static str],
    /// Whether each device makes calls, rather than invitations.
    pub(crate) has_calls: bool,
    /// Whether they are in a room with a seat: the first user owns it, and the second moderates.
    pub(crate) has_seats: bool,
    /// What is done, and on which device: each at most once, at any time.
    pub(crate) deeds: &'static [(usize, Deed)],
    /// How it may end, and must somewhere: the outcomes of the invitees, or "gone"; of a call, how it ended for who called, and for
    /// the other.
    pub(crate) ends: &'static [&'static str],
    /// Whether the fate of each send is told as soon as it is sent, rather than at any time.
    pub(crate) acked: bool,
    /// Whether the service may take a message only when it is first asked for, rather than when it is sent.
    pub(crate) slow: bool,
    /// Whether a device gets its own messages, too.
    pub(crate) echoes: bool,
    /// How many sends the service may refuse.
    pub(crate) refusals: u8,
    /// Whether it may be that nobody knows what became of a send.
    pub(crate) unknown: bool,
    /// Whether mallory claims what is not hers to say.
    pub(crate) hostile: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    Invite,
    Cancel,
    Modify,
    Accept,
    Reject,
    Dismiss,
    AddInvited,
    /// The device is told that this user has left the group.
    Leaves(&'static str),
    /// It is away for a while.
    Sleep,
    Store,
    /// It is started again from what it stored last.
    Crash,
    Dial,
    Answer,
    Decline,
    HangUp,
    Apply,
    Withdraw,
    Approve,
    Deny,
    TakeSeat,
    LeaveSeat,
}

impl fmt::Display for Deed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Invite => "invites",
            Self::Cancel => "cancels",
            Self::Modify => "modifies",
            Self::Accept => "accepts",
            Self::Reject => "rejects",
            Self::Dismiss => "dismisses it",
            Self::AddInvited => "adds it from a push",
            Self::Leaves(user) => return write!(f, "is told that {user} has left"),
            Self::Sleep => "begins to catch up",
            Self::Store => "stores its state",
            Self::Crash => "crashes, and is restored",
            Self::Dial => "dials",
            Self::Answer => "answers",
            Self::Decline => "declines",
            Self::HangUp => "hangs up",
            Self::Apply => "applies for the seat",
            Self::Withdraw => "withdraws the application",
            Self::Approve => "accepts the application",
            Self::Deny => "declines the application",
            Self::TakeSeat => "takes the seat",
            Self::LeaveSeat => "leaves the seat",
        })
    }
}

impl World {
    /// What the user of a device asks for, and of which invitation; nothing, if there is none.
    pub(crate) fn wish(&self, device: &Device, deed: Deed) -> Option<(Option<About>, Input)> {
        let (mine, other) = (device.about(true), device.about(false));
        let about = |about: Option<About>| about.map(|about| (Some(about.clone()), about.target()));
        let (about, input) = match deed {
            Deed::Invite => (None, Input::Invite(self.invite(device)?)),
            Deed::Cancel => about(mine).map(|(about, target)| (about, Input::Cancel(target, "stop".into())))?,
            Deed::Modify => about(mine).map(|(about, target)| (about, Input::Modify(target, "other".into())))?,
            Deed::Accept => about(other).map(|(about, target)| (about, Input::Accept(target, "yes".into())))?,
            Deed::Reject => about(other).map(|(about, target)| (about, Input::Reject(target, "no".into())))?,
            Deed::Dismiss => about(other).map(|(about, target)| (about, Input::Dismiss(target)))?,
            Deed::AddInvited | Deed::Leaves(_) | Deed::Sleep | Deed::Store | Deed::Crash => return None,
            Deed::Dial | Deed::Answer | Deed::Decline | Deed::HangUp => return None,
            Deed::Apply | Deed::Withdraw | Deed::Approve | Deed::Deny | Deed::TakeSeat | Deed::LeaveSeat => {
                return None;
            }
        };
        Some((about, input))
    }

    /// The other of two.
    pub(crate) fn other(&self, device: &Device) -> Option<UserId> {
        self.users.iter().find(|user| *device.user() != **user).map(|user| (*user).into())
    }

    fn invite(&self, device: &Device) -> Option<Invite> {
        let invite = if self.invited.is_empty() {
            Invite::to(self.other(device)?)
        } else {
            Invite::in_group(GROUP, self.invited.iter().copied())
        };
        Some(invite.timeout(TIMEOUT_S).data("call"))
    }
}
