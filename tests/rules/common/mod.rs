//! What the tests share: one device with its host's bookkeeping.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

mod app;
mod messages;
pub(crate) mod moves;
pub(crate) mod net;

pub(crate) mod random;
pub(crate) mod script;

pub(crate) use self::messages::{
    ACCEPT, Action, CANCEL, INVITE, REJECT, TIMEOUT, bob_says, call, cancel_to_bob, class, edited, in_call, in_class,
    in_room, relay, standing, to_bob,
};
use convoke::{
    Callback, Config, Conversation, Data, Disposition, Engine, Inbound, Invite, InviteId, Limit, Limits, Outcome,
    Output, Refusal, Seed, SendResult, ServerTime, Stamp, Target, Timestamp, Token, Transmit, UserId, Wake,
    signaling_info,
};

/// A moment, in milliseconds.
pub(crate) fn at(ms: i64) -> Timestamp {
    Timestamp::from_millis(ms)
}

pub(crate) fn stamp(ms: i64, id: &str) -> Stamp {
    Stamp { time: ServerTime::from_millis(ms), id: id.into() }
}

pub(crate) fn pair(peer: &str) -> Conversation {
    Conversation::C2c(peer.into())
}

pub(crate) fn group(name: &str) -> Conversation {
    Conversation::Group(name.into())
}

/// A signed-in device, and what its host has been given so far.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Device {
    pub(crate) engine: Engine,
    pub(crate) callbacks: Vec<Callback>,
    pub(crate) transmits: Vec<Transmit>,
    pub(crate) edits: Vec<convoke::Edit>,
}

impl Device {
    pub(crate) fn new(user: &str) -> Self {
        Self::with(user, Config::default())
    }

    pub(crate) fn with(user: &str, config: Config) -> Self {
        Self::seeded(user, config, 7)
    }

    pub(crate) fn seeded(user: &str, config: Config, seed: u8) -> Self {
        let engine = Engine::new(user, config, Seed::from([seed; 16])).expect("the configuration can be used");
        Self { engine, callbacks: Vec::new(), transmits: Vec::new(), edits: Vec::new() }
    }

    /// A device that has heard this invite at 0, and whose app has been told.
    pub(crate) fn invited(user: &str, invite: &Inbound) -> Self {
        Self::invited_with(user, Config::default(), invite)
    }

    pub(crate) fn invited_with(user: &str, config: Config, invite: &Inbound) -> Self {
        let mut device = Self::with(user, config);
        assert_eq!(device.hear(0, invite), Disposition::Applied);
        device.callbacks.clear();
        device
    }

    /// Polls everything.
    pub(crate) fn drain(&mut self) {
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Transmit(transmit) => self.transmits.push(transmit),
                Output::Edit(edit) => self.edits.push(edit),
                Output::Callback(callback) => self.callbacks.push(callback),
            }
        }
    }

    pub(crate) fn hear(&mut self, ms: i64, message: &Inbound) -> Disposition {
        let disposition = self.engine.handle_message(at(ms), message);
        self.drain();
        disposition
    }

    /// Hears a message that says something new.
    pub(crate) fn learn(&mut self, ms: i64, message: &Inbound) {
        assert_eq!(self.hear(ms, message), Disposition::Applied);
    }

    pub(crate) fn hear_edit(&mut self, ms: i64, message: &Inbound) -> Disposition {
        let disposition = self.engine.handle_edit(at(ms), message);
        self.drain();
        disposition
    }

    /// Hears a message, or an edit, that must change nothing and tell nobody.
    pub(crate) fn hear_in_vain(&mut self, ms: i64, message: &Inbound) -> Disposition {
        self.unchanged(ms, |device| device.hear(ms, message))
    }

    pub(crate) fn hear_edit_in_vain(&mut self, ms: i64, message: &Inbound) -> Disposition {
        self.unchanged(ms, |device| device.hear_edit(ms, message))
    }

    fn unchanged(&mut self, ms: i64, hear: impl FnOnce(&mut Self) -> Disposition) -> Disposition {
        self.tick(ms);
        let before = self.clone();
        let disposition = hear(self);
        assert!(*self == before, "{disposition:?}, and yet it changed something");
        disposition
    }

    pub(crate) fn accept(&mut self, ms: i64, id: impl Into<Target>) {
        self.engine.accept(at(ms), id, "yes").expect("it can be accepted");
        self.drain();
    }

    pub(crate) fn reject(&mut self, ms: i64, id: impl Into<Target>) {
        self.engine.reject(at(ms), id, "no").expect("it can be rejected");
        self.drain();
    }

    pub(crate) fn cancel(&mut self, ms: i64, id: impl Into<Target>) {
        self.engine.cancel(at(ms), id, "stop").expect("it can be cancelled");
        self.drain();
    }

    pub(crate) fn modify(&mut self, ms: i64, id: impl Into<Target>, data: &str) {
        self.engine.modify(at(ms), id, data).expect("it can be modified");
        self.drain();
    }

    /// What has become of an invitee.
    pub(crate) fn outcome_of(&self, id: impl Into<Target>, user: &str) -> Outcome {
        let invitation = self.engine.invitation(id).expect("the invitation is known");
        invitation.outcome_of(user).expect("the user is invited")
    }

    pub(crate) fn tick(&mut self, ms: i64) {
        self.engine.tick(at(ms));
        self.drain();
    }

    pub(crate) fn invite(&mut self, ms: i64, invite: Invite) -> InviteId {
        let key = self.engine.invite(at(ms), invite).expect("the invite is valid");
        self.drain();
        key.invite_id().clone()
    }

    /// The names of the callbacks since the last call, and forgets them.
    pub(crate) fn heard(&mut self) -> Vec<&'static str> {
        self.drain();
        self.callbacks.drain(..).map(|callback| callback.name()).collect()
    }

    /// The callbacks since the last call.
    pub(crate) fn take(&mut self) -> Vec<Callback> {
        self.drain();
        std::mem::take(&mut self.callbacks)
    }

    /// The messages to send since the last call.
    pub(crate) fn sent(&mut self) -> Vec<Transmit> {
        self.drain();
        std::mem::take(&mut self.transmits)
    }

    /// What was sent since the last call: each action, and whom it lists.
    pub(crate) fn said(&mut self) -> Vec<(u8, Vec<String>)> {
        self.sent().iter().map(what_it_says).collect()
    }

    /// The service takes everything that is in flight.
    pub(crate) fn ack(&mut self, ms: i64) {
        self.settle(ms, |n| SendResult::Sent(stamp(ms, &format!("ack-{ms}-{n}"))));
    }

    /// The service takes the one send that is in flight, as a message with this stamp.
    pub(crate) fn ack_as(&mut self, ms: i64, message: &Inbound) {
        let token = self.only_token();
        let stamp = message.stamp.clone().expect("the message has a stamp");
        self.engine.handle_send_result(at(ms), token, SendResult::Sent(stamp)).expect("the token is open");
        self.drain();
    }

    /// Nobody knows what became of the one send that is in flight.
    pub(crate) fn lose_track(&mut self, ms: i64) {
        let token = self.only_token();
        self.engine.handle_send_result(at(ms), token, SendResult::Unknown).expect("the token is open");
        self.drain();
    }

    fn only_token(&self) -> Token {
        let tokens: Vec<Token> = self.engine.sends_in_flight().map(|(token, _)| token).collect();
        assert_eq!(tokens.len(), 1, "one send is in flight");
        tokens[0]
    }

    /// The service refuses everything that is in flight.
    pub(crate) fn refuse(&mut self, ms: i64, code: i32) {
        self.settle(ms, |_| SendResult::Refused { code });
    }

    /// The connection is lost: nobody knows of anything that is in flight.
    pub(crate) fn lose(&mut self, ms: i64) {
        self.settle(ms, |_| SendResult::Unknown);
    }

    fn settle(&mut self, ms: i64, fate: impl Fn(usize) -> SendResult) {
        let tokens: Vec<Token> = self.engine.sends_in_flight().map(|(token, _)| token).collect();
        for (n, token) in tokens.into_iter().enumerate() {
            self.engine.handle_send_result(at(ms), token, fate(n)).expect("the token is open");
        }
        self.drain();
    }

    /// The outcome of an invitee, open or remembered.
    pub(crate) fn outcome(&self, id: &str, invitee: &str) -> Option<Outcome> {
        self.engine.invitation(id).and_then(|invitation| invitation.outcome_of(invitee))
    }

    /// When the engine wants to be called next.
    pub(crate) fn wake_ms(&self) -> Option<i64> {
        match self.engine.wake() {
            Wake::Poll => panic!("outputs wait"),
            Wake::At(at, _) => Some(at.as_millis()),
            Wake::Never => None,
        }
    }
}

/// bob's device, where alice's call "i" of this many seconds rings since 0 ms.
pub(crate) fn ringing(secs: u32) -> Device {
    ringing_with(Config::default(), secs)
}

pub(crate) fn ringing_with(config: Config, secs: u32) -> Device {
    let mut bob = Device::with("bob", config);
    let invite = Action::invite("i", "alice", &["bob"], secs).from("alice", pair("alice")).stamped(0, "i");
    assert_eq!(bob.hear(0, &invite), Disposition::Applied);
    assert_eq!(bob.heard(), ["onReceiveNewInvitation"]);
    bob
}

/// alice's device, which has sent this invite at 0 ms; the service has not said what became of it.
pub(crate) fn dialling(invite: Invite) -> (Device, InviteId) {
    dialling_with(Config::default(), invite)
}

pub(crate) fn dialling_with(config: Config, invite: Invite) -> (Device, InviteId) {
    let mut alice = Device::with("alice", config);
    let id = alice.invite(0, invite);
    assert_eq!(alice.said().len(), 1);
    (alice, id)
}

/// The same, and the service has taken it at once.
pub(crate) fn calling(invite: Invite) -> (Device, InviteId) {
    let (mut alice, id) = dialling(invite);
    alice.ack(0);
    (alice, id)
}

/// alice's device, which has invited bob and carol in the room, for ten seconds.
pub(crate) fn inviting() -> (Device, InviteId) {
    calling(Invite::in_group("room", ["bob", "carol"]).timeout(10).data("call"))
}

/// alice's device with an acked call to bob, its id, and its message.
pub(crate) fn called() -> (Device, InviteId, Inbound) {
    let mut alice = Device::new("alice");
    let id = alice.invite(0, Invite::to("bob").timeout(10).data("call"));
    let message = relay(&alice.sent()[0], "alice", "alice", 0);
    alice.ack_as(0, &message);
    (alice, id, message)
}

/// The data of the open invitation.
pub(crate) fn data_of(device: &Device) -> String {
    let open = device.engine.invitations().next().expect("an open invitation");
    open.data().as_str().to_owned()
}

fn what_it_says(transmit: &Transmit) -> (u8, Vec<String>) {
    let message = Inbound::new("", transmit.conversation.clone(), transmit.payload.clone());
    let info = signaling_info(&message, &Limits::default()).expect("it is signaling");
    let listed = info.invitee_list.iter().map(ToString::to_string).collect();
    (u8::try_from(info.action_type).expect("the action is known"), listed)
}

/// What `said` gives of one action about these.
pub(crate) fn saying(action: u8, listed: &[&str]) -> (u8, Vec<String>) {
    (action, listed.iter().map(ToString::to_string).collect())
}

/// Asserts that the device has been called back with these since the last time.
macro_rules! assert_told {
    ($device:expr, [$($callback:pat),* $(,)?]) => {
        let told = $device.take();
        assert!(matches!(&told[..], [$($callback),*]), "{told:#?}");
    };
}
pub(crate) use assert_told;

/// What has become of each invitee; nothing, if the invitation is not known.
fn outcomes(engine: &Engine, id: &InviteId) -> Vec<(UserId, Outcome)> {
    let view = engine.invitation(id);
    view.map_or_else(Vec::new, |view| view.outcomes().map(|(user, outcome)| (user.clone(), outcome)).collect())
}

/// Both, if the first of them finds room.
pub(crate) fn ended(device: &mut Device, ms: i64, id: &str, inviter: &str) -> Disposition {
    let entered = device.hear(ms, &to_bob(id, inviter, 10));
    if entered == Disposition::Applied {
        assert_eq!(device.hear(ms, &cancel_to_bob(id, inviter)), Disposition::Applied);
    }
    entered
}

/// That of a host that cannot know the fate of its sends.
pub(crate) fn blind() -> Config {
    let mut config = Config::default();
    config.fates_are_told = false;
    config
}

/// A configuration with other limits.
pub(crate) fn limited(set: impl FnOnce(&mut Limits)) -> Config {
    let mut config = Config::default();
    set(&mut config.limits);
    config
}

/// There is no room for it.
pub(crate) fn refused(limit: Limit) -> Disposition {
    Disposition::Refused(Refusal::Limit(limit))
}

pub(crate) fn data(text: &str) -> Data {
    Data::from(text)
}
