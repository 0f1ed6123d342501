//! Diagnostics as plain data.
//!
//! The message says what is wrong in the user's terms, a label why it is wrong at that place, the help
//! what to write instead. Nothing here renders: the command line tool and the page do.
//!
//! ```
//! use compiler::diagnostic::{Code, Diagnostic};
//! use compiler::source::{FileId, Span};
//! let span = Span::new(FileId(0), 4, 5);
//! let diagnostic = Diagnostic::error(Code::T002, span, "unknown variable `x`")
//!     .label("no variable of this name is visible here")
//!     .help("declare it first: `let x = ...`");
//! assert_eq!(diagnostic.span(), span);
//! ```

mod codes;
pub mod pages;
mod suggest;

use crate::source::Span;
pub use codes::Code;
pub use suggest::closest;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    Error,
    Warning,
}

/// A place and what it has to do with the problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    pub span: Span,
    /// May be empty: then the place alone is shown.
    pub text: String,
    /// Exactly one label of a diagnostic is primary; its span is the diagnostic's position.
    pub primary: bool,
}

/// A change of the text that solves the problem.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What the change does, like `insert the missing brace`.
    pub message: String,
    /// Replacements that do not overlap, sorted by place.
    pub edits: Vec<Edit>,
    /// Whether something else may be meant, as with a similar name. Where the program runs as it is (a warning), such a change is not
    /// made without asking, since it may change what the program does; where it does not run, it can only get better.
    pub guess: bool,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    pub span: Span,
    pub replacement: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    pub code: Code,
    pub severity: Severity,
    pub message: String,
    /// The first one is primary.
    pub labels: Vec<Label>,
    pub help: Option<String>,
    pub fixes: Vec<Fix>,
}

impl Diagnostic {
    pub fn error(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Error, code, span, message.into())
    }

    pub fn warning(code: Code, span: Span, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(Severity::Warning, code, span, message.into())
    }

    fn new(severity: Severity, code: Code, span: Span, message: String) -> Diagnostic {
        let primary = Label { span, text: String::new(), primary: true };
        Diagnostic { code, severity, message, labels: vec![primary], help: None, fixes: Vec::new() }
    }

    /// Sets the text at the primary place.
    #[must_use]
    pub fn label(mut self, text: impl Into<String>) -> Diagnostic {
        self.labels[0].text = text.into();
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn note(mut self, span: Span, text: impl Into<String>) -> Diagnostic {
        self.labels.push(Label { span, text: text.into(), primary: false });
        self
    }

    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Diagnostic {
        self.help = Some(text.into());
        self
    }

    /// Adds a change of one place that solves the problem.
    #[must_use]
    pub fn fix(mut self, message: impl Into<String>, span: Span, replacement: impl Into<String>) -> Diagnostic {
        let edits = vec![Edit { span, replacement: replacement.into() }];
        self.fixes.push(Fix { message: message.into(), edits, guess: false });
        self
    }

    /// Adds a change of several places, which are in order and do not overlap; without places, nothing.
    #[must_use]
    pub fn fix_with(mut self, message: impl Into<String>, edits: Vec<Edit>) -> Diagnostic {
        if edits.is_empty() {
            return self;
        }
        self.fixes.push(Fix { message: message.into(), edits, guess: false });
        self
    }

    /// Offers a similar name.
    #[must_use]
    pub fn did_you_mean(self, span: Span, close: &str) -> Diagnostic {
        let mut diagnostic = self.help(format!("did you mean `{close}`?")).fix(format!("replace it with `{close}`"), span, close);
        if let Some(fix) = diagnostic.fixes.last_mut() {
            fix.guess = true;
        }
        diagnostic
    }

    /// What has no help of its own gets what the table says of its code.
    #[must_use]
    pub fn helped(mut self) -> Diagnostic {
        self.help.get_or_insert_with(|| self.code.explanation().to_owned());
        self
    }

    /// The primary place.
    pub fn span(&self) -> Span {
        self.labels[0].span
    }

    pub fn is_error(&self) -> bool {
        self.severity == Severity::Error
    }
}

/// Of a file, each stage keeps so many diagnostics: what is no program at all has millions, which nobody reads.
pub const MOST: usize = 10_000;

/// Whether no more diagnostics are kept. An error is among those that are.
pub fn is_full(kept: &[Diagnostic]) -> bool {
    kept.len() >= MOST && kept.last().is_some_and(Diagnostic::is_error)
}

/// Adds a diagnostic if there is room for it. A first error is kept always, and so is one that says that the rest was not read.
pub fn keep(kept: &mut Vec<Diagnostic>, diagnostic: Diagnostic) {
    let is_needed = diagnostic.is_error() && !is_full(kept) || diagnostic.code.ends_reading();
    if kept.len() < MOST || is_needed {
        kept.push(diagnostic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::FileId;

    #[test]
    fn builders_fill_every_part() {
        let (here, there) = (Span::new(FileId(0), 3, 4), Span::new(FileId(0), 0, 1));
        let diagnostic = Diagnostic::warning(Code::T054, here, "never chosen")
            .label("this arm")
            .note(there, "takes every value")
            .help("remove it")
            .fix("remove the arm", here, "");
        assert_eq!((diagnostic.span(), diagnostic.is_error()), (here, false));
        assert_eq!(diagnostic.labels[1], Label { span: there, text: "takes every value".into(), primary: false });
        assert_eq!(diagnostic.fixes[0].edits, [Edit { span: here, replacement: String::new() }]);
        assert_eq!(diagnostic.help.as_deref(), Some("remove it"));
    }
}
