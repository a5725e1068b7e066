//! A complete 1:1 flow (invite, deliver, accept, deliver; two engines, acks, drained outputs) beside the bare JSON work on
//! the same messages. `cargo bench --bench flow` prints times; `benches/compare` has the instructions of both counted.
#![allow(
    missing_docs,
    clippy::expect_used,
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench that cannot go on stops"
)]

#[path = "gauge/mod.rs"]
mod gauge;

use std::hint::black_box;
use std::process::ExitCode;
use std::sync::Arc;

use convoke::{
    Config, Conversation, Disposition, Engine, Inbound, Invite, Output, Seed, SendResult, ServerTime, Stamp, Timestamp,
};
use serde::{Deserialize, Serialize};

/// What the vendor's call kit writes on a video call and on its acceptance.
const CALL: &str = r#"{"extraInfo":"","version":4,"call_type":2,"room_id":1001,"businessID":"av_call","platform":"Web","data":{"cmd":"videoCall","room_id":1001,"message":"","userIDs":["bob"]}}"#;
const ANSWER: &str = r#"{"extraInfo":"","version":4,"call_type":2,"businessID":"av_call","platform":"Web","data":{"cmd":"videoCall","message":""}}"#;

fn main() -> ExitCode {
    let (wanted, flows) = gauge::arguments();
    let flows = flows.unwrap_or(20_000);
    match wanted.as_deref() {
        None => {
            engine(flows);
            json(flows);
        }
        Some("engine") => engine(flows),
        Some("json") => json(flows),
        Some(_) => {
            eprintln!("usage: flow [engine | json] [N]");
            return ExitCode::FAILURE;
        }
    }
    ExitCode::SUCCESS
}

struct Host {
    engine: Engine,
    user: &'static str,
    peer: &'static str,
}

impl Host {
    fn new(user: &'static str, peer: &'static str, config: &Arc<Config>) -> Self {
        let engine = Engine::new(user, Arc::clone(config), Seed::from([7; 16])).unwrap();
        Self { engine, user, peer }
    }

    /// Drains the outputs and acks the sends; gives the message sent, as the peer receives it.
    fn drain(&mut self, now: Timestamp) -> Option<Inbound> {
        let mut message = None;
        while let Some(output) = self.engine.poll_output() {
            match output {
                Output::Transmit(transmit) => {
                    let stamp = Stamp { time: ServerTime::from_millis(now.as_millis()), id: self.user.into() };
                    let mut inbound = Inbound::new(self.user, Conversation::C2c(self.user.into()), transmit.payload);
                    inbound.stamp = Some(stamp.clone());
                    self.engine.handle_send_result(now, transmit.token, SendResult::Sent(stamp)).unwrap();
                    message = Some(inbound);
                }
                Output::Edit(_) => {}
                Output::Callback(callback) => {
                    black_box(&callback);
                }
            }
        }
        message
    }
}

fn engine(flows: usize) {
    let config = Arc::new(Config::default());
    let mut alice = Host::new("alice", "bob", &config);
    let mut bob = Host::new("bob", "alice", &config);
    // So that as many tombstones are kept, and expire, as in a long run.
    flow_many(&mut alice, &mut bob, 0, 1_000);
    gauge::measure("flow/engine", flows, || flow_many(&mut alice, &mut bob, 1_000, flows));
}

fn flow_many(alice: &mut Host, bob: &mut Host, from: usize, flows: usize) {
    for flow in from..from + flows {
        let now = Timestamp::from_millis(flow as i64 * 10_000);
        let key = alice.engine.invite(now, Invite::to(alice.peer).timeout(30).data(CALL)).unwrap();
        let message = alice.drain(now).unwrap();
        assert_eq!(bob.engine.handle_message(now, &message), Disposition::Applied);
        bob.drain(now);
        bob.engine.accept(now, key.invite_id(), ANSWER).unwrap();
        let message = bob.drain(now).unwrap();
        assert_eq!(alice.engine.handle_message(now, &message), Disposition::Applied);
        alice.drain(now);
    }
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Message {
    #[serde(rename = "businessID")]
    business_id: u32,
    timeout: u32,
    data: String,
    #[serde(rename = "inviteID")]
    invite_id: String,
    #[serde(rename = "groupID")]
    group_id: String,
    action_type: u32,
    inviter: String,
    invitee_list: Vec<String>,
}

fn json(flows: usize) {
    let message = |action_type, timeout, data: &str| Message {
        business_id: 1,
        timeout,
        data: data.into(),
        invite_id: "7bc44a4b-7115-4ec5-9e4e-43cd473481d4".into(),
        group_id: String::new(),
        action_type,
        inviter: "alice".into(),
        invitee_list: vec!["bob".into()],
    };
    let (invite, accept) = (message(1, 30, CALL), message(3, 0, ANSWER));
    gauge::measure("flow/json", flows, || {
        for _ in 0..flows {
            for message in [&invite, &accept] {
                let text = serde_json::to_string(black_box(message)).unwrap();
                let read: Message = serde_json::from_str(black_box(&text)).unwrap();
                black_box(&read);
            }
        }
    });
}
