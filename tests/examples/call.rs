//! Calls between phones, by the examples `tcp_relay` and `call`.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::processes::Process;
use crate::town::{Line, Town};

impl Town {
    /// A user's phone, whose calls ring so many seconds.
    fn phone_with(&self, user: &str, relay: &str, ring: &str) -> Process {
        let mut phone = self.process("call", user, &["--relay", relay, "--ring", ring]);
        phone.prints("signed in as ");
        phone
    }

    fn phone(&self, user: &str) -> Process {
        self.phone_with(user, &self.address, "300")
    }

    /// Alice's and bob's, in a call that alice has made.
    fn connected(&self) -> (Process, Process) {
        self.connected_by(&self.address)
    }

    /// Bob's comes by this line.
    fn connected_by(&self, line: &str) -> (Process, Process) {
        let (mut alice, mut bob) = (self.phone("alice"), self.phone_with("bob", line, "300"));
        alice.types("dial bob");
        bob.prints("ring: alice calls you, audio");
        bob.types("answer");
        alice.prints("bob answers");
        alice.prints("connected");
        bob.prints("connected");
        (alice, bob)
    }
}

/// A line of the call log, without the time of day, and with the seconds that the call was long.
fn logged(phone: &mut Process) -> (String, Option<u32>) {
    let line = phone.prints("log: ");
    let (_, call) = line.split_once(" UTC, ").unwrap();
    let seconds = |part: &str| {
        let (minutes, seconds) = part.split_once(':')?;
        Some(minutes.parse::<u32>().ok()? * 60 + seconds.parse::<u32>().ok()?)
    };
    let (lengths, rest): (Vec<&str>, Vec<&str>) = call.split(", ").partition(|part| seconds(part).is_some());
    (rest.join(", "), lengths.first().and_then(|part| seconds(part)))
}

#[test]
fn both_ends_of_a_call_log_how_long_it_was_and_who_hung_up() {
    let town = Town::new("call");
    let (mut alice, mut bob) = town.connected();
    // The call lasts as long as dave, who has no phone, does not answer: a second.
    let mut carol = town.phone_with("carol", &town.address, "1");
    carol.types("dial dave");
    assert_eq!(logged(&mut carol), ("called dave, audio, no response".into(), None));
    alice.types("hang up");
    let (at_alice, by_alice) = logged(&mut alice);
    let (at_bob, by_bob) = logged(&mut bob);
    assert_eq!(at_alice, "called bob, audio, hung up by alice");
    assert_eq!(at_bob, "was called by alice, audio, hung up by alice");
    let (long, as_long) = (by_alice.unwrap(), by_bob.unwrap());
    assert!(long >= 1 && long.abs_diff(as_long) <= 1, "{long} {as_long}");
}

#[test]
fn who_is_in_a_call_or_says_so_is_busy() {
    let town = Town::new("call-busy");
    let (alice, mut bob) = town.connected();
    let mut carol = town.phone("carol");
    let missed = ("missed carol, audio, bob is busy".into(), None);
    carol.types("dial bob");
    assert_eq!(logged(&mut carol), ("called bob, audio, bob is busy".into(), None));
    assert_eq!(logged(&mut bob), missed);
    alice.types("hang up");
    bob.prints("ended: hung up by alice");
    bob.prints("log: ");
    bob.types("busy on");
    bob.prints("busy on");
    carol.types("dial bob");
    carol.prints("ended: bob is busy");
    assert_eq!(logged(&mut bob), missed);
    bob.types("busy off");
    bob.types("hang up");
    bob.prints("there is no call; type one of: dial");
    carol.types("dial bob");
    bob.prints("ring: carol calls you");
    bob.types("decline");
    carol.prints("ended: declined by bob");
}

#[test]
fn a_process_that_is_killed_in_a_call_comes_back_into_it() {
    let town = Town::new("call-killed");
    let (mut alice, bob) = town.connected();
    bob.dies();
    let mut bob = town.phone("bob");
    bob.prints("connected");
    bob.types("hang up");
    assert_eq!(logged(&mut bob).0, "was called by alice, audio, hung up by bob");
    assert_eq!(logged(&mut alice).0, "called bob, audio, hung up by bob");
    for (phone, line) in [(alice, "connected"), (bob, "back in the call")] {
        let printed = phone.quits();
        assert_eq!(printed.iter().filter(|printed| *printed == line).count(), 1, "{printed:#?}");
    }
}

#[test]
fn a_process_that_is_killed_while_it_rings_rings_on() {
    let town = Town::new("call-ringing");
    let (mut alice, mut bob) = (town.phone("alice"), town.phone("bob"));
    alice.types("dial bob");
    bob.prints("ring: alice calls you");
    bob.types("hm?");
    bob.prints("that is no command; type one of: answer, decline"); // so it has saved that it rings
    bob.dies();
    let mut bob = town.phone("bob");
    bob.prints("still ringing: alice");
    bob.types("answer");
    alice.prints("connected");
    bob.prints("connected");
}

#[test]
fn who_is_cut_off_when_the_other_leaves_hears_it_when_the_line_is_mended() {
    let town = Town::new("call-line");
    let line = Line::to(&town.address);
    let (mut alice, mut bob) = town.connected_by(&line.address);
    line.cut();
    bob.prints("connection lost");
    alice.types("hang up");
    alice.prints("ended: hung up by alice");
    line.mend();
    bob.prints("ended: hung up by alice");
}

#[test]
fn who_comes_back_when_the_other_is_gone_can_hang_up() {
    let town = Town::new("call-gone");
    let (alice, bob) = town.connected();
    bob.dies();
    alice.quits();
    let mut bob = town.phone("bob");
    bob.types("hang up");
    assert_eq!(logged(&mut bob).0, "was called by alice, audio, hung up by bob");
}

#[test]
fn two_are_called_at_once_and_one_may_leave() {
    let town = Town::new("call-three");
    let (mut alice, mut bob, mut carol) = (town.phone("alice"), town.phone("bob"), town.phone("carol"));
    alice.types("dial bob carol");
    for phone in [&mut bob, &mut carol] {
        phone.prints("ring: alice calls you and ");
        phone.types("answer");
        phone.prints("connected");
    }
    bob.types("hang up");
    alice.prints("bob does not come: hung up by bob");
    alice.types("hang up");
    assert_eq!(logged(&mut alice).0, "called bob, carol, audio, hung up by alice");
    assert_eq!(logged(&mut carol).0, "was called by alice, bob, audio, hung up by alice");
}

#[test]
fn a_picture_is_asked_for_and_sound_alone_is_not() {
    let town = Town::new("call-switch");
    let (mut alice, mut bob) = town.connected();
    alice.types("video");
    bob.prints("they ask for video");
    bob.types("audio");
    alice.prints("it goes on as it was");
    alice.types("video");
    bob.prints("they ask for video");
    bob.types("video");
    alice.prints("it goes on with video");
    bob.types("audio");
    alice.prints("it goes on with audio");
    bob.prints("it goes on with audio");
}
