//! The examples, as processes.

mod call;
mod classroom;
mod processes;
mod runs;
mod seats;
mod tcp_call;
mod town;
