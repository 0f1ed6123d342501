//! `load`, `save` and `fetch`.

use super::function::FnCx;
use crate::hir::tree::{Expr, Load, Save};
use crate::ir::Value;
use crate::source::Span;
use crate::types::Ty;

impl FnCx<'_, '_> {
    pub fn load_expr(&mut self, _load: &Load, _ty: Ty, _at: Span) -> Value {
        panic!("load is not lowered yet")
    }
    pub fn save_expr(&mut self, _save: &Save, _ty: Ty, _at: Span) -> Value {
        panic!("save is not lowered yet")
    }
    pub fn fetch_expr(&mut self, _url: &Expr, _options: Option<&Expr>, _ty: Ty, _at: Span) -> Value {
        panic!("fetch is not lowered yet")
    }
}
