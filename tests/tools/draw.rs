//! `convoke draw`, driven from outside.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use crate::launch::{Folder, run, text};
use crate::traces;
use convoke::sim::Chart;

fn vector(name: &str) -> String {
    traces::folder("vectors").join(name).to_str().unwrap().to_owned()
}

#[test]
fn draw_writes_the_form_that_the_name_says() {
    let chart = Chart::new(&traces::recorded("group-raise-hand"));
    let folder = Folder::new("drawn");
    let forms = [("txt", chart.to_string()), ("mmd", chart.mermaid()), ("svg", chart.svg()), ("html", chart.html())];
    for (extension, expected) in forms {
        for (name, extension) in [("drawn", extension.to_owned()), ("DRAWN", extension.to_uppercase())] {
            let path = folder.file(name).with_extension(extension);
            let output = run(&["draw", &vector("group-raise-hand.jsonl"), "-o", path.to_str().unwrap()], "");
            assert_eq!((output.status.code(), text(&output.stdout), text(&output.stderr)), (Some(0), "", ""));
            assert_eq!(std::fs::read_to_string(&path).unwrap(), expected);
        }
    }
}

#[test]
fn draw_prints_text_without_colour_where_there_is_no_terminal() {
    let output = run(&["draw", &vector("accept-lost.jsonl")], "");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(text(&output.stdout), Chart::new(&traces::recorded("accept-lost")).to_string());
}

#[test]
fn draw_says_which_names_it_knows_and_writes_nothing() {
    let folder = Folder::new("not-drawn");
    for name in ["chart.png", "chart", "svg"] {
        let path = folder.file(name);
        let output = run(&["draw", &vector("c2c-accept.jsonl"), "-o", path.to_str().unwrap()], "");
        let stderr = text(&output.stderr);
        assert_eq!((output.status.code(), stderr.lines().count()), (Some(2), 1), "{stderr}");
        assert!(stderr.contains(name) && stderr.contains(".txt, .mmd, .svg, .html"), "{stderr}");
        assert!(!path.exists());
    }
}

#[test]
fn draw_says_what_is_wrong_with_a_trace_and_where() {
    let output = run(&["draw", &vector("c2c-accept.json")], "");
    let stderr = text(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{stderr}");
    assert!(stderr.contains("c2c-accept.json: line 1: "), "{stderr}");
    let output = run(&["draw", &vector("c2c-accept.jsonl"), "-o", "/no/such/folder/chart.svg"], "");
    assert_eq!(output.status.code(), Some(2));
    assert!(text(&output.stderr).contains("/no/such/folder/chart.svg: "), "{}", text(&output.stderr));
}
