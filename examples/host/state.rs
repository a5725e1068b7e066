//! What outlives the process: the engine, and how far the relay was heard.

use std::error::Error;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use convoke::{Snapshot, Stamp};
use serde::{Deserialize, Serialize};

/// One file holds both, so that they cannot disagree: what `heard` counts in, the snapshot has in it.
#[derive(Serialize, Deserialize)]
pub(crate) struct State {
    pub(crate) snapshot: Snapshot,
    pub(crate) heard: Option<Stamp>,
}

impl State {
    /// `None` if there is no such file: a first start.
    pub(crate) fn load(path: &Path) -> Result<Option<Self>, Box<dyn Error>> {
        match fs::read_to_string(path) {
            Ok(text) => Ok(Some(serde_json::from_str(&text)?)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

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
