//! The integration tests, in one binary: each further one would link everything again.

mod faults;
mod invariants;
mod layers;
mod publish;
mod support;
