//! A class as the app may see it.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::Classroom;
use super::event::RoundId;
use super::round::{Kind, Round};
use crate::engine::Engine;
use crate::id::UserId;
use crate::message::Stamp;
use crate::name::InvitationKey;

impl Classroom {
    /// The rounds that go on, in the order of their names: a hand is up, or somebody can still raise one. Several are possible at once,
    /// of one teacher or of several (`H1`).
    pub fn rounds(&self) -> impl Iterator<Item = &RoundId> {
        self.live(Kind::Hands).map(|(id, _)| id)
    }

    /// The raised hands of a round, in the order in which the service took them: for all members the same (`H2`, `H4`). O(n log n)
    /// in the students asked.
    #[must_use]
    pub fn hands(&self, engine: &Engine, round: &RoundId) -> Vec<UserId> {
        let Some(round) = self.rounds.get(&(Kind::Hands, round.clone())) else { return Vec::new() };
        let views = round.parts.iter().filter_map(|part| Some((part, engine.invitation(part)?)));
        let views: Vec<_> = views.collect();
        let fresh = |part: &InvitationKey, student: &UserId| {
            let (_, view) = views.iter().find(|(other, _)| *other == part)?;
            view.answer_stamp(student.as_str())
        };
        let stamped = round.members.iter().filter_map(|(student, member)| {
            let stamp =
                member.part.as_ref().and_then(|part| fresh(part, student)).into_iter().chain(&member.stamp).min();
            round.holds_up(member, stamp).then_some((by_stamp(stamp), student))
        });
        let mut hands: Vec<_> = stamped.collect();
        hands.sort();
        hands.into_iter().map(|(_, student)| student.clone()).collect()
    }

    /// Who speaks, each with their speech, in the order in which the service took the acceptances. At most
    /// [`ClassConfig::speakers`](super::ClassConfig::speakers) speak at once (`H3`); whoever accepted later waits until a place is free.
    pub fn speakers(&self) -> impl Iterator<Item = (&RoundId, &UserId)> {
        self.in_turn().take(self.config.speakers.max(1))
    }

    /// Whether the user speaks now and accepted on this device (`H3`). Then the microphone of this device should be open, and that of no
    /// other device of the user. False during a catch-up, as the history may say that the speech is over.
    #[must_use]
    pub fn speaks_here(&self, engine: &Engine) -> bool {
        let is_here = |speech: &RoundId| {
            self.rounds.get(&(Kind::Speech, speech.clone())).is_some_and(|round| round.is_answered_here)
        };
        !engine.is_catching_up() && self.speakers().any(|(speech, who)| who == engine.user() && is_here(speech))
    }

    /// Whom the user gives the floor as soon as a place is free, in their order (`H3`).
    pub fn waiting(&self) -> impl Iterator<Item = &UserId> {
        self.waiting.iter().map(|waiting| &waiting.student)
    }

    /// What rings for the user: the rounds in which they are asked, and have not answered.
    pub fn asked<'a>(&'a self, engine: &'a Engine) -> impl Iterator<Item = &'a RoundId> {
        self.ringing(engine.user(), Kind::Hands)
    }

    /// What rings for the user: the speeches to which they are invited, and have not answered.
    pub fn invited<'a>(&'a self, engine: &'a Engine) -> impl Iterator<Item = &'a RoundId> {
        self.ringing(engine.user(), Kind::Speech)
    }

    fn ringing<'a>(&'a self, me: &'a UserId, kind: Kind) -> impl Iterator<Item = &'a RoundId> {
        self.live(kind).filter(|(_, round)| round.is_pending(me)).map(|(id, _)| id)
    }

    fn live(&self, kind: Kind) -> impl Iterator<Item = (&RoundId, &Round)> {
        let of_kind = self.rounds.iter().filter(move |((of, _), round)| *of == kind && round.is_live());
        of_kind.map(|((_, id), round)| (id, round))
    }

    /// All who have accepted to speak and have not stopped, in their order. Whoever was given the floor twice has one place.
    pub(super) fn in_turn(&self) -> impl Iterator<Item = (&RoundId, &UserId)> {
        let up = self.live(Kind::Speech).flat_map(|(id, round)| {
            let members = round.members.iter().filter(|(_, member)| round.holds_up(member, member.stamp.as_ref()));
            members.map(move |(who, member)| (by_stamp(member.stamp.as_ref()), who, id))
        });
        let mut up: Vec<_> = up.collect();
        up.sort();
        let mut heard = BTreeSet::new();
        up.retain(|(_, who, _)| heard.insert(*who));
        up.into_iter().map(|(_, who, id)| (id, who))
    }
}

/// By time, then id; one's own, which the service has not taken yet, comes last.
fn by_stamp(stamp: Option<&Stamp>) -> (bool, Option<&Stamp>) {
    (stamp.is_none(), stamp)
}
