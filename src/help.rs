//! The texts below `--help`: examples and exit codes. What a command does and takes stands in `args`.

/// The last lines of every command's help.
macro_rules! examples {
    ($($line:literal)*) => {
        concat!(
            "Examples:\n", $("  ", $line, "\n",)*
            "\nExit codes:\n  0 success, 1 diagnostics, failed tests or a run-time error, 2 wrong usage, 70 a fault of mochi itself"
        )
    };
}

pub const MOCHI: &str = examples!(
    "mochi hello.mochi                     run a program"
    "mochi -e 'print(1 + 1)'               run a line of code"
    "mochi run --jit=copypatch fib.mochi   run it as native code, made in memory"
    "mochi check src/                      report what is wrong"
    "mochi test                            run the tests of this folder"
    "mochi build hello.mochi -o hello      make an executable file"
    "mochi diff hello.mochi                compare all ways to run it"
    "mochi init project                    make a new project"
);
pub const RUN: &str = examples!(
    "mochi run hello.mochi < input.txt     run a program; `mochi hello.mochi` is the same"
    "mochi run                             run the project of this folder (mochi.toml)"
    "mochi run -e 'print(1 + 1)'           run a line of code"
    "cat hello.mochi | mochi run -         run what comes on standard input"
    "mochi run --backend=vm --timeout=5 hello.mochi"
    "mochi run --watch hello.mochi         run it again after each change"
);
pub const BUILD: &str = examples!(
    "mochi build hello.mochi -o hello                  an executable file"
    "mochi build --target=wasm32-wasi hello.mochi      a WASI component, hello.wasm"
    "mochi build --emit=c hello.mochi -o -             C on standard output"
    "mochi build --backend=c hello.mochi -- -static    flags for the C compiler"
    "mochi build                                       the project of this folder, for its targets (mochi.toml)"
);
pub const CHECK: &str = examples!(
    "mochi check src/ main.mochi           files, and folders with all below"
    "mochi check --json .                  one JSON object per diagnostic"
    "mochi check --watch .                 again after each change"
);
pub const DUMP: &str = examples!(
    "mochi dump --types hello.mochi             what is known of variables and results"
    "mochi dump --ir --after=inline hello.mochi the intermediate representation after a pass"
    "mochi dump --wat -e 'print(1)'             the WebAssembly module as text"
);
pub const DIFF: &str = examples!(
    "mochi diff hello.mochi < input.txt    run it four ways, compare output, error and exit code"
    "mochi diff --without=c hello.mochi"
);
pub const TEST: &str = examples!(
    "mochi test                            all tests below this folder"
    "mochi test sort.mochi --filter stable those whose name contains `stable`"
    "mochi test --backend=all              on every backend"
    "mochi test --timeout=10 --fail-fast   no more after the first that fails"
    "mochi test --json                     one JSON object per test"
    "mochi test --watch                    again after each change"
);
pub const BENCH: &str = examples!(
    "mochi bench                           all benchmarks below this folder"
    "mochi bench sort.mochi --time=5 --backend=wasm,jit"
    "mochi bench --json > results.jsonl"
);
pub const FMT: &str = examples!(
    "mochi fmt src/                        lay files out"
    "mochi fmt --check .                   fail if a file would change"
    "mochi fmt - < a.mochi                 standard input to standard output"
);
pub const EXPLAIN: &str = examples!("mochi explain T008");
pub const DOCTOR: &str = examples!("mochi doctor");
pub const INIT: &str = examples!(
    "mochi init                            in this folder"
    "mochi init project && cd project && mochi run"
);
pub const CHEATSHEET: &str = examples!("mochi cheatsheet > all.mochi && mochi all.mochi");
pub const COMPLETIONS: &str = examples!(
    "mochi completions bash > ~/.local/share/bash-completion/completions/mochi"
    "mochi completions fish > ~/.config/fish/completions/mochi.fish"
);
