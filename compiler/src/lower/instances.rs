//! Which functions of the program are needed, for which type arguments.
//!
//! A function is declared (name, parameters, result) when first asked for, and filled later from a work list, so that
//! recursion needs no special care.

use super::function::FnCx;
use super::walk;
use super::{Blocks, Lower};
use crate::hash::HashMap;
use crate::hir::tree::{Expr, ExprKind, FnId, FnKind, Hint, LocalId, Stmt, StmtKind};
use crate::ir::{Func, FuncId, Inlining, Signature, Type};
use crate::source::Span;
use crate::types::Ty;
use std::collections::VecDeque;
use std::rc::Rc;

#[derive(Default)]
pub(crate) struct Instances {
    made: HashMap<(FnId, Vec<Ty>), FuncId>,
    pending: VecDeque<(FnId, Vec<Ty>, FuncId)>,
    diverging: HashMap<FnId, bool>,
}

impl Lower<'_> {
    /// The IR function of a source function for these type arguments (none for a user's).
    pub fn instance(&mut self, func: FnId, args: Vec<Ty>) -> FuncId {
        if let Some(&found) = self.instances.made.get(&(func, args.clone())) {
            return found;
        }
        let data = &self.program.fns[func.index()];
        assert!(!matches!(data.kind, FnKind::Extern(_)), "{} is bound to an op", self.names.text(data.name));
        assert_eq!(data.type_params as usize, args.len(), "type arguments of {}", self.names.text(data.name));
        let mut wanted = match data.name.0 {
            0 if Some(func) == self.program.main => "main".to_string(),
            0 => "lambda".to_string(),
            _ => self.names.text(data.name).to_string(),
        };
        if let FnKind::Method(owner, _) = data.kind {
            wanted = format!("{}.{wanted}", self.names.text(self.program.data[owner.0 as usize].name));
        } else if data.is_prelude {
            wanted = format!("{wanted}.{}", args.iter().map(|&ty| self.describe(ty, 1)).collect::<Vec<_>>().join("."));
        }
        let mut params: Vec<Type> = Vec::new();
        for &local in self.captures.get(self.program, func).to_vec().iter() {
            params.push(self.capture_layout(local));
        }
        for &local in &data.params {
            let ty = self.facts.local(local);
            let ty = self.facts.tys.substitute(ty, &args);
            params.push(self.layout(ty));
        }
        let ret = self.facts.ret(func);
        let ret = self.facts.tys.substitute(ret, &args);
        let result = self.result_layout(ret);
        let id = self.declare(&wanted, &params, result, data.span);
        self.module.funcs[id].inlining = match data.hint {
            // A failed test shows who called whom.
            Hint::Auto if self.blocks == Some(Blocks::Tests) && !data.is_prelude => Inlining::Never,
            Hint::Auto => Inlining::Auto,
            Hint::Inline => Inlining::Always,
            Hint::Cold => Inlining::Never,
        };
        self.module.funcs[id].diverges = data.is_prelude && self.diverges(func);
        self.instances.made.insert((func, args.clone()), id);
        self.instances.pending.push_back((func, args, id));
        id
    }

    /// The instance of a prelude function without type parameters, if the program came to need it.
    pub fn find_used(&self, name: &str) -> Option<FuncId> {
        let func = self.program.prelude_fn(self.names.find(name)?)?;
        self.instances.made.get(&(func, Vec::new())).copied()
    }

    /// A function to be filled later.
    pub fn declare(&mut self, wanted: &str, params: &[Type], result: Option<Type>, span: Span) -> FuncId {
        let name = self.unique(wanted.trim_end_matches('.'));
        let id = self.module.funcs.push(Func::new(name, params, result, span));
        // Its address may be taken by backends that look for the signature.
        self.module.intern_signature(Signature { params: params.to_vec(), result });
        id
    }

    /// Fills every function that is declared and not filled.
    pub fn drain(&mut self) {
        while let Some((func, args, id)) = self.instances.pending.pop_front() {
            self.fill(func, args, id);
        }
    }

    fn fill(&mut self, func: FnId, args: Vec<Ty>, id: FuncId) {
        self.check_prelude(func);
        let program = self.program;
        let data = &program.fns[func.index()];
        let ret = self.facts.ret(func);
        let ret = self.facts.tys.substitute(ret, &args);
        let mut cx = FnCx::of_source(self, id, func, Rc::from(args), ret);
        let captured: Vec<LocalId> = cx.l.captures.get(program, func).to_vec();
        for (i, &local) in captured.iter().enumerate() {
            let value = cx.b.param(i);
            cx.bind_captured(local, value);
        }
        for (i, &local) in data.params.iter().enumerate() {
            let value = cx.b.param(captured.len() + i);
            cx.bind(local, value);
        }
        cx.stmts(walk::body(data));
        cx.end_of_body();
        cx.finish();
    }

    /// Whether a prelude function never returns: its last statement calls such a function or exits.
    fn diverges(&mut self, func: FnId) -> bool {
        if let Some(&known) = self.instances.diverging.get(&func) {
            return known;
        }
        self.instances.diverging.insert(func, false);
        let data = &self.program.fns[func.index()];
        let found = match &data.kind {
            FnKind::Extern(target) => &**target == "host:exit",
            FnKind::Body(body) | FnKind::Method(_, body) => match body.last() {
                Some(Stmt { kind: StmtKind::Expr(Expr { kind: ExprKind::CallFn { func, .. }, .. }), .. }) => self.diverges(*func),
                _ => false,
            },
        };
        self.instances.diverging.insert(func, found);
        found
    }
}

impl FnCx<'_, '_> {
    /// What happens where control reaches the end of the body.
    fn end_of_body(&mut self) {
        if self.b.is_terminated() {
            return;
        }
        match self.b.func.result {
            None => self.b.ret(&[]),
            Some(_) if self.l.facts.tys.has_none(self.ret) => {
                let value = self.none_as(self.ret);
                self.b.ret(&[value]);
            }
            // The front end has shown that no path gets here.
            Some(_) => self.b.unreachable(),
        }
    }
}
