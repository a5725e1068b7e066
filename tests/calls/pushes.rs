//! What wakes who is away: the push that a call asks for, and the call that is learnt from one.

use std::collections::BTreeSet;

use convoke::call::{CallData, Command, Dial, Media, State};
use convoke::{Config, Engine, InvitationKey, Millis, PushInfo, Pushed, Seed, ServerTime, Transmit};

use crate::net::{Net, ROOM};

fn info() -> PushInfo {
    let mut info = PushInfo::default();
    info.title = "alice".into();
    info.description = "Video call".into();
    info
}

#[test]
fn w5_a_push_rides_on_what_calls_somebody_and_on_nothing_else() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial_as(0, Dial::to(["bob"], Media::Video, ROOM).push(info()));
    net.settle();
    net.answer(1);
    net.wait(1_000);
    net.hang_up(0);
    net.wait(1_000);
    let pushes: Vec<Option<&PushInfo>> = net.phones[0].sent.iter().map(|sent| sent.push.as_ref()).collect();
    assert_eq!(pushes.first(), Some(&Some(&info())), "the call");
    assert!(pushes.iter().skip(1).all(Option::is_none), "what else was said: {pushes:?}");
}

#[test]
fn w5_in_a_group_each_who_is_called_is_pushed_to() {
    let mut net = Net::new(["alice", "bob", "carol", "dave"]);
    let call = net.dial_as(0, Dial::to(["bob", "carol"], Media::Video, ROOM).in_group("room").push(info()));
    net.settle();
    let (now, alice) = (net.at(), &mut net.phones[0]);
    alice.calls.invite_more(&mut alice.engine, now, call, ["dave"], Some(&info())).expect("there is room");
    net.settle();
    let whom = |sent: &Transmit| sent.push_intents.iter().map(|push| push.invitee.to_string()).collect::<Vec<_>>();
    let pushed: Vec<Vec<String>> = net.phones[0].sent.iter().map(whom).collect();
    assert_eq!(pushed, [vec!["bob", "carol"], vec!["dave"]]);
}

#[test]
fn o1_a_call_that_is_learnt_from_a_push_rings_and_is_answered() {
    for is_answered in [true, false] {
        let mut net = Net::new(["alice", "bob"]);
        net.dial(0, &["bob"], Media::Video);
        net.poll(0);
        let sent = net.phones[0].sent[0].clone();
        let (data, id) = (net.phones[0].said()[0].1.to_data(), sent.invitation.invite_id().clone());
        let pushed = Pushed::from_user("alice", id, ServerTime::from_millis(net.now)).timeout(30).data(data);
        let (now, bob) = (net.at(), &mut net.phones[1]);
        bob.calls.add_invited(&mut bob.engine, now, pushed).expect("it is new");
        net.poll(1);
        if is_answered {
            net.answer(1);
        } else {
            net.hang_up(0);
        }
        net.settle();
        let expected: &[&str] = if is_answered {
            &["ringing by alice", "connected"]
        } else {
            &["ringing by alice", "ended: cancelled, missed"]
        };
        assert_eq!(net.told()[1], expected);
    }
}

#[test]
fn t8_a_pushed_call_with_too_little_time_left_is_missed() {
    for (age, expected) in [(27_000, vec!["ringing by alice"]), (29_000, vec!["ended: no response, missed"])] {
        let mut net = Net::new(["alice", "bob"]);
        let mut config = Config::default();
        config.min_ring = Millis::from_secs(2);
        let bob = &mut net.phones[1];
        bob.engine = Engine::new("bob", config, Seed::from([7; 16])).expect("a good configuration");
        hear_push(&mut net, age, Command::Call);
        assert_eq!(net.told()[1], expected, "{age} ms old");
    }
}

#[test]
fn o1_what_is_pushed_and_calls_nobody_does_not_ring() {
    let mut net = Net::new(["alice", "bob"]);
    hear_push(&mut net, 1_000, Command::HangUp);
    assert_eq!(net.told()[1], [""; 0]);
    assert_eq!(net.phones[1].state(), State::Idle);
}

/// Bob's phone learns from a push of something that alice has said, so long ago.
fn hear_push(net: &mut Net, age: i64, command: Command) {
    let (now, sent) = (net.at(), ServerTime::from_millis(net.now - age));
    let bob = &mut net.phones[1];
    bob.engine.sync_clock(now, ServerTime::from_millis(now.as_millis()));
    let data = CallData::new(command, Media::Video).to_data();
    let pushed = Pushed::from_user("alice", "pushed", sent).timeout(30).data(data);
    bob.calls.add_invited(&mut bob.engine, now, pushed).expect("it is new");
    net.poll(1);
}

#[test]
fn o1_a_call_tells_by_which_invitations_it_is_made() {
    let mut net = Net::new(["alice", "bob", "carol"]);
    let call = net.dial_as(0, Dial::to(["bob"], Media::Video, ROOM).in_group("room"));
    net.settle();
    let (now, alice) = (net.at(), &mut net.phones[0]);
    alice.calls.invite_more(&mut alice.engine, now, call, ["carol"], None).expect("there is room");
    net.settle();
    let sent: BTreeSet<&InvitationKey> = net.phones[0].sent.iter().map(|sent| &sent.invitation).collect();
    for phone in &net.phones[..2] {
        let shown: BTreeSet<&InvitationKey> = phone.calls.current().expect("there is a call").invitations().collect();
        assert_eq!((shown.len(), shown), (2, sent.clone()), "{}", phone.user);
    }
}
