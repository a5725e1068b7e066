//! Away and back (`A1` to `A3`, `A7`): a batch is folded before anything is called back.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use super::Engine;
use super::step::Step;
use crate::disposition::Disposition;
use crate::id::Data;
use crate::input::{CatchUp, History, Start};
use crate::message::{Inbound, Stamp};
use crate::name::InvitationKey;
use crate::protocol::invitation::Invitation;
use crate::protocol::send::News;
use crate::time::{Clock, ServerTime};

/// The news of a batch, by invitation, until all of it is read.
pub(super) struct Fold {
    start: Start,
    newest: ServerTime,
    entries: BTreeMap<InvitationKey, Entry>,
}

#[derive(Default)]
struct Entry {
    /// Whether the batch brought the invitation itself.
    is_new: bool,
    /// Of its first message in the batch.
    stamp: Option<Stamp>,
    /// What the app knows as its data, if the batch brought an edit.
    data_before: Option<Data>,
    news: Vec<News>,
}

impl Fold {
    fn new(start: Start, messages: &[Inbound], clock: &Clock) -> Self {
        let stamps = messages.iter().filter_map(|message| message.stamp.as_ref());
        let newest = stamps.map(|stamp| clock.believed(stamp.time)).max().unwrap_or_default();
        Self { start, newest, entries: BTreeMap::new() }
    }

    pub(super) fn start(&self) -> Start {
        self.start
    }

    pub(super) fn newest(&self) -> ServerTime {
        self.newest
    }

    pub(super) fn add(&mut self, key: &InvitationKey, stamp: Option<&Stamp>, news: Vec<News>) {
        self.entry(key, stamp).news.extend(news);
    }

    /// The user is this one of the invitees, now that they are known: all that was heard before is about the user.
    pub(super) fn renumber(&mut self, key: &InvitationKey, me: u32) {
        for news in self.entries.get_mut(key).into_iter().flat_map(|entry| &mut entry.news) {
            news.party = me;
        }
    }

    pub(super) fn add_data(&mut self, key: &InvitationKey, stamp: Option<&Stamp>, before: Data) {
        self.entry(key, stamp).data_before.get_or_insert(before);
    }

    pub(super) fn add_new(&mut self, key: &InvitationKey, stamp: Option<Stamp>, news: Vec<News>) {
        self.entries.insert(key.clone(), Entry { is_new: true, stamp, data_before: None, news });
    }

    /// The batch is read in the order of its stamps, so the first one stays.
    fn entry(&mut self, key: &InvitationKey, stamp: Option<&Stamp>) -> &mut Entry {
        self.entries.entry(key.clone()).or_insert_with(|| Entry { stamp: stamp.cloned(), ..Entry::default() })
    }
}

impl Engine {
    pub(super) fn take_history(&mut self, history: &History, messages: &[Inbound]) -> CatchUp {
        let mut order: Vec<usize> = (0..messages.len()).collect();
        order.sort_by_key(|index| messages.get(*index).map(place));
        let mut fold = Fold::new(history.start, messages, &self.clock);
        let mut dispositions: Vec<(usize, Disposition)> = order
            .into_iter()
            .filter_map(|index| Some((index, self.receive(messages.get(index)?, Some(&mut fold)))))
            .collect();
        dispositions.sort_by_key(|(index, _)| *index);
        self.announce(history, fold);
        CatchUp::Done(dispositions.into_iter().map(|(_, disposition)| disposition).collect())
    }

    /// Calls back what the batch comes to, in the order of the stamps.
    fn announce(&mut self, history: &History, fold: Fold) {
        let mut entries: Vec<(InvitationKey, Entry)> = fold.entries.into_iter().collect();
        entries.sort_by(|(_, one), (_, other)| by_stamp(one.stamp.as_ref()).cmp(&by_stamp(other.stamp.as_ref())));
        let (book, mut step) = self.split(self.clock.now(), None);
        for (key, entry) in entries {
            let is_recent = match (history.since, &entry.stamp) {
                (Some(since), Some(stamp)) => stamp.time > since,
                (None, _) | (_, None) => true,
            };
            book.with(&mut step, &key, |step, key, invitation| {
                if entry.is_new {
                    step.open(key, invitation, &entry.news, true, is_recent);
                } else {
                    step.announce(key, invitation, entry);
                }
            });
        }
    }
}

impl Step<'_> {
    /// Calls back what the batch brought of an invitation that was known.
    fn announce(&mut self, key: &InvitationKey, invitation: &mut Invitation, entry: Entry) {
        let is_modified = entry.data_before.is_some_and(|before| before != *invitation.words.data());
        if is_modified && !self.is_over(key, invitation) {
            self.tell_modified(key, invitation, invitation.is_mine());
        }
        self.tell_if_lost(key, invitation);
        self.tell_all(key, invitation, &entry.news);
    }

    /// An invitation has to make room before the batch is read. What the app knows of, it is told the end of (`C7`).
    pub(super) fn announce_before_it_goes(&mut self, key: &InvitationKey, invitation: &mut Invitation) {
        let Some(fold) = self.fold.take() else { return };
        let known = fold.entries.remove(key).filter(|entry| !entry.is_new);
        if let Some(entry) = known {
            self.announce(key, invitation, entry);
        }
        self.fold = Some(fold);
    }
}

/// Where a message is read in its batch. Of two copies with one stamp, such as a message and its edited form, nobody knows which is newer,
/// but all read them in one order (`A3`).
fn place(message: &Inbound) -> ((bool, Option<&Stamp>), Option<&str>) {
    let stamp = message.stamp.as_ref();
    (by_stamp(stamp), stamp.map(|_| message.payload.as_str()))
}

/// By time, then id; what has no stamp comes last.
fn by_stamp(stamp: Option<&Stamp>) -> (bool, Option<&Stamp>) {
    (stamp.is_none(), stamp)
}
