//! A class on top of the engine: a teacher asks a group, students raise hands, and some are given the floor.
//!
//! [`Classroom`] is a machine beside an [`Engine`], of the same kind: no IO, no clock. It stands for one class, which is one group. Who
//! may be heard is the host's: it opens the microphone of who speaks. Marks such as `H3` are the rules in
//! [docs/classroom.md](https://docs.rs/crate/convoke/latest/source/docs/classroom.md).
//!
//! ```
//! use convoke::classroom::{ClassConfig, Classroom};
//! use convoke::layer::{Layer, Layered};
//! use convoke::{Config, Engine, Seed, Timestamp};
//!
//! let mut engine = Engine::new("teacher", Config::default(), Seed::from([7; 16]))?;
//! let mut class = Classroom::new("physics", ClassConfig::default());
//! let now = Timestamp::from_millis(0);
//!
//! let round = class.ask(&mut engine, now, ["ann", "bob"], 30)?;
//! assert!(class.hands(&engine, &round).is_empty());
//! let mut sent = 0;
//! while let Some(output) = class.poll(&mut engine, now) {
//!     match output {
//!         Layered::Transmit(_) => sent += 1,
//!         Layered::Edit(_) | Layered::Callback(_) | Layered::Event(_) => {}
//!     }
//! }
//! assert_eq!(sent, 1);
//! class.close(&mut engine, now, &round)?;
//! assert_eq!(class.rounds().count(), 0);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod data;
mod error;
mod event;
mod hear;
mod leave;
mod round;
mod say;
mod snapshot;
mod tend;
mod view;

use alloc::collections::{BTreeMap, BTreeSet, VecDeque};
use alloc::string::String;
use alloc::vec::Vec;
use core::slice;

use serde::{Deserialize, Serialize};

pub use self::data::{ClassData, Op};
pub use self::error::{AskError, ClassError};
pub use self::event::{ClassEvent, RoundId};
pub use self::snapshot::ClassroomSnapshot;

use self::hear::Heard;
use self::round::{Kind, Round, Word};
use self::say::Said;
use crate::callback::Answer;
use crate::engine::Engine;
use crate::id::{GroupId, UserId};
use crate::layer::errands::Errands;
use crate::name::InvitationKey;
use crate::time::{Millis, Timestamp};

/// The settings of a [`Classroom`]. All members have the same, or they see different classes.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
#[non_exhaustive]
pub struct ClassConfig {
    /// How many speak at once (`H3`). Default 1; 0 counts as 1.
    pub speakers: usize,
    /// What happens to a grant while no place to speak is free (`H3`). Default: it waits.
    pub when_full: WhenFull,
    /// How long a round or a speech goes on if nobody ends it, counted from the end of the time to answer. Default 4 h.
    pub life: Millis,
    /// A plain text as the `data` that asks for raised hands, for an app that writes no JSON (`H6`). Such a question is one message, never
    /// several, so a long list of students fits only with short ids. Default none.
    pub ask_text: Option<String>,
    /// The same for the invitation to speak. Default none.
    pub speak_text: Option<String>,
}

impl Default for ClassConfig {
    fn default() -> Self {
        let life = Millis::from_secs(4 * 3_600);
        Self { speakers: 1, when_full: WhenFull::Wait, life, ask_text: None, speak_text: None }
    }
}

/// What becomes of a grant while as many speak as may (`H3`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::exhaustive_enums, reason = "it waits or it does not")]
pub enum WhenFull {
    /// It waits with the teacher until a place is free.
    Wait,
    /// It is an error: [`AskError::Full`].
    Refuse,
}

/// One class of one signed-in user on one device.
///
/// In the host's loop it is polled by [`Layer::poll`](crate::layer::Layer::poll) instead of the engine, and asked for
/// [`Layer::wake`](crate::layer::Layer::wake). Keep it, or its [`snapshot`](Self::snapshot), for as long as the class goes on. What
/// the engine knows of the group when it is made, it knows too.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Classroom {
    group: GroupId,
    config: ClassConfig,
    /// The host's latest time.
    now: Timestamp,
    rounds: BTreeMap<(Kind, RoundId), Round>,
    /// What the group's invitations are, as far as the engine holds them.
    heard: BTreeMap<InvitationKey, Heard>,
    /// The user's own words whose fate is awaited.
    words: BTreeMap<InvitationKey, Said>,
    /// Those to all of which nobody told when they were taken: their copy may.
    unstamped: BTreeMap<InvitationKey, Said>,
    waiting: VecDeque<Waiting>,
    /// When it was heard of those who left the group.
    left: BTreeMap<UserId, Timestamp>,
    errands: Errands,
    /// Which rounds go on, who speaks, and what rings, as the app was told.
    told_rounds: BTreeSet<RoundId>,
    told_speakers: BTreeSet<(RoundId, UserId)>,
    told_ringing: BTreeSet<(Kind, RoundId)>,
    /// When the stamps of answers are read again.
    sweep: Option<Timestamp>,
    events: VecDeque<ClassEvent>,
    /// How many rounds and speeches were begun here.
    count: u32,
}

/// A grant that waits for a place (`H3`).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Waiting {
    student: UserId,
    time_s: u32,
}

/// How many grants wait at most.
const WAITING: usize = 64;

/// How many are remembered who left. Then the one who did so first is not: what they accepted has come by then.
const LEFT: usize = 64;

/// What a teacher does.
impl Classroom {
    /// The class of this group.
    pub fn new(group: impl Into<GroupId>, config: ClassConfig) -> Self {
        Self {
            group: group.into(),
            config,
            now: Timestamp::default(),
            rounds: BTreeMap::new(),
            heard: BTreeMap::new(),
            words: BTreeMap::new(),
            unstamped: BTreeMap::new(),
            waiting: VecDeque::new(),
            left: BTreeMap::new(),
            errands: Errands::default(),
            told_rounds: BTreeSet::new(),
            told_speakers: BTreeSet::new(),
            told_ringing: BTreeSet::new(),
            sweep: None,
            events: VecDeque::new(),
            count: 0,
        }
    }

    /// Its group.
    #[must_use]
    pub fn group(&self) -> &GroupId {
        &self.group
    }

    /// Asks these students to raise a hand within so many seconds, at least one (`H1`, `H2`). Many are asked by several messages
    /// (`H5`).
    ///
    /// # Errors
    ///
    /// [`AskError`]; then nothing was changed. Of those whom a further message does not reach the app is told
    /// [`ClassEvent::NotReached`].
    pub fn ask<U: Into<UserId>>(
        &mut self,
        engine: &mut Engine,
        now: Timestamp,
        students: impl IntoIterator<Item = U>,
        time_s: u32,
    ) -> Result<RoundId, AskError> {
        self.advance(now);
        let students: Vec<UserId> = students.into_iter().map(Into::into).collect();
        say::check(engine, &students, time_s)?;
        self.begin(engine, Kind::Hands, &students, time_s)
    }

    /// Invites a student to speak, whether their hand is up or not (`H3`). They must accept within `time_s` seconds; 0 counts as 1.
    /// `None`: no place to speak is free, so the student waits; once a place is free, the app is told [`ClassEvent::Granted`].
    ///
    /// # Errors
    ///
    /// [`AskError`]; then nothing was changed.
    pub fn grant(
        &mut self,
        engine: &mut Engine,
        now: Timestamp,
        student: impl Into<UserId>,
        time_s: u32,
    ) -> Result<Option<RoundId>, AskError> {
        self.advance(now);
        let student = student.into();
        say::check(engine, slice::from_ref(&student), time_s)?;
        let places = self.places(engine.user());
        if places.contains(&student) || self.waiting().any(|waiting| *waiting == student) {
            return Err(AskError::Already);
        }
        if places.len() < self.config.speakers.max(1) {
            return self.begin(engine, Kind::Speech, &[student], time_s).map(Some);
        }
        match self.config.when_full {
            WhenFull::Wait if self.waiting.len() < WAITING => {
                self.waiting.push_back(Waiting { student, time_s });
                Ok(None)
            }
            WhenFull::Wait | WhenFull::Refuse => Err(AskError::Full),
        }
    }

    /// Takes a student off the list of those who wait for a place to speak; says whether they were on it.
    pub fn cancel_waiting(&mut self, student: &UserId) -> bool {
        let before = self.waiting.len();
        self.waiting.retain(|waiting| waiting.student != *student);
        self.waiting.len() < before
    }

    /// Lowers all hands that are up in a round of the user's (`H2`). Who raises one later has it up.
    ///
    /// # Errors
    ///
    /// [`ClassError`]; then nothing was changed.
    pub fn lower_all(&mut self, engine: &mut Engine, now: Timestamp, round: &RoundId) -> Result<(), ClassError> {
        self.advance(now);
        self.is_taught(engine, Kind::Hands, round)?;
        self.say(engine, Kind::Hands, round, Word::LowerAll)
    }

    /// Ends a round of the user's (`H2`): nobody is asked any longer, and no hand is up.
    ///
    /// # Errors
    ///
    /// [`ClassError`]; then nothing was changed.
    pub fn close(&mut self, engine: &mut Engine, now: Timestamp, round: &RoundId) -> Result<(), ClassError> {
        self.advance(now);
        self.is_taught(engine, Kind::Hands, round)?;
        self.end(engine, Kind::Hands, round)
    }
}

/// What a student does, or a teacher with a student's hand or speech.
impl Classroom {
    /// Raises the user's hand in a round in which they are asked (`H2`).
    ///
    /// # Errors
    ///
    /// [`ClassError`]; then nothing was changed.
    ///
    /// ```
    /// use convoke::classroom::{ClassConfig, ClassEvent, Classroom};
    /// use convoke::layer::{Layer, Layered};
    /// use convoke::{Config, Conversation, Engine, Inbound, Seed, Timestamp};
    ///
    /// # let mut desk = Engine::new("teacher", Config::default(), Seed::from([7; 16]))?;
    /// # let mut lesson = Classroom::new("physics", ClassConfig::default());
    /// let mut engine = Engine::new("ann", Config::default(), Seed::from([8; 16]))?;
    /// let mut class = Classroom::new("physics", ClassConfig::default());
    /// let now = Timestamp::from_millis(0);
    /// # lesson.ask(&mut desk, now, ["ann", "bob"], 30)?;
    /// # let Some(Layered::Transmit(question)) = lesson.poll(&mut desk, now) else { unreachable!() };
    ///
    /// // What the teacher's device has sent.
    /// engine.handle_message(now, &Inbound::new("teacher", Conversation::Group("physics".into()), question.payload));
    /// let mut asked = None;
    /// while let Some(output) = class.poll(&mut engine, now) {
    ///     if let Layered::Event(ClassEvent::Asked { round, .. }) = output {
    ///         asked = Some(round); // show the button
    ///     }
    /// }
    /// let round = asked.expect("ann is asked");
    /// class.raise(&mut engine, now, &round)?;
    /// assert_eq!(class.hands(&engine, &round), ["ann"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn raise(&mut self, engine: &mut Engine, now: Timestamp, round: &RoundId) -> Result<(), ClassError> {
        self.advance(now);
        self.answer(engine, Kind::Hands, round, Answer::Accept)
    }

    /// Begins the speech to which the user is invited (`H3`).
    ///
    /// # Errors
    ///
    /// [`ClassError`]; then nothing was changed.
    pub fn accept(&mut self, engine: &mut Engine, now: Timestamp, speech: &RoundId) -> Result<(), ClassError> {
        self.advance(now);
        self.answer(engine, Kind::Speech, speech, Answer::Accept)
    }

    /// Says no to a round or a speech: the user does not raise a hand, or does not speak.
    ///
    /// # Errors
    ///
    /// [`ClassError`]; then nothing was changed.
    pub fn decline(&mut self, engine: &mut Engine, now: Timestamp, round: &RoundId) -> Result<(), ClassError> {
        self.advance(now);
        let speech = self.rounds.get(&(Kind::Speech, round.clone()));
        let is_speech = speech.is_some_and(|speech| speech.is_pending(engine.user()));
        self.answer(engine, if is_speech { Kind::Speech } else { Kind::Hands }, round, Answer::Reject)
    }

    /// Lowers a hand: one's own, or in a round of the user's anybody's (`H2`).
    ///
    /// # Errors
    ///
    /// [`ClassError`]; then nothing was changed.
    pub fn lower(
        &mut self,
        engine: &mut Engine,
        now: Timestamp,
        round: &RoundId,
        who: &UserId,
    ) -> Result<(), ClassError> {
        self.advance(now);
        if who != engine.user() {
            self.is_taught(engine, Kind::Hands, round)?;
        }
        if !self.live_round(Kind::Hands, round)?.is_up(who) {
            return Err(ClassError::NotUp);
        }
        self.say(engine, Kind::Hands, round, Word::Lower(who.clone()))
    }

    /// Ends a speech: one's own, or one that the user granted, begun or not (`H3`).
    ///
    /// # Errors
    ///
    /// [`ClassError`]; then nothing was changed.
    pub fn stop(&mut self, engine: &mut Engine, now: Timestamp, speech: &RoundId) -> Result<(), ClassError> {
        self.advance(now);
        let me = engine.user().clone();
        if self.live_round(Kind::Speech, speech)?.is_up(&me) {
            return self.say(engine, Kind::Speech, speech, Word::Lower(me));
        }
        self.is_taught(engine, Kind::Speech, speech)?;
        self.end(engine, Kind::Speech, speech)
    }
}

impl Classroom {
    /// A `now` below the last one counts as the last one, as in the engine (`T1`).
    fn advance(&mut self, now: Timestamp) {
        self.now = self.now.max(now);
    }

    fn live_round(&self, kind: Kind, id: &RoundId) -> Result<&Round, ClassError> {
        let round = self.rounds.get(&(kind, id.clone())).filter(|round| !round.is_ended() && !round.is_early());
        round.ok_or(ClassError::Over)
    }

    /// Whether it is a round of the user's that goes on.
    fn is_taught(&self, engine: &Engine, kind: Kind, id: &RoundId) -> Result<(), ClassError> {
        self.live_round(kind, id)?;
        if id.teacher == *engine.user() { Ok(()) } else { Err(ClassError::NotYours) }
    }

    /// Who takes up a place: who speaks, or has accepted to, and whom the user has let speak and who has not answered.
    fn places(&self, me: &UserId) -> BTreeSet<UserId> {
        let granted = self.rounds.iter().filter(|((kind, id), _)| *kind == Kind::Speech && id.teacher == *me);
        let pending = granted.flat_map(|(_, round)| round.members.keys().filter(|student| round.is_pending(student)));
        self.in_turn().map(|(_, who)| who).chain(pending).cloned().collect()
    }
}
