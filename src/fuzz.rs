//! The bodies of the fuzz targets.
//!
//! The targets in `fuzz/` are shims around [`decode`] and [`engine`], so that ordinary tests compile the bodies, replay the
//! committed corpus through them and feed them random bytes. A body takes any bytes, asserts what must hold, and returns.
//!
//! What must hold is the laws of [`sim::Law`](crate::sim::Law): they are asked after every step.
#![expect(clippy::expect_used, reason = "a body fails by panicking: that is how a fuzzer learns of it")]

mod decode;
mod host;
mod program;

use arbitrary::{Arbitrary, Unstructured};

pub use self::decode::decode;
pub use self::program::Program;

use self::host::Host;

/// The user whose engine it is.
const ME: &str = "bob";

/// Runs the [`Program`] that these bytes stand for. Bytes of another [`Program::VERSION`] stand for none.
///
/// # Panics
///
/// If the engine breaks a promise.
pub fn engine(bytes: &[u8]) {
    let Some((&Program::VERSION, rest)) = bytes.split_first() else { return };
    if let Ok(program) = Program::arbitrary_take_rest(Unstructured::new(rest)) {
        Host::run(program);
    }
}
