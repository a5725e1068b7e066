//! What the laws ask of calls, in the end.

use alloc::collections::BTreeMap;
use alloc::string::String;
use alloc::vec::Vec;

use super::super::apps::{Deed, LayerEvent};
use super::super::command::SendingMode;
use super::super::intake::In;
use super::super::peer::{Peer, user_of};
use super::super::scenario::{Act, Scenario};
use super::super::world::World;
use super::HOSTILE;
use crate::call::CallEvent;
use crate::config::Profile;
use crate::laws::{Parting, Phone, Recorded};

impl World {
    /// Everybody leaves the call that they are in.
    pub(super) fn hang_up(&mut self) {
        let names = self.peers.iter().filter(|(_, peer)| peer.standing().calls.is_some()).map(|(name, _)| name.into());
        let names: Vec<String> = names.collect();
        for name in names {
            self.act(&name, Act::App(Deed::HangUp)).ok(); // who has no call says so
        }
    }

    pub(super) fn parting(&self, scenario: &Scenario, has_room: bool) -> Parting<'_> {
        Parting {
            phones: self.phones(),
            records: self.records(),
            is_sound: has_room && scenario.faults.is_empty(),
            latency_ms: scenario.latency_ms.into(),
            hostile: HOSTILE,
            observers_are_told: scenario.config.profile == Profile::Default,
        }
    }

    fn phones(&self) -> Vec<Phone<'_>> {
        let disturbed = self.disturbed();
        let honest = self.peers.iter().filter(|(name, _)| user_of(name) != HOSTILE);
        let phones = honest.filter_map(|(name, peer)| {
            let company = self.rooms.company(name);
            let undisturbed = Some(user_of(name)).filter(|_| self.is_alone(name) && !disturbed.contains_key(name));
            Some(Phone { name, engine: peer.engine(), calls: peer.standing().calls?, company, undisturbed })
        });
        phones.collect()
    }

    /// The calls that the honest were told the end of.
    fn records(&self) -> Vec<Recorded<'_>> {
        let disturbed = self.disturbed();
        let ended = self.told_by_layers().filter_map(|(t, name, event)| match event {
            LayerEvent::Call(CallEvent::Ended(record)) => Some((t, name, record)),
            LayerEvent::Call(_) | LayerEvent::Class(_) | LayerEvent::Seat(_) => None,
        });
        let recorded = ended.filter(|(_, name, _)| user_of(name) != HOSTILE).map(|(t, name, record)| {
            let is_alone = self.is_alone(name);
            Recorded {
                user: user_of(name),
                record,
                t,
                is_undisturbed: is_alone && disturbed.get(name).is_none_or(|since| t < *since),
                is_alone: is_alone && self.peers.get(name).is_ok_and(Peer::saves_first),
            }
        });
        recorded.collect()
    }

    pub(super) fn is_alone(&self, name: &str) -> bool {
        self.peers.names().filter(|other| user_of(other) == user_of(name)).count() == 1
    }

    /// Since when not everything reaches a device, or comes from it; or its clock is another.
    pub(super) fn disturbed(&self) -> BTreeMap<&str, i64> {
        let mut since = BTreeMap::new();
        for (t, name, taken) in self.taken() {
            let disturbs = match taken {
                In::Offline | In::Sleep | In::Crash | In::SetClock { .. } => true,
                In::Sending(mode) => *mode != SendingMode::Ok,
                In::Start { .. }
                | In::Call { .. }
                | In::App(_)
                | In::Post(_)
                | In::Message(_)
                | In::Modified(_)
                | In::Online { .. }
                | In::Save
                | In::SaveFirst(_)
                | In::Release(_)
                | In::Left(_)
                | In::SyncClock { .. } => false,
            };
            if disturbs {
                since.entry(name).or_insert(t);
            }
        }
        since
    }
}
