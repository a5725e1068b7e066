//! Seats of a live room, between members, a small network and a store with versions: the rules M1 to M6.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

mod applying;
mod data;
mod found_by_review;
mod hostile;
mod inviting;
mod leaving;
mod net;
mod queue;
mod random;
mod restoring;
mod store;
mod waiting;
