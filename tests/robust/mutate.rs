//! Programs made from the corpus by small changes.

use compiler::source::FileId;
use compiler::syntax::lexer::lex;
use compiler::syntax::symbol::Names;
use std::ops::Range;
use std::path::{Path, PathBuf};

/// A generator of the splitmix family: the same numbers everywhere.
pub struct Random(pub u64);

impl Random {
    pub fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % limit.max(1) as u64) as usize
    }
}

struct Program {
    text: String,
    tokens: Vec<Range<usize>>,
}

pub struct Corpus {
    programs: Vec<Program>,
}

/// What bytes are replaced by, besides those of other programs: what lexers and layouts stumble over.
const PIECES: &[&str] = &[
    "\0",
    "\u{feff}",
    "\r",
    "\r\n",
    "\"",
    "\\",
    "/*",
    "*/",
    "//",
    "#",
    "`",
    "\u{1f600}",
    "é",
    "\u{2028}",
    "0x",
    "1e",
    "9223372036854775807",
    "9223372036854775808",
    "1e400",
    "{",
    "}",
    "(",
    ")",
    "[",
    "]",
    "<",
    ">",
    "=>",
    "..",
    "?.",
    "??",
    ":-",
    ";",
    ",",
    " as ",
    " match ",
    "none",
];

impl Corpus {
    /// The programs of the repository, or of the folder that MOCHI_FUZZ_CORPUS names, in the order of their paths.
    pub fn load() -> Corpus {
        let corpus = match std::env::var("MOCHI_FUZZ_CORPUS") {
            Ok(folder) => Corpus::of(&[&folder]),
            Err(_) => Corpus::of(&["tests/corpus", "tests/errors", "bench", "playground"]),
        };
        assert!(corpus.programs.len() > 20, "only {} programs", corpus.programs.len());
        corpus
    }

    /// The programs of folders of the repository.
    pub fn of(folders: &[&str]) -> Corpus {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut paths = Vec::new();
        folders.iter().for_each(|folder| collect(&root.join(folder), &mut paths));
        paths.sort();
        let programs = paths.iter().map(|path| {
            let text = String::from_utf8_lossy(&std::fs::read(path).expect("a file that can be read")).into_owned();
            let tokens = lex(FileId(0), &text, &Names::new()).tokens;
            let tokens = tokens.iter().map(|token| token.span.start as usize..token.span.end as usize).collect();
            Program { text, tokens }
        });
        Corpus { programs: programs.collect() }
    }

    fn any(&self, random: &mut Random) -> &Program {
        &self.programs[random.below(self.programs.len())]
    }

    /// One to four changes of bytes; what is no UTF-8 then has the replacement character, as the source reader is another test's.
    pub fn byte_mutant(&self, random: &mut Random) -> String {
        let mut bytes = self.any(random).text.clone().into_bytes();
        for _ in 0..=random.below(4) {
            let at = random.below(bytes.len() + 1);
            let end = (at + 1 + random.below(12)).min(bytes.len());
            match random.below(6) {
                0 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
                1 => drop(bytes.drain(at..end)),
                2 => drop(bytes.splice(at..at, PIECES[random.below(PIECES.len())].bytes())),
                3 => {
                    let copy = bytes[at..end].to_vec();
                    let to = random.below(bytes.len() + 1);
                    bytes.splice(to..to, copy);
                }
                4 => bytes.truncate(at),
                _ => {
                    let other = self.any(random).text.as_bytes();
                    let from = random.below(other.len() + 1);
                    let to = (from + random.below(60)).min(other.len());
                    bytes.splice(at..end, other[from..to].iter().copied());
                }
            }
        }
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// One to three tokens deleted, doubled, swapped with another, or replaced by one of any program.
    pub fn token_mutant(&self, random: &mut Random) -> String {
        let program = self.any(random);
        let mut pieces: Vec<&str> = program.tokens.iter().map(|token| &program.text[token.clone()]).collect();
        let mut gaps: Vec<&str> = Vec::new();
        let mut last = 0;
        for token in &program.tokens {
            gaps.push(&program.text[last..token.start.max(last)]);
            last = token.end;
        }
        for _ in 0..=random.below(3) {
            let (at, other) = (random.below(pieces.len()), random.below(pieces.len()));
            match random.below(4) {
                0 => pieces[at] = "",
                1 => pieces.swap(at, other),
                2 => {
                    let piece = pieces[other];
                    pieces.insert(at, piece);
                    gaps.insert(at, " ");
                }
                _ => {
                    let from = self.any(random);
                    pieces[at] = &from.text[from.tokens[random.below(from.tokens.len())].clone()];
                }
            }
        }
        gaps.iter().zip(&pieces).flat_map(|(gap, piece)| [*gap, *piece]).collect()
    }

    /// How many prefixes there are: one for each character of each program.
    pub fn prefixes(&self) -> u64 {
        self.programs.iter().map(|program| program.text.chars().count() as u64).sum()
    }

    pub fn prefix(&self, mut index: u64) -> String {
        for program in &self.programs {
            let count = program.text.chars().count() as u64;
            if index < count {
                return program.text.chars().take(index as usize + 1).collect();
            }
            index -= count;
        }
        String::new()
    }
}

fn collect(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("a folder") {
        let path = entry.expect("an entry").path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or("");
        if path.is_dir() && !["target", "node_modules", "pkg"].contains(&name) {
            collect(&path, found);
        } else if path.extension().is_some_and(|ending| ending == "mochi") {
            found.push(path);
        }
    }
}
