//! A round, or a speech: what has been said of each hand. Knows of no engine.
//!
//! A hand is up by the facts about it and never by the order in which they came: it is up if its student has accepted, nobody
//! lowered it, no word that lowers all is later than it, and the round is not closed. A speech is a round whose hands speak.

use alloc::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::id::UserId;
use crate::message::Stamp;
use crate::name::InvitationKey;
use crate::time::{Millis, Timestamp};

/// How many students a round has room for.
pub(super) const MEMBERS: usize = 2_000;

/// Over how many invitations they may be spread.
pub(super) const PARTS: usize = 64;

/// For how long words are kept whose round has not come.
const EARLY_LIFE: Millis = Millis::from_secs(600);

/// How many who are not known to be asked may have lowered their hand: their invitation may still come.
const STRANGERS: usize = 64;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) enum Kind {
    Hands,
    Speech,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Round {
    /// From when its life counts: the end of the time to answer, which is the same for who comes late; without one, since it was heard
    /// of here.
    pub(super) since: Timestamp,
    /// Whose word it was that came before any invitation of the round.
    pub(super) early_by: Option<UserId>,
    /// The smallest stamp of its invitations.
    pub(super) stamp: Option<Stamp>,
    pub(super) parts: BTreeSet<InvitationKey>,
    /// Which of them the engine has forgotten: if one comes again, it may tell of more than was known.
    pub(super) forgotten: BTreeSet<InvitationKey>,
    /// Which of them came again after that: perhaps with fewer answers than were known.
    again: BTreeSet<InvitationKey>,
    pub(super) members: BTreeMap<UserId, Member>,
    lowered: Lowered,
    /// Those that were raised until then the user has lowered by a word of which nobody knows when it was taken.
    lowered_to: Option<Stamp>,
    is_closed: bool,
    /// The user's own words, whose fate is awaited; and which hand was the last when all were lowered.
    is_lowering: bool,
    lowering_to: Option<Stamp>,
    is_closing: bool,
    /// The user accepted it on this device, and no other one of theirs was faster (`C4`).
    pub(super) is_answered_here: bool,
    /// Its life is over here.
    is_over: bool,
    /// How many have not answered, and how many hands are up: so that one answer costs the same in a class of any size (`H5`).
    pending: usize,
    up: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Member {
    /// By which invitation they are asked; `None`: something was said of them before it came.
    pub(super) part: Option<InvitationKey>,
    pub(super) standing: Standing,
    /// Of the acceptance. One's own has none until the service takes it.
    pub(super) stamp: Option<Stamp>,
    is_lowered: bool,
    is_lowering: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Standing {
    /// Asked, without an answer.
    Pending,
    Accepted,
    #[default]
    No,
}

/// Which hands went down together.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
enum Lowered {
    #[default]
    None,
    /// Those that were raised before this.
    Before(Stamp),
    /// All: nobody told when it was said.
    All,
}

impl Lowered {
    fn covers(&self, raised: Option<&Stamp>) -> bool {
        match self {
            Self::None => false,
            Self::Before(stamp) => raised.is_some_and(|raised| raised < stamp),
            Self::All => true,
        }
    }
}

/// What a word that waits for no answer does to a round.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Word {
    Lower(UserId),
    LowerAll,
    Close,
}

/// What there is to be told of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    Nothing,
    Raised,
    Lowered,
    /// Several hands, or their order.
    Many,
}

impl Round {
    pub(super) fn new(since: Timestamp) -> Self {
        Self {
            since,
            early_by: None,
            stamp: None,
            parts: BTreeSet::new(),
            forgotten: BTreeSet::new(),
            again: BTreeSet::new(),
            members: BTreeMap::new(),
            lowered: Lowered::None,
            lowered_to: None,
            is_closed: false,
            is_lowering: false,
            lowering_to: None,
            is_closing: false,
            is_answered_here: false,
            is_over: false,
            pending: 0,
            up: 0,
        }
    }

    /// Whether no hand can be up in it any more.
    pub(super) fn is_ended(&self) -> bool {
        self.is_closed || self.is_closing || self.is_over
    }

    pub(super) fn is_pending(&self, user: &UserId) -> bool {
        let is_pending = |member: &Member| member.standing == Standing::Pending;
        !self.is_ended() && self.members.get(user).is_some_and(is_pending)
    }

    /// Whether an invitation that is known here asks this one.
    pub(super) fn asks(&self, user: &UserId) -> bool {
        self.members.get(user).is_some_and(|member| member.part.is_some())
    }

    pub(super) fn has_accepted(&self, user: &UserId) -> bool {
        self.members.get(user).is_some_and(|member| member.standing == Standing::Accepted)
    }

    /// Whether this one has accepted what the engine has forgotten since.
    pub(super) fn has_kept(&self, user: &UserId, part: &InvitationKey) -> bool {
        self.again.contains(part) && self.has_accepted(user)
    }

    pub(super) fn is_up(&self, user: &UserId) -> bool {
        self.members.get(user).is_some_and(|member| self.holds_up(member, member.stamp.as_ref()))
    }

    /// Whether this one's hand is up, if it was raised then.
    pub(super) fn holds_up(&self, member: &Member, raised: Option<&Stamp>) -> bool {
        let is_seen = raised.is_some() && raised <= self.lowered_to.as_ref();
        let is_down_with_all = self.is_lowering || is_seen || self.lowered.covers(raised);
        let is_down = member.is_lowered || member.is_lowering || is_down_with_all;
        !self.is_ended() && member.standing == Standing::Accepted && !is_down
    }

    /// Whether a hand is up, or somebody can still raise one.
    pub(super) fn is_live(&self) -> bool {
        !self.is_ended() && self.pending.saturating_add(self.up) > 0
    }

    /// Whether a hand is up.
    pub(super) fn has_hands(&self) -> bool {
        !self.is_ended() && self.up > 0
    }

    /// Whether there are but words about it, that came before it or are left of it.
    pub(super) fn is_early(&self) -> bool {
        self.parts.is_empty()
    }

    /// Whether it had invitations, and words about it are all that is left.
    pub(super) fn has_faded(&self) -> bool {
        self.is_early() && self.early_by.is_none()
    }

    /// Whether the engine knows an invitation of it.
    pub(super) fn is_held(&self) -> bool {
        self.forgotten.len() < self.parts.len()
    }

    /// An invitation that belongs to it asks these, until then. Whether there is room.
    pub(super) fn ask(&mut self, part: &InvitationKey, students: &[UserId], until: Timestamp) -> bool {
        if self.forgotten.remove(part) {
            self.again.insert(part.clone());
            return true;
        }
        let new = students.iter().filter(|student| !self.members.contains_key(*student)).count();
        if self.parts.len() >= PARTS || self.members.len().saturating_add(new) > MEMBERS {
            return false;
        }
        self.since = if self.is_early() { until } else { self.since.max(until) };
        self.parts.insert(part.clone());
        self.early_by = None;
        for student in students {
            let member = self.members.entry(student.clone()).or_default();
            // Of who is asked twice one invitation counts, for all the same.
            if member.part.as_ref().is_none_or(|other| part < other) {
                member.part = Some(part.clone());
            }
        }
        self.count();
        true
    }

    /// When the service took one of its invitations.
    pub(super) fn note_stamp(&mut self, stamp: Option<&Stamp>) {
        let stamps = self.stamp.iter().chain(stamp);
        self.stamp = stamps.min().cloned();
    }

    /// How a student stands by the invitation that asks them. Of an acceptance that is known already the earliest stamp counts.
    pub(super) fn answer(&mut self, student: &UserId, standing: Standing, stamp: Option<Stamp>) -> Change {
        let mut is_moved = false;
        let (was_up, is_up) = self.change(student, |member| {
            let is_known = standing == Standing::Accepted && member.standing == Standing::Accepted;
            let stamp = member.stamp.iter().filter(|_| is_known).chain(&stamp).min().cloned();
            is_moved = member.stamp != stamp;
            (member.standing, member.stamp) = (standing, stamp);
        });
        if was_up && is_up && is_moved { Change::Many } else { one((was_up, is_up)) }
    }

    /// Changes what is known of one member; says whether their hand was up, and is.
    fn change(&mut self, who: &UserId, change: impl FnOnce(&mut Member)) -> (bool, bool) {
        let counts = |round: &Self| (usize::from(round.is_pending(who)), usize::from(round.is_up(who)));
        let (was_pending, was_up) = counts(self);
        if let Some(member) = self.members.get_mut(who) {
            change(member);
        }
        let (is_pending, is_up) = counts(self);
        self.pending = self.pending.saturating_add(is_pending).saturating_sub(was_pending);
        self.up = self.up.saturating_add(is_up).saturating_sub(was_up);
        (was_up > 0, is_up > 0)
    }

    /// Counts anew, where many have changed.
    fn count(&mut self) {
        (self.pending, self.up) = self.counted();
    }

    fn counted(&self) -> (usize, usize) {
        let pending = self.members.keys().filter(|who| self.is_pending(who)).count();
        (pending, self.members.keys().filter(|who| self.is_up(who)).count())
    }

    /// A word that counts. Without a stamp nobody knows when it was said.
    pub(super) fn apply(&mut self, word: &Word, stamp: Option<Stamp>) -> Change {
        match word {
            Word::Lower(who) => {
                if self.has_room_for(who) {
                    self.members.entry(who.clone()).or_default();
                }
                one(self.change(who, |member| member.is_lowered = true))
            }
            Word::LowerAll => self.change_all(|round| {
                let lowered = stamp.map_or(Lowered::All, Lowered::Before);
                round.lowered = round.lowered.clone().max(lowered);
            }),
            Word::Close => self.change_all(|round| round.is_closed = true),
        }
    }

    /// Whether the user has said this, and its fate is not known.
    pub(super) fn say(&mut self, word: &Word, is_said: bool) -> Change {
        match word {
            Word::Lower(who) => one(self.change(who, |member| member.is_lowering = is_said)),
            Word::LowerAll => {
                if is_said && !self.is_lowering {
                    let up = self.members.values().filter(|member| member.standing == Standing::Accepted);
                    self.lowering_to = up.filter_map(|member| member.stamp.clone()).max();
                }
                self.change_all(|round| round.is_lowering = is_said)
            }
            Word::Close => self.change_all(|round| round.is_closing = is_said),
        }
    }

    /// Nobody tells when the service took the user's word to all, if it did: it counts for those hands that the user saw.
    pub(super) fn assume_lowered(&mut self) {
        self.lowered_to = self.lowered_to.take().max(self.lowering_to.take());
    }

    fn change_all(&mut self, change: impl FnOnce(&mut Self)) -> Change {
        let before = self.up;
        change(self);
        self.count();
        // Those who are up after such a word were so before, or are so again.
        if before == self.up || self.is_ended() { Change::Nothing } else { Change::Many }
    }

    /// For a word about somebody who is not asked, as far as is known.
    fn has_room_for(&self, who: &UserId) -> bool {
        let strangers = || self.members.values().filter(|member| member.part.is_none()).count();
        self.members.contains_key(who) || (self.members.len() < MEMBERS && strangers() < STRANGERS)
    }

    /// The invitation was not sent: whom it asks is not asked.
    pub(super) fn unask(&mut self, part: &InvitationKey) -> impl Iterator<Item = UserId> {
        self.parts.remove(part);
        self.forgotten.remove(part);
        self.again.remove(part);
        let (gone, kept) =
            core::mem::take(&mut self.members).into_iter().partition(|(_, member)| member.part.as_ref() == Some(part));
        self.members = kept;
        self.count();
        let gone: BTreeMap<UserId, Member> = gone;
        gone.into_keys()
    }

    /// Nobody answers any more: the engine has forgotten the invitations.
    pub(super) fn give_up(&mut self) {
        if self.pending > 0 {
            let pending = self.members.values_mut().filter(|member| member.standing == Standing::Pending);
            pending.for_each(|member| member.standing = Standing::No);
            self.count();
        }
    }

    /// The engine has forgotten it, and nobody's hand is up: the words about it are left, since the engine knows them for longer, and
    /// would not tell them again if the rest came again. Whether there are any.
    pub(super) fn fade(&mut self) -> bool {
        if !self.is_early() {
            self.parts.clear();
            self.forgotten.clear();
            self.again.clear();
            self.members.retain(|_, member| member.is_lowered);
            let lowered = || Member { is_lowered: true, ..Member::default() };
            self.members.values_mut().for_each(|member| *member = lowered());
            self.count();
        }
        self.is_closed || self.lowered != Lowered::None || self.lowered_to.is_some() || !self.members.is_empty()
    }

    /// Its life is over.
    pub(super) fn end(&mut self) {
        self.is_over = true;
        self.members.clear();
        self.count();
    }

    /// When its life is over.
    pub(super) fn due(&self, life: Millis) -> Option<Timestamp> {
        let life = if self.early_by.is_some() { EARLY_LIFE } else { life };
        (!self.is_over).then(|| self.since + life)
    }

    /// Whether it can have come from a running layer: of an untrusted snapshot.
    pub(super) fn is_consistent(&self) -> bool {
        let is_full = self.parts.len() > PARTS || self.members.len() > MEMBERS.saturating_add(STRANGERS);
        let is_of_parts = self.forgotten.is_subset(&self.parts) && self.again.is_subset(&self.parts);
        !is_full && is_of_parts && (self.pending, self.up) == self.counted()
    }
}

/// What it means that a hand was up, and is.
fn one(change: (bool, bool)) -> Change {
    match change {
        (false, true) => Change::Raised,
        (true, false) => Change::Lowered,
        (true, true) | (false, false) => Change::Nothing,
    }
}
