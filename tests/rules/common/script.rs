//! Random runs of one engine: bob's, who has to do with alice and carol, in pairs and in a group.
//!
//! A step names what happens by small numbers; it becomes an [`Input`] when its turn comes, because ids and tokens of one's
//! own are only known then.

use convoke::{
    Engine, History, Inbound, Input, InvitationView, Invite, Output, Pushed, Reply, SendResult, ServerTime, Target,
    Timestamp, UserId,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::{ACCEPT, Action, CANCEL, INVITE, REJECT, TIMEOUT, at, group, pair, stamp};

pub(crate) const ME: &str = "bob";
const USERS: [&str; 3] = ["alice", "bob", "carol"];
const IDS: [&str; 2] = ["one", "two"];
const TEXTS: [&str; 2] = ["call", "other"];

/// What happens next, and how long after the last.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    /// In milliseconds. A host's clock may also stumble backwards.
    pub(crate) after: i64,
    pub(crate) event: Event,
    /// Whether the host polls the outputs afterwards.
    pub(crate) polls: bool,
}

#[derive(Clone, Debug)]
pub(crate) enum Event {
    Message(Saying),
    Edit(Saying),
    Invite { in_group: bool, secs: u32 },
    Cancel(Index),
    Accept(Index),
    Reject(Index),
    Modify(Index),
    Dismiss(Index),
    AddInvited { by: usize, id: usize, secs: u32 },
    Fate(Index, Fate),
    BeginCatchUp,
    History { is_cold: bool, messages: Vec<Saying> },
    MemberLeft(usize),
    SyncClock(i64),
    Tick,
}

#[derive(Clone, Copy, Debug)]
pub(crate) enum Fate {
    Sent,
    Refused,
    Unknown,
}

/// A message that somebody sends: sound, mistaken or forged.
#[derive(Clone, Debug)]
pub(crate) struct Saying {
    /// Sound, of one of the open invitations; if there are none, or this is `None`, as the rest says.
    pub(crate) about: Option<Index>,
    pub(crate) action: u8,
    pub(crate) by: usize,
    pub(crate) inviter: usize,
    pub(crate) id: usize,
    pub(crate) invitees: Vec<usize>,
    pub(crate) in_group: bool,
    pub(crate) secs: u32,
    pub(crate) text: usize,
    /// How long ago it was stamped; `None`: it is not.
    pub(crate) age: Option<i64>,
}

/// A run of up to `steps` steps.
pub(crate) fn script(steps: usize) -> impl Strategy<Value = Vec<Step>> {
    let after = prop_oneof![
        8 => 0..3_i64,
        4 => 500..6_000_i64,
        1 => prop::sample::select(vec![-1_000, 999, 1_000, 9_999, 10_000, 15_000, 600_000, 90_000_000]),
    ];
    let step = (after, event(), prop::bool::weighted(0.9));
    vec(step.prop_map(|(after, event, polls)| Step { after, event, polls }), 0..steps)
}

fn event() -> impl Strategy<Value = Event> {
    let which = any::<Index>;
    prop_oneof![
        10 => saying().prop_map(Event::Message),
        1 => saying().prop_map(Event::Edit),
        4 => (any::<bool>(), secs()).prop_map(|(in_group, secs)| Event::Invite { in_group, secs }),
        2 => which().prop_map(Event::Cancel),
        3 => which().prop_map(Event::Accept),
        2 => which().prop_map(Event::Reject),
        2 => which().prop_map(Event::Modify),
        1 => which().prop_map(Event::Dismiss),
        1 => (0..USERS.len(), 0..IDS.len(), secs()).prop_map(|(by, id, secs)| Event::AddInvited { by, id, secs }),
        6 => (which(), prop::sample::select(vec![Fate::Sent, Fate::Refused, Fate::Unknown]))
            .prop_map(|(which, fate)| Event::Fate(which, fate)),
        1 => Just(Event::BeginCatchUp),
        2 => (any::<bool>(), vec(saying(), 0..5))
            .prop_map(|(is_cold, messages)| Event::History { is_cold, messages }),
        1 => (0..USERS.len()).prop_map(Event::MemberLeft),
        1 => (-5_000..5_000_i64).prop_map(Event::SyncClock),
        2 => Just(Event::Tick),
    ]
}

fn saying() -> impl Strategy<Value = Saying> {
    let action = prop::sample::select(vec![INVITE, INVITE, CANCEL, ACCEPT, ACCEPT, REJECT, TIMEOUT]);
    let about = prop::option::weighted(0.6, any::<Index>());
    let name = (0..IDS.len(), 0..USERS.len(), any::<bool>());
    let parties = (0..USERS.len(), vec(0..USERS.len(), 1..3));
    let age = prop_oneof![1 => Just(None), 3 => (-1_000..12_000_i64).prop_map(Some), 1 => Just(Some(700_000))];
    (action, about, name, parties, secs(), 0..TEXTS.len(), age).prop_map(
        |(action, about, (id, inviter, in_group), (by, invitees), secs, text, age)| {
            // A forged inviter is refused before anything else: one test has that, a script need not.
            let (inviter, about) = if action == INVITE { (by, None) } else { (inviter, about) };
            Saying { about, action, by, inviter, id, invitees, in_group, secs, text, age }
        },
    )
}

fn secs() -> impl Strategy<Value = u32> {
    prop::sample::select(vec![0, 1, 10, 10, 10, 30])
}

/// One input, when it came, and whether the host polled after it.
#[derive(Clone, Debug)]
pub(crate) struct Line {
    pub(crate) now: Timestamp,
    pub(crate) input: Input,
    pub(crate) polls: bool,
}

/// Plays a script from 1,000,000 ms on. `watch` sees each line before it is handed in.
pub(crate) fn play(engine: &mut Engine, script: &[Step], mut watch: impl FnMut(&Engine, &Line)) -> Vec<Line> {
    let mut ms = 1_000_000;
    let mut lines = Vec::new();
    for step in script {
        ms += step.after;
        let Some(input) = input(engine, ms, &step.event) else {
            continue;
        };
        let line = Line { now: at(ms), input, polls: step.polls };
        watch(engine, &line);
        let _ = hand_in(engine, &line);
        lines.push(line);
    }
    lines
}

/// Hands in a line as it was recorded; gives what came of it.
pub(crate) fn hand_in(engine: &mut Engine, line: &Line) -> (Reply, Vec<Output>) {
    let reply = engine.handle(line.now, line.input.clone());
    (reply, if line.polls { poll_all(engine) } else { Vec::new() })
}

pub(crate) fn poll_all(engine: &mut Engine) -> Vec<Output> {
    std::iter::from_fn(|| engine.poll_output()).collect()
}

/// What happens, as an input for this engine; `None` if it has nothing of the kind.
pub(crate) fn input(engine: &Engine, ms: i64, event: &Event) -> Option<Input> {
    let target = |which: &Index| target(engine, *which);
    let input = match event {
        Event::Message(saying) => Input::Message(message(engine, ms, saying)?),
        Event::Edit(saying) => Input::Edit(message(engine, ms, saying)?),
        Event::Invite { in_group: true, secs } => {
            Input::Invite(Invite::in_group("room", ["alice", "carol"]).timeout(*secs))
        }
        Event::Invite { in_group: false, secs } => Input::Invite(Invite::to("alice").timeout(*secs)),
        Event::Cancel(which) => Input::Cancel(target(which), "no more".into()),
        Event::Accept(which) => Input::Accept(target(which), "yes".into()),
        Event::Reject(which) => Input::Reject(target(which), "no".into()),
        Event::Modify(which) => Input::Modify(target(which), "video".into()),
        Event::Dismiss(which) => Input::Dismiss(target(which)),
        Event::AddInvited { by, id, secs } => {
            let sent = ServerTime::from_millis(ms - 1_000);
            Input::AddInvited(Pushed::from_user(*USERS.get(*by)?, *IDS.get(*id)?, sent).timeout(*secs))
        }
        Event::Fate(which, fate) => {
            let tokens: Vec<_> = engine.sends_in_flight().map(|(token, _)| token).collect();
            let result = match fate {
                Fate::Sent => SendResult::Sent(stamp(ms - 100, "ack")),
                Fate::Refused => SendResult::Refused { code: 20_001 },
                Fate::Unknown => SendResult::Unknown,
            };
            Input::SendResult(*pick(&tokens, *which)?, result)
        }
        Event::BeginCatchUp => Input::BeginCatchUp,
        Event::History { is_cold, messages } => {
            let history = if *is_cold { History::cold() } else { History::hot() };
            Input::History(history, messages.iter().filter_map(|saying| message(engine, ms, saying)).collect())
        }
        Event::MemberLeft(user) => Input::MemberLeft("room".into(), (*USERS.get(*user)?).into()),
        Event::SyncClock(ahead) => Input::SyncClock(ServerTime::from_millis(ms + ahead)),
        Event::Tick => Input::Tick,
    };
    Some(input)
}

/// An open invitation by its whole name, or an id that others use.
fn target(engine: &Engine, which: Index) -> Target {
    let open = engine.invitations().map(|invitation| invitation.key().into());
    let targets: Vec<Target> = open.chain([Target::from("one")]).collect();
    which.get(&targets).clone()
}

fn message(engine: &Engine, ms: i64, saying: &Saying) -> Option<Inbound> {
    let message = apt(engine, saying).or_else(|| random(saying))?;
    Some(match saying.age {
        Some(age) => message.stamped(ms - age, format!("{}-{}", saying.by, saying.action)),
        None => message,
    })
}

/// A message by someone who may say such a thing of an invitation that is open here.
fn apt(engine: &Engine, saying: &Saying) -> Option<Inbound> {
    let open: Vec<InvitationView<'_>> = engine.invitations().collect();
    let about = pick(&open, saying.about?)?;
    let (invite_id, inviter) = (about.key().invite_id(), about.key().inviter());
    let invitee = about.invitees().get(saying.by % about.invitees().len())?.as_str();
    let everybody: Vec<&str> = about.invitees().iter().map(UserId::as_str).collect();
    let (by, listed) = match saying.action {
        ACCEPT | REJECT => (invitee, vec![invitee]),
        TIMEOUT if saying.in_group => (invitee, vec![invitee]),
        _ => (inviter.as_str(), everybody),
    };
    let action = Action {
        kind: saying.action,
        id: invite_id.as_str(),
        inviter: inviter.as_str(),
        invitees: &listed,
        timeout: if saying.action == INVITE { saying.secs } else { 0 },
        data: TEXTS.get(saying.text)?,
    };
    Some(action.from(by, about.key().conversation().clone()))
}

/// A message that may be a mistake, or a lie.
fn random(saying: &Saying) -> Option<Inbound> {
    let invitees: Vec<&str> = saying.invitees.iter().filter_map(|user| USERS.get(*user).copied()).collect();
    let action = Action {
        kind: saying.action,
        id: IDS.get(saying.id)?,
        inviter: USERS.get(saying.inviter)?,
        invitees: &invitees,
        timeout: if saying.action == INVITE { saying.secs } else { 0 },
        data: TEXTS.get(saying.text)?,
    };
    let by = *USERS.get(saying.by)?;
    let conversation = if saying.in_group { group("room") } else { pair(if by == ME { "alice" } else { by }) };
    Some(action.from(by, conversation))
}

fn pick<T>(of: &[T], which: Index) -> Option<&T> {
    (!of.is_empty()).then(|| which.get(of))
}
