//! Emergencies, and the posts that must be looked at afterwards (後閲).

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{parse, parse_json, to_json},
    sql::{execute, expect_one, fetch_all, fetch_optional, id, instant, listed, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    digest::FindingId,
    emergency::Emergency,
    ids::{AccountId, DeliveryId, EmergencyId, OrganizationId, PostId, UserId},
};

/// The columns that a row is parsed from.
macro_rules! columns {
    () => {
        "id, kind, reason, declared_by, declared_at, expires_at, ended_by, ended_at"
    };
}

statements! {
    INSERT = same(
        "INSERT INTO emergencies (id, organization_id, kind, reason, declared_by, declared_at, expires_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
    );
    INSERT_ACCOUNT = same(
        "INSERT INTO emergency_accounts (organization_id, emergency_id, account_id) VALUES ($1, $2, $3)",
    );
    SELECT_LIVE = same(
        concat!("SELECT ", columns!(), "
         FROM emergencies WHERE organization_id = $1 AND ended_at IS NULL AND expires_at > $2 ORDER BY id"),
    );
    SELECT_ALL = same(
        concat!("SELECT ", columns!(), "
         FROM emergencies WHERE organization_id = $1 ORDER BY id DESC LIMIT 200"),
    );
    SELECT = same(
        concat!("SELECT ", columns!(), "
         FROM emergencies WHERE id = $1 AND organization_id = $2"),
    );
    SELECT_ACCOUNTS = same(
        "SELECT account_id FROM emergency_accounts WHERE emergency_id = $1 AND organization_id = $2",
    );
    /// Of the accounts that are asked about, those that it covers: an emergency may cover thousands.
    SELECT_COVERED = each(
        "SELECT account_id FROM emergency_accounts WHERE emergency_id = $1 AND organization_id = $2
             AND account_id IN (SELECT unhex(value) FROM json_each($3))",
        "SELECT account_id FROM emergency_accounts WHERE emergency_id = $1 AND organization_id = $2
             AND account_id IN (SELECT value::uuid FROM jsonb_array_elements_text($3::jsonb))",
    );
    END = same(
        "UPDATE emergencies SET ended_by = $1, ended_at = $2 WHERE id = $3 AND organization_id = $4 AND ended_at IS NULL",
    );
    OPEN_REVIEWS = each(
        "INSERT INTO after_reviews (organization_id, delivery_id, emergency_id, debts, opened_at)
         SELECT $1, unhex(opened.value ->> '$.delivery'), unhex(opened.value ->> '$.emergency'),
                opened.value ->> '$.debts', opened.value ->> '$.at'
         FROM json_each($2) AS opened WHERE true ON CONFLICT (delivery_id) DO NOTHING",
        "INSERT INTO after_reviews (organization_id, delivery_id, emergency_id, debts, opened_at)
         SELECT $1, delivery, emergency, debts, at
         FROM jsonb_to_recordset($2::jsonb) AS opened(delivery uuid, emergency uuid, debts text, at timestamptz)
         ON CONFLICT (delivery_id) DO NOTHING",
    );
    SELECT_REVIEWS = same(
        "SELECT r.delivery_id, d.post_id, r.emergency_id, r.debts, r.opened_at
         FROM after_reviews r JOIN deliveries d ON d.id = r.delivery_id
         WHERE r.organization_id = $1 AND r.reviewed_at IS NULL ORDER BY r.opened_at, r.delivery_id",
    );
    CLOSE_REVIEW = same(
        "UPDATE after_reviews SET reviewed_by = $1, reviewed_at = $2, note = $3
         WHERE delivery_id = $4 AND organization_id = $5 AND reviewed_at IS NULL",
    );
}

#[derive(Debug, FromRow)]
struct Row {
    id: Uuid,
    kind: String,
    reason: String,
    declared_by: Uuid,
    declared_at: DateTime<Utc>,
    expires_at: DateTime<Utc>,
    ended_by: Option<Uuid>,
    ended_at: Option<DateTime<Utc>>,
}

impl Row {
    fn parse(self, accounts: BTreeSet<AccountId>) -> Result<Emergency, StoreError> {
        let id = EmergencyId::new(self.id);
        Ok(Emergency {
            id,
            kind: parse(&self.kind, "emergencies", "kind", id)?,
            reason: self.reason,
            accounts,
            declared_by: UserId::new(self.declared_by),
            declared_at: self.declared_at,
            expires_at: self.expires_at,
            ended: self.ended_by.map(UserId::new).zip(self.ended_at),
        })
    }
}

async fn with_accounts(
    reader: &mut Reader,
    organization: OrganizationId,
    rows: Vec<Row>,
) -> Result<Vec<Emergency>, StoreError> {
    let mut emergencies = Vec::with_capacity(rows.len());
    for row in rows {
        let accounts = fetch_all!(reader, (Uuid,), SELECT_ACCOUNTS, row.id, organization.uuid())?;
        emergencies.push(
            row.parse(
                accounts
                    .into_iter()
                    .map(|(account,)| AccountId::new(account))
                    .collect(),
            )?,
        );
    }
    Ok(emergencies)
}

/// Declares an emergency. The caller has bumped the gate epoch first.
///
/// # Errors
/// The database.
pub async fn insert(
    tx: &mut Tx,
    organization: OrganizationId,
    emergency: &Emergency,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        INSERT,
        emergency.id.uuid(),
        organization.uuid(),
        emergency.kind.as_str(),
        emergency.reason.as_str(),
        emergency.declared_by.uuid(),
        emergency.declared_at,
        emergency.expires_at,
    )?;
    for account in &emergency.accounts {
        expect_one!(
            tx,
            INSERT_ACCOUNT,
            organization.uuid(),
            emergency.id.uuid(),
            account.uuid()
        )?;
    }
    Ok(())
}

/// The emergencies that were not ended and have not expired; of the accounts that they cover, only those that are
/// asked about.
///
/// # Errors
/// The database, or an impossible row.
pub async fn live(
    reader: &mut Reader,
    organization: OrganizationId,
    accounts: &BTreeSet<AccountId>,
    now: DateTime<Utc>,
) -> Result<Vec<Emergency>, StoreError> {
    let rows = fetch_all!(reader, Row, SELECT_LIVE, organization.uuid(), now)?;
    let mut emergencies = Vec::with_capacity(rows.len());
    for row in rows {
        let these = listed(accounts.iter().map(|account| account.uuid()));
        let covered = fetch_all!(
            reader,
            (Uuid,),
            SELECT_COVERED,
            row.id,
            organization.uuid(),
            these
        )?;
        let covered = covered.into_iter().map(|(account,)| AccountId::new(account));
        emergencies.push(row.parse(covered.collect())?);
    }
    Ok(emergencies)
}

/// The latest emergencies, newest first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn all(reader: &mut Reader, organization: OrganizationId) -> Result<Vec<Emergency>, StoreError> {
    let rows = fetch_all!(reader, Row, SELECT_ALL, organization.uuid())?;
    with_accounts(reader, organization, rows).await
}

/// One emergency.
///
/// # Errors
/// The database, or an impossible row.
pub async fn find(
    reader: &mut Reader,
    organization: OrganizationId,
    id: EmergencyId,
) -> Result<Option<Emergency>, StoreError> {
    let row = fetch_optional!(reader, Row, SELECT, id.uuid(), organization.uuid())?;
    Ok(with_accounts(reader, organization, row.into_iter().collect())
        .await?
        .pop())
}

/// Ends an emergency before its time.
///
/// # Errors
/// The database, or an emergency that was ended before.
pub async fn end(
    tx: &mut Tx,
    organization: OrganizationId,
    id: EmergencyId,
    by: UserId,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(tx, END, by.uuid(), at, id.uuid(), organization.uuid())
}

/// An emergency delivery that is about to leave.
#[derive(Debug, Clone, Copy)]
pub struct Unseen<'a> {
    /// The delivery.
    pub delivery: DeliveryId,
    /// The emergency under which it leaves.
    pub emergency: EmergencyId,
    /// The `confirm` findings that the emergency lets pass.
    pub debts: &'a [FindingId],
    /// When.
    pub at: DateTime<Utc>,
}

/// Puts emergency deliveries on the list of what must be looked at afterwards; once is enough.
///
/// # Errors
/// The database.
pub async fn open_reviews_of(
    tx: &mut Tx,
    organization: OrganizationId,
    unseen: impl IntoIterator<Item = Unseen<'_>>,
) -> Result<(), StoreError> {
    let rows = unseen.into_iter().map(|unseen| {
        serde_json::json!({
            "delivery": id(unseen.delivery.uuid()), "emergency": id(unseen.emergency.uuid()),
            "debts": to_json(&unseen.debts), "at": instant(unseen.at),
        })
    });
    let rows: Vec<_> = rows.collect();
    if rows.is_empty() {
        return Ok(());
    }
    let rows = serde_json::Value::Array(rows).to_string();
    execute!(tx, OPEN_REVIEWS, organization.uuid(), rows).map(|_| ())
}

/// An emergency delivery that nobody has looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AfterReview {
    /// The delivery.
    pub delivery: DeliveryId,
    /// Its post.
    pub post: PostId,
    /// The emergency under which it left.
    pub emergency: EmergencyId,
    /// The `confirm` findings that the emergency let pass.
    pub debts: Vec<FindingId>,
    /// Since when it stands here.
    pub opened_at: DateTime<Utc>,
}

/// What must still be looked at.
///
/// # Errors
/// The database, or an impossible row.
pub async fn open_reviews(
    reader: &mut Reader,
    organization: OrganizationId,
) -> Result<Vec<AfterReview>, StoreError> {
    let rows = fetch_all!(
        reader,
        (Uuid, Uuid, Uuid, String, DateTime<Utc>),
        SELECT_REVIEWS,
        organization.uuid()
    )?;
    rows.into_iter()
        .map(|(delivery, post, emergency, debts, opened_at)| {
            let delivery = DeliveryId::new(delivery);
            Ok(AfterReview {
                delivery,
                post: PostId::new(post),
                emergency: EmergencyId::new(emergency),
                debts: parse_json(&debts, "after_reviews", "debts", delivery)?,
                opened_at,
            })
        })
        .collect()
}

/// Somebody looked at it.
///
/// # Errors
/// The database, or a delivery that does not wait for a look.
pub async fn close_review(
    tx: &mut Tx,
    organization: OrganizationId,
    delivery: DeliveryId,
    by: UserId,
    note: Option<&str>,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        CLOSE_REVIEW,
        by.uuid(),
        at,
        note,
        delivery.uuid(),
        organization.uuid()
    )
}
