//! Sekisho (関所): the one door between a town hall and social media.
#![forbid(unsafe_code)]

pub mod app;
pub mod cli;
pub mod clock;
pub mod config;
pub mod depot;
pub mod dispatch;
pub mod domain;
pub mod door;
pub mod fault;
pub mod gate;
pub mod i18n;
pub mod ledger;
pub mod lifecycle;
pub mod media;
pub mod net;
pub mod platform;
pub mod probe;
pub mod sandbox;
pub mod service;
#[cfg(any(test, feature = "simulator"))]
pub mod sim;
pub mod store;
pub mod telemetry;
pub mod vault;
pub mod web;
