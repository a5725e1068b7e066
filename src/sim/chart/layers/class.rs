//! What is done in a class, and what it tells, in few words.

use alloc::borrow::ToOwned as _;
use alloc::format;
use alloc::string::String;

use super::super::super::apps::ClassDeed;
use super::super::model::Tone;
use super::users;
use crate::classroom::{ClassEvent, Op};

pub(super) fn deed(deed: &ClassDeed) -> String {
    match deed {
        ClassDeed::Ask { students, .. } => format!("asks {} for hands", users(students)),
        ClassDeed::Raise(teacher) => format!("raises a hand for {teacher}"),
        ClassDeed::Decline(teacher) => format!("raises no hand for {teacher}"),
        ClassDeed::Lower { teacher, who } => format!("lowers {who}'s hand for {teacher}"),
        ClassDeed::LowerAll(teacher) => format!("lowers all hands for {teacher}"),
        ClassDeed::Close(teacher) => format!("closes {teacher}'s round"),
        ClassDeed::Grant { student, .. } => format!("lets {student} speak"),
        ClassDeed::Withdraw(student) => format!("no longer lets {student} speak"),
        ClassDeed::AcceptSpeech(_) => "begins to speak".to_owned(),
        ClassDeed::DeclineSpeech(_) => "does not want to speak".to_owned(),
        ClassDeed::Stop(who) => format!("stops {who}'s speech"),
    }
}

pub(super) fn told(event: &ClassEvent) -> (Tone, String) {
    let text = match event {
        ClassEvent::Opened { round } => format!("{} asks for hands", round.teacher),
        ClassEvent::Asked { round, .. } => format!("rings: a hand for {}?", round.teacher),
        ClassEvent::HandRaised { round, who } => format!("{who}'s hand is up for {}", round.teacher),
        ClassEvent::HandLowered { round, who } => format!("{who}'s hand is down for {}", round.teacher),
        ClassEvent::HandsChanged { round } => format!("the hands for {} change", round.teacher),
        ClassEvent::Closed { round } => format!("{}'s round is over", round.teacher),
        ClassEvent::NotReached { students, code, .. } => {
            let why = code.map_or_else(String::new, |code| format!(" ({code})"));
            return (Tone::Failure, format!("✗ not reached: {}{why}", users(students)));
        }
        ClassEvent::Granted { who, .. } => format!("a place is free for {who}"),
        ClassEvent::NotGranted { who } => return (Tone::Failure, format!("✗ {who} could not be let speak")),
        ClassEvent::Invited { speech, .. } => format!("rings: {} lets you speak", speech.teacher),
        ClassEvent::RingStopped { .. } => "stops ringing".to_owned(),
        ClassEvent::Declined { who, .. } => format!("{who} does not speak"),
        ClassEvent::Speaking { who, .. } => format!("{who} speaks"),
        ClassEvent::Stopped { who, .. } => format!("{who} speaks no more"),
        ClassEvent::Failed { op, code, .. } => return (Tone::Failure, format!("✗ {} refused: {code}", name(*op))),
    };
    (Tone::Callback, text)
}

fn name(op: Op) -> &'static str {
    match op {
        Op::RaiseHand => "hand",
        Op::LowerHand => "lowering",
        Op::Speak => "speech",
        Op::Stop => "stop",
        Op::Close => "close",
    }
}
