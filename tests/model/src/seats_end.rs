//! The end of a world of seats: everything is delivered, and the store has answered. All know who sits where, and who decided what.

use convoke::seats::Seat;

use crate::bench::{Bench, Decision};
use crate::device::Device;
use crate::laws::{Broken, Law};
use crate::state::State;

/// Whether all is well; and in words what was decided, and who sits.
pub(crate) fn check(state: &State) -> Result<Vec<String>, Broken> {
    let benches: Vec<(&Device, &Bench)> =
        state.devices.iter().filter_map(|device| Some((&**device, device.bench.as_ref()?))).collect();
    for (device, bench) in &benches {
        check_seats(state, device, bench)?;
        let is_idle = bench.seats.is_idle() && bench.seats.applications(&device.engine).is_empty();
        Law::NothingAsked.require(is_idle, || format!("{}: {:?}", device.user(), bench.seats))?;
    }
    let decision = check_decisions(&benches)?;
    let word = |(by, is_yes): &Decision| format!("{} by {by}", if *is_yes { "accepted" } else { "declined" });
    let sits = state.store.holders().next().map_or_else(|| "free".to_owned(), |user| user.to_string());
    Ok(vec![format!("{}, {sits}", decision.as_ref().map_or_else(|| "undecided".to_owned(), word))])
}

/// Each sees the seats as they are.
fn check_seats(state: &State, device: &Device, bench: &Bench) -> Result<(), Broken> {
    let stored = state.store.all.get("seat0").and_then(|value| Seat::read(value)).unwrap_or_default();
    let seen = bench.seats.seats().next();
    Law::SameSeats.require(seen == Some(&stored), || format!("{} sees {seen:?}, and it is {stored:?}", device.user()))
}

/// All were told the same in the end, on accepted or not: of one no after another nobody is called back (`C3`). Who was not told anything
/// never knew of it.
fn check_decisions(benches: &[(&Device, &Bench)]) -> Result<Option<Decision>, Broken> {
    let mut told = benches.iter().flat_map(|(device, bench)| bench.told.values().map(|it| (device.user(), it)));
    let Some((first, decision)) = told.next() else { return Ok(None) };
    let accepted = |decision: &Option<Decision>| decision.clone().filter(|(_, is_accepted)| *is_accepted);
    match told.find(|(_, other)| accepted(other) != accepted(decision)) {
        Some((user, other)) => {
            Err(Law::SameDecision.broken(format!("{first} was told {decision:?}, and {user} {other:?}")))
        }
        None => Ok(decision.clone()),
    }
}
