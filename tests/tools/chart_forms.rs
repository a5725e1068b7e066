//! Charts as Mermaid, SVG and HTML: nothing is missing, and nothing in a trace can be more than text.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic, reason = "a test may panic")]

use crate::traces;
use convoke::sim::{Chart, Trace};
use proptest::prelude::*;
use roxmltree::Document;
use serde_json::Value;

/// The titles of what can be pointed at: arrows and notes.
fn titles(svg: &str) -> Vec<String> {
    let document = Document::parse(svg).unwrap();
    let titles = document.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", "title")));
    titles.map(|node| node.text().unwrap_or_default().to_owned()).collect()
}

fn assert_has_all(name: &str, trace: &Trace, lines: &[String]) {
    for (action, sends) in traces::sends(trace) {
        let shown = lines.iter().filter(|line| line.contains(action)).count();
        assert!(shown >= sends, "{name}: {action}: {shown} of {sends} in {lines:#?}");
    }
    for (_, callback) in traces::callbacks(trace) {
        let words = match callback {
            "lateAnswer" => "late answer",
            "answeredElsewhere" => "answered elsewhere",
            "operationFailed" => " refused: ",
            "inviteeLeft" => " left",
            documented => documented,
        };
        let told = traces::callbacks(trace).iter().filter(|(_, other)| *other == callback).count();
        let shown = lines.iter().filter(|line| line.contains(words)).count();
        assert!(shown >= told, "{name}: {callback}: {shown} of {told} in {lines:#?}");
    }
}

#[test]
fn every_send_and_callback_is_in_the_svg_picture() {
    for (name, trace) in traces::all() {
        let svg = Chart::new(&trace).svg();
        assert_has_all(&name, &trace, &titles(&svg));
        assert!(svg.len() < 30_000, "{name}: {} bytes", svg.len());
        assert!(!svg.contains('.') || !has_long_fraction(&svg), "{name}");
    }
}

/// Numbers that depend on how a machine divides.
fn has_long_fraction(svg: &str) -> bool {
    let body = svg.split("</style>").nth(1).unwrap();
    let coordinates = body.split(" d=\"").skip(1).map(|path| path.split('"').next().unwrap());
    coordinates.flat_map(str::chars).any(|char| char == '.')
}

#[test]
fn every_send_and_callback_is_in_the_mermaid_text() {
    for (name, trace) in traces::all() {
        let lines: Vec<String> = Chart::new(&trace).mermaid().lines().map(str::to_owned).collect();
        assert_eq!(lines[0], "sequenceDiagram");
        assert_has_all(&name, &trace, &lines);
    }
}

#[test]
fn every_send_and_callback_can_be_chosen_on_the_page_and_is_behind_it_as_it_is() {
    for (name, trace) in traces::all() {
        let page = Chart::new(&trace).html();
        let data = page.split(r#"<script type="application/json" id="data">"#).nth(1).unwrap();
        let data: Value = serde_json::from_str(data.split("</script>").next().unwrap()).unwrap();
        let lines: Vec<Value> =
            trace.to_string().lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect();
        assert_eq!(data["events"], Value::from(lines), "{name}");
        let moments = data["times"].as_array().unwrap();
        assert!(moments.windows(2).all(|pair| pair[0].as_i64() < pair[1].as_i64()), "{name}: {moments:?}");
        for (event, out) in traces::outs(&trace) {
            if out.get("result").is_none() {
                assert!(page.contains(&format!(r#"data-event="{event}""#)), "{name}: {out}");
            }
        }
    }
}

#[test]
fn the_page_allows_its_own_script_and_no_other() {
    let page = Chart::new(&traces::recorded("c2c-accept")).html();
    let script = page.rsplit("<script>").next().unwrap().split("</script>").next().unwrap();
    let digest = <sha2::Sha256 as sha2::Digest>::digest(script);
    let hash = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, digest);
    assert!(page.contains(&format!("script-src 'sha256-{hash}'")), "the hash of page.js is {hash}");
    assert!(page.contains("default-src 'none'"));
}

const HOSTILE: [&str; 9] = [
    "</script><script>alert(1)</script>",
    "</title><img src=x onerror=alert(1)>",
    "\" onload=\"alert(1)",
    "'><svg/onload=alert(1)>",
    "{{script}} {{data}}",
    "]]>&lt;&#60;<!--",
    "x\n    end\n%%{init: {\"securityLevel\": \"loose\"}}%%",
    "\u{1b}[31m\u{202e}\u{7}\u{9b}2J",
    "#59;<b>;wrap:",
];

/// A trace in which an enemy writes every name and text.
fn hostile(evil: &str) -> Trace {
    let recorded = traces::text_of("c2c-accept");
    let (header, events) = recorded.split_once('\n').unwrap();
    let mut header: Value = serde_json::from_str(header).unwrap();
    header["scenario"] = evil.into();
    header["about"] = evil.into();
    let lines = events.lines().map(|line| taint(serde_json::from_str(line).unwrap(), evil).to_string());
    let text: Vec<_> = [header.to_string()].into_iter().chain(lines).collect();
    Trace::parse(&text.join("\n")).unwrap()
}

/// The names of the two users and each `data` are the enemy's.
fn taint(value: Value, evil: &str) -> Value {
    match value {
        Value::String(text) if text == "bob" => evil.into(),
        Value::String(text) => match serde_json::from_str::<Value>(&text) {
            Ok(payload) if payload.get("inviteID").is_some() => {
                let mut payload = taint(payload, evil);
                payload["data"] = evil.into();
                payload.to_string().into()
            }
            _ => text.into(),
        },
        Value::Array(items) => items.into_iter().map(|item| taint(item, evil)).collect(),
        Value::Object(fields) => fields.into_iter().map(|(name, value)| (name, taint(value, evil))).collect(),
        plain @ (Value::Null | Value::Bool(_) | Value::Number(_)) => plain,
    }
}

#[test]
fn an_enemys_words_cannot_steer_a_terminal() {
    for evil in HOSTILE {
        let text = Chart::new(&hostile(evil)).to_string();
        let steers = |char: &char| char.is_control() || ('\u{202a}'..='\u{202e}').contains(char);
        assert_eq!(text.chars().find(|char| *char != '\n' && steers(char)), None, "{text}");
    }
}

#[test]
fn an_enemys_words_are_nothing_but_text_in_a_picture() {
    const ELEMENTS: [&str; 8] = ["svg", "style", "rect", "text", "path", "circle", "g", "title"];
    const ATTRIBUTES: [&str; 13] =
        ["width", "height", "viewBox", "class", "rx", "x", "y", "d", "cx", "cy", "r", "data-t", "data-event"];
    for evil in HOSTILE {
        let svg = Chart::new(&hostile(evil)).svg();
        let document = Document::parse(&svg).unwrap();
        for node in document.descendants().filter(roxmltree::Node::is_element) {
            assert!(ELEMENTS.contains(&node.tag_name().name()), "{svg}");
            assert!(node.attributes().all(|attribute| ATTRIBUTES.contains(&attribute.name())), "{svg}");
        }
        let evil = convoke::sim::printable(evil);
        assert!(titles(&svg).iter().any(|title| title.contains(&evil[..evil.len().min(20)])), "{svg}");
    }
}

#[test]
fn an_enemys_words_are_nothing_but_text_in_mermaid() {
    for evil in HOSTILE {
        let text = Chart::new(&hostile(evil)).mermaid();
        for line in text.lines().skip(1) {
            let line = line.strip_prefix("    ").unwrap();
            let is_known = ["participant p", "Note over p", "p0-", "p1-"].iter().any(|start| line.starts_with(start));
            assert!(is_known && !line.contains(['<', '"', '{', '%', '&']), "{line}");
            let (_, words) = line.split_once(": ").or_else(|| line.split_once(" as ")).unwrap();
            let is_whole = |part: &str| part.chars().rev().take_while(char::is_ascii_digit).count() > 0;
            assert!(words.split(';').rev().skip(1).all(is_whole), "a bare `;` in {line}");
        }
    }
}

#[test]
fn an_enemys_words_are_nothing_but_text_on_a_page() {
    let titles = Chart::new(&hostile("harmless")).html().matches("</title>").count();
    for evil in HOSTILE {
        let page = Chart::new(&hostile(evil)).html();
        let count = |part: &str| page.matches(part).count();
        assert_eq!((count("<script"), count("</script"), count("<img"), count("<svg")), (2, 2, 0, 1), "{page}");
        assert_eq!((count("<!--"), count("onload=\""), count("</title>")), (0, 0, titles), "{page}");
    }
}

/// Recorded lines in any order, any number of times, at any peer and any time, with some numbers and texts replaced.
fn mangled() -> impl Strategy<Value = String> {
    let lines: Vec<Value> = traces::names()
        .iter()
        .flat_map(|name| {
            let text = traces::text_of(name);
            text.lines().skip(1).map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
        })
        .collect();
    const PEERS: [&str; 7] = ["alice", "bob", "alice/2", "carol", "", "/", "鲍勃"];
    let line = (prop::sample::select(lines), prop::sample::select(&PEERS[..]), 0_i64..400, any::<bool>());
    let odd = prop::sample::select(&["1", "-1", "9223372036854775807", "30", "0"][..]);
    (prop::collection::vec(line, 0..60), prop::sample::select(&[-1_000, 0, i64::MAX - 100_000][..]), odd).prop_map(
        |(lines, start, odd)| {
            let mut t: i64 = start;
            let mut text = String::from(
                r#"{"scenario":"","sdk":"","startMs":0,"latencyMs":40,"groups":{"room":["alice","bob","carol"]}}"#,
            );
            for (mut line, peer, step, stays) in lines {
                t = t.saturating_add(step);
                line["t"] = t.into();
                if !stays {
                    line["peer"] = peer.into();
                }
                let line = line.to_string().replace(r#"\"timeout\":30"#, &format!(r#"\"timeout\":{odd}"#));
                text.push_str(&format!("\n{line}"));
            }
            text
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_trace_that_can_be_read_can_be_drawn(text in mangled(), width in 0_usize..200) {
        let chart = Chart::new(&Trace::parse(&text).unwrap());
        let drawn = chart.text(width).to_string();
        prop_assert!(drawn.lines().count() >= 2);
        prop_assert!(Document::parse(&chart.svg()).is_ok());
        prop_assert!(chart.mermaid().starts_with("sequenceDiagram\n"));
        prop_assert!(chart.html().ends_with("</html>\n"));
    }
}
