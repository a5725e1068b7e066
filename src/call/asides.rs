//! Invitations that are no part of the call that goes on, and what is still to be done about them.

use alloc::collections::VecDeque;

use serde::{Deserialize, Serialize};

use super::data::{CallData, Command, Media};
use crate::callback::Outcome;
use crate::engine::Engine;
use crate::id::Data;
use crate::name::InvitationKey;
use crate::time::{Millis, Timestamp};

/// How many are remembered. Of an older one an acceptance gets no hang-up: its sender learns of the end from the engine.
const ASIDES: usize = 64;

/// How often it is tried to say what the service refuses, after 1, 2 and 4 seconds. Who accepts a call that could not be cancelled is told that it is over (`K7`).
const TRIES: u8 = 3;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct Asides(VecDeque<Aside>);

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Aside {
    invitation: InvitationKey,
    kind: Kind,
    tries: u8,
    /// Not to be said before.
    again: Timestamp,
    /// When it is to be said again, as the service refused it.
    due: Option<Timestamp>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Kind {
    /// The user's, into a call that is over: it is to call nobody any more.
    Past,
    /// The user's: a hang-up, or news for the others. To be forgotten when it was sent, as nobody answers it.
    Word,
    /// Another's, to be rejected.
    No { is_busy: bool },
}

impl Asides {
    pub(super) fn add(&mut self, engine: &mut Engine, now: Timestamp, invitation: &InvitationKey, kind: Kind) {
        if self.0.len() >= ASIDES
            && let Some(oldest) = self.0.pop_front()
            && oldest.kind == Kind::Word
        {
            engine.dismiss(now, &oldest.invitation).ok();
        }
        self.0.push_back(Aside { invitation: invitation.clone(), kind, tries: 0, again: now, due: None });
    }

    pub(super) fn kind(&self, invitation: &InvitationKey) -> Option<Kind> {
        self.0.iter().find(|aside| aside.invitation == *invitation).map(|aside| aside.kind)
    }

    /// Says what is to be said, where the fate of a send does not keep it from being said.
    pub(super) fn say(&mut self, engine: &mut Engine, now: Timestamp) {
        self.0.iter_mut().for_each(|aside| aside.say(engine, now));
    }

    /// Forgets what the engine has forgotten, and what was sent and wants no answer. All that the engine has told of them is heard.
    pub(super) fn forget(&mut self, engine: &mut Engine, now: Timestamp) {
        self.0.retain(|aside| match engine.invitation(&aside.invitation) {
            None => false,
            Some(view) if aside.kind != Kind::Word || view.is_in_flight() => true,
            Some(_) => {
                engine.dismiss(now, &aside.invitation).ok();
                false
            }
        });
    }

    /// When one of them is to be said again.
    pub(super) fn next_due(&self) -> Option<Timestamp> {
        self.0.iter().filter_map(|aside| aside.due).min()
    }

    /// The host's clock is another one now.
    pub(super) fn shift(&mut self, shift: impl Fn(Timestamp) -> Timestamp) {
        for aside in &mut self.0 {
            aside.again = shift(aside.again);
            aside.due = aside.due.map(&shift);
        }
    }

    /// Whether they can have come from a running layer: of an untrusted snapshot.
    pub(super) fn are_few(&self) -> bool {
        self.0.len() <= ASIDES
    }
}

impl Aside {
    fn say(&mut self, engine: &mut Engine, now: Timestamp) {
        self.due = None;
        let Some(view) = engine.invitation(&self.invitation).filter(|_| self.tries < TRIES) else { return };
        let is_wanted = match self.kind {
            Kind::Past => view.outcomes().any(|(_, outcome)| outcome == Outcome::Pending),
            Kind::No { .. } => view.outcome_of(engine.user().as_str()) == Some(Outcome::Pending),
            Kind::Word => false,
        };
        if !is_wanted {
            return;
        }
        if now < self.again {
            self.due = Some(self.again);
            return;
        }
        let media = CallData::read(view.data().as_str()).map_or_else(Media::default, |data| data.media);
        let is_said = match self.kind {
            Kind::No { is_busy } => engine.reject(now, &self.invitation, words(media, is_busy)).is_ok(),
            Kind::Past | Kind::Word => engine.cancel(now, &self.invitation, words(media, false)).is_ok(),
        };
        if is_said {
            self.again = now + Millis::from_secs(1 << self.tries);
            self.tries = self.tries.saturating_add(1);
        }
    }
}

/// The data of an answer, or of a cancel.
pub(super) fn words(media: Media, is_busy: bool) -> Data {
    let mut data = CallData::new(Command::Call, media);
    data.is_busy = is_busy;
    data.to_data()
}
