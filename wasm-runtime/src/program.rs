//! Loading and running a program.

use crate::engine::{self, STACKS};
use crate::files::Files;
use crate::imports::{self, Exited};
use crate::pace::Pace;
use crate::streams::{Input, Output, Sink, Source};
use crate::trace::{self, Frame};
use crate::{Fault, RUN, TRAP};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;
use wasmtime::{
    AsContextMut, Engine, Error, Extern, GcHeapOutOfMemory, Instance, Memory, Module, ResourceLimiter, Result, Store, Trap, TypedFunc, Val,
    format_err,
};

/// The sites that the engine raises through the export `trap`.
const STACK_OVERFLOW: i32 = 0;
const OUT_OF_MEMORY: i32 = 1;
const INTERRUPTED: i32 = 2;

#[derive(Default)]
pub struct RunOptions {
    pub input: Input,
    pub output: Output,
    /// Ends the program with an error after this time. Makes its code slower.
    pub timeout: Option<Duration>,
    /// Bytes of memory that the program may use.
    pub max_memory: Option<usize>,
    /// Where compiled code is kept.
    #[cfg(feature = "compile")]
    pub cache: Option<crate::Cache>,
    /// All that the module is made of, for `run_known`.
    #[cfg(feature = "compile")]
    pub key: Option<Vec<u8>>,
}

/// How a program ended.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Exit {
    pub code: i32,
    /// Where an error that the engine raised happened, as lines of text; the program has reported the error itself.
    pub place: String,
    /// Who called whom when the program ended in an error of its own; the innermost first.
    pub trace: Vec<Frame>,
    /// What was written, if `Output::Capture` was asked for.
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
}

/// An argument or result of a function that a test calls.
#[derive(Clone, Copy, PartialEq, Debug)]
pub enum Scalar {
    I32(i32),
    I64(i64),
    F64(f64),
}

/// The state that host functions work on.
pub struct Host {
    pub stdin: Source,
    pub stdout: Sink,
    pub stderr: Sink,
    pub files: Files,
    pub trace: Vec<Frame>,
    pub positions: Vec<u8>,
    /// Where the engine stopped the program.
    pub place: String,
    /// The program met a stream that nobody reads any more, which it ends quietly after.
    pub nobody_reads: bool,
    memory: Option<Memory>,
    realloc: Option<TypedFunc<(i32, i32, i32, i32), i32>>,
    /// Bytes that a heap or memory may grow to.
    pub most_memory: usize,
    /// From the first time on that the program asks for room.
    pub pace: Option<Pace>,
}

impl ResourceLimiter for Host {
    fn memory_growing(&mut self, now: usize, desired: usize, _: Option<usize>) -> Result<bool> {
        // What the module starts with is there in any case: a program that cannot start cannot report anything.
        Ok(desired <= self.most_memory || now == 0)
    }

    fn table_growing(&mut self, _: usize, _: usize, _: Option<usize>) -> Result<bool> {
        Ok(true)
    }
}

impl Host {
    pub fn memory(&self) -> Result<Memory> {
        self.memory.ok_or_else(|| format_err!("the module exports no memory"))
    }
    pub fn realloc(&self) -> Result<TypedFunc<(i32, i32, i32, i32), i32>> {
        self.realloc.clone().ok_or_else(|| format_err!("the module exports no cabi_realloc"))
    }
}

/// Runs a module or what `precompile` made of one, to its end.
pub fn run(code: &[u8], options: RunOptions) -> Result<Exit, Fault> {
    on_big_stack(|stack| {
        let mut program = Program::load(code, options, stack)?;
        let result = program.run();
        program.ended(result)
    })
}

/// Runs the module that a key stands for, if the cache has it: one that was run with this key in its options.
#[cfg(feature = "compile")]
pub fn run_known(key: &[u8], options: RunOptions) -> Option<Result<Exit, Fault>> {
    let cache = options.cache.clone()?;
    let result = on_big_stack(|stack| {
        let engine = Program::engine(&options, stack)?;
        let Some((module, positions)) = cache.recall(&engine, key) else { return Ok(None) };
        let mut program = Program::new(&engine, &module, positions, options)?;
        let result = program.run();
        program.ended(result).map(Some)
    });
    result.transpose()
}

/// Calls `f` on a thread with the largest stack that can be had, and tells it the size.
fn on_big_stack<T: Send>(f: impl FnOnce(usize) -> Result<T, Fault> + Send) -> Result<T, Fault> {
    // A thread that cannot be made takes its closure with it, so `f` stays here until one runs.
    let job = &std::sync::Mutex::new(Some(f));
    std::thread::scope(|scope| {
        for stack in STACKS {
            let call = move || {
                let f = job.lock().expect("nobody panics with it").take().expect("called once");
                f(stack)
            };
            if let Ok(thread) = std::thread::Builder::new().stack_size(stack).spawn_scoped(scope, call) {
                return thread.join().unwrap_or_else(|_| Err(Fault("the host panicked".into())));
            }
        }
        Err(Fault("no memory for the program's stack".into()))
    })
}

/// More ticks than anybody waits for, and few enough to be added to those that have passed.
const FOREVER: u64 = u64::MAX / 2;

/// A loaded module, instantiated.
pub struct Program {
    store: Store<Host>,
    instance: Instance,
    timeout: Option<Duration>,
}

impl Program {
    /// Loads for a thread with this stack. A test may call functions of it by name.
    pub fn load(code: &[u8], options: RunOptions, stack: usize) -> Result<Program, Fault> {
        let engine = Program::engine(&options, stack)?;
        let (module, positions) = module(&engine, code, &options).map_err(|e| Fault(format!("{e:#}")))?;
        Program::new(&engine, &module, positions, options)
    }

    fn engine(options: &RunOptions, stack: usize) -> Result<Engine, Fault> {
        engine::engine(stack, options.timeout.is_some()).map_err(|e| Fault(format!("the Wasm engine: {e:#}")))
    }

    fn new(engine: &Engine, module: &Module, positions: Vec<u8>, options: RunOptions) -> Result<Program, Fault> {
        let host = Host {
            stdin: Source::new(options.input),
            stdout: Sink::new(options.output, false),
            stderr: Sink::new(options.output, true),
            files: Files::default(),
            trace: Vec::new(),
            positions,
            place: String::new(),
            nobody_reads: false,
            memory: None,
            realloc: None,
            most_memory: options.max_memory.unwrap_or(usize::MAX),
            pace: None,
        };
        let mut store = Store::new(engine, host);
        store.limiter(|host| host);
        store.set_epoch_deadline(FOREVER);
        let instance = instantiate(&mut store, module).map_err(|e| Fault(format!("{e:#}")))?;
        Ok(Program { store, instance, timeout: options.timeout })
    }

    /// Calls the program's `run`; the exit code.
    pub fn run(&mut self) -> Result<i32> {
        // The time counts from where the program's own code begins: what is interrupted there has a place.
        if let Some(limit) = self.timeout {
            let ticks = limit.as_nanos().div_ceil(engine::TICK.as_nanos()).clamp(1, u128::from(FOREVER));
            self.store.set_epoch_deadline(ticks as u64);
            tick(self.store.engine());
        }
        let run = self.instance.get_typed_func::<(), i32>(&mut self.store, RUN)?;
        run.call(&mut self.store, ())
    }

    /// Calls a function by name.
    pub fn call(&mut self, name: &str, args: &[Scalar]) -> Result<Option<Scalar>> {
        let func = self.instance.get_func(&mut self.store, name).ok_or_else(|| format_err!("no export `{name}`"))?;
        let args: Vec<Val> = args.iter().map(|&a| a.into()).collect();
        let mut results = vec![Val::I32(0); func.ty(&self.store).results().len()];
        func.call(&mut self.store, &args, &mut results)?;
        results.first().map(Scalar::try_from).transpose()
    }

    /// The exit that an outcome means. What only the engine could notice is reported by the program's own `trap`.
    pub fn ended(mut self, result: Result<i32>) -> Result<Exit, Fault> {
        let result = match result {
            Err(error) => match site(&error) {
                Some(site) => self.trap(site, error),
                None => Err(error),
            },
            ok => ok,
        };
        let code = match result {
            Ok(code) => code,
            Err(error) => match error.downcast_ref::<Exited>() {
                Some(&Exited(code)) => code,
                None => return Err(Fault(format!("{error:#}"))),
            },
        };
        let host = self.store.into_data();
        Ok(Exit { code, place: host.place, trace: host.trace, stdout: host.stdout.into_memory(), stderr: host.stderr.into_memory() })
    }

    fn trap(&mut self, site: i32, error: Error) -> Result<i32> {
        match site {
            // Time to report it; a report that hangs is cut off.
            INTERRUPTED => self.store.set_epoch_deadline(100),
            OUT_OF_MEMORY => self.store.data_mut().most_memory = usize::MAX,
            _ => {}
        }
        let Ok(trap) = self.instance.get_typed_func::<(i32, i64, i64), ()>(&mut self.store, TRAP) else {
            return Err(error);
        };
        let reported = match trap.call(&mut self.store, (site, 0, 0)) {
            Err(reported) if reported.is::<Exited>() => reported,
            // There is not even memory left for the program's own report, and what it had not written yet is lost.
            _ => {
                let text = format!("error: {}\n", ["stack overflow", "out of memory", "interrupted"][site as usize]);
                let _ = self.store.data_mut().stderr.write(text.as_bytes());
                Error::new(Exited(1))
            }
        };
        let (frames, place) = trace::of_error(&error, &self.store.data().positions);
        let host = self.store.data_mut();
        (host.trace, host.place) = (frames, place);
        Err(reported)
    }
}

/// Which site reports an error of the engine.
fn site(error: &Error) -> Option<i32> {
    if error.is::<GcHeapOutOfMemory<()>>() {
        return Some(OUT_OF_MEMORY);
    }
    match error.downcast_ref::<Trap>()? {
        Trap::StackOverflow => Some(STACK_OVERFLOW),
        Trap::AllocationTooLarge => Some(OUT_OF_MEMORY),
        Trap::Interrupt => Some(INTERRUPTED),
        _ => None,
    }
}

fn module(engine: &Engine, code: &[u8], options: &RunOptions) -> Result<(Module, Vec<u8>)> {
    if let Some((compiled, positions)) = crate::payload::split(code) {
        // SAFETY: whoever runs a precompiled file trusts it as much as an executable file; the cache and the launcher
        // hand over only what they wrote themselves.
        let module = unsafe { Module::deserialize(engine, compiled) };
        let module = module.map_err(|error| error.context("this compiled code does not fit this mochi; build it again"))?;
        return Ok((module, positions.to_vec()));
    }
    if !code.starts_with(b"\0asm") {
        return Err(format_err!("this is no compiled code of mochi, or not all of it; build it again with --emit=wasm-aot"));
    }
    let compiled = catch_unwind(AssertUnwindSafe(|| compile(engine, code, options)));
    let why = match compiled {
        Ok(Ok(module)) => {
            let positions = trace::positions(code);
            #[cfg(feature = "compile")]
            if let (Some(cache), Some(key)) = (&options.cache, &options.key) {
                cache.remember(engine, key, code, &positions);
            }
            return Ok((module, positions));
        }
        Ok(Err(error)) => format!("{error:#}"),
        Err(panic) => panic.downcast_ref::<String>().cloned().unwrap_or_default(),
    };
    Err(format_err!("the program is too large for the Wasm engine; run it with --backend=vm, or split its functions ({why})"))
}

#[cfg(feature = "compile")]
fn compile(engine: &Engine, code: &[u8], options: &RunOptions) -> Result<Module> {
    match &options.cache {
        Some(cache) => cache.module(engine, code),
        None => Module::new(engine, code),
    }
}

#[cfg(not(feature = "compile"))]
fn compile(_: &Engine, _: &[u8], _: &RunOptions) -> Result<Module> {
    Err(format_err!("this program is not precompiled"))
}

fn instantiate(store: &mut Store<Host>, module: &Module) -> Result<Instance> {
    let mut imports: Vec<Extern> = Vec::new();
    for import in module.imports() {
        imports.push(imports::function(store, import.module(), import.name())?.into());
    }
    let instance = Instance::new(store.as_context_mut(), module, &imports)?;
    let memory = instance.get_memory(&mut *store, "memory");
    let realloc = instance.get_typed_func(&mut *store, "cabi_realloc").ok();
    let host = store.data_mut();
    (host.memory, host.realloc) = (memory, realloc);
    Ok(instance)
}

/// Counts the engine's epochs until the process ends.
fn tick(engine: &Engine) {
    let engine = engine.weak();
    std::thread::spawn(move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            std::thread::sleep(engine::TICK);
        }
    });
}

impl From<Scalar> for Val {
    fn from(scalar: Scalar) -> Val {
        match scalar {
            Scalar::I32(n) => Val::I32(n),
            Scalar::I64(n) => Val::I64(n),
            Scalar::F64(x) => Val::F64(x.to_bits()),
        }
    }
}

impl TryFrom<&Val> for Scalar {
    type Error = Error;
    fn try_from(value: &Val) -> Result<Scalar> {
        Ok(match value {
            Val::I32(n) => Scalar::I32(*n),
            Val::I64(n) => Scalar::I64(*n),
            Val::F64(bits) => Scalar::F64(f64::from_bits(*bits)),
            other => return Err(format_err!("no scalar: {other:?}")),
        })
    }
}
