//! What the phases of a compilation take: `--timings`.

use std::time::{Duration, Instant};

/// Phases and their times; nothing is measured unless it is asked for.
pub struct Clock {
    last: Option<Instant>,
    laps: Vec<(&'static str, Duration)>,
}

impl Clock {
    pub fn new(wanted: bool) -> Clock {
        Clock { last: wanted.then(Instant::now), laps: Vec::new() }
    }

    /// Ends a phase, which began where the one before ended.
    pub fn lap(&mut self, phase: &'static str) {
        if let Some(last) = self.last {
            let now = Instant::now();
            self.laps.push((phase, now - last));
            self.last = Some(now);
        }
    }

    /// A line for each phase on standard error: microseconds and name.
    pub fn show(&self) {
        for (phase, time) in &self.laps {
            anstream::eprintln!("{:>9} us  {phase}", time.as_micros());
        }
    }
}
