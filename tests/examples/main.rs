//! The examples, as processes.

mod processes;
mod runs;
mod tcp_call;
mod town;
