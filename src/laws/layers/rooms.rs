//! The laws of classes and of rooms with seats, when time has run out.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::format;
use alloc::vec::Vec;

use super::super::{Law, Party, PartyLaw, Ruling};
use crate::classroom::{Classroom, RoundId};
use crate::engine::Engine;
use crate::id::UserId;
use crate::layer::Layer as _;
use crate::name::InvitationKey;
use crate::seats::{Seat, Seats};
use crate::wake::Wake;

/// A device, in the end.
pub(crate) struct Attendant<'a> {
    pub(crate) name: &'a str,
    pub(crate) engine: &'a Engine,
    /// If its user is in the group.
    pub(crate) classroom: Option<&'a Classroom>,
    /// The same.
    pub(crate) seats: Option<&'a Seats>,
    /// It has forgotten nothing, and its clock is about right.
    pub(crate) remembers: bool,
    /// Nothing has kept anything from it.
    pub(crate) is_undisturbed: bool,
}

/// What came of a request, as a device was told: who accepted it, if anybody did.
pub(crate) struct Decision<'a> {
    pub(crate) name: &'a str,
    pub(crate) request: &'a InvitationKey,
    pub(crate) accepted_by: Option<&'a UserId>,
}

/// All who have classes and seats, in the end.
#[derive(Default)]
pub(crate) struct Attendance<'a> {
    pub(crate) attendants: Vec<Attendant<'a>>,
    /// No message was lost for good, there is room for all, and who sends one is told what became of it.
    pub(crate) is_whole: bool,
    /// Whose rounds are as they like.
    pub(crate) hostile: &'a str,
    /// The attributes of the room's group.
    pub(crate) attributes: BTreeMap<&'a str, &'a str>,
    /// What each write has made of a value: which, what it was, and what it is.
    pub(crate) writes: Vec<[&'a str; 3]>,
    pub(crate) decisions: Vec<Decision<'a>>,
    /// Somebody left the class, which is no message: who is away does not hear of it.
    pub(crate) has_lost_a_member: bool,
    /// Who left the room, but for those who were asked onto a seat.
    pub(crate) leavers: BTreeSet<&'a str>,
}

/// When time has run out.
pub(crate) const OF_ROOMS_SETTLED: &[PartyLaw] = &[
    (Law::ClassesAgree, classes_agree),
    (Law::SeatsAgree, seats_agree),
    (Law::ASeatIsGivenOnce, a_seat_is_given_once),
    (Law::DecisionsAgree, decisions_agree),
    (Law::RequestsComeToAnEnd, requests_come_to_an_end),
    (Law::WhoLeavesFreesTheirSeat, who_leaves_frees_their_seat),
];

/// When all is over.
pub(crate) const OF_ROOMS_OVER: &[PartyLaw] = &[(Law::RoomsEnd, rooms_end)];

/// The hands of each round, in their order, and who speaks.
type Class<'a> = (BTreeMap<&'a RoundId, Vec<UserId>>, Vec<(&'a RoundId, &'a UserId)>);

fn classes_agree(Party { attendance, .. }: &Party<'_>) -> Ruling {
    let is_asked = attendance.is_whole && !attendance.has_lost_a_member;
    let remember = attendance.attendants.iter().filter(|attendant| attendant.remembers && is_asked);
    let mut classes = remember.filter_map(|attendant| {
        let class = attendant.classroom?;
        let honest = |round: &&RoundId| round.teacher.as_str() != attendance.hostile;
        let hands = class.rounds().filter(honest).map(|round| (round, class.hands(attendant.engine, round))).collect();
        let speakers = class.speakers().filter(|(speech, _)| honest(speech)).collect();
        Some((attendant.name, (hands, speakers)))
    });
    let Some((name, first)): Option<(&str, Class<'_>)> = classes.next() else { return Ok(false) };
    let mut is_asked = false;
    for (other, class) in classes {
        if class != first {
            return Err(format!("{name} sees {first:?}, and {other} {class:?}"));
        }
        is_asked |= !class.0.is_empty() || !class.1.is_empty();
    }
    Ok(is_asked)
}

fn seats_agree(Party { attendance, .. }: &Party<'_>) -> Ruling {
    let mut is_asked = false;
    for Attendant { name, seats, .. } in &attendance.attendants {
        let Some(seats) = seats else { continue };
        for (number, seat) in seats.seats().enumerate() {
            let value = attendance.attributes.get(format!("seat{number}").as_str());
            let stored = value.and_then(|value| Seat::read(value)).unwrap_or_default();
            if *seat != stored {
                return Err(format!("{name} sees seat {number} as {seat:?}, and it is {stored:?}"));
            }
            is_asked |= value.is_some();
        }
    }
    Ok(is_asked)
}

/// Nobody gets onto a seat on which somebody is, and nobody is on two.
fn a_seat_is_given_once(Party { attendance, .. }: &Party<'_>) -> Ruling {
    let holder = |value: &str| Seat::read(value).and_then(|seat| seat.user);
    for [name, before, after] in &attendance.writes {
        if let (Some(one), Some(other)) = (holder(before), holder(after))
            && one != other
        {
            return Err(format!("{name} went from {one} to {other}"));
        }
    }
    let mut seated = BTreeSet::new();
    match attendance.attributes.values().filter_map(|value| holder(value)).find(|user| !seated.insert(user.clone())) {
        Some(twice) => Err(format!("{twice} is on two seats: {:?}", attendance.attributes)),
        None => Ok(!attendance.writes.is_empty()),
    }
}

/// On accepted or not: of one no after another nobody is called back (`C3`).
fn decisions_agree(Party { attendance, .. }: &Party<'_>) -> Ruling {
    let is_asked_of = |name: &str| {
        let mut remember = attendance.attendants.iter().filter(|it| it.remembers && it.seats.is_some());
        attendance.is_whole && remember.any(|attendant| attendant.name == name)
    };
    let mut last: BTreeMap<&InvitationKey, BTreeMap<&str, Option<&UserId>>> = BTreeMap::new();
    for Decision { name, request, accepted_by } in &attendance.decisions {
        if request.conversation().group().is_some() && is_asked_of(name) {
            last.entry(request).or_default().insert(name, *accepted_by);
        }
    }
    for (request, told) in &last {
        let mut told = told.iter();
        let Some((name, first)) = told.next() else { continue };
        if let Some((other, decision)) = told.find(|(_, decision)| *decision != first) {
            return Err(format!("{request:?}: {first:?}, as {name} was told last, and {decision:?}, as {other}"));
        }
    }
    Ok(last.values().any(|told| told.len() > 1))
}

fn requests_come_to_an_end(Party { attendance, .. }: &Party<'_>) -> Ruling {
    let mut is_asked = false;
    for Attendant { name, engine, seats, .. } in &attendance.attendants {
        let Some(seats) = seats else { continue };
        is_asked = true;
        if let Some(open) = seats.applications(engine).into_iter().chain(seats.invitations()).next() {
            return Err(format!("{name}: {open:?}"));
        }
        if !seats.is_idle() {
            return Err(format!("{name} has something to write: {seats:?}"));
        }
    }
    Ok(is_asked)
}

/// As long as somebody is there to do it.
fn who_leaves_frees_their_seat(Party { attendance, .. }: &Party<'_>) -> Ruling {
    let is_tidied = attendance.attendants.iter().any(|attendant| {
        let decides = |seats: &Seats| seats.config().decides(attendant.engine.user());
        attendant.is_undisturbed && attendant.seats.is_some_and(decides)
    });
    if !is_tidied || attendance.leavers.is_empty() {
        return Ok(false);
    }
    let mut holders = attendance.attributes.values().filter_map(|value| Seat::read(value)?.user);
    match holders.find(|user| attendance.leavers.contains(user.as_str())) {
        Some(user) => Err(format!("{user} has left, and is on a seat: {:?}", attendance.attributes)),
        None => Ok(true),
    }
}

fn rooms_end(Party { attendance, .. }: &Party<'_>) -> Ruling {
    let mut is_asked = false;
    for Attendant { name, classroom, seats, .. } in &attendance.attendants {
        let nothing = Wake::Never;
        if let Some(class) = classroom {
            is_asked = true;
            if class.rounds().count() > 0 || class.speakers().count() > 0 || class.next() != nothing {
                return Err(format!("{name}: {class:?}"));
            }
        }
        if let Some(seats) = seats.filter(|seats| seats.next() != nothing) {
            return Err(format!("{name}: {seats:?}"));
        }
    }
    Ok(is_asked)
}
