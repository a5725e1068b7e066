//! What the engine tells of the class's group, and what it means. A callback says where to look; what is so, the engine's view of the
//! invitation says, so that it does not matter in which order things are told.

use alloc::string::String;
use alloc::vec::Vec;
use core::slice;

use super::data::{ClassData, Op};
use super::event::{ClassEvent, RoundId};
use super::round::{Change, Kind, Round, Standing, Word};
use super::say::{Said, WORDS};
use super::tend::{EARLY, EARLY_OF_ONE};
use super::{ClassConfig, Classroom};
use crate::callback::{Callback, Operation, Outcome};
use crate::config::exceeds;
use crate::engine::{Engine, InvitationView};
use crate::id::UserId;
use crate::layer::when;
use crate::message::Stamp;
use crate::name::InvitationKey;

/// What an invitation in the group is.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Heard {
    /// No class's.
    Foreign,
    /// It asks, or lets speak.
    Part(Kind, RoundId),
    /// It waits for no answer.
    Word,
}

impl Heard {
    fn new(key: &InvitationKey, data: Option<&ClassData>) -> Self {
        let Some(data) = data else { return Self::Foreign };
        let kind = match data.op {
            Op::RaiseHand => Kind::Hands,
            Op::Speak => Kind::Speech,
            Op::LowerHand | Op::Stop | Op::Close => return Self::Word,
        };
        let id = data.round.as_ref().unwrap_or_else(|| key.invite_id()).clone();
        Self::Part(kind, RoundId { teacher: key.inviter().clone(), id })
    }
}

impl Classroom {
    /// Hears a callback; gives it back if it is about nothing of this class's.
    pub(super) fn hear(&mut self, engine: &mut Engine, callback: Callback) -> Option<Callback> {
        let key = callback.invitation();
        if key.conversation().group() != Some(&self.group) {
            return Some(callback);
        }
        // Of what the user's other device sends no callback says that it is new.
        let may_be_new = matches!(callback, Callback::NewInvitation { .. } | Callback::Missed { .. });
        if may_be_new || self.heard.get(key) == Some(&Heard::Foreign) {
            self.forget_another(engine, key);
        }
        if self.is_ahead(engine, key) {
            return None;
        }
        self.meet(engine, key);
        match self.heard.get(key).cloned() {
            Some(Heard::Part(kind, id)) => self.hear_of_part(engine, kind, id, &callback),
            Some(Heard::Word) => {
                if let Callback::OperationFailed { operation: Operation::Invite, code, .. } = callback {
                    self.take_back(callback.invitation(), code);
                }
            }
            Some(Heard::Foreign) | None => return Some(callback),
        }
        None
    }

    fn hear_of_part(&mut self, engine: &Engine, kind: Kind, id: RoundId, callback: &Callback) {
        let me = engine.user();
        let concerned = match callback {
            Callback::InviteeAccepted { invitee, .. }
            | Callback::InviteeRejected { invitee, .. }
            | Callback::InviteeLeft { invitee, .. }
            | Callback::LateAnswer { invitee, .. } => slice::from_ref(invitee),
            Callback::InvitationCancelled { invitees, .. } | Callback::InvitationTimeout { invitees, .. } => invitees,
            Callback::AnsweredElsewhere { .. } => {
                self.note_answered_here(kind, &id, false);
                slice::from_ref(me)
            }
            Callback::OperationFailed { operation: Operation::Accept | Operation::Reject, code, .. } => {
                self.note_answered_here(kind, &id, false);
                let op = if kind == Kind::Hands { Op::RaiseHand } else { Op::Speak };
                self.events.push_back(ClassEvent::Failed { round: id, op, code: *code });
                slice::from_ref(me)
            }
            Callback::OperationFailed { operation: Operation::Invite, code, invitation, .. } => {
                return self.lose(kind, id, invitation, *code);
            }
            // Of what the user's own cancellation has changed nothing else tells.
            Callback::Ended { .. } | Callback::OperationFailed { .. } => everybody(engine, callback.invitation()),
            Callback::NewInvitation { .. } | Callback::Missed { .. } | Callback::InvitationModified { .. } => return,
        };
        for student in concerned {
            self.read(engine, callback.invitation(), student);
        }
    }

    /// Whether the user's acceptance is this device's.
    pub(super) fn note_answered_here(&mut self, kind: Kind, id: &RoundId, is_here: bool) {
        let round = self.rounds.get_mut(&(kind, id.clone()));
        round.into_iter().for_each(|round| round.is_answered_here = is_here);
    }

    /// The service refused a message that asks.
    fn lose(&mut self, kind: Kind, id: RoundId, part: &InvitationKey, code: i32) {
        self.heard.remove(part);
        let Some(round) = self.rounds.get_mut(&(kind, id.clone())) else { return };
        let students: Vec<UserId> = round.unask(part).collect();
        if round.parts.is_empty() {
            self.rounds.remove(&(kind, id.clone()));
            self.told_rounds.remove(&id);
        }
        self.events.push_back(ClassEvent::NotReached { round: id, students, code: Some(code) });
    }

    /// What the engine had forgotten may come again under the same name and be about something else.
    fn forget_another(&mut self, engine: &Engine, key: &InvitationKey) {
        let (Some(before), Some(view)) = (self.heard.get(key), engine.invitation(key)) else { return };
        if *before == understand(&self.config, engine, &view).0 {
            return;
        }
        if let Some(Heard::Part(kind, id)) = self.heard.remove(key)
            && let Some(round) = self.rounds.get_mut(&(kind, id))
        {
            round.unask(key).for_each(drop);
        }
    }

    /// Whether it is a word about what is not known here: the engine may know it, and have called nobody back, since it was settled
    /// when it came (`H4`). Then the word is met after it, once all is heard.
    fn is_ahead(&self, engine: &Engine, key: &InvitationKey) -> bool {
        if self.heard.contains_key(key) {
            return false;
        }
        let Some(said) = engine.invitation(key).and_then(|view| understand(&self.config, engine, &view).1) else {
            return false;
        };
        let round = self.rounds.get(&(said.kind, said.id));
        let is_known = round.is_some_and(|round| match &said.word {
            Word::Lower(who) => round.asks(who),
            Word::LowerAll | Word::Close => !round.is_early(),
        });
        !is_known
    }

    /// Looks at an invitation in the group that is new here.
    pub(super) fn meet(&mut self, engine: &mut Engine, key: &InvitationKey) {
        if self.heard.contains_key(key) {
            return;
        }
        let Some(view) = engine.invitation(key) else { return };
        let (heard, said) = understand(&self.config, engine, &view);
        self.heard.insert(key.clone(), heard.clone());
        let others = self.rounds.iter_mut().filter(|(_, round)| round.forgotten.contains(key));
        for ((kind, id), round) in others {
            if heard != Heard::Part(*kind, id.clone()) {
                round.unask(key).for_each(drop);
            }
        }
        match heard {
            Heard::Foreign => {}
            Heard::Part(kind, id) => self.join(engine, (kind, id), key),
            Heard::Word => {
                let (stamp, is_in_flight) = (view.stamp().cloned(), view.is_in_flight());
                if is_in_flight && self.words.len() < WORDS {
                    self.words.extend(said.map(|said| (key.clone(), said)));
                    return;
                }
                if let Some(said) = said {
                    self.take(key.inviter(), &said, stamp);
                }
                engine.dismiss(self.now, key).ok(); // else it is forgotten at the end of its life
            }
        }
    }

    /// In which turn an invitation is met of all that are new here: round by round, and before the words what they are about. So no
    /// word is early, and no more rounds seem to go on at once than do.
    pub(super) fn turn(&self, engine: &Engine, view: &InvitationView<'_>) -> (Option<(Kind, RoundId)>, bool) {
        match understand(&self.config, engine, view) {
            (Heard::Part(kind, id), _) => (Some((kind, id)), false),
            (Heard::Word | Heard::Foreign, said) => (said.map(|said| (said.kind, said.id)), true),
        }
    }

    /// An invitation of somebody's belongs to a round of theirs, which may be new here.
    fn join(&mut self, engine: &Engine, name: (Kind, RoundId), key: &InvitationKey) {
        let Some(view) = engine.invitation(key) else { return };
        let (kind, id) = name.clone();
        let (now, until) = (self.now, view.deadline().unwrap_or(self.now));
        let is_new = self.rounds.get(&name).is_none_or(|round| round.parts.is_empty());
        let is_past = until + self.config.life <= now;
        let is_over = is_past || self.rounds.get(&name).is_some_and(Round::is_ended);
        if is_new && !is_over && !self.make_room(&id.teacher) {
            return;
        }
        let students = view.invitees();
        let round = self.rounds.entry(name.clone()).or_insert_with(|| Round::new(now));
        if !round.ask(key, students, until) {
            return;
        }
        round.note_stamp(view.stamp());
        if is_new && is_past {
            round.end();
        }
        let mut is_any_changed = false;
        for student in students {
            is_any_changed |= self.note(engine, &name, key, student) != Change::Nothing;
        }
        let change = if is_any_changed { Change::Many } else { Change::Nothing };
        self.tell(kind, &id, &Word::LowerAll, Some(change));
    }

    /// How a student stands now, by what the engine knows.
    pub(super) fn read(&mut self, engine: &Engine, key: &InvitationKey, student: &UserId) {
        let Some(Heard::Part(kind, id)) = self.heard.get(key).cloned() else { return };
        let name = (kind, id);
        let was_pending = self.rounds.get(&name).is_some_and(|round| round.is_pending(student));
        let change = self.note(engine, &name, key, student);
        let (kind, id) = name;
        self.tell(kind, &id, &Word::Lower(student.clone()), Some(change));
        let has_answered = engine.invitation(key).and_then(|view| view.outcome_of(student.as_str()));
        let is_no = has_answered.is_some_and(|outcome| !matches!(outcome, Outcome::Pending | Outcome::Accepted));
        if kind == Kind::Speech && id.teacher == *engine.user() && was_pending && is_no {
            self.events.push_back(ClassEvent::Declined { speech: id, who: student.clone() });
        }
    }

    fn note(&mut self, engine: &Engine, name: &(Kind, RoundId), key: &InvitationKey, student: &UserId) -> Change {
        let Some(round) = self.rounds.get_mut(name) else { return Change::Nothing };
        let is_asked_by = round.members.get(student).is_some_and(|member| member.part.as_ref() == Some(key));
        let Some(view) = engine.invitation(key).filter(|_| is_asked_by) else { return Change::Nothing };
        let standing = match view.outcome_of(student.as_str()) {
            Some(Outcome::Accepted) => Standing::Accepted,
            // It came again without its answers: what was known of them stands.
            outcome if outcome != Some(Outcome::Cancelled) && round.has_kept(student, key) => {
                return Change::Nothing;
            }
            Some(Outcome::Pending) => Standing::Pending,
            Some(Outcome::Rejected | Outcome::TimedOut | Outcome::Cancelled | Outcome::Left) | None => Standing::No,
        };
        let stamp = view.answer_stamp(student.as_str()).filter(|_| standing == Standing::Accepted);
        let accepted = stamp.and_then(|stamp| when(&view, stamp));
        let has_left = accepted.is_some_and(|at| self.left.get(student).is_some_and(|left| at < *left));
        // Their leave was told first, and then counts for what they accepted before it.
        let lowered = if has_left { round.apply(&Word::Lower(student.clone()), None) } else { Change::Nothing };
        let change = round.answer(student, standing, stamp.cloned());
        if change == Change::Nothing { lowered } else { change }
    }

    /// A word that counts, of who says it (`R4`: whom the transport authenticated).
    pub(super) fn take(&mut self, by: &UserId, said: &Said, stamp: Option<Stamp>) {
        let name = (said.kind, said.id.clone());
        if !self.rounds.contains_key(&name) {
            let early = || self.rounds.values().filter(|round| round.early_by.is_some());
            let is_full = early().count() >= EARLY
                || early().filter(|round| round.early_by.as_ref() == Some(by)).count() >= EARLY_OF_ONE;
            if is_full {
                return;
            }
            // Its round may still come.
            let mut round = Round::new(self.now);
            round.early_by = Some(by.clone());
            self.rounds.insert(name, round);
        }
        self.apply(said.kind, &said.id, &said.word, stamp);
    }

    pub(super) fn apply(&mut self, kind: Kind, id: &RoundId, word: &Word, stamp: Option<Stamp>) {
        let change = self.rounds.get_mut(&(kind, id.clone())).map(|round| round.apply(word, stamp));
        self.tell(kind, id, word, change);
    }

    /// The service refused a word of the user's, which is undone.
    fn take_back(&mut self, key: &InvitationKey, code: i32) {
        self.heard.remove(key);
        let Some(said) = self.words.remove(key) else { return };
        self.unsay(&said);
        let op = match (said.kind, &said.word) {
            (Kind::Speech, _) => Op::Stop,
            (Kind::Hands, Word::Close) => Op::Close,
            (Kind::Hands, Word::Lower(_) | Word::LowerAll) => Op::LowerHand,
        };
        self.events.push_back(ClassEvent::Failed { round: said.id, op, code });
    }

    /// A word is not in flight any more.
    pub(super) fn unsay(&mut self, said: &Said) {
        let Said { kind, id, word } = said;
        let is_said = self.words.values().any(|other| other == said);
        let change = self.rounds.get_mut(&(*kind, id.clone())).map(|round| round.say(word, is_said));
        self.tell(*kind, id, word, change);
    }

    /// Tells of hands; of rounds and speeches the app is told once all is heard, and with a round of the hands that are up then: what was
    /// over by then does not flash.
    pub(super) fn tell(&mut self, kind: Kind, id: &RoundId, word: &Word, change: Option<Change>) {
        if !self.told_rounds.contains(id) {
            return;
        }
        let round = id.clone();
        let event = match (kind, change, word) {
            (Kind::Speech, ..) | (_, None | Some(Change::Nothing), _) => return,
            (Kind::Hands, Some(Change::Raised), Word::Lower(who)) => ClassEvent::HandRaised { round, who: who.clone() },
            (Kind::Hands, Some(Change::Lowered), Word::Lower(who)) => {
                ClassEvent::HandLowered { round, who: who.clone() }
            }
            (Kind::Hands, Some(Change::Many | Change::Raised | Change::Lowered), _) => {
                ClassEvent::HandsChanged { round }
            }
        };
        self.events.push_back(event);
    }
}

impl ClassConfig {
    /// What the data of an invitation in the group says, if it is a class's (`H6`).
    fn read(&self, key: &InvitationKey, text: &str) -> Option<ClassData> {
        let is = |own: &Option<String>| own.as_deref() == Some(text);
        if is(&self.ask_text) {
            return Some(ClassData::new(Op::RaiseHand, key.invite_id()));
        }
        if is(&self.speak_text) {
            return Some(ClassData::new(Op::Speak, key.invite_id()));
        }
        ClassData::read(text)
    }
}

/// Whom an invitation asks.
fn everybody<'a>(engine: &'a Engine, key: &InvitationKey) -> &'a [UserId] {
    engine.invitation(key).map(|view| view.invitees()).unwrap_or_default()
}

/// What an invitation is, and of a word what it says: by its first words, as an acceptance is an answer to those. A name that nobody can
/// have is not kept.
fn understand(config: &ClassConfig, engine: &Engine, view: &InvitationView<'_>) -> (Heard, Option<Said>) {
    let key = view.key();
    let data = config.read(key, view.first_data().as_str());
    let heard = Heard::new(key, data.as_ref());
    let is_too_long = |name: &UserId| exceeds(name.as_str().len(), engine.config().limits.user_id_bytes);
    let data = data.filter(|data| !data.teacher.iter().chain(&data.user).any(is_too_long));
    (heard, data.and_then(|data| meaning(key.inviter(), &data)))
}

/// What a word means by who says it: whose round it is about, and what they may do there. `None`: nothing.
fn meaning(by: &UserId, data: &ClassData) -> Option<Said> {
    let teacher = data.teacher.clone().unwrap_or_else(|| by.clone());
    let is_taught = teacher == *by;
    let id = RoundId { teacher, id: data.round.clone()? };
    let (kind, word) = match (data.op, &data.user) {
        (Op::Close, None) if is_taught => (Kind::Hands, Word::Close),
        (Op::Stop, None) if is_taught => (Kind::Speech, Word::Close),
        (Op::LowerHand, None) if is_taught => (Kind::Hands, Word::LowerAll),
        (Op::LowerHand, Some(who)) if is_taught => (Kind::Hands, Word::Lower(who.clone())),
        (Op::Stop, Some(who)) if is_taught => (Kind::Speech, Word::Lower(who.clone())),
        (Op::LowerHand, who) if who.as_ref().is_none_or(|who| who == by) => (Kind::Hands, Word::Lower(by.clone())),
        (Op::Stop, who) if who.as_ref().is_none_or(|who| who == by) => (Kind::Speech, Word::Lower(by.clone())),
        (Op::RaiseHand | Op::LowerHand | Op::Speak | Op::Stop | Op::Close, _) => return None,
    };
    Some(Said { kind, id, word })
}
