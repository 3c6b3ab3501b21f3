//! The integration tests, in one binary: each further one would link everything again.

mod borders;
mod check;
mod corpus;
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
mod platforms;
mod policy;
mod publish;
mod publish_model;
mod random_walks;
mod restored;
mod silence;
mod support;
mod vectors;
mod windows;
