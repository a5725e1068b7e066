//! What the laws ask of classes and of rooms with seats, in the end.

use alloc::collections::BTreeSet;
use alloc::vec::Vec;

use super::super::apps::{Deed, LayerEvent, SeatDeed};
use super::super::command::SendingMode;
use super::super::intake::In;
use super::super::peer::user_of;
use super::super::scenario::Scenario;
use super::super::world::World;
use super::HOSTILE;
use crate::id::GroupId;
use crate::input::Start;
use crate::laws::{Attendance, Attendant, Decision};
use crate::seats::SeatEvent;

/// Whose clock is off by so much takes what comes of the history for old (`T7`).
const FAR_OFF_MS: u64 = 3_600_000;

impl World {
    pub(super) fn attendance(&self, scenario: &Scenario, has_room: bool) -> Attendance<'_> {
        let class = scenario.layers.classroom.as_ref().map(|class| &class.group);
        let Some(group) = scenario.layers.seats.as_ref().map(|seats| &seats.room).or(class) else {
            return Attendance::default();
        };
        Attendance {
            attendants: self.attendants(group),
            is_whole: has_room && self.post.is_whole_in(group.as_str()) && scenario.config.fates_are_told,
            hostile: HOSTILE,
            attributes: self.attributes.of(group).collect(),
            writes: self.attributes.writes().collect(),
            decisions: self.decisions(),
            has_lost_a_member: self.post.left.iter().any(|(_, other)| other == group.as_str()),
            leavers: self.leavers(group),
        }
    }

    /// The honest devices whose users are in the group.
    fn attendants(&self, group: &GroupId) -> Vec<Attendant<'_>> {
        let (forgetful, disturbed) = (self.forgetful(), self.disturbed());
        let is_there = |name: &str| user_of(name) != HOSTILE && self.post.is_member(user_of(name), group.as_str());
        let here = self.peers.iter().filter(|(name, _)| is_there(name));
        let attendants = here.map(|(name, peer)| Attendant {
            name,
            engine: peer.engine(),
            classroom: peer.classroom(),
            seats: peer.seats(),
            remembers: !forgetful.contains(name) && peer.skew_ms().unsigned_abs() < FAR_OFF_MS,
            is_undisturbed: !disturbed.contains_key(name),
        });
        attendants.collect()
    }

    fn decisions(&self) -> Vec<Decision<'_>> {
        let decisions = self.told_by_layers().filter_map(|(_, name, event)| match event {
            LayerEvent::Seat(SeatEvent::Decided { request, by, is_accepted }) => {
                Some(Decision { name, request: &request.id, accepted_by: Some(by).filter(|_| *is_accepted) })
            }
            LayerEvent::Seat(SeatEvent::Over { request, .. }) => {
                Some(Decision { name, request: &request.id, accepted_by: None })
            }
            LayerEvent::Seat(_) | LayerEvent::Call(_) | LayerEvent::Class(_) => None,
        });
        decisions.collect()
    }

    /// Who left the group, but for those who were asked onto a seat.
    fn leavers(&self, group: &GroupId) -> BTreeSet<&str> {
        let left = self.post.left.iter().filter(|(_, other)| other == group.as_str());
        let mut leavers: BTreeSet<&str> = left.map(|(user, _)| user.as_str()).collect();
        for (_, _, taken) in self.taken() {
            if let In::App(Deed::Seat(SeatDeed::Invite { user, .. })) = taken {
                leavers.remove(user.as_str());
            }
        }
        leavers
    }

    /// Who started again from what was stored, or from nothing, or was not told in time when its own messages were taken.
    fn forgetful(&self) -> BTreeSet<&str> {
        let forgets = |taken: &In| match taken {
            In::Crash | In::Online { start: Start::Cold, .. } => true,
            In::Sending(SendingMode::Hold | SendingMode::Stall) => true,
            In::Online { start: Start::Hot, .. }
            | In::Sending(SendingMode::Ok | SendingMode::Fail)
            | In::Start { .. }
            | In::Call { .. }
            | In::App(_)
            | In::Message(_)
            | In::Modified(_)
            | In::Offline
            | In::Sleep
            | In::Save
            | In::SaveFirst(_)
            | In::Release(_)
            | In::Left(_)
            | In::SyncClock { .. }
            | In::SetClock { .. } => false,
        };
        self.taken().filter(|(_, _, taken)| forgets(taken)).map(|(_, name, _)| name).collect()
    }
}
