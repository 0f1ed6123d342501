//! Statements as other languages write them.
//!
//! What is meant is evident in most of them, so the statement is reported with the change that makes it right, and then read as if it
//! had been made: what follows is neither lost nor wrong because of it. Nothing here takes a text that the grammar accepts; each rule
//! says why.

use super::mistakes::word_help;
use super::{Parse, Parser, Reported};
use crate::diagnostic::{Code, Diagnostic, Edit, closest};
use crate::source::Span;
use crate::syntax::ast::*;
use crate::syntax::symbol::{Symbol, sym};
use crate::syntax::token::{Token, TokenKind};

/// Words that begin a statement where another name follows; `foo bar` is nothing in the grammar.
const STARTERS: [(&str, TokenKind); 17] = [
    ("let", TokenKind::Let),
    ("var", TokenKind::Var),
    ("fun", TokenKind::Fun),
    ("return", TokenKind::Return),
    ("if", TokenKind::If),
    ("for", TokenKind::For),
    ("while", TokenKind::While),
    ("type", TokenKind::Type),
    ("import", TokenKind::Import),
    ("export", TokenKind::Export),
    ("test", TokenKind::Test),
    ("expect", TokenKind::Expect),
    ("match", TokenKind::Match),
    ("stream", TokenKind::Stream),
    ("emit", TokenKind::Emit),
    ("agent", TokenKind::Agent),
    ("extern", TokenKind::Extern),
];

/// The types that need no declaration.
pub(super) fn is_type_word(word: &str) -> bool {
    matches!(
        word,
        "int" | "float" | "bool" | "string" | "any" | "list" | "map" | "bigint" | "bigrat" | "double" | "boolean" | "i32" | "i64"
    )
}

impl Parser<'_> {
    /// Reads a statement that begins with a word of another language or a misspelt one; nothing where it does not.
    #[inline(never)]
    pub(super) fn foreign_stmt(&mut self) -> Parse<Option<StmtKind>> {
        let next = self.token_at(1);
        if next.starts_line {
            return Ok(None);
        }
        let span = self.span();
        let word = span.of(self.text);
        if self.is_clause_without_query() {
            return Err(self.clauses_without_query());
        }
        // `from math import sqrt`
        if word == "from" && self.peek(2) == TokenKind::Import {
            let diagnostic = no_word(word, span).label("begins a query, and none follows").help(word_help("use").unwrap_or_default());
            return Err(self.report(Diagnostic { message: "an import begins with `import`".to_owned(), ..diagnostic }));
        }
        match next.kind {
            TokenKind::OpenBrace => self.foreign_block(word, span),
            TokenKind::Name(name) if !sym::is_contextual(name) => self.foreign_declaration(word, span),
            TokenKind::Name(_) | TokenKind::Int(_) | TokenKind::Float(_) | TokenKind::Str(_) | TokenKind::True | TokenKind::False => {
                self.misspelt_starter(word, span)
            }
            TokenKind::None => self.misspelt_starter(word, span),
            TokenKind::In => Ok(None),
            kind if kind.is_keyword() => self.misspelt_starter(word, span),
            _ => Ok(None),
        }
    }

    /// `word name`
    #[inline(never)]
    fn foreign_declaration(&mut self, word: &str, span: Span) -> Parse<Option<StmtKind>> {
        let (kind, right, help) = match word {
            "func" | "def" | "fn" | "function" | "proc" | "sub" => (TokenKind::Fun, "fun", "functions are declared with `fun`"),
            "const" | "val" | "final" | "static" => (TokenKind::Let, "let", "what keeps its value is declared with `let`"),
            "mut" | "auto" | "dim" => (TokenKind::Var, "var", "variables are declared with `var`"),
            "struct" | "record" | "interface" if self.peek(2) == TokenKind::OpenBrace => {
                (TokenKind::Type, "type", "types are declared with `type`")
            }
            "foreach" => (TokenKind::For, "for", "write `for x in xs { ... }`"),
            "assert" => (TokenKind::Expect, "expect", "write `expect condition`"),
            // `int main() {`
            _ if (is_type_word(word) || word == "void") && self.peek(2) == TokenKind::OpenParen => {
                let name = self.tokens[self.pos + 1].span.of(self.text);
                let diagnostic = Diagnostic::error(Code::P999, span, format!("a declaration does not begin with `{word}`"))
                    .label("the result type stands behind the parameters")
                    .help(format!("functions are declared with `fun`: `fun {name}(): {word} {{ ... }}`"));
                return Err(self.report(diagnostic));
            }
            // `int x = 5`
            _ if is_type_word(word) && self.peek(2) == TokenKind::Eq => {
                let name = self.tokens[self.pos + 1].span;
                let diagnostic =
                    Diagnostic::error(Code::P999, span, format!("a declaration begins with `let` or `var`, not with `{word}`"))
                        .label("the type stands behind the name")
                        .help(format!("write `var {}: {word} = ...`, or leave the type out", name.of(self.text)))
                        .fix("declare it with `var`", span, "var");
                return self.read_as(TokenKind::Var, diagnostic);
            }
            _ => {
                let read = self.misspelt_starter(word, span)?;
                if read.is_some()
                    || self.peek(2) != TokenKind::Eq
                    || matches!(self.kind(), TokenKind::Name(name) if sym::is_contextual(name))
                {
                    return Ok(read);
                }
                // `name x = 5`: whatever the first word means, `x` is declared.
                let name = self.tokens[self.pos + 1].span.of(self.text);
                let diagnostic =
                    Diagnostic::error(Code::P999, self.tokens[self.pos + 1].span, format!("`{name}` follows the name `{word}`"))
                        .label("nothing connects this with the name before it")
                        .help(format!("a declaration begins with `let` or `var`: `var {name} = ...`"));
                return self.read_as(TokenKind::Var, diagnostic);
            }
        };
        let diagnostic = no_word(word, span).help(help).fix(format!("write `{right}`"), span, right);
        self.read_as(kind, diagnostic)
    }

    /// A word and an operand, where the word may be meant for one that begins a statement: `retrun x`.
    #[inline(never)]
    fn misspelt_starter(&mut self, word: &str, span: Span) -> Parse<Option<StmtKind>> {
        if word_help(word).is_some() || matches!(self.kind(), TokenKind::Name(name) if sym::is_contextual(name)) {
            return Ok(None);
        }
        let Some(close) = closest(word, STARTERS.iter().map(|&(text, _)| text).filter(|text| text.len() > 2 || word.len() == 2)) else {
            return Ok(None);
        };
        // Two letters in three are too little in common for a word as short as `fun`.
        let similar = word.len().abs_diff(close.len()) <= 1 && word.len() > 2 || word.eq_ignore_ascii_case(close);
        let kind = STARTERS.iter().find(|&&(text, _)| text == close).map(|&(_, kind)| kind);
        let Some(kind) = kind.filter(|_| similar) else { return Ok(None) };
        let diagnostic = Diagnostic::error(Code::P999, span, format!("`{word}` is no word of Mochi"))
            .label("taken as a name, after which nothing may follow here")
            .help(format!("did you mean `{close}`?"))
            .fix(format!("write `{close}`"), span, close);
        self.read_as(kind, diagnostic)
    }

    /// Whether a variable, a parameter or a function of this name is declared somewhere in the file. A word of another language is a
    /// name like any other then, and a statement that it ends may be followed by the next one on its line: `x = val; y = 2`.
    #[inline(never)]
    pub(super) fn is_declared(&mut self, name: Symbol) -> bool {
        let tokens = &self.tokens;
        let declared = self.declared.get_or_insert_with(|| {
            let part = |window: &[Token]| {
                let TokenKind::Name(name) = window[1].kind else { return None };
                let declares = match (window[0].kind, window[2].kind) {
                    (TokenKind::Let | TokenKind::Var | TokenKind::For | TokenKind::Fun, _) => true,
                    (TokenKind::Name(sym::FROM | sym::JOIN), TokenKind::In) => true,
                    (TokenKind::Name(sym::AS | sym::INTO), _) => true,
                    // A parameter, or what a pattern binds.
                    (TokenKind::OpenParen | TokenKind::Comma, TokenKind::Colon | TokenKind::Comma | TokenKind::CloseParen) => true,
                    _ => false,
                };
                declares.then_some(name)
            };
            tokens.windows(3).filter_map(part).collect()
        });
        declared.contains(&name)
    }

    /// Reports, and reads the statement as if this word stood at its begin.
    #[inline(never)]
    fn read_as(&mut self, kind: TokenKind, diagnostic: Diagnostic) -> Parse<Option<StmtKind>> {
        self.report(diagnostic);
        self.tokens[self.pos].kind = kind;
        self.stmt().map(Some)
    }

    /// `loop {`, `try {`: a name alone is no statement, so the brace cannot begin the next one.
    #[inline(never)]
    fn foreign_block(&mut self, word: &str, span: Span) -> Parse<Option<StmtKind>> {
        let Some(help) = word_help(word) else { return Ok(None) };
        let diagnostic = no_word(word, span).help(help);
        match word {
            "loop" => {
                self.report(diagnostic.fix("write `while true`", span, "while true"));
                self.bump();
                let cond = self.expr_node(ExprKind::Lit(Lit::Bool(true)), span);
                Ok(Some(StmtKind::While(While { cond, body: self.block()? })))
            }
            "try" | "do" | "finally" | "unsafe" | "begin" => {
                self.report(diagnostic);
                self.bump();
                // The block is read for its own mistakes.
                let body = self.block()?;
                let cond = self.expr_node(ExprKind::Lit(Lit::Bool(true)), span);
                self.rest_of_foreign_block()?;
                Ok(Some(StmtKind::While(While { cond, body })))
            }
            _ => Err(self.report(diagnostic)),
        }
    }

    /// After the block of `try` and `do`: `catch e {`, `while (c)`.
    #[inline(never)]
    fn rest_of_foreign_block(&mut self) -> Parse<()> {
        while let TokenKind::Name(_) = self.kind() {
            if !matches!(self.span().of(self.text), "catch" | "except" | "finally" | "rescue") || self.peek(1) == TokenKind::Eq {
                return Ok(());
            }
            while !self.at(TokenKind::OpenBrace) {
                if self.at_end() {
                    return Err(Reported);
                }
                self.bump();
            }
            self.block()?;
        }
        if self.at(TokenKind::While) && !self.token().starts_line {
            self.bump();
            self.header_expr()?;
        }
        Ok(())
    }

    /// `let mut x`: a variable called `mut` without a value, and the next statement on its line, is not what is meant.
    #[inline(never)]
    pub(super) fn let_mut(&mut self) {
        let after = self.token_at(2);
        let word = self.token_at(1).span;
        if word.of(self.text) == "mut" && matches!(after.kind, TokenKind::Name(_)) && !after.starts_line {
            let span = self.span().to(word);
            let diagnostic = Diagnostic::error(Code::P999, span, "`let mut` is `var` in Mochi")
                .label("declares something that may change")
                .help("write `var`")
                .fix("write `var`", span, "var");
            self.report(diagnostic);
            self.bump();
            self.tokens[self.pos].kind = TokenKind::Var;
        }
    }

    /// `let x int`, `var xs []int`: a type that follows its name on the line without a colon.
    #[inline(never)]
    pub(super) fn type_without_colon(&mut self) -> Parse<Option<TypeExpr>> {
        let token = self.token();
        let is_type = match token.kind {
            TokenKind::Name(_) => is_type_word(token.span.of(self.text)) && self.peek(1) != TokenKind::OpenParen,
            TokenKind::OpenBracket => {
                self.peek(1) == TokenKind::CloseBracket && matches!(self.peek(2), TokenKind::Name(_))
                    || self.peek(2) == TokenKind::CloseBracket
            }
            _ => false,
        };
        if token.starts_line || !is_type {
            return Ok(None);
        }
        let diagnostic = Diagnostic::error(Code::P999, token.span, "a colon is missing before the type")
            .label("this is the type")
            .help("a type follows a colon: `let x: int = 5`")
            .fix("add the colon", self.last_span().at_end(), ":");
        self.report(diagnostic);
        self.type_expr().map(Some)
    }

    /// `for {`, after `for`.
    #[inline(never)]
    pub(super) fn endless_loop(&mut self) -> Parse<StmtKind> {
        let word = self.last_span();
        let diagnostic = self.unexpected(Code::P999, "a loop variable").help("an endless loop is `while true { ... }`").fix(
            "write `while true`",
            word,
            "while true",
        );
        self.report(diagnostic);
        let cond = self.expr_node(ExprKind::Lit(Lit::Bool(true)), word);
        Ok(StmtKind::While(While { cond, body: self.block()? }))
    }

    /// `x := 5`, after `x`.
    #[inline(never)]
    pub(super) fn declaration_by_colon(&mut self, name: Expr) -> Parse<StmtKind> {
        let place = self.span();
        let diagnostic = self
            .unexpected(Code::P999, "an expression")
            .label("a declaration begins with a word")
            .help("write `let x = ...`, or `var x = ...` if it changes later")
            .fix_with(
                "declare it with `var`",
                vec![Edit { span: name.span.at_start(), replacement: "var ".to_owned() }, Edit { span: place, replacement: String::new() }],
            );
        self.report(diagnostic);
        self.bump();
        self.bump();
        let ident = Ident { name: name.as_name().unwrap_or(sym::MISSING), span: name.span };
        let name = self.bind(ident);
        Ok(StmtKind::Var(Binding { name, ty: None, value: Some(self.expr()?) }))
    }

    /// After the block of an `if`: `elif c {`. Nothing but `else` goes on there, and no statement is a name and a name.
    #[inline(never)]
    pub(super) fn eat_elif(&mut self) -> bool {
        let token = self.token();
        let TokenKind::Name(name) = token.kind else { return false };
        let word = token.span.of(self.text);
        let next = self.token_at(1);
        let assigned = next.kind == TokenKind::Eq;
        if !matches!(word, "elif" | "elsif" | "elseif" | "elsf") || next.starts_line || assigned || self.is_declared(name) {
            return false;
        }
        let diagnostic = no_word(word, token.span).help("write `else if`").fix("write `else if`", token.span, "else if");
        self.report(diagnostic);
        true
    }

    /// A misspelt `else` on the line of the brace before it, where only an `else` can stand.
    #[inline(never)]
    pub(super) fn misspelt_else(&mut self) -> bool {
        let token = self.token();
        let block = matches!(self.peek(1), TokenKind::OpenBrace | TokenKind::If);
        if !matches!(token.kind, TokenKind::Name(_)) || token.starts_line || !block {
            return false;
        }
        let word = token.span.of(self.text);
        if closest(word, ["else"].into_iter()).is_none() && !matches!(word, "otherwise" | "default") {
            return false;
        }
        let diagnostic = no_word(word, token.span).help("did you mean `else`?").fix("write `else`", token.span, "else");
        self.report(diagnostic);
        self.bump();
        true
    }

    /// `for (x in xs) {`, whose parentheses are too many.
    #[inline(never)]
    pub(super) fn loop_in_parentheses(&mut self) -> Option<Span> {
        let in_follows = self.name_at(1).is_some() && self.peek(2) == TokenKind::In;
        (self.at(TokenKind::OpenParen) && in_follows).then(|| self.bump().span)
    }

    #[inline(never)]
    pub(super) fn close_loop(&mut self, open: Span) -> Parse<()> {
        let close = self.close(TokenKind::CloseParen, open, "`)`")?;
        let edits = vec![Edit { span: open, replacement: String::new() }, Edit { span: close, replacement: String::new() }];
        let diagnostic = Diagnostic::error(Code::P999, open, "expected a loop variable, found `(`")
            .label("a loop has no parentheses")
            .help("write `for x in xs { ... }`, without parentheses")
            .fix_with("remove the parentheses", edits);
        self.report(diagnostic);
        Ok(())
    }

    /// `if x:` and lines that are indented deeper. The block is read by its indentation, and the fix gives it braces.
    #[inline(never)]
    pub(super) fn block_after_colon(&mut self) -> Option<Parse<Block>> {
        let statement = self.tokens[self.stmt_start];
        let first = self.token_at(1);
        if !self.at(TokenKind::Colon) || !first.starts_line || self.column(first) <= self.column(statement) || first.kind == TokenKind::End
        {
            return None;
        }
        let colon = self.bump().span;
        let start = self.span();
        let column = self.column(statement);
        let stmts = match self.nested(|p| p.with_header(false, |p| Ok(p.indented(column)))) {
            Ok(stmts) => stmts,
            Err(reported) => return Some(Err(reported)),
        };
        let end = self.last_span().at_end();
        let edits = vec![
            Edit { span: colon, replacement: " {".to_owned() },
            Edit { span: end, replacement: format!("\n{}}}", " ".repeat(column)) },
        ];
        let diagnostic = Diagnostic::error(Code::P001, colon, "expected `{`, found `:`")
            .label("a block stands in braces")
            .help("write `{` here and `}` after the last line of the block; indentation means nothing in Mochi")
            .fix_with("put the block in braces", edits);
        self.report(diagnostic);
        Some(Ok(Block { stmts, span: start.to(end) }))
    }

    /// Statements on lines that are indented deeper.
    #[inline(never)]
    fn indented(&mut self, column: usize) -> Vec<Stmt> {
        let around = self.stmt_start;
        let mut stmts = Vec::new();
        while !self.at_end() && !self.at(TokenKind::CloseBrace) && self.column(self.token()) > column {
            self.stmt_start = self.pos;
            let start = self.span();
            match self.stmt() {
                Ok(kind) => stmts.push(Stmt { kind, span: self.span_from(start), declares: true }),
                Err(Reported) => {
                    self.skip_statement();
                    if self.pos == self.stmt_start {
                        self.bump();
                    }
                    self.broken.push(self.span_from(start));
                }
            }
        }
        self.stmt_start = around;
        stmts
    }
}

pub(super) fn no_word(word: &str, span: Span) -> Diagnostic {
    Diagnostic::error(Code::P999, span, format!("`{word}` is no word of Mochi"))
        .label("taken as a name, after which nothing may follow here")
}
