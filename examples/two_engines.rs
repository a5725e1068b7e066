//! Two engines in one thread: alice calls bob, it rings, he accepts, and both are told the end.
//!
//! ```sh
//! cargo run --example two_engines
//! ```
#![allow(clippy::print_stdout, reason = "an example shows what happens")]

#[path = "host/seed.rs"]
mod seed;

use std::error::Error;

use convoke::{
    Callback, Config, Conversation, Engine, Inbound, Invite, Output, SendResult, ServerTime, Stamp, Timestamp, Wake,
};

fn main() -> Result<(), Box<dyn Error>> {
    let now = Timestamp::from_millis(1_700_000_000_000); // nothing takes time here
    let mut alice = Engine::new("alice", Config::default(), seed::fresh()?)?;
    let mut bob = Engine::new("bob", Config::default(), seed::fresh()?)?;

    alice.invite(now, Invite::to("bob").timeout(30).data("video"))?;
    while alice.wake() == Wake::Poll || bob.wake() == Wake::Poll {
        run(&mut alice, &mut bob, now)?;
        run(&mut bob, &mut alice, now)?;
    }
    Ok(())
}

/// Does all that an engine asks for, until it asks for nothing more.
fn run(engine: &mut Engine, peer: &mut Engine, now: Timestamp) -> Result<(), Box<dyn Error>> {
    let me = engine.user().clone();
    while let Some(output) = engine.poll_output() {
        match output {
            Output::Transmit(message) => {
                // The service's stamp. Each of the two sends one message, so a name will do for its id.
                let stamp = Stamp { time: ServerTime::from_millis(now.as_millis()), id: me.as_str().into() };
                let mut arrives = Inbound::new(&me, Conversation::C2c(me.clone()), message.payload);
                arrives.stamp = Some(stamp.clone());
                let disposition = peer.handle_message(now, &arrives);
                println!("  {me} → {}: {disposition:?}", peer.user());
                engine.handle_send_result(now, message.token, SendResult::Sent(stamp))?;
            }
            Output::Edit(_) => return Err("nobody modifies an invitation here".into()),
            Output::Callback(callback) => {
                println!("{me} is told {}", callback.name());
                if let Callback::NewInvitation { invitation, .. } = callback {
                    engine.accept(now, invitation, "here I am")?;
                }
            }
        }
    }
    Ok(())
}
