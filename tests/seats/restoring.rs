//! A4: the app dies in a room, and is there again.

use convoke::layer::{Layer, Layered};
use convoke::seats::{SeatCommand, SeatData, SeatEvent, Seats, SeatsConfig, SeatsSnapshot};
use convoke::{Config, Conversation, Engine, History, Inbound, Profile, Seed, Timestamp, Wake};

use crate::net::Net;

#[test]
fn m1_what_was_to_be_written_is_judged_anew_after_a_crash() {
    for is_written in [true, false] {
        let mut net = Net::new(["olga", "mina", "ann"], 1);
        let request = net.apply(2, None);
        net.settle();
        net.decide(0, &request, true);
        assert!(net.deliver(2, 0));
        net.poll(2);
        assert_eq!(net.letters.len(), 1);
        net.crash(2);
        if is_written {
            net.write(0);
        } else {
            net.letters.clear();
        }
        net.settle();
        assert_eq!(net.seated(), [(0, "ann".into())]);
        assert_eq!(net.version, 1);
        net.assert_agreed();
    }
}

#[test]
fn m2_an_application_is_accepted_after_a_crash() {
    for crashed in [0, 1, 2] {
        let mut net = Net::new(["olga", "mina", "ann"], 1);
        let request = net.apply(2, None);
        net.settle();
        net.crash(crashed);
        net.settle();
        assert_eq!(net.members[1].queue(), ["ann"]);
        net.decide(1, &request, true);
        net.settle();
        assert_eq!(net.seated(), [(0, "ann".into())]);
        net.assert_agreed();
    }
}

#[test]
fn a4_a_snapshot_is_the_same_after_json_and_another_version_is_refused() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    net.apply(2, None);
    net.settle();
    net.act(0, |seats, engine, now| seats.take(engine, now, Some(1))).expect("she is the owner");
    for member in &net.members {
        let snapshot = member.seats.snapshot();
        let text = serde_json::to_string(&snapshot).expect("it is data");
        let again: SeatsSnapshot = serde_json::from_str(&text).expect("it is ours");
        assert_eq!(again, snapshot);
        let bytes = postcard::to_allocvec(&snapshot).expect("it is data");
        assert_eq!(postcard::from_bytes(&bytes), Ok(snapshot.clone()));
        let newer = text.replace(r#""version":1"#, r#""version":2"#);
        let newer: SeatsSnapshot = serde_json::from_str(&newer).expect("it has the same form");
        assert!(Seats::restore(newer, member.seats.config().clone(), net.at()).is_err());
    }
}

/// Found by `convoke check`.
#[test]
fn m6_after_a_crash_no_seat_is_told_as_it_was_before_it() {
    let mut net = Net::new(["olga", "ann"], 0);
    net.settle();
    let now = net.at();
    let olga = &mut net.members[0];
    olga.seats.handle_attributes(now, 1, [("seat1", r#"{"user":"ann"}"#)]);
    let stored = (olga.engine.snapshot(), olga.seats.snapshot()); // nothing of it was polled yet
    let seed = Seed::from([9; 16]);
    let mut engine = Engine::restore(stored.0, Config::default(), seed, now).expect("it is a snapshot of ours");
    let mut seats = Seats::restore(stored.1, olga.seats.config().clone(), now).expect("it is ours");
    let _ = engine.handle_history(now, &History::hot(), &[]);
    seats.handle_attributes(now, 2, []);
    let told = std::iter::from_fn(|| seats.poll(&mut engine, now));
    let changed = told.filter(|output| matches!(output, Layered::Event(SeatEvent::Changed { .. }))).count();
    assert_eq!(changed, 0, "ann has left the seat meanwhile, and the app begins with free ones");
}

/// Found by the fuzz target `world`.
#[test]
fn m2_under_the_web_profile_an_application_to_others_that_was_found_on_entering_does_not_stay() {
    let mut config = Config::default();
    config.profile = Profile::Web;
    let mut carol = Engine::new("carol", config, Seed::from([9; 16])).expect("the configuration can be used");
    let data = SeatData::new(SeatCommand::TakeSeat, "live", None).to_data();
    let said = |action: u8| {
        let data = serde_json::to_string(data.as_str()).expect("it is text");
        let keys = r#""inviteID":"i","groupID":"live","inviter":"bob","inviteeList":["olga"]"#;
        let payload = format!(r#"{{"businessID":1,{keys},"actionType":{action},"timeout":10,"data":{data}}}"#);
        Inbound::new("bob", Conversation::Group("live".into()), payload)
    };
    let now = Timestamp::from_millis(0);
    let _ = carol.handle_message(now, &said(1));
    while carol.poll_output().is_some() {}
    let mut seats = Seats::new("live", SeatsConfig::new("olga"));
    while seats.poll(&mut carol, now).is_some() {}
    assert_eq!(seats.applications(&carol).len(), 1);
    let _ = carol.handle_message(now, &said(2));
    while seats.poll(&mut carol, now).is_some() {}
    assert_eq!(seats.applications(&carol).len(), 0);
}

#[test]
fn a4_a_clock_that_was_set_back_freezes_nothing() {
    let mut net = Net::new(["olga", "ann"], 0);
    let request = net.invite(0, "ann", None);
    net.settle();
    net.decide(1, &request, true);
    let (early, ann) = (Timestamp::from_millis(5_000), &net.members[1]);
    let seed = Seed::from([9; 16]);
    let mut engine =
        Engine::restore(ann.engine.snapshot(), Config::default(), seed, early).expect("it is a snapshot of ours");
    let mut seats = Seats::restore(ann.seats.snapshot(), ann.seats.config().clone(), early).expect("it is ours");
    let _ = engine.handle_history(early, &History::hot(), &[]);
    seats.handle_attributes(early, 0, []);
    while seats.poll(&mut engine, early).is_some() {}
    assert!(matches!(seats.next(), Wake::At(at, _) if at == Timestamp::from_millis(20_000)));
}

#[test]
fn a7_t3_while_the_history_is_awaited_nobody_is_woken_for_a_room_that_is_new() {
    let mut net = Net::new(["olga", "ann"], 0);
    let now = net.at();
    let olga = &mut net.members[0];
    let seed = Seed::from([9; 16]);
    let mut engine =
        Engine::restore(olga.engine.snapshot(), Config::default(), seed, now).expect("it is a snapshot of ours");
    let config = olga.seats.config().clone();
    let restored = Seats::restore(olga.seats.snapshot(), config.clone(), now).expect("it is ours");
    let mut rooms = [restored, Seats::new("live", config)];
    for seats in &mut rooms {
        assert_eq!(seats.poll(&mut engine, now), None);
        assert_eq!(seats.wake(&engine), Wake::Never, "it would be polled again and again");
    }
    let _ = engine.handle_history(now, &History::hot(), &[]);
    for seats in &mut rooms {
        assert!(matches!(seats.wake(&engine), Wake::At(at, _) if at <= now), "then it is its turn");
        assert_eq!(seats.poll(&mut engine, now), Some(Layered::Event(SeatEvent::Read)));
    }
}

#[test]
fn m3_who_is_on_the_seat_after_a_crash_is_not_told_that_they_are_not() {
    let mut net = Net::new(["olga", "ann"], 0);
    let request = net.invite(0, "ann", Some(1));
    net.settle();
    net.decide(1, &request, true);
    let (engine, seats) = (net.members[1].engine.clone(), net.members[1].seats.clone());
    net.settle();
    assert_eq!(net.seated(), [(1, "ann".into())]);
    let _ = net.told(1);
    net.now += 20_000;
    (net.members[1].engine, net.members[1].seats) = (engine, seats);
    net.crash(1);
    net.settle();
    assert_eq!(net.told(1), ["seat 1: ann"]);
}
