//! Over real HTTP, against scripted answers.
