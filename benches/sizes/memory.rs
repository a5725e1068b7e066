//! What memory invitations take.

use convoke::{Disposition, Engine, Timestamp};
use fastrand::Rng;

use super::ALLOCATOR;
use super::load::{ME, ack, drain, engine, hear, invite, peer, random_id, theirs};

const FEWEST: usize = 600_000;
const MOST: usize = 1_200_000;
const STEP: usize = 20_000;
const START: i64 = 1_706_780_000_000;

/// Bytes of one open 1:1 invitation beyond its own strings, at the worst number of them, the user's own or others', whichever take
/// more; of an idle engine; and after all has ended.
pub(crate) fn print() {
    let before = live();
    let idle = engine(ME);
    // With a configuration of its own, which the engines of a gateway share.
    println!("memory/idle\t1\t{} bytes", live() - before + size_of::<Engine>());
    drop(idle);

    let (_, of_own) = fill(|engine, now, peer| {
        let key = engine.invite(now, invite(peer)).expect("room");
        let tokens = drain(engine);
        ack(engine, now, tokens);
        key.invite_id().as_str().to_owned()
    });
    let before = live();
    let mut random = Rng::with_seed(7);
    let (mut engine, of_others) = fill(|engine, now, peer| {
        let id = random_id(&mut random);
        hear(engine, now, &[theirs(&id, peer, now)], Disposition::Applied);
        id
    });
    println!("memory/open\t{MOST}\t{} bytes", of_own.max(of_others));
    let end = Timestamp::from_millis(START + 2 * 86_400_000);
    engine.tick(end);
    while engine.poll_output().is_some() {}
    for _ in 0..2 {
        engine.tick(Timestamp::from_millis(end.as_millis() + 86_400_000));
        while engine.poll_output().is_some() {}
    }
    println!("memory/after\t{}\t{} bytes", engine.stats().kept, live() - before);
}

/// An engine with so many open invitations, each with another user, and what one of them takes.
fn fill(mut open: impl FnMut(&mut Engine, Timestamp, &str) -> String) -> (Engine, usize) {
    let before = live();
    let mut engine = engine(ME);
    let (mut strings, mut worst) = (0, 0);
    for number in 0..MOST {
        let (now, peer) = (Timestamp::from_millis(START + number as i64), peer(number));
        let id = open(&mut engine, now, &peer);
        let view = engine.invitation(id.as_str()).expect("it is open");
        let stamp = view.stamp().expect("it has a stamp");
        strings += id.len() + peer.len() + view.data().as_str().len() + stamp.id.as_str().len();
        if number >= FEWEST && number % STEP == 0 {
            worst = worst.max((live() - before - strings) / number);
        }
    }
    (engine, worst)
}

fn live() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}
