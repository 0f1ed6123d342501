//! The module: types, globals, constant bytes, functions, and the sites of errors.

use super::entity::{Table, entity};
use super::func::Func;
use super::types::{Signature, Type, TypeDef, TypeId, TypeKind, Types};
use crate::source::Span;

entity!(
    /// A function. Text: `@name`.
    FuncId, "@f"
);
entity!(
    /// A global variable. Text: `%name`.
    GlobalId, "%g"
);
entity!(
    /// A block of constant bytes.
    DataId, "d"
);
entity!(
    /// A row of the site table: where and why a check fails.
    Site, "s"
);

impl Site {
    /// The stack ran out. Hosts and backends raise it by calling the module's trap function; it has no position.
    pub const STACK_OVERFLOW: Site = Site(0);
    /// Memory ran out; likewise.
    pub const OUT_OF_MEMORY: Site = Site(1);
    /// The host stopped the program (time limit, Ctrl-C); likewise.
    pub const INTERRUPTED: Site = Site(2);
    /// The first site with a position.
    pub const FIRST_USER: u32 = 3;
}

#[derive(Clone, PartialEq, Debug)]
pub struct GlobalData {
    pub name: String,
    /// Never a non-null reference or a function address: a global starts as zero, false, null or none.
    pub ty: Type,
}

/// Why a check fails; the number is what the trap function gets to choose the message.
#[derive(Clone, PartialEq, Debug)]
pub struct SiteData {
    /// A number of `prelude`'s message table; the IR gives it no meaning.
    pub kind: u32,
    pub span: Span,
}

#[derive(Clone, PartialEq, Debug, Default)]
pub struct Module {
    pub types: Types,
    pub globals: Table<GlobalId, GlobalData>,
    pub data: Table<DataId, Vec<u8>>,
    pub funcs: Table<FuncId, Func>,
    pub sites: Table<Site, SiteData>,
    /// `() -> ()`: runs the program. Ends by returning, or through `exit`.
    pub main: Option<FuncId>,
    /// `(site: i32, a: i64, b: i64) -> ()`, never returns: reports the error of a site and exits. `trap_if` and the checked
    /// ops call it with zeros, `trap_if_with` with its two numbers. A host calls it for `Site::STACK_OVERFLOW` and its like.
    /// Every backend keeps it reachable and, on Wasm, exports it as `trap`.
    pub trap: Option<FuncId>,
}

impl Module {
    pub fn signature(&self, func: FuncId) -> Signature {
        let func = &self.funcs[func];
        Signature { params: func.param_types(), result: func.result }
    }
    /// The type of a function's address. The signature must stand in the type table (`intern_signature`).
    pub fn signature_type(&self, func: FuncId) -> TypeId {
        let wanted = self.signature(func);
        let found = self.types.iter().find(|(_, def)| matches!(&def.kind, TypeKind::Func(s) if *s == wanted));
        found.map(|(id, _)| id).unwrap_or_else(|| panic!("no type for the signature of @{}", self.funcs[func].name))
    }
    /// The type of a signature; added if it is new. Signatures, unlike structs, are the same when they look the same.
    pub fn intern_signature(&mut self, signature: Signature) -> TypeId {
        let same = |def: &TypeDef| matches!(&def.kind, TypeKind::Func(s) if *s == signature);
        if let Some((id, _)) = self.types.iter().find(|(_, def)| same(def)) {
            return id;
        }
        let name = format!("sig{}", self.types.len());
        self.types.push(TypeDef { name, kind: TypeKind::Func(signature) })
    }
}
