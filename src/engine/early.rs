//! Facts that came before their invitation (`R6`): kept for a while, bounded for each sender and overall, judged when the
//! invite comes.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::room::Standing;
use crate::config::Limits;
use crate::error::Limit;
use crate::id::{Data, UserId};
use crate::message::Stamp;
use crate::name::{AsKey, InvitationKey, KeyRef};
use crate::protocol::authority::Said;
use crate::time::Timestamp;

/// What somebody said about an invitation that is not known yet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct EarlyFact {
    pub(crate) said: Said,
    pub(crate) sender: UserId,
    pub(crate) listed: Vec<UserId>,
    pub(crate) data: Data,
    pub(crate) stamp: Option<Stamp>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct EarlyFacts {
    buckets: BTreeMap<InvitationKey, Bucket>,
    expiries: BTreeSet<(Timestamp, InvitationKey)>,
    next: Option<Timestamp>,
    count: u32,
    senders: BTreeMap<UserId, u32>,
}

/// What is kept for one invitation. It expires as a whole, counted from the last fact on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Bucket {
    pub(crate) expires: Timestamp,
    pub(crate) facts: Vec<EarlyFact>,
}

impl EarlyFacts {
    /// Whether such a fact is kept for an invitation.
    pub(crate) fn has(&self, key: KeyRef<'_>, is_it: impl Fn(&EarlyFact) -> bool) -> bool {
        self.buckets.get(key.as_dyn()).is_some_and(|bucket| bucket.facts.iter().any(is_it))
    }

    /// Hears an edit again that is kept. If others have overtaken it, and it has come last by that, it is kept as the last one (`R8`).
    /// Says whether it is.
    pub(crate) fn renew(&mut self, key: KeyRef<'_>, is_it: impl Fn(&EarlyFact) -> bool, expires: Timestamp) -> bool {
        let Some(bucket) = self.buckets.get_mut(key.as_dyn()) else { return false };
        let Some(at) = bucket.facts.iter().position(is_it) else { return false };
        let (mut data, mut stamp) = (None, None);
        for edit in bucket.facts.iter().filter(|fact| fact.said == Said::Edit) {
            if edit.stamp.is_none() || edit.stamp.as_ref() >= stamp {
                (data, stamp) = (Some(&edit.data), edit.stamp.as_ref().or(stamp));
            }
        }
        let is_overtaken = bucket
            .facts
            .get(at)
            .is_some_and(|edit| data != Some(&edit.data) && (edit.stamp.is_none() || edit.stamp.as_ref() >= stamp));
        if is_overtaken {
            let edit = bucket.facts.remove(at);
            bucket.facts.push(edit);
            self.extend(key.into(), expires);
        }
        is_overtaken
    }

    /// Keeps a fact that is new, of a sender who stands so.
    pub(crate) fn keep(
        &mut self,
        key: KeyRef<'_>,
        fact: EarlyFact,
        expires: Timestamp,
        standing: Standing,
        limits: &Limits,
    ) -> Result<(), Limit> {
        let of_sender = self.senders.get(&fact.sender).copied().unwrap_or(0);
        let left = standing.left(limits.early, self.count);
        if left == 0 || of_sender >= limits.early_per_sender || of_sender > left {
            return Err(Limit::Early);
        }
        self.insert(key.into(), fact, expires);
        Ok(())
    }

    fn insert(&mut self, key: InvitationKey, fact: EarlyFact, expires: Timestamp) {
        self.count = self.count.saturating_add(1);
        let of_sender = self.senders.entry(fact.sender.clone()).or_default();
        *of_sender = of_sender.saturating_add(1);
        let bucket = self.buckets.entry(key.clone()).or_insert_with(|| Bucket { expires, facts: Vec::new() });
        bucket.facts.push(fact);
        self.extend(key, expires);
    }

    /// What is kept for an invitation expires no earlier than this.
    fn extend(&mut self, key: InvitationKey, expires: Timestamp) {
        let Some(bucket) = self.buckets.get_mut(&key) else { return };
        self.expiries.remove(&(bucket.expires, key.clone()));
        bucket.expires = bucket.expires.max(expires);
        self.expiries.insert((bucket.expires, key));
        self.next = self.expiries.first().map(|(at, _)| *at);
    }

    /// What is kept for an invitation, which stays.
    pub(crate) fn of(&self, key: &dyn AsKey) -> Vec<EarlyFact> {
        self.buckets.get(key).map_or_else(Vec::new, |bucket| bucket.facts.clone())
    }

    /// Takes out what was kept for an invitation.
    pub(crate) fn take(&mut self, key: &dyn AsKey) -> Vec<EarlyFact> {
        if self.count == 0 {
            return Vec::new();
        }
        let Some((key, bucket)) = self.buckets.remove_entry(key) else {
            return Vec::new();
        };
        self.expiries.remove(&(bucket.expires, key));
        self.next = self.expiries.first().map(|(at, _)| *at);
        for fact in &bucket.facts {
            self.count = self.count.saturating_sub(1);
            if let Some(count) = self.senders.get_mut(&fact.sender) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    self.senders.remove(&fact.sender);
                }
            }
        }
        if self.count == 0 {
            *self = Self::default(); // a map that was emptied keeps a node
        }
        bucket.facts
    }

    /// The next moment at which something kept expires. O(1).
    pub(crate) fn next_expiry(&self) -> Option<Timestamp> {
        self.next
    }

    /// Forgets what has expired by `now`.
    pub(crate) fn expire(&mut self, now: Timestamp) {
        while self.next.is_some_and(|at| at <= now) {
            let Some((_, key)) = self.expiries.first().cloned() else {
                return;
            };
            self.take(&key);
        }
    }

    pub(crate) fn count(&self) -> u32 {
        self.count
    }

    /// Whether there are more than may be: of an untrusted snapshot.
    pub(crate) fn is_overfull(&self, limits: &Limits) -> bool {
        self.count > limits.early || self.senders.values().any(|count| *count > limits.early_per_sender)
    }

    pub(crate) fn buckets(&self) -> impl Iterator<Item = (&InvitationKey, &Bucket)> {
        self.buckets.iter()
    }

    pub(crate) fn restore(buckets: impl IntoIterator<Item = (InvitationKey, Bucket)>) -> Self {
        let mut early = Self::default();
        for (key, bucket) in buckets {
            for fact in bucket.facts {
                early.insert(key.clone(), fact, bucket.expires);
            }
        }
        early
    }
}
