//! Imports: Mochi packages, whose sources the caller loads, and foreign packages.

use super::foreign::{self, Item, Kind};
use super::scope::Value;
use super::types::plural;
use super::{Resolver, names};
use crate::diagnostic::closest;
use crate::diagnostic::{Code, Diagnostic};
use crate::hir::tree::{Expr, ExprKind, Lit, Stmt, TypeRef};
use crate::source::{FileId, Span};
use crate::syntax::ast::{self, BinaryOp, StmtKind, StrLit};
use crate::syntax::symbol::{Symbol, sym};

/// The files of an imported package.
#[derive(Clone, Debug)]
pub struct Package {
    pub files: Vec<ast::Program>,
}

/// What `import "path"` in a file means: an index into the packages. A path that could not be loaded has no link; whoever loads
/// reports that.
#[derive(Clone, Debug)]
pub struct Link {
    pub file: FileId,
    pub path: Box<str>,
    pub package: usize,
}

/// The paths of the Mochi packages that a file imports.
pub fn imports(program: &ast::Program) -> impl Iterator<Item = &StrLit> {
    program.imports.iter().filter(|import| import.lang.is_none()).map(|import| &import.path)
}

/// What a package declares at its top level.
pub struct Exports {
    values: Vec<(Symbol, Value, bool)>,
}

/// An imported foreign package; nothing where none of its names exist here.
pub struct ForeignPackage {
    alias: Symbol,
    found: Option<&'static foreign::Package>,
}

impl<'a> Resolver<'a> {
    /// Resolves a package; its statements run before those that import it.
    pub fn package(&mut self, package: &'a Package) -> Vec<Stmt> {
        let stmts = self.files(&package.files);
        let mut values = Vec::new();
        for stmt in package.files.iter().flat_map(|file| &file.stmts) {
            let (name, exported) = match &stmt.kind {
                StmtKind::Fun(decl) => (decl.name.name, decl.export),
                StmtKind::Let(binding) | StmtKind::Var(binding) => (binding.name.name, true),
                StmtKind::Type(decl) => {
                    let ast::TypeDeclKind::Union(variants) = &decl.kind else { continue };
                    let variants = variants.iter().map(|variant| variant.name.name);
                    values.extend(variants.filter_map(|name| Some((name, *self.scopes.values.get(name)?, true))));
                    continue;
                }
                _ => continue,
            };
            values.extend(self.scopes.values.get(name).map(|value| (name, *value, exported)));
        }
        self.packages.push(Exports { values });
        stmts
    }

    pub fn import(&mut self, import: &'a ast::Import) {
        let alias = match import.alias {
            Some(alias) => alias.name,
            None => {
                let last = import.path.value.trim_end_matches('/').rsplit('/').next().unwrap_or("");
                self.names.intern(last.trim_end_matches(".mochi"))
            }
        };
        let value = match import.lang {
            None => match self.links.iter().find(|link| link.file == import.path.span.file && link.path == import.path.value) {
                Some(link) if link.package < self.packages.len() => Value::Package(link.package),
                // Reported by the loader.
                _ => Value::Error,
            },
            Some(lang) => {
                let found = foreign::package(self.names.text(lang.name), &import.path.value);
                self.foreigns.push(ForeignPackage { alias, found });
                Value::Foreign(self.foreigns.len() - 1)
            }
        };
        self.see(alias, value);
    }

    fn exported(&mut self, package: usize, name: ast::Ident) -> Option<Value> {
        let found = self.packages[package].values.iter().rev().find(|(other, ..)| *other == name.name);
        if let Some((_, value, true)) = found {
            return Some(*value);
        }
        let is_private = found.is_some();
        if name.name == sym::MISSING {
            return None;
        }
        let text = self.text(name.name).to_owned();
        let public: Vec<Symbol> = self.packages[package].values.iter().filter(|(.., public)| *public).map(|(name, ..)| *name).collect();
        let close = closest(&text, public.iter().map(|&name| self.text(name))).map(str::to_owned);
        let diagnostic = Diagnostic::error(Code::T003, name.span, format!("the package has no exported `{text}`"));
        let diagnostic = match (is_private, close) {
            (true, _) => diagnostic.label("declared there, but not exported").help(format!("declare it with `export fun {text}`")),
            (false, Some(close)) => names::with_fix(diagnostic.label("unknown name"), name.span, &close),
            (false, None) => diagnostic.label("unknown name").help("only what the package declares at its top level can be used"),
        };
        self.report(diagnostic);
        None
    }

    pub fn package_value(&mut self, package: usize, name: ast::Ident, span: Span) -> Expr {
        match self.exported(package, name) {
            Some(value) => self.exported_value(name.name, value, span),
            None => self.make(ExprKind::Error, span),
        }
    }

    pub fn package_call(&mut self, package: usize, field: &'a ast::FieldAccess, call: &'a ast::Call, span: Span) -> Expr {
        match self.exported(package, field.name) {
            Some(value) => self.exported_call(field.name, value, call, span),
            None => {
                self.exprs(&call.args);
                self.make(ExprKind::Error, span)
            }
        }
    }

    /// The item, reported where there is none. One whose prelude function is missing counts as missing, too.
    fn foreign_item(&mut self, package: usize, name: ast::Ident) -> Option<Item> {
        let ForeignPackage { alias, found } = self.foreigns[package];
        let text = self.text(name.name).to_owned();
        let item = found.and_then(|found| found.items.iter().find(|(other, _)| *other == text)).map(|(_, item)| *item);
        let exists = match item {
            Some(Item::Prelude(function, _)) => self.prelude_fn(function).is_some(),
            Some(Item::Float(_) | Item::Int(_) | Item::Builtin(..) | Item::Add) => true,
            None => false,
        };
        if exists {
            return item;
        }
        if name.name != sym::MISSING {
            let alias = self.text(alias).to_owned();
            let help = match found {
                Some(found) => {
                    let known: Vec<&str> = found.items.iter().map(|(name, _)| *name).collect();
                    format!("`{alias}` has {}", known.join(", "))
                }
                None => "write the function in Mochi".to_owned(),
            };
            self.unavailable(name.span, &format!("the foreign name `{alias}.{text}`"), &help);
        }
        None
    }

    fn prelude_fn(&self, name: &str) -> Option<crate::hir::tree::FnId> {
        self.program.old.prelude_fn(self.names.find(name)?)
    }

    pub fn foreign_value(&mut self, package: usize, name: ast::Ident, span: Span) -> Expr {
        let kind = match self.foreign_item(package, name) {
            None => ExprKind::Error,
            Some(Item::Float(value)) => ExprKind::Lit(Lit::Float(value)),
            Some(Item::Int(value)) => ExprKind::Lit(Lit::Int(value)),
            Some(item) => return self.foreign_function(item, name, span),
        };
        self.make(kind, span)
    }

    /// A foreign function as a value.
    fn foreign_function(&mut self, item: Item, name: ast::Ident, span: Span) -> Expr {
        let params: Vec<Symbol> = (1..=kinds(item).len()).map(|i| self.names.intern(&format!("a{i}"))).collect();
        let func = self.new_fn(sym::MISSING, span, Some(self.frame().func));
        let mut args = Vec::new();
        for name in params {
            let local = self.new_local_of(func, name, span, crate::hir::tree::LocalKind::Param);
            self.program.fns[func.index()].params.push(local);
            args.push(self.make(ExprKind::Local(local), span));
        }
        let value = self.foreign_application(item, args, name.span, span);
        self.set_body(func, vec![Stmt { span, kind: crate::hir::tree::StmtKind::Return(Some(value)), doubtful: false }]);
        self.make(ExprKind::Lambda(func), span)
    }

    pub fn foreign_call(&mut self, package: usize, field: &'a ast::FieldAccess, call: &'a ast::Call, span: Span) -> Expr {
        let name = field.name;
        let args = self.exprs(&call.args);
        let Some(item) = self.foreign_item(package, name) else { return self.make(ExprKind::Error, span) };
        let wanted = kinds(item).len();
        if args.len() != wanted || matches!(item, Item::Float(_) | Item::Int(_)) {
            let text = self.text(name.name).to_owned();
            let (code, message) = match item {
                Item::Float(_) | Item::Int(_) => (Code::T004, format!("`{text}` is not a function")),
                _ => (Code::T006, format!("`{text}` takes {wanted} argument{}, not {}", plural(wanted), args.len())),
            };
            let help = "foreign functions take all their arguments, and constants none";
            self.error(code, name.span, message, "wrong call of a foreign name", help);
            return self.make(ExprKind::Error, span);
        }
        self.foreign_application(item, args, name.span, span)
    }

    fn foreign_application(&mut self, item: Item, args: Vec<Expr>, at: Span, span: Span) -> Expr {
        let args: Box<[Expr]> = args.into_iter().zip(kinds(item)).map(|(arg, &kind)| self.convert(arg, kind, at)).collect();
        let kind = match item {
            Item::Float(_) | Item::Int(_) => unreachable!("constants are not called"),
            Item::Prelude(function, _) => {
                let func = self.prelude_fn(function).expect("looked up before");
                ExprKind::CallFn { func, args }
            }
            Item::Builtin(builtin, _, result) => {
                let value = self.make_at(ExprKind::CallBuiltin { builtin, args }, at, span);
                return self.convert(value, result, at);
            }
            Item::Add => {
                let [left, right] = <[Expr; 2]>::try_from(args.into_vec()).expect("two arguments");
                ExprKind::Binary { op: BinaryOp::Add, left: Box::new(left), right: Box::new(right) }
            }
        };
        self.make_at(kind, at, span)
    }

    fn convert(&mut self, value: Expr, kind: Kind, at: Span) -> Expr {
        let ty = match kind {
            Kind::Any => return value,
            Kind::Float => TypeRef::Float,
            Kind::Int => TypeRef::Int,
            Kind::Str => match self.prelude_data(sym::STRING) {
                Some(data) => TypeRef::Data(data, Vec::new()),
                None => return value,
            },
        };
        let span = value.span;
        self.make_at(ExprKind::Cast { value: Box::new(value), ty: Box::new(ty) }, at, span)
    }
}

fn kinds(item: Item) -> &'static [Kind] {
    match item {
        Item::Float(_) | Item::Int(_) => &[],
        Item::Builtin(_, kinds, _) | Item::Prelude(_, kinds) => kinds,
        Item::Add => &[Kind::Int, Kind::Int],
    }
}
