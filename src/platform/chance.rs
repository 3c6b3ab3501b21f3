//! What nobody may be able to guess.

use std::{fmt, sync::Arc};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use uuid::Uuid;

use crate::vault::{Entropy, Secret};

/// Where it comes from.
#[derive(Clone)]
pub(super) struct Chance(Arc<dyn Entropy>);

impl Chance {
    /// From this source.
    pub(super) fn new(entropy: Arc<dyn Entropy>) -> Self {
        Self(entropy)
    }

    /// A line that keeps the fields of a form apart: whoever knew it could write fields of their own into a
    /// description.
    pub(super) fn boundary(&self) -> String {
        format!("sekisho-{}", hex::encode(self.bytes::<16>()))
    }

    /// The name of a session that only we and one person's browser know.
    pub(super) fn session(&self) -> Uuid {
        uuid::Builder::from_random_bytes(self.bytes()).into_uuid()
    }

    /// What proves that it was us who began a connection: 43 characters, as RFC 7636 asks.
    pub(super) fn verifier(&self) -> Secret {
        Secret::new(URL_SAFE_NO_PAD.encode(self.bytes::<32>()))
    }

    /// A number of 16 bits, to keep things apart that happen at the same time.
    pub(super) fn number(&self) -> u16 {
        u16::from_be_bytes(self.bytes())
    }

    fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.0.fill(&mut bytes);
        bytes
    }
}

impl fmt::Debug for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Chance")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_comes_twice() {
        let chance = Chance::new(Arc::new(crate::vault::CountingEntropy::default()));
        assert_ne!(chance.boundary(), chance.boundary());
        assert_ne!(chance.session(), chance.session());
        assert_eq!(chance.session().get_version_num(), 4);
        assert_ne!(chance.number(), chance.number());
        assert_ne!(chance.verifier().expose(), chance.verifier().expose());
        assert_eq!(chance.verifier().expose().len(), 43);
    }
}
