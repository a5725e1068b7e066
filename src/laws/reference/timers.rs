//! What happens by itself, and when (`T2`, `T4`, `T5`, `O7`).

use alloc::vec::Vec;

use super::call::Call;
use super::said::{By, Fate, Kind, Record, Role, Said};
use crate::{Config, Millis, Timestamp, Token, UserId};

/// What an invitation waits for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Due {
    /// The time of the signed-in user is up.
    Own,
    /// The sending device has waited a grace longer.
    Inviter,
    /// Everybody else has waited twice that grace.
    Presume,
    /// Nobody has told the fate of this send.
    Fate(Token),
    /// A refused time-out, by its place, is sent again.
    Retry(usize),
}

pub(super) fn twice(grace: Millis) -> Millis {
    Millis::from_millis(grace.as_millis().saturating_mul(2))
}

impl Record {
    pub(super) fn presume(&mut self, kind: Kind, about: Vec<UserId>, at: Timestamp) {
        let data = self.data();
        self.said.push(Said {
            kind,
            about,
            data,
            stamp: None,
            by: By::Presumption,
            fate: Fate::Stands,
            heard: at,
            attempt: 0,
            is_retried: false,
        });
    }

    /// What it waits for first.
    pub(super) fn next_due(&self, config: &Config) -> Option<(Timestamp, Due)> {
        self.header.as_ref()?;
        let mut all: Vec<(Timestamp, Due)> = self.in_flight(config).collect();
        if let Some(deadline) = self.deadline {
            let over = deadline + twice(config.grace);
            let pending = self.pending();
            let others = pending.iter().any(|who| *who != self.me);
            if self.role() == Role::Invitee && pending.contains(&self.me) {
                all.push((deadline, Due::Own));
            }
            if self.is_sent_here() && !pending.is_empty() {
                all.push((deadline + config.grace, Due::Inviter));
            }
            if !self.is_sent_here() && (others || (self.is_incomplete() && !self.is_given_up)) {
                all.push((over, Due::Presume));
            }
        }
        for (n, said) in self.said.iter().enumerate() {
            if let Fate::Refused { at } = said.fate
                && said.by == By::Timer
                && said.attempt <= 3
                && !said.is_retried
                && !self.to_retry(said).is_empty()
            {
                let seconds = 1_u32 << said.attempt.saturating_sub(1);
                all.push((at + Millis::from_secs(seconds), Due::Retry(n)));
            }
        }
        let over = self.deadline.map(|deadline| deadline + config.grace + twice(config.grace));
        if let (Some(ended), Some(over)) = (self.ended_at, over) {
            all.retain(|(at, _)| *at <= over.max(ended + config.tombstone_life)); // by then it is forgotten (`R5`)
        }
        if self.is_dismissed {
            all.retain(|(_, due)| matches!(due, Due::Fate(_)));
        }
        all.into_iter().min()
    }

    fn fates(&self) -> impl Iterator<Item = Fate> {
        let fates = self.said.iter().map(|said| said.fate).chain(self.edits.iter().map(|edit| edit.fate));
        fates.chain(self.header.iter().map(|header| header.fate))
    }

    /// The sends whose fate is open, and when that is given up as far as it is known.
    fn in_flight(&self, config: &Config) -> impl Iterator<Item = (Timestamp, Due)> {
        self.fates().filter_map(|fate| match fate {
            Fate::InFlight { token: Some(token), since, deadline: Some(deadline), .. } => {
                let until = (deadline + twice(config.grace)).max(since + config.grace);
                Some((until, Due::Fate(token)))
            }
            Fate::InFlight { .. } | Fate::Stands | Fate::Refused { .. } => None,
        })
    }

    /// The sends whose fate is open and was awaited without an end.
    pub(super) fn awaited_without_end(&self) -> impl Iterator<Item = Token> {
        self.fates().filter_map(|fate| match fate {
            Fate::InFlight { token, is_endless: true, .. } => token,
            Fate::InFlight { .. } | Fate::Stands | Fate::Refused { .. } => None,
        })
    }

    /// Those of whom nothing better is known.
    fn to_retry(&self, said: &Said) -> Vec<UserId> {
        let is_silent = |who: &&UserId| self.strongest(who).is_some_and(|(_, said)| said.kind == Kind::Silence);
        said.about.iter().filter(is_silent).cloned().collect()
    }

    pub(super) fn fire(&mut self, due: Due, call: &mut Call<'_>) {
        match due {
            Due::Own => self.time_out(Kind::OwnTimeout, [self.me.clone()].into(), call),
            Due::Inviter => self.time_out(Kind::InviterTimeout, self.pending(), call),
            Due::Presume => {
                let others: Vec<UserId> = self.pending().into_iter().filter(|who| *who != self.me).collect();
                self.is_given_up = true;
                if !others.is_empty() {
                    self.presume(Kind::Silence, others, call.now);
                }
            }
            Due::Fate(token) => self.settle(token, None),
            Due::Retry(n) => {
                let Some(refused) = self.said.get_mut(n) else { return };
                refused.is_retried = true;
                let refused = refused.clone();
                let about = self.to_retry(&refused);
                self.send_time_out(refused.kind, about, refused.attempt + 1, call);
            }
        }
        self.conclude(call, None);
    }

    fn time_out(&mut self, kind: Kind, about: Vec<UserId>, call: &mut Call<'_>) {
        self.send_time_out(kind, about, 1, call);
    }

    fn send_time_out(&mut self, kind: Kind, about: Vec<UserId>, attempt: u32, call: &mut Call<'_>) {
        let data = self.data();
        let (_, fate) = call.send(self, kind.action(), &about, &data);
        let heard = call.now;
        let by = By::Timer;
        self.said.push(Said { kind, about, data, stamp: None, by, fate, heard, attempt, is_retried: false });
    }
}
