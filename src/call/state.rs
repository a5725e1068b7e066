//! How a call goes on (`K1`): one table.

use core::fmt;

use serde::{Deserialize, Serialize};

/// Where a call stands on this device (`K1`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_enums, reason = "K1 names these and no others")]
pub enum State {
    /// There is no call.
    Idle,
    /// The user calls, and nobody has answered.
    Dialing,
    /// The user is called.
    Ringing,
    /// It was answered, and the media is not there yet.
    Connecting,
    /// The user and another one are in the room.
    Connected,
    /// It is over, and the app is being told.
    Ended,
}

/// In lower-case words: "connected".
impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Idle => "idle",
            Self::Dialing => "dialing",
            Self::Ringing => "ringing",
            Self::Connecting => "connecting",
            Self::Connected => "connected",
            Self::Ended => "ended",
        })
    }
}

/// What happens to a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Step {
    Dial,
    Ring,
    /// The user enters a call that goes on.
    Join,
    /// The user answers, or one of those who were called.
    Answer,
    /// The answer is undone, since the service refused it.
    Unanswer,
    /// The user's media and another's are there.
    Connect,
    /// The app crashed, and with it the media: only that comes back which was put by.
    Restore,
    /// For whatever reason.
    End,
    /// The app was told of the end.
    Settle,
}

impl State {
    /// The table. `None`: it cannot happen, or changes nothing.
    pub(super) fn after(self, step: Step) -> Option<Self> {
        match (self, step) {
            (Self::Idle, Step::Dial) => Some(Self::Dialing),
            (Self::Idle, Step::Ring) | (Self::Connecting | Self::Connected, Step::Unanswer) => Some(Self::Ringing),
            (Self::Idle, Step::Join)
            | (Self::Dialing | Self::Ringing, Step::Answer)
            | (Self::Connecting | Self::Connected, Step::Restore) => Some(Self::Connecting),
            (Self::Connecting, Step::Connect) => Some(Self::Connected),
            (Self::Dialing | Self::Ringing | Self::Connecting | Self::Connected, Step::End) => Some(Self::Ended),
            (Self::Ended, Step::Settle) => Some(Self::Idle),
            (Self::Idle, Step::Answer | Step::Unanswer | Step::Connect | Step::Restore | Step::End | Step::Settle)
            | (
                Self::Dialing | Self::Ringing | Self::Connecting | Self::Connected | Self::Ended,
                Step::Dial | Step::Ring | Step::Join,
            )
            | (Self::Connecting | Self::Connected | Self::Ended, Step::Answer)
            | (Self::Dialing | Self::Ringing | Self::Ended, Step::Unanswer)
            | (Self::Dialing | Self::Ringing | Self::Connected | Self::Ended, Step::Connect)
            | (Self::Dialing | Self::Ringing | Self::Ended, Step::Restore)
            | (Self::Ended, Step::End)
            | (Self::Dialing | Self::Ringing | Self::Connecting | Self::Connected, Step::Settle) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeMap;

    use super::State::{self, Connected, Connecting, Dialing, Ended, Idle, Ringing};
    use super::Step::{self, Answer, Connect, Dial, End, Join, Restore, Ring, Settle, Unanswer};

    const STATES: [(&str, State); 6] = [
        ("Idle", Idle),
        ("Dialing", Dialing),
        ("Ringing", Ringing),
        ("Connecting", Connecting),
        ("Connected", Connected),
        ("Ended", Ended),
    ];
    const STEPS: [(&str, Step); 9] = [
        ("dial", Dial),
        ("ring", Ring),
        ("join", Join),
        ("answer", Answer),
        ("answer refused", Unanswer),
        ("media of two", Connect),
        ("restored", Restore),
        ("end", End),
        ("app told", Settle),
    ];

    /// The arrows of the guide's picture: `Idle --> Dialing: dial`.
    fn drawn() -> BTreeMap<(&'static str, &'static str), &'static str> {
        let guide = include_str!("../../docs/calls.md");
        let picture = guide.split("stateDiagram-v2").nth(1).and_then(|rest| rest.split("```").next());
        let arrow = |line: &'static str| {
            let (from, rest) = line.trim().split_once(" --> ")?;
            let (to, step) = rest.split_once(": ")?;
            Some(((from, step), to))
        };
        picture.unwrap_or_default().lines().filter_map(arrow).collect()
    }

    #[test]
    fn k1_each_step_in_each_state_goes_where_the_picture_says_and_nowhere_else() {
        let drawn = drawn();
        let mut arrows = 0;
        for (from, state) in STATES {
            for (name, step) in STEPS {
                let to = drawn.get(&(from, name)).and_then(|to| STATES.iter().find(|(state, _)| state == to));
                assert_eq!(state.after(step), to.map(|(_, state)| *state), "{from}, {name}");
                arrows += usize::from(to.is_some());
            }
        }
        assert_eq!(arrows, drawn.len(), "each arrow is of a state and a step that there is");
    }

    #[test]
    fn k1_from_every_state_there_is_a_way_to_idle() {
        for (name, state) in STATES {
            let ends = [End, Settle].into_iter().fold(state, |state, step| state.after(step).unwrap_or(state));
            assert_eq!(ends, Idle, "{name}");
        }
    }
}
