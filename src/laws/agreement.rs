//! An engine held against the [`reference`](super::reference), which states the rules a second time and knows of no engine.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::cell::RefCell;
use core::fmt::Debug;

use super::Ruling;
use super::hidden::Hidden;
use super::reference::{Reference, Told, Word, reading_order};
use super::state::drain;
use crate::callback::{Callback, Output};
use crate::config::{Config, Limits};
use crate::engine::Engine;
use crate::id::UserId;
use crate::input::{History, Input, Reply};
use crate::message::{Inbound, Token};
use crate::name::InvitationKey;
use crate::time::Timestamp;
use crate::wake::Wake;
use crate::wire::signaling_info;

/// The reference that goes along with an engine, and what has been compared.
#[derive(Clone, Debug)]
pub struct Agreement {
    reference: Reference,
}

/// A call, and what came of it.
struct Call<'a> {
    now: Timestamp,
    input: &'a Input,
    reply: &'a Reply,
}

/// The engine's word, after a call.
struct After<'a> {
    before: &'a Engine,
    engine: &'a Engine,
    outputs: Vec<Output>,
    batch: Option<Batch<'a>>,
}

/// A batch that may have been too much for the engine, as it was before.
pub(super) struct Batch<'a> {
    before: &'a Engine,
    now: Timestamp,
    history: &'a History,
    messages: &'a [Inbound],
    /// What was remembered, each time that so many messages had been read.
    remembered: RefCell<BTreeMap<usize, BTreeSet<InvitationKey>>>,
}

impl Word for After<'_> {
    fn outputs(&self) -> &[Output] {
        &self.outputs
    }

    fn remembers(&self, key: &InvitationKey) -> bool {
        self.engine.invitation(key).is_some()
    }

    fn deadline(&self, key: &InvitationKey) -> Option<Timestamp> {
        self.engine.invitation(key)?.deadline()
    }

    fn is_open(&self, token: Token) -> bool {
        self.engine.sends_in_flight().any(|(open, _)| open == token)
    }

    fn sent_at(&self, token: Token) -> Option<Timestamp> {
        Hidden::of(self.before).ok()?.sent_at(token)
    }

    fn waits(&self, key: &InvitationKey, message: &Inbound) -> bool {
        let read = (Hidden::of(self.engine), signaling_info(message, &Limits::default()));
        matches!(read, (Ok(hidden), Ok(info)) if hidden.waits(key, message, &info))
    }

    fn remembers_after(&self, count: usize, key: &InvitationKey) -> bool {
        let Some(batch) = &self.batch else { return true };
        let mut remembered = batch.remembered.borrow_mut();
        remembered.entry(count).or_insert_with(|| batch.remembered_after(count)).contains(key)
    }
}

impl<'a> Batch<'a> {
    /// Where the limits are so wide that nothing makes room, there is nothing to ask.
    pub(super) fn of(before: &'a Engine, now: Timestamp, input: &'a Input) -> Option<Self> {
        let Input::History(history, messages) = input else { return None };
        let (stats, limits) = (before.stats(), &before.config().limits);
        let is_wide = |used: u32, limit: u32, per_sender: u32| {
            let most = u32::try_from(messages.len()).unwrap_or(u32::MAX).saturating_add(used);
            most < per_sender && most < limit / 4
        };
        let is_enough = is_wide(stats.open, limits.open, limits.open_per_sender)
            && is_wide(stats.kept, limits.kept, limits.kept_per_sender);
        (!is_enough).then(|| Self { before, now, history, messages, remembered: RefCell::default() })
    }

    /// Whether an invitation that was known has made room for others before this message is read.
    pub(super) fn has_lost(&self, key: &InvitationKey, message: &Inbound) -> bool {
        let place = reading_order(message);
        let count = self.messages.iter().filter(|other| reading_order(other) < place).count();
        self.before.invitation(key).is_some() && !self.remembered_after(count).contains(key)
    }

    /// The same batch, with nothing said in the messages after these: their stamps tell how recent the others are.
    fn remembered_after(&self, count: usize) -> BTreeSet<InvitationKey> {
        let mut messages = self.messages.to_vec();
        messages.sort_by_key(reading_order);
        messages.iter_mut().skip(count).for_each(|message| message.payload.clear());
        let mut engine = self.before.clone();
        let _ = engine.handle(self.now, Input::History(self.history.clone(), messages));
        engine.invitations().map(|held| held.key().clone()).collect()
    }
}

impl Agreement {
    /// Of an engine of this user that knows nothing.
    #[must_use]
    pub fn new(me: UserId, config: Arc<Config>) -> Self {
        Self { reference: Reference::new(me, config) }
    }

    /// The engine was restored from what was put by with this.
    pub fn restored(&mut self, now: Timestamp, engine: &Engine) {
        let waiting: Vec<Token> = drain(&mut engine.clone()).iter().filter_map(Output::token).collect();
        self.reference.restore(now, &waiting);
    }

    /// What is due by `now` in this engine, moment by moment, so that its word is about one thing at a time.
    ///
    /// # Errors
    ///
    /// How they disagree.
    pub fn tick(&mut self, engine: &Engine, now: Timestamp) -> Ruling {
        if matches!(engine.wake(), Wake::At(at, _) if at > now) {
            return Ok(false);
        }
        let mut small = engine.clone();
        drain(&mut small);
        let mut is_due = false;
        while let wake @ Wake::At(at, _) = small.wake()
            && at <= now
        {
            let before = small.clone();
            small.tick(at);
            let outputs = drain(&mut small);
            self.call(at, &Input::Tick, &Reply::Done, (&before, &small), outputs)?;
            is_due = true;
            if small.wake() == wake {
                break; // which another law finds
            }
        }
        Ok(is_due)
    }

    /// A call, the engine before and after it, and what it has put out.
    ///
    /// # Errors
    ///
    /// How they disagree.
    pub fn call(
        &mut self,
        now: Timestamp,
        input: &Input,
        reply: &Reply,
        (before, engine): (&Engine, &Engine),
        outputs: Vec<Output>,
    ) -> Ruling {
        let batch = Batch::of(before, now, input);
        let word = After { before, engine, outputs, batch };
        let Told { callbacks, sends, unknown } = self.reference.handle(now, input, reply, &word);
        let is_batch = matches!(input, Input::History(..));
        let call = Call { now, input, reply };
        let callback_of = |callback: &Callback| callback.invitation().clone();
        let told = in_order(word.outputs.iter().filter_map(callback).cloned(), &unknown, is_batch, callback_of);
        let to_tell = in_order(callbacks, &unknown, is_batch, callback_of);
        same(&call, "told", &told, &to_tell)?;
        let sent_of = |sent: &Sent| sent.0.clone();
        let sent = in_order(word.outputs.iter().filter_map(sent), &unknown, is_batch, sent_of);
        let to_send = sends.into_iter().map(|due| (due.invitation, due.action.into(), due.invitees, due.data));
        let to_send = in_order(to_send, &unknown, is_batch, sent_of);
        same(&call, "sent", &sent, &to_send)?;
        self.compare_what_is_held(&call, engine, &unknown)?;
        Ok(!told.is_empty() || !sent.is_empty())
    }

    fn compare_what_is_held(&self, call: &Call<'_>, engine: &Engine, unknown: &[InvitationKey]) -> Result<(), String> {
        let held = engine.invitations().map(|held| held.key());
        for key in held.chain(self.reference.keys()).filter(|key| !unknown.contains(key)) {
            let held = engine.invitation(key);
            let outcomes = held.map(|held| held.outcomes().map(|(user, it)| (user.clone(), it)).collect());
            same(call, "outcomes", &outcomes, &self.reference.outcomes(key))?;
            same(call, "data", &held.map(|held| held.data().clone()), &self.reference.data(key))?;
        }
        Ok(())
    }
}

fn same<T: PartialEq + Debug>(call: &Call<'_>, what: &str, engine: &T, reference: &T) -> Result<(), String> {
    if engine == reference {
        return Ok(());
    }
    let Call { now, input, reply } = call;
    Err(format!(
        "{what}: {engine:?}, and by the reference {reference:?}, at {now:?} after {} -> {reply:?}",
        words(input)
    ))
}

/// With the payloads, which `Debug` leaves out.
fn words(input: &Input) -> String {
    let words = |it: &Inbound| format!("{} in {:?} {:?}: {}", it.sender, it.conversation, it.stamp, it.payload);
    if let Input::Message(message) = input {
        words(message)
    } else if let Input::Edit(edit) = input {
        format!("edit by {}", words(edit))
    } else if let Input::History(history, batch) = input {
        format!("{history:?} with {:#?}", batch.iter().map(words).collect::<Vec<_>>())
    } else {
        format!("{input:?}")
    }
}

/// Of a batch the reference says what is told of each invitation and in which order, but not which invitation comes first.
fn in_order<T>(
    all: impl IntoIterator<Item = T>,
    unknown: &[InvitationKey],
    is_batch: bool,
    key: impl Fn(&T) -> InvitationKey,
) -> Vec<T> {
    let mut all: Vec<T> = all.into_iter().filter(|one| !unknown.contains(&key(one))).collect();
    if is_batch {
        all.sort_by_key(key);
    }
    all
}

fn callback(output: &Output) -> Option<&Callback> {
    match output {
        Output::Callback(callback) => Some(callback),
        Output::Transmit(_) | Output::Edit(_) => None,
    }
}

/// Of which invitation, which action, whom it lists, and its data.
type Sent = (InvitationKey, i64, Vec<UserId>, crate::id::Data);

fn sent(output: &Output) -> Option<Sent> {
    let (key, payload) = match output {
        Output::Transmit(transmit) => (&transmit.invitation, &transmit.payload),
        Output::Edit(edit) => (&edit.invitation, &edit.payload),
        Output::Callback(_) => return None,
    };
    let message = Inbound::new(key.inviter(), key.conversation().clone(), payload.to_string());
    let info = signaling_info(&message, &Limits::default()).ok()?;
    Some((key.clone(), info.action_type, info.invitee_list, info.data))
}
