//! What nodes without a key ring hand to the dispatchers: sealed, taken once, and gone when it is answered.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::parse,
    sql::{execute, expect_one, fetch_all, fetch_optional, on, statements},
    tx::{Reader, Tx},
};
use crate::{
    domain::ids::{AccountId, HandoverId, OrganizationId, UserId},
    vocabulary,
};

const TABLE: &str = "handovers";

vocabulary! {
    /// What the dispatchers are asked to do.
    HandoverKind {
        /// Begin a connection at the platform.
        Begin = "begin",
        /// Finish one.
        Finish = "finish",
        /// Connect with what a person brought along.
        Token = "token",
    }
}

vocabulary! {
    /// How far it is.
    HandoverState {
        /// No dispatcher has answered yet.
        Waiting = "waiting",
        /// It is done.
        Done = "done",
        /// It is refused.
        Refused = "refused",
    }
}

/// The columns that a row is parsed from.
macro_rules! columns {
    () => {
        "id, organization_id, account_id, user_id, kind, key_id, sealed, state, answer, created_at, expires_at"
    };
}

statements! {
    PUBLISH = same(
        "INSERT INTO handover_keys (key_id, public_key, published_at) VALUES ($1, $2, $3)
         ON CONFLICT (key_id) DO UPDATE SET public_key = excluded.public_key, published_at = excluded.published_at",
    );
    SELECT_KEY = same("SELECT key_id, public_key FROM handover_keys ORDER BY published_at DESC, key_id LIMIT 1");
    INSERT = same(
        "INSERT INTO handovers (id, organization_id, account_id, user_id, kind, key_id, sealed, state, created_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7, 'waiting', $8, $9)",
    );
    SELECT = same(
        concat!("SELECT ", columns!(), " FROM handovers WHERE id = $1 AND organization_id = $2"),
    );
    SELECT_WAITING = same(
        concat!("SELECT ", columns!(), " FROM handovers WHERE state = 'waiting' ORDER BY id LIMIT $1"),
    );
    END = same(
        "UPDATE handovers SET state = $1, answer = $2, ended_at = $3, sealed = NULL
         WHERE id = $4 AND organization_id = $5 AND state = 'waiting'",
    );
}

/// Something handed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Handover<T> {
    /// Its id.
    pub id: HandoverId,
    /// Whose it is.
    pub organization: OrganizationId,
    /// The account that it is about.
    pub account: AccountId,
    /// Who asked; none is the command line.
    pub user: Option<UserId>,
    /// What for.
    pub kind: HandoverKind,
    /// The key of the ring that opens it.
    pub key_id: String,
    /// What it holds, while it waits.
    pub sealed: Option<Vec<u8>>,
    /// How far it is.
    pub state: HandoverState,
    /// What came of it.
    pub answer: Option<T>,
    /// Since when it waits.
    pub created_at: DateTime<Utc>,
    /// From then on nobody does it any more.
    pub expires_at: DateTime<Utc>,
}

#[derive(Debug, FromRow)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    account_id: Uuid,
    user_id: Option<Uuid>,
    kind: String,
    key_id: String,
    sealed: Option<Vec<u8>>,
    state: String,
    answer: Option<String>,
    created_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
}

impl Row {
    fn parse<T: serde::de::DeserializeOwned>(self) -> Result<Handover<T>, StoreError> {
        let id = HandoverId::new(self.id);
        let answer = self
            .answer
            .map(|text| super::error::parse_json(&text, TABLE, "answer", id));
        Ok(Handover {
            id,
            organization: OrganizationId::new(self.organization_id),
            account: AccountId::new(self.account_id),
            user: self.user_id.map(UserId::new),
            kind: parse(&self.kind, TABLE, "kind", id)?,
            key_id: self.key_id,
            sealed: self.sealed,
            state: parse(&self.state, TABLE, "state", id)?,
            answer: answer.transpose()?,
            created_at: self.created_at,
            expires_at: self.expires_at,
        })
    }
}

/// Publishes the dispatchers' public key.
///
/// # Errors
/// The database.
pub async fn publish(
    tx: &mut Tx,
    key_id: &str,
    public_key: &[u8],
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    execute!(tx, PUBLISH, key_id, public_key, at).map(drop)
}

/// The newest public key of the dispatchers, with the id of the ring's key.
///
/// # Errors
/// The database.
pub async fn key(reader: &mut Reader) -> Result<Option<(String, Vec<u8>)>, StoreError> {
    fetch_optional!(reader, (String, Vec<u8>), SELECT_KEY)
}

/// Hands something over.
///
/// # Errors
/// The database.
pub async fn insert<T: Sync>(tx: &mut Tx, new: &Handover<T>) -> Result<(), StoreError> {
    expect_one!(
        tx,
        INSERT,
        new.id.uuid(),
        new.organization.uuid(),
        new.account.uuid(),
        new.user.map(UserId::uuid),
        new.kind.as_str(),
        new.key_id.as_str(),
        new.sealed.as_deref(),
        new.created_at,
        new.expires_at
    )
}

/// One of them.
///
/// # Errors
/// The database, or an impossible row.
pub async fn find<T: serde::de::DeserializeOwned>(
    reader: &mut Reader,
    organization: OrganizationId,
    id: HandoverId,
) -> Result<Option<Handover<T>>, StoreError> {
    let row = fetch_optional!(reader, Row, SELECT, id.uuid(), organization.uuid())?;
    row.map(Row::parse).transpose()
}

/// What waits for a dispatcher, oldest first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn waiting<T: serde::de::DeserializeOwned>(
    reader: &mut Reader,
    limit: i64,
) -> Result<Vec<Handover<T>>, StoreError> {
    let rows = fetch_all!(reader, Row, SELECT_WAITING, limit)?;
    rows.into_iter().map(Row::parse).collect()
}

/// Answers one; what it held is gone.
///
/// # Errors
/// [`StoreError::Stale`] when it is answered already; the database.
pub async fn end<T: serde::Serialize + Sync>(
    tx: &mut Tx,
    organization: OrganizationId,
    id: HandoverId,
    (state, answer): (HandoverState, &T),
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        END,
        state.as_str(),
        super::error::to_json(answer),
        at,
        id.uuid(),
        organization.uuid()
    )
}
