//! `mochi dump`: what each stage makes of a program.

use crate::args::Dump;
use crate::backend::{For, cc, core_module};
use crate::failure::{Failure, Outcome};
use crate::{load, render, stages};
use compiler::driver::Session;
use compiler::syntax::lexer::lex;

pub fn dump(args: &Dump) -> Outcome {
    let what = &args.what;
    if what.tokens || what.ast {
        return trees(args);
    }
    if what.plan {
        let (session, checked) = stages::check(&args.input)?;
        let facts = checked.facts.as_ref().expect("a program without errors has types");
        print!("{}", compiler::lower::plans(&checked.program, facts, &session.names, &session.sources));
        return Ok(0);
    }
    if what.hir || what.types {
        let (session, checked) = stages::check(&args.input)?;
        let facts = checked.facts.as_ref().expect("a program without errors has types");
        print!(
            "{}",
            match what.types {
                true => {
                    let options = compiler::hir::infer::Options { exact_ints: args.input.flags.exact_ints };
                    compiler::hir::dump_types(&checked.program, facts, &session.names, &session.sources, options)
                }
                false => compiler::hir::dump(&checked.program, &session.names),
            }
        );
        return Ok(0);
    }
    if what.ir {
        return ir(args);
    }
    let program = stages::compile(&args.input)?;
    if what.wat {
        print!("{}", compiler::wasm::wat(&core_module(&program, For::Reader)));
    } else if what.c {
        print!("{}", cc::text(&program, crate::args::Mode::Release));
    } else {
        let options = jit::bytecode::Options { target: jit::bytecode::Target::Vm, polls: false };
        print!("{}", jit::bytecode::disassemble(&jit::bytecode::compile(&program.module, options)));
    }
    Ok(0)
}

/// What is known before anything is resolved, also of a text with errors.
fn trees(args: &Dump) -> Outcome {
    let mut session = load::program(&args.input)?;
    render::show(&session.sources, session.parse_diagnostics());
    let failed = session.parse_diagnostics().iter().any(|diagnostic| diagnostic.is_error());
    if args.what.ast {
        for tree in session.trees() {
            print!("{}", compiler::syntax::dump(tree, &session.names));
        }
    } else {
        tokens(&mut session);
    }
    Ok(u8::from(failed))
}

fn tokens(session: &mut Session) {
    let files: Vec<_> = session.trees().iter().map(|tree| tree.file).collect();
    for file in files {
        let text = session.sources.file(file).text().to_owned();
        for token in lex(file, &text, &session.names).tokens {
            let at = session.sources.position(token.span);
            println!("{:>5}:{:<4} {:<20} {}", at.line, at.column, format!("{:?}", token.kind), session.sources.snippet(token.span));
        }
    }
}

fn ir(args: &Dump) -> Outcome {
    let Some(wanted) = &args.after else {
        let program = stages::compile(&args.input)?;
        print!("{}", compiler::ir::print(&program.module));
        return Ok(0);
    };
    let mut shown = None;
    stages::compile_with(&args.input, &mut |pass, module| {
        if pass == wanted {
            shown = Some(compiler::ir::print(module));
        }
    })?;
    let passes = || compiler::driver::pass_names().join(", ");
    print!("{}", shown.ok_or_else(|| Failure::usage(format!("no pass `{wanted}` ran; the passes are lower, {}", passes())))?);
    Ok(0)
}
