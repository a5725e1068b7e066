//! One call: its moment, and what it must put out.

use alloc::vec::Vec;

use super::said::Fate;
use super::said::Record;
use super::{Sent, Told};
use crate::{Config, Data, Output, Timestamp, Token, UserId};

pub(super) struct Call<'a> {
    pub(super) config: &'a Config,
    /// The moment that this is about: a timer's, or the call's.
    pub(super) now: Timestamp,
    pub(super) told: Told,
    tokens: Vec<Token>,
}

impl<'a> Call<'a> {
    pub(super) fn new(config: &'a Config, now: Timestamp, outputs: &[Output]) -> Self {
        Self { config, now, told: Told::default(), tokens: outputs.iter().filter_map(Output::token).collect() }
    }

    /// Something must be sent; gives the token that it got, and what is known of its fate.
    pub(super) fn send(&mut self, of: &Record, action: u8, invitees: &[UserId], data: &Data) -> (Option<Token>, Fate) {
        let token = self.tokens.get(self.told.sends.len()).copied();
        let sent = Sent { invitation: of.key.clone(), action, invitees: invitees.to_vec(), data: data.clone() };
        self.told.sends.push(sent);
        let fate = if self.config.fates_are_told {
            Fate::InFlight { token, since: self.now, deadline: of.deadline }
        } else {
            Fate::Stands
        };
        (token, fate)
    }
}
