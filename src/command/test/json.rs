//! Results as JSON lines; docs/test-runner.md describes the fields.

use super::failed::Failed;
use super::{Counts, Reporter};
use crate::blocks::{Program, Ran, Refused};
use crate::failure::Failure;
use compiler::json::{Object, array, quoted};
use std::path::Path;

pub struct Json {
    pub timeout: Option<f64>,
}

fn event(name: &str) -> Object {
    Object::new().number("schema", 1).text("event", name)
}

impl Reporter for Json {
    fn refused(&mut self, file: &Path, refused: &Refused) {
        let line = event("not_compiled").text("file", &file.display().to_string());
        let plain = anstream::adapter::strip_str(&refused.text).to_string();
        println!("{}", line.text("message", plain.trim_end()).raw("diagnostics", &array(refused.diagnostics.iter().cloned())).done());
    }

    fn file(&mut self, _: &Program) {}

    fn block(&mut self, program: &Program, place: usize, result: &Result<Ran, Failure>) -> bool {
        let (artifact, block) = program.at(place);
        let (backend, _) = &program.artifacts[artifact];
        let mut line = event("test").text("file", &program.file.display().to_string()).text("name", &block.name);
        line = line.number("line", block.line).number("column", block.column).text("backend", backend.name());
        let ran = match result {
            Ok(ran) => ran,
            Err(failure) => {
                failure.show();
                println!("{}", line.text("status", "failed").done());
                return false;
            }
        };
        let is_complete = ran.is_complete();
        line = line.text("status", if is_complete { "passed" } else { "failed" });
        line = line.number("time_ms", format!("{:.3}", ran.time.as_secs_f64() * 1000.0));
        line = line.text("output", &String::from_utf8_lossy(ran.output()));
        if !is_complete {
            let failed = Failed::of(ran, self.timeout);
            line = line.text("message", &failed.message).raw("trace", &array(failed.trace.iter().map(|call| quoted(call))));
            if let Some(place) = &failed.place {
                line = line.text("place", place);
            }
            if let Some((left, operator, right)) = &failed.sides {
                line = line.text("left", left).text("operator", operator).text("right", right);
            }
        }
        println!("{}", line.done());
        is_complete
    }

    fn summary(&mut self, counts: &Counts) {
        let line = event("summary").number("passed", counts.passed).number("failed", counts.failed);
        let line = line.number("filtered_out", counts.filtered_out).number("not_run", counts.not_run);
        println!("{}", line.number("not_compiled", counts.not_compiled).done());
    }
}
