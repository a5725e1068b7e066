//! The examples that are one process: they run, and show what they say they show.
#![allow(clippy::indexing_slicing, clippy::panic, clippy::unwrap_used, reason = "a test may panic")]

use crate::processes::example;

/// What it printed, if it ended well.
fn printed_by(name: &str) -> Vec<String> {
    printed_by_with(name, &[])
}

fn printed_by_with(name: &str, arguments: &[&str]) -> Vec<String> {
    let output = example(name).args(arguments).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect()
}

#[test]
fn two_engines_make_a_call() {
    let call = [
        "  alice → bob: Applied",
        "bob is told onReceiveNewInvitation",
        "  bob → alice: Applied",
        "bob is told ended",
        "alice is told onInviteeAccepted",
        "alice is told ended",
    ];
    assert_eq!(printed_by("two_engines"), call);
}

#[test]
fn two_tasks_make_a_call() {
    let printed = printed_by("tokio_host");
    let (called, call) = printed.split_first().unwrap();
    assert!(called.starts_with("alice calls: Invite(Ok("), "{called}");
    let expected = [
        "bob is told onReceiveNewInvitation",
        "bob accepts: Answer(Ok(()))",
        "bob is told ended",
        "alice is told onInviteeAccepted",
        "alice is told ended",
        r#"the call has its answer: [("bob", Accepted)]"#,
    ];
    assert_eq!(call, expected);
}

#[test]
fn a_phone_that_a_push_wakes_rings_once() {
    let printed = printed_by("push_wake");
    let (push, call) = printed.split_first().unwrap();
    assert!(push.starts_with(r#"push: {"invite_id":""#), "{push}");
    let expected = [
        "bob's phone rings: alice calls",
        "bob accepts; his answer waits for the connection",
        r#"bob is told ["ended"]"#,
        r#"alice is told ["onInviteeAccepted", "ended"]"#,
    ];
    assert_eq!(call, expected);
}

#[test]
fn a_gateway_ticks_only_whom_it_is_time_for_and_at_last_nobody() {
    let printed = printed_by_with("gateway", &["--users", "1000", "--calls", "500"]);
    let numbers: Vec<u32> = printed[2].split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse().ok()).collect();
    let [calls, answered, unanswered, messages, ticks] = numbers[..] else { panic!("{printed:?}") };
    assert!(calls > 490 && answered > 300 && unanswered > 50, "{printed:?}"); // nobody calls themselves
    assert_eq!((answered + unanswered, messages), (calls, 2 * calls));
    // Each call is forgotten in time at both of the two, and who does not answer runs out of it before.
    assert_eq!(ticks, 2 * calls + unanswered);
    assert!(printed[3].starts_with("an hour later 0 do; "), "{printed:?}");
}
