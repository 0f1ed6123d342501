//! The kinds of values that an expression can have, as a set of bits.

use super::Sure;
use crate::hir::tree::{DataKind, Expr, ExprKind, Lit, TypeRef};
use crate::types::{DataId, Ty, TyKind};

/// A set of kinds. The empty set means that nothing is known.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Kinds(pub u16);

impl Kinds {
    pub const NONE: Kinds = Kinds(1);
    pub const BOOL: Kinds = Kinds(2);
    pub const INT: Kinds = Kinds(4);
    pub const FLOAT: Kinds = Kinds(8);
    /// `bigint` and `bigrat`
    pub const BIG: Kinds = Kinds(16);
    pub const STR: Kinds = Kinds(32);
    pub const LIST: Kinds = Kinds(64);
    /// Maps and records.
    pub const MAP: Kinds = Kinds(128);
    pub const GROUP: Kinds = Kinds(256);
    /// Declared structs and variants.
    pub const STRUCT: Kinds = Kinds(512);
    pub const FUN: Kinds = Kinds(1024);
    pub const UNKNOWN: Kinds = Kinds(0);
    pub const NUMBER: Kinds = Kinds(4 | 8 | 16);

    pub const fn or(self, other: Kinds) -> Kinds {
        Kinds(self.0 | other.0)
    }

    pub fn meets(self, other: Kinds) -> bool {
        self.0 & other.0 != 0
    }

    pub fn is_known(self) -> bool {
        self.0 != 0
    }

    /// Known, and nothing of it among the others.
    pub fn never(self, others: Kinds) -> bool {
        self.is_known() && !self.meets(others)
    }

    /// With an article, as a message speaks of it: `an int or a string`.
    pub fn text(self) -> String {
        const TEXTS: [&str; 11] =
            ["none", "a bool", "an int", "a float", "a big number", "a string", "a list", "a map", "a group", "a struct", "a function"];
        let texts: Vec<&str> = (0..TEXTS.len()).filter(|bit| self.0 & (1 << bit) != 0).map(|bit| TEXTS[bit]).collect();
        texts.join(" or ")
    }
}

impl Kinds {
    /// Without articles, as a type is written: `int`.
    pub fn bare(self) -> String {
        self.text().replace("a big number", "bigint").replace("an ", "").replace("a ", "")
    }
}

impl Sure<'_> {
    pub fn kinds(&self, expr: &Expr) -> Kinds {
        let known = if self.open.has(expr) { Kinds::UNKNOWN } else { self.kinds_of(self.facts.of(expr.id)) };
        if known.is_known() {
            return known;
        }
        match &expr.kind {
            ExprKind::Lit(lit) => kind_of_literal(lit),
            ExprKind::List(_) => Kinds::LIST,
            ExprKind::Record(_) | ExprKind::Map(_) => Kinds::MAP,
            ExprKind::Struct { .. } | ExprKind::Variant { .. } => Kinds::STRUCT,
            ExprKind::Lambda(_) => Kinds::FUN,
            _ => Kinds::UNKNOWN,
        }
    }

    pub fn kinds_of(&self, ty: Ty) -> Kinds {
        match self.facts.tys.kind(ty) {
            TyKind::Never => Kinds::UNKNOWN,
            TyKind::None => Kinds::NONE,
            TyKind::Bool => Kinds::BOOL,
            TyKind::Int | TyKind::I32 | TyKind::Byte => Kinds::INT,
            TyKind::Float => Kinds::FLOAT,
            TyKind::Data(data, _) => self.kind_of_data(*data),
            TyKind::Record(_) => Kinds::MAP,
            TyKind::Fun(..) => Kinds::FUN,
            TyKind::Option(of) => self.kinds_of(*of).or(Kinds::NONE),
            TyKind::Any { alternatives, none } => {
                let start = if *none { Kinds::NONE } else { Kinds::UNKNOWN };
                alternatives.iter().fold(start, |kinds, &ty| kinds.or(self.kinds_of(ty)))
            }
            TyKind::Array(_) | TyKind::Param(_) => Kinds::UNKNOWN,
        }
    }

    fn kind_of_data(&self, data: DataId) -> Kinds {
        let known = &self.facts.known;
        match data {
            data if data == known.string => Kinds::STR,
            data if data == known.list => Kinds::LIST,
            data if data == known.map => Kinds::MAP,
            data if data == known.group => Kinds::GROUP,
            data if data == known.bigint || data == known.bigrat => Kinds::BIG,
            data if !self.program.data[data.0 as usize].is_prelude => Kinds::STRUCT,
            _ => Kinds::UNKNOWN,
        }
    }

    /// The struct that every value but `none` of this expression is.
    pub fn struct_of(&self, expr: &Expr) -> Option<DataId> {
        if self.open.has(expr) {
            return None;
        }
        let mut ty = self.facts.of(expr.id);
        if let TyKind::Option(of) = self.facts.tys.kind(ty) {
            ty = *of;
        }
        match self.facts.tys.kind(ty) {
            TyKind::Data(data, _) => {
                let decl = &self.program.data[data.0 as usize];
                let is_struct = !decl.is_prelude && matches!(decl.kind, DataKind::Struct(_));
                is_struct.then_some(*data)
            }
            _ => None,
        }
    }

    /// The kinds that a written type takes; nothing for a type that takes everything.
    pub fn accepted(&self, ty: &TypeRef) -> Option<Kinds> {
        let kinds = match ty {
            TypeRef::Int => Kinds::INT.or(Kinds::BIG),
            TypeRef::Float => Kinds::NUMBER,
            TypeRef::Bool => Kinds::BOOL,
            TypeRef::Option(of) => return self.accepted(of),
            TypeRef::Fun(..) => Kinds::FUN,
            TypeRef::Record(_) => Kinds::MAP.or(Kinds::STRUCT),
            TypeRef::Data(data, _) => match self.kind_of_data(*data) {
                Kinds::LIST => Kinds::LIST.or(Kinds::GROUP),
                Kinds::MAP | Kinds::STRUCT => Kinds::MAP.or(Kinds::STRUCT),
                Kinds::BIG => Kinds::NUMBER.or(Kinds::STR),
                Kinds::UNKNOWN => return None,
                kinds => kinds,
            },
            TypeRef::Unit | TypeRef::Any | TypeRef::Param(_) | TypeRef::I32 | TypeRef::Byte | TypeRef::Array(_) => return None,
        };
        Some(kinds.or(Kinds::NONE))
    }

    /// How messages call a written type that does not take everything.
    pub fn type_text(&self, ty: &TypeRef) -> String {
        match ty {
            TypeRef::Int => "int".to_owned(),
            TypeRef::Float => "float".to_owned(),
            TypeRef::Bool => "bool".to_owned(),
            TypeRef::Option(of) => self.type_text(of),
            TypeRef::Fun(..) => "a function".to_owned(),
            TypeRef::Record(_) => "a record".to_owned(),
            TypeRef::Data(data, _) => {
                let name = self.names.text(self.program.data[data.0 as usize].name);
                match self.kind_of_data(*data) {
                    Kinds::LIST => "a list".to_owned(),
                    Kinds::MAP => "a map".to_owned(),
                    Kinds::STRUCT => format!("`{name}`"),
                    _ => name.to_owned(),
                }
            }
            TypeRef::Unit | TypeRef::Any | TypeRef::Param(_) | TypeRef::I32 | TypeRef::Byte | TypeRef::Array(_) => "anything".to_owned(),
        }
    }
}

pub fn kind_of_literal(lit: &Lit) -> Kinds {
    match lit {
        Lit::Int(_) => Kinds::INT,
        Lit::Float(_) => Kinds::FLOAT,
        Lit::Str(_) => Kinds::STR,
        Lit::Bool(_) => Kinds::BOOL,
        Lit::None => Kinds::NONE,
    }
}
