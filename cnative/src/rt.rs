//! The texts of the runtime, as files and as parts of one file.

/// The files of `rt/`, by name.
pub const FILES: [(&str, &str); 7] = [
    ("mochi.h", include_str!("../rt/mochi.h")),
    ("ops.h", include_str!("../rt/ops.h")),
    ("memory.h", include_str!("../rt/memory.h")),
    ("gc.c", include_str!("../rt/gc.c")),
    ("host_posix.c", include_str!("../rt/host_posix.c")),
    ("host_windows.c", include_str!("../rt/host_windows.c")),
    ("host_semihosting.c", include_str!("../rt/host_semihosting.c")),
];

/// All texts, for names that a program in the same file must leave alone.
pub const ALL_TEXTS: [&str; 7] = [FILES[0].1, FILES[1].1, FILES[2].1, FILES[3].1, FILES[4].1, FILES[5].1, FILES[6].1];

fn file(name: &str) -> &'static str {
    FILES.iter().find(|(n, _)| *n == name).map(|(_, text)| *text).expect("a file of rt/")
}

/// `mochi.h` with the headers that it includes in their places.
pub fn header() -> String {
    let mut text = String::from("#define _GNU_SOURCE 1\n");
    for line in file("mochi.h").lines() {
        match line {
            "#include \"ops.h\"" => text.push_str(file("ops.h")),
            "#include \"memory.h\"" => text.push_str(file("memory.h")),
            _ => text.push_str(line),
        }
        text.push('\n');
    }
    text
}

/// The runtime's functions: collector, and the host that the C compiler's target wants.
pub fn functions() -> String {
    let body = |name| file(name).replace("#include \"mochi.h\"\n", "");
    format!(
        "{}\n#if defined(MOCHI_HEAP_STATIC)\n{}#elif defined(_WIN32)\n{}#else\n{}#endif\n",
        body("gc.c"),
        body("host_semihosting.c"),
        body("host_windows.c"),
        body("host_posix.c")
    )
}
