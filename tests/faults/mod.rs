//! The fault matrix: real processes, real databases, the sandbox server as platform. Each row breaks one thing,
//! lets the gateway go on, and counts at the sandbox and in the database: nothing doubled, nothing lost,
//! nothing outside the rules, every doubt where a person sees it.
//!
//! `scripts/fault-matrix` runs all rows and prints the table; those that are ignored here are the long ones.

mod clock;
mod commands;
mod disk;
mod kill;
pub mod node;
mod nodes;
mod people;
mod platform;
mod postgres;
mod replaced;
mod row;
mod stop;

use node::{Node, Running};
use row::{End, Row};
