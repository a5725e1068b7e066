//! Messages that no phone has sent.

use convoke::call::{CallData, Command, Media};
use convoke::{Conversation, Inbound, ServerTime, Stamp};

use crate::net::Net;

/// What somebody says of an invitation, the inviter's or an answer.
pub(crate) struct Said<'a> {
    pub(crate) action: u8,
    pub(crate) id: &'a str,
    pub(crate) inviter: &'a str,
    pub(crate) from: &'a str,
    pub(crate) group: &'a str,
    pub(crate) timeout: u32,
    pub(crate) to: &'a str,
    pub(crate) data: &'a str,
    /// When the service took it, in ms.
    pub(crate) at: Option<i64>,
}

impl Said<'_> {
    pub(crate) fn message(&self) -> Inbound {
        let Said { action, id, inviter, from, group, timeout, to, data, at } = self;
        let data = serde_json::to_string(data).expect("it is text");
        let payload = format!(
            r#"{{"businessID":1,"timeout":{timeout},"data":{data},"inviteID":"{id}","groupID":"{group}","actionType":{action},"inviter":"{inviter}","inviteeList":["{to}"]}}"#
        );
        let conversation =
            if group.is_empty() { Conversation::C2c((*from).into()) } else { Conversation::Group((*group).into()) };
        let mut message = Inbound::new(*from, conversation, payload);
        message.stamp = at.map(|at| Stamp { time: ServerTime::from_millis(at), id: (*id).into() });
        message
    }

    /// Only this phone gets it.
    pub(crate) fn hear(&self, net: &mut Net, at: usize) {
        let now = net.at();
        let _ = net.phones[at].engine.handle_message(now, &self.message());
        net.poll(at);
    }
}

/// An invitation, which only this phone gets.
pub(crate) fn hear(
    net: &mut Net,
    at: usize,
    from: &str,
    group: &str,
    (id, timeout): (&str, u32),
    to: &str,
    data: &CallData,
) {
    let data = data.to_data();
    Said { action: 1, id, inviter: from, from, group, timeout, to, data: data.as_str(), at: None }.hear(net, at);
}

pub(crate) fn calling(room: u32, media: Media) -> CallData {
    let mut data = CallData::new(Command::Call, media);
    data.room = Some(room.into());
    data
}
