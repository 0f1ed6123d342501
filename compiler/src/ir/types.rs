//! IR types: WasmGC's list, plus `any`.
//!
//! Type definitions are nominal: two structs of the same shape are two types (`any.is` tells them apart), on every
//! backend. The Wasm emitter therefore puts all of them into one recursion group.

use super::entity::{Table, entity};

entity!(
    /// A struct, array or function signature of the module's type table. Text: `$name` or `$t7`.
    TypeId, "$t"
);

/// The type of a value.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
pub enum Type {
    /// `true` or `false`; 0 or 1 in an integer register.
    Bool,
    I32,
    I64,
    F64,
    /// A tagged value: nothing, a bool, an i64, an f64, or a reference to a struct. Boxed on Wasm, a NaN-boxed
    /// 8-byte cell elsewhere. Boxing and unboxing are always explicit ops.
    Any,
    /// A reference to a struct or array of this type or of a subtype.
    Ref {
        to: TypeId,
        nullable: bool,
    },
    /// The address of a function with this signature; never null. An index into one table on Wasm.
    Func(TypeId),
}

impl Type {
    pub fn is_ref(self) -> bool {
        matches!(self, Type::Ref { .. })
    }
    /// True for what the collector must see: references and `any`.
    pub fn is_traced(self) -> bool {
        matches!(self, Type::Ref { .. } | Type::Any)
    }
    /// The bank of a VM or JIT frame that holds values of this type.
    pub fn bank(self) -> Bank {
        match self {
            Type::Bool | Type::I32 | Type::I64 | Type::Func(_) => Bank::Int,
            Type::F64 => Bank::Float,
            Type::Any | Type::Ref { .. } => Bank::Ref,
        }
    }
}

/// The three register banks of the native tier.
#[derive(Clone, Copy, PartialEq, Eq, Debug, PartialOrd, Ord)]
pub enum Bank {
    Int,
    Float,
    Ref,
}

/// What a field or element stores; the packed forms widen to `i32` (zero-extended) when read.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Hash)]
pub enum Storage {
    I8,
    I16,
    Value(Type),
}

impl Storage {
    /// The type of a value read from, or written to, this storage.
    pub fn value_type(self) -> Type {
        match self {
            Storage::I8 | Storage::I16 => Type::I32,
            Storage::Value(t) => t,
        }
    }
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Field {
    pub name: String,
    pub storage: Storage,
    /// An immutable field is written by `struct.new` alone, so its reads may be merged across any effect.
    pub mutable: bool,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct StructType {
    /// A supertype's fields are the first fields of its subtypes.
    pub fields: Vec<Field>,
    pub supertype: Option<TypeId>,
    /// A final type has no subtypes; casts to it cost one compare.
    pub is_final: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct ArrayType {
    pub element: Storage,
}

#[derive(Clone, PartialEq, Eq, Debug, Hash)]
pub struct Signature {
    pub params: Vec<Type>,
    pub result: Option<Type>,
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub enum TypeKind {
    Struct(StructType),
    Array(ArrayType),
    Func(Signature),
}

#[derive(Clone, PartialEq, Eq, Debug)]
pub struct TypeDef {
    /// For text and for the C target; unique in the module, `[A-Za-z0-9_.]` only.
    pub name: String,
    pub kind: TypeKind,
}

/// The type table of a module. A supertype stands before its subtypes.
pub type Types = Table<TypeId, TypeDef>;

impl Types {
    pub fn structure(&self, id: TypeId) -> &StructType {
        match &self[id].kind {
            TypeKind::Struct(s) => s,
            other => panic!("{id} is no struct: {other:?}"),
        }
    }
    pub fn array(&self, id: TypeId) -> &ArrayType {
        match &self[id].kind {
            TypeKind::Array(a) => a,
            other => panic!("{id} is no array: {other:?}"),
        }
    }
    pub fn signature(&self, id: TypeId) -> &Signature {
        match &self[id].kind {
            TypeKind::Func(s) => s,
            other => panic!("{id} is no signature: {other:?}"),
        }
    }
    /// Whether `sub` is `sup` or one of its subtypes.
    pub fn is_subtype(&self, sub: TypeId, sup: TypeId) -> bool {
        let mut at = Some(sub);
        while let Some(id) = at {
            if id == sup {
                return true;
            }
            at = match &self[id].kind {
                TypeKind::Struct(s) => s.supertype,
                TypeKind::Array(_) | TypeKind::Func(_) => None,
            };
        }
        false
    }
    /// Whether a value of type `from` may stand where `to` is wanted, without an op: the same type, a subtype's
    /// reference, or a non-null reference for a nullable one.
    pub fn accepts(&self, to: Type, from: Type) -> bool {
        match (to, from) {
            (Type::Ref { to: a, nullable: n }, Type::Ref { to: b, nullable: m }) => (n || !m) && self.is_subtype(b, a),
            _ => to == from,
        }
    }
}
