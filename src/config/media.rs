//! Pictures and films.

use std::path::PathBuf;

use serde::Deserialize;
use url::Url;

/// Pictures and films.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MediaSection {
    /// Where they are kept.
    pub directory: PathBuf,
    /// The largest picture, in bytes.
    pub picture_bytes: u64,
    /// The largest film, in bytes.
    pub film_bytes: u64,
    /// After how many days what is in no post is forgotten.
    pub unused_days: u16,
    /// How long a platform may fetch something.
    pub link_minutes: u16,
    /// Where platforms reach this gateway, if not where people do.
    pub public_url: Option<Url>,
}
