//! One call: its moment, and what it must put out.

use alloc::vec::Vec;

use super::said::Fate;
use super::said::Record;
use super::{Sent, Told};
use crate::{Config, Data, InvitationKey, Output, Timestamp, Token, UserId};

pub(super) struct Call<'a> {
    pub(super) config: &'a Config,
    /// The moment that this is about: a timer's, or the call's.
    pub(super) now: Timestamp,
    pub(super) told: Told,
    sent: Vec<(InvitationKey, Token)>,
}

impl<'a> Call<'a> {
    pub(super) fn new(config: &'a Config, now: Timestamp, outputs: &[Output]) -> Self {
        Self { config, now, told: Told::default(), sent: outputs.iter().filter_map(sent).collect() }
    }

    /// Something must be sent; gives the token that it got, and what is known of its fate.
    pub(super) fn send(&mut self, of: &Record, action: u8, invitees: &[UserId], data: &Data) -> (Option<Token>, Fate) {
        let before = self.told.sends.iter().filter(|sent| sent.invitation == of.key).count();
        let token = self.sent.iter().filter(|(key, _)| *key == of.key).nth(before).map(|(_, token)| *token);
        let sent = Sent { invitation: of.key.clone(), action, invitees: invitees.to_vec(), data: data.clone() };
        self.told.sends.push(sent);
        let fate = if self.config.fates_are_told {
            Fate::InFlight { token, since: self.now, deadline: of.deadline, is_endless: of.deadline.is_none() }
        } else {
            Fate::Stands
        };
        (token, fate)
    }
}

fn sent(output: &Output) -> Option<(InvitationKey, Token)> {
    match output {
        Output::Transmit(transmit) => Some((transmit.invitation.clone(), transmit.token)),
        Output::Edit(edit) => Some((edit.invitation.clone(), edit.token)),
        Output::Callback(_) => None,
    }
}
