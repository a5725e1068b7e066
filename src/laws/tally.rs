//! What was reached, and how often.

use alloc::collections::BTreeMap;
use alloc::format;
use alloc::string::String;

use super::Law;
use super::reach::everything;
use crate::callback::Output;
use crate::input::{CatchUp, Reply};

/// How often each thing was reached.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<String, u64>);

impl Tally {
    /// Nothing was reached yet of all that can be.
    #[must_use]
    pub fn of_everything() -> Self {
        Self(everything().into_iter().map(|name| (name, 0)).collect())
    }

    /// Each thing with its count, in the order of their names.
    pub fn iter(&self) -> impl Iterator<Item = (&str, u64)> {
        self.0.iter().map(|(name, count)| (name.as_str(), *count))
    }

    /// How often this was reached.
    #[must_use]
    pub fn of(&self, name: &str) -> u64 {
        self.0.get(name).copied().unwrap_or(0)
    }

    /// Adds what was reached elsewhere.
    pub fn add(&mut self, other: &Self) {
        for (name, count) in &other.0 {
            self.add_one(name, *count);
        }
    }

    pub(crate) fn count_law(&mut self, law: Law) {
        self.count(law.name());
    }

    pub(crate) fn count_reply(&mut self, reply: &Reply) {
        let name = match reply {
            Reply::Disposition(disposition) => format!("{disposition:?}"),
            Reply::CatchUp(CatchUp::Done(dispositions)) => {
                dispositions.iter().for_each(|disposition| self.count(&format!("{disposition:?}")));
                return;
            }
            Reply::CatchUp(CatchUp::Backlog) => "CatchUp(Backlog)".into(),
            Reply::SendResult(Err(error)) => format!("{error:?}"),
            Reply::Invite(Err(error)) => format!("Invite({error:?})"),
            Reply::Cancel(Err(error)) => format!("Cancel({error:?})"),
            Reply::Answer(Err(error)) => format!("Answer({error:?})"),
            Reply::Modify(Err(error)) => format!("Modify({error:?})"),
            Reply::AddInvited(Err(error)) => format!("AddInvited({error:?})"),
            Reply::Dismiss(Err(error)) => format!("Dismiss({error:?})"),
            Reply::SendResult(Ok(()))
            | Reply::Invite(Ok(_))
            | Reply::Cancel(Ok(()))
            | Reply::Answer(Ok(()))
            | Reply::Modify(Ok(()))
            | Reply::AddInvited(Ok(()))
            | Reply::Dismiss(Ok(()))
            | Reply::Done => return,
        };
        self.count(&name);
    }

    pub(crate) fn count_output(&mut self, output: &Output) {
        if let Output::Callback(callback) = output {
            self.count(callback.name());
            if callback.revises().is_some() {
                self.count("revision");
            }
        }
    }

    pub(super) fn count(&mut self, name: &str) {
        self.add_one(name, 1);
    }

    fn add_one(&mut self, name: &str, times: u64) {
        match self.0.get_mut(name) {
            Some(count) => *count = count.saturating_add(times),
            None => drop(self.0.insert(name.into(), times)),
        }
    }
}
