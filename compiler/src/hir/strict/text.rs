//! Types as messages spell them.

use super::{Strict, Ty};

impl Strict<'_> {
    pub fn show(&self, ty: &Ty) -> String {
        match ty {
            Ty::Any | Ty::Hole => "any".to_owned(),
            Ty::Unit => "unit".to_owned(),
            Ty::Int => "int".to_owned(),
            Ty::Float => "float".to_owned(),
            Ty::BigInt => "bigint".to_owned(),
            Ty::BigRat => "bigrat".to_owned(),
            Ty::Str => "string".to_owned(),
            Ty::Bool => "bool".to_owned(),
            Ty::None => "none".to_owned(),
            Ty::List(of) => format!("[{}]", self.show(of)),
            Ty::Map(key, value) => format!("{{{}: {}}}", self.show(key), self.show(value)),
            Ty::Record(fields) => {
                let fields: Vec<String> =
                    fields.iter().map(|(name, ty)| format!("{}: {}", self.names.text(*name), self.show(ty))).collect();
                format!("{{{}}}", fields.join(", "))
            }
            Ty::Group(..) => "group".to_owned(),
            Ty::Option(of) => format!("option[{}]", self.show(of)),
            Ty::Fun(params, ret) => {
                let params: Vec<String> = params.iter().map(|param| self.show(param)).collect();
                match **ret {
                    Ty::Unit => format!("fun({})", params.join(", ")),
                    _ => format!("fun({}): {}", params.join(", "), self.show(ret)),
                }
            }
            Ty::Data(data) => self.names.text(self.program.data[data.0 as usize].name).to_owned(),
        }
    }
}
