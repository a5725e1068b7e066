//! The public face. Each call: the clock, what is due, then the one thing that was asked.

mod book;
mod catch_up;
mod dispatch;
mod early;
mod judge;
mod operate;
mod outbox;
mod receive;
mod register;
mod room;
mod sends;
mod shelf;
mod snapshot;
mod step;
mod timers;
mod turns;
mod view;

use alloc::sync::Arc;
use alloc::vec::Vec;

pub use self::snapshot::Snapshot;
pub use self::view::{InvitationView, Stats};

use self::book::Book;
use self::catch_up::Fold;
use self::early::EarlyFacts;
use self::judge::hold_back;
use self::outbox::Outbox;
use self::step::Step;
use crate::callback::{Answer, Output};
use crate::config::{Config, exceeds};
use crate::disposition::Disposition;
use crate::error::{
    AddInvitedError, AnswerError, CancelError, ConfigError, DismissError, InviteError, ModifyError, UnknownToken,
};
use crate::id::{Data, GroupId, IdSource, Seed, UserId};
use crate::input::{CatchUp, History};
use crate::message::{Inbound, Invite, Pushed, SendResult, Token};
use crate::name::{InvitationKey, Target};
use crate::protocol::fact::Fact;
use crate::protocol::invitation::Certainty;
use crate::protocol::send::News;
use crate::time::{Clock, ServerTime, Timestamp};
use crate::wake::Wake;

/// One signed-in user on one device: the whole invitation protocol, without IO.
///
/// It owns no socket, no clock, no thread and no randomness. The same inputs give the same outputs, byte for byte. See the
/// [crate documentation](crate) for the loop that a host runs.
///
/// Every call that takes the host's `now` first fires what is due by then, so calls may come in any order and as late as they
/// like (`T1`, `T2`). There is one exception: after an absence [`begin_catch_up`](Self::begin_catch_up) comes first, and nothing is
/// fired until the history is handed in (`A7`).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Engine {
    me: UserId,
    config: Arc<Config>,
    clock: Clock,
    book: Book,
    early: EarlyFacts,
    outbox: Outbox,
    /// Until the history is handed in, no deadline fires (`A7`).
    is_catching_up: bool,
}

impl Engine {
    /// An engine for a user who signs in.
    ///
    /// The seed must be fresh at each sign-in: ids and tokens come from it (`O8`).
    ///
    /// # Errors
    ///
    /// If the configuration cannot be used.
    ///
    /// ```
    /// use convoke::{Config, Engine, Seed};
    /// let engine = Engine::new("alice", Config::default(), Seed::from([7; 16]))?;
    /// assert_eq!(engine.user(), &"alice");
    /// # Ok::<(), convoke::ConfigError>(())
    /// ```
    pub fn new(me: impl Into<UserId>, config: impl Into<Arc<Config>>, seed: Seed) -> Result<Self, ConfigError> {
        let (me, config) = (me.into(), config.into());
        config.validate(&me)?;
        let ids = IdSource::new(seed, &me, 0);
        Ok(Self {
            me,
            config,
            clock: Clock::default(),
            book: Book::default(),
            early: EarlyFacts::default(),
            outbox: Outbox::new(ids),
            is_catching_up: false,
        })
    }

    /// Takes in a message that arrived live: a stranger's, a friend's, or one of the user's own other devices.
    ///
    /// Untrusted input is never an error, and never stops outputs (`R7`). Hand in every custom message:
    /// [`Disposition::NotSignaling`] says that it is chat.
    pub fn handle_message(&mut self, now: Timestamp, message: &Inbound) -> Disposition {
        self.advance(now);
        if self.is_backlogged() {
            return Disposition::Backlog;
        }
        let disposition = self.receive(message, None);
        self.fire_due(self.clock.now());
        disposition
    }

    /// Takes in an edit of an earlier message: a modified invitation (`R8`).
    ///
    /// The message is the edited one; its stamp that of the edit, where the service gives one.
    pub fn handle_edit(&mut self, now: Timestamp, message: &Inbound) -> Disposition {
        self.advance(now);
        if self.is_backlogged() {
            return Disposition::Backlog;
        }
        let disposition = self.receive_edit(message);
        self.fire_due(self.clock.now());
        disposition
    }

    /// Invites (`O1`); gives the name of the invitation. The answer comes in callbacks.
    ///
    /// Keep the whole name, not only the id: everybody who is invited sees the id, and could use it for an invitation of their own
    /// (`I1`). The name holds on this user's side only: a C2C conversation is named after the other user, so the peer's name for it is
    /// another one. Tell a peer only the id.
    ///
    /// # Errors
    ///
    /// [`InviteError`]; then nothing was changed (`O6`).
    pub fn invite(&mut self, now: Timestamp, invite: Invite) -> Result<InvitationKey, InviteError> {
        self.advance(now);
        if self.is_backlogged() {
            return Err(InviteError::Backlog);
        }
        self.do_invite(invite)
    }

    /// Cancels an invitation of one's own for all who are still pending (`O3`).
    ///
    /// # Errors
    ///
    /// [`CancelError`]; then nothing was changed (`O6`). An invitation has one operation in flight at a time (`O5`): until the fate
    /// of the invite is known, keep the user's wish and try again.
    ///
    /// ```
    /// use convoke::{Config, Engine, Invite, Operation, Output, Seed, SendResult, Timestamp, Unavailable};
    /// let mut alice = Engine::new("alice", Config::default(), Seed::from([7; 16]))?;
    /// let now = Timestamp::from_millis(0);
    /// let call = alice.invite(now, Invite::to("bob").timeout(30))?;
    /// let Some(Output::Transmit(invite)) = alice.poll_output() else { unreachable!() };
    /// assert_eq!(alice.cancel(now, &call, ""), Err(Unavailable::InFlight(Operation::Invite).into()));
    ///
    /// alice.handle_send_result(now, invite.token, SendResult::Unknown)?;
    /// alice.cancel(now, &call, "bye")?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn cancel(
        &mut self,
        now: Timestamp,
        target: impl Into<Target>,
        data: impl Into<Data>,
    ) -> Result<(), CancelError> {
        self.advance(now);
        if self.is_backlogged() {
            return Err(CancelError::Backlog);
        }
        self.do_cancel(&target.into(), &data.into())
    }

    /// Accepts an invitation (`O3`).
    ///
    /// # Errors
    ///
    /// [`AnswerError`]; then nothing was changed (`O6`).
    pub fn accept(
        &mut self,
        now: Timestamp,
        target: impl Into<Target>,
        data: impl Into<Data>,
    ) -> Result<(), AnswerError> {
        self.answer(now, &target.into(), Answer::Accept, &data.into())
    }

    /// Rejects an invitation (`O3`).
    ///
    /// # Errors
    ///
    /// [`AnswerError`]; then nothing was changed (`O6`).
    pub fn reject(
        &mut self,
        now: Timestamp,
        target: impl Into<Target>,
        data: impl Into<Data>,
    ) -> Result<(), AnswerError> {
        self.answer(now, &target.into(), Answer::Reject, &data.into())
    }

    fn answer(&mut self, now: Timestamp, target: &Target, answer: Answer, data: &Data) -> Result<(), AnswerError> {
        self.advance(now);
        if self.is_backlogged() {
            return Err(AnswerError::Backlog);
        }
        self.do_answer(target, answer, data)
    }

    /// Gives an invitation of one's own new data (`O3`): an edit of the invite's message, which the others take in by
    /// [`Engine::handle_edit`].
    ///
    /// # Errors
    ///
    /// [`ModifyError`]; then nothing was changed (`O6`).
    ///
    /// ```
    /// use convoke::{Callback, Config, Conversation, Engine, Inbound, Invite, Output, Seed, SendResult, Timestamp};
    /// let mut alice = Engine::new("alice", Config::default(), Seed::from([7; 16]))?;
    /// let mut bob = Engine::new("bob", Config::default(), Seed::from([8; 16]))?;
    /// let now = Timestamp::from_millis(0);
    /// let from_alice = |payload| Inbound::new("alice", Conversation::C2c("alice".into()), payload);
    ///
    /// let call = alice.invite(now, Invite::to("bob").timeout(30).data("audio"))?;
    /// let Some(Output::Transmit(invite)) = alice.poll_output() else { unreachable!() };
    /// alice.handle_send_result(now, invite.token, SendResult::Unknown)?;
    /// bob.handle_message(now, &from_alice(invite.payload));
    ///
    /// alice.modify(now, &call, "video")?;
    /// let Some(Output::Edit(edit)) = alice.poll_output() else { unreachable!() };
    /// bob.handle_edit(now, &from_alice(edit.payload));
    /// assert!(matches!(bob.poll_output(), Some(Output::Callback(Callback::NewInvitation { data, .. })) if data == "audio"));
    /// assert!(matches!(bob.poll_output(), Some(Output::Callback(Callback::InvitationModified { data, .. })) if data == "video"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn modify(
        &mut self,
        now: Timestamp,
        target: impl Into<Target>,
        data: impl Into<Data>,
    ) -> Result<(), ModifyError> {
        self.advance(now);
        if self.is_backlogged() {
            return Err(ModifyError::Backlog);
        }
        self.do_modify(&target.into(), &data.into())
    }

    /// Adds an invitation learnt from a push, so that it can be answered before its message comes; that completes it without a
    /// callback (`O1`).
    ///
    /// # Errors
    ///
    /// [`AddInvitedError`]; then nothing was changed (`O6`).
    pub fn add_invited(&mut self, now: Timestamp, pushed: Pushed) -> Result<(), AddInvitedError> {
        self.advance(now);
        if self.is_backlogged() {
            return Err(AddInvitedError::Backlog);
        }
        self.do_add_invited(pushed)
    }

    /// Forgets an invitation quietly (`O1`): nothing is sent, nobody is told, and it does not ring again. To say no, and stop the
    /// user's other devices, [`reject`](Self::reject).
    ///
    /// # Errors
    ///
    /// [`DismissError`]; then nothing was changed (`O6`).
    pub fn dismiss(&mut self, now: Timestamp, target: impl Into<Target>) -> Result<(), DismissError> {
        self.advance(now);
        if self.is_backlogged() {
            return Err(DismissError::Backlog);
        }
        self.do_dismiss(&target.into())
    }

    /// Takes in the fate of a send (`O7`): each [`Transmit`](crate::Transmit) and [`Edit`](crate::Edit) has one.
    ///
    /// # Errors
    ///
    /// [`UnknownToken`] if no send with this token waits for its fate: it is known already, or the token is not this engine's. Harmless.
    pub fn handle_send_result(&mut self, now: Timestamp, token: Token, result: SendResult) -> Result<(), UnknownToken> {
        self.advance(now);
        self.take_fate(token, &result)?;
        self.fire_due(self.clock.now());
        Ok(())
    }

    /// The user was away, and the history is on its way (`A7`): until [`Engine::handle_history`], no deadline fires.
    pub fn begin_catch_up(&mut self, now: Timestamp) {
        self.is_catching_up = true;
        self.advance(now);
    }

    /// Takes in what happened meanwhile, in one batch and in any order, one's own messages included (`A1`, `A2`, `A3`). An empty
    /// batch will do, if the service has none. After [`CatchUp::Backlog`] poll, and hand it in again.
    ///
    /// ```
    /// use convoke::{Callback, CatchUp, Config, Conversation, Disposition, Engine, History, Inbound, Invite, Output, Seed, Timestamp};
    /// let mut alice = Engine::new("alice", Config::default(), Seed::from([7; 16]))?;
    /// let mut bob = Engine::new("bob", Config::default(), Seed::from([8; 16]))?;
    /// alice.invite(Timestamp::from_millis(0), Invite::to("bob").timeout(30))?;
    /// let Some(Output::Transmit(invite)) = alice.poll_output() else { unreachable!() };
    ///
    /// // bob was away for a minute. The call is over by now, so it is told as missed.
    /// let call = Inbound::new("alice", Conversation::C2c("alice".into()), invite.payload).stamped(0, "m1");
    /// let chat = Inbound::new("alice", Conversation::C2c("alice".into()), "are you there?").stamped(60_000, "m2");
    /// let done = bob.handle_history(Timestamp::from_millis(60_000), &History::cold(), &[call, chat]);
    /// assert_eq!(done, CatchUp::Done(vec![Disposition::Applied, Disposition::NotSignaling]));
    /// assert!(matches!(bob.poll_output(), Some(Output::Callback(Callback::Missed { .. }))));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn handle_history(&mut self, now: Timestamp, history: &History, messages: &[Inbound]) -> CatchUp {
        if self.is_backlogged() {
            return CatchUp::Backlog;
        }
        self.begin_catch_up(now);
        let caught_up = self.take_history(history, messages);
        self.is_catching_up = false;
        self.fire_due(self.clock.now());
        caught_up
    }

    /// A member left a group (`A6`): who has not answered there is presumed not to. O(n) in the invitations kept.
    ///
    /// After an absence, hand this in after the history: what they said before they left may be in it (`A7`).
    pub fn handle_member_left(&mut self, now: Timestamp, group: &GroupId, user: &UserId) {
        self.advance(now);
        let open = self
            .book
            .iter()
            .filter(|(key, invitation)| invitation.is_open() && key.conversation().group() == Some(group));
        let concerned =
            open.filter_map(|(key, invitation)| Some((key.clone(), invitation.invitees().position(user.as_str())?)));
        let concerned: Vec<(InvitationKey, u32)> = concerned.collect();
        let (book, mut step) = self.split(self.clock.now(), None);
        for (key, party) in concerned {
            book.with(&mut step, &key, |step, key, invitation| {
                if invitation.state(party, Fact::Left, Certainty::Confirmed) {
                    let (fact, data) = (Fact::Left, Data::default());
                    let news = [News { party, fact, data, elsewhere: false, own_timer: false }];
                    hold_back(invitation, &news);
                    step.tell_all(key, invitation, &news);
                }
            });
        }
    }

    /// The host knows what the service's clock shows (`T7`). Best called at sign-in.
    pub fn sync_clock(&mut self, now: Timestamp, server_now: ServerTime) {
        self.advance(now);
        self.clock.sync(server_now);
    }

    /// Fires what is due by `now` (`T2`): one late tick does what many small ones would have done.
    pub fn tick(&mut self, now: Timestamp) {
        self.advance(now);
    }

    /// The next thing that the engine asks of the host: sends, edits and callbacks in one queue, one order.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outbox.poll(self.book.is_empty())
    }

    /// What the engine waits for (`T3`). O(1). During a catch-up, once all outputs are polled, this is [`Wake::Never`]: the engine then
    /// waits for [`Engine::handle_history`].
    #[must_use]
    pub fn wake(&self) -> Wake {
        if !self.outbox.outputs.is_empty() {
            return Wake::Poll;
        }
        match self.next_due() {
            Some((at, reason)) => Wake::At(at, reason),
            None => Wake::Never,
        }
    }

    fn advance(&mut self, now: Timestamp) {
        let before = self.clock.now();
        self.clock.advance(now);
        self.fire_due(before);
    }

    fn is_backlogged(&self) -> bool {
        exceeds(self.outbox.outputs.len().saturating_add(1), self.config.limits.outputs)
    }

    /// The invitations, and what a step on one of them needs.
    fn split<'a>(&'a mut self, now: Timestamp, fold: Option<&'a mut Fold>) -> (&'a mut Book, Step<'a>) {
        let is_catching_up = self.is_catching_up;
        let step = Step { me: &self.me, config: &self.config, outbox: &mut self.outbox, now, is_catching_up, fold };
        (&mut self.book, step)
    }
}
