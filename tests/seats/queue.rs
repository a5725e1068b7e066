//! M5, M6: the same queue for everybody, and for who comes late.

use convoke::seats::{SeatCommand, SeatData};
use convoke::{Answer, Conversation, Inbound, InvitationKey};

use crate::net::Net;

#[test]
fn m5_the_queue_is_in_the_order_of_the_stamps_for_all_moderators_alike() {
    let mut net = Net::new(["olga", "mina", "max", "cat", "bob", "ann"], 2);
    let requests = [5, 3, 4].map(|at| net.apply(at, Some(1)));
    // What was asked last arrives first.
    for at in [0, 1] {
        for which in [2, 0, 0] {
            assert!(net.deliver(at, which));
            net.poll(at);
        }
    }
    net.settle();
    for at in [0, 1, 2] {
        assert_eq!(net.members[at].queue(), ["ann", "cat", "bob"], "{}", net.members[at].user);
    }
    net.decide(1, &requests[0], false);
    net.settle();
    for at in [0, 1, 2] {
        assert_eq!(net.members[at].queue(), ["cat", "bob"]);
    }
}

#[test]
fn m6_who_comes_late_gets_the_seats_and_the_queue() {
    let mut net = Net::new(["olga", "mina", "ann", "bob"], 1);
    net.seat(3, 6);
    let request = net.apply(2, None);
    net.settle();
    let late = net.enter("cat");
    net.settle();
    assert_eq!(net.members[late].queue(), ["ann"]);
    let mut told = net.told(late);
    told.sort();
    assert_eq!(told, ["Application by ann", "seat 6: bob"]);
    net.decide(1, &request, true);
    net.settle();
    assert!(net.members[late].queue().is_empty());
    net.assert_agreed();
}

#[test]
fn m6_a_moderator_who_comes_late_can_decide() {
    let config = convoke::seats::SeatsConfig::new("olga").moderated_by(["mina"]);
    let mut net = Net::with(["olga", "ann"], config);
    let request = net.apply(1, None);
    net.settle();
    let mina = net.enter("mina");
    net.settle();
    net.decide(mina, &request, true);
    net.settle();
    assert_eq!(net.seated(), [(0, "ann".into())]);
    net.assert_agreed();
}

#[test]
fn m6_what_was_decided_before_one_came_does_not_flash() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    let request = net.apply(2, None);
    net.settle();
    net.decide(1, &request, true);
    net.settle();
    let late = net.enter("cat");
    net.settle();
    assert_eq!(net.told(late), ["seat 0: ann"]);
}

#[test]
fn m6_what_the_engine_knew_before_the_room_was_entered_is_taken_in() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    let config = net.members[1].seats.config().clone();
    net.apply(2, None);
    net.settle();
    net.members[1].seats = convoke::seats::Seats::new("live", config);
    net.settle();
    assert_eq!(net.members[1].queue(), ["ann"]);
}

#[test]
fn m6_who_is_made_a_moderator_sees_who_waits() {
    let mut net = Net::new(["olga", "ann", "bob"], 0);
    net.invite(0, "ann", None);
    net.settle();
    let request = net.act(1, |seats, _, _| seats.invitations().next()).expect("it rings");
    for at in [0, 1, 2] {
        net.act(at, |seats, engine, now| seats.handle_roles(engine, now, "bob", ["ann"]));
    }
    net.settle();
    assert_eq!(net.told(1).last(), Some(&"olga: Expired".into()), "who invited her has no say any more");
    assert!(net.try_decide(1, &request.id, true).is_err());
}

#[test]
fn m5_a_full_queue_keeps_nobody_from_being_invited_and_is_filled_up_again() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    let applies = |net: &mut Net, n: u32| {
        let data = SeatData::new(SeatCommand::TakeSeat, "live", None).to_data();
        let data = serde_json::to_string(data.as_str()).expect("it is text");
        let payload = format!(
            r#"{{"businessID":1,"timeout":120,"data":{data},"inviteID":"i{n}","groupID":"live","actionType":1,"inviter":"u{n}","inviteeList":["olga","mina"]}}"#
        );
        for at in net.here() {
            let message = Inbound::new(format!("u{n}"), Conversation::Group("live".into()), payload.as_str());
            net.act(at, |_, engine, now| {
                let _ = engine.handle_message(now, &message.stamped(now.as_millis() + i64::from(n), format!("s{n}")));
            });
        }
        net.settle();
    };
    (0..257).for_each(|n| applies(&mut net, n));
    assert_eq!(net.members[1].queue().len(), 256);
    let request = net.invite(0, "ann", Some(1));
    net.settle();
    assert_eq!(net.told(2).last().map(String::as_str), Some("Invitation by olga"));
    net.decide(2, &request, true);
    net.settle();
    assert_eq!(net.seated(), [(1, "ann".into())]);
    let first = InvitationKey::new("u0", "i0", Conversation::Group("live".into()));
    net.decide(0, &first, false);
    net.act(1, |seats, engine, now| seats.decide(engine, now, &first, Answer::Reject)).ok();
    net.settle();
    assert!(net.members[1].queue().contains(&"u256".to_owned()));
}
