//! Makes the stencils: C from `mochi.h`'s inline functions, compiled by the pinned clang, cut into tables.
//!
//! ```text
//! cargo run --release -p jit --example stencilgen            rewrites jit/src/stencils_*.rs
//! ```
//! Only needed when `mochi.h`, the opcodes or this folder change; `tests/stencils.rs` fails until it has been run.

mod body;
mod extract;
mod source;

use std::path::Path;

fn main() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    for arch in source::Arch::ALL {
        let text = extract::generate(arch, root).unwrap_or_else(|message| panic!("{message}"));
        let path = root.join("src").join(arch.file());
        std::fs::write(&path, &text).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        println!("{}: {} bytes", path.display(), text.len());
    }
}
