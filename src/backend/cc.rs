//! C: finding a compiler, compiling, running.

use super::limits;
use crate::args::{Flags, How, Mode};
use crate::failure::{Failure, Outcome};
use crate::stages::Compiled;
use crate::temporary::Temporary;
use crate::tied;
use cnative::COptions;
use std::path::Path;
use std::process::{Command, Stdio};

/// A command and the arguments that make it a C compiler.
#[derive(Clone, Debug)]
pub struct Compiler {
    pub command: String,
    pub args: Vec<String>,
}

impl Compiler {
    fn parse(text: &str) -> Compiler {
        let mut words = text.split_whitespace().map(str::to_owned);
        Compiler { command: words.next().unwrap_or_default(), args: words.collect() }
    }

    fn works(&self) -> bool {
        let status = Command::new(&self.command).args(&self.args).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
        status.is_ok_and(|status| status.success()) || self.command.ends_with("tcc")
    }

    pub fn text(&self) -> String {
        std::iter::once(self.command.as_str()).chain(self.args.iter().map(String::as_str)).collect::<Vec<_>>().join(" ")
    }
}

/// The compiler that was asked for, else the first that works here.
pub fn find(wanted: Option<&str>) -> Option<Compiler> {
    let candidates: Vec<&str> = match wanted {
        Some(wanted) => vec![wanted],
        None => vec!["zig cc", "cc", "clang", "gcc"],
    };
    candidates.into_iter().map(Compiler::parse).find(Compiler::works)
}

/// What to make of the C text, and how.
pub struct Settings<'a> {
    pub cc: Option<&'a str>,
    pub mode: Mode,
    /// A triple for `zig cc` and clang.
    pub target: Option<&'a str>,
    pub flags: &'a [String],
    /// The program notes where it is, and looks whether its time is over.
    pub limited: bool,
}

/// The C text of a program.
pub fn text(program: &Compiled, mode: Mode) -> String {
    text_with(program, mode, false)
}

/// `limited`: for a run with limits, whose error names a place.
fn text_with(program: &Compiled, mode: Mode, limited: bool) -> String {
    let options = COptions {
        checked: mode == Mode::Dev,
        embedded: (mode == Mode::Embedded).then_some(EMBEDDED_HEAP),
        lines: (mode == Mode::Dev).then_some(&program.sources),
        places: (mode != Mode::Embedded).then_some(&program.sources),
        traces: (mode != Mode::Embedded).then_some(&program.sources),
        limited,
        ..COptions::default()
    };
    cnative::emit(&program.module, &options)
}

/// Bytes of static memory that an embedded program has for its data.
const EMBEDDED_HEAP: u32 = 256 << 10;

/// Bytes of C from which `mochi run` asks for less optimisation: such a program takes longer to compile than it is likely to run.
const LONG: usize = 200 << 10;

/// Compiles a program to an executable file.
pub fn build(program: &Compiled, output: &Path, settings: &Settings) -> Result<(), Failure> {
    compile(&text_with(program, settings.mode, settings.limited), output, settings)
}

fn compile(text: &str, output: &Path, settings: &Settings) -> Result<(), Failure> {
    let missing = || Failure::message("no C compiler is found; install one (zig, clang or gcc) or name it with --cc; see `mochi doctor`");
    let compiler = find(settings.cc).ok_or_else(missing)?;
    let folder = Temporary::new()?;
    let source = folder.path().join("program.c");
    std::fs::write(&source, text).map_err(|error| Failure::file("write", &source, &error))?;
    let mut command = Command::new(&compiler.command);
    command.args(&compiler.args).arg("-std=gnu11").args(match settings.mode {
        Mode::Dev => ["-O1", "-g"].as_slice(),
        Mode::Release => ["-O3"].as_slice(),
        Mode::Embedded => ["-Os"].as_slice(),
    });
    command.args(["-ffp-contract=off", "-w"]);
    // The program runs on a thread with a stack of its own; Windows has its own threads, a bare machine none.
    if settings.mode != Mode::Embedded && !settings.target.is_some_and(|t| t.contains("windows")) {
        command.arg("-pthread");
    }
    if let Some(target) = settings.target {
        command.args(["-target", target]);
    }
    command.arg(&source).arg("-o").arg(output).arg("-lm").args(settings.flags);
    let made = command.output().map_err(|error| Failure::message(format!("cannot run {}: {error}", compiler.text())))?;
    if made.status.success() && output.is_file() {
        return Ok(());
    }
    if made.status.success() {
        return Err(Failure::message(format!("{} made no program; is it a C compiler? --cc names another", compiler.text())));
    }
    let message = String::from_utf8_lossy(&made.stderr);
    Err(Failure::message(format!("{} failed:\n{}", compiler.text(), message.trim_end())))
}

/// Compiles into a temporary folder and runs what came out.
pub fn run(program: &Compiled, how: &How, flags: &Flags) -> Outcome {
    let (memory, timeout) = limits(how)?;
    let folder = Temporary::new()?;
    let executable = folder.path().join("program");
    let limited = memory.is_some() || timeout.is_some();
    let text = text_with(program, Mode::Release, limited);
    let level = match flags.optimize {
        0 => Some("-O0"),
        _ if text.len() > LONG => Some("-O1"),
        _ => None,
    };
    let cc_flags: Vec<String> = level.map(str::to_owned).into_iter().collect();
    let settings = Settings { cc: how.cc.as_deref(), mode: Mode::Release, target: None, flags: &cc_flags, limited };
    compile(&text, &executable, &settings)?;
    let mut command = Command::new(&executable);
    if let Some(bytes) = memory {
        command.env("MOCHI_HEAP_LIMIT", bytes.to_string());
    }
    if let Some(limit) = timeout {
        command.env("MOCHI_TIMEOUT", limit.as_millis().max(1).to_string());
    }
    tied::tie(&mut command);
    let mut child = command.spawn().map_err(|error| Failure::file("run", &executable, &error))?;
    // The program is loaded; its file need not outlive an interruption.
    #[cfg(unix)]
    drop(folder);
    let status = match timeout {
        None => child.wait().map_err(|error| Failure::file("run", &executable, &error))?,
        // The program ends itself; one that waits for input does not notice.
        Some(limit) => match wait(&mut child, limit.saturating_add(GRACE)) {
            Some(status) => status,
            None => {
                let _ = child.kill();
                let _ = child.wait();
                return Err(Failure::message("interrupted"));
            }
        },
    };
    match status.code() {
        Some(code) => Ok(code as u8),
        None => Err(Failure::message(format!("the program ended by {status}"))),
    }
}

/// How long after its time a program that does not notice may go on.
const GRACE: std::time::Duration = std::time::Duration::from_secs(1);

fn wait(child: &mut std::process::Child, limit: std::time::Duration) -> Option<std::process::ExitStatus> {
    let end = std::time::Instant::now() + limit;
    while std::time::Instant::now() < end {
        if let Ok(Some(status)) = child.try_wait() {
            return Some(status);
        }
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    None
}
