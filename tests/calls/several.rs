//! K10: several are called without a group.

use convoke::call::{Command, Media, MediaReport, State};

use crate::by_hand::{calling, hear};
use crate::net::{Net, ROOM, commands};

#[test]
fn k10_several_are_called_each_with_an_invitation_that_names_all() {
    let mut net = Net::new(["alice", "bob", "carol"]);
    net.dial(0, &["bob", "carol"], Media::Audio);
    net.settle();
    for (action, data) in net.phones[0].said() {
        assert_eq!((action, data.command), (1, Command::Call));
        assert_eq!(data.user_ids, Some(vec!["bob".into(), "carol".into()]));
    }
    net.answer(1);
    net.answer(2);
    net.settle();
    for phone in &net.phones {
        assert_eq!(phone.state(), State::Connected, "{}", phone.user);
    }
    net.hang_up(0);
    net.wait(3_000);
    assert_eq!((net.phones[1].state(), net.phones[2].state()), (State::Connected, State::Connected));
    net.hang_up(1);
    net.wait(60_000);
    net.assert_idle();
}

#[test]
fn k10_the_caller_tells_the_others_how_each_of_them_stands() {
    let mut net = Net::new(["alice", "bob", "carol"]);
    net.dial(0, &["bob", "carol"], Media::Video);
    net.settle();
    net.decline(2);
    net.settle();
    assert_eq!(net.told()[1], ["ringing by alice", "carol not coming: declined by carol"]);
    net.answer(1);
    net.wait(1_000);
    net.hang_up(1);
    net.wait(60_000);
    assert_eq!(net.told()[0].last().map(String::as_str), Some("ended: hung up by bob after 1 s"));
    net.assert_idle();
}

#[test]
fn k10_nobody_but_the_caller_says_how_the_others_stand() {
    let mut net = Net::new(["alice", "bob", "carol"]);
    net.dial(0, &["bob", "carol"], Media::Video);
    net.settle();
    let _ = net.told();
    let now = net.at();
    let news = r#"{"version":4,"businessID":"av_call","call_type":2,"data":{"cmd":"sync_info","userIDs":["alice","carol"],"cmdInfo":"left"}}"#;
    net.phones[2].engine.invite(now, convoke::Invite::to("bob").data(news)).expect("there is room");
    net.settle();
    assert_eq!(net.told()[1], [""; 0]);
    assert_eq!(net.phones[1].state(), State::Ringing);
}

#[test]
fn k10_who_is_in_the_room_though_another_device_was_busy_is_in_the_call() {
    let mut net = Net::new(["alice", "bob", "carol"]);
    net.dial(0, &["bob", "carol"], Media::Video);
    net.settle();
    net.decline(1);
    net.settle();
    let now = net.at();
    net.phones[0].report(now, MediaReport::LocalEntered);
    net.phones[0].report(now, MediaReport::RemoteEntered("bob".into()));
    net.decline(2);
    net.settle();
    assert_eq!(net.phones[0].state(), State::Connected, "nobody else is awaited, and he is there");
    net.phones[0].report(now, MediaReport::RemoteLeft("bob".into()));
    net.poll(0);
    assert_eq!(net.phones[0].state(), State::Idle);
}

#[test]
fn k5_who_has_declined_and_calls_then_finds_the_user_busy() {
    for id in ["0", "z"] {
        let mut net = Net::new(["alice", "bob", "carol"]);
        net.dial(0, &["bob", "carol"], Media::Video);
        net.settle();
        net.decline(1);
        net.settle();
        let _ = net.told();
        hear(&mut net, 0, "bob", "", (id, 30), "alice", &calling(ROOM, Media::Video));
        net.poll(0);
        assert_eq!(net.told()[0], ["ended: alice is busy, missed"], "{id}");
        assert_eq!(commands(&net.phones[0]).last().map(|(action, _)| *action), Some(4), "{id}");
        assert_eq!(net.phones[0].state(), State::Dialing);
    }
}
