//! The children of a node, in the order of the text.
//!
//! One place that knows where expressions and blocks are nested, for walks that care about a few kinds of node
//! and want to pass through all others.

use super::ast::*;

/// A child of a statement or an expression.
#[derive(Clone, Copy, Debug)]
pub enum Node<'a> {
    Expr(&'a Expr),
    Block(&'a Block),
}

type Visit<'v, 'a> = &'v mut dyn FnMut(Node<'a>);

/// Calls `visit` for each expression and block directly inside the statement.
pub fn stmt_children<'a>(stmt: &'a Stmt, visit: Visit<'_, 'a>) {
    match &stmt.kind {
        StmtKind::Test(named) | StmtKind::Bench(named) => visit(Node::Block(&named.body)),
        StmtKind::Expect(expect) => visit(Node::Expr(&expect.cond)),
        StmtKind::Agent(agent) => agent.members.iter().for_each(|member| agent_member(member, visit)),
        StmtKind::Model(model) => field_inits(&model.fields, visit),
        StmtKind::Type(decl) => match &decl.kind {
            TypeDeclKind::Struct(members) => {
                for member in members {
                    match member {
                        Member::Method(method) => visit(Node::Block(&method.body)),
                        Member::Field(_) => {}
                    }
                }
            }
            TypeDeclKind::Union(_) | TypeDeclKind::Alias(_) => {}
        },
        StmtKind::On(on) => visit(Node::Block(&on.body)),
        StmtKind::Emit(emit) => field_inits(&emit.fields, visit),
        StmtKind::Let(binding) | StmtKind::Var(binding) => optional(&binding.value, visit),
        StmtKind::Assign(assign) => assignment(assign, visit),
        StmtKind::Fun(decl) => visit(Node::Block(&decl.body)),
        StmtKind::Return(value) => optional(value, visit),
        StmtKind::If(stmt) => {
            for branch in &stmt.branches {
                visit(Node::Expr(&branch.cond));
                visit(Node::Block(&branch.body));
            }
            if let Some(block) = &stmt.otherwise {
                visit(Node::Block(block));
            }
        }
        StmtKind::While(stmt) => {
            visit(Node::Expr(&stmt.cond));
            visit(Node::Block(&stmt.body));
        }
        StmtKind::For(stmt) => {
            match &stmt.iter {
                Iterable::Values(values) => visit(Node::Expr(values)),
                Iterable::Range { from, dots: _, to } => {
                    visit(Node::Expr(from));
                    visit(Node::Expr(to));
                }
            }
            visit(Node::Block(&stmt.body));
        }
        StmtKind::FetchInto(fetch) => {
            visit(Node::Expr(&fetch.url));
            optional(&fetch.options, visit);
        }
        StmtKind::Update(update) => {
            entries(&update.set, visit);
            optional(&update.cond, visit);
        }
        StmtKind::Expr(expr) => visit(Node::Expr(expr)),
        StmtKind::Stream(_)
        | StmtKind::Import(_)
        | StmtKind::Extern(_)
        | StmtKind::Fact(_)
        | StmtKind::Rule(_)
        | StmtKind::Break
        | StmtKind::Continue
        | StmtKind::Error => {}
    }
}

fn agent_member<'a>(member: &'a AgentMember, visit: Visit<'_, 'a>) {
    match member {
        AgentMember::Let(binding) | AgentMember::Var(binding) => optional(&binding.value, visit),
        AgentMember::Assign(assign) => assignment(assign, visit),
        AgentMember::On(on) => visit(Node::Block(&on.body)),
        AgentMember::Intent(intent) => visit(Node::Block(&intent.body)),
    }
}

fn assignment<'a>(assign: &'a Assign, visit: Visit<'_, 'a>) {
    visit(Node::Expr(&assign.target));
    visit(Node::Expr(&assign.value));
}

fn optional<'a>(expr: &'a Option<Expr>, visit: Visit<'_, 'a>) {
    if let Some(expr) = expr {
        visit(Node::Expr(expr));
    }
}

fn field_inits<'a>(fields: &'a [FieldInit], visit: Visit<'_, 'a>) {
    fields.iter().for_each(|field| visit(Node::Expr(&field.value)));
}

fn entries<'a>(entries: &'a [MapEntry], visit: Visit<'_, 'a>) {
    for entry in entries {
        match &entry.key {
            MapKey::Expr(key) => visit(Node::Expr(key)),
            MapKey::Name(_) => {}
        }
        visit(Node::Expr(&entry.value));
    }
}

fn body<'a>(body: &'a Body, visit: Visit<'_, 'a>) {
    match body {
        Body::Expr(expr) => visit(Node::Expr(expr)),
        Body::Block(block) => visit(Node::Block(block)),
    }
}

/// Calls `visit` for each expression and block directly inside the expression.
pub fn expr_children<'a>(expr: &'a Expr, visit: Visit<'_, 'a>) {
    match &expr.kind {
        ExprKind::Lit(_) | ExprKind::Name(_) | ExprKind::Logic(_) | ExprKind::Error => {}
        ExprKind::List(items) => items.iter().for_each(|item| visit(Node::Expr(item))),
        ExprKind::Map(map) => entries(map, visit),
        ExprKind::Struct(literal) => field_inits(&literal.fields, visit),
        ExprKind::Call(call) => {
            visit(Node::Expr(&call.callee));
            call.args.iter().for_each(|arg| visit(Node::Expr(arg)));
        }
        ExprKind::Index(index) => {
            visit(Node::Expr(&index.object));
            visit(Node::Expr(&index.index));
        }
        ExprKind::Slice(slice) => {
            visit(Node::Expr(&slice.object));
            optional(&slice.from, visit);
            optional(&slice.to, visit);
            optional(&slice.step, visit);
        }
        ExprKind::Field(field) => visit(Node::Expr(&field.object)),
        ExprKind::Cast(cast) => visit(Node::Expr(&cast.value)),
        ExprKind::Unary(unary) => visit(Node::Expr(&unary.operand)),
        ExprKind::Binary(binary) => {
            visit(Node::Expr(&binary.left));
            visit(Node::Expr(&binary.right));
        }
        ExprKind::If(expr) => {
            for branch in &expr.branches {
                visit(Node::Expr(&branch.cond));
                visit(Node::Expr(&branch.value));
            }
            optional(&expr.otherwise, visit);
        }
        ExprKind::Match(expr) => {
            visit(Node::Expr(&expr.subject));
            expr.arms.iter().for_each(|arm| body(&arm.body, visit));
        }
        ExprKind::Fun(lambda) => body(&lambda.body, visit),
        ExprKind::Query(query) => query_children(query, visit),
        ExprKind::Generate(generate) => field_inits(&generate.fields, visit),
        ExprKind::Fetch(fetch) => {
            visit(Node::Expr(&fetch.url));
            optional(&fetch.options, visit);
        }
        ExprKind::Load(load) => optional(&load.options, visit),
        ExprKind::Save(save) => {
            visit(Node::Expr(&save.value));
            optional(&save.options, visit);
        }
        ExprKind::Paren(inner) => visit(Node::Expr(inner)),
    }
}

fn query_children<'a>(query: &'a Query, visit: Visit<'_, 'a>) {
    query.sources.iter().for_each(|source| visit(Node::Expr(&source.values)));
    for join in &query.joins {
        visit(Node::Expr(&join.source.values));
        visit(Node::Expr(&join.cond));
    }
    optional(&query.filter, visit);
    if let Some(group) = &query.group {
        group.keys.iter().for_each(|key| visit(Node::Expr(key)));
        optional(&group.having, visit);
    }
    optional(&query.sort, visit);
    optional(&query.skip, visit);
    optional(&query.take, visit);
    visit(Node::Expr(&query.select));
}
