//! From tokens to the syntax tree.
//!
//! A hand-written recursive descent that never fails: every text gives a tree and diagnostics. A rule that
//! cannot go on reports once and returns [`Reported`]; the nearest list, block or file recovers
//! (see `recover.rs`), so that one mistake gives one diagnostic.
//!
//! What the grammar leaves to the parser's judgement is in LANGUAGE's traps; the decisions are
//! made in one place each: `starts_struct` (`Name {`), `starts_block_body` (`=> {`), `returns_nothing`, `word_operator`.

mod braces;
mod cursor;
mod decls;
mod exprs;
mod foreign;
mod foreign_exprs;
mod heads;
mod missing;
pub(super) mod mistakes;
mod patterns;
mod primary;
mod query;
mod recover;
mod stmts;
mod types;

use super::ast::*;
use super::lexer::lex_from;
use super::symbol::{Names, Symbol};
use super::token::Token;
use crate::diagnostic::Diagnostic;
use crate::hash::HashSet;
use crate::source::{FileId, Span};

/// How a text is parsed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParseOptions {
    /// Whether the dialect of the runtime library is allowed: generic types and bound `extern fun`.
    pub prelude: bool,
    /// The offset where reading begins.
    pub start: u32,
}

/// Parses the text of a file. `names` and `ids` are shared by all files of a compilation.
///
/// Where a diagnostic is an error, parts of the program are missing or stand as `Error` nodes.
pub fn parse(file: FileId, text: &str, names: &Names, ids: &mut Ids, options: ParseOptions) -> (Program, Vec<Diagnostic>) {
    let lexed = lex_from(file, text, options.start as usize, names);
    let mut tokens = lexed.tokens;
    let supplied = if lexed.cut_off { Vec::new() } else { braces::supply(text, &mut tokens) };
    let mut parser = Parser {
        text,
        tokens,
        ints: &lexed.ints,
        floats: &lexed.floats,
        strings: &lexed.strings,
        names,
        ids,
        options,
        pos: 0,
        diagnostics: supplied,
        broken: Vec::new(),
        imports: Vec::new(),
        open_stmts: Vec::new(),
        operands: Vec::new(),
        operators: Vec::new(),
        declaring: 0,
        depth: 0,
        chain: 0,
        aborted: false,
        in_header: false,
        in_pattern: false,
        stmt_start: 0,
        suspect: None,
        declared: None,
    };
    let program = parser.program(file);
    let mut diagnostics = lexed.diagnostics;
    // After an unterminated string or comment the parser sees only a part of what was meant.
    if !lexed.cut_off {
        // The lexer knew better what is wrong there.
        let known: HashSet<Span> = diagnostics.iter().map(Diagnostic::span).collect();
        parser.diagnostics.retain(|diagnostic| !known.contains(&diagnostic.span()));
        diagnostics.append(&mut parser.diagnostics);
        super::checks::check(&program, parser.names, text, &mut diagnostics);
    }
    diagnostics.sort_by_key(|diagnostic| diagnostic.span().start);
    (program, diagnostics)
}

/// A rule could not go on, and a diagnostic says why.
#[derive(Clone, Copy, Debug)]
struct Reported;

type Parse<T> = Result<T, Reported>;

struct Parser<'a> {
    text: &'a str,
    /// Ends with `End`.
    tokens: Vec<Token>,
    ints: &'a [i64],
    floats: &'a [f64],
    strings: &'a [Box<str>],
    names: &'a Names,
    ids: &'a mut Ids,
    options: ParseOptions,
    /// Index of the next token.
    pos: usize,
    diagnostics: Vec<Diagnostic>,
    /// What was skipped after mistakes.
    broken: Vec<Span>,
    imports: Vec<Import>,
    /// Statements of the blocks that are being read, the outer ones' first.
    open_stmts: Vec<Stmt>,
    /// Operands of the expressions that are being read, and the operators that wait for their right operand.
    operands: Vec<Expr>,
    operators: Vec<(BinaryOp, Span)>,
    /// The number of expressions so far that declare something or have a block.
    declaring: u32,
    /// Levels of nesting around the current place.
    depth: u32,
    /// The longest chain of operators and postfix forms in the current expression.
    chain: u32,
    /// After the nesting limit nothing more is read or reported.
    aborted: bool,
    /// In the head of `if`, `while`, `for` and `match`, where `name {}` is a name and a block.
    in_header: bool,
    /// In what stands left of a match arm's `=>`.
    in_pattern: bool,
    /// Index of the first token of the current statement.
    stmt_start: usize,
    /// An opening brace whose closing brace stood at another indentation.
    suspect: Option<Span>,
    /// Names that the file declares somewhere; collected when the first word of another language is met.
    declared: Option<HashSet<Symbol>>,
}
