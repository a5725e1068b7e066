//! M4: who goes leaves nothing behind.

use convoke::seats::{SeatCommand, SeatData, WriteResult};
use convoke::{Conversation, History, Inbound, Invite, UserId};

use crate::net::{Net, REFUSED};

#[test]
fn m4_the_seat_of_who_left_is_freed_by_the_owner() {
    let mut net = Net::new(["olga", "mina", "ann", "bob"], 1);
    net.seat(2, 3);
    net.leave(2);
    net.settle();
    assert_eq!(net.seated(), []);
    net.wait(10_000);
    assert_eq!(net.version, 2, "written once");
    net.assert_agreed();
}

#[test]
fn m4_where_the_owner_is_not_there_a_moderator_frees_it() {
    let mut net = Net::new(["olga", "mina", "max", "ann"], 2);
    net.leave(0);
    net.seat(3, 3);
    net.leave(3);
    net.settle();
    assert_eq!(net.seated().len(), 1, "it is left to the owner for a while");
    net.wait(10_000);
    assert_eq!(net.seated(), []);
    assert_eq!(net.version, 2, "written once, though two tried");
    net.assert_agreed();
}

#[test]
fn m4_a_store_that_refuses_to_free_the_seat_is_asked_again() {
    let mut net = Net::new(["olga", "ann"], 0);
    net.seat(1, 3);
    net.store_fails = Some(WriteResult::Failed { code: REFUSED });
    net.leave(1);
    net.wait(1_000);
    net.store_fails = None;
    net.wait(2_000);
    assert_eq!(net.seated(), []);
    assert_eq!(net.told(0), ["seat 3: ann", "seat 3: free"]);

    let ann = net.enter("ann");
    net.seat(ann, 3);
    net.store_fails = Some(WriteResult::Failed { code: REFUSED });
    net.leave(ann);
    net.wait(10_000);
    let told = net.told(0);
    assert_eq!(told.last(), Some(&format!("not done: the store refused it ({REFUSED})")), "but not for ever");
}

#[test]
fn m4_a_write_that_was_on_its_way_when_they_left_is_undone() {
    let mut net = Net::new(["olga", "ann"], 0);
    let request = net.apply(1, None);
    net.settle();
    net.decide(0, &request, true);
    assert!(net.deliver(1, 0));
    net.poll(1);
    assert_eq!(net.letters.len(), 1);
    net.leave(1);
    net.settle();
    assert_eq!(net.seated(), []);
    assert_eq!(net.version, 2);
    net.assert_agreed();
}

#[test]
fn m4_the_application_of_who_left_is_forgotten() {
    for moderators in [0, 1] {
        let mut net = Net::new(["olga", "mina", "ann"], moderators);
        let request = net.apply(2, None);
        net.settle();
        net.leave(2);
        net.settle();
        assert!(net.members[0].queue().is_empty());
        assert_eq!(net.told(0), ["Application by ann", "ann: Left"]);
        assert!(net.try_decide(0, &request, true).is_err());
        net.wait(200_000);
        net.assert_agreed();
    }
}

#[test]
fn m4_who_leaves_takes_back_declines_and_frees() {
    let mut net = Net::new(["olga", "mina", "ann", "bob"], 1);
    net.apply(3, None);
    net.invite(0, "bob", None);
    net.settle();
    net.act(3, |seats, engine, now| seats.exit(engine, now));
    net.settle();
    assert!(net.members[0].queue().is_empty());
    assert_eq!(net.told(0).last(), Some(&"olga declined by bob".into()));
    net.seat(2, 0);
    net.act(2, |seats, engine, now| seats.exit(engine, now));
    assert!(!net.members[2].seats.is_idle());
    net.settle();
    assert!(net.members[2].seats.is_idle());
    assert_eq!(net.seated(), []);
    net.assert_agreed();
}

#[test]
fn m4_who_was_invited_and_left_is_not_waited_for() {
    let mut net = Net::new(["olga", "ann"], 0);
    net.invite(0, "ann", None);
    net.settle();
    net.leave(1);
    net.settle();
    assert_eq!(net.told(0), ["olga: Left"]);
    assert_eq!(net.members[0].seats.invitations().count(), 0);
}

#[test]
fn m4_an_application_whose_moderators_all_left_is_over() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    net.apply(2, None);
    net.settle();
    net.leave(0);
    net.settle();
    assert_eq!(net.members[1].queue(), ["ann"]);
    net.leave(1);
    net.settle();
    assert_eq!(net.told(2), ["ann: Left"]);
    net.apply(2, None);
}

#[test]
fn m4_who_was_removed_from_the_room_wants_nothing_there() {
    let mut net = Net::new(["olga", "ann"], 0);
    net.apply(1, None);
    net.settle();
    let me = UserId::from("ann");
    net.act(1, |seats, engine, now| seats.handle_member_left(engine, now, &me));
    net.settle();
    assert_eq!(net.told(1), ["ann: Left"]);
    assert!(net.members[0].queue().is_empty());
}

#[test]
fn m4_the_seat_of_who_left_is_freed_though_many_others_just_left() {
    let mut net = Net::new(["olga", "ann"], 0);
    net.seat(1, 3);
    for n in 0..64 {
        let user = UserId::from(format!("listener{n}").as_str());
        net.act(0, |seats, engine, now| seats.handle_member_left(engine, now, &user));
    }
    net.leave(1);
    net.settle();
    assert_eq!(net.seated(), []);
    net.assert_agreed();
}

#[test]
fn m4_who_left_from_a_seat_is_not_forgotten_for_the_many_who_leave_after_them() {
    let mut net = Net::new(["olga", "ann"], 0);
    net.seat(1, 3);
    net.store_fails = Some(WriteResult::Failed { code: REFUSED });
    net.leave(1);
    for n in 0..64 {
        let user = UserId::from(format!("listener{n}").as_str());
        net.act(0, |seats, engine, now| seats.handle_member_left(engine, now, &user));
    }
    net.settle();
    net.store_fails = None;
    net.wait(2_000);
    assert_eq!(net.seated(), [], "where the store refused it, it is tried again");
    net.assert_agreed();
}

/// Mina's invitation was accepted, and her write of ann's seat is on its way.
fn invited_by_mina() -> Net {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    let request = net.invite(1, "ann", None);
    net.settle();
    net.decide(2, &request, true);
    assert!(net.deliver(1, 0));
    net.poll(1);
    assert_eq!(net.letters.len(), 1);
    net
}

#[test]
fn m4_who_left_is_not_seated_once_a_silent_store_is_asked_again() {
    let mut net = invited_by_mina();
    net.letters.clear();
    net.now += 1_000;
    net.leave(2);
    net.wait(30_000);
    assert_eq!(net.seated(), []);
    assert_eq!(net.version, 0, "nor for a moment");
    net.assert_agreed();
}

#[test]
fn m4_a_write_that_is_done_after_it_was_given_up_is_undone() {
    let mut net = invited_by_mina();
    let late = net.letters.pop().expect("it is on its way");
    net.leave(2);
    net.wait(12_000);
    net.letters.push(late);
    net.wait(10_000);
    assert_eq!(net.version, 2, "it was done, and undone");
    assert_eq!(net.seated(), []);
    net.assert_agreed();
}

#[test]
fn m4_who_left_is_not_seated_after_a_crash_of_who_was_writing() {
    for is_written in [true, false] {
        let mut net = invited_by_mina();
        net.leave(2);
        net.now += 6_000;
        net.crash(1);
        if is_written {
            net.write(0);
        } else {
            net.letters.clear();
        }
        net.wait(30_000);
        assert_eq!(net.seated(), []);
        net.assert_agreed();
    }
}

#[test]
fn m4_who_was_removed_is_not_seated_by_what_they_were_writing() {
    let mut net = Net::new(["olga", "mina"], 1);
    net.act(1, |seats, engine, now| seats.take(engine, now, None)).expect("she may");
    net.poll(1);
    net.letters.clear();
    let mina = UserId::from("mina");
    for at in [0, 1] {
        net.act(at, |seats, engine, now| seats.handle_member_left(engine, now, &mina));
    }
    net.wait(30_000);
    assert_eq!(net.seated(), []);
    net.assert_agreed();
}

#[test]
fn m4_the_seat_of_who_left_before_the_attributes_came_is_freed() {
    let mut net = Net::new(["olga", "ann"], 0);
    net.seat(1, 3);
    net.crash(0);
    net.poll(0);
    net.leave(1);
    let late = std::mem::take(&mut net.members[0].news);
    net.wait(7_000);
    net.members[0].news.extend(late);
    net.wait(1_000);
    assert_eq!(net.seated(), []);
}

#[test]
fn m4_an_applicant_is_told_that_the_owner_left() {
    let mut net = Net::new(["olga", "ann"], 0);
    net.apply(1, None);
    net.settle();
    net.leave(0);
    net.settle();
    assert_eq!(net.told(1), ["ann: Left"]);
    net.apply(1, None);
}

/// What an app of another make asks, by itself.
fn apply_by_hand(net: &mut Net, at: usize, deciders: [&str; 2]) {
    let data = SeatData::new(SeatCommand::TakeSeat, "live", None).to_data();
    let now = net.at();
    let invite = Invite::in_group("live", deciders).timeout(60).data(data);
    net.members[at].engine.invite(now, invite).expect("it is a good one");
    net.poll(at);
}

#[test]
fn m4_who_asked_for_more_than_is_known_and_left_is_not_taken_for_back() {
    let mut net = Net::new(["olga", "mina", "eve"], 1);
    net.seat(2, 3);
    net.leave(0);
    (0..5).for_each(|_| apply_by_hand(&mut net, 2, ["olga", "mina"]));
    net.settle();
    assert_eq!(net.told(1).iter().filter(|told| *told == "Application by eve").count(), 4, "no more are known");
    net.leave(2);
    net.wait(10_000);
    assert_eq!(net.seated(), [], "she is gone");
    assert!(net.members[1].queue().is_empty());
    assert!(!net.told(1).contains(&"Application by eve".into()), "nothing of hers rings any more");
    net.wait(60_000);
    assert_eq!(net.members[1].engine.invitations().count(), 0);
}

#[test]
fn m4_m5_the_application_of_who_left_does_not_come_up_when_there_is_room() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    let data = SeatData::new(SeatCommand::TakeSeat, "live", None).to_data();
    let data = serde_json::to_string(data.as_str()).expect("it is text");
    let say = |net: &mut Net, n: u32, action: u8| {
        let payload = format!(
            r#"{{"businessID":1,"timeout":60,"data":{data},"inviteID":"i{n}","groupID":"live","actionType":{action},"inviter":"u{n}","inviteeList":["olga","mina"]}}"#
        );
        let message = Inbound::new(format!("u{n}"), Conversation::Group("live".into()), payload);
        net.members[1].inbox.push_back(message.stamped(net.now, format!("s{action}{n:03}")));
    };
    (0..256).for_each(|n| say(&mut net, n, 1));
    net.settle();
    net.apply(2, None);
    net.settle();
    net.leave(2);
    net.settle();
    say(&mut net, 0, 2);
    net.settle();
    assert_eq!(net.members[1].queue().len(), 255);
    assert!(!net.told(1).contains(&"Application by ann".into()));
}

#[test]
fn m4_an_old_application_in_the_history_is_no_proof_that_who_left_is_back() {
    for is_decided in [true, false] {
        let mut net = Net::new(["olga", "mina", "ann"], 1);
        let request = net.apply(2, Some(3));
        assert!(net.deliver(0, 0));
        net.poll(0);
        if is_decided {
            net.decide(0, &request, true);
        } else {
            net.set("seat3", r#"{"user":"ann"}"#);
        }
        net.now += 100;
        // Mina has no network for a while.
        let history = |net: &Net| net.history.clone();
        while net.deliver(2, 0) | net.poll(2) | net.write(0) | net.inform(2, 0) {}
        net.members[1].inbox.clear();
        while net.inform(1, 0) {}
        net.leave(0);
        net.now += 100;
        net.leave(2);
        net.poll(1);
        let (now, history) = (net.at(), history(&net));
        let _ = net.members[1].engine.handle_history(now, &History::hot(), &history);
        net.wait(10_000);
        assert_eq!(net.seated(), [], "nobody else frees her seat");
    }
}

#[test]
fn m4_who_asks_from_outside_the_room_is_not_back_in_it() {
    let mut net = Net::new(["olga", "mina", "eve"], 1);
    net.seat(2, 3);
    net.act(1, |seats, engine, now| seats.handle_member_left(engine, now, &"eve".into()));
    net.now += 1_000;
    // She has left the group, and can still write to a moderator.
    let (now, data) = (net.at(), SeatData::new(SeatCommand::TakeSeat, "live", None).to_data());
    net.members[2].engine.invite(now, Invite::to("mina").timeout(60).data(data)).expect("it is a good one");
    net.poll(2);
    assert!(net.deliver(1, 0));
    net.wait(10_000);
    assert_eq!(net.seated(), []);
}

#[test]
fn m4_who_asks_again_in_the_room_is_back() {
    let mut net = Net::new(["olga", "mina", "ann"], 1);
    net.seat(2, 3);
    let ann = UserId::from("ann");
    net.act(1, |seats, engine, now| seats.handle_member_left(engine, now, &ann));
    net.now += 1_000;
    apply_by_hand(&mut net, 2, ["olga", "mina"]);
    net.wait(10_000);
    assert_eq!(net.seated(), [(3, "ann".into())]);
}
