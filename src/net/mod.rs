//! The one way out: an HTTP client that reaches public addresses only, follows nothing, repeats nothing,
//! and says of every failure what it proves.

mod address;
mod body;
mod client;
mod config;
mod failure;
mod message;
mod names;
mod resolver;
mod start;
mod target;
#[cfg(test)]
mod tests;

pub use address::is_public;
pub use body::Streamed;
pub use client::{CONNECT_TIMEOUT, Client, MAX_BODY, TOTAL_TIMEOUT};
pub use config::{LoopbackPolicy, NetConfig, NetError, PlainHttp};
pub use failure::{FetchError, Obstacle};
pub use message::{Answer, Request};
pub use names::{NameError, Names, SystemNames};
