//! The verifier: each rule of its header, broken once.

use compiler::ir::verify::{check, verify};
use compiler::ir::{InstKind, Module, Region, Storage, Type, TypeKind, parse};

const HEAD: &str = "type $base = struct { tag: i32 }\n\
    type $leaf = final sub $base struct { tag: i32, mut value: f64 }\n\
    type $other = final struct { mut x: i64 }\n\
    type $bytes = array i8\n\
    type $refs = array ref $leaf\n\
    type $nrefs = array ref null $leaf\n\
    type $unary = func(i64) -> i64\n\
    global %g: i64\n\
    data d0 = \"abc\"\n\
    site s0 = 1\n\
    func @id(v0: i64) -> i64 { return v0 }\n\
    func @odd(v0: f64) { return }\n";

fn module(text: &str) -> Module {
    parse(&format!("{HEAD}{text}")).unwrap_or_else(|e| panic!("{e}\n{text}"))
}

fn rejects(text: &str, message: &str) {
    let errors = check(&module(text));
    let found = errors.first().map_or("no error".to_string(), |e| e.to_string());
    assert!(found.contains(message), "{text}\nexpected: {message}\nfound:    {found}");
}

#[test]
fn well_formed_modules_pass() {
    let text = "func @f(v0: i64, v1: ref $leaf, v2: bool) -> i64 {
        L0: v3: i64, v4: ref null $base = if v2 { br L0(v0, v1) } else { v9 = ref.null $leaf  br L0(v0, v9) }
        L1: loop (v5: ref null $base = v1, v6: i64 = v3) {
            v7 = i64.lt_s v6, v0
            L2: if v7 { br L2 } else { return v6 }
            v8 = i64.add_checked s0 v6, v0
            br L1(v4, v8)
        }
        unreachable
    }
    func @g(v0: ref $leaf, v1: bool) -> ref null $base {
        v2 = func.addr @id  v3 = i64.const 1  v4 = call_indirect $unary v2(v3)
        v5 = ref.null $base
        v6: ref null $base = select v1, v0, v5
        v7 = array.const $bytes d0  v8 = array.len $bytes v7
        v9 = call_host write(v8, v7, v8, v8)
        v10 = array.new $nrefs v8  v11 = array.fixed $refs v0, v0
        return v6
    }
    func @go() { return }  func @fail(v0: i32, v1: i64, v2: i64) noinline diverges { unreachable }
    main @go trap @fail";
    let verified = verify(module(text)).unwrap_or_else(|e| panic!("{}", e[0]));
    assert!(verified.main.is_some());
}

#[test]
fn functions() {
    let cases = [
        ("func @f() { }", "an empty region"),
        ("func @f(v0: i64) { v1 = i64.add v0, v0 }", "without a terminator"),
        ("func @f() { return unreachable }", "after a terminator"),
        ("func @f(v0: bool) -> i64 { L0: if v0 { v1 = i64.const 1 br L0 } else { br L0 } return v1 }", "not in scope"),
        ("func @f(v0: bool) -> i64 { L0: v1: i64 = if v0 { br L0 } else { unreachable } return v1 }", "0 operands instead of 1"),
        ("func @f(v0: f64) { L0: v1: i64 = block { br L0(v0) } return }", "is f64 instead of i64"),
        ("func @f(v0: bool) { L0: if v0 { br L0 } else { br L0 } br L0 }", "br to what is not a construct around it"),
        ("func @f(v0: i64) { L0: loop (v1: i64 = v0) { br L0 } unreachable }", "0 operands instead of 1"),
        ("func @f(v0: i64) { L0: loop (v1: f64 = v0) { br L0(v1) } unreachable }", "is i64 instead of f64"),
        ("func @f() { L0: v0: i64 = loop { br L0 } unreachable }", "a loop has no results"),
        ("func @f(v0: i64) { return v0 }", "1 operands instead of 0"),
        ("func @f() -> i64 { return }", "0 operands instead of 1"),
        ("func @f(v0: i64) { if v0 { return } else { return } unreachable }", "is i64 instead of bool"),
        ("func @f(v0: i64) { switch v0 { default { return } } unreachable }", "is i64 instead of i32"),
    ];
    for (text, message) in cases {
        rejects(text, message);
    }
}

#[test]
fn typing() {
    let cases = [
        ("v9 = i64.add v0, v1", "v1 is f64 instead of i64"),
        ("v9: f64 = i64.add v0, v0", "declared f64, but is i64"),
        ("i64.add v0, v0", "0 results instead of 1"),
        ("v9: i64 = trap_if s0 v4", "1 results instead of 0"),
        ("trap_if s7 v4", "does not fit trap_if"),
        ("v9 = struct.get $leaf:value v2", "is ref $base instead of ref $leaf"),
        ("v9 = struct.get $leaf:value v5", "is ref null $leaf instead of ref $leaf"),
        ("v9 = i32.const 0 struct.set $leaf:tag v3, v9", "the field is immutable"),
        ("v9 = struct.new $leaf v1", "1 operands instead of 2"),
        ("v9 = struct.new $bytes v1", "$bytes does not fit struct.new"),
        ("v9 = i32.const 0 v10 = array.new $refs v9", "no default value"),
        ("v9 = array.const $refs d0", "does not fit array.const"),
        ("v9 = array.const $bytes d4", "does not fit array.const"),
        ("v9 = array.const $bytes d0 v10 = ref.cast $other v9", "a cast of a reference to an array"),
        ("v9 = array.const $bytes d0 v10 = any.from_ref v9", "references to structs only"),
        ("v9 = any.from_ref v0", "v0 is no reference"),
        ("v9 = ref.is_null v0", "v0 is no reference"),
        ("v9: bool = any.is $unary v6", "$unary does not fit any.is"),
        ("v9: func $unary = func.addr @odd", "does not fit"),
        ("v9: i64 = select v4, v0, v1", "declared i64, but is f64"),
        ("v9: ref $leaf = select v4, v2, v3", "declared ref $leaf, but is ref $base"),
        ("call @odd(v0)", "is i64 instead of f64"),
        ("v9: i64 = call @odd(v1)", "1 results instead of 0"),
        ("v9 = func.addr @id v10 = call_indirect $unary v9(v1)", "is f64 instead of i64"),
        ("v9: i64 = call_indirect $unary v0(v0)", "another signature"),
        ("v9: i32 = call_host file_size(v3)", "v3 is no array of i8"),
        ("v9: i32 = call_host file_size()", "0 operands instead of 1"),
    ];
    let head = "v0: i64, v1: f64, v2: ref $base, v3: ref $leaf, v4: bool, v5: ref null $leaf, v6: any";
    for (text, message) in cases {
        let text = format!("func @f({head}) {{ {text} return }}");
        match parse(&format!("{HEAD}{text}")) {
            Ok(_) => rejects(&text, message),
            // The reader itself refuses what it could not give a type.
            Err(e) => assert!(e.to_string().contains("does not fit"), "{e}\n{text}"),
        }
    }
}

#[test]
fn types_and_declarations() {
    let cases = [
        ("type $a = struct { x: i64, x: i64 }", "the name is used twice"),
        ("type $a = sub $leaf struct { tag: i32, mut value: f64 }", "the supertype is final"),
        ("type $a = sub $base struct { tag: i64 }", "not the first fields"),
        ("type $a = sub $base struct { mut tag: i32 }", "not the first fields"),
        ("type $a = sub $b struct {} type $b = struct {}", "a supertype stands before its subtypes"),
        ("type $a = sub $bytes struct {}", "a supertype is a struct"),
        ("type $a = struct { x: i8 }", "packed storage is for arrays"),
        ("type $a = array ref $unary", "a reference to a signature"),
        ("type $a = array func $bytes", "the address of what is no function"),
        ("type $\"a b\" = array i64", "a type's name is of"),
        ("global %r: ref $leaf", "has a default value"),
        ("global %r: func $unary", "has a default value"),
        ("main @id", "another signature"),
        ("trap @id", "another signature"),
    ];
    for (text, message) in cases {
        rejects(text, message);
    }
}

/// Faults that the text form cannot say.
#[test]
fn structure() {
    let fresh = || module("func @f(v0: bool) { L0: if v0 { v1 = i64.const 1 br L0 } else { br L0 } return }");
    let edit = |change: &dyn Fn(&mut Module), message: &str| {
        let mut module = fresh();
        change(&mut module);
        let errors = check(&module);
        assert!(errors.iter().any(|e| e.message.contains(message)), "expected {message}, found {errors:?}");
    };
    let f = compiler::ir::FuncId(2);
    edit(
        &|m| {
            let f = &mut m.funcs[f];
            let first = f.regions[Region(1)].insts[0];
            f.regions[Region(2)].insts.insert(0, first);
        },
        "the instruction stands in two places",
    );
    edit(
        &|m| {
            let f = &mut m.funcs[f];
            let iff = f.regions[f.body].insts[0];
            f.insts[iff].kind = InstKind::If { cond: f.params()[0], then_: Region(1), else_: Region(1) };
        },
        "a region that has another owner",
    );
    edit(
        &|m| {
            let value = m.funcs[f].value(Type::I64);
            m.funcs[f].regions[Region(1)].params.push(value);
        },
        "only the region of a loop has parameters",
    );
    edit(&|m| m.funcs[f].name = "id".to_string(), "the name is used twice");
    edit(
        &|m| match &mut m.types[compiler::ir::TypeId(3)].kind {
            TypeKind::Array(a) => a.element = Storage::Value(Type::Ref { to: compiler::ir::TypeId(99), nullable: true }),
            other => panic!("{other:?}"),
        },
        "no such type",
    );
    assert!(check(&fresh()).is_empty());
}
