//! The crate's entry points.

use compiler::ir::eval::Scalar;
use compiler::ir::runs::Outcome;
use compiler::ir::{Type, Verified};
use compiler::source::Span;
use std::time::Duration;

/// What runs the program.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Mode {
    Vm,
    /// Machine code; the VM where this host or this program has none.
    Jit,
}

/// How to run a program.
pub struct RunOptions<'a> {
    pub mode: Mode,
    /// Collect garbage at every allocation, to find references that the collector was not told of.
    pub gc_stress: bool,
    /// Bytes of the heap at most; 0: three quarters of the machine's memory.
    pub heap_limit: usize,
    /// Bytes of stack; address space, not memory.
    pub stack_bytes: usize,
    /// Stop the program, with the error of `Site::INTERRUPTED`, after this time.
    pub timeout: Option<Duration>,
    /// Shows a place as `file:line:col`, for call traces; without it no trace is printed.
    pub locate: Option<&'a dyn Fn(Span) -> Option<String>>,
}

impl Default for RunOptions<'_> {
    fn default() -> Self {
        RunOptions { mode: Mode::Vm, gc_stress: false, heap_limit: 0, stack_bytes: 1 << 30, timeout: None, locate: None }
    }
}

/// Why a program could not be run at all.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Error {
    /// The module has no `main`, or no function of that name.
    NoFunction,
    /// The arguments do not fit the function's parameters, or its result is no scalar.
    NoScalars,
    /// The system gave no address space.
    NoMemory,
    /// There is no native tier for this host.
    Unsupported,
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Error::NoFunction => "the module has no such function",
            Error::NoScalars => "the arguments or the result do not fit the function",
            Error::NoMemory => "the system has no address space left",
            Error::Unsupported => "the VM and the JIT run on 64-bit Unix systems only",
        })
    }
}

impl std::error::Error for Error {}

/// Runs a program on this process's standard streams; gives its exit code.
pub fn run(module: &Verified, options: &RunOptions) -> Result<i32, Error> {
    let main = module.main.ok_or(Error::NoFunction)?;
    match platform::execute(module, main.0 as usize, &[], options)? {
        platform::Ended::Returned(_) => Ok(0),
        platform::Ended::Exited(code) => Ok(code),
        platform::Ended::Trapped { .. } => Ok(1),
    }
}

/// Calls one function with scalar arguments; a trap without a trap function counts as an exit with the site's number.
pub fn call(module: &Verified, name: &str, args: &[Scalar], options: &RunOptions) -> Result<Outcome, Error> {
    let (id, func) = module.funcs.iter().find(|(_, f)| f.name == name).ok_or(Error::NoFunction)?;
    let types: Vec<Type> = args.iter().map(|a| a.ty()).collect();
    if types != func.param_types() {
        return Err(Error::NoScalars);
    }
    let bits: Vec<u64> = args.iter().map(|&a| bits_of(a)).collect();
    match platform::execute(module, id.0 as usize, &bits, options)? {
        platform::Ended::Returned(bits) => match func.result {
            Some(ty) => Ok(Outcome::Returns(Some(scalar_of(bits, ty).ok_or(Error::NoScalars)?))),
            None => Ok(Outcome::Returns(None)),
        },
        platform::Ended::Exited(code) => Ok(Outcome::Exits(code)),
        platform::Ended::Trapped { site, .. } => Ok(Outcome::Exits(site as i32)),
    }
}

/// A scalar as it stands in a slot.
fn bits_of(scalar: Scalar) -> u64 {
    match scalar {
        Scalar::Bool(b) => u64::from(b),
        Scalar::I32(n) => u64::from(n as u32),
        Scalar::I64(n) => n as u64,
        Scalar::F64(bits) => bits,
    }
}

fn scalar_of(bits: u64, ty: Type) -> Option<Scalar> {
    Some(match ty {
        Type::Bool => Scalar::Bool(bits != 0),
        Type::I32 => Scalar::I32(bits as u32 as i32),
        Type::I64 => Scalar::I64(bits as i64),
        Type::F64 => Scalar::f64(f64::from_bits(bits)),
        Type::Any | Type::Ref { .. } | Type::Func(_) => return None,
    })
}

#[cfg(native)]
mod platform {
    use super::{Error, RunOptions};
    use crate::bytecode::{self, Target};
    pub use crate::native::Ended;
    use crate::native::{Machine, Settings};
    use compiler::ir::Verified;
    use std::io::Write;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    pub fn execute(module: &Verified, func: usize, args: &[u64], options: &RunOptions) -> Result<Ended, Error> {
        let polls = options.timeout.is_some();
        let program = bytecode::compile(module, bytecode::Options { target: Target::Vm, polls });
        let interrupt = Arc::new(AtomicBool::new(false));
        if let Some(timeout) = options.timeout {
            let flag = interrupt.clone();
            std::thread::spawn(move || {
                std::thread::sleep(timeout);
                flag.store(true, Ordering::Relaxed);
            });
        }
        let settings =
            Settings { stack_bytes: options.stack_bytes, heap_limit: options.heap_limit, gc_stress: options.gc_stress, interrupt };
        let mut machine = Machine::new(&program, &settings).ok_or(Error::NoMemory)?;
        let ended = machine.interpret(func, args);
        if let (Some(trace), Some(locate)) = (&machine.trace, options.locate) {
            let mut text = trace.lines(&program, locate).join("\n");
            text.push('\n');
            // The error itself is out already; that its trace could not be written changes nothing.
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
        Ok(ended)
    }
}

#[cfg(not(native))]
mod platform {
    use super::{Error, RunOptions};
    use compiler::ir::Verified;

    pub enum Ended {
        Returned(u64),
        Exited(i32),
        Trapped { site: u32 },
    }

    pub fn execute(_: &Verified, _: usize, _: &[u64], _: &RunOptions) -> Result<Ended, Error> {
        Err(Error::Unsupported)
    }
}
