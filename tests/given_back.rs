//! An engine that has dealt with much, and has nothing left of it, holds no more memory than a new one.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, StatsAlloc};

use convoke::{
    Config, Conversation, Disposition, Engine, Inbound, Invite, Output, Seed, SendResult, ServerTime, Stamp, Timestamp,
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);
const DAY_MS: i64 = 86_400_000;

fn held() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}

fn stamp(id: usize) -> Stamp {
    Stamp { time: ServerTime::from_millis(NOW.as_millis()), id: format!("m{id}").into() }
}

/// An invitation of another's, or an answer to one of which nothing is known.
fn message(id: usize, action: u8) -> Inbound {
    let payload = format!(
        r#"{{"businessID":1,"timeout":30,"data":"","inviteID":"i{id}","groupID":"room","actionType":{action},"inviter":"peer{}","inviteeList":["bob"]}}"#,
        id % 7
    );
    let by = if action == 1 { format!("peer{}", id % 7) } else { "bob".to_owned() };
    let mut message = Inbound::new(by, Conversation::Group("room".into()), payload);
    message.stamp = Some(stamp(id));
    message
}

fn drain(engine: &mut Engine, now: Timestamp) {
    let mut count = 0;
    while let Some(output) = engine.poll_output() {
        if let Output::Transmit(transmit) = output {
            count += 1;
            engine.handle_send_result(now, transmit.token, SendResult::Sent(stamp(count))).ok(); // or it was given up
        }
    }
}

/// What is held more than before, or less, when all that an engine dealt with is over.
fn left_behind() -> isize {
    let mut engine = Engine::new("bob", Config::default(), Seed::from([7; 16])).unwrap();
    let new = held();
    for id in 0..50 {
        assert_eq!(engine.handle_message(NOW, &message(id, 1)), Disposition::Applied);
        engine.accept(NOW, format!("i{id}").as_str(), "").unwrap();
        engine.invite(NOW, Invite::to("alice").timeout(30)).unwrap();
        drain(&mut engine, NOW);
    }
    assert_eq!(engine.handle_message(NOW, &message(99, 3)), Disposition::Buffered);
    assert!(held() > new + 10_000);
    // They run out of time, and are forgotten.
    for day in 1..=3 {
        let now = Timestamp::from_millis(NOW.as_millis() + day * DAY_MS);
        engine.tick(now);
        drain(&mut engine, now);
    }
    let stats = engine.stats();
    assert_eq!((stats.kept, stats.early, stats.outputs), (0, 0, 0));
    held().cast_signed() - new.cast_signed()
}

/// The allocator counts for all threads, and those of the test runner may ask for memory meanwhile: but seldom.
#[test]
fn w9_what_was_dealt_with_leaves_nothing_behind() {
    let left: Vec<isize> = (0..5).map(|_| left_behind()).collect();
    assert!(left.iter().filter(|bytes| **bytes == 0).count() > 2, "{left:?}");
}
