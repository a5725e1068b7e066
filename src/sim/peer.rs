//! One engine behind the protocol: calls and messages go in, and each output becomes a line.

mod layers;
mod sends;

use alloc::borrow::ToOwned as _;
use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use serde_json::{Value, json};

use self::sends::Held;
use super::answer::{Out, ResultLine};
use super::apps::{Layers, LayersSnapshot};
use super::command::{Message, Method, Options, SendingMode, as_text};
use super::intake::In;
use super::service::{Service, given_time};
use crate::callback::Outcome;
use crate::disposition::Disposition;
use crate::engine::Engine;
use crate::id::{InviteId, UserId};
use crate::input::{History, Input, Reply, Start};
use crate::laws::{Broken, LayerWatch, Saved, Tally, Watched};
use crate::layer::Layer as _;
use crate::message::{Inbound, Pushed, Token};
use crate::name::{Conversation, InvitationKey};
use crate::time::{ServerTime, Timestamp};
use crate::{Wake, WakeReason};

#[derive(Clone)]
pub(super) struct Peer {
    name: String,
    user: UserId,
    skew_ms: i64,
    engine: Watched,
    layers: Layers,
    /// Who watches the layers, if anybody does.
    layer_watch: Option<LayerWatch>,
    state: State,
    saved: Option<PutBy>,
    /// It puts a snapshot by after each call, before anything that came of it is sent.
    saves_first: bool,
    /// What it took in last is in the snapshot.
    has_just_saved: bool,
    sending: SendingMode,
    held: Vec<Held>,
    /// What the last operation was about, if it succeeded.
    last_called: Option<InviteId>,
    /// The operation that was just called, until its message is handed out.
    called: Option<Operation>,
    /// Operations whose message is under way.
    under_way: BTreeMap<Token, Operation>,
}

/// What an app puts by, of one moment.
#[derive(Clone)]
pub(super) struct PutBy {
    pub(super) engine: Saved,
    pub(super) layers: LayersSnapshot,
    pub(super) layer_watch: Option<LayerWatch>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Awake,
    Asleep,
    Crashed,
}

/// What the line about an operation's end repeats.
#[derive(Clone)]
struct Operation {
    method: Method,
    tag: Option<Value>,
    invite_id: InviteId,
}

impl Peer {
    pub(super) fn new(
        name: &str,
        skew_ms: i64,
        engine: Watched,
        layers: Layers,
        layer_watch: Option<LayerWatch>,
    ) -> Self {
        Self {
            name: name.to_owned(),
            user: user_of(name).into(),
            skew_ms,
            engine,
            layers,
            layer_watch,
            state: State::Awake,
            saved: None,
            saves_first: false,
            has_just_saved: false,
            sending: SendingMode::Ok,
            held: Vec::new(),
            last_called: None,
            called: None,
            under_way: BTreeMap::new(),
        }
    }

    pub(super) fn take_in(&mut self, service: &mut Service, taken: In) {
        self.has_just_saved = false;
        match taken {
            In::Call { method, options, tag } => self.call(service, method, &options, tag),
            In::App(deed) => self.act(service, deed),
            In::Post(post) => {
                self.post(service, (post.conversation_type, &post.to), as_text(post.data), post.edit);
            }
            In::Message(message) => {
                let inbound = self.inbound(service, &message);
                self.hear(service, Input::Message(inbound));
            }
            In::Modified(message) => {
                let inbound = self.inbound(service, &message);
                self.hear(service, Input::Edit(inbound));
            }
            In::Online { start, messages } => self.come_back(service, start, &messages),
            In::Sleep => self.state = State::Asleep,
            In::Save => self.save(),
            In::SaveFirst(first) => self.saves_first = first,
            In::Crash => self.state = State::Crashed,
            In::Sending(mode) => self.sending = mode,
            In::Release(fate) => self.release(service, fate),
            In::Left(left) => self.hear_of_leaving(service, left),
            In::SyncClock { server_ms } => {
                self.do_so(service, Input::SyncClock(ServerTime::from_millis(server_ms)));
            }
            In::SetClock { skew_ms } => {
                self.skew_ms = skew_ms;
                self.tick(service);
            }
            In::Start { .. } | In::Offline => {} // the network's business
        }
    }

    fn call(&mut self, service: &mut Service, method: Method, options: &Options, tag: Option<Value>) {
        self.last_called = None;
        self.tick(service); // what is due puts out its own messages, which are not this operation's
        match self.operate(service, method, options) {
            Ok(invite_id) => {
                self.last_called = Some(invite_id.clone());
                self.called = Some(Operation { method, tag, invite_id });
                self.drain(service);
                if let Some(operation) = self.called.take() {
                    self.put_result(service, operation, 0);
                }
            }
            Err(code) => {
                let operation = Operation { method, tag, invite_id: options.invite_id.as_str().into() };
                self.put_result(service, operation, code);
                self.drain(service);
            }
        }
    }

    /// Returns the invitation, or the V2TIM code of the error.
    fn operate(&mut self, service: &mut Service, method: Method, options: &Options) -> Result<InviteId, i32> {
        let (target, data) = (options.target(), options.data());
        let invite_id = target.invite_id.clone();
        let input = match method {
            Method::Invite => Input::Invite(options.invite_user()),
            Method::InviteInGroup => Input::Invite(options.invite_group()),
            Method::Accept => Input::Accept(target, data),
            Method::Reject => Input::Reject(target, data),
            Method::Cancel => Input::Cancel(target, data),
            Method::ModifyInvitation => Input::Modify(target, data),
            Method::AddInvitedSignaling => Input::AddInvited(pushed(options, service)),
            Method::Dismiss => Input::Dismiss(target),
        };
        let reply = self.handle(service, input);
        match (reply.error_code(), reply) {
            (Some(code), _) => Err(code),
            (None, Reply::Invite(Ok(invitation))) => Ok(invitation.invite_id().clone()),
            (None, _) => Ok(invite_id),
        }
    }

    fn hear(&mut self, service: &mut Service, input: Input) {
        if let Reply::Disposition(disposition) = self.handle(service, input)
            && disposition != Disposition::Applied
        {
            service.put_out(&self.name, Out::Disposition(disposition));
        }
        self.drain(service);
    }

    pub(super) fn catch_up(&mut self, service: &mut Service) {
        self.do_so(service, Input::BeginCatchUp);
    }

    /// Whoever is handed a batch has been away (`A7`), whether or not `catch_up` said so before.
    fn come_back(&mut self, service: &mut Service, start: Start, messages: &[Message]) {
        self.state = State::Awake;
        let batch: Vec<_> = messages.iter().map(|message| self.inbound(service, message)).collect();
        let history = match start {
            Start::Cold => History::cold(),
            Start::Hot => History::hot(),
        };
        self.catch_up(service);
        self.do_so(service, Input::History(history, batch));
    }

    pub(super) fn tick(&mut self, service: &mut Service) {
        self.do_so(service, Input::Tick);
    }

    /// Hands the engine what cannot fail.
    fn do_so(&mut self, service: &mut Service, input: Input) {
        let _reply = self.handle(service, input);
        self.drain(service);
    }

    fn handle(&mut self, service: &mut Service, input: Input) -> Reply {
        let now = self.now(service);
        let reply = self.engine.handle(now, input);
        let wake = self.engine().wake();
        service.note(&self.name, || json!({ "now": now, "reply": format!("{reply:?}"), "wake": wake }));
        if self.saves_first {
            self.save();
        }
        reply
    }

    fn save(&mut self) {
        let layer_watch = self.layer_watch.clone();
        self.saved = Some(PutBy { engine: self.engine.save(), layers: self.layers.snapshot(), layer_watch });
        self.has_just_saved = true;
    }

    /// Lets the app do something with its engine.
    pub(super) fn operate_on<R>(&mut self, service: &mut Service, act: impl FnOnce(&mut Engine, Timestamp) -> R) -> R {
        let result = act(self.engine.unwatched(), skewed_now(service, self.skew_ms));
        self.drain(service);
        result
    }

    pub(super) fn engine(&self) -> &Engine {
        self.engine.engine()
    }

    /// The first law that was broken.
    pub(super) fn broken(&self) -> Option<&Broken> {
        self.engine.broken().or_else(|| self.layer_watch.as_ref()?.broken())
    }

    /// What was reached.
    pub(super) fn tallies(&self) -> impl Iterator<Item = &Tally> {
        self.engine.tally().into_iter().chain(self.layer_watch.as_ref().map(LayerWatch::tally))
    }

    pub(super) fn watched(&self) -> &Watched {
        &self.engine
    }

    pub(super) fn watched_mut(&mut self) -> &mut Watched {
        &mut self.engine
    }

    pub(super) fn last_called(&self) -> Option<&InviteId> {
        self.last_called.as_ref()
    }

    pub(super) fn skew_ms(&self) -> i64 {
        self.skew_ms
    }

    pub(super) fn sending(&self) -> SendingMode {
        self.sending
    }

    /// Whether the service took something, and the host has not heard of it.
    pub(super) fn is_holding(&self) -> bool {
        self.held.iter().any(|held| !held.is_stalled)
    }

    pub(super) fn is_running(&self) -> bool {
        self.state == State::Awake
    }

    pub(super) fn is_crashed(&self) -> bool {
        self.state == State::Crashed
    }

    pub(super) fn saves_first(&self) -> bool {
        self.saves_first
    }

    pub(super) fn has_just_saved(&self) -> bool {
        self.has_just_saved
    }

    pub(super) fn saved(&self) -> Option<&PutBy> {
        self.saved.as_ref()
    }

    /// As the app that it was before.
    pub(super) fn keep_saving(&mut self, saved: Option<PutBy>, saves_first: bool) {
        (self.saved, self.saves_first) = (saved, saves_first);
    }

    pub(super) fn live(&self) -> Vec<InviteId> {
        self.engine().invitations().map(|invitation| invitation.key().invite_id().clone()).collect()
    }

    pub(super) fn outcomes(&self, invite_id: &InviteId) -> Option<BTreeMap<UserId, Outcome>> {
        let invitation = self.engine().invitation(invite_id)?;
        Some(invitation.outcomes().map(|(user, outcome)| (user.clone(), outcome)).collect())
    }

    pub(super) fn inbound(&self, service: &mut Service, message: &Message) -> Inbound {
        service.inbound(&self.user, message)
    }

    /// When the engine wants to be called next, in virtual ms.
    pub(super) fn wake(&self, service: &Service) -> Option<i64> {
        // What has broken a law may never come to rest.
        if !self.is_running() || self.broken().is_some() {
            return None;
        }
        self.moment(service, self.layers.wake(self.engine()))
    }

    /// When something is told or sent next, in virtual ms: the moments at which the engine only forgets are skipped, on a
    /// copy, so that a driver that follows this to its end comes to one.
    pub(super) fn next_effect(&self, service: &Service) -> Option<i64> {
        let of_layers = self.moment(service, self.layers.next());
        self.next_effect_of_engine(service).into_iter().chain(of_layers).min()
    }

    fn next_effect_of_engine(&self, service: &Service) -> Option<i64> {
        let mut wake = self.engine().wake();
        let stats = self.engine().stats();
        if matches!(wake, Wake::At(_, WakeReason::Housekeeping)) && stats.open == 0 && stats.sends_in_flight == 0 {
            return None; // there is no more to it, and a long memory need not be looked through
        }
        let mut ahead = None;
        while let Wake::At(at, WakeReason::Housekeeping | WakeReason::Retention) = wake {
            let engine = ahead.get_or_insert_with(|| self.engine().clone());
            engine.tick(at);
            wake = engine.wake();
        }
        self.moment(service, wake)
    }

    fn moment(&self, service: &Service, wake: Wake) -> Option<i64> {
        match wake {
            Wake::At(at, _) => Some(self.virtual_ms(service, at)),
            Wake::Poll => Some(service.elapsed_ms),
            Wake::Never => None,
        }
    }

    fn put_result(&self, service: &mut Service, operation: Operation, code: i32) {
        let Operation { method, tag, invite_id } = operation;
        let tells_id = code == 0 && method != Method::ModifyInvitation; // as the vendor's module
        let invite_id = tells_id.then_some(invite_id);
        service.put_out(&self.name, Out::Result(ResultLine { result: method, tag, code, invite_id }));
    }

    fn now(&self, service: &Service) -> Timestamp {
        skewed_now(service, self.skew_ms)
    }

    fn virtual_ms(&self, service: &Service, at: Timestamp) -> i64 {
        at.as_millis().saturating_sub(self.skew_ms).saturating_sub(service.start_ms).max(service.elapsed_ms)
    }
}

pub(super) fn skewed_now(service: &Service, skew_ms: i64) -> Timestamp {
    Timestamp::from_millis(service.now_ms().saturating_add(skew_ms))
}

/// `alice/2` is alice's second device.
pub(super) fn user_of(name: &str) -> &str {
    name.split('/').next().unwrap_or_default()
}

fn pushed(options: &Options, service: &Service) -> Pushed {
    let inviter = options.inviter.clone().unwrap_or_default();
    let conversation = if options.group_id.is_empty() {
        Conversation::C2c(inviter.clone())
    } else {
        Conversation::Group(options.group_id.as_str().into())
    };
    let sent = given_time(options.time, options.time_ms).unwrap_or_else(|| ServerTime::from_millis(service.now_ms()));
    let key = InvitationKey::new(inviter, options.invite_id.as_str(), conversation);
    Pushed::new(key, sent).timeout(options.timeout_secs()).data(options.data())
}
