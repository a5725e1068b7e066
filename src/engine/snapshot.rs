//! The whole state as data, and back (`A4`).

use alloc::collections::BTreeSet;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::Engine;
use super::book::Book;
use super::early::{Bucket, EarlyFacts};
use super::outbox::Outbox;
use crate::callback::{Callback, Output};
use crate::config::Config;
use crate::error::RestoreError;
use crate::id::{IdSource, Seed, UserId};
use crate::message::Token;
use crate::name::InvitationKey;
use crate::protocol::invitation::Invitation;
use crate::protocol::send::{Cargo, Send};
use crate::time::{Clock, Timestamp};

/// The whole state of an engine, as serde data. It holds the app's `data`, but not the seed.
///
/// Serialize it into any format that keeps integers and strings whole.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Snapshot {
    version: u32,
    me: UserId,
    clock: Clock,
    id_counter: u32,
    is_catching_up: bool,
    invitations: Vec<(InvitationKey, Invitation)>,
    early: Vec<(InvitationKey, Bucket)>,
    outputs: Vec<Output>,
}

impl Snapshot {
    /// The version of the format that this engine writes and reads.
    pub const VERSION: u32 = 1;

    /// The user whose engine it is of.
    #[must_use]
    pub fn user(&self) -> &UserId {
        &self.me
    }

    fn check(&self) -> Result<(), RestoreError> {
        if self.version != Self::VERSION {
            return Err(RestoreError::Version { found: self.version, known: Self::VERSION });
        }
        for (is_wrong, what) in [
            (!self.invitations.is_sorted_by(|(one, _), (other, _)| one < other), "an invitation twice"),
            (!self.invitations.iter().all(|(_, invitation)| invitation.is_consistent()), "the facts of an invitation"),
            (
                !self.invitations.iter().all(|(key, invitation)| invitation.is_held_by(&self.me, key)),
                "the part in an invitation",
            ),
            (!self.early.is_sorted_by(|(one, _), (other, _)| one < other), "early facts twice"),
            (!self.is_each_token_of_one_send(), "a token twice"),
        ] {
            if is_wrong {
                return Err(RestoreError::Inconsistent(what));
            }
        }
        Ok(())
    }

    /// Else the fate of one send would be that of another.
    fn is_each_token_of_one_send(&self) -> bool {
        let mut seen = BTreeSet::new();
        let mut sends = self.invitations.iter().flat_map(|(_, invitation)| invitation.under_way.sends());
        sends.all(|send| seen.insert(send.token))
    }
}

impl Engine {
    /// The whole state, to be stored (`A4`).
    ///
    /// Take it when nothing waits to be polled: an output that is handed out after it comes again from the restored engine.
    /// Receivers know a doubled message; the app may not know a doubled callback.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot {
            version: Snapshot::VERSION,
            me: self.me.clone(),
            clock: self.clock.clone(),
            id_counter: self.outbox.ids.counter(),
            is_catching_up: self.is_catching_up,
            invitations: self.book.iter().map(|(key, invitation)| (key.clone(), invitation.clone())).collect(),
            early: self.early.buckets().map(|(key, bucket)| (key.clone(), bucket.clone())).collect(),
            outputs: self.outbox.outputs.iter().cloned().collect(),
        }
    }

    /// An engine that goes on where the snapshot was taken (`A4`). It catches up first: hand in the history since the snapshot, as
    /// [`History::hot`](crate::History::hot) (`A7`).
    ///
    /// The seed must be fresh. A send that was in flight at the snapshot ([`Engine::sends_in_flight`]) counts as of unknown fate after a
    /// while, unless the host reports its fate. Deadlines go on even if the host's clock was set back since the snapshot. If it may have
    /// been set forward, or back by less than the absence, pass the service's time to [`Engine::sync_clock`]. What the app was told
    /// before is not told again: show what [`Engine::invitations`] holds.
    ///
    /// # Errors
    ///
    /// If the snapshot is of another version or contradicts itself, if the configuration cannot be used, or if its limits are too low for
    /// what the snapshot holds.
    pub fn restore(
        snapshot: Snapshot,
        config: impl Into<Arc<Config>>,
        seed: Seed,
        now: Timestamp,
    ) -> Result<Self, RestoreError> {
        let config = config.into();
        config.validate(&snapshot.me)?;
        snapshot.check()?;
        let Snapshot { me, mut clock, id_counter, invitations, early, outputs, .. } = snapshot;
        let ids = IdSource::new(seed, &me, id_counter);
        let mut engine = Self {
            book: Book::default(),
            early: EarlyFacts::default(),
            outbox: Outbox::new(ids),
            clock: Clock::default(),
            is_catching_up: true,
            config,
            me,
        };
        let set_back = (now < clock.now()).then(|| clock.now());
        let shift = |at: Timestamp| set_back.map_or(at, |then| at.rebased(then, now));
        let waiting: BTreeSet<Token> = outputs.iter().filter_map(Output::token).collect();
        for (key, mut invitation) in invitations {
            invitation.shift(shift);
            for send in invitation.under_way.sends() {
                engine.outbox.tokens.insert(send.token, key.clone());
            }
            let waits = |send: &Send| matches!(send.cargo, Cargo::Answer(_)) && waiting.contains(&send.token);
            if invitation.under_way.sends().iter().any(waits)
                && let Some(contest) = invitation.under_way.contest_mut()
            {
                contest.repeat();
            }
            let (book, step) = engine.split(now, None);
            book.restore(&step, key, invitation);
        }
        engine.early = EarlyFacts::restore(early.into_iter().map(|(key, mut bucket)| {
            bucket.expires = shift(bucket.expires);
            (key, bucket)
        }));
        if set_back.is_some() {
            clock.rebase(now);
        }
        clock.advance(now);
        engine.clock = clock;
        engine.outbox.outputs = outputs.into_iter().map(|output| shifted(output, shift)).collect();
        engine.check_room()?;
        Ok(engine)
    }

    fn check_room(&self) -> Result<(), RestoreError> {
        let limits = &self.config.limits;
        if self.book.room().is_overfull(limits) {
            return Err(RestoreError::OverLimits("invitations"));
        }
        if self.early.is_overfull(limits) {
            return Err(RestoreError::OverLimits("early facts"));
        }
        Ok(())
    }
}

/// An output on another clock of the host.
fn shifted(mut output: Output, shift: impl Fn(Timestamp) -> Timestamp) -> Output {
    if let Output::Callback(Callback::NewInvitation { deadline: Some(deadline), .. }) = &mut output {
        *deadline = shift(*deadline);
    }
    output
}
