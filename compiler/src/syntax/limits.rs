//! How deep a syntax tree may be, so that plain recursion over it never runs out of stack.
//!
//! The parser itself takes at most 2.6 KB of stack a level (measured), so a file of any kind is read on 1 MB.
//! A walk over the tree goes at most `DEPTH + CHAIN` levels down and should be run on 8 MB where it takes
//! 3 KB a level.

/// Levels of nesting: brackets, blocks, nested types and patterns; sources of one query and conditions of one rule.
pub const DEPTH: u32 = 300;

/// Length of a chain of operators or postfix forms, like `a + b + c` or `a.b(c)[d]`.
pub const CHAIN: u32 = 2_000;
