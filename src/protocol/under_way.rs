//! What goes on about an invitation by itself, or on this device: of most there is nothing.

use alloc::boxed::Box;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::contest::Contest;
use super::send::Send;
use crate::callback::Answer;
use crate::message::Token;
use crate::time::Timestamp;

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct UnderWay(Option<Box<All>>);

#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
struct All {
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
        let all = All { sends, retry, contest };
        Self((all != All::default()).then(|| Box::new(all)))
    }

    pub(crate) fn into_parts(self) -> (Vec<Send>, Option<Retry>, Option<Contest>) {
        let All { sends, retry, contest } = self.0.map_or_else(All::default, |all| *all);
        (sends, retry, contest)
    }

    /// In the order in which they were made.
    pub(crate) fn sends(&self) -> &[Send] {
        self.0.as_ref().map_or(&[], |all| &all.sends)
    }

    pub(crate) fn sends_mut(&mut self) -> &mut [Send] {
        self.0.as_mut().map_or(&mut [], |all| &mut all.sends)
    }

    pub(crate) fn add_send(&mut self, send: Send) {
        let sends = &mut self.all().sends;
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
        let sends = self.0.as_mut().map_or_else(Vec::new, |all| core::mem::take(&mut all.sends));
        self.tidy();
        sends
    }

    pub(crate) fn retry(&self) -> Option<Retry> {
        self.0.as_ref().and_then(|all| all.retry)
    }

    pub(crate) fn set_retry(&mut self, retry: Retry) {
        self.all().retry = Some(retry);
    }

    pub(crate) fn take_retry(&mut self) -> Option<Retry> {
        let retry = self.0.as_mut()?.retry.take();
        self.tidy();
        retry
    }

    pub(crate) fn contest_mut(&mut self) -> Option<&mut Contest> {
        self.0.as_mut().and_then(|all| all.contest.as_mut())
    }

    /// This device answers.
    pub(crate) fn answer(&mut self, answer: Answer) {
        self.all().contest.get_or_insert_default().answer(answer);
    }

    /// This device has not answered after all.
    pub(crate) fn withdraw_answer(&mut self) {
        if let Some(all) = &mut self.0 {
            all.contest = None;
        }
        self.tidy();
    }

    /// Moves to another clock of the host (`A4`).
    pub(crate) fn shift(&mut self, shift: impl Fn(Timestamp) -> Timestamp) {
        let Some(all) = &mut self.0 else { return };
        if let Some(retry) = &mut all.retry {
            retry.at = shift(retry.at);
        }
        for send in &mut all.sends {
            (send.since, send.expires) = (shift(send.since), shift(send.expires));
        }
    }

    fn all(&mut self) -> &mut All {
        self.0.get_or_insert_default()
    }

    fn tidy(&mut self) {
        self.0.take_if(|all| all.sends.is_empty() && all.retry.is_none() && all.contest.is_none());
        if let Some(all) = self.0.as_mut().filter(|all| all.sends.is_empty()) {
            all.sends = Vec::new();
        }
    }
}
