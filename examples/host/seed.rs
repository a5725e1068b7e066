//! The one thing random about an engine.

use convoke::Seed;

/// Random bits from the operating system: fresh at each sign-in and each restore, and stored nowhere.
pub(crate) fn fresh() -> Result<Seed, getrandom::Error> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits)?;
    Ok(bits.into())
}
