//! What an app has on top of its engine: the layers, what its user and its media host do with them, and what they tell.

mod class;
mod seats;

use alloc::vec::Vec;

use serde::{Deserialize, Serialize};
use thiserror::Error;

pub use self::class::{ClassDeed, ClassLayer};
pub use self::seats::{SeatDeed, SeatsRoom};

use self::seats::act_on_seats;
use crate::call::{
    CallConfig, CallError, CallEvent, CallId, Calls, CallsSnapshot, Dial, DialError, Media, MediaReport, RoomId,
};
use crate::callback::Callback;
use crate::classroom::{AskError, ClassError, ClassEvent, Classroom, ClassroomSnapshot};
use crate::engine::Engine;
use crate::error::RestoreError;
use crate::id::{GroupId, UserId};
use crate::laws::{Claims, Standing};
use crate::layer::{Layer, sooner};
use crate::seats::{SeatError, SeatEvent, Seats, SeatsSnapshot};
use crate::time::Timestamp;
use crate::wake::Wake;

/// The layers of an app, each with its settings; one that is not named is not there.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LayersConfig {
    /// The calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<CallConfig>,
    /// The class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classroom: Option<ClassLayer>,
    /// The seats of a room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<SeatsRoom>,
}

/// The state of the layers, which is stored with that of the engine, of the same moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct LayersSnapshot {
    /// The calls.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calls: Option<CallsSnapshot>,
    /// The class.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub classroom: Option<ClassroomSnapshot>,
    /// The seats of a room.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seats: Option<SeatsSnapshot>,
}

/// What the user of an app, its media host or its store does with the layers. What is done to a call is done to the one that goes on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub enum Deed {
    /// Calls these.
    Dial {
        /// Where, if not between users.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        group: Option<GroupId>,
        /// Whom.
        to: Vec<UserId>,
        /// What is to be seen and heard.
        media: Media,
        /// The room of the call.
        room: RoomId,
    },
    /// Answers the call that rings.
    Answer,
    /// Declines it.
    Decline,
    /// Leaves the call.
    HangUp,
    /// Calls these, too.
    InviteMore(Vec<UserId>),
    /// Enters a call that goes on in a group.
    Join {
        /// Which group.
        group: GroupId,
        /// What is to be seen and heard.
        media: Media,
        /// The room of the call.
        room: RoomId,
    },
    /// Asks to go on with this.
    Switch(Media),
    /// Says whether to go on with what the other one asks for.
    AnswerSwitch(bool),
    /// Says whether the user is busy for other reasons.
    SetBusy(bool),
    /// The media host reports who is in the room.
    Media(MediaReport),
    /// The user does something in the class.
    Class(ClassDeed),
    /// Of the seats of the room.
    Seat(SeatDeed),
}

/// What a layer tells the app.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum LayerEvent {
    /// Of a call.
    Call(CallEvent),
    /// Of the class.
    Class(ClassEvent),
    /// Of the seats of a room.
    Seat(SeatEvent),
}

/// Why a layer does not do it.
#[derive(Debug, Error)]
pub(super) enum Refused {
    #[error("there is no call")]
    NoCall,
    #[error(transparent)]
    Dial(#[from] DialError),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("there is no such round or speech")]
    NoRound,
    #[error(transparent)]
    Ask(#[from] AskError),
    #[error(transparent)]
    Class(#[from] ClassError),
    #[error("nobody asks for that")]
    NoRequest,
    #[error(transparent)]
    Seat(#[from] SeatError),
}

/// The layers on one engine.
#[derive(Clone)]
pub(super) struct Layers {
    calls: Option<Calls>,
    classroom: Option<Classroom>,
    seats: Option<Seats>,
}

/// Where the media of an app is to be: for which call, and in which room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Seat {
    pub(super) call: CallId,
    pub(super) room: RoomId,
}

impl LayersConfig {
    /// Whether there is a layer of which this is asked.
    pub(super) fn has_layer_for(&self, deed: &Deed) -> bool {
        match deed {
            Deed::Dial { .. }
            | Deed::Answer
            | Deed::Decline
            | Deed::HangUp
            | Deed::InviteMore(_)
            | Deed::Join { .. }
            | Deed::Switch(_)
            | Deed::AnswerSwitch(_)
            | Deed::SetBusy(_)
            | Deed::Media(_) => self.calls.is_some(),
            Deed::Class(_) => self.classroom.is_some(),
            Deed::Seat(_) => self.seats.is_some(),
        }
    }
}

impl Layers {
    pub(super) fn new(config: &LayersConfig) -> Self {
        let classroom = config.classroom.clone().map(|ClassLayer { group, config }| Classroom::new(group, config));
        Self {
            calls: config.calls.clone().map(Calls::new),
            classroom,
            seats: config.seats.clone().map(SeatsRoom::seats),
        }
    }

    /// A layer of which nothing was stored begins anew.
    pub(super) fn restore(
        snapshot: LayersSnapshot,
        config: &LayersConfig,
        now: Timestamp,
    ) -> Result<Self, RestoreError> {
        let calls = match (config.calls.clone(), snapshot.calls) {
            (Some(config), Some(snapshot)) => Some(Calls::restore(snapshot, config, now)?),
            (config, _) => config.map(Calls::new),
        };
        let layer = config.classroom.as_ref();
        let classroom = layer.map(|layer| class::restore(layer, snapshot.classroom, now)).transpose()?;
        let seats = match (config.seats.clone(), snapshot.seats) {
            (Some(room), Some(snapshot)) => Some(Seats::restore(snapshot, room.config, now)?),
            (room, _) => room.map(SeatsRoom::seats),
        };
        Ok(Self { calls, classroom, seats })
    }

    pub(super) fn snapshot(&self) -> LayersSnapshot {
        let Self { calls, classroom, seats } = self;
        LayersSnapshot {
            calls: calls.as_ref().map(Calls::snapshot),
            classroom: classroom.as_ref().map(Classroom::snapshot),
            seats: seats.as_ref().map(Seats::snapshot),
        }
    }

    /// Which invitations are theirs.
    pub(super) fn claims(&self) -> Claims {
        let class = self.classroom.as_ref().map(|classroom| classroom.group().clone());
        Claims { has_calls: self.calls.is_some(), class, room: self.room().cloned() }
    }

    /// What the app can read of them.
    pub(super) fn standing(&self) -> Standing<'_> {
        let Self { calls, classroom, seats } = self;
        Standing { calls: calls.as_ref(), classroom: classroom.as_ref(), seats: seats.as_ref() }
    }

    pub(super) fn is_empty(&self) -> bool {
        let Self { calls, classroom, seats } = self;
        calls.is_none() && classroom.is_none() && seats.is_none()
    }

    pub(super) fn seat(&self) -> Option<Seat> {
        let call = self.calls.as_ref()?.current()?;
        Some(Seat { call: call.id(), room: call.room()? })
    }

    pub(super) fn act(&mut self, engine: &mut Engine, now: Timestamp, deed: Deed) -> Result<(), Refused> {
        match (deed, &mut self.calls, &mut self.classroom, &mut self.seats) {
            (Deed::Class(deed), _, Some(classroom), _) => class::act(classroom, engine, now, deed),
            (Deed::Seat(deed), _, _, Some(seats)) => act_on_seats(seats, engine, now, deed),
            (deed, Some(calls), _, _) => act_on_calls(calls, engine, now, deed),
            (_, None, _, _) => Ok(()),
        }
    }

    /// The room with seats in which the app is.
    pub(super) fn room(&self) -> Option<&GroupId> {
        self.seats.as_ref().map(Seats::room)
    }

    /// This user is no longer in this group. Each layer tells the engine too.
    pub(super) fn handle_member_left(&mut self, engine: &mut Engine, now: Timestamp, group: &GroupId, user: &UserId) {
        if let Some(calls) = &mut self.calls {
            calls.handle_member_left(engine, now, group, user);
        }
        if let Some(classroom) = self.classroom.as_mut().filter(|classroom| classroom.group() == group) {
            classroom.handle_member_left(engine, now, user, now);
        }
        if let Some(seats) = self.seats.as_mut().filter(|seats| seats.room() == group) {
            seats.handle_member_left(engine, now, user);
        }
    }
}

fn act_on_calls(calls: &mut Calls, engine: &mut Engine, now: Timestamp, deed: Deed) -> Result<(), Refused> {
    let call = calls.current().map(|call| call.id()).ok_or(Refused::NoCall);
    match deed {
        Deed::Dial { group, to, media, room } => {
            let dial = Dial::to(to, media, room);
            calls.dial(engine, now, group.into_iter().fold(dial, Dial::in_group))?;
        }
        Deed::Join { group, media, room } => drop(calls.join(engine, now, group, media, room)?),
        Deed::Answer => calls.answer(engine, now, call?)?,
        Deed::Decline => calls.decline(engine, now, call?)?,
        Deed::HangUp => calls.hang_up(engine, now, call?)?,
        Deed::InviteMore(users) => calls.invite_more(engine, now, call?, users, None)?,
        Deed::Switch(media) => calls.switch(engine, now, call?, media)?,
        Deed::AnswerSwitch(is_wanted) => calls.answer_switch(engine, now, call?, is_wanted)?,
        Deed::SetBusy(is_busy) => calls.set_busy(is_busy),
        Deed::Media(report) => calls.handle_media(engine, now, call?, report),
        Deed::Class(_) | Deed::Seat(_) => {} // another layer's
    }
    Ok(())
}

impl Layer for Layers {
    type Event = LayerEvent;

    fn handle_callback(&mut self, engine: &mut Engine, now: Timestamp, callback: Callback) -> Option<Callback> {
        let callback = self.calls.handle_callback(engine, now, callback)?;
        let callback = self.classroom.handle_callback(engine, now, callback)?;
        self.seats.handle_callback(engine, now, callback)
    }

    fn handle_time(&mut self, engine: &mut Engine, now: Timestamp) {
        self.calls.handle_time(engine, now);
        self.classroom.handle_time(engine, now);
        self.seats.handle_time(engine, now);
    }

    fn next(&self) -> Wake {
        sooner(sooner(self.calls.next(), self.classroom.next()), self.seats.next())
    }

    fn poll_event(&mut self) -> Option<LayerEvent> {
        let of_call = self.calls.poll_event().map(LayerEvent::Call);
        let of_class = || self.classroom.poll_event().map(LayerEvent::Class);
        of_call.or_else(of_class).or_else(|| self.seats.poll_event().map(LayerEvent::Seat))
    }
}
