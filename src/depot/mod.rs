//! Where the bytes of pictures and films stand: under their digest, apart for each organization. Whatever is
//! read is hashed first, all of it or piece by piece; bytes that are missing or are others are an error, never
//! something else instead.

mod checked;
mod directory;
#[cfg(test)]
mod tests;

use crate::domain::digest::MediaDigest;

pub use checked::Checked;
pub use directory::{Depot, Incoming};

/// Why bytes cannot be kept or read.
#[derive(Debug, thiserror::Error)]
pub enum DepotError {
    /// They are not there.
    #[error("the bytes of {0} are not there")]
    Missing(MediaDigest),
    /// They are others.
    #[error("the bytes of {0} were changed")]
    Altered(MediaDigest),
    /// The file system.
    #[error("{path}: {source}")]
    File {
        /// Where.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
}
