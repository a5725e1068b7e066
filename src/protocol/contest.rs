//! One user, several devices (`C4`): whose answer has the call.

use serde::{Deserialize, Serialize};

use crate::callback::Answer;
use crate::message::Stamp;

/// The answers of the signed-in user to one invitation: this device's and the best of the others'.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Contest {
    mine: Option<Given>,
    elsewhere: Option<Given>,
    told: bool,
    /// Which of the equal answers on the wire is this device's, nobody can tell: its fate is unknown, or it was restored with the
    /// answer still to be sent, and may have sent it before. So each is taken for it.
    may_repeat: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Given {
    answer: Answer,
    stamp: Option<Stamp>,
}

impl Given {
    /// Accept beats reject; of equal answers the smaller stamp; without stamps neither.
    fn beats(&self, other: &Self) -> bool {
        match (self.answer, other.answer) {
            (Answer::Accept, Answer::Reject) => true,
            (Answer::Reject, Answer::Accept) => false,
            (Answer::Accept, Answer::Accept) | (Answer::Reject, Answer::Reject) => match (&self.stamp, &other.stamp) {
                (Some(one), Some(other)) => one < other,
                (None, _) | (_, None) => false,
            },
        }
    }
}

impl Contest {
    /// This device answers.
    pub(crate) fn answer(&mut self, answer: Answer) {
        self.mine = Some(Given { answer, stamp: None });
    }

    /// This device's answer waits to be sent, perhaps not for the first time; or nobody knows whether and when it was.
    pub(crate) fn repeat(&mut self) {
        self.may_repeat = true;
        if let Some(mine) = &mut self.mine
            && let Some(echo) = self.elsewhere.take_if(|given| given.answer == mine.answer)
        {
            mine.stamp = mine.stamp.take().into_iter().chain(echo.stamp).min();
        }
    }

    /// This device's answer was sent. What was seen of one's own user under the same stamp was this answer.
    pub(crate) fn sent(&mut self, stamp: Option<&Stamp>) {
        let Some(stamp) = stamp else { return self.repeat() };
        let Some(mine) = &mut self.mine else { return };
        if self.may_repeat {
            mine.stamp = mine.stamp.iter().chain([stamp]).min().cloned();
            return;
        }
        mine.stamp = Some(stamp.clone());
        self.elsewhere.take_if(|given| given == mine);
    }

    /// An answer of the user's own was seen on the wire; says whether that is news.
    pub(crate) fn seen(&mut self, answer: Answer, stamp: Option<&Stamp>) -> bool {
        let seen = Given { answer, stamp: stamp.cloned() };
        // What has lost already is no news, however often it is seen (`R5`).
        if [&self.mine, &self.elsewhere].into_iter().flatten().any(|given| given.beats(&seen)) {
            return false;
        }
        if let Some(mine) = &mut self.mine
            && mine.answer == answer
        {
            match (&mine.stamp, stamp) {
                (_, None) => return false,
                (own, Some(seen)) if self.may_repeat => {
                    let is_earlier = own.as_ref().is_none_or(|own| seen < own);
                    mine.stamp = own.iter().chain([seen]).min().cloned();
                    return is_earlier;
                }
                (Some(own), Some(seen)) if own == seen => return false,
                // Perhaps the echo of this device's, which the fate tells.
                (Some(_) | None, Some(_)) => {}
            }
        }
        let is_best = self.elsewhere.as_ref().is_none_or(|best| seen.beats(best));
        if is_best {
            self.elsewhere = Some(seen);
        }
        is_best
    }

    /// The answer that won over this device's, the first time that this is certain.
    pub(crate) fn lost_to(&mut self) -> Option<Answer> {
        let (Some(mine), Some(elsewhere), false) = (&self.mine, &self.elsewhere, self.told) else {
            return None;
        };
        if !elsewhere.beats(mine) {
            return None;
        }
        self.told = true;
        Some(elsewhere.answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::ServerTime;

    fn stamp(ms: i64) -> Stamp {
        Stamp { time: ServerTime::from_millis(ms), id: "m".into() }
    }

    #[test]
    fn c4_of_two_accepts_the_smaller_stamp_has_the_call_in_any_order() {
        for (mine, other, lost) in [(1, 2, None), (2, 1, Some(Answer::Accept))] {
            let mut contest = Contest::default();
            contest.answer(Answer::Accept);
            contest.seen(Answer::Accept, Some(&stamp(other)));
            assert_eq!(contest.lost_to(), None, "before the stamp is known nobody is told");
            contest.sent(Some(&stamp(mine)));
            assert_eq!(contest.lost_to(), lost);
            assert_eq!(contest.lost_to(), None, "told once");
        }
    }

    #[test]
    fn c4_ones_own_echo_is_not_another_device() {
        let mut contest = Contest::default();
        contest.answer(Answer::Accept);
        contest.seen(Answer::Accept, Some(&stamp(1)));
        contest.sent(Some(&stamp(1)));
        contest.seen(Answer::Accept, Some(&stamp(1)));
        assert_eq!(contest.lost_to(), None);
    }

    #[test]
    fn c4_accept_elsewhere_beats_a_reject_here_without_stamps() {
        let mut contest = Contest::default();
        contest.answer(Answer::Reject);
        contest.seen(Answer::Accept, None);
        assert_eq!(contest.lost_to(), Some(Answer::Accept));
    }

    #[test]
    fn c4_without_stamps_nobody_is_told_of_two_equal_answers() {
        let mut contest = Contest::default();
        contest.answer(Answer::Reject);
        contest.seen(Answer::Reject, None);
        assert_eq!(contest.lost_to(), None);
    }

    #[test]
    fn c4_an_answer_that_is_sent_twice_is_no_other_devices() {
        for (first, again) in [(1, 5), (5, 1)] {
            let mut contest = Contest::default();
            contest.answer(Answer::Accept);
            contest.repeat();
            contest.seen(Answer::Accept, Some(&stamp(first)));
            contest.sent(Some(&stamp(again)));
            contest.seen(Answer::Accept, Some(&stamp(first)));
            contest.seen(Answer::Accept, Some(&stamp(3)));
            assert_eq!(contest.lost_to(), None);
            assert_eq!(contest.mine.and_then(|mine| mine.stamp), Some(stamp(1)), "the smaller stamp has the call");
        }
    }

    #[test]
    fn c4_an_accept_elsewhere_beats_a_reject_that_is_sent_twice() {
        let mut contest = Contest::default();
        contest.answer(Answer::Reject);
        contest.repeat();
        contest.seen(Answer::Accept, Some(&stamp(9)));
        assert_eq!(contest.lost_to(), Some(Answer::Accept));
    }

    #[test]
    fn c4_of_what_may_be_copies_of_a_restored_answer_only_an_earlier_one_is_news() {
        let mut contest = Contest::default();
        contest.answer(Answer::Accept);
        contest.repeat();
        for (ms, is_news) in [(5, true), (5, false), (3, true), (4, false)] {
            assert_eq!(contest.seen(Answer::Accept, Some(&stamp(ms))), is_news, "{ms} ms");
        }
    }

    #[test]
    fn c4_of_two_devices_one_of_which_does_not_know_the_fate_of_its_answer_not_both_lose() {
        for order in [[3, 5], [5, 3]] {
            for fate_is_known_after in 0..=2 {
                let (mut unknown, mut known) = (Contest::default(), Contest::default());
                unknown.answer(Answer::Accept);
                known.answer(Answer::Accept);
                known.sent(Some(&stamp(5)));
                for (heard, ms) in order.into_iter().enumerate() {
                    if heard == fate_is_known_after {
                        unknown.sent(None);
                    }
                    unknown.seen(Answer::Accept, Some(&stamp(ms)));
                    known.seen(Answer::Accept, Some(&stamp(ms)));
                }
                if fate_is_known_after == 2 {
                    unknown.sent(None);
                }
                assert_eq!((unknown.lost_to(), known.lost_to()), (None, Some(Answer::Accept)));
            }
        }
    }

    #[test]
    fn c4_an_answer_of_unknown_fate_loses_to_an_acceptance_alone() {
        let mut contest = Contest::default();
        contest.answer(Answer::Reject);
        contest.sent(None);
        contest.seen(Answer::Reject, Some(&stamp(1)));
        assert_eq!(contest.lost_to(), None);
        contest.seen(Answer::Accept, Some(&stamp(9)));
        assert_eq!(contest.lost_to(), Some(Answer::Accept));
    }

    #[test]
    fn a4_an_answer_that_may_be_sent_twice_does_not_lose_to_its_first_copy_seen_before() {
        let mut contest = Contest::default();
        contest.answer(Answer::Accept);
        contest.seen(Answer::Accept, Some(&stamp(3)));
        contest.repeat();
        contest.sent(Some(&stamp(7)));
        assert_eq!(contest.lost_to(), None);
    }
}
