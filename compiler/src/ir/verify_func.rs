//! The verifier's checks of one function; the rules stand in the header of `verify`.

use super::build::element_type;
use super::entity::Id;
use super::func::{Func, Imm, Inst, InstKind, Region, Value};
use super::host::HostType;
use super::module::Module;
use super::ops::{ImmKind, Op, Shape};
use super::print::type_text;
use super::types::{Storage, Type, TypeId, TypeKind};
use super::verify::{VerifyError, has_default};

pub(super) struct FuncVerifier<'a> {
    module: &'a Module,
    func: &'a Func,
    errors: &'a mut Vec<VerifyError>,
    /// Values in scope where the walk is.
    in_scope: Vec<bool>,
    /// Values that had a definition anywhere.
    defined: Vec<bool>,
    seen_inst: Vec<bool>,
    seen_region: Vec<bool>,
    /// The constructs around the place of the walk, outermost first.
    around: Vec<Inst>,
    at: Option<Inst>,
}

impl<'a> FuncVerifier<'a> {
    pub fn new(module: &'a Module, func: &'a Func, errors: &'a mut Vec<VerifyError>) -> Self {
        FuncVerifier {
            module,
            func,
            errors,
            in_scope: vec![false; func.values.len()],
            defined: vec![false; func.values.len()],
            seen_inst: vec![false; func.insts.len()],
            seen_region: vec![false; func.regions.len()],
            around: Vec::new(),
            at: None,
        }
    }

    pub fn run(&mut self) {
        self.region(self.func.body);
    }

    fn fault(&mut self, message: impl Into<String>) {
        let place = match self.at {
            Some(inst) => place_text(self.func, inst),
            None => "the body".to_string(),
        };
        let span = Some(self.at.map_or(self.func.span, |inst| self.func.insts[inst].at.span));
        self.errors.push(VerifyError { func: Some(self.func.name.clone()), place, message: message.into(), span });
    }

    fn region(&mut self, region: Region) {
        match self.seen_region.get_mut(region.index()) {
            None => return self.fault("a region that does not exist"),
            Some(seen) if *seen => return self.fault("a region that has another owner"),
            Some(seen) => *seen = true,
        }
        let func = self.func;
        let data = &func.regions[region];
        let owner = self.at;
        let mut scope = Vec::new();
        for &param in &data.params {
            self.define(param, &mut scope);
        }
        for (i, &inst) in data.insts.iter().enumerate() {
            if func.insts.get(inst).is_none() {
                self.fault(format!("{inst} does not exist"));
                continue;
            }
            self.at = Some(inst);
            if std::mem::replace(&mut self.seen_inst[inst.index()], true) {
                self.fault("the instruction stands in two places");
                continue;
            }
            let is_last = i + 1 == data.insts.len();
            if func.insts[inst].kind.is_terminator() != is_last {
                self.fault(if is_last { "the region ends without a terminator" } else { "instructions after a terminator" });
            }
            self.inst(inst);
            for &result in &func.insts[inst].results {
                self.define(result, &mut scope);
            }
        }
        self.at = owner;
        if data.insts.is_empty() {
            self.fault("an empty region: it needs a terminator");
        }
        for value in scope {
            self.in_scope[value.index()] = false;
        }
    }

    fn define(&mut self, value: Value, scope: &mut Vec<Value>) {
        if self.func.values.get(value).is_none() {
            return self.fault(format!("{value} does not exist"));
        }
        if std::mem::replace(&mut self.defined[value.index()], true) {
            return self.fault(format!("{value} is defined twice"));
        }
        self.in_scope[value.index()] = true;
        scope.push(value);
    }

    fn inst(&mut self, inst: Inst) {
        let func = self.func;
        let data = &func.insts[inst];
        let mut out_of_scope = None;
        data.kind.for_each_operand(|v| {
            if !self.in_scope.get(v.index()).copied().unwrap_or(false) {
                out_of_scope = Some(v);
            }
        });
        if let Some(value) = out_of_scope {
            return self.fault(format!("{value} is used where it is not in scope"));
        }
        let no_params = |region: Region| func.regions.get(region).is_none_or(|data| data.params.is_empty());
        if !matches!(data.kind, InstKind::Loop { .. }) && !data.kind.regions().iter().all(|&r| no_params(r)) {
            self.fault("only the region of a loop has parameters");
        }
        match &data.kind {
            InstKind::Op { op, imm, args } => self.op(inst, *op, *imm, args),
            InstKind::Call { func: callee, args } => match self.module.funcs.get(*callee) {
                None => self.fault(format!("{callee} does not exist")),
                Some(callee) => {
                    self.operands(args, &callee.param_types());
                    self.result(inst, callee.result);
                }
            },
            InstKind::CallIndirect { sig, callee, args } => {
                if self.func.ty(*callee) != Type::Func(*sig) {
                    return self.fault("the callee's address is of another signature");
                }
                let signature = self.module.types.signature(*sig);
                self.operands(args, &signature.params);
                self.result(inst, signature.result);
            }
            InstKind::CallHost { host, args } => {
                self.host_operands(host.params(), args);
                self.result(inst, host.result());
            }
            InstKind::Block { .. } => self.regions(inst),
            InstKind::Loop { init, body } => {
                if !data.results.is_empty() {
                    self.fault("a loop has no results");
                }
                if let Some(body) = func.regions.get(*body)
                    && body.params.iter().all(|&p| func.values.get(p).is_some())
                {
                    let params: Vec<Type> = body.params.iter().map(|&p| func.ty(p)).collect();
                    self.operands(init, &params);
                }
                self.regions(inst);
            }
            InstKind::If { cond, .. } => {
                self.operands(&[*cond], &[Type::Bool]);
                self.regions(inst);
            }
            InstKind::Switch { index, .. } => {
                self.operands(&[*index], &[Type::I32]);
                self.regions(inst);
            }
            InstKind::Br { target, args } => self.br(inst, *target, args),
            InstKind::Return { args } => {
                let wanted: Vec<Type> = func.result.into_iter().collect();
                self.operands(args, &wanted);
                self.result(inst, None);
            }
            InstKind::Unreachable => self.result(inst, None),
        }
    }

    fn regions(&mut self, inst: Inst) {
        self.around.push(inst);
        for region in self.func.insts[inst].kind.regions() {
            self.region(region);
            self.at = Some(inst);
        }
        self.around.pop();
    }

    fn br(&mut self, inst: Inst, target: Inst, args: &[Value]) {
        if !self.around.contains(&target) {
            return self.fault("br to what is not a construct around it");
        }
        let func = self.func;
        let takes: &[Value] = match &func.insts[target].kind {
            InstKind::Loop { body, .. } => &func.regions[*body].params,
            _ => &func.insts[target].results,
        };
        if takes.iter().all(|&v| func.values.get(v).is_some()) {
            let wanted: Vec<Type> = takes.iter().map(|&v| func.ty(v)).collect();
            self.operands(args, &wanted);
        }
        self.result(inst, None);
    }

    fn operands(&mut self, args: &[Value], wanted: &[Type]) {
        if args.len() != wanted.len() {
            return self.fault(format!("{} operands instead of {}", args.len(), wanted.len()));
        }
        for (&arg, &wanted) in args.iter().zip(wanted) {
            self.accepts(wanted, arg);
        }
    }

    fn accepts(&mut self, wanted: Type, arg: Value) {
        let found = self.func.ty(arg);
        if !self.module.types.accepts(wanted, found) {
            let (wanted, found) = (type_text(self.module, wanted), type_text(self.module, found));
            self.fault(format!("{arg} is {found} instead of {wanted}"));
        }
    }

    fn host_operands(&mut self, params: &[HostType], args: &[Value]) {
        if args.len() != params.len() {
            return self.fault(format!("{} operands instead of {}", args.len(), params.len()));
        }
        for (&param, &arg) in params.iter().zip(args) {
            match (param, self.func.ty(arg)) {
                (HostType::Value(wanted), _) => self.accepts(wanted, arg),
                (HostType::Bytes, Type::Ref { to, nullable: false }) if self.is_byte_array(to) => {}
                (HostType::Bytes, _) => self.fault(format!("{arg} is no array of i8")),
            }
        }
    }

    fn is_byte_array(&self, ty: TypeId) -> bool {
        matches!(&self.module.types[ty].kind, TypeKind::Array(a) if a.element == Storage::I8)
    }

    /// The instruction yields `wanted`, or a type that accepts it, or nothing.
    fn result(&mut self, inst: Inst, wanted: Option<Type>) {
        let results = &self.func.insts[inst].results;
        if results.len() != usize::from(wanted.is_some()) {
            return self.fault(format!("{} results instead of {}", results.len(), usize::from(wanted.is_some())));
        }
        if let (Some(wanted), Some(data)) = (wanted, results.first().and_then(|&v| self.func.values.get(v)))
            && !self.module.types.accepts(data.ty, wanted)
        {
            let (declared, wanted) = (type_text(self.module, data.ty), type_text(self.module, wanted));
            self.fault(format!("the result is declared {declared}, but is {wanted}"));
        }
    }

    fn op(&mut self, inst: Inst, op: Op, imm: Imm, args: &[Value]) {
        if let Err(message) = self.imm(op, imm) {
            return self.fault(message);
        }
        let es = op.operands().contains(&Shape::Es);
        if !es && args.len() != op.operands().len() {
            return self.fault(format!("{} operands instead of {}", args.len(), op.operands().len()));
        }
        let imm_type = match imm {
            Imm::Type(t) | Imm::Field(t, _) | Imm::Data(t, _) => Some(t),
            _ => None,
        };
        let to_imm = |nullable| imm_type.map(|to| Type::Ref { to, nullable });
        if es {
            self.elements(op, imm, args);
        } else {
            for (&shape, &arg) in op.operands().iter().zip(args) {
                match shape {
                    Shape::Is(t) => self.accepts(t, arg),
                    Shape::T => self.accepts(to_imm(false).expect("an immediate of the row's kind"), arg),
                    Shape::NullT => self.accepts(to_imm(true).expect("an immediate of the row's kind"), arg),
                    Shape::E => self.accepts(element_type(self.module, imm), arg),
                    Shape::G => match imm {
                        Imm::Global(g) => self.accepts(self.module.globals[g].ty, arg),
                        _ => self.fault("no global"),
                    },
                    Shape::R if !self.func.ty(arg).is_ref() => self.fault(format!("{arg} is no reference")),
                    Shape::R | Shape::V => {}
                    Shape::Es | Shape::NonNullR | Shape::F | Shape::Nothing => unreachable!("no operand column has {shape:?}"),
                }
            }
        }
        if let Err(message) = self.op_rules(op, imm, args) {
            return self.fault(message);
        }
        let wanted = match op.result() {
            Shape::Nothing => None,
            Shape::Is(t) => Some(t),
            Shape::T => to_imm(false),
            Shape::NullT => to_imm(true),
            Shape::E => Some(element_type(self.module, imm)),
            Shape::NonNullR => match self.func.ty(args[0]) {
                Type::Ref { to, .. } => Some(Type::Ref { to, nullable: false }),
                _ => return,
            },
            Shape::F => match imm {
                Imm::Func(f) => Some(Type::Func(self.module.signature_type(f))),
                _ => None,
            },
            Shape::G => match imm {
                Imm::Global(g) => Some(self.module.globals[g].ty),
                _ => None,
            },
            // `select`: the declared type must accept both choices.
            Shape::V => Some(self.func.ty(args[2])),
            Shape::Es | Shape::R => unreachable!("no result column has {:?}", op.result()),
        };
        self.result(inst, wanted);
        if op == Op::Select {
            self.result(inst, Some(self.func.ty(args[1])));
        }
    }

    /// The operands of `struct.new` and `array.fixed`.
    fn elements(&mut self, op: Op, imm: Imm, args: &[Value]) {
        let Imm::Type(t) = imm else { return };
        let wanted: Vec<Type> = match &self.module.types[t].kind {
            TypeKind::Struct(s) => s.fields.iter().map(|f| f.storage.value_type()).collect(),
            TypeKind::Array(a) => vec![a.element.value_type(); args.len()],
            TypeKind::Func(_) => return self.fault(format!("{} of a signature", op.mnemonic())),
        };
        self.operands(args, &wanted);
    }

    /// That the immediate is of the row's kind and names what exists and fits the op.
    fn imm(&self, op: Op, imm: Imm) -> Result<(), String> {
        let matches_kind = match (op.imm(), imm) {
            (ImmKind::None, Imm::None)
            | (ImmKind::Bool, Imm::Bool(_))
            | (ImmKind::I32, Imm::I32(_))
            | (ImmKind::I64, Imm::I64(_))
            | (ImmKind::F64, Imm::F64(_)) => true,
            (ImmKind::Type, Imm::Type(t)) => {
                let Some(def) = self.module.types.get(t) else { return Err(format!("{t} does not exist")) };
                let fits = match op {
                    Op::StructNew | Op::AnyIs | Op::AnyToRef | Op::RefCast => matches!(def.kind, TypeKind::Struct(_)),
                    Op::RefNull => !matches!(def.kind, TypeKind::Func(_)),
                    _ => matches!(def.kind, TypeKind::Array(_)),
                };
                return if fits { Ok(()) } else { Err(format!("${} does not fit {}", def.name, op.mnemonic())) };
            }
            (ImmKind::Field, Imm::Field(t, field)) => match self.module.types.get(t).map(|def| &def.kind) {
                Some(TypeKind::Struct(s)) => (field as usize) < s.fields.len(),
                _ => false,
            },
            (ImmKind::Data, Imm::Data(t, data)) => {
                self.module.types.get(t).is_some() && self.is_byte_array(t) && self.module.data.get(data).is_some()
            }
            (ImmKind::Global, Imm::Global(g)) => self.module.globals.get(g).is_some(),
            (ImmKind::Func, Imm::Func(f)) => self.module.funcs.get(f).is_some(),
            (ImmKind::Site, Imm::Site(s)) => self.module.sites.get(s).is_some(),
            _ => false,
        };
        if matches_kind { Ok(()) } else { Err(format!("{imm:?} does not fit {}", op.mnemonic())) }
    }

    /// The rules that the table does not show.
    fn op_rules(&self, op: Op, imm: Imm, args: &[Value]) -> Result<(), &'static str> {
        let types = &self.module.types;
        let (broken, message) = match (op, imm) {
            (Op::StructSet, Imm::Field(t, field)) => (!types.structure(t).fields[field as usize].mutable, "the field is immutable"),
            (Op::ArrayNew, Imm::Type(t)) => (!has_default(types.array(t).element.value_type()), "the element type has no default value"),
            (Op::RefCast, _) => match self.func.ty(args[0]) {
                Type::Ref { to, .. } => (!matches!(types[to].kind, TypeKind::Struct(_)), "a cast of a reference to an array"),
                _ => (true, "a cast of what is no reference"),
            },
            (Op::AnyFromRef, _) => match self.func.ty(args[0]) {
                Type::Ref { to, .. } => (!matches!(types[to].kind, TypeKind::Struct(_)), "`any` holds references to structs only"),
                _ => (true, "`any` holds references to structs only"),
            },
            (Op::FuncAddr, Imm::Func(f)) => {
                let signature = self.module.signature(f);
                let found = types.values().any(|def| matches!(&def.kind, TypeKind::Func(s) if *s == signature));
                (!found, "the function's signature is not in the type table")
            }
            _ => (false, ""),
        };
        if broken { Err(message) } else { Ok(()) }
    }
}

/// The instruction in short, with the numbers of the tables (not those of the printed text).
fn place_text(func: &Func, inst: Inst) -> String {
    let data = &func.insts[inst];
    let mut operands = Vec::new();
    data.kind.for_each_operand(|v| operands.push(v.to_string()));
    let what = match &data.kind {
        InstKind::Op { op, .. } => op.mnemonic().to_string(),
        InstKind::Call { func, .. } => format!("call {func}"),
        InstKind::CallIndirect { sig, .. } => format!("call_indirect {sig}"),
        InstKind::CallHost { host, .. } => format!("call_host {}", host.name()),
        InstKind::Block { .. } => "block".to_string(),
        InstKind::Loop { .. } => "loop".to_string(),
        InstKind::If { .. } => "if".to_string(),
        InstKind::Switch { .. } => "switch".to_string(),
        InstKind::Br { target, .. } => format!("br {target}"),
        InstKind::Return { .. } => "return".to_string(),
        InstKind::Unreachable => "unreachable".to_string(),
    };
    let results: Vec<String> = data.results.iter().map(|v| v.to_string()).collect();
    let defines = if results.is_empty() { String::new() } else { format!("{} = ", results.join(", ")) };
    let operands = operands.join(", ");
    format!("{inst}: {defines}{what} {operands}").trim_end().to_string()
}
