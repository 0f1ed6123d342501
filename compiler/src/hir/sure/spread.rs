//! Where values go: through variables, parameters, results and fields, as far as the text shows.
//!
//! A value that does not fit its declaration makes the operations wrong that it reaches; those are not reported then, since they have
//! the same cause. What the value cannot reach is reported as always.

use super::Origin;
use crate::hash::HashSet;
use crate::hir::tree::{Expr, ExprKind, FnId, FnKind, Place, Program, Stmt, StmtKind};
use crate::hir::walk::{Part, for_each_expr, for_each_part};

/// Adds every variable, result and field that values of the given ones can reach, or those of expressions with errors.
pub fn spread(program: &Program, reached: &mut HashSet<Origin>) {
    loop {
        let before = reached.len();
        for (index, function) in program.fns.iter().enumerate().filter(|(_, function)| !function.is_prelude) {
            if let FnKind::Body(body) | FnKind::Method(_, body) = &function.kind {
                let mut spread = Spread { program, func: FnId(index as u32), reached };
                spread.stmts(body);
                for_each_expr(body, false, &mut |expr, _| spread.arguments(expr));
            }
        }
        if reached.len() == before {
            return;
        }
    }
}

/// Whether a value of one of these can be in the expression.
pub fn mentions(expr: &Expr, reached: &HashSet<Origin>) -> bool {
    let own = match &expr.kind {
        ExprKind::Error => true,
        ExprKind::Local(local) => reached.contains(&Origin::Local(*local)),
        ExprKind::CallFn { func, .. } | ExprKind::Fn(func) | ExprKind::Lambda(func) => reached.contains(&Origin::Result(*func)),
        ExprKind::Field { name, .. } => reached.contains(&Origin::Member(*name)),
        _ => false,
    };
    let mut found = own;
    // The blocks of match arms give no values.
    for_each_part(expr, &mut |part| match part {
        Part::Expr(part) => found = found || mentions(part, reached),
        Part::Block(_) => {}
    });
    found
}

struct Spread<'a> {
    program: &'a Program,
    func: FnId,
    reached: &'a mut HashSet<Origin>,
}

impl Spread<'_> {
    fn stmts(&mut self, stmts: &[Stmt]) {
        for stmt in stmts {
            self.stmt(stmt);
        }
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Let { local, value: Some(value) } => self.flow(value, Origin::Local(*local)),
            StmtKind::Assign { target, value } => match target {
                Place::Local(local) => self.flow(value, Origin::Local(*local)),
                Place::Index { object, .. } => {
                    if let Some(root) = super::origin(self.program, object) {
                        self.flow(value, root);
                    }
                }
                Place::Field { name, .. } => self.flow(value, Origin::Member(*name)),
            },
            StmtKind::Return(Some(value)) => self.flow(value, Origin::Result(self.func)),
            StmtKind::If { branches, otherwise } => {
                branches.iter().for_each(|(_, body)| self.stmts(body));
                self.stmts(otherwise);
            }
            StmtKind::ForRange { local, from, to, body } => {
                self.flow(from, Origin::Local(*local));
                self.flow(to, Origin::Local(*local));
                self.stmts(body);
            }
            StmtKind::ForEach { local, values, body, .. } => {
                self.flow(values, Origin::Local(*local));
                self.stmts(body);
            }
            StmtKind::While { body, .. } | StmtKind::Block(body) | StmtKind::Bench { body, .. } => self.stmts(body),
            StmtKind::Let { value: None, .. }
            | StmtKind::Return(None)
            | StmtKind::Expect { .. }
            | StmtKind::Expr(_)
            | StmtKind::Update { .. }
            | StmtKind::Emit { .. }
            | StmtKind::Fun(_)
            | StmtKind::Break
            | StmtKind::Continue
            | StmtKind::On { .. } => {}
        }
    }

    fn flow(&mut self, value: &Expr, to: Origin) {
        if mentions(value, self.reached) {
            self.reached.insert(to);
        }
    }

    /// Arguments reach parameters, sources of queries their variables, literals' fields every field of the name.
    fn arguments(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::CallFn { func, args } => {
                let params = &self.program.fns[func.index()].params;
                for (arg, param) in args.iter().zip(params) {
                    self.flow(arg, Origin::Local(*param));
                }
            }
            // Which function it is that is called is not looked for: any that is written as a value.
            ExprKind::Call { args, .. } if args.iter().any(|arg| mentions(arg, self.reached)) => {
                self.reached.insert(Origin::PassedFunction);
            }
            ExprKind::Lambda(func) if self.reached.contains(&Origin::PassedFunction) => {
                let params = &self.program.fns[func.index()].params;
                self.reached.extend(params.iter().map(|&param| Origin::Local(param)));
            }
            ExprKind::Query(query) => {
                for source in &query.sources {
                    self.flow(&source.values, Origin::Local(source.local));
                }
            }
            ExprKind::Record(fields) => fields.iter().for_each(|(name, value)| self.flow(value, Origin::Member(*name))),
            ExprKind::Struct { data, fields } => {
                if let crate::hir::tree::DataKind::Struct(declared) = &self.program.data[data.0 as usize].kind {
                    fields.iter().for_each(|(index, value)| self.flow(value, Origin::Member(declared[*index].name)));
                }
            }
            _ => {}
        }
    }
}
