//! What a failed block's standard error says, taken apart.
//!
//! ```text
//! error: expect condition failed: 2<US>==<US>3
//!   --> t.mochi:4:16
//!   |
//! 4 | test "fails" { expect f(1) == 3 }
//!   |                ^
//!   at f (t.mochi:1:30)
//! ```

use crate::blocks::Ran;
use compiler::lower::SIDES;

pub struct Failed {
    pub message: String,
    /// Left side, operator, right side of the comparison that did not hold.
    pub sides: Option<(String, String, String)>,
    /// `file:line:col`
    pub place: Option<String>,
    /// The source line with its place.
    pub excerpt: String,
    /// The calls that led there, a line each.
    pub trace: Vec<String>,
}

impl Failed {
    pub fn of(ran: &Ran, timeout: Option<f64>) -> Failed {
        let stderr = String::from_utf8_lossy(&ran.stderr);
        let Some((message, rest)) = stderr.split_once("\n").filter(|(message, _)| message.starts_with("error: ")) else {
            return Failed {
                message: ended(ran, timeout),
                sides: None,
                place: None,
                excerpt: stderr.trim_end().to_owned(),
                trace: Vec::new(),
            };
        };
        let message = message.trim_start_matches("error: ");
        let mut parts = message.split(SIDES);
        let (message, sides) = match (parts.next(), parts.next(), parts.next()) {
            (Some(first), Some(operator), Some(right)) => {
                let (message, left) = first.split_once(": ").unwrap_or((first, ""));
                (message, Some((left.to_owned(), operator.to_owned(), right.to_owned())))
            }
            _ => (message, None),
        };
        let is_call = |line: &&str| line.starts_with("  at ") || line.starts_with("  ... ");
        let excerpt: Vec<&str> = rest.lines().filter(|line| !is_call(line)).collect();
        let trace = rest.lines().filter(is_call).map(|line| line.trim_start().to_owned()).collect();
        let arrow = rest.lines().find_map(|line| line.trim_start().strip_prefix("--> "));
        Failed {
            message: message.to_owned(),
            sides,
            place: arrow.map(str::to_owned),
            excerpt: excerpt.join("\n").trim_end().to_owned(),
            trace,
        }
    }
}

/// How a process ended that could not say it itself.
fn ended(ran: &Ran, timeout: Option<f64>) -> String {
    match timeout {
        Some(seconds) if ran.killed => format!("not done after {seconds} seconds"),
        _ if ran.status.success() => "the block was not reached".to_owned(),
        _ => format!("the program ended by {}", ran.status),
    }
}
