//! `mochi.toml`: what holds for all programs of a folder and of those below it.
//!
//! ```toml
//! name = "sorting"               # what `mochi build` calls what it makes
//! main = "src/main.mochi"        # what runs without a file being named; this is the default
//! exact-ints = true              # as --exact-ints
//! targets = ["native", "wasm32-wasi", "aarch64-linux-musl"]   # what `mochi build` makes without a file being named
//! ```

use crate::args::Flags;
use crate::failure::Failure;
use crate::render;
use std::ops::Range;
use std::path::{Path, PathBuf};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

const FILE: &str = "mochi.toml";

#[derive(Debug, PartialEq, Eq)]
pub struct Project {
    pub folder: PathBuf,
    pub name: String,
    pub main: PathBuf,
    pub exact_ints: bool,
    pub targets: Vec<String>,
}

impl Project {
    /// The project that a folder lies in: the nearest `mochi.toml`, there or above.
    pub fn around(folder: &Path) -> Result<Option<Project>, Failure> {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        // Of a folder that is not there, the command itself will tell.
        let Ok(absolute) = folder.canonicalize() else { return Ok(None) };
        let Some(depth) = absolute.ancestors().position(|above| above.join(FILE).is_file()) else { return Ok(None) };
        // Shown as the user would name it from here.
        let found = if depth == 0 { folder.to_path_buf() } else { folder.join(vec![".."; depth].join("/")) };
        let found = if found == Path::new(".") { PathBuf::new() } else { found.strip_prefix("./").map(Path::to_path_buf).unwrap_or(found) };
        let path = found.join(FILE);
        let text = std::fs::read_to_string(&path).map_err(|error| Failure::file("read", &path, &error))?;
        let name = absolute.ancestors().nth(depth).and_then(Path::file_name).map(|name| name.to_string_lossy().into_owned());
        read(&text, found, name.unwrap_or_default()).map(Some).map_err(|mistakes| {
            for mistake in &mistakes {
                let name = path.display().to_string();
                anstream::eprintln!(
                    "{}\n",
                    render::plain(&name, &text, mistake.at.clone(), &mistake.message, &mistake.label, mistake.help)
                );
            }
            Failure::Shown
        })
    }

    /// The flags as they hold here.
    pub fn apply(&self, flags: &mut Flags) {
        flags.exact_ints |= self.exact_ints;
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Mistake {
    at: Range<usize>,
    message: String,
    label: String,
    help: &'static str,
}

const KEYS: &str = "the keys are name, main, exact-ints and targets";

fn read(text: &str, folder: PathBuf, name: String) -> Result<Project, Vec<Mistake>> {
    let table = DeTable::parse(text).map_err(|error| {
        let at = error.span().unwrap_or(0..0);
        vec![Mistake {
            at,
            message: "this is no TOML".to_owned(),
            label: error.message().to_owned(),
            help: "https://toml.io shows how it is written",
        }]
    })?;
    let main = folder.join("src").join("main.mochi");
    let mut project = Project { folder, name, main, exact_ints: false, targets: Vec::new() };
    let mut mistakes = Vec::new();
    for (key, value) in table.get_ref() {
        let set = match key.get_ref().as_ref() {
            "name" => string(value, "a name in quotes").map(|name| project.name = name),
            "main" => string(value, "a path in quotes").map(|main| project.main = project.folder.join(main)),
            "exact-ints" => boolean(value).map(|on| project.exact_ints = on),
            "targets" => strings(value).map(|targets| project.targets = targets),
            unknown => {
                let message = format!("unknown key `{unknown}`");
                Err(Mistake { at: key.span(), message, label: "no setting has this name".to_owned(), help: KEYS })
            }
        };
        mistakes.extend(set.err());
    }
    mistakes.sort_by_key(|mistake| mistake.at.start);
    if mistakes.is_empty() { Ok(project) } else { Err(mistakes) }
}

fn wrong(value: &Spanned<DeValue>, wanted: &str) -> Mistake {
    Mistake { at: value.span(), message: "a value of the wrong kind".to_owned(), label: format!("this should be {wanted}"), help: KEYS }
}

fn string(value: &Spanned<DeValue>, wanted: &str) -> Result<String, Mistake> {
    value.get_ref().as_str().map(str::to_owned).ok_or_else(|| wrong(value, wanted))
}

fn boolean(value: &Spanned<DeValue>) -> Result<bool, Mistake> {
    value.get_ref().as_bool().ok_or_else(|| wrong(value, "true or false"))
}

fn strings(value: &Spanned<DeValue>) -> Result<Vec<String>, Mistake> {
    let wanted = "a list of targets in quotes";
    let DeValue::Array(values) = value.get_ref() else { return Err(wrong(value, wanted)) };
    values.iter().map(|value| string(value, "a target in quotes")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_read() {
        let text = "name = \"a\"\nmain = \"m.mochi\"\nexact-ints = true\ntargets = [\"native\"]\n";
        let project = read(text, PathBuf::from("p"), String::new()).expect("no mistakes");
        let main = PathBuf::from("p/m.mochi");
        let want = Project { folder: PathBuf::from("p"), name: "a".into(), main, exact_ints: true, targets: vec!["native".into()] };
        assert_eq!(project, want);
    }

    #[test]
    fn all_mistakes_have_their_places() {
        let mistakes = read("exact_ints = true\nname = 1\n", PathBuf::new(), String::new()).expect_err("two mistakes");
        assert_eq!(mistakes.iter().map(|mistake| mistake.at.clone()).collect::<Vec<_>>(), [0..10, 25..26]);
    }
}
