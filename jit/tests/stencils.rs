//! The checked-in stencils are what the generator makes of today's `mochi.h` with the pinned clang.

#[path = "../stencilgen/body.rs"]
mod body;
#[path = "../stencilgen/extract.rs"]
mod extract;
#[path = "../stencilgen/source.rs"]
mod source;

use std::path::Path;

#[test]
fn are_up_to_date() {
    let version = match extract::clang_version() {
        Ok(version) => version,
        Err(message) => {
            assert!(std::env::var_os("MOCHI_TEST_ALL").is_none(), "{message}");
            eprintln!("SKIPPED: the stencils were not compared ({message}); install {}", extract::CLANG);
            return;
        }
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for arch in source::Arch::ALL {
        let path = root.join("src").join(arch.file());
        let checked_in = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        if !checked_in.contains(&format!("CLANG_VERSION: &str = \"{version}\"")) {
            assert!(std::env::var_os("MOCHI_TEST_ALL").is_none(), "{} comes from another clang than {version}", path.display());
            eprintln!("SKIPPED: {} comes from another clang than {version}", path.display());
            continue;
        }
        let fresh = extract::generate(arch, root).unwrap_or_else(|message| panic!("{message}"));
        // Not assert_eq: the texts are half a megabyte.
        let same = fresh == checked_in;
        assert!(same, "{} is stale: cargo run --release -p jit --example stencilgen", path.display());
        assert!(checked_in.len() < 1_500_000, "{} has {} bytes", path.display(), checked_in.len());
    }
}
