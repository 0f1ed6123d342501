//! Logic relations.

use super::function::FnCx;
use crate::hir::tree::LogicTerm;
use crate::ir::Value;
use crate::types::Ty;

impl FnCx<'_, '_> {
    pub fn logic_query(&mut self, _relation: u32, _terms: &[LogicTerm], _ty: Ty) -> Value {
        panic!("logic queries are not lowered yet")
    }
}
