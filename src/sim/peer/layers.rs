//! The layers on the engine of a peer.

use alloc::string::ToString as _;

use super::super::answer::Out;
use super::super::apps::{Deed, LayerEvent, LayersSnapshot, Seat};
use super::super::intake::Left;
use super::super::service::Service;
use super::Peer;
use crate::id::GroupId;
use crate::input::Input;
use crate::laws::Standing;
use crate::layer::{Layer as _, Layered};

impl Peer {
    /// The user, the media host or the store does something with the layers.
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

    pub(super) fn poll_layers(&mut self, service: &Service) -> Option<Layered<LayerEvent>> {
        let now = self.now(service);
        let engine = self.engine.unwatched();
        let Some(watch) = &mut self.layer_watch else { return self.layers.poll(engine, now) };
        // What has broken a law may never come to rest.
        if watch.broken().is_some() {
            return None;
        }
        let output = watch.poll(&mut self.layers, engine, now);
        match &output {
            Some(Layered::Event(LayerEvent::Call(event))) => watch.hear_of_call(event),
            Some(Layered::Event(LayerEvent::Class(event))) => watch.hear_of_class(event),
            Some(Layered::Event(LayerEvent::Seat(event))) => watch.hear_of_seats(event),
            Some(Layered::Transmit(_)) if self.saves_first => self.save(),
            Some(Layered::Transmit(_) | Layered::Edit(_) | Layered::Callback(_)) => {}
            None => {
                // While the history is awaited, what is due waits (`A7`), and what is to be polled does not.
                let next = if engine.is_catching_up() { self.layers.wake(engine) } else { self.layers.next() };
                watch.rest(now, next, engine, &self.layers.standing());
            }
        }
        output
    }

    /// What the app can read of its layers.
    pub(in super::super) fn standing(&self) -> Standing<'_> {
        self.layers.standing()
    }

    pub(in super::super) fn has_layers(&self) -> bool {
        !self.layers.is_empty()
    }

    pub(in super::super) fn layers(&self) -> Option<LayersSnapshot> {
        self.has_layers().then(|| self.layers.snapshot())
    }

    /// The room with seats in which it is.
    pub(in super::super) fn room(&self) -> Option<&GroupId> {
        self.layers.room()
    }

    /// Where its media is to be.
    pub(in super::super) fn seat(&self) -> Option<Seat> {
        self.layers.seat()
    }
}
