//! An engine with many invitations, and the messages of those it deals with.

use std::sync::Arc;

use convoke::{
    Config, Conversation, Disposition, Engine, Inbound, Invite, InviteId, Limits, Output, Seed, SendResult, ServerTime,
    Stamp, Timestamp, Token, Transmit,
};
use fastrand::Rng;

pub(crate) const ME: &str = "me";
/// An hour: nothing is due while something else is measured.
const TIMEOUT_S: u32 = 3_600;
const DATA: &str = r#"{"businessID":"av_call","call_type":2,"room_id":1001}"#;

pub(crate) fn engine(me: &str) -> Engine {
    Engine::new(me, config(), Seed::from([7; 16])).expect("a good configuration")
}

/// Without limits, but for what a message may be.
fn config() -> Arc<Config> {
    const ALL: u32 = u32::MAX;
    let mut limits = Limits::default();
    (limits.payload_bytes, limits.invitees, limits.outputs) = (ALL, ALL, ALL);
    (limits.open, limits.open_per_sender, limits.kept, limits.kept_per_sender) = (ALL, ALL, ALL, ALL);
    let mut config = Config::default();
    config.limits = limits;
    Arc::new(config)
}

/// Whom the user talks to: everybody about one invitation.
pub(crate) fn peer(number: usize) -> String {
    format!("user{number:08}")
}

pub(crate) fn random_id(random: &mut Rng) -> String {
    let id = random.u128(..);
    format!(
        "{:08x}-{:04x}-4{:03x}-a{:03x}-{:012x}",
        id >> 96,
        id >> 80 & 0xffff,
        id >> 68 & 0xfff,
        id >> 52 & 0xfff,
        id & 0xffff_ffff_ffff
    )
}

/// What a user says to the signed-in one, or to a group.
pub(crate) struct Said<'a> {
    pub(crate) action: u8,
    pub(crate) invite_id: &'a str,
    pub(crate) inviter: &'a str,
    pub(crate) invitees: &'a [&'a str],
    pub(crate) by: &'a str,
    pub(crate) group: Option<&'a str>,
}

pub(crate) fn message(said: &Said<'_>, now: Timestamp) -> Inbound {
    let Said { action, invite_id, inviter, invitees, by, group } = said;
    let timeout = if *action == 1 { TIMEOUT_S } else { 0 };
    let payload = format!(
        r#"{{"businessID":1,"timeout":{timeout},"data":{},"inviteID":"{invite_id}","groupID":"{}","actionType":{action},"inviter":"{inviter}","inviteeList":{}}}"#,
        serde_json::to_string(DATA).expect("a string"),
        group.unwrap_or_default(),
        serde_json::to_string(invitees).expect("strings"),
    );
    let conversation = group.map_or_else(|| Conversation::C2c((*by).into()), |group| Conversation::Group(group.into()));
    let mut message = Inbound::new(*by, conversation, payload);
    message.stamp = Some(stamp(now));
    message
}

pub(crate) fn stamp(now: Timestamp) -> Stamp {
    Stamp { time: ServerTime::from_millis(now.as_millis()), id: "144115198371610486-1706780000-12345678".into() }
}

pub(crate) fn invite(peer: &str) -> Invite {
    Invite::to(peer).timeout(TIMEOUT_S).data(DATA)
}

/// Takes all that waits to be polled; gives the tokens of what is to be sent.
pub(crate) fn drain(engine: &mut Engine) -> Vec<Token> {
    let mut tokens = Vec::new();
    while let Some(output) = engine.poll_output() {
        match output {
            Output::Transmit(Transmit { token, .. }) => tokens.push(token),
            Output::Edit(edit) => tokens.push(edit.token),
            Output::Callback(_) => {}
        }
    }
    tokens
}

pub(crate) fn ack(engine: &mut Engine, now: Timestamp, tokens: Vec<Token>) {
    for token in tokens {
        engine.handle_send_result(now, token, SendResult::Sent(stamp(now))).expect("an open token");
    }
}

pub(crate) fn hear(engine: &mut Engine, now: Timestamp, messages: &[Inbound], expected: Disposition) {
    for message in messages {
        assert_eq!(engine.handle_message(now, message), expected);
        drain(engine);
    }
}

/// One engine with so many open invitations, half of them the user's own; nobody has two.
pub(crate) struct Full {
    pub(crate) engine: Engine,
    pub(crate) now: Timestamp,
    pub(crate) own: Vec<(InviteId, String)>,
    pub(crate) theirs: Vec<(String, String)>,
    pub(crate) random: Rng,
}

impl Full {
    pub(crate) fn new(open: usize) -> Self {
        let now = Timestamp::from_millis(1_706_780_000_000);
        let mut full = Self { engine: engine(ME), now, own: Vec::new(), theirs: Vec::new(), random: Rng::with_seed(7) };
        for number in 0..open {
            let peer = peer(number);
            if number % 2 == 0 {
                let key = full.engine.invite(now, invite(&peer)).expect("room");
                let tokens = drain(&mut full.engine);
                ack(&mut full.engine, now, tokens);
                full.own.push((key.invite_id().clone(), peer));
            } else {
                let id = random_id(&mut full.random);
                hear(&mut full.engine, now, &[theirs(&id, &peer, now)], Disposition::Applied);
                full.theirs.push((id, peer));
            }
        }
        full.random.shuffle(&mut full.own);
        full.random.shuffle(&mut full.theirs);
        full
    }
}

/// An invitation of the user's by another.
pub(crate) fn theirs(invite_id: &str, inviter: &str, now: Timestamp) -> Inbound {
    message(&Said { action: 1, invite_id, inviter, invitees: &[ME], by: inviter, group: None }, now)
}
