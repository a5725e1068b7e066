//! What must hold at the end.

use std::collections::BTreeMap;

use convoke::{Engine, History, InvitationKey, Outcome, UserId, Wake};

use super::super::{at, outcomes};
use super::{Host, Net, hear};

const TWICE_THE_GRACE: i64 = 10_000;

impl Net {
    /// All hold the same of every invitee, and their apps were told so (`C6`, `C7`).
    pub(crate) fn check_agreement(&self) {
        for id in &self.ids {
            let holders: Vec<&Host> = self.hosts.iter().filter(|host| !host.outcomes(id).is_empty()).collect();
            let Some(first) = holders.first() else { continue };
            assert_eq!(holders.len(), self.hosts.len(), "all have seen it, or the service refused it");
            let others: BTreeMap<UserId, Outcome> = first.outcomes(id).into_iter().collect();
            for host in &holders {
                let outcomes = host.outcomes(id);
                host.app.check(id, &outcomes);
                let mine: BTreeMap<UserId, Outcome> = outcomes.into_iter().collect();
                assert!(mine.keys().eq(others.keys()), "{mine:?} with {}, {others:?} with {}", host.user, first.user);
                for (user, mine) in mine {
                    let other = others[&user];
                    let is_presumed = |outcome| matches!(outcome, Outcome::TimedOut | Outcome::Left);
                    let agrees = mine == other || (is_presumed(mine) && is_presumed(other));
                    assert!(agrees, "{user}: {mine:?} with {}, {other:?} with {}", host.user, first.user);
                }
            }
        }
    }

    /// Every message once more, to everybody: nothing changes, and nobody is told anything (`R5`).
    pub(crate) fn check_duplicates(&self) {
        for (host, device) in self.hosts.iter().enumerate() {
            let mut device = device.device.clone();
            let now = at(self.now + self.hosts[host].skew);
            device.engine.tick(now);
            let before = device.clone();
            for n in 0..self.mail.len() {
                if let Some(message) = self.addressed(n, host) {
                    let _ = hear(&mut device.engine, now, &message, self.mail[n].is_edit);
                    device.drain();
                    assert!(device == before, "{} heard again with {}", message.payload, self.hosts[host].user);
                }
            }
        }
    }

    /// What was not delivered by now is lost. Each device is left alone with its clock: nothing pending survives the deadline,
    /// as that device holds it, and twice the grace (`C6`); and in the end nothing at all.
    pub(crate) fn check_solitude(&mut self) {
        for host in 0..self.hosts.len() {
            let _ = self.act(host, |engine, now| engine.handle_history(now, &History::hot(), &[]));
        }
        for host in 0..self.hosts.len() {
            self.clone().check_alone(host);
        }
    }

    fn check_alone(&mut self, host: usize) {
        self.act(host, Engine::tick);
        let skew = self.hosts[host].skew;
        let open = self.hosts[host].device.engine.invitations();
        let ends =
            open.filter_map(|open| Some((open.deadline()?.as_millis() - skew + TWICE_THE_GRACE, open.key().clone())));
        let mut ends: Vec<(i64, InvitationKey)> = ends.collect();
        ends.sort();
        for (end, key) in ends {
            self.now = self.now.max(end);
            self.act(host, Engine::tick);
            let outcomes = outcomes(&self.hosts[host].device.engine, key.invite_id());
            assert!(outcomes.iter().all(|(_, outcome)| *outcome != Outcome::Pending), "{key:?}: {outcomes:?}");
        }
        self.check_oblivion(host);
    }

    fn check_oblivion(&self, host: usize) {
        let mut device = self.hosts[host].device.clone();
        for _ in 0..1_000 {
            let Wake::At(next, _) = device.engine.wake() else { break };
            device.engine.tick(next);
            device.drain();
        }
        assert_eq!(device.engine.wake(), Wake::Never);
        let stats = device.engine.stats();
        assert_eq!((stats.kept, stats.early, stats.sends_in_flight), (0, 0, 0));
    }

    /// After the end nothing is pending, nothing is in flight, and what is still done by itself is done in silence.
    pub(crate) fn check_silence(&self) {
        for (n, host) in self.hosts.iter().enumerate() {
            assert_eq!(host.device.engine.invitations().count(), 0, "open with {}", host.user);
            assert_eq!(host.device.engine.stats().sends_in_flight, 0);
            self.check_oblivion(n);
        }
    }
}
