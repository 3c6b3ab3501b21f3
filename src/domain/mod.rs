//! Pure types and transitions: no I/O, no clock, no randomness.

pub mod abilities;
pub mod account;
pub mod actor;
pub mod attempt;
pub mod calendar;
pub mod canonical;
pub mod credential;
pub mod delivery;
pub mod digest;
pub mod emergency;
pub mod evidence;
pub mod finding;
pub mod flow;
pub mod hold;
pub mod ids;
pub mod post;
pub mod preparation;
pub mod proposal;
pub mod records;
pub mod revision;
pub mod route;
pub mod signoff;
pub mod text;
pub mod window;
pub mod words;
