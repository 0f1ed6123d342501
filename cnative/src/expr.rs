//! Values and ops as C expressions.
//!
//! Where a C operator means exactly what the op means, the operator is written; everything else is a call of the op's
//! inline function in rt/. Each expression knows how tightly it binds, so that brackets stand where C or its readers
//! need them and nowhere else.

use crate::func::FuncEmitter;
use crate::shape::Def;
use compiler::ir::build::result_type;
use compiler::ir::{HostType, Id, Imm, Inst, InstKind, Op, Type, TypeId, Value};

/// How tightly an expression binds, tightest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Binds {
    /// A name, a constant, a call, an access.
    Primary,
    /// A prefix operator or a cast.
    Unary,
    Product,
    Sum,
    /// A comparison.
    Relation,
    /// `& | ^`: compilers warn without brackets on either side.
    Bits,
    And,
    Or,
    Choice,
}

#[derive(Clone, Debug)]
pub struct Expr {
    pub text: String,
    pub binds: Binds,
}

impl Expr {
    pub fn primary(text: impl Into<String>) -> Expr {
        Expr { text: text.into(), binds: Binds::Primary }
    }
    /// The text for a place that wants something that binds at least so tightly.
    pub fn within(self, binds: Binds) -> String {
        if self.binds <= binds { self.text } else { format!("({})", self.text) }
    }
}

fn binary(left: Expr, operator: &str, right: Expr, binds: Binds) -> Expr {
    let (left_room, right_room) = match binds {
        // Left-associative.
        Binds::Product => (Binds::Product, Binds::Unary),
        Binds::Sum => (Binds::Sum, Binds::Product),
        Binds::Relation => (Binds::Sum, Binds::Sum),
        Binds::And => (Binds::And, Binds::Relation),
        Binds::Or => (Binds::Relation, Binds::Relation),
        _ => (Binds::Unary, Binds::Unary),
    };
    Expr { text: format!("{} {operator} {}", left.within(left_room), right.within(right_room)), binds }
}

fn call(function: &str, args: &[String]) -> Expr {
    Expr::primary(format!("{function}({})", args.join(", ")))
}

/// The inline function of an op.
fn function_of(op: Op) -> String {
    format!("mochi_{}", op.mnemonic().replace('.', "_"))
}

/// The C operator that means the same as an op of two operands.
fn operator(op: Op) -> Option<(&'static str, Binds)> {
    Some(match op {
        Op::I32Eq | Op::I64Eq | Op::F64Eq | Op::BoolEq => ("==", Binds::Relation),
        Op::I64Ne => ("!=", Binds::Relation),
        Op::I32LtS | Op::I64LtS | Op::F64Lt => ("<", Binds::Relation),
        Op::I64LeS | Op::F64Le => ("<=", Binds::Relation),
        Op::F64Add => ("+", Binds::Sum),
        Op::F64Sub => ("-", Binds::Sum),
        Op::F64Mul => ("*", Binds::Product),
        Op::F64Div => ("/", Binds::Product),
        Op::BoolAnd => ("&&", Binds::And),
        Op::BoolOr => ("||", Binds::Or),
        Op::I32And | Op::I64And => ("&", Binds::Bits),
        Op::I32Or | Op::I64Or => ("|", Binds::Bits),
        Op::I32Xor | Op::I64Xor => ("^", Binds::Bits),
        _ => return None,
    })
}

/// The operator of the negated comparison; none for `<` of doubles, where NaN makes both false.
fn negated(op: Op) -> Option<&'static str> {
    match op {
        Op::I32Eq | Op::I64Eq | Op::BoolEq | Op::F64Eq => Some("!="),
        Op::I64Ne => Some("=="),
        Op::I32LtS | Op::I64LtS => Some(">="),
        Op::I64LeS => Some(">"),
        _ => None,
    }
}

impl FuncEmitter<'_> {
    /// A value where it is used: its variable's name, or its expression.
    pub fn value(&self, value: Value) -> Expr {
        if !self.plan.is_inline(value) {
            return Expr::primary(self.vars.name(value));
        }
        match self.shape.def[value.index()] {
            Def::Result(inst) => self.expression(inst),
            _ => unreachable!("only results are inline"),
        }
    }
    pub fn text(&self, value: Value) -> String {
        self.value(value).text
    }
    /// A value as one of another type that accepts it.
    pub fn value_as(&self, value: Value, wanted: Type) -> Expr {
        match (self.c_type_of(value), wanted) {
            (Type::Ref { to: from, .. }, Type::Ref { to, .. }) if !self.names.same_c_type(from, to) => self.cast(value, to),
            _ => self.value(value),
        }
    }
    /// The type that a value's text has: that of its variable, or of the expression in its place.
    fn c_type_of(&self, value: Value) -> Type {
        match self.shape.def[value.index()] {
            Def::Result(inst) if self.plan.is_inline(value) => self.natural_type(inst),
            _ => self.func.ty(value),
        }
    }
    /// The type of an instruction's expression, of which its result's may be a wider one.
    pub fn natural_type(&self, inst: Inst) -> Type {
        let data = &self.func.insts[inst];
        let result = || self.func.ty(data.results[0]);
        match &data.kind {
            InstKind::Op { op: Op::RefNonNull, args, .. } => self.c_type_of(args[0]),
            InstKind::Op { op: Op::Select, .. } => result(),
            InstKind::Op { op, imm, args } => {
                let operands: Vec<Type> = args.iter().map(|&v| self.func.ty(v)).collect();
                result_type(self.module, *op, *imm, &operands).unwrap_or(Type::Bool)
            }
            InstKind::Call { func, .. } => self.module.funcs[*func].result.unwrap_or(Type::Bool),
            InstKind::CallIndirect { sig, .. } => self.module.types.signature(*sig).result.unwrap_or(Type::Bool),
            _ => result(),
        }
    }
    fn cast(&self, value: Value, to: TypeId) -> Expr {
        let text = format!("({} *){}", self.names.types[to.index()], self.value(value).within(Binds::Unary));
        Expr { text, binds: Binds::Unary }
    }
    /// An object behind a reference, ready for `->`.
    pub fn object(&self, value: Value, ty: TypeId) -> String {
        // A null that was found to be one: code that is never reached, but has to be C.
        if self.text(value) == "NULL" {
            return format!("mochi_deref({})", self.cast(value, ty).text);
        }
        format!("mochi_deref({})", self.value_as(value, Type::Ref { to: ty, nullable: false }).text)
    }
    pub fn element(&self, array: Value, ty: TypeId, index: Value) -> String {
        format!("{}->items[{}]", self.object(array, ty), self.text(index))
    }
    pub fn field(&self, object: Value, ty: TypeId, field: u32) -> String {
        format!("{}->{}", self.object(object, ty), self.names.field_path(ty, field))
    }

    /// The expression of an instruction that yields a value or is called for its effect.
    pub fn expression(&self, inst: Inst) -> Expr {
        match &self.func.insts[inst].kind {
            InstKind::Op { op, imm, args } => self.op(inst, *op, *imm, args),
            InstKind::Call { func, args } => {
                let params = self.module.funcs[*func].param_types();
                call(&self.names.funcs[func.index()], &self.args(args, &params))
            }
            InstKind::CallIndirect { sig, callee, args } => {
                let params = &self.module.types.signature(*sig).params;
                call(&self.value(*callee).within(Binds::Primary), &self.args(args, params))
            }
            InstKind::CallHost { host, args } => {
                let texts = args.iter().zip(host.params()).map(|(&value, param)| match param {
                    HostType::Value(ty) => self.value_as(value, *ty).text,
                    HostType::Bytes => self.text(value),
                });
                call(&format!("mochi_host_{}", host.name()), &texts.collect::<Vec<_>>())
            }
            other => unreachable!("{other:?} is no expression"),
        }
    }
    fn args(&self, args: &[Value], params: &[Type]) -> Vec<String> {
        args.iter().zip(params).map(|(&value, &ty)| self.value_as(value, ty).text).collect()
    }
    fn op(&self, inst: Inst, op: Op, imm: Imm, args: &[Value]) -> Expr {
        if let Some((operator, binds)) = operator(op) {
            let (left, right) = (self.value(args[0]), self.value(args[1]));
            // Compilers warn of `x == x`, though for a NaN it is a question.
            if binds == Binds::Relation && left.text == right.text {
                return call(&function_of(op), &[left.text, right.text]);
            }
            // tcc computes with constants in more digits and rounds twice.
            if matches!(op, Op::F64Add | Op::F64Sub | Op::F64Mul | Op::F64Div)
                && self.is_float_constant(args[0])
                && self.is_float_constant(args[1])
            {
                return call(&function_of(op), &[left.text, right.text]);
            }
            return binary(left, operator, right, binds);
        }
        match (op, imm) {
            (Op::BoolNot, _) => self.not(args[0]),
            (Op::I64DivS, _) if self.is_safe_divisor(args[1]) => binary(self.value(args[0]), "/", self.value(args[1]), Binds::Product),
            (Op::I64RemS, _) if self.is_safe_divisor(args[1]) => binary(self.value(args[0]), "%", self.value(args[1]), Binds::Product),
            (Op::F64Neg, _) => Expr { text: format!("-{}", self.value(args[0]).within(Binds::Primary)), binds: Binds::Unary },
            (Op::I32ExtendS, _) => self.prefixed("(int64_t)", args[0]),
            (Op::I64Wrap, _) => self.prefixed("(int32_t)", args[0]),
            (Op::I64ToF64, _) => self.prefixed("(double)", args[0]),
            (Op::F64ToI64, _) => self.prefixed("(int64_t)", args[0]),
            (Op::BoolToI32, _) => self.prefixed("(int32_t)", args[0]),
            (Op::Select, _) => self.choice(inst, args),
            _ => self.constant(op, imm).unwrap_or_else(|| self.memory_op(inst, op, imm, args)),
        }
    }
    fn prefixed(&self, prefix: &str, value: Value) -> Expr {
        Expr { text: format!("{prefix}{}", self.value(value).within(Binds::Unary)), binds: Binds::Unary }
    }
    /// A negated condition, as the opposite comparison where there is one.
    pub fn not(&self, value: Value) -> Expr {
        if self.plan.is_inline(value)
            && let Def::Result(inst) = self.shape.def[value.index()]
            && let InstKind::Op { op, args, .. } = &self.func.insts[inst].kind
        {
            if *op == Op::BoolNot {
                return self.value(args[0]);
            }
            if let Some(operator) = negated(*op)
                && self.text(args[0]) != self.text(args[1])
            {
                return binary(self.value(args[0]), operator, self.value(args[1]), Binds::Relation);
            }
        }
        self.prefixed("!", value)
    }
    /// A constant that is neither 0 nor -1: C's `/` and `%` are defined, and no division.
    fn is_safe_divisor(&self, value: Value) -> bool {
        let Def::Result(inst) = self.shape.def[value.index()] else { return false };
        matches!(self.func.insts[inst].kind, InstKind::Op { op: Op::I64Const, imm: Imm::I64(n), .. } if n != 0 && n != -1)
    }
    fn choice(&self, inst: Inst, args: &[Value]) -> Expr {
        let wanted = self.func.ty(self.func.result_of(inst));
        let [condition, yes, no] = [self.value(args[0]), self.value_as(args[1], wanted), self.value_as(args[2], wanted)];
        let text = format!("{} ? {} : {}", condition.within(Binds::Or), yes.within(Binds::Or), no.within(Binds::Or));
        Expr { text, binds: Binds::Choice }
    }
    /// A constant of the text that is written, not a variable that has one.
    fn is_float_constant(&self, value: Value) -> bool {
        let Def::Result(inst) = self.shape.def[value.index()] else { return false };
        let InstKind::Op { op, args, .. } = &self.func.insts[inst].kind else { return false };
        match op {
            Op::F64Const | Op::I64Const => true,
            Op::F64Neg | Op::I64ToF64 => self.is_float_constant(args[0]),
            _ => false,
        }
    }
    fn constant(&self, op: Op, imm: Imm) -> Option<Expr> {
        Some(match (op, imm) {
            (Op::BoolConst, Imm::Bool(b)) => Expr::primary(if b { "true" } else { "false" }),
            (Op::I32Const, Imm::I32(n)) => signed(i64::from(n), "INT32_MIN", i64::from(i32::MIN)),
            (Op::I64Const, Imm::I64(n)) => signed(n, "INT64_MIN", i64::MIN),
            (Op::F64Const, Imm::F64(bits)) => double(bits),
            (Op::ArrayConst, Imm::Data(ty, data)) => Expr::primary(self.names.data(ty, data)),
            (Op::RefNull, _) => Expr::primary("NULL"),
            (Op::AnyNone, _) => Expr::primary("mochi_any_none()"),
            (Op::FuncAddr, Imm::Func(func)) => Expr::primary(&*self.names.funcs[func.index()]),
            (Op::GlobalGet, Imm::Global(global)) => Expr::primary(&*self.names.globals[global.index()]),
            _ => return None,
        })
    }
    fn memory_op(&self, inst: Inst, op: Op, imm: Imm, args: &[Value]) -> Expr {
        match (op, imm) {
            (Op::StructNew, Imm::Type(ty)) => {
                let fields = &self.module.types.structure(ty).fields;
                let types: Vec<Type> = fields.iter().map(|f| f.storage.value_type()).collect();
                call(&self.names.constructors[ty.index()], &self.args(args, &types))
            }
            (Op::StructGet, Imm::Field(ty, field)) => Expr::primary(self.field(args[0], ty, field)),
            (Op::ArrayNew, Imm::Type(ty)) => {
                let name = &self.names.types[ty.index()];
                let texts = [name.clone(), self.names.type_id(ty), self.text(args[0])];
                call("mochi_array_new", &texts)
            }
            (Op::ArrayLen, Imm::Type(ty)) => Expr::primary(format!("{}->array.len", self.object(args[0], ty))),
            (Op::ArrayGet, Imm::Type(ty)) => Expr::primary(self.element(args[0], ty, args[1])),
            (Op::RefIsNull, _) if self.text(args[0]) == "NULL" => Expr::primary("true"),
            (Op::RefIsNull, _) => binary(self.value(args[0]), "==", Expr::primary("NULL"), Binds::Relation),
            (Op::RefEq, _) => self.ref_eq(args),
            (Op::RefNonNull, _) => self.value(args[0]),
            (Op::RefCast, Imm::Type(ty)) => self.cast(args[0], ty),
            (Op::AnyIs, Imm::Type(ty)) => {
                let id = self.names.type_id(ty);
                let last = self.names.last_type_id(ty);
                call("mochi_any_is", &[self.text(args[0]), id, last])
            }
            (Op::AnyToRef, Imm::Type(ty)) => {
                let text = format!("({} *)mochi_any_to_ref({})", self.names.types[ty.index()], self.text(args[0]));
                Expr { text, binds: Binds::Unary }
            }
            (_, imm) => {
                let mut texts: Vec<String> = args.iter().map(|&v| self.text(v)).collect();
                if let Imm::Site(site) = imm {
                    texts.push(self.failure(inst, site));
                }
                call(&function_of(op), &texts)
            }
        }
    }
    fn ref_eq(&self, args: &[Value]) -> Expr {
        let to = |value: Value| match self.c_type_of(value) {
            Type::Ref { to, .. } => to,
            other => unreachable!("{other:?} is no reference"),
        };
        if self.names.same_c_type(to(args[0]), to(args[1])) {
            let (left, right) = (self.value(args[0]), self.value(args[1]));
            return if left.text == right.text { Expr::primary("true") } else { binary(left, "==", right, Binds::Relation) };
        }
        let texts = [self.text(args[0]), self.text(args[1])];
        call("mochi_ref_eq", &texts)
    }
}

/// An integer constant. C has no negative literals, so the least number has a name.
fn signed(n: i64, least_name: &str, least: i64) -> Expr {
    if n == least {
        return Expr::primary(least_name);
    }
    let text = if i32::try_from(n).is_ok() { n.to_string() } else { format!("INT64_C({n})") };
    let binds = if text.starts_with('-') { Binds::Unary } else { Binds::Primary };
    Expr { text, binds }
}

/// The shortest text that reads back as the same double; the bits where there is none.
fn double(bits: u64) -> Expr {
    let value = f64::from_bits(bits);
    if !value.is_finite() {
        return Expr::primary(format!("mochi_f64_from_bits(INT64_C({}))", bits as i64));
    }
    let text = format!("{value:?}");
    let binds = if text.starts_with('-') { Binds::Unary } else { Binds::Primary };
    Expr { text, binds }
}
