//! The layers on the engine of a peer.

use alloc::string::ToString as _;

use super::super::answer::Out;
use super::super::apps::{Deed, LayersSnapshot, Seat};
use super::super::intake::Left;
use super::super::service::Service;
use super::Peer;
use crate::classroom::Classroom;
use crate::input::Input;

impl Peer {
    /// The user, or the media host, does something with the layers.
    pub(super) fn act(&mut self, service: &mut Service, deed: Deed) {
        let now = self.now(service);
        if let Err(refused) = self.layers.act(self.engine.unwatched(), now, deed) {
            service.put_out(&self.name, Out::Refused(refused.to_string()));
        }
        if self.saves_first {
            self.save();
        }
        self.drain(service);
    }

    pub(super) fn hear_of_leaving(&mut self, service: &mut Service, Left { group_id, user }: Left) {
        if self.has_layers() {
            let now = self.now(service);
            self.layers.handle_member_left(self.engine.unwatched(), now, &group_id, &user);
        }
        self.do_so(service, Input::MemberLeft(group_id, user));
    }

    pub(in super::super) fn has_layers(&self) -> bool {
        !self.layers.is_empty()
    }

    pub(in super::super) fn layers(&self) -> Option<LayersSnapshot> {
        self.has_layers().then(|| self.layers.snapshot())
    }

    pub(in super::super) fn classroom(&self) -> Option<&Classroom> {
        self.layers.classroom()
    }

    /// Where its media is to be.
    pub(in super::super) fn seat(&self) -> Option<Seat> {
        self.layers.seat()
    }
}
