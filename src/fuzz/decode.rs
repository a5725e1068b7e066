//! The reader, and what is written of what was read.

use alloc::string::String;
use alloc::vec::Vec;

use serde_json::Value;

use super::ME;
use crate::callback::Output;
use crate::config::{Config, Limits, MAX_TIMEOUT};
use crate::disposition::Disposition;
use crate::engine::Engine;
use crate::id::{Seed, UserId};
use crate::message::Inbound;
use crate::name::{Conversation, Target};
use crate::time::Timestamp;
use crate::wire::{NotSignaling, SignalingInfo, signaling_info};

/// Reads these bytes as a custom message: its `data`, and behind the first zero byte, if there is one, its cloudCustomData.
///
/// # Panics
///
/// If the reader does not read what serde_json does, or the engine does not take it for what the reader does, or if what is
/// written of it reads differently.
pub fn decode(bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let (payload, cloud_custom_data) = text.split_once('\0').unwrap_or((&text, ""));
    let message = |sender: &UserId, conversation| {
        let mut message = Inbound::new(sender, conversation, payload);
        message.cloud_custom_data = cloud_custom_data.into();
        message
    };

    let stranger = UserId::from("mallory");
    let info = signaling_info(&message(&stranger, Conversation::C2c(stranger.clone())), &Limits::default());
    if let Ok(info) = &info {
        check_read(info, payload);
        check_rewritten(info, cloud_custom_data);
    }
    let group = info.as_ref().map_or_else(|_| "room".into(), |info| info.group_id.clone());
    let inviter = info.as_ref().map_or(&stranger, |info| &info.inviter);
    let invitee = info.as_ref().ok().and_then(|info| info.invitee_list.first()).unwrap_or(&stranger);
    for sender in [inviter, invitee, &stranger] {
        for conversation in [Conversation::C2c(sender.clone()), Conversation::Group(group.clone())] {
            check_heard(&message(sender, conversation), info.as_ref());
        }
    }
}

/// What was read is what a reader that is not ours reads there.
fn check_read(info: &SignalingInfo, payload: &str) {
    let Ok(Value::Object(fields)) = serde_json::from_str(payload) else { return };
    let texts = [
        ("inviteID", info.invite_id.as_str()),
        ("inviter", info.inviter.as_str()),
        ("groupID", info.group_id.as_str()),
        ("data", info.data.as_str()),
    ];
    for (name, read) in texts {
        if let Some(text) = fields.get(name).and_then(Value::as_str) {
            assert_eq!(read, text, "{name}");
        }
    }
    for (name, read) in [("actionType", info.action_type), ("businessID", info.business_id)] {
        if let Some(number) = fields.get(name).and_then(Value::as_i64) {
            assert_eq!(read, number, "{name}");
        }
    }
    if let Some(seconds) = fields.get("timeout").and_then(Value::as_f64) {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is rounded down, and in range")]
        let whole = seconds.clamp(0.0, MAX_TIMEOUT.as_secs().into()) as u32;
        // A fraction may have been rounded up to an integer.
        let may_be_less = fields.get("timeout").is_some_and(Value::is_f64) && seconds.fract() == 0.0;
        let read = info.timeout;
        assert!(read == whole || (may_be_less && read.saturating_add(1) == whole), "timeout: {read} of {seconds}");
    }
    let names = fields.get("inviteeList").and_then(Value::as_array);
    if let Some(names) = names.and_then(|names| names.iter().map(Value::as_str).collect::<Option<Vec<&str>>>()) {
        assert!(info.invitee_list.iter().map(UserId::as_str).eq(names), "inviteeList");
    }
}

/// What is written of it is read as what it was read as.
fn check_rewritten(info: &SignalingInfo, cloud_custom_data: &str) {
    // Without an id it was taken for signaling by its cloudCustomData alone, or written with one that was empty.
    if info.invite_id.is_empty() {
        return;
    }
    let payload = serde_json::to_string(info).expect("strings and integers have a JSON form");
    let mut message = Inbound::new("mallory", Conversation::C2c("mallory".into()), payload);
    message.cloud_custom_data = cloud_custom_data.into();
    // What was missing is written out, so it may be longer.
    let limits = Limits { payload_bytes: u32::MAX, ..Limits::default() };
    assert_eq!(signaling_info(&message, &limits).as_ref(), Ok(info), "rewritten as {}", message.payload);
}

/// The engine takes it for what the reader does; and what it rings for can be answered.
fn check_heard(message: &Inbound, info: Result<&SignalingInfo, &NotSignaling>) {
    let now = Timestamp::default();
    let mut engine = Engine::new(ME, Config::default(), Seed::from([7; 16])).expect("the defaults can be used");
    let as_edit = engine.clone().handle_edit(now, message);
    let disposition = engine.handle_message(now, message);
    for disposition in [disposition, as_edit] {
        match disposition {
            Disposition::NotSignaling => assert_eq!(info, Err(&NotSignaling::NotOurs)),
            Disposition::Malformed(why) => assert_eq!(info, Err(&NotSignaling::Malformed(why))),
            // Of an action that it does not know the engine judges nothing else.
            Disposition::Ignored => assert!(info.map_or(true, |info| !(1..=5).contains(&info.action_type))),
            Disposition::Applied
            | Disposition::Duplicate
            | Disposition::Stale
            | Disposition::Buffered
            | Disposition::Refused(_)
            | Disposition::Backlog => assert!(info.is_ok(), "{disposition:?} of {info:?}"),
        }
    }
    if let (Disposition::Applied, Ok(info)) = (disposition, info) {
        check_answered(&mut engine, info);
    }
}

/// An accept, if one is possible, names the invitation as the invite did.
fn check_answered(engine: &mut Engine, invite: &SignalingInfo) {
    let now = Timestamp::default();
    if engine.accept(now, Target::of(invite.inviter.clone(), invite.invite_id.clone()), "yes").is_err() {
        return;
    }
    while let Some(output) = engine.poll_output() {
        let Output::Transmit(transmit) = output else { continue };
        let message = Inbound::new(ME, transmit.conversation, transmit.payload);
        let answer = signaling_info(&message, &Limits::default()).expect("what the engine writes is signaling");
        assert_eq!(
            (&answer.invite_id, &answer.inviter, &answer.group_id),
            (&invite.invite_id, &invite.inviter, &invite.group_id)
        );
        assert_eq!((answer.action_type, answer.invitee_list.as_slice()), (3, [ME.into()].as_slice()));
    }
}
