//! What the tests of the three adapters share.
