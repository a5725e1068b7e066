//! What a message makes of what is known: live, as an edit, or in a batch (`R4` to `R8`, `A2`, `W9`).

use alloc::string::String;
use alloc::vec::Vec;

use super::call::Call;
use super::heard::{Heard, hear};
use super::said::{By, Edited, Fate, Header, Record, Said};
use super::{Reference, Word};
use crate::{Disposition, History, Inbound, InvitationKey, Malformed, Refusal, Stamp, UserId};

/// How a message came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Listen {
    Live,
    Edit,
    History,
}

impl Reference {
    /// In the order of stamps; then each invitation tells what is news (`A2`).
    pub(super) fn fold(
        &mut self,
        history: &History,
        messages: &[Inbound],
        dispositions: &[Disposition],
        word: &dyn Word,
        call: &mut Call<'_>,
    ) {
        let mut batch: Vec<(&Inbound, Disposition)> = messages.iter().zip(dispositions.iter().copied()).collect();
        batch.sort_by_key(|(message, _)| reading_order(message));
        let mut touched: Vec<InvitationKey> = Vec::new();
        for (read, (message, disposition)) in batch.into_iter().enumerate() {
            self.doubt(message, read, word);
            let key = self.hear(message, disposition, Listen::History, word);
            self.learn(message, disposition);
            touched.extend(key.filter(|key| !touched.contains(key)));
        }
        for (key, record) in &mut self.records {
            // Without a timeout it made room silently (`T4`).
            let is_open = !record.is_dismissed && !record.pending().is_empty();
            record.is_unclear |= (record.is_new || record.is_completed || is_open) && !word.remembers(key);
            // Before it could send its time-out again (`O7`).
            let is_to_try = record.has_ended && record.next_due(&self.config).is_some();
            record.is_unclear |= is_to_try && !word.remembers_after(messages.len(), key);
        }
        for key in touched {
            self.conclude(Some(&key), call, Some(history));
        }
    }

    /// What made room for others in a batch (`W9`) may come again in it, and nobody can tell what it took along.
    fn doubt(&mut self, message: &Inbound, read: usize, word: &dyn Word) {
        let key = hear(&self.me, message, false).map(|(key, _)| key);
        let known = key.as_ref().and_then(|key| self.records.get_mut(key));
        if let Some(known) = known.filter(|known| known.header.is_some() && !known.is_dismissed) {
            known.is_unclear |= !word.remembers_after(read, &known.key);
        }
    }

    /// Takes in a message; gives the invitation that it is about.
    pub(super) fn hear(
        &mut self,
        message: &Inbound,
        disposition: Disposition,
        how: Listen,
        word: &dyn Word,
    ) -> Option<InvitationKey> {
        let (key, heard) = hear(&self.me, message, how == Listen::Edit).filter(|_| !is_turned_away(disposition))?;
        let is_buffered = disposition == Disposition::Buffered;
        let record = self.records.entry(key.clone()).or_insert_with(|| Record::new(&self.me, &key));
        let is_new_after_dismissal = is_buffered || (word.remembers(&key) && disposition == Disposition::Applied);
        // What is kept for it shows that it is forgotten, whatever was not certain of it.
        let is_forgotten_after_all = record.is_unclear && is_buffered && !word.remembers(&key);
        if (record.is_dismissed && is_new_after_dismissal) || is_forgotten_after_all {
            record.forget();
        }
        let is_early = record.header.is_none();
        if how == Listen::History && !is_early && !record.is_new && record.folded_from.is_none() {
            record.folded_from = Some(record.said.len());
        }
        if is_early && !is_buffered && !matches!(heard, Heard::Invite { .. }) {
            return None;
        }
        if !is_early && !record.is_complete() && disposition == Disposition::Duplicate {
            return Some(key); // what waits for the message of a push waits no longer for being said again
        }
        let by = By::Message(message.sender.clone());
        let (stamp, heard_at) = (message.stamp.clone(), self.now);
        match heard {
            Heard::Word { kind, mut about, data } => {
                // Of those whom a push does not name it is kept; or not, if there was no room.
                let is_named = |who: &UserId| record.invitees().contains(who);
                if record.is_incomplete() && !is_buffered && !about.iter().all(is_named) && !word.waits(&key, message) {
                    about.retain(is_named);
                    record.is_unclear |= how == Listen::History;
                }
                let fate = Fate::Stands;
                let heard = heard_at;
                let said = Said { kind, about, data, stamp, by, fate, heard, attempt: 0, is_retried: false };
                if record.counts(&said) || is_early || is_buffered {
                    record.hear_word(said);
                }
            }
            Heard::Edit { data } => record.hear_edit(Edited { data, stamp, by, fate: Fate::Stands, heard: heard_at }),
            Heard::Invite { invitees, timeout_s, data } => {
                if is_early && disposition != Disposition::Applied {
                    return None;
                }
                let header = Header {
                    is_sent_here: false,
                    is_complete: true,
                    invitees,
                    timeout_s,
                    data,
                    written: None,
                    stamp,
                    fate: Fate::Stands,
                    token: None,
                };
                record.hear_invite(header, by, how == Listen::History, heard_at);
                record.take_deadline(word);
                if record.is_completed {
                    record.await_no_longer();
                }
                let life = self.config.tombstone_life;
                let is_ancient = message.stamp.as_ref().is_some_and(|stamp| self.clock.is_ancient(stamp.time, life));
                record.is_ancient = how == Listen::History && is_ancient;
                if record.is_new {
                    record.presume_at_arrival(self.now, &self.config);
                }
            }
        }
        Some(key)
    }
}

/// In which order a batch is read: by stamps, and what has the same one in that of the text; what has none comes last, as it stands.
pub(in crate::laws) fn reading_order(message: &Inbound) -> (bool, Option<(Stamp, String)>) {
    (message.stamp.is_none(), message.stamp.clone().map(|stamp| (stamp, message.payload.clone())))
}

/// Nothing of it was taken in: for want of room, or of patience.
fn is_turned_away(disposition: Disposition) -> bool {
    matches!(
        disposition,
        Disposition::Backlog
            | Disposition::Refused(Refusal::Limit(_))
            | Disposition::Malformed(Malformed::TooLong | Malformed::TooDeep)
    )
}
