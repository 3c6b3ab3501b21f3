//! Finds every host in a text, with or without a scheme.
