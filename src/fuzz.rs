//! The bodies of the fuzz targets.
//!
//! The targets in `fuzz/` are shims around [`decode`] and [`engine`], so that ordinary tests compile the bodies, replay the
//! committed corpus through them and feed them random bytes. A body takes any bytes, asserts what must hold, and returns.
//!
//! What `engine` asserts, after every step of a [`Program`]:
//!
//! - a call that fails has changed nothing, nor has a message that was refused, malformed, known or not signaling;
//! - the same message a second time changes nothing (`R5`);
//! - the limits hold (`W9`), and nobody is pending after the deadline and twice the grace (`C6`);
//! - `wake()` names the exact moment of the next effect, and one late tick equals many small ones (`T2`, `T3`);
//! - an invitation rings once and ends once, and whoever was told of is told of again only as a revision (`C3`, `C7`);
//! - what callbacks said of an invitee agrees with what queries say on accepted or not (`C6`);
//! - nothing is sent in somebody else's name (`R4`), and no token is given twice;
//! - a snapshot goes on where the engine stopped (`A4`);
//! - and at the end: the same inputs give a fresh engine the same replies, outputs and state.
#![expect(clippy::expect_used, reason = "a body fails by panicking: that is how a fuzzer learns of it")]

mod checked;
mod decode;
mod host;
mod ledger;
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
