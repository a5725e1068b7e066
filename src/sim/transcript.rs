//! A whole scenario as text.

use alloc::string::{String, ToString as _};

use super::check::ENDED_MS;
use super::scenario::{Scenario, StepError};
use super::world::World;

impl Scenario {
    /// All that goes into the engines and comes out of them, until every invitation is over: the trace; then what a trace does not
    /// say, which is of each call its moment, its reply and what the engine waits for after it, and the token of each send; and
    /// what each engine would store when the last step was taken, and in the end.
    ///
    /// It is the same text on every platform and in every build.
    ///
    /// # Errors
    /// A step that makes no sense.
    pub fn transcript(&self) -> Result<String, StepError> {
        let mut world = World::set_up(self);
        world.peers.service.take_notes();
        world.play_steps(self)?;
        let before = world.stored();
        world.heal();
        world.run_for(ENDED_MS);
        Ok([&*world.trace().to_string(), world.peers.service.notes(), &before, &world.stored()].concat())
    }
}

impl World {
    /// What the app of each peer would store: a line of its engine, and one of its layers if it has any.
    fn stored(&self) -> String {
        let snapshots = self.peers.iter().flat_map(|(_, peer)| {
            let layers = peer.layers().and_then(|layers| serde_json::to_string(&layers).ok());
            serde_json::to_string(&peer.engine().snapshot()).ok().into_iter().chain(layers)
        });
        snapshots.flat_map(|snapshot| [snapshot, "\n".into()]).collect()
    }
}
