//! cnative
