//! The integration tests, in one binary: each further one would link everything again.

mod borders;
mod emergency;
mod faults;
mod found_late;
mod invariants;
mod layers;
mod looks;
mod mastodon_mock;
mod publish;
mod support;
mod vectors;
mod windows;
