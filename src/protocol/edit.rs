//! The data of an invitation, and which edit of it counts (`R8`).

use alloc::boxed::Box;
use core::mem;

use serde::{Deserialize, Serialize};

use crate::id::Data;
use crate::message::Stamp;

/// What an invitation says now: the invite's own words, or those of the newest edit.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Words {
    data: Data,
    /// Of most invitations there is none.
    edited: Option<Box<Edited>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Edited {
    /// The invite's own words: a copy that says them is no edit.
    first: Data,
    /// Whether any edit is known to have been made.
    is_made: bool,
    /// Of the edit that counts, but for one's own in flight. `None`: of the invite's own words, or nobody knows; any edit replaces those.
    stamp: Option<Stamp>,
    in_flight: Option<InFlight>,
}

/// One's own edit, which holds at once, though nobody knows its fate yet (`O7`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct InFlight {
    /// What counts if it was never made.
    beneath: Data,
    /// Whether an edit from elsewhere came meanwhile.
    is_overtaken: bool,
}

/// What an edit that was heard does.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Hearing {
    /// An older one.
    Stale,
    /// It says nothing new.
    Known,
    /// It counts, but changes nothing that the app can see; not yet, where one's own is in flight.
    Noted,
    /// It replaced this.
    Replaced(Data),
    /// One's own in flight was seen, so it was made.
    Own,
}

/// One's own edit counts no more.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Undone {
    /// What it said.
    pub(crate) before: Data,
    /// An edit from elsewhere counts.
    pub(crate) is_overtaken: bool,
}

impl Words {
    pub(crate) fn new(data: Data) -> Self {
        Self { data, edited: None }
    }

    pub(crate) fn data(&self) -> &Data {
        &self.data
    }

    /// What the invite said.
    pub(crate) fn first(&self) -> &Data {
        self.edited.as_ref().map_or(&self.data, |edited| &edited.first)
    }

    /// Of the edit that counts; of most there is none.
    pub(crate) fn stamp(&self) -> Option<&Stamp> {
        self.edited.as_ref().and_then(|edited| edited.stamp.as_ref())
    }

    pub(crate) fn is_in_flight(&self) -> bool {
        self.edited.as_ref().is_some_and(|edited| edited.in_flight.is_some())
    }

    /// One's own edit is on its way.
    pub(crate) fn modify(&mut self, data: Data) {
        let beneath = self.data.clone();
        self.edited().in_flight = Some(InFlight { beneath, is_overtaken: false });
        self.data = data;
    }

    /// Of edits the one with the greatest stamp wins; without stamps, or of equal ones, the last to come. Equal are those that a service
    /// gives the stamp of the invite; any other stamp is that of one edit, and what has it is a copy.
    pub(crate) fn hear(&mut self, data: &str, stamp: Option<&Stamp>, invite: Option<&Stamp>) -> Hearing {
        let known = self.stamp();
        if stamp.is_some() && stamp == known && invite.is_some() && stamp != invite {
            return Hearing::Known;
        }
        let is_as_new = stamp.is_none() || stamp >= known;
        if self.is_in_flight() && self.data == *data && is_as_new {
            // It is as new as what overtook it, or newer; without a stamp, the last to come.
            self.note_made(data);
            self.settle(stamp);
            return Hearing::Own;
        }
        if !is_as_new {
            return Hearing::Stale;
        }
        if *self.certain() == *data && (stamp.is_none() || stamp == known) {
            return if self.note_made(data) { Hearing::Noted } else { Hearing::Known };
        }
        let was_stamped = known.is_some();
        let edited = self.edited();
        edited.is_made |= edited.first != *data;
        edited.stamp = stamp.cloned().or_else(|| edited.stamp.take());
        if let Some(mine) = &mut edited.in_flight {
            // The edit that one's own was written over overtakes nothing when its copy comes, and tells its stamp.
            let is_new = was_stamped || mine.beneath != *data || edited.first == *data;
            *mine = InFlight { beneath: data.into(), is_overtaken: mine.is_overtaken || is_new };
            return Hearing::Noted;
        }
        let before = mem::replace(&mut self.data, data.into());
        if before == self.data { Hearing::Noted } else { Hearing::Replaced(before) }
    }

    /// Whether it says this, whatever becomes of one's own edit in flight.
    pub(crate) fn says(&self, data: &str) -> bool {
        self.data == *data && self.certain() == &self.data
    }

    /// Whether these are the invite's own words, and an edit has replaced them for certain.
    pub(crate) fn has_replaced(&self, data: &str) -> bool {
        self.edited.as_ref().is_some_and(|edited| edited.is_made && edited.first == *data)
    }

    /// The service took one's own edit, under this stamp where it is known; so it counts, unless a newer one is known.
    pub(crate) fn taken(&mut self, stamp: Option<&Stamp>) -> Option<Undone> {
        let is_overtaken = self.edited.as_ref()?.in_flight.as_ref()?.is_overtaken;
        if stamp.is_some() {
            let mine = self.data.clone();
            self.note_made(mine.as_str());
        }
        // Stamped before what it has replaced, it has never held elsewhere.
        if self.stamp() > stamp && (is_overtaken || stamp.is_some()) {
            return self.undo();
        }
        self.settle(stamp);
        None
    }

    /// One's own edit was never made; gives what it said, if anything else counts now.
    pub(crate) fn undo(&mut self) -> Option<Undone> {
        let InFlight { beneath, is_overtaken } = self.edited.as_mut()?.in_flight.take()?;
        let before = mem::replace(&mut self.data, beneath);
        (before != self.data).then_some(Undone { before, is_overtaken })
    }

    /// From now on there is an edit.
    fn edited(&mut self) -> &mut Edited {
        let first = || Box::new(Edited { first: self.data.clone(), is_made: false, stamp: None, in_flight: None });
        self.edited.get_or_insert_with(first)
    }

    /// This somebody has written, unless it is what the invite said. Whether that is new.
    pub(crate) fn note_made(&mut self, data: &str) -> bool {
        let edited = self.edited.as_mut().filter(|edited| !edited.is_made && edited.first != *data);
        edited.map(|edited| edited.is_made = true).is_some()
    }

    /// One's own edit counts.
    fn settle(&mut self, stamp: Option<&Stamp>) {
        if let Some(edited) = &mut self.edited {
            edited.in_flight = None;
            edited.stamp = stamp.cloned().or_else(|| edited.stamp.take());
        }
    }

    /// What counts but for one's own edit in flight.
    fn certain(&self) -> &Data {
        let in_flight = self.edited.as_ref().and_then(|edited| edited.in_flight.as_ref());
        in_flight.map_or(&self.data, |mine| &mine.beneath)
    }
}
