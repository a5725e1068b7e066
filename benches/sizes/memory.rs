//! What memory invitations take.

use convoke::Timestamp;

use super::ALLOCATOR;
use super::load::{ME, engine, hear, peer, random_id, theirs};
use convoke::{Disposition, Engine};
use fastrand::Rng;

const FEWEST: usize = 600_000;
const MOST: usize = 1_200_000;
const STEP: usize = 20_000;

/// Bytes of one open 1:1 invitation beyond its own strings, at the worst number of them; of an idle engine; and after all has ended.
pub(crate) fn print() {
    let before = live();
    let idle = engine(ME);
    // With a configuration of its own, which the engines of a gateway share.
    println!("memory/idle\t1\t{} bytes", live() - before + size_of::<Engine>());
    drop(idle);

    let before = live();
    let mut engine = engine(ME);
    let mut random = Rng::with_seed(7);
    let (mut strings, mut worst) = (0, 0);
    let start = 1_706_780_000_000;
    for number in 0..MOST {
        let now = Timestamp::from_millis(start + number as i64);
        let (id, peer) = (random_id(&mut random), peer(number));
        let message = theirs(&id, &peer, now);
        hear(&mut engine, now, std::slice::from_ref(&message), Disposition::Applied);
        let view = engine.invitation(id.as_str()).expect("it is open");
        strings += id.len()
            + peer.len()
            + view.data().as_str().len()
            + message.stamp.map_or(0, |stamp| stamp.id.as_str().len());
        if number >= FEWEST && number % STEP == 0 {
            worst = worst.max((live() - before - strings) / number);
        }
    }
    println!("memory/open\t{MOST}\t{worst} bytes");
    let end = Timestamp::from_millis(start + 2 * 86_400_000);
    engine.tick(end);
    while engine.poll_output().is_some() {}
    for _ in 0..2 {
        engine.tick(Timestamp::from_millis(end.as_millis() + 86_400_000));
        while engine.poll_output().is_some() {}
    }
    println!("memory/after\t{}\t{} bytes", engine.stats().kept, live() - before);
}

fn live() -> usize {
    let stats = ALLOCATOR.stats();
    stats.bytes_allocated - stats.bytes_deallocated
}
