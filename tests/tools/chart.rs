//! Traces as charts, as text: what a reader sees of an exchange.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may panic")]

use crate::traces;
use convoke::sim::{Chart, Ink, Trace};
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

/// `convoke draw tests/vectors/NAME.jsonl -o tests/golden/charts/NAME.txt` makes each of them anew.
#[test]
fn charts_are_drawn_as_they_were_looked_at() {
    let folder = traces::folder("golden/charts");
    let mut seen = 0;
    for golden in std::fs::read_dir(folder).unwrap() {
        let golden = golden.unwrap().path();
        let name = golden.file_stem().unwrap().to_str().unwrap();
        assert_eq!(
            Chart::new(&traces::recorded(name)).to_string(),
            std::fs::read_to_string(&golden).unwrap(),
            "{name}"
        );
        seen += 1;
    }
    assert_eq!(seen, 9);
}

#[test]
fn an_accept_and_a_cancel_that_cross_are_seen_to_cross() {
    let chart = Chart::new(&traces::played("c2c-accept-vs-cancel")).to_string();
    let expected = "\
c2c-accept-vs-cancel: accept and cancel cross on the wire

       alice                           bob
0.100  ├─ invite 30 s: call ──────────▶│
0.140  │                               │ rings
       │                               │
2.000  ├─ cancel ────────────────────╮ │
       │ ended: cancelled for bob    │ │
2.010  │                 ╭── accept ─┼─┤
       │                 │           │ │ ended: bob accepted
2.040  │                 │           ╰▶│
       │                 │             │ cancelled (bob had accepted)
2.050  │◀─────── accept ─╯             │
       │ late answer: bob accepted     │

rings = onReceiveNewInvitation · cancelled = onInvitationCancelled
";
    assert_eq!(chart, expected, "{chart}");
}

#[test]
fn no_line_is_wider_than_asked_for() {
    for (name, trace) in traces::all() {
        let chart = Chart::new(&trace);
        for width in [80, 120] {
            for line in chart.text(width).to_string().lines() {
                assert!(line.width() <= width, "{name}: {} columns: {line}", line.width());
            }
        }
    }
}

#[test]
fn wide_characters_keep_the_columns_straight() {
    // Of the last name a terminal may make one picture, or three.
    for name in ["鲍勃", "👨\u{200d}👩\u{200d}👧"] {
        let text = traces::text_of("c2c-accept").replace("bob", name).replace(r#"room_id\\\":7"#, r#"房间\\\":7"#);
        let chart = Chart::new(&Trace::parse(&text).unwrap()).to_string();
        assert!(chart.contains(&format!("{name} accepted")) && chart.contains("房间 7"), "{chart}");
        let lifelines = chart.lines().skip(3).take_while(|line| !line.is_empty());
        let before = lifelines.map(|line| &line[..line.rfind(['│', '┤']).unwrap()]);
        let columns: Vec<usize> = before.map(|line| line.chars().filter_map(|char| char.width()).sum()).collect();
        assert!(columns.len() > 4 && columns.iter().all(|column| *column == columns[0]), "{columns:?}\n{chart}");
    }
}

#[test]
fn of_more_participants_than_anybody_can_follow_no_text_is_made() {
    let header = r#"{"scenario":"crowd","sdk":"","startMs":0}"#;
    let chart = |count: usize| {
        let starts =
            (0..count).map(|number| format!(r#"{{"t":0,"peer":"u{number}","in":{{"start":true,"skewMs":1}}}}"#));
        let lines: Vec<_> = [header.to_owned()].into_iter().chain(starts).collect();
        Chart::new(&Trace::parse(&lines.join("\n")).unwrap())
    };
    assert!(chart(100).to_string().starts_with("crowd\n"));
    let says = "101 participants are too many for a text: draw them as .svg\n";
    assert_eq!(chart(101).to_string(), says);
    assert!(chart(101).svg().contains("u100"));
}

/// At a width at which nothing need be shortened.
#[test]
fn every_send_and_callback_is_on_the_chart() {
    for (name, trace) in traces::all() {
        let text = Chart::new(&trace).text(400);
        let lines: Vec<String> =
            text.lines.iter().map(|line| line.iter().map(|span| span.text.as_str()).collect()).collect();
        let lines: Vec<_> = lines.iter().skip(3).take_while(|line| !line.is_empty()).collect();
        for (action, sends) in traces::sends(&trace) {
            let shown: usize = lines.iter().map(|line| line.matches(&format!(" {action}")).count()).sum();
            assert!(shown >= sends, "{name}: {action} {shown} < {sends}\n{text}");
        }
        let callbacks = text.lines.iter().flatten().filter(|span| matches!(span.ink, Ink::Callback)).count();
        let failed = text.lines.iter().flatten().filter(|span| span.text.contains(" refused: ")).count();
        assert!(callbacks + failed >= traces::callbacks(&trace).len(), "{name}\n{text}");
    }
}

fn drawn(events: &str) -> String {
    let header = r#"{"scenario":"made up","sdk":"","startMs":0,"latencyMs":40,"groups":{"room":["alice","bob"]}}"#;
    let chart = Chart::new(&Trace::parse(&format!("{header}\n{events}")).unwrap()).to_string();
    chart.lines().skip(3).map(|line| format!("{line}\n")).collect()
}

fn message(action: u8, inviter: &str, invitee: &str) -> String {
    format!(
        r#""data":{{"inviteID":"i","actionType":{action},"timeout":9,"inviter":"{inviter}","inviteeList":["{invitee}"]}}"#
    )
}

#[test]
fn absence_of_each_kind_changes_the_line() {
    let chart = drawn(
        r#"{"t":0,"peer":"alice","in":{"start":true}}
{"t":0,"peer":"bob","in":{"start":true,"skewMs":-2500}}
{"t":100,"peer":"alice","in":{"sleep":true}}
{"t":100,"peer":"bob","in":{"save":true}}
{"t":200,"peer":"bob","in":{"crash":true}}
{"t":300,"peer":"alice","in":{"online":"hot","messages":[]}}
{"t":300,"peer":"bob","in":{"online":"cold","messages":[]}}
{"t":400,"peer":"alice","in":{"left":{"groupID":"room","user":"carol"}}}
{"t":500,"peer":"carol","in":{"start":true}}"#,
    );
    let expected = "\
0.000  │                            │ clock 2.500 s behind
0.100  ┊ asleep                     │ saves a snapshot
0.200  ┊                            · crashes
0.300  │ back, no messages          │ starts again, no messages
0.400  │ carol left room            │
0.500  │                            │                            │ signs in

┊ asleep, · crashed
";
    assert_eq!(chart, expected, "{chart}");
}

#[test]
fn what_became_of_a_message_stands_where_it_arrives() {
    let forged = message(3, "alice", "bob");
    let chart = drawn(&format!(
        r#"{{"t":0,"peer":"alice","in":{{"start":true}}}}
{{"t":100,"peer":"alice","in":{{"message":{{"id":"x","from":"mallory","to":"alice",{forged}}}}}}}
{{"t":100,"peer":"alice","out":{{"disposition":{{"refused":"notInvitee"}}}}}}
{{"t":200,"peer":"alice","in":{{"message":{{"id":"y","from":"bob","to":"alice",{forged}}}}}}}
{{"t":200,"peer":"alice","out":{{"disposition":"buffered"}}}}
{{"t":300,"peer":"alice","in":{{"message":{{"id":"y","from":"bob","to":"alice",{forged}}}}}}}
{{"t":300,"peer":"alice","out":{{"disposition":"duplicate"}}}}
{{"t":300,"peer":"alice","out":{{"disposition":{{"malformed":"tooDeep"}}}}}}
{{"t":300,"peer":"alice","out":{{"disposition":"of another day"}}}}"#
    ));
    for part in ["◀───────── forged: accept as bob ─┤", "✗ refused: only the", "kept until its", "accept · again"]
    {
        assert!(chart.contains(part), "{part}\n{chart}");
    }
    for part in ["known already", "✗ malformed: values", "\"of another day\""] {
        assert!(chart.contains(part), "{part}\n{chart}");
    }
}

#[test]
fn held_acks_and_failed_operations_are_told_with_their_codes() {
    let invite = message(1, "alice", "bob");
    let chart = drawn(&format!(
        r#"{{"t":0,"peer":"alice","in":{{"start":true}}}}
{{"t":0,"peer":"bob","in":{{"start":true}}}}
{{"t":100,"peer":"alice","in":{{"sending":"hold"}}}}
{{"t":200,"peer":"alice","in":{{"call":"invite","options":{{"userID":"bob"}}}}}}
{{"t":200,"peer":"alice","out":{{"send":{{"id":"a","from":"alice","to":"bob",{}}}}}}}
{{"t":240,"peer":"bob","in":{{"message":{{"id":"a","from":"alice","to":"bob",{invite}}}}}}}
{{"t":900,"peer":"alice","in":{{"release":"ok"}}}}
{{"t":900,"peer":"alice","out":{{"result":"invite","code":0,"inviteID":"i"}}}}
{{"t":950,"peer":"bob","in":{{"call":"cancel","options":{{"inviteID":"i"}}}}}}
{{"t":950,"peer":"bob","out":{{"result":"cancel","code":8011}}}}
{{"t":960,"peer":"bob","in":{{"call":"dismiss","options":{{"inviteID":"i"}}}}}}
{{"t":960,"peer":"bob","out":{{"result":"dismiss","code":0}}}}
{{"t":9300,"peer":"alice","in":{{"sending":"ok"}}}}"#,
        as_text(&invite)
    ));
    let expected = "\
0.100  │ acks are held                     │
0.200  ├─ invite 9 s ─────────────────────▶│
0.900  │ released: taken                   │
       │ invite() acknowledged             │
0.950  │                                   │ ✗ cancel(): 8011 not yours to do
0.960  │                                   │ dismiss()
       │                                   │
9.200  │ ◷ 9 s are up                      │
9.300  │ sends go through                  │

✗ lost or refused, ◷ time is up
";
    assert_eq!(chart, expected, "{chart}");
}

/// No reader takes a part of a label for a message that goes on from one receiver to the next.
#[test]
fn a_label_stands_as_a_whole_in_one_stretch_and_loses_its_data_first() {
    let trace = traces::recorded("group-raise-hand");
    for (width, label) in
        [(80, "├ invite 20 s #1 ▶├────"), (120, "├ invite 20 s #1: op raise_h… ▶├────"), (160, "#1: op raise_hand ─")]
    {
        let chart = Chart::new(&trace).text(width).to_string();
        let sent = chart.lines().find(|line| line.contains("invite 20 s #1")).unwrap();
        assert!(
            sent.contains(label) && sent.split('├').filter(|part| part.contains(char::is_alphabetic)).count() == 1,
            "{chart}"
        );
    }
    let lost = Chart::new(&traces::recorded("accept-lost")).text(44).to_string();
    assert!(lost.contains("accept · lost"), "{lost}");
}

/// Bob is away, and carol loses what is for all; dave gets it.
fn a_message_with_three_fates() -> Trace {
    let invite = as_text(&message(1, "alice", "bob"));
    let header =
        r#"{"scenario":"","sdk":"","startMs":0,"latencyMs":40,"groups":{"room":["alice","bob","carol","dave"]}}"#;
    let starts =
        ["alice", "bob", "carol", "dave"].map(|peer| format!(r#"{{"t":0,"peer":"{peer}","in":{{"start":true}}}}"#));
    let parcel = r#""id":"a","from":"alice","to":"room","conversationType":"GROUP""#;
    Trace::parse(&format!(
        r#"{header}
{}
{{"t":50,"peer":"bob","in":{{"offline":true}}}}
{{"t":100,"peer":"alice","out":{{"send":{{{parcel},{invite}}}}}}}
{{"t":140,"peer":"dave","in":{{"message":{{{parcel},{}}}}}}}"#,
        starts.join("\n"),
        message(1, "alice", "bob"),
    ))
    .unwrap()
}

#[test]
fn each_receiver_of_a_message_has_a_fate_of_its_own() {
    let chart = Chart::new(&a_message_with_three_fates());
    let text = chart.to_string();
    assert!(text.contains("0.100  ├─ invite 9 s ────────○├─────────────────────✗├─────────────────────▶│"), "{text}");
    let mermaid = chart.mermaid();
    for line in [
        "p0--)p1: 0.100 s · invite 9 s · stored",
        "p0-xp2: 0.100 s · invite 9 s · lost",
        "p0->>p3: 0.100 s · invite 9 s",
    ] {
        assert!(mermaid.lines().any(|drawn| drawn.trim() == line), "{line}\n{mermaid}");
    }
    let svg = chart.svg();
    for word in [">stored</text>", ">lost</text>", "invite 9 s · stored for bob · lost for carol<"] {
        assert!(svg.contains(word), "{word}\n{svg}");
    }
}

#[test]
fn a_message_in_anothers_name_looks_like_a_failure() {
    let forged = message(3, "alice", "bob");
    let header = r#"{"scenario":"","sdk":"","startMs":0,"latencyMs":40,"groups":{}}"#;
    for (sender, is_failure) in [("mallory", true), ("bob", false)] {
        let received = format!(r#"{{"id":"x","from":"{sender}","to":"alice",{forged}}}"#);
        let trace = format!("{header}\n{{\"t\":100,\"peer\":\"alice\",\"in\":{{\"message\":{received}}}}}");
        let chart = Chart::new(&Trace::parse(&trace).unwrap());
        let inks = chart.text(80).lines.into_iter().flatten().filter(|span| span.text.contains("accept"));
        assert!(inks.map(|span| span.ink == Ink::Failure).eq([is_failure]), "{sender}: {chart}");
        assert_eq!(chart.svg().contains("class=\"arrow failure\""), is_failure, "{sender}");
    }
}

#[test]
fn the_symbols_that_occur_are_explained_and_no_others() {
    let fates = a_message_with_three_fates();
    for (trace, symbols) in [(fates, "○ stored, ✗ lost or refused, ╎ offline"), (traces::recorded("c2c-accept"), "")]
    {
        let chart = Chart::new(&trace);
        let text = chart.to_string();
        let explains = |line: &&str| line.starts_with(['○', '✗', '◷', '╎', '┊', '·']);
        assert_eq!(text.lines().filter(explains).collect::<Vec<_>>().join(" "), symbols, "{text}");
        assert!(chart.svg().contains(&format!("{symbols}</text>")), "{symbols}");
        assert!(!chart.svg().contains("asleep</text>"));
    }
}

/// The callback does not say it, the message does.
#[test]
fn a_cancel_in_a_group_names_those_whom_it_is_about() {
    let cancel = message(2, "alice", "bob").replace(r#"["bob"]"#, r#"["bob","carol"]"#);
    let told = |more: &str| format!(r#"{{"callback":"onInvitationCancelled","inviteID":"i","groupID":"room"{more}}}"#);
    let ended =
        r#"{"callback":"ended","inviteID":"i","outcomes":{"bob":"cancelled","carol":"cancelled","dave":"rejected"}}"#;
    let chart = drawn(&format!(
        r#"{{"t":0,"peer":"bob","in":{{"start":true}}}}
{{"t":100,"peer":"bob","in":{{"message":{{"id":"x","from":"alice","to":"room","conversationType":"GROUP",{cancel}}}}}}}
{{"t":100,"peer":"bob","out":{}}}
{{"t":100,"peer":"bob","out":{ended}}}
{{"t":200,"peer":"bob","in":{{"message":{{"id":"y","from":"alice","to":"room","conversationType":"GROUP",{}}}}}}}
{{"t":200,"peer":"bob","out":{}}}"#,
        told(""),
        message(2, "alice", "bob"),
        told(r#","revises":"accepted""#),
    ));
    for part in ["│ cancelled for bob, carol", "ended: cancelled for bob, carol; ", "cancelled (bob had accepted)"] {
        assert!(chart.contains(part), "{part}\n{chart}");
    }
}

/// What is sent holds its data as text.
fn as_text(message: &str) -> String {
    let data = message.strip_prefix(r#""data":"#).unwrap();
    format!(r#""data":{}"#, serde_json::to_string(data).unwrap())
}

#[test]
fn a_message_to_nobody_here_stays_within_the_page() {
    let trace = concat!(
        r#"{"scenario":"alone","sdk":"any","startMs":0,"groups":{"room":["alice"]}}"#,
        "\n",
        r#"{"t":0,"peer":"bob","in":{"start":true}}"#,
        "\n",
        r#"{"t":0,"peer":"alice","in":{"start":true}}"#,
        "\n",
        r#"{"t":5,"peer":"alice","out":{"send":{"id":"m","from":"alice","to":"room","conversationType":"GROUP","time":0,"data":"{\"actionType\":1,\"inviteID\":\"i\",\"inviter\":\"alice\",\"inviteeList\":[\"bob\"],\"timeout\":30,\"data\":\"a word that is far too long to stand in what is left of the line\"}"}}}"#,
    );
    let text = Chart::new(&Trace::parse(trace).unwrap()).to_string();
    assert!(text.contains("↩ invite 30 s"), "{text}");
    assert!(text.lines().all(|line| line.width() <= 80), "{text}");
}
