//! Walking statements and expressions: the parts of each kind, in order of evaluation.

use super::tree::{ArmBody, Expr, ExprKind, Query, Stmt};

/// What stands directly inside an expression.
#[derive(Clone, Copy)]
pub enum Part<'a> {
    Expr(&'a Expr),
    /// The body of an arm of `match`.
    Block(&'a [Stmt]),
}

/// Calls `visit` for each direct part of an expression. Bodies of lambdas belong to their functions and are not visited.
pub fn for_each_part<'a>(expr: &'a Expr, visit: &mut dyn FnMut(Part<'a>)) {
    let mut on_expr = |part: &'a Expr| visit(Part::Expr(part));
    match &expr.kind {
        ExprKind::Lit(_) | ExprKind::Local(_) | ExprKind::Fn(_) | ExprKind::Lambda(_) | ExprKind::Logic { .. } | ExprKind::Error => {}
        ExprKind::List(items) => items.iter().for_each(on_expr),
        ExprKind::Record(fields) => fields.iter().for_each(|(_, value)| on_expr(value)),
        ExprKind::Map(entries) => entries.iter().for_each(|(key, value)| {
            on_expr(key);
            on_expr(value);
        }),
        ExprKind::Struct { fields, .. } | ExprKind::Variant { fields, .. } => fields.iter().for_each(|(_, value)| on_expr(value)),
        ExprKind::Call { callee: object, args } | ExprKind::CallMethod { object, args, .. } => {
            on_expr(object);
            args.iter().for_each(on_expr);
        }
        ExprKind::CallFn { args, .. } | ExprKind::CallBuiltin { args, .. } => args.iter().for_each(on_expr),
        ExprKind::Field { object: part, .. } | ExprKind::Cast { value: part, .. } | ExprKind::Unary { operand: part, .. } => on_expr(part),
        ExprKind::Index { object, index, .. } => {
            on_expr(object);
            on_expr(index);
        }
        ExprKind::Slice { object, from, to } => {
            on_expr(object);
            from.iter().chain(to).for_each(|part| on_expr(part));
        }
        ExprKind::Binary { left, right, .. } => {
            on_expr(left);
            on_expr(right);
        }
        ExprKind::If { branches, otherwise } => {
            for (cond, value) in branches {
                on_expr(cond);
                on_expr(value);
            }
            otherwise.iter().for_each(|part| on_expr(part));
        }
        ExprKind::Match { subject, arms } => {
            on_expr(subject);
            for arm in arms {
                visit(match &arm.body {
                    ArmBody::Expr(value) => Part::Expr(value),
                    ArmBody::Block(block) => Part::Block(block),
                });
            }
        }
        ExprKind::Query(query) => for_each_query_part(query, &mut on_expr),
        ExprKind::Load(load) => load.options.iter().for_each(on_expr),
        ExprKind::Save(save) => {
            on_expr(&save.value);
            save.options.iter().for_each(on_expr);
        }
        ExprKind::Fetch { url, options } => {
            on_expr(url);
            options.iter().for_each(|part| on_expr(part));
        }
    }
}

fn for_each_query_part<'a>(query: &'a Query, on_expr: &mut dyn FnMut(&'a Expr)) {
    for source in &query.sources {
        on_expr(&source.values);
        source.join.iter().for_each(|(_, cond)| on_expr(cond));
    }
    query.filter.iter().for_each(&mut *on_expr);
    if let Some(group) = &query.group {
        group.keys.iter().for_each(|(_, key)| on_expr(key));
        group.having.iter().for_each(&mut *on_expr);
    }
    query.sort.iter().chain(&query.skip).chain(&query.take).for_each(&mut *on_expr);
    on_expr(&query.select);
}

/// Calls `f` for each expression that a statement has directly; those of nested statements are not visited.
pub fn for_each_expr_of<'a>(stmt: &'a Stmt, f: &mut dyn FnMut(&'a Expr)) {
    use super::tree::{Place, StmtKind};
    match &stmt.kind {
        StmtKind::Let { value, .. } | StmtKind::Return(value) => value.iter().for_each(f),
        StmtKind::Assign { target, value } => {
            match target {
                Place::Local(_) => {}
                Place::Index { object, index, .. } => {
                    f(object);
                    f(index);
                }
                Place::Field { object, .. } => f(object),
            }
            f(value);
        }
        StmtKind::If { branches, .. } => branches.iter().for_each(|(cond, _)| f(cond)),
        StmtKind::While { cond, .. } => f(cond),
        StmtKind::Expect { cond, .. } => f(cond),
        StmtKind::ForRange { from, to, .. } => {
            f(from);
            f(to);
        }
        StmtKind::ForEach { values, .. } => f(values),
        StmtKind::Expr(expr) => f(expr),
        StmtKind::Update { target, row } => {
            f(target);
            row.columns.iter().filter_map(|column| column.outer.as_ref()).for_each(&mut *f);
            row.cond.iter().for_each(&mut *f);
            row.set.iter().for_each(|(_, value)| f(value));
        }
        StmtKind::Emit { fields, .. } => fields.iter().for_each(|(_, value)| f(value)),
        StmtKind::Fun(_) | StmtKind::Break | StmtKind::Continue | StmtKind::Block(_) | StmtKind::On { .. } | StmtKind::Bench { .. } => {}
    }
}

/// Calls `f` for every expression of the statements, those inside others included, and says whether a loop or a query
/// repeats it. Bodies of functions inside are not visited.
pub fn for_each_expr<'a>(stmts: &'a [Stmt], repeated: bool, f: &mut dyn FnMut(&'a Expr, bool)) {
    use super::tree::StmtKind;
    for stmt in stmts {
        let again = repeated || matches!(stmt.kind, StmtKind::While { .. });
        for_each_expr_of(stmt, &mut |expr| for_each_expr_in(expr, again, f));
        match &stmt.kind {
            StmtKind::If { branches, otherwise } => {
                branches.iter().for_each(|(_, body)| for_each_expr(body, repeated, f));
                for_each_expr(otherwise, repeated, f);
            }
            StmtKind::While { body, .. } | StmtKind::ForRange { body, .. } | StmtKind::ForEach { body, .. } => for_each_expr(body, true, f),
            StmtKind::Block(body) | StmtKind::Bench { body, .. } => for_each_expr(body, repeated, f),
            StmtKind::Let { .. }
            | StmtKind::Assign { .. }
            | StmtKind::Return(_)
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
}

fn for_each_expr_in<'a>(expr: &'a Expr, repeated: bool, f: &mut dyn FnMut(&'a Expr, bool)) {
    f(expr, repeated);
    let again = repeated || matches!(expr.kind, ExprKind::Query(_));
    for_each_part(expr, &mut |part| match part {
        Part::Expr(part) => for_each_expr_in(part, again, f),
        Part::Block(block) => for_each_expr(block, repeated, f),
    });
}
