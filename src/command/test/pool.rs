//! Files compiled and blocks run side by side, on as many threads as there are to be processes.

use super::Event;
use crate::STACK;
use crate::blocks::{self, Choice, Program, Runner, Settings};
use crate::failure::Failure;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

/// What is left to do.
struct Work {
    /// Files to compile, by number.
    files: VecDeque<usize>,
    /// Blocks to run: file, place in its order.
    blocks: VecDeque<(usize, usize, Arc<Program>)>,
    /// Files whose blocks are not known yet since they are being compiled.
    compiling: usize,
}

enum Task {
    Compile(usize),
    Run(usize, usize, Arc<Program>),
}

struct Pool {
    paths: Vec<PathBuf>,
    choice: Choice,
    settings: Settings,
    /// Whether the first block that fails is the last that is run.
    fail_fast: bool,
    work: Mutex<Work>,
    changed: Condvar,
}

/// Does it all; `watch` sees what comes of it until nothing is left, or until it calls the function that stops.
pub fn run<T>(
    paths: Vec<PathBuf>,
    choice: Choice,
    settings: Settings,
    jobs: usize,
    fail_fast: bool,
    watch: impl FnOnce(Receiver<Event>, &dyn Fn()) -> T,
) -> T {
    let work = Work { files: (0..paths.len()).collect(), blocks: VecDeque::new(), compiling: 0 };
    let pool = &Pool { paths, choice, settings, fail_fast, work: Mutex::new(work), changed: Condvar::new() };
    std::thread::scope(|scope| {
        let (sender, events) = channel();
        for job in 0..jobs.max(1) {
            // A smaller stack does for most programs, and fewer threads do the same work, but there must be one.
            let started = [STACK, STACK / 8, STACK / 64].into_iter().find_map(|stack| {
                let sender = sender.clone();
                std::thread::Builder::new().stack_size(stack).spawn_scoped(scope, move || pool.serve(&sender)).ok()
            });
            if started.is_none() {
                if job == 0 {
                    std::process::exit(Failure::message("there is no memory for a thread's stack; allow more (`ulimit -v`)").show().into());
                }
                break;
            }
        }
        drop(sender);
        watch(events, &|| pool.stop())
    })
}

impl Pool {
    fn serve(&self, events: &Sender<Event>) {
        let mut runner = Runner::new(&self.settings, Vec::new());
        while let Some(task) = self.next() {
            // The receiver lives as long as this thread.
            match task {
                Task::Compile(file) => {
                    let compiled = blocks::compile(&self.paths[file], &self.choice, &self.settings).map(Arc::new);
                    let program = compiled.as_ref().ok().cloned();
                    // Before anybody can run one of its blocks.
                    let _ = events.send(Event::File(file, compiled));
                    self.add(file, program);
                }
                Task::Run(file, place, program) => {
                    let result = runner.run(&program, place);
                    // Here and not where it is shown: this thread would have begun the next by then.
                    if self.fail_fast && !result.as_ref().is_ok_and(|ran| ran.is_complete()) {
                        self.stop();
                    }
                    let _ = events.send(Event::Block(file, place, result));
                }
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Work> {
        self.work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Blocks come before files, so that few compiled programs are kept at a time.
    fn next(&self) -> Option<Task> {
        let mut work = self.lock();
        loop {
            if let Some((file, place, program)) = work.blocks.pop_front() {
                return Some(Task::Run(file, place, program));
            }
            if let Some(file) = work.files.pop_front() {
                work.compiling += 1;
                return Some(Task::Compile(file));
            }
            if work.compiling == 0 {
                return None;
            }
            work = self.changed.wait(work).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn add(&self, file: usize, program: Option<Arc<Program>>) {
        let mut work = self.lock();
        work.compiling -= 1;
        if let Some(program) = program {
            work.blocks.extend((0..program.places()).map(|place| (file, place, program.clone())));
        }
        self.changed.notify_all();
    }

    fn stop(&self) {
        let mut work = self.lock();
        work.files.clear();
        work.blocks.clear();
    }
}
