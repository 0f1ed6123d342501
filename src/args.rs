//! The command line's shape.

use crate::help;
use clap::{Args, CommandFactory, Parser, Subcommand, ValueEnum};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

#[derive(Parser, Debug)]
#[command(name = "mochi", version = version(), about = "The Mochi language: compile to WebAssembly, C and native code", after_help = help::MOCHI, max_term_width = 100)]
pub struct Cli {
    #[command(subcommand)]
    pub command: Command,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto)]
    pub color: Color,
    /// How diagnostics are written: for people, as JSON lines or as a SARIF log
    #[arg(long, global = true, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    pub format: Format,
}

/// The form of diagnostics.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Format {
    /// Text with excerpts of the source
    Human,
    /// One JSON object on a line for each diagnostic
    Json,
    /// One SARIF 2.1.0 log
    Sarif,
}

/// The version with the commit that it was built from; `unknown` outside a repository.
fn version() -> &'static str {
    concat!(env!("CARGO_PKG_VERSION"), " (", env!("MOCHI_COMMIT"), ")")
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

impl Color {
    /// NO_COLOR, CLICOLOR_FORCE and whether it is a terminal decide unless the user did.
    pub fn apply(self) {
        match self {
            Color::Auto => {}
            Color::Always => anstream::ColorChoice::Always.write_global(),
            Color::Never => anstream::ColorChoice::Never.write_global(),
        }
    }
}

#[derive(Subcommand, Debug)]
pub enum Command {
    /// Run a program
    #[command(after_help = help::RUN)]
    Run(Run),
    /// Compile a program to a file
    #[command(after_help = help::BUILD)]
    Build(Build),
    /// Report what is wrong with programs
    #[command(after_help = help::CHECK)]
    Check(Check),
    /// Show what the compiler makes of a program, stage by stage
    #[command(after_help = help::DUMP)]
    Dump(Dump),
    /// Run a program on every backend and compare output, errors and exit codes
    #[command(after_help = help::DIFF)]
    Diff(Diff),
    /// Run the `test` blocks of programs
    #[command(after_help = help::TEST)]
    Test(Test),
    /// Measure the `bench` blocks of programs
    #[command(after_help = help::BENCH)]
    Bench(Bench),
    /// Lay out source files
    #[command(after_help = help::FMT)]
    Fmt(Fmt),
    /// Explain a diagnostic code, or list all codes
    #[command(after_help = help::EXPLAIN)]
    Explain { code: Option<String> },
    /// Say what this machine lacks for which command
    #[command(after_help = help::DOCTOR)]
    Doctor,
    /// Make a new project in a folder
    #[command(after_help = help::INIT)]
    Init { folder: Option<PathBuf> },
    /// The language on one page
    #[command(after_help = help::CHEATSHEET)]
    Cheatsheet,
    /// Completions for a shell
    #[command(after_help = help::COMPLETIONS)]
    Completions { shell: clap_complete::Shell },
    /// Runs what `mochi test` compiled
    #[command(hide = true)]
    RunBlocks(How),
}

/// Where the program comes from, and how it is compiled.
#[derive(Args, Debug, Clone)]
pub struct Input {
    /// The program; `-` is standard input. Without it, the project's main file (mochi.toml)
    pub file: Option<PathBuf>,
    /// The program itself
    #[arg(short = 'e', long = "eval", value_name = "CODE", conflicts_with = "file")]
    pub code: Option<String>,
    #[command(flatten)]
    pub flags: Flags,
}

#[derive(Args, Debug, Clone, Default)]
pub struct Flags {
    /// Optimisation: 0 or 1
    #[arg(short = 'O', value_name = "LEVEL", default_value_t = 1, value_parser = clap::value_parser!(u8).range(0..=1))]
    pub optimize: u8,
    /// Run every prelude function as it is written, without faster replacements
    #[arg(long)]
    pub no_overrides: bool,
    /// Ints that leave 64 bits become big integers instead of an error
    #[arg(long)]
    pub exact_ints: bool,
    /// Check the intermediate representation after every pass
    #[arg(long, hide = true)]
    pub verify: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Backend {
    /// WebAssembly, compiled by the embedded Wasmtime
    Wasm,
    /// The bytecode interpreter
    Vm,
    /// Native code made in memory by copy and patch
    Jit,
    /// C, compiled by the C compiler that is found
    C,
}

impl Backend {
    pub const ALL: [Backend; 4] = [Backend::Wasm, Backend::Vm, Backend::Jit, Backend::C];

    pub fn name(self) -> &'static str {
        match self {
            Backend::Wasm => "wasm",
            Backend::Vm => "vm",
            Backend::Jit => "jit",
            Backend::C => "c",
        }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Jit {
    Copypatch,
}

#[derive(Args, Debug, Clone)]
pub struct Run {
    /// Run again whenever a file of the program changes
    #[arg(long, conflicts_with = "code")]
    pub watch: bool,
    #[command(flatten)]
    pub input: Input,
    #[command(flatten)]
    pub how: How,
    /// The time of each phase, on standard error; nothing is taken from the cache
    #[arg(long)]
    pub timings: bool,
}

/// How a program is run.
#[derive(Args, Debug, Clone)]
pub struct How {
    /// What runs the program
    #[arg(long, value_enum, default_value_t = Backend::Wasm)]
    pub backend: Backend,
    /// The same as --backend=jit
    #[arg(long, value_enum, value_name = "KIND")]
    pub jit: Option<Jit>,
    /// The most memory that the program's data may take, in MiB
    #[arg(long, value_name = "MIB")]
    pub max_memory: Option<u64>,
    /// The longest time that the program may run, in seconds
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<f64>,
    /// The C compiler for --backend=c
    #[arg(long, value_name = "COMMAND")]
    pub cc: Option<String>,
}

impl How {
    pub fn backend(&self) -> Backend {
        if self.jit.is_some() { Backend::Jit } else { self.backend }
    }
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Emit {
    /// A WASI 0.2 component
    Component,
    /// The core module
    Module,
    /// The core module's text
    Wat,
    /// The core module, compiled for this machine
    WasmAot,
    /// One C file
    C,
    /// One executable file
    Exe,
}

#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Mode {
    Dev,
    Release,
    Embedded,
}

#[derive(Args, Debug, Clone)]
pub struct Build {
    #[command(flatten)]
    pub input: Input,
    /// What to make; follows from --target and --backend otherwise
    #[arg(long, value_enum)]
    pub emit: Option<Emit>,
    /// wasm32-wasi, wasm32-browser, or a triple for the C compiler
    #[arg(long)]
    pub target: Option<String>,
    /// What makes an executable: wasm (embedded Wasmtime) or c
    #[arg(long, value_enum, default_value_t = Backend::Wasm)]
    pub backend: Backend,
    /// The file to write; `-` is standard output
    #[arg(short, long)]
    pub output: Option<PathBuf>,
    /// The C compiler
    #[arg(long, value_name = "COMMAND")]
    pub cc: Option<String>,
    /// How C is compiled
    #[arg(long, value_enum, default_value_t = Mode::Release)]
    pub mode: Mode,
    /// The time of each phase, on standard error
    #[arg(long)]
    pub timings: bool,
    /// Flags for the C compiler
    #[arg(last = true)]
    pub cc_flags: Vec<String>,
}

#[derive(Args, Debug)]
pub struct Check {
    /// Files and folders, the current folder if none is named; `-` reads standard input
    pub paths: Vec<PathBuf>,
    /// The rules of the reference's newest checker
    #[arg(long)]
    pub strict: bool,
    /// The same as --format=json
    #[arg(long)]
    pub json: bool,
    /// Check again whenever a file changes
    #[arg(long)]
    pub watch: bool,
    /// The time of each phase, on standard error
    #[arg(long)]
    pub timings: bool,
    /// Change the files where it is evident what is meant, then report what is left
    #[arg(long)]
    pub fix: bool,
}

#[derive(Args, Debug)]
pub struct Dump {
    #[command(flatten)]
    pub input: Input,
    #[command(flatten)]
    pub what: DumpWhat,
    /// With --ir: the state after this pass
    #[arg(long, value_name = "PASS", requires = "ir")]
    pub after: Option<String>,
}

#[derive(Args, Debug)]
#[group(required = true, multiple = false)]
pub struct DumpWhat {
    /// The tokens
    #[arg(long)]
    pub tokens: bool,
    /// The syntax tree
    #[arg(long)]
    pub ast: bool,
    /// The resolved tree
    #[arg(long)]
    pub hir: bool,
    /// What was inferred of variables, fields and results
    #[arg(long)]
    pub types: bool,
    /// How queries find their rows: joins, what is tested where, what is evaluated once
    #[arg(long)]
    pub plan: bool,
    /// The intermediate representation
    #[arg(long)]
    pub ir: bool,
    /// The WebAssembly module's text
    #[arg(long)]
    pub wat: bool,
    /// The C text
    #[arg(long = "c")]
    pub c: bool,
    /// The virtual machine's code
    #[arg(long)]
    pub bytecode: bool,
}

#[derive(Args, Debug)]
pub struct Diff {
    #[command(flatten)]
    pub input: Input,
    /// Backends to leave out
    #[arg(long, value_enum, value_delimiter = ',')]
    pub without: Vec<Backend>,
}

/// A backend, or every one that this machine has.
#[derive(Clone, Copy, PartialEq, Eq, Debug, ValueEnum)]
pub enum Which {
    Wasm,
    Vm,
    Jit,
    C,
    All,
}

impl Which {
    /// The backends of a list, each once.
    pub fn backends(list: &[Which]) -> Vec<Backend> {
        let is_meant = |backend: Backend| {
            list.iter().any(|which| match which {
                Which::Wasm => backend == Backend::Wasm,
                Which::Vm => backend == Backend::Vm,
                Which::Jit => backend == Backend::Jit,
                Which::C => backend == Backend::C,
                Which::All => true,
            })
        };
        Backend::ALL.into_iter().filter(|&backend| is_meant(backend)).collect()
    }
}

#[derive(Args, Debug)]
pub struct Test {
    /// Files and folders; the current folder if there is none
    pub paths: Vec<PathBuf>,
    /// Only tests whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// What runs the tests; several, or `all`
    #[arg(long, value_enum, value_delimiter = ',', default_value = "wasm")]
    pub backend: Vec<Which>,
    /// How many tests run at a time; as many as there are processors if not given
    #[arg(short, long, value_name = "COUNT", value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub jobs: Option<u16>,
    /// Run no more tests after one that fails
    #[arg(long)]
    pub fail_fast: bool,
    /// Show also what passing tests print
    #[arg(long)]
    pub show_output: bool,
    /// One JSON object per test
    #[arg(long)]
    pub json: bool,
    /// Test again whenever a file changes
    #[arg(long)]
    pub watch: bool,
    /// The most memory that a test's data may take, in MiB
    #[arg(long, value_name = "MIB", default_value_t = 1024)]
    pub max_memory: u64,
    /// The longest time that a test may run, in seconds
    #[arg(long, value_name = "SECONDS")]
    pub timeout: Option<f64>,
    /// The C compiler for --backend=c
    #[arg(long, value_name = "COMMAND")]
    pub cc: Option<String>,
    #[command(flatten)]
    pub flags: Flags,
}

impl Test {
    pub fn backends(&self) -> Vec<Backend> {
        Which::backends(&self.backend)
    }
}

#[derive(Args, Debug)]
pub struct Bench {
    /// Files and folders; the current folder if there is none
    pub paths: Vec<PathBuf>,
    /// Only benchmarks whose name contains this
    #[arg(long, value_name = "TEXT")]
    pub filter: Option<String>,
    /// What runs the benchmarks; several, or `all`
    #[arg(long, value_enum, value_delimiter = ',', default_value = "wasm")]
    pub backend: Vec<Which>,
    /// How long each benchmark is measured, in seconds; a quarter of it goes before to warm up
    #[arg(long, value_name = "SECONDS", default_value_t = 1.0)]
    pub time: f64,
    /// One JSON object per benchmark
    #[arg(long)]
    pub json: bool,
    /// The C compiler for --backend=c
    #[arg(long, value_name = "COMMAND")]
    pub cc: Option<String>,
    #[command(flatten)]
    pub flags: Flags,
}

#[derive(Args, Debug)]
pub struct Fmt {
    /// Files and folders, the current folder if none is named; `-` reads standard input and writes standard output
    pub paths: Vec<PathBuf>,
    /// Change nothing; fail if something would change
    #[arg(long)]
    pub check: bool,
    /// Change nothing; show what would change as a unified diff, and fail if something would
    #[arg(long)]
    pub diff: bool,
}

/// `mochi FILE` means `mochi run FILE`: a program by its ending, or any file whose name is no command's.
pub fn with_run(mut args: Vec<OsString>) -> Vec<OsString> {
    let is_program = |arg: &str| {
        let is_command = || arg == "help" || Cli::command().get_subcommands().any(|command| command.get_name() == arg);
        match arg {
            "-" | "-e" | "--eval" => true,
            _ if arg.starts_with('-') => false,
            _ => arg.ends_with(".mochi") || arg.ends_with(".cwasm") || (!is_command() && Path::new(arg).is_file()),
        }
    };
    if args.get(1).and_then(|arg| arg.to_str()).is_some_and(is_program) {
        args.insert(1, "run".into());
    }
    args
}
