//! The agreement rule: what a set of facts about one invitee amounts to (`C1`, `C2`).
//!
//! The outcome is that of the strongest fact, a maximum; so neither the order nor the number of deliveries matters.
//!
//! | rank | fact | outcome |
//! |---|---|---|
//! | 1 | the inviter's cancel that lists the invitee | cancelled |
//! | 2 | the inviter's time-out that lists the invitee | timed out |
//! | 3 | the invitee's accept | accepted |
//! | 4 | the invitee's reject | rejected |
//! | 5 | the invitee's own time-out | timed out |
//! | 6 | presumed: left the group | left |
//! | 6 | presumed: silence | timed out |
//! | | nothing | pending |

use super::fact::{Fact, FactSet};
use crate::callback::Outcome;

/// What these facts amount to (`C1`).
pub(crate) fn outcome(facts: FactSet) -> Outcome {
    match facts.strongest() {
        None => Outcome::Pending,
        Some(fact) => stands_for(fact),
    }
}

/// What one fact alone amounts to.
pub(crate) fn stands_for(fact: Fact) -> Outcome {
    match fact {
        Fact::Silence | Fact::OwnTimeout | Fact::InviterTimeout => Outcome::TimedOut,
        Fact::Left => Outcome::Left,
        Fact::Reject => Outcome::Rejected,
        Fact::Accept => Outcome::Accepted,
        Fact::Cancel => Outcome::Cancelled,
    }
}

/// Whether the inviter's cancel or time-out may list an invitee with these facts (`C2`): only who is pending at the sender,
/// so that who is listed answered too late, and who is not keeps their answer.
pub(crate) fn may_be_listed(facts: FactSet) -> bool {
    outcome(facts) == Outcome::Pending
}

#[cfg(test)]
mod tests {
    use super::*;
    use Fact::{Accept, Cancel, InviterTimeout, Left, OwnTimeout, Reject, Silence};

    fn of(facts: &[Fact]) -> Outcome {
        let mut set = FactSet::default();
        for fact in facts {
            set.insert(*fact);
        }
        outcome(set)
    }

    /// Written by hand from the rule's text: the winner of each pair.
    const PAIRS: [(Fact, Fact, Fact); 28] = [
        (Cancel, Cancel, Cancel),
        (Cancel, InviterTimeout, Cancel),
        (Cancel, Accept, Cancel),
        (Cancel, Reject, Cancel),
        (Cancel, OwnTimeout, Cancel),
        (Cancel, Left, Cancel),
        (Cancel, Silence, Cancel),
        (InviterTimeout, InviterTimeout, InviterTimeout),
        (InviterTimeout, Accept, InviterTimeout),
        (InviterTimeout, Reject, InviterTimeout),
        (InviterTimeout, OwnTimeout, InviterTimeout),
        (InviterTimeout, Left, InviterTimeout),
        (InviterTimeout, Silence, InviterTimeout),
        (Accept, Accept, Accept),
        (Accept, Reject, Accept),
        (Accept, OwnTimeout, Accept),
        (Accept, Left, Accept),
        (Accept, Silence, Accept),
        (Reject, Reject, Reject),
        (Reject, OwnTimeout, Reject),
        (Reject, Left, Reject),
        (Reject, Silence, Reject),
        (OwnTimeout, OwnTimeout, OwnTimeout),
        (OwnTimeout, Left, OwnTimeout),
        (OwnTimeout, Silence, OwnTimeout),
        (Left, Left, Left),
        (Left, Silence, Left),
        (Silence, Silence, Silence),
    ];

    const ALONE: [(Fact, Outcome); 7] = [
        (Cancel, Outcome::Cancelled),
        (InviterTimeout, Outcome::TimedOut),
        (Accept, Outcome::Accepted),
        (Reject, Outcome::Rejected),
        (OwnTimeout, Outcome::TimedOut),
        (Left, Outcome::Left),
        (Silence, Outcome::TimedOut),
    ];

    #[test]
    fn c1_golden_table_of_all_pairs_in_both_orders() {
        assert_eq!(of(&[]), Outcome::Pending);
        for (fact, alone) in ALONE {
            assert_eq!(of(&[fact]), alone, "{fact:?}");
        }
        for (one, other, winner) in PAIRS {
            let expected = ALONE.iter().find(|(fact, _)| *fact == winner).unwrap().1;
            assert_eq!(of(&[one, other]), expected, "{one:?} then {other:?}");
            assert_eq!(of(&[other, one]), expected, "{other:?} then {one:?}");
        }
    }

    /// Knows nothing of sets: folds a list by asking, for each fact, whether some other in the list beats it.
    fn oracle(facts: &[Fact]) -> Outcome {
        let beats = |one: Fact, other: Fact| {
            PAIRS.iter().any(|(a, b, winner)| {
                ((*a == one && *b == other) || (*a == other && *b == one)) && *winner == one && one != other
            })
        };
        facts
            .iter()
            .find(|fact| !facts.iter().any(|other| beats(*other, **fact)))
            .map_or(Outcome::Pending, |fact| ALONE.iter().find(|(alone, _)| alone == fact).unwrap().1)
    }

    #[test]
    fn c1_all_triples_in_all_orders_agree_with_the_oracle() {
        for one in Fact::ALL {
            for two in Fact::ALL {
                for three in Fact::ALL {
                    assert_eq!(of(&[one, two, three]), oracle(&[three, one, two]), "{one:?} {two:?} {three:?}");
                }
            }
        }
    }

    #[test]
    fn c1_a_withdrawn_fact_leaves_what_the_others_say() {
        for one in Fact::ALL {
            for two in Fact::ALL {
                for three in Fact::ALL {
                    if three == one || three == two {
                        continue;
                    }
                    let mut set = FactSet::default();
                    set.insert(one);
                    set.insert(three);
                    set.insert(two);
                    assert!(set.remove(three));
                    assert!(!set.remove(three));
                    assert_eq!(outcome(set), oracle(&[one, two]), "{one:?} {two:?} without {three:?}");
                }
            }
        }
    }

    #[test]
    fn c2_only_who_is_pending_may_be_listed() {
        assert!(may_be_listed(FactSet::default()));
        for fact in Fact::ALL {
            let mut set = FactSet::default();
            set.insert(fact);
            assert!(!may_be_listed(set), "{fact:?}");
        }
    }
}
