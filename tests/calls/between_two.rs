//! K1 to K3, K7, K8, K12: one calls one.

use convoke::call::{CallData, CallError, CallRole, Command, Dial, DialError, Media, State};
use convoke::layer::{Layer, Layered};
use convoke::{Callback, Invite, SendResult, ServerTime, Stamp, Timestamp, Transmit};

use crate::net::{Net, ROOM, commands, game};

#[test]
fn k1_a_call_is_answered_connects_and_ends_with_the_same_duration_at_both() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    assert_eq!(net.phones[0].state(), State::Dialing);
    net.wait(3_000);
    assert_eq!(net.phones[1].state(), State::Ringing);
    net.answer(1);
    net.wait(37_000);
    assert_eq!((net.phones[0].state(), net.phones[1].state()), (State::Connected, State::Connected));
    net.hang_up(0);
    net.settle();
    for (phone, role) in [(0, CallRole::Caller), (1, CallRole::Callee)] {
        let record = net.phones[phone].last_record();
        assert_eq!(record.duration.map(|duration| duration.as_secs()), Some(37));
        assert_eq!((record.role, record.is_missed, record.room.map(u32::from)), (role, false, Some(ROOM)));
    }
    assert_eq!(
        net.told(),
        [
            vec!["answered by bob", "connected", "ended: hung up by alice after 37 s"],
            vec!["ringing by alice", "connected", "ended: hung up by alice after 37 s"],
        ]
    );
    net.assert_idle();
}

#[test]
fn k3_the_record_of_a_call_says_when_it_began_was_answered_and_ended_at_both() {
    let mut net = Net::new(["alice", "bob"]);
    let start = net.now;
    net.dial(0, &["bob"], Media::Video);
    net.wait(3_000);
    net.answer(1);
    net.wait(37_000);
    net.hang_up(0);
    net.settle();
    let at = |after| Timestamp::from_millis(start + after);
    for phone in &net.phones {
        let record = phone.last_record();
        assert_eq!((record.started, record.answered, record.ended), (at(0), Some(at(3_000)), at(40_000)));
    }
}

#[test]
fn k8_who_remains_says_that_the_call_is_over_and_how_long_it_was() {
    for leaves in [0, 1] {
        let mut net = Net::new(["alice", "bob"]);
        net.dial(0, &["bob"], Media::Audio);
        net.settle();
        net.answer(1);
        net.wait(5_000);
        net.hang_up(leaves);
        net.wait(100_000);
        let hang_ups = |phone: usize| {
            let said = net.phones[phone].said();
            said.into_iter()
                .filter(|(_, data)| data.command == Command::HangUp)
                .map(|(_, data)| data.call_end)
                .collect::<Vec<_>>()
        };
        assert_eq!(hang_ups(leaves), []);
        assert_eq!(hang_ups(1 - leaves), [Some(5)], "one record a call");
        net.assert_idle();
    }
}

#[test]
fn k8_two_who_hang_up_at_once_end_one_call() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.answer(1);
    net.wait(5_000);
    net.hang_up(0);
    net.hang_up(1);
    net.settle();
    let told = net.told();
    assert_eq!(told[0].last().map(String::as_str), Some("ended: hung up by alice after 5 s"));
    assert_eq!(told[1].last().map(String::as_str), Some("ended: hung up by bob after 5 s"));
    net.assert_idle();
}

#[test]
fn k8_a_hang_up_ends_the_call_of_who_never_saw_the_other_leave() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.phones[1].has_media = false;
    net.answer(1);
    net.settle();
    assert_eq!(net.phones[0].state(), State::Connecting);
    net.hang_up(0);
    net.settle();
    assert_eq!(net.told()[1], ["ringing by alice", "ended: hung up by alice"]);
    net.assert_idle();
}

#[test]
fn k3_a_declined_call_says_by_whom() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.decline(1);
    net.settle();
    assert_eq!(net.told(), [vec!["ended: declined by bob"], vec!["ringing by alice", "ended: declined by bob"]]);
    net.assert_idle();
}

#[test]
fn k12_a_call_that_is_cancelled_stops_ringing_and_was_missed() {
    let mut net = Net::new(["alice", "bob", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.hang_up(0);
    net.settle();
    let rang = vec!["ringing by alice", "ended: cancelled, missed"];
    assert_eq!(net.told(), [vec!["ended: cancelled"], rang.clone(), rang]);
    net.assert_idle();
}

#[test]
fn k1_a_call_that_is_hung_up_before_its_invite_was_sent_is_cancelled_once_it_can_be() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.hang_up(0);
    net.wait(60_000);
    assert_eq!(net.told(), [vec!["ended: cancelled"], vec!["ringing by alice", "ended: cancelled, missed"]]);
    assert_eq!(commands(&net.phones[0]), [(1, Command::Call), (2, Command::Call)]);
    net.assert_idle();
}

#[test]
fn k3_a_call_that_nobody_answers_ends_at_both() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.wait(60_000);
    assert_eq!(net.told(), [vec!["ended: no response"], vec!["ringing by alice", "ended: no response, missed"]]);
    net.assert_idle();
}

#[test]
fn k3_a_call_to_who_is_away_ends_and_is_found_missed() {
    let mut net = Net::new(["alice", "bob"]);
    net.set_online(1, false);
    net.dial(0, &["bob"], Media::Video);
    net.wait(60_000);
    assert_eq!(net.told(), [vec!["ended: no response"], vec![]]);
    net.set_online(1, true);
    net.settle();
    assert_eq!(net.told()[1], ["ended: no response, missed"]);
    net.assert_idle();
}

#[test]
fn k12_answered_on_one_device_the_other_stops_ringing_and_says_why() {
    let mut net = Net::new(["alice", "bob", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.answer(1);
    net.settle();
    assert_eq!(net.told()[2], ["ringing by alice", "ended: answered elsewhere"]);
    net.hang_up(1);
    net.wait(60_000);
    net.assert_idle();
}

#[test]
fn k12_declined_on_one_device_the_other_stops_ringing_and_says_why() {
    let mut net = Net::new(["alice", "bob", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.decline(2);
    net.settle();
    assert_eq!(net.told()[1], ["ringing by alice", "ended: declined elsewhere"]);
    net.assert_idle();
}

#[test]
fn k7_who_accepts_a_call_that_was_cancelled_learns_that_it_is_over() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.set_online(1, false);
    net.hang_up(0);
    net.settle();
    // Bob answers a call of which he has not heard that it is over.
    net.answer(1);
    net.settle();
    net.set_online(1, true);
    net.wait(60_000);
    assert_eq!(net.told()[1].last().map(String::as_str), Some("ended: cancelled"));
    assert!(commands(&net.phones[0]).contains(&(1, Command::HangUp)), "{:?}", commands(&net.phones[0]));
    net.assert_idle();
}

#[test]
fn k1_a_call_whose_media_never_comes_ends_at_both() {
    for without in [0, 1] {
        let mut net = Net::new(["alice", "bob"]);
        net.phones[without].has_media = false;
        net.dial(0, &["bob"], Media::Video);
        net.settle();
        net.answer(1);
        net.wait(60_000);
        for told in net.told() {
            assert_eq!(told.last().map(String::as_str), Some("ended: the media failed"));
        }
        net.assert_idle();
    }
}

#[test]
fn k1_an_answer_that_the_service_refuses_rings_again() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.phones[1].has_media = false;
    net.refuses = Some(3);
    net.answer(1);
    net.settle();
    assert_eq!(net.told()[1], ["ringing by alice", "failed: 20009"]);
    assert_eq!(net.phones[1].state(), State::Ringing);
    (net.refuses, net.phones[1].has_media) = (None, true);
    net.answer(1);
    net.settle();
    assert_eq!((net.phones[0].state(), net.phones[1].state()), (State::Connected, State::Connected));
}

#[test]
fn k3_a_call_that_the_service_refuses_ends() {
    let mut net = Net::new(["alice", "bob"]);
    net.refuses = Some(1);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    assert_eq!(net.told(), [vec!["ended: the service refused it (20009)"], vec![]]);
    net.assert_idle();
}

#[test]
fn k7_a_cancel_that_the_service_refuses_is_tried_again_but_not_for_ever() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    let start = net.now;
    net.refuses = Some(2);
    net.hang_up(0);
    net.wait(60_000);
    assert_eq!(net.refused, [0, 1_000, 3_000, 7_000].map(|after| start + after));
    assert_eq!(net.told(), [vec!["ended: cancelled"], vec!["ringing by alice", "ended: no response, missed"]]);
    net.assert_idle();
}

#[test]
fn k12_a_decline_that_the_service_refuses_is_tried_again_but_not_for_ever() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    let start = net.now;
    net.refuses = Some(4);
    net.decline(1);
    net.wait(60_000);
    assert_eq!(net.refused, [0, 1_000, 3_000, 7_000].map(|after| start + after));
    assert_eq!(net.told(), [vec!["ended: no response"], vec!["ringing by alice", "ended: declined by bob"]]);
    net.assert_idle();
}

#[test]
fn k7_who_answers_a_call_whose_cancel_the_service_refused_learns_that_it_is_over() {
    let mut net = Net::new(["alice", "bob"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.refuses = Some(2);
    net.hang_up(0);
    net.settle();
    assert_eq!(net.phones[1].state(), State::Ringing);
    net.refuses = None;
    net.answer(1);
    net.settle();
    assert_eq!(net.told()[1].last().map(String::as_str), Some("ended: hung up by alice"));
    net.assert_idle();
}

#[test]
fn k2_what_cannot_be_done_now_changes_nothing_and_says_why() {
    let mut net = Net::new(["alice", "bob"]);
    let call = net.dial(0, &["bob"], Media::Video);
    let (now, before) = (net.at(), net.phones[0].calls.clone());
    let phone = &mut net.phones[0];
    let again = phone.calls.dial(&mut phone.engine, now, Dial::to(["carol"], Media::Audio, 7));
    assert_eq!(again, Err(DialError::InCall));
    let answered = phone.calls.answer(&mut phone.engine, now, call);
    assert_eq!(answered, Err(CallError::NotNow(State::Dialing)));
    assert_eq!(phone.calls.decline(&mut phone.engine, now, call), Err(CallError::NotNow(State::Dialing)));
    assert_eq!(phone.calls.invite_more(&mut phone.engine, now, call, ["carol"], None), Err(CallError::NotInGroup));
    assert_eq!(phone.calls.answer_switch(&mut phone.engine, now, call, true), Err(CallError::NotNow(State::Dialing)));
    assert_eq!(phone.calls, before);
    net.hang_up(0);
    let phone = &mut net.phones[0];
    assert_eq!(phone.calls.hang_up(&mut phone.engine, now, call), Err(CallError::Over));
    let nobody = phone.calls.dial(&mut phone.engine, now, Dial::to([""; 0], Media::Audio, 7));
    assert!(nobody.is_err(), "{nobody:?}");
    let many = phone.calls.dial(&mut phone.engine, now, Dial::to(["user"; 9], Media::Audio, 7));
    assert_eq!(many, Err(DialError::TooMany));
}

#[test]
fn an_invitation_that_is_no_call_passes_by() {
    let mut net = Net::new(["alice", "bob"]);
    let now = net.at();
    net.phones[0].engine.invite(now, game("bob")).expect("there is room");
    net.wait(60_000);
    let names = |callbacks: &[Callback]| callbacks.iter().map(Callback::name).collect::<Vec<_>>();
    assert_eq!(names(&net.phones[0].callbacks), ["onInvitationTimeout", "ended"]);
    assert_eq!(names(&net.phones[1].callbacks), ["onReceiveNewInvitation", "onInvitationTimeout", "ended"]);
    assert_eq!(net.told(), [vec![""; 0], vec![]]);
}

#[test]
fn w9_hang_ups_and_news_do_not_fill_the_engine() {
    let mut net = Net::new(["alice", "bob"]);
    for _ in 0..3 {
        net.dial(0, &["bob"], Media::Video);
        net.settle();
        net.answer(1);
        net.wait(1_000);
        net.hang_up(0);
        net.wait(1_000);
        net.assert_idle();
    }
    for phone in &net.phones {
        assert_eq!(phone.engine.invitations().count(), 0, "{}", phone.user);
    }
}

#[test]
fn k3_a_call_that_was_missed_began_when_it_was_made() {
    let mut net = Net::new(["alice", "bob"]);
    net.set_online(1, false);
    let made = net.at();
    net.dial(0, &["bob"], Media::Video);
    net.wait(3_600_000);
    net.set_online(1, true);
    net.settle();
    assert_eq!(net.phones[1].last_record().started, made);
}

#[test]
fn w9_who_calls_without_end_keeps_no_cancel_from_being_said() {
    let mut net = Net::new(["alice", "bob", "mallory", "carol"]);
    net.dial(0, &["bob"], Media::Video);
    let now = net.at();
    let alice = &mut net.phones[0];
    let Some(Layered::Transmit(sent)) = alice.calls.poll(&mut alice.engine, now) else { panic!("it is sent") };
    net.hang_up(0);
    net.dial(3, &["alice"], Media::Video);
    net.settle();
    for _ in 0..70 {
        let (now, mallory) = (net.at(), &mut net.phones[2]);
        let data = CallData::new(Command::Call, Media::Video).to_data();
        mallory.engine.invite(now, Invite::to("alice").timeout(30).data(data)).expect("there is room");
    }
    net.settle();
    let stamp = Stamp { time: ServerTime::from_millis(net.now), id: "m0".into() };
    net.phones[0].engine.handle_send_result(now, sent.token, SendResult::Sent(stamp)).expect("its fate is not known");
    net.settle();
    let is_cancel = |sent: &&Transmit| sent.payload.contains(r#""actionType":2"#);
    assert_eq!(net.phones[0].sent.iter().filter(is_cancel).count(), 1);
}
