//! The end of a world of calls: everything is delivered, and all that the media services have to tell is told. Each device is idle, or in
//! one call with another.

use std::sync::Arc;

use convoke::Outcome;
use convoke::call::{RoomId, State as CallState};

use crate::device::Device;
use crate::laws::{Broken, Law};
use crate::phone::{End, Phone};
use crate::state::State;

/// Whether all is well; and in words how each call has ended at who called, and at the other one.
pub(crate) fn check(state: &State) -> Result<Vec<String>, Broken> {
    let phones: Vec<(&Device, &Phone)> = state.devices.iter().filter_map(with_phone).collect();
    check_together(&phones)?;
    check_one_answer(&phones)?;
    let mut ends = Vec::new();
    for (caller, phone) in &phones {
        let first = Phone::new(caller.number).next_room;
        for room in (first..phone.next_room).map(RoomId::from) {
            ends.push(check_both(caller, room, &phones)?);
        }
    }
    Ok(ends)
}

fn with_phone(device: &Arc<Device>) -> Option<(&Device, &Phone)> {
    Some((device, device.phone.as_ref()?))
}

/// Nobody is neither idle nor connected, nor connected alone.
fn check_together(phones: &[(&Device, &Phone)]) -> Result<(), Broken> {
    for (device, phone) in phones {
        let is_together = match phone.state() {
            CallState::Idle => true,
            CallState::Connected => {
                let is_in = |(other, there): &&(&Device, &Phone)| {
                    other.number != device.number && phone.is_with(there) && there.state() == CallState::Connected
                };
                phones.iter().filter(is_in).count() == 1
            }
            CallState::Dialing | CallState::Ringing | CallState::Connecting | CallState::Ended => false,
        };
        Law::IdleOrTogether.require(is_together, || format!("{} is {}", device.user(), phone.state()))?;
    }
    Ok(())
}

/// No more invitations were accepted than calls answered.
fn check_one_answer(phones: &[(&Device, &Phone)]) -> Result<(), Broken> {
    let answered = phones.iter().map(|(_, phone)| {
        let ended = phone.log.values().flatten().filter(|end| end.is_answered).count();
        ended + phone.calls.current().into_iter().count()
    });
    let answered = answered.max().unwrap_or_default();
    for (device, _) in phones {
        let views = device.engine.invitations();
        let accepted = views.filter(|view| view.outcomes().any(|(_, outcome)| outcome == Outcome::Accepted)).count();
        Law::OneAnswer.require(accepted <= answered, || format!("{accepted} invitations, {answered} calls"))?;
    }
    Ok(())
}

/// If it was answered for who called, it was the other one who answered. A call of which an app that crashed knows no more is lost.
fn check_both(caller: &Device, room: RoomId, phones: &[(&Device, &Phone)]) -> Result<String, Broken> {
    let of = |is_caller: bool| {
        let mut phones = phones.iter().filter(|(device, _)| (device.number == caller.number) == is_caller);
        phones.find_map(|(_, phone)| how(phone, room))
    };
    let (mine, theirs) = (of(true), of(false));
    let is_answered = |how: &Option<How<'_>>| how.as_ref().is_some_and(How::is_answered);
    let agree = !is_answered(&mine) || is_answered(&theirs) || phones.iter().any(|(device, _)| device.restarts > 0);
    let word = |how: Option<How<'_>>| how.map_or_else(|| "nothing".to_owned(), |how| how.word());
    let words = format!("{} / {}", word(mine), word(theirs));
    Law::AnsweredByTheOther.require(agree, || format!("{}'s call: {words}", caller.user()))?;
    Ok(words)
}

/// How a call stands on a device.
enum How<'a> {
    Live,
    Over(&'a End),
}

fn how(phone: &Phone, room: RoomId) -> Option<How<'_>> {
    let is_here = phone.calls.current().is_some_and(|call| call.room() == Some(room));
    let over = || phone.log.values().flatten().find(|end| end.room == Some(room));
    if is_here { Some(How::Live) } else { over().map(How::Over) }
}

impl How<'_> {
    fn is_answered(&self) -> bool {
        match self {
            Self::Live => true,
            Self::Over(end) => end.is_answered,
        }
    }

    fn word(&self) -> String {
        match self {
            Self::Live => "connected".to_owned(),
            Self::Over(end) => end.reason.to_string(),
        }
    }
}
