//! What the C tests share: the compilers of this machine, scratch folders, jobs on all cores.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

/// A C compiler and its flags, under a name for messages.
#[derive(Clone, Debug)]
pub struct Compiler {
    pub name: &'static str,
    pub program: Vec<&'static str>,
    pub flags: Vec<&'static str>,
}

/// Every warning is a failure: emitted text has none.
const STRICT: &[&str] = &["-Wall", "-Wextra", "-Werror"];
const SANITIZE: &[&str] = &["-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-g"];

/// The configurations whose compiler is here. With `MOCHI_TEST_ALL` a missing one fails.
pub fn compilers() -> Vec<Compiler> {
    let with =
        |name, program: &[&'static str], flags: &[&[&'static str]]| Compiler { name, program: program.to_vec(), flags: flags.concat() };
    let all = [
        with("gcc-O2", &["gcc"], &[STRICT, &["-O2"]]),
        with("gcc-stress", &["gcc"], &[STRICT, &["-O1", "-DMOCHI_STRESS=true"], SANITIZE]),
        with("clang", &["clang-19"], &[STRICT, &["-O2"]]),
        with("tcc", &["tcc"], &[&["-Wall", "-Werror"]]),
    ];
    all.into_iter().filter(|c| is_here(c.program[0])).collect()
}

pub fn is_here(program: &str) -> bool {
    let found = Command::new(program).arg("-v").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !found {
        eprintln!("SKIPPED: no `{program}` on this machine");
        assert!(std::env::var_os("MOCHI_TEST_ALL").is_none(), "`{program}` is missing");
    }
    found
}

impl Compiler {
    /// Compiles a text to a program in the folder.
    pub fn build(&self, scratch: &Scratch, text: &str) -> Result<PathBuf, String> {
        let (source, program) = (scratch.path("program.c"), scratch.path("program"));
        std::fs::write(&source, text).unwrap();
        let mut command = Command::new(self.program[0]);
        command.args(&self.program[1..]).args(["-std=gnu11"]).args(&self.flags).arg(&source).arg("-o").arg(&program).arg("-pthread");
        let output = command.output().unwrap();
        if !output.status.success() {
            let kept = std::env::temp_dir().join("mochi-failed.c");
            let _ = std::fs::copy(&source, &kept);
            return Err(format!("{command:?} (text in {})\n{}", kept.display(), String::from_utf8_lossy(&output.stderr)));
        }
        Ok(program)
    }
}

/// A folder that goes away with the value.
pub struct Scratch(PathBuf);

impl Scratch {
    pub fn new(name: &str) -> Scratch {
        let path = std::env::temp_dir().join(format!("mochi-{}-{name}", std::process::id()));
        std::fs::create_dir_all(&path).unwrap();
        Scratch(path)
    }
    pub fn path(&self, name: &str) -> PathBuf {
        Path::new(&self.0).join(name)
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs jobs on all cores; gives what they report, in the order of the jobs.
pub fn in_parallel<T: Sync>(jobs: Vec<T>, work: impl Fn(&T) -> Option<String> + Sync) -> Vec<String> {
    let (next, reports) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let threads = std::thread::available_parallelism().map_or(2, |n| n.get());
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                while let Some((index, job)) = {
                    let i = next.fetch_add(1, Ordering::Relaxed);
                    jobs.get(i).map(|job| (i, job))
                } {
                    if let Some(report) = work(job) {
                        reports.lock().unwrap().push((index, report));
                    }
                }
            });
        }
    });
    let mut reports = reports.into_inner().unwrap();
    reports.sort();
    reports.into_iter().map(|(_, report)| report).collect()
}
