//! The index of rules and tests in docs/testing.md: complete, and true.
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Every rule of the protocol, by section.
const RULES: [(char, usize); 7] = [('I', 1), ('W', 9), ('O', 8), ('T', 8), ('R', 8), ('C', 7), ('A', 7)];

/// The rows of the index: a rule, and its tests as `file::test`.
fn rows() -> Vec<(String, Vec<String>)> {
    let page = fs::read_to_string("docs/testing.md").expect("docs/testing.md is there");
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.strip_suffix(" |")?.split_once("` | "));
    let tests = |cell: &str| cell.split('`').filter(|word| word.contains("::")).map(str::to_owned).collect();
    rows.map(|(rule, cell)| (rule.to_owned(), tests(cell))).collect()
}

fn defines(file: &str, test: &str) -> bool {
    let source = |root: &str| fs::read_to_string(Path::new(root).join(format!("{file}.rs"))).unwrap_or_default();
    ["tests", "src"].into_iter().any(|root| source(root).contains(&format!("fn {test}(")))
}

#[test]
fn every_rule_has_a_row_and_a_test() {
    let expected: BTreeSet<String> = RULES
        .iter()
        .flat_map(|(section, count)| (1..=*count).map(move |number| format!("{section}{number}")))
        .collect();
    let with_tests = rows().into_iter().filter(|(_, tests)| !tests.is_empty()).map(|(rule, _)| rule);
    assert_eq!(with_tests.collect::<BTreeSet<_>>(), expected);
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
