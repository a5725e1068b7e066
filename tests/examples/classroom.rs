//! A class of several processes, by the examples `tcp_relay` and `classroom`.

use crate::processes::Process;
use crate::town::Town;

impl Town {
    fn desk(&self, user: &str) -> Process {
        let mut desk = self.process("classroom", user, &["--relay", &self.address, "--time", "300"]);
        desk.prints("signed in as ");
        desk
    }

    /// Alice has asked bob and carol; carol has raised a hand, and then bob.
    fn with_hands(&self) -> [Process; 3] {
        let [mut alice, mut bob, mut carol] = ["alice", "bob", "carol"].map(|user| self.desk(user));
        alice.types("ask bob carol");
        for desk in [&mut bob, &mut carol] {
            desk.prints("ring: alice asks you");
        }
        carol.types("raise");
        bob.prints("hands for alice: carol");
        bob.types("raise");
        for desk in [&mut alice, &mut bob, &mut carol] {
            desk.prints("hands for alice: carol, bob");
        }
        [alice, bob, carol]
    }
}

#[test]
fn hands_are_raised_and_one_after_the_other_speaks() {
    let town = Town::new("class");
    let [mut alice, mut bob, mut carol] = town.with_hands();
    alice.types("grant carol");
    alice.types("grant bob");
    alice.prints("bob waits for a place");
    carol.prints("ring: alice lets you speak");
    carol.types("speak");
    carol.prints("your microphone is open");
    bob.prints("carol speaks");
    carol.types("stop");
    carol.prints("your microphone is closed");
    bob.prints("ring: alice lets you speak");
    bob.types("speak");
    bob.prints("your microphone is open");
    alice.prints("bob speaks");
    alice.types("stop");
    bob.prints("your microphone is closed");
    carol.types("lower");
    assert_eq!(alice.prints("hands for alice: "), "bob");
    alice.types("close");
    bob.prints("alice's round is over");
    bob.types("stop");
    bob.prints("there is nothing of the kind");
}

#[test]
fn who_comes_late_sees_what_all_see() {
    let town = Town::new("class-late");
    let [alice, mut bob, mut carol] = town.with_hands();
    alice.types("grant bob");
    bob.prints("ring: alice lets you speak");
    bob.types("speak");
    carol.prints("bob speaks");
    alice.types("lower carol");
    assert_eq!(carol.prints("hands for alice: "), "bob");
    let mut dave = town.desk("dave");
    dave.prints("alice asks for hands");
    assert_eq!(dave.prints("hands for alice: "), "bob");
    dave.prints("bob speaks");
}

#[test]
fn a_process_that_is_killed_in_a_class_comes_back_into_it() {
    let town = Town::new("class-killed");
    let [mut alice, mut bob, carol] = town.with_hands();
    bob.types("hands");
    bob.prints("hands for alice: carol, bob");
    bob.types("hm?");
    bob.prints("that is no command"); // so it has saved what it has seen
    bob.dies();
    carol.types("lower");
    assert_eq!(alice.prints("hands for alice: "), "bob");
    let mut bob = town.desk("bob");
    assert_eq!(bob.prints("hands for alice: "), "bob");
    bob.types("lower");
    alice.prints("alice's round is over");
}
