//! Selection of plain ops.

use super::layout::{self, ARRAY_HEAD};
use super::lir::{Lir, NONE, VReg};
use super::opcode::{Element, Opcode};
use super::select::{NO_NUMBERS, Selector};
use compiler::ir::{Args, Bank, DataId, Effect, Id, Imm, Inst, Op, TypeId, Value};

impl Selector<'_> {
    pub(super) fn op(&mut self, inst: Inst, op: Op, imm: Imm, args: &Args) {
        let result = self.func.insts[inst].results.first().copied();
        if let Some(value) = result
            && self.is_unused(value)
            && !matches!(op.effect(), Effect::Trap | Effect::Write)
        {
            return;
        }
        match result {
            Some(value) => self.value_op(inst, op, imm, args, value),
            None => self.effect_op(op, imm, args),
        }
    }

    fn value_op(&mut self, inst: Inst, op: Op, imm: Imm, args: &Args, value: Value) {
        match op {
            Op::BoolConst | Op::I32Const | Op::I64Const | Op::F64Const => self.set_constant(value, constant_bits(imm)),
            Op::RefNull | Op::AnyNone => self.set_constant(value, 0),
            Op::FuncAddr => self.set_constant(value, constant_bits(imm)),
            Op::ArrayConst => {
                let Imm::Data(ty, data) = imm else { unreachable!("array.const has a data immediate") };
                let row = self.constant_row(ty, data);
                self.set_constant(value, u64::from(row));
            }
            Op::BoolNot
            | Op::BoolAnd
            | Op::BoolOr
            | Op::BoolEq
            | Op::I32Eq
            | Op::I32LtS
            | Op::I32LtU
            | Op::I64Eq
            | Op::I64Ne
            | Op::I64LtS
            | Op::I64LeS
            | Op::I64LtU
            | Op::F64Eq
            | Op::F64Lt
            | Op::F64Le
            | Op::RefIsNull
            | Op::RefEq => {
                if !self.put_off(inst, value) {
                    let to = self.fresh(value);
                    self.condition(to, op, args);
                    self.set_reg(value, to);
                }
            }
            Op::Select => {
                let to = self.fresh(value);
                self.select(to, args);
                self.set_reg(value, to);
            }
            Op::I32ExtendU | Op::BoolToI32 | Op::RefNonNull | Op::RefCast | Op::AnyFromRef | Op::AnyToRef => {
                self.alias(value, args[0]);
            }
            Op::I64Wrap => self.wrap(value, args[0]),
            Op::I32ExtendS => match self.constant(args[0]) {
                Some(bits) => self.set_constant(value, bits as u32 as i32 as i64 as u64),
                None => self.unary(Opcode::Extend, value, args),
            },
            Op::I64Add | Op::I64Mul | Op::I64And | Op::I64Or | Op::I64Xor | Op::I32Add | Op::I32And | Op::I32Or | Op::I32Xor => {
                self.commutative(op, value, args)
            }
            Op::I64Sub | Op::I32Sub => self.subtract(op, value, args),
            Op::I64Shl | Op::I64ShrS | Op::I64ShrU | Op::I32ShrU => self.shift(op, value, args),
            Op::I64AddChecked | Op::I64SubChecked | Op::I64MulChecked => self.checked(op, imm, value, args),
            Op::I32Mul => self.binary(Opcode::Mul32, value, args),
            Op::I32Shl => self.binary(Opcode::Shl32, value, args),
            Op::I32ShrS => self.binary(Opcode::Sar32, value, args),
            Op::I64MulHiU => self.binary(Opcode::MulHiU, value, args),
            Op::I64DivS => self.binary(Opcode::DivS, value, args),
            Op::I64RemS => self.binary(Opcode::RemS, value, args),
            Op::I64DivU => self.binary(Opcode::DivU, value, args),
            Op::I64RemU => self.binary(Opcode::RemU, value, args),
            Op::I64Clz => self.unary(Opcode::Clz, value, args),
            Op::F64Add => self.binary(Opcode::FAdd, value, args),
            Op::F64Sub => self.binary(Opcode::FSub, value, args),
            Op::F64Mul => self.binary(Opcode::FMul, value, args),
            Op::F64Div => self.binary(Opcode::FDiv, value, args),
            Op::F64Neg => self.unary(Opcode::FNeg, value, args),
            Op::F64Abs => self.unary(Opcode::FAbs, value, args),
            Op::F64Sqrt => self.unary(Opcode::FSqrt, value, args),
            Op::F64Floor => self.unary(Opcode::FFloor, value, args),
            Op::F64Ceil => self.unary(Opcode::FCeil, value, args),
            Op::F64Trunc => self.unary(Opcode::FTrunc, value, args),
            Op::I64ToF64 => self.unary(Opcode::IToF, value, args),
            Op::F64ToI64 => self.unary(Opcode::FToI, value, args),
            Op::F64ToBits => self.unary(Opcode::FToBits, value, args),
            Op::F64FromBits => self.unary(Opcode::FFromBits, value, args),
            Op::StructNew | Op::ArrayNew | Op::ArrayFixed => self.allocate(op, imm, value, args),
            Op::StructGet => {
                let (offset, element) = self.field(imm);
                let object = self.reg(args[0]);
                let to = self.define(value);
                self.emit(Lir::op_x(load(element), to, object, NONE, offset));
            }
            Op::ArrayLen => self.unary(Opcode::Len, value, args),
            Op::ArrayGet => {
                let element = self.element(imm);
                self.binary(get(element), value, args);
            }
            Op::AnyFromBool => self.unary(Opcode::AnyB, value, args),
            Op::AnyFromI64 => self.unary(Opcode::AnyI, value, args),
            Op::AnyFromF64 => self.unary(Opcode::AnyF, value, args),
            Op::AnyKind => self.unary(Opcode::AnyKind, value, args),
            Op::AnyToBool => self.unary(Opcode::AnyToB, value, args),
            Op::AnyToI64 => self.unary(Opcode::AnyToI, value, args),
            Op::AnyToF64 => self.unary(Opcode::AnyToF, value, args),
            Op::AnyIs => {
                let id = self.shared.layouts.of(type_of(imm)).id;
                let cell = self.reg(args[0]);
                let to = self.define(value);
                self.emit(Lir::op_x(Opcode::AnyIs, to, cell, NONE, id as i32));
            }
            Op::GlobalGet => {
                let Imm::Global(global) = imm else { unreachable!("global.get has a global") };
                let index = self.shared.globals[global.index()] as i32;
                let op = match self.func.ty(value).bank() {
                    Bank::Int => Opcode::GLd,
                    Bank::Float => Opcode::GLdF,
                    Bank::Ref => Opcode::GLdR,
                };
                let to = self.define(value);
                self.emit(Lir::op_x(op, to, NONE, NONE, index));
            }
            Op::StructSet | Op::ArraySet | Op::ArrayCopy | Op::ArrayFill | Op::GlobalSet | Op::TrapIf | Op::TrapIfWith => {
                unreachable!("{} yields nothing", op.mnemonic())
            }
        }
    }

    fn effect_op(&mut self, op: Op, imm: Imm, args: &Args) {
        match op {
            Op::StructSet => {
                let (offset, element) = self.field(imm);
                let (object, new) = (self.reg(args[0]), self.reg(args[1]));
                self.emit(Lir::op_x(store(element), object, new, NONE, offset));
            }
            Op::ArraySet => {
                let element = self.element(imm);
                let (array, index, new) = (self.reg(args[0]), self.reg(args[1]), self.reg(args[2]));
                self.emit(Lir::op(set(element), array, index, new));
            }
            Op::ArrayCopy => {
                let log2 = self.element(imm).log2_size();
                let [a, b, c, s, t] = [0, 1, 2, 3, 4].map(|i| self.reg(args[i]));
                self.emit(Lir::Op { op: Opcode::Copy, a, b, c, x: 0, y: log2, s, t });
            }
            Op::ArrayFill => {
                let element = self.element(imm);
                let [a, b, c, s] = [0, 1, 2, 3].map(|i| self.reg(args[i]));
                self.emit(Lir::Op { op: Opcode::Fill, a, b, c, x: 0, y: element as u32, s, t: NONE });
            }
            Op::GlobalSet => {
                let Imm::Global(global) = imm else { unreachable!("global.set has a global") };
                let index = self.shared.globals[global.index()] as i32;
                let op = match self.func.ty(args[0]).bank() {
                    Bank::Int => Opcode::GSt,
                    Bank::Float => Opcode::GStF,
                    Bank::Ref => Opcode::GStR,
                };
                let new = self.reg(args[0]);
                self.emit(Lir::op_x(op, new, NONE, NONE, index));
            }
            Op::TrapIf => {
                let target = self.trap_target(imm, NO_NUMBERS);
                self.branch(args[0], true, target);
            }
            Op::TrapIfWith => {
                let numbers = [self.source(args[1]), self.source(args[2])];
                let target = self.trap_target(imm, numbers);
                self.branch(args[0], true, target);
            }
            other => unreachable!("{} yields a value", other.mnemonic()),
        }
    }

    /// A register for a value that must not get it before its operands are read.
    fn fresh(&mut self, value: Value) -> VReg {
        self.reg_of_bank(self.func.ty(value).bank())
    }

    fn unary(&mut self, op: Opcode, value: Value, args: &Args) {
        let a = self.reg(args[0]);
        let to = self.define(value);
        self.emit(Lir::op(op, to, a, NONE));
    }

    fn binary(&mut self, op: Opcode, value: Value, args: &Args) {
        let (a, b) = (self.reg(args[0]), self.reg(args[1]));
        let to = self.define(value);
        self.emit(Lir::op(op, to, a, b));
    }

    fn immediate(&mut self, op: Opcode, value: Value, arg: Value, k: i32) {
        let a = self.reg(arg);
        let to = self.define(value);
        self.emit(Lir::op_x(op, to, a, NONE, k));
    }

    fn commutative(&mut self, op: Op, value: Value, args: &Args) {
        let (plain, imm) = match op {
            Op::I64Add => (Opcode::Add, Opcode::AddI),
            Op::I64Mul => (Opcode::Mul, Opcode::MulI),
            Op::I64And | Op::I32And => (Opcode::And, Opcode::AndI),
            Op::I64Or | Op::I32Or => (Opcode::Or, Opcode::OrI),
            Op::I64Xor | Op::I32Xor => (Opcode::Xor, Opcode::XorI),
            _ => (Opcode::Add32, Opcode::AddI32),
        };
        // A 32-bit sum takes any constant; the bitwise forms need one that is not negative, which stands as it is.
        let fit = |s: &Self, v: Value| match op {
            Op::I32Add => s.constant(v).map(|bits| bits as u32 as i32),
            _ => s.constant32(v),
        };
        match (fit(self, args[0]), fit(self, args[1])) {
            (_, Some(k)) => self.immediate(imm, value, args[0], k),
            (Some(k), None) => self.immediate(imm, value, args[1], k),
            (None, None) => self.binary(plain, value, args),
        }
    }

    fn subtract(&mut self, op: Op, value: Value, args: &Args) {
        match op {
            Op::I32Sub => match self.constant(args[1]) {
                Some(bits) => self.immediate(Opcode::AddI32, value, args[0], (bits as u32 as i32).wrapping_neg()),
                None => self.binary(Opcode::Sub32, value, args),
            },
            _ => match self.constant32(args[1]).and_then(i32::checked_neg) {
                Some(k) => self.immediate(Opcode::AddI, value, args[0], k),
                None => self.binary(Opcode::Sub, value, args),
            },
        }
    }

    fn shift(&mut self, op: Op, value: Value, args: &Args) {
        let (plain, imm, bits) = match op {
            Op::I64Shl => (Opcode::Shl, Opcode::ShlI, 64),
            Op::I64ShrS => (Opcode::Sar, Opcode::SarI, 64),
            Op::I64ShrU => (Opcode::Shr, Opcode::ShrI, 64),
            // Standing zero-extended, it shifts right like a 64-bit one.
            _ => (Opcode::Shr32, Opcode::ShrI, 32),
        };
        match self.constant(args[1]) {
            Some(k) => self.immediate(imm, value, args[0], (k % bits) as i32),
            None => self.binary(plain, value, args),
        }
    }

    fn checked(&mut self, op: Op, imm: Imm, value: Value, args: &Args) {
        let constants = (self.constant32(args[0]), self.constant32(args[1]));
        // `a - k` overflows exactly where `a + -k` does, if -k exists.
        let form = match (op, constants) {
            (Op::I64AddChecked, (_, Some(k))) => Some((Opcode::AddCI, args[0], k)),
            (Op::I64AddChecked, (Some(k), None)) => Some((Opcode::AddCI, args[1], k)),
            (Op::I64SubChecked, (_, Some(k))) => k.checked_neg().map(|k| (Opcode::AddCI, args[0], k)),
            (Op::I64MulChecked, (_, Some(k))) => Some((Opcode::MulCI, args[0], k)),
            (Op::I64MulChecked, (Some(k), None)) => Some((Opcode::MulCI, args[1], k)),
            _ => None,
        };
        let target = self.trap_target(imm, NO_NUMBERS);
        if let Some((form, arg, k)) = form {
            let a = self.reg(arg);
            let to = self.define(value);
            return self.emit(Lir::Op { op: form, a: to, b: a, c: NONE, x: k, y: target, s: NONE, t: NONE });
        }
        let plain = match op {
            Op::I64AddChecked => Opcode::AddC,
            Op::I64SubChecked => Opcode::SubC,
            _ => Opcode::MulC,
        };
        let (a, b) = (self.reg(args[0]), self.reg(args[1]));
        let to = self.define(value);
        self.emit(Lir::Op { op: plain, a: to, b: a, c: b, x: 0, y: target, s: NONE, t: NONE });
    }

    /// An index needs no masking, since accesses look at the low 32 bits alone.
    fn wrap(&mut self, value: Value, arg: Value) {
        if let Some(bits) = self.constant(arg) {
            self.set_constant(value, u64::from(bits as u32));
        } else if self.is_index_only(value) {
            self.alias(value, arg);
        } else {
            let a = self.reg(arg);
            let to = self.define(value);
            self.emit(Lir::op(Opcode::Wrap, to, a, NONE));
        }
    }

    /// Makes an object and stores its contents; nothing between the two can collect.
    fn allocate(&mut self, op: Op, imm: Imm, value: Value, args: &Args) {
        let ty = type_of(imm);
        let (id, element, offsets) = {
            let layout = self.shared.layouts.of(ty);
            (layout.id as i32, layout.element, layout.offsets.clone())
        };
        if op == Op::ArrayNew {
            let len = self.reg(args[0]);
            let to = self.define(value);
            return self.emit(Lir::op_x(Opcode::NewArray, to, len, NONE, id));
        }
        let contents: Vec<VReg> = args.iter().map(|&v| self.reg(v)).collect();
        let Some(element) = element else {
            let to = self.define(value);
            self.emit(Lir::op_x(Opcode::New, to, NONE, NONE, id));
            let fields = self.shared.module.types.structure(ty).fields.iter();
            let stores: Vec<Opcode> = fields.map(|f| store(layout::element(f.storage))).collect();
            for ((reg, op), offset) in contents.into_iter().zip(stores).zip(offsets) {
                self.emit(Lir::op_x(op, to, reg, NONE, offset as i32));
            }
            return;
        };
        let len = self.constant_reg(Bank::Int, args.len() as u64);
        let to = self.define(value);
        self.emit(Lir::op_x(Opcode::NewArray, to, len, NONE, id));
        for (i, reg) in contents.into_iter().enumerate() {
            if element == Element::I16 {
                let index = self.constant_reg(Bank::Int, i as u64);
                self.emit(Lir::op(Opcode::Set16, to, index, reg));
            } else {
                let offset = ARRAY_HEAD + i as u32 * element.size();
                self.emit(Lir::op_x(store(element), to, reg, NONE, offset as i32));
            }
        }
    }

    fn field(&self, imm: Imm) -> (i32, Element) {
        let Imm::Field(ty, field) = imm else { unreachable!("a field op has a field") };
        let storage = self.shared.module.types.structure(ty).fields[field as usize].storage;
        (self.shared.layouts.of(ty).offsets[field as usize] as i32, layout::element(storage))
    }

    fn element(&self, imm: Imm) -> Element {
        layout::element(self.shared.module.types.array(type_of(imm)).element)
    }

    fn constant_row(&self, ty: TypeId, data: DataId) -> u32 {
        self.shared.constants[&(ty, data)]
    }
}

fn type_of(imm: Imm) -> TypeId {
    match imm {
        Imm::Type(ty) => ty,
        other => unreachable!("{other:?} is no type"),
    }
}

/// A constant as it stands in a slot.
fn constant_bits(imm: Imm) -> u64 {
    match imm {
        Imm::Bool(b) => u64::from(b),
        Imm::I32(k) => u64::from(k as u32),
        Imm::I64(k) => k as u64,
        Imm::F64(bits) => bits,
        Imm::Func(f) => u64::from(f.0),
        Imm::None | Imm::Type(_) | Imm::Field(..) | Imm::Data(..) | Imm::Global(_) | Imm::Site(_) => {
            unreachable!("{imm:?} is no constant")
        }
    }
}

fn load(element: Element) -> Opcode {
    match element {
        Element::I8 => Opcode::Ld8,
        Element::I16 => unreachable!("no field has 16 bits"),
        Element::I32 => Opcode::Ld32,
        Element::I64 => Opcode::Ld64,
        Element::Float => Opcode::LdF,
        Element::Ref => Opcode::LdR,
    }
}

fn store(element: Element) -> Opcode {
    match element {
        Element::I8 => Opcode::St8,
        Element::I16 => unreachable!("no field has 16 bits"),
        Element::I32 => Opcode::St32,
        Element::I64 => Opcode::St64,
        Element::Float => Opcode::StF,
        Element::Ref => Opcode::StR,
    }
}

fn get(element: Element) -> Opcode {
    match element {
        Element::I8 => Opcode::Get8,
        Element::I16 => Opcode::Get16,
        Element::I32 => Opcode::Get32,
        Element::I64 => Opcode::Get64,
        Element::Float => Opcode::GetF,
        Element::Ref => Opcode::GetR,
    }
}

fn set(element: Element) -> Opcode {
    match element {
        Element::I8 => Opcode::Set8,
        Element::I16 => Opcode::Set16,
        Element::I32 => Opcode::Set32,
        Element::I64 => Opcode::Set64,
        Element::Float => Opcode::SetF,
        Element::Ref => Opcode::SetR,
    }
}
