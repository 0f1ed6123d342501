//! Lists the prelude's files, so that adding one is adding a file.

use std::fmt::Write;
use std::path::Path;

fn main() {
    let folder = Path::new(&std::env::var("CARGO_MANIFEST_DIR").expect("set by cargo")).join("prelude");
    println!("cargo:rerun-if-changed={}", folder.display());
    let entries = std::fs::read_dir(&folder).expect("the prelude's folder");
    let mut files: Vec<String> = entries
        .map(|entry| entry.expect("a folder entry").file_name().into_string().expect("an ASCII name"))
        .filter(|name| name.ends_with(".mochi"))
        .collect();
    files.sort();
    let mut list = String::from("&[\n");
    for file in files {
        let path = folder.join(&file);
        writeln!(list, "    ({file:?}, include_str!({:?})),", path.display().to_string()).expect("a string grows");
    }
    list.push(']');
    let out = std::env::var("OUT_DIR").expect("set by cargo");
    std::fs::write(Path::new(&out).join("prelude_files.rs"), list).expect("the build's own folder");
}
