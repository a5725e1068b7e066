//! Choices: of a random number generator, or of the bytes that a fuzzer tries.

/// Whatever decides.
pub(crate) struct Dice<'a> {
    /// A number below the given one, which is not 0.
    roll: &'a mut dyn FnMut(u32) -> u32,
}

impl<'a> Dice<'a> {
    pub(crate) fn new(roll: &'a mut dyn FnMut(u32) -> u32) -> Self {
        Self { roll }
    }

    /// A number below this one; 0 below 0.
    pub(super) fn below(&mut self, sides: u32) -> u32 {
        if sides < 2 { 0 } else { (self.roll)(sides) }
    }

    pub(super) fn between(&mut self, least: u32, most: u32) -> u32 {
        least.saturating_add(self.below(most.saturating_sub(least).saturating_add(1)))
    }

    /// So many times in a hundred.
    pub(super) fn chance(&mut self, percent: u32) -> bool {
        self.below(100) < percent
    }

    pub(super) fn pick<'t, T>(&mut self, of: &'t [T]) -> Option<&'t T> {
        let sides = u32::try_from(of.len()).unwrap_or(u32::MAX);
        of.get(self.below(sides) as usize)
    }

    /// One of these, each as likely as its weight.
    pub(super) fn weighted<T: Copy>(&mut self, of: &[(u32, T)]) -> Option<T> {
        let total = of.iter().map(|(weight, _)| weight).sum();
        let mut rest = self.below(total);
        for (weight, item) in of {
            if rest < *weight {
                return Some(*item);
            }
            rest = rest.saturating_sub(*weight);
        }
        None
    }
}
