//! A phone that a push wakes: it rings and is answered before the message itself comes, and rings once.
//!
//! ```sh
//! cargo run --example push_wake
//! ```
//!
//! A push is quick; the connection to the message service may take seconds. So the push says what the invitation says, in a
//! format of the host's own, and [`Engine::add_invited`] takes it in. The message, when it comes, completes it.
#![allow(clippy::print_stdout, reason = "an example shows what happens")]

#[path = "host/clock.rs"]
mod clock;
#[path = "host/seed.rs"]
mod seed;

use std::error::Error;
use std::time::Duration;

use convoke::{
    AddInvitedError, Config, Conversation, Data, Engine, History, Inbound, InvitationKey, Invite, InviteId, Limits,
    Output, Pushed, SendResult, ServerTime, Stamp, Timestamp, UserId, signaling_info,
};
use serde::{Deserialize, Serialize};

use clock::Clock;

/// What the push says. The message service fills it in, so its inviter is the sender.
#[derive(Serialize, Deserialize)]
struct Payload {
    invite_id: InviteId,
    inviter: UserId,
    sent: ServerTime,
    timeout: u32,
    data: Data,
}

fn main() -> Result<(), Box<dyn Error>> {
    let clock = Clock::start();
    let mut alice = Engine::new("alice", Config::default(), seed::fresh()?)?;
    alice.invite(clock.now(), Invite::to("bob").timeout(30).data("video"))?;
    let mut kept = Vec::new(); // by the service, for bob
    poll(&mut alice, clock.now(), &mut kept)?;
    let push = push_for(&kept)?;
    std::thread::sleep(Duration::from_millis(200)); // bob's phone wakes

    println!("push: {push}");
    let mut bob = Engine::new("bob", Config::default(), seed::fresh()?)?;
    bob.begin_catch_up(clock.now()); // the history is not here yet, so nothing may time out
    bob.sync_clock(clock.now(), service_time(&clock)); // else an old push looks like a new one
    let payload: Payload = serde_json::from_str(&push)?;
    let call = InvitationKey::new(&payload.inviter, payload.invite_id, Conversation::C2c(payload.inviter.clone()));
    let pushed = Pushed::new(call.clone(), payload.sent).timeout(payload.timeout).data(payload.data);
    match bob.add_invited(clock.now(), pushed) {
        // The host knows already that it is called, so no callback says it.
        Ok(()) => println!("bob's phone rings: {} calls", payload.inviter),
        // The message was quicker, and has rung.
        Err(AddInvitedError::AlreadyKnown) => println!("bob's phone rings already"),
        Err(error) => return Err(error.into()), // too late: do not ring
    }
    bob.accept(clock.now(), &call, "")?;
    println!("bob accepts; his answer waits for the connection");

    // The connection is there, with the history. The queue is polled from now on.
    let _ = bob.handle_history(clock.now(), &History::cold(), &kept);
    let mut answers = Vec::new();
    let bob_is_told = poll(&mut bob, clock.now(), &mut answers)?;
    for answer in &answers {
        let _ = alice.handle_message(clock.now(), answer);
    }
    let alice_is_told = poll(&mut alice, clock.now(), &mut Vec::new())?;

    println!("bob is told {bob_is_told:?}");
    println!("alice is told {alice_is_told:?}");
    assert_eq!(bob_is_told, ["ended"], "it does not ring again");
    assert_eq!(alice_is_told, ["onInviteeAccepted", "ended"]);
    Ok(())
}

/// Does all that an engine asks for. Returns the names of the callbacks.
fn poll(engine: &mut Engine, now: Timestamp, sent: &mut Vec<Inbound>) -> Result<Vec<&'static str>, Box<dyn Error>> {
    let me = engine.user().clone();
    let mut told = Vec::new();
    while let Some(output) = engine.poll_output() {
        match output {
            Output::Transmit(message) => {
                // Each of the two sends one message, so a name will do for its id.
                let stamp = Stamp { time: ServerTime::from_millis(now.as_millis()), id: me.as_str().into() };
                let mut arrives = Inbound::new(&me, Conversation::C2c(me.clone()), message.payload);
                arrives.stamp = Some(stamp.clone());
                sent.push(arrives);
                engine.handle_send_result(now, message.token, SendResult::Sent(stamp))?;
            }
            Output::Edit(_) => return Err("nobody modifies an invitation here".into()),
            Output::Callback(callback) => told.push(callback.name()),
        }
    }
    Ok(told)
}

/// What the service's clock shows, as its SDK tells it. Here the service goes by the same clock.
fn service_time(clock: &Clock) -> ServerTime {
    ServerTime::from_millis(clock.now().as_millis())
}

/// The `actionType` of an invite. A cancel is no ring.
const INVITE: i64 = 1;

/// The service sees an invite for somebody who is away, and pushes.
fn push_for(kept: &[Inbound]) -> Result<String, Box<dyn Error>> {
    let mut read = kept.iter().filter_map(|message| Some((message, signaling_info(message, &Limits::default()).ok()?)));
    let (message, info) = read.find(|(_, info)| info.action_type == INVITE).ok_or("nobody is invited")?;
    let sent = message.stamp.as_ref().ok_or("it has no stamp")?.time;
    let inviter = message.sender.clone();
    let payload = Payload { invite_id: info.invite_id, inviter, sent, timeout: info.timeout, data: info.data };
    Ok(serde_json::to_string(&payload)?)
}
