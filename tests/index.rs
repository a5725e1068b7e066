//! The index of rules and tests in docs/testing.md: complete by docs/protocol.md, and true.
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The rules, as docs/protocol.md gives them: each begins a paragraph with its mark.
fn rules() -> BTreeSet<String> {
    let page = fs::read_to_string("docs/protocol.md").expect("docs/protocol.md is there");
    let marks = page.lines().filter_map(|line| line.strip_prefix("**")?.split_once("**"));
    marks.map(|(mark, _)| mark.to_owned()).collect()
}

/// The rows of the index: a rule, and its tests as `file::test`.
fn rows() -> Vec<(String, Vec<String>)> {
    let page = fs::read_to_string("docs/testing.md").expect("docs/testing.md is there");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | "));
    let tests = |cell: &str| cell.split('`').filter(|word| word.contains("::")).map(str::to_owned).collect();
    rows.map(|(rule, cell)| (rule.to_owned(), tests(cell))).collect()
}

fn defines(file: &str, test: &str) -> bool {
    let source = |root: &str| fs::read_to_string(Path::new(root).join(format!("{file}.rs"))).unwrap_or_default();
    ["tests/rules", "tests/tools", "src"].into_iter().any(|root| source(root).contains(&format!("fn {test}(")))
}

#[test]
fn every_rule_has_a_row_and_a_test() {
    let with_tests = rows().into_iter().filter(|(_, tests)| !tests.is_empty()).map(|(rule, _)| rule);
    assert_eq!(with_tests.collect::<BTreeSet<_>>(), rules());
    assert_eq!(rules().len(), 48, "I1, W1 to W9, O1 to O8, T1 to T8, R1 to R8, C1 to C7, A1 to A7");
}

#[test]
fn every_test_in_the_index_exists() {
    for (rule, tests) in rows() {
        for test in tests {
            let (file, name) = test.rsplit_once("::").expect("a file and a test");
            assert!(defines(file, name), "{rule}: there is no test {test}");
        }
    }
}
