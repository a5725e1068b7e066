//! What the hosts in these examples share: each part is short, and can be copied alone.
#![allow(dead_code, reason = "not every example needs all of it")]

pub(crate) mod clock;
pub(crate) mod link;
pub(crate) mod seed;
pub(crate) mod state;
pub(crate) mod terminal;
pub(crate) mod wire;
pub(crate) mod words;
