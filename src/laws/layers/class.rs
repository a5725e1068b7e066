//! What an app is told of its class.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;

use super::super::Ruling;
use super::super::tally::Tally;
use crate::classroom::{ClassEvent, Classroom, RoundId};
use crate::engine::Engine;
use crate::id::UserId;

/// How the class stands, by what was told.
#[derive(Clone, Debug, Default)]
pub(super) struct ClassLedger {
    rounds: BTreeSet<RoundId>,
    hands: BTreeMap<RoundId, BTreeSet<UserId>>,
    speakers: BTreeSet<(RoundId, UserId)>,
    /// Of these rounds the app was told to look itself.
    changed: BTreeSet<RoundId>,
}

impl ClassLedger {
    pub(super) fn hear(&mut self, event: &ClassEvent, tally: &mut Tally) {
        tally.count(event_name(event));
        match event {
            ClassEvent::Opened { round } => drop(self.rounds.insert(round.clone())),
            ClassEvent::Closed { round } => {
                self.rounds.remove(round);
                self.hands.remove(round);
            }
            ClassEvent::HandRaised { round, who } => {
                self.hands.entry(round.clone()).or_default().insert(who.clone());
            }
            ClassEvent::HandLowered { round, who } => {
                self.hands.entry(round.clone()).or_default().remove(who);
            }
            ClassEvent::HandsChanged { round } | ClassEvent::NotReached { round, .. } => {
                self.changed.insert(round.clone());
            }
            ClassEvent::Speaking { speech, who } => drop(self.speakers.insert((speech.clone(), who.clone()))),
            ClassEvent::Stopped { speech, who } => drop(self.speakers.remove(&(speech.clone(), who.clone()))),
            ClassEvent::Asked { .. }
            | ClassEvent::Granted { .. }
            | ClassEvent::NotGranted { .. }
            | ClassEvent::Invited { .. }
            | ClassEvent::RingStopped { .. }
            | ClassEvent::Declined { .. }
            | ClassEvent::Failed { .. } => {}
        }
    }

    /// What the app was told, and what it can read now; of what its own user does, it was not told.
    pub(super) fn compare(&mut self, class: &Classroom, engine: &Engine) -> Ruling {
        let me = engine.user();
        let changed = core::mem::take(&mut self.changed);
        let is_told = |round: &RoundId| round.teacher != *me && !changed.contains(round);
        let rounds: BTreeSet<RoundId> = class.rounds().cloned().collect();
        if let Some(other) = rounds.symmetric_difference(&self.rounds).find(|round| is_told(round)) {
            return Err(format!("of {other} was told {}, and there are {rounds:?}", self.rounds.contains(other)));
        }
        let hands = rounds.iter().map(|round| (round.clone(), class.hands(engine, round).into_iter().collect()));
        let hands: BTreeMap<RoundId, BTreeSet<UserId>> = hands.collect();
        let none = BTreeSet::new();
        for (round, hands) in hands.iter().filter(|(round, _)| is_told(round)) {
            let told = self.hands.get(round).unwrap_or(&none);
            if told.symmetric_difference(hands).any(|who| who != me) {
                return Err(format!("{told:?} are up in {round}, as was told, and there are {hands:?}"));
            }
        }
        // Of a round of one's own one does no more than lower them.
        for (round, hands) in hands.iter().filter(|(round, _)| round.teacher == *me && !changed.contains(round)) {
            let told = self.hands.get(round).unwrap_or(&none);
            if !hands.is_subset(told) {
                return Err(format!("{told:?} are up in one's own {round}, as was told, and there are {hands:?}"));
            }
        }
        let speakers: BTreeSet<_> = class.speakers().map(|(speech, who)| (speech.clone(), who.clone())).collect();
        let is_others = |(speech, who): &&(RoundId, UserId)| speech.teacher != *me && who != me;
        if let Some((_, who)) = speakers.symmetric_difference(&self.speakers).find(is_others) {
            return Err(format!("{:?} speak, as was told, and there are {speakers:?}: {who}", self.speakers));
        }
        let is_asked = !rounds.is_empty() || !speakers.is_empty();
        (self.rounds, self.hands, self.speakers) = (rounds, hands, speakers);
        Ok(is_asked)
    }
}

fn event_name(event: &ClassEvent) -> &'static str {
    match event {
        ClassEvent::Opened { .. } => "class: Opened",
        ClassEvent::Asked { .. } => "class: Asked",
        ClassEvent::HandRaised { .. } => "class: HandRaised",
        ClassEvent::HandLowered { .. } => "class: HandLowered",
        ClassEvent::HandsChanged { .. } => "class: HandsChanged",
        ClassEvent::Closed { .. } => "class: Closed",
        ClassEvent::NotReached { .. } => "class: NotReached",
        ClassEvent::Granted { .. } => "class: Granted",
        ClassEvent::NotGranted { .. } => "class: NotGranted",
        ClassEvent::Invited { .. } => "class: Invited",
        ClassEvent::RingStopped { .. } => "class: RingStopped",
        ClassEvent::Declined { .. } => "class: Declined",
        ClassEvent::Speaking { .. } => "class: Speaking",
        ClassEvent::Stopped { .. } => "class: Stopped",
        ClassEvent::Failed { .. } => "class: Failed",
    }
}
