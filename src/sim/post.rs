//! The network between the peers: what is under way, what waits for whom, and what is lost.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use serde::Deserialize;

use super::answer::SentMessage;
use super::command::{ConversationType, Fate, Message, SendingMode};
use super::fault::Fault;
use super::peer::user_of;
use super::service::edited_id;
use crate::id::{InviteId, UserId};
use crate::name::Target;

const INVITE: u32 = 1;

/// No message comes to a peer more often than this, however many faults double it.
const MOST_COPIES: usize = 16;

#[derive(Clone)]
pub(super) struct Post {
    pub(super) latency_ms: i64,
    pub(super) groups: BTreeMap<String, Vec<String>>,
    faults: Vec<Counted>,
    rng: fastrand::Rng,
    /// By the time of arrival, then in the order of sending.
    under_way: BTreeMap<(i64, u64), Arrival>,
    letters: u64,
    /// The invitations of which a message will never reach somebody whom it was for, and the group of that message, where it is known.
    lost: BTreeSet<(String, Option<String>)>,
    /// The invitations that were made here: who made them, and the id.
    made: BTreeSet<(UserId, String)>,
    /// Who has left which group.
    pub(super) left: BTreeSet<(String, String)>,
    /// Every message that the service has taken, as it reads after its edits.
    archive: Vec<Arc<Message>>,
    stations: BTreeMap<String, Station>,
}

/// A fault, and how many messages have matched it.
#[derive(Clone)]
struct Counted {
    fault: Fault,
    matched: u32,
}

/// A copy of a message on its way to a peer.
#[derive(Clone)]
pub(super) struct Arrival {
    pub(super) to: String,
    pub(super) letter: Letter,
}

/// A message, or the edit of one, and its place in the archive.
#[derive(Clone)]
pub(super) struct Letter {
    number: usize,
    pub(super) message: Arc<Message>,
    pub(super) is_edit: bool,
}

/// What the service knows about a peer.
#[derive(Clone, Default)]
struct Station {
    is_online: bool,
    missed: Vec<usize>,
    /// What a snapshot put by does not know of, one's own messages included.
    unsaved: Vec<usize>,
    /// What it does not know of and the history does not have: a crash loses it.
    fleeting: Vec<Arc<Message>>,
    /// What it sends that is on its way to the service until released.
    stalled: Vec<Posted>,
}

/// What a peer has sent: a message, or the edit of one.
#[derive(Clone)]
pub(super) struct Posted {
    pub(super) message: SentMessage,
    pub(super) is_edit: bool,
}

impl Post {
    pub(super) fn new(seed: u64) -> Self {
        Self {
            latency_ms: 40,
            groups: BTreeMap::new(),
            faults: Vec::new(),
            rng: fastrand::Rng::with_seed(seed),
            under_way: BTreeMap::new(),
            letters: 0,
            lost: BTreeSet::new(),
            made: BTreeSet::new(),
            left: BTreeSet::new(),
            archive: Vec::new(),
            stations: BTreeMap::new(),
        }
    }

    pub(super) fn add_fault(&mut self, fault: Fault) {
        self.faults.push(Counted { fault, matched: 0 });
    }

    /// A new device. What its user has been sent before waits in the history.
    pub(super) fn sign_in(&mut self, peer: &str) {
        let is_for = |message: &Message| !message.online_user_only && self.is_for(user_of(peer), message);
        let known = self.archive.iter().enumerate().filter(|(_, message)| is_for(message));
        let missed = known.map(|(number, _)| number).collect();
        self.stations.insert(peer.into(), Station { is_online: true, missed, ..Station::default() });
    }

    pub(super) fn go_away(&mut self, peer: &str) {
        self.station(peer).is_online = false;
    }

    /// The app is gone, and with it what it had not sent yet.
    pub(super) fn crash(&mut self, peer: &str) {
        let station = self.station(peer);
        station.is_online = false;
        let stalled = core::mem::take(&mut station.stalled);
        let fleeting = core::mem::take(&mut station.fleeting);
        stalled.iter().for_each(|posted| self.lose(&posted.message.data));
        fleeting.iter().for_each(|message| self.lose(&message.data));
    }

    pub(super) fn save(&mut self, peer: &str) {
        let station = self.station(peer);
        station.unsaved.clear();
        station.fleeting.clear();
    }

    /// What a peer missed that comes back; after a crash, also what it knew and did not save.
    pub(super) fn come_back(&mut self, peer: &str, has_crashed: bool) -> Vec<Message> {
        let station = self.station(peer);
        station.is_online = true;
        let missed = core::mem::take(&mut station.missed);
        station.unsaved.extend(&missed);
        let mut numbers = if has_crashed { station.unsaved.clone() } else { missed };
        numbers.sort_unstable();
        numbers.dedup();
        let messages = numbers.into_iter().filter_map(|number| self.archive.get(number));
        messages.map(|message| Message::clone(message)).collect()
    }

    pub(super) fn is_online(&self, peer: &str) -> bool {
        self.stations.get(peer).is_some_and(|station| station.is_online)
    }

    /// The peers of a group who are there.
    pub(super) fn online_members(&self, group: &str) -> Vec<String> {
        let there = self.stations.iter().filter(|(_, station)| station.is_online).map(|(name, _)| name);
        there.filter(|name| self.is_member(user_of(name), group)).cloned().collect()
    }

    pub(super) fn leave(&mut self, user: &str, group: &str) {
        self.groups.entry(group.into()).or_default().retain(|member| member != user);
        self.left.insert((user.into(), group.into()));
    }

    /// A message that no peer here has sent.
    pub(super) fn take_foreign(&mut self, mut message: Message) -> Letter {
        message.id = Some(format!("x-{}", self.archive.len()));
        let message = Arc::new(message);
        Letter { number: self.file(&message, false), message, is_edit: false }
    }

    /// A peer sends something, and the network is in this mode.
    pub(super) fn send(&mut self, now_ms: i64, from: &str, mode: SendingMode, posted: Posted) {
        match mode {
            SendingMode::Ok | SendingMode::Hold => self.take(now_ms, from, &posted),
            SendingMode::Fail => {}
            SendingMode::Stall => self.station(from).stalled.push(posted),
        }
    }

    /// What is stalled reaches the service, or never does.
    pub(super) fn release(&mut self, (now_ms, time_s): (i64, i64), from: &str, fate: Fate) {
        for mut posted in core::mem::take(&mut self.station(from).stalled) {
            if fate == Fate::Ok {
                posted.message.time = time_s;
                self.take(now_ms, from, &posted);
            } else if fate == Fate::Unknown {
                self.lose(&posted.message.data);
            }
        }
    }

    /// The service takes a message, and sends a copy to each peer that it is for.
    fn take(&mut self, now_ms: i64, from: &str, posted: &Posted) {
        let (message, is_edit) = (Arc::new(Message::from(&posted.message)), posted.is_edit);
        let number = self.file(&message, is_edit);
        let station = self.station(from);
        if message.online_user_only {
            station.fleeting.push(Arc::clone(&message));
        } else {
            station.unsaved.push(number);
        }
        let action = Action::of(&message.data);
        if let Some(Action { action_type: INVITE, invite_id, .. }) = &action
            && !is_edit
        {
            self.made.insert((message.from.clone(), invite_id.clone()));
        }
        let action = action.map(|action| action.action_type);
        // Who is not in the group speaks there, and hears nothing.
        if !self.is_for(user_of(from), &message) {
            self.lose(&message.data);
        }
        let letter = Letter { number, message, is_edit };
        for to in self.receivers(from, &letter.message) {
            let copies = self.copies(now_ms, from, &to, action);
            if copies.is_empty() {
                self.lose(&letter.message.data);
            }
            for delay in copies {
                self.post(now_ms.saturating_add(delay), Arrival { to: to.clone(), letter: letter.clone() });
            }
        }
    }

    /// When the next copy arrives.
    pub(super) fn next_at(&self) -> Option<i64> {
        self.under_way.first_key_value().map(|((at, _), _)| *at)
    }

    pub(super) fn next(&mut self) -> Option<Arrival> {
        self.under_way.pop_first().map(|(_, arrival)| arrival)
    }

    /// A copy has arrived: whether the peer is there to take it. If not, it waits for the peer, unless it is for those only who are
    /// online.
    pub(super) fn hand_over(&mut self, arrival: &Arrival) -> bool {
        let Arrival { to, letter: Letter { number, message, .. } } = arrival;
        let station = self.station(to);
        let is_online = station.is_online;
        let list = if is_online { &mut station.unsaved } else { &mut station.missed };
        if !message.online_user_only {
            list.push(*number);
        } else if is_online {
            station.fleeting.push(Arc::clone(message));
        } else {
            self.lose(&message.data);
        }
        is_online
    }

    fn station(&mut self, peer: &str) -> &mut Station {
        self.stations.entry(peer.into()).or_default()
    }

    /// A new message's place in the archive, or that of the message which an edit is of.
    fn file(&mut self, message: &Arc<Message>, is_edit: bool) -> usize {
        let id = message.id.as_deref().map(edited_id);
        let is_edited = |known: &Message| is_edit && known.id.as_deref() == id;
        let edited = self.archive.iter_mut().enumerate().rev().find(|(_, known)| is_edited(known));
        if let Some((number, edited)) = edited {
            let edited = Arc::make_mut(edited);
            edited.data.clone_from(&message.data);
            return number;
        }
        self.archive.push(Arc::clone(message));
        self.archive.len().saturating_sub(1)
    }

    /// In a group its members, between two the two; never the sending device.
    fn receivers(&self, from: &str, sent: &Message) -> Vec<String> {
        let names = self.stations.keys().filter(|name| *name != from && self.is_for(user_of(name), sent));
        names.cloned().collect()
    }

    /// Whether a user is to have a message, as its sender or its receiver.
    fn is_for(&self, user: &str, message: &Message) -> bool {
        match message.conversation_type {
            ConversationType::Group => self.is_member(user, &message.to),
            ConversationType::C2c => user == message.to || message.from == *user,
        }
    }

    pub(super) fn is_member(&self, user: &str, group: &str) -> bool {
        self.groups.get(group).is_some_and(|members| members.iter().any(|member| member == user))
    }

    /// How long each copy is under way that comes of a message to this peer: none if it is lost.
    fn copies(&mut self, now_ms: i64, from: &str, to: &str, action: Option<u32>) -> Vec<i64> {
        let mut copies: Vec<i64> = [self.latency_ms].into();
        for Counted { fault, matched } in &mut self.faults {
            let (wanted, from) = (&fault.matching, user_of(from));
            let matches = wanted.from.as_deref().is_none_or(|user| user == from)
                && wanted.to.as_deref().is_none_or(|peer| peer == to)
                && (wanted.action_type.is_none() || wanted.action_type == action)
                && wanted.since_ms.is_none_or(|ms| ms <= now_ms)
                && wanted.before_ms.is_none_or(|ms| now_ms < ms);
            if !matches {
                continue;
            }
            *matched = matched.saturating_add(1);
            let is_meant = wanted.nth.is_none_or(|nth| nth == *matched);
            if !is_meant || fault.percent.is_some_and(|percent| self.rng.u8(0..100) >= percent) {
                continue;
            }
            if fault.drop {
                copies.clear();
            }
            if let Some(later) = fault.duplicate {
                copies = copies.into_iter().flat_map(|delay| [delay, delay.saturating_add(later.into())]).collect();
                copies.truncate(MOST_COPIES);
            }
            for delay in &mut copies {
                let jitter = if fault.jitter_ms == 0 { 0 } else { self.rng.u32(0..=fault.jitter_ms) };
                *delay = delay.saturating_add(fault.delay_ms.into()).saturating_add(jitter.into());
                if let Some(until_ms) = fault.until_ms {
                    *delay = until_ms.saturating_sub(now_ms).max(*delay);
                }
            }
        }
        copies
    }

    /// Heals the network: from now on every message arrives, and in time, what is under way included.
    pub(super) fn heal(&mut self, now_ms: i64) {
        self.faults.clear();
        let latest = now_ms.saturating_add(self.latency_ms);
        let under_way = core::mem::take(&mut self.under_way).into_iter();
        self.under_way = under_way.map(|((at, number), arrival)| ((at.min(latest), number), arrival)).collect();
    }

    /// The invitations of which every message has reached all whom it was for, or will.
    pub(super) fn whole(&self) -> impl Iterator<Item = Target> {
        let lost: BTreeSet<&String> = self.lost.iter().map(|(invite_id, _)| invite_id).collect();
        let whole = self.made.iter().filter(move |(_, invite_id)| !lost.contains(invite_id));
        whole.map(|(inviter, invite_id)| Target::of(inviter, invite_id.as_str()))
    }

    /// Whether that is so of all in this group.
    pub(super) fn is_whole_in(&self, group: &str) -> bool {
        self.lost.iter().all(|(_, other)| other.as_ref().is_some_and(|other| other != group))
    }

    /// A message of this invitation was refused, and its sender takes it for sent.
    pub(super) fn misunderstand(&mut self, invite_id: &InviteId) {
        self.lost.insert((invite_id.as_str().into(), None));
    }

    fn lose(&mut self, payload: &str) {
        self.lost.extend(Action::of(payload).map(|action| (action.invite_id, Some(action.group_id))));
    }

    fn post(&mut self, at: i64, arrival: Arrival) {
        self.letters = self.letters.saturating_add(1);
        self.under_way.insert((at, self.letters), arrival);
    }
}

impl From<&SentMessage> for Message {
    fn from(sent: &SentMessage) -> Self {
        Self {
            id: Some(sent.id.clone()),
            from: sent.from.clone(),
            to: sent.to.clone(),
            conversation_type: sent.conversation_type,
            time: Some(sent.time),
            time_ms: None,
            data: sent.data.clone(),
            cloud_custom_data: String::new(),
            online_user_only: sent.online_user_only,
        }
    }
}

/// Of a payload, what the network looks at.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Action {
    action_type: u32,
    #[serde(rename = "inviteID", default)]
    invite_id: String,
    #[serde(rename = "groupID", default)]
    group_id: String,
}

impl Action {
    fn of(payload: &str) -> Option<Self> {
        serde_json::from_str(payload).ok()
    }
}
