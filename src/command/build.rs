//! `mochi build`: modules, components, C, executables.

use crate::args::{Backend, Build, Emit};
use crate::backend::{For, cc, component, core_module};
use crate::clock::Clock;
use crate::failure::{Failure, Outcome};
use crate::project::Project;
use crate::stages::{self, Compiled};
use crate::temporary::Temporary;
use crate::{load, write};
use std::path::{Path, PathBuf};

/// The program that carries compiled code; empty where this tool was built without it.
const LAUNCHER: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/launcher"));

pub fn build(args: &Build) -> Outcome {
    let emit = kind(args)?;
    let mut clock = Clock::new(args.timings);
    let session = load::program(&args.input)?;
    clock.lap("parse");
    let program = stages::compile_timed(session, &args.input.flags, &mut clock)?;
    let output = match &args.output {
        Some(output) => output.clone(),
        None => default_output(args, emit)?,
    };
    if let (Some(input), Ok(to)) = (&args.input.file, output.canonicalize())
        && input.canonicalize().is_ok_and(|from| from == to)
    {
        return Err(Failure::usage(format!("-o {} is the program itself, which would be lost", output.display())));
    }
    let fault = |fault: wasm_runtime::Fault| Failure::message(fault.to_string());
    let bytes = match emit {
        Emit::Module => core_module(&program, For::Others),
        Emit::Component => component(&program).map_err(Failure::Message)?,
        Emit::Wat => compiler::wasm::wat(&core_module(&program, For::Reader)).into_bytes(),
        Emit::WasmAot => wasm_runtime::precompile(&core_module(&program, For::Runtime)).map_err(fault)?,
        Emit::C => cc::text(&program, args.mode).into_bytes(),
        Emit::Exe => {
            let outcome = executable(args, &program, &output);
            clock.lap("emit");
            clock.show();
            return outcome;
        }
    };
    write::whole(&output, &bytes)?;
    clock.lap("emit");
    clock.show();
    Ok(0)
}

/// Builds a project's program for one target into its folder `build`.
pub fn build_project(args: &mut Build, project: &Project) -> Outcome {
    if args.output.is_none() {
        let folder = project.folder.join("build");
        std::fs::create_dir_all(&folder).map_err(|error| Failure::file("make", &folder, &error))?;
        let target = args.target.as_ref().map_or_else(String::new, |target| format!("-{target}"));
        let ending = ending(kind(args)?);
        let ending = if ending.is_empty() { String::new() } else { format!(".{ending}") };
        let output = folder.join(format!("{}{target}{ending}", project.name));
        anstream::println!("{}", output.display());
        args.output = Some(output);
    }
    build(args)
}

fn kind(args: &Build) -> Result<Emit, Failure> {
    let by_target = match args.target.as_deref() {
        Some("wasm32-wasi") => Some(Emit::Component),
        Some("wasm32-browser") => Some(Emit::Module),
        Some(_) | None => None,
    };
    match (args.emit, by_target) {
        (Some(emit @ (Emit::C | Emit::Exe)), Some(_)) => {
            let name = if emit == Emit::C { "c" } else { "exe" };
            Err(Failure::usage(format!("--emit={name} does not fit a WebAssembly target")))
        }
        (Some(emit), _) => Ok(emit),
        (None, Some(emit)) => Ok(emit),
        (None, None) => Ok(Emit::Exe),
    }
}

/// The program's name with the ending of what is made, in the working directory.
fn default_output(args: &Build, emit: Emit) -> Result<PathBuf, Failure> {
    let file = args.input.file.as_deref().filter(|path| path.as_os_str() != "-");
    let name = file.and_then(Path::file_stem).ok_or_else(|| Failure::usage("-o names the file to write"))?;
    Ok(PathBuf::from(name).with_extension(ending(emit)))
}

fn ending(emit: Emit) -> &'static str {
    match emit {
        Emit::Component | Emit::Module => "wasm",
        Emit::Wat => "wat",
        Emit::WasmAot => "cwasm",
        Emit::C => "c",
        Emit::Exe => std::env::consts::EXE_EXTENSION,
    }
}

fn executable(args: &Build, program: &Compiled, output: &Path) -> Outcome {
    let target = args.target.as_deref();
    if target.is_some() || args.backend == Backend::C {
        let settings = cc::Settings { cc: args.cc.as_deref(), mode: args.mode, target, flags: &args.cc_flags, limited: false };
        let folder = Temporary::new()?;
        let made = folder.path().join("program");
        cc::build(program, &made, &settings)?;
        let bytes = std::fs::read(&made).map_err(|error| Failure::file("read", &made, &error))?;
        return write_executable(output, &bytes);
    }
    if args.backend != Backend::Wasm {
        return Err(Failure::usage("an executable is made by --backend=wasm or --backend=c"));
    }
    if LAUNCHER.is_empty() {
        return Err(Failure::message("this mochi was built without the launcher (MOCHI_NO_LAUNCHER); use --backend=c"));
    }
    let code = wasm_runtime::precompile(&core_module(program, For::Runtime)).map_err(|fault| Failure::message(fault.to_string()))?;
    write_executable(output, &wasm_runtime::executable(LAUNCHER, &code))
}

fn write_executable(output: &Path, bytes: &[u8]) -> Outcome {
    write::whole(output, bytes)?;
    #[cfg(unix)]
    if output.is_file() {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(output, mode).map_err(|error| Failure::file("make executable", output, &error))?;
    }
    Ok(0)
}
