//! Names that are read, and calls.

use super::Resolver;
use super::names::Meaning;
use super::scope::Value;
use super::types::plural;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::Builtin;
use crate::hir::tree::{Expr, ExprKind, FnId, Lit};
use crate::source::Span;
use crate::syntax::ast;
use crate::syntax::symbol::{Symbol, sym};
use crate::types::DataId;

impl<'a> Resolver<'a> {
    /// A name that is read.
    pub fn name(&mut self, name: Symbol, span: Span) -> Expr {
        let kind = match self.meaning(name) {
            Meaning::Value(value) => return self.value(name, value, span),
            Meaning::Builtin(builtin) => return self.builtin_value(builtin, span),
            Meaning::Unknown if self.in_sort => ExprKind::Lit(Lit::None),
            Meaning::Unknown if matches!(self.text(name), "nil" | "null") => {
                self.foreign_none(name, span);
                ExprKind::Lit(Lit::None)
            }
            Meaning::Unknown => {
                self.unknown_variable(name, span);
                ExprKind::Error
            }
        };
        self.make(kind, span)
    }

    fn value(&mut self, name: Symbol, value: Value, span: Span) -> Expr {
        let kind = match value {
            Value::Local(local) => {
                self.use_local(local, span);
                ExprKind::Local(local)
            }
            Value::Fn(func) => {
                self.use_fn(func, span);
                ExprKind::Fn(func)
            }
            Value::Variant(data, variant) => {
                let fields = self.field_names(data, variant);
                if !fields.is_empty() {
                    return self.forwarder(&fields, span, |args| ExprKind::Variant {
                        data,
                        variant,
                        fields: args.into_iter().enumerate().collect(),
                    });
                }
                ExprKind::Variant { data, variant, fields: Box::default() }
            }
            Value::Field(data) => {
                let object = Box::new(self.this(data, span));
                ExprKind::Field { object, name, optional: false }
            }
            Value::Method(data, func) => return self.method_value(data, func, span),
            Value::Package(_) | Value::Foreign(_) => {
                if self.first_report(name) {
                    let text = self.text(name).to_owned();
                    let help = format!("name something in it: `{text}.name`");
                    self.error(Code::T002, span, format!("`{text}` is a package"), "a package is not a value", &help);
                }
                ExprKind::Error
            }
            Value::Unavailable => {
                if self.first_report(name) {
                    let text = self.text(name).to_owned();
                    self.unavailable(span, &format!("the foreign name `{text}`"), "declare the function or the value in Mochi");
                }
                ExprKind::Error
            }
            Value::Error => ExprKind::Error,
        };
        self.make(kind, span)
    }

    /// The object of a type that the method around was called on.
    pub fn this(&mut self, data: DataId, span: Span) -> Expr {
        let this = self.this_of[&data];
        self.use_local(this, span);
        self.make(ExprKind::Local(this), span)
    }

    /// A sibling method as a value: applied to the object alone, or, without parameters, a lambda.
    fn method_value(&mut self, data: DataId, func: FnId, span: Span) -> Expr {
        self.use_fn(func, span);
        if self.program.fns[func.index()].params.len() > 1 {
            let args = Box::new([self.this(data, span)]);
            return self.make(ExprKind::CallFn { func, args }, span);
        }
        let lambda = self.new_fn(sym::MISSING, span, Some(self.frame().func));
        self.frames.push(super::Frame { func: lambda, loops: 0 });
        let args = Box::new([self.this(data, span)]);
        let value = self.make(ExprKind::CallFn { func, args }, span);
        self.frames.pop();
        self.set_body(
            lambda,
            vec![crate::hir::tree::Stmt { span, kind: crate::hir::tree::StmtKind::Return(Some(value)), doubtful: false }],
        );
        self.make(ExprKind::Lambda(lambda), span)
    }

    /// A builtin as a value is a lambda with as many parameters as it needs at least.
    fn builtin_value(&mut self, builtin: Builtin, span: Span) -> Expr {
        if builtin == Builtin::Eval {
            return self.eval(span, span);
        }
        let (least, _) = builtin.arity();
        let count = if builtin == Builtin::Print { 1 } else { least };
        let params: Vec<Symbol> = (1..=count).map(|i| self.names.intern(&format!("a{i}"))).collect();
        self.forwarder(&params, span, |args| ExprKind::CallBuiltin { builtin, args: args.into() })
    }

    pub fn call(&mut self, call: &'a ast::Call, span: Span) -> Expr {
        match &call.callee.kind {
            ast::ExprKind::Name(name) => self.named_call(*name, call, span),
            ast::ExprKind::Field(field) => self.method_call(field, call, span),
            _ => {
                let callee = Box::new(self.expr(&call.callee));
                let args = self.exprs(&call.args).into();
                self.make_at(ExprKind::Call { callee, args }, call.name_span(), span)
            }
        }
    }

    fn named_call(&mut self, name: Symbol, call: &'a ast::Call, span: Span) -> Expr {
        let at = call.callee.span;
        let kind = match self.called(name) {
            Meaning::Value(Value::Fn(func)) => return self.direct_call(func, None, call, span),
            Meaning::Value(Value::Method(data, func)) => {
                let this = self.this(data, at);
                return self.direct_call(func, Some(this), call, span);
            }
            Meaning::Value(Value::Variant(data, variant)) => return self.constructor_call(data, variant, name, call, span),
            Meaning::Value(value) => {
                let callee = Box::new(self.value(name, value, at));
                let args = self.exprs(&call.args).into();
                match callee.kind {
                    ExprKind::Error => ExprKind::Error,
                    _ => ExprKind::Call { callee, args },
                }
            }
            Meaning::Builtin(builtin) => return self.builtin_call(builtin, call, span),
            Meaning::Unknown if self.predicate_called(name, at) => ExprKind::Error,
            Meaning::Unknown => {
                self.exprs(&call.args);
                if !self.struct_called(name, call, at) {
                    self.unknown_function(name, at);
                }
                ExprKind::Error
            }
        };
        self.make_at(kind, at, span)
    }

    /// Calls a known function; `first` is an argument that the source does not write.
    pub fn direct_call(&mut self, func: FnId, first: Option<Expr>, call: &'a ast::Call, span: Span) -> Expr {
        self.use_fn(func, span);
        let hidden = usize::from(first.is_some());
        let mut args = Vec::with_capacity(hidden + call.args.len());
        args.extend(first);
        args.extend(call.args.iter().map(|arg| self.expr(arg)));
        let wanted = self.program.fns[func.index()].params.len();
        if args.len() > wanted {
            let function = &self.program.fns[func.index()];
            let (name, declared) = (self.text(function.name).to_owned(), function.span);
            let wanted = wanted - hidden;
            let message = format!("`{name}` takes {wanted} argument{}, not {}", plural(wanted), call.args.len());
            let diagnostic = Diagnostic::error(Code::T006, call.args[wanted].span, message)
                .label("one argument too many")
                .note(declared, "declared here")
                .help("remove the arguments that it does not take")
                .fix(
                    "remove them",
                    Span {
                        start: if wanted == 0 { call.args[0].span.start } else { call.args[wanted - 1].span.end },
                        ..call.args[call.args.len() - 1].span
                    },
                    "",
                );
            self.report(diagnostic);
            args.truncate(wanted + hidden);
        }
        self.make_at(ExprKind::CallFn { func, args: args.into() }, call.name_span(), span)
    }

    /// `Node(left, 1, right)`: fields by position; fewer arguments than fields make a function of the rest.
    fn constructor_call(&mut self, data: crate::types::DataId, variant: usize, name: Symbol, call: &'a ast::Call, span: Span) -> Expr {
        let fields = self.field_names(data, variant);
        let mut args = self.exprs(&call.args);
        if args.len() > fields.len() {
            let text = self.text(name).to_owned();
            let message = format!("`{text}` has {} field{}, not {}", fields.len(), plural(fields.len()), args.len());
            self.error(Code::T006, call.args[fields.len()].span, message, "one value too many", "give one value for each field");
            args.truncate(fields.len());
        }
        if args.len() == fields.len() {
            let fields = args.into_iter().enumerate().collect();
            return self.make_at(ExprKind::Variant { data, variant, fields }, call.callee.span, span);
        }
        let callee = Box::new(self.value(name, Value::Variant(data, variant), call.callee.span));
        self.make_at(ExprKind::Call { callee, args: args.into() }, call.callee.span, span)
    }

    fn builtin_call(&mut self, builtin: Builtin, call: &'a ast::Call, span: Span) -> Expr {
        let at = call.callee.span;
        let args = self.exprs(&call.args);
        let (least, most) = builtin.arity();
        if args.len() < least || args.len() > most {
            let wanted = match (least, most) {
                (least, most) if least == most => format!("{least} argument{}", plural(least)),
                (least, most) => format!("{least} to {most} arguments"),
            };
            let message = format!("`{}` takes {wanted}, not {}", builtin.name(), args.len());
            let span = if args.len() > most { call.args[most].span } else { at };
            let label = if args.len() > most { "one argument too many" } else { "too few arguments" };
            let name = builtin.name();
            let help = match builtin {
                Builtin::Input => "print the question first: `print(\"Your name?\")`".to_owned(),
                Builtin::Min | Builtin::Max | Builtin::Sum | Builtin::Avg if args.len() > most => {
                    format!("it takes one list: `{name}([a, b])`")
                }
                _ => format!("`{name}`: {}", builtin.meaning()),
            };
            self.error(Code::T039, span, message, label, &help);
            return self.make_at(ExprKind::Error, at, span);
        }
        if builtin == Builtin::Eval {
            return self.eval(at, span);
        }
        self.make_at(ExprKind::CallBuiltin { builtin, args: args.into() }, at, span)
    }
    fn eval(&mut self, at: Span, span: Span) -> Expr {
        self.unavailable(at, "`eval`", "the program is compiled as a whole; write the code where it runs");
        self.make_at(ExprKind::Error, at, span)
    }

    fn method_call(&mut self, field: &'a ast::FieldAccess, call: &'a ast::Call, span: Span) -> Expr {
        if let ast::ExprKind::Name(package) = field.object.kind {
            match self.declared(package) {
                Some(Value::Package(package)) => return self.package_call(package, field, call, span),
                Some(Value::Foreign(package)) => return self.foreign_call(package, field, call, span),
                _ => {}
            }
        }
        let object = Box::new(self.expr(&field.object));
        let name = field.name.name;
        let at = field.name.span;
        // `object?.name(args)` is the same: a method of none gives none.
        let args = self.exprs(&call.args).into();
        self.make_at(ExprKind::CallMethod { object, name, args }, at, span)
    }

    pub fn field_access(&mut self, field: &'a ast::FieldAccess, span: Span) -> Expr {
        if let ast::ExprKind::Name(package) = field.object.kind {
            match self.declared(package) {
                Some(Value::Package(package)) => return self.package_value(package, field.name, span),
                Some(Value::Foreign(package)) => return self.foreign_value(package, field.name, span),
                _ => {}
            }
        }
        let object = Box::new(self.expr(&field.object));
        let kind = ExprKind::Field { object, name: field.name.name, optional: field.optional };
        self.make_at(kind, field.name.span, span)
    }

    /// What a name exported by a package means, read or called.
    pub fn exported_value(&mut self, name: Symbol, value: Value, span: Span) -> Expr {
        self.value(name, value, span)
    }

    /// A call of something that a package exports.
    pub fn exported_call(&mut self, name: ast::Ident, value: Value, call: &'a ast::Call, span: Span) -> Expr {
        match value {
            Value::Fn(func) => self.direct_call(func, None, call, span),
            Value::Variant(data, variant) => self.constructor_call(data, variant, name.name, call, span),
            value => {
                let callee = Box::new(self.value(name.name, value, name.span));
                let args = self.exprs(&call.args).into();
                self.make_at(ExprKind::Call { callee, args }, name.span, span)
            }
        }
    }
}
