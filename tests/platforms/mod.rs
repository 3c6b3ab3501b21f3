//! Adapters against servers that others wrote.

mod line_prism;
