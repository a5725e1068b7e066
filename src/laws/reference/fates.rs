//! What becomes of sends (`O7`).

use alloc::vec::Vec;

use super::Reference;
use super::call::Call;
use super::said::{By, Edited, Fate, Kind, Record};
use crate::{Operation, SendResult, Stamp, Timestamp, Token, UserId};

impl Reference {
    pub(super) fn settle(&mut self, token: Token, result: &SendResult, call: &mut Call<'_>) {
        let Some(record) = self.records.values_mut().find(|record| record.has_open(token)) else { return };
        match result {
            SendResult::Sent(stamp) => record.settle(token, Some(stamp)),
            SendResult::Unknown => record.settle(token, None),
            SendResult::Refused { code } => {
                let is_gone = record.refuse(token, *code, call);
                if is_gone {
                    let key = record.key.clone();
                    self.records.remove(&key);
                    return;
                }
            }
        }
        record.conclude(call, None);
    }
}

impl Record {
    fn has_open(&self, token: Token) -> bool {
        self.header.as_ref().is_some_and(|header| header.token == Some(token))
            || self.said.iter().any(|said| said.fate.is_of(token))
            || self.edits.iter().any(|edit| edit.fate.is_of(token))
    }

    /// The message of a push has told another deadline: by that nothing is awaited for longer than it would be of any other. If there is
    /// none, nobody here knows for how long.
    pub(super) fn await_no_longer(&mut self) {
        let said = self.said.iter_mut().map(|said| &mut said.fate);
        for fate in said.chain(self.edits.iter_mut().map(|edit| &mut edit.fate)) {
            if let Fate::InFlight { deadline: until, is_endless, .. } = fate {
                *is_endless |= self.deadline.is_none();
                *until = self.deadline.map(|deadline| until.map_or(deadline, |until| until.min(deadline)));
            }
        }
    }

    /// It was sent, for all that is known.
    pub(super) fn settle(&mut self, token: Token, stamp: Option<&Stamp>) {
        if let Some(header) = self.header.as_mut().filter(|header| header.token == Some(token)) {
            header.fate = Fate::Stands;
            header.stamp = header.stamp.take().or_else(|| stamp.cloned());
        }
        for said in self.said.iter_mut().filter(|said| said.fate.is_of(token)) {
            said.fate = Fate::Stands;
            said.stamp = stamp.cloned();
            // Which of the equal answers is one's own nobody can tell then.
            self.may_repeat |= stamp.is_none() && said.by == By::Operation && said.kind != Kind::Cancel;
        }
        self.settle_edit(|edit| edit.fate.is_of(token), stamp);
    }

    /// One's own edit is made, and has its place by its stamp among what was written meanwhile, of which what has no stamp is as new
    /// as the newest before it.
    fn settle_edit(&mut self, is_it: impl Fn(&Edited) -> bool, stamp: Option<&Stamp>) -> bool {
        let Some(at) = self.edits.iter().position(is_it) else { return false };
        let mine = Edited { fate: Fate::Stands, stamp: stamp.cloned(), ..self.edits.remove(at) };
        let mut newest = None;
        for (n, edit) in self.edits.iter_mut().enumerate() {
            newest = newest.max(edit.stamp.clone());
            if n >= at && edit.stamp.is_none() {
                edit.stamp.clone_from(&newest);
            }
        }
        let mut since = self.edits.split_off(at);
        since.push(mine);
        since.sort_by_key(|edit| edit.stamp.clone());
        self.edits.extend(since);
        true
    }

    /// One's own edit is seen (`O7`), if that is not older than what is known; without a stamp it has come now (`R8`). Gives whether
    /// there was one.
    pub(super) fn see_edit(&mut self, seen: &Edited) -> bool {
        if seen.stamp.is_some() && seen.stamp.as_ref() < self.written().1 {
            return false; // the same data that somebody has written before
        }
        let is_mine = |mine: &Edited| mine.fate.is_in_flight() && mine.data == seen.data;
        if seen.stamp.is_some() {
            return self.settle_edit(is_mine, seen.stamp.as_ref());
        }
        let Some(at) = self.edits.iter().position(is_mine) else { return false };
        let mine = self.edits.remove(at);
        let by = seen.by.clone();
        self.edits.push(Edited { fate: Fate::Stands, by, ..mine });
        true
    }

    /// It was not sent. Gives whether nothing is left of the invitation.
    fn refuse(&mut self, token: Token, code: i32, call: &mut Call<'_>) -> bool {
        if self.header.as_ref().is_some_and(|header| header.fate.is_of(token)) {
            self.tell_failure(call, Operation::Invite, code);
            return true;
        }
        self.refuse_edit(token, code, call);
        self.refuse_word(token, code, call.now, call);
        false
    }

    fn refuse_edit(&mut self, token: Token, code: i32, call: &mut Call<'_>) {
        let Some(at) = self.edits.iter().position(|edit| edit.fate.is_of(token)) else { return };
        let edit = self.edits.remove(at);
        self.told_data.retain(|(_, by)| *by != Some(token));
        let (data, stamp) = self.written();
        let is_last = |edit: &Edited| edit.data == data && (edit.stamp.is_none() || edit.stamp.as_ref() >= stamp);
        if self.edits.iter().skip(at).any(is_last) {
            self.told_data.push((None, None)); // whatever another has written meanwhile is news
        }
        self.edits.push(Edited { fate: Fate::Refused { at: call.now }, ..edit });
        self.tell_failure(call, Operation::Modify, code);
    }

    fn refuse_word(&mut self, token: Token, code: i32, now: Timestamp, call: &mut Call<'_>) {
        let Some(at) = self.said.iter().position(|said| said.fate.is_of(token)) else { return };
        // What another's stronger word has replaced is no longer the operation's to undo.
        let decides = |who: &UserId| self.strongest(who).is_some_and(|(strongest, _)| strongest == at);
        let undone: Vec<UserId> = self.invitees().iter().filter(|who| decides(who)).cloned().collect();
        let Some(said) = self.said.get_mut(at) else { return };
        said.fate = Fate::Refused { at: now };
        let said = said.clone();
        if said.by == By::Timer {
            self.presume(Kind::Silence, said.about, now);
            return;
        }
        self.may_repeat &= said.kind == Kind::Cancel; // the next answer is another one
        for told in self.told.iter_mut().filter(|told| undone.contains(&told.who)) {
            told.is_undone |= told.by_operation == Some(token);
        }
        let operation = match said.kind {
            Kind::Accept => Operation::Accept,
            Kind::Reject => Operation::Reject,
            Kind::Cancel | Kind::InviterTimeout | Kind::OwnTimeout | Kind::Left | Kind::Silence => Operation::Cancel,
        };
        self.tell_failure(call, operation, code);
    }
}
