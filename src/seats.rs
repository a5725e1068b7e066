//! Seats on top of the engine: a live room with an owner, moderators, and some seats at which one is heard.
//!
//! [`Seats`] is a machine beside an [`Engine`], of the same kind, for one room: no IO, no clock. Who sits where stands in the attributes of
//! the room's group, a small store that the host reads and writes; who asks whom is invitations. Marks such as `M2` are the rules in
//! [docs/seats.md](https://docs.rs/crate/convoke/latest/source/docs/seats.md).
//!
//! ```
//! use convoke::layer::{Layer, Layered};
//! use convoke::seats::{SeatEvent, Seats, SeatsConfig, WriteResult};
//! use convoke::{Config, Engine, Seed, Timestamp};
//!
//! let mut engine = Engine::new("olga", Config::default(), Seed::from([7; 16]))?;
//! let mut seats = Seats::new("live", SeatsConfig::new("olga"));
//! let now = Timestamp::from_millis(0);
//!
//! seats.handle_attributes(now, 0, []);
//! seats.take(&mut engine, now, Some(2))?;
//! while let Some(output) = seats.poll(&mut engine, now) {
//!     // The host's store: here, all goes well.
//!     if let Layered::Event(SeatEvent::Write { ticket, version, .. }) = output {
//!         seats.handle_write_result(now, ticket, WriteResult::Written { version: version + 1 });
//!     }
//! }
//! assert_eq!(seats.seat_of(engine.user()), Some(2));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod board;
mod data;
mod error;
mod event;
mod expiry;
mod hear;
mod leave;
mod operate;
mod request;
mod snapshot;
mod wish;
mod write;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

pub use self::board::Seat;
pub use self::data::{SeatCommand, SeatData};
pub use self::error::SeatError;
pub use self::event::{SeatEvent, Ticket, WriteResult};
pub use self::request::{Request, RequestKind, WhyOver};
pub use self::snapshot::SeatsSnapshot;
pub use self::wish::{WhyNot, Wish};

use self::board::{Board, place_of};
use self::leave::Gone;
use self::request::{Ask, Verdict};
use self::write::{Pending, Writing};
use crate::engine::Engine;
use crate::id::{GroupId, UserId};
use crate::layer::errands::Errands;
use crate::name::InvitationKey;
use crate::time::Timestamp;

/// How many seats a room may have.
const MOST_SEATS: u32 = 64;

/// The settings of [`Seats`].
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[non_exhaustive]
pub struct SeatsConfig {
    /// Whose room it is.
    pub owner: UserId,
    /// Who decides beside the owner. An application goes to all of them, in one message.
    #[serde(default)]
    pub moderators: BTreeSet<UserId>,
    /// How many seats there are. Default 8, at least 1 and at most 64. The same for everybody in the room.
    #[serde(default = "usual_seats")]
    pub seats: u32,
    /// How many seconds an application of the user waits for a decision (`M2`). One of another user waits no longer either, whatever its
    /// own timeout says. Default 120; 0 counts as 1. Must be the same for everybody in the room.
    #[serde(default = "usual_application_s")]
    pub application_s: u32,
    /// How many seconds an invitation onto a seat by the user rings (`M3`). One by another user rings no longer either, whatever its own
    /// timeout says. Default 30; 0 counts as 1. Must be the same for everybody in the room.
    #[serde(default = "usual_invitation_s")]
    pub invitation_s: u32,
}

fn usual_seats() -> u32 {
    8
}

fn usual_application_s() -> u32 {
    120
}

fn usual_invitation_s() -> u32 {
    30
}

impl SeatsConfig {
    /// A room of this owner, without moderators.
    pub fn new(owner: impl Into<UserId>) -> Self {
        Self {
            owner: owner.into(),
            moderators: BTreeSet::new(),
            seats: usual_seats(),
            application_s: usual_application_s(),
            invitation_s: usual_invitation_s(),
        }
    }

    /// The same room with these moderators.
    #[must_use]
    pub fn moderated_by<U: Into<UserId>>(mut self, moderators: impl IntoIterator<Item = U>) -> Self {
        self.moderators = moderators.into_iter().map(Into::into).collect();
        self
    }

    /// Whether this one decides who sits where: the owner, or a moderator.
    #[must_use]
    pub fn decides(&self, user: &UserId) -> bool {
        *user == self.owner || self.moderators.contains(user)
    }

    /// How long such a request waits, in seconds.
    fn time_s(&self, kind: RequestKind) -> u32 {
        let time_s = match kind {
            RequestKind::Application => self.application_s,
            RequestKind::Invitation => self.invitation_s,
        };
        time_s.max(1)
    }

    fn count(&self) -> u32 {
        self.seats.clamp(1, MOST_SEATS)
    }
}

/// The seats of one room, as one signed-in user has them on one device.
///
/// In the host's loop they are polled by [`Layer::poll`](crate::layer::Layer::poll) instead of the engine, and asked for
/// [`Layer::wake`](crate::layer::Layer::wake). An app that enters and leaves rooms has an `Option<Seats>`, which is a
/// [`Layer`](crate::layer::Layer) too.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Seats {
    room: GroupId,
    config: SeatsConfig,
    /// The host's latest time.
    now: Timestamp,
    /// Neither the attributes are asked for yet, nor is heard what the engine knew before.
    is_new: bool,
    /// The attributes as they were last handed in.
    board: Option<Board>,
    /// Until when the answer to a read is waited for.
    reading: Option<Timestamp>,
    writing: Option<Writing>,
    wishes: VecDeque<Pending>,
    asks: BTreeMap<InvitationKey, Ask>,
    /// There was no room for a request of others, which may be taken in later.
    has_passed_over: bool,
    /// Who left just now: until when what was on its way may still put them onto a seat, and when it is the user's to free it.
    gone: BTreeMap<UserId, Gone>,
    errands: Errands,
    events: VecDeque<SeatEvent>,
    /// How many writes there were.
    count: u32,
}

impl Seats {
    /// The seats of this room, which is a group. What the engine knows of it already is taken in at the first poll (`M6`).
    #[must_use]
    pub fn new(room: impl Into<GroupId>, config: SeatsConfig) -> Self {
        Self {
            room: room.into(),
            config,
            now: Timestamp::default(),
            is_new: true,
            board: None,
            reading: None,
            writing: None,
            wishes: VecDeque::new(),
            asks: BTreeMap::new(),
            has_passed_over: false,
            gone: BTreeMap::new(),
            errands: Errands::default(),
            events: VecDeque::new(),
            count: 0,
        }
    }

    /// The room.
    #[must_use]
    pub fn room(&self) -> &GroupId {
        &self.room
    }

    /// The settings, with the owner and the moderators of now.
    #[must_use]
    pub fn config(&self) -> &SeatsConfig {
        &self.config
    }

    /// The seats from number 0 on; none before the attributes were handed in.
    pub fn seats(&self) -> impl Iterator<Item = &Seat> {
        self.board.iter().flat_map(|board| &board.seats)
    }

    /// The seat of this number; `None`: there is none, or the attributes were not handed in yet.
    #[must_use]
    pub fn seat(&self, number: u32) -> Option<&Seat> {
        self.board.as_ref()?.seats.get(usize::try_from(number).ok()?)
    }

    /// Where this user sits.
    #[must_use]
    pub fn seat_of(&self, user: &UserId) -> Option<u32> {
        self.board.as_ref().and_then(|board| place_of(&board.seats, user))
    }

    /// The applications that wait for a decision, in the order in which the service took them, which is the same for everybody (`M5`). Of
    /// several by one user the first.
    #[must_use]
    pub fn applications(&self, engine: &Engine) -> Vec<Request> {
        let open = self.asks.iter().filter(|(_, ask)| ask.kind == RequestKind::Application && ask.is_open());
        let stamped = open.filter_map(|(key, ask)| Some((engine.invitation(key)?.stamp().cloned(), key, ask)));
        let mut queue: Vec<_> = stamped.collect();
        queue.sort_by(|(one, key, _), (other, other_key, _)| {
            (one.is_none(), one, key).cmp(&(other.is_none(), other, other_key)) // one's own is the last until it is sent
        });
        let mut applicants = BTreeSet::new();
        queue.retain(|(_, key, _)| applicants.insert(key.inviter()));
        queue.into_iter().map(|(_, key, ask)| ask.request(key)).collect()
    }

    /// The invitations onto seats that wait for somebody to answer: those that ring for the user, and those that the user made here.
    pub fn invitations(&self) -> impl Iterator<Item = Request> {
        let open = self.asks.iter().filter(|(_, ask)| ask.kind == RequestKind::Invitation && ask.is_open());
        open.map(|(key, ask)| ask.request(key))
    }

    /// The first decision on this request (`M2`): who decided, and whether they accepted. `None`: nobody has decided yet, or the request
    /// ended without a decision or is forgotten.
    #[must_use]
    pub fn decision(&self, request: &InvitationKey) -> Option<(&UserId, bool)> {
        match self.asks.get(request)?.told.as_ref()? {
            Verdict::Decided { by, is_accepted } => Some((by, *is_accepted)),
            Verdict::Open | Verdict::Over(_) => None,
        }
    }

    /// Whether no write of attributes is under way or waits.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.writing.is_none() && self.wishes.is_empty()
    }

    /// A `now` below the last one counts as the last one, as in the engine (`T1`).
    fn advance(&mut self, now: Timestamp) -> Timestamp {
        self.now = self.now.max(now);
        self.now
    }
}
