//! `docs/ir.md` is made from the op table and the host table: `BLESS=1` writes it, a plain run compares.

use compiler::ir::{Effect, Host, HostType, ImmKind, Op, Shape, Type};
use std::fmt::Write;

fn type_name(ty: Type) -> &'static str {
    match ty {
        Type::Bool => "bool",
        Type::I32 => "i32",
        Type::I64 => "i64",
        Type::F64 => "f64",
        Type::Any => "any",
        Type::Ref { .. } => "ref",
        Type::Func(_) => "func",
    }
}

fn shape(shape: Shape) -> &'static str {
    match shape {
        Shape::Is(ty) => type_name(ty),
        Shape::T => "T",
        Shape::NullT => "?T",
        Shape::E => "E",
        Shape::Es => "E...",
        Shape::V => "V",
        Shape::R => "R",
        Shape::NonNullR => "R non-null",
        Shape::F => "F",
        Shape::G => "G",
        Shape::Nothing => "",
    }
}

fn imm(kind: ImmKind) -> &'static str {
    match kind {
        ImmKind::None => "",
        ImmKind::Bool | ImmKind::I32 | ImmKind::I64 | ImmKind::F64 => "constant",
        ImmKind::Type => "$type",
        ImmKind::Field => "$type:field",
        ImmKind::Data => "$type data",
        ImmKind::Global => "%global",
        ImmKind::Func => "@function",
        ImmKind::Site => "site",
    }
}

fn effect(effect: Effect) -> &'static str {
    match effect {
        Effect::Pure => "pure",
        Effect::Partial => "partial",
        Effect::Read => "read",
        Effect::Write => "write",
        Effect::Alloc => "alloc",
        Effect::Trap => "trap",
    }
}

const INTRODUCTION: &str = "# The intermediate representation

This file is generated from the op table (`compiler/src/ir/ops.rs`) and the host table (`host.rs`):
`BLESS=1 cargo test -p compiler --test ir_docs` writes it, the plain test compares. What a well-formed module is stands in the header of
`verify.rs`; what the scalar ops compute in `eval.rs`; the text form in the header of `print.rs`.

Structured control: `block`, `loop`, `if`, `switch`; `br` leaves a `block`, `if` or `switch` with its results, and starts the next
turn of a `loop`; `return` and `unreachable` end a region as well. Calls: `call @f(...)`, `call_indirect $sig v(...)`, `call_host name(...)`.

In the columns: `T` is the type of the immediate (`?T`: nullable), `E` its element or field type, `V` any type, the same at each place of a
row, `R` any reference, `F` the address of the function, `G` the type of the global.

| effect | means |
|---|---|
| pure | depends on its operands alone, defined for all of them: may be moved, merged, removed |
| partial | the same where its precondition holds: may be merged with a dominating equal op and removed, never moved up |
| read | reads mutable memory, and is partial |
| write | writes memory |
| alloc | makes a fresh object; removable when unused |
| trap | may end the program with its site's error; a dominated equal op may be removed |

## Ops

| op | immediate | operands | result | effect | meaning |
|---|---|---|---|---|---|
";

fn document() -> String {
    let mut out = INTRODUCTION.to_string();
    for &op in Op::ALL {
        let operands: Vec<&str> = op.operands().iter().map(|&s| shape(s)).collect();
        let row =
            [imm(op.imm()), &operands.join(", "), shape(op.result()), effect(op.effect()), &op.meaning().replace('|', "\\|")].join(" | ");
        let _ = writeln!(out, "| `{}` | {row} |", op.mnemonic());
    }
    let _ =
        writeln!(out, "\n{} ops.\n\n## Host functions\n\n| function | parameters | result | meaning |\n|---|---|---|---|", Op::ALL.len());
    for &host in Host::ALL {
        let param = |p: &HostType| match p {
            HostType::Value(ty) => type_name(*ty),
            HostType::Bytes => "bytes",
        };
        let params: Vec<&str> = host.params().iter().map(param).collect();
        let result = host.result().map_or("", type_name);
        let _ = writeln!(out, "| `{}` | {} | {result} | {} |", host.name(), params.join(", "), host.meaning());
    }
    out
}

#[test]
fn the_document_is_current() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/ir.md");
    let text = document();
    if std::env::var_os("BLESS").is_some() {
        std::fs::write(path, &text).unwrap();
    }
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(found == text, "docs/ir.md does not show the op table; BLESS=1 rewrites it");
    assert!(Op::ALL.len() <= 100, "about 90 ops are the goal");
}
