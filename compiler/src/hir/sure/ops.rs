//! Operations against the kinds of their operands.

use super::kinds::Kinds;
use super::{Origin, Sure, origin};
use crate::diagnostic::closest;
use crate::diagnostic::{Code, Diagnostic, Edit, keep};
use crate::hir::builtin::Builtin;
use crate::hir::resolve::foreign_names::method;
use crate::hir::resolve::types::plural;
use crate::hir::tree::{DataKind, Expr, ExprKind, Lit};
use crate::source::Span;
use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::syntax::symbol::{Symbol, sym};
use crate::types::{Ty, TyKind};

/// What counts as a number in `- * /`: text is read as one, bools are 0 and 1.
const NUMERIC: Kinds = Kinds::NUMBER.or(Kinds::BOOL).or(Kinds::STR);
const SEQUENCE: Kinds = Kinds::LIST.or(Kinds::GROUP);
const ITERABLE: Kinds = SEQUENCE.or(Kinds::MAP).or(Kinds::STR).or(Kinds::STRUCT).or(Kinds::NONE);

impl<'a> Sure<'a> {
    /// The expression itself; its parts are right.
    pub fn operation(&mut self, expr: &'a Expr) {
        match &expr.kind {
            ExprKind::Unary { op, operand } => self.unary(*op, operand, expr.at()),
            ExprKind::Binary { op, left, right } => self.binary(*op, left, right, expr.at()),
            ExprKind::Index { object, index, .. } => self.indexed(object, index, expr.at()),
            ExprKind::Slice { object, .. } => self.sliced(object, expr.at()),
            // Every struct has a name.
            ExprKind::Field { object, name: sym::NAME_TAG, .. } if self.kinds(object).meets(Kinds::STRUCT) => {}
            ExprKind::Field { object, name, .. } => self.field(object, *name, expr.at()),
            ExprKind::Call { callee, args } => self.called(callee, args),
            ExprKind::CallFn { func, args } => self.arguments(*func, args),
            ExprKind::CallBuiltin { builtin, args } => self.builtin(*builtin, args),
            ExprKind::CallMethod { object, name, args } => self.method(object, *name, args, expr.at()),
            ExprKind::Cast { value, ty } => self.cast(value, ty, expr.at()),
            ExprKind::Struct { data, fields } => self.fields(*data, 0, fields),
            ExprKind::Variant { data, variant, fields } => self.fields(*data, *variant, fields),
            _ => {}
        }
    }

    fn unary(&mut self, op: UnaryOp, operand: &Expr, at: Span) {
        let kinds = self.kinds(operand);
        if op == UnaryOp::Neg && kinds.never(NUMERIC.or(Kinds::NONE)) {
            let message = format!("operator `-` cannot be used on {}", kinds.text());
            self.report(
                &[operand],
                Code::T014,
                at,
                message,
                "only numbers have a negative".to_owned(),
                "negate a number, or the elements one by one",
            );
        }
    }

    /// Text that is written there and is no number counts as 0, which is hardly meant: `"%s" % x`, `"-" * 20`.
    fn text_as_number(&mut self, op: BinaryOp, left: &Expr, right: &Expr, at: Span) {
        let is_text = |e: &&Expr| matches!(&e.kind, ExprKind::Lit(Lit::Str(text)) if text.trim().parse::<f64>().is_err());
        let Some(text) = [left, right].into_iter().find(is_text) else { return };
        let help = match op {
            BinaryOp::Rem => "text has no formats; join its parts: `\"...\" + str(x)`",
            BinaryOp::Mul => "`repeat(text, count)` gives the text so many times",
            BinaryOp::Sub | BinaryOp::Div => "use a number, or `+` to join texts",
            _ => return,
        };
        let diagnostic = Diagnostic::warning(Code::T020, at, format!("operator `{}` takes this text as the number 0", op.text()))
            .label("only text that is a number counts as one")
            .note(text.span, "this is no number")
            .help(help);
        keep(&mut self.diagnostics, diagnostic);
    }

    fn binary(&mut self, op: BinaryOp, left: &Expr, right: &Expr, at: Span) {
        self.text_as_number(op, left, right, at);
        let (a, b) = (self.kinds(left), self.kinds(right));
        if !a.is_known() || !b.is_known() || a.meets(Kinds::NONE) || b.meets(Kinds::NONE) {
            return;
        }
        let both = |kinds: Kinds| a.meets(kinds) && b.meets(kinds);
        let works = match op {
            BinaryOp::Add => both(Kinds::NUMBER.or(Kinds::BOOL)) || both(Kinds::STR) || both(SEQUENCE),
            BinaryOp::Sub | BinaryOp::Mul | BinaryOp::Div | BinaryOp::Rem => both(NUMERIC),
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => {
                both(Kinds::NUMBER.or(Kinds::BOOL)) || both(Kinds::STR) || both(SEQUENCE)
            }
            BinaryOp::In => b.meets(ITERABLE),
            BinaryOp::Union | BinaryOp::UnionAll | BinaryOp::Except | BinaryOp::Intersect => both(SEQUENCE.or(Kinds::MAP)),
            BinaryOp::Eq | BinaryOp::Ne | BinaryOp::And | BinaryOp::Or | BinaryOp::Coalesce => true,
        };
        if works {
            return;
        }
        let code = match op {
            BinaryOp::Lt | BinaryOp::Le | BinaryOp::Gt | BinaryOp::Ge => Code::T013,
            _ => Code::T020,
        };
        let message = format!("operator `{}` cannot be used on {} and {}", op.text(), a.text(), b.text());
        if let Some(diagnostic) = self.wrong_start(code, (left, a), b, at) {
            return self.misfit(left, diagnostic);
        }
        let what = |expr: &Expr, kinds: Kinds| match origin(self.program, expr) {
            Some(Origin::Builtin(builtin)) => format!("this is the function `{}`", builtin.name()),
            _ => format!("this is {}", kinds.text()),
        };
        let diagnostic = Diagnostic::error(code, at, message)
            .label("this fails whenever it runs")
            .note(left.span, what(left, a))
            .note(right.span, what(right, b));
        let builtin = [left, right].into_iter().find_map(|expr| match origin(self.program, expr) {
            Some(Origin::Builtin(builtin)) => Some(builtin.name()),
            _ => None,
        });
        if builtin.is_none() && [a, b].contains(&Kinds::FUN) {
            let help = "a call with fewer arguments than parameters gives a function of the rest; is an argument missing?";
            return self.push(&[left, right], diagnostic.help(help));
        }
        if let Some(name) = builtin {
            let help = format!("no variable `{name}` is declared here; call the function, `{name}(...)`, or declare the variable before");
            return self.push(&[left, right], diagnostic.help(help));
        }
        self.push(&[left, right], mended(diagnostic, op, (left, a), (right, b)));
    }

    /// `sum = sum + x`, where the literal that `sum` starts with is of another kind than all that is added: then the start is wrong.
    fn wrong_start(&self, code: Code, (left, a): (&Expr, Kinds), b: Kinds, at: Span) -> Option<Diagnostic> {
        let ExprKind::Local(local) = left.kind else { return None };
        let &(start, kind) = self.starts.get(&local).filter(|_| self.summed == Some(local))?;
        if kind != a {
            return None;
        }
        let name = self.names.text(self.program.locals[local.index()].name);
        let first = match b {
            Kinds::STR => "`\"\"`",
            Kinds::INT => "`0`",
            Kinds::FLOAT => "`0.0`",
            Kinds::LIST => "`[]`",
            _ => "a value of that kind",
        };
        let diagnostic = Diagnostic::error(code, start, format!("`{name}` starts as {} and is then joined with {}", a.text(), b.text()))
            .label(format!("this is {}", a.text()))
            .note(at, format!("what stands right of this is {}", b.text()))
            .help(format!("start with {first}, or convert what is added"));
        Some(diagnostic)
    }

    pub fn indexed(&mut self, object: &Expr, index: &Expr, at: Span) {
        let (kinds, key) = (self.kinds(object), self.kinds(index));
        if kinds.never(SEQUENCE.or(Kinds::MAP).or(Kinds::STR).or(Kinds::STRUCT).or(Kinds::NONE)) {
            let message = format!("{} cannot be indexed", kinds.text());
            self.report(&[object], Code::T018, at, message, format!("this is {}", kinds.text()), Code::T018.explanation());
        } else if kinds.never(Kinds::MAP.or(Kinds::STRUCT).or(Kinds::NONE)) && key.never(Kinds::NUMBER.or(Kinds::NONE)) {
            let message = format!("the index of {} is an int, not {}", kinds.text(), key.text());
            self.report(&[object, index], Code::T015, index.span, message, format!("this is {}", key.text()), Code::T015.explanation());
        }
    }

    /// An element that is assigned.
    pub fn stored(&mut self, object: &Expr, index: &Expr, at: Span) {
        let kinds = self.kinds(object);
        if kinds == Kinds::STR {
            let message = "a string cannot be changed".to_owned();
            let help = "make a new string from its parts: `s[:i] + \"x\" + s[i + 1:]`";
            return self.report(&[object], Code::T018, at, message, "this is a string".to_owned(), help);
        }
        self.indexed(object, index, at);
    }

    fn sliced(&mut self, object: &Expr, at: Span) {
        let kinds = self.kinds(object);
        if kinds.never(SEQUENCE.or(Kinds::STR).or(Kinds::NONE)) {
            let code = if kinds == Kinds::MAP { Code::T017 } else { Code::T018 };
            let message = format!("{} has no range to cut out", kinds.text());
            self.report(&[object], code, at, message, format!("this is {}", kinds.text()), Code::T017.explanation());
        }
    }

    pub fn field(&mut self, object: &Expr, name: Symbol, at: Span) {
        self.field_of_several(object, name, at);
        let kinds = self.kinds(object);
        let text = self.names.text(name);
        if kinds.never(Kinds::MAP.or(Kinds::STRUCT).or(Kinds::GROUP).or(Kinds::NONE)) {
            let message = format!("{} has no field `{text}`", kinds.text());
            let label = format!("what is before the dot is {}", kinds.text());
            let help = method(text).unwrap_or("only structs, maps and groups have fields");
            self.report(&[object], Code::T027, at, message, label, help);
        } else {
            self.member(object, text, at, "field");
        }
    }

    /// `row.id` of a row of several sources is the field of the source that has one; if two have, the first by name is taken.
    fn field_of_several(&mut self, object: &Expr, name: Symbol, at: Span) {
        let facts = self.facts;
        for ty in facts.tys.alternatives(facts.of(object.id)) {
            let TyKind::Record(row) = facts.tys.kind(ty) else { continue };
            if !row.row || row.fields.iter().any(|&(source, _)| source == name) {
                continue;
            }
            let has_field = |ty: Ty| match facts.tys.kind(ty) {
                TyKind::Record(record) => record.fields.iter().any(|&(field, _)| field == name),
                TyKind::Data(data, _) => match &self.program.data[data.0 as usize].kind {
                    DataKind::Struct(fields) => fields.iter().any(|field| field.name == name),
                    DataKind::Union(_) => false,
                },
                _ => false,
            };
            let owners = row.fields.iter().filter(|&&(_, ty)| facts.tys.alternatives(ty).into_iter().any(has_field));
            let owners: Vec<&str> = owners.map(|&(source, _)| self.names.text(source)).collect();
            let text = self.names.text(name);
            if let [first, second, ..] = owners[..] {
                let diagnostic = Diagnostic::warning(Code::M016, at, format!("`{text}` is a field of `{first}` and of `{second}`"))
                    .label(format!("that of `{first}` is taken"))
                    .help(format!("say which one is meant: `.{first}.{text}` or `.{second}.{text}`"));
                keep(&mut self.diagnostics, diagnostic);
                return;
            }
        }
    }

    /// A field or method of a struct that every value here belongs to.
    fn member(&mut self, object: &Expr, text: &str, at: Span, what: &str) {
        let Some(data) = self.struct_of(object) else { return };
        let decl = &self.program.data[data.0 as usize];
        let DataKind::Struct(fields) = &decl.kind else { return };
        let members = fields.iter().map(|field| field.name).chain(decl.methods.iter().map(|(name, _)| name));
        let members = members.map(|name| self.names.text(name));
        if members.clone().any(|member| member == text) {
            return;
        }
        let members: Vec<&str> = members.collect();
        let owner = self.names.text(decl.name);
        let diagnostic = Diagnostic::error(Code::T026, at, format!("`{owner}` has no {what} `{text}`"))
            .label(format!("unknown {what}"))
            .note(decl.span, "declared here");
        let diagnostic = match closest(text, members.iter().copied()) {
            Some(close) => diagnostic.did_you_mean(at, close),
            None if members.is_empty() => diagnostic.help(format!("declare it in `type {owner}`")),
            None => diagnostic.help(format!("`{owner}` has {}", listed(&members))),
        };
        // The name is wrong, not the value: another wrong name of the same value is another mistake.
        self.push_unblamed(&[object], diagnostic);
    }

    fn method(&mut self, object: &Expr, name: Symbol, args: &[Expr], at: Span) {
        let text = self.names.text(name).to_owned();
        if let Some(method) = self.struct_of(object).and_then(|data| self.program.data[data.0 as usize].methods.get(name)) {
            let function = &self.program.fns[method.index()];
            return self.too_many(&format!("`{text}`"), args, function.params.len() - 1, Some(function.span));
        }
        if Builtin::from_method(&text).is_some() {
            return;
        }
        let kinds = self.kinds(object);
        // A map or a struct may have a function in a field of the name.
        if kinds.never(Kinds::MAP.or(Kinds::STRUCT).or(Kinds::NONE)) {
            let diagnostic = Diagnostic::error(Code::T027, at, format!("{} has no method `{text}`", kinds.text()))
                .label(format!("what is before the dot is {}", kinds.text()));
            let methods = Builtin::ALL.iter().filter(|builtin| builtin.arity().1 > 0).map(|builtin| builtin.name());
            let close = closest(&text, methods.filter(|name| Builtin::from_method(name).is_some()));
            let diagnostic = match (method(&text), close) {
                (Some(help), _) => diagnostic.help(help),
                (None, Some(close)) => diagnostic.did_you_mean(at, close),
                (None, None) => diagnostic.help("declare a function and pass the value to it; builtins can be called as methods"),
            };
            return self.push(&[object], diagnostic);
        }
        self.member(object, &text, at, "method");
    }

    /// A statement that is nothing but a call of a builtin which only gives a new value.
    pub fn dropped(&mut self, expr: &Expr) {
        let (builtin, object) = match &expr.kind {
            ExprKind::CallBuiltin { builtin, args } => (*builtin, args.first()),
            ExprKind::CallMethod { object, name, .. } => match Builtin::from_method(self.names.text(*name)) {
                Some(builtin) if !self.kinds(object).meets(Kinds::MAP.or(Kinds::STRUCT)) => (builtin, Some(&**object)),
                _ => return,
            },
            _ => return,
        };
        let makes = matches!(
            builtin,
            Builtin::Append
                | Builtin::Push
                | Builtin::Concat
                | Builtin::Distinct
                | Builtin::Reverse
                | Builtin::Upper
                | Builtin::Lower
                | Builtin::Trim
                | Builtin::PadStart
                | Builtin::Repeat
        );
        if !makes {
            return;
        }
        let name = builtin.name();
        let diagnostic = Diagnostic::warning(Code::M014, expr.at(), format!("the result of `{name}` is not used"))
            .label("gives a new value and changes nothing");
        let variable = match object.map(|object| &object.kind) {
            Some(ExprKind::Local(local)) => self.names.text(self.program.locals[local.index()].name),
            _ => return keep(&mut self.diagnostics, diagnostic.help(format!("keep it: `let result = {name}(...)`"))),
        };
        keep(&mut self.diagnostics, diagnostic.help(format!("assign it: `{variable} = {name}({variable}, ...)`")));
    }

    /// Arguments that a function does not take.
    fn too_many(&mut self, called: &str, args: &[Expr], wanted: usize, declared: Option<Span>) {
        let Some(first) = args.get(wanted) else { return };
        let message = format!("{called} takes {wanted} argument{}, not {}", plural(wanted), args.len());
        let diagnostic = Diagnostic::error(Code::T006, first.span, message).label("one argument too many");
        let diagnostic = declared.into_iter().fold(diagnostic, |diagnostic, place| diagnostic.note(place, "declared here"));
        self.push(&[], diagnostic.help("remove the arguments that it does not take"));
    }

    /// The most arguments that a value takes, if it is always a function.
    fn most_taken(&self, callee: &Expr) -> Option<usize> {
        let taken = |ty: &Ty| match self.facts.tys.kind(*ty) {
            TyKind::Fun(params, _) => Some(params.len()),
            _ => None,
        };
        let alternatives = self.facts.tys.alternatives(self.facts.of(callee.id));
        let all: Option<Vec<usize>> = alternatives.iter().map(taken).collect();
        all?.into_iter().max().filter(|_| !self.open.has(callee))
    }

    fn called(&mut self, callee: &Expr, args: &[Expr]) {
        if let Some(wanted) = self.most_taken(callee) {
            self.too_many("this function", args, wanted, None);
        }
        let kinds = self.kinds(callee);
        if kinds.never(Kinds::FUN.or(Kinds::NONE)) {
            let message = format!("{} cannot be called", kinds.text());
            self.report(&[callee], Code::T004, callee.span, message, format!("this is {}", kinds.text()), Code::T004.explanation());
        }
    }

    pub fn iterated(&mut self, values: &Expr) {
        let kinds = self.kinds(values);
        if kinds.never(ITERABLE) {
            let message = format!("cannot iterate over {}", kinds.text());
            let diagnostic = Diagnostic::error(Code::T022, values.span, message).label(format!("this is {}", kinds.text()));
            let diagnostic = match kinds {
                Kinds::INT => {
                    let start = values.span.at_start();
                    diagnostic.help("for the ints from 0 to before it, write `0..n`").fix("count from 0", start, "0..")
                }
                _ => diagnostic.help(Code::T022.explanation()),
            };
            self.push(&[values], diagnostic);
        }
    }

    pub fn range_end(&mut self, end: &Expr) {
        let kinds = self.kinds(end);
        if kinds.never(Kinds::NUMBER.or(Kinds::NONE)) {
            let message = format!("the ends of a range are ints, not {}", kinds.text());
            self.report(&[end], Code::T023, end.span, message, format!("this is {}", kinds.text()), Code::T023.explanation());
        }
    }

    fn builtin(&mut self, builtin: Builtin, args: &'a [Expr]) {
        let Some(first) = args.first() else { return };
        let kinds = self.kinds(first);
        let (code, taken) = match builtin {
            Builtin::Len => (Code::T036, ITERABLE.or(Kinds::NUMBER).or(Kinds::BOOL)),
            Builtin::Count | Builtin::Exists => (Code::T037, ITERABLE),
            Builtin::Sum => (Code::T041, SEQUENCE.or(Kinds::NONE)),
            Builtin::Avg => (Code::T038, SEQUENCE.or(Kinds::NONE)),
            Builtin::Abs | Builtin::Ceil | Builtin::Floor | Builtin::Round | Builtin::Pow => (Code::T012, NUMERIC.or(Kinds::NONE)),
            Builtin::Append | Builtin::Push => (Code::T012, SEQUENCE.or(Kinds::NONE)),
            Builtin::Keys | Builtin::Values => (Code::T012, Kinds::MAP.or(Kinds::STRUCT).or(Kinds::NONE)),
            _ => return self.misused(builtin, args),
        };
        if kinds.never(taken) {
            let message = format!("`{}` cannot be used on {}", builtin.name(), kinds.text());
            let help = format!("`{}`: {}", builtin.name(), builtin.meaning());
            return self.report(&[first], code, first.span, message, format!("this is {}", kinds.text()), &help);
        }
        self.misused(builtin, args);
    }
}

/// What to write instead; text and something else joined by `+` is mended by `str`.
fn mended(diagnostic: Diagnostic, op: BinaryOp, (left, a): (&Expr, Kinds), (right, b): (&Expr, Kinds)) -> Diagnostic {
    let other = match (op, a, b) {
        (BinaryOp::Add, Kinds::STR, _) => right,
        (BinaryOp::Add, _, Kinds::STR) => left,
        (BinaryOp::Add, Kinds::LIST, _) => return diagnostic.help("a list takes one more element with `append(xs, x)`"),
        _ => return diagnostic.help(format!("`{}` needs operands of one kind; convert one of them first", op.text())),
    };
    let edits = vec![
        Edit { span: other.span.at_start(), replacement: "str(".to_owned() },
        Edit { span: other.span.at_end(), replacement: ")".to_owned() },
    ];
    diagnostic.help("text is joined with text: convert the other operand with `str(...)`").fix_with("convert it with `str`", edits)
}

fn listed(members: &[&str]) -> String {
    let quoted: Vec<String> = members.iter().take(8).map(|name| format!("`{name}`")).collect();
    quoted.join(", ")
}
