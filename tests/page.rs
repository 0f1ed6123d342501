//! The playground in a headless Chromium.
//!
//! Needs the built page (`cargo run --release --manifest-path playground/pack/Cargo.toml`), Node (`MOCHI_NODE`, else `node`),
//! `npm install` in `tests/wasm_hosts`, and Chromium (`CHROMIUM`, else `/usr/bin/chromium`).

use std::path::Path;
use std::process::Command;

#[test]
fn the_page_compiles_and_runs_programs() {
    let needed = ["target/playground/index.html", "tests/wasm_hosts/node_modules/puppeteer-core"];
    let chromium = std::env::var("CHROMIUM").unwrap_or_else(|_| "/usr/bin/chromium".into());
    if let Some(missing) = needed.into_iter().chain([chromium.as_str()]).find(|p| !Path::new(p).exists()) {
        assert!(std::env::var_os("MOCHI_TEST_ALL").is_none(), "{missing} is missing");
        eprintln!("skipped: {missing} is missing");
        return;
    }
    let node = std::env::var("MOCHI_NODE").unwrap_or_else(|_| "node".into());
    let output = Command::new(node).args(["tests/wasm_hosts/page.mjs", "target/playground"]).output().expect("node starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}
