//! What users do with the seats of their room, and a hostile user with theirs.

use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::super::super::apps::{Deed, SeatDeed, SeatsRoom};
use super::super::super::peer::user_of;
use super::super::super::scenario::Act;
use super::super::Dice;
use super::{Planner, ROOM};
use crate::id::UserId;
use crate::seats::{SeatCommand, SeatData, SeatsConfig};

#[derive(Clone, Copy)]
enum Move {
    /// An application that several decide at once.
    Contest,
    /// Several things at once.
    Race,
    Apply,
    Withdraw,
    Decide,
    Invite,
    TakeBack,
    Answer,
    Take,
    Leave,
    Change,
    Remove,
    Lock,
    Mute,
    /// Leaves the room.
    Exit,
    Forge,
}

const MOVES: [(u32, Move); 16] = [
    (24, Move::Contest),
    (10, Move::Race),
    (14, Move::Apply),
    (3, Move::Withdraw),
    (12, Move::Decide),
    (10, Move::Invite),
    (2, Move::TakeBack),
    (10, Move::Answer),
    (6, Move::Take),
    (6, Move::Leave),
    (5, Move::Change),
    (4, Move::Remove),
    (4, Move::Lock),
    (3, Move::Mute),
    (1, Move::Exit),
    (5, Move::Forge),
];

const RACE: [(u32, Move); 11] = [
    (4, Move::Apply),
    (2, Move::Withdraw),
    (6, Move::Decide),
    (3, Move::Invite),
    (1, Move::TakeBack),
    (4, Move::Answer),
    (6, Move::Take),
    (4, Move::Leave),
    (4, Move::Change),
    (3, Move::Remove),
    (2, Move::Lock),
];

/// The room of every app: so few seats that they are fought for.
pub(super) fn room(dice: &mut Dice<'_>, members: &[String]) -> SeatsRoom {
    let owner = members.first().map_or("alice", String::as_str);
    let moderators: Vec<&str> = members.iter().skip(1).filter(|_| dice.chance(45)).map(String::as_str).collect();
    let mut config = SeatsConfig::new(owner).moderated_by(moderators);
    config.seats = dice.between(1, 3);
    config.application_s = dice.weighted(&[(3, 120), (2, 10), (1, 2)]).unwrap_or(10);
    config.invitation_s = dice.weighted(&[(3, 30), (1, 2)]).unwrap_or(30);
    SeatsRoom::new(ROOM, config)
}

impl Planner<'_, '_> {
    pub(super) fn act_on_seats(&mut self) -> Option<()> {
        let a_move = self.dice.weighted(&MOVES)?;
        self.go_on_with_seats(a_move)
    }

    fn go_on_with_seats(&mut self, a_move: Move) -> Option<()> {
        let (members, deciders) = (self.members(), self.deciders());
        let user: UserId = self.dice.pick(&members)?.as_str().into();
        let (by, deed) = match a_move {
            Move::Contest => return self.contest(),
            Move::Race => return self.race_for_seats(),
            Move::Exit => return self.exit(),
            Move::Forge => {
                let words = self.words_of_seats();
                return self.forge_of_a_layer(words);
            }
            Move::Apply => (members, SeatDeed::Apply(self.a_seat())),
            Move::Withdraw => (members, SeatDeed::Withdraw),
            Move::Decide => (deciders, SeatDeed::Decide { user, accept: self.dice.chance(70) }),
            Move::Invite => (deciders, SeatDeed::Invite { user, seat: self.a_seat() }),
            Move::TakeBack => (deciders, SeatDeed::TakeBack(user)),
            Move::Answer if self.dice.chance(75) => (members, SeatDeed::Accept),
            Move::Answer => (members, SeatDeed::Decline),
            Move::Take => (deciders, SeatDeed::Take(self.a_seat())),
            Move::Leave => (members, SeatDeed::Leave),
            Move::Change => (members, SeatDeed::MoveTo(self.dice.below(4))),
            Move::Remove => (deciders, SeatDeed::Remove(user)),
            Move::Lock if self.dice.chance(55) => (deciders, SeatDeed::Unlock(self.dice.below(4))),
            Move::Lock => (deciders, SeatDeed::Lock(self.dice.below(4))),
            Move::Mute if self.dice.chance(40) => (deciders, SeatDeed::Unmute(user)),
            Move::Mute => (deciders, SeatDeed::Mute(user)),
        };
        let peer = if self.dice.chance(95) { self.one_of(&by)? } else { self.somebody()? };
        self.do_so(&peer, Deed::Seat(deed))
    }

    fn deciders(&self) -> Vec<String> {
        let decides = |user: &String| {
            let room = self.layers.seats.as_ref();
            room.is_some_and(|room| room.config.decides(&user.as_str().into()))
        };
        self.members().into_iter().filter(decides).collect()
    }

    /// One of them, any of them, or none that there is.
    fn a_seat(&mut self) -> Option<u32> {
        self.dice.chance(60).then(|| self.dice.below(4))
    }

    fn contest(&mut self) -> Option<()> {
        let (members, deciders) = (self.members(), self.deciders());
        let asks: Vec<String> = members.into_iter().filter(|user| !deciders.contains(user)).collect();
        let applicant = self.one_of(&asks)?;
        let user: UserId = user_of(&applicant).into();
        let seat = self.a_seat();
        self.do_so(&applicant, Deed::Seat(SeatDeed::Apply(seat)))?;
        self.wait(3_000);
        for _ in 0..self.dice.between(1, 3) {
            self.wait(150);
            let accept = self.dice.chance(60);
            let peer = self.one_of(&deciders)?;
            self.do_so(&peer, Deed::Seat(SeatDeed::Decide { user: user.clone(), accept }))?;
        }
        if self.dice.chance(20) { self.do_so(&applicant, Deed::Seat(SeatDeed::Withdraw)) } else { Some(()) }
    }

    fn race_for_seats(&mut self) -> Option<()> {
        for _ in 0..self.dice.between(2, 5) {
            self.wait(90);
            let a_move = self.dice.weighted(&RACE)?;
            let _ = self.go_on_with_seats(a_move);
        }
        Some(())
    }

    fn exit(&mut self) -> Option<()> {
        let peer = self.one_of(&self.members())?;
        self.do_so(&peer, Deed::Seat(SeatDeed::Exit))?;
        self.wait(1_500);
        let leave = Act::Leave(ROOM.to_string());
        let has_left = self.steps.iter().any(|step| user_of(&step.peer) == user_of(&peer) && step.act == leave);
        if !has_left {
            self.step(&peer, leave);
        }
        Some(())
    }

    /// The data about seats, sound and not.
    pub(super) fn words_of_seats(&mut self) -> String {
        const COMMANDS: [SeatCommand; 2] = [SeatCommand::TakeSeat, SeatCommand::PickSeat];
        let command = self.dice.pick(&COMMANDS).cloned().unwrap_or(SeatCommand::TakeSeat);
        let room = if self.dice.chance(85) { ROOM } else { "attic" };
        SeatData::new(command, room, self.a_seat()).to_data().as_str().to_string()
    }
}
