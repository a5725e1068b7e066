//! The simulator, the fuzz targets and the command.

mod chart;
mod chart_forms;
mod check;
mod classes;
mod command;
mod draw;
mod found_by_check;
mod fuzz_corpus;
mod launch;
mod layers;
mod pipe;
mod pipe_differences;
mod replay;
mod rooms;
mod same_bytes;
mod scenarios;
mod traces;
mod world;
mod world_steps;
