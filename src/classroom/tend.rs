//! What a class does by itself, once all that the engine has told is heard: looks at what came without a word, settles the fate of
//! the user's own words, ends what has lived long enough, tells who speaks, and lets the next one.

use alloc::collections::{BTreeMap, BTreeSet};
use alloc::vec::Vec;
use core::{mem, slice};

use super::Classroom;
use super::event::{ClassEvent, RoundId};
use super::hear::Heard;
use super::round::{Kind, Round, Standing, Word};
use super::say::{Said, WORDS};
use crate::callback::Callback;
use crate::config::Profile;
use crate::engine::Engine;
use crate::id::UserId;
use crate::layer::Layer;
use crate::name::InvitationKey;
use crate::time::{Millis, Timestamp};
use crate::wake::{Wake, WakeReason};

/// How many rounds and speeches of one teacher go on at most: then the oldest is over.
pub(super) const ROUNDS_OF_ONE: usize = 32;

/// How many go on overall. A further one of others is not heard of.
const ROUNDS: usize = 512;

/// For how many rounds that have not come yet words are kept, overall and of one who says them.
pub(super) const EARLY: usize = 256;
pub(super) const EARLY_OF_ONE: usize = 16;

/// How often the stamps of answers are read again: a copy of an answer that came later may be the earlier one.
const SWEEP: Millis = Millis::from_secs(60);

/// How many invitations that the engine has forgotten are still known here, before they are looked for.
const FORGOTTEN: usize = 256;

impl Layer for Classroom {
    type Event = ClassEvent;

    fn handle_callback(&mut self, engine: &mut Engine, now: Timestamp, callback: Callback) -> Option<Callback> {
        self.advance(now);
        self.hear(engine, callback)
    }

    fn handle_time(&mut self, engine: &mut Engine, now: Timestamp) {
        self.advance(now);
        self.look(engine);
        self.settle_words(engine);
        self.refresh(engine);
        self.retire(engine);
        self.tell_rounds();
        self.tell_what_rings(engine);
        self.tell_speakers();
        self.grant_next(engine);
        self.errands.say(engine, self.now);
        self.errands.forget(engine, self.now);
    }

    fn next(&self) -> Wake {
        let rounds = self.rounds.values().filter_map(|round| round.due(self.config.life));
        let due = rounds.chain(self.sweep).chain(self.errands.next_due()).min();
        match due {
            _ if !self.events.is_empty() => Wake::Poll,
            Some(due) => Wake::At(due, WakeReason::Layer),
            None => Wake::Never,
        }
    }

    fn poll_event(&mut self) -> Option<ClassEvent> {
        self.events.pop_front()
    }
}

impl Classroom {
    /// Of what was over when it came, or was said by the user's other device, no callback tells (`H4`). O(n) in the invitations
    /// that the engine keeps.
    fn look(&mut self, engine: &mut Engine) {
        let here = engine.remembered().filter(|view| view.key().conversation().group() == Some(&self.group));
        let (mut new, mut held) = (BTreeSet::new(), 0_usize);
        for view in here {
            held = held.saturating_add(1);
            if !self.heard.contains_key(view.key()) {
                new.insert((self.turn(engine, &view), view.key().clone()));
            }
        }
        for (_, key) in new {
            self.meet(engine, &key);
        }
        if self.heard.len() > held.saturating_add(FORGOTTEN) {
            let rounds = &self.rounds;
            self.heard.retain(|key, heard| match heard {
                Heard::Part(kind, id) if rounds.contains_key(&(*kind, id.clone())) => true,
                Heard::Part(..) | Heard::Word | Heard::Foreign => engine.invitation(key).is_some(),
            });
        }
    }

    /// The user's words of which the fate is known count for good, under their stamp. That of a word to all may be known later, from
    /// its copy.
    fn settle_words(&mut self, engine: &mut Engine) {
        let is_in_flight = |key: &InvitationKey| engine.invitation(key).is_some_and(|view| view.is_in_flight());
        let (words, settled) = mem::take(&mut self.words).into_iter().partition(|(key, _)| is_in_flight(key));
        self.words = words;
        let settled: BTreeMap<InvitationKey, Said> = settled;
        let before = mem::take(&mut self.unstamped);
        for (key, said) in settled {
            if said.word == Word::LowerAll && is_unstamped(engine, &key) && before.len() < WORDS {
                self.rounds.get_mut(&(said.kind, said.id.clone())).into_iter().for_each(Round::assume_lowered);
                self.unsay(&said);
                self.unstamped.insert(key, said);
            } else {
                self.count_word(engine, &key, &said);
            }
        }
        // Of what the engine has forgotten meanwhile no stamp is to come.
        for (key, said) in before {
            if engine.invitation(&key).is_none() {
                continue;
            }
            if is_unstamped(engine, &key) {
                self.unstamped.insert(key, said);
            } else {
                self.count_word(engine, &key, &said);
            }
        }
    }

    /// A word of the user's counts for good.
    fn count_word(&mut self, engine: &mut Engine, key: &InvitationKey, said: &Said) {
        let stamp = engine.invitation(key).and_then(|view| view.stamp().cloned());
        self.take(key.inviter(), said, stamp);
        self.unsay(said);
        engine.dismiss(self.now, key).ok(); // else it is forgotten at the end of its life
    }

    /// Reads again what changes without a callback: the stamp of one's own answer, and now and then those of all. Under the web
    /// profile nobody is called back about those who were asked by another message than they: there all is read.
    fn refresh(&mut self, engine: &Engine) {
        let me = engine.user();
        let is_blind = engine.config().profile == Profile::Web;
        let is_swept = is_blind || self.sweep.is_some_and(|at| at <= self.now);
        let mut stale = Vec::new();
        for ((kind, _), round) in self.rounds.iter().filter(|(_, round)| !round.is_ended()) {
            let is_all = is_swept || *kind == Kind::Speech;
            let own = round.members.get_key_value(me).filter(|_| !is_all);
            let all = is_all.then_some(&round.members).into_iter().flatten();
            for (student, member) in all.chain(own) {
                let is_stale = member.standing == Standing::Accepted && (is_all || member.stamp.is_none());
                if let Some(part) = member.part.as_ref().filter(|_| is_stale || is_blind) {
                    stale.push((part.clone(), student.clone()));
                }
            }
        }
        for (part, student) in stale {
            self.read(engine, &part, &student);
        }
        let is_held = |round: &Round| !round.is_ended() && round.is_held();
        let is_needed = self.rounds.iter().any(|((kind, _), round)| *kind == Kind::Hands && is_held(round));
        let again = self.sweep.filter(|at| *at > self.now).unwrap_or(self.now + SWEEP);
        self.sweep = is_needed.then_some(again);
    }

    /// Ends what has lived long enough, and forgets what nobody can say anything about any more. What the engine has forgotten is new
    /// if it comes again.
    fn retire(&mut self, engine: &Engine) {
        let (now, life) = (self.now, self.config.life);
        for round in self.rounds.values_mut() {
            let is_gone = |part: &&InvitationKey| engine.invitation(*part).is_none();
            round.forgotten = round.parts.iter().filter(is_gone).cloned().collect();
            round.forgotten.iter().for_each(|part| drop(self.heard.remove(part)));
        }
        let words = &self.words;
        self.rounds.retain(|(kind, id), round| {
            let is_past = round.due(life).is_none_or(|due| due <= now);
            if is_past {
                round.end();
            }
            if round.is_held() {
                return true;
            }
            round.give_up();
            let is_spoken_of = || words.values().any(|said| said.kind == *kind && said.id == *id);
            round.is_live() || is_spoken_of() || (round.fade() && !is_past)
        });
        self.bound_what_faded();
    }

    /// Of rounds of which only words are left the newest are kept, of each teacher and of all.
    fn bound_what_faded(&mut self) {
        let faded = self.rounds.iter().filter(|(_, round)| round.has_faded());
        let mut faded: Vec<(Timestamp, (Kind, RoundId))> =
            faded.map(|(name, round)| (round.since, name.clone())).collect();
        if faded.len() <= ROUNDS_OF_ONE {
            return;
        }
        faded.sort();
        let mut of_teachers: BTreeMap<UserId, usize> = BTreeMap::new();
        for (place, (_, name)) in faded.into_iter().rev().enumerate() {
            let of_one = of_teachers.entry(name.1.teacher.clone()).or_default();
            *of_one = of_one.saturating_add(1);
            if place >= ROUNDS || *of_one > ROUNDS_OF_ONE {
                self.rounds.remove(&name);
            }
        }
    }

    /// Tells which rounds go on, and which no longer.
    fn tell_rounds(&mut self) {
        let live: BTreeSet<RoundId> = self.rounds().cloned().collect();
        let told = mem::replace(&mut self.told_rounds, live);
        for round in told.difference(&self.told_rounds) {
            self.events.push_back(ClassEvent::Closed { round: round.clone() });
        }
        for round in self.told_rounds.difference(&told) {
            self.events.push_back(ClassEvent::Opened { round: round.clone() });
            if self.rounds.get(&(Kind::Hands, round.clone())).is_some_and(Round::has_hands) {
                self.events.push_back(ClassEvent::HandsChanged { round: round.clone() });
            }
        }
    }

    fn tell_what_rings(&mut self, engine: &Engine) {
        let me = engine.user();
        // With too little time left nothing begins to ring (`T8`); it can still be answered.
        let has_time = |round: &Round| {
            let part = round.members.get(me).and_then(|member| engine.invitation(member.part.as_ref()?));
            part.and_then(|view| view.time_left(self.now)).is_none_or(|left| left >= engine.config().min_ring)
        };
        let may_ring = |name: &(Kind, RoundId), round: &Round| self.told_ringing.contains(name) || has_time(round);
        let rings = self.rounds.iter().filter(|(name, round)| round.is_pending(me) && may_ring(name, round));
        let ringing: BTreeSet<(Kind, RoundId)> = rings.map(|(name, _)| name.clone()).collect();
        let told = mem::replace(&mut self.told_ringing, ringing);
        for (_, round) in told.difference(&self.told_ringing) {
            self.events.push_back(ClassEvent::RingStopped { round: round.clone() });
        }
        for (kind, id) in self.told_ringing.difference(&told) {
            let member = self.rounds.get(&(*kind, id.clone())).and_then(|round| round.members.get(me));
            let part = member.and_then(|member| engine.invitation(member.part.as_ref()?));
            let deadline = part.and_then(|view| view.deadline());
            self.events.push_back(match kind {
                Kind::Hands => ClassEvent::Asked { round: id.clone(), deadline },
                Kind::Speech => ClassEvent::Invited { speech: id.clone(), deadline },
            });
        }
    }

    fn tell_speakers(&mut self) {
        let speakers: BTreeSet<(RoundId, UserId)> =
            self.speakers().map(|(speech, who)| (speech.clone(), who.clone())).collect();
        let told = mem::replace(&mut self.told_speakers, speakers);
        for (speech, who) in told.difference(&self.told_speakers) {
            self.events.push_back(ClassEvent::Stopped { speech: speech.clone(), who: who.clone() });
        }
        for (speech, who) in self.told_speakers.difference(&told) {
            self.events.push_back(ClassEvent::Speaking { speech: speech.clone(), who: who.clone() });
        }
    }

    /// Lets speak who waits, as far as places are free (`H3`).
    fn grant_next(&mut self, engine: &mut Engine) {
        while !self.waiting.is_empty() {
            let places = self.places(engine.user());
            if places.len() >= self.config.speakers.max(1) {
                return;
            }
            let Some(next) = self.waiting.pop_front() else { return };
            let who = next.student;
            let is_new = !places.contains(&who);
            let begun = is_new.then(|| self.begin(engine, Kind::Speech, slice::from_ref(&who), next.time_s));
            self.events.push_back(match begun {
                Some(Ok(speech)) => ClassEvent::Granted { speech, who },
                Some(Err(_)) | None => ClassEvent::NotGranted { who },
            });
        }
    }

    /// How many rounds and speeches of this teacher go on.
    pub(super) fn live_of(&self, teacher: &UserId) -> usize {
        self.rounds.iter().filter(|((_, id), round)| id.teacher == *teacher && round.is_live()).count()
    }

    /// Makes room for one more of this teacher's: their oldest gives way.
    pub(super) fn make_room(&mut self, teacher: &UserId) -> bool {
        if self.live_of(teacher) >= ROUNDS_OF_ONE {
            let theirs = self.rounds.iter().filter(|((_, id), round)| id.teacher == *teacher && round.is_live());
            let oldest = theirs.min_by_key(|(name, round)| (&round.stamp, *name)).map(|(name, _)| name.clone());
            if let Some(round) = oldest.and_then(|name| self.rounds.get_mut(&name)) {
                round.end();
            }
        }
        self.rounds.iter().filter(|(_, round)| round.is_live()).count() < ROUNDS
    }
}

fn is_unstamped(engine: &Engine, key: &InvitationKey) -> bool {
    engine.invitation(key).is_some_and(|view| view.stamp().is_none())
}
