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
    /// This device was restored with its answer still to be sent, and may have sent it before: an equal answer is taken for that
    /// copy, as nobody can tell it from another device's.
    #[serde(default, skip_serializing_if = "core::ops::Not::not")]
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

    /// This device's answer waits to be sent, perhaps not for the first time.
    pub(crate) fn repeat(&mut self) {
        self.may_repeat = true;
    }

    /// This device's answer was sent. What was seen of one's own user under the same stamp was this answer; if nobody knows the
    /// stamp, the best of what may have been its echo.
    pub(crate) fn sent(&mut self, stamp: Option<&Stamp>) {
        let Some(mine) = &mut self.mine else {
            return;
        };
        let echo = self.elsewhere.as_ref().filter(|given| given.answer == mine.answer);
        let echo = echo.and_then(|given| given.stamp.as_ref());
        if self.may_repeat {
            mine.stamp = mine.stamp.iter().chain(stamp).min().cloned();
            return;
        }
        mine.stamp = stamp.or(echo).cloned();
        if mine.stamp.is_some() && echo == mine.stamp.as_ref() {
            self.elsewhere = None;
        }
    }

    /// An answer of the user's own was seen on the wire; says whether that is news. `in_flight`: this device's answer still waits for
    /// its fate, so that the message may be its echo.
    pub(crate) fn seen(&mut self, answer: Answer, stamp: Option<&Stamp>, in_flight: bool) -> bool {
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
                (None, Some(seen)) if !in_flight => {
                    mine.stamp = Some(seen.clone());
                    return true;
                }
                (Some(_) | None, Some(_)) => {}
            }
        }
        let is_best = self.elsewhere.as_ref().is_none_or(|best| seen.beats(best));
        if is_best {
            self.elsewhere = Some(seen);
        }
        is_best
    }

    /// Whether another answer has won over this device's, and nobody was told.
    pub(crate) fn has_lost(&self) -> bool {
        self.clone().lost_to().is_some()
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
            contest.seen(Answer::Accept, Some(&stamp(other)), true);
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
        contest.seen(Answer::Accept, Some(&stamp(1)), true);
        contest.sent(Some(&stamp(1)));
        contest.seen(Answer::Accept, Some(&stamp(1)), false);
        assert_eq!(contest.lost_to(), None);
    }

    #[test]
    fn c4_accept_elsewhere_beats_a_reject_here_without_stamps() {
        let mut contest = Contest::default();
        contest.answer(Answer::Reject);
        contest.seen(Answer::Accept, None, true);
        assert_eq!(contest.lost_to(), Some(Answer::Accept));
    }

    #[test]
    fn c4_without_stamps_nobody_is_told_of_two_equal_answers() {
        let mut contest = Contest::default();
        contest.answer(Answer::Reject);
        contest.seen(Answer::Reject, None, false);
        assert_eq!(contest.lost_to(), None);
    }

    #[test]
    fn c4_an_answer_that_is_sent_twice_is_no_other_devices() {
        for (first, again) in [(1, 5), (5, 1)] {
            let mut contest = Contest::default();
            contest.answer(Answer::Accept);
            contest.repeat();
            contest.seen(Answer::Accept, Some(&stamp(first)), true);
            contest.sent(Some(&stamp(again)));
            contest.seen(Answer::Accept, Some(&stamp(first)), false);
            contest.seen(Answer::Accept, Some(&stamp(3)), false);
            assert_eq!(contest.lost_to(), None);
            assert_eq!(contest.mine.and_then(|mine| mine.stamp), Some(stamp(1)), "the smaller stamp has the call");
        }
    }

    #[test]
    fn c4_an_accept_elsewhere_beats_a_reject_that_is_sent_twice() {
        let mut contest = Contest::default();
        contest.answer(Answer::Reject);
        contest.repeat();
        contest.seen(Answer::Accept, Some(&stamp(9)), true);
        assert_eq!(contest.lost_to(), Some(Answer::Accept));
    }

    #[test]
    fn c4_of_what_may_be_copies_of_a_restored_answer_only_an_earlier_one_is_news() {
        let mut contest = Contest::default();
        contest.answer(Answer::Accept);
        contest.repeat();
        for (ms, is_news) in [(5, true), (5, false), (3, true), (4, false)] {
            assert_eq!(contest.seen(Answer::Accept, Some(&stamp(ms)), true), is_news, "{ms} ms");
        }
    }

    #[test]
    fn c4_an_answer_of_unknown_fate_takes_the_stamp_of_its_echo() {
        let mut contest = Contest::default();
        contest.answer(Answer::Accept);
        contest.seen(Answer::Accept, Some(&stamp(5)), false);
        contest.seen(Answer::Accept, Some(&stamp(3)), false);
        assert_eq!(contest.lost_to(), Some(Answer::Accept), "the second one was another device's, and earlier");
    }
}
