//! The patches of `tests/sabotage` fit the sources and the table; that each is caught, `tests/sabotage/run` shows.
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

const FOLDER: &str = "tests/sabotage";

/// The name of each patch, and its text.
fn patches() -> Vec<(String, String)> {
    let files = fs::read_dir(FOLDER).expect("the folder is there").map(|file| file.expect("a file").path());
    let patches = files.filter(|path| path.extension().is_some_and(|kind| kind == "patch"));
    let named = patches.map(|path| {
        let name = path.file_stem().expect("it has a name").to_string_lossy().into_owned();
        (name, fs::read_to_string(&path).expect("it is text"))
    });
    named.collect()
}

/// The rows of the table: a patch, and what must catch it.
fn table() -> Vec<(String, String)> {
    let text = fs::read_to_string(format!("{FOLDER}/table.txt")).expect("the table is there");
    let rows = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let cells = rows.map(|row| row.split_once(' ').expect("two cells"));
    cells.map(|(name, means)| (name.to_owned(), means.trim().to_owned())).collect()
}

/// The rules that a page gives: each begins a paragraph with its mark, a letter and a number.
fn rules_of(page: &str) -> BTreeSet<String> {
    let page = fs::read_to_string(Path::new("docs").join(page)).expect("the page is there");
    let marks = page.lines().filter_map(|line| line.strip_prefix("**")?.split_once("**"));
    marks.map(|(mark, _)| mark.to_owned()).filter(|mark| !mark.contains(' ')).collect()
}

/// Those of the protocol, and those of the layers' guides.
fn rules() -> BTreeSet<String> {
    ["protocol.md", "calls.md", "classroom.md", "seats.md"].into_iter().flat_map(rules_of).collect()
}

/// What the first line of a patch says: a rule, and how it is broken.
fn says(text: &str) -> (&str, &str) {
    let first = text.lines().next().and_then(|line| line.strip_prefix("# "));
    first.and_then(|says| says.split_once(": ")).expect("it says what it breaks")
}

#[test]
fn each_patch_breaks_a_rule_that_there_is_in_lines_that_there_are() {
    let rules = rules();
    assert!(patches().len() >= 120);
    for (name, text) in patches() {
        let (rule, _) = says(&text);
        assert!(rules.contains(rule), "{name}: there is no rule {rule}");
        assert!(name.starts_with(&format!("{}-", rule.to_lowercase())), "{name}: of {rule}");
        let file = text.lines().find_map(|line| line.strip_prefix("--- a/")).expect("it names a file");
        let source = fs::read_to_string(file).expect("the file is there");
        for hunk in text.split("\n@@").skip(1) {
            let lines = hunk.lines().skip(1).filter(|line| !line.starts_with('+'));
            let before: String = lines.filter_map(|line| line.get(1..)).map(|line| format!("{line}\n")).collect();
            assert!(source.contains(&before), "{name} does not fit {file} any more:\n{before}");
        }
    }
}

#[test]
fn each_rule_has_a_patch() {
    let broken: BTreeSet<String> = patches().iter().map(|(_, text)| says(text).0.to_owned()).collect();
    assert_eq!(broken, rules());
}

#[test]
fn each_patch_has_a_row_and_most_of_the_engines_are_for_the_random_worlds() {
    let names: BTreeSet<String> = patches().into_iter().map(|(name, _)| name).collect();
    let table = table();
    assert_eq!(table.iter().map(|(name, _)| name.clone()).collect::<BTreeSet<_>>(), names);
    assert_eq!(table.len(), names.len(), "one row each");
    for (name, means) in &table {
        let is_there = match means.split(' ').collect::<Vec<_>>()[..] {
            ["check" | "replay"] | ["test", "--lib", _] => true,
            ["fuzz", target] => Path::new(&format!("fuzz/fuzz_targets/{target}.rs")).is_file(),
            ["model", world] => {
                let worlds = fs::read_to_string("tests/model/src/worlds.rs").expect("the worlds are there");
                worlds.contains(&format!("name: \"{world}\""))
            }
            ["test", "--test", home, module] | ["test", "--features", "arbitrary", "--test", home, module] => {
                module.strip_suffix("::").is_some_and(|file| Path::new(&format!("tests/{home}/{file}.rs")).is_file())
            }
            _ => false,
        };
        assert!(is_there, "{name}: there is no {means}");
    }
    // Two random worlds of three are of engines alone.
    let engines = rules_of("protocol.md");
    let is_engines = |name: &str| name.split('-').next().is_some_and(|rule| engines.contains(&rule.to_uppercase()));
    let of_engines: Vec<&String> = table.iter().filter(|(name, _)| is_engines(name)).map(|(_, means)| means).collect();
    let by_worlds = of_engines.iter().filter(|means| **means == "check").count();
    assert!(by_worlds * 2 > of_engines.len(), "{by_worlds} of {}", of_engines.len());
}
