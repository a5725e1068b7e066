//! `convoke decode`: says field by field what a message is, or why it is not signaling.

use std::io::Write;
use std::path::PathBuf;

use convoke::{Conversation, Inbound, Limits, NotSignaling, signaling_info};
use serde_json::Value;

use crate::{Failure, Verdict, read_text};

/// Say field by field what a message is. Exit code 1 if it is not signaling.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A file with the `data` of a custom message, or with a whole message as JSON; without it, standard input.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<Verdict, Failure> {
    let text = read_text(arguments.file.as_deref())?;
    let message = inbound(text.trim_end_matches(['\r', '\n']));
    match signaling_info(&message, &Limits::default()) {
        Ok(info) => {
            let info = serde_json::to_value(info).map_err(|error| Failure::because("the signaling", error))?;
            writeln!(out, "signaling")?;
            for name in FIELDS {
                let value = info.get(name).unwrap_or(&Value::Null);
                writeln!(out, "  {name:<12} {value}{}", meaning(name, value))?;
            }
            return Ok(Verdict::Yes);
        }
        Err(NotSignaling::NotOurs) => writeln!(out, "not signaling: {}", what_is_missing(&message.payload))?,
        Err(reason) => writeln!(out, "signaling that cannot be read: {reason}")?,
    }
    Ok(Verdict::No)
}

/// In the order of a payload.
const FIELDS: [&str; 8] =
    ["businessID", "actionType", "inviteID", "groupID", "inviter", "inviteeList", "timeout", "data"];

fn meaning(name: &str, value: &Value) -> &'static str {
    match (name, value.as_i64(), value.as_str()) {
        ("actionType", Some(1), _) => " invite",
        ("actionType", Some(2), _) => " cancel",
        ("actionType", Some(3), _) => " accept",
        ("actionType", Some(4), _) => " reject",
        ("actionType", Some(5), _) => " timeout",
        ("actionType", Some(_), _) => " unknown",
        ("groupID", _, Some("")) => " between two users",
        ("timeout", Some(0), _) => " none",
        ("timeout", Some(_), _) => " s",
        _ => "",
    }
}

/// What a payload lacks that every signaling message has (`W6`).
fn what_is_missing(payload: &str) -> &'static str {
    let Ok(payload) = serde_json::from_str::<Value>(payload) else { return "its text is not JSON" };
    match (payload.as_object(), payload.get("inviteID"), payload.get("actionType")) {
        (None, ..) => "its text is not a JSON object",
        (_, None, _) => "it has no `inviteID`",
        (_, Some(id), _) if !id.is_string() => "its `inviteID` is not a string",
        (_, _, None) => "it has no `actionType`",
        (_, _, Some(_)) => "its `actionType` is not an integer",
    }
}

/// The text is a payload, or a message that holds one: an object that is not signaling itself, but has the fields of a
/// message.
fn inbound(text: &str) -> Inbound {
    let whole: Value = serde_json::from_str(text).unwrap_or_default();
    let is_payload = whole.get("actionType").is_some() || whole.get("inviteID").is_some();
    let data = whole.get("data").or_else(|| whole.pointer("/payload/data"));
    let cloud = whole.get("cloudCustomData");
    let (payload, cloud) = if is_payload || (data.is_none() && cloud.is_none()) {
        (text.to_owned(), String::new())
    } else {
        (as_text(data), as_text(cloud))
    };
    let mut inbound = Inbound::new("sender", Conversation::C2c("sender".into()), payload);
    inbound.cloud_custom_data = cloud;
    inbound
}

/// A field may hold the object itself rather than its text.
fn as_text(field: Option<&Value>) -> String {
    field.map_or_else(String::new, |field| field.as_str().map_or_else(|| field.to_string(), str::to_owned))
}
