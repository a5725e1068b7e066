//! The network: a set of messages, each of which may reach each of its addressees at any time, in any order, or never.

use std::fmt;
use std::sync::Arc;

use convoke::{
    Conversation, Edit, Inbound, Input, InviteId, Limits, ServerTime, SignalingInfo, Stamp, Token, Transmit, UserId,
    signaling_info,
};

/// Which message: of which device, and the how-manieth that it sent. So the order in which different devices send makes no
/// difference.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct MailId {
    pub(crate) from: usize,
    pub(crate) number: u8,
}

/// What a device asked its host to send.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(crate) struct Letter {
    pub(crate) id: MailId,
    pub(crate) sender: UserId,
    pub(crate) token: Token,
    pub(crate) sent_at: i64,
    conversation: Conversation,
    payload: String,
    is_edit: bool,
    /// What the payload says.
    info: Option<SignalingInfo>,
}

/// A message, and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Mail {
    pub(crate) letter: Arc<Letter>,
    /// When the service took it; not decided before somebody asks.
    pub(crate) taken_at: Option<i64>,
    pub(crate) is_refused: bool,
}

/// What a message says, strongest first (`C1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Says {
    Cancel,
    InviterTimeout,
    Accept,
    Reject,
    OwnTimeout,
    Invite,
    Edit,
}

impl fmt::Display for Says {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cancel => "cancel",
            Self::InviterTimeout | Self::OwnTimeout => "time-out",
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::Invite => "invite",
            Self::Edit => "edit",
        })
    }
}

impl Letter {
    pub(crate) fn of_transmit(id: MailId, sender: &UserId, sent_at: i64, transmit: Transmit) -> Self {
        let Transmit { token, conversation, payload, .. } = transmit;
        Self::new((id, sender, token, sent_at), conversation, payload, false)
    }

    pub(crate) fn of_edit(id: MailId, sender: &UserId, sent_at: i64, edit: Edit) -> Self {
        let Edit { token, conversation, payload, .. } = edit;
        Self::new((id, sender, token, sent_at), conversation, payload, true)
    }

    fn new(
        (id, sender, token, sent_at): (MailId, &UserId, Token, i64),
        conversation: Conversation,
        payload: String,
        is_edit: bool,
    ) -> Self {
        let message = Inbound::new(sender.clone(), conversation, payload);
        let info = signaling_info(&message, &Limits::default()).ok();
        let Inbound { sender, conversation, payload, .. } = message;
        Self { id, sender, token, sent_at, conversation, payload, is_edit, info }
    }

    /// Whether the devices of this user get it: those of one's own, too.
    pub(crate) fn is_for(&self, user: &UserId) -> bool {
        match &self.conversation {
            Conversation::C2c(peer) => user == peer || *user == self.sender,
            Conversation::Group(_) => true,
        }
    }

    pub(crate) fn stamp(&self, taken_at: i64) -> Stamp {
        let MailId { from, number } = self.id;
        Stamp { time: ServerTime::from_millis(taken_at), id: format!("{from}-{number}").as_str().into() }
    }

    /// As a device of this user gets it.
    pub(crate) fn inbound(&self, user: &UserId, taken_at: i64) -> Inbound {
        let conversation = match &self.conversation {
            Conversation::C2c(_) if *user != self.sender => Conversation::C2c(self.sender.clone()),
            Conversation::C2c(_) | Conversation::Group(_) => self.conversation.clone(),
        };
        let mut message = Inbound::new(self.sender.clone(), conversation, self.payload.clone());
        message.stamp = Some(self.stamp(taken_at));
        message
    }

    pub(crate) fn input(&self, user: &UserId, taken_at: i64) -> Input {
        let message = self.inbound(user, taken_at);
        if self.is_edit { Input::Edit(message) } else { Input::Message(message) }
    }

    pub(crate) fn says(&self) -> Option<Says> {
        let info = self.info.as_ref()?;
        Some(match info.action_type {
            _ if self.is_edit => Says::Edit,
            1 => Says::Invite,
            2 => Says::Cancel,
            3 => Says::Accept,
            4 => Says::Reject,
            5 if self.sender == info.inviter => Says::InviterTimeout,
            5 => Says::OwnTimeout,
            _ => return None,
        })
    }

    /// Whether it is about this invitee of this invitation.
    pub(crate) fn is_about(&self, id: &InviteId, user: &UserId) -> bool {
        self.info.as_ref().is_some_and(|info| info.invite_id == *id && info.invitee_list.contains(user))
    }
}
