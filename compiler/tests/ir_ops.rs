//! `tests/ops/*.ir`: each scalar op on all combinations of boundary values, with what `eval` says, for every backend to
//! agree with. The files are generated; `BLESS=1` writes them, a plain run compares. Ops on references, `any`, memory and
//! control have hand-written files beside them, which are only read here.

use compiler::ir::eval::{Scalar, eval};
use compiler::ir::print::print;
use compiler::ir::runs::{Outcome, parse_runs, run_text};
use compiler::ir::verify::check;
use compiler::ir::{Builder, FuncId, Imm, ImmKind, Module, NO_SPAN, Op, Shape, Site, Type};
use std::path::PathBuf;

const SITE: Site = Site(3);

fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/ops")
}

fn boundaries(ty: Type) -> Vec<Scalar> {
    match ty {
        Type::Bool => vec![Scalar::Bool(false), Scalar::Bool(true)],
        Type::I32 => [0, 1, -1, 2, 31, 32, 33, -256, i32::MAX, i32::MIN, i32::MIN + 1].map(Scalar::I32).to_vec(),
        Type::I64 => {
            let halves = [i64::from(i32::MAX), 1 << 31, -(1 << 31), (1 << 32) - 1, 1 << 32, (1 << 32) + 1, -(1 << 32)];
            let wide = [1 << 53, i64::MAX, i64::MIN, i64::MIN + 1];
            [0, 1, -1, 2, -7, 63, 64, 65].into_iter().chain(halves).chain(wide).map(Scalar::I64).collect()
        }
        Type::F64 => {
            let wide = [1e308, -1e308, 5e-324, 9007199254740993.0, -9.223372036854776e18, 9.223372036854776e18];
            let small = [0.0, -0.0, 1.0, -1.0, 0.5, -2.5, 0.1, f64::INFINITY, f64::NEG_INFINITY, f64::NAN];
            small.into_iter().chain(wide).map(Scalar::f64).collect()
        }
        Type::Any | Type::Ref { .. } | Type::Func(_) => Vec::new(),
    }
}

/// The operand types of an op that `eval` knows: `select` on each scalar type, the others as their row says.
fn operand_lists(op: Op) -> Vec<Vec<Type>> {
    if op == Op::Select {
        return [Type::Bool, Type::I32, Type::I64, Type::F64].map(|t| vec![Type::Bool, t, t]).to_vec();
    }
    let types: Option<Vec<Type>> = op.operands().iter().map(|s| if let Shape::Is(t) = s { Some(*t) } else { None }).collect();
    match (types, op.result()) {
        (Some(types), Shape::Is(result)) if !types.is_empty() && !types.contains(&Type::Any) && result != Type::Any => vec![types],
        _ => Vec::new(),
    }
}

fn combinations(types: &[Type]) -> Vec<Vec<Scalar>> {
    types.iter().fold(vec![Vec::new()], |done, &ty| {
        let values = boundaries(ty);
        done.iter().flat_map(|row| values.iter().map(move |&v| [row.as_slice(), &[v]].concat())).collect()
    })
}

/// The file of an op: a function per operand list, a trap function that exits with the site, and the runs.
fn file(op: Op) -> Option<String> {
    let lists = operand_lists(op);
    if lists.is_empty() {
        return None;
    }
    let mut module = Module::default();
    let checked = op.imm() == ImmKind::Site;
    if checked {
        for _ in 0..=SITE.0 {
            module.sites.push(compiler::ir::SiteData { kind: 0, span: NO_SPAN });
        }
        module.trap = Some(trap_function(&mut module));
    }
    let imm = if checked { Imm::Site(SITE) } else { Imm::None };
    let mut runs = String::new();
    for types in &lists {
        let name = if lists.len() == 1 { "f".to_string() } else { format!("{:?}", types[1]).to_lowercase() };
        let result = if op == Op::Select { types[1] } else { compiler::ir::build::result_type(&module, op, imm, types)? };
        let mut b = Builder::new(&name, types, Some(result), NO_SPAN);
        let params = b.func.params().to_vec();
        let value = b.op(&module, op, imm, &params);
        b.ret(&[value]);
        module.funcs.push(b.finish());
        for args in combinations(types) {
            let expected = match eval(op, imm, &args) {
                Some(value) => Outcome::Returns(Some(value)),
                None if checked => Outcome::Exits(SITE.0 as i32),
                None => continue,
            };
            runs.push_str(&run_text(&name, &args, expected));
            runs.push('\n');
        }
    }
    assert!(check(&module).is_empty(), "{:?}", check(&module));
    Some(format!(
        ";; {}: {}. Generated: BLESS=1 cargo test -p compiler --test ir_ops\n{}\n{runs}",
        op.mnemonic(),
        op.meaning(),
        print(&module)
    ))
}

fn trap_function(module: &mut Module) -> FuncId {
    let mut b = Builder::new("trap", &[Type::I32, Type::I64, Type::I64], None, NO_SPAN);
    let site = b.param(0);
    b.call_host(compiler::ir::Host::Exit, &[site]);
    b.unreachable();
    let mut func = b.finish();
    func.diverges = true;
    module.funcs.push(func)
}

#[test]
fn generated_files_are_current() {
    let bless = std::env::var_os("BLESS").is_some();
    for &op in Op::ALL {
        let Some(text) = file(op) else { continue };
        let path = folder().join(format!("{}.ir", op.mnemonic()));
        if bless {
            std::fs::write(&path, &text).unwrap();
        }
        let found = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(found == text, "{} is not what eval says; BLESS=1 rewrites it", path.display());
    }
}

#[test]
fn every_file_reads_and_verifies() {
    let mut runs_in_all = 0;
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        let (module, runs) = parse_runs(&std::fs::read_to_string(&path).unwrap()).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let errors = check(&module);
        assert!(errors.is_empty(), "{}: {}", path.display(), errors[0]);
        assert!(!runs.is_empty(), "{} has no runs", path.display());
        runs_in_all += runs.len();
    }
    assert!(runs_in_all > 3000, "{runs_in_all}");
}

/// `eval` against other ways to say the same.
#[test]
fn eval_agrees_with_wider_arithmetic() {
    let i64s: Vec<i64> = boundaries(Type::I64).into_iter().map(|s| if let Scalar::I64(n) = s { n } else { unreachable!() }).collect();
    for &a in &i64s {
        for &b in &i64s {
            let at = |op| eval(op, Imm::None, &[Scalar::I64(a), Scalar::I64(b)]);
            let (x, y) = (i128::from(a), i128::from(b));
            let fits = |n: i128| i64::try_from(n).ok().map(Scalar::I64);
            assert_eq!(at(Op::I64AddChecked), fits(x + y));
            assert_eq!(at(Op::I64SubChecked), fits(x - y));
            assert_eq!(at(Op::I64MulChecked), fits(x * y));
            assert_eq!(at(Op::I64Add), Some(Scalar::I64((x + y) as i64)));
            assert_eq!(at(Op::I64Mul), Some(Scalar::I64((x * y) as i64)));
            assert_eq!(at(Op::I64DivS), if b == 0 { None } else { fits(x / y) });
            assert_eq!(at(Op::I64RemS), if b == 0 { None } else { fits(x % y) });
            assert_eq!(at(Op::I64LtU), Some(Scalar::Bool((a as u64) < (b as u64))));
            assert_eq!(at(Op::I64MulHiU), Some(Scalar::I64(((u128::from(a as u64) * u128::from(b as u64)) >> 64) as i64)));
            assert_eq!(at(Op::I64Shl), Some(Scalar::I64(((a as u64 as u128) << (b & 63)) as i64)));
        }
    }
    assert_eq!(eval(Op::I64RemS, Imm::None, &[Scalar::I64(i64::MIN), Scalar::I64(-1)]), Some(Scalar::I64(0)));
    assert_eq!(eval(Op::I64DivS, Imm::None, &[Scalar::I64(i64::MIN), Scalar::I64(-1)]), None);
    assert_eq!(eval(Op::F64ToI64, Imm::None, &[Scalar::f64(9.223372036854776e18)]), None);
    assert_eq!(eval(Op::F64ToI64, Imm::None, &[Scalar::f64(-9.223372036854776e18)]), Some(Scalar::I64(i64::MIN)));
    assert_eq!(eval(Op::F64Sub, Imm::None, &[Scalar::f64(f64::INFINITY); 2]), Some(Scalar::F64(0x7ff8_0000_0000_0000)));
}
