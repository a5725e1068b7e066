//! What a run came to, in a table, and what of it must hold.

use std::fmt;
use std::time::Duration;

use super::Mix;
use super::friends::Tally;
use super::load::CHUNK;

/// How much the live bytes may grow after the first quarter: by so many per cent, and two of the largest invitations.
const GROWTH: usize = 5;
const LARGEST: usize = 64 * 1_024;
/// How much dearer a message may be at the end, in per cent: generous, since the machine may be busy.
pub(crate) const SLOWER: u64 = 150;

pub(crate) struct Report {
    mix: Mix,
    /// Of each chunk: what a message cost, and what was live after it.
    nanos: Vec<u64>,
    live: Vec<usize>,
    pub(crate) tally: Tally,
}

impl Report {
    pub(crate) const HEAD: &str = "\
| mix | messages | ns a message, second tenth | last tenth | last to second | worst chunk to median | live KiB after a quarter | \
most in the second half | friends served | newcomers served | replays | rang again |
|---|---|---|---|---|---|---|---|---|---|---|---|";

    pub(crate) fn new(mix: Mix, chunks: u64) -> Self {
        let chunks = usize::try_from(chunks).expect("it fits");
        Self { mix, nanos: Vec::with_capacity(chunks), live: Vec::with_capacity(chunks), tally: Tally::default() }
    }

    pub(crate) fn add(&mut self, elapsed: Duration, live: usize) {
        self.nanos.push(u64::try_from(elapsed.as_nanos()).expect("it fits") / CHUNK);
        self.live.push(live);
    }

    /// What a message cost in this tenth of the run, by the fastest hundredth of its chunks: in most the machine did other
    /// things too.
    fn nanos_in_tenth(&self, tenth: usize) -> u64 {
        let count = self.nanos.len();
        part(100, &self.nanos[count * tenth / 10..count * (tenth + 1) / 10])
    }

    fn nanos_early(&self) -> u64 {
        self.nanos_in_tenth(1)
    }

    fn nanos_late(&self) -> u64 {
        self.nanos_in_tenth(9)
    }

    fn worst_to_median(&self) -> u64 {
        self.nanos.iter().max().unwrap_or(&0) / part(2, &self.nanos).max(1)
    }

    /// The most that was live at the end of the first quarter: in the second eighth, since at a moment it is a matter of luck.
    fn live_after_quarter(&self) -> usize {
        let count = self.live.len();
        self.live[count / 8..count / 4].iter().copied().max().unwrap_or_default()
    }

    fn most_live_in_second_half(&self) -> usize {
        self.live[self.live.len() / 2..].iter().copied().max().unwrap_or_default()
    }

    /// What does not hold, each in a sentence.
    pub(crate) fn failures(&self) -> Vec<String> {
        let Tally { friends, newcomers, rang_again, replays, troubles } = &self.tally;
        let (quarter, most) = (self.live_after_quarter(), self.most_live_in_second_half());
        let has_newcomers_promised = self.mix == Mix::OneSender;
        let claims = [
            (
                most <= quarter + quarter * GROWTH / 100 + 2 * LARGEST,
                format!("memory grows from {quarter} to {most} bytes"),
            ),
            (friends.run > 0 && *replays > 0, "the run is too short for friends".into()),
            (friends.served == friends.run, format!("friends are not served: {}", troubles.join("; "))),
            (!has_newcomers_promised || newcomers.served == newcomers.run, "newcomers are not served".into()),
            (*rang_again == 0, format!("{rang_again} invitations ring again")),
        ];
        claims.into_iter().filter(|(holds, _)| !holds).map(|(_, why)| format!("{}: {why}", self.mix.name())).collect()
    }

    /// The same of what a clock shows.
    pub(crate) fn slowness(&self) -> Option<String> {
        let (early, late) = (self.nanos_early(), self.nanos_late());
        let is_slow = late * 100 > early * SLOWER;
        is_slow.then(|| format!("{}: a message costs {early} ns at first and {late} ns at last", self.mix.name()))
    }
}

/// What the least `1 / parts` of these stay below.
fn part(parts: usize, of: &[u64]) -> u64 {
    let mut sorted = of.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / parts).copied().unwrap_or_default()
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Tally { friends, newcomers, replays, rang_again, .. } = &self.tally;
        let (early, late) = (self.nanos_early(), self.nanos_late());
        let messages = u64::try_from(self.nanos.len()).expect("it fits") * CHUNK;
        write!(f, "| {} | {messages} | {early} | {late} | {}", self.mix.name(), percent(late, early))?;
        write!(f, " | {} | {}", self.worst_to_median(), self.live_after_quarter() / 1_024)?;
        write!(f, " | {} | {} of {}", self.most_live_in_second_half() / 1_024, friends.served, friends.run)?;
        write!(f, " | {} of {} | {replays} | {rang_again} |", newcomers.served, newcomers.run)
    }
}

fn percent(part: u64, whole: u64) -> String {
    format!("{} %", part * 100 / whole.max(1))
}
