//! What `mochi check` says of programs with one wrong token.
//!
//! Some 2,000 mutants of the corpus' valid programs, as many of each; which ones follows from the program's name, so that a new
//! program changes no other's: a token deleted, a token and its neighbour swapped, a used name
//! misspelt, a literal replaced by one of another type. Where a mutant is not valid any more, the first error must be on the line of
//! the mutation in 95 of 100 cases, no more than three errors may be reported for any, and each has a label and a help.
//!
//! The line of the mutation is that of the token, for a swap those of both; for a deleted token also the line of the token before
//! it, since what is missing is missing after that. Declarations are not renamed: that makes the uses wrong, wherever they are.
//! `MOCHI_TEST_VERBOSE=1` shows each mutant that fails; `MOCHI_MUTANTS=50000` and `MOCHI_MUTANTS_SEED=7` make more and others.

use compiler::diagnostic::Diagnostic;
use compiler::driver::{Options, Session};
use compiler::source::FileId;
use compiler::syntax::lexer::lex;
use compiler::syntax::symbol::Names;
use compiler::syntax::token::{Token, TokenKind};
use std::path::{Path, PathBuf};

const MUTANTS: u64 = 2000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Delete,
    Swap,
    Rename,
    Retype,
}

const KINDS: [Kind; 4] = [Kind::Delete, Kind::Swap, Kind::Rename, Kind::Retype];

struct Mutant {
    kind: Kind,
    program: usize,
    text: String,
    /// First and last line of the mutation.
    lines: (usize, usize),
    change: String,
}

struct Program {
    path: PathBuf,
    text: String,
    tokens: Vec<Token>,
}

#[test]
fn one_wrong_token_gives_one_error_on_its_line() {
    let mut programs = Vec::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/corpus"), &mut programs);
    assert!(programs.len() > 50, "only {} programs", programs.len());
    let seed = number("MOCHI_MUTANTS_SEED", 0x5eed);
    let each = (number("MOCHI_MUTANTS", MUTANTS) as usize).div_ceil(programs.len());
    let mut counts = [Count::default(); KINDS.len()];
    for (program, Program { path, .. }) in programs.iter().enumerate() {
        let name = path.file_name().expect("a file").as_encoded_bytes();
        let mut random = Random(name.iter().fold(seed, |hash, &byte| hash.wrapping_mul(31).wrapping_add(u64::from(byte))));
        let mut made = 0;
        for _ in 0..each * 1000 {
            let slot = (name.len() + made) % KINDS.len();
            if made == each {
                break;
            }
            let Some(mutant) = mutate(&programs, program, KINDS[slot], &mut random) else { continue };
            made += 1;
            judge(&programs, &mutant, &mut counts[slot]);
        }
    }
    let mut all = Count::default();
    for (index, count) in counts.iter().enumerate() {
        println!("{:?}: {count}", KINDS[index]);
        all.add(count);
    }
    println!("all: {all}");
    assert_eq!(all.bare, 0, "errors without label or help");
    // Which mutants are made follows from the corpus; docs/testing.md has the figures.
    assert_eq!(all.many, 0, "mutants with more than three errors, of {}", all.invalid);
    assert!(all.on_line * 100 >= all.invalid * 95, "the first error is on the mutated line in {} of {}", all.on_line, all.invalid);
}

fn number(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(otherwise)
}

/// The valid programs of a folder, in order.
fn collect(folder: &Path, programs: &mut Vec<Program>) {
    let mut entries: Vec<PathBuf> = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            collect(&path, programs);
        } else if path.extension().is_some_and(|ending| ending == "mochi") {
            let text = std::fs::read_to_string(&path).expect("UTF-8");
            let is_valid = check(&text).is_empty() && !text.contains("import \"");
            if is_valid {
                let tokens = lex(FileId(0), &text, &Names::new()).tokens;
                programs.push(Program { path, text, tokens });
            }
        }
    }
}

fn check(text: &str) -> Vec<Diagnostic> {
    let mut session = Session::new();
    session.add_main("main.mochi", text);
    let mut checked = session.check(&Options::default());
    checked.diagnostics.retain(Diagnostic::is_error);
    checked.diagnostics
}

fn mutate(programs: &[Program], program: usize, kind: Kind, random: &mut Random) -> Option<Mutant> {
    let Program { text, tokens, .. } = &programs[program];
    if tokens.len() < 3 {
        return None;
    }
    let at = random.below(tokens.len() - 1);
    let (from, to) = (tokens[at].span.start as usize, tokens[at].span.end as usize);
    let word = &text[from..to];
    let line = line_of(text, from);
    let mut lines = (line, line_of(text, to));
    let (end, replacement) = match kind {
        Kind::Delete => {
            if let Some(before) = at.checked_sub(1) {
                lines.0 = line_of(text, tokens[before].span.end as usize);
            }
            (to, String::new())
        }
        Kind::Swap => {
            let next = tokens[at + 1].span;
            let (start, end) = (next.start as usize, next.end as usize);
            if tokens[at + 1].kind == TokenKind::End || &text[start..end] == word {
                return None;
            }
            lines.1 = line_of(text, end);
            (end, format!("{}{}{word}", &text[start..end], &text[to..start]))
        }
        Kind::Rename if matches!(tokens[at].kind, TokenKind::Name(_)) && !declares(text, tokens, at) => (to, misspelt(word)),
        Kind::Retype => (to, retyped(tokens[at].kind, word)?),
        Kind::Rename => return None,
    };
    let change = format!("`{}` -> `{replacement}`", &text[from..end]);
    Some(Mutant { kind, program, text: format!("{}{replacement}{}", &text[..from], &text[end..]), lines, change })
}

/// Whether the name at the place is being declared, as far as its neighbours show: after a word that declares, or before the colon of
/// a parameter, field or key.
fn declares(text: &str, tokens: &[Token], at: usize) -> bool {
    let spelt = |index: usize| &text[tokens[index].span.start as usize..tokens[index].span.end as usize];
    let words =
        ["let", "var", "fun", "for", "type", "as", "into", "from", "join", "agent", "stream", "intent", "extern", "import", "fact", "rule"];
    let before = at.checked_sub(1).map(spelt);
    let after = spelt(at + 1);
    before.is_some_and(|word| words.contains(&word)) || after == ":" || in_parameters(tokens, at) || in_union(tokens, at)
}

/// Whether the brackets around the place are the parameters of a function or the fields of a pattern.
fn in_parameters(tokens: &[Token], at: usize) -> bool {
    let mut depth = 0;
    for index in (0..at).rev() {
        match tokens[index].kind {
            TokenKind::CloseParen => depth += 1,
            TokenKind::OpenParen if depth > 0 => depth -= 1,
            TokenKind::OpenParen => {
                let heads =
                    index >= 1 && tokens[index - 1].kind == TokenKind::Fun || index >= 2 && tokens[index - 2].kind == TokenKind::Fun;
                return heads || pattern_follows(tokens, at);
            }
            TokenKind::OpenBrace | TokenKind::CloseBrace => return false,
            _ => {}
        }
    }
    false
}

fn pattern_follows(tokens: &[Token], at: usize) -> bool {
    let close = tokens[at..].iter().position(|token| token.kind == TokenKind::CloseParen);
    close.is_some_and(|close| tokens.get(at + close + 1).is_some_and(|token| token.kind == TokenKind::Arrow))
}

/// Whether the line, or one just above, declares a union.
fn in_union(tokens: &[Token], at: usize) -> bool {
    let neighbours = [at.checked_sub(1), Some(at + 1)];
    let beside_bar = neighbours.into_iter().flatten().any(|index| tokens[index].kind == TokenKind::Bar);
    beside_bar || at >= 3 && tokens[at - 3].kind == TokenKind::Type
}

fn misspelt(word: &str) -> String {
    let count = word.chars().count();
    if count < 4 { format!("{word}q") } else { word.chars().enumerate().filter(|&(i, _)| i != count / 2).map(|(_, c)| c).collect() }
}

fn retyped(kind: TokenKind, word: &str) -> Option<String> {
    Some(match kind {
        TokenKind::Int(_) => "\"text\"".to_owned(),
        TokenKind::Float(_) => "true".to_owned(),
        TokenKind::Str(_) if !word.contains('\n') => "7".to_owned(),
        TokenKind::True | TokenKind::False => "[]".to_owned(),
        _ => return None,
    })
}

fn line_of(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}

fn judge(programs: &[Program], mutant: &Mutant, count: &mut Count) {
    let errors = check(&mutant.text);
    count.made += 1;
    let Some(first) = errors.first() else { return };
    count.invalid += 1;
    let line = line_of(&mutant.text, first.span().start as usize);
    let on_line = (mutant.lines.0..=mutant.lines.1).contains(&line);
    let many = errors.len() > 3;
    let bare = errors.iter().any(|error| error.help.is_none() || error.labels[0].text.is_empty());
    count.on_line += usize::from(on_line);
    count.single += usize::from(errors.len() == 1);
    count.many += usize::from(many);
    count.bare += usize::from(bare);
    if (!on_line || many || bare) && std::env::var_os("MOCHI_TEST_VERBOSE").is_some() {
        let path = programs[mutant.program].path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        println!("--- {path}: {:?} {} on line {}: {} errors", mutant.kind, mutant.change, mutant.lines.1, errors.len());
        for error in errors.iter().take(5) {
            let line = line_of(&mutant.text, error.span().start as usize);
            let shown = mutant.text.lines().nth(line - 1).unwrap_or("");
            println!("  {} line {line}: {}   | {shown}", error.code.text(), error.message);
        }
    }
}

#[derive(Clone, Copy, Default)]
struct Count {
    made: usize,
    invalid: usize,
    on_line: usize,
    single: usize,
    many: usize,
    bare: usize,
}

impl Count {
    fn add(&mut self, other: &Count) {
        self.made += other.made;
        self.invalid += other.invalid;
        self.on_line += other.on_line;
        self.single += other.single;
        self.many += other.many;
        self.bare += other.bare;
    }
}

impl std::fmt::Display for Count {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Count { made, invalid, on_line, single, many, bare } = self;
        let share = *on_line as f64 * 100.0 / (*invalid).max(1) as f64;
        write!(
            f,
            "{made} mutants, {invalid} invalid, {on_line} on the line ({share:.1} %), {single} with one error, {many} with more than three, {bare} bare"
        )
    }
}

/// SplitMix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((z ^ (z >> 31)) % end as u64) as usize
    }
}
