//! Sekisho (関所): the one door between a town hall and social media.
#![forbid(unsafe_code)]

pub mod clock;
pub mod dispatch;
pub mod domain;
pub mod door;
pub mod fault;
pub mod gate;
pub mod ledger;
pub mod net;
pub mod platform;
pub mod sandbox;
pub mod service;
pub mod store;
pub mod vault;
