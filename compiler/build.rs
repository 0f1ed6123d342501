//! Lists the prelude's files and items, so that adding one is adding a file, and a compilation reads the items that it needs.
//!
//! An item is a declaration at the start of a line outside of brackets, up to the next one. Names are found by their form alone: what
//! is only called like an item counts as a use of it, which costs a little time and changes nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::path::Path;

/// A declaration of the prelude.
struct Item {
    name: String,
    is_test: bool,
    file: usize,
    start: usize,
    end: usize,
    words: BTreeSet<String>,
}

fn main() {
    let folder = Path::new(&std::env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("prelude");
    println!("cargo:rerun-if-changed={}", folder.display());
    let entries = std::fs::read_dir(&folder).expect("the prelude's folder");
    let mut files: Vec<String> = entries
        .map(|entry| entry.expect("a folder entry").file_name().into_string().expect("an ASCII name"))
        .filter(|name| name.ends_with(".mochi"))
        .collect();
    files.sort();
    let mut items = Vec::new();
    let mut assigned = BTreeSet::new();
    for (file, name) in files.iter().enumerate() {
        let text = std::fs::read_to_string(folder.join(name)).expect("a readable file");
        Scan { text: &text, file, depth: 0, items: &mut items, assigned: &mut assigned }.run();
    }
    let out = std::env::var("OUT_DIR").expect("set by cargo");
    std::fs::write(Path::new(&out).join("prelude.rs"), tables(&folder, &files, &items, &assigned)).expect("the build's own folder");
}

fn tables(folder: &Path, files: &[String], items: &[Item], assigned: &BTreeSet<String>) -> String {
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (index, item) in items.iter().enumerate().filter(|(_, item)| !item.is_test) {
        by_name.entry(&item.name).or_default().push(index);
    }
    let mut out = String::from("/// Name and text of each file.\npub const FILES: &[(&str, &str)] = &[\n");
    for file in files {
        line(&mut out, &format!("    ({file:?}, include_str!({:?})),", folder.join(file).display().to_string()));
    }
    line(&mut out, "];\npub const ITEMS: &[Item] = &[");
    for (index, item) in items.iter().enumerate() {
        let used = item.words.iter().filter_map(|word| by_name.get(word.as_str())).flatten();
        let used: BTreeSet<usize> = used.copied().filter(|&other| other != index).collect();
        let used = Vec::from_iter(used);
        let Item { name, file, start, end, is_test, .. } = item;
        line(
            &mut out,
            &format!("    Item {{ name: {name:?}, file: {file}, start: {start}, end: {end}, is_test: {is_test}, uses: &{used:?} }},"),
        );
    }
    let sorted: Vec<usize> = by_name.into_values().flatten().collect();
    line(&mut out, &format!("];\n/// The items but for tests, sorted by name.\npub const BY_NAME: &[u16] = &{sorted:?};"));
    let assigned = Vec::from_iter(assigned);
    line(&mut out, &format!("/// The fields that some assignment names.\npub const ASSIGNED_FIELDS: &[&str] = &{assigned:?};"));
    out
}

fn line(out: &mut String, text: &str) {
    writeln!(out, "{text}").expect("a string grows");
}

/// One pass over a file.
struct Scan<'a> {
    text: &'a str,
    file: usize,
    /// Brackets that are open.
    depth: usize,
    items: &'a mut Vec<Item>,
    assigned: &'a mut BTreeSet<String>,
}

impl Scan<'_> {
    fn run(&mut self) {
        let bytes = self.text.as_bytes();
        let first = self.items.len();
        let mut at = 0;
        while at < bytes.len() {
            at = match bytes[at] {
                b'/' if bytes[at..].starts_with(b"//") => at + self.text[at..].find('\n').unwrap_or(bytes.len() - at),
                b'"' => self.after_string(at),
                b'_' | b'a'..=b'z' | b'A'..=b'Z' => self.word(at),
                byte => {
                    match byte {
                        b'(' | b'[' | b'{' => self.depth += 1,
                        b')' | b']' | b'}' => self.depth -= 1,
                        _ => {}
                    }
                    at + 1
                }
            };
        }
        for index in first..self.items.len() {
            self.items[index].end = self.items.get(index + 1).map_or(bytes.len(), |next| next.start);
        }
    }

    fn after_string(&self, start: usize) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = start + 1;
        while bytes[at] != b'"' {
            at += if bytes[at] == b'\\' { 2 } else { 1 };
        }
        at + 1
    }

    fn word(&mut self, start: usize) -> usize {
        let rest = &self.text[start..];
        let end = start + rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(rest.len());
        let word = &self.text[start..end];
        let after = &self.text[end..];
        let begins_line = start == 0 || self.text.as_bytes()[start - 1] == b'\n';
        if self.depth == 0 && begins_line && ["fun", "extern", "type", "var", "test"].contains(&word) {
            let head = after.trim_start().trim_start_matches("fun ");
            let name = head.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default().to_owned();
            self.items.push(Item { name, is_test: word == "test", file: self.file, start, end, words: BTreeSet::new() });
            return end;
        }
        if self.text[..start].ends_with('.') && after.starts_with(" = ") {
            self.assigned.insert(word.to_owned());
        }
        let item = self.items.last_mut().unwrap_or_else(|| panic!("`{word}` stands before the first declaration of a prelude file"));
        item.words.insert(word.to_owned());
        end
    }
}
