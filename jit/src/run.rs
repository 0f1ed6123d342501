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
    /// Shows a place as `file:line:col`, for call traces; nothing for what is not the user's. Without it no trace is printed.
    pub locate: Option<&'a dyn Fn(Span) -> Option<String>>,
    /// Shows a place as errors do, with the source line; nothing for what is not the user's.
    pub excerpt: Option<&'a dyn Fn(Span) -> Option<String>>,
    /// Called once, when all is compiled and before the program begins. Then the process is taken to end with the program: what was
    /// compiled is not given back.
    pub ready: Option<&'a dyn Fn()>,
}

impl Default for RunOptions<'_> {
    fn default() -> Self {
        let (locate, excerpt, ready) = (None, None, None);
        RunOptions { mode: Mode::Vm, gc_stress: false, heap_limit: 0, stack_bytes: 512 << 20, timeout: None, locate, excerpt, ready }
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
    /// A function has more variables and values than a frame has slots: its name and place.
    TooLarge(String, Span),
}

impl std::fmt::Display for Error {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Error::TooLarge(name, _) => return write!(f, "`{name}` is too large: it has more values at once than a frame has room for"),
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

/// Times the compilation of a module, from IR to bytecode and from there to machine code, in a sentence.
pub fn measure_compilation(module: &Verified) -> String {
    platform::measure_compilation(module)
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
    use super::{Error, Mode, RunOptions};
    use crate::bytecode::{self, Target};
    pub use crate::native::Ended;
    use crate::native::{CodeStats, Machine, REPORTED, Settings};
    use compiler::ir::Verified;
    use std::io::Write;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    pub fn execute(module: &Verified, func: usize, args: &[u64], options: &RunOptions) -> Result<Ended, Error> {
        if options.mode == Mode::Jit
            && cfg!(target_arch = "x86_64")
            && let Some(ended) = attempt(module, func, args, options, Target::Jit)?
        {
            return Ok(ended);
        }
        Ok(attempt(module, func, args, options, Target::Vm)?.expect("the VM takes every program"))
    }

    pub fn measure_compilation(module: &Verified) -> String {
        const ROUNDS: u32 = 7;
        let start = std::time::Instant::now();
        let program = bytecode::compile(module, bytecode::Options { target: Target::Jit, polls: false });
        let selection = start.elapsed();
        let settings = Settings { stack_bytes: 64 << 20, heap_limit: 0, gc_stress: false, interrupt: Arc::new(AtomicBool::new(false)) };
        let Some(machine) = Machine::new(&program, &settings) else { return Error::NoMemory.to_string() };
        let rounds: Vec<CodeStats> = (0..ROUNDS).filter_map(|_| machine.measure_compilation()).collect();
        let Some(best) = rounds.iter().min_by_key(|s| s.time) else { return Error::Unsupported.to_string() };
        let per_op = |time: std::time::Duration| time.as_nanos() as f64 / best.instructions as f64;
        format!(
            "{} instructions, {} bytes of code ({:.1} each); IR to bytecode {:.1} ns per instruction (once, cold), to machine code \
             {:.1} ns (best of {ROUNDS})",
            best.instructions,
            best.bytes,
            best.bytes as f64 / best.instructions as f64,
            per_op(selection),
            per_op(best.time),
        )
    }

    /// `None` if the machine code of the program has no room.
    fn attempt(module: &Verified, func: usize, args: &[u64], options: &RunOptions, target: Target) -> Result<Option<Ended>, Error> {
        let polls = options.timeout.is_some();
        let program = bytecode::compile(module, bytecode::Options { target, polls });
        if let Some(func) = program.too_large {
            return Err(Error::TooLarge(program.funcs[func].name.clone(), program.funcs[func].span));
        }
        let interrupt = Arc::new(AtomicBool::new(false));
        let settings = Settings {
            stack_bytes: options.stack_bytes,
            heap_limit: options.heap_limit,
            gc_stress: options.gc_stress,
            interrupt: interrupt.clone(),
        };
        let mut machine = Machine::new(&program, &settings).ok_or(Error::NoMemory)?;
        let native = match target {
            Target::Vm => None,
            Target::Jit => match machine.assemble(cache_limit(), options.stack_bytes) {
                None => return Ok(None),
                native => native,
            },
        };
        if let Some(ready) = options.ready {
            ready();
        }
        let ended = Arc::new(AtomicBool::new(false));
        if let Some(timeout) = options.timeout {
            stop_after(timeout, interrupt, ended.clone());
        }
        let result = match native {
            Some(native) => machine.execute(native, func, args),
            None => machine.interpret(func, args),
        };
        ended.store(true, Ordering::Relaxed);
        if let (Some(trace), Some(locate), false) = (&machine.trace, options.locate, machine.nobody_reads()) {
            let excerpt = |span| options.excerpt.and_then(|excerpt| excerpt(span));
            let place = trace.place(&program, &|span| excerpt(span).is_some()).filter(|_| machine.raised());
            let mut text = place.and_then(excerpt).unwrap_or_default();
            trace.lines(&program, locate).iter().for_each(|line| text.push_str(&format!("{line}\n")));
            // The error itself is out already; that its trace could not be written changes nothing.
            let _ = std::io::stderr().write_all(text.as_bytes());
        }
        if options.ready.is_some() {
            std::mem::forget(machine);
            std::mem::forget(program);
        }
        Ok(Some(result))
    }

    /// Lets the program know that its time is over; one that does not notice is ended.
    fn stop_after(timeout: std::time::Duration, interrupt: Arc<AtomicBool>, ended: Arc<AtomicBool>) {
        std::thread::spawn(move || {
            std::thread::sleep(timeout);
            interrupt.store(true, Ordering::Relaxed);
            // A program that waits for input does not look; what it printed is out.
            std::thread::sleep(GRACE);
            if !ended.load(Ordering::Relaxed) {
                // The trace of millions of calls takes its time.
                if REPORTED.load(Ordering::Relaxed) {
                    std::thread::sleep(GRACE * 10);
                } else {
                    let _ = std::io::stderr().write_all(b"error: interrupted\n");
                }
                std::process::exit(1);
            }
        });
    }

    /// How long after its time a program that does not notice may go on.
    const GRACE: std::time::Duration = std::time::Duration::from_secs(1);

    /// Bytes of machine code at most: `MOCHI_JIT_CACHE_MB`, or 64 MiB.
    fn cache_limit() -> usize {
        let wish = std::env::var("MOCHI_JIT_CACHE_MB").ok().and_then(|text| text.parse::<usize>().ok());
        wish.unwrap_or(64).min(1024) << 20
    }
}

#[cfg(not(native))]
mod platform {
    use super::{Error, RunOptions};
    use compiler::ir::Verified;

    /// As where programs run; here none is ever made.
    #[allow(dead_code)]
    pub enum Ended {
        Returned(u64),
        Exited(i32),
        Trapped { site: u32 },
    }

    pub fn execute(_: &Verified, _: usize, _: &[u64], _: &RunOptions) -> Result<Ended, Error> {
        Err(Error::Unsupported)
    }

    pub fn measure_compilation(_: &Verified) -> String {
        Error::Unsupported.to_string()
    }
}
