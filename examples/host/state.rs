//! What outlives the process: the engine, how far the relay was heard, and what the app has beside the engine.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use convoke::{Snapshot, Stamp};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

/// One file holds all, so that they cannot disagree: what `heard` counts in, the snapshot has in it, and the app's part is of the
/// same moment.
#[derive(Serialize, Deserialize)]
pub(crate) struct State<A> {
    pub(crate) snapshot: Snapshot,
    pub(crate) heard: Option<Stamp>,
    pub(crate) app: A,
}

impl<A: DeserializeOwned> State<A> {
    /// `None` if there is no such file: a first start.
    pub(crate) fn load(path: &Path) -> Result<Option<Self>, Box<dyn Error>> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(Some(serde_json::from_str(&text)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

impl<A: Serialize> State<A> {
    /// The old file or the new one, and never half of one, whenever the process or the machine dies.
    pub(crate) fn save(&self, path: &Path) -> Result<(), Box<dyn Error>> {
        let mut beside = PathBuf::from(path).into_os_string();
        beside.push(".new");
        let mut file = File::create(&beside)?;
        file.write_all(serde_json::to_string(self)?.as_bytes())?;
        file.sync_all()?;
        Ok(fs::rename(&beside, path)?)
    }
}
