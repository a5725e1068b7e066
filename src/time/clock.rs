//! What is known of the service's clock, and how old a message is by it (`T1`, `T7`).

use serde::{Deserialize, Serialize};

use super::{Millis, ServerTime, Timestamp};

/// What the engine knows about time: the last `now`, and how far the service's clock is ahead of the host's (`T7`).
///
/// Each stamp seen says that the service's clock had reached it by then, so each gives a lower bound of the offset, and
/// the greatest is the best. Of two windows of an hour the older is dropped in time, so that a drifting clock is followed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Clock {
    now: Timestamp,
    window_start: Timestamp,
    window: Option<i64>,
    window_before: Option<i64>,
    newest_stamp: Option<ServerTime>,
    /// The greatest that the offset can be by the service's own word, which bounds what a peer's stamp can teach.
    anchor: Option<i64>,
    /// When the host's clock was set back last: of what was before nobody knows how long ago it was.
    set_back: Option<Timestamp>,
}

const WINDOW: Millis = Millis::from_secs(3_600);

/// How far ahead of the service's own word a peer's stamp is believed: the word itself may come late.
const LEEWAY: Millis = Millis::from_secs(5);

impl Clock {
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// Takes the host's `now`; one below the last counts as the last (`T1`).
    pub(crate) fn advance(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
    }

    /// The host knows the service's clock.
    pub(crate) fn sync(&mut self, server_now: ServerTime) {
        self.window_start = self.now;
        self.window = Some(self.offset_by(server_now));
        self.window_before = None;
        self.anchor = self.window;
        self.correct();
    }

    /// The service took a message of the user's own that was made then, and gave it this stamp: some time between then and now. So the
    /// offset is at most what it was then, and at least what it is now. If that is told late, the first is far off, and is taken only where
    /// nothing better is known; the second may still prove a bound too low.
    pub(crate) fn note_ack(&mut self, stamp: ServerTime, since: Timestamp) {
        if self.set_back.is_some_and(|at| since <= at) {
            return self.note(Some(stamp), false);
        }
        let is_prompt = self.now.since(since) <= LEEWAY;
        let (least, most) = (self.offset_by(stamp), stamp.0.saturating_sub(since.0));
        self.anchor = Some(self.anchor.filter(|_| !is_prompt).map_or(most, |anchor| anchor.max(least)));
        self.correct();
        self.note(Some(stamp), is_prompt);
    }

    /// What peers' stamps taught before the service's own word counts as far as it can be true by that.
    fn correct(&mut self) {
        let most = self.anchor.map_or(i64::MAX, |offset| offset.saturating_add(i64::from(LEEWAY.0)));
        for window in [&mut self.window, &mut self.window_before] {
            *window = window.map(|offset| offset.min(most));
        }
        self.newest_stamp = self.newest_stamp.map(|stamp| self.believed(stamp));
    }

    /// A message of this stamp has been seen: live by now, or in the history at some time.
    pub(crate) fn note(&mut self, stamp: Option<ServerTime>, is_live: bool) {
        let Some(stamp) = stamp.map(|stamp| self.believed(stamp)) else {
            return;
        };
        self.newest_stamp = self.newest_stamp.max(Some(stamp));
        if is_live {
            self.observe(stamp);
        }
    }

    fn observe(&mut self, stamp: ServerTime) {
        if self.is_window_over() {
            self.window_before = self.window.take();
            self.window_start = self.now;
        }
        self.window = self.window.max(Some(self.offset_by(stamp)));
    }

    fn offset_by(&self, server_now: ServerTime) -> i64 {
        server_now.0.saturating_sub(self.now.0)
    }

    /// As much of a peer's stamp as can be true, by the service's own word.
    pub(crate) fn believed(&self, stamp: ServerTime) -> ServerTime {
        let latest = self.anchor.map(|offset| Timestamp(self.now.0.saturating_add(offset)) + LEEWAY);
        latest.map_or(stamp, |latest| stamp.min(ServerTime(latest.0)))
    }

    /// Whether a stamp lies further back than `life` from the newest one seen.
    pub(crate) fn is_older_than_newest_by(&self, stamp: ServerTime, life: Millis) -> bool {
        self.newest_stamp.is_some_and(|newest| newest.since(stamp) > life)
    }

    fn is_window_over(&self) -> bool {
        self.now.since(self.window_start) >= WINDOW
    }

    /// The window before counts as long as the next one to begin would keep it, so that no observation lowers the estimate.
    fn offset(&self) -> Option<i64> {
        if self.is_window_over() { self.window } else { self.window.max(self.window_before) }
    }

    /// The service's clock as well as it is known; the host's own where nothing is.
    pub(crate) fn server_now(&self) -> ServerTime {
        ServerTime(self.now.0.saturating_add(self.offset().unwrap_or(0)))
    }

    /// The age of a live invite (`T7`): by the estimate if there is one; else the apparent age, where it can be believed.
    pub(crate) fn live_age(&self, stamp: ServerTime, life: Millis) -> Millis {
        if self.may_tell_age(stamp, life) { self.server_now().since(stamp) } else { Millis::ZERO }
    }

    /// Whether the age of such a message can be told: something is known of the service's clock, or it looks as if the host's own would do.
    pub(crate) fn may_tell_age(&self, stamp: ServerTime, life: Millis) -> bool {
        let now = self.server_now();
        self.offset().is_some() || (stamp <= now && now.since(stamp) < life)
    }

    /// The age of what was sent then and got this stamp since: by the estimate if there is one, else from when it was sent.
    pub(crate) fn sent_age(&self, stamp: ServerTime, since: Timestamp) -> Millis {
        let most = self.now.since(since);
        if self.offset().is_none() { most } else { self.server_now().since(stamp).min(most) }
    }

    /// The age of an invite in a batch whose newest stamp is `newest` (`T7`): as old as it looks by the best clock.
    pub(crate) fn batch_age(&self, stamp: ServerTime, newest: ServerTime) -> Millis {
        self.server_now().max(newest).since(stamp)
    }

    /// When something of this age ends, or ended, that lives for `life` from its stamp on (`T5`).
    pub(crate) fn deadline(&self, age: Millis, life: Millis) -> Timestamp {
        Timestamp(self.now.0.saturating_sub(i64::from(age.0))) + life
    }

    /// Moves to a host clock that was set back, so that nothing waits for the old one (`A4`).
    pub(crate) fn rebase(&mut self, now: Timestamp) {
        let old = self.now;
        self.window_start = self.window_start.rebased(old, now);
        let shift = |offset: i64| offset.saturating_add(old.0).saturating_sub(now.0);
        self.window = self.window.map(shift);
        self.window_before = self.window_before.map(shift);
        (self.anchor, self.set_back, self.now) = (None, Some(now), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn server(ms: i64) -> ServerTime {
        ServerTime(ms)
    }

    fn at(ms: i64) -> Clock {
        Clock { now: Timestamp(ms), ..Clock::default() }
    }

    #[test]
    fn t1_a_now_below_the_last_one_counts_as_the_last() {
        let mut clock = at(50);
        clock.advance(Timestamp(20));
        assert_eq!(clock.now(), Timestamp(50));
        clock.advance(Timestamp(60));
        assert_eq!(clock.now(), Timestamp(60));
    }

    #[test]
    fn t7_without_knowledge_an_age_within_the_life_is_believed_and_any_other_is_a_wrong_clock() {
        let life = Millis::from_secs(10);
        assert_eq!(at(4_000).live_age(server(0), life), Millis(4_000));
        assert_eq!(at(9_999).live_age(server(0), life), Millis(9_999));
        assert_eq!(at(10_000).live_age(server(0), life), Millis::ZERO);
        assert_eq!(at(0).live_age(server(1), life), Millis::ZERO);
    }

    #[test]
    fn t7_with_knowledge_an_old_invite_is_old() {
        let mut clock = at(20_000);
        clock.sync(server(30_000));
        assert_eq!(clock.live_age(server(5_000), Millis::from_secs(10)), Millis(25_000));
    }

    #[test]
    fn t7_a_delayed_message_never_makes_the_service_clock_slower() {
        let mut clock = at(1_000);
        clock.observe(server(1_000));
        clock.advance(Timestamp(60_000));
        clock.observe(server(5_000));
        assert_eq!(clock.server_now(), server(60_000));
    }

    #[test]
    fn t7_a_drifting_clock_is_followed_within_two_windows() {
        let mut clock = at(0);
        clock.observe(server(10_000));
        for hour in 1..=2_i64 {
            clock.advance(Timestamp(hour * 3_600_000));
            clock.observe(server(hour * 3_600_000));
        }
        assert_eq!(clock.server_now(), server(2 * 3_600_000));
    }

    #[test]
    fn t7_no_observation_lowers_the_estimate() {
        let mut clock = at(0);
        clock.observe(server(150_000));
        clock.advance(Timestamp(2 * 3_600_000));
        clock.observe(server(0));
        clock.advance(Timestamp(4 * 3_600_000));
        let before = clock.server_now();
        clock.observe(server(4 * 3_600_000 + 1_000));
        assert!(clock.server_now() >= before);
    }

    #[test]
    fn t7_the_newest_stamp_of_a_batch_is_a_lower_bound_of_the_service_clock() {
        let clock = at(0);
        assert_eq!(clock.batch_age(server(1_000), server(9_000)), Millis(8_000));
    }

    #[test]
    fn t7_the_service_s_own_word_corrects_what_a_peer_s_stamp_has_taught() {
        let poisoned = || {
            let mut clock = at(1_000);
            clock.note(Some(server(360_000_000)), true);
            clock
        };
        let synced = |clock: &mut Clock| clock.sync(server(2_000));
        let acked = |clock: &mut Clock| clock.note_ack(server(2_000), Timestamp(1_000));
        for told in [synced, acked] {
            let mut clock = poisoned();
            told(&mut clock);
            assert!(clock.server_now() <= server(7_000));
            assert!(!clock.is_older_than_newest_by(server(2_000), LEEWAY));
        }
    }

    #[test]
    fn t7_an_ack_that_is_told_late_does_not_set_the_clock_back() {
        let mut clock = at(600_000);
        clock.observe(server(600_000));
        clock.note_ack(server(0), Timestamp(0));
        assert_eq!(clock.server_now(), server(600_000));
        assert_eq!(clock.believed(server(500_000)), server(500_000));
        clock.note(Some(server(360_000_000)), true);
        assert_eq!(clock.server_now(), server(605_000), "what it bounds are stamps from the future");
    }

    #[test]
    fn t7_an_ack_that_is_told_late_proves_a_bound_too_low() {
        let mut clock = at(0);
        clock.note_ack(server(-3_600_000), Timestamp(0));
        clock.advance(Timestamp(20_000));
        clock.note_ack(server(10_000), Timestamp(10_000));
        assert_eq!(clock.believed(server(12_000)), server(12_000));
    }

    #[test]
    fn a4_a_clock_that_was_set_back_keeps_the_estimate() {
        let mut clock = at(100_000);
        clock.sync(server(500_000));
        clock.rebase(Timestamp(10_000));
        assert_eq!(clock.now(), Timestamp(10_000));
        assert_eq!(clock.server_now(), server(500_000));
    }

    #[test]
    fn absurd_stamps_saturate() {
        let mut clock = at(i64::MAX);
        clock.observe(server(i64::MIN));
        assert_eq!(clock.live_age(server(i64::MIN), Millis(5)), clock.server_now().since(server(i64::MIN)));
        assert_eq!(Timestamp(i64::MAX) + Millis(1), Timestamp(i64::MAX));
    }
}
