//! Classes on a small network: the rules H1 to H6.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

mod away;
mod data;
mod failing;
mod hands;
mod hostile;
mod joining;
mod large;
mod net;
mod random;
mod restoring;
mod speaking;
