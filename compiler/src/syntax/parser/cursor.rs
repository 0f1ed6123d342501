//! Looking at tokens, taking them, and reporting the ones that do not fit.

use super::mistakes;
use super::{Parse, Parser, Reported};
use crate::diagnostic::{Code, Diagnostic, keep};
use crate::source::Span;
use crate::syntax::ast::{Binder, Expr, ExprKind, Ident, StrLit};
use crate::syntax::limits;
use crate::syntax::symbol::Symbol;
use crate::syntax::token::{Token, TokenKind};

impl Parser<'_> {
    #[inline]
    pub(super) fn token(&self) -> Token {
        self.tokens[self.pos]
    }

    #[inline]
    pub(super) fn kind(&self) -> TokenKind {
        self.tokens[self.pos].kind
    }

    /// The place of the next token.
    #[inline]
    pub(super) fn span(&self) -> Span {
        self.tokens[self.pos].span
    }

    /// The kind of the token `ahead` places after the next one.
    #[inline]
    pub(super) fn peek(&self, ahead: usize) -> TokenKind {
        self.tokens.get(self.pos + ahead).map_or(TokenKind::End, |token| token.kind)
    }

    /// The token so many ahead; the last one, `End`, behind the text.
    pub(super) fn token_at(&self, ahead: usize) -> Token {
        self.tokens[(self.pos + ahead).min(self.tokens.len() - 1)]
    }

    /// The place of the last token that was taken.
    #[inline]
    pub(super) fn last_span(&self) -> Span {
        match self.pos.checked_sub(1) {
            Some(last) => self.tokens[last].span,
            None => self.span().at_start(),
        }
    }

    /// Everything from `start` to the last token taken.
    #[inline]
    pub(super) fn span_from(&self, start: Span) -> Span {
        let last = self.last_span();
        if last.end < start.end { start } else { start.to(last) }
    }

    #[inline]
    pub(super) fn at(&self, kind: TokenKind) -> bool {
        self.kind() == kind
    }

    #[inline]
    pub(super) fn at_end(&self) -> bool {
        self.at(TokenKind::End)
    }

    /// Takes the next token; the end stays.
    #[inline]
    pub(super) fn bump(&mut self) -> Token {
        let token = self.token();
        if token.kind != TokenKind::End {
            self.pos += 1;
        }
        token
    }

    /// Takes the next token where it is of this kind, and gives its place.
    #[inline]
    pub(super) fn eat(&mut self, kind: TokenKind) -> Option<Span> {
        self.at(kind).then(|| self.bump().span)
    }

    /// The name at the next token, keywords excluded.
    #[inline]
    pub(super) fn name_at(&self, ahead: usize) -> Option<Symbol> {
        match self.peek(ahead) {
            TokenKind::Name(name) => Some(name),
            _ => None,
        }
    }

    #[inline]
    pub(super) fn at_word(&self, word: Symbol) -> bool {
        self.kind() == TokenKind::Name(word)
    }

    /// Takes a word that is special only here.
    #[inline]
    pub(super) fn eat_word(&mut self, word: Symbol) -> Option<Span> {
        self.at_word(word).then(|| self.bump().span)
    }

    pub(super) fn expect_word(&mut self, word: Symbol) -> Parse<Span> {
        match self.eat_word(word) {
            Some(span) => Ok(span),
            None => {
                let wanted = format!("`{}`", self.names.text(word));
                Err(self.expected(Code::P999, &wanted))
            }
        }
    }

    /// Takes a token that must stand here.
    pub(super) fn expect(&mut self, kind: TokenKind) -> Parse<Span> {
        match self.eat(kind) {
            Some(span) => Ok(span),
            None => {
                let wanted = format!("`{}`", kind.text().unwrap_or("a token"));
                Err(self.expected(code_of_missing(kind), &wanted))
            }
        }
    }

    /// Takes the bracket that closes the one at `open`; `wanted` is all that could stand here.
    #[inline(never)]
    pub(super) fn close(&mut self, kind: TokenKind, open: Span, wanted: &str) -> Parse<Span> {
        if let Some(span) = self.eat(kind) {
            return Ok(span);
        }
        let mut diagnostic = self.unexpected(code_of_missing(kind), wanted).note(open, "opened here");
        if let (true, Some(closer)) = (self.token().starts_line || self.at_end(), kind.text()) {
            if self.comment_hides(closer) {
                diagnostic = diagnostic.help("what follows `//` is a comment; ints are divided with `/`");
            }
            diagnostic.help.get_or_insert_with(|| format!("add the missing `{closer}`"));
            diagnostic = diagnostic.fix("close the bracket", self.last_span().at_end(), closer);
        } else if let (true, Some(closer)) = (self.kind().is_closer(), kind.text()) {
            let found = self.span().of(self.text);
            // It closes a bracket further out, or it is the wrong one.
            if self.open_brackets(self.stmt_start).iter().rev().skip(1).any(|&outer| outer == self.kind()) {
                diagnostic = diagnostic.help(format!("add the missing `{closer}` before `{found}`")).fix(
                    "close the bracket",
                    self.last_span().at_end(),
                    closer,
                );
            } else {
                let opener = open.of(self.text);
                diagnostic = diagnostic.help(format!("`{opener}` is closed by `{closer}`: write it instead of `{found}`"));
            }
        }
        diagnostic.help.get_or_insert_with(|| self.remedy(wanted));
        Err(self.report(diagnostic))
    }

    /// Whether a comment behind the last token has the closing bracket in it.
    fn comment_hides(&self, closer: &str) -> bool {
        let rest = &self.text[self.last_span().end as usize..];
        let line = rest.lines().next().unwrap_or_default().trim_start();
        line.starts_with("//") && line.trim_end().ends_with(closer)
    }

    /// What to do about a token that does not fit, where nothing more special is known.
    fn remedy(&self, wanted: &str) -> String {
        let token = self.token();
        let found = self.describe(token).replace("the word ", "").replace("the number ", "");
        match token.kind {
            TokenKind::End => format!("the file ends in the middle of a statement; write {wanted}"),
            _ if token.starts_line && self.pos > self.stmt_start => format!("the line ends in the middle of a statement; write {wanted}"),
            kind if kind.is_closer() => format!("write {wanted} before {found}"),
            _ => format!("write {wanted} before {found}, or remove {found}"),
        }
    }

    pub(super) fn ident(&mut self, what: &str) -> Parse<Ident> {
        self.ident_or(Code::P999, what)
    }

    pub(super) fn ident_or(&mut self, code: Code, what: &str) -> Parse<Ident> {
        if let TokenKind::Name(name) = self.kind() {
            let span = self.bump().span;
            return Ok(Ident { name, span });
        }
        let mut diagnostic = self.unexpected(code, what);
        if self.kind().is_keyword() {
            let word = self.span().of(self.text);
            diagnostic = diagnostic.help(format!("`{word}` is a word of the language; choose another name"));
        }
        diagnostic.help.get_or_insert_with(|| self.remedy(what));
        let reported = self.report(diagnostic);
        if self.takes_word_as_name() {
            let (name, span) = (self.names.intern(self.span().of(self.text)), self.bump().span);
            return Ok(Ident { name, span });
        }
        Err(reported)
    }

    /// Where a word of the language stands as a name, `fun fact(n: int)`, it is that name from here on wherever it cannot be the
    /// word, so that its uses are no further errors.
    #[inline(never)]
    fn takes_word_as_name(&mut self) -> bool {
        use TokenKind::*;
        let word = self.kind();
        // Words that begin or divide every other statement stay what they are.
        let rare = matches!(
            word,
            Test | Expect
                | Agent
                | Intent
                | On
                | Stream
                | Emit
                | Extern
                | Generate
                | Fetch
                | Load
                | Save
                | Package
                | Export
                | Fact
                | Rule
                | All
        );
        let is_value = |next| {
            matches!(next, OpenParen | OpenBracket | CloseParen | CloseBracket | CloseBrace | Comma | Colon | Dot | Eq | EqEq | NotEq)
                || matches!(next, Plus | Minus | Star | Slash | Percent | Less | LessEq | Greater | GreaterEq | AndAnd | OrOr | In)
        };
        if !rare || !is_value(self.peek(1)) {
            return false;
        }
        let name = self.names.intern(self.span().of(self.text));
        for at in self.pos..self.tokens.len() - 1 {
            if self.tokens[at].kind == word && is_value(self.tokens[at + 1].kind) {
                self.tokens[at].kind = Name(name);
            }
        }
        true
    }

    pub(super) fn binder(&mut self, code: Code, what: &str) -> Parse<Binder> {
        let ident = self.ident_or(code, what)?;
        Ok(self.bind(ident))
    }

    pub(super) fn bind(&mut self, ident: Ident) -> Binder {
        Binder { id: self.ids.binder(), name: ident.name, span: ident.span }
    }

    pub(super) fn string(&mut self, what: &str) -> Parse<StrLit> {
        match self.eat_string() {
            Some(text) => Ok(text),
            None => Err(self.expected(Code::P999, what)),
        }
    }

    pub(super) fn eat_string(&mut self) -> Option<StrLit> {
        let TokenKind::Str(index) = self.kind() else { return None };
        let span = self.bump().span;
        Some(StrLit { value: self.strings[index as usize].clone(), span })
    }

    pub(super) fn expr_node(&mut self, kind: ExprKind, span: Span) -> Expr {
        self.declaring += u32::from(matches!(kind, ExprKind::Fun(_) | ExprKind::Map(_) | ExprKind::Match(_)));
        Expr { id: self.ids.expr(), kind, span }
    }

    /// Runs a rule one level deeper, with a chain of its own.
    pub(super) fn nested<T>(&mut self, rule: impl FnOnce(&mut Self) -> Parse<T>) -> Parse<T> {
        if self.depth >= limits::DEPTH {
            return Err(self.too_deep("levels of nesting", limits::DEPTH));
        }
        self.depth += 1;
        let around = std::mem::take(&mut self.chain);
        let result = rule(self);
        self.chain = self.chain.max(around);
        self.depth -= 1;
        result
    }

    /// Counts one more link of a chain that leans to the left.
    pub(super) fn link(&mut self) -> Parse<()> {
        self.chain += 1;
        if self.chain > limits::CHAIN {
            return Err(self.too_deep("operations in one expression", limits::CHAIN));
        }
        Ok(())
    }

    #[inline(never)]
    pub(super) fn too_deep(&mut self, what: &str, limit: u32) -> Reported {
        let diagnostic = Diagnostic::error(Code::M001, self.span(), format!("more than {limit} {what}"))
            .label("the rest of the file is not read")
            .help("split it: give inner parts names with `let`, or move them into functions");
        self.report(diagnostic);
        self.aborted = true;
        self.pos = self.tokens.len() - 1;
        Reported
    }

    /// Reports that the next token is not what must stand here.
    #[inline(never)]
    pub(super) fn expected(&mut self, code: Code, what: &str) -> Reported {
        let mut diagnostic = self.unexpected(code, what);
        diagnostic.help.get_or_insert_with(|| self.remedy(what));
        self.report(diagnostic)
    }

    /// The diagnostic that the next token is not what must stand here.
    #[inline(never)]
    pub(super) fn unexpected(&self, code: Code, what: &str) -> Diagnostic {
        let token = self.token();
        let found = self.describe(token);
        let message = format!("expected {what}, found {found}");
        let diagnostic = match token.kind {
            // What is missing at the end of a line is missing there, not on the next one.
            TokenKind::Unknown => Diagnostic::error(code, token.span, message).label(format!("{what} must come here")),
            TokenKind::End => Diagnostic::error(code, token.span, message).label("the file ends here"),
            _ if token.starts_line && self.pos > self.stmt_start => {
                Diagnostic::error(code, self.last_span().at_end(), message).label(format!("{what} must come after this"))
            }
            _ => Diagnostic::error(code, token.span, message).label(format!("{what} must come here")),
        };
        let diagnostic = match token.kind {
            TokenKind::End if self.pos > self.stmt_start => diagnostic.note(self.last_span(), "after this"),
            _ => diagnostic,
        };
        match mistakes::help(self, token, what) {
            Some(help) => diagnostic.help(help),
            None => diagnostic,
        }
    }

    /// Adds a diagnostic, unless one stands on the same line already or the lexer spoke at this place.
    #[inline(never)]
    pub(super) fn report(&mut self, diagnostic: Diagnostic) -> Reported {
        if self.aborted {
            return Reported;
        }
        let span = diagnostic.span();
        let unknown = self.kind() == TokenKind::Unknown && span.start == self.span().start;
        let same_line = |other: &Diagnostic| {
            // The text after it was read as if it were right, so another error has another cause.
            if other.code.leaves_the_tree_whole() && other.code != diagnostic.code {
                return false;
            }
            if matches!(diagnostic.code, Code::M002) {
                return other.span().start == span.start;
            }
            let (from, to) = (other.span().start.min(span.start) as usize, other.span().start.max(span.start) as usize);
            // Nobody reads lines as long as this.
            to - from < LONG_LINE && !self.text[from..to].contains('\n')
        };
        let repeated = self.diagnostics.iter().rev().take(4).any(same_line);
        if !unknown && !repeated {
            keep(&mut self.diagnostics, diagnostic);
        }
        Reported
    }

    pub(super) fn describe(&self, token: Token) -> String {
        match token.kind {
            TokenKind::End => "the end of the file".to_string(),
            TokenKind::Str(_) => "a string".to_string(),
            TokenKind::Int(_) | TokenKind::Float(_) => format!("the number {}", token.span.of(self.text)),
            TokenKind::Name(_) | TokenKind::Unknown => format!("`{}`", token.span.of(self.text)),
            kind if kind.is_keyword() => format!("the word `{}`", token.span.of(self.text)),
            kind => format!("`{}`", kind.text().unwrap_or_default()),
        }
    }

    /// Refuses what only the runtime library may say.
    pub(super) fn prelude_only(&mut self, span: Span, what: &str) {
        if !self.options.prelude {
            let diagnostic = Diagnostic::error(Code::M002, span, format!("{what} are of the runtime library's dialect"))
                .label("not allowed in a program")
                .help("remove this");
            self.report(diagnostic);
        }
    }
}

/// Errors so many bytes apart have causes of their own, and what is between them is not looked through.
const LONG_LINE: usize = 1 << 16;

/// The reference's code for a token that is missing.
fn code_of_missing(kind: TokenKind) -> Code {
    match kind {
        TokenKind::OpenBrace | TokenKind::CloseBrace => Code::P001,
        TokenKind::OpenParen | TokenKind::CloseParen => Code::P052,
        _ => Code::P999,
    }
}
