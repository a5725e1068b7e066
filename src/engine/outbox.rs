//! What the host has still to be given, and the sends that wait for their fate.

use alloc::collections::{BTreeMap, VecDeque};

use crate::callback::{Callback, Output};
use crate::id::IdSource;
use crate::message::Token;
use crate::name::InvitationKey;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Outbox {
    pub(crate) outputs: VecDeque<Output>,
    pub(crate) ids: IdSource,
    /// Which invitation an open token is about.
    pub(crate) tokens: BTreeMap<Token, InvitationKey>,
}

/// As many outputs as a call usually has.
const FEW: usize = 4;

impl Outbox {
    pub(crate) fn new(ids: IdSource) -> Self {
        Self { outputs: VecDeque::new(), ids, tokens: BTreeMap::new() }
    }

    pub(crate) fn open_token(&mut self, key: &InvitationKey) -> Token {
        let token = Token(self.ids.token());
        self.tokens.insert(token, key.clone());
        token
    }

    /// The next output. With the last one their room is given back, but for that of a few while there are invitations, of which more is
    /// to come: a gateway has a million engines, and most have nothing to say.
    pub(crate) fn poll(&mut self, is_idle: bool) -> Option<Output> {
        let output = self.outputs.pop_front();
        if self.outputs.is_empty() {
            self.outputs.shrink_to(if is_idle { 0 } else { FEW });
        }
        output
    }

    /// There are no invitations any more, so no token is open: each was about one.
    pub(crate) fn come_to_rest(&mut self) {
        self.tokens.clear();
        if self.outputs.is_empty() {
            self.outputs = VecDeque::new();
        }
    }

    pub(crate) fn call_back(&mut self, callback: Callback) {
        self.outputs.push_back(Output::Callback(callback));
    }
}
