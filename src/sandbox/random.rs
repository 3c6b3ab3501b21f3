//! Unguessable values: access tokens, client secrets, authorization codes.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// A fresh 256-bit value in base64url. This is the only place in the module that draws randomness.
#[expect(
    clippy::disallowed_methods,
    reason = "the sandbox is its own world; nothing it does is replayed from a seed"
)]
pub(super) fn secret() -> String {
    let bytes: [u8; 32] = rand::random();
    URL_SAFE_NO_PAD.encode(bytes)
}
