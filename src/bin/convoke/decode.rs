//! `convoke decode`: says field by field what a message is, or why it is not signaling.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use convoke::sim::printable;
use convoke::{Conversation, Inbound, Limits, NotSignaling, SignalingInfo, signaling_info};
use serde_json::Value;
use serde_json::value::RawValue;

use crate::{Failure, Verdict, read_text};

/// Say field by field what a message is. Exit code 1 if it is not signaling, or signaling that cannot be read.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// A file with the `data` of a custom message, or with a whole message as JSON; without it, standard input.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(crate) fn run(arguments: &Arguments, out: &mut impl Write) -> Result<Verdict, Failure> {
    let text = read_text(arguments.file.as_deref())?;
    let message = inbound(text.trim_end_matches(['\r', '\n']));
    let info = signaling_info(&message, &Limits::default());
    print(&info, &message.payload, out).or_else(Failure::unless_gone)?;
    Ok(if info.is_ok() { Verdict::Yes } else { Verdict::No })
}

fn print(info: &Result<SignalingInfo, NotSignaling>, payload: &str, out: &mut impl Write) -> Result<(), Failure> {
    match info {
        Ok(info) => print_fields(info, out)?,
        Err(NotSignaling::NotOurs) => writeln!(out, "not signaling: {}", what_is_missing(payload))?,
        Err(reason) => writeln!(out, "signaling that cannot be read: {reason}")?,
    }
    Ok(())
}

fn print_fields(info: &SignalingInfo, out: &mut impl Write) -> Result<(), Failure> {
    let info = serde_json::to_value(info).map_err(|error| Failure::because("the signaling", error))?;
    writeln!(out, "signaling")?;
    for name in FIELDS {
        let value = info.get(name).unwrap_or(&Value::Null);
        writeln!(out, "  {name:<12} {}{}", printable(&value.to_string()), meaning(name, value))?;
    }
    Ok(())
}

/// First what it is, then of whom and for whom, and last what it carries.
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

/// Of an object only what is looked at is read: whatever else a message holds may be half a surrogate pair.
type Fields<'a> = BTreeMap<String, &'a RawValue>;

/// What a payload lacks that every signaling message has (`W6`).
fn what_is_missing(payload: &str) -> String {
    let fields = match serde_json::from_str::<Fields<'_>>(payload) {
        Ok(fields) => fields,
        Err(error) if error.is_data() => return "its text is not a JSON object".to_owned(),
        Err(error) => return format!("its text cannot be read as JSON: {error}"),
    };
    let missing = match (fields.get("inviteID"), fields.get("actionType")) {
        (None, _) => "it has no `inviteID`",
        (Some(id), _) if !id.get().starts_with('"') => "its `inviteID` is not a string",
        (_, None) => "it has no `actionType`",
        (_, Some(_)) => "its `actionType` is not an integer",
    };
    missing.to_owned()
}

/// The text is a payload, or a message that holds one: an object that is not signaling itself, but has the fields of a
/// message.
fn inbound(text: &str) -> Inbound {
    let whole: Fields<'_> = serde_json::from_str(text).unwrap_or_default();
    let is_payload = whole.contains_key("actionType") || whole.contains_key("inviteID");
    let within = whole.get("payload").and_then(|payload| serde_json::from_str::<Fields<'_>>(payload.get()).ok());
    let data = whole.get("data").or_else(|| within.as_ref()?.get("data"));
    let cloud = whole.get("cloudCustomData");
    let (payload, cloud) = if is_payload || (data.is_none() && cloud.is_none()) {
        (text.to_owned(), String::new())
    } else {
        (as_text(data.copied()), as_text(cloud.copied()))
    };
    let mut inbound = Inbound::new("sender", Conversation::C2c("sender".into()), payload);
    inbound.cloud_custom_data = cloud;
    inbound
}

/// A field may hold the object itself rather than its text.
fn as_text(field: Option<&RawValue>) -> String {
    field.map_or_else(String::new, |field| serde_json::from_str(field.get()).unwrap_or_else(|_| field.get().to_owned()))
}
