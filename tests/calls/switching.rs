//! K11: going on with other media.

use convoke::call::{CallData, CallError, CallId, Command, Media, State};
use convoke::{Conversation, Disposition, Inbound, Invite};

use crate::net::{Net, Phone, commands};

fn connected(media: Media) -> (Net, CallId) {
    let mut net = Net::new(["alice", "bob"]);
    let call = net.dial(0, &["bob"], media);
    net.settle();
    net.answer(1);
    net.settle();
    let _ = net.told();
    (net, call)
}

fn switch(net: &mut Net, media: Media) -> Result<(), CallError> {
    let now = net.at();
    let alice = &mut net.phones[0];
    let call = alice.current();
    let switched = alice.calls.switch(&mut alice.engine, now, call, media);
    net.settle();
    switched
}

fn answer(net: &mut Net, is_wanted: bool) -> Result<(), CallError> {
    let now = net.at();
    let bob = &mut net.phones[1];
    let call = bob.current();
    let answered = bob.calls.answer_switch(&mut bob.engine, now, call, is_wanted);
    net.settle();
    answered
}

#[test]
fn k11_to_sound_alone_is_done_at_once_and_is_no_call() {
    let (mut net, _) = connected(Media::Video);
    switch(&mut net, Media::Audio).expect("it is connected");
    assert_eq!(net.told(), [["switched to Audio"], ["switched to Audio"]]);
    assert_eq!((net.phones[0].state(), net.phones[1].state()), (State::Connected, State::Connected));
    assert_eq!(commands(&net.phones[0]).last(), Some(&(1, Command::Switch(Media::Audio))));
    net.hang_up(0);
    net.settle();
    assert_eq!(net.phones[1].last_record().media, Media::Audio);
    net.assert_idle();
}

#[test]
fn k11_to_a_picture_is_the_others_to_say() {
    for is_wanted in [true, false] {
        let (mut net, _) = connected(Media::Audio);
        switch(&mut net, Media::Video).expect("it is connected");
        assert_eq!(net.told(), [vec![], vec!["asked for Video"]]);
        answer(&mut net, is_wanted).expect("it is asked");
        let told = net.told();
        let expected = if is_wanted { "switched to Video" } else { "not switched" };
        assert_eq!(told[0], [expected]);
        assert_eq!(answer(&mut net, true), Err(CallError::NotAsked));
    }
}

#[test]
fn k11_who_is_asked_and_says_nothing_goes_on_as_before() {
    let (mut net, _) = connected(Media::Audio);
    switch(&mut net, Media::Video).expect("it is connected");
    net.wait(60_000);
    assert_eq!(net.told(), [vec!["not switched"], vec!["asked for Video", "not switched"]]);
    net.hang_up(0);
    net.settle();
    assert_eq!(net.phones[0].last_record().media, Media::Audio);
}

#[test]
fn k11_a_stranger_switches_nothing() {
    let mut net = Net::new(["alice", "bob", "carol"]);
    net.dial(0, &["bob"], Media::Video);
    net.settle();
    net.answer(1);
    net.settle();
    let _ = net.told();
    let now = net.at();
    let data = r#"{"version":4,"businessID":"av_call","call_type":2,"data":{"cmd":"switchToAudio"}}"#;
    net.phones[2].engine.invite(now, Invite::to("bob").timeout(30).data(data)).expect("there is room");
    net.settle();
    assert_eq!(net.told(), [vec![""; 0], vec![], vec![]]);
}

/// An accomplice's yes to what nobody asks the user is none of the user's.
#[test]
fn k11_an_invitation_to_others_in_a_group_switches_nothing() {
    let (alice, bob, carol) = (0, 1, 2);
    let mut net = Net::new(["alice", "bob", "carol"]);
    net.dial(alice, &["bob"], Media::Audio);
    net.settle();
    net.answer(bob);
    net.settle();
    let _ = net.told();
    let (now, data) = (net.at(), CallData::new(Command::Switch(Media::Video), Media::Audio));
    let invite = Invite::in_group("room", ["carol"]).timeout(30).data(data.to_data());
    let id = net.phones[bob].engine.invite(now, invite).expect("there is room");
    net.settle();
    net.phones[carol].engine.accept(now, &id, "").expect("she is called");
    net.settle();
    assert_eq!(net.told()[alice], [""; 0]);
    assert_eq!(net.phones[alice].calls.current().map(|call| call.media()), Some(Media::Audio));
}

#[test]
fn k11_an_acceptance_that_came_too_late_is_undone_where_it_was_said() {
    let (mut net, _) = connected(Media::Audio);
    let (alice, bob) = (0, 1);
    switch(&mut net, Media::Video).expect("it is connected");
    net.wait(29_900);
    let (now, phone) = (net.at(), &mut net.phones[bob]);
    let call = phone.current();
    phone.calls.answer_switch(&mut phone.engine, now, call, true).expect("it is asked");
    net.poll(bob);
    let on_its_way = std::mem::take(&mut net.phones[alice].inbox);
    net.wait(10_000);
    net.phones[alice].inbox = on_its_way;
    net.settle();
    let told = net.told();
    assert_eq!(told[alice], ["not switched"]);
    assert_eq!(told[bob], ["asked for Video", "switched to Video", "switched to Audio"]);
    let media = |at: usize| net.phones[at].calls.current().map(|call| call.media());
    assert_eq!((media(alice), media(bob)), (Some(Media::Audio), Some(Media::Audio)));
}

#[test]
fn k11_what_was_asked_is_withdrawn_with_the_call() {
    let (mut net, _) = connected(Media::Audio);
    switch(&mut net, Media::Video).expect("it is connected");
    net.hang_up(0);
    net.wait(60_000);
    net.assert_idle();
    assert_eq!(net.phones[1].engine.invitations().count(), 0);
}

/// A kit lets its user switch before there is an answer. Left open, the question would end the call when its time is over.
#[test]
fn k11_what_is_asked_before_an_answer_is_answered_at_once() {
    let (alice, bob) = (0, 1);
    let ask = |net: &mut Net, from: usize, to: &str, media| {
        let (now, data) = (net.at(), CallData::new(Command::Switch(media), media.other()));
        let invite = Invite::to(to).timeout(30).data(data.to_data());
        net.phones[from].engine.invite(now, invite).expect("there is room");
        net.settle();
    };
    let mut net = Net::new(["alice", "bob"]);
    net.dial(alice, &["bob"], Media::Video);
    net.settle();
    let _ = net.told();
    ask(&mut net, alice, "bob", Media::Audio);
    assert_eq!(net.told(), [vec![], vec!["switched to Audio"]]);
    ask(&mut net, alice, "bob", Media::Video);
    ask(&mut net, bob, "alice", Media::Audio);
    assert_eq!(net.told(), [[""; 0]; 2], "it is declined without a word to the app");
    let answers = |phone: &Phone| -> Vec<u64> { commands(phone).into_iter().map(|(action, _)| action).collect() };
    assert_eq!(answers(&net.phones[alice]), [1, 1, 1, 4]);
    assert_eq!(answers(&net.phones[bob]), [3, 4, 1]);
    net.answer(bob);
    net.settle();
    assert_eq!(net.phones[bob].said().last().map(|(_, data)| data.media), Some(Media::Audio));
    net.wait(60_000);
    assert_eq!((net.phones[alice].state(), net.phones[bob].state()), (State::Connected, State::Connected));
}

/// Alice cancels what she has asked bob, though he has accepted it.
fn cancel_after_all(net: &mut Net, id: &str) {
    let payload = format!(
        r#"{{"businessID":1,"timeout":0,"data":"","inviteID":"{id}","groupID":"","actionType":2,"inviter":"alice","inviteeList":["bob"]}}"#
    );
    let now = net.at();
    let cancel = Inbound::new("alice", Conversation::C2c("alice".into()), payload);
    assert_eq!(net.phones[1].engine.handle_message(now, &cancel), Disposition::Applied);
    net.settle();
}

#[test]
fn k11_the_other_one_alone_brings_no_picture() {
    for media in [Media::Audio, Media::Video] {
        let (mut net, _) = connected(media);
        switch(&mut net, Media::Audio).expect("it is connected");
        net.settle();
        let id = net.phones[0].sent.last().expect("it is asked").invitation.invite_id().as_str().to_owned();
        net.wait(60_000);
        let _ = net.told();
        cancel_after_all(&mut net, &id);
        assert_eq!(net.told()[1], [""; 0], "{media}");
        assert_eq!(net.phones[1].calls.current().map(|call| call.media()), Some(Media::Audio), "{media}");
    }
}

#[test]
fn k11_only_the_last_switch_is_undone() {
    let (mut net, _) = connected(Media::Audio);
    let mut ids = Vec::new();
    for media in [Media::Video, Media::Audio, Media::Video] {
        switch(&mut net, media).expect("it is connected");
        net.settle();
        ids.push(net.phones[0].sent.last().expect("it is asked").invitation.invite_id().as_str().to_owned());
        if media == Media::Video {
            let (now, bob) = (net.at(), &mut net.phones[1]);
            let call = bob.current();
            bob.calls.answer_switch(&mut bob.engine, now, call, true).expect("it is asked");
        }
        net.settle();
    }
    let media = |net: &Net| net.phones[1].calls.current().map(|call| call.media());
    cancel_after_all(&mut net, &ids[0]);
    assert_eq!(media(&net), Some(Media::Video));
    cancel_after_all(&mut net, &ids[2]);
    assert_eq!(media(&net), Some(Media::Audio));
}

#[test]
fn w9_who_asks_without_end_is_told_that_too_much_is_asked() {
    let (mut net, call) = connected(Media::Audio);
    let (now, alice) = (net.at(), &mut net.phones[0]);
    let mut ask = || alice.calls.switch(&mut alice.engine, now, call, Media::Video);
    assert!((0..64).all(|_| ask().is_ok()), "the call's own has ended, and makes room");
    assert_eq!(ask(), Err(CallError::TooManyInvitations));
}

#[test]
fn k11_where_both_have_asked_a_refused_acceptance_undoes_nothing_that_the_other_one_accepted() {
    for is_heard_first in [true, false] {
        let (mut net, _) = connected(Media::Video);
        for at in [0, 1] {
            let now = net.at();
            assert!(net.operate(at, |phone, call| phone.calls.switch(&mut phone.engine, now, call, Media::Audio)));
        }
        net.poll(0);
        net.poll(1);
        net.stalls = Some(3);
        net.deliver(0);
        net.poll(0); // her acceptance is on its way for long
        net.stalls = None;
        if is_heard_first {
            net.settle();
        }
        net.refuse_stalled();
        net.wait(60_000);
        let media = |at: usize| net.phones[at].calls.current().map(|call| call.media());
        assert_eq!([media(0), media(1)], [Some(Media::Audio); 2]);
    }
}
