//! Away and back (`A1`, `A2`, `A7`, `T7`): what a batch rings, tells as missed, or passes over in silence.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common::{self, ACCEPT, Action, CANCEL, Device, REJECT, TIMEOUT, at, data, group, pair};
use convoke::{
    AnswerError, Callback, CatchUp, Config, Disposition, History, Inbound, Invite, Millis, MissedReason, Outcome,
    ServerTime, Unavailable, UserId, Wake, WakeReason,
};

/// The service took it then.
fn on(ms: i64, message: Inbound) -> Inbound {
    message.stamped(ms, format!("m{ms}"))
}

fn call(ms: i64, id: &str, timeout: u32) -> Inbound {
    on(ms, common::to_bob(id, "alice", timeout))
}

fn hang_up(ms: i64, id: &str) -> Inbound {
    on(ms, common::cancel_to_bob(id, "alice"))
}

/// Bob's other device answers a call of alice's.
fn elsewhere(ms: i64, kind: u8, id: &str) -> Inbound {
    on(ms, Action::reply(kind, id, "alice", &["bob"]).from("bob", pair("alice")))
}

/// Alice asks bob and carol in the room.
fn ask(ms: i64, id: &str, timeout: u32) -> Inbound {
    on(ms, Action::invite(id, "alice", &["bob", "carol"], timeout).from("alice", group("room")))
}

fn answer(ms: i64, kind: u8, id: &str, invitee: &str) -> Inbound {
    on(ms, Action::reply(kind, id, "alice", &[invitee]).from(invitee, group("room")))
}

fn catch_up(device: &mut Device, ms: i64, history: &History, batch: &[Inbound]) -> Vec<Disposition> {
    let CatchUp::Done(dispositions) = device.engine.handle_history(at(ms), history, batch) else {
        panic!("outputs wait");
    };
    device.drain();
    dispositions
}

/// Bob comes back at `ms` and is handed this batch: what he is called back.
fn back(ms: i64, history: &History, batch: &[Inbound]) -> (Device, Vec<&'static str>) {
    let mut bob = Device::new("bob");
    catch_up(&mut bob, ms, history, batch);
    let heard = bob.heard();
    assert_eq!(bob.sent(), [], "coming back sends nothing");
    (bob, heard)
}

const RING: &str = "onReceiveNewInvitation";
const NOTHING: [&str; 0] = [];

#[test]
fn a7_whether_the_history_is_awaited_is_readable() {
    let mut bob = Device::new("bob");
    assert!(!bob.engine.is_catching_up());
    bob.engine.begin_catch_up(at(0));
    assert!(bob.engine.is_catching_up());
    let _ = bob.engine.handle_history(at(0), &History::hot(), &[]);
    assert!(!bob.engine.is_catching_up());
}

#[test]
fn a2_what_was_over_when_it_came_is_remembered_without_a_word() {
    let batch = [ask(1_000, "i1", 5), answer(2_000, ACCEPT, "i1", "carol"), answer(3_000, REJECT, "i1", "bob")];
    let (mut bob, heard) = back(4_000, &History::hot(), &batch);
    assert_eq!(heard, NOTHING);
    let view = bob.engine.remembered().next().expect("it is remembered");
    assert_eq!((view.outcome_of("carol"), view.is_open()), (Some(Outcome::Accepted), false));
    let key = view.key().clone();
    bob.engine.dismiss(at(4_000), &key).expect("it is known");
    assert_eq!(bob.engine.remembered().count(), 0, "what is dismissed is forgotten");
}

#[test]
fn a1_a_cold_start_takes_all_of_c2c_but_of_groups_only_the_last_thirty_seconds() {
    let now = 1_000_000;
    let (_, heard) = back(now, &History::cold(), &[call(1_000, "old", 3_600)]);
    assert_eq!(heard, [RING]);
    let (_, heard) = back(now, &History::cold(), &[ask(now - 30_000, "recent", 3_600)]);
    assert_eq!(heard, [RING]);
    let (mut bob, heard) = back(now, &History::cold(), &[ask(now - 30_001, "old", 3_600)]);
    assert_eq!(heard, NOTHING);
    assert!(bob.engine.invitation("old").is_none());

    let late = catch_up(&mut bob, now, &History::cold(), &[ask(now - 30_001, "old", 3_600)]);
    assert_eq!(late, [Disposition::Stale]);
    let (_, heard) = back(now, &History::hot(), &[ask(1_000, "old", 3_600)]);
    assert_eq!(heard, [RING], "a hot start takes all");
}

#[test]
fn a1_the_window_is_a_setting() {
    let mut config = Config::default();
    config.cold_group_window = Millis::from_secs(60);
    let mut bob = Device::with("bob", config);
    let batch = [ask(39_999, "out", 3_600), ask(40_000, "in", 3_600)];
    assert_eq!(catch_up(&mut bob, 100_000, &History::cold(), &batch), [Disposition::Stale, Disposition::Applied]);
}

#[test]
fn a1_answers_to_what_a_cold_start_cut_off_are_early_facts() {
    let mut bob = Device::new("bob");
    let batch = [ask(1_000, "old", 3_600), answer(90_000, ACCEPT, "old", "carol")];
    assert_eq!(catch_up(&mut bob, 100_000, &History::cold(), &batch), [Disposition::Stale, Disposition::Buffered]);
    assert_eq!((bob.heard().len(), bob.engine.stats().early), (0, 1));
}

#[test]
fn a1_a_cold_start_cuts_nothing_off_what_is_known_already() {
    let mut bob = Device::new("bob");
    assert_eq!(bob.hear(1_000, &ask(1_000, "i", 3_600)), Disposition::Applied);
    bob.take();
    let batch = [ask(1_000, "i", 3_600), answer(2_000, REJECT, "i", "carol")];
    assert_eq!(catch_up(&mut bob, 100_000, &History::cold(), &batch), [Disposition::Duplicate, Disposition::Applied]);
    assert_eq!(bob.heard(), ["onInviteeRejected"]);
}

#[test]
fn a1_t7_an_invitation_rings_up_to_its_last_millisecond_and_with_what_time_is_left() {
    let (mut bob, _) = back(30_999, &History::hot(), &[]);
    catch_up(&mut bob, 30_999, &History::hot(), &[call(1_000, "i", 30)]);
    let [Callback::NewInvitation { deadline, .. }] = &bob.take()[..] else { panic!("it rings") };
    assert_eq!(*deadline, Some(at(31_000)));

    let (_, heard) = back(31_000, &History::hot(), &[call(1_000, "i", 30)]);
    assert_eq!(heard, ["missed", "ended"]);
}

#[test]
fn a2_what_was_sent_and_cancelled_inside_the_batch_is_missed_without_a_flash() {
    let mut bob = Device::new("bob");
    catch_up(&mut bob, 3_000, &History::hot(), &[call(1_000, "i", 30), hang_up(2_000, "i")]);
    let [Callback::Missed { reason, data: word, .. }, Callback::Ended { outcomes, .. }] = &bob.take()[..] else {
        panic!("missed, and over")
    };
    assert_eq!((*reason, word), (MissedReason::Cancelled, &data("call")));
    assert_eq!(*outcomes, [(UserId::from("bob"), Outcome::Cancelled)]);
}

#[test]
fn a2_what_ran_out_of_time_is_missed_and_nothing_is_sent() {
    for batch in [
        vec![call(1_000, "i", 30)],
        vec![
            call(1_000, "i", 30),
            on(36_000, Action::reply(TIMEOUT, "i", "alice", &["bob"]).from("alice", pair("alice"))),
        ],
    ] {
        let mut bob = Device::new("bob");
        catch_up(&mut bob, 100_000, &History::cold(), &batch);
        let [Callback::Missed { reason: MissedReason::TimedOut, .. }, Callback::Ended { .. }] = &bob.take()[..] else {
            panic!("missed, and over")
        };
        assert_eq!(bob.sent(), []);
    }
}

#[test]
fn a2_copies_of_a_message_inside_the_batch_change_nothing() {
    let once = [call(1_000, "i", 30), hang_up(2_000, "i")];
    let twice = [&once[..], &once[..]].concat();
    let (one, told_once) = back(3_000, &History::hot(), &once);
    let (other, told_twice) = back(3_000, &History::hot(), &twice);
    assert_eq!(told_twice, told_once);
    assert_eq!(other.engine, one.engine);
}

#[test]
fn a2_an_edit_inside_the_batch_is_part_of_the_ring() {
    let old = call(1_000, "i", 30);
    let mut new = old.clone();
    new.payload = new.payload.replace("call", "new");
    let mut bob = Device::new("bob");
    catch_up(&mut bob, 2_000, &History::hot(), &[old, new]);
    let [Callback::NewInvitation { data: word, .. }] = &bob.take()[..] else { panic!("one ring, nothing else") };
    assert_eq!(*word, data("new"));
}

#[test]
fn a2_an_edit_of_a_known_invitation_is_told_unless_it_ends_inside_the_batch() {
    let mut bob = Device::new("bob");
    assert_eq!(bob.hear(1_000, &call(1_000, "i", 30)), Disposition::Applied);
    bob.take();
    let mut edited = call(1_000, "i", 30);
    edited.payload = edited.payload.replace("call", "new");
    let mut ended = bob.clone();
    catch_up(&mut bob, 4_000, &History::hot(), std::slice::from_ref(&edited));
    assert_eq!(bob.heard(), ["onInvitationModified"]);
    catch_up(&mut ended, 4_000, &History::hot(), &[edited, hang_up(3_000, "i")]);
    assert_eq!(ended.heard(), ["onInvitationCancelled", "ended"]);
}

#[test]
fn a2_what_ones_other_device_answered_neither_rings_nor_is_missed_and_is_readable() {
    for (kind, outcome) in [(ACCEPT, Outcome::Accepted), (REJECT, Outcome::Rejected)] {
        let (bob, heard) = back(3_000, &History::hot(), &[call(1_000, "i", 30), elsewhere(2_000, kind, "i")]);
        assert_eq!(heard, NOTHING);
        assert_eq!(bob.engine.invitation("i").unwrap().outcome_of("bob"), Some(outcome));
    }
}

#[test]
fn a2_of_a_group_that_ones_other_device_has_joined_nothing_that_was_before_is_told() {
    let batch = [ask(1_000, "i", 30), answer(1_500, ACCEPT, "i", "bob"), answer(2_000, REJECT, "i", "carol")];
    assert_eq!(back(3_000, &History::hot(), &batch[..2]).1, NOTHING);
    assert_eq!(back(3_000, &History::hot(), &batch).1, NOTHING);
    let [invite, accept, reject] = &batch;
    let mut bob = Device::new("bob");
    assert_eq!(bob.hear(0, accept), Disposition::Buffered);
    assert_eq!(bob.hear(1, invite), Disposition::Applied);
    assert_eq!(bob.heard(), NOTHING);
    assert_eq!(bob.hear(2, reject), Disposition::Applied);
    assert_eq!(bob.heard(), ["onInviteeRejected", "ended"], "what comes from then on is");
}

#[test]
fn a2_what_still_rings_comes_by_stamp_each_with_the_answers_of_the_others() {
    let batch = [
        ask(2_000, "second", 30),
        call(1_000, "first", 30),
        answer(3_500, REJECT, "second", "carol"),
        ask(3_000, "third", 30),
    ];
    let mut bob = Device::new("bob");
    catch_up(&mut bob, 4_000, &History::hot(), &batch);
    let told: Vec<_> = bob.take().iter().map(|it| (it.name(), it.invitation().invite_id().to_string())).collect();
    let expected = [(RING, "first"), (RING, "second"), ("onInviteeRejected", "second"), (RING, "third")];
    assert_eq!(told, expected.map(|(name, id)| (name, id.to_owned())));
}

#[test]
fn a2_news_of_a_known_invitation_come_in_their_place_by_stamp() {
    let mut bob = Device::new("bob");
    assert_eq!(bob.hear(1_000, &call(1_000, "known", 30)), Disposition::Applied);
    bob.take();
    catch_up(&mut bob, 4_000, &History::hot(), &[call(3_000, "new", 30), hang_up(2_000, "known")]);
    assert_eq!(bob.heard(), ["onInvitationCancelled", "ended", RING]);
}

#[test]
fn a2_missed_is_told_of_what_is_newer_than_since_and_was_for_this_user() {
    let batch = [call(1_000, "i", 30), hang_up(2_000, "i")];
    let since = |ms| back(3_000, &History::hot().since(ServerTime::from_millis(ms)), &batch).1;
    assert_eq!(since(999), ["missed", "ended"]);
    assert_eq!(since(1_000), NOTHING);
    assert_eq!(since(1_500), NOTHING, "it is the invitation's age that counts, not its end's");

    let ring = back(1_500, &History::hot().since(ServerTime::from_millis(1_400)), &batch[..1]).1;
    assert_eq!(ring, [RING], "what still rings is no old news");
    let mut dave = Device::new("dave");
    let others = [
        ask(1_000, "i", 30),
        on(2_000, Action::reply(CANCEL, "i", "alice", &["bob", "carol"]).from("alice", group("room"))),
    ];
    catch_up(&mut dave, 3_000, &History::hot(), &others);
    assert_eq!(dave.heard(), NOTHING);
}

#[test]
fn a2_of_an_old_group_invitation_that_nobody_answered_one_missed_is_all_there_is_to_tell() {
    let batch = [ask(1_000, "i", 30)];
    assert_eq!(back(500_000, &History::hot(), &batch).1, ["missed", "ended"]);
    let since = History::hot().since(ServerTime::from_millis(400_000));
    assert_eq!(back(500_000, &since, &batch).1, NOTHING, "not even its end, if it is old news");
}

#[test]
fn a2_an_old_invitation_of_ones_other_device_is_no_news() {
    let own = on(1_000, Action::invite("i", "bob", &["carol"], 30).from("bob", pair("carol")));
    let (bob, heard) = back(500_000, &History::cold(), &[own]);
    assert_eq!(heard, NOTHING);
    assert_eq!(bob.engine.invitation("i").unwrap().outcome_of("carol"), Some(Outcome::TimedOut));
}

#[test]
fn a2_t8_with_too_little_time_left_it_is_missed_but_can_be_answered() {
    let mut config = Config::default();
    config.min_ring = Millis::from_secs(5);
    let mut bob = Device::with("bob", config);
    catch_up(&mut bob, 26_001, &History::hot(), &[call(1_000, "i", 30)]);
    let [Callback::Missed { reason: MissedReason::TooLittleTime, .. }] = &bob.take()[..] else { panic!("missed") };
    assert_eq!(bob.engine.accept(at(30_999), "i", ""), Ok(()));
}

#[test]
fn t7_in_a_batch_an_invite_is_as_old_as_the_best_clock_says() {
    // A host whose clock is far behind: the newest stamp says how late it is at least.
    let batch = [call(60_000, "old", 30), call(80_000, "young", 30), hang_up(100_000, "other")];
    let (bob, heard) = back(0, &History::hot(), &batch);
    assert_eq!(heard, ["missed", "ended", RING]);
    assert_eq!(bob.engine.invitation("young").unwrap().time_left(at(0)), Some(Millis::from_secs(10)));

    let mut synced = Device::new("bob");
    synced.engine.sync_clock(at(0), ServerTime::from_millis(115_000));
    catch_up(&mut synced, 0, &History::hot(), &batch);
    assert_eq!(synced.heard(), ["missed", "ended", "missed", "ended"]);
}

#[test]
fn t7_a_batch_never_rings_what_is_older_than_the_newest_stamp_seen_by_a_tombstones_life() {
    let rings = |newest: i64| {
        let mut bob = Device::new("bob");
        assert_eq!(bob.hear(0, &hang_up(newest, "other")), Disposition::Buffered);
        catch_up(&mut bob, 0, &History::hot(), &[call(1_000, "i", 3_600)]);
        bob.heard()
    };
    assert_eq!(rings(601_000), [RING]);
    assert_eq!(rings(601_001), ["missed", "ended"]);
}

#[test]
fn a3_ones_own_messages_in_the_batch_are_acks() {
    let mut alice = Device::new("alice");
    let id = alice.invite(0, Invite::to("bob").timeout(30));
    let invite = common::relay(&alice.sent()[0], "alice", "alice", 1_000);
    let in_flight = alice.engine.clone().cancel(at(2_000), &id, "");
    assert!(in_flight.is_err(), "the invite is in flight");
    assert_eq!(catch_up(&mut alice, 2_000, &History::hot(), &[invite]), [Disposition::Applied]);
    assert_eq!(alice.engine.invitation(&id).unwrap().deadline(), Some(at(31_000)), "the stamp's");

    alice.engine.cancel(at(3_000), &id, "").unwrap();
    let cancel = common::relay(&alice.sent()[0], "alice", "alice", 3_000);
    alice.take();
    assert_eq!(catch_up(&mut alice, 4_000, &History::hot(), &[cancel]), [Disposition::Applied]);
    assert_eq!(alice.heard(), ["ended"]);
}

/// Alice has asked bob and carol in the room, and closes her laptop.
fn asleep() -> Device {
    let mut alice = Device::new("alice");
    alice.invite(0, Invite::in_group("room", ["bob", "carol"]).timeout(30));
    alice.ack(0);
    alice.sent();
    alice
}

#[test]
fn a7_an_inviter_who_slept_hears_the_answers_before_any_deadline_fires() {
    let mut alice = asleep();
    let id = alice.engine.invitations().next().unwrap().key().invite_id().to_string();
    let batch = [answer(5_000, ACCEPT, &id, "bob")];

    let mut hasty = alice.clone();
    hasty.tick(1_000_000);
    let [Callback::InvitationTimeout { invitees, .. }, ..] = &hasty.take()[..] else { panic!("a tick is too early") };
    assert_eq!(invitees.len(), 2);

    alice.engine.begin_catch_up(at(1_000_000));
    alice.tick(1_000_001);
    assert_eq!(alice.heard(), NOTHING);
    catch_up(&mut alice, 1_000_002, &History::hot(), &batch);
    assert_eq!(alice.heard(), ["onInviteeAccepted", "onInvitationTimeout", "ended"]);
    let timeout = alice.sent().remove(0);
    assert!(timeout.payload.ends_with(r#""inviteeList":["carol"]}"#), "{}", timeout.payload);
}

#[test]
fn a7_an_empty_batch_ends_the_catch_up_too() {
    let mut alice = asleep();
    alice.engine.begin_catch_up(at(1_000_000));
    catch_up(&mut alice, 1_000_000, &History::cold(), &[]);
    assert_eq!(alice.heard(), ["onInvitationTimeout", "ended"]);
}

#[test]
fn a7_an_invitee_who_slept_is_told_the_cancel_and_not_a_time_out() {
    let mut bob = Device::new("bob");
    assert_eq!(bob.hear(0, &call(0, "i", 30)), Disposition::Applied);
    bob.take();
    bob.engine.begin_catch_up(at(100_000));
    let late = Unavailable::Settled(Outcome::TimedOut);
    assert_eq!(bob.engine.accept(at(100_000), "i", ""), Err(AnswerError::Unavailable(late)));
    catch_up(&mut bob, 100_000, &History::hot(), &[hang_up(10_000, "i")]);
    assert_eq!(bob.heard(), ["onInvitationCancelled", "ended"]);
    assert_eq!(bob.sent(), []);
}

#[test]
fn a7_t3_during_a_catch_up_the_engine_waits_for_nothing_but_to_be_polled() {
    let mut alice = asleep();
    let deadline = Wake::At(at(35_000), WakeReason::InviterDeadline);
    assert_eq!(alice.engine.wake(), deadline);
    alice.engine.begin_catch_up(at(1));
    assert_eq!(alice.engine.wake(), Wake::Never);
    let live = on(2, Action::invite("i", "bob", &["alice"], 30).from("bob", pair("bob")));
    assert_eq!(alice.engine.handle_message(at(2), &live), Disposition::Applied, "live messages are taken meanwhile");
    assert_eq!(alice.engine.wake(), Wake::Poll);
    assert_eq!(alice.heard(), [RING]);
    alice.engine.begin_catch_up(at(3));
    assert_eq!(alice.engine.wake(), Wake::Never);
    catch_up(&mut alice, 4, &History::hot(), &[]);
    assert_eq!(alice.engine.wake(), Wake::At(at(30_002), WakeReason::InviteeDeadline));
}
