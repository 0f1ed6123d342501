//! `mochi bench`: every `bench` block in a process of its own, one at a time, run again and again.
//!
//! The compiled program does it itself (`prelude/blocks.mochi`): a warm-up finds how many runs make a round that is long
//! against the clock's grain, then rounds are timed until the time is over. Here the rounds become a median and a spread.

use crate::args::{Backend, Bench, Which};
use crate::blocks::{self, Block, Choice, Program, Ran, Runner, Settings};
use crate::failure::{Failure, Outcome};
use crate::load;
use crate::progress::Progress;
use anstream::println;
use compiler::driver::Blocks;
use compiler::json::Object;
use std::path::Path;
use std::sync::Arc;

pub fn bench(args: &Bench) -> Outcome {
    if !(args.time > 0.0 && args.time <= 3600.0) {
        return Err(Failure::usage("--time is a number of seconds, more than 0 and at most 3600"));
    }
    let settings = Settings {
        flags: args.flags.clone(),
        backends: Which::backends(&args.backend),
        max_memory: None,
        timeout: None,
        cc: args.cc.clone(),
    };
    settings.check()?;
    let choice = Choice { kind: Blocks::Benches, filter: args.filter.clone() };
    let (mut failed, mut found, mut filtered_out) = (false, 0, 0);
    for path in load::sources(&args.paths) {
        match blocks::compile(&path, &choice, &settings) {
            Err(refused) => {
                anstream::eprintln!("{}\n", refused.text.trim_end());
                failed = true;
            }
            Ok(program) => {
                found += program.blocks.len();
                filtered_out += program.filtered_out;
                failed |= !measure_all(&Arc::new(program), args, &settings)?;
            }
        }
    }
    if found == 0 && !args.json {
        match filtered_out {
            0 => println!("no benchmarks are found: a benchmark is a block `bench \"name\" {{ ... }}`"),
            count => println!("no benchmark has such a name; {count} have others"),
        }
    }
    Ok(u8::from(failed))
}

/// Whether all of a file's benchmarks ran to their end.
fn measure_all(program: &Arc<Program>, args: &Bench, settings: &Settings) -> Result<bool, Failure> {
    if !args.json && !program.blocks.is_empty() {
        println!("{}", program.file.display());
    }
    let nanos = (args.time * 1e9) as u64;
    let mut progress = Progress::new();
    let mut good = true;
    let mut runner = Runner::new(settings, vec![("MOCHI_BENCH_NANOS", nanos.to_string())]);
    for (number, block) in program.blocks.iter().enumerate() {
        for (artifact, (backend, _)) in program.artifacts.iter().enumerate() {
            progress.show(&format!("measuring {} on {}", block.name, backend.name()));
            let ran = runner.run(program, artifact * program.blocks.len() + number)?;
            progress.clear();
            let label = if program.artifacts.len() > 1 { format!("{} [{}]", block.name, backend.name()) } else { block.name.clone() };
            match Measured::of(&ran) {
                Some(measured) if args.json => println!("{}", measured.json(&program.file, block, *backend)),
                Some(measured) => println!("   bench {label} ... {}", measured.text()),
                None => {
                    good = false;
                    anstream::eprintln!("   bench {label} ... \x1b[31mfailed\x1b[0m");
                    anstream::eprintln!("{}", String::from_utf8_lossy(&ran.stderr).trim_end());
                }
            }
        }
    }
    Ok(good)
}

/// What the rounds say of one run, in nanoseconds.
struct Measured {
    median: f64,
    min: f64,
    max: f64,
    /// The median distance from the median, as a part of it.
    spread: f64,
    rounds: usize,
    runs: u64,
    /// Bytes in use at the end.
    memory: u64,
}

impl Measured {
    /// Nothing if the block did not get to its end.
    fn of(ran: &Ran) -> Option<Measured> {
        if !ran.is_complete() {
            return None;
        }
        let report = String::from_utf8_lossy(ran.report()).into_owned();
        let mut numbers = report.lines().map(|line| line.parse::<u64>().ok());
        let (runs, memory) = (numbers.next()??.max(1), numbers.next()??);
        let mut times: Vec<f64> = numbers.flatten().map(|nanos| nanos as f64 / runs as f64).collect();
        let middle = median(&mut times)?;
        let mut distances: Vec<f64> = times.iter().map(|time| (time - middle).abs()).collect();
        let spread = if middle > 0.0 { median(&mut distances)? / middle } else { 0.0 };
        Some(Measured { median: middle, min: times[0], max: times[times.len() - 1], spread, rounds: times.len(), runs, memory })
    }

    fn text(&self) -> String {
        // Where the host cannot tell, the memory is 0.
        let memory = if self.memory == 0 { String::new() } else { format!(", {:.1} MiB", self.memory as f64 / f64::from(1 << 20)) };
        format!(
            "{} \u{b1} {:.1} % ({} to {}; {} rounds of {}{memory})",
            duration(self.median),
            self.spread * 100.0,
            duration(self.min),
            duration(self.max),
            self.rounds,
            self.runs
        )
    }

    fn json(&self, file: &Path, block: &Block, backend: Backend) -> String {
        let line = Object::new().number("schema", 1).text("event", "bench").text("file", &file.display().to_string());
        let line = line.text("name", &block.name).number("line", block.line).number("column", block.column);
        let line = line.text("backend", backend.name()).number("median_ns", format!("{:.3}", self.median));
        let line = line.number("min_ns", format!("{:.3}", self.min)).number("max_ns", format!("{:.3}", self.max));
        let line = line.number("spread", format!("{:.4}", self.spread)).number("rounds", self.rounds);
        line.number("runs_per_round", self.runs).number("memory_bytes", self.memory).done()
    }
}

/// Sorts; the middle one, or the mean of the two in the middle.
fn median(values: &mut [f64]) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => None,
        count if count % 2 == 1 => Some(values[middle]),
        _ => Some((values[middle - 1] + values[middle]) / 2.0),
    }
}

/// A duration with its unit, to three digits or more.
fn duration(nanos: f64) -> String {
    let (value, unit) = match nanos {
        n if n < 1e3 => (n, "ns"),
        n if n < 1e6 => (n / 1e3, "\u{b5}s"),
        n if n < 1e9 => (n / 1e6, "ms"),
        n => (n / 1e9, "s"),
    };
    let digits = if value < 10.0 { 2 } else { usize::from(value < 100.0) };
    format!("{value:.digits$} {unit}")
}
