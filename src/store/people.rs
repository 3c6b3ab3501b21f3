//! Users, their roles and their tokens.

use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{inconsistent, parse, parse_digest},
    sql::{execute, expect_one, fetch_all, listed, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    actor::{Grant, Person, Scope},
    ids::{AccountId, DivisionId, OrganizationId, TokenId, UserId},
};

statements! {
    INSERT_USER = same(
        "INSERT INTO users (id, organization_id, login, name, created_at) VALUES ($1, $2, $3, $4, $5)",
    );
    SELECT_USERS = same(
        "SELECT id, login, name, disabled_at FROM users WHERE organization_id = $1 ORDER BY id",
    );
    DISABLE_USER = same(
        "UPDATE users SET disabled_at = $1 WHERE id = $2 AND organization_id = $3 AND disabled_at IS NULL",
    );
    INSERT_GRANT = same(
        "INSERT INTO role_grants (id, organization_id, user_id, role, division_id, account_id, granted_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    );
    SELECT_GRANTS = same(
        "SELECT role, division_id, account_id FROM role_grants
         WHERE user_id = $1 AND organization_id = $2 AND revoked_at IS NULL",
    );
    REVOKE_GRANTS = same(
        "UPDATE role_grants SET revoked_at = $1
         WHERE user_id = $2 AND organization_id = $3 AND role = $4 AND revoked_at IS NULL",
    );
    INSERT_TOKEN = same(
        "INSERT INTO api_tokens (id, organization_id, user_id, label, hash, scopes, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
    );
    /// Tokens with the roles that their people hold now, a row for each role.
    SELECT_THESE_TOKENS = each(
        "SELECT t.id, t.organization_id, t.user_id, t.hash, t.scopes, t.expires_at, t.revoked_at, u.disabled_at,
                g.role, g.division_id, g.account_id
         FROM api_tokens t JOIN users u ON u.id = t.user_id
         LEFT JOIN role_grants g ON g.user_id = t.user_id AND g.organization_id = t.organization_id AND g.revoked_at IS NULL
         WHERE t.id IN (SELECT unhex(value) FROM json_each($1))",
        "SELECT t.id, t.organization_id, t.user_id, t.hash, t.scopes, t.expires_at, t.revoked_at, u.disabled_at,
                g.role, g.division_id, g.account_id
         FROM api_tokens t JOIN users u ON u.id = t.user_id
         LEFT JOIN role_grants g ON g.user_id = t.user_id AND g.organization_id = t.organization_id AND g.revoked_at IS NULL
         WHERE t.id IN (SELECT value::uuid FROM jsonb_array_elements_text($1::jsonb))",
    );
    SELECT_TOKENS = same(
        "SELECT id, user_id, label, scopes, created_at, expires_at, revoked_at
         FROM api_tokens WHERE organization_id = $1 ORDER BY id",
    );
    REVOKE_TOKEN = same(
        "UPDATE api_tokens SET revoked_at = $1 WHERE id = $2 AND organization_id = $3 AND revoked_at IS NULL",
    );
}

/// A member of staff.
#[derive(Debug, Clone, PartialEq, Eq, FromRow)]
pub struct UserRow {
    id: Uuid,
    /// The name to sign in with.
    pub login: String,
    /// The name that people read.
    pub name: String,
    /// Since when the person may not act any more.
    pub disabled_at: Option<DateTime<Utc>>,
}

impl UserRow {
    /// The person's id.
    #[must_use]
    pub const fn id(&self) -> UserId {
        UserId::new(self.id)
    }
}

/// Adds a person.
///
/// # Errors
/// The database, or a login that is taken.
pub async fn insert_user(
    tx: &mut Tx,
    organization: OrganizationId,
    id: UserId,
    login: &str,
    name: &str,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(tx, INSERT_USER, id.uuid(), organization.uuid(), login, name, at)
}

/// Everybody.
///
/// # Errors
/// The database.
pub async fn users(reader: &mut Reader, organization: OrganizationId) -> Result<Vec<UserRow>, StoreError> {
    fetch_all!(reader, UserRow, SELECT_USERS, organization.uuid())
}

/// A person may not act any more.
///
/// # Errors
/// The database, or somebody who is disabled already.
pub async fn disable_user(
    tx: &mut Tx,
    organization: OrganizationId,
    id: UserId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(tx, DISABLE_USER, at, id.uuid(), organization.uuid())
}

/// Gives a role.
///
/// # Errors
/// The database.
pub async fn insert_grant(
    tx: &mut Tx,
    organization: OrganizationId,
    id: Uuid,
    user: UserId,
    grant: Grant,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let (role, division, account) = match grant {
        Grant::Author(division) => ("author", Some(division), None),
        Grant::Approver(division) => ("approver", Some(division), None),
        Grant::Operator { division, account } => ("operator", Some(division), Some(account)),
        Grant::Organization(role) => (role.as_str(), None, None),
    };
    expect_one!(
        tx,
        INSERT_GRANT,
        id,
        organization.uuid(),
        user.uuid(),
        role,
        division.map(DivisionId::uuid),
        account.map(AccountId::uuid),
        at,
    )
}

/// Takes a role away, by its word. Tells how many grants that ended.
///
/// # Errors
/// The database.
pub async fn revoke_grants(
    tx: &mut Tx,
    organization: OrganizationId,
    user: UserId,
    role: &str,
    at: DateTime<Utc>,
) -> Result<u64, StoreError> {
    execute!(tx, REVOKE_GRANTS, at, user.uuid(), organization.uuid(), role)
}

/// The roles that a person holds now.
///
/// # Errors
/// The database, or an impossible row.
pub async fn grants(
    reader: &mut Reader,
    organization: OrganizationId,
    user: UserId,
) -> Result<BTreeSet<Grant>, StoreError> {
    fetch_all!(
        reader,
        (String, Option<Uuid>, Option<Uuid>),
        SELECT_GRANTS,
        user.uuid(),
        organization.uuid()
    )?
    .into_iter()
    .map(|(role, division, account)| grant(&role, division, account, user))
    .collect()
}

fn grant(
    role: &str,
    division: Option<Uuid>,
    account: Option<Uuid>,
    user: UserId,
) -> Result<Grant, StoreError> {
    let division = division.map(DivisionId::new);
    match (role, division, account.map(AccountId::new)) {
        ("author", Some(division), None) => Ok(Grant::Author(division)),
        ("approver", Some(division), None) => Ok(Grant::Approver(division)),
        ("operator", Some(division), Some(account)) => Ok(Grant::Operator { division, account }),
        (word, None, None) => parse(word, "role_grants", "role", user).map(Grant::Organization),
        _ => Err(inconsistent("role_grants", "role", user, role.to_owned())),
    }
}

/// What is stored of a token: never the token.
#[derive(Debug)]
pub struct NewToken<'a> {
    /// Its id.
    pub id: TokenId,
    /// Whom it names.
    pub user: UserId,
    /// What its owner calls it.
    pub label: &'a str,
    /// SHA-256 of its secret part.
    pub hash: [u8; 32],
    /// What it may be used for.
    pub scopes: &'a BTreeSet<Scope>,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
}

/// Stores a token.
///
/// # Errors
/// The database.
pub async fn insert_token(
    tx: &mut Tx,
    organization: OrganizationId,
    token: &NewToken<'_>,
) -> Result<(), StoreError> {
    let scopes: Vec<&str> = token.scopes.iter().map(|scope| scope.as_str()).collect();
    expect_one!(
        tx,
        INSERT_TOKEN,
        token.id.uuid(),
        organization.uuid(),
        token.user.uuid(),
        token.label,
        token.hash.as_slice(),
        scopes.join(" "),
        token.created_at,
        token.expires_at,
    )
}

/// A token as it is checked.
#[derive(Debug, Clone)]
pub struct StoredToken {
    /// Its id.
    pub id: TokenId,
    /// The organization that it opens.
    pub organization: OrganizationId,
    /// Whom it names.
    pub user: UserId,
    /// SHA-256 of its secret part.
    pub hash: [u8; 32],
    /// What it may be used for.
    pub scopes: BTreeSet<Scope>,
    /// The roles that its person holds now.
    pub grants: BTreeSet<Grant>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// Whether it or its person was taken out of use.
    pub standing: Standing,
}

/// Whether a token may still be used, apart from its expiry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It may.
    Good,
    /// It was revoked, or its person disabled.
    Revoked,
}

#[derive(Debug, FromRow)]
struct TokenRow {
    id: Uuid,
    organization_id: Uuid,
    user_id: Uuid,
    hash: Vec<u8>,
    scopes: String,
    expires_at: DateTime<Utc>,
    revoked_at: Option<DateTime<Utc>>,
    disabled_at: Option<DateTime<Utc>>,
    role: Option<String>,
    division_id: Option<Uuid>,
    account_id: Option<Uuid>,
}

impl TokenRow {
    fn grant(&self) -> Result<Option<Grant>, StoreError> {
        let user = UserId::new(self.user_id);
        let role = self.role.as_deref();
        role.map(|role| grant(role, self.division_id, self.account_id, user))
            .transpose()
    }

    fn token(self) -> Result<StoredToken, StoreError> {
        let id = TokenId::new(self.id);
        let standing = match (self.revoked_at, self.disabled_at) {
            (None, None) => Standing::Good,
            _ => Standing::Revoked,
        };
        Ok(StoredToken {
            id,
            organization: OrganizationId::new(self.organization_id),
            user: UserId::new(self.user_id),
            hash: parse_digest(&self.hash, "api_tokens", "hash", id)?,
            scopes: parse_scopes(&self.scopes, id)?,
            grants: BTreeSet::new(),
            expires_at: self.expires_at,
            standing,
        })
    }
}

impl StoredToken {
    /// The person whom it names, with the roles held now.
    #[must_use]
    pub fn person(self) -> Person {
        Person {
            user: self.user,
            organization: self.organization,
            token: self.id,
            scopes: self.scopes,
            grants: self.grants,
        }
    }
}

/// Finds tokens by their ids, which are no secrets.
///
/// # Errors
/// The database, or an impossible row.
pub async fn find_tokens(
    reader: &mut Reader,
    ids: &BTreeSet<TokenId>,
) -> Result<BTreeMap<TokenId, StoredToken>, StoreError> {
    let ids = listed(ids.iter().map(|id| id.uuid()));
    let mut found = BTreeMap::new();
    for row in fetch_all!(reader, TokenRow, SELECT_THESE_TOKENS, ids)? {
        let (id, grant) = (TokenId::new(row.id), row.grant()?);
        let token = match found.entry(id) {
            Entry::Occupied(known) => known.into_mut(),
            Entry::Vacant(place) => place.insert(row.token()?),
        };
        token.grants.extend(grant);
    }
    Ok(found)
}

fn parse_scopes(text: &str, id: TokenId) -> Result<BTreeSet<Scope>, StoreError> {
    text.split_whitespace()
        .map(|word| parse(word, "api_tokens", "scopes", id))
        .collect()
}

/// A token as it is listed: nothing of it can be used.
#[derive(Debug, FromRow)]
pub struct TokenSummary {
    id: Uuid,
    user_id: Uuid,
    /// What its owner calls it.
    pub label: String,
    /// What it may be used for, as words.
    pub scopes: String,
    /// When it was made.
    pub created_at: DateTime<Utc>,
    /// When it ends.
    pub expires_at: DateTime<Utc>,
    /// When it was revoked.
    pub revoked_at: Option<DateTime<Utc>>,
}

impl TokenSummary {
    /// Its id.
    #[must_use]
    pub const fn id(&self) -> TokenId {
        TokenId::new(self.id)
    }

    /// Whom it names.
    #[must_use]
    pub const fn user(&self) -> UserId {
        UserId::new(self.user_id)
    }
}

/// The tokens of an organization.
///
/// # Errors
/// The database.
pub async fn tokens(
    reader: &mut Reader,
    organization: OrganizationId,
) -> Result<Vec<TokenSummary>, StoreError> {
    fetch_all!(reader, TokenSummary, SELECT_TOKENS, organization.uuid())
}

/// Revokes a token.
///
/// # Errors
/// The database, or a token that is revoked already or another organization's.
pub async fn revoke_token(
    tx: &mut Tx,
    organization: OrganizationId,
    id: TokenId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(tx, REVOKE_TOKEN, at, id.uuid(), organization.uuid())
}
