//! What one device must hold and tell, stated a second time: from the rules alone, slowly, and knowing nothing of how it is done.
//!
//! Of each invitation it keeps the list of all that was ever said, by whom, of whom, with which stamp, and whether its fate is known;
//! and the list of what the app was told. After each call everything is worked out anew from the two: the outcomes are those of the
//! strongest words, and what is not what was told last is told.
//!
//! It decides who may say what (`R4`), what is news, each outcome (`C1`, `C2`), timers and retries (`T2`, `T5`, `O7`), data (`R8`), and
//! all callbacks with what is in them (`R1` to `R3`, `C3`, `C4`, `C7`), live, in a batch (`A2`), after a push (`O1`) and after a restore
//! (`A4`); and which messages are sent, to list whom. [`Word`] is what it does not decide but is told: deadlines, tokens, which
//! invitations are remembered (`W9`, `R5`), whether an operation was possible (`O2`), whether a message was kept as early, or turned away
//! by a limit, and for how long the fate of a send without a timeout is awaited. Of a batch it does not say which invitation comes first.
//! What is kept in a batch of a push whose message is in it too, or of what made room in it for others (`W9`), is not decided here: of
//! that invitation it then says no more.
//! Of the clock it knows as much as it takes to say of a stamp that it is too old to ring.

mod call;
mod clock;
mod fates;
mod heard;
mod hearing;
mod news;
mod operations;
mod said;
mod timers;

use alloc::collections::BTreeMap;
use alloc::sync::Arc;
use alloc::vec::Vec;

use self::call::Call;
use self::clock::Clock;
use self::hearing::Listen;
pub(super) use self::hearing::reading_order;
use self::said::{By, Kind, Record, Role, Said};
use self::timers::Due;
use crate::{
    Callback, CatchUp, Config, Data, Disposition, History, Inbound, Input, InvitationKey, Outcome, Output, Reply,
    SendResult, Timestamp, Token, UserId,
};

/// What the reference is told, since it does not decide it.
pub(crate) trait Word {
    /// What the call has put out: of it, the sends give their tokens and the invitation that an operation was about.
    fn outputs(&self) -> &[Output];
    /// Whether the invitation is remembered after the call.
    fn remembers(&self, key: &InvitationKey) -> bool;
    /// Its deadline after the call.
    fn deadline(&self, key: &InvitationKey) -> Option<Timestamp>;
    /// Whether the fate of this send is still open after the call.
    fn is_open(&self, token: Token) -> bool;
    /// When this was sent, whose fate was open before the call; not of an edit, which may be acked with the stamp of its message.
    fn sent_at(&self, token: Token) -> Option<Timestamp>;
    /// Whether this message, of this invitation, waits after the call for the one that it came before (`R6`).
    fn waits(&self, key: &InvitationKey, message: &Inbound) -> bool;
    /// Whether it is remembered in the midst of a batch, when so many of its messages are read, in the order of their stamps.
    fn remembers_after(&self, count: usize, key: &InvitationKey) -> bool;
}

/// What a call must put out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// What the app is told, in order.
    pub(crate) callbacks: Vec<Callback>,
    /// What is sent, in order.
    pub(crate) sends: Vec<Sent>,
    /// Of these invitations it is not known.
    pub(crate) unknown: Vec<InvitationKey>,
}

/// A message, or an edit, that must be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    /// About which invitation.
    pub(crate) invitation: InvitationKey,
    /// The number of the action (`W2`).
    pub(crate) action: u8,
    /// Whom it lists.
    pub(crate) invitees: Vec<UserId>,
    /// Its data.
    pub(crate) data: Data,
}

/// What one device knows.
#[derive(Clone, Debug)]
pub(crate) struct Reference {
    me: UserId,
    config: Arc<Config>,
    now: Timestamp,
    is_catching_up: bool,
    clock: Clock,
    records: BTreeMap<InvitationKey, Record>,
}

impl Reference {
    /// A device of this user that knows nothing.
    pub(crate) fn new(me: UserId, config: Arc<Config>) -> Self {
        let now = Timestamp::default(); // no host's clock shows a time before 1970
        Self { me, config, now, is_catching_up: false, clock: Clock::default(), records: BTreeMap::new() }
    }

    /// The outcome of each invitee, where the invitation is known.
    pub(crate) fn outcomes(&self, key: &InvitationKey) -> Option<Vec<(UserId, Outcome)>> {
        let record = self.records.get(key).filter(|record| record.header.is_some() && !record.is_dismissed)?;
        Some(record.outcomes())
    }

    /// The data of the invitation, where it is known.
    pub(crate) fn data(&self, key: &InvitationKey) -> Option<Data> {
        let record = self.records.get(key).filter(|record| record.header.is_some() && !record.is_dismissed)?;
        Some(record.data())
    }

    /// The invitations that are known.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &InvitationKey> {
        self.records.iter().filter(|(_, record)| record.header.is_some()).map(|(key, _)| key)
    }

    /// Goes on from what was put by, where these sends still wait to be handed out (`A4`).
    pub(crate) fn restore(&mut self, now: Timestamp, waiting: &[Token]) {
        self.is_catching_up = true;
        if now < self.now {
            let before = self.now;
            self.records.values_mut().for_each(|record| record.set_back(before, now));
            self.clock.set_back(now);
        }
        self.now = now;
        for record in self.records.values_mut() {
            let is_waiting = |said: &Said| waiting.iter().any(|token| said.fate.is_of(*token));
            let may_repeat = record.said.iter().any(|said| said.by == By::Operation && is_waiting(said));
            record.may_repeat |= may_repeat && record.role() == Role::Invitee;
        }
    }

    /// A call at `now`, its reply, and what is not decided here. What was due by then has been handed in before, as ticks (`T1`).
    pub(crate) fn handle(&mut self, now: Timestamp, input: &Input, reply: &Reply, word: &dyn Word) -> Told {
        let config = Arc::clone(&self.config);
        self.now = self.now.max(now);
        let mut call = Call::new(&config, self.now, word.outputs());
        self.take(input, reply, word, &mut call);
        for record in self.records.values_mut() {
            record.take_deadline(word);
        }
        self.fire(word, &mut call);
        call.told.unknown =
            self.records.values().filter(|record| record.is_unclear).map(|record| record.key.clone()).collect();
        self.forget(input, reply, word);
        call.told
    }

    fn take(&mut self, input: &Input, reply: &Reply, word: &dyn Word, call: &mut Call<'_>) {
        match (input, reply) {
            (Input::Message(message), Reply::Disposition(disposition)) => {
                let touched = self.hear(message, *disposition, Listen::Live, word);
                self.learn(message, *disposition);
                self.conclude(touched.as_ref(), call, None);
            }
            (Input::Edit(message), Reply::Disposition(disposition)) => {
                let touched = self.hear(message, *disposition, Listen::Edit, word);
                self.learn(message, *disposition);
                self.conclude(touched.as_ref(), call, None);
            }
            (Input::History(history, messages), Reply::CatchUp(CatchUp::Done(dispositions))) => {
                self.is_catching_up = false;
                self.fold(history, messages, dispositions, word, call);
            }
            (Input::BeginCatchUp, _) => self.is_catching_up = true,
            (Input::SyncClock(server_now), _) => self.clock.sync(self.now, *server_now),
            (Input::MemberLeft(group, user), _) => {
                for record in self.records.values_mut() {
                    let is_there = record.key.conversation().group() == Some(group);
                    if is_there && record.invitees().contains(user) && !record.has_ended {
                        record.presume(Kind::Left, [user.clone()].into(), call.now);
                        record.conclude(call, None);
                    }
                }
            }
            (Input::SendResult(token, result), Reply::SendResult(Ok(()))) => {
                if let SendResult::Sent(stamp) = result {
                    match word.sent_at(*token) {
                        Some(since) => self.clock.acked(self.now, stamp.time, since),
                        None => self.clock.seen(self.now, stamp.time),
                    }
                }
                self.settle(*token, result, call);
            }
            _ => self.operate(input, reply, word, call),
        }
    }

    /// What was refused, is known already or came too late to matter teaches nothing of the time (`T7`).
    fn learn(&mut self, message: &Inbound, disposition: Disposition) {
        let teaches = matches!(disposition, Disposition::Applied | Disposition::Buffered);
        if let Some(stamp) = message.stamp.as_ref().filter(|_| teaches) {
            self.clock.seen(self.now, stamp.time);
        }
    }

    fn conclude(&mut self, key: Option<&InvitationKey>, call: &mut Call<'_>, history: Option<&History>) {
        if let Some(record) = key.and_then(|key| self.records.get_mut(key)) {
            record.conclude(call, history);
        }
    }

    /// Fires what is due, in the order of time, then name (`T2`).
    fn fire(&mut self, word: &dyn Word, call: &mut Call<'_>) {
        while !self.is_catching_up {
            let clear = self.records.values().filter(|record| !record.is_unclear);
            let due = clear.filter_map(|record| {
                let due = record.next_due(call.config).filter(|(at, _)| *at <= self.now);
                let (at, due) = due.or_else(|| self.lost_track(record, word))?;
                Some((at, record.key.clone(), due))
            });
            let Some((at, key, due)) = due.min() else { return };
            call.now = call.now.max(at);
            if let Some(record) = self.records.get_mut(&key) {
                record.fire(due, call);
            }
        }
    }

    /// Of what was sent while there was no timeout it is not known here until when its fate is awaited (`T4`).
    fn lost_track(&self, record: &Record, word: &dyn Word) -> Option<(Timestamp, Due)> {
        let lost = record.awaited_without_end().find(|token| !word.is_open(*token))?;
        Some((self.now, Due::Fate(lost)))
    }

    fn forget(&mut self, input: &Input, reply: &Reply, word: &dyn Word) {
        let target = match (input, reply) {
            (Input::Dismiss(target), Reply::Dismiss(Ok(()))) => Some(target),
            _ => None,
        };
        let (now, life, is_catching_up) = (self.now, self.config.tombstone_life, self.is_catching_up);
        self.records.retain(|key, record| {
            let is_remembered = word.remembers(key);
            if record.is_unclear {
                let is_kept = record.last_heard().is_some_and(|last| now < last + life);
                record.is_dismissed |= !is_remembered && target.is_some_and(|target| target.matches(key));
                return is_remembered || is_catching_up || is_kept || record.is_dismissed;
            }
            let is_gone = !is_remembered && !record.is_dismissed;
            if is_gone && record.header.as_ref().is_some_and(|header| !header.is_complete) && target.is_none() {
                *record = record.early(); // what was heard of it is kept for its message
            }
            if record.header.is_none() {
                return is_catching_up || record.last_heard().is_some_and(|last| now < last + life);
            }
            if record.last_heard().is_some_and(|last| now >= last + life) && !is_catching_up {
                record.forget_early();
            }
            if is_remembered || record.is_dismissed {
                return true;
            }
            record.is_dismissed = target.is_some_and(|target| target.matches(key));
            record.is_dismissed
        });
    }
}

impl Record {
    /// What was forgotten is forgotten here too: its word is early, or its invite new. Where it was not certain what is kept of it, that
    /// remains so.
    fn forget(&mut self) {
        *self = Self { is_unclear: self.is_unclear, ..Self::new(&self.me, &self.key) };
    }

    /// What was heard, and nothing else.
    fn early(&self) -> Self {
        let mut early = Self::new(&self.me, &self.key);
        let waiting = self.said.iter().skip(self.waited);
        early.said = waiting.filter(|said| matches!(said.by, By::Message(_))).cloned().collect();
        early.edits = self
            .edits
            .iter()
            .chain(&self.late_edits)
            .filter(|edit| matches!(edit.by, By::Message(_)))
            .cloned()
            .collect();
        early
    }

    fn last_heard(&self) -> Option<Timestamp> {
        let said = self.said.iter().filter(|said| matches!(said.by, By::Message(_))).map(|said| said.heard);
        said.chain(self.edits.iter().chain(&self.late_edits).map(|edit| edit.heard)).max()
    }

    /// What waits for the message of a push waits no longer than for any other (`R6`).
    fn forget_early(&mut self) {
        let (data, (_, stamp)) = (self.data(), self.written());
        let written = Some((data, stamp.cloned()));
        let Some(header) = self.header.as_mut().filter(|header| !header.is_complete) else { return };
        header.written = written;
        self.edits.clear();
        self.late_edits.clear();
        // Of who is not named by the push nothing is known any more, nor what did not count; but a refused time-out is sent again.
        let is_kept = |said: &&Said| self.counts(said) || said.by == By::Timer;
        let counting: Vec<Said> = self.said.iter().filter(is_kept).cloned().collect();
        self.said = counting;
        self.said.iter_mut().for_each(|said| said.about.retain(|who| *who == self.me));
        self.said.retain(|said| !said.about.is_empty());
        self.waited = self.said.len();
    }

    /// The deadline is not decided here; of what is forgotten, or dismissed, the last one stands.
    fn take_deadline(&mut self, word: &dyn Word) {
        if word.remembers(&self.key) {
            self.deadline = word.deadline(&self.key);
        }
    }
}
