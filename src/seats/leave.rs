//! Who goes (`M4`), and who may decide from now on.

use alloc::collections::BTreeMap;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::request::{Ask, RequestKind, WhyOver};
use super::wish::Wish;
use super::{Seats, SeatsConfig};
use crate::engine::Engine;
use crate::id::UserId;
use crate::layer::errands::Deed;
use crate::name::{Conversation, InvitationKey};
use crate::time::{Millis, Timestamp};

/// How long the moderators leave it to the owner to free a seat.
const HELP: Millis = Millis::from_secs(2);

/// How long after somebody left a write may still be on its way that puts them onto a seat.
const ON_ITS_WAY: Millis = Millis::from_secs(5);

/// How many are remembered who left; all who may be on seats.
pub(super) const GONE: usize = 64;

/// Who left just now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Gone {
    /// When it was heard.
    since: Timestamp,
    /// When the user is to free their seat.
    after: Timestamp,
    /// Until when they may get onto one.
    until: Timestamp,
}

impl Gone {
    /// On another clock of the host.
    pub(super) fn shifted(self, shift: impl Fn(Timestamp) -> Timestamp) -> Self {
        Self { since: shift(self.since), after: shift(self.after), until: shift(self.until) }
    }
}

impl Seats {
    /// Takes in that a member left the room, or signed out (`M4`), and tells the engine too. Their applications end. Their seat is freed
    /// by the owner's device or, if that does not happen, by a moderator's. If the signed-in user was removed from the room, what they
    /// asked for is taken back, and the changes that wait to be written are dropped.
    pub fn handle_member_left(&mut self, engine: &mut Engine, now: Timestamp, user: &UserId) {
        let now = self.advance(now);
        engine.handle_member_left(now, &self.room, user);
        for (_, ask) in self.asks.iter_mut().filter(|(key, ask)| key.inviter() == user && !ask.is_settled()) {
            (ask.over, ask.is_stale) = (Some(WhyOver::Left), true);
        }
        self.forget_unknown(engine, user);
        let me = engine.user();
        if user == me {
            self.wishes.clear();
        } else if self.config.decides(me) {
            let after = if *me == self.config.owner { now } else { now + HELP };
            self.wishes.retain(|pending| !pending.wish.seats(user));
            self.remember_gone(user, after);
            self.free_the_gone();
        }
        // What this device is writing is its own to undo, whoever the user is and whatever becomes of it.
        if self.seating_due(user).is_some() {
            self.get_off(user, now);
        }
        let is_asked = |key: &InvitationKey| *key.conversation() == Conversation::C2c(user.clone());
        let concerns =
            |ask: &Ask, key: &InvitationKey| key.inviter() == user || is_asked(key) || ask.wish(key).seats(user);
        self.take_back_all(engine, WhyOver::Left, concerns);
    }

    /// What somebody else asked and there was no room for does not come up later.
    fn forget_unknown(&mut self, engine: &mut Engine, user: &UserId) {
        let is_theirs = |key: &&InvitationKey| key.inviter() == user && user != engine.user();
        let theirs = engine.invitations().map(|view| view.key()).filter(is_theirs);
        let unknown = theirs.filter(|key| !self.asks.contains_key(*key) && self.is_of_room(engine, key));
        for key in unknown.cloned().collect::<Vec<_>>() {
            self.errands.add(engine, self.now, &key, Deed::Forget);
        }
    }

    /// Where there is no room, the first who left and is on no seat makes it: the seats of all others are still to be freed.
    fn remember_gone(&mut self, user: &UserId, after: Timestamp) {
        let (now, is_blind) = (self.now, self.board.is_none());
        self.gone.retain(|other, gone| (gone.until > now || is_blind) && other != user);
        if self.gone.len() >= GONE {
            let unseated = self.gone.iter().filter(|(user, _)| self.seat_of(user).is_none());
            let first = unseated.min_by_key(|(_, gone)| gone.until).map(|(user, _)| user.clone());
            // Else nobody but them is on a seat: there are no more seats than are remembered.
            let Some(first) = first else { return };
            self.gone.remove(&first);
        }
        // A write of this device's own is on its way for as long as it is waited for.
        let last = self.seating_due(user).map_or(now, |due| due.max(now));
        self.gone.insert(user.clone(), Gone { since: now, after, until: last + ON_ITS_WAY });
    }

    /// Takes in that a member entered the room: a user who left a moment ago is back, and may be seated again (`M4`). The layer notices
    /// that by itself for a user who asks or answers something in the group after they left.
    pub fn handle_member_entered(&mut self, now: Timestamp, user: &UserId) {
        let now = self.advance(now);
        self.welcome_back(user, now);
    }

    /// This one says something at that moment. Only who is in the group says it there.
    pub(super) fn hear_from(&mut self, key: &InvitationKey, user: &UserId, at: Option<Timestamp>) {
        if key.conversation().group().is_some() {
            self.welcome_back(user, at.unwrap_or(self.now));
        }
    }

    /// Who left a moment ago is here at that one: if that is later, nobody need free a seat of theirs any more.
    pub(super) fn welcome_back(&mut self, user: &UserId, at: Timestamp) {
        let now = self.now;
        if self.gone.get(user).is_some_and(|gone| gone.since <= at) {
            self.gone.remove(user);
            let frees = |wish: &Wish| matches!(wish, Wish::Leave { user: other } if other == user);
            self.wishes.retain(|pending| pending.after <= now || !frees(&pending.wish));
        }
    }

    /// Of whom it matters that they left.
    pub(super) fn gone(&self) -> BTreeMap<UserId, Gone> {
        let (now, is_blind) = (self.now, self.board.is_none());
        self.gone
            .iter()
            .filter(|(_, gone)| gone.until > now || is_blind)
            .map(|(user, gone)| (user.clone(), *gone))
            .collect()
    }

    /// The attributes are here: until now nobody could see who sat where.
    pub(super) fn await_the_gone(&mut self) {
        let until = self.now + ON_ITS_WAY;
        self.gone.values_mut().for_each(|gone| gone.until = gone.until.max(until));
    }

    /// Frees the seats of those who left, when it is the user's to do.
    pub(super) fn free_the_gone(&mut self) {
        let now = self.now;
        let seated = self.gone.iter().filter(|(user, gone)| gone.until > now && self.seat_of(user).is_some());
        let seated: Vec<_> = seated.map(|(user, gone)| (user.clone(), gone.after)).collect();
        for (user, after) in seated {
            self.get_off(&user, after);
        }
    }

    /// The user is about to leave the room (`M4`): what they asked is taken back, what rings is declined, and their seat is freed. Poll
    /// until it [`is_idle`](Self::is_idle), then leave the group.
    pub fn exit(&mut self, engine: &mut Engine, now: Timestamp) {
        let now = self.advance(now);
        self.take_back_all(engine, WhyOver::Withdrawn, |_, _| true);
        let rings = |ask: &Ask| ask.kind == RequestKind::Invitation && !ask.is_mine && ask.is_open();
        let ringing = self.asks.iter().filter(|(_, ask)| rings(ask));
        let ringing: Vec<_> = ringing.map(|(key, ask)| (key.clone(), ask.data(&self.room))).collect();
        for (key, data) in ringing {
            self.errands.add(engine, now, &key, Deed::Reject(data));
        }
        self.errands.say(engine, now);
        self.wishes.clear();
        self.get_off(engine.user(), now);
    }

    /// The owner or the moderators are others now, by the group's own word.
    pub fn handle_roles<U: Into<UserId>>(
        &mut self,
        engine: &Engine,
        now: Timestamp,
        owner: impl Into<UserId>,
        moderators: impl IntoIterator<Item = U>,
    ) {
        self.advance(now);
        let moderators = moderators.into_iter().map(Into::into).collect();
        self.config = SeatsConfig { owner: owner.into(), moderators, ..self.config.clone() };
        self.asks.values_mut().for_each(|ask| ask.is_stale = true);
        self.look_around(engine);
    }

    /// Takes back those open requests that were made here and of which that holds.
    fn take_back_all(&mut self, engine: &mut Engine, why: WhyOver, which: impl Fn(&Ask, &InvitationKey) -> bool) {
        let mine = self.asks.iter().filter(|(_, ask)| ask.is_mine && ask.is_open());
        let open: Vec<InvitationKey> = mine.filter(|(key, ask)| which(ask, key)).map(|(key, _)| key.clone()).collect();
        for key in &open {
            self.take_back(engine, key, why);
        }
    }

    /// It is over, whatever is answered.
    pub(super) fn take_back(&mut self, engine: &mut Engine, key: &InvitationKey, why: WhyOver) {
        let Some(ask) = self.asks.get_mut(key) else { return };
        (ask.over, ask.is_stale) = (Some(why), true);
        let data = ask.data(&self.room);
        self.errands.add(engine, self.now, key, Deed::Cancel(data));
        self.errands.say(engine, self.now);
    }
}
