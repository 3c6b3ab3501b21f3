//! The integration tests, in one binary: each further one would link everything again.

mod borders;
mod break_glass;
mod check;
mod corpus;
mod credentials;
mod doctor;
mod emergency;
mod faults;
mod flows;
mod found_late;
mod invariants;
mod layers;
mod looks;
mod mastodon_mock;
mod moving;
mod policy;
mod publish;
mod publish_model;
mod random_walks;
mod restored;
mod roles;
mod silence;
mod support;
mod vectors;
mod windows;
