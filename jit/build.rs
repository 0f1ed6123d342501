//! Compiles the collector and the host functions of `cnative/rt`, which the VM, the JIT and emitted C share.

fn main() {
    println!("cargo::rerun-if-changed=../cnative/rt");
    println!("cargo::rerun-if-changed=src/native/glue.c");
    let var = |name| std::env::var(name).unwrap_or_default();
    // Elsewhere the crate compiles to bytecode, but runs nothing.
    println!("cargo::rustc-check-cfg=cfg(native)");
    // Where LLVM makes the VM's calls of the next handler jumps, which Rust does not promise; elsewhere they return to a loop.
    println!("cargo::rustc-check-cfg=cfg(threaded)");
    if matches!(&*var("OPT_LEVEL"), "2" | "3") && matches!(&*var("CARGO_CFG_TARGET_ARCH"), "x86_64" | "aarch64") {
        println!("cargo::rustc-cfg=threaded");
    }
    if var("CARGO_CFG_TARGET_FAMILY") != "unix" || var("CARGO_CFG_TARGET_POINTER_WIDTH") != "64" {
        return;
    }
    println!("cargo::rustc-cfg=native");
    cc::Build::new()
        .files(["../cnative/rt/gc.c", "../cnative/rt/host_posix.c", "src/native/glue.c"])
        .include("../cnative/rt")
        // With the system's own names: `madvise` for huge pages.
        .std("gnu11")
        .opt_level(2)
        // The end of a program unwinds out of the collector when memory runs out under the VM.
        .flag("-fexceptions")
        .flag("-ffp-contract=off")
        .warnings(false)
        .compile("mochi_rt");
}
