//! A relay, and the processes that call each other by it.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on fails")]

use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::{fs, io, process, thread};

use crate::processes::{Process, example};

/// A relay, and a place where its users keep their states.
pub(crate) struct Town {
    pub(crate) address: String,
    folder: PathBuf,
    _relay: Process,
}

impl Town {
    pub(crate) fn new(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}", process::id()));
        fs::create_dir_all(&folder).unwrap();
        let mut relay = Process::start(example("tcp_relay").arg("127.0.0.1:0"));
        Self { address: relay.prints("listening on "), folder, _relay: relay }
    }

    pub(crate) fn state_of(&self, user: &str) -> PathBuf {
        self.folder.join(format!("{user}.json"))
    }

    /// A user's process of this example.
    pub(crate) fn process(&self, app: &str, user: &str, options: &[&str]) -> Process {
        Process::start(example(app).arg(user).args(options).arg("--state").arg(self.state_of(user)))
    }
}

impl Drop for Town {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).ok();
    }
}

/// A line to the relay that can be cut.
pub(crate) struct Line {
    pub(crate) address: String,
    /// The ends of what goes over it; nothing while it is cut.
    ends: Arc<Mutex<Option<Vec<TcpStream>>>>,
}

impl Line {
    pub(crate) fn to(relay: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let ends = Arc::new(Mutex::new(Some(Vec::new())));
        let (relay, shared) = (relay.to_owned(), ends.clone());
        thread::spawn(move || {
            for near in listener.incoming().map(Result::unwrap) {
                if let Some(ends) = &mut *shared.lock().unwrap() {
                    let far = TcpStream::connect(&relay).unwrap();
                    join(&near, &far);
                    join(&far, &near);
                    ends.extend([near, far]);
                }
            }
        });
        Self { address, ends }
    }

    pub(crate) fn cut(&self) {
        for end in self.ends.lock().unwrap().take().unwrap() {
            end.shutdown(Shutdown::Both).ok();
        }
    }

    pub(crate) fn mend(&self) {
        *self.ends.lock().unwrap() = Some(Vec::new());
    }
}

fn join(from: &TcpStream, to: &TcpStream) {
    let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
    thread::spawn(move || io::copy(&mut from, &mut to));
}
