//! One test or more for each invariant of the design, named after it, that tries to break it through the
//! real service, dispatcher, databases and a platform over real HTTP.

mod adapters;
mod closed;
mod handed;
mod ledger;
mod once;
mod people;
mod permit;
mod secrets;
mod shorteners;
mod window;
