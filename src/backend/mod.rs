//! Running a compiled program on each backend of this machine.

pub mod cc;
mod native;
mod wasm;

use crate::args::{Backend, Flags, How};
use crate::failure::{Failure, Outcome};
use crate::stages::Compiled;

pub use wasm::{For, component, core_module, run_code, run_code_when, run_known};

/// Runs a program to its end on the process's own streams; gives its exit code.
/// With a key, `run_known` finds compiled code again.
pub fn run(program: &Compiled, how: &How, flags: &Flags, key: Option<Vec<u8>>) -> Outcome {
    match how.backend() {
        Backend::Wasm => wasm::run(program, how, key),
        Backend::Vm => native::run(program, jit::Mode::Vm, how, None),
        Backend::Jit => native::run(program, jit::Mode::Jit, how, None),
        Backend::C => cc::run(program, how, flags),
    }
}

/// Runs a program on the VM, or as the JIT's code; `ready` is called when all is compiled, before the program begins.
pub fn run_native_when(program: &Compiled, how: &How, ready: &dyn Fn()) -> Outcome {
    let mode = if how.backend() == Backend::Jit { jit::Mode::Jit } else { jit::Mode::Vm };
    native::run(program, mode, how, Some(ready))
}

/// Why a backend cannot run here; nothing if it can.
pub fn missing(backend: Backend, cc: Option<&str>) -> Option<String> {
    match backend {
        Backend::Wasm => None,
        Backend::Vm | Backend::Jit if cfg!(all(unix, target_pointer_width = "64")) => None,
        Backend::Vm | Backend::Jit => Some("it needs a 64-bit Unix system".to_owned()),
        Backend::C => cc::find(cc).is_none().then(|| "no C compiler is found (zig cc, cc, clang, gcc); --cc names one".to_owned()),
    }
}

/// The limits as the backends take them.
fn limits(how: &How) -> Result<Limits, Failure> {
    limits_of(how.max_memory, how.timeout)
}

/// Thirty years: the ends of such times can be computed with.
const MOST_SECONDS: f64 = 1e9;

/// Bytes and time.
type Limits = (Option<usize>, Option<std::time::Duration>);

pub fn limits_of(max_memory: Option<u64>, timeout: Option<f64>) -> Result<Limits, Failure> {
    let memory = max_memory.map(|mib| usize::try_from(mib).ok().and_then(|mib| mib.checked_mul(1 << 20)));
    let memory = match memory {
        Some(None) => return Err(Failure::usage("--max-memory is too large: it is a number of MiB, as in --max-memory=512")),
        Some(Some(bytes)) => Some(bytes),
        None => None,
    };
    let is_time = |seconds: &f64| (0.0..=MOST_SECONDS).contains(seconds);
    if let Some(seconds) = timeout.filter(|seconds| !is_time(seconds)) {
        return Err(Failure::usage(format!(
            "--timeout={seconds}: it is a number of seconds from 0 to {MOST_SECONDS}, as in --timeout=2.5"
        )));
    }
    Ok((memory, timeout.map(std::time::Duration::from_secs_f64)))
}
