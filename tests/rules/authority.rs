//! Who may say what (R4): whatever a stranger says, in whoever's name and wherever, nothing happens.

use crate::common::{
    ACCEPT, Action, CANCEL, Device, INVITE, REJECT, TIMEOUT, at, call, class, edited, group, in_call, in_class, pair,
    stamp,
};
use convoke::{Conversation, Disposition, Inbound, Invite, InviteId, Outcome, Refusal, SendResult};

const REPLIES: [u8; 4] = [CANCEL, ACCEPT, REJECT, TIMEOUT];
const ANSWERS: [u8; 2] = [ACCEPT, REJECT];

const NOT_INVITER: Disposition = Disposition::Refused(Refusal::NotInviter);
const NOT_INVITEE: Disposition = Disposition::Refused(Refusal::NotInvitee);
const ELSEWHERE: Disposition = Disposition::Refused(Refusal::WrongConversation);
const NOBODY: Disposition = Disposition::Refused(Refusal::NobodyInvited);

/// Refused with this reason, with a stamp and without, and nothing has changed: not even what is known of the time.
fn is_refused(device: &mut Device, message: &Inbound, why: Disposition) {
    for message in [message.clone(), message.clone().stamped(9_000_000, "forged")] {
        assert_eq!(device.hear_in_vain(1, &message), why, "{}", message.payload);
    }
}

fn class_members() -> Vec<Device> {
    ["alice", "bob", "carol", "dave"].map(|user| Device::invited(user, &class())).into()
}

fn invite(inviter: &str, invitees: &[&str], sender: &str, conversation: Conversation) -> Inbound {
    Action::invite("i", inviter, invitees, 10).from(sender, conversation)
}

/// Alice's device with a call to bob that it has sent; and the id that everybody has seen.
fn calling() -> (Device, InviteId) {
    let mut alice = Device::new("alice");
    let id = alice.invite(0, Invite::to("bob").timeout(10));
    alice.ack(0);
    alice.sent();
    (alice, id)
}

#[test]
fn r4_only_the_inviter_cancels() {
    for mut member in class_members() {
        for stranger in ["bob", "carol", "dave", "mallory"] {
            is_refused(&mut member, &in_class(CANCEL, stranger, &["bob", "carol"]), NOT_INVITER);
        }
    }
}

#[test]
fn r4_only_the_inviter_invites_in_their_name() {
    for mut member in class_members() {
        for stranger in ["bob", "carol", "dave", "mallory"] {
            is_refused(&mut member, &invite("alice", &["bob", "carol"], stranger, group("room")), NOT_INVITER);
        }
    }
    let mut bob = Device::new("bob");
    is_refused(&mut bob, &invite("alice", &["bob"], "mallory", group("room")), NOT_INVITER);
    assert!(bob.heard().is_empty(), "it does not ring");
}

#[test]
fn r4_only_the_inviter_modifies() {
    for mut member in class_members() {
        for stranger in ["bob", "carol", "dave", "mallory"] {
            let mut edit = edited(&class(), 5, "forged");
            edit.sender = stranger.into();
            assert_eq!(member.hear_edit_in_vain(1, &edit), NOT_INVITER);
        }
    }
}

#[test]
fn r4_an_edit_in_nobodys_name_is_its_senders_and_touches_no_invitation_of_others() {
    let mut bob = Device::invited("bob", &class());
    let mut edit = edited(&class(), 5, "forged");
    edit.payload = edit.payload.replace(r#""inviter":"alice""#, r#""inviter":"""#);
    edit.sender = "mallory".into();
    assert_eq!(bob.hear_edit(1, &edit), Disposition::Buffered);
    assert_eq!(bob.engine.invitation("i").map(|call| call.data().as_str()), Some("call"));
    assert!(bob.heard().is_empty());
}

#[test]
fn r4_nobody_times_out_others_but_the_inviter() {
    for mut member in class_members() {
        for (stranger, about) in [("dave", "dave"), ("dave", "bob"), ("mallory", "carol"), ("carol", "bob")] {
            is_refused(&mut member, &in_class(TIMEOUT, stranger, &[about]), NOT_INVITEE);
        }
    }
}

#[test]
fn r4_an_observer_answers_neither_for_themself_nor_for_an_invitee() {
    for mut member in class_members() {
        for kind in ANSWERS {
            for about in [&["dave"][..], &["bob"], &["bob", "dave"], &[]] {
                is_refused(&mut member, &in_class(kind, "dave", about), NOT_INVITEE);
            }
        }
    }
}

#[test]
fn r4_an_invitee_does_not_answer_in_anothers_name() {
    for mut member in class_members() {
        for kind in [ACCEPT, REJECT, TIMEOUT] {
            is_refused(&mut member, &in_class(kind, "carol", &["bob"]), NOT_INVITEE);
        }
    }
}

#[test]
fn r4_an_invitee_who_names_others_too_speaks_for_themself_alone() {
    for kind in [ACCEPT, REJECT, TIMEOUT] {
        let mut dave = Device::invited("dave", &class());
        assert_eq!(dave.hear(1, &in_class(kind, "carol", &["bob", "carol"])), Disposition::Applied);
        assert_eq!(dave.outcome_of("i", "bob"), Outcome::Pending);
        assert_ne!(dave.outcome_of("i", "carol"), Outcome::Pending);
    }
}

#[test]
fn r4_the_inviter_does_not_answer_for_an_invitee() {
    for mut member in class_members() {
        for kind in ANSWERS {
            is_refused(&mut member, &in_class(kind, "alice", &["bob"]), NOT_INVITEE);
            is_refused(&mut member, &in_class(kind, "alice", &["alice"]), NOT_INVITEE);
        }
    }
}

#[test]
fn r4_the_inviters_word_about_who_is_not_invited_is_nothing() {
    for mut member in class_members() {
        for kind in [CANCEL, TIMEOUT] {
            is_refused(&mut member, &in_class(kind, "alice", &["dave"]), NOBODY);
            is_refused(&mut member, &in_class(kind, "alice", &[]), NOBODY);
        }
    }
}

#[test]
fn r4_in_a_call_between_two_a_third_is_not_heard_in_their_conversation() {
    let mut bob = Device::invited("bob", &call());
    for kind in REPLIES {
        is_refused(&mut bob, &in_call(kind, "mallory"), ELSEWHERE);
    }
    is_refused(&mut bob, &invite("alice", &["bob"], "mallory", pair("alice")), ELSEWHERE);
    let mut edit = edited(&call(), 5, "forged");
    for inviter in ["alice", "mallory", ""] {
        edit.payload = edit.payload.replace(r#""inviter":"alice""#, &format!(r#""inviter":"{inviter}""#));
        edit.sender = "mallory".into();
        assert!(matches!(bob.hear_edit_in_vain(1, &edit), Disposition::Refused(_)), "{inviter}");
    }
}

#[test]
fn r4_in_a_call_between_two_a_third_is_not_heard_in_a_conversation_of_their_own() {
    let mut bob = Device::invited("bob", &call());
    for kind in REPLIES {
        is_refused(&mut bob, &Action::reply(kind, "i", "alice", &["bob"]).from("mallory", pair("mallory")), ELSEWHERE);
    }
    is_refused(&mut bob, &invite("alice", &["bob"], "mallory", pair("mallory")), ELSEWHERE);

    let (mut alice, id) = calling();
    for (kind, about, why) in [
        (CANCEL, "bob", NOT_INVITER),
        (ACCEPT, "bob", NOT_INVITEE),
        (REJECT, "bob", NOT_INVITEE),
        (TIMEOUT, "bob", NOT_INVITEE),
    ] {
        let forged = Action::reply(kind, id.as_str(), "alice", &[about]).from("mallory", pair("mallory"));
        is_refused(&mut alice, &forged, why);
    }
}

#[test]
fn r4_who_answers_anothers_call_as_if_invited_is_not_taken_for_the_invitee() {
    let (mut alice, id) = calling();
    for kind in ANSWERS {
        let forged = Action::reply(kind, id.as_str(), "alice", &["mallory"]).from("mallory", pair("mallory"));
        assert_eq!(alice.hear(1, &forged), Disposition::Buffered, "alice's other device may have called mallory");
    }
    assert!(alice.heard().is_empty());
    assert_eq!(alice.outcome_of(&id, "bob"), Outcome::Pending);
}

#[test]
fn r4_the_called_one_neither_cancels_nor_calls_in_the_callers_name() {
    let (mut alice, id) = calling();
    is_refused(
        &mut alice,
        &Action::reply(CANCEL, id.as_str(), "alice", &["bob"]).from("bob", pair("bob")),
        NOT_INVITER,
    );
    is_refused(&mut alice, &Action::invite(id.as_str(), "alice", &["bob"], 10).from("bob", pair("bob")), NOT_INVITER);
    let mut bob = Device::invited("bob", &call());
    for kind in ANSWERS {
        is_refused(&mut bob, &in_call(kind, "alice"), NOT_INVITEE);
    }
}

#[test]
fn r4_a_call_invites_nobody_but_the_other_of_the_two() {
    let mut bob = Device::new("bob");
    is_refused(&mut bob, &invite("alice", &["carol"], "alice", pair("alice")), NOBODY);
    is_refused(&mut bob, &invite("alice", &["alice"], "alice", pair("alice")), NOBODY);
    is_refused(&mut bob, &invite("alice", &[], "alice", pair("alice")), NOBODY);
    assert_eq!(bob.hear(2, &invite("alice", &["carol", "bob"], "alice", pair("alice"))), Disposition::Applied);
    let invited = bob.engine.invitation("i").map(|call| call.invitees().to_vec());
    assert_eq!(invited, Some(vec!["bob".into()]));
}

#[test]
fn r4_a_message_that_names_another_group_than_the_one_it_came_in_is_refused() {
    for mut member in class_members() {
        for (kind, sender) in
            [(CANCEL, "alice"), (TIMEOUT, "alice"), (ACCEPT, "bob"), (REJECT, "bob"), (INVITE, "alice")]
        {
            let mut strayed = in_class(kind, sender, &["bob"]);
            strayed.conversation = group("attic");
            is_refused(&mut member, &strayed, ELSEWHERE);
            strayed.conversation = pair("alice");
            is_refused(&mut member, &strayed, ELSEWHERE);
        }
    }
    let mut bob = Device::invited("bob", &call());
    for kind in [CANCEL, TIMEOUT] {
        let mut strayed = in_call(kind, "alice");
        strayed.conversation = group("room");
        is_refused(&mut bob, &strayed, ELSEWHERE);
    }
}

#[test]
fn r4_the_same_id_in_another_conversation_is_another_invitation() {
    let mut bob = Device::invited("bob", &class());
    let elsewhere = [
        Action::reply(CANCEL, "i", "alice", &["bob"]).from("alice", group("attic")),
        Action::reply(TIMEOUT, "i", "alice", &["bob"]).from("alice", pair("alice")),
        Action::reply(CANCEL, "i", "mallory", &["bob"]).from("mallory", group("room")),
        Action::reply(ACCEPT, "i", "mallory", &["carol"]).from("carol", group("room")),
    ];
    for message in elsewhere {
        assert_eq!(bob.hear(1, &message), Disposition::Buffered);
    }
    let mut edit = edited(&class(), 5, "strayed");
    edit.conversation = group("attic");
    assert_eq!(bob.hear_edit(1, &edit), Disposition::Buffered);
    assert!(bob.heard().is_empty());
    assert_eq!(bob.outcome_of("i", "bob"), Outcome::Pending);
    assert_eq!(bob.outcome_of("i", "carol"), Outcome::Pending);
    assert_eq!(bob.engine.invitation("i").map(|class| class.data().as_str()), Some("call"));
}

#[test]
fn r4_a_strangers_use_of_an_id_does_not_answer_for_its_owner() {
    let mut bob = Device::invited("bob", &class());
    assert_eq!(bob.hear(1, &invite("mallory", &["bob"], "mallory", group("room"))), Disposition::Applied);
    assert_eq!(bob.heard(), ["onReceiveNewInvitation"], "it is an invitation of its own");
    let _ = bob.hear(2, &Action::reply(CANCEL, "i", "mallory", &["bob"]).from("mallory", group("room")));
    assert_eq!(bob.outcome_of(convoke::Target::of("mallory", "i"), "bob"), Outcome::Cancelled);
    assert_eq!(bob.outcome_of(convoke::Target::of("alice", "i"), "bob"), Outcome::Pending);
}

#[test]
fn r4_after_the_end_strangers_are_refused_too() {
    let mut dave = Device::invited("dave", &class());
    let _ = dave.hear(1, &in_class(CANCEL, "alice", &["bob", "carol"]));
    dave.callbacks.clear();
    is_refused(&mut dave, &in_class(ACCEPT, "carol", &["bob"]), NOT_INVITEE);
    is_refused(&mut dave, &in_class(CANCEL, "bob", &["bob"]), NOT_INVITER);
}

#[test]
fn r4_the_sender_is_not_whom_the_payload_names() {
    let mut bob = Device::invited("bob", &class());
    let mut forged = in_class(ACCEPT, "mallory", &["carol"]);
    forged.payload = forged.payload.replacen('{', r#"{"sender":"carol","from":"carol","#, 1);
    is_refused(&mut bob, &forged, NOT_INVITEE);
}

#[test]
fn r4_nobody_without_a_name_is_anybody() {
    let mut bob = Device::invited("bob", &class());
    let nameless = Disposition::Refused(Refusal::EmptyId);
    is_refused(&mut bob, &in_class(ACCEPT, "", &["bob"]), nameless);
    is_refused(&mut bob, &Action::reply(CANCEL, "", "alice", &["bob"]).from("alice", group("room")), nameless);
    is_refused(&mut bob, &Action::reply(CANCEL, "i", "", &["bob"]).from("alice", group("room")), nameless);
}

#[test]
fn r4_a_token_of_another_engine_settles_nothing() {
    let (mut alice, _) = calling();
    let mut mallory = Device::new("mallory");
    mallory.invite(0, Invite::to("bob").timeout(10));
    let foreign = mallory.sent()[0].token;
    let before = alice.clone();
    let sent = SendResult::Sent(stamp(1, "m"));
    assert!(alice.engine.handle_send_result(at(0), foreign, sent).is_err());
    assert!(alice == before);
}
