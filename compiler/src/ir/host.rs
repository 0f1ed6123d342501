//! The host functions: all that a program can ask of the world outside.
//!
//! Wasm hosts get them through lowered WASI 0.2 functions, which the Wasm emitter's glue calls; the VM, the JIT and C
//! call `mochi_host_*`. Byte arrays are `array i8`; ranges are `at, count` and lie inside the array.

use super::types::Type;

/// A parameter of a host function.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum HostType {
    Value(Type),
    /// A non-null reference to an array of i8, of whichever array type.
    Bytes,
}

const I32: HostType = HostType::Value(Type::I32);
use HostType::Bytes;

macro_rules! host {
    ($($variant:ident $name:literal [$($param:expr),*] -> $result:expr; $meaning:literal)*) => {
        #[derive(Clone, Copy, PartialEq, Eq, Debug, Hash, PartialOrd, Ord)]
        pub enum Host { $(#[doc = $meaning] $variant),* }
        impl Host {
            pub const ALL: &'static [Host] = &[$(Host::$variant),*];
            pub fn name(self) -> &'static str { match self { $(Host::$variant => $name),* } }
            pub fn params(self) -> &'static [HostType] { match self { $(Host::$variant => const { &[$($param),*] }),* } }
            pub fn result(self) -> Option<Type> { match self { $(Host::$variant => $result),* } }
            pub fn meaning(self) -> &'static str { match self { $(Host::$variant => $meaning),* } }
            pub fn from_name(name: &str) -> Option<Host> { match name { $($name => Some(Host::$variant),)* _ => None } }
        }
    };
}

host! {
    Write "write" [I32, Bytes, I32, I32] -> Some(Type::I32); "stream (1 output, 2 error), bytes, at, count: writes all; 0, 1 if that fails, or 2 if nobody reads the stream any more"
    Read "read" [Bytes, I32, I32] -> Some(Type::I32); "bytes, at, count: reads from standard input; the number read, 0 at its end"
    IsTerminal "is_terminal" [I32] -> Some(Type::I32); "whether stream 0, 1 or 2 is a terminal"
    Exit "exit" [I32] -> None; "ends the program with this code; does not return"
    Env "env" [Bytes, Bytes] -> Some(Type::I32); "name, out: the length of the environment variable's value, -1 if unset; copies as much as out holds"
    Clock "clock" [] -> Some(Type::I64); "nanoseconds since 1970"
    FileSize "file_size" [Bytes] -> Some(Type::I64); "path: opens a file for reading and keeps it; its size in bytes, or -1 not found, -2 not readable"
    FileRead "file_read" [Bytes, I32, I32] -> Some(Type::I32); "bytes, at, count: reads on from the file that file_size opened; the number read, 0 at its end, -1 on an error"
    FileCreate "file_create" [Bytes] -> Some(Type::I32); "path: creates or empties a file for writing and keeps it; 0, or 1 if that fails"
    FileWrite "file_write" [Bytes, I32, I32] -> Some(Type::I32); "bytes, at, count: writes on to the file that file_create opened; 0, or 1 if that fails"
    FileClose "file_close" [] -> Some(Type::I32); "closes the file that file_create opened; 0, or 1 if that fails"
    MemoryUsed "memory_used" [] -> Some(Type::I64); "bytes of memory in use, roughly; 0 where the host cannot tell"
}

impl Host {
    /// True for the functions that never return.
    pub fn diverges(self) -> bool {
        matches!(self, Host::Exit)
    }
}
