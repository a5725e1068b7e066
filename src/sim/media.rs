//! The media service of a world: who is in which room, and what each host is told of it.

use alloc::borrow::ToOwned as _;
use alloc::collections::{BTreeMap, BTreeSet};
use alloc::string::String;

use super::apps::{Deed, Seat};
use super::intake::In;
use super::peer::user_of;
use super::world::World;
use crate::call::{MediaReport, RoomId};
use crate::id::UserId;

/// Who is not heard of for so long has left the room.
const SILENCE_MS: i64 = 10_000;

#[derive(Clone, Default)]
pub(super) struct Rooms {
    /// Where each host that is there has asked to be.
    asked: BTreeMap<String, Option<Seat>>,
    /// What was asked for, on its way to the service: by the time of arrival, then in the order of asking.
    under_way: BTreeMap<(i64, u64), (String, Option<RoomId>)>,
    count: u64,
    present: BTreeMap<String, RoomId>,
    /// Since when a device is not heard of that may be in a room.
    silent: BTreeMap<String, i64>,
    views: BTreeMap<String, View>,
}

/// What a host was told of its room.
#[derive(Clone)]
struct View {
    seat: Seat,
    is_in: bool,
    others: BTreeSet<String>,
}

impl View {
    fn new(seat: Seat) -> Self {
        Self { seat, is_in: false, others: BTreeSet::new() }
    }
}

impl Rooms {
    /// A host wants to be there, and the service learns it at this moment.
    fn ask(&mut self, arrives: i64, peer: &str, seat: Option<Seat>) {
        let is_new = match self.asked.insert(peer.to_owned(), seat) {
            Some(before) => before != seat,
            // An app that knows of no room, as it crashed, leaves none: the service will miss it.
            None => seat.is_some() || self.views.contains_key(peer),
        };
        if !is_new {
            return;
        }
        self.silent.remove(peer);
        // Who leaves hears no more of the room.
        if self.views.get(peer).is_some_and(|view| Some(view.seat) != seat) {
            self.views.remove(peer);
        }
        self.count = self.count.saturating_add(1);
        self.under_way.insert((arrives, self.count), (peer.to_owned(), seat.map(|seat| seat.room)));
    }

    /// A host is not there. To enter takes more than to ask; and what it was told is gone with its app.
    fn miss(&mut self, now: i64, peer: &str, has_crashed: bool) {
        self.asked.remove(peer);
        self.under_way.retain(|_, (other, room)| other != peer || room.is_none());
        if has_crashed {
            self.views.remove(peer);
        }
        if self.present.contains_key(peer) {
            self.silent.entry(peer.to_owned()).or_insert(now);
        }
    }

    /// The other users who are in the room of this peer.
    pub(super) fn company(&self, peer: &str) -> BTreeSet<&str> {
        let room = self.present.get(peer);
        let there = self.present.iter().filter(|(_, other)| Some(*other) == room).map(|(name, _)| user_of(name));
        there.filter(|user| *user != user_of(peer)).collect()
    }

    /// When somebody enters or leaves next.
    pub(super) fn next_at(&self) -> Option<i64> {
        let asked = self.under_way.first_key_value().map(|((at, _), _)| *at);
        asked.into_iter().chain(self.silent.values().map(|since| since.saturating_add(SILENCE_MS))).min()
    }

    /// Lets those enter and leave who do so by now.
    fn pass(&mut self, now: i64) {
        while let Some(asked) = self.under_way.first_entry().filter(|asked| asked.key().0 <= now) {
            let (peer, room) = asked.remove();
            match room {
                Some(room) => drop(self.present.insert(peer, room)),
                None => drop(self.present.remove(&peer)),
            }
        }
        let Self { silent, present, views, .. } = self;
        silent.retain(|peer, since| {
            let is_out = since.saturating_add(SILENCE_MS) <= now;
            if is_out {
                present.remove(peer);
                views.get_mut(peer).into_iter().for_each(|view| view.is_in = false);
            }
            !is_out
        });
    }

    /// The next thing that a host learns, until it knows who is in its room.
    fn next_report(&mut self) -> Option<(String, MediaReport)> {
        let Self { asked, present, views, .. } = self;
        let seated = asked.iter().filter_map(|(peer, seat)| Some((peer, (*seat)?)));
        let mut there = seated.filter(|(peer, seat)| present.get(*peer) == Some(&seat.room));
        there.find_map(|(peer, seat)| {
            let view = views.entry(peer.clone()).or_insert_with(|| View::new(seat));
            let others = present.iter().filter(|(_, room)| **room == seat.room).map(|(other, _)| user_of(other));
            let others: BTreeSet<String> = others.filter(|user| *user != user_of(peer)).map(str::to_owned).collect();
            Some((peer.clone(), view.learn(&others)?))
        })
    }
}

impl View {
    fn learn(&mut self, others: &BTreeSet<String>) -> Option<MediaReport> {
        if !core::mem::replace(&mut self.is_in, true) {
            return Some(MediaReport::LocalEntered);
        }
        if let Some(user) = others.difference(&self.others).next().cloned() {
            self.others.insert(user.clone());
            return Some(MediaReport::RemoteEntered(UserId::from(user.as_str())));
        }
        let user = self.others.difference(others).next().cloned()?;
        self.others.remove(&user);
        Some(MediaReport::RemoteLeft(UserId::from(user.as_str())))
    }
}

impl World {
    /// Each host follows its call: it is in that room, or in none.
    pub(super) fn follow_calls(&mut self) {
        let now = self.now_ms();
        let arrives = now.saturating_add(self.post.latency_ms);
        for (name, peer) in self.peers.iter().filter(|(_, peer)| peer.has_layers()) {
            if peer.is_running() && self.post.is_online(name) {
                self.rooms.ask(arrives, name, peer.seat());
            } else {
                self.rooms.miss(now, name, peer.is_crashed());
            }
        }
    }

    /// Lets those enter and leave who do so now, and tells the hosts.
    pub(super) fn pass_doors(&mut self) {
        self.rooms.pass(self.now_ms());
        while let Some((peer, report)) = self.rooms.next_report() {
            self.hand_in(&peer, In::App(Deed::Media(report))).ok(); // who has asked is there
        }
    }
}
