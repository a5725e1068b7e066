//! Seats of a room, by the examples `tcp_relay` and `seats`.

use crate::processes::Process;
use crate::town::{Line, Town};

impl Town {
    fn enters(&self, user: &str) -> Process {
        self.enters_by(user, &self.address)
    }

    fn enters_by(&self, user: &str, relay: &str) -> Process {
        let mut process = self.process("seats", user, &["--relay", relay]);
        process.prints("type one of: ");
        process
    }
}

#[test]
fn who_is_let_gets_the_seat_and_everybody_sees_it() {
    let town = Town::new("seats");
    let (mut olga, mut max, mut bob) = (town.enters("olga"), town.enters("max"), town.enters("bob"));
    bob.types("apply 3");
    olga.prints("asks: bob (3); type one of: let");
    max.prints("asks: bob (3)");
    max.types("seats");
    max.prints("waiting: bob (3)");
    olga.types("let bob");
    bob.prints("bob (3): accepted by olga");
    max.prints("bob (3): accepted by olga");
    for process in [&mut olga, &mut max, &mut bob] {
        process.prints("seat 3: bob");
    }
    max.types("let bob");
    max.prints("nobody asks for that; type one of: ");
    bob.types("leave");
    olga.prints("seat 3: free");
    olga.types("lock 3");
    bob.prints("seat 3: free, locked");
    bob.types("apply 3");
    bob.prints("the seat is locked; ");
}

#[test]
fn of_two_who_take_a_seat_at_once_one_gets_it() {
    let town = Town::new("seats-conflict");
    let (mut olga, mut max) = (town.enters("olga"), town.enters("max"));
    for process in [&olga, &max] {
        process.types("take 1");
    }
    let (by_olga, by_max) = (olga.prints("seat 1: "), max.prints("seat 1: "));
    assert_eq!(by_olga, by_max);
    let (late, mover) = if by_olga == "olga" { (&mut max, &mut olga) } else { (&mut olga, &mut max) };
    mover.types("move 2");
    late.prints("seat 2: ");
    late.types("seats");
    late.prints("1: free");
}

#[test]
fn who_is_killed_comes_back_to_the_seat_and_who_quits_frees_it() {
    let town = Town::new("seats-killed");
    let (mut olga, mut bob) = (town.enters("olga"), town.enters("bob"));
    olga.types("invite bob 2");
    bob.prints("ring: olga (2) onto a seat");
    bob.types("accept");
    bob.prints("seat 2: bob");
    bob.dies();
    olga.types("mute bob");
    olga.prints("seat 2: bob, muted");
    let mut bob = town.enters("bob");
    bob.prints("seat 2: bob, muted");
    bob.types("leave");
    bob.prints("seat 2: free");
    olga.types("invite bob");
    bob.prints("ring: olga onto a seat");
    bob.types("accept");
    olga.prints("seat 0: bob");
    bob.prints("seat 0: bob");
    bob.quits();
    olga.prints("seat 0: free");
}

#[test]
fn who_is_cut_off_sees_the_seats_when_the_line_is_mended() {
    let town = Town::new("seats-line");
    let line = Line::to(&town.address);
    let (olga, mut bob) = (town.enters("olga"), town.enters_by("bob", &line.address));
    line.cut();
    bob.prints("connection lost");
    olga.types("take 5");
    line.mend();
    bob.prints("seat 5: olga");
}
