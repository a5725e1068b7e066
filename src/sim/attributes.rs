//! The attributes of the groups of a world (`M1`): small stores with a version each, that take a write only if it rests on the newest one.

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::apps::{Deed, SeatDeed};
use super::intake::In;
use super::peer::{Peer, user_of};
use super::world::World;
use crate::id::GroupId;
use crate::seats::{SeatEvent, WriteResult};

/// The service's code for who may not do that.
const NOT_ALLOWED: i32 = 10_007;

#[derive(Clone, Default)]
pub(super) struct Attributes {
    groups: BTreeMap<GroupId, Store>,
    /// What is on its way to a peer: by the time of arrival, then in the order of saying.
    under_way: BTreeMap<(i64, u64), News>,
    count: u64,
    /// What each write has made of a value: which, what it was, and what it is.
    written: Vec<[String; 3]>,
}

#[derive(Clone, Default)]
struct Store {
    version: u64,
    all: BTreeMap<String, String>,
}

#[derive(Clone, PartialEq, Eq)]
struct News {
    to: String,
    what: SeatDeed,
}

impl Attributes {
    /// Compares and sets: all of it or nothing.
    fn write(&mut self, group: &GroupId, version: u64, changes: &[(String, String)]) -> WriteResult {
        let store = self.groups.entry(group.clone()).or_default();
        if store.version != version {
            return WriteResult::Conflict;
        }
        store.version = store.version.saturating_add(1);
        for (name, value) in changes {
            let before = store.all.insert(name.clone(), value.clone()).unwrap_or_default();
            self.written.push([name.clone(), before, value.clone()]);
        }
        WriteResult::Written { version: store.version }
    }

    /// Tells a peer all that there is; what is on its way to it already is not said twice.
    fn tell_all(&mut self, arrives: i64, peer: &str, group: &GroupId) {
        let Store { version, all } = self.groups.get(group).cloned().unwrap_or_default();
        let news = News { to: peer.to_owned(), what: SeatDeed::Attributes { version, all } };
        if !self.under_way.values().any(|other| *other == news) {
            self.say(arrives, news);
        }
    }

    fn say(&mut self, arrives: i64, news: News) {
        self.count = self.count.saturating_add(1);
        self.under_way.insert((arrives, self.count), news);
    }

    /// All there is in this group.
    pub(super) fn of(&self, group: &GroupId) -> impl Iterator<Item = (&str, &str)> {
        let all = self.groups.get(group).into_iter().flat_map(|store| &store.all);
        all.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// What each write has made of a value: which, what it was, and what it is.
    pub(super) fn writes(&self) -> impl Iterator<Item = [&str; 3]> {
        self.written.iter().map(|write| write.each_ref().map(String::as_str))
    }

    /// When a peer hears something next.
    pub(super) fn next_at(&self) -> Option<i64> {
        self.under_way.first_key_value().map(|((at, _), _)| *at)
    }

    fn next_by(&mut self, now: i64) -> Option<News> {
        let first = self.under_way.first_entry().filter(|first| first.key().0 <= now)?;
        Some(first.remove())
    }

    /// The app is gone that waits for it.
    pub(super) fn forget(&mut self, peer: &str) {
        self.under_way.retain(|_, news| news.to != peer);
    }
}

impl World {
    /// The app of a peer asks something of the store, which hears it if the peer is online. The answer takes the latency, as the news does
    /// for the other members.
    pub(super) fn ask_store(&mut self, t: i64, peer: &str, event: &SeatEvent) {
        let room = self.peers.get(peer).ok().and_then(Peer::room).cloned();
        let Some(room) = room.filter(|_| self.post.is_online(peer)) else { return };
        let arrives = t.saturating_add(self.post.latency_ms);
        match event {
            SeatEvent::Read => self.attributes.tell_all(arrives, peer, &room),
            SeatEvent::Write { ticket, version, changes } => {
                let is_member = self.post.is_member(user_of(peer), room.as_str());
                let result = if is_member {
                    self.attributes.write(&room, *version, changes)
                } else {
                    WriteResult::Failed { code: NOT_ALLOWED }
                };
                let what = SeatDeed::WriteResult { ticket: *ticket, result };
                self.attributes.say(arrives, News { to: peer.to_owned(), what });
                if matches!(result, WriteResult::Written { .. }) {
                    self.spread(arrives, peer, &room);
                }
            }
            SeatEvent::Changed { .. }
            | SeatEvent::Asked { .. }
            | SeatEvent::Decided { .. }
            | SeatEvent::Over { .. }
            | SeatEvent::NotSent { .. }
            | SeatEvent::NotDone { .. } => {}
        }
    }

    /// The members who are there hear what another one has written.
    fn spread(&mut self, arrives: i64, writer: &str, room: &GroupId) {
        let members = self.post.online_members(room.as_str());
        for member in members.iter().filter(|member| *member != writer) {
            if self.peers.get(member).is_ok_and(|peer| peer.room() == Some(room)) {
                self.attributes.tell_all(arrives, member, room);
            }
        }
    }

    /// Who comes back has missed what was written meanwhile.
    pub(super) fn tell_attributes(&mut self, peer: &str) {
        let arrives = self.now_ms().saturating_add(self.post.latency_ms);
        if let Some(room) = self.peers.get(peer).ok().and_then(Peer::room).cloned()
            && self.post.is_member(user_of(peer), room.as_str())
        {
            self.attributes.tell_all(arrives, peer, &room);
        }
    }

    /// Hands over what the store says that arrives now; who is away misses it.
    pub(super) fn pass_attributes(&mut self) {
        while let Some(News { to, what }) = self.attributes.next_by(self.now_ms()) {
            if self.post.is_online(&to) {
                self.hand_in(&to, In::App(Deed::Seat(what))).ok(); // who is online is there
            }
        }
    }
}
