//! A chart as one page that needs nothing else: the picture, a time slider, and what is behind each arrow and note.

use alloc::format;
use alloc::string::{String, ToString as _};
use alloc::vec::Vec;

use super::Chart;
use super::svg::{escaped, figure};

const PAGE: &str = include_str!("page.html");
const STYLE: &str = include_str!("page.css");
const SCRIPT: &str = include_str!("page.js");

/// What the page is allowed to run: this script and nothing else, whatever a trace holds.
const SCRIPT_HASH: &str = "sha256-OwrYTcDOigVez9/sEsxbEZdGP9yEdbFn3n931Keu4AM=";

pub(super) fn html(chart: &Chart) -> String {
    let title = escaped(&chart.title);
    let about = escaped(&chart.about);
    let (figure, data) = (figure(chart), data(chart));
    let parts = [
        ("title", title.as_str()),
        ("about", about.as_str()),
        ("hash", SCRIPT_HASH),
        ("style", STYLE),
        ("figure", figure.as_str()),
        ("data", data.as_str()),
        ("script", SCRIPT),
    ];
    // Piece by piece, so that nothing which is put in is looked at again.
    let mut page = String::new();
    let mut rest = PAGE;
    while let Some((before, after)) = rest.split_once("{{") {
        let (name, after) = after.split_once("}}").unwrap_or((after, ""));
        page.push_str(before);
        page.push_str(parts.iter().find(|(part, _)| *part == name).map_or("", |(_, text)| text));
        rest = after;
    }
    page.push_str(rest);
    page
}

/// The moments of the chart, and the lines of the trace as they are. No `<` in it can end the element that holds it.
fn data(chart: &Chart) -> String {
    let mut times: Vec<i64> = chart.rows.iter().map(|row| row.t).collect();
    times.dedup();
    let trace = chart.trace.to_string();
    let events: Vec<&str> = trace.lines().skip(1).collect();
    let data = format!(r#"{{"times":{times:?},"events":[{}]}}"#, events.join(","));
    data.replace('<', "\\u003c")
}
