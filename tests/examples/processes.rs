//! The examples as processes, driven from outside: what they print is waited for, never for how long.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on fails")]
#![expect(clippy::disallowed_types, reason = "a test that waits must know when to give up")]

use std::env::{self, consts::EXE_SUFFIX};
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::{Duration, Instant};

/// Far longer than anything takes, even on a busy machine.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);

/// The built example. `cargo test` builds them all; `cargo test --test` does not.
pub(crate) fn example(name: &str) -> Command {
    let test = env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let path = profile.join("examples").join(format!("{name}{EXE_SUFFIX}"));
    assert!(path.exists(), "{} is not there: run cargo build --examples", path.display());
    Command::new(path)
}

/// A running example. It is killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    lines: Receiver<String>,
    printed: Vec<String>,
}

impl Process {
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let (line, lines) = mpsc::channel();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        thread::spawn(move || stdout.lines().map_while(Result::ok).try_for_each(|text| line.send(text)));
        Self { child, lines, printed: Vec::new() }
    }

    pub(crate) fn types(&self, line: &str) {
        writeln!(self.child.stdin.as_ref().unwrap(), "{line}").unwrap();
    }

    /// Waits for a line that begins so, and returns what follows.
    pub(crate) fn prints(&mut self, start: &str) -> String {
        let end = Instant::now() + PATIENCE;
        while let Ok(line) = self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
            self.printed.push(line.clone());
            if let Some(rest) = line.strip_prefix(start) {
                return rest.to_owned();
            }
        }
        panic!("it does not print {start:?}, but {:#?}", self.printed);
    }

    /// Ends it from within, and returns all that it printed.
    pub(crate) fn quits(self) -> Vec<String> {
        self.types("quit");
        self.ends()
    }

    /// Waits until it ends by itself, and returns all that it printed.
    pub(crate) fn ends(mut self) -> Vec<String> {
        assert!(self.child.wait().unwrap().success(), "{:#?}", self.printed);
        self.printed.extend(self.lines.iter());
        self.printed.clone()
    }

    /// Ends it at once, whatever it is doing: SIGKILL.
    pub(crate) fn dies(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
