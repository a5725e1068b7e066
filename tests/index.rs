//! The index of rules and tests in docs/testing.md: complete by the pages that give the rules, and true.
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

fn page(name: &str) -> String {
    fs::read_to_string(Path::new("docs").join(name)).expect("a page")
}

/// The rules, as these pages give them: each begins a paragraph with its mark, a letter and a number.
fn rules(pages: &[&str]) -> BTreeSet<String> {
    let pages = pages.iter().map(|name| page(name)).collect::<String>();
    let marks = pages.lines().filter_map(|line| line.strip_prefix("**")?.split_once("**"));
    marks.filter(|(mark, _)| !mark.contains(' ')).map(|(mark, _)| mark.to_owned()).collect()
}

/// A row of the index: a rule, its flows, if it is a layer's, and its tests as `file::test`.
struct Row {
    rule: String,
    flows: Vec<String>,
    tests: Vec<String>,
}

fn rows() -> Vec<Row> {
    let page = page("testing.md");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | "));
    let tests = |cell: &str| cell.split('`').filter(|word| word.contains("::")).map(str::to_owned).collect();
    let flows = |cell: &str| cell.split('[').filter_map(|link| Some(link.split_once(']')?.0.to_owned())).collect();
    rows.map(|(rule, cell)| Row { rule: rule.to_owned(), flows: flows(cell), tests: tests(cell) }).collect()
}

fn defines(file: &str, test: &str) -> bool {
    let source = |root: &str| fs::read_to_string(Path::new(root).join(format!("{file}.rs"))).unwrap_or_default();
    ["tests", "tests/rules", "tests/tools", "src"].into_iter().any(|root| source(root).contains(&format!("fn {test}(")))
}

#[test]
fn every_rule_has_a_row_and_a_test() {
    let with_tests = rows().into_iter().filter(|row| !row.tests.is_empty()).map(|row| row.rule);
    let rules = rules(&["protocol.md", "calls.md", "classroom.md", "seats.md"]);
    assert_eq!(with_tests.collect::<BTreeSet<_>>(), rules);
    let all = "I1, W1 to W9, O1 to O8, T1 to T8, R1 to R8, C1 to C7, A1 to A7, K1 to K12, H1 to H6, M1 to M6";
    assert_eq!(rules.len(), 72, "{all}");
}

#[test]
fn every_test_in_the_index_exists() {
    for Row { rule, tests, .. } in rows() {
        for test in tests {
            let (file, name) = test.rsplit_once("::").expect("a file and a test");
            assert!(defines(file, name), "{rule}: there is no test {test}");
        }
    }
}

#[test]
fn every_rule_of_a_layer_has_a_flow_that_names_it() {
    let flows = page("scenarios/README.md");
    let of_layers = rules(&["calls.md", "classroom.md", "seats.md"]);
    for row in rows().into_iter().filter(|row| of_layers.contains(&row.rule)) {
        assert!(!row.flows.is_empty(), "{} has no flow", row.rule);
        for flow in row.flows {
            let text = flows.split("\n### ").find(|text| text.starts_with(&format!("[{flow}]")));
            let text = text.expect("the flow has a heading");
            assert!(text.contains(&format!("`{}`", row.rule)), "{flow} does not name {}", row.rule);
        }
    }
}
