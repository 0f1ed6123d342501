//! `mochi init`: a project that runs and whose test passes.

use crate::failure::{Failure, Outcome};
use crate::write;
use std::path::Path;

/// The files by their paths in the project; NAME stands for its name.
const FILES: [(&str, &str); 5] = [
    ("mochi.toml", "name = \"NAME\"\n"),
    (".gitignore", "/build/\n*.wasm\n*.cwasm\n"),
    ("src/main.mochi", "import \"greeting\" as greeting\n\nprint(greeting.of(\"world\"))\n"),
    (
        "src/greeting.mochi",
        "// What the program says to somebody.\nexport fun of(name: string): string {\n  return \"Hello, \" + name + \"!\"\n}\n",
    ),
    (
        "tests/greeting.mochi",
        "import \"../src/greeting\" as greeting\n\ntest \"greeting\" {\n  expect greeting.of(\"Mochi\") == \"Hello, Mochi!\"\n}\n",
    ),
];

pub fn init(folder: Option<&Path>) -> Outcome {
    let folder = folder.unwrap_or(Path::new("."));
    // Nothing is made if anything is there already.
    if let Some((path, _)) = FILES.iter().find(|(path, _)| folder.join(path).exists()) {
        return Err(Failure::message(format!("{} exists already; nothing was made", folder.join(path).display())));
    }
    let mut made = Vec::new();
    for (path, text) in FILES {
        let path = folder.join(path);
        if let Err(failure) = make(&path, text, folder) {
            // Half a project would stand in the way of another try.
            made.iter().for_each(|path| drop(std::fs::remove_file(path)));
            return Err(failure);
        }
        made.push(path);
    }
    let there = if folder == Path::new(".") { String::new() } else { format!("  cd {}\n", folder.display()) };
    anstream::println!("made a project in {}\n\n{there}  mochi run\n  mochi test", folder.display());
    Ok(0)
}

fn make(path: &Path, text: &str, folder: &Path) -> Result<(), Failure> {
    let parent = path.parent().expect("a file in a folder");
    std::fs::create_dir_all(parent).map_err(|error| Failure::file("make", parent, &error))?;
    write::whole(path, text.replace("NAME", &name(folder)).as_bytes())
}

/// The folder's name as far as it can stand in quotes.
fn name(folder: &Path) -> String {
    let absolute = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    let name = absolute.file_name().map_or_else(|| "program".into(), |name| name.to_string_lossy().into_owned());
    name.chars().filter(|c| c.is_alphanumeric() || "-_. ".contains(*c)).collect()
}
