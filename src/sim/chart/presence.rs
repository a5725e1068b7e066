//! Who takes part, and when each was there to take anything in.

use alloc::borrow::ToOwned as _;
use alloc::vec::Vec;

use super::super::command::SendingMode;
use super::super::intake::In;
use super::super::printable::printable;
use super::super::trace::{Trace, What};
use super::model::{Lane, Life};
use super::words::text_of;

/// The participants in the order of their appearance, with their comings and goings.
pub(super) struct Presence {
    pub(super) lanes: Vec<Lane>,
    /// Of each lane: when, by which event, and what it is from then on.
    changes: Vec<Vec<(i64, usize, Life)>>,
    /// Of each lane: by which event, and how its sends end from then on.
    sending: Vec<Vec<(usize, SendingMode)>>,
}

impl Presence {
    pub(super) fn new(trace: &Trace) -> Self {
        let mut this = Self { lanes: Vec::new(), changes: Vec::new(), sending: Vec::new() };
        for event in &trace.events {
            this.enter(&event.peer, Life::Absent);
        }
        for (at, event) in trace.events.iter().enumerate() {
            this.enter_strangers(&event.what);
            let (Some(lane), What::In(taken)) = (this.lane(&event.peer), &event.what) else { continue };
            if let (Some(life), Some(changes)) = (life_after(taken), this.changes.get_mut(lane)) {
                changes.push((event.t, at, life));
            }
            if let (In::Sending(mode), Some(modes)) = (taken, this.sending.get_mut(lane)) {
                modes.push((at, *mode));
            }
        }
        // Who never signs in within the trace was there all along, like who does so at its beginning.
        let begins = trace.events.first().map_or(0, |event| event.t);
        for (lane, changes) in this.lanes.iter_mut().zip(&this.changes) {
            if lane.life == Life::Absent && changes.first().is_none_or(|(t, ..)| *t == begins) {
                lane.life = Life::Online;
            }
        }
        this
    }

    /// Who writes or is written to without being a peer of the trace has a lane too.
    fn enter_strangers(&mut self, what: &What) {
        match what {
            What::In(In::Message(message) | In::Modified(message)) => {
                self.enter_user(message.from.as_str(), Life::Online);
            }
            What::Out(out) => {
                let sent = out.get("send").or_else(|| out.get("modify"));
                if let Some(sent) = sent.filter(|sent| text_of(sent, "conversationType") != "GROUP") {
                    self.enter_user(text_of(sent, "to"), Life::Offline);
                }
            }
            What::In(_) => {}
        }
    }

    fn enter_user(&mut self, user: &str, life: Life) {
        if !user.is_empty() && !self.lanes.iter().any(|lane| lane.user() == user) {
            self.enter(user, life);
        }
    }

    fn enter(&mut self, peer: &str, life: Life) {
        if self.lane(peer).is_none() {
            self.lanes.push(Lane { peer: peer.to_owned(), name: printable(peer).into_owned(), life });
            self.changes.push(Vec::new());
            self.sending.push(Vec::new());
        }
    }

    pub(super) fn lane(&self, peer: &str) -> Option<usize> {
        self.lanes.iter().position(|lane| lane.peer == peer)
    }

    /// The lane from which a message of this user comes that none of the trace's peers has sent.
    pub(super) fn lane_of(&self, user: &str, receiver: usize) -> Option<usize> {
        let mut devices = self.lanes.iter().enumerate().filter(|(_, lane)| lane.user() == user).map(|(at, _)| at);
        devices.clone().find(|lane| *lane != receiver).or_else(|| devices.next())
    }

    pub(super) fn user(&self, lane: usize) -> &str {
        self.lanes.get(lane).map_or("", Lane::user)
    }

    /// What a lane is just before this event.
    pub(super) fn before(&self, lane: usize, event: usize) -> Life {
        self.last(lane, |_, at| at < event)
    }

    /// What a lane is at this moment, once all has happened that happens then.
    pub(super) fn at(&self, lane: usize, t: i64) -> Life {
        self.last(lane, |moment, _| moment <= t)
    }

    fn last(&self, lane: usize, is_past: impl Fn(i64, usize) -> bool) -> Life {
        let first = self.lanes.get(lane).map_or(Life::Absent, |lane| lane.life);
        let changes = self.changes.get(lane).into_iter().flatten();
        changes.filter(|(t, at, _)| is_past(*t, *at)).last().map_or(first, |(_, _, life)| *life)
    }

    /// How the sends of a lane end at this event.
    pub(super) fn sending(&self, lane: usize, event: usize) -> SendingMode {
        let modes = self.sending.get(lane).into_iter().flatten();
        modes.rev().find(|(at, _)| *at < event).map_or(SendingMode::Ok, |(_, mode)| *mode)
    }
}

/// What a participant's line is from here on, if that changes.
pub(super) fn life_after(taken: &In) -> Option<Life> {
    match taken {
        In::Start { .. } | In::Online { .. } => Some(Life::Online),
        In::Offline => Some(Life::Offline),
        In::Sleep => Some(Life::Asleep),
        In::Crash => Some(Life::Crashed),
        In::Call { .. }
        | In::App(_)
        | In::Post(_)
        | In::Message(_)
        | In::Modified(_)
        | In::Save
        | In::SaveFirst(_)
        | In::Sending(_)
        | In::Release(_)
        | In::Left(_)
        | In::SyncClock { .. }
        | In::SetClock { .. } => None,
    }
}
