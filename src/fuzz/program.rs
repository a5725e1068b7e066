//! What the `engine` target does, as data.

use alloc::string::String;
use alloc::vec::Vec;

use arbitrary::Arbitrary;

use crate::input::{Input, Start};

/// One run: how the engine is set up, then what happens to it, step by step.
///
/// A program is read from bytes by position: a change of any type in this file gives every file of a corpus another meaning.
/// Such a change takes the next [`VERSION`](Self::VERSION), which is the first byte of every file, and a corpus found anew.
#[derive(Clone, Debug, Arbitrary)]
pub struct Program {
    pub(super) setup: Setup,
    /// All that the bytes give; only the first [`MAX_STEPS`](Self::MAX_STEPS) are taken.
    pub(super) steps: Vec<Step>,
}

impl Program {
    /// The first byte of an input that is meant for this generator.
    pub const VERSION: u8 = 1;

    /// How many steps are taken.
    pub(super) const MAX_STEPS: usize = 256;
}

/// An index into whatever there is to choose from, modulo its length.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub(super) struct Pick(pub(super) u8);

impl Pick {
    pub(super) fn from<T>(self, pool: &[T]) -> Option<&T> {
        pool.get(usize::from(self.0).checked_rem(pool.len())?)
    }
}

/// What happens to few, so that most is plausible.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub(super) struct Rarely(u8);

impl Rarely {
    pub(super) fn happens(self) -> bool {
        self.0 >= 0xf0
    }
}

#[derive(Clone, Copy, Debug, Arbitrary)]
pub(super) struct Setup {
    /// How far the service's clock is ahead of the host's, in seconds.
    pub(super) skew_s: i8,
    pub(super) is_web_profile: bool,
    /// The host cannot tell the fate of its sends.
    pub(super) hides_fates: bool,
    /// The host polls only when a step says so.
    pub(super) is_lazy: bool,
    pub(super) has_min_ring: bool,
}

#[derive(Clone, Debug, Arbitrary)]
pub(super) enum Step {
    /// A new message.
    Message(Message, Delivery),
    /// A message that is on its way, or that came before.
    Again(Pick, Delivery),
    History {
        start: Start,
        /// Seconds ago.
        since: Option<u8>,
        /// The first few of these.
        count: u8,
        messages: [Pick; 6],
    },
    BeginCatchUp,
    Operation(Operation),
    /// What becomes of a send that is in flight.
    Fate(Pick, Fate),
    MemberLeft {
        group: Pick,
        user: Pick,
    },
    SyncClock {
        off_by_s: i8,
    },
    Pass(Pause),
    Poll {
        count: u8,
    },
    Restore {
        set_back_s: u8,
    },
    /// Whatever can be handed in at all.
    Any(Input),
}

#[derive(Clone, Copy, Debug, Arbitrary)]
pub(super) enum Delivery {
    Live,
    Edit,
    /// Not yet.
    Later,
}

#[derive(Clone, Debug, Arbitrary)]
pub(super) enum Message {
    Invite {
        by: Pick,
        id: Pick,
        invite: Invitation,
        when: When,
    },
    /// About an invitation that somebody has made.
    About {
        invitation: Pick,
        kind: Kind,
        speaker: Speaker,
        /// Which of the invitees; nobody stands for all.
        listed: u8,
        data: Pick,
        when: When,
        strays: Rarely,
    },
    Raw {
        sender: Pick,
        place: Place,
        payload: String,
        declared: bool,
    },
}

#[derive(Clone, Copy, Debug, Arbitrary)]
pub(super) struct Invitation {
    pub(super) place: Place,
    /// A bit a user; the highest three bits make a flawed list of it.
    pub(super) invitees: u8,
    pub(super) timeout: Pick,
    pub(super) data: Pick,
    pub(super) online_user_only: bool,
}

#[derive(Clone, Copy, Debug, Arbitrary)]
pub(super) enum Place {
    Pair,
    Group(Pick),
}

#[derive(Clone, Copy, Debug, PartialEq, Arbitrary)]
pub(super) enum Kind {
    Invite,
    Cancel,
    Accept,
    Reject,
    Timeout,
}

#[derive(Clone, Copy, Debug, Arbitrary)]
pub(super) enum Speaker {
    /// Who may say so.
    Proper(Pick),
    /// Anybody, of themself.
    Anyone(Pick),
}

/// The time of a message's stamp, by the service's clock.
#[derive(Clone, Copy, Debug, Arbitrary)]
pub(super) enum When {
    Now,
    /// Seconds ago.
    Ago(u8),
    /// Seconds in the future.
    Ahead(u8),
    Absurd(i64),
    /// No stamp.
    Unknown,
}

#[derive(Clone, Copy, Debug, Arbitrary)]
pub(super) enum Operation {
    Invite(Invitation),
    Cancel(Subject),
    Accept(Subject),
    Reject(Subject),
    Modify(Subject),
    Dismiss(Subject),
    AddInvited { subject: Subject, sent: When, timeout: Pick },
}

#[derive(Clone, Copy, Debug, Arbitrary)]
pub(super) struct Subject {
    pub(super) invitation: Pick,
    /// By its id alone.
    pub(super) is_terse: bool,
    pub(super) data: Pick,
}

#[derive(Clone, Copy, Debug, Arbitrary)]
pub(super) enum Fate {
    Sent,
    Refused(u8),
    Unknown,
}

#[derive(Clone, Copy, Debug, Arbitrary)]
pub(super) enum Pause {
    ToWake,
    ToJustBeforeWake,
    Millis(u16),
    Seconds(u8),
    Days(u8),
    /// The host's clock jumps back.
    Back(u16),
    Absurd(i64),
}
