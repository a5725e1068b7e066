//! What each kind of message allocates: nothing, where nothing comes of it; else what it leaves behind.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use convoke::{
    Config, Conversation, Disposition, Engine, Inbound, Malformed, Refusal, Seed, SendResult, ServerTime, Stamp,
    Timestamp, Wake,
};

#[global_allocator]
static ALLOCATOR: &StatsAlloc<System> = &INSTRUMENTED_SYSTEM;

const NOW: Timestamp = Timestamp::from_millis(1_700_000_000_000);

/// How often memory is asked for, in what this does.
fn allocations(work: impl FnOnce()) -> usize {
    let region = Region::new(ALLOCATOR);
    work();
    let change = region.change();
    change.allocations + change.reallocations
}

fn message(by: &str, action: u8, id: &str, inviter: &str, invitees: &str) -> Inbound {
    let payload = format!(
        r#"{{"businessID":1,"timeout":{},"data":"hello","inviteID":"{id}","groupID":"class","actionType":{action},"inviter":"{inviter}","inviteeList":[{invitees}]}}"#,
        if action == 1 { 30 } else { 0 }
    );
    text(by, &payload)
}

fn text(by: &str, payload: &str) -> Inbound {
    let mut message = Inbound::new(by, Conversation::Group("class".into()), payload);
    message.stamp = Some(Stamp { time: ServerTime::from_millis(NOW.as_millis()), id: "m1".into() });
    message
}

fn drain(engine: &mut Engine) {
    while engine.poll_output().is_some() {}
}

/// One test, since the allocator counts for all threads.
#[test]
fn w9_what_nothing_comes_of_allocates_nothing() {
    let mut engine = Engine::new("bob", Config::default(), Seed::from([7; 16])).unwrap();
    let hear = |engine: &mut Engine, message: &Inbound, expected: Disposition| {
        let mut disposition = None;
        let count = allocations(|| disposition = Some(engine.handle_message(NOW, message)));
        assert_eq!(disposition, Some(expected), "{}", message.payload);
        drain(engine);
        count
    };
    let two = r#""bob","carol""#;
    let invite = message("alice", 1, "i", "alice", two);
    let accept = message("carol", 3, "i", "alice", r#""carol""#);
    let early = message("carol", 3, "unknown", "alice", r#""carol""#);
    let edit = message("alice", 1, "i", "alice", two);

    // What it leaves behind: four texts and the name of both, who is invited, how they stand, the callback; and places in maps.
    assert!(hear(&mut engine, &invite, Disposition::Applied) <= 20);
    assert!(hear(&mut engine, &accept, Disposition::Applied) <= 8);
    assert!(hear(&mut engine, &early, Disposition::Buffered) <= 12);

    let nothing = [
        ("a copy of an invite", invite.clone(), Disposition::Duplicate),
        ("a copy of an answer", accept.clone(), Disposition::Duplicate),
        ("a copy of what came early", early.clone(), Disposition::Duplicate),
        ("a stranger's cancel", message("mallory", 2, "i", "alice", two), Disposition::Refused(Refusal::NotInviter)),
        (
            "an answer for another",
            message("mallory", 3, "i", "alice", r#""carol""#),
            Disposition::Refused(Refusal::NotInvitee),
        ),
        (
            "another invitation under the same name",
            message("alice", 1, "i", "alice", r#""bob""#),
            Disposition::Refused(Refusal::Conflicting),
        ),
        ("an action of tomorrow", message("alice", 9, "i", "alice", two), Disposition::Ignored),
        ("chat", text("alice", "hello, world"), Disposition::NotSignaling),
        ("other JSON", text("alice", r#"{"text":"hello"}"#), Disposition::NotSignaling),
        ("a list", text("alice", "[1, 2, 3]"), Disposition::NotSignaling),
        (
            "a wrong type",
            text("alice", r#"{"inviteID":"i","actionType":1,"data":7}"#),
            Disposition::Malformed(Malformed::WrongType),
        ),
    ];
    for (what, message, expected) in nothing {
        assert_eq!(hear(&mut engine, &message, expected), 0, "{what}");
    }
    assert_eq!(engine.handle_edit(NOW, &edit), Disposition::Applied);
    let mut disposition = None;
    let count = allocations(|| disposition = Some(engine.handle_edit(NOW, &edit)));
    assert_eq!((disposition, count), (Some(Disposition::Duplicate), 0), "a copy of an edit");
    assert_eq!(allocations(|| engine.tick(NOW)), 0, "a tick with nothing due");
    assert_eq!(allocations(|| assert!(engine.poll_output().is_none())), 0);
    assert_eq!(allocations(|| assert!(matches!(engine.wake(), Wake::At(..)))), 0);
    engine.accept(NOW, "i", "").unwrap();
    let token = engine.sends_in_flight().next().unwrap().0;
    drain(&mut engine);
    let sent = SendResult::Unknown;
    engine.handle_send_result(NOW, token, sent.clone()).unwrap();
    drain(&mut engine);
    assert_eq!(
        allocations(|| assert!(engine.handle_send_result(NOW, token, sent).is_err())),
        0,
        "a fate that is known"
    );
}
