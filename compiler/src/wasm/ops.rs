//! What each op of the IR becomes. Operands are pushed by `Emitter::operand`; the result is left on the operand stack.
//!
//! Most ops are one instruction. The rest, with the reason for its form:
//! - comparisons that are negated use the opposite comparison (not for floats: NaN);
//! - checked sums compare signs, or the result with an operand if the other one is constant; checked products test
//!   whether both factors fit 32 bits and call a routine otherwise; constant factors become a range check;
//! - a division by what is no constant is one of 32 bits where both numbers fit: engines divide by constants without dividing;
//! - what happens when a check fails stands in an `if` that is marked as cold, and is one call.

use super::assembly::Slot;
use super::code::{Ins, Local};
use super::emit::Emitter;
use super::plan::Place;
use super::routine::Routine;
use super::types::NONE;
use crate::ir::{self, Imm, InstKind, Module, Op, Site, Storage, Type, TypeId, TypeKind, Value};
use wasm_encoder::{BlockType, HeapType, RefType, ValType};

/// The bits of the one NaN.
const CANONICAL_NAN: i64 = 0x7ff8_0000_0000_0000;
/// About the size of an object's header with what alignment adds, and of a field.
const HEADER: i32 = 24;
const WORD: i32 = 8;

/// More elements than this are stored one by one; engines limit `array.new_fixed` to 10,000.
const MAX_FIXED: usize = 5_000;

/// An operand that can be read again.
#[derive(Clone, Copy)]
enum Kept {
    Local(Local),
    Const(i64),
}

impl Emitter<'_, '_> {
    pub(super) fn op(&mut self, op: Op, imm: Imm, args: &[Value]) {
        use wasm_encoder::Instruction::*;
        match op {
            Op::BoolConst | Op::I32Const | Op::I64Const | Op::F64Const => self.constant(imm),
            Op::BoolNot | Op::BoolEq | Op::I32Eq | Op::I32LtS | Op::I32LtU | Op::I64Eq | Op::I64Ne | Op::I64LtS => {
                self.compare(op, args, false)
            }
            Op::I64LeS | Op::I64LtU | Op::F64Eq | Op::F64Lt | Op::F64Le => self.compare(op, args, false),
            Op::BoolAnd | Op::I32And => self.plain(args, I32And),
            Op::BoolOr | Op::I32Or => self.plain(args, I32Or),
            Op::Select => self.select(args),
            Op::I32Add => self.plain(args, I32Add),
            Op::I32Sub => self.plain(args, I32Sub),
            Op::I32Mul => self.plain(args, I32Mul),
            Op::I32Xor => self.plain(args, I32Xor),
            Op::I32Shl => self.plain(args, I32Shl),
            Op::I32ShrS => self.plain(args, I32ShrS),
            Op::I32ShrU => self.plain(args, I32ShrU),
            Op::I64Add => self.plain(args, I64Add),
            Op::I64Sub => self.plain(args, I64Sub),
            Op::I64Mul => self.plain(args, I64Mul),
            Op::I64MulHiU => self.routine(args, Routine::MulHigh),
            Op::I64DivS => self.divide(args, I64DivS, I32DivU),
            Op::I64RemS => self.divide(args, I64RemS, I32RemU),
            Op::I64DivU => self.divide(args, I64DivU, I32DivU),
            Op::I64RemU => self.divide(args, I64RemU, I32RemU),
            Op::I64And => self.plain(args, I64And),
            Op::I64Or => self.plain(args, I64Or),
            Op::I64Xor => self.plain(args, I64Xor),
            Op::I64Shl => self.plain(args, I64Shl),
            Op::I64ShrS => self.plain(args, I64ShrS),
            Op::I64ShrU => self.plain(args, I64ShrU),
            Op::I64Clz => self.plain(args, I64Clz),
            Op::I64AddChecked => self.add_checked(args, site(imm)),
            Op::I64SubChecked => self.sub_checked(args, site(imm)),
            Op::I64MulChecked => self.mul_checked(args, site(imm)),
            Op::F64Add => self.plain(args, F64Add),
            Op::F64Sub => self.plain(args, F64Sub),
            Op::F64Mul => self.plain(args, F64Mul),
            Op::F64Div => self.plain(args, F64Div),
            Op::F64Neg => self.plain(args, F64Neg),
            Op::F64Abs => self.plain(args, F64Abs),
            Op::F64Sqrt => self.plain(args, F64Sqrt),
            Op::F64Floor => self.plain(args, F64Floor),
            Op::F64Ceil => self.plain(args, F64Ceil),
            Op::F64Trunc => self.plain(args, F64Trunc),
            // A bool is an i32 already, and so is the address of a function.
            Op::BoolToI32 => self.operand(args[0]),
            Op::I32ExtendS => self.plain(args, I64ExtendI32S),
            Op::I32ExtendU => self.plain(args, I64ExtendI32U),
            Op::I64Wrap => self.plain(args, I32WrapI64),
            Op::I64ToF64 => self.plain(args, F64ConvertI64S),
            Op::F64ToI64 => self.plain(args, I64TruncF64S),
            Op::F64ToBits => self.float_bits(args[0]),
            Op::F64FromBits => self.plain(args, F64ReinterpretI64),
            Op::StructNew => {
                let ty = self.index(imm);
                self.plain(args, StructNew(ty));
                self.allocated(None, HEADER + WORD * args.len() as i32);
            }
            Op::StructGet => self.field(args, imm),
            Op::StructSet => {
                let (struct_type_index, field_index) = (self.index(imm), field(imm));
                self.plain(args, StructSet { struct_type_index, field_index });
            }
            Op::ArrayNew => {
                let ty = self.index(imm);
                let length = self.asm.paced.then(|| self.code.local(ValType::I32));
                self.operand(args[0]);
                length.iter().for_each(|&length| _ = self.code.tee(length));
                self.code.op(ArrayNewDefault(ty));
                let shift = element_shift(self.asm.module, type_of(imm));
                self.allocated(length.map(|length| (length, shift)), HEADER);
            }
            Op::ArrayFixed => self.array_fixed(args, type_of(imm)),
            Op::ArrayConst => {
                let Imm::Data(ty, data) = imm else { unreachable!("constant bytes with {imm:?}") };
                let global = self.asm.slot(Slot::Data(ty, data));
                self.code.op(GlobalGet(global)).op(RefAsNonNull);
            }
            Op::ArrayLen => self.plain(args, ArrayLen),
            Op::ArrayGet => self.array_get(args, type_of(imm)),
            Op::ArraySet => {
                let ty = self.index(imm);
                self.plain(args, ArraySet(ty));
            }
            Op::ArrayCopy => {
                let ty = self.index(imm);
                self.plain(args, ArrayCopy { array_type_index_dst: ty, array_type_index_src: ty });
            }
            Op::ArrayFill => {
                let ty = self.index(imm);
                self.plain(args, ArrayFill(ty));
            }
            Op::RefNull | Op::AnyNone => {
                self.code.op(RefNull(NONE));
            }
            Op::RefIsNull => self.plain(args, RefIsNull),
            Op::RefEq => self.plain(args, RefEq),
            Op::RefNonNull => self.plain(args, RefAsNonNull),
            Op::RefCast | Op::AnyToRef => {
                let heap = self.asm.types.heap(type_of(imm));
                self.plain(args, RefCastNonNull(heap));
            }
            Op::AnyIs => {
                let heap = self.asm.types.heap(type_of(imm));
                self.plain(args, RefTestNonNull(heap));
            }
            Op::AnyFromBool => {
                self.operand(args[0]);
                self.code.i32(1).op(I32Shl).i32(1).op(I32Or).op(RefI31);
            }
            Op::AnyFromI64 => self.routine(args, Routine::AnyFromI64),
            Op::AnyFromF64 => {
                let ty = self.asm.types.box_f64();
                self.plain(args, StructNew(ty));
            }
            // A reference is a tagged value as it is.
            Op::AnyFromRef => self.operand(args[0]),
            Op::AnyKind => self.routine(args, Routine::AnyKind),
            Op::AnyToBool => {
                self.operand(args[0]);
                self.code.op(RefCastNonNull(HeapType::I31)).op(I31GetS).i32(1).op(I32ShrS);
            }
            Op::AnyToI64 => self.routine(args, Routine::AnyToI64),
            Op::AnyToF64 => {
                let ty = self.asm.types.box_f64();
                self.operand(args[0]);
                self.code.op(RefCastNonNull(HeapType::Concrete(ty)));
                self.code.op(StructGet { struct_type_index: ty, field_index: 0 });
            }
            Op::FuncAddr => {
                let Imm::Func(func) = imm else { unreachable!("an address of {imm:?}") };
                let address = self.asm.address(func);
                self.code.i32(address as i32);
            }
            Op::GlobalGet | Op::GlobalSet => {
                let Imm::Global(global) = imm else { unreachable!("a global with {imm:?}") };
                let index = self.asm.global(global);
                self.plain(args, if op == Op::GlobalGet { GlobalGet(index) } else { GlobalSet(index) });
            }
            Op::TrapIf => {
                self.condition(args[0], false);
                self.trap(site(imm));
            }
            Op::TrapIfWith => self.trap_if_with(args, site(imm)),
        }
    }

    fn plain(&mut self, args: &[Value], ins: Ins) {
        args.iter().for_each(|&v| self.operand(v));
        self.code.op(ins);
    }

    fn routine(&mut self, args: &[Value], routine: Routine) {
        args.iter().for_each(|&v| self.operand(v));
        let symbol = self.asm.routine(routine);
        self.code.call(symbol);
    }

    fn index(&self, imm: Imm) -> u32 {
        self.asm.types.index(type_of(imm))
    }

    fn constant(&mut self, imm: Imm) {
        match imm {
            Imm::Bool(b) => self.code.i32(i32::from(b)),
            Imm::I32(n) => self.code.i32(n),
            Imm::I64(n) => self.code.i64(n),
            Imm::F64(bits) => self.code.op(Ins::F64Const(f64::from_bits(bits).into())),
            other => unreachable!("no constant: {other:?}"),
        };
    }

    /// Pushes what is not zero if the bool, or its negation, holds: enough for an `if`.
    pub(super) fn condition(&mut self, value: Value, negate: bool) {
        if self.plan.place(value) == Place::Stack
            && let InstKind::Op { op, args, .. } = &self.func.insts[self.plan.def(value)].kind
        {
            match op {
                Op::BoolNot => return self.condition(args[0], !negate),
                Op::I32Eq if negate && self.const_i32(args[1]) == Some(0) => return self.operand(args[0]),
                Op::I32Eq if negate && self.const_i32(args[0]) == Some(0) => return self.operand(args[1]),
                _ => {}
            }
        }
        self.truth(value, negate);
    }

    /// Pushes a bool, or its negation.
    fn truth(&mut self, value: Value, negate: bool) {
        if self.plan.place(value) == Place::Stack {
            let func = self.func;
            if let InstKind::Op { op, args, .. } = &func.insts[self.plan.def(value)].kind
                && opposite(*op).is_some()
            {
                self.compare(*op, args, negate);
                return;
            }
        }
        self.operand(value);
        if negate {
            self.code.op(Ins::I32Eqz);
        }
    }

    /// Pushes a comparison or negation, or its opposite.
    fn compare(&mut self, op: Op, args: &[Value], negate: bool) {
        if op == Op::BoolNot {
            self.truth(args[0], !negate);
            return;
        }
        self.operand(args[0]);
        let zero = matches!(op, Op::I64Eq | Op::I64Ne) && self.const_i64(args[1]) == Some(0);
        if zero {
            self.code.op(Ins::I64Eqz);
            if (op == Op::I64Ne) != negate {
                self.code.op(Ins::I32Eqz);
            }
            return;
        }
        if op == Op::I32Eq && self.const_i32(args[1]) == Some(0) {
            self.code.op(Ins::I32Eqz);
            if negate {
                self.code.op(Ins::I32Eqz);
            }
            return;
        }
        self.operand(args[1]);
        let (same, other) = opposite(op).expect("a comparison");
        match (negate, other) {
            (false, _) => self.code.op(same),
            (true, Some(other)) => self.code.op(other),
            (true, None) => self.code.op(same).op(Ins::I32Eqz),
        };
    }

    fn const_of(&self, value: Value) -> Option<Imm> {
        if self.plan.place(value) != Place::Again {
            return None;
        }
        match self.func.insts[self.plan.def(value)].kind {
            InstKind::Op { imm, .. } => Some(imm),
            _ => None,
        }
    }
    fn const_i64(&self, value: Value) -> Option<i64> {
        if let Some(Imm::I64(n)) = self.const_of(value) { Some(n) } else { None }
    }
    fn const_i32(&self, value: Value) -> Option<i32> {
        if let Some(Imm::I32(n)) = self.const_of(value) { Some(n) } else { None }
    }

    fn select(&mut self, args: &[Value]) {
        self.operand(args[1]);
        self.operand(args[2]);
        self.condition(args[0], false);
        match self.asm.types.value(self.func.ty(args[2])) {
            // Both choices have a type that this one covers or is covered by; a nullable one covers.
            ValType::Ref(_) => {
                let [a, b] = [self.func.ty(args[1]), self.func.ty(args[2])];
                let wide = if self.asm.module.types.accepts(a, b) { a } else { b };
                let ty = self.asm.types.value(wide);
                self.code.op(Ins::TypedSelect(ty));
            }
            _ => {
                self.code.op(Ins::Select);
            }
        }
    }

    /// Pushes an operand so that it can be pushed again.
    fn keep(&mut self, value: Value, ty: ValType) -> Kept {
        self.operand(value);
        match self.plan.place(value) {
            Place::Again => Kept::Const(self.const_i64(value).expect("constant operands of arithmetic are numbers")),
            Place::Stack => {
                let local = self.code.local(ty);
                self.code.tee(local);
                Kept::Local(local)
            }
            Place::Tee | Place::Local => Kept::Local(self.local_of(value)),
            Place::Unused => unreachable!("{value} is used"),
        }
    }

    fn push(&mut self, kept: Kept) {
        match kept {
            Kept::Local(local) => self.code.get(local),
            Kept::Const(n) => self.code.i64(n),
        };
    }

    /// `s = a + b` overflows where the sign of `s` differs from both; with a constant `b >= 0`, where `s < a`.
    fn add_checked(&mut self, args: &[Value], site: Site) {
        if let Some(c) = self.const_i64(args[0]).filter(|_| self.const_i64(args[1]).is_none()) {
            self.offset_checked(args[1], c, Ins::I64Add, c >= 0, site);
            return;
        }
        if let Some(c) = self.const_i64(args[1]) {
            self.offset_checked(args[0], c, Ins::I64Add, c >= 0, site);
            return;
        }
        let sum = self.code.local(ValType::I64);
        let a = self.keep(args[0], ValType::I64);
        let b = self.keep(args[1], ValType::I64);
        self.code.op(Ins::I64Add).tee(sum);
        self.push(a);
        self.code.op(Ins::I64Xor);
        self.push(b);
        self.code.get(sum).op(Ins::I64Xor).op(Ins::I64And).i64(0).op(Ins::I64LtS);
        self.trap(site);
        self.code.get(sum);
    }

    /// `s = a - b` overflows where the signs of `a` and `b` differ and that of `s` is not that of `a`.
    fn sub_checked(&mut self, args: &[Value], site: Site) {
        if let Some(c) = self.const_i64(args[1]) {
            self.offset_checked(args[0], c, Ins::I64Sub, c < 0, site);
            return;
        }
        let difference = self.code.local(ValType::I64);
        let a = self.keep(args[0], ValType::I64);
        let b = self.keep(args[1], ValType::I64);
        self.code.op(Ins::I64Sub).set(difference);
        self.push(a);
        self.push(b);
        self.code.op(Ins::I64Xor);
        self.push(a);
        self.code.get(difference).op(Ins::I64Xor).op(Ins::I64And).i64(0).op(Ins::I64LtS);
        self.trap(site);
        self.code.get(difference);
    }

    /// `a + c` or `a - c` with a constant: too small a result where it should not be less than `a`, or too big a one.
    fn offset_checked(&mut self, value: Value, c: i64, ins: Ins, grows: bool, site: Site) {
        let result = self.code.local(ValType::I64);
        let a = self.keep(value, ValType::I64);
        self.code.i64(c).op(ins).tee(result);
        self.push(a);
        self.code.op(if grows { Ins::I64LtS } else { Ins::I64GtS });
        self.trap(site);
        self.code.get(result);
    }

    fn mul_checked(&mut self, args: &[Value], site: Site) {
        for (factor, other) in [(args[0], args[1]), (args[1], args[0])] {
            if let Some(c) = self.const_i64(factor) {
                self.scale_checked(other, c, site);
                return;
            }
        }
        let a = self.keep(args[0], ValType::I64);
        self.code.i64(1 << 31).op(Ins::I64Add);
        let b = self.keep(args[1], ValType::I64);
        self.code.i64(1 << 31).op(Ins::I64Add).op(Ins::I64Or).i64(0xffff_ffff).op(Ins::I64GtU).cold_if();
        self.push(a);
        self.push(b);
        let check = self.asm.routine(Routine::CheckProduct);
        self.at_site(site);
        self.code.i32(site.0 as i32).call(check).op(Ins::End);
        self.push(a);
        self.push(b);
        self.code.op(Ins::I64Mul);
    }

    /// `a * c` with a constant: `a` lies in the range whose products fit, or it overflows.
    fn scale_checked(&mut self, value: Value, c: i64, site: Site) {
        let (min, max, c128) = (i128::from(i64::MIN), i128::from(i64::MAX), i128::from(c));
        let a = self.keep(value, ValType::I64);
        if c != 0 && c != 1 {
            let (low, high) = if c > 0 { (min / c128, max / c128) } else { (max / c128, min / c128) };
            let high = high.min(max);
            self.code.i64(low as i64).op(Ins::I64Sub).i64((high - low) as u64 as i64).op(Ins::I64GtU);
            self.trap(site);
            self.push(a);
        }
        self.code.i64(c).op(Ins::I64Mul);
    }

    /// Processors take up to three times as long for a 64-bit division, of small numbers too; neither Cranelift nor V8 looks at
    /// how large they are.
    fn divide(&mut self, args: &[Value], wide: Ins, narrow: Ins) {
        let fits = |n: i64| u32::try_from(n).is_ok();
        if self.const_i64(args[1]).is_some() || self.const_i64(args[0]).is_some_and(|n| !fits(n)) {
            return self.plain(args, wide);
        }
        let (a, b) = (self.keep(args[0], ValType::I64), self.keep(args[1], ValType::I64));
        self.code.op(Ins::I64Or).i64(32).op(Ins::I64ShrU).op(Ins::I64Eqz).op(Ins::If(BlockType::Result(ValType::I64)));
        self.push(a);
        self.code.op(Ins::I32WrapI64);
        self.push(b);
        self.code.op(Ins::I32WrapI64).op(narrow).op(Ins::I64ExtendI32U).op(Ins::Else);
        self.push(a);
        self.push(b);
        self.code.op(wide).op(Ins::End);
    }

    /// What follows is a failing check.
    fn at_site(&mut self, site: Site) {
        let span = self.asm.module.sites[site].span;
        self.code.at(Some(ir::Place { span, ..self.place }));
    }

    /// With the condition on the stack: if it holds, ends the program with the site's error.
    fn trap(&mut self, site: Site) {
        self.code.cold_if();
        self.at_site(site);
        self.code.i32(site.0 as i32);
        self.asm.trap_site(&mut self.code);
        self.code.op(Ins::End);
    }

    fn trap_if_with(&mut self, args: &[Value], site: Site) {
        self.condition(args[0], false);
        let Some(trap) = self.asm.module.trap else {
            self.trap(site);
            return;
        };
        self.code.cold_if();
        self.code.i32(site.0 as i32);
        self.operand(args[1]);
        self.operand(args[2]);
        let symbol = self.asm.func(trap);
        self.at_site(site);
        self.code.call(symbol).op(Ins::Unreachable).op(Ins::End);
    }

    fn float_bits(&mut self, value: Value) {
        let x = self.code.local(ValType::F64);
        self.operand(value);
        self.code.tee(x).op(Ins::I64ReinterpretF64).i64(CANONICAL_NAN);
        self.code.get(x).get(x).op(Ins::F64Eq).op(Ins::Select);
    }

    fn field(&mut self, args: &[Value], imm: Imm) {
        let (struct_type_index, field_index) = (self.index(imm), field(imm));
        let storage = self.asm.module.types.structure(type_of(imm)).fields[field_index as usize].storage;
        let ins = match storage {
            Storage::I8 | Storage::I16 => Ins::StructGetU { struct_type_index, field_index },
            Storage::Value(_) => Ins::StructGet { struct_type_index, field_index },
        };
        self.plain(args, ins);
    }

    fn array_get(&mut self, args: &[Value], ty: TypeId) {
        let index = self.asm.types.index(ty);
        match self.asm.module.types.array(ty).element {
            Storage::I8 | Storage::I16 | Storage::Value(Type::Bool) => self.plain(args, Ins::ArrayGetU(index)),
            Storage::Value(element) => {
                self.plain(args, Ins::ArrayGet(index));
                if let Type::Ref { nullable: false, .. } = element {
                    self.code.op(Ins::RefAsNonNull);
                }
            }
        }
    }

    /// Counts an allocation: bytes, and so many elements of a size that is a power of two.
    fn allocated(&mut self, elements: Option<(Local, i32)>, bytes: i32) {
        if !self.asm.paced {
            return;
        }
        let (room, left) = (self.asm.slot(Slot::Room), self.code.local(ValType::I32));
        let pace = self.asm.routine(Routine::Pace);
        let code = &mut self.code;
        code.op(Ins::GlobalGet(room)).i32(bytes).op(Ins::I32Sub);
        if let Some((length, shift)) = elements {
            code.get(length).i32(shift).op(Ins::I32Shl).op(Ins::I32Sub);
        }
        code.tee(left).op(Ins::GlobalSet(room)).get(left).i32(0).op(Ins::I32LtS);
        code.cold_if().call(pace).op(Ins::End);
    }

    fn array_fixed(&mut self, args: &[Value], ty: TypeId) {
        let index = self.asm.types.index(ty);
        if args.len() <= MAX_FIXED {
            self.plain(args, Ins::ArrayNewFixed { array_type_index: index, array_size: args.len() as u32 });
            self.allocated(None, HEADER + WORD * args.len() as i32);
            return;
        }
        let array = self.code.local(ValType::Ref(RefType { nullable: false, heap_type: HeapType::Concrete(index) }));
        self.code.i32(args.len() as i32).op(Ins::ArrayNewDefault(index)).set(array);
        for (i, &arg) in args.iter().enumerate() {
            self.code.get(array).i32(i as i32);
            self.operand(arg);
            self.code.op(Ins::ArraySet(index));
        }
        self.code.get(array);
    }
}

/// The base-2 logarithm of the size of an array's elements.
fn element_shift(module: &Module, array: TypeId) -> i32 {
    let TypeKind::Array(array) = &module.types[array].kind else { return 0 };
    match array.element {
        Storage::I8 => 0,
        Storage::I16 => 1,
        Storage::Value(Type::I64 | Type::F64) => 3,
        Storage::Value(_) => 2,
    }
}

/// A comparison's instruction, and the one for its negation where that is exact.
fn opposite(op: Op) -> Option<(Ins, Option<Ins>)> {
    use wasm_encoder::Instruction::*;
    Some(match op {
        Op::BoolNot => (I32Eqz, None),
        Op::BoolEq | Op::I32Eq => (I32Eq, Some(I32Ne)),
        Op::I32LtS => (I32LtS, Some(I32GeS)),
        Op::I32LtU => (I32LtU, Some(I32GeU)),
        Op::I64Eq => (I64Eq, Some(I64Ne)),
        Op::I64Ne => (I64Ne, Some(I64Eq)),
        Op::I64LtS => (I64LtS, Some(I64GeS)),
        Op::I64LeS => (I64LeS, Some(I64GtS)),
        Op::I64LtU => (I64LtU, Some(I64GeU)),
        Op::F64Eq => (F64Eq, Some(F64Ne)),
        Op::F64Lt => (F64Lt, None),
        Op::F64Le => (F64Le, None),
        _ => return None,
    })
}

fn type_of(imm: Imm) -> TypeId {
    match imm {
        Imm::Type(t) | Imm::Field(t, _) | Imm::Data(t, _) => t,
        other => unreachable!("no type: {other:?}"),
    }
}

fn field(imm: Imm) -> u32 {
    match imm {
        Imm::Field(_, field) => field,
        other => unreachable!("no field: {other:?}"),
    }
}

fn site(imm: Imm) -> Site {
    match imm {
        Imm::Site(site) => site,
        other => unreachable!("no site: {other:?}"),
    }
}
