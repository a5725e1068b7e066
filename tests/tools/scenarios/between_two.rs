//! Calls between two: what each device is told.

use super::Flows;

pub(super) const TOLD: Flows = &[
    (
        "call-answer-refused",
        &[
            (
                "alice",
                &[
                    "0 in the room",
                    "7 answered: bob, audio, room 1001",
                    "7 bob enters",
                    "7 connected",
                    "12 ended: hung up by alice, 4 s, caller with bob",
                ],
            ),
            (
                "bob",
                &[
                    "0 rings: alice, audio, room 1001",
                    "3 failed: 9999",
                    "7 in the room",
                    "7 alice enters",
                    "7 connected",
                    "12 alice leaves",
                    "12 ended: hung up by alice, 5 s, callee with alice",
                ],
            ),
        ],
    ),
    (
        "call-crash-and-again",
        &[
            (
                "alice",
                &[
                    "0 in the room",
                    "3 answered: bob, video, room 1001",
                    "3 bob enters",
                    "3 connected",
                    "13 in the room",
                    "15 answered: bob, video, room 1002",
                    "15 bob enters",
                    "15 connected",
                    "25 ended: hung up by alice, 9 s, caller with bob",
                ],
            ),
            (
                "bob",
                &[
                    "0 rings: alice, video, room 1001",
                    "3 in the room",
                    "3 alice enters",
                    "3 connected",
                    "13 ended: superseded by another call, 10 s, callee with alice",
                    "13 rings: alice, video, room 1002",
                    "15 in the room",
                    "15 alice enters",
                    "15 connected",
                    "25 alice leaves",
                    "25 ended: hung up by alice, 10 s, callee with alice",
                ],
            ),
        ],
    ),
    (
        "call-glare",
        &[
            (
                "alice",
                &[
                    "1 answered: bob, video, room 1002",
                    "1 in the room",
                    "1 bob enters",
                    "1 connected",
                    "9 bob leaves",
                    "9 ended: hung up by bob, 7 s, caller with bob",
                ],
            ),
            (
                "bob",
                &[
                    "1 in the room",
                    "1 answered: alice, video, room 1002",
                    "1 alice enters",
                    "1 connected",
                    "9 ended: hung up by bob, 7 s, caller with alice",
                ],
            ),
        ],
    ),
    (
        "call-hang-ups-cross",
        &[
            (
                "alice",
                &[
                    "0 in the room",
                    "3 answered: bob, video, room 1001",
                    "3 bob enters",
                    "3 connected",
                    "12 ended: hung up by alice, 8 s, caller with bob",
                ],
            ),
            (
                "bob",
                &[
                    "0 rings: alice, video, room 1001",
                    "3 in the room",
                    "3 alice enters",
                    "3 connected",
                    "12 ended: hung up by bob, 8 s, callee with alice",
                ],
            ),
        ],
    ),
    (
        "call-late-answer",
        &[
            ("alice", &["0 in the room", "5 ended: cancelled, caller with bob"]),
            ("bob", &["0 rings: alice, video, room 1001", "5 ended: cancelled, callee with alice"]),
        ],
    ),
    (
        "call-log",
        &[
            (
                "alice",
                &[
                    "0 in the room",
                    "4 ended: cancelled, caller with bob",
                    "8 in the room",
                    "11 ended: declined by bob, caller with bob",
                    "15 in the room",
                    "45 ended: no response, caller with bob",
                ],
            ),
            (
                "bob",
                &[
                    "0 rings: alice, audio, room 1001",
                    "4 ended: cancelled, callee with alice, missed",
                    "8 rings: alice, audio, room 1002",
                    "11 ended: declined by bob, callee with alice",
                    "15 rings: alice, audio, room 1003",
                    "45 ended: no response, callee with alice, missed",
                ],
            ),
        ],
    ),
    (
        "call-never-connected",
        &[
            (
                "alice",
                &["0 in the room", "4 answered: bob, video, room 1001", "19 ended: the media failed, caller with bob"],
            ),
            ("bob", &["0 rings: alice, video, room 1001", "30 ended: hung up by alice, callee with alice"]),
        ],
    ),
    (
        "call-restored",
        &[
            (
                "alice",
                &[
                    "0 in the room",
                    "3 answered: bob, video, room 1001",
                    "3 bob enters",
                    "3 connected",
                    "12 resumed, room 1001",
                    "12 in the room",
                    "12 bob enters",
                    "12 connected",
                    "20 bob leaves",
                    "20 ended: hung up by bob, 17 s, caller with bob",
                ],
            ),
            (
                "bob",
                &[
                    "0 rings: alice, video, room 1001",
                    "3 in the room",
                    "3 alice enters",
                    "3 connected",
                    "20 ended: hung up by bob, 16 s, callee with alice",
                ],
            ),
        ],
    ),
    (
        "call-switch-to-audio",
        &[
            (
                "alice",
                &[
                    "0 in the room",
                    "2 answered: bob, video, room 1001",
                    "2 bob enters",
                    "2 connected",
                    "6 goes on with audio",
                    "12 goes on with video",
                    "16 ended: hung up by alice, 13 s, caller with bob",
                ],
            ),
            (
                "bob",
                &[
                    "0 rings: alice, video, room 1001",
                    "2 in the room",
                    "2 alice enters",
                    "2 connected",
                    "6 goes on with audio",
                    "10 asked for video",
                    "12 goes on with video",
                    "16 alice leaves",
                    "16 ended: hung up by alice, 14 s, callee with alice",
                ],
            ),
        ],
    ),
    (
        "call-video",
        &[
            (
                "alice",
                &[
                    "0 in the room",
                    "4 answered: bob, video, room 1001",
                    "4 bob enters",
                    "4 connected",
                    "16 ended: hung up by alice, 12 s, caller with bob",
                ],
            ),
            (
                "bob",
                &[
                    "0 rings: alice, video, room 1001",
                    "4 in the room",
                    "4 alice enters",
                    "4 connected",
                    "16 alice leaves",
                    "16 ended: hung up by alice, 12 s, callee with alice",
                ],
            ),
        ],
    ),
];
