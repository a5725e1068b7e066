//! What this device has said of an invitation, and what is to come of it: of most there is nothing.

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::mem;

use serde::{Deserialize, Serialize};

use super::contest::Contest;
use super::send::Send;
use crate::callback::Answer;
use crate::message::Token;
use crate::time::Timestamp;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct UnderWay(Option<Box<Parts>>);

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct Parts {
    sends: Vec<Send>,
    retry: Option<Retry>,
    contest: Option<Contest>,
}

/// A time-out that the service refused, to be sent again (`O7`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Retry {
    pub(crate) at: Timestamp,
    pub(crate) attempt: u8,
}

impl UnderWay {
    pub(crate) fn new(sends: Vec<Send>, retry: Option<Retry>, contest: Option<Contest>) -> Self {
        let parts = Parts { sends, retry, contest };
        Self((parts != Parts::default()).then(|| Box::new(parts)))
    }

    pub(crate) fn into_parts(self) -> (Vec<Send>, Option<Retry>, Option<Contest>) {
        let Parts { sends, retry, contest } = self.0.map_or_else(Parts::default, |parts| *parts);
        (sends, retry, contest)
    }

    /// In the order in which they were made.
    pub(crate) fn sends(&self) -> &[Send] {
        self.0.as_ref().map_or(&[], |parts| &parts.sends)
    }

    pub(crate) fn sends_mut(&mut self) -> &mut [Send] {
        self.0.as_mut().map_or(&mut [], |parts| &mut parts.sends)
    }

    pub(crate) fn add_send(&mut self, send: Send) {
        let sends = &mut self.parts().sends;
        sends.reserve_exact(1);
        sends.push(send);
    }

    pub(crate) fn take_send(&mut self, token: Token) -> Option<Send> {
        let sends = &mut self.0.as_mut()?.sends;
        let position = sends.iter().position(|send| send.token == token)?;
        let send = sends.remove(position);
        self.tidy();
        Some(send)
    }

    pub(crate) fn take_sends(&mut self) -> Vec<Send> {
        let sends = self.0.as_mut().map_or_else(Vec::new, |parts| mem::take(&mut parts.sends));
        self.tidy();
        sends
    }

    pub(crate) fn retry(&self) -> Option<Retry> {
        self.0.as_ref().and_then(|parts| parts.retry)
    }

    pub(crate) fn set_retry(&mut self, retry: Retry) {
        self.parts().retry = Some(retry);
    }

    pub(crate) fn take_retry(&mut self) -> Option<Retry> {
        let retry = self.0.as_mut()?.retry.take();
        self.tidy();
        retry
    }

    pub(crate) fn contest_mut(&mut self) -> Option<&mut Contest> {
        self.0.as_mut().and_then(|parts| parts.contest.as_mut())
    }

    /// This device answers.
    pub(crate) fn answer(&mut self, answer: Answer) {
        self.parts().contest.get_or_insert_default().answer(answer);
    }

    /// This device has not answered after all.
    pub(crate) fn withdraw_answer(&mut self) {
        if let Some(parts) = &mut self.0 {
            parts.contest = None;
        }
        self.tidy();
    }

    /// Moves to another clock of the host (`A4`).
    pub(crate) fn shift(&mut self, shift: impl Fn(Timestamp) -> Timestamp) {
        let Some(parts) = &mut self.0 else { return };
        if let Some(retry) = &mut parts.retry {
            retry.at = shift(retry.at);
        }
        for send in &mut parts.sends {
            (send.since, send.expires) = (shift(send.since), shift(send.expires));
        }
    }

    fn parts(&mut self) -> &mut Parts {
        self.0.get_or_insert_default()
    }

    fn tidy(&mut self) {
        self.0.take_if(|parts| parts.sends.is_empty() && parts.retry.is_none() && parts.contest.is_none());
        if let Some(parts) = self.0.as_mut().filter(|parts| parts.sends.is_empty()) {
            parts.sends = Vec::new();
        }
    }
}
