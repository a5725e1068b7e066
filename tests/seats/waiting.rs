//! M2, M3: what others ask waits no longer than what one asks oneself, whatever time they set.

use convoke::layer::Layer;
use convoke::seats::{SeatCommand, SeatData, SeatError};
use convoke::{Conversation, Inbound, InvitationKey, Invite, Outcome, Wake};

use crate::net::Net;

fn data(command: SeatCommand) -> convoke::Data {
    SeatData::new(command, "live", Some(1)).to_data()
}

/// What an app of another make asks.
fn ask(net: &mut Net, at: usize, invite: Invite) -> InvitationKey {
    let now = net.at();
    net.members[at].engine.invite(now, invite).expect("it is a good one")
}

fn apply(net: &mut Net, at: usize, time_s: u32) -> InvitationKey {
    let invite = Invite::in_group("live", ["olga", "mina"]).timeout(time_s).data(data(SeatCommand::TakeSeat));
    let key = ask(net, at, invite);
    net.poll(at);
    key
}

#[test]
fn m2_an_application_that_sets_no_time_or_a_long_one_expires_as_ours_do() {
    for time_s in [0, 121, 86_400] {
        for has_crashed in [false, true] {
            let mut net = Net::new(["olga", "mina", "ann"], 1);
            let request = apply(&mut net, 2, time_s);
            net.wait(60_000);
            if has_crashed {
                net.crash(1);
            }
            net.wait(59_000);
            assert_eq!((net.members[0].queue(), net.members[1].queue()), (vec!["ann".into()], vec!["ann".into()]));
            net.wait(1_000);
            for at in [0, 1] {
                assert!(net.members[at].queue().is_empty());
                assert_eq!(net.told(at), ["Application by ann", "ann: Expired"]);
                assert_eq!(net.try_decide(at, &request, true), Err(SeatError::Over));
            }
            net.wait(15_000);
            for at in [0, 1] {
                assert_eq!(net.members[at].seats.next(), Wake::Never);
                assert_eq!(net.members[at].engine.invitations().count(), 0, "it is forgotten");
            }
            net.apply(2, None);
            net.settle();
            assert_eq!(net.members[0].queue(), ["ann"]);
        }
    }
}

#[test]
fn m2_one_that_is_read_in_the_history_is_as_old_as_it_is() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    apply(&mut net, 2, 3_600);
    net.wait(100_000);
    let late = net.enter("cat");
    net.settle();
    assert_eq!(net.members[late].queue(), ["ann"]);
    net.wait(21_000);
    assert!(net.members[late].queue().is_empty());
    let later = net.enter("dan");
    net.wait(20_000);
    assert!(net.members[later].queue().is_empty());
    assert_eq!(net.told(later), Vec::<String>::new());
}

/// Mina accepts in the last moment, and olga hears it after it was over for her.
#[test]
fn m2_a_decision_that_crosses_the_end_counts_for_all() {
    for is_accepted in [true, false] {
        let mut net = Net::new(["olga", "mina", "ann"], 1);
        let request = apply(&mut net, 2, 0);
        net.wait(119_900);
        net.decide(1, &request, is_accepted);
        net.now += 200;
        let now = net.at();
        net.members[0].engine.tick(now);
        net.poll(0);
        net.settle();
        for at in [0, 1] {
            assert_eq!(net.members[at].seats.decision(&request), Some((&"mina".into(), is_accepted)));
        }
        let mut told = vec!["Application by ann", "ann: Expired"];
        told.extend(is_accepted.then_some("ann accepted by mina"));
        assert_eq!(net.told(0), told, "of a no there is nothing more to say");
        net.wait(20_000);
        net.assert_agreed();
    }
}

#[test]
fn m2_what_one_of_several_declined_takes_up_no_room_for_a_day() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    let request = apply(&mut net, 2, 86_400);
    net.settle();
    net.decide(1, &request, false);
    net.wait(131_000);
    for at in [0, 1] {
        assert_eq!(net.members[at].engine.invitations().count(), 0);
    }
}

#[test]
fn m3_an_invitation_that_sets_no_time_or_a_long_one_rings_as_long_as_ours_do() {
    for time_s in [0, 86_400] {
        let mut net = Net::new(["olga", "ann", "ann"], 0);
        let invite = Invite::to("ann").timeout(time_s).data(data(SeatCommand::PickSeat));
        let request = ask(&mut net, 0, invite);
        net.wait(29_000);
        assert_eq!(net.members[1].seats.invitations().count(), 1);
        net.wait(1_000);
        for at in [1, 2] {
            assert_eq!(net.told(at), ["Invitation by olga", "olga: Expired"]);
            assert_eq!(net.members[at].seats.invitations().count(), 0);
            assert!(net.try_decide(at, &request, true).is_err());
        }
        let view = net.members[0].engine.invitation(&request).expect("it is remembered");
        assert_eq!(view.outcome_of("ann"), Some(Outcome::Rejected), "who invited her need not wait");
        net.wait(20_000);
        assert!([1, 2].iter().all(|at| net.members[*at].seats.next() == Wake::Never));
    }
}

#[test]
fn m3_who_accepted_in_time_is_still_told_that_the_seat_was_not_given() {
    let mut net = Net::new(["olga", "ann"], 0);
    let invite = Invite::to("ann").timeout(0).data(data(SeatCommand::PickSeat));
    let request = ask(&mut net, 0, invite);
    net.wait(29_000);
    net.decide(1, &request, true);
    net.wait(60_000);
    assert_eq!(net.told(1), ["Invitation by olga", "not done: the seat was not given in time"]);
    assert_eq!(net.members[1].seats.next(), Wake::Never);
}

#[test]
fn m5_a_crowd_that_waits_for_a_day_keeps_nobody_out_for_long() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    let data = serde_json::to_string(data(SeatCommand::TakeSeat).as_str()).expect("it is text");
    for n in 0..256 {
        let user = format!("user{}", n / 4);
        let payload = format!(
            r#"{{"businessID":1,"timeout":86400,"data":{data},"inviteID":"{n}","groupID":"live","actionType":1,"inviter":"{user}","inviteeList":["olga","mina"]}}"#
        );
        let message = Inbound::new(user.as_str(), Conversation::Group("live".into()), payload);
        net.members[0].inbox.push_back(message.stamped(net.now, format!("x{n:03}").as_str()));
    }
    net.settle();
    net.apply(2, None);
    net.settle();
    assert_eq!(net.members[0].queue().len(), 64);
    assert!(!net.members[0].queue().contains(&"ann".to_owned()), "there is no room");
    net.wait(125_000);
    assert!(net.members[0].queue().is_empty());
    net.apply(2, None);
    net.wait(6_000);
    assert_eq!(net.members[0].queue(), ["ann"]);
}
