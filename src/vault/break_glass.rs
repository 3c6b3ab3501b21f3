//! The envelope for the day when the server room is gone: credentials in clear, encrypted to the keys of two
//! people (age), as text that can be printed. Either of the two opens it.

use std::{
    collections::BTreeSet,
    fmt,
    io::{Read as _, Write as _},
    str::FromStr,
};

use age::{
    Decryptor, Encryptor,
    armor::{ArmoredReader, ArmoredWriter, Format},
    x25519,
};
use secrecy::ExposeSecret as _;
use zeroize::Zeroizing;

use super::{Secret, VaultError};

/// Whoever keeps the envelope must not be the only one who can open it.
const FEWEST_KEEPERS: usize = 2;

/// The public key of somebody who may open an envelope, `age1…`.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Keeper(String);

impl FromStr for Keeper {
    type Err = VaultError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let key: x25519::Recipient = text.trim().parse().map_err(|_| VaultError::Keeper)?;
        Ok(Self(key.to_string()))
    }
}

impl fmt::Display for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A new key pair for a keeper: the public key, and the text of the file that opens envelopes.
#[must_use]
pub fn new_keeper() -> (Keeper, Secret) {
    let identity = x25519::Identity::generate();
    let keeper = Keeper(identity.to_public().to_string());
    let text = format!(
        "# public key: {keeper}\n{}\n",
        identity.to_string().expose_secret()
    );
    (keeper, Secret::new(text))
}

/// Encrypts a text to two people or more.
///
/// # Errors
/// [`VaultError::FewKeepers`] with fewer than two keys; [`VaultError::Envelope`] when it cannot be written.
pub fn enclose(text: &Secret, keepers: &[Keeper]) -> Result<String, VaultError> {
    let different: BTreeSet<&Keeper> = keepers.iter().collect();
    if different.len() < FEWEST_KEEPERS {
        return Err(VaultError::FewKeepers);
    }
    let keys: Vec<x25519::Recipient> = different
        .into_iter()
        .map(|keeper| keeper.0.parse().map_err(|_| VaultError::Keeper))
        .collect::<Result<_, _>>()?;
    let to = keys.iter().map(|key| key as &dyn age::Recipient);
    let encryptor = Encryptor::with_recipients(to).map_err(|_| VaultError::Envelope)?;
    let write = || -> std::io::Result<Vec<u8>> {
        let armor = ArmoredWriter::wrap_output(Vec::new(), Format::AsciiArmor)?;
        let mut writer = encryptor.wrap_output(armor)?;
        writer.write_all(text.expose().as_bytes())?;
        writer.finish()?.finish()
    };
    let written = write().map_err(|_| VaultError::Envelope)?;
    String::from_utf8(written).map_err(|_| VaultError::Envelope)
}

/// Opens an envelope with one person's identity: the content of their key file.
///
/// # Errors
/// [`VaultError::Identity`] when that holds no key; [`VaultError::Envelope`] when the key does not open it, or it
/// was altered.
pub fn disclose(envelope: &str, identity: &Secret) -> Result<Secret, VaultError> {
    let lines = identity.expose().lines().map(str::trim);
    let key = lines
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .find_map(|line| line.parse::<x25519::Identity>().ok())
        .ok_or(VaultError::Identity)?;
    let decryptor =
        Decryptor::new(ArmoredReader::new(envelope.trim().as_bytes())).map_err(|_| VaultError::Envelope)?;
    let mut reader = decryptor
        .decrypt(std::iter::once(&key as &dyn age::Identity))
        .map_err(|_| VaultError::Envelope)?;
    // Longer than what is enclosed, so that reading leaves no copies behind.
    let mut text = Zeroizing::new(String::with_capacity(envelope.len()));
    reader
        .read_to_string(&mut text)
        .map_err(|_| VaultError::Envelope)?;
    Ok(Secret::new(text.as_str().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn either_of_two_people_opens_it_and_nobody_else() {
        let (one, two, other) = (new_keeper(), new_keeper(), new_keeper());
        let text = Secret::new("canary 資格情報".to_owned());
        let envelope = enclose(&text, &[one.0.clone(), two.0.clone()]).unwrap();
        assert!(
            envelope.starts_with("-----BEGIN AGE ENCRYPTED FILE-----"),
            "{envelope}"
        );
        assert!(envelope.is_ascii() && !envelope.contains("canary"));
        for (_, identity) in [&one, &two] {
            assert_eq!(disclose(&envelope, identity).unwrap().expose(), text.expose());
        }
        assert!(matches!(disclose(&envelope, &other.1), Err(VaultError::Envelope)));
        assert!(matches!(disclose("nothing", &one.1), Err(VaultError::Envelope)));
        let none = Secret::new("# no key".to_owned());
        assert!(matches!(disclose(&envelope, &none), Err(VaultError::Identity)));
    }

    #[test]
    fn one_person_is_not_enough_and_neither_is_the_same_one_twice() {
        let (one, _) = new_keeper();
        let text = Secret::new("canary".to_owned());
        for keepers in [vec![], vec![one.clone()], vec![one.clone(), one]] {
            assert!(matches!(enclose(&text, &keepers), Err(VaultError::FewKeepers)));
        }
        assert!("age1nothing".parse::<Keeper>().is_err());
    }
}
