//! The examples, as processes.

mod call;
mod classroom;
mod processes;
mod runs;
mod tcp_call;
mod town;
