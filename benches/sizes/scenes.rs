//! What is measured, with everything prepared before.

use std::hint::black_box;

use convoke::{Disposition, Engine, Inbound, Invite, Wake};

use super::gauge::measure;
use super::load::{Full, ME, Said, ack, drain, engine, hear, invite, message, peer, random_id, theirs};

/// Of each operation and message so many.
const BATCH: usize = 100;
/// Of what costs next to nothing.
const IDLE: usize = 100_000;

/// Each operation and message, while so many invitations are open.
pub(crate) fn open(size: usize) {
    let mut full = Full::new(size);
    let now = full.now;
    let own: Vec<_> = full.own.drain(..3 * BATCH).collect();
    let own: Vec<_> = own.chunks(BATCH).collect();
    let others: Vec<_> = full.theirs.drain(..4 * BATCH).collect();
    let others: Vec<_> = others.chunks(BATCH).collect();
    let said = |action, invite_id: &str, inviter: &str, by: &str, about: &str| {
        message(&Said { action, invite_id, inviter, invitees: &[about], by, group: None }, now)
    };
    let new: Vec<Inbound> =
        (size..size + BATCH).map(|number| theirs(&random_id(&mut full.random), &peer(number), now)).collect();
    let accepts: Vec<Inbound> = own[0].iter().map(|(id, peer)| said(3, id.as_str(), ME, peer, peer)).collect();
    let cancels: Vec<Inbound> = others[0].iter().map(|(id, peer)| said(2, id, peer, peer, ME)).collect();
    let strangers: Vec<Inbound> = others[1].iter().map(|(id, peer)| said(3, id, peer, "mallory", ME)).collect();
    let mut invites: Vec<Invite> = (size + BATCH..size + 2 * BATCH).map(|number| invite(&peer(number))).collect();
    let engine = &mut full.engine;

    let each = |what: &str, work: &mut dyn FnMut()| measure(&format!("open/{size}/{what}"), BATCH, work);
    each("hear an invite", &mut || hear(engine, now, &new, Disposition::Applied));
    each("hear it again", &mut || hear(engine, now, &new, Disposition::Duplicate));
    each("hear an accept", &mut || hear(engine, now, &accepts, Disposition::Applied));
    each("hear a cancel", &mut || hear(engine, now, &cancels, Disposition::Applied));
    each("hear a stranger", &mut || {
        for message in &strangers {
            assert!(matches!(engine.handle_message(now, message), Disposition::Refused(_)));
        }
    });
    let mut tokens = Vec::with_capacity(BATCH);
    each("invite", &mut || {
        for invite in std::mem::take(&mut invites) {
            engine.invite(now, invite).expect("room");
            tokens.extend(drain(engine));
        }
    });
    each("hear of a fate", &mut || ack(engine, now, std::mem::take(&mut tokens)));
    each("accept", &mut || {
        for (id, _) in others[2] {
            engine.accept(now, id.as_str(), "").expect("it is open");
            drain(engine);
        }
    });
    each("reject", &mut || {
        for (id, _) in others[3] {
            engine.reject(now, id.as_str(), "").expect("it is open");
            drain(engine);
        }
    });
    each("cancel", &mut || {
        for (id, _) in own[1] {
            engine.cancel(now, id, "").expect("it is open");
            drain(engine);
        }
    });
    each("modify", &mut || {
        for (id, _) in own[2] {
            engine.modify(now, id, r#"{"call_type":1}"#).expect("it is open");
            drain(engine);
        }
    });
    let idle = |what: &str, work: &mut dyn FnMut()| {
        measure(&format!("open/{size}/{what}"), IDLE, || (0..IDLE).for_each(|_| work()));
    };
    idle("tick", &mut || engine.tick(now));
    idle("wake", &mut || assert!(matches!(black_box(&*engine).wake(), Wake::At(..))));
}

/// An answer to an invitation of so many, where it was sent and at a member who is not invited.
pub(crate) fn invitees(size: usize) {
    const ANSWERS: usize = 5;
    let now = convoke::Timestamp::from_millis(1_706_780_000_000);
    let names: Vec<String> = (0..size).map(peer).collect();
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let mut inviter = engine(ME);
    let key = inviter.invite(now, Invite::in_group("class", names.iter().copied()).timeout(3_600)).expect("room");
    let tokens = drain(&mut inviter);
    ack(&mut inviter, now, tokens);
    let said = |action, by: &str, invitees: &[&str]| {
        message(
            &Said { action, invite_id: key.invite_id().as_str(), inviter: ME, invitees, by, group: Some("class") },
            now,
        )
    };
    let mut observer = engine("somebody");
    hear(&mut observer, now, &[said(1, ME, &names)], Disposition::Applied);
    let step = size / ANSWERS;
    let answers: Vec<Inbound> = names.iter().step_by(step).take(ANSWERS).map(|name| said(3, name, &[name])).collect();

    let each = |what: &str, engine: &mut Engine| {
        measure(&format!("invitees/{size}/{what}"), ANSWERS, || hear(engine, now, &answers, Disposition::Applied));
    };
    each("answer at the inviter", &mut inviter);
    each("answer at an observer", &mut observer);
}

/// So many deadlines in one tick.
pub(crate) fn due(size: usize) {
    let mut engine = engine(ME);
    let start = 1_706_780_000_000;
    for number in 0..size {
        // Each at another moment of one minute; an engine's clock does not go back.
        let now = convoke::Timestamp::from_millis(start + (number * 60_000 / size) as i64);
        engine.invite(now, invite(&peer(number))).expect("room");
        let tokens = drain(&mut engine);
        ack(&mut engine, now, tokens);
    }
    let late = convoke::Timestamp::from_millis(start + 3_600_000 + 90_000);
    measure(&format!("due/{size}/time-out"), size, || engine.tick(late));
    assert_eq!(engine.stats().open, 0);
}
