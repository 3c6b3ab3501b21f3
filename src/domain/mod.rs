//! Pure types and transitions: no I/O, no clock, no randomness.

pub mod canonical;
pub mod ids;
