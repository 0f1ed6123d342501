//! The tokens of Mochi.
//!
//! Only real keywords are tokens of their own. Words that mean something in one place (`from`, `select`,
//! `as` ...) are names here; the parser looks at their symbols. `:-` is two tokens, since it means something only
//! between the head and the body of a rule.

use super::symbol::{Symbol, sym};
use crate::source::Span;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    pub kind: TokenKind,
    pub span: Span,
    /// Whether it is the first token of its line.
    pub starts_line: bool,
}

/// What a comment begins with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommentKind {
    /// `//` or `#`
    Line,
    /// `///`
    Doc,
    /// `/* */`
    Block,
}

/// A comment; its span has no line end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Comment {
    pub kind: CommentKind,
    pub span: Span,
}

macro_rules! tokens {
    (keywords { $($word:ident $word_text:literal)* } punctuation { $($punct:ident $punct_text:literal)* }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum TokenKind {
            Name(Symbol),
            /// An index into the lexer's ints.
            Int(u32),
            /// An index into the lexer's floats.
            Float(u32),
            /// An index into the lexer's strings.
            Str(u32),
            $($word,)*
            $($punct,)*
            /// A character that belongs to no token; it has been reported.
            Unknown,
            /// The end of the text.
            End,
        }

        /// The keywords; their names are interned in this order, after `sym`'s.
        pub(super) const KEYWORDS: &[(&str, TokenKind)] = &[$(($word_text, TokenKind::$word),)*];

        impl TokenKind {
            /// The keyword that is spelled so.
            pub fn keyword(text: &str) -> Option<TokenKind> {
                match text { $($word_text => Some(TokenKind::$word),)* _ => None }
            }

            /// The keyword of this name, or the name.
            #[inline]
            pub fn of_word(name: Symbol) -> TokenKind {
                let keyword = (name.0 as usize).wrapping_sub(sym::LENGTH);
                KEYWORDS.get(keyword).map_or(TokenKind::Name(name), |&(_, keyword)| keyword)
            }

            /// How a keyword or a punctuation token is spelled; the other kinds have no fixed text.
            pub fn text(self) -> Option<&'static str> {
                match self {
                    $(TokenKind::$word => Some($word_text),)*
                    $(TokenKind::$punct => Some($punct_text),)*
                    TokenKind::Name(_) | TokenKind::Int(_) | TokenKind::Float(_) | TokenKind::Str(_)
                    | TokenKind::Unknown | TokenKind::End => None,
                }
            }

            pub fn is_keyword(self) -> bool {
                self.text().is_some_and(|text| text.as_bytes()[0].is_ascii_lowercase())
            }
        }
    };
}

tokens! {
    keywords {
        Test "test" Expect "expect" Agent "agent" Intent "intent" On "on" Stream "stream" Emit "emit" Type "type"
        Fun "fun" Extern "extern" Import "import" Return "return" Break "break" Continue "continue" Let "let"
        Var "var" If "if" Else "else" Then "then" For "for" While "while" In "in" Generate "generate"
        Match "match" Fetch "fetch" Load "load" Save "save" Package "package" Export "export" Fact "fact"
        Rule "rule" All "all" None "none" True "true" False "false"
    }
    punctuation {
        EqEq "==" NotEq "!=" LessEq "<=" GreaterEq ">=" AndAnd "&&" OrOr "||" Arrow "=>" DotDot ".."
        QuestionQuestion "??" Plus "+" Minus "-" Star "*" Slash "/" Percent "%" Eq "=" Less "<" Greater ">"
        Bang "!" Bar "|" OpenBrace "{" CloseBrace "}" OpenBracket "[" CloseBracket "]" OpenParen "("
        CloseParen ")" Comma "," Dot "." Colon ":" Question "?"
    }
}

impl TokenKind {
    /// The bracket that closes this one.
    pub fn closer(self) -> Option<TokenKind> {
        match self {
            TokenKind::OpenBrace => Some(TokenKind::CloseBrace),
            TokenKind::OpenBracket => Some(TokenKind::CloseBracket),
            TokenKind::OpenParen => Some(TokenKind::CloseParen),
            _ => None,
        }
    }

    pub fn is_closer(self) -> bool {
        matches!(self, TokenKind::CloseBrace | TokenKind::CloseBracket | TokenKind::CloseParen)
    }
}
