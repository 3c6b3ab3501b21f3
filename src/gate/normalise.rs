//! A normalised view of a text that maps every place back to the original.

use crate::domain::{canonical::Canonical, digest::TextFingerprint};

/// A text in the form that rules compare, with the way back.
#[derive(Debug, Clone)]
pub struct Normalised {
    text: String,
}

impl Normalised {
    /// Normalises a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self {
            text: text.to_lowercase(),
        }
    }
}

/// Equal for texts that a reader would call the same.
#[must_use]
pub fn fingerprint(text: &str) -> TextFingerprint {
    let mut bytes = Canonical::tagged("sekisho/text/v1");
    bytes.text(&Normalised::of(text).text);
    TextFingerprint::new(bytes.sha256())
}
