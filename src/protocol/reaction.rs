//! Who is called back, of what (`R2`, `R3`, `A2`, `C3`). One page, no state.

use super::fact::Fact;
use super::invitation::Role;
use crate::callback::{MissedReason, Outcome};
use crate::config::Profile;
use crate::time::Millis;

/// What the app is told of one invitee.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Telling {
    Nothing,
    /// The first word about them.
    First,
    /// It takes back what was told before.
    Revision(Outcome),
}

/// Between two outcomes that both mean no, nobody is called back (`C3`).
pub(crate) fn telling(told: Option<Outcome>, outcome: Outcome) -> Telling {
    let is_yes = |outcome| outcome == Outcome::Accepted;
    match (told, outcome) {
        (_, Outcome::Pending) => Telling::Nothing,
        (None, _) => Telling::First,
        (Some(told), _) if is_yes(told) == is_yes(outcome) => Telling::Nothing,
        (Some(told), _) => Telling::Revision(told),
    }
}

/// How an invitation that is new here is announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    Ring,
    Missed(MissedReason),
    /// Tracked, without a word.
    Quiet,
}

/// | I am | and | |
/// |---|---|---|
/// | the inviter | | quiet: the user's other device rings |
/// | an invitee | pending | ring, or missed with too little time left |
/// | an invitee | cancelled, or timed out | missed |
/// | an invitee | answered on another device, or gone | quiet |
/// | an observer | somebody is pending | "ring": told as everybody in the group |
/// | an observer | nobody is | quiet |
pub(crate) fn opening(role: Role, mine: Outcome, any_pending: bool, left: Option<Millis>, min_ring: Millis) -> Opening {
    match (role, mine) {
        (Role::Sender | Role::Inviter, _) => Opening::Quiet,
        (Role::Observer, _) if any_pending => Opening::Ring,
        (Role::Observer, _) => Opening::Quiet,
        (Role::Invitee(_), Outcome::Pending) if left.is_some_and(|left| left < min_ring) => {
            Opening::Missed(MissedReason::TooLittleTime)
        }
        (Role::Invitee(_), Outcome::Pending) => Opening::Ring,
        (Role::Invitee(_), Outcome::Cancelled) => Opening::Missed(MissedReason::Cancelled),
        (Role::Invitee(_), Outcome::TimedOut) => Opening::Missed(MissedReason::TimedOut),
        (Role::Invitee(_), Outcome::Accepted | Outcome::Rejected | Outcome::Left) => Opening::Quiet,
    }
}

/// Whether a fact that is new is an acceptance that came after the inviter's own cancel or time-out (`C3`).
pub(crate) fn is_late_answer(role: Role, fact: Fact, outcome: Outcome) -> bool {
    matches!(role, Role::Sender | Role::Inviter) && fact == Fact::Accept && outcome != Outcome::Accepted
}

/// Whether a callback is emitted under this profile (`R2`).
pub(crate) fn is_heard(profile: Profile, role: Role, has_rejected: bool, revision: bool) -> bool {
    match (profile, role) {
        (Profile::Default, _) | (Profile::Web, Role::Sender | Role::Inviter) => true,
        (Profile::Web, Role::Observer) => false,
        (Profile::Web, Role::Invitee(_)) => revision || !has_rejected,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Outcome::{Accepted, Cancelled, Left, Pending, Rejected, TimedOut};

    const ALL: [Outcome; 6] = [Pending, Accepted, Rejected, TimedOut, Cancelled, Left];

    #[test]
    fn c3_only_a_change_of_yes_or_no_is_a_revision() {
        for outcome in ALL {
            let first = if outcome == Pending { Telling::Nothing } else { Telling::First };
            assert_eq!(telling(None, outcome), first);
            for told in ALL {
                let expected = match (told, outcome) {
                    (_, Pending) => Telling::Nothing,
                    (Accepted, Accepted) => Telling::Nothing,
                    (Accepted, _) | (_, Accepted) => Telling::Revision(told),
                    (_, _) => Telling::Nothing,
                };
                assert_eq!(telling(Some(told), outcome), expected, "{told:?} then {outcome:?}");
            }
        }
    }

    #[test]
    fn t8_with_too_little_time_left_it_does_not_ring() {
        let ring = |left| opening(Role::Invitee(0), Pending, true, left, Millis::from_millis(100));
        assert_eq!(ring(Some(Millis::from_millis(99))), Opening::Missed(MissedReason::TooLittleTime));
        assert_eq!(ring(Some(Millis::from_millis(100))), Opening::Ring);
        assert_eq!(ring(None), Opening::Ring, "without a timeout there is always time");
    }

    #[test]
    fn r6_a2_what_rings_what_is_missed_and_what_is_quiet() {
        let opening = |role, mine, pending| opening(role, mine, pending, None, Millis::ZERO);
        for outcome in ALL {
            assert_eq!(opening(Role::Sender, outcome, true), Opening::Quiet);
            assert_eq!(opening(Role::Inviter, outcome, true), Opening::Quiet);
            assert_eq!(opening(Role::Observer, outcome, true), Opening::Ring);
            assert_eq!(opening(Role::Observer, outcome, false), Opening::Quiet);
        }
        let me = Role::Invitee(0);
        assert_eq!(opening(me, Pending, true), Opening::Ring);
        assert_eq!(opening(me, Cancelled, true), Opening::Missed(MissedReason::Cancelled));
        assert_eq!(opening(me, TimedOut, true), Opening::Missed(MissedReason::TimedOut));
        for quiet in [Accepted, Rejected, Left] {
            assert_eq!(opening(me, quiet, true), Opening::Quiet);
        }
    }

    #[test]
    fn r2_the_web_profile_silences_observers_and_what_follows_ones_reject() {
        let me = Role::Invitee(0);
        assert!(is_heard(Profile::Default, Role::Observer, false, false));
        assert!(!is_heard(Profile::Web, Role::Observer, false, true));
        assert!(is_heard(Profile::Web, me, false, false));
        assert!(!is_heard(Profile::Web, me, true, false));
        assert!(is_heard(Profile::Web, me, true, true));
        assert!(is_heard(Profile::Web, Role::Sender, false, false));
    }
}
