//! `mochi explain T008`: why something is wrong, with an example and its correction. Without a code: all codes.

use crate::failure::{Failure, Outcome};
use compiler::diagnostic::{Code, closest, pages};

pub fn explain(code: Option<&str>) -> Outcome {
    let Some(text) = code else {
        Code::ALL.iter().for_each(|code| anstream::println!("{}  {}", code.text(), code.title()));
        return Ok(0);
    };
    match Code::find(text) {
        Some(code) => anstream::print!("{}", pages::text(code)),
        None => return Err(unknown(text)),
    }
    Ok(0)
}

fn unknown(text: &str) -> Failure {
    let upper = text.to_ascii_uppercase();
    let close = closest(&upper, Code::ALL.iter().map(|code| code.text()).filter(|code| code.chars().next() == upper.chars().next()));
    let hint = match close {
        Some(code) => format!("did you mean `{code}`?"),
        None => "`mochi explain` lists all of them".to_owned(),
    };
    Failure::usage(format!("there is no diagnostic `{text}`; {hint}"))
}
