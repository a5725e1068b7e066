//! What users do in the class of their apps, and a hostile user with theirs.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;
use core::slice;

use super::super::super::apps::{ClassDeed, ClassLayer, Deed};
use super::super::super::peer::user_of;
use super::super::Dice;
use super::{Planner, ROOM};
use crate::classroom::{ClassConfig, ClassData, Op, WhenFull};
use crate::id::UserId;
use crate::time::Millis;

const TIMES_S: [(u32, u32); 5] = [(1, 1), (2, 3), (4, 10), (3, 30), (1, 90)];

#[derive(Clone, Copy)]
enum Move {
    /// A round as it should be, one of whose hands gets to speak.
    Lesson,
    /// Several things at once.
    Race,
    Ask,
    Raise,
    Decline,
    Lower,
    LowerAll,
    Close,
    Grant,
    Withdraw,
    Accept,
    DeclineSpeech,
    Stop,
    Forge,
}

const MOVES: [(u32, Move); 14] = [
    (26, Move::Lesson),
    (8, Move::Race),
    (10, Move::Ask),
    (24, Move::Raise),
    (3, Move::Decline),
    (6, Move::Lower),
    (3, Move::LowerAll),
    (5, Move::Close),
    (12, Move::Grant),
    (2, Move::Withdraw),
    (12, Move::Accept),
    (2, Move::DeclineSpeech),
    (6, Move::Stop),
    (6, Move::Forge),
];

const RACE: [(u32, Move); 9] = [
    (2, Move::Ask),
    (6, Move::Raise),
    (3, Move::Lower),
    (2, Move::LowerAll),
    (3, Move::Close),
    (5, Move::Grant),
    (1, Move::Withdraw),
    (5, Move::Accept),
    (4, Move::Stop),
];

/// The class of every app.
pub(super) fn layer(dice: &mut Dice<'_>) -> ClassLayer {
    let config = ClassConfig {
        speakers: dice.weighted(&[(3, 1), (2, 2)]).unwrap_or(1),
        when_full: if dice.chance(70) { WhenFull::Wait } else { WhenFull::Refuse },
        life: Millis::from_secs(dice.weighted(&[(5, 4 * 3_600), (1, 40)]).unwrap_or(40)),
        ..ClassConfig::default()
    };
    ClassLayer::new(ROOM, config)
}

impl Planner<'_, '_> {
    pub(super) fn act_in_class(&mut self) -> Option<()> {
        let a_move = self.dice.weighted(&MOVES)?;
        self.go_on_with_class(a_move)
    }

    fn go_on_with_class(&mut self, a_move: Move) -> Option<()> {
        let members = self.members();
        let teacher = self.a_teacher();
        let deed = match a_move {
            Move::Lesson => return self.hold_a_lesson(),
            Move::Race => return self.race_in_class(),
            Move::Ask => return self.ask().map(drop),
            Move::Grant => {
                let (member, student) = (self.a_member()?, self.a_member()?);
                return self.grant(&teacher.unwrap_or(member), student);
            }
            Move::Forge => {
                let words = self.words_of_a_class();
                return self.forge_of_a_layer(words);
            }
            Move::Raise => ClassDeed::Raise(teacher?.as_str().into()),
            Move::Decline => ClassDeed::Decline(teacher?.as_str().into()),
            Move::Accept => ClassDeed::AcceptSpeech(teacher?.as_str().into()),
            Move::DeclineSpeech => ClassDeed::DeclineSpeech(teacher?.as_str().into()),
            Move::Stop => ClassDeed::Stop(self.a_member()?.as_str().into()),
            Move::Lower => return self.lower(&teacher?),
            Move::LowerAll => return self.as_teacher(&teacher?, ClassDeed::LowerAll),
            Move::Close => return self.as_teacher(&teacher?, ClassDeed::Close),
            Move::Withdraw => {
                let student = self.a_member()?.as_str().into();
                return self.as_teacher(&teacher?, |_| ClassDeed::Withdraw(student));
            }
        };
        let peer = self.one_of(&members)?;
        self.do_so(&peer, Deed::Class(deed))
    }

    /// Mostly the last one.
    fn a_teacher(&mut self) -> Option<String> {
        if self.dice.chance(75) { self.teachers.last().cloned() } else { self.dice.pick(&self.teachers).cloned() }
    }

    fn a_member(&mut self) -> Option<String> {
        self.dice.pick(&self.members()).cloned()
    }

    /// The teacher, and seldom somebody else.
    fn as_teacher(&mut self, teacher: &str, deed: impl FnOnce(UserId) -> ClassDeed) -> Option<()> {
        let peer = if self.dice.chance(95) { self.one_of(&[teacher.to_string()])? } else { self.somebody()? };
        self.do_so(&peer, Deed::Class(deed(teacher.into())))
    }

    /// Asks some; gives by whom they are asked, and who they are.
    fn ask(&mut self) -> Option<(String, Vec<String>)> {
        let peer = self.one_of(&self.members())?;
        let teacher = user_of(&peer).to_string();
        let others: Vec<String> = self.members().into_iter().filter(|user| *user != teacher).collect();
        let students: Vec<String> = others.into_iter().filter(|_| self.dice.chance(80)).collect();
        let to = students.iter().map(|user| user.as_str().into()).collect();
        let time_s = self.dice.weighted(&TIMES_S).unwrap_or(10);
        self.do_so(&peer, Deed::Class(ClassDeed::Ask { students: to, time_s }))?;
        self.teachers.push(teacher.clone());
        Some((teacher, students))
    }

    fn grant(&mut self, teacher: &str, student: String) -> Option<()> {
        let time_s = self.dice.weighted(&TIMES_S).unwrap_or(10);
        self.as_teacher(teacher, |_| ClassDeed::Grant { student: student.as_str().into(), time_s })?;
        self.teachers.push(teacher.to_string());
        Some(())
    }

    /// Students lower their own hands, and teachers any.
    fn lower(&mut self, teacher: &str) -> Option<()> {
        let who = self.a_member()?;
        let by = if self.dice.chance(50) { teacher.to_string() } else { who.clone() };
        let peer = self.one_of(&[by])?;
        let deed = ClassDeed::Lower { teacher: teacher.into(), who: who.as_str().into() };
        self.do_so(&peer, Deed::Class(deed))
    }

    fn hold_a_lesson(&mut self) -> Option<()> {
        let (teacher, students) = self.ask()?;
        for student in &students {
            self.wait(1_500);
            let device = self.one_of(slice::from_ref(student));
            let raise = Deed::Class(ClassDeed::Raise(teacher.as_str().into()));
            let _ = device.filter(|_| self.dice.chance(70)).and_then(|peer| self.do_so(&peer, raise));
        }
        for _ in 0..self.dice.between(1, 2) {
            self.wait(2_000);
            let student = self.dice.pick(&students)?.clone();
            self.grant(&teacher, student.clone())?;
            self.wait(2_000);
            let device = self.one_of(slice::from_ref(&student))?;
            self.do_so(&device, Deed::Class(ClassDeed::AcceptSpeech(teacher.as_str().into())))?;
            self.wait(5_000);
            let by = if self.dice.chance(50) { teacher.clone() } else { student.clone() };
            let device = self.one_of(&[by]).filter(|_| self.dice.chance(80));
            let _ = device.and_then(|peer| self.do_so(&peer, Deed::Class(ClassDeed::Stop(student.as_str().into()))));
        }
        if self.dice.chance(25) { self.as_teacher(&teacher, ClassDeed::Close) } else { Some(()) }
    }

    fn race_in_class(&mut self) -> Option<()> {
        for _ in 0..self.dice.between(2, 5) {
            self.wait(90);
            let a_move = self.dice.weighted(&RACE)?;
            let _ = self.go_on_with_class(a_move);
        }
        Some(())
    }

    /// The data of a class, sound and not.
    pub(super) fn words_of_a_class(&mut self) -> String {
        const OPS: [Op; 5] = [Op::RaiseHand, Op::LowerHand, Op::Speak, Op::Stop, Op::Close];
        let op = self.dice.pick(&OPS).copied().unwrap_or(Op::RaiseHand);
        let mut data = ClassData::new(op, format!("own{}", self.dice.below(6)));
        data.teacher = self.a_teacher().filter(|_| self.dice.chance(40)).map(|teacher| teacher.as_str().into());
        data.user = self.a_member().filter(|_| self.dice.chance(50)).map(|user| user.as_str().into());
        data.to_data().as_str().to_string()
    }
}
