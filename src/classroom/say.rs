//! What a class says to the group: invitations that ask, answers, and words that wait for no answer.

use alloc::collections::BTreeSet;
use alloc::format;
use alloc::vec::Vec;

use serde::{Deserialize, Serialize};

use super::data::{ClassData, Op};
use super::error::{AskError, ClassError};
use super::event::{ClassEvent, RoundId};
use super::hear::Heard;
use super::round::{Kind, MEMBERS, PARTS, Word};
use super::tend::ROUNDS_OF_ONE;
use super::{Classroom, Round};
use crate::callback::Answer;
use crate::config::{MAX_TIMEOUT, exceeds};
use crate::engine::Engine;
use crate::error::{BadArgument, InviteError, Limit};
use crate::id::{Data, UserId};
use crate::layer::errands::Deed;
use crate::message::Invite;
use crate::name::InvitationKey;
use crate::time::Millis;

/// How many words of the user's may be without a fate.
pub(super) const WORDS: usize = 256;

/// A word of the user's, and what it is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(super) struct Said {
    pub(super) kind: Kind,
    pub(super) id: RoundId,
    pub(super) word: Word,
}

/// Whether these can be asked at all: so that no message of several fails for what is known before the first.
pub(super) fn check(engine: &Engine, students: &[UserId], time_s: u32) -> Result<(), AskError> {
    let wrong = |argument: BadArgument| Err(AskError::Invite(argument.into()));
    if students.is_empty() {
        return wrong(BadArgument::NoInvitees);
    }
    if students.len() > MEMBERS {
        return Err(AskError::TooMany);
    }
    if Millis::from_secs(time_s) > MAX_TIMEOUT {
        return wrong(BadArgument::TimeoutTooLong);
    }
    let mut seen = BTreeSet::new();
    for student in students {
        if student.is_empty() {
            return wrong(BadArgument::EmptyId);
        }
        if exceeds(student.as_str().len(), engine.config().limits.user_id_bytes) {
            return Err(AskError::Invite(Limit::UserIdBytes.into()));
        }
        if student == engine.user() {
            return wrong(BadArgument::SelfInvited);
        }
        if !seen.insert(student) {
            return wrong(BadArgument::DuplicateInvitee);
        }
    }
    Ok(())
}

impl Classroom {
    /// Begins a round or a speech (`H5`).
    pub(super) fn begin(
        &mut self,
        engine: &mut Engine,
        kind: Kind,
        students: &[UserId],
        time_s: u32,
    ) -> Result<RoundId, AskError> {
        if self.live_of(engine.user()) >= ROUNDS_OF_ONE {
            return Err(AskError::TooManyRounds);
        }
        let (op, text) = match kind {
            Kind::Hands => (Op::RaiseHand, self.config.ask_text.as_deref()),
            Kind::Speech => (Op::Speak, self.config.speak_text.as_deref()),
        };
        let teacher = engine.user().clone();
        if let Some(text) = text {
            let data = Data::from(text);
            let key = self.invite(engine, students, time_s.max(1), &data).map_err(|error| {
                if is_too_large(error) && students.len() > 1 { AskError::TooMany } else { AskError::Invite(error) }
            })?;
            let id = RoundId { teacher, id: key.invite_id().clone() };
            self.enter(engine, kind, &id, &key, students);
            return Ok(id);
        }
        let id = self.new_id(teacher);
        let data = ClassData::new(op, &id.id).to_data();
        self.spread(engine, (kind, &id), students, time_s.max(1), &data)?;
        Ok(id)
    }

    /// Asks by as few messages as the engine's limits leave: what does not fit is halved.
    fn spread(
        &mut self,
        engine: &mut Engine,
        (kind, id): (Kind, &RoundId),
        students: &[UserId],
        time_s: u32,
        data: &Data,
    ) -> Result<(), InviteError> {
        let mut rest = Vec::from([students]);
        let mut parts = 0;
        while let Some(some) = rest.pop() {
            let invited = if parts < PARTS { self.invite(engine, some, time_s, data) } else { Err(Limit::Open.into()) };
            match invited {
                Ok(key) => {
                    self.enter(engine, kind, id, &key, some);
                    parts = parts.saturating_add(1);
                }
                Err(error) if is_too_large(error) && some.len() > 1 => {
                    let (first, second) = some.split_at(some.len().div_euclid(2));
                    rest.extend([second, first]);
                }
                Err(error) if parts == 0 => return Err(error),
                Err(_) => {
                    let (round, students) = (id.clone(), some.to_vec());
                    self.events.push_back(ClassEvent::NotReached { round, students, code: None });
                }
            }
        }
        Ok(())
    }

    /// An invitation of the user's is part of this round.
    fn enter(&mut self, engine: &Engine, kind: Kind, id: &RoundId, key: &InvitationKey, students: &[UserId]) {
        let now = self.now;
        let round = self.rounds.entry((kind, id.clone())).or_insert_with(|| Round::new(now));
        let deadline = engine.invitation(key).and_then(|view| view.deadline());
        round.ask(key, students, deadline.unwrap_or(now));
        self.heard.insert(key.clone(), Heard::Part(kind, id.clone()));
        if kind == Kind::Hands {
            self.told_rounds.insert(id.clone());
        }
        for student in students {
            self.read(engine, key, student);
        }
    }

    /// A name that no round of this teacher's has.
    fn new_id(&mut self, teacher: UserId) -> RoundId {
        loop {
            let id = format!("{:x}-{:x}", self.now.as_millis(), self.count).into();
            self.count = self.count.wrapping_add(1);
            let id = RoundId { teacher: teacher.clone(), id };
            if [Kind::Hands, Kind::Speech].iter().all(|kind| !self.rounds.contains_key(&(*kind, id.clone()))) {
                return id;
            }
        }
    }

    fn invite(
        &self,
        engine: &mut Engine,
        users: &[UserId],
        time_s: u32,
        data: &Data,
    ) -> Result<InvitationKey, InviteError> {
        let invite = Invite::in_group(&self.group, users).timeout(time_s).data(data);
        engine.invite(self.now, invite)
    }

    /// The user answers what asks them.
    pub(super) fn answer(
        &mut self,
        engine: &mut Engine,
        kind: Kind,
        id: &RoundId,
        answer: Answer,
    ) -> Result<(), ClassError> {
        let me = engine.user().clone();
        let member = self.live_round(kind, id)?.members.get(&me);
        let part = member.and_then(|member| member.part.clone()).ok_or(ClassError::NotAsked)?;
        let data = engine.invitation(&part).map(|view| view.data().clone()).unwrap_or_default();
        match answer {
            Answer::Accept => engine.accept(self.now, &part, data)?,
            Answer::Reject => engine.reject(self.now, &part, data)?,
        }
        self.note_answered_here(kind, id, answer == Answer::Accept);
        self.told_ringing.remove(&(kind, id.clone()));
        self.read(engine, &part, &me);
        Ok(())
    }

    /// Says a word that waits for no answer. It counts here at once, and is undone if the service refuses it.
    pub(super) fn say(&mut self, engine: &mut Engine, kind: Kind, id: &RoundId, word: Word) -> Result<(), ClassError> {
        if self.words.len() >= WORDS {
            return Err(ClassError::TooMuchSaid);
        }
        let (me, is_taught) = (engine.user(), id.teacher == *engine.user());
        // Somebody has to be listed: whom it is about; of a word to all, anybody.
        let anybody = || self.live_round(kind, id).ok()?.members.keys().find(|member| *member != me).cloned();
        let (op, to, user) = match &word {
            Word::Close if kind == Kind::Hands => (Op::Close, anybody(), None),
            Word::Lower(who) if is_taught => (lower(kind), Some(who.clone()), Some(who.clone())),
            Word::Lower(_) => (lower(kind), Some(id.teacher.clone()), None),
            Word::LowerAll | Word::Close => (lower(kind), anybody(), None),
        };
        let mut data = ClassData::new(op, &id.id);
        data.teacher = (!is_taught).then(|| id.teacher.clone());
        data.user = user;
        let to = to.ok_or(ClassError::NotUp)?;
        let key = self.invite(engine, &[to], 0, &data.to_data())?;
        self.heard.insert(key.clone(), Heard::Word);
        let change = self.rounds.get_mut(&(kind, id.clone())).map(|round| round.say(&word, true));
        self.tell(kind, id, &word, change);
        self.words.insert(key, Said { kind, id: id.clone(), word });
        Ok(())
    }

    /// Ends a round or a speech: says so, and cancels what still asks.
    pub(super) fn end(&mut self, engine: &mut Engine, kind: Kind, id: &RoundId) -> Result<(), ClassError> {
        let parts: Vec<InvitationKey> = self.live_round(kind, id)?.parts.iter().cloned().collect();
        self.say(engine, kind, id, Word::Close)?;
        for part in parts {
            if let Some(data) = engine.invitation(&part).map(|view| view.data().clone()) {
                self.errands.add(engine, self.now, &part, Deed::Cancel(data));
            }
        }
        self.errands.say(engine, self.now);
        Ok(())
    }
}

fn lower(kind: Kind) -> Op {
    match kind {
        Kind::Hands => Op::LowerHand,
        Kind::Speech => Op::Stop,
    }
}

fn is_too_large(error: InviteError) -> bool {
    matches!(error, InviteError::Limit(Limit::PayloadBytes | Limit::Invitees))
}
