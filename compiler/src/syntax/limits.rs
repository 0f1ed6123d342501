//! How deep a syntax tree may be, so that plain recursion over it never runs out of stack.

/// Levels of nesting: brackets, blocks, prefix operators, nested types and patterns.
pub const DEPTH: u32 = 500;

/// Length of a chain that leans to the left, like `a + b + c` or `a.b(c)[d]`.
pub const CHAIN: u32 = 4_000;
