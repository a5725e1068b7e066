//! What goes over the wire, seen from the engine's face (`W1` to `W8`): bytes, lists, destinations, options, odd values.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common::{ACCEPT, Action, CANCEL, Device, INVITE, REJECT, TIMEOUT, at, data, group, pair, relay, stamp};
use convoke::{
    Callback, Conversation, Disposition, Inbound, Invite, InviteId, Limits, MAX_TIMEOUT, Malformed, NotSignaling,
    PushInfo, PushIntent, Pushed, Refusal, ServerTime, Transmit, UserId, signaling_info,
};

/// Alice has invited, and bob's device rings.
struct Ringing {
    alice: Device,
    bob: Device,
    invite: Transmit,
}

impl Ringing {
    fn new(invite: Invite) -> Self {
        let (mut alice, mut bob) = (Device::new("alice"), Device::new("bob"));
        alice.invite(0, invite);
        let invite = alice.sent().remove(0);
        assert_eq!(bob.hear(0, &relay(&invite, "alice", "bob", 0)), Disposition::Applied);
        Self { alice, bob, invite }
    }

    fn id(&self) -> &InviteId {
        self.invite.invitation.invite_id()
    }

    /// What follows the invite, each as if nothing else did: accept, reject, the invitee's time-out, cancel, the inviter's
    /// time-out. The data of the answers and of the cancel is `word`.
    fn replies(&self, word: &str) -> [Transmit; 5] {
        let after = |device: &Device, act: &dyn Fn(&mut Device)| {
            let mut device = device.clone();
            act(&mut device);
            let sent: [Transmit; 1] = device.sent().try_into().expect("one message");
            let [transmit] = sent;
            transmit
        };
        let id = self.id();
        let mut alice = self.alice.clone();
        alice.ack(1);
        [
            after(&self.bob, &|bob| bob.engine.accept(at(1), id, word).expect("bob is pending")),
            after(&self.bob, &|bob| bob.engine.reject(at(1), id, word).expect("bob is pending")),
            after(&self.bob, &|bob| bob.tick(30_000)),
            after(&alice, &|alice| alice.engine.cancel(at(1), id, word).expect("bob is pending")),
            after(&alice, &|alice| alice.tick(40_000)),
        ]
    }
}

/// The vendor's bytes, for an invitation of alice's.
fn payload(kind: u8, id: &InviteId, timeout: u32, data: &str, group: &str, list: &str) -> String {
    format!(
        r#"{{"businessID":1,"timeout":{timeout},"data":"{data}","inviteID":"{id}","groupID":"{group}","actionType":{kind},"inviter":"alice","inviteeList":{list}}}"#
    )
}

fn c2c() -> Invite {
    Invite::to("bob").timeout(30).data("call")
}

fn in_group() -> Invite {
    Invite::in_group("room", ["bob", "carol", "dave"]).timeout(30).data("call")
}

fn push() -> PushInfo {
    let mut push = PushInfo::default();
    push.title = "alice".into();
    push.description = "calls you".into();
    push.extension = "{}".into();
    push.disable_push = true;
    push
}

/// A message to bob in his conversation with alice, by her.
fn from_alice(payload: impl Into<String>) -> Inbound {
    Inbound::new("alice", pair("alice"), payload)
}

fn shape(transmit: &Transmit) -> (&Conversation, &str) {
    (&transmit.conversation, &transmit.payload)
}

#[test]
fn w1_w2_w3_w4_in_c2c_each_action_has_the_vendors_bytes_and_goes_to_the_other_one() {
    let ringing = Ringing::new(c2c());
    let id = ringing.id();
    let [accept, reject, own_timeout, cancel, timeout] = ringing.replies("word");
    let (to_alice, to_bob) = (pair("alice"), pair("bob"));
    for (transmit, to, bytes) in [
        (&ringing.invite, &to_bob, payload(INVITE, id, 30, "call", "", r#"["bob"]"#)),
        (&accept, &to_alice, payload(ACCEPT, id, 0, "word", "", r#"["bob"]"#)),
        (&reject, &to_alice, payload(REJECT, id, 0, "word", "", r#"["bob"]"#)),
        (&own_timeout, &to_alice, payload(TIMEOUT, id, 0, "call", "", r#"["bob"]"#)),
        (&cancel, &to_bob, payload(CANCEL, id, 0, "word", "", r#"["bob"]"#)),
        (&timeout, &to_bob, payload(TIMEOUT, id, 0, "call", "", r#"["bob"]"#)),
    ] {
        assert_eq!(shape(transmit), (to, bytes.as_str()));
    }
}

#[test]
fn w3_w4_in_a_group_each_action_goes_to_the_group_and_the_inviter_lists_only_who_is_pending() {
    let mut ringing = Ringing::new(in_group());
    let id = ringing.id().clone();
    let no = Action::reply(REJECT, id.as_str(), "alice", &["carol"]).from("carol", group("room"));
    assert_eq!(ringing.alice.hear(1, &no), Disposition::Applied);
    let [accept, reject, own_timeout, cancel, timeout] = ringing.replies("word");
    for (transmit, bytes) in [
        (&ringing.invite, payload(INVITE, &id, 30, "call", "room", r#"["bob","carol","dave"]"#)),
        (&accept, payload(ACCEPT, &id, 0, "word", "room", r#"["bob"]"#)),
        (&reject, payload(REJECT, &id, 0, "word", "room", r#"["bob"]"#)),
        (&own_timeout, payload(TIMEOUT, &id, 0, "call", "room", r#"["bob"]"#)),
        (&cancel, payload(CANCEL, &id, 0, "word", "room", r#"["bob","dave"]"#)),
        (&timeout, payload(TIMEOUT, &id, 0, "call", "room", r#"["bob","dave"]"#)),
    ] {
        assert_eq!(shape(transmit), (&group("room"), bytes.as_str()));
    }
}

#[test]
fn w2_a_modification_is_an_edit_of_the_invites_message_with_the_full_list() {
    let mut ringing = Ringing::new(in_group());
    let id = ringing.id().clone();
    let no = Action::reply(REJECT, id.as_str(), "alice", &["carol"]).from("carol", group("room"));
    assert_eq!(ringing.alice.hear(1, &no), Disposition::Applied);
    ringing.alice.ack(2);
    ringing.alice.engine.modify(at(3), &id, "new").unwrap();
    assert_eq!(ringing.alice.sent(), [], "no action is sent");
    let edit = &ringing.alice.edits[0];
    assert_eq!((&edit.conversation, &edit.message), (&group("room"), &Some(stamp(2, "ack-2-0"))));
    assert_eq!(edit.payload, payload(INVITE, &id, 30, "new", "room", r#"["bob","carol","dave"]"#));
}

#[test]
fn w2_of_an_edit_only_the_id_and_the_data_are_read() {
    let mut ringing = Ringing::new(c2c());
    let id = ringing.id().clone();
    let shrunken = format!(r#"{{"inviteID":"{id}","actionType":1,"data":"new","timeout":7,"inviteeList":[]}}"#);
    assert_eq!(ringing.bob.engine.handle_edit(at(1), &from_alice(shrunken)), Disposition::Applied);
    let view = ringing.bob.engine.invitation(&id).unwrap();
    assert_eq!((view.data(), view.deadline()), (&data("new"), Some(at(30_000))));
    assert_eq!(*view.invitees(), [UserId::from("bob")]);
    assert_eq!(ringing.bob.heard(), ["onReceiveNewInvitation", "onInvitationModified"]);
}

#[test]
fn w3_a_timeout_copies_the_data_as_last_modified() {
    let mut ringing = Ringing::new(c2c());
    let id = ringing.id().clone();
    ringing.alice.ack(1);
    ringing.alice.engine.modify(at(2), &id, "new").unwrap();
    ringing.alice.ack(3);
    let edit = from_alice(ringing.alice.edits[0].payload.clone());
    assert_eq!(ringing.bob.engine.handle_edit(at(4), &edit), Disposition::Applied);
    let [_, _, own_timeout, _, timeout] = ringing.replies("word");
    for transmit in [own_timeout, timeout] {
        assert_eq!(transmit.payload, payload(TIMEOUT, &id, 0, "new", "", r#"["bob"]"#));
    }
}

#[test]
fn w3_the_timeout_of_a_reply_is_ignored() {
    let mut ringing = Ringing::new(c2c());
    let id = ringing.id().clone();
    let mut reply = Action::reply(ACCEPT, id.as_str(), "alice", &["bob"]);
    reply.timeout = 77;
    assert_eq!(ringing.alice.hear(1, &reply.from("bob", pair("bob"))), Disposition::Applied);
    assert_eq!(ringing.alice.engine.invitation(&id).unwrap().deadline(), Some(at(30_000)));
}

#[test]
fn w5_online_user_only_holds_for_every_later_message_and_only_if_the_invite_says_so() {
    for invite in [c2c, in_group] {
        for (invite, is_online_only) in [(invite(), false), (invite().online_user_only(), true)] {
            let ringing = Ringing::new(invite);
            assert_eq!(ringing.invite.online_user_only, is_online_only);
            let held = ringing.bob.engine.invitation(ringing.id());
            assert_eq!(held.map(|held| held.is_online_user_only()), Some(is_online_only));
            for reply in ringing.replies("word") {
                assert_eq!(reply.online_user_only, is_online_only, "{}", reply.payload);
            }
        }
    }
}

#[test]
fn w5_who_learns_it_from_the_invite_keeps_to_it_too() {
    for (invite, is_online_only) in [(c2c(), false), (c2c().online_user_only(), true)] {
        let ringing = Ringing::new(invite);
        let mut tablet = Device::new("alice");
        tablet.learn(1, &relay(&ringing.invite, "alice", "alice", 0));
        tablet.cancel(2, ringing.id());
        assert_eq!(tablet.sent()[0].online_user_only, is_online_only, "her other device");

        let mut bob = Device::new("bob");
        let pushed = Pushed::from_user("alice", ringing.id(), ServerTime::from_millis(0)).timeout(30).data("call");
        bob.engine.add_invited(at(1), pushed).unwrap();
        bob.learn(2, &relay(&ringing.invite, "alice", "bob", 0));
        bob.reject(3, ringing.id());
        assert_eq!(bob.sent()[0].online_user_only, is_online_only, "whom a push had told");
    }
}

#[test]
fn w5_push_info_rides_on_the_c2c_invite_and_on_nothing_else() {
    let ringing = Ringing::new(c2c().push(push()));
    assert_eq!((&ringing.invite.push, ringing.invite.push_intents.len()), (&Some(push()), 0));
    for reply in ringing.replies("word") {
        assert_eq!((reply.push, reply.push_intents), (None, Vec::new()));
    }
    assert_eq!(Ringing::new(c2c()).invite.push, None, "nor where none was asked for");
}

#[test]
fn w5_a_group_invite_has_one_push_intent_an_invitee_in_place_of_the_push_info() {
    let ringing = Ringing::new(in_group().push(push()));
    let intents = ["bob", "carol", "dave"].map(|user| PushIntent { invitee: user.into(), info: push() });
    assert_eq!((&ringing.invite.push, ringing.invite.push_intents.as_slice()), (&None, intents.as_slice()));
    for reply in ringing.replies("word") {
        assert_eq!((reply.push, reply.push_intents), (None, Vec::new()));
    }
    assert_eq!(Ringing::new(in_group()).invite.push_intents, []);
}

#[test]
fn w5_nothing_for_online_users_only_is_pushed() {
    for invite in [c2c(), in_group()] {
        let sent = Ringing::new(invite.push(push()).online_user_only()).invite;
        assert_eq!((sent.push, sent.push_intents), (None, Vec::new()));
    }
}

#[test]
fn w6_an_action_of_any_other_number_is_ignored_and_leaves_no_trace() {
    let mut bob = Device::new("bob");
    let before = bob.engine.clone();
    for code in ["0", "6", "-1", "1e400"] {
        let unknown = from_alice(format!(r#"{{"inviteID":"i","actionType":{code},"inviter":"alice"}}"#));
        assert_eq!(bob.hear(0, &unknown), Disposition::Ignored, "{code}");
    }
    assert_eq!(bob.engine, before);
}

#[test]
fn w6_cloud_custom_data_makes_signaling_of_an_object_without_the_keys() {
    let mut bob = Device::new("bob");
    let mut message = from_alice(r#"{"inviter":"alice","inviteeList":["bob"]}"#);
    assert_eq!(bob.hear(0, &message), Disposition::NotSignaling);
    message.cloud_custom_data = r#"{"type":"tsignaling"}"#.into();
    assert_eq!(bob.hear(0, &message), Disposition::Refused(Refusal::EmptyId), "an invite, but without a name");
}

#[test]
fn w6_missing_keys_read_as_their_defaults_and_unknown_ones_are_ignored() {
    let mut bob = Device::new("bob");
    for keys in ["", r#","timeout":null,"data":null,"groupID":null,"businessID":null"#, r#","new":[{"data":1}]"#] {
        let id = format!("i{}", keys.len());
        let message = format!(r#"{{"inviteID":"{id}","actionType":1,"inviter":"alice","inviteeList":["bob"]{keys}}}"#);
        assert_eq!(bob.hear(0, &from_alice(message)), Disposition::Applied);
        let view = bob.engine.invitation(id.as_str()).unwrap();
        assert_eq!((view.deadline(), view.data(), view.key().conversation()), (None, &data(""), &pair("alice")));
    }
}

/// What becomes of an invite to bob with these further keys, and the deadline of it.
fn hear_odd(keys: &str) -> (Disposition, Option<i64>) {
    let mut bob = Device::new("bob");
    let before = bob.engine.clone();
    let odd = format!(r#"{{"inviteID":"i","actionType":1,"inviter":"alice","inviteeList":["bob"]{keys}}}"#);
    let disposition = bob.hear(0, &from_alice(odd));
    assert_eq!(disposition == Disposition::Applied, bob.engine != before, "{keys}");
    let view = bob.engine.invitation("i");
    (disposition, view.and_then(|view| view.deadline()).map(|deadline| deadline.as_millis()))
}

#[test]
fn w7_of_a_key_given_twice_the_last_counts() {
    assert_eq!(hear_odd(r#","timeout":"x","timeout":9"#), (Disposition::Applied, Some(9_000)));
    assert_eq!(hear_odd(r#","data":"x","data":7"#).0, Disposition::Malformed(Malformed::WrongType));
    assert_eq!(hear_odd(r#","inviteeList":["carol"]"#).0, Disposition::Refused(Refusal::NobodyInvited));
}

#[test]
fn w7_a_timeout_is_floored_and_capped() {
    let cap = i64::from(MAX_TIMEOUT.as_millis());
    for (timeout, deadline) in [
        ("30.999", Some(30_000)),
        ("3e1", Some(30_000)),
        ("0.9", None),
        ("-0.1", None),
        ("-1e400", None),
        ("86399.9", Some(86_399_000)),
        ("86400", Some(cap)),
        ("86401", Some(cap)),
        ("1e400", Some(cap)),
    ] {
        assert_eq!(hear_odd(&format!(r#","timeout":{timeout}"#)), (Disposition::Applied, deadline), "{timeout}");
    }
}

#[test]
fn w7_what_cannot_be_read_is_malformed_and_changes_nothing() {
    let deep = format!(r#","x":{}{}"#, "[".repeat(64), "]".repeat(64));
    for (keys, why) in [
        (r#","timeout":"30""#, Malformed::WrongType),
        (r#","data":{}"#, Malformed::WrongType),
        (r#","inviteeList":"bob""#, Malformed::WrongType),
        (r#","inviteeList":["bob",1]"#, Malformed::WrongType),
        (r#","data":"\ud800""#, Malformed::LoneSurrogate),
        (r#","inviter":"\udc00""#, Malformed::LoneSurrogate),
        (&deep, Malformed::TooDeep),
    ] {
        assert_eq!(hear_odd(keys).0, Disposition::Malformed(why), "{keys}");
    }
    let array = from_alice(r#"[{"inviteID":"i","actionType":1,"inviter":"alice","inviteeList":["bob"]}]"#);
    assert_eq!(Device::new("bob").hear(0, &array), Disposition::Malformed(Malformed::NotAnObject));
}

#[test]
fn w8_signaling_is_exempt_from_moderation_and_words_in_its_own_data_keep_it_out_of_the_history() {
    for (word, on_timeouts, on_others) in [
        ("call", false, false),
        ("{excludeFromHistoryMessage}", false, true),
        ("excludeOriginalSignalingFromHistoryMessage", false, true),
        ("excludeTimeoutSignalingFromHistoryMessage", true, false),
    ] {
        let ringing = Ringing::new(c2c().data(word));
        let [accept, reject, own_timeout, cancel, timeout] = ringing.replies(word);
        let [plain, ..] = ringing.replies("word");
        for (transmit, excluded) in [
            (&ringing.invite, on_others),
            (&accept, on_others),
            (&reject, on_others),
            (&own_timeout, on_timeouts),
            (&cancel, on_others),
            (&timeout, on_timeouts),
            (&plain, false),
        ] {
            let control = transmit.control;
            assert!(control.excluded_from_content_moderation);
            assert_eq!(control.excluded_from_unread_count, excluded, "{}", transmit.payload);
            assert_eq!(control.excluded_from_last_message, excluded, "{}", transmit.payload);
        }
    }
}

#[test]
fn o1_signaling_info_reads_whatever_the_engine_sends() {
    let ringing = Ringing::new(in_group());
    let replies = ringing.replies("word");
    for (transmit, kind) in
        [&ringing.invite].into_iter().chain(&replies).zip([INVITE, ACCEPT, REJECT, TIMEOUT, CANCEL, TIMEOUT])
    {
        let info = signaling_info(&relay(transmit, "alice", "bob", 0), &Limits::default()).unwrap();
        assert_eq!((info.action_type, info.business_id), (i64::from(kind), 1));
        assert_eq!((&info.invite_id, &info.inviter, info.group_id.as_str()), (ringing.id(), &"alice".into(), "room"));
        assert_eq!(info.timeout, if kind == INVITE { 30 } else { 0 });
    }
    let info = |payload: &str| signaling_info(&from_alice(payload), &Limits::default());
    assert_eq!(info("hello"), Err(NotSignaling::NotOurs));
    assert_eq!(info(r#"{"inviteID":"i","actionType":1,"data":1}"#), Err(NotSignaling::Malformed(Malformed::WrongType)));
}

#[test]
fn w2_w3_what_a_cancel_lists_is_told_as_it_stands() {
    let mut ringing = Ringing::new(in_group());
    let cancel = Action::reply(CANCEL, ringing.id().as_str(), "alice", &["dave", "bob"]).data("bye");
    let cancel = cancel.from("alice", group("room"));
    ringing.bob.take();
    assert_eq!(ringing.bob.hear(1, &cancel), Disposition::Applied);
    let [Callback::InvitationCancelled { invitees, data: word, .. }] = &ringing.bob.take()[..] else {
        panic!("one callback")
    };
    assert_eq!((invitees.as_slice(), word), ([UserId::from("dave"), "bob".into()].as_slice(), &data("bye")));
}
