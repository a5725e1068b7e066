//! Measures what is done, with everything prepared before.

use std::env;
use std::hint::black_box;

use cpu_time::ProcessTime;

/// What to measure, and how much of it; nothing: all of it.
pub(crate) fn arguments() -> (Option<String>, Option<usize>) {
    let mut words = env::args().skip(1).filter(|word| word != "--bench"); // Cargo's own
    let wanted = (words.next(), words.next().map(|size| size.parse().expect("a number")));
    assert_eq!(words.next(), None, "one word too many");
    wanted
}

/// Does so many of something, and prints how long one took.
pub(crate) fn measure<T>(what: &str, count: usize, work: impl FnOnce() -> T) -> T {
    // Asked for much, the allocator puts away what was freed before, rather than while something is measured.
    drop(black_box(vec![0_u8; 1 << 16]));
    // How long this process has worked, whatever else the machine did.
    let start = ProcessTime::now();
    let result = measured(work);
    println!("{what}\t{count}\t{} ns", start.elapsed().as_nanos() / count as u128);
    result
}

/// What is counted.
#[inline(never)]
fn measured<T>(work: impl FnOnce() -> T) -> T {
    black_box(work())
}
