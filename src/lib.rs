//! Sekisho (関所): the one door between a town hall and social media.
#![forbid(unsafe_code)]

pub mod domain;
pub mod sandbox;
