//! `mochi dump --hir`: the resolved tree as text, with the number of each variable and function, so that two of one name differ.
//!
//! ```text
//! fun add#1(a.0, b.1) {
//!   return (a.0 + b.1)
//! }
//! ```
//! For reading only; nothing parses it.

use super::tree::*;
use crate::syntax::ast::UnaryOp;
use crate::syntax::symbol::{Names, Symbol, sym};
use std::fmt::Write;

/// The program's own types and functions.
pub fn dump(program: &Program, names: &Names) -> String {
    let fns = program.fns.iter().take_while(|function| function.is_prelude).count() as u32;
    let locals = first_local(program, fns);
    let mut dump = Dump { program, names, fns, locals, out: String::new(), depth: 0 };
    for decl in program.data.iter().filter(|decl| !decl.is_prelude) {
        dump.data(decl);
    }
    for (index, function) in program.fns.iter().enumerate() {
        if !function.is_prelude {
            dump.function(FnId(index as u32), function);
        }
    }
    dump.out
}

/// Numbers count from the program's own first variable, so that a change of the prelude does not show.
fn first_local(program: &Program, fns: u32) -> u32 {
    program.locals.iter().position(|local| local.owner.0 >= fns).unwrap_or(program.locals.len()) as u32
}

struct Dump<'a> {
    program: &'a Program,
    names: &'a Names,
    /// The number of functions and variables of the prelude.
    fns: u32,
    locals: u32,
    out: String,
    depth: usize,
}

impl Dump<'_> {
    fn line(&mut self, text: &str) {
        let _ = writeln!(self.out, "{:1$}{text}", "", self.depth * 2);
    }

    fn name(&self, name: Symbol) -> &str {
        self.names.text(name)
    }

    fn local(&self, local: LocalId) -> String {
        let data = &self.program.locals[local.index()];
        let name = if data.kind == LocalKind::This { "this" } else { self.name(data.name) };
        format!("{name}.{}", local.0 - self.locals)
    }

    fn func(&self, func: FnId) -> String {
        let name = self.program.fns[func.index()].name;
        let text = if Some(func) == self.program.main {
            "main"
        } else if name == sym::MISSING {
            "lambda"
        } else {
            self.name(name)
        };
        format!("{text}#{}", func.0 - self.fns)
    }

    fn data(&mut self, decl: &DataDecl) {
        let fields = |fields: &[FieldDecl]| fields.iter().map(|field| self.name(field.name)).collect::<Vec<_>>().join(", ");
        let text = match &decl.kind {
            DataKind::Struct(all) => format!("type {} {{ {} }}", self.name(decl.name), fields(all)),
            DataKind::Union(variants) => {
                let variants = variants.iter().map(|variant| format!("{}({})", self.name(variant.name), fields(&variant.fields)));
                format!("type {} = {}", self.name(decl.name), variants.collect::<Vec<_>>().join(" | "))
            }
        };
        self.line(&text);
    }

    fn function(&mut self, id: FnId, function: &Function) {
        let all = |dump: &Self, locals: &[LocalId]| locals.iter().map(|&local| dump.local(local)).collect::<Vec<_>>().join(", ");
        let mut head = format!("fun {}({})", self.func(id), all(self, &function.params));
        if !function.captures.is_empty() {
            let _ = write!(head, " captures {}", all(self, &function.captures));
        }
        if !function.falls_through {
            head.push_str(" returns");
        }
        match &function.kind {
            FnKind::Body(body) | FnKind::Method(_, body) => {
                self.line(&format!("{head} {{"));
                self.block(body);
                self.line("}");
            }
            FnKind::Extern(target) => self.line(&format!("{head} = {target:?}")),
        }
    }

    fn block(&mut self, stmts: &[Stmt]) {
        self.depth += 1;
        for stmt in stmts {
            self.stmt(stmt);
        }
        self.depth -= 1;
    }

    fn braces(&mut self, head: String, body: &[Stmt]) {
        self.line(&format!("{head} {{"));
        self.block(body);
        self.line("}");
    }

    fn stmt(&mut self, stmt: &Stmt) {
        let text = match &stmt.kind {
            StmtKind::Let { local, value: Some(value) } => format!("let {} = {}", self.local(*local), self.expr(value)),
            StmtKind::Let { local, value: None } => format!("let {}", self.local(*local)),
            StmtKind::Assign { target, value } => format!("{} = {}", self.place(target), self.expr(value)),
            StmtKind::Fun(func) => format!("fun {}", self.func(*func)),
            StmtKind::Return(Some(value)) => format!("return {}", self.expr(value)),
            StmtKind::Return(None) => "return".to_owned(),
            StmtKind::If { branches, otherwise } => {
                for (index, (cond, body)) in branches.iter().enumerate() {
                    let word = if index == 0 { "if" } else { "else if" };
                    self.braces(format!("{word} {}", self.expr(cond)), body);
                }
                if !otherwise.is_empty() {
                    self.braces("else".to_owned(), otherwise);
                }
                return;
            }
            StmtKind::While { cond, body } => return self.braces(format!("while {}", self.expr(cond)), body),
            StmtKind::ForRange { local, from, to, body } => {
                return self.braces(format!("for {} in {}..{}", self.local(*local), self.expr(from), self.expr(to)), body);
            }
            StmtKind::ForEach { local, values, body, .. } => {
                return self.braces(format!("for {} in {}", self.local(*local), self.expr(values)), body);
            }
            StmtKind::Break => "break".to_owned(),
            StmtKind::Continue => "continue".to_owned(),
            StmtKind::Block(body) => return self.braces("block".to_owned(), body),
            StmtKind::Expect { cond, .. } => format!("expect {}", self.expr(cond)),
            StmtKind::Expr(expr) => self.expr(expr),
            StmtKind::Update { target, row } => {
                let loaded: Vec<String> = row.columns.iter().map(|column| self.column(column)).collect();
                let set: Vec<String> = row.set.iter().map(|(name, value)| format!("{}: {}", self.name(*name), self.expr(value))).collect();
                let cond = row.cond.as_ref().map_or(String::new(), |cond| format!(" where {}", self.expr(cond)));
                format!("update {} with {} set {{{}}}{cond}", self.expr(target), loaded.join(", "), set.join(", "))
            }
            StmtKind::Emit { stream, fields } => format!("emit {} {{{}}}", self.stream(*stream), self.indexed(fields)),
            StmtKind::On { stream, handler } => format!("on {} call {}", self.stream(*stream), self.func(*handler)),
            StmtKind::Bench { name, body } => return self.braces(format!("bench {name:?}"), body),
        };
        self.line(&text);
    }

    fn column(&self, column: &Column) -> String {
        let local = self.local(column.local);
        column.outer.as_ref().map_or_else(|| local.clone(), |outer| format!("{local} else {}", self.expr(outer)))
    }

    fn stream(&self, stream: u32) -> &str {
        self.name(self.program.streams[stream as usize].name)
    }

    fn place(&self, place: &Place) -> String {
        match place {
            Place::Local(local) => self.local(*local),
            Place::Index { object, index, .. } => format!("{}[{}]", self.expr(object), self.expr(index)),
            Place::Field { object, name, .. } => format!("{}.{}", self.expr(object), self.name(*name)),
        }
    }

    fn exprs(&self, exprs: &[Expr]) -> String {
        exprs.iter().map(|expr| self.expr(expr)).collect::<Vec<_>>().join(", ")
    }

    fn indexed(&self, fields: &[(usize, Expr)]) -> String {
        fields.iter().map(|(index, value)| format!("{index}: {}", self.expr(value))).collect::<Vec<_>>().join(", ")
    }

    fn expr(&self, expr: &Expr) -> String {
        match &expr.kind {
            ExprKind::Lit(lit) => self.lit(lit),
            ExprKind::Local(local) => self.local(*local),
            ExprKind::Fn(func) | ExprKind::Lambda(func) => self.func(*func),
            ExprKind::List(items) => format!("[{}]", self.exprs(items)),
            ExprKind::Record(fields) => {
                let fields = fields.iter().map(|(name, value)| format!("{}: {}", self.name(*name), self.expr(value)));
                format!("record {{{}}}", fields.collect::<Vec<_>>().join(", "))
            }
            ExprKind::Map(entries) => {
                let entries = entries.iter().map(|(key, value)| format!("{}: {}", self.expr(key), self.expr(value)));
                format!("map {{{}}}", entries.collect::<Vec<_>>().join(", "))
            }
            ExprKind::Struct { data, fields } => {
                format!("{} {{{}}}", self.name(self.program.data[data.0 as usize].name), self.indexed(fields))
            }
            ExprKind::Variant { data, variant, fields } => format!("{} {{{}}}", self.variant(*data, *variant), self.indexed(fields)),
            ExprKind::Call { callee, args } => format!("({})({})", self.expr(callee), self.exprs(args)),
            ExprKind::CallFn { func, args } => format!("{}({})", self.func(*func), self.exprs(args)),
            ExprKind::CallBuiltin { builtin, args } => format!("{}({})", builtin.name(), self.exprs(args)),
            ExprKind::CallMethod { object, name, args } => {
                format!("{}.{}({})", self.expr(object), self.name(*name), self.exprs(args))
            }
            ExprKind::Field { object, name, optional } => {
                format!("{}{}.{}", self.expr(object), if *optional { "?" } else { "" }, self.name(*name))
            }
            ExprKind::Index { object, index, optional } => {
                format!("{}{}[{}]", self.expr(object), if *optional { "?" } else { "" }, self.expr(index))
            }
            ExprKind::Slice { object, from, to } => {
                let end = |end: &Option<Box<Expr>>| end.as_ref().map_or(String::new(), |end| self.expr(end));
                format!("{}[{}:{}]", self.expr(object), end(from), end(to))
            }
            ExprKind::Cast { value, ty } => format!("({} as {ty:?})", self.expr(value)),
            ExprKind::Unary { op, operand } => format!("{}{}", if *op == UnaryOp::Neg { "-" } else { "!" }, self.expr(operand)),
            ExprKind::Binary { op, left, right } => format!("({} {} {})", self.expr(left), op.text(), self.expr(right)),
            ExprKind::If { branches, otherwise } => {
                let branches: Vec<String> =
                    branches.iter().map(|(cond, value)| format!("if {} then {}", self.expr(cond), self.expr(value))).collect();
                let otherwise = otherwise.as_ref().map_or(String::new(), |value| format!(" else {}", self.expr(value)));
                format!("({}{otherwise})", branches.join(" else "))
            }
            ExprKind::Match { subject, arms } => {
                let arms: Vec<String> =
                    arms.iter().map(|arm| format!("{} => {}", self.pattern(&arm.pattern), self.arm(&arm.body))).collect();
                format!("match {} {{ {} }}", self.expr(subject), arms.join("; "))
            }
            ExprKind::Query(query) => self.query(query),
            ExprKind::Logic { relation, terms } => {
                format!("query {}({})", self.name(self.program.relations[*relation as usize].name), terms.len())
            }
            ExprKind::Load(load) => format!("load {:?} as {:?}", load.path, load.ty),
            ExprKind::Save(save) => format!("save {} to {:?}", self.expr(&save.value), save.path),
            ExprKind::Fetch { url, .. } => format!("fetch {}", self.expr(url)),
            ExprKind::Error => "<error>".to_owned(),
        }
    }

    fn lit(&self, lit: &Lit) -> String {
        match lit {
            Lit::Int(value) => value.to_string(),
            Lit::Float(value) => format!("{value:?}"),
            Lit::Str(value) => format!("{value:?}"),
            Lit::Bool(value) => value.to_string(),
            Lit::None => "none".to_owned(),
        }
    }

    fn variant(&self, data: crate::types::DataId, variant: usize) -> &str {
        match &self.program.data[data.0 as usize].kind {
            DataKind::Union(variants) => self.name(variants[variant].name),
            DataKind::Struct(_) => unreachable!("variants are of unions"),
        }
    }

    fn arm(&self, body: &ArmBody) -> String {
        match body {
            ArmBody::Expr(expr) => self.expr(expr),
            ArmBody::Block(stmts) => {
                let mut inner = Dump { out: String::new(), depth: 0, ..*self };
                stmts.iter().for_each(|stmt| inner.stmt(stmt));
                format!("{{ {} }}", inner.out.trim_end().replace('\n', "; "))
            }
        }
    }

    fn pattern(&self, pattern: &Pattern) -> String {
        match pattern {
            Pattern::Wildcard => "_".to_owned(),
            Pattern::Lit(lit, _) => self.lit(lit),
            Pattern::Bind(local) => self.local(*local),
            Pattern::Variant { data, variant, args, .. } => {
                let args: Vec<String> = args.iter().map(|arg| self.pattern(arg)).collect();
                format!("{}({})", self.variant(*data, *variant), args.join(", "))
            }
        }
    }

    fn query(&self, query: &Query) -> String {
        let mut out = String::new();
        for source in &query.sources {
            let word = source.join.as_ref().map_or("from".to_owned(), |(kind, _)| format!("{kind:?} join"));
            let _ = write!(out, "{word} {} in {} ", self.local(source.local), self.expr(&source.values));
            if let Some((_, cond)) = &source.join {
                let _ = write!(out, "on {} ", self.expr(cond));
            }
        }
        let mut clause = |word: &str, expr: &Option<Expr>| {
            if let Some(expr) = expr {
                let _ = write!(out, "{word} {} ", self.expr(expr));
            }
        };
        clause("where", &query.filter);
        if let Some(group) = &query.group {
            let keys: Vec<String> = group.keys.iter().map(|(name, key)| format!("{}: {}", self.name(*name), self.expr(key))).collect();
            let _ = write!(out, "group by {} into {} ", keys.join(", "), self.local(group.local));
            if let Some(having) = &group.having {
                let _ = write!(out, "having {} ", self.expr(having));
            }
        }
        let mut clause = |word: &str, expr: &Option<Expr>| {
            if let Some(expr) = expr {
                let _ = write!(out, "{word} {} ", self.expr(expr));
            }
        };
        clause("sort by", &query.sort);
        clause("skip", &query.skip);
        clause("take", &query.take);
        let distinct = if query.distinct { "distinct " } else { "" };
        let aggregate = query.aggregate.map_or(String::new(), |(builtin, _)| format!("{} of ", builtin.name()));
        let _ = write!(out, "select {distinct}{aggregate}{}", self.expr(&query.select));
        format!("({out})")
    }
}
