//! Who leaves the group (`H2`, `H3`).

use alloc::vec::Vec;

use super::event::RoundId;
use super::round::{Kind, Round, Word};
use super::{Classroom, LEFT};
use crate::engine::Engine;
use crate::id::UserId;
use crate::layer::when;
use crate::time::Timestamp;

impl Classroom {
    /// Takes in that a member left the group: their hand goes down and their speech ends, even if their acceptance is heard only after
    /// that. What they have not answered yet, they may answer once they are back. The engine is told too, except when the signed-in user
    /// is the one who left: the engine would not let them answer after that.
    ///
    /// `left`: when that was, on the host's clock. Where it is told late, the hand that they have raised since stays up. If the host cannot
    /// tell, `now`.
    pub fn handle_member_left(&mut self, engine: &mut Engine, now: Timestamp, user: &UserId, left: Timestamp) {
        self.advance(now);
        let left = if left < now { left } else { self.now };
        if user != engine.user() {
            engine.handle_member_left(self.now, &self.group, user);
        }
        self.cancel_waiting(user);
        self.remember_left(user, left);
        let is_now = left == self.now;
        let is_over = |round: &Round| {
            if is_now { round.has_accepted(user) } else { has_accepted_before(engine, round, user, left) }
        };
        // Their own device, which may not hear of it, would not know that an answer yet to come counts no more.
        let with = self.rounds.iter().filter(|(_, round)| is_over(round));
        let with: Vec<(Kind, RoundId)> = with.map(|(name, _)| name.clone()).collect();
        for (kind, id) in with {
            self.apply(kind, &id, &Word::Lower(user.clone()), None);
        }
    }

    fn remember_left(&mut self, user: &UserId, left: Timestamp) {
        let last = self.left.entry(user.clone()).or_insert(left);
        *last = left.max(*last);
        if self.left.len() > LEFT
            && let Some(first) = self.left.iter().min_by_key(|(_, at)| **at).map(|(user, _)| user.clone())
        {
            self.left.remove(&first);
        }
    }
}

/// Whether they have accepted before they left, as far as its stamp tells. One's own that is on its way is newer: who has left sends nothing.
fn has_accepted_before(engine: &Engine, round: &Round, user: &UserId, left: Timestamp) -> bool {
    let Some(member) = round.members.get(user).filter(|_| round.has_accepted(user)) else { return false };
    let Some(view) = member.part.as_ref().and_then(|part| engine.invitation(part)) else { return true };
    match &member.stamp {
        Some(stamp) => when(&view, stamp).is_none_or(|accepted| accepted < left),
        None => user != engine.user() || !view.is_in_flight(),
    }
}
