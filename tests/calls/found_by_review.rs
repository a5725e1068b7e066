//! What a reviewer who wished the calls ill has found, each as short as it gets.

use convoke::SendResult;
use convoke::call::{CallConfig, CallData, CallEvent, Calls, Command, Dial, Media, MediaReport, State};
use convoke::layer::{Layer, Layered};

use crate::by_hand::{calling, hear};
use crate::net::{Net, Phone, ROOM, commands};

/// Alice calls bob and carol in a group, in which dave is too.
fn in_group() -> Net {
    let mut net = Net::new(["alice", "bob", "carol", "dave"]);
    net.dial_as(0, Dial::to(["bob", "carol"], Media::Video, ROOM).in_group("room"));
    net.settle();
    net
}

fn states(net: &Net) -> Vec<State> {
    net.phones.iter().map(Phone::state).collect()
}

#[test]
fn k9_who_leaves_before_their_media_came_ends_the_call_of_nobody_else() {
    for hangs_up in [true, false] {
        let mut net = in_group();
        net.answer(1);
        net.settle();
        net.phones[2].has_media = false;
        net.answer(2);
        net.settle();
        if hangs_up {
            net.hang_up(2);
        }
        net.wait(20_000);
        assert_eq!(states(&net), [State::Connected, State::Connected, State::Idle, State::Idle], "{hangs_up}");
    }
}

#[test]
fn k9_who_declined_hangs_up_for_nobody() {
    let mut net = in_group();
    net.answer(1);
    net.settle();
    net.decline(2);
    net.settle();
    hear(&mut net, 0, "carol", "room", ("h", 0), "alice", &CallData::new(Command::HangUp, Media::Video));
    net.settle();
    assert_eq!(net.phones[0].state(), State::Connected);
}

#[test]
fn k9_a_call_in_another_room_of_the_group_ends_alone() {
    let mut net = in_group();
    net.answer(1);
    net.answer(2);
    net.settle();
    net.hang_up(0);
    net.settle();
    net.dial_as(0, Dial::to(["dave"], Media::Video, 2002).in_group("room"));
    net.settle();
    net.answer(3);
    net.settle();
    net.hang_up(3);
    net.settle();
    assert_eq!(states(&net), [State::Idle, State::Connected, State::Connected, State::Idle]);
}

#[test]
fn k11_asking_for_sound_does_not_answer_what_was_asked_before() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Audio);
    net.settle();
    net.answer(1);
    net.settle();
    for (id, media) in [("a", Media::Video), ("b", Media::Audio)] {
        hear(&mut net, 1, "alice", "", (id, 30), "bob", &CallData::new(Command::Switch(media), Media::Audio));
    }
    assert_eq!(net.phones[1].calls.current().map(|call| call.media()), Some(Media::Audio));
    let said: Vec<u64> = commands(&net.phones[1]).into_iter().skip(1).map(|(action, _)| action).collect();
    assert_eq!(said, [4, 3], "what was asked before is declined");
}

#[test]
fn k11_an_accepted_switch_that_the_service_refuses_is_undone() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Audio);
    net.settle();
    net.answer(1);
    net.settle();
    let (now, alice) = (net.at(), &mut net.phones[0]);
    let call = alice.current();
    alice.calls.switch(&mut alice.engine, now, call, Media::Video).expect("it is connected");
    net.settle();
    net.refuses = Some(3);
    let bob = &mut net.phones[1];
    let call = bob.current();
    bob.calls.answer_switch(&mut bob.engine, now, call, true).expect("it is asked");
    net.settle();
    net.refuses = None;
    net.wait(60_000);
    let media = |at: usize| net.phones[at].calls.current().map(|call| call.media());
    assert_eq!((media(0), media(1)), (Some(Media::Audio), Some(Media::Audio)));
}

#[test]
fn k5_a_call_that_would_show_more_is_not_answered_by_itself() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Audio);
    net.poll(0);
    hear(&mut net, 0, "bob", "", ("!", 30), "alice", &calling(666, Media::Video));
    assert_eq!(net.phones[0].state(), State::Ringing);
    let told = net.told();
    assert_eq!(told[0], ["ended: both called at once", "ringing by bob"]);
}

#[test]
fn k1_who_answers_after_a_crash_does_not_wait_for_ever() {
    let mut net = Net::new(["alice", "bob"]);
    net.phones[0].has_media = false;
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.crash(1);
    net.settle();
    net.set_online(0, false);
    net.answer(1);
    net.wait(60_000);
    assert_eq!(net.phones[1].state(), State::Idle);
}

#[test]
fn k1_nobody_is_called_into_a_call_for_ever() {
    let mut net = in_group();
    net.answer(1);
    net.settle();
    net.decline(2);
    net.settle();
    for (id, timeout) in [("g", 0), ("h", 86_400)] {
        hear(&mut net, 0, "dave", "room", (id, timeout), "ghost", &calling(ROOM, Media::Video));
    }
    net.hang_up(1);
    net.wait(300_000);
    assert_eq!(net.phones[0].state(), State::Idle);
}

#[test]
fn k1_no_call_rings_for_hours() {
    for timeout in [0, 86_400] {
        let mut net = Net::new(["alice", "bob"]);
        hear(&mut net, 1, "alice", "", ("x", timeout), "bob", &calling(ROOM, Media::Video));
        net.wait(119_000);
        assert_eq!(net.phones[1].state(), State::Ringing);
        net.wait(2_000);
        assert_eq!(net.told()[1], ["ringing by alice", "ended: no response, missed"]);
        let mut net = in_group();
        hear(&mut net, 1, "dave", "room", ("x", timeout), "bob", &calling(ROOM, Media::Video));
        net.hang_up(0);
        net.wait(121_000);
        assert_eq!(net.phones[1].state(), State::Idle);
    }
}

#[test]
fn a4_a_call_with_many_invitations_is_restored() {
    let mut net = in_group();
    net.answer(1);
    net.settle();
    net.decline(2);
    net.settle();
    for _ in 0..70 {
        let (now, alice) = (net.at(), &mut net.phones[0]);
        let call = alice.current();
        alice.calls.invite_more(&mut alice.engine, now, call, ["carol"], None).expect("she is not in it");
        net.settle();
        net.decline(2);
        net.settle();
    }
    for phone in &net.phones {
        assert!(Calls::restore(phone.calls.snapshot(), CallConfig::default(), net.at()).is_ok(), "{}", phone.user);
    }
}

#[test]
fn k3_a_call_that_gave_way_to_one_that_is_replaced_does_not_ring_unheard() {
    let mut config = CallConfig::default();
    config.answers_glare = false;
    let mut net = Net::with(["alice", "bob"], config);
    net.dial(0, &["bob"], Media::Video);
    net.poll(0);
    for id in ["zz", "!"] {
        hear(&mut net, 0, "bob", "", (id, 30), "alice", &calling(7, Media::Video));
    }
    net.wait(200_000);
    net.assert_idle();
    net.assert_each_call_ended_once();
}

#[test]
fn k1_after_a_refused_answer_it_rings_on_whatever_the_media_does() {
    let mut net = Net::new(["alice", "bob"]);
    net.phones[0].has_media = false;
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.refuses = Some(3);
    net.answer(1);
    net.settle();
    net.refuses = None;
    net.wait(16_000);
    assert_eq!(net.phones[1].state(), State::Ringing);
}

#[test]
fn k12_who_is_in_a_call_stays_in_it_when_another_device_answers_a_further_invitation() {
    let mut net = Net::new(["alice", "bob", "bob", "carol"]);
    net.dial_as(0, Dial::to(["bob"], Media::Video, ROOM).in_group("room"));
    net.settle();
    net.answer(1);
    net.settle();
    net.phones[3].has_media = false;
    net.dial_as(3, Dial::to(["bob"], Media::Video, ROOM).in_group("room"));
    net.poll(3);
    net.deliver(2);
    net.poll(2);
    net.answer(2);
    net.settle();
    assert_eq!(net.phones[1].state(), State::Connected);
}

#[test]
fn k7_a_late_answer_to_an_old_call_does_not_end_the_new_one() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.phones[1].has_media = false;
    net.answer(1);
    net.poll(1);
    net.hang_up(0);
    net.poll(0);
    net.phones[1].has_media = true;
    net.dial(0, &["bob"], Media::Video);
    net.poll(0);
    for _ in 0..2 {
        net.deliver(1);
        net.poll(1);
    }
    net.answer(1);
    net.settle();
    assert_eq!(states(&net), [State::Connected, State::Connected]);
}

#[test]
fn k9_the_last_one_says_so_even_if_somebody_is_still_called() {
    let mut net = in_group();
    net.answer(1);
    net.settle();
    net.hang_up(1);
    net.settle();
    net.hang_up(0);
    net.wait(60_000);
    assert_eq!(commands(&net.phones[0]).iter().filter(|(_, of)| *of == Command::HangUp).count(), 1);
    assert!(net.told()[3].contains(&"over in the group".to_owned()));
}

#[test]
fn k2_a_group_hears_that_nobody_has_come_to_a_call() {
    let mut net = in_group();
    net.hang_up(0);
    net.wait(60_000);
    assert_eq!(net.told()[3], ["call in the group by alice", "over in the group"]);
}

#[test]
fn k9_who_is_called_by_another_invitation_too_is_waited_for() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial_as(0, Dial::to(["bob"], Media::Video, ROOM).in_group("room"));
    net.wait(20_000);
    for at in [0, 1] {
        hear(&mut net, at, "carol", "room", ("n", 30), "bob", &calling(ROOM, Media::Video));
    }
    net.wait(11_000);
    assert_eq!(net.phones[1].state(), State::Ringing);
    assert_ne!(net.phones[0].state(), State::Idle);
}

#[test]
fn k10_nobody_is_called_twice() {
    let mut net = Net::new(["alice", "bob"]);
    let (now, alice) = (net.at(), &mut net.phones[0]);
    let dialed = alice.calls.dial(&mut alice.engine, now, Dial::to(["bob", "bob"], Media::Video, ROOM));
    assert!(dialed.is_err(), "{dialed:?}");
}

#[test]
fn k1_a_report_about_another_call_says_nothing() {
    let mut net = Net::new(["alice", "bob"]);
    let first = net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.hang_up(0);
    net.settle();
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    let (now, alice) = (net.at(), &mut net.phones[0]);
    alice.calls.handle_media(&mut alice.engine, now, first, MediaReport::LocalFailed);
    assert_eq!(alice.state(), State::Dialing);
}

#[test]
fn k12_a_refused_decline_is_said_again() {
    let mut net = Net::new(["alice", "bob", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.refuses = Some(4);
    net.decline(1);
    net.settle();
    assert_eq!(net.phones[0].state(), State::Dialing);
    net.refuses = None;
    net.wait(2_000);
    assert_eq!(net.told()[0], ["ended: declined by bob"]);
    net.assert_idle();
}

#[test]
fn an_invitation_that_is_refused_while_its_call_is_hung_up_is_not_told_to_the_app() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    let now = net.at();
    let alice = &mut net.phones[0];
    let mut seen = Vec::new();
    while let Some(output) = alice.calls.poll(&mut alice.engine, now) {
        if let Layered::Transmit(transmit) = output {
            alice
                .engine
                .handle_send_result(now, transmit.token, SendResult::Refused { code: 5 })
                .expect("its fate is not known");
            let call = alice.current();
            alice.calls.hang_up(&mut alice.engine, now, call).expect("there is a call");
            seen.push("sent");
        } else {
            assert!(matches!(output, Layered::Event(CallEvent::Ended(_))), "{output:?}");
            seen.push("ended");
        }
    }
    assert_eq!(seen, ["sent", "ended"]);
}

#[test]
fn k6_k11_where_two_of_several_are_left_they_are_two() {
    let mut net = Net::new(["alice", "bob", "carol"]);
    net.dial(0, &["bob", "carol"], Media::Video);
    net.settle();
    net.decline(2);
    net.answer(1);
    net.settle();
    let (now, alice) = (net.at(), &mut net.phones[0]);
    let call = alice.current();
    alice.calls.switch(&mut alice.engine, now, call, Media::Audio).expect("there is one other");
    net.wait(1_000);
    net.forget(1);
    net.dial(1, &["alice"], Media::Video);
    net.settle();
    assert_eq!(net.phones[0].state(), State::Ringing, "it supersedes the old one");
}
