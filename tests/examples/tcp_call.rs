//! Calls between processes over TCP, by the examples `tcp_relay` and `tcp_call`: processes are killed and started again, lines
//! are cut, and the ends agree.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test may panic")]

#[path = "../../examples/host/clock.rs"]
mod clock;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};

use crate::processes::{PATIENCE, Process, example};
use crate::town::{Line, Town};
use clock::Clock;
use convoke::{Config, Conversation, Engine, Inbound, Invite, Output, Transmit};
use serde_json::{Value, json};

impl Town {
    /// A user's process, whose calls ring so many seconds.
    fn starts(&self, user: &str, relay: &str, timeout: &str) -> Process {
        self.process("tcp_call", user, &["--relay", relay, "--timeout", timeout])
    }

    fn user_with(&self, user: &str, relay: &str, timeout: &str) -> Process {
        let mut process = self.starts(user, relay, timeout);
        process.prints("signed in as ");
        process
    }

    fn user(&self, user: &str) -> Process {
        self.user_with(user, &self.address, "300")
    }

    /// Alice calls bob, and it rings.
    fn call(&self, timeout: &str) -> (Process, Process) {
        let mut bob = self.user("bob");
        let alice = self.user_with("alice", &self.address, timeout);
        alice.types("call bob");
        bob.prints("alice invites bob");
        (alice, bob)
    }
}

fn count(printed: &[String], start: &str) -> usize {
    printed.iter().filter(|line| line.starts_with(start)).count()
}

#[test]
fn an_invitee_who_is_killed_while_it_rings_rings_on_and_accepts() {
    let town = Town::new("invitee");
    let (mut alice, mut bob) = town.call("300");
    bob.types("what?");
    bob.prints("one of: "); // so it waits for the next thing, and has saved that it rings
    bob.dies();
    let mut bob = town.user("bob");
    bob.prints("still open: alice invites bob");
    bob.types("accept");
    bob.prints("ended: bob accepted");
    alice.prints("bob accepted");
    alice.prints("ended: bob accepted");
    let printed = bob.quits();
    assert_eq!((count(&printed, "ended"), count(&printed, "alice invites")), (1, 0), "{printed:#?}");
    assert_eq!(count(&alice.quits(), "ended"), 1);
}

#[test]
fn an_inviter_who_is_killed_while_it_rings_learns_the_answer() {
    let town = Town::new("inviter");
    let (alice, mut bob) = town.call("300");
    alice.dies();
    bob.types("accept");
    bob.prints("ended: bob accepted");
    let mut alice = town.user("alice");
    alice.prints("bob accepted");
    alice.prints("ended: bob accepted");
    let printed = alice.quits();
    assert_eq!((count(&printed, "ended"), count(&printed, "no answer")), (1, 0), "{printed:#?}");
    assert_eq!(count(&bob.quits(), "ended"), 1);
}

#[test]
fn the_time_of_an_invitee_who_is_killed_runs_out_and_both_ends_say_so() {
    let town = Town::new("invitee-late");
    let (mut alice, bob) = town.call("4");
    bob.dies();
    alice.prints("no answer from bob");
    alice.prints("ended: bob timed out");
    let mut bob = town.user("bob");
    bob.prints("ended: bob timed out");
    let printed = bob.quits();
    assert_eq!(count(&printed, "still open"), 0, "{printed:#?}");
}

#[test]
fn an_inviter_who_is_killed_learns_that_the_time_has_run_out() {
    let town = Town::new("inviter-late");
    let (alice, mut bob) = town.call("4");
    alice.dies();
    bob.prints("no answer from bob");
    bob.prints("ended: bob timed out");
    let mut alice = town.user("alice");
    alice.prints("no answer from bob");
    alice.prints("ended: bob timed out");
}

#[test]
fn what_was_said_while_the_line_was_cut_is_heard_when_it_is_mended() {
    let town = Town::new("line");
    let line = Line::to(&town.address);
    let mut bob = town.user_with("bob", &line.address, "300");
    let mut alice = town.user("alice");
    alice.types("call bob");
    bob.prints("alice invites bob");
    line.cut();
    bob.prints("connection lost");
    alice.types("cancel");
    alice.prints("ended: cancelled for bob");
    line.mend();
    bob.prints("signed in as bob");
    bob.prints("alice cancelled");
    bob.prints("ended: cancelled for bob");
}

/// What a process leaves behind that was killed when alice had called bob, and had polled the call or not.
fn left_behind_by_alice(town: &Town, is_polled: bool) {
    let mut alice = Engine::new("alice", Config::default(), [1; 16].into()).unwrap();
    alice.invite(Clock::start().now(), Invite::to("bob").timeout(300)).unwrap();
    if is_polled {
        alice.poll_output().unwrap();
    }
    let state = json!({ "snapshot": alice.snapshot(), "heard": null, "app": null });
    fs::write(town.state_of("alice"), state.to_string()).unwrap();
}

#[test]
fn what_was_not_sent_before_the_process_was_killed_is_sent_at_the_next_start() {
    let town = Town::new("unsent");
    left_behind_by_alice(&town, false);
    let mut bob = town.user("bob");
    let mut alice = town.user("alice");
    bob.prints("alice invites bob");
    bob.types("accept");
    alice.prints("ended: bob accepted");
}

#[test]
fn what_is_sent_is_saved_before() {
    let town = Town::new("saved");
    let relay = TcpListener::bind("127.0.0.1:0").unwrap();
    let alice = town.starts("alice", &relay.local_addr().unwrap().to_string(), "300");
    let mut stream = BufReader::new(relay.accept().unwrap().0);
    hears(&mut stream, "SignIn");
    says(&mut stream, &json!({ "Welcome": { "clock": 0, "history": 0 } }));
    alice.types("call bob");
    hears(&mut stream, "Send");
    alice.dies();
    let state: Value = serde_json::from_str(&fs::read_to_string(town.state_of("alice")).unwrap()).unwrap();
    assert_eq!(state["snapshot"]["invitations"].as_array().unwrap().len(), 1, "{state}");
}

#[test]
fn what_the_relay_says_in_words_of_another_version_is_passed_over() {
    let town = Town::new("words");
    let relay = TcpListener::bind("127.0.0.1:0").unwrap();
    let mut bob = town.starts("bob", &relay.local_addr().unwrap().to_string(), "300");
    let mut stream = BufReader::new(relay.accept().unwrap().0);
    hears(&mut stream, "SignIn");
    says(&mut stream, &json!({ "Welcome": { "clock": 0, "history": 0 } }));
    says(&mut stream, &json!({ "Typing": { "user": "alice" } }));
    let mut alice = Engine::new("alice", Config::default(), [1; 16].into()).unwrap();
    alice.invite(Clock::start().now(), Invite::to("bob").timeout(300)).unwrap();
    let Some(Output::Transmit(Transmit { payload, .. })) = alice.poll_output() else { panic!("nothing is sent") };
    says(&mut stream, &json!({ "Message": Inbound::new("alice", Conversation::C2c("alice".into()), payload) }));
    bob.prints("alice invites bob");
    assert_eq!(count(&bob.quits(), "connection lost"), 0);
}

#[test]
fn a_state_that_cannot_be_used_is_named_and_kept() {
    let town = Town::new("torn");
    let state = town.state_of("alice");
    fs::write(&state, "{").unwrap();
    let output = example("tcp_call").args(["alice", "--state"]).arg(&state).output().unwrap();
    assert!(!output.status.success());
    let says = String::from_utf8(output.stderr).unwrap();
    assert!(says.contains("alice.json cannot be used (EOF") && says.contains("move it away"), "{says}");
    assert_eq!(fs::read_to_string(&state).unwrap(), "{");
}

#[test]
fn a_send_that_was_cut_off_is_of_unknown_fate_and_keeps_nobody_waiting() {
    let town = Town::new("unknown");
    left_behind_by_alice(&town, true);
    let mut alice = town.user("alice");
    alice.prints("still open: alice invites bob");
    alice.types("cancel");
    alice.prints("ended: cancelled for bob");
}

#[test]
fn a_member_of_the_group_is_not_believed_in_anothers_name() {
    let town = Town::new("mallory");
    let mut bob = town.user("bob");
    let mut alice = town.user("alice");
    let mut mallory = BufReader::new(TcpStream::connect(&town.address).unwrap());
    says(&mut mallory, &json!({ "SignIn": { "user": "mallory", "heard": null } }));
    hears(&mut mallory, "Welcome");
    alice.types("call-group room bob");
    bob.prints("alice invites bob in room");
    let invite = hears(&mut mallory, "Message");
    assert_eq!(invite["sender"], "alice");
    let cancel = invite["payload"].as_str().unwrap().replace(r#""actionType":1"#, r#""actionType":2"#);
    says(
        &mut mallory,
        &json!({ "Send": {
        "token": 1, "sender": "alice", "to": { "Group": "room" }, "payload": cancel, "online_user_only": false,
    } }),
    );
    bob.prints("refused what mallory says");
    bob.types("accept");
    alice.prints("ended: bob accepted");
}

fn says(stream: &mut BufReader<TcpStream>, line: &Value) {
    writeln!(stream.get_mut(), "{line}").unwrap();
}

fn hears(stream: &mut BufReader<TcpStream>, kind: &str) -> Value {
    stream.get_ref().set_read_timeout(Some(PATIENCE)).unwrap();
    let mut line = String::new();
    stream.read_line(&mut line).unwrap();
    let mut line: Value = serde_json::from_str(&line).unwrap();
    assert!(line[kind].is_object(), "{line}");
    line[kind].take()
}
