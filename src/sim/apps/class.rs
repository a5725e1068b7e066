//! The class of an app in a world.

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::Refused;
use crate::classroom::{ClassConfig, Classroom, ClassroomSnapshot, RoundId};
use crate::engine::Engine;
use crate::error::RestoreError;
use crate::id::{GroupId, UserId};
use crate::time::Timestamp;

/// The class in which the user of an app is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct ClassLayer {
    /// Its group.
    pub group: GroupId,
    /// Its settings.
    #[serde(default)]
    pub config: ClassConfig,
}

impl ClassLayer {
    /// The class of this group.
    pub fn new(group: impl Into<GroupId>, config: ClassConfig) -> Self {
        Self { group: group.into(), config }
    }
}

/// What the user does in a class. A round, or a speech that rings, is named by its teacher: of several the latest one is meant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", rename_all_fields = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub enum ClassDeed {
    /// Asks these to raise a hand.
    Ask {
        /// Whom.
        students: Vec<UserId>,
        /// How long they may answer, in seconds.
        time_s: u32,
    },
    /// Raises the user's hand in a round of this teacher's.
    Raise(UserId),
    /// Does not raise it.
    Decline(UserId),
    /// Lowers a hand in a round.
    Lower {
        /// Whose round.
        teacher: UserId,
        /// Whose hand.
        who: UserId,
    },
    /// Lowers all hands in a round of this teacher's.
    LowerAll(UserId),
    /// Ends a round of this teacher's.
    Close(UserId),
    /// Lets one speak.
    Grant {
        /// Whom.
        student: UserId,
        /// How long they may answer, in seconds.
        time_s: u32,
    },
    /// This student need not wait for a place any longer.
    Withdraw(UserId),
    /// Begins the speech to which this teacher invites.
    AcceptSpeech(UserId),
    /// Does not begin it.
    DeclineSpeech(UserId),
    /// Ends the speech of this one, who speaks.
    Stop(UserId),
}

/// A class of which nothing was stored begins anew.
pub(super) fn restore(
    layer: &ClassLayer,
    snapshot: Option<ClassroomSnapshot>,
    now: Timestamp,
) -> Result<Classroom, RestoreError> {
    let ClassLayer { group, config } = layer.clone();
    match snapshot {
        Some(snapshot) => Classroom::restore(snapshot, config, now),
        None => Ok(Classroom::new(group, config)),
    }
}

pub(super) fn act(class: &mut Classroom, engine: &mut Engine, now: Timestamp, deed: ClassDeed) -> Result<(), Refused> {
    match deed {
        ClassDeed::Ask { students, time_s } => drop(class.ask(engine, now, students, time_s)?),
        ClassDeed::Grant { student, time_s } => drop(class.grant(engine, now, student, time_s)?),
        ClassDeed::Withdraw(student) => {
            if !class.cancel_waiting(&student) {
                return Err(Refused::NoRound);
            }
        }
        ClassDeed::Raise(teacher) => {
            let round = latest(class.asked(engine), &teacher)?;
            class.raise(engine, now, &round)?;
        }
        ClassDeed::Decline(teacher) => {
            let round = latest(class.asked(engine), &teacher)?;
            class.decline(engine, now, &round)?;
        }
        ClassDeed::Lower { teacher, who } => {
            let round = latest(class.rounds(), &teacher)?;
            class.lower(engine, now, &round, &who)?;
        }
        ClassDeed::LowerAll(teacher) => {
            let round = latest(class.rounds(), &teacher)?;
            class.lower_all(engine, now, &round)?;
        }
        ClassDeed::Close(teacher) => {
            let round = latest(class.rounds(), &teacher)?;
            class.close(engine, now, &round)?;
        }
        ClassDeed::AcceptSpeech(teacher) => {
            let speech = latest(class.invited(engine), &teacher)?;
            class.accept(engine, now, &speech)?;
        }
        ClassDeed::DeclineSpeech(teacher) => {
            let speech = latest(class.invited(engine), &teacher)?;
            class.decline(engine, now, &speech)?;
        }
        ClassDeed::Stop(who) => {
            let speech = class.speakers().find(|(_, speaker)| **speaker == who).map(|(speech, _)| speech.clone());
            class.stop(engine, now, &speech.ok_or(Refused::NoRound)?)?;
        }
    }
    Ok(())
}

/// The names that a device gives rise with its clock.
fn latest<'a>(rounds: impl Iterator<Item = &'a RoundId>, teacher: &UserId) -> Result<RoundId, Refused> {
    rounds.filter(|round| round.teacher == *teacher).last().cloned().ok_or(Refused::NoRound)
}
