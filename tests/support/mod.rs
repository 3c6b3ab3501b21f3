//! A town for tests: a real database, a real dispatcher, the sandbox as platform over real HTTP.

pub mod database;
pub mod raw;
pub mod steps;
pub mod town;

pub use database::TestDatabase;
pub use town::{Clocked, Town};
