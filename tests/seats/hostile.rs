//! Nobody has a say who has none, whatever they send.

use convoke::seats::{SeatCommand, SeatData, SeatError};
use convoke::{Conversation, Disposition, Inbound, Invite};
use proptest::prelude::*;

use crate::net::Net;

fn invite(seats: SeatCommand, room: &str) -> convoke::Data {
    SeatData::new(seats, room, Some(1)).to_data()
}

#[test]
fn m2_a_stranger_decides_nothing() {
    let mut net = Net::new(["olga", "mina", "ann", "bob"], 1);
    let request = net.apply(2, None);
    net.settle();
    let before = net.told(2);
    let denied = net.try_decide(3, &request, true);
    assert!(denied.is_err());
    let forged = format!(
        r#"{{"businessID":1,"timeout":0,"data":"","inviteID":"{}","groupID":"live","actionType":3,"inviter":"ann","inviteeList":["olga"]}}"#,
        request.invite_id()
    );
    net.post(3, &Conversation::Group("live".into()), &forged);
    let own = forged.replace(r#"["olga"]"#, r#"["bob"]"#);
    net.post(3, &Conversation::Group("live".into()), &own);
    net.settle();
    assert_eq!(net.members[0].queue(), ["ann"]);
    assert_eq!((net.told(2), net.seated()), (before, vec![]));
}

#[test]
fn m2_who_is_no_moderator_decides_nothing_even_if_asked() {
    let mut net = Net::new(["olga", "mina", "ann", "bob"], 1);
    let now = net.at();
    let ask = Invite::in_group("live", ["bob", "mina"]).timeout(60).data(invite(SeatCommand::TakeSeat, "live"));
    let request = net.members[2].engine.invite(now, ask).expect("it is a good one");
    net.settle();
    assert_eq!(net.members[1].queue(), ["ann"]);
    assert_eq!(net.try_decide(3, &request, true), Err(SeatError::NotAllowed));
    net.members[3].engine.accept(now, &request, "").expect("he is asked");
    net.settle();
    assert_eq!(net.members[1].queue(), ["ann"], "it still waits for her");
    assert_eq!(net.members[1].seats.decision(&request), None);
}

#[test]
fn m3_who_has_no_say_invites_nobody_onto_a_seat() {
    let mut net = Net::new(["olga", "ann", "bob"], 0);
    let denied = net.act(1, |seats, engine, now| seats.invite(engine, now, "bob", None).map(drop));
    assert_eq!(denied, Err(SeatError::NotAllowed));
    let now = net.at();
    let ask = Invite::to("bob").timeout(30).data(invite(SeatCommand::PickSeat, "live"));
    net.members[1].engine.invite(now, ask).expect("it is a good one");
    net.settle();
    assert_eq!(net.told(2), Vec::<String>::new());
    assert_eq!(net.members[2].seats.invitations().count(), 0);
    assert!(net.members[2].callbacks.is_empty());
}

#[test]
fn m3_who_has_no_say_changes_no_seat_but_their_own() {
    let mut net = Net::new(["olga", "ann", "bob"], 0);
    net.seat(2, 0);
    let denied = Err(SeatError::NotAllowed);
    assert_eq!(net.act(1, |seats, engine, now| seats.take(engine, now, None)), denied);
    assert_eq!(net.act(1, |seats, engine, now| seats.remove(engine, now, &"bob".into())), denied);
    assert_eq!(net.act(1, |seats, engine, now| seats.lock(engine, now, 0)), denied);
    assert_eq!(net.act(1, |seats, engine, now| seats.mute(engine, now, &"bob".into())), denied);
    net.leave(2);
    net.act(1, |seats, engine, now| seats.handle_member_left(engine, now, &"bob".into()));
    net.poll(1);
    assert!(net.letters.is_empty(), "she frees nobody's seat");
}

#[test]
fn what_is_of_another_room_or_of_no_seat_passes() {
    let mut net = Net::new(["olga", "ann"], 0);
    let now = net.at();
    for data in [invite(SeatCommand::TakeSeat, "elsewhere"), r#"{"businessID":"chess"}"#.into()] {
        net.members[1].engine.invite(now, Invite::to("olga").timeout(30).data(data)).expect("it is a good one");
    }
    net.settle();
    assert_eq!(net.members[0].callbacks.len(), 2);
    assert_eq!(net.told(0), Vec::<String>::new());
}

#[test]
fn h4_what_began_as_somebody_elses_does_not_become_a_request() {
    let mut net = Net::new(["olga", "ann"], 0);
    let now = net.at();
    let request = net.members[1].engine.invite(now, Invite::to("olga").timeout(30).data("chess")).expect("it is good");
    net.settle();
    let edited = format!(
        r#"{{"businessID":1,"timeout":30,"data":{:?},"inviteID":"{}","groupID":"","actionType":1,"inviter":"ann","inviteeList":["olga"]}}"#,
        invite(SeatCommand::TakeSeat, "live").as_str(),
        request.invite_id()
    );
    let edited = Inbound::new("ann", Conversation::C2c("ann".into()), edited);
    let heard = net.members[0].engine.handle_edit(now, &edited);
    net.settle();
    assert_eq!(heard, Disposition::Applied);
    assert_eq!(net.members[0].callbacks.len(), 2, "the invitation, and the edit");
    assert_eq!((net.told(0), net.members[0].queue()), (vec![], vec![]));
}

#[test]
fn m5_one_applicant_takes_no_more_than_a_place_in_the_queue() {
    let mut net = Net::new(["olga", "mina", "ann", "bob"], 1);
    let now = net.at();
    for _ in 0..40 {
        let ask = Invite::in_group("live", ["olga", "mina"]).timeout(60).data(invite(SeatCommand::TakeSeat, "live"));
        net.members[2].engine.invite(now, ask).expect("it is a good one");
    }
    net.poll(2);
    net.apply(3, None);
    net.settle();
    for at in [0, 1] {
        assert_eq!(net.members[at].queue(), ["ann", "bob"]);
    }
    assert_eq!(net.told(0).len(), 5, "four of hers");
}

#[test]
fn m5_a_crowd_of_applicants_is_bounded_and_makes_room_when_it_is_over() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    for n in 0..400 {
        let data = invite(SeatCommand::TakeSeat, "live").as_str().replace('"', r#"\""#);
        let payload = format!(
            r#"{{"businessID":1,"timeout":60,"data":"{data}","inviteID":"{n}","groupID":"live","actionType":1,"inviter":"user{n}","inviteeList":["olga","mina"]}}"#
        );
        let message = Inbound::new(format!("user{n}").as_str(), Conversation::Group("live".into()), payload);
        net.members[0].inbox.push_back(message.stamped(net.now, format!("x{n:03}").as_str()));
    }
    net.settle();
    assert_eq!(net.members[0].queue().len(), 256);
    net.wait(80_000);
    assert!(net.members[0].queue().is_empty());
    net.apply(2, None);
    net.settle();
    assert_eq!(net.members[0].queue(), ["ann"]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn m1_any_attributes_are_read_as_something(
        attributes in prop::collection::vec(("(seat)?[0-9+-]{0,3}", r#"\PC{0,20}|\{"user":"?[ab0]?"?,"muted":(true|1)\}"#), 0..12),
        version in any::<u64>(),
    ) {
        let mut net = Net::new(["olga"], 0);
        let pairs = attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        net.act(0, |seats, engine, now| {
            seats.handle_attributes(now, version, pairs);
            seats.take(engine, now, None).ok();
        });
        prop_assert_eq!(net.members[0].seats.seats().count(), 8);
        net.poll(0);
    }

    #[test]
    fn any_data_is_read_as_something(text in r#"\PC{0,40}|\{"businessID":"VoiceRoom","data":\{"cmd":"takeSeat","room_id":\PC{0,6},"seat_number":\PC{0,4}\}\}"#) {
        if let Some(data) = SeatData::read(&text) {
            let again = SeatData::read(data.to_data().as_str()).expect("it is ours");
            prop_assert_eq!(again, data);
        }
    }
}
