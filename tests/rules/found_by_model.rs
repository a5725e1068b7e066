//! What the model checker in `tests/model` found, and what the rules say of it.

use crate::common::*;
use convoke::*;

/// bob's device hears the echo of his own time-out, which it knows; then he dismisses the invitation, and the echo comes
/// again. It was known, and teaches nothing about the service's clock.
#[test]
fn r5_t7_a_copy_of_what_is_said_of_a_dismissed_invitation_teaches_nothing() {
    let mut bob = ringing(10);
    bob.tick(10_000);
    let echo = relay(&bob.sent()[0], "bob", "bob", 10_000);
    bob.tick(20_000);
    assert_eq!(bob.hear_in_vain(20_000, &echo), Disposition::Duplicate);
    bob.engine.dismiss(at(20_000), "i").unwrap();
    assert_eq!(bob.hear_in_vain(20_000, &echo), Disposition::Stale);
}
