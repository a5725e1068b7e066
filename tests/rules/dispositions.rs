//! Whatever comes in, it is judged and never an error, and what goes out goes out (R7).

use crate::common::{ACCEPT, CANCEL, Device, INVITE, REJECT, at, call, class, edited, group, in_call, in_class, pair};
use convoke::{Config, Disposition, Inbound, Malformed, Outcome, Output, Refusal};
use proptest::prelude::*;

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
fn r7_what_is_no_signaling_is_chat() {
    let mut bob = Device::new("bob");
    for payload in ["", "hello", "7", r#"{"hello":1}"#, r#"{"inviteID":"i"}"#, r#"{"actionType":1}"#, "{"] {
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn r7_no_text_by_a_stranger_does_anything_to_an_invitation(
        payload in r#"\{("(inviteID|actionType|inviter|inviteeList|groupID|data|timeout)":("i"|"alice"|"bob"|"room"|[0-7]|\["bob"\]|null|\[\]),){0,7}"x":0\}"#,
        in_group in any::<bool>(),
    ) {
        let mut bob = Device::invited("bob", &if in_group { class() } else { call() });
        let message = Inbound::new("mallory", if in_group { group("room") } else { pair("mallory") }, payload);
        let _ = bob.hear(1, &message);
        let _ = bob.hear_edit(1, &message);
        prop_assert!(bob.heard().is_empty());
        prop_assert_eq!(bob.outcome_of("i", "bob"), Outcome::Pending);
    }
}
