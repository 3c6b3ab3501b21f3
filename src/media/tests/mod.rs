//! Pictures and films of every sort, most of them bad.

mod codes;
mod films;
mod fitting;
mod gifs;
mod metadata;
pub(crate) mod paint;
mod refusals;
