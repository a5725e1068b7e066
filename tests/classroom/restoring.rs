//! A4: the app dies in class.

use convoke::Timestamp;
use convoke::classroom::{ClassConfig, Classroom, ClassroomSnapshot};

use crate::net::Net;

fn class() -> (Net, convoke::classroom::RoundId) {
    let mut net = Net::new(["teacher", "ann", "bob"]);
    let round = net.ask(0, &["ann", "bob"], 30);
    net.settle();
    net.raise(2, &round);
    net.settle();
    (net, round)
}

#[test]
fn h2_a_class_goes_on_after_a_crash() {
    for crashed in [0, 1, 2] {
        let (mut net, round) = class();
        let speech = net.grant(0, "bob");
        net.settle();
        let _ = net.told();
        net.crash(crashed);
        net.settle();
        assert!(net.told().iter().all(Vec::is_empty), "nothing is told twice");
        net.raise(1, &round);
        net.accept(2, &speech);
        net.settle();
        net.assert_hands(&round, &["bob", "ann"]);
        net.assert_speakers(&["bob"]);
        net.crash(crashed);
        net.stop(0, &speech);
        net.close(0, &round);
        net.settle();
        net.assert_hands(&round, &[]);
        net.assert_speakers(&[]);
    }
}

#[test]
fn h2_a_word_without_a_fate_survives_a_crash() {
    let (mut net, round) = class();
    net.lower(0, &round, "bob");
    net.poll(0);
    net.crash(0);
    assert_eq!(net.hands(0, &round), [""; 0]);
    net.settle();
    net.assert_hands(&round, &[]);
}

#[test]
fn a4_a_snapshot_is_the_same_after_json_and_another_version_is_refused() {
    let (mut net, _) = class();
    net.grant(0, "bob");
    assert_eq!(net.operate(0, |class, engine, now| class.grant(engine, now, "ann", 30)), Ok(None));
    net.settle();
    for device in &net.devices {
        let snapshot = device.class.snapshot();
        let text = serde_json::to_string(&snapshot).expect("it is data");
        let again: ClassroomSnapshot = serde_json::from_str(&text).expect("it is ours");
        assert_eq!(again, snapshot);
        let bytes = postcard::to_allocvec(&snapshot).expect("it is data");
        assert_eq!(postcard::from_bytes(&bytes), Ok(snapshot.clone()));
        let restored = Classroom::restore(again, ClassConfig::default(), net.at()).expect("it is ours");
        assert_eq!(restored.snapshot(), snapshot);
        for (from, to) in [(r#""version":1"#, r#""version":2"#), (r#""group":"physics""#, r#""group":"chemistry""#)] {
            let other = text.replace(from, to);
            assert_ne!(other, text);
            let other: ClassroomSnapshot = serde_json::from_str(&other).expect("it has the same form");
            assert!(Classroom::restore(other, ClassConfig::default(), net.at()).is_err());
        }
    }
}

#[test]
fn a4_a_clock_that_was_set_back_freezes_no_round() {
    let (net, _) = class();
    let snapshot = net.devices[0].class.snapshot();
    let early = Timestamp::from_millis(5_000);
    let class = Classroom::restore(snapshot, ClassConfig::default(), early).expect("it is ours");
    let text = serde_json::to_string(&class.snapshot()).expect("it is data");
    assert!(text.contains(r#""since":34990"#), "the time to answer is up then, and the life begins: {text}");
}
