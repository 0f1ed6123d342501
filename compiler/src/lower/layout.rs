//! The IR form of a type.
//!
//! ```text
//!   bool int float i32      the scalars                    Option(reference)      nullable reference
//!   struct, record, list..  reference to a struct          Option(scalar), several alternatives, none:  any
//!   union                   reference to { tag: i32 }, non-final; one final struct per variant under it
//!   function                reference to { code }, non-final; one final struct per closure with captures under it
//! ```
//! What a global, an array element or a cell stores is nullable where a reference is meant (`storage`), as it starts empty.

use super::Lower;
use crate::hash::{HashMap, HashSet};
use crate::hir::tree::{DataKind, variant_base};
use crate::ir::{ArrayType, Field, Signature, Storage, StructType, Type, TypeDef, TypeId, TypeKind};
use crate::syntax::symbol::Symbol;
use crate::types::{DataId, Ty, TyKind};

#[derive(Default)]
pub(crate) struct Layouts {
    types: HashMap<Ty, Type>,
    heap: HashMap<Ty, TypeId>,
    variants: HashMap<(Ty, usize), TypeId>,
    signatures: HashMap<Ty, TypeId>,
    cells: HashMap<Type, TypeId>,
}

impl Lower<'_> {
    /// The type of a value.
    pub fn layout(&mut self, ty: Ty) -> Type {
        if let Some(&found) = self.layouts.types.get(&ty) {
            return found;
        }
        let found = match self.kind(ty) {
            TyKind::Bool => Type::Bool,
            TyKind::Int => Type::I64,
            TyKind::Float => Type::F64,
            TyKind::I32 | TyKind::Byte => Type::I32,
            TyKind::Never | TyKind::None | TyKind::Any { .. } => Type::Any,
            TyKind::Data(..) | TyKind::Record(_) | TyKind::Fun(..) | TyKind::Array(_) => {
                Type::Ref { to: self.heap_type(ty), nullable: false }
            }
            TyKind::Option(of) => match self.layout(of) {
                Type::Ref { to, .. } => Type::Ref { to, nullable: true },
                _ => Type::Any,
            },
            TyKind::Param(index) => unreachable!("parameter {index} without an argument"),
        };
        self.layouts.types.insert(ty, found);
        found
    }

    /// The type of a place that starts empty.
    pub fn storage(&mut self, ty: Ty) -> Type {
        match self.layout(ty) {
            Type::Ref { to, .. } => Type::Ref { to, nullable: true },
            other => other,
        }
    }

    /// The result of a function that gives this: nothing where it is `none` or never gets there.
    pub fn result_layout(&mut self, ty: Ty) -> Option<Type> {
        match self.facts.tys.kind(ty) {
            TyKind::Never | TyKind::None => None,
            _ => Some(self.layout(ty)),
        }
    }

    /// The struct or array that a value of the type refers to; a union's or a function's is the base.
    pub fn heap_type(&mut self, ty: Ty) -> TypeId {
        if let Some(&found) = self.layouts.heap.get(&ty) {
            return found;
        }
        let kind = self.kind(ty);
        let wanted = self.describe(ty, 2);
        let name = self.unique(&wanted);
        let placeholder = TypeKind::Struct(StructType { fields: Vec::new(), supertype: None, is_final: true });
        let id = self.module.types.push(TypeDef { name, kind: placeholder });
        self.layouts.heap.insert(ty, id);
        let kind = match kind {
            TyKind::Data(data, _) if self.is_union(data) => {
                TypeKind::Struct(StructType { fields: vec![tag_field()], supertype: None, is_final: false })
            }
            TyKind::Data(..) | TyKind::Record(_) => {
                let fields = self.fields(ty);
                TypeKind::Struct(StructType { fields: self.ir_fields(&fields), supertype: None, is_final: true })
            }
            TyKind::Array(of) => {
                let element = match self.kind(of) {
                    TyKind::Byte => Storage::I8,
                    _ => Storage::Value(self.storage(of)),
                };
                TypeKind::Array(ArrayType { element })
            }
            TyKind::Fun(params, result) => {
                let code = Type::Func(self.closure_signature(ty, id, &params, result));
                let field = Field { name: "code".into(), storage: Storage::Value(code), mutable: false };
                TypeKind::Struct(StructType { fields: vec![field], supertype: None, is_final: false })
            }
            other => unreachable!("{other:?} lives in no struct"),
        };
        self.module.types[id].kind = kind;
        id
    }

    /// The signature of a function value's code: the closure, then the parameters.
    fn closure_signature(&mut self, ty: Ty, base: TypeId, params: &[Ty], result: Ty) -> TypeId {
        let mut types = vec![Type::Ref { to: base, nullable: false }];
        types.extend(params.iter().map(|&param| self.layout(param)));
        let result = self.result_layout(result);
        let signature = self.module.intern_signature(Signature { params: types, result });
        self.layouts.signatures.insert(ty, signature);
        signature
    }
    /// The signature of the code of a function value of this type.
    pub fn code_signature(&mut self, fun: Ty) -> TypeId {
        self.heap_type(fun);
        self.layouts.signatures[&fun]
    }

    /// The struct of one variant.
    pub fn variant_type(&mut self, ty: Ty, variant: usize) -> TypeId {
        if let Some(&found) = self.layouts.variants.get(&(ty, variant)) {
            return found;
        }
        let base = self.heap_type(ty);
        let TyKind::Data(data, _) = self.kind(ty) else { unreachable!("a union") };
        let DataKind::Union(variants) = &self.program.data[data.0 as usize].kind else { unreachable!("a union") };
        let wanted = format!("{}.{}", self.names.text(self.program.data[data.0 as usize].name), self.names.text(variants[variant].name));
        let name = self.unique(&wanted);
        let placeholder = StructType { fields: vec![tag_field()], supertype: Some(base), is_final: true };
        let id = self.module.types.push(TypeDef { name, kind: TypeKind::Struct(placeholder.clone()) });
        self.layouts.variants.insert((ty, variant), id);
        let fields = self.variant_fields(ty, variant);
        let mut all = vec![tag_field()];
        all.extend(self.ir_fields(&fields));
        self.module.types[id].kind = TypeKind::Struct(StructType { fields: all, ..placeholder });
        id
    }

    /// The cell of a variable that closures share.
    pub fn cell_type(&mut self, ty: Ty) -> TypeId {
        let storage = self.storage(ty);
        if let Some(&found) = self.layouts.cells.get(&storage) {
            return found;
        }
        let wanted = format!("cell.{}", self.describe(ty, 1));
        let name = self.unique(&wanted);
        let fields = vec![Field { name: "value".into(), storage: Storage::Value(storage), mutable: true }];
        let kind = TypeKind::Struct(StructType { fields, supertype: None, is_final: true });
        let id = self.module.types.push(TypeDef { name, kind });
        self.layouts.cells.insert(storage, id);
        id
    }

    /// A cell of a number, for cursors.
    pub fn cell_type_i32(&mut self) -> TypeId {
        let ty = self.intern(TyKind::I32);
        self.cell_type(ty)
    }

    pub fn is_union(&self, data: DataId) -> bool {
        matches!(self.program.data[data.0 as usize].kind, DataKind::Union(_))
    }

    /// The fields of a struct or record in the order of its IR struct.
    pub fn fields(&mut self, ty: Ty) -> Vec<(Symbol, Ty)> {
        match self.kind(ty) {
            TyKind::Record(record) => record.fields,
            TyKind::Data(data, args) => {
                let decl = &self.program.data[data.0 as usize];
                let DataKind::Struct(fields) = &decl.kind else { unreachable!("a struct") };
                let names: Vec<Symbol> = fields.iter().map(|field| field.name).collect();
                let types = self.facts.fields[data.0 as usize].clone();
                let of = |(name, ty)| (name, self.facts.tys.substitute(ty, &args));
                names.into_iter().zip(types).map(of).collect()
            }
            other => unreachable!("{other:?} has no fields"),
        }
    }
    /// The fields of a variant, without the tag.
    pub fn variant_fields(&self, ty: Ty, variant: usize) -> Vec<(Symbol, Ty)> {
        let TyKind::Data(data, _) = self.facts.tys.kind(ty) else { unreachable!("a union") };
        let decl = &self.program.data[data.0 as usize];
        let DataKind::Union(variants) = &decl.kind else { unreachable!("a union") };
        let base = variant_base(decl, variant);
        let types = &self.facts.fields[data.0 as usize];
        variants[variant].fields.iter().enumerate().map(|(i, field)| (field.name, types[base + i])).collect()
    }
    /// The index and type of a field of a struct or record.
    pub fn field(&mut self, ty: Ty, name: Symbol) -> Option<(u32, Ty)> {
        let fields = self.fields(ty);
        let at = fields.iter().position(|&(field, _)| field == name)?;
        Some((at as u32, fields[at].1))
    }

    fn ir_fields(&mut self, fields: &[(Symbol, Ty)]) -> Vec<Field> {
        let mut made: Vec<Field> = Vec::new();
        let mut taken: HashSet<String> = HashSet::default();
        for &(name, ty) in fields {
            let text: String = self.names.text(name).chars().map(|c| if c.is_ascii_alphanumeric() || c == '_' { c } else { '_' }).collect();
            let clash = text.is_empty() || text == "tag" || taken.contains(&text);
            let text = if clash { format!("{text}.{}", made.len()) } else { text };
            let mutable = self.assigned_fields.contains(&name);
            taken.insert(text.clone());
            made.push(Field { name: text, storage: Storage::Value(self.layout(ty)), mutable });
        }
        made
    }

    /// A readable name for a type, `list.int` say; `depth` levels of arguments.
    pub fn describe(&self, ty: Ty, depth: u32) -> String {
        let list = |tys: &[Ty]| -> String {
            if depth == 0 { String::new() } else { tys.iter().map(|&ty| format!(".{}", self.describe(ty, depth - 1))).collect() }
        };
        match self.facts.tys.kind(ty) {
            TyKind::Never => "never".into(),
            TyKind::None => "none".into(),
            TyKind::Bool => "bool".into(),
            TyKind::Int => "int".into(),
            TyKind::Float => "float".into(),
            TyKind::I32 => "i32".into(),
            TyKind::Byte => "byte".into(),
            TyKind::Data(data, args) => format!("{}{}", self.names.text(self.program.data[data.0 as usize].name), list(args)),
            TyKind::Record(_) => "record".into(),
            TyKind::Fun(..) => "fun".into(),
            TyKind::Option(of) => format!("{}_or_none", self.describe(*of, depth)),
            TyKind::Any { .. } => "any".into(),
            TyKind::Array(of) => format!("array.{}", self.describe(*of, depth.saturating_sub(1))),
            TyKind::Param(index) => format!("p{index}"),
        }
    }
}

fn tag_field() -> Field {
    Field { name: "tag".into(), storage: Storage::Value(Type::I32), mutable: false }
}
