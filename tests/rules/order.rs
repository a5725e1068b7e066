//! The order of a batch does not matter (`A3`), and a batch comes to what the same messages come to live (`A2`, `C6`).
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that cannot go on fails")]

use crate::common::random::message;
use crate::common::{Action, Device, at, group};
use convoke::{CatchUp, Disposition, History, Inbound, InvitationKey, Outcome, Output, ServerTime, UserId};
use proptest::prelude::*;

const NOW: i64 = 60_000;

/// Messages that bob may have missed, each with its own stamp.
fn batch() -> impl Strategy<Value = Vec<Inbound>> {
    prop::collection::vec(message(), 1..14).prop_map(|messages| {
        let stamped = |(n, message): (i64, Inbound)| message.stamped(n * 4_000, format!("m{n}"));
        (0..).zip(messages).map(stamped).collect()
    })
}

/// A batch with copies of some of its messages, and another order of it.
fn two_orders() -> impl Strategy<Value = (Vec<Inbound>, Vec<Inbound>)> {
    let copied =
        (batch(), prop::collection::vec(any::<prop::sample::Index>(), 0..4)).prop_map(|(mut batch, copies)| {
            let copies: Vec<Inbound> = copies.iter().map(|index| index.get(&batch).clone()).collect();
            batch.extend(copies);
            batch
        });
    copied.prop_flat_map(|batch| (Just(batch.clone()), Just(batch).prop_shuffle()))
}

/// Bob, who knew a little before: an invitation of his own from this device, and one that rings.
fn bob() -> Device {
    let mut bob = Device::new("bob");
    bob.invite(0, convoke::Invite::in_group("room", ["carol", "dave"]).timeout(55));
    let ringing = Action::invite("i", "alice", &["bob", "dave", "carol"], 55).from("alice", group("room"));
    assert_eq!(bob.hear(0, &ringing.stamped(0, "m0")), Disposition::Applied);
    bob.take();
    bob.sent();
    bob
}

fn hand_in(device: &mut Device, batch: &[Inbound]) -> (Vec<Disposition>, Vec<Output>) {
    let CatchUp::Done(dispositions) = device.engine.handle_history(at(NOW), &History::hot(), batch) else {
        panic!("outputs wait");
    };
    (dispositions, std::iter::from_fn(|| device.engine.poll_output()).collect())
}

/// What the engine holds of each invitation that these messages name.
fn outcomes(device: &Device, messages: &[Inbound]) -> Vec<Option<Vec<(UserId, Outcome)>>> {
    let names = messages.iter().map(|message| {
        let info = convoke::signaling_info(message, &convoke::Limits::default()).expect("it is signaling");
        let conversation = message.conversation.clone();
        InvitationKey::new(info.inviter, info.invite_id, conversation)
    });
    let all = |view: convoke::InvitationView<'_>| view.outcomes().map(|(user, it)| (user.clone(), it)).collect();
    names.map(|name| device.engine.invitation(name).map(all)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a3_the_order_of_the_batch_changes_neither_callbacks_nor_state((one, other) in two_orders()) {
        let (mut ordered, mut shuffled) = (bob(), bob());
        let (dispositions, outputs) = hand_in(&mut ordered, &one);
        let (shuffled_dispositions, shuffled_outputs) = hand_in(&mut shuffled, &other);
        prop_assert_eq!(outputs, shuffled_outputs);
        prop_assert_eq!(&ordered.engine, &shuffled.engine);

        let sorted = |batch: &[Inbound], dispositions: Vec<Disposition>| {
            let mut said: Vec<_> = batch.iter().zip(dispositions).map(|(it, said)| format!("{it:?} {said:?}")).collect();
            said.sort();
            said
        };
        prop_assert_eq!(sorted(&one, dispositions), sorted(&other, shuffled_dispositions));
    }

    #[test]
    fn a2_r5_a_batch_handed_in_again_changes_and_tells_nothing(batch in batch()) {
        let mut bob = bob();
        hand_in(&mut bob, &batch);
        let before = bob.engine.clone();
        let (dispositions, outputs) = hand_in(&mut bob, &batch);
        prop_assert!(!dispositions.contains(&Disposition::Applied), "{:?}", dispositions);
        prop_assert_eq!(outputs, []);
        prop_assert_eq!(bob.engine, before);
    }

    #[test]
    fn a2_what_has_rung_in_a_batch_is_pending_and_nothing_rings_twice(batch in batch()) {
        let mut bob = bob();
        let (_, outputs) = hand_in(&mut bob, &batch);
        let mut rung = std::collections::BTreeSet::new();
        for output in outputs {
            if let Output::Callback(convoke::Callback::NewInvitation { invitation, .. }) = output {
                let view = bob.engine.invitation(&invitation).expect("it is known");
                prop_assert!(view.outcomes().any(|(_, outcome)| outcome == Outcome::Pending));
                prop_assert!(rung.insert(invitation));
            }
        }
    }

    #[test]
    fn a2_c6_a_batch_comes_to_what_the_same_messages_come_to_live(batch in batch()) {
        let (mut folded, mut live) = (bob(), bob());
        for device in [&mut folded, &mut live] {
            device.engine.begin_catch_up(at(NOW));
            device.engine.sync_clock(at(NOW), ServerTime::from_millis(NOW));
        }
        for message in &batch {
            let _ = live.engine.handle_message(at(NOW), message);
        }
        hand_in(&mut folded, &batch);
        hand_in(&mut live, &[]);
        prop_assert_eq!(outcomes(&folded, &batch), outcomes(&live, &batch));
    }
}
