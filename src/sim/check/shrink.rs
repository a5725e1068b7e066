//! Makes a failing scenario small.

use alloc::vec::Vec;

use super::super::scenario::Scenario;
use crate::call::CallConfig;
use crate::config::Config;

/// So often a smaller scenario is tried.
const MOST_TRIES: usize = 3_000;

/// Tries ever smaller scenarios, and keeps what still fails, until nothing can be taken away any more.
pub(super) fn shrink(scenario: &Scenario, fails: &dyn Fn(&Scenario) -> bool) -> Scenario {
    let mut least = scenario.clone();
    let mut tries = 0_usize;
    loop {
        let before = least.clone();
        let mut keep = |smaller: Scenario, least: &mut Scenario| {
            tries = tries.saturating_add(1);
            let is_kept = tries <= MOST_TRIES && smaller != *least && fails(&smaller);
            if is_kept {
                *least = smaller;
            }
            is_kept
        };
        shorten(&mut least, &mut keep, |scenario| &mut scenario.steps);
        shorten(&mut least, &mut keep, |scenario| &mut scenario.faults);
        simplify(&mut least, &mut keep);
        if least == before || tries >= MOST_TRIES {
            return least;
        }
    }
}

type Keep<'a> = dyn FnMut(Scenario, &mut Scenario) -> bool + 'a;

/// Takes away ever shorter runs of a list.
fn shorten<T: Clone>(least: &mut Scenario, keep: &mut Keep<'_>, list: impl Fn(&mut Scenario) -> &mut Vec<T>) {
    let mut length = list(least).len();
    while length > 0 {
        let mut at = 0;
        while at < list(least).len() {
            let mut smaller = least.clone();
            let items = list(&mut smaller);
            let end = at.saturating_add(length).min(items.len());
            items.drain(at..end);
            if !keep(smaller, least) {
                at = at.saturating_add(length);
            }
        }
        length /= 2;
    }
}

/// Makes single things simple.
fn simplify(least: &mut Scenario, keep: &mut Keep<'_>) {
    let mut change = |change: &dyn Fn(&mut Scenario)| {
        let mut simpler = least.clone();
        change(&mut simpler);
        keep(simpler, least)
    };
    change(&|scenario| scenario.config = Config::default());
    change(&|scenario| scenario.layers.calls = scenario.layers.calls.as_ref().map(|_| CallConfig::default()));
    change(&|scenario| scenario.latency_ms = 40);
    change(&|scenario| scenario.latency_ms = 0);
    for at in 0..least.steps.len() {
        // Earlier by as much as can be, and all that follows with it.
        for unit in [1_000, 100, 10, 1] {
            let mut simpler = least.clone();
            let from = at.checked_sub(1).and_then(|before| simpler.steps.get(before)).map_or(0, |step| step.at);
            let Some(gap) = simpler.steps.get(at).map(|step| step.at.saturating_sub(from)) else { continue };
            let less = gap.checked_rem(unit).unwrap_or(0);
            for cut in [gap, less] {
                simpler.clone_from(least);
                simpler.steps.iter_mut().skip(at).for_each(|step| step.at = step.at.saturating_sub(cut));
                if keep(simpler.clone(), least) {
                    break;
                }
            }
        }
    }
    let last = least.steps.last().map_or(0, |step| step.at);
    let mut simpler = least.clone();
    simpler.until_ms = last;
    keep(simpler, least);
    let mut simpler = least.clone();
    let peers: Vec<_> = simpler.steps.iter().map(|step| step.peer.clone()).collect();
    let is_here = |user: &str| peers.iter().any(|peer| super::super::peer::user_of(peer) == user);
    simpler.groups.values_mut().for_each(|members| members.retain(|member| is_here(member)));
    keep(simpler, least);
}
