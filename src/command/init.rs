//! `mochi init`: a project that runs.

use crate::failure::{Failure, Outcome};
use std::path::Path;

const MAIN: &str = r#"fun greeting(name: string): string {
  return "Hello, " + name + "!"
}

print(greeting("world"))

test "greeting" {
  expect greeting("Mochi") == "Hello, Mochi!"
}
"#;

pub fn init(folder: Option<&Path>) -> Outcome {
    let folder = folder.unwrap_or(Path::new("."));
    std::fs::create_dir_all(folder).map_err(|error| Failure::file("make", folder, &error))?;
    let main = folder.join("main.mochi");
    if main.exists() {
        return Err(Failure::message(format!("{} exists already", main.display())));
    }
    std::fs::write(&main, MAIN).map_err(|error| Failure::file("write", &main, &error))?;
    anstream::println!("made {0}\n\n  mochi run {0}\n  mochi test {0}", main.display());
    Ok(0)
}
