//! The tables of docs/v2tim.md and docs/host-guide.md: complete by the source, and true.
#![allow(clippy::expect_used, reason = "a test that cannot go on fails")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

const GUIDE: &str = "docs/host-guide.md";
const V2TIM: &str = "docs/v2tim.md";
const PROTOCOL: &str = "docs/protocol.md";

fn read(path: &str) -> String {
    fs::read_to_string(path).expect("the file is there")
}

/// What the host and the engine say to each other: every file of the words, and of the face.
fn source() -> String {
    let words = ["callback", "config", "disposition", "error", "input", "message", "name", "time", "wake"];
    let files = ["engine", "engine/snapshot", "engine/view", "lib", "wire/info"];
    words.into_iter().chain(files).map(|file| read(&format!("src/{file}.rs"))).collect()
}

/// The lines of an item, from the one that begins so to the brace that closes it.
fn item<'a>(source: &'a str, begins: &str) -> Vec<&'a str> {
    let from = source.lines().skip_while(|line| !line.starts_with(begins)).skip(1);
    from.take_while(|line| *line != "}").filter_map(|line| line.strip_prefix("    ")).collect()
}

/// The variants of an enum, or the public fields of a struct.
fn parts(name: &str) -> BTreeSet<String> {
    let source = source();
    let variants = item(&source, &format!("pub enum {name} {{"));
    let variants = variants.into_iter().filter(|line| line.starts_with(char::is_uppercase));
    let fields = item(&source, &format!("pub struct {name} {{"));
    let fields = fields.into_iter().filter_map(|line| line.strip_prefix("pub "));
    let word = |line: &str| line.split(|c: char| !c.is_alphanumeric() && c != '_').next().map(str::to_owned);
    variants.chain(fields).filter_map(word).collect()
}

/// The tables of a page, as rows of cells; the first row is the head.
fn tables(page: &str) -> Vec<Vec<Vec<String>>> {
    let page = read(page);
    let lines: Vec<&str> = page.lines().collect();
    let blocks = lines.split(|line| !line.starts_with('|')).filter(|block| !block.is_empty());
    let cells = |line: &&str| line.trim_matches('|').split('|').map(|cell| cell.trim().to_owned()).collect();
    blocks.map(|block| block.iter().filter(|line| !line.starts_with("|---")).map(cells).collect()).collect()
}

/// The names in code with which a cell begins.
fn names(cell: &str) -> Vec<String> {
    let words = cell.split(' ').map_while(|word| word.strip_prefix('`')?.split_once('`'));
    words.map(|(name, _)| name.to_owned()).collect()
}

/// The rows of the table with a column of this head, as the first cell and what that column names.
fn column(page: &str, head: &str) -> Vec<(String, Vec<String>)> {
    let head = format!("`{head}`");
    let of_table = |table: Vec<Vec<String>>| {
        let at = table.first()?.iter().position(|cell| *cell == head)?;
        let rows = table.iter().skip(1).filter_map(|row| Some((row.first()?.clone(), names(row.get(at)?))));
        Some(rows.collect())
    };
    tables(page).into_iter().find_map(of_table).expect("the page has such a table")
}

/// The errors of the operations: each variant with its code.
fn codes() -> BTreeMap<String, BTreeSet<(String, String)>> {
    let source = read("src/error.rs");
    let constant = |name: &str| {
        let line = source.lines().find_map(|line| line.strip_prefix(&format!("const {name}: i32 = ")));
        line.and_then(|code| code.strip_suffix(';')).expect("the code is a constant").to_owned()
    };
    let of_error = |error: &str| {
        let arms = item(&source, &format!("impl {error} {{")).into_iter().filter_map(|line| line.split_once(" => "));
        let each = arms.flat_map(|(variants, code)| {
            let code = constant(code.trim_end_matches(','));
            variants.split(" | ").map(|variant| (code.clone(), variant_of(variant))).collect::<Vec<_>>()
        });
        each.collect()
    };
    let errors = source.lines().filter_map(|line| line.strip_prefix("impl ")?.strip_suffix(" {"));
    errors.map(|error| (error.to_owned(), of_error(error))).collect()
}

/// The variant that a pattern is of.
fn variant_of(pattern: &str) -> String {
    let name = pattern.trim().strip_prefix("Self::").expect("the arms are variants");
    name.split(['(', ' ']).next().unwrap_or_default().to_owned()
}

/// What a page's prose and tables put in code.
fn spans(page: &str) -> Vec<String> {
    let page = read(page);
    let prose: String = page.split("```").step_by(2).collect();
    prose.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn a_column_that_is_headed_by_a_type_names_every_part_of_it() {
    let guide = ["Inbound", "Disposition", "Refusal", "Malformed", "Transmit", "Callback"];
    let guide = guide.into_iter().map(|name| (GUIDE, name.to_owned()));
    let v2tim = ["Callback", "SignalingInfo"].into_iter().map(str::to_owned).chain(codes().into_keys());
    for (page, name) in guide.chain(v2tim.map(|name| (V2TIM, name))) {
        let named = column(page, &name).into_iter().flat_map(|(_, names)| names);
        let parts = parts(&name);
        assert!(!parts.is_empty(), "{name} is in the source");
        assert_eq!(named.collect::<BTreeSet<_>>(), parts, "{page}: {name}");
    }
}

#[test]
fn each_callback_stands_beside_its_name() {
    let source = read("src/callback.rs");
    let (_, source) = source.split_once("pub fn name(").unwrap();
    let arms = source.lines().filter_map(|line| line.trim().strip_suffix("\",")?.split_once(" => \""));
    let given: BTreeSet<_> = arms.map(|(variant, name)| (format!("`{name}`"), vec![variant_of(variant)])).collect();
    assert_eq!(given.len(), parts("Callback").len());
    assert_eq!(column(V2TIM, "Callback").into_iter().collect::<BTreeSet<_>>(), given);
}

#[test]
fn each_error_stands_beside_its_code() {
    let codes = codes();
    assert_eq!(codes.len(), 6, "an error an operation; accept and reject share one");
    for (error, given) in codes {
        let rows = column(V2TIM, &error).into_iter();
        let named = rows.flat_map(|(code, variants)| variants.into_iter().map(move |variant| (code.clone(), variant)));
        assert_eq!(named.collect::<BTreeSet<_>>(), given, "{error}");
    }
}

#[test]
fn what_the_pages_name_is_there() {
    let source = source();
    let rules = read(PROTOCOL);
    let is_rule = |mark: &str| mark.len() == 2 && mark.ends_with(char::is_numeric);
    let is_path = |span: &str| span.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | ':'));
    for page in [GUIDE, V2TIM] {
        for span in spans(page) {
            if is_rule(&span) {
                assert!(rules.contains(&format!("\n**{span}**")), "{page}: there is no rule {span}");
            } else if let Some((owner, name)) = span.split_once("::").filter(|_| is_path(&span)) {
                let is_method = ["(", "<"].iter().any(|next| source.contains(&format!("pub fn {name}{next}")));
                assert!(is_method || parts(owner).contains(name), "{page}: there is no {span}");
            }
        }
    }
}
