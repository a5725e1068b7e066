//! A little network: several devices, a service that takes messages, and a post that brings them in any order, any number
//! of times.

mod checks;

use std::collections::BTreeSet;

use super::app::App;
use super::moves::Move;
use super::{Device, at, outcomes, pair, stamp};
use convoke::{
    Config, Conversation, Disposition, Engine, Inbound, Invite, InviteId, Outcome, SendResult, Stamp, Timestamp, Token,
    UserId, Wake, WakeReason,
};

const GROUP: &str = "room";
const TIMEOUT_S: u32 = 10;
const INVITATIONS: usize = 3;
const SERVICE_EPOCH: i64 = 1_700_000_000_000;

#[derive(Clone, Debug)]
pub(crate) struct Net {
    /// Whom an invitation here is between, or, in a group, whom it invites beside the observer.
    parties: &'static [&'static str],
    is_group: bool,
    hosts: Vec<Host>,
    mail: Vec<Mail>,
    ids: Vec<InviteId>,
    now: i64,
}

#[derive(Clone, Debug)]
struct Host {
    user: &'static str,
    device: Device,
    /// How far its clock is off.
    skew: i64,
    app: App,
}

#[derive(Clone, Debug)]
struct Mail {
    from: usize,
    token: Token,
    is_edit: bool,
    conversation: Conversation,
    payload: String,
    stamp: Option<Stamp>,
    is_refused: bool,
    is_fate_told: bool,
    delivered: BTreeSet<usize>,
}

impl Net {
    /// A class with two devices each of the inviter and an invitee, another invitee, and an observer. Of `mute` each bit set is
    /// a host that cannot tell the fate of what it sends.
    pub(crate) fn group(mute: u8) -> Self {
        Self::new(true, &["alice", "bob", "carol"], &["alice", "alice", "bob", "bob", "carol", "dave"], mute)
    }

    /// Two users with two devices each.
    pub(crate) fn c2c(mute: u8) -> Self {
        Self::new(false, &["alice", "bob"], &["alice", "alice", "bob", "bob"], mute)
    }

    fn new(is_group: bool, parties: &'static [&'static str], users: &[&'static str], mute: u8) -> Self {
        let skews = [0, -2_500, 3_000, 86_400_000, -700, 1];
        let hosts = (0..).zip(users).zip(skews).map(|((n, user), skew)| {
            let mut config = Config::default();
            config.fates_are_told = mute & (1 << n) == 0;
            Host { user, device: Device::seeded(user, config, n), skew, app: App::default() }
        });
        let now = 100_000_000;
        let hosts = hosts.collect();
        let mut net = Self { parties, is_group, hosts, mail: Vec::new(), ids: Vec::new(), now };
        net.invite(0);
        net
    }

    pub(crate) fn play(&mut self, moves: &[Move]) {
        for one in moves {
            self.play_one(*one);
        }
    }

    fn play_one(&mut self, one: Move) {
        let (hosts, ids, mail) = (self.hosts.len(), self.ids.len(), self.mail.len());
        match one {
            Move::Pass(ms) => self.now += ms,
            Move::Tick(host) => self.act(host % hosts, Engine::tick),
            Move::Invite(host) => self.invite(host % hosts),
            Move::Cancel(host, id) => self.cancel(host % hosts, &self.ids[id % ids].clone()),
            Move::Accept(host, id) => self.answer(host % hosts, &self.ids[id % ids].clone(), true),
            Move::Reject(host, id) => self.answer(host % hosts, &self.ids[id % ids].clone(), false),
            Move::Modify(host, id) => {
                let (id, text) = (self.ids[id % ids].clone(), format!("data {mail}"));
                self.act(host % hosts, |engine, now| engine.modify(now, id, text.as_str()).ok());
            }
            Move::Leave(host, user) => {
                let user = self.parties[user % self.parties.len()].into();
                self.act(host % hosts, |engine, now| engine.handle_member_left(now, &GROUP.into(), &user));
            }
            Move::Take(n) => self.take(n % mail),
            Move::Refuse(n) => self.refuse(n % mail),
            Move::Ack(n) => self.ack(n % mail),
            Move::LoseTrack(n) => {
                self.mail[n % mail].is_fate_told = true;
                self.tell_fate(n % mail, SendResult::Unknown);
            }
            Move::Deliver(n, host) => self.deliver(n % mail, host % hosts),
            Move::CatchUp(host, cold) => self.catch_up(host % hosts, cold),
            Move::Begin(host) => self.act(host % hosts, Engine::begin_catch_up),
            Move::Push(host, id) => {
                let host = host % hosts;
                let id = self.ids[id % ids].clone();
                let user = self.hosts[host].user;
                let Some(view) = self.hosts.iter().find_map(|h| h.device.engine.invitation(&id)) else { return };
                let key = view.key().clone();
                let inviter = key.inviter().clone();
                if inviter == user || !self.parties.contains(&user) {
                    return;
                }
                let n = self.mail.iter().position(|m| {
                    m.payload.contains("\"actionType\":1") && m.payload.contains(id.as_str()) && m.stamp.is_some()
                });
                let Some(n) = n else { return };
                let sent = self.mail[n].stamp.clone().expect("every message of the net is stamped").time;
                let conversation = if self.is_group { key.conversation().clone() } else { pair(inviter.as_str()) };
                let pushed = convoke::Pushed::new(convoke::InvitationKey::new(inviter, id.clone(), conversation), sent)
                    .timeout(TIMEOUT_S)
                    .data("call");
                self.act(host, Engine::tick);
                let before = self.hosts[host].app.clone();
                self.hosts[host].app.pushed(&id);
                if self.act(host, |engine, now| engine.add_invited(now, pushed)).is_err() {
                    self.hosts[host].app = before;
                }
            }
        }
    }

    fn invite(&mut self, host: usize) {
        let user = self.hosts[host].user;
        if self.ids.len() == INVITATIONS || !self.parties.contains(&user) {
            return;
        }
        let others: Vec<&str> = self.parties.iter().copied().filter(|other| *other != user).collect();
        let invite = if self.is_group { Invite::in_group(GROUP, others) } else { Invite::to(others[0]) };
        let invite = invite.timeout(TIMEOUT_S).data("call");
        let key = self.act(host, |engine, now| engine.invite(now, invite)).expect("there is room");
        let id = key.invite_id().clone();
        self.hosts[host].app.invites(&id);
        self.ids.push(id);
    }

    fn answer(&mut self, host: usize, id: &InviteId, is_yes: bool) {
        let user = self.hosts[host].user;
        self.operate(
            host,
            |engine, now| {
                if is_yes { engine.accept(now, id, "yes").is_ok() } else { engine.reject(now, id, "no").is_ok() }
            },
            |app| app.answers(id, user, is_yes),
        );
    }

    fn cancel(&mut self, host: usize, id: &InviteId) {
        self.act(host, Engine::tick);
        let outcomes = self.hosts[host].outcomes(id).into_iter();
        let pending = outcomes.filter(|(_, outcome)| *outcome == Outcome::Pending).map(|(user, _)| user).collect();
        self.operate(host, |engine, now| engine.cancel(now, id, "stop").is_ok(), |app| app.cancels(id, pending));
    }

    /// An operation tells the app, if it succeeds; and before what comes of it is called back.
    fn operate(&mut self, host: usize, act: impl FnOnce(&mut Engine, Timestamp) -> bool, tell: impl FnOnce(&mut App)) {
        self.act(host, Engine::tick);
        let before = self.hosts[host].app.clone();
        tell(&mut self.hosts[host].app);
        if !self.act(host, act) {
            self.hosts[host].app = before;
        }
    }

    fn take(&mut self, n: usize) {
        let time = SERVICE_EPOCH + self.now;
        let mail = &mut self.mail[n];
        if mail.stamp.is_none() && !mail.is_refused {
            mail.stamp = Some(stamp(time, &format!("{n:04}")));
        }
    }

    /// A refusal that is told too late was none: the send counts as sent, and the service may take it yet.
    fn refuse(&mut self, n: usize) {
        if self.mail[n].stamp.is_none() && !self.mail[n].is_fate_told {
            self.mail[n].is_fate_told = true;
            self.mail[n].is_refused = self.tell_fate(n, SendResult::Refused { code: 1 });
        }
    }

    fn ack(&mut self, n: usize) {
        self.take(n);
        if let Some(stamp) = self.mail[n].stamp.clone()
            && !self.mail[n].is_refused
        {
            self.mail[n].is_fate_told = true;
            self.tell_fate(n, SendResult::Sent(stamp));
        }
    }

    fn tell_fate(&mut self, n: usize, fate: SendResult) -> bool {
        let Mail { from, token, .. } = self.mail[n];
        self.act(from, |engine, now| engine.handle_send_result(now, token, fate)).is_ok()
    }

    fn catch_up(&mut self, host: usize, cold: bool) {
        let mut batch = Vec::new();
        for n in 0..self.mail.len() {
            if self.mail[n].is_edit {
                continue;
            }
            if let Some(message) = self.addressed(n, host) {
                self.mail[n].delivered.insert(host);
                batch.push(message);
            }
        }
        let history = if cold { convoke::History::cold() } else { convoke::History::hot() };
        let _ = self.act(host, |engine, now| engine.handle_history(now, &history, &batch));
    }

    fn deliver(&mut self, n: usize, host: usize) {
        self.take(n);
        if let Some(message) = self.addressed(n, host) {
            self.mail[n].delivered.insert(host);
            let is_edit = self.mail[n].is_edit;
            let disposition = self.act(host, |engine, now| hear(engine, now, &message, is_edit));
            assert!(!matches!(disposition, Disposition::Refused(_) | Disposition::Malformed(_)), "{disposition:?}");
        }
    }

    /// The message as this device gets it, if it was taken and is for its user.
    fn addressed(&self, n: usize, host: usize) -> Option<Inbound> {
        let mail = &self.mail[n];
        let stamp = mail.stamp.clone()?;
        let (sender, user) = (self.hosts[mail.from].user, self.hosts[host].user);
        let conversation = match &mail.conversation {
            Conversation::C2c(_) if user != sender => pair(sender),
            Conversation::C2c(_) | Conversation::Group(_) => mail.conversation.clone(),
        };
        let mut message = Inbound::new(sender, conversation, mail.payload.clone());
        message.stamp = Some(stamp);
        Some(message)
    }

    /// Lets a device do something at its own time, posts what it sends, and lets its app read what it is told.
    fn act<R>(&mut self, host: usize, act: impl FnOnce(&mut Engine, Timestamp) -> R) -> R {
        let from = host;
        let host = &mut self.hosts[host];
        let result = act(&mut host.device.engine, at(self.now + host.skew));
        host.device.drain();
        let post = |token, conversation, payload, is_edit| Mail {
            from,
            token,
            is_edit,
            conversation,
            payload,
            stamp: None,
            is_refused: false,
            is_fate_told: false,
            delivered: BTreeSet::new(),
        };
        let transmits = host.device.transmits.drain(..);
        self.mail.extend(transmits.map(|sent| post(sent.token, sent.conversation, sent.payload, false)));
        let edits = host.device.edits.drain(..);
        self.mail.extend(edits.map(|edit| post(edit.token, edit.conversation, edit.payload, true)));
        host.app.read(host.user, &host.device.engine, &self.ids, host.device.callbacks.drain(..).collect());
        result
    }

    /// Everything is taken, told and delivered to everybody, and time runs until nothing happens by itself. `salt` picks the
    /// order.
    pub(crate) fn settle(&mut self, salt: usize) {
        for host in 0..self.hosts.len() {
            let _ = self.act(host, |engine, now| engine.handle_history(now, &convoke::History::hot(), &[]));
        }
        for _ in 0..1_000 {
            let is_quiet = !self.clear_the_post(salt);
            let Some(next) = self.next_wake().filter(|_| is_quiet) else {
                if is_quiet {
                    return;
                }
                continue;
            };
            self.now = self.now.max(next);
            for host in 0..self.hosts.len() {
                self.act(host, Engine::tick);
            }
        }
        panic!("it never settles");
    }

    fn clear_the_post(&mut self, salt: usize) -> bool {
        let mut tasks: Vec<(usize, Option<usize>)> = Vec::new();
        for n in 0..self.mail.len() {
            let mail = &self.mail[n];
            if !mail.is_refused {
                tasks.extend((!mail.is_fate_told).then_some((n, None)));
                let due = (0..self.hosts.len()).filter(|host| !mail.delivered.contains(host));
                tasks.extend(due.map(|host| (n, Some(host))));
            }
        }
        tasks.sort_by_key(|(n, host)| (n * 7_919 + host.map_or(13, |host| host * 104_729)) * (2 * salt + 1) % 1_009);
        for (n, host) in &tasks {
            match host {
                None => self.ack(*n),
                Some(host) => self.deliver(*n, *host),
            }
        }
        !tasks.is_empty()
    }

    /// When the first device has something to do, housekeeping aside.
    fn next_wake(&self) -> Option<i64> {
        let wakes = self.hosts.iter().filter_map(|host| match host.device.engine.wake() {
            Wake::At(_, WakeReason::Housekeeping) | Wake::Never => None,
            Wake::At(at, _) => Some(at.as_millis() - host.skew),
            Wake::Poll => panic!("outputs wait"),
        });
        wakes.min()
    }
}

impl Host {
    fn outcomes(&self, id: &InviteId) -> Vec<(UserId, Outcome)> {
        outcomes(&self.device.engine, id)
    }
}

fn hear(engine: &mut Engine, now: Timestamp, message: &Inbound, is_edit: bool) -> Disposition {
    if is_edit { engine.handle_edit(now, message) } else { engine.handle_message(now, message) }
}
