//! Orders to take back what is out.

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{inconsistent, parse, present},
    sql::{execute, expect_one, fetch_all, fetch_optional, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    delivery::{Fence, Lease},
    ids::{AccountId, DeliveryId, OrganizationId, PostId, UserId, WithdrawalId},
    withdrawal::{Withdrawal, WithdrawalPhase, WithdrawalState},
};

/// The columns that a row is parsed from.
macro_rules! columns {
    () => {
        "id, organization_id, post_id, delivery_id, account_id, part, remote_id, ordered_by, reason, ordered_at, fence, state, due_at, lease_owner, lease_until, why, ended_at"
    };
}

const TABLE: &str = "withdrawals";

statements! {
    INSERT = same(
        concat!("INSERT INTO withdrawals (", columns!(), ")
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)"),
    );
    /// Writes a whole state; state and fence must still be those that were read.
    UPDATE = same(
        "UPDATE withdrawals SET fence = $1, state = $2, due_at = $3, lease_owner = $4, lease_until = $5, why = $6, ended_at = $7
         WHERE id = $8 AND organization_id = $9 AND state = $10 AND fence = $11",
    );
    SELECT = same(
        concat!("SELECT ", columns!(), " FROM withdrawals WHERE id = $1 AND organization_id = $2"),
    );
    SELECT_BY_POST = same(
        concat!("SELECT ", columns!(), " FROM withdrawals WHERE post_id = $1 AND organization_id = $2 ORDER BY ordered_at, id"),
    );
    SELECT_DUE = same(
        concat!("SELECT ", columns!(), " FROM withdrawals
         WHERE state IN ('waiting', 'removing')
           AND ((state = 'waiting' AND due_at <= $1) OR (state = 'removing' AND lease_until <= $1))
         ORDER BY ordered_at, id LIMIT $2"),
    );
    NEXT = same(
        "SELECT MIN(COALESCE(due_at, lease_until)) FROM withdrawals WHERE state IN ('waiting', 'removing')",
    );
}

/// A removal that was written down: [`begin`] alone makes one, and only a COMMIT turns it into the
/// `Committed<Removal>` that the door asks for.
#[derive(Debug)]
pub struct Removal {
    order: Withdrawal,
}

impl Removal {
    /// What was written down.
    #[must_use]
    pub const fn order(&self) -> &Withdrawal {
        &self.order
    }
}

#[derive(Debug, FromRow)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    post_id: Uuid,
    delivery_id: Uuid,
    account_id: Uuid,
    part: i64,
    remote_id: String,
    ordered_by: Uuid,
    reason: String,
    ordered_at: DateTime<Utc>,
    fence: i64,
    state: String,
    due_at: Option<DateTime<Utc>>,
    lease_owner: Option<String>,
    lease_until: Option<DateTime<Utc>>,
    why: Option<String>,
    ended_at: Option<DateTime<Utc>>,
}

impl Row {
    fn parse(self) -> Result<Withdrawal, StoreError> {
        let id = WithdrawalId::new(self.id);
        let part = u16::try_from(self.part).map_err(|why| inconsistent(TABLE, "part", id, why))?;
        let ended_at = || present(self.ended_at, TABLE, "ended_at", id);
        let state = match parse(&self.state, TABLE, "state", id)? {
            WithdrawalPhase::Waiting => WithdrawalState::Waiting {
                due: present(self.due_at, TABLE, "due_at", id)?,
            },
            WithdrawalPhase::Removing => WithdrawalState::Removing {
                lease: Lease {
                    owner: present(self.lease_owner, TABLE, "lease_owner", id)?,
                    fence: Fence(self.fence),
                    until: present(self.lease_until, TABLE, "lease_until", id)?,
                },
            },
            WithdrawalPhase::Withdrawn => WithdrawalState::Withdrawn { at: ended_at()? },
            WithdrawalPhase::Refused => WithdrawalState::Refused {
                at: ended_at()?,
                why: present(self.why, TABLE, "why", id)?,
            },
        };
        Ok(Withdrawal {
            id,
            organization: OrganizationId::new(self.organization_id),
            post: PostId::new(self.post_id),
            delivery: DeliveryId::new(self.delivery_id),
            account: AccountId::new(self.account_id),
            part,
            remote_id: self.remote_id,
            ordered_by: UserId::new(self.ordered_by),
            reason: self.reason,
            ordered_at: self.ordered_at,
            fence: Fence(self.fence),
            state,
        })
    }
}

/// The columns of a state; what does not belong to it is NULL.
#[derive(Default)]
struct Columns<'a> {
    due_at: Option<DateTime<Utc>>,
    lease: Option<&'a Lease>,
    why: Option<&'a str>,
    ended_at: Option<DateTime<Utc>>,
}

impl<'a> Columns<'a> {
    fn of(state: &'a WithdrawalState) -> Self {
        let none = Self::default();
        match state {
            WithdrawalState::Waiting { due } => Self {
                due_at: Some(*due),
                ..none
            },
            WithdrawalState::Removing { lease } => Self {
                lease: Some(lease),
                ..none
            },
            WithdrawalState::Withdrawn { at } => Self {
                ended_at: Some(*at),
                ..none
            },
            WithdrawalState::Refused { why, at } => Self {
                why: Some(why),
                ended_at: Some(*at),
                ..none
            },
        }
    }
}

/// Writes an order down.
///
/// # Errors
/// [`StoreError::Duplicate`] when this part was ordered to be taken back before.
pub async fn insert(tx: &mut Tx, order: &Withdrawal) -> Result<(), StoreError> {
    let columns = Columns::of(&order.state);
    expect_one!(
        tx,
        INSERT,
        order.id.uuid(),
        order.organization.uuid(),
        order.post.uuid(),
        order.delivery.uuid(),
        order.account.uuid(),
        i64::from(order.part),
        order.remote_id.as_str(),
        order.ordered_by.uuid(),
        order.reason.as_str(),
        order.ordered_at,
        order.fence.0,
        order.state.phase().as_str(),
        columns.due_at,
        columns.lease.map(|lease| lease.owner.as_str()),
        columns.lease.map(|lease| lease.until),
        columns.why,
        columns.ended_at,
    )
}

/// Writes a transition: `before` must still be what the row holds, by state and fence.
///
/// # Errors
/// [`StoreError::Stale`] when it is not; the database.
pub async fn update(tx: &mut Tx, before: &Withdrawal, after: &Withdrawal) -> Result<(), StoreError> {
    let columns = Columns::of(&after.state);
    expect_one!(
        tx,
        UPDATE,
        after.fence.0,
        after.state.phase().as_str(),
        columns.due_at,
        columns.lease.map(|lease| lease.owner.as_str()),
        columns.lease.map(|lease| lease.until),
        columns.why,
        columns.ended_at,
        before.id.uuid(),
        before.organization.uuid(),
        before.state.phase().as_str(),
        before.fence.0,
    )
}

/// Writes down that a call is about to be made: `after` is `before`, claimed.
///
/// # Errors
/// As [`update`].
pub async fn begin(tx: &mut Tx, before: &Withdrawal, after: Withdrawal) -> Result<Removal, StoreError> {
    update(tx, before, &after).await?;
    Ok(Removal { order: after })
}

/// One order.
///
/// # Errors
/// The database, or an impossible row.
pub async fn find(
    reader: &mut Reader,
    organization: OrganizationId,
    id: WithdrawalId,
) -> Result<Option<Withdrawal>, StoreError> {
    fetch_optional!(reader, Row, SELECT, id.uuid(), organization.uuid())?
        .map(Row::parse)
        .transpose()
}

/// The orders of a post, oldest first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn of_post(
    reader: &mut Reader,
    organization: OrganizationId,
    post: PostId,
) -> Result<Vec<Withdrawal>, StoreError> {
    let rows = fetch_all!(reader, Row, SELECT_BY_POST, post.uuid(), organization.uuid())?;
    rows.into_iter().map(Row::parse).collect()
}

/// What is to be tried now, those of dead workers too.
///
/// # Errors
/// The database, or an impossible row.
pub async fn due(reader: &mut Reader, now: DateTime<Utc>, limit: i64) -> Result<Vec<Withdrawal>, StoreError> {
    let rows = fetch_all!(reader, Row, SELECT_DUE, now, limit)?;
    rows.into_iter().map(Row::parse).collect()
}

/// When something is to be tried next.
///
/// # Errors
/// The database.
pub async fn next(reader: &mut Reader) -> Result<Option<DateTime<Utc>>, StoreError> {
    let row = fetch_optional!(reader, (Option<DateTime<Utc>>,), NEXT)?;
    Ok(row.and_then(|(next,)| next))
}
