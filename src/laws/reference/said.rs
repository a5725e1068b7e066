//! Facts: who said what of whom, and what becomes of it (`C1`, `C2`, `R8`).

use alloc::vec::Vec;

use crate::{Conversation, Data, InvitationKey, Outcome, Stamp, Timestamp, Token, UserId};

/// What can be said of an invitee, strongest first (`C1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Cancel,
    InviterTimeout,
    Accept,
    Reject,
    OwnTimeout,
    Left,
    Silence,
}

impl Kind {
    pub(super) fn outcome(self) -> Outcome {
        match self {
            Self::Cancel => Outcome::Cancelled,
            Self::InviterTimeout | Self::OwnTimeout | Self::Silence => Outcome::TimedOut,
            Self::Accept => Outcome::Accepted,
            Self::Reject => Outcome::Rejected,
            Self::Left => Outcome::Left,
        }
    }

    /// Its number in a message (`W2`); what is presumed is never sent.
    pub(super) fn action(self) -> u8 {
        match self {
            Self::Cancel => 2,
            Self::Accept => 3,
            Self::Reject => 4,
            Self::InviterTimeout | Self::OwnTimeout => 5,
            Self::Left | Self::Silence => 0,
        }
    }

    /// What nobody can run into who has no timeout (`T4`).
    pub(super) fn is_timeout(self) -> bool {
        matches!(self, Self::InviterTimeout | Self::OwnTimeout)
    }
}

/// Who says it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum By {
    /// This user, in a message from anywhere.
    Message(UserId),
    /// The user, on this device.
    Operation,
    /// A timer of this device, which sends it.
    Timer,
    /// Nobody: it is presumed.
    Presumption,
}

/// What has become of its message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// Handed out then, when this was the deadline.
    InFlight {
        token: Option<Token>,
        since: Timestamp,
        deadline: Option<Timestamp>,
        /// At some time since then there was none, so that nobody here knows until when it is awaited (`T4`).
        is_endless: bool,
    },
    Stands,
    Refused {
        at: Timestamp,
    },
}

impl Fate {
    pub(super) fn is_of(self, of: Token) -> bool {
        matches!(self, Self::InFlight { token, .. } if token == Some(of))
    }

    pub(super) fn is_in_flight(self) -> bool {
        matches!(self, Self::InFlight { .. })
    }

    fn moments(&mut self) -> impl Iterator<Item = &mut Timestamp> {
        let (one, other) = match self {
            Self::InFlight { since, deadline, .. } => (Some(since), deadline.as_mut()),
            Self::Refused { at } => (Some(at), None),
            Self::Stands => (None, None),
        };
        one.into_iter().chain(other)
    }

    pub(super) fn is_refused(self) -> bool {
        matches!(self, Self::Refused { .. })
    }
}

/// One thing that was said of some users.
#[derive(Clone, Debug)]
pub(super) struct Said {
    pub(super) kind: Kind,
    pub(super) about: Vec<UserId>,
    pub(super) data: Data,
    pub(super) stamp: Option<Stamp>,
    pub(super) by: By,
    pub(super) fate: Fate,
    pub(super) heard: Timestamp,
    /// Which try of a time-out it is, from 1 on.
    pub(super) attempt: u32,
    /// It was refused, and another try has followed.
    pub(super) is_retried: bool,
}

/// New data for the invitation.
#[derive(Clone, Debug)]
pub(super) struct Edited {
    pub(super) data: Data,
    pub(super) stamp: Option<Stamp>,
    pub(super) by: By,
    pub(super) fate: Fate,
    pub(super) heard: Timestamp,
}

impl Edited {
    pub(super) fn is_copy_of(&self, other: &Self) -> bool {
        (&self.data, &self.stamp, &self.by) == (&other.data, &other.stamp, &other.by)
    }
}

/// What an invite says.
#[derive(Clone, Debug)]
pub(super) struct Header {
    /// This is the device that sent it.
    pub(super) is_sent_here: bool,
    /// Its message is known; else it is known from a push (`O1`).
    pub(super) is_complete: bool,
    pub(super) invitees: Vec<UserId>,
    pub(super) timeout_s: u32,
    pub(super) data: Data,
    /// Of a push: the data of an edit that itself is forgotten, and its stamp.
    pub(super) written: Option<(Data, Option<Stamp>)>,
    pub(super) stamp: Option<Stamp>,
    pub(super) fate: Fate,
    /// Under which the service tells its stamp, though somebody has seen it by then.
    pub(super) token: Option<Token>,
}

/// The app was told this of an invitee.
#[derive(Clone, Debug)]
pub(super) struct ToldOf {
    pub(super) who: UserId,
    pub(super) outcome: Outcome,
    /// By an operation of this device, with this send.
    pub(super) by_operation: Option<Token>,
    /// The operation was refused.
    pub(super) is_undone: bool,
}

/// All that was ever said of one invitation, and all that the app was told of it.
#[derive(Clone, Debug)]
pub(super) struct Record {
    pub(super) me: UserId,
    pub(super) key: InvitationKey,
    /// `None`: its invite has not come, and all that was said is early (`R6`).
    pub(super) header: Option<Header>,
    pub(super) said: Vec<Said>,
    /// So many of these no longer wait for the message of a push: they count, but are forgotten with it.
    pub(super) waited: usize,
    pub(super) edits: Vec<Edited>,
    /// What came before the message of a pushed invitation, and after its end, or too late to count without it (`R8`).
    pub(super) late_edits: Vec<Edited>,
    pub(super) told: Vec<ToldOf>,
    pub(super) told_data: Vec<(Option<Data>, Option<Token>)>,
    pub(super) deadline: Option<Timestamp>,
    /// Older than the newest stamp by more than a tombstone's life (`T7`).
    pub(super) is_ancient: bool,
    /// Its invite came in this call and nobody was told yet.
    pub(super) is_new: bool,
    /// The message of its push came in this call: what was said of the others comes now (`O1`).
    pub(super) is_completed: bool,
    pub(super) has_ended: bool,
    pub(super) ended_at: Option<Timestamp>,
    /// What was said from here on comes at once: in a batch, or before the invitation itself.
    pub(super) folded_from: Option<usize>,
    /// Came over, and was neither rung nor missed.
    pub(super) is_passed_over: bool,
    pub(super) is_dismissed: bool,
    /// A push whose message never came, and was given up.
    pub(super) is_given_up: bool,
    pub(super) is_told_elsewhere: bool,
    /// Whose late acceptances were told.
    pub(super) late: Vec<UserId>,
    /// What was put by had an answer that may have been sent since, and is sent again (`A4`).
    pub(super) may_repeat: bool,
    /// It is not known what is kept for it.
    pub(super) is_unclear: bool,
}

/// What a user is to an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Inviter,
    Invitee,
    Observer,
}

impl Record {
    pub(super) fn new(me: &UserId, key: &InvitationKey) -> Self {
        Self {
            me: me.clone(),
            key: key.clone(),
            header: None,
            said: Vec::new(),
            waited: 0,
            edits: Vec::new(),
            late_edits: Vec::new(),
            told: Vec::new(),
            told_data: Vec::new(),
            deadline: None,
            is_ancient: false,
            is_new: false,
            is_completed: false,
            has_ended: false,
            ended_at: None,
            folded_from: None,
            is_passed_over: false,
            is_dismissed: false,
            is_given_up: false,
            is_told_elsewhere: false,
            late: Vec::new(),
            may_repeat: false,
            is_unclear: false,
        }
    }

    /// The host's clock was set back: what was, was so much earlier by it (`A4`).
    pub(super) fn set_back(&mut self, from: Timestamp, to: Timestamp) {
        let earlier = |at: &mut Timestamp| {
            let age = from.as_millis().saturating_sub(at.as_millis());
            *at = Timestamp::from_millis(to.as_millis().saturating_sub(age));
        };
        let moments = self.said.iter_mut().map(|said| (&mut said.heard, &mut said.fate));
        let edits = self.edits.iter_mut().chain(&mut self.late_edits).map(|edit| (&mut edit.heard, &mut edit.fate));
        for (heard, fate) in moments.chain(edits) {
            earlier(heard);
            fate.moments().for_each(earlier);
        }
        let header = self.header.iter_mut().flat_map(|header| header.fate.moments());
        header.chain(&mut self.deadline).chain(&mut self.ended_at).for_each(earlier);
    }

    pub(super) fn invitees(&self) -> &[UserId] {
        self.header.as_ref().map_or(&[], |header| &header.invitees)
    }

    pub(super) fn role(&self) -> Role {
        if *self.key.inviter() == self.me {
            Role::Inviter
        } else if self.invitees().contains(&self.me) {
            Role::Invitee
        } else {
            Role::Observer
        }
    }

    pub(super) fn is_sent_here(&self) -> bool {
        self.header.as_ref().is_some_and(|header| header.is_sent_here)
    }

    /// Its own message is known.
    pub(super) fn is_complete(&self) -> bool {
        self.header.as_ref().is_some_and(|header| header.is_complete)
    }

    /// Known from the push of a group invitation alone: whom else it invites nobody knows.
    pub(super) fn is_incomplete(&self) -> bool {
        let is_group = matches!(self.key.conversation(), Conversation::Group(_));
        is_group && self.header.is_some() && !self.is_complete()
    }

    /// Whether what was said counts: it was not withdrawn (`O7`). What its sender may not say was never taken in (`R4`).
    pub(super) fn counts(&self, said: &Said) -> bool {
        // What a push says may be wrong: so a time-out is kept until the message says whether there is one.
        let may_be_endless = self.header.as_ref().is_some_and(|header| !header.is_complete && header.timeout_s == 0);
        !(said.fate.is_refused() || (may_be_endless && said.kind.is_timeout()))
    }

    /// The strongest fact about an invitee; of equal ones the first that was heard.
    pub(super) fn strongest(&self, who: &UserId) -> Option<(usize, &Said)> {
        let about = |said: &&(usize, &Said)| said.1.about.contains(who) && self.counts(said.1);
        let all: Vec<(usize, &Said)> = self.said.iter().enumerate().collect();
        all.iter().filter(about).min_by_key(|(n, said)| (said.kind, *n)).copied()
    }

    pub(super) fn outcome(&self, who: &UserId) -> Outcome {
        self.strongest(who).map_or(Outcome::Pending, |(_, said)| said.kind.outcome())
    }

    pub(super) fn outcomes(&self) -> Vec<(UserId, Outcome)> {
        self.invitees().iter().map(|who| (who.clone(), self.outcome(who))).collect()
    }

    pub(super) fn pending(&self) -> Vec<UserId> {
        self.invitees().iter().filter(|who| self.outcome(who) == Outcome::Pending).cloned().collect()
    }

    /// What holds is held by a fact that nobody can refuse any more (`C7`).
    pub(super) fn is_certain(&self, who: &UserId) -> bool {
        let Some((_, strongest)) = self.strongest(who) else { return false };
        let same = |said: &&Said| said.kind == strongest.kind && said.about.contains(who) && self.counts(said);
        self.said.iter().filter(same).any(|said| said.by == By::Timer || !said.fate.is_in_flight())
    }

    pub(super) fn is_over(&self) -> bool {
        self.header.is_some()
            && (!self.is_incomplete() || self.is_given_up)
            && self.invitees().iter().all(|who| self.is_certain(who))
    }

    /// Its data: what this device is writing, else what was written last (`R8`).
    pub(super) fn data(&self) -> Data {
        let mine = self.edits.iter().rfind(|edit| edit.fate.is_in_flight());
        mine.map_or_else(|| self.written().0, |mine| mine.data.clone())
    }

    /// What was written last, by the newest stamp; and that. What has none has come last.
    pub(super) fn written(&self) -> (Data, Option<&Stamp>) {
        let Some(header) = &self.header else { return (Data::default(), None) };
        let forgotten = header.written.as_ref().map(|(data, stamp)| (data, stamp.as_ref()));
        let (last, stamp) = newest(
            forgotten.unwrap_or((&header.data, None)),
            self.edits.iter().filter(|edit| edit.fate == Fate::Stands),
        );
        (last.clone(), stamp)
    }
}

/// What was written last after this, and by which stamp.
pub(super) fn newest<'a>(
    (mut last, mut stamp): (&'a Data, Option<&'a Stamp>),
    edits: impl Iterator<Item = &'a Edited>,
) -> (&'a Data, Option<&'a Stamp>) {
    for edit in edits {
        if edit.stamp.is_none() || edit.stamp.as_ref() >= stamp {
            (last, stamp) = (&edit.data, edit.stamp.as_ref().or(stamp));
        }
    }
    (last, stamp)
}
