//! `convoke pipe`: engines that speak the protocol of the vendor's test peer on standard input and output.

use std::io::{BufRead, Write};

use convoke::sim::Pipe;

use crate::{Failure, Verdict};

pub(crate) fn run(mut input: impl BufRead, out: &mut impl Write) -> Result<Verdict, Failure> {
    let mut pipe = Pipe::new();
    let mut line = Vec::new();
    loop {
        line.clear();
        let read = input.read_until(b'\n', &mut line).map_err(|error| Failure::because("standard input", error))?;
        if read == 0 {
            return Ok(Verdict::Yes);
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        for answer in pipe.answer(&line) {
            let text = serde_json::to_string(&answer).map_err(|error| Failure::because("an answer", error))?;
            writeln!(out, "{text}")?;
        }
        out.flush()?;
    }
}
