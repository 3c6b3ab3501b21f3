//! The integration tests, in one binary: each further one would link everything again.

mod emergency;
mod faults;
mod invariants;
mod layers;
mod publish;
mod support;
mod vectors;
mod windows;
