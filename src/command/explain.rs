//! `mochi explain T008`.

use crate::failure::{Failure, Outcome};
use compiler::diagnostic::Code;

pub fn explain(code: &str) -> Outcome {
    let Some(code) = Code::find(code) else {
        return Err(Failure::usage(format!("there is no diagnostic `{code}`; they are P001 to P999, T000 to T066 and M001 to M013")));
    };
    anstream::println!("{}: {}\n\n{}", code.text(), code.title(), code.explanation());
    Ok(0)
}
