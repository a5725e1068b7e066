//! What users do with the calls of their apps, and a hostile user with theirs.

use alloc::borrow::ToOwned as _;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::slice;

use super::super::super::apps::Deed;
use super::super::super::peer::user_of;
use super::super::super::scenario::Act;
use super::super::Dice;
use super::{Planner, Presence, start};
use crate::call::{CallConfig, CallData, Command, Media, MediaReport, RoomId};
use crate::id::UserId;
use crate::time::Millis;

/// The first room; each call has one of its own.
const FIRST_ROOM: u32 = 1_001;

/// A call that somebody was to make.
#[derive(Clone)]
pub(super) struct Dialed {
    room: RoomId,
    media: Media,
    group: Option<String>,
    caller: String,
    callees: Vec<String>,
}

#[derive(Clone, Copy)]
enum Move {
    Dial,
    /// A call as it should be, to its end.
    Talk,
    /// Both call each other.
    BothDial,
    /// Answers, ends and other things at once.
    Race,
    Answer,
    Decline,
    HangUp,
    InviteMore,
    Join,
    Switch,
    AnswerSwitch,
    SetBusy,
    MediaFails,
    /// The app crashes in a call, and calls again.
    CallAnew,
    Forge,
}

const MOVES: [(u32, Move); 15] = [
    (14, Move::Dial),
    (12, Move::Talk),
    (6, Move::BothDial),
    (10, Move::Race),
    (16, Move::Answer),
    (3, Move::Decline),
    (8, Move::HangUp),
    (4, Move::InviteMore),
    (4, Move::Join),
    (4, Move::Switch),
    (4, Move::AnswerSwitch),
    (2, Move::SetBusy),
    (2, Move::MediaFails),
    (3, Move::CallAnew),
    (8, Move::Forge),
];

const RACE: [(u32, Move); 7] = [
    (6, Move::Answer),
    (2, Move::Decline),
    (5, Move::HangUp),
    (2, Move::InviteMore),
    (2, Move::Join),
    (1, Move::Switch),
    (1, Move::AnswerSwitch),
];

/// The settings of the calls of every app.
pub(super) fn config(dice: &mut Dice<'_>) -> CallConfig {
    CallConfig {
        ring_s: dice.weighted(&[(3, 30), (2, 5), (1, 2), (1, 0)]).unwrap_or(30),
        longest_ring: Millis::from_secs(dice.weighted(&[(3, 120), (1, 10)]).unwrap_or(120)),
        connecting: Millis::from_secs(dice.weighted(&[(3, 15), (1, 4)]).unwrap_or(15)),
        members: dice.weighted(&[(4, 9), (1, 3)]).unwrap_or(9),
        answers_glare: dice.chance(65),
    }
}

impl Planner<'_, '_> {
    pub(super) fn act_on_calls(&mut self) -> Option<()> {
        let a_move = self.dice.weighted(&MOVES)?;
        let call = self.a_call();
        self.move_on(a_move, call)
    }

    /// Mostly the last one.
    fn a_call(&mut self) -> Option<Dialed> {
        if self.dice.chance(70) { self.calls.last().cloned() } else { self.dice.pick(&self.calls).cloned() }
    }

    fn move_on(&mut self, a_move: Move, call: Option<Dialed>) -> Option<()> {
        match a_move {
            Move::Dial => self.dial().map(drop),
            Move::Talk => self.talk(),
            Move::BothDial => self.dial_each_other(),
            Move::Race => self.race_in(&call?),
            Move::Answer => self.as_callee(&call?, Deed::Answer),
            Move::Decline => self.as_callee(&call?, Deed::Decline),
            Move::HangUp => self.as_member(&call?, Deed::HangUp),
            Move::InviteMore => self.invite_more(&call?),
            Move::Join => self.join(&call?),
            Move::Switch => {
                let media = self.media();
                self.as_member(&call?, Deed::Switch(media))
            }
            Move::AnswerSwitch => {
                let is_wanted = self.dice.chance(60);
                self.as_member(&call?, Deed::AnswerSwitch(is_wanted))
            }
            Move::SetBusy => {
                let is_busy = self.dice.chance(40);
                let peer = self.somebody()?;
                self.do_so(&peer, Deed::SetBusy(is_busy))
            }
            Move::MediaFails => self.as_member(&call?, Deed::Media(MediaReport::LocalFailed)),
            Move::CallAnew => self.call_anew(&call?),
            Move::Forge => {
                let words = self.words_of_a_call();
                self.forge_of_a_layer(words)
            }
        }
    }

    fn media(&mut self) -> Media {
        if self.dice.chance(50) { Media::Video } else { Media::Audio }
    }

    fn new_room(&self) -> RoomId {
        FIRST_ROOM.saturating_add(u32::try_from(self.calls.len()).unwrap_or(0)).into()
    }

    /// One user, several, or members of a group.
    fn dial(&mut self) -> Option<Dialed> {
        let peer = self.somebody()?;
        let groups: Vec<(String, Vec<String>)> = self.groups.clone().into_iter().collect();
        let in_group = self.dice.chance(35).then(|| self.dice.pick(&groups).cloned()).flatten();
        let others = in_group.as_ref().map_or_else(|| self.users(), |(_, members)| members.clone());
        let others: Vec<String> = others.into_iter().filter(|user| user != user_of(&peer)).collect();
        let is_of_several = in_group.is_some() || self.dice.chance(20);
        let callees = if is_of_several {
            others.iter().filter(|_| self.dice.chance(65)).cloned().collect()
        } else {
            [self.dice.pick(&others)?.clone()].into()
        };
        Some(self.dial_from(&peer, in_group.map(|(group, _)| group), callees))
    }

    fn dial_from(&mut self, peer: &str, group: Option<String>, callees: Vec<String>) -> Dialed {
        let (room, media) = (self.new_room(), self.media());
        let to = callees.iter().map(|user| user.as_str().into()).collect();
        self.step(peer, Act::App(Deed::Dial { group: group.as_deref().map(Into::into), to, media, room }));
        let call = Dialed { room, media, group, caller: user_of(peer).to_owned(), callees };
        self.calls.push(call.clone());
        call
    }

    fn talk(&mut self) -> Option<()> {
        let call = self.dial()?;
        for callee in call.callees.clone() {
            self.wait(3_000);
            let device = self.one_of(&[callee]);
            device.filter(|_| self.dice.chance(85)).and_then(|peer| self.do_so(&peer, Deed::Answer));
        }
        if self.dice.chance(25) {
            self.wait(5_000);
            self.move_on(Move::Switch, Some(call.clone()));
            self.wait(2_000);
            self.move_on(Move::AnswerSwitch, Some(call.clone()));
        }
        self.wait(20_000);
        if self.dice.chance(80) { self.as_member(&call, Deed::HangUp) } else { Some(()) }
    }

    fn dial_each_other(&mut self) -> Option<()> {
        let (one, users) = (self.somebody()?, self.users());
        let others: Vec<String> = users.into_iter().filter(|user| user != user_of(&one)).collect();
        let other = self.one_of(&others)?;
        let call = self.dial_from(&one, None, [user_of(&other).to_owned()].into());
        self.wait(120);
        self.dial_from(&other, None, [call.caller].into());
        Some(())
    }

    fn race_in(&mut self, call: &Dialed) -> Option<()> {
        for _ in 0..self.dice.between(2, 4) {
            self.wait(90);
            let a_move = self.dice.weighted(&RACE)?;
            let _ = self.move_on(a_move, Some(call.clone()));
        }
        Some(())
    }

    fn as_callee(&mut self, call: &Dialed, deed: Deed) -> Option<()> {
        let peer = if self.dice.chance(90) { self.one_of(&call.callees)? } else { self.somebody()? };
        self.do_so(&peer, deed)
    }

    fn as_member(&mut self, call: &Dialed, deed: Deed) -> Option<()> {
        let members: Vec<String> = call.callees.iter().chain([&call.caller]).cloned().collect();
        let peer = if self.dice.chance(90) { self.one_of(&members)? } else { self.somebody()? };
        self.do_so(&peer, deed)
    }

    fn invite_more(&mut self, call: &Dialed) -> Option<()> {
        let users = self.users();
        let more: Vec<UserId> =
            users.iter().filter(|_| self.dice.chance(40)).map(|user| user.as_str().into()).collect();
        self.as_member(call, Deed::InviteMore(more))
    }

    fn join(&mut self, call: &Dialed) -> Option<()> {
        let group = call.group.clone()?;
        let peer = self.one_of(&self.groups.get(&group)?.clone())?;
        let room = if self.dice.chance(90) { call.room } else { self.new_room() };
        self.do_so(&peer, Deed::Join { group: group.as_str().into(), media: call.media, room })
    }

    /// Of its call the app knows nothing more, if nothing was put by.
    fn call_anew(&mut self, call: &Dialed) -> Option<()> {
        let peer = self.one_of(slice::from_ref(&call.caller))?;
        let callee = call.callees.first()?.clone();
        self.step(&peer, Act::Crash);
        self.wait(3_000);
        let start = start(self.dice);
        self.step(&peer, Act::Online(start));
        self.set_presence(&peer, Presence::Here);
        self.wait(2_000);
        self.dial_from(&peer, None, [callee].into());
        Some(())
    }

    /// The data of a call, sound and not.
    pub(super) fn words_of_a_call(&mut self) -> String {
        let media = self.media();
        let kinds = [Command::Call, Command::HangUp, Command::Switch(media), Command::SyncInfo];
        let mut data = CallData::new(self.dice.pick(&kinds).cloned().unwrap_or(Command::Call), media);
        data.room = self.a_call().map(|call| call.room).filter(|_| self.dice.chance(60));
        data.is_busy = self.dice.chance(10);
        if self.dice.chance(40) {
            data.user_ids = Some(self.users().iter().map(|user| user.as_str().into()).collect());
        }
        if self.dice.chance(60) {
            let words = ["accepted", "declined", "busy", "noResponse", "left", "failed", "odd"];
            data.cmd_info = self.dice.pick(&words).map(|word| (*word).to_owned());
        }
        let mut text = data.to_data().as_str().to_string();
        if self.dice.chance(10) {
            text.truncate(text.len() / 2);
        }
        text
    }
}
