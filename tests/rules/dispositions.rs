//! Whatever comes in, it is judged and never an error, and what goes out goes out (R7).

use std::cell::Cell;
use std::fmt::Debug;

use crate::common::{ACCEPT, CANCEL, Device, INVITE, REJECT, at, call, class, edited, group, in_call, in_class, pair};
use convoke::{Config, Disposition, Inbound, Malformed, Outcome, Output, Refusal};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::TestRunner;
use serde_json::Value;

fn text(payload: &str) -> Inbound {
    Inbound::new("alice", pair("alice"), payload)
}

#[test]
fn r7_each_message_gets_the_disposition_that_it_deserves() {
    let mut bob = Device::new("bob");
    assert_eq!(bob.hear(0, &in_class(ACCEPT, "carol", &["carol"])), Disposition::Buffered);
    assert_eq!(bob.hear(0, &class()), Disposition::Applied);
    assert_eq!(bob.hear(0, &class()), Disposition::Duplicate);
    assert_eq!(bob.hear(0, &in_class(REJECT, "carol", &["carol"])), Disposition::Stale);
    let refused = Disposition::Refused(Refusal::NotInviter);
    assert_eq!(bob.hear(0, &in_class(CANCEL, "carol", &["bob"])), refused);
}

#[test]
fn w6_r7_what_is_no_signaling_is_chat() {
    let mut bob = Device::new("bob");
    for payload in [
        "",
        "hello",
        "7",
        "{",
        "{}",
        r#"{"hello":1}"#,
        r#"{"inviteID":"i"}"#,
        r#"{"actionType":1}"#,
        r#"{"inviteID":7,"actionType":1}"#,
    ] {
        assert_eq!(bob.hear_in_vain(0, &text(payload)), Disposition::NotSignaling, "{payload}");
        assert_eq!(bob.hear_edit_in_vain(0, &text(payload)), Disposition::NotSignaling, "{payload}");
    }
}

#[test]
fn r7_an_action_that_this_version_does_not_know_is_neither_chat_nor_an_error() {
    let mut bob = Device::invited("bob", &call());
    for kind in [0, 6, 255] {
        assert_eq!(bob.hear_in_vain(0, &in_call(kind, "alice")), Disposition::Ignored);
    }
}

#[test]
fn r7_signaling_that_cannot_be_read_says_why() {
    let mut bob = Device::new("bob");
    for (payload, why) in [
        (r#"{"inviteID":"i","actionType":1,"inviteeList":"bob"}"#, Malformed::WrongType),
        (r#"{"inviteID":"i","actionType":1,"data":"\ud800"}"#, Malformed::LoneSurrogate),
        (r#"[{"inviteID":"i","actionType":1}]"#, Malformed::NotAnObject),
    ] {
        assert_eq!(bob.hear_in_vain(0, &text(payload)), Disposition::Malformed(why), "{payload}");
    }
}

#[test]
fn r7_a_backlog_changes_nothing_and_loses_nothing() {
    let mut config = Config::default();
    config.limits.outputs = 1;
    let mut bob = Device::with("bob", config);
    assert_eq!(bob.engine.handle_message(at(0), &class()), Disposition::Applied);
    let before = bob.clone();
    assert_eq!(bob.engine.handle_message(at(0), &in_class(ACCEPT, "carol", &["carol"])), Disposition::Backlog);
    assert_eq!(bob.engine.handle_edit(at(0), &edited(&class(), 1, "video")), Disposition::Backlog);
    assert!(bob == before);

    assert_eq!(bob.heard(), ["onReceiveNewInvitation"]);
    assert_eq!(bob.hear(0, &in_class(ACCEPT, "carol", &["carol"])), Disposition::Applied);
    assert_eq!(bob.heard(), ["onInviteeAccepted"]);
}

#[test]
fn r7_a_flood_of_nonsense_does_not_stop_what_goes_out() {
    let mut bob = Device::invited("bob", &call());
    for n in 0..2_000 {
        let _ = bob.engine.handle_message(at(n * 10), &text(r#"{"inviteID":7,"actionType":1}"#));
        let _ = bob.engine.handle_message(at(n * 10), &in_call(INVITE, "mallory"));
    }
    assert!(matches!(bob.engine.poll_output(), Some(Output::Transmit(_))), "the time ran out meanwhile");
    assert_eq!(bob.heard(), ["onInvitationTimeout", "ended"]);
}

/// A key and one of these values; now and then it is missing.
fn key<T: Copy + Into<Value> + Debug + 'static>(
    name: &'static str,
    values: &'static [T],
) -> impl Strategy<Value = Option<(&'static str, Value)>> {
    option::weighted(0.95, select(values).prop_map(move |value| (name, value.into())))
}

/// Something about an invitation: alice's, or another that has such a name.
fn statement() -> impl Strategy<Value = String> {
    let lists: &[&[&str]] = &[&[], &["bob"], &["mallory"], &["alice", "bob"], &["bob", "mallory"]];
    let list = option::weighted(0.95, select(lists).prop_map(|list| ("inviteeList", list.into())));
    let keys = (
        key("inviteID", &["i", "x"]),
        key("actionType", &[0, 1, 2, 3, 4, 5, 6, 7]),
        key("inviter", &["alice", "bob", "mallory"]),
        key("groupID", &["", "room"]),
        list,
        key("data", &["call", "forged"]),
        key("timeout", &[0, 10]),
    );
    keys.prop_map(|(id, action, inviter, group, list, data, timeout)| {
        let keys = [id, action, inviter, group, list, data, timeout];
        let object: serde_json::Map<_, _> =
            keys.into_iter().flatten().map(|(name, value)| (name.to_owned(), value)).collect();
        Value::from(object).to_string()
    })
}

#[test]
fn r7_nothing_that_a_stranger_says_does_anything_to_an_invitation() {
    let mut runner = TestRunner::new(ProptestConfig { cases: 1_000, failure_persistence: None, ..Default::default() });
    let count = Cell::new(0);
    let held = runner.run(&(statement(), any::<bool>()), |(payload, in_group)| {
        let (invite, place) = if in_group { (class(), group("room")) } else { (call(), pair("mallory")) };
        let mut bob = Device::invited("bob", &invite);
        let key = bob.engine.invitations().map(|open| open.key().clone()).next().expect("it rings");
        let message = Inbound::new("mallory", place, payload);
        for disposition in [bob.hear(1, &message), bob.hear_edit(1, &message)] {
            let is_judged = matches!(disposition, Disposition::Refused(_) | Disposition::Buffered);
            count.set(count.get() + u32::from(is_judged));
        }
        prop_assert!(bob.take().iter().all(|told| *told.invitation().inviter() == *"mallory"));
        prop_assert_eq!(bob.outcome_of(&key, "bob"), Outcome::Pending);
        let data = bob.engine.invitation(&key).map(|open| open.data().clone());
        prop_assert_eq!(data, Some("call".into()));
        Ok(())
    });
    assert_eq!(held, Ok(()));
    assert!(count.get() > 500, "{} of 2000 were judged", count.get());
}
