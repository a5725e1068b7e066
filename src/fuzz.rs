//! The bodies of the fuzz targets.
//!
//! The targets in `fuzz/` are shims around them, so that ordinary tests compile the bodies, replay the committed corpus through
//! them and feed them random bytes. A body takes any bytes, asserts what must hold, and returns. They are for these
//! targets and tests alone, and outside semantic versioning.
//!
//! What must hold is the laws of [`sim::Law`](crate::sim::Law): they are asked after every step, but for seven that take long, which a
//! random world is asked after one call in about eight.
#![expect(clippy::expect_used, reason = "a body fails by panicking: that is how a fuzzer learns of it")]

mod decode;
mod forgery;
mod host;
mod program;
mod world;

use arbitrary::{Arbitrary, Unstructured};

pub use self::decode::decode;
pub use self::forgery::{Damage, paths};
pub use self::program::Program;
pub use self::world::world;

use self::forgery::Forgery;
use self::host::Host;

/// The user whose engine it is.
const ME: &str = "bob";

/// Runs the [`Program`] that these bytes stand for. Bytes of another [`Program::VERSION`] stand for none.
///
/// # Panics
///
/// If the engine breaks a promise.
pub fn engine(bytes: &[u8]) {
    let Some(rest) = of_version(Program::VERSION, bytes) else { return };
    if let Ok(program) = Program::arbitrary_take_rest(Unstructured::new(rest)) {
        Host::run(program);
    }
}

/// Stores an engine in the course of a [`Program`], tampers with what was stored, as these bytes say, and restores it: that is
/// refused, or makes an engine that keeps the promises of one whom nobody has tampered with. Bytes of another
/// [`Program::VERSION`] stand for nothing.
///
/// # Panics
///
/// If the engine breaks a promise.
pub fn snapshot(bytes: &[u8]) {
    let Some(rest) = of_version(Program::VERSION, bytes) else { return };
    if let Ok(forgery) = Forgery::arbitrary_take_rest(Unstructured::new(rest)) {
        Host::run_forged(forgery);
    }
}

/// What is read by position begins with the version of what reads it.
fn of_version(version: u8, bytes: &[u8]) -> Option<&[u8]> {
    let (first, rest) = bytes.split_first()?;
    (*first == version).then_some(rest)
}
