//! The lines between the relay and its clients: one JSON value each.

use std::collections::BTreeMap;
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::iter;
use std::net::TcpStream;

use convoke::seats::{Ticket, WriteResult};
use convoke::{Conversation, GroupId, Inbound, SendResult, ServerTime, Stamp, Token, UserId};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// What a client says.
#[derive(Serialize, Deserialize)]
pub(crate) enum ToRelay {
    /// Its first line. It wants the history after the last message that it has `heard`.
    SignIn { user: UserId, heard: Option<Stamp> },
    /// Send this; the relay adds who and when. The token comes back with the message's fate; without one nobody asks for it.
    Send { token: Option<Token>, to: Conversation, payload: String, online_user_only: bool },
    /// Tell the attributes of this group.
    Read { group: GroupId },
    /// Set these attributes of the group, if they are still of this version.
    Write { group: GroupId, ticket: Ticket, version: u64, changes: Vec<(String, String)> },
}

/// What the relay says.
#[derive(Serialize, Deserialize)]
pub(crate) enum FromRelay {
    /// Its first line: what its clock shows, and how many of the next lines are history.
    Welcome { clock: ServerTime, history: usize },
    /// Somebody sent this, or one's other device did.
    Message(Inbound),
    /// What became of one's own.
    Fate { token: Token, fate: SendResult },
    /// The attributes of a group: to who reads them or signs in, and to everybody when they change.
    Attributes { group: GroupId, version: u64, all: BTreeMap<String, String> },
    /// What became of a write.
    Written { ticket: Ticket, result: WriteResult },
}

pub(crate) fn write(stream: &mut TcpStream, line: &impl Serialize) -> io::Result<()> {
    let mut text = serde_json::to_string(line).map_err(io::Error::other)?;
    text.push('\n');
    stream.write_all(text.as_bytes())
}

/// What the other end says, until it hangs up. A line of more bytes than this is cut; what makes no sense is `InvalidData`.
pub(crate) fn lines<T: DeserializeOwned>(stream: TcpStream, longest: u64) -> impl Iterator<Item = io::Result<T>> {
    let mut reader = BufReader::new(stream);
    iter::from_fn(move || {
        let mut line = String::new();
        match reader.by_ref().take(longest).read_line(&mut line) {
            Ok(0) => None,
            Ok(_) => Some(serde_json::from_str(&line).map_err(|error| io::Error::new(ErrorKind::InvalidData, error))),
            Err(error) => Some(Err(error)),
        }
    })
}
