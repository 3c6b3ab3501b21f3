//! API tokens: made once, shown once, stored as a hash; each names a person.

use std::collections::BTreeSet;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Utc};
use secrecy::{ExposeSecret as _, SecretString};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

use super::{FieldError, Service, ServiceError, Thing, Told};
use crate::{
    domain::{
        actor::{Actor, Person, Scope},
        ids::{OrganizationId, TokenId, UserId},
    },
    store::{
        StoreError, Together, all_or_each,
        people::{self, NewToken, Standing, StoredToken},
    },
};

/// What a token's text begins with, so that leaked ones can be found by machines.
const MARK: &str = "sekisho_";

/// A token to be made.
#[derive(Debug, Clone)]
pub struct NewApiToken {
    /// Whom it names.
    pub user: UserId,
    /// What its owner calls it.
    pub label: String,
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// A new token: its text is shown now and never again.
#[derive(Debug)]
pub struct Issued {
    /// Its id.
    pub id: TokenId,
    /// What its owner sends.
    pub text: SecretString,
}

type FoundToken = Result<Option<StoredToken>, StoreError>;

/// Tokens that wait to be looked for.
pub(crate) type Admitting = Together<TokenId, FoundToken>;

impl Service {
    /// Finds out who shows a token. Unknown, expired, revoked and malformed ones are all the same to them.
    ///
    /// # Errors
    /// [`ServiceError::Unauthenticated`], or the database.
    pub async fn authenticate(&self, text: &str) -> Result<Person, ServiceError> {
        let (id, secret) = parse(text).ok_or(ServiceError::Unauthenticated)?;
        let found = self.admitting.share(id, |ids| self.clone().find_tokens(ids));
        let found = found.await.unwrap_or(Err(StoreError::Closed));
        let stored = found?.ok_or(ServiceError::Unauthenticated)?;
        let hash: [u8; 32] = Sha256::digest(&*secret).into();
        let equal: bool = hash.ct_eq(&stored.hash).into();
        if !equal || stored.standing != Standing::Good || stored.expires_at <= self.now() {
            return Err(ServiceError::Unauthenticated);
        }
        Ok(stored.person())
    }

    /// Looks for the tokens of all who ask at the same time.
    async fn find_tokens(self, ids: Vec<TokenId>) -> Vec<FoundToken> {
        // Nothing is written, and so nothing in doubt.
        all_or_each(ids, |_| None, |ids| self.read_tokens(ids)).await
    }

    async fn read_tokens(&self, ids: Vec<TokenId>) -> Result<Vec<FoundToken>, StoreError> {
        let wanted = ids.iter().copied().collect();
        let found = people::find_tokens(&mut self.store.read().await?, &wanted).await?;
        Ok(ids.iter().map(|id| Ok(found.get(id).cloned())).collect())
    }

    /// Makes a token.
    ///
    /// # Errors
    /// When the scopes are empty or contradict each other, the person is not of the organization, or the
    /// token would end in the past.
    pub async fn issue_token(
        &self,
        organization: OrganizationId,
        new: NewApiToken,
        by: Actor,
    ) -> Result<Issued, ServiceError> {
        check(&new, self.now())?;
        let id = TokenId::new(self.ids.next());
        let mut secret = Zeroizing::new([0_u8; 32]);
        self.entropy.fill(&mut *secret);
        let hash: [u8; 32] = Sha256::digest(*secret).into();
        let service = self.clone();
        self.write(move |tx| {
            Box::pin(async move {
                let users = people::users(tx, organization).await?;
                if !users
                    .iter()
                    .any(|user| user.id() == new.user && user.disabled_at.is_none())
                {
                    return Err(ServiceError::NotFound(Thing::User));
                }
                let token = NewToken {
                    id,
                    user: new.user,
                    label: &new.label,
                    hash,
                    scopes: &new.scopes,
                    created_at: service.now(),
                    expires_at: new.expires_at,
                };
                people::insert_token(tx, organization, &token).await?;
                let scopes: Vec<&str> = new.scopes.iter().map(|scope| scope.as_str()).collect();
                let details = serde_json::json!({
                    "user": new.user.to_string(), "scopes": scopes, "expires_at": new.expires_at.to_rfc3339(),
                });
                service
                    .tell(tx, Told::new(organization, by, "token.issued", id).with(details))
                    .await?;
                Ok(())
            })
        })
        .await?;
        let encoded = Zeroizing::new(URL_SAFE_NO_PAD.encode(*secret));
        let text = format!("{MARK}{}_{}", id.uuid().simple(), *encoded);
        Ok(Issued {
            id,
            text: text.into(),
        })
    }

    /// Revokes a token.
    ///
    /// # Errors
    /// When there is no such token in use.
    pub async fn revoke_token(
        &self,
        organization: OrganizationId,
        id: TokenId,
        by: Actor,
    ) -> Result<(), ServiceError> {
        let service = self.clone();
        self.write(move |tx| {
            Box::pin(async move {
                match people::revoke_token(tx, organization, id, service.now()).await {
                    Err(StoreError::Stale(_)) => return Err(ServiceError::NotFound(Thing::Token)),
                    other => other?,
                }
                service
                    .tell(tx, Told::new(organization, by, "token.revoked", id))
                    .await?;
                Ok(())
            })
        })
        .await
    }
}

fn check(new: &NewApiToken, now: DateTime<Utc>) -> Result<(), ServiceError> {
    let mut errors = Vec::new();
    if new.scopes.is_empty() {
        errors.push(FieldError::at("/scopes", "field-required"));
    }
    if new.scopes.contains(&Scope::Write) && new.scopes.contains(&Scope::Approve) {
        errors.push(FieldError::at("/scopes", "field-scopes-exclusive"));
    }
    if new.expires_at <= now {
        errors.push(FieldError::at("/expires_at", "field-time-past"));
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ServiceError::Invalid(errors))
    }
}

fn parse(text: &str) -> Option<(TokenId, Zeroizing<Vec<u8>>)> {
    let (id, secret) = text.strip_prefix(MARK)?.split_once('_')?;
    let id = uuid::Uuid::try_parse(id).ok()?;
    let secret = Zeroizing::new(URL_SAFE_NO_PAD.decode(secret).ok()?);
    (secret.len() == 32).then(|| (TokenId::new(id), secret))
}

/// Lets callers print a token once.
impl Issued {
    /// The text, for its owner alone.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.text.expose_secret()
    }
}
