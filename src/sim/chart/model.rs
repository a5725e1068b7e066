//! What a chart shows, whatever it is drawn on: participants, arrows between them and notes on them, in the order of time.

use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::super::peer::user_of;

use super::measure::{columns, shorten};

/// The least width in which the beginning of the data is worth showing.
const DATA_MIN: usize = 5;

/// A participant: one device of a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lane {
    /// As the trace has it; `alice/2` is alice's second device.
    pub(super) peer: String,
    /// The same, fit to be shown.
    pub(super) name: String,
    /// What it is before anything happens.
    pub(super) life: Life,
}

impl Lane {
    pub(super) fn user(&self) -> &str {
        user_of(&self.peer)
    }
}

/// How a participant's line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Life {
    /// Not signed in yet.
    Absent,
    Online,
    Offline,
    Asleep,
    /// The app is gone.
    Crashed,
}

/// A message on its way, to all whom it reaches at one moment.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Arrow {
    /// The line of the trace that it is about, counted from 0 without the header.
    pub(super) event: usize,
    pub(super) from: usize,
    pub(super) leaves: i64,
    pub(super) lands: i64,
    /// In the order of lanes.
    pub(super) heads: Vec<Head>,
    /// What it is: `invite 30 s`.
    pub(super) what: String,
    /// The app's own string, shortened.
    pub(super) data: String,
    /// What went wrong with it, or makes it odd. Where its heads do not fare alike it is empty.
    pub(super) fate: String,
    /// Whether it speaks in the name of another than its sender.
    pub(super) is_forged: bool,
    /// Whether it brings what was brought before.
    pub(super) is_copy: bool,
}

/// One end of an arrow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) lane: usize,
    pub(super) end: End,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Arrives,
    /// The service keeps it until the receiver is back.
    Stored,
    Lost,
    /// The service did not take it.
    Refused,
}

impl End {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Arrives => "",
            Self::Stored => "stored",
            Self::Lost => "lost",
            Self::Refused => "refused",
        }
    }
}

impl Arrow {
    /// What stands on it.
    pub(super) fn label(&self) -> String {
        self.label_with(&self.data)
    }

    /// The same without the app's own string.
    pub(super) fn what_and_fate(&self) -> String {
        self.label_with("")
    }

    /// The same in so many columns. The data goes first; the fate only where the head must do for it.
    pub(super) fn label_within(&self, data: &str, room: usize) -> String {
        let whole = self.label_with(data);
        if columns(&whole) <= room {
            return whole;
        }
        let short = self.what_and_fate();
        let spare = room.saturating_sub(columns(&short) + 2);
        if spare >= DATA_MIN {
            return self.label_with(&shorten(data, spare));
        }
        if columns(&short) <= room { short } else { shorten(&self.what, room) }
    }

    /// The label, and of each head what becomes of it.
    pub(super) fn in_full(&self, lanes: &[Lane]) -> String {
        let mut label = self.label();
        for head in self.heads.iter().filter(|head| !self.fate_at(**head).is_empty()) {
            let name = lanes.get(head.lane).map_or("", |lane| lane.name.as_str());
            label.push_str(&format!(" · {} for {name}", head.end.word()));
        }
        label
    }

    /// What becomes of one head, where that is not said of all.
    pub(super) fn fate_at(&self, head: Head) -> &'static str {
        if self.fate.is_empty() { head.end.word() } else { "" }
    }

    fn label_with(&self, data: &str) -> String {
        let mut label = self.what.clone();
        if !data.is_empty() {
            label.push_str(": ");
            label.push_str(data);
        }
        if !self.fate.is_empty() {
            label.push_str(" · ");
            label.push_str(&self.fate);
        }
        label
    }

    /// Whether nobody else is known whom it could reach.
    pub(super) fn goes_nowhere(&self) -> bool {
        self.heads.iter().all(|head| head.lane == self.from)
    }

    /// Whether nobody gets it, or nobody should.
    pub(super) fn is_failure(&self) -> bool {
        let is_lost = |head: &Head| matches!(head.end, End::Lost | End::Refused);
        self.is_forged || (!self.heads.is_empty() && self.heads.iter().all(is_lost))
    }
}

/// Something that happens to one participant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Note {
    pub(super) event: usize,
    pub(super) t: i64,
    pub(super) lane: usize,
    pub(super) tone: Tone,
    pub(super) text: String,
    /// The word of a callback and its documented name, where they differ.
    pub(super) callback: Option<(&'static str, &'static str)>,
    /// What the participant's line is from here on.
    pub(super) life: Option<Life>,
}

/// What kind of note it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tone {
    Callback,
    Deadline,
    Failure,
    /// A remark that can be passed over.
    Quiet,
}

/// What happens on a chart at one height: arrows of one message, or notes of one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) t: i64,
    pub(super) marks: Vec<Mark>,
}

/// A part of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mark {
    /// An arrow that nothing of interest happens beside: drawn where it leaves.
    Flies(usize),
    /// An arrow that lands in a later row.
    Leaves(usize),
    /// Where it does.
    Lands(usize),
    Note(usize),
}
