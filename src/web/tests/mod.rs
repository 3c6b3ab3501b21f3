//! Requests against the whole router, on a real database.

mod bad_input;
mod contract;
mod credentials;
mod edges;
mod idempotency;
mod life;
mod media;
mod others;
mod problems;
mod records;
mod serving;
mod source;
mod tls;
mod town;
mod world;
