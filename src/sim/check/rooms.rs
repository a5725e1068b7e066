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
use crate::laws::{Attendance, Attendant, Decision, Standing};
use crate::seats::SeatEvent;

/// Whose clock is off by so much takes what comes of the history for old (`T7`).
const FAR_OFF_MS: u64 = 3_600_000;

impl World {
    pub(super) fn attendance(&self, scenario: &Scenario, has_room: bool) -> Attendance<'_> {
        let class = scenario.layers.classroom.as_ref().map(|class| &class.group);
        let room = scenario.layers.seats.as_ref().map(|seats| &seats.room);
        let is_whole = class.into_iter().chain(room).all(|group| self.post.is_whole_in(group.as_str()));
        let mut left = self.post.left.iter().map(|(_, group)| group);
        Attendance {
            attendants: self.attendants(),
            is_whole: is_whole && has_room && scenario.config.fates_are_told,
            hostile: HOSTILE,
            attributes: room.into_iter().flat_map(|room| self.attributes.of(room)).collect(),
            writes: self.attributes.writes().collect(),
            decisions: self.decisions(),
            has_lost_a_member: left.any(|group| class.is_some_and(|class| group == class.as_str())),
            leavers: room.map(|room| self.leavers(room)).unwrap_or_default(),
        }
    }

    /// The honest devices, each with what it has to do with: the class, or the room, in whose group its user is.
    fn attendants(&self) -> Vec<Attendant<'_>> {
        let (forgetful, disturbed) = (self.forgetful(), self.disturbed());
        let honest = self.peers.iter().filter(|(name, _)| user_of(name) != HOSTILE);
        let attendants = honest.map(|(name, peer)| {
            let is_in = |group: &GroupId| self.post.is_member(user_of(name), group.as_str());
            let Standing { classroom, seats, .. } = peer.standing();
            Attendant {
                name,
                engine: peer.engine(),
                classroom: classroom.filter(|classroom| is_in(classroom.group())),
                seats: seats.filter(|seats| is_in(seats.room())),
                remembers: !forgetful.contains(name) && peer.skew_ms().unsigned_abs() < FAR_OFF_MS,
                is_undisturbed: !disturbed.contains_key(name),
            }
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
        let forgets = |taken: &In| {
            matches!(
                taken,
                In::Crash | In::Online { start: Start::Cold, .. } | In::Sending(SendingMode::Hold | SendingMode::Stall)
            )
        };
        self.taken().filter(|(_, _, taken)| forgets(taken)).map(|(_, name, _)| name).collect()
    }
}
