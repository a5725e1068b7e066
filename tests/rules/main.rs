//! What the engine does, rule by rule: a topic a file.

mod common;

mod agreement;
mod authority;
mod callbacks;
mod catch_up;
mod clock;
mod corners;
mod crowding;
mod devices;
mod differences;
mod dispositions;
mod duplicates;
mod early;
mod edits;
mod extremes;
mod fates;
mod found_by_fuzzing;
mod found_by_model;
mod found_by_review;
mod identity;
mod inviters_devices;
mod laws;
mod leaving;
mod limits;
mod mangled;
mod operation_errors;
mod operations;
mod order;
mod outcomes;
mod reference;
mod resending;
mod serde_features;
mod snapshot;
mod time;
mod wire;
