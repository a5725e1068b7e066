//! What each kind of message allocates: nothing, where nothing comes of it; else what it leaves behind. Of an invitation that is turned
//! away, and of a text with escapes, it is what it takes to read them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::alloc::System;

use stats_alloc::{INSTRUMENTED_SYSTEM, Region, StatsAlloc};

use convoke::{
    Config, Conversation, Disposition, Engine, Inbound, Limit, Malformed, Refusal, Seed, SendResult, ServerTime, Stamp,
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

const TWO: &str = r#""bob","carol""#;

/// What does not count.
fn refused() -> [(&'static str, Inbound, Disposition); 7] {
    let elsewhere = message("alice", 2, "i", "alice", TWO).payload.replace("class", "attic");
    [
        ("a stranger's cancel", message("mallory", 2, "i", "alice", TWO), Refusal::NotInviter),
        ("an answer for another", message("mallory", 3, "i", "alice", r#""carol""#), Refusal::NotInvitee),
        ("another invitation under the same name", message("alice", 1, "i", "alice", r#""bob""#), Refusal::Conflicting),
        ("another group's cancel", text("alice", &elsewhere), Refusal::WrongConversation),
        ("too long an id", message("alice", 1, &"i".repeat(129), "alice", TWO), Refusal::Limit(Limit::InviteIdBytes)),
        ("no id", message("alice", 1, "", "alice", TWO), Refusal::EmptyId),
        ("a time-out of what has none", message("alice", 5, "endless", "alice", TWO), Refusal::NoTimeout),
    ]
    .map(|(what, message, refusal)| (what, message, Disposition::Refused(refusal)))
}

/// What says nothing, or cannot be read.
fn unread() -> [(&'static str, Inbound, Disposition); 8] {
    let signaling = |rest: &str| text("alice", &format!(r#"{{"inviteID":"i","actionType":1,{rest}}}"#));
    let deep = format!(r#""x":{}{}"#, "[".repeat(64), "]".repeat(64));
    let long = format!(r#""data":"{}""#, "x".repeat(12 * 1_024));
    [
        ("an action of tomorrow", message("alice", 9, "i", "alice", TWO), Disposition::Ignored),
        ("chat", text("alice", "hello, world"), Disposition::NotSignaling),
        ("other JSON", text("alice", r#"{"text":"hello"}"#), Disposition::NotSignaling),
        ("a list", text("alice", "[1, 2, 3]"), Disposition::NotSignaling),
        (
            "a list of signaling",
            text("alice", r#"[{"inviteID":"i","actionType":1}]"#),
            Disposition::Malformed(Malformed::NotAnObject),
        ),
        ("a wrong type", signaling(r#""data":7"#), Disposition::Malformed(Malformed::WrongType)),
        ("too deep", signaling(&deep), Disposition::Malformed(Malformed::TooDeep)),
        ("too long", signaling(&long), Disposition::Malformed(Malformed::TooLong)),
    ]
}

fn drain(engine: &mut Engine) {
    while engine.poll_output().is_some() {}
}

/// How often memory is asked for when this is heard.
fn hear(engine: &mut Engine, message: &Inbound, expected: Disposition) -> usize {
    let mut disposition = None;
    let count = allocations(|| disposition = Some(engine.handle_message(NOW, message)));
    assert_eq!(disposition, Some(expected), "{}", message.payload);
    drain(engine);
    count
}

/// One test, since the allocator counts for all threads.
#[test]
fn w9_what_nothing_comes_of_allocates_nothing() {
    let mut engine = Engine::new("bob", Config::default(), Seed::from([7; 16])).unwrap();
    let invite = message("alice", 1, "i", "alice", TWO);
    let mut endless = message("alice", 1, "endless", "alice", TWO);
    endless.payload = endless.payload.replace("30", "0");
    let accept = message("carol", 3, "i", "alice", r#""carol""#);
    let late = message("carol", 4, "i", "alice", r#""carol""#);
    let early = message("carol", 3, "unknown", "alice", r#""carol""#);

    // What it leaves behind: four texts and the name of both, who is invited, how they stand, the callback; and places in maps.
    assert!(hear(&mut engine, &invite, Disposition::Applied) <= 20);
    assert!(hear(&mut engine, &endless, Disposition::Applied) <= 20);
    assert!(hear(&mut engine, &accept, Disposition::Applied) <= 8);
    assert!(hear(&mut engine, &late, Disposition::Stale) <= 2, "it is known from then on, though nobody is told");
    assert!(hear(&mut engine, &early, Disposition::Buffered) <= 12);

    let copies = [
        ("a copy of an invite", invite.clone(), Disposition::Duplicate),
        ("a copy of an answer", accept.clone(), Disposition::Duplicate),
        ("a copy of what came too late", late, Disposition::Duplicate),
        ("a copy of what came early", early, Disposition::Duplicate),
    ];
    for (what, message, expected) in copies.into_iter().chain(refused()).chain(unread()) {
        assert_eq!(hear(&mut engine, &message, expected), 0, "{what}");
    }
    let half = text("alice", r#"{"inviteID":"i","actionType":1,"data":"\ud800"}"#);
    assert!(
        hear(&mut engine, &half, Disposition::Malformed(Malformed::LoneSurrogate)) <= 1,
        "a text with escapes is made"
    );
    where_there_is_no_room(&invite, &accept);
    other_calls(&mut engine, &invite);
}

/// Who is invited is read before it is asked whether there is room.
fn where_there_is_no_room(invite: &Inbound, accept: &Inbound) {
    let mut config = Config::default();
    (config.limits.open_per_sender, config.limits.outputs) = (1, 1);
    let mut full = Engine::new("bob", config, Seed::from([7; 16])).unwrap();
    assert_eq!(full.handle_message(NOW, invite), Disposition::Applied);
    assert_eq!(hear(&mut full, accept, Disposition::Backlog), 0);
    let another = message("alice", 1, "j", "alice", TWO);
    assert!(hear(&mut full, &another, Disposition::Refused(Refusal::Limit(Limit::Open))) <= 6);
    let of_nobody = message("alice", 1, "j", "alice", "");
    assert!(hear(&mut full, &of_nobody, Disposition::Refused(Refusal::NobodyInvited)) <= 1);
}

fn other_calls(engine: &mut Engine, edit: &Inbound) {
    assert_eq!(engine.handle_edit(NOW, edit), Disposition::Applied);
    let mut disposition = None;
    let count = allocations(|| disposition = Some(engine.handle_edit(NOW, edit)));
    assert_eq!((disposition, count), (Some(Disposition::Duplicate), 0), "a copy of an edit");
    assert_eq!(allocations(|| engine.tick(NOW)), 0, "a tick with nothing due");
    assert_eq!(allocations(|| assert!(engine.poll_output().is_none())), 0);
    assert_eq!(allocations(|| assert!(matches!(engine.wake(), Wake::At(..)))), 0);
    engine.accept(NOW, "i", "").unwrap();
    let token = engine.sends_in_flight().next().unwrap().0;
    drain(engine);
    let sent = SendResult::Unknown;
    engine.handle_send_result(NOW, token, sent.clone()).unwrap();
    drain(engine);
    let is_known = || assert!(engine.handle_send_result(NOW, token, sent).is_err());
    assert_eq!(allocations(is_known), 0, "a fate that is known");
}
