//! A class as data, and back: with the engine's, a crash in class restores both.

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};

use serde::{Deserialize, Serialize};

use super::event::{ClassEvent, RoundId};
use super::hear::Heard;
use super::round::{Kind, Round};
use super::say::{Said, WORDS};
use super::{ClassConfig, Classroom, LEFT, WAITING, Waiting};
use crate::error::RestoreError;
use crate::id::{GroupId, UserId};
use crate::layer::errands::Errands;
use crate::name::InvitationKey;
use crate::pairs;
use crate::time::Timestamp;

/// The whole state of a [`Classroom`], as serde data. Stored together with the engine's [`Snapshot`](crate::Snapshot), of the same
/// moment.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct ClassroomSnapshot {
    version: u32,
    now: Timestamp,
    group: GroupId,
    #[serde(with = "pairs")]
    rounds: BTreeMap<(Kind, RoundId), Round>,
    #[serde(with = "pairs")]
    words: BTreeMap<InvitationKey, Said>,
    #[serde(with = "pairs")]
    unstamped: BTreeMap<InvitationKey, Said>,
    waiting: VecDeque<Waiting>,
    left: BTreeMap<UserId, Timestamp>,
    errands: Errands,
    told_rounds: BTreeSet<RoundId>,
    told_speakers: BTreeSet<(RoundId, UserId)>,
    told_ringing: BTreeSet<(Kind, RoundId)>,
    sweep: Option<Timestamp>,
    events: VecDeque<ClassEvent>,
    count: u32,
}

impl ClassroomSnapshot {
    /// The version of the format that is written and read here.
    pub const VERSION: u32 = 1;

    /// The group whose class it is of.
    #[must_use]
    pub fn group(&self) -> &GroupId {
        &self.group
    }

    fn check(&self) -> Result<(), RestoreError> {
        if self.version != Self::VERSION {
            return Err(RestoreError::Version { found: self.version, known: Self::VERSION });
        }
        let is_of_group = |key: &InvitationKey| key.conversation().group() == Some(&self.group);
        for (is_wrong, what) in [
            (!self.rounds.values().all(Round::is_consistent), "a round"),
            (!self.rounds.values().flat_map(|round| &round.parts).all(is_of_group), "a round of another group"),
            (
                self.words.len().max(self.unstamped.len()) > WORDS || self.waiting.len() > WAITING,
                "more words or grants than are kept",
            ),
            (self.left.len() > LEFT, "more who left than are remembered"),
            (!self.errands.are_few(), "more invitations beside the class than are kept"),
        ] {
            if is_wrong {
                return Err(RestoreError::Inconsistent(what));
            }
        }
        Ok(())
    }
}

impl Classroom {
    /// The whole state, to be stored. Take it when nothing waits to be polled, and with it the engine's.
    #[must_use]
    pub fn snapshot(&self) -> ClassroomSnapshot {
        ClassroomSnapshot {
            version: ClassroomSnapshot::VERSION,
            now: self.now,
            group: self.group.clone(),
            rounds: self.rounds.clone(),
            words: self.words.clone(),
            unstamped: self.unstamped.clone(),
            waiting: self.waiting.clone(),
            left: self.left.clone(),
            errands: self.errands.clone(),
            told_rounds: self.told_rounds.clone(),
            told_speakers: self.told_speakers.clone(),
            told_ringing: self.told_ringing.clone(),
            sweep: self.sweep,
            events: self.events.clone(),
            count: self.count,
        }
    }

    /// A class that goes on where the snapshot was taken, on the engine that was restored with it.
    ///
    /// # Errors
    ///
    /// If the snapshot is of another version or contradicts itself.
    pub fn restore(snapshot: ClassroomSnapshot, config: ClassConfig, now: Timestamp) -> Result<Self, RestoreError> {
        snapshot.check()?;
        let ClassroomSnapshot { now: then, group, mut rounds, words, unstamped, waiting, mut errands, .. } = snapshot;
        let ClassroomSnapshot { mut left, told_rounds, told_speakers, told_ringing, sweep, events, count, .. } =
            snapshot;
        let shift = |at: Timestamp| if now < then { at.rebased(then, now) } else { at };
        errands.shift(shift);
        rounds.values_mut().for_each(|round| round.since = shift(round.since));
        left.values_mut().for_each(|at| *at = shift(*at));
        let parts = rounds.iter().flat_map(|((kind, id), round)| {
            round.parts.difference(&round.forgotten).map(|part| (part.clone(), Heard::Part(*kind, id.clone())))
        });
        let said = words.keys().chain(unstamped.keys()).map(|key| (key.clone(), Heard::Word));
        let heard = parts.chain(said).collect();
        let sweep = sweep.map(shift);
        Ok(Self {
            group,
            config,
            now,
            rounds,
            heard,
            words,
            unstamped,
            waiting,
            left,
            errands,
            told_rounds,
            told_speakers,
            told_ringing,
            sweep,
            events,
            count,
        })
    }
}
