//! Calls between phones on a small network, with a media service: the rules K1 to K12.
#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, reason = "a test that cannot go on fails")]

mod between_two;
mod by_hand;
mod crowding;
mod data;
mod found_by_model;
mod found_by_reading;
mod found_by_review;
mod in_a_group;
mod meeting;
mod net;
mod other_ways;
mod pushes;
mod random;
mod restoring;
mod several;
mod stopping;
mod switching;
mod two_devices;
