//! What is visible in a whole block: types, functions, imports, streams, agents, facts and rules.
//!
//! Names first, then what they mean (fields, signatures), so that declarations of one block may speak of each other in any order.

use super::Resolver;
use super::scope::{TypeName, Value};
use crate::diagnostic::Code;
use crate::hash::HashMap;
use crate::hir::tree::{DataDecl, DataKind, FieldDecl, FnKind, Methods, TypeRef, VariantDecl};
use crate::source::Span;
use crate::syntax::ast::{self, Extern, Member, Stmt, StmtKind, TypeDecl, TypeDeclKind};
use crate::syntax::symbol::{Symbol, sym};
use crate::types::DataId;
use std::collections::VecDeque;

impl<'a> Resolver<'a> {
    /// Makes the declarations of a block visible in its scope.
    pub fn hoist(&mut self, stmts: impl Iterator<Item = &'a Stmt> + Clone) {
        let mut types: Vec<(DataId, &'a TypeDecl)> = Vec::new();
        let mut aliases: Vec<&'a TypeDecl> = Vec::new();
        let mut streams: Vec<(DataId, &'a ast::Stream)> = Vec::new();
        let mut agents: Vec<(DataId, &'a ast::Agent)> = Vec::new();
        for stmt in stmts.clone() {
            match &stmt.kind {
                StmtKind::Type(decl) => match decl.kind {
                    TypeDeclKind::Alias(_) => aliases.push(decl),
                    TypeDeclKind::Struct(_) | TypeDeclKind::Union(_) => types.push((self.declare_type(decl), decl)),
                },
                StmtKind::Stream(stream) => streams.push((self.declare_stream(stream), stream)),
                StmtKind::Agent(agent) => agents.push((self.declare_struct(agent.name), agent)),
                StmtKind::Extern(decl) => {
                    if let Extern::Type(name) = &**decl {
                        self.scopes.types.insert(name.name, TypeName::Alias(TypeRef::Any));
                    }
                }
                StmtKind::Import(import) => self.import(import),
                _ => {}
            }
        }
        if !aliases.is_empty() {
            self.declare_aliases(&aliases);
        }
        for &(data, decl) in &types {
            self.define_type(data, decl);
        }
        for &(data, stream) in &streams {
            let fields = self.fields(&stream.fields);
            self.program.data[data.0 as usize].kind = DataKind::Struct(fields);
        }
        for &(data, agent) in &agents {
            self.define_agent(data, agent);
        }
        for stmt in stmts {
            match &stmt.kind {
                StmtKind::Fun(decl) => self.declare_fn(decl),
                StmtKind::Extern(decl) => self.declare_extern(decl, stmt.span),
                StmtKind::Fact(pred) => self.fact(pred),
                StmtKind::Rule(rule) => self.rule(rule),
                _ => {}
            }
        }
    }

    /// A struct without fields so far, and its name.
    pub fn declare_struct(&mut self, name: ast::Ident) -> DataId {
        let data = self.new_data(name.name, name.span, 0);
        self.scopes.types.insert(name.name, TypeName::Data(data));
        data
    }

    fn new_data(&mut self, name: Symbol, span: Span, type_params: u32) -> DataId {
        let data = DataId(self.program.data.len() as u32);
        if self.in_prelude {
            self.program.prelude_data.push((name, data));
        }
        let kind = DataKind::Struct(Vec::new());
        self.program.data.push(DataDecl { name, span, type_params, kind, is_prelude: self.in_prelude, methods: Methods::default() });
        data
    }

    fn declare_type(&mut self, decl: &'a TypeDecl) -> DataId {
        let type_params = if self.in_prelude { decl.type_params.len() as u32 } else { 0 };
        let data = self.new_data(decl.name.name, decl.name.span, type_params);
        self.scopes.types.insert(decl.name.name, TypeName::Data(data));
        if let TypeDeclKind::Union(variants) = &decl.kind {
            for (index, variant) in variants.iter().enumerate() {
                self.see(variant.name.name, Value::Variant(data, index));
                self.scopes.variants.insert(variant.name.name, (data, index));
            }
        }
        data
    }

    /// Aliases may name types and aliases that follow; one that leads back to itself is `any`. Each is resolved after those it names.
    fn declare_aliases(&mut self, aliases: &[&'a TypeDecl]) {
        let aliases: Vec<(Symbol, &'a ast::TypeExpr)> = aliases
            .iter()
            .filter_map(|decl| match &decl.kind {
                TypeDeclKind::Alias(ty) => Some((decl.name.name, ty)),
                _ => None,
            })
            .collect();
        let mut places: HashMap<Symbol, Vec<usize>> = HashMap::default();
        for (index, (name, _)) in aliases.iter().enumerate() {
            places.entry(*name).or_default().push(index);
        }
        // How many others each waits for, and which wait for it.
        let mut waits = vec![0usize; aliases.len()];
        let mut waiting: Vec<Vec<usize>> = vec![Vec::new(); aliases.len()];
        for (index, (_, ty)) in aliases.iter().enumerate() {
            let mut named = Vec::new();
            mentions(ty, &mut named);
            for &other in named.iter().filter_map(|name| places.get(name)).flatten() {
                waits[index] += 1;
                waiting[other].push(index);
            }
        }
        let mut ready: VecDeque<usize> = (0..aliases.len()).filter(|&index| waits[index] == 0).collect();
        let mut is_done = vec![false; aliases.len()];
        let resolve = |this: &mut Self, index: usize, is_done: &mut Vec<bool>| {
            let (name, ty) = aliases[index];
            let ty = this.type_ref(ty);
            this.scopes.types.insert(name, TypeName::Alias(ty));
            is_done[index] = true;
        };
        while let Some(index) = ready.pop_front() {
            resolve(self, index, &mut is_done);
            for &other in &waiting[index] {
                waits[other] -= 1;
                if waits[other] == 0 {
                    ready.push_back(other);
                }
            }
        }
        // What is left goes in a circle.
        let left: Vec<usize> = (0..aliases.len()).filter(|&index| !is_done[index]).collect();
        for &index in &left {
            self.scopes.types.insert(aliases[index].0, TypeName::Alias(TypeRef::Any));
        }
        for index in left {
            resolve(self, index, &mut is_done);
        }
    }

    fn define_type(&mut self, data: DataId, decl: &'a TypeDecl) {
        self.scopes.types.push();
        self.bind_type_params(&decl.type_params, 0);
        let kind = match &decl.kind {
            TypeDeclKind::Struct(members) => {
                let fields = members.iter().filter_map(|member| match member {
                    Member::Field(field) => Some(self.field(field)),
                    Member::Method(_) => None,
                });
                DataKind::Struct(fields.collect())
            }
            TypeDeclKind::Union(variants) => {
                let variants = variants.iter().map(|variant| VariantDecl {
                    name: variant.name.name,
                    fields: self.fields(&variant.fields),
                    span: variant.span,
                });
                DataKind::Union(variants.collect())
            }
            TypeDeclKind::Alias(_) => unreachable!("aliases have no type of their own"),
        };
        self.program.data[data.0 as usize].kind = kind;
        if let TypeDeclKind::Struct(members) = &decl.kind {
            for member in members {
                if let Member::Method(method) = member {
                    self.declare_method(data, method);
                }
            }
        }
        self.scopes.types.pop();
    }

    /// Type parameters: rigid in the prelude, numbered from `first`; a user's are erased.
    pub fn bind_type_params(&mut self, params: &[ast::Ident], first: u32) {
        for (index, param) in params.iter().enumerate() {
            let ty = if self.in_prelude { TypeRef::Param(first + index as u32) } else { TypeRef::Any };
            self.scopes.types.insert(param.name, TypeName::Param(ty));
        }
    }

    fn fields(&mut self, fields: &'a [ast::Field]) -> Vec<FieldDecl> {
        fields.iter().map(|field| self.field(field)).collect()
    }

    fn field(&mut self, field: &'a ast::Field) -> FieldDecl {
        FieldDecl { name: field.name.name, ty: self.type_ref(&field.ty), span: field.name.span }
    }

    fn declare_extern(&mut self, decl: &'a Extern, span: Span) {
        match decl {
            Extern::Fun(decl) if self.in_prelude => {
                let Some(target) = &decl.target else { panic!("a prelude function without binding") };
                let name = decl.path.last().expect("a name").name;
                let func = self.declare_signature(name, span, None, &decl.sig);
                self.program.fns[func.index()].kind = FnKind::Extern(target.value.clone());
                self.program.fns[func.index()].falls_through = false;
                self.see(name, Value::Fn(func));
                self.program.prelude_fns.push((name, func));
            }
            // `extern fun math.sqrt(x: float): float` only types what the import of `math` makes visible.
            Extern::Fun(ast::ExternFun { path, .. })
            | Extern::Var(ast::ExternVar { path, .. })
            | Extern::Let(ast::ExternVar { path, .. }) => {
                if let [name] = path.as_slice() {
                    self.see(name.name, Value::Unavailable);
                }
            }
            Extern::Object(name) => self.see(name.name, Value::Unavailable),
            Extern::Type(_) => {}
        }
    }

    /// A field or a method of that name, in a place that must have a field: its index.
    pub fn field_index(&mut self, data: DataId, variant: Option<usize>, name: ast::Ident) -> Option<usize> {
        let decl = &self.program.data[data.0 as usize];
        let (owner, fields) = match (&decl.kind, variant) {
            (DataKind::Struct(fields), _) => (decl.name, fields),
            (DataKind::Union(variants), Some(variant)) => (variants[variant].name, &variants[variant].fields),
            (DataKind::Union(_), None) => unreachable!("fields belong to the variants of a union"),
        };
        let found = fields.iter().position(|field| field.name == name.name);
        if found.is_none() && name.name != sym::MISSING && self.reported_fields.insert((data, name.name)) {
            let wrong = self.text(name.name).to_owned();
            let message = format!("`{}` has no field `{wrong}`", self.text(owner));
            let all: Vec<&str> = fields.iter().map(|field| self.text(field.name)).collect();
            let diagnostic = crate::diagnostic::Diagnostic::error(Code::T026, name.span, message).label("unknown field");
            let diagnostic = match crate::diagnostic::closest(&wrong, all.iter().copied()) {
                Some(close) => super::names::with_fix(diagnostic, name.span, close),
                None if all.is_empty() => diagnostic.help("it has no fields; write empty braces"),
                None => diagnostic.help(format!("its fields are {}", all.join(", "))),
            };
            self.report(diagnostic);
        }
        found
    }
}

/// The names in a type expression.
fn mentions(ty: &ast::TypeExpr, named: &mut Vec<Symbol>) {
    use ast::TypeExprKind;
    match &ty.kind {
        TypeExprKind::Name(name) => named.push(*name),
        TypeExprKind::Generic { name, args } => {
            named.push(name.name);
            args.iter().for_each(|arg| mentions(arg, named));
        }
        TypeExprKind::Fun { params, ret } => params.iter().chain(ret.as_deref()).for_each(|part| mentions(part, named)),
        TypeExprKind::Record(fields) => fields.iter().for_each(|field| mentions(&field.ty, named)),
        TypeExprKind::Optional(of) => mentions(of, named),
        TypeExprKind::Error => {}
    }
}
