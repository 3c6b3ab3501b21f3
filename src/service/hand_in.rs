//! A credential that a person was given at the platform is handed in: tried there first, and kept only if it
//! opens the account in the register.

use secrecy::SecretString;

use super::{AccountView, Connecting, FieldError, Service, ServiceError, access};
use crate::{
    domain::{
        account::Platform,
        actor::{Actor, OrganizationRole, Person, Scope},
        credential::{self, GivenKind},
        ids::{AccountId, OrganizationId},
    },
    vault::{Credential, Secret, SecretName},
};

/// What was given at the platform.
#[derive(Debug)]
pub enum Given {
    /// What is sent with each call.
    Token {
        /// The token.
        access_token: SecretString,
    },
    /// A password for programs (Bluesky).
    AppPassword {
        /// The account's name for signing in.
        identifier: SecretString,
        /// The password.
        password: SecretString,
    },
    /// A channel with its secret (LINE): tokens are made from it when they are needed.
    ChannelSecret {
        /// The channel's id.
        channel: SecretString,
        /// Its secret.
        secret: SecretString,
    },
    /// A channel with a private key of its own (LINE): its secret leaves nobody's hands.
    ChannelKey {
        /// The channel's id.
        channel: SecretString,
        /// The key's id at the platform.
        key_id: SecretString,
        /// The private key, as PKCS #8 PEM.
        private_key: SecretString,
    },
}

impl Given {
    /// What kind of thing it is.
    #[must_use]
    pub const fn kind(&self) -> GivenKind {
        match self {
            Self::Token { .. } => GivenKind::Token,
            Self::AppPassword { .. } => GivenKind::AppPassword,
            Self::ChannelSecret { .. } => GivenKind::ChannelSecret,
            Self::ChannelKey { .. } => GivenKind::ChannelKey,
        }
    }

    fn parts(self) -> Vec<(SecretName, SecretString)> {
        use SecretName::{Access, Identifier, Password, PrivateKey, PrivateKeyId};
        match self {
            Self::Token { access_token } => vec![(Access, access_token)],
            Self::AppPassword { identifier, password } => {
                vec![(Identifier, identifier), (Password, password)]
            }
            Self::ChannelSecret { channel, secret } => vec![(Identifier, channel), (Password, secret)],
            Self::ChannelKey {
                channel,
                key_id,
                private_key,
            } => vec![
                (Identifier, channel),
                (PrivateKeyId, key_id),
                (PrivateKey, private_key),
            ],
        }
    }
}

impl Service {
    /// Connects an account with what a person was given at its platform.
    ///
    /// # Errors
    /// When the person may not, the platform takes nothing of this kind or refuses it, or it opens another
    /// account than the one in the register; nothing is stored then.
    pub async fn hand_in_credential(
        &self,
        person: &Person,
        id: AccountId,
        given: Given,
    ) -> Result<Connecting, ServiceError> {
        access::scope(person, Scope::Administer)?;
        access::any_role(person, &[OrganizationRole::Administrator])?;
        let by = Actor::User(person.user);
        self.hand_in((person.organization, id), given, by).await
    }

    /// The same for whoever sits at the machine.
    ///
    /// # Errors
    /// As [`Service::hand_in_credential`], and when no dispatcher answers in time.
    pub async fn hand_in_from_command_line(
        &self,
        organization: OrganizationId,
        id: AccountId,
        given: Given,
    ) -> Result<AccountView, ServiceError> {
        match self.hand_in((organization, id), given, Actor::Operator).await? {
            Connecting::Done(account) => Ok(*account),
            Connecting::UnderWay(_) => Err(ServiceError::NoDispatcher),
        }
    }

    async fn hand_in(
        &self,
        (organization, id): (OrganizationId, AccountId),
        given: Given,
        by: Actor,
    ) -> Result<Connecting, ServiceError> {
        let account = self.connectable(organization, id).await?;
        fits(account.platform, given.kind())?;
        let credential = Credential::new(self.now());
        let credential = given.parts().into_iter().fold(credential, |all, (name, secret)| {
            all.with(name, Secret::from(secret))
        });
        self.connect_with(organization, id, credential, by).await
    }
}

fn fits(platform: Platform, kind: GivenKind) -> Result<(), ServiceError> {
    let taken = credential::taken(platform);
    if taken.contains(&kind) {
        return Ok(());
    }
    let pointer = format!("/{kind}");
    let words: Vec<&str> = taken.iter().map(|kind| kind.as_str()).collect();
    let wrong = match words.as_slice() {
        [] => FieldError::at(pointer, "field-credential-consent"),
        words => {
            let mut wrong = FieldError::at(pointer, "field-credential-other");
            wrong.message = wrong.message.with("taken", words.join(", "));
            wrong
        }
    };
    Err(ServiceError::Invalid(vec![wrong]))
}
