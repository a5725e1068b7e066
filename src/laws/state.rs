//! The laws of a state.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::hash::{Hash as _, Hasher as _};

use siphasher::sip::SipHasher13;

use super::hidden::Hidden;
use super::{Law, Ruling};
use crate::callback::{Outcome, Output};
use crate::config::Config;
use crate::engine::{Engine, InvitationView, Snapshot};
use crate::id::Seed;
use crate::time::Timestamp;
use crate::wake::Wake;

/// What state an engine is in, at a moment.
pub(crate) struct State<'a> {
    pub(crate) engine: &'a Engine,
    pub(crate) config: &'a Arc<Config>,
    /// With which it was made, or restored last.
    pub(crate) seed: Seed,
    pub(crate) now: Timestamp,
    pub(crate) is_catching_up: bool,
    /// An engine that was in another state a moment ago, or in the same.
    pub(crate) before: &'a Engine,
}

/// A law of a state, and how it is asked.
pub(crate) type StateLaw = (Law, fn(&State<'_>) -> Ruling);

pub(crate) const OF_A_STATE: &[StateLaw] =
    &[(Law::LimitsHold, limits_hold), (Law::NothingIsOverdue, nothing_is_overdue)];

/// Those that take long to ask.
pub(crate) const OF_A_STATE_AT_TIMES: &[StateLaw] = &[
    (Law::SecondTickIsNone, second_tick_is_none),
    (Law::WakeIsExact, wake_is_exact),
    (Law::SnapshotIsInvisible, snapshot_is_invisible),
    (Law::SetBackFreezesNothing, set_back_freezes_nothing),
    (Law::EqualIsEqual, equal_is_equal),
    (Law::SendersKeepTheirShare, senders_keep_their_share),
];

/// At most so many outputs come of one invitation, and so many of its sends are in flight, while nothing more is taken in.
const OF_ONE: u32 = 16;

fn limits_hold(state: &State<'_>) -> Ruling {
    let (stats, limits) = (state.engine.stats(), &state.config.limits);
    let of_all = limits.kept.saturating_mul(OF_ONE) as usize;
    let is_within = stats.open <= limits.open
        && stats.kept <= limits.kept
        && stats.early <= limits.early
        && stats.open <= stats.kept
        && stats.sends_in_flight <= of_all
        && stats.outputs <= (limits.outputs as usize).saturating_add(of_all)
        && stats.open as usize == state.engine.invitations().count()
        && stats.sends_in_flight == state.engine.sends_in_flight().count();
    if !is_within {
        return Err(format!("{stats:?}"));
    }
    let others = state.engine.invitations().map(|one| one.key().inviter()).filter(|user| *user != state.engine.user());
    let most = most_of_one(others.map(|user| user.as_str()));
    if most > limits.open_per_sender as usize {
        return Err(format!("{most} invitations of one sender are open"));
    }
    Ok(stats.open == limits.open || stats.kept == limits.kept || stats.early == limits.early)
}

fn action(action_type: u8) -> String {
    format!("\"actionType\":{action_type},")
}

fn senders_keep_their_share(state: &State<'_>) -> Ruling {
    let hidden = Hidden::of(state.engine).map_err(|error| error.to_string())?;
    let limits = &state.config.limits;
    let others = hidden.inviters().filter(|inviter| *inviter != state.engine.user());
    let most_kept = most_of_one(others.map(|inviter| inviter.as_str()));
    let most_early = most_of_one(hidden.early_senders());
    if most_kept > limits.kept_per_sender as usize || most_early > limits.early_per_sender as usize {
        return Err(format!("{most_kept} kept and {most_early} early facts of one sender"));
    }
    Ok(most_kept == limits.kept_per_sender as usize || most_early == limits.early_per_sender as usize)
}

/// How many there are of the one who comes most often.
fn most_of_one<'a>(names: impl Iterator<Item = &'a str>) -> usize {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.chunk_by(|one, other| one == other).map(<[_]>::len).max().unwrap_or(0)
}

fn nothing_is_overdue(state: &State<'_>) -> Ruling {
    if state.is_catching_up {
        return Ok(false);
    }
    let grace = state.config.grace.times(2);
    let over = |deadline: Timestamp| deadline + grace <= state.now;
    for invitation in state.engine.invitations().filter(|one| one.deadline().is_some_and(over)) {
        if invitation.outcomes().any(|(_, outcome)| outcome == Outcome::Pending) {
            return Err(format!("still pending at {:?}: {invitation:?}", state.now));
        }
    }
    Ok(state.engine.invitations().any(|one| one.deadline().is_some()))
}

/// One late tick does what many small ones would have done. Asked before the engine is ticked to `now`.
pub(crate) fn late_tick_is_many_small_ones(engine: &Engine, now: Timestamp) -> Ruling {
    if !matches!(engine.wake(), Wake::At(at, _) if at <= now) {
        return Ok(false);
    }
    let (mut late, mut small) = (engine.clone(), engine.clone());
    late.tick(now);
    let mut outputs = drain(&mut small);
    while let wake @ Wake::At(at, _) = small.wake()
        && at <= now
    {
        small.tick(at);
        outputs.extend(drain(&mut small));
        if small.wake() == wake {
            return Err(format!("nothing has happened: {wake:?}"));
        }
    }
    small.tick(now);
    if drain(&mut late) == outputs && late == small { Ok(true) } else { Err(format!("until {now:?}")) }
}

fn second_tick_is_none(state: &State<'_>) -> Ruling {
    let mut ticked = state.engine.clone();
    ticked.tick(state.now);
    let mut again = ticked.clone();
    again.tick(Timestamp::from_millis(state.now.as_millis().saturating_sub(1_000)));
    if ticked == again && ticked == *state.engine { Ok(true) } else { Err(format!("at {:?}", state.now)) }
}

fn wake_is_exact(state: &State<'_>) -> Ruling {
    let mut engine = state.engine.clone();
    let waits = !drain(&mut engine).is_empty();
    if (state.engine.wake() == Wake::Poll) != waits {
        return Err(format!("{:?}, and outputs wait: {waits}", state.engine.wake()));
    }
    let wake = engine.wake();
    let mut early = engine.clone();
    match wake {
        Wake::Poll => Err("outputs wait after the last was polled".into()),
        Wake::Never => {
            engine.tick(Timestamp::from_millis(i64::MAX));
            if engine.wake() == Wake::Never { Ok(true) } else { Err("nothing was to come, but something did".into()) }
        }
        Wake::At(at, _) => {
            let is_end_of_time = at.as_millis() == i64::MAX; // where sums stop
            early.tick(Timestamp::from_millis(at.as_millis().saturating_sub(1)));
            let is_not_before = early.wake() == wake;
            engine.tick(at);
            early.tick(at);
            let is_then = engine.wake() != wake;
            let is_exact = (at > state.now || is_end_of_time) && is_not_before && is_then && early == engine;
            if is_exact { Ok(true) } else { Err(format!("{wake:?} at {:?}", state.now)) }
        }
    }
}

fn snapshot_is_invisible(state: &State<'_>) -> Ruling {
    // An answer that waits to be sent may have been sent when it is restored, and that is not forgotten.
    let is_answer = |output: &Output| matches!(output, Output::Transmit(sent) if [3, 4].map(action).iter().any(|key| sent.payload.contains(key)));
    if drain(&mut state.engine.clone()).iter().any(is_answer) {
        return Ok(false);
    }
    let stored = serde_json::to_string(&state.engine.snapshot());
    let read: Result<Snapshot, _> = stored.and_then(|text| serde_json::from_str(&text));
    let read = read.map_err(|error| format!("it cannot be stored: {error}"))?;
    let mut unstopped = state.engine.clone();
    unstopped.begin_catch_up(state.now);
    let restored = Engine::restore(read, state.config.clone(), state.seed, state.now);
    let restored = restored.map_err(|error| format!("it cannot be restored: {error}"))?;
    if restored == unstopped { Ok(true) } else { Err(format!("{:?}", state.engine)) }
}

/// Restored with a clock that was set back by an hour, every invitation has as much time left.
fn set_back_freezes_nothing(state: &State<'_>) -> Ruling {
    let back = Timestamp::from_millis(state.now.as_millis().saturating_sub(3_600_000));
    let restored = Engine::restore(state.engine.snapshot(), state.config.clone(), state.seed, back);
    let restored = restored.map_err(|error| format!("it cannot be restored: {error}"))?;
    let mut is_asked = false;
    for one in state.engine.invitations() {
        // Not of the end of time, where sums stop.
        let Some(deadline) = one.deadline().filter(|deadline| deadline.as_millis() < i64::MAX) else { continue };
        let other = restored.invitation(one.key()).filter(InvitationView::is_open);
        if other.as_ref().and_then(|other| other.time_left(back)) != one.time_left(state.now) {
            return Err(format!("{deadline:?} at {:?}, {other:?} at {back:?}", state.now));
        }
        is_asked = true;
    }
    Ok(is_asked)
}

fn equal_is_equal(state: &State<'_>) -> Ruling {
    let hash = |engine: &Engine| {
        let mut hasher = SipHasher13::new();
        engine.hash(&mut hasher);
        hasher.finish()
    };
    let bytes = |engine: &Engine| serde_json::to_string(&engine.snapshot()).unwrap_or_default();
    let is_equal = state.before == state.engine;
    let same_hash = hash(state.before) == hash(state.engine);
    let same_bytes = bytes(state.before) == bytes(state.engine);
    if is_equal == same_hash && is_equal == same_bytes {
        Ok(is_equal)
    } else {
        Err(format!("equal: {is_equal}, same hash: {same_hash}, same bytes: {same_bytes}: {:?}", state.engine))
    }
}

/// What is in the queue of an engine.
pub(crate) fn drain(engine: &mut Engine) -> Vec<Output> {
    core::iter::from_fn(|| engine.poll_output()).collect()
}
