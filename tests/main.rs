//! The integration tests, in one binary: each further one would link everything again.

mod emergency;
mod invariants;
mod layers;
mod publish;
mod random_walks;
mod support;
mod vectors;
mod windows;
