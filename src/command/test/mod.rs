//! `mochi test`: every `test` block in a process of its own, after the statements that stand before it in its file.
//!
//! Results are shown in the order of files, backends and blocks, whatever the order they come in.

mod failed;
mod json;
mod layout;
mod pool;
mod report;

use crate::args::Test;
use crate::blocks::{Choice, Program, Ran, Refused, Settings};
use crate::failure::{Failure, Outcome};
use crate::{load, progress};
use compiler::driver::Blocks;
use std::path::PathBuf;
use std::sync::Arc;

/// What the pool tells.
pub enum Event {
    /// A file is compiled, or not.
    File(usize, Result<Arc<Program>, Refused>),
    /// A block has run: file, place in the order of its file (backend by backend), result.
    Block(usize, usize, Result<Ran, Failure>),
}

/// A file, and what is known of it.
struct File {
    path: PathBuf,
    compiled: Option<Result<Arc<Program>, Refused>>,
    /// In the order in which they are shown.
    results: Vec<Option<Result<Ran, Failure>>>,
    shown: usize,
    is_begun: bool,
}

/// What is counted for the last line.
#[derive(Default)]
pub struct Counts {
    pub passed: usize,
    pub failed: usize,
    pub filtered_out: usize,
    pub not_compiled: usize,
    /// Only under `--fail-fast`.
    pub not_run: usize,
}

impl Counts {
    pub fn is_good(&self) -> bool {
        self.failed == 0 && self.not_compiled == 0
    }
}

/// How results are shown.
pub trait Reporter {
    fn refused(&mut self, file: &std::path::Path, refused: &Refused);
    fn file(&mut self, program: &Program);
    /// A block of a program; whether it passed.
    fn block(&mut self, program: &Program, place: usize, result: &Result<Ran, Failure>) -> bool;
    fn summary(&mut self, counts: &Counts);
}

pub fn test(args: &Test) -> Outcome {
    let settings = Settings {
        flags: args.flags.clone(),
        backends: args.backends(),
        max_memory: Some(args.max_memory),
        timeout: args.timeout,
        cc: args.cc.clone(),
    };
    settings.check()?;
    let choice = Choice { kind: Blocks::Tests, filter: args.filter.clone() };
    let files: Vec<PathBuf> = load::sources(&args.paths);
    let mut reporter: Box<dyn Reporter> = match args.json {
        true => Box::new(json::Json { timeout: args.timeout }),
        false => Box::new(report::Report {
            show_output: args.show_output,
            several: settings.backends.len() > 1,
            found: false,
            timeout: args.timeout,
        }),
    };
    let jobs = args.jobs.map_or_else(|| std::thread::available_parallelism().map_or(1, usize::from), usize::from);
    let counts = pool::run(files.clone(), choice, settings, jobs, args.fail_fast, |events, stop| {
        let mut shown = Shown::new(files, args.fail_fast);
        for event in events {
            if shown.take(event, reporter.as_mut()) {
                stop();
            }
        }
        shown.finish()
    });
    reporter.summary(&counts);
    Ok(u8::from(!counts.is_good()))
}

/// The results so far, shown as far as they are complete.
struct Shown {
    files: Vec<File>,
    /// The file that is shown next.
    at: usize,
    fail_fast: bool,
    counts: Counts,
    known: usize,
    done: usize,
    progress: progress::Progress,
}

impl Shown {
    fn new(files: Vec<PathBuf>, fail_fast: bool) -> Shown {
        let file = |path| File { path, compiled: None, results: Vec::new(), shown: 0, is_begun: false };
        Shown {
            files: files.into_iter().map(file).collect(),
            at: 0,
            fail_fast,
            counts: Counts::default(),
            known: 0,
            done: 0,
            progress: progress::Progress::new(),
        }
    }

    /// Whether to run no more.
    fn take(&mut self, event: Event, reporter: &mut dyn Reporter) -> bool {
        match event {
            Event::File(file, compiled) => {
                if let Ok(program) = &compiled {
                    let count = program.places();
                    self.files[file].results.resize_with(count, || None);
                    self.known += count;
                    self.counts.filtered_out += program.filtered_out;
                }
                self.files[file].compiled = Some(compiled);
            }
            Event::Block(file, place, result) => {
                self.files[file].results[place] = Some(result);
                self.done += 1;
            }
        }
        self.progress.clear();
        while self.at < self.files.len() && self.advance(reporter) {
            self.at += 1;
        }
        self.progress.show(&format!("{} of {} tests", self.done, self.known));
        self.fail_fast && !self.counts.is_good()
    }

    /// Shows what is new of the file at hand; whether that is all of it.
    fn advance(&mut self, reporter: &mut dyn Reporter) -> bool {
        let file = &mut self.files[self.at];
        let program = match &file.compiled {
            None => return false,
            Some(Err(refused)) => {
                reporter.refused(&file.path, refused);
                self.counts.not_compiled += 1;
                return true;
            }
            Some(Ok(program)) => program.clone(),
        };
        if !file.is_begun && !file.results.is_empty() {
            reporter.file(&program);
        }
        file.is_begun = true;
        while let Some(Some(result)) = file.results.get(file.shown) {
            match reporter.block(&program, file.shown, result) {
                true => self.counts.passed += 1,
                false => self.counts.failed += 1,
            }
            file.shown += 1;
        }
        // What has been shown is kept no longer.
        file.shown == file.results.len()
    }

    fn finish(mut self) -> Counts {
        self.progress.clear();
        self.counts.not_run = self.known - self.counts.passed - self.counts.failed;
        self.counts
    }
}
