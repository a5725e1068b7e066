//! Any bytes as the choices of a random world.

use alloc::string::String;

use super::of_version;
use crate::sim::{Check, Scenario};

/// Checks the random world that these bytes choose, as `convoke check` does that of a number: one with layers, if they begin with
/// [`Scenario::LAYERS_PLAN_VERSION`]. Bytes of another [`Scenario::PLAN_VERSION`] choose none.
///
/// # Panics
///
/// If a law is broken, or the plan makes no sense.
pub fn world(bytes: &[u8]) {
    let scenario = if let Some(rest) = of_version(Scenario::PLAN_VERSION, bytes) {
        let mut choices = Choices(rest);
        Scenario::chosen(&mut |sides| choices.below(sides))
    } else if let Some(rest) = of_version(Scenario::LAYERS_PLAN_VERSION, bytes) {
        let mut choices = Choices(rest);
        Scenario::chosen_with_layers(&mut |sides| choices.below(sides))
    } else {
        return;
    };
    let check = Check::of(&scenario).expect("the plan makes sense");
    assert_eq!(
        check.failure,
        None,
        "a law was broken in a world that is, made small, {}",
        made_small(&scenario, &check)
    );
}

/// The smallest scenario that breaks the same law, as a file for `convoke check`.
fn made_small(scenario: &Scenario, check: &Check) -> String {
    let law = |check: &Check| check.failure.as_ref().map(|failure| failure.broken.law);
    let small = scenario.shrunk(|smaller| Check::of(smaller).is_ok_and(|other| law(&other) == law(check)));
    serde_json::to_string(&small).expect("a scenario has a JSON form")
}

/// Numbers, each of as few bytes as it takes; 0 when there are none left.
struct Choices<'a>(&'a [u8]);

impl Choices<'_> {
    fn below(&mut self, sides: u32) -> u32 {
        let count = match sides {
            0..=0x100 => 1,
            0x101..=0x1_0000 => 2,
            _ => 4,
        };
        let number = (0..count).fold(0_u32, |number, _| number << 8 | u32::from(self.byte()));
        number.checked_rem(sides).unwrap_or(0)
    }

    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }
}
