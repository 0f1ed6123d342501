//! Functions: SSA values and instructions in structured control.
//!
//! ```text
//!   Func -> body: Region -> [Inst] -> InstKind -> nested Regions
//! ```
//! A region is a list of instructions that ends in a terminator (`br`, `return`, `unreachable`) and has no other. A value
//! may be used in the region that defines it, after its definition, and in every region nested there: dominance is lexical
//! scope. The constructs `block`, `loop`, `if` and `switch` are instructions that own regions:
//!
//! - `br @construct (args)` inside a `block`, `if` or `switch` leaves it; the arguments become its results.
//! - `br` to a `loop` starts its next turn; the arguments become the parameters of its region. A loop has no results and no
//!   way out of its own: it is left by a `br` to an enclosing construct, or by `return`.
//!
//! There are no phis, no gotos, no fallthrough.

use super::entity::{Table, entity};
use super::host::Host;
use super::module::{DataId, FuncId, GlobalId, Site};
use super::ops::Op;
use super::place::{Frame, FrameData, Place};
use super::types::{Type, TypeId};
use crate::source::Span;
use smallvec::SmallVec;

entity!(
    /// A value: a parameter or a result of an instruction. Text: `v3`.
    Value, "v"
);
entity!(
    /// An instruction; for a construct also the label that `br` names. Text of a label: `L3`.
    Inst, "L"
);
entity!(
    /// A list of instructions owned by a function or a construct.
    Region, "r"
);

/// Operands; most instructions have at most three.
pub type Args = SmallVec<[Value; 4]>;

#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Imm {
    None,
    Bool(bool),
    I32(i32),
    I64(i64),
    /// The bits, so that equality is identity.
    F64(u64),
    Type(TypeId),
    Field(TypeId, u32),
    /// The type is an array of `i8`.
    Data(TypeId, DataId),
    Global(GlobalId),
    Func(FuncId),
    Site(Site),
}

#[derive(Clone, PartialEq, Debug)]
pub enum InstKind {
    Op {
        op: Op,
        imm: Imm,
        args: Args,
    },
    Call {
        func: FuncId,
        args: Args,
    },
    /// Calls the function at the address; the signature is that of the address's type.
    CallIndirect {
        sig: TypeId,
        callee: Value,
        args: Args,
    },
    CallHost {
        host: Host,
        args: Args,
    },
    Block {
        body: Region,
    },
    /// `init` are the first values of the region's parameters.
    Loop {
        init: Args,
        body: Region,
    },
    If {
        cond: Value,
        then_: Region,
        else_: Region,
    },
    /// Case `i` for the i32 index `i`, the default for any other.
    Switch {
        index: Value,
        cases: Vec<Region>,
        default: Region,
    },
    Br {
        target: Inst,
        args: Args,
    },
    /// One argument if the function has a result, else none.
    Return {
        args: Args,
    },
    /// Control never gets here: the end of a path that follows a call which does not return.
    Unreachable,
}

impl InstKind {
    pub fn is_terminator(&self) -> bool {
        matches!(self, InstKind::Br { .. } | InstKind::Return { .. } | InstKind::Unreachable)
    }
    /// The regions that the instruction owns, in text order.
    pub fn regions(&self) -> SmallVec<[Region; 2]> {
        match self {
            InstKind::Block { body } | InstKind::Loop { body, .. } => SmallVec::from_slice(&[*body]),
            InstKind::If { then_, else_, .. } => SmallVec::from_slice(&[*then_, *else_]),
            InstKind::Switch { cases, default, .. } => cases.iter().copied().chain([*default]).collect(),
            _ => SmallVec::new(),
        }
    }
    /// Calls `f` on every operand, in text order.
    pub fn for_each_operand(&self, mut f: impl FnMut(Value)) {
        match self {
            InstKind::Op { args, .. }
            | InstKind::Call { args, .. }
            | InstKind::CallHost { args, .. }
            | InstKind::Loop { init: args, .. }
            | InstKind::Br { args, .. }
            | InstKind::Return { args } => args.iter().copied().for_each(f),
            InstKind::CallIndirect { callee, args, .. } => {
                f(*callee);
                args.iter().copied().for_each(f);
            }
            InstKind::If { cond, .. } => f(*cond),
            InstKind::Switch { index, .. } => f(*index),
            InstKind::Block { .. } | InstKind::Unreachable => {}
        }
    }
    /// Calls `f` on a mutable reference to every operand, in text order.
    pub fn for_each_operand_mut(&mut self, mut f: impl FnMut(&mut Value)) {
        match self {
            InstKind::Op { args, .. }
            | InstKind::Call { args, .. }
            | InstKind::CallHost { args, .. }
            | InstKind::Loop { init: args, .. }
            | InstKind::Br { args, .. }
            | InstKind::Return { args } => args.iter_mut().for_each(f),
            InstKind::CallIndirect { callee, args, .. } => {
                f(callee);
                args.iter_mut().for_each(f);
            }
            InstKind::If { cond, .. } => f(cond),
            InstKind::Switch { index, .. } => f(index),
            InstKind::Block { .. } | InstKind::Unreachable => {}
        }
    }
}

#[derive(Clone, PartialEq, Debug)]
pub struct InstData {
    pub kind: InstKind,
    /// Results: none or one for ops and calls, any number for `block`, `if` and `switch`.
    pub results: SmallVec<[Value; 1]>,
    /// Where this comes from; for call traces and `#line`.
    pub at: Place,
}

#[derive(Clone, PartialEq, Debug)]
pub struct ValueData {
    pub ty: Type,
    /// The user's name for it, where there is one; backends that print text use it.
    pub name: Option<Box<str>>,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct RegionData {
    /// Only the region of a `loop` and the body of a function have parameters.
    pub params: Vec<Value>,
    pub insts: Vec<Inst>,
}

/// How readily a function is inlined.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Inlining {
    /// By its size.
    Auto,
    /// Always (small prelude accessors).
    Always,
    /// Never (cold error paths).
    Never,
}

#[derive(Clone, PartialEq, Debug)]
pub struct Func {
    /// Unique in the module. The user's function `f` is `f`; others have a dot in the name.
    pub name: String,
    pub result: Option<Type>,
    pub values: Table<Value, ValueData>,
    pub insts: Table<Inst, InstData>,
    pub regions: Table<Region, RegionData>,
    /// Its parameters are the function's.
    pub body: Region,
    pub inlining: Inlining,
    /// Never returns: ends in an error or an exit.
    pub diverges: bool,
    pub span: Span,
    /// The calls that were inlined here.
    pub frames: Table<Frame, FrameData>,
}

impl Func {
    /// A function with an empty body, whose parameters have these types.
    pub fn new(name: impl Into<String>, params: &[Type], result: Option<Type>, span: Span) -> Func {
        let mut func = Func {
            name: name.into(),
            result,
            values: Table::new(),
            insts: Table::new(),
            regions: Table::new(),
            body: Region(0),
            inlining: Inlining::Auto,
            diverges: false,
            span,
            frames: Table::new(),
        };
        func.body = func.regions.push(RegionData::default());
        for &ty in params {
            let value = func.value(ty);
            let body = func.body;
            func.regions[body].params.push(value);
        }
        func
    }
    pub fn value(&mut self, ty: Type) -> Value {
        self.values.push(ValueData { ty, name: None })
    }
    pub fn ty(&self, value: Value) -> Type {
        self.values[value].ty
    }
    pub fn params(&self) -> &[Value] {
        &self.regions[self.body].params
    }
    pub fn param_types(&self) -> Vec<Type> {
        self.params().iter().map(|&v| self.ty(v)).collect()
    }
    /// The single result of an instruction.
    pub fn result_of(&self, inst: Inst) -> Value {
        self.insts[inst].results[0]
    }
}
