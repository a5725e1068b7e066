//! What the user does on this device (`O1`): what was done is taken from the reply.

use alloc::vec::Vec;

use super::call::Call;
use super::said::{By, Edited, Fate, Header, Kind, Record, Said, newest};
use super::{Reference, Word};
use crate::{Data, Input, InvitationKey, Invite, InviteId, Outcome, Output, Pushed, Reply, Stamp, Timestamp, UserId};

impl Reference {
    pub(super) fn operate(&mut self, input: &Input, reply: &Reply, word: &dyn Word, call: &mut Call<'_>) {
        match (input, reply) {
            (Input::Invite(invite), Reply::Invite(Ok(named))) => self.invite(invite, named.invite_id(), word, call),
            (Input::AddInvited(pushed), Reply::AddInvited(Ok(()))) => self.add_invited(pushed, word, call),
            (Input::Cancel(_, data), Reply::Cancel(Ok(()))) => self.say(Kind::Cancel, data, word, call),
            (Input::Accept(_, data), Reply::Answer(Ok(()))) => self.say(Kind::Accept, data, word, call),
            (Input::Reject(_, data), Reply::Answer(Ok(()))) => self.say(Kind::Reject, data, word, call),
            (Input::Modify(_, data), Reply::Modify(Ok(()))) => self.modify(data, word, call),
            _ => {}
        }
    }

    fn invite(&mut self, invite: &Invite, id: &InviteId, word: &dyn Word, call: &mut Call<'_>) {
        let key = InvitationKey::new(&self.me, id, invite.conversation.clone());
        let mut record = Record::new(&self.me, &key);
        record.deadline = word.deadline(&key);
        let (token, fate) = call.send(&record, 1, &invite.invitees, &invite.data);
        record.header = Some(Header {
            is_sent_here: true,
            is_complete: true,
            invitees: invite.invitees.clone(),
            timeout_s: invite.timeout_s,
            data: invite.data.clone(),
            written: None,
            stamp: None,
            fate,
            token,
        });
        record.told_data.push((Some(invite.data.clone()), None));
        self.records.insert(key, record);
    }

    fn add_invited(&mut self, pushed: &Pushed, word: &dyn Word, call: &mut Call<'_>) {
        let me = self.me.clone();
        let record = self.records.entry(pushed.key.clone()).or_insert_with(|| Record::new(&me, &pushed.key));
        if record.is_dismissed {
            record.forget();
        }
        record.header = Some(Header {
            is_sent_here: false,
            is_complete: false,
            invitees: [me].into(),
            timeout_s: pushed.timeout_s,
            data: pushed.data.clone(),
            written: None,
            stamp: None,
            fate: Fate::Stands,
            token: None,
        });
        record.told_data.push((Some(pushed.data.clone()), None));
        record.deadline = word.deadline(&pushed.key);
        record.folded_from = Some(0);
        record.conclude(call, None);
    }

    /// The invitation that the last send of this call was about.
    fn operated(&mut self, word: &dyn Word) -> Option<&mut Record> {
        let key = |output: &Output| match output {
            Output::Transmit(transmit) => Some(transmit.invitation.clone()),
            Output::Edit(edit) => Some(edit.invitation.clone()),
            Output::Callback(_) => None,
        };
        let key: InvitationKey = word.outputs().iter().rev().find_map(key)?;
        self.records.get_mut(&key)
    }

    fn say(&mut self, kind: Kind, data: &Data, word: &dyn Word, call: &mut Call<'_>) {
        let Some(record) = self.operated(word) else { return };
        let about = if kind == Kind::Cancel { record.pending() } else { [record.me.clone()].into() };
        let (token, fate) = call.send(record, kind.action(), &about, data);
        record.tell_by_operation(&about, kind.outcome(), token);
        record.may_repeat |= kind != Kind::Cancel && fate == Fate::Stands; // nobody is going to tell when it was sent
        let (data, by, heard) = (data.clone(), By::Operation, call.now);
        record.said.push(Said { kind, about, data, stamp: None, by, fate, heard, attempt: 0, is_retried: false });
        record.conclude(call, None);
    }

    fn modify(&mut self, data: &Data, word: &dyn Word, call: &mut Call<'_>) {
        let Some(record) = self.operated(word) else { return };
        let invitees = record.invitees().to_vec();
        let (token, fate) = call.send(record, 1, &invitees, data);
        record.told_data.push((Some(data.clone()), token));
        record.edits.push(Edited { data: data.clone(), stamp: None, by: By::Operation, fate, heard: call.now });
        record.conclude(call, None);
    }
}

impl Record {
    /// A word counts of whom it is about, if they are invited (`R4`); before the list is known, it is kept.
    pub(super) fn hear_word(&mut self, said: Said) {
        let is_known = self.header.is_some() && !self.is_incomplete();
        let is_about_invited = said.about.iter().any(|who| self.invitees().contains(who));
        let is_endless = self.header.as_ref().is_some_and(|header| header.timeout_s == 0);
        if (!is_known || is_about_invited) && !(self.is_complete() && is_endless && said.kind.is_timeout()) {
            self.prove(&said.by, said.kind);
            self.said.push(said);
        }
    }

    /// After the end it is stale (`R8`).
    pub(super) fn hear_edit(&mut self, edit: Edited) {
        let is_open = !self.has_ended && !self.is_over();
        if let Some(header) = self.header.as_mut().filter(|_| is_open) {
            header.fate = Fate::Stands; // another of one's devices has seen it (`O7`)
        }
        if self.is_copy(&edit) {
            return;
        }
        let is_echo = is_open && edit.by == By::Message(self.me.clone()) && self.see_edit(&edit);
        let (data, stamp) = self.written();
        let is_same = edit.data == data && (edit.stamp.is_none() || edit.stamp.as_ref() == stamp);
        let is_known = is_same && self.is_complete(); // the message of a push may say otherwise
        let is_overtaken = edit.stamp.is_some() && edit.stamp.as_ref() < stamp;
        if is_same && is_open {
            self.see_made(&edit.data, &edit.by);
        }
        if is_echo || is_known || self.is_dismissed || (is_open && !is_overtaken && self.note_stamp(&edit)) {
            return;
        }
        let waits = self.header.as_ref().is_some_and(|header| !header.is_complete);
        if is_open && !is_overtaken {
            self.edits.push(edit);
        } else if waits && !self.is_kept(&edit) {
            self.late_edits.push(edit);
        }
    }

    /// It waits already, and neither longer nor behind the others for being said again, unless it comes last by that.
    fn is_kept(&self, edit: &Edited) -> bool {
        let kept = || self.edits.iter().chain(&self.late_edits);
        let (data, stamp) = newest((&edit.data, None), kept());
        let comes_last = *data != edit.data && (edit.stamp.is_none() || edit.stamp.as_ref() >= stamp);
        !comes_last && kept().any(|known| known.is_copy_of(edit))
    }

    /// One edit has one stamp; but there are services that give all of them that of the invite (`R8`).
    fn is_copy(&self, edit: &Edited) -> bool {
        let invite = self.header.as_ref().and_then(|header| header.stamp.as_ref());
        let is_of_edit = invite.is_some() && edit.stamp.is_some() && edit.stamp.as_ref() != invite;
        is_of_edit && edit.stamp.as_ref() == self.written().1
    }

    /// While this device writes something, the copy of what it is written over tells the stamp of that, and nothing else. Whether it is
    /// such a one.
    fn note_stamp(&mut self, copy: &Edited) -> bool {
        let is_first = self.header.as_ref().is_some_and(|header| header.data == copy.data);
        let is_another = self.written().0 != copy.data || self.written().1.is_some();
        if is_first || is_another || !self.edits.iter().any(|edit| edit.fate.is_in_flight()) {
            return false;
        }
        let is_it = |edit: &&mut Edited| edit.fate == Fate::Stands && edit.data == copy.data;
        let known = self.edits.iter_mut().rfind(is_it);
        known.map(|known| known.stamp.clone_from(&copy.stamp)).is_some()
    }

    /// What says the same as an edit of unknown fate shows that it was made.
    fn see_made(&mut self, data: &Data, by: &By) {
        let same = self.edits.iter_mut().filter(|edit| edit.fate == Fate::Stands && edit.data == *data);
        same.for_each(|edit| edit.by.clone_from(by));
    }

    pub(super) fn hear_invite(&mut self, mut header: Header, by: By, is_history: bool, heard: Timestamp) {
        let Some(known) = &mut self.header else {
            self.said.retain(|said| header.timeout_s > 0 || !said.kind.is_timeout());
            self.header = Some(header);
            self.is_new = true;
            return;
        };
        if !known.is_complete {
            if !header.invitees.contains(&self.me) {
                return; // a push is for this user: so what does not invite them is another list (`R5`)
            }
            if header.timeout_s == 0 {
                self.deadline = None;
                // Nobody can run out of time, and who was not known yet never has; what was told by the word of the push stands.
                let is_told = self.told.iter().rfind(|told| told.who == self.me).map(|told| told.outcome);
                let stands = known.timeout_s > 0 && (self.has_ended || is_told == Some(Outcome::TimedOut));
                for said in self.said.iter_mut().filter(|said| said.kind.is_timeout()) {
                    said.about.retain(|who| *who == self.me && stands);
                }
                self.said.retain(|said| !said.about.is_empty());
            }
            let was_left_open = known.timeout_s == 0;
            let is_edited = is_history && !(self.edits.is_empty() && self.late_edits.is_empty());
            let newest = header.data.clone();
            if is_edited {
                header.data.clone_from(&known.data);
            }
            *known = header;
            self.say_now_what_waited(was_left_open);
            if self.has_ended {
                self.presume_unnamed(heard);
                self.ended_at = Some(heard);
            }
            self.is_completed = true;
            self.edits.append(&mut self.late_edits);
            let data = self.data();
            self.told_data.push((Some(data), None)); // it completes without a callback (`O1`)
            if is_edited {
                self.read_as_it_stands(newest, None, true, by, heard);
            }
            return;
        }
        // The vendor's module edits the message to list those who are still pending.
        let is_edited = is_history && header.stamp.is_some() && header.stamp == known.stamp;
        let is_known_list = header.invitees.iter().all(|who| known.invitees.contains(who));
        let is_other_list = known.invitees != header.invitees && !(is_edited && is_known_list);
        if is_other_list || known.timeout_s != header.timeout_s {
            return;
        }
        known.fate = Fate::Stands;
        known.stamp = known.stamp.take().or_else(|| header.stamp.clone());
        let is_its_own = header.stamp.is_none() || known.stamp == header.stamp;
        if is_history {
            self.read_as_it_stands(header.data, header.stamp, is_its_own, by, heard);
        }
    }

    /// In the history an invite stands with its newest data (`R5`); but its own words undo no edit.
    fn read_as_it_stands(&mut self, data: Data, stamp: Option<Stamp>, is_its_own: bool, by: By, heard: Timestamp) {
        let is_first = self.header.as_ref().is_some_and(|header| header.data == data);
        let is_known = |edit: &Edited| edit.stamp.is_some() || edit.by != By::Operation;
        let is_made = |edit: &Edited| edit.fate == Fate::Stands && edit.data != data && is_known(edit);
        let is_undoing = is_its_own && is_first && self.edits.iter().any(is_made);
        let is_as_it_was = self.written().0 == data;
        let is_writing_it = self.edits.iter().any(|edit| edit.fate.is_in_flight() && edit.data == data);
        let is_news = self.data() != data || (is_writing_it && !is_as_it_was);
        if is_news && !is_undoing {
            let stamp = stamp.filter(|_| !is_its_own);
            self.hear_edit(Edited { data, stamp, by, fate: Fate::Stands, heard });
        } else if !is_news {
            self.see_made(&data, &by);
        }
    }

    /// What was said of whom the push did not name comes with the message; and of a time-out that the push left open.
    fn say_now_what_waited(&mut self, was_left_open: bool) {
        let mut now = Vec::new();
        for said in &mut self.said {
            let has_counted = |who: &UserId| *who == self.me && !(was_left_open && said.kind.is_timeout());
            let (counted, waited) = said.about.drain(..).partition(has_counted);
            now.push(Said { about: waited, ..said.clone() });
            said.about = counted;
        }
        self.folded_from = self.folded_from.or(Some(self.said.len()));
        self.said.extend(now.into_iter().filter(|said| !said.about.is_empty()));
    }

    /// It has ended without its message: whom the push did not name counts as one who did not answer, until it is known better.
    fn presume_unnamed(&mut self, at: Timestamp) {
        let others: Vec<UserId> = self.invitees().iter().filter(|who| **who != self.me).cloned().collect();
        for who in &others {
            self.note_told(who, Outcome::TimedOut, None);
        }
        if !others.is_empty() {
            self.presume(Kind::Silence, others, at);
        }
    }

    /// An answer to one's invite is its ack (`O7`), and so is what another of one's devices says of it.
    fn prove(&mut self, by: &By, kind: Kind) {
        let is_of_the_seen = matches!(kind, Kind::Accept | Kind::Reject | Kind::OwnTimeout | Kind::Cancel);
        if let (By::Message(_), true, Some(header)) = (by, is_of_the_seen, &mut self.header) {
            header.fate = Fate::Stands;
        }
    }
}
