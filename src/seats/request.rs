//! What is asked of somebody, and what they decided (`M2`, `M3`, `M5`): an application for a seat, or an invitation onto one.

use alloc::collections::BTreeSet;
use core::fmt;

use serde::{Deserialize, Serialize};

use super::data::{SeatCommand, SeatData};
use super::{SeatsConfig, Wish};
use crate::callback::Outcome;
use crate::engine::InvitationView;
use crate::id::{Data, GroupId, UserId};
use crate::message::Stamp;
use crate::name::{Conversation, InvitationKey};
use crate::time::{Millis, Timestamp};

/// Somebody asks for a seat, or is asked onto one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct Request {
    /// Its name on this device, as the engine has it.
    pub id: InvitationKey,
    /// Which of the two.
    pub kind: RequestKind,
    /// Which seat; `None`: any.
    pub seat: Option<u32>,
}

impl Request {
    /// Who asks.
    #[must_use]
    pub fn by(&self) -> &UserId {
        self.id.inviter()
    }
}

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_enums, reason = "one asks, or is asked")]
pub enum RequestKind {
    /// For a seat (`M2`): the owner and the moderators decide, and the first decision counts.
    Application,
    /// Onto a seat (`M3`): the user who is asked decides.
    Invitation,
}

/// Why a request is over that nobody decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub enum WhyOver {
    /// Whoever asked took it back.
    Withdrawn,
    /// Nobody decided in time.
    Expired,
    /// Whoever asked, or all who were asked, left the room (`M4`).
    Left,
    /// The service refused the message, with this code.
    NotSent(i32),
}

/// In lower-case words: "withdrawn".
impl fmt::Display for WhyOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Withdrawn => f.write_str("withdrawn"),
            Self::Expired => f.write_str("expired"),
            Self::Left => f.write_str("left"),
            Self::NotSent(code) => write!(f, "the service refused it ({code})"),
        }
    }
}

/// How a request stands.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) enum Verdict {
    Open,
    Decided { by: UserId, is_accepted: bool },
    Over(WhyOver),
}

impl Verdict {
    pub(super) fn is_yes(&self) -> bool {
        matches!(self, Self::Decided { is_accepted: true, .. })
    }
}

/// A request that this device knows of. Who has answered what is the engine's to know.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Ask {
    pub(super) kind: RequestKind,
    pub(super) seat: Option<u32>,
    /// It was made here: what is decided is carried out here.
    pub(super) is_mine: bool,
    /// Whatever is answered.
    pub(super) over: Option<WhyOver>,
    /// What the app was told last, or has done.
    pub(super) told: Option<Verdict>,
    /// The engine may have something new of it.
    pub(super) is_stale: bool,
    /// Somebody was given a seat for it.
    pub(super) is_carried_out: bool,
    /// Until when the seat is waited for that the user accepted.
    pub(super) due: Option<Timestamp>,
    /// Until when one that was not made here waits, where its own time is longer or has no end.
    pub(super) until: Option<Timestamp>,
    /// Who was to decide on an application when it was made, or came: their decision counts, though the roles are others by now, so that it
    /// does not matter of which one hears first.
    pub(super) deciders: BTreeSet<UserId>,
}

impl Ask {
    pub(super) fn new(kind: RequestKind, seat: Option<u32>) -> Self {
        Self {
            kind,
            seat,
            is_mine: false,
            over: None,
            told: None,
            is_stale: true,
            is_carried_out: false,
            due: None,
            until: None,
            deciders: BTreeSet::new(),
        }
    }

    /// One that was not made here.
    pub(super) fn heard(
        kind: RequestKind,
        seat: Option<u32>,
        view: InvitationView<'_>,
        config: &SeatsConfig,
        now: Timestamp,
    ) -> Self {
        let until = view.sent().unwrap_or(now) + Millis::from_secs(config.time_s(kind));
        let is_longer = view.deadline().is_none_or(|deadline| deadline > until);
        let deciders = view.invitees().iter().filter(|user| config.decides(user)).cloned().collect();
        Self { until: is_longer.then_some(until), deciders, ..Self::new(kind, seat) }
    }

    /// One that is made here.
    pub(super) fn mine(kind: RequestKind, seat: Option<u32>) -> Self {
        Self { is_mine: true, told: Some(Verdict::Open), ..Self::new(kind, seat) }
    }

    pub(super) fn is_open(&self) -> bool {
        self.told == Some(Verdict::Open)
    }

    /// An application of somebody else's, of which there may be any number.
    pub(super) fn is_of_others(&self) -> bool {
        self.kind == RequestKind::Application && !self.is_mine
    }

    /// Whether it may stand otherwise than was told: there is news of it, or it was declined, as no callback says that one no has taken
    /// another's place.
    pub(super) fn may_change(&self) -> bool {
        self.is_stale || matches!(self.told, Some(Verdict::Decided { is_accepted: false, .. }))
    }

    pub(super) fn is_settled(&self) -> bool {
        matches!(self.told, Some(Verdict::Decided { .. } | Verdict::Over(_)))
    }

    pub(super) fn request(&self, key: &InvitationKey) -> Request {
        Request { id: key.clone(), kind: self.kind, seat: self.seat }
    }

    /// The data of its messages.
    pub(super) fn data(&self, room: &GroupId) -> Data {
        let command = match self.kind {
            RequestKind::Application => SeatCommand::TakeSeat,
            RequestKind::Invitation => SeatCommand::PickSeat,
        };
        SeatData::new(command, room, self.seat).to_data()
    }

    /// What is to be done once it is accepted.
    pub(super) fn wish(&self, key: &InvitationKey) -> Wish {
        let user = match (self.kind, key.conversation()) {
            (RequestKind::Invitation, Conversation::C2c(user)) => user.clone(),
            (RequestKind::Invitation, Conversation::Group(_)) | (RequestKind::Application, _) => key.inviter().clone(),
        };
        Wish::Take { user, seat: self.seat, request: Some(key.clone()) }
    }

    /// How it stands by what the engine knows: the first decision counts, by the stamps of the answers (`M2`).
    pub(super) fn verdict(&self, view: InvitationView<'_>, roles: &SeatsConfig, now: Timestamp) -> Verdict {
        if let Some(why) = self.over {
            return Verdict::Over(why);
        }
        // What was decided stands, though the one who did is no moderator any more.
        let decided = match &self.told {
            Some(Verdict::Decided { by, .. }) => Some(by),
            Some(Verdict::Open | Verdict::Over(_)) | None => None,
        };
        let counts = |(user, _): &(&UserId, Outcome)| match self.kind {
            RequestKind::Application => roles.decides(user) || self.deciders.contains(*user) || decided == Some(*user),
            RequestKind::Invitation => roles.decides(view.key().inviter()) || decided.is_some(),
        };
        let decision = |(user, outcome)| decision(view, user, outcome);
        let first = view.outcomes().filter(counts).filter_map(decision).min();
        if let Some(Decision { by, is_accepted, .. }) = first {
            return Verdict::Decided { by: by.clone(), is_accepted };
        }
        let is_any = |wanted| view.outcomes().filter(counts).any(|(_, outcome)| outcome == wanted);
        // Who is no moderator any more is not waited for.
        let is_awaited = |(user, outcome): (&UserId, Outcome)| {
            outcome == Outcome::Pending && (self.kind == RequestKind::Invitation || roles.decides(user))
        };
        if view.outcomes().filter(counts).any(is_awaited) {
            let is_up = self.until.is_some_and(|until| until <= now);
            if is_up { Verdict::Over(WhyOver::Expired) } else { Verdict::Open }
        } else if is_any(Outcome::Cancelled) {
            Verdict::Over(WhyOver::Withdrawn)
        } else if is_any(Outcome::Left) {
            Verdict::Over(WhyOver::Left)
        } else {
            Verdict::Over(WhyOver::Expired)
        }
    }
}

/// An answer, in the order of the stamps; without one it is the last.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Decision<'a> {
    has_no_stamp: bool,
    stamp: Option<&'a Stamp>,
    by: &'a UserId,
    is_accepted: bool,
}

fn decision<'a>(view: InvitationView<'a>, by: &'a UserId, outcome: Outcome) -> Option<Decision<'a>> {
    let is_accepted = match outcome {
        Outcome::Accepted => true,
        Outcome::Rejected => false,
        Outcome::Pending | Outcome::TimedOut | Outcome::Cancelled | Outcome::Left => return None,
    };
    let stamp = view.answer_stamp(by.as_str());
    Some(Decision { has_no_stamp: stamp.is_none(), stamp, by, is_accepted })
}
