//! A4, K1: the app dies in a call.

use convoke::call::{CallConfig, CallEvent, Calls, CallsSnapshot, Media, State};
use convoke::layer::{Layer, Layered};
use convoke::{Config, Engine, History, Millis, Seed, Wake, WakeReason};

use crate::net::Net;

#[test]
fn k1_a_call_that_rings_rings_on_after_a_crash() {
    for crashed in [0, 1] {
        let mut net = Net::new(["alice", "bob"]);
        net.dial(0, &["bob"], Media::Video);
        net.settle();
        net.crash(crashed);
        net.settle();
        net.answer(1);
        net.settle();
        assert_eq!((net.phones[0].state(), net.phones[1].state()), (State::Connected, State::Connected));
        net.hang_up(0);
        net.wait(60_000);
        net.assert_idle();
    }
}

#[test]
fn k1_a_call_is_entered_anew_after_a_crash_and_its_duration_goes_on() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.answer(1);
    net.wait(5_000);
    let _ = net.told();
    net.crash(1);
    net.settle();
    // The media service has not missed him.
    assert_eq!(net.told(), [vec![], vec!["resumed", "connected"]]);
    net.wait(5_000);
    net.hang_up(0);
    net.settle();
    assert_eq!(net.told()[1], ["ended: hung up by alice after 10 s"]);
    net.assert_idle();
}

#[test]
fn k1_a_call_that_is_not_entered_after_a_crash_ends() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.answer(1);
    net.wait(5_000);
    net.leave_room(1);
    net.crash(1);
    net.wait(60_000);
    net.assert_idle();
}

#[test]
fn a4_a_snapshot_is_the_same_after_json_and_another_version_is_refused() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.answer(1);
    net.wait(1_000);
    for phone in &net.phones {
        let snapshot = phone.calls.snapshot();
        let text = serde_json::to_string(&snapshot).expect("it is data");
        let again: CallsSnapshot = serde_json::from_str(&text).expect("it is ours");
        assert_eq!(again, snapshot);
        let bytes = postcard::to_allocvec(&snapshot).expect("it is data");
        assert_eq!(postcard::from_bytes(&bytes), Ok(snapshot.clone()));
        let newer = text.replace(r#""version":1"#, r#""version":2"#);
        let newer: CallsSnapshot = serde_json::from_str(&newer).expect("it has the same form");
        assert!(Calls::restore(newer, CallConfig::default(), net.at()).is_err());
        let idle = text.replace(r#""state":"connected""#, r#""state":"idle""#);
        assert_ne!(idle, text);
        let idle: CallsSnapshot = serde_json::from_str(&idle).expect("it has the same form");
        assert!(Calls::restore(idle, CallConfig::default(), net.at()).is_err());
    }
}

#[test]
fn a4_a_clock_that_was_set_back_freezes_no_call() {
    let mut net = Net::new(["alice", "bob"]);
    net.phones[1].has_media = false;
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.answer(1);
    net.wait(1_000);
    net.now = 5_000;
    net.crash(1);
    let now = net.at();
    let bob = &mut net.phones[1];
    assert!(matches!(bob.calls.poll(&mut bob.engine, now), Some(Layered::Event(CallEvent::Resumed { .. }))));
    assert!(bob.calls.poll(&mut bob.engine, now).is_none());
    let due = now + CallConfig::default().connecting;
    assert!(matches!(bob.calls.wake(&bob.engine), Wake::At(at, WakeReason::Layer) if at == due));
}

#[test]
fn a7_the_time_to_come_back_begins_once_the_history_is_known() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.answer(1);
    net.wait(1_000);
    let now = net.at();
    let bob = &mut net.phones[1];
    let (engine, calls) = (bob.engine.snapshot(), bob.calls.snapshot());
    bob.engine =
        Engine::restore(engine, Config::default(), Seed::from([99; 16]), now).expect("it is a snapshot of ours");
    bob.calls = Calls::restore(calls, CallConfig::default(), now).expect("it is a snapshot of ours");
    let later = now + Millis::from_secs(60);
    let _ = bob.engine.handle_history(later, &History::hot(), &[]);
    while bob.calls.poll(&mut bob.engine, later).is_some() {}
    assert_eq!(bob.state(), State::Connecting, "the app could not enter the room before");
    let too_late = later + CallConfig::default().connecting;
    bob.engine.tick(too_late);
    while bob.calls.poll(&mut bob.engine, too_late).is_some() {}
    assert_eq!(bob.state(), State::Idle);
}

#[test]
fn a7_no_call_is_given_up_while_the_history_is_awaited() {
    let mut net = Net::new(["alice", "bob"]);
    net.phones[1].has_media = false;
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.answer(1);
    net.settle();
    let now = net.at();
    let much_later = now + Millis::from_secs(60);
    let bob = &mut net.phones[1];
    bob.engine.begin_catch_up(now);
    assert!(bob.calls.poll(&mut bob.engine, much_later).is_none());
    assert_eq!(bob.state(), State::Connecting, "what is due waits");
    assert_eq!(bob.calls.wake(&bob.engine), Wake::Never, "and nobody is to be called for it");
    let _ = bob.engine.handle_history(much_later, &History::hot(), &[]);
    assert!(bob.calls.poll(&mut bob.engine, much_later).is_some());
    assert_eq!(bob.state(), State::Idle);
}

#[test]
fn k8_how_long_the_app_was_dead_is_no_part_of_the_call() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.answer(1);
    net.wait(5_000);
    let (engine, calls) = (net.phones[0].engine.clone(), net.phones[0].calls.clone());
    net.hang_up(1);
    net.wait(60_000);
    let _ = net.told();
    (net.phones[0].engine, net.phones[0].calls) = (engine, calls);
    net.now += 9 * 3_600_000;
    net.crash(0);
    net.wait(60_000);
    let told = net.told().swap_remove(0);
    assert_eq!(told.last().map(String::as_str), Some("ended: the media failed after 5 s"), "{told:?}");
}
