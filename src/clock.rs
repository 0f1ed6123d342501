//! What the phases of a compilation take: `--timings`.

use std::time::{Duration, Instant};

/// Phases and their times; nothing is measured unless it is asked for.
pub struct Clock {
    last: Option<Instant>,
    laps: Vec<(String, Duration)>,
}

impl Clock {
    pub fn new(wanted: bool) -> Clock {
        Clock { last: wanted.then(Instant::now), laps: Vec::new() }
    }

    /// Ends a phase, which began where the one before ended; phases of one name are added up.
    pub fn lap(&mut self, phase: &str) {
        if let Some(last) = self.last {
            let now = Instant::now();
            match self.laps.iter_mut().find(|(name, _)| name == phase) {
                Some((_, time)) => *time += now - last,
                None => self.laps.push((phase.to_owned(), now - last)),
            }
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
