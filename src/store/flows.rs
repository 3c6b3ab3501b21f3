//! How freely posts flow to accounts. Only trouble has a row; without one everything flows.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::inconsistent,
    sql::{execute, expect_one, fetch_all, fetch_optional, listed, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{
    flow::{Budget, Flow},
    ids::{AccountId, OrganizationId},
};

/// The columns that a row is parsed from.
macro_rules! columns {
    () => {
        "account_id, organization_id, failures, open_until, refused_until, budget_limit, remaining, resets_at"
    };
}

statements! {
    SELECT_TROUBLED = same("SELECT account_id FROM account_flows ORDER BY account_id");
    SELECT_OF_ORGANIZATION = same(
        concat!("SELECT ", columns!(), " FROM account_flows WHERE organization_id = $1 ORDER BY account_id"),
    );
    SELECT_THESE = each(
        concat!("SELECT ", columns!(), " FROM account_flows
         WHERE +organization_id = $1 AND account_id IN (SELECT unhex(value) FROM json_each($2))"),
        concat!("SELECT ", columns!(), " FROM account_flows
         WHERE organization_id = $1 AND account_id IN (SELECT value::uuid FROM jsonb_array_elements_text($2::jsonb))"),
    );
    // Something to lock: of two first failures at once none is lost.
    BEGIN = same(
        "INSERT INTO account_flows (account_id, organization_id, failures) VALUES ($1, $2, 0) ON CONFLICT DO NOTHING",
    );
    // Two nodes take from one budget: the second waits for the first. SQLite has one writer.
    SELECT_FOR_UPDATE = each(
        concat!("SELECT ", columns!(), " FROM account_flows WHERE account_id = $1 AND organization_id = $2"),
        concat!("SELECT ", columns!(), " FROM account_flows WHERE account_id = $1 AND organization_id = $2 FOR UPDATE"),
    );
    KEEP = same(
        concat!("INSERT INTO account_flows (", columns!(), ") VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
         ON CONFLICT (account_id) DO UPDATE SET failures = excluded.failures, open_until = excluded.open_until,
             refused_until = excluded.refused_until, budget_limit = excluded.budget_limit,
             remaining = excluded.remaining, resets_at = excluded.resets_at"),
    );
    FORGET = same("DELETE FROM account_flows WHERE account_id = $1 AND organization_id = $2");
}

#[derive(Debug, FromRow)]
struct Row {
    account_id: Uuid,
    organization_id: Uuid,
    failures: i64,
    open_until: Option<DateTime<Utc>>,
    refused_until: Option<DateTime<Utc>>,
    budget_limit: Option<i64>,
    remaining: Option<i64>,
    resets_at: Option<DateTime<Utc>>,
}

impl Row {
    fn parse(self) -> Result<Flow, StoreError> {
        let account = AccountId::new(self.account_id);
        let small = |column: &'static str, value: i64| {
            u32::try_from(value).map_err(|_| inconsistent("account_flows", column, account, "out of range"))
        };
        let budget = match (self.budget_limit, self.remaining, self.resets_at) {
            (Some(limit), Some(remaining), Some(resets_at)) => Some(Budget {
                limit: small("budget_limit", limit)?,
                remaining: small("remaining", remaining)?,
                resets_at,
            }),
            _ => None,
        };
        Ok(Flow {
            organization: OrganizationId::new(self.organization_id),
            account,
            failures: small("failures", self.failures)?,
            open_until: self.open_until,
            refused_until: self.refused_until,
            budget,
        })
    }
}

/// The accounts of which anything is known.
///
/// # Errors
/// The database.
pub async fn troubled(reader: &mut Reader) -> Result<Vec<AccountId>, StoreError> {
    let rows = fetch_all!(reader, (Uuid,), SELECT_TROUBLED)?;
    Ok(rows.into_iter().map(|(id,)| AccountId::new(id)).collect())
}

/// Everything that is known of an organization's accounts.
///
/// # Errors
/// The database, or an impossible row.
pub async fn of_organization(
    reader: &mut Reader,
    organization: OrganizationId,
) -> Result<Vec<Flow>, StoreError> {
    let rows = fetch_all!(reader, Row, SELECT_OF_ORGANIZATION, organization.uuid())?;
    rows.into_iter().map(Row::parse).collect()
}

/// What is known of accounts, as it is now; nothing of those to which everything flows.
///
/// # Errors
/// The database, or an impossible row.
pub async fn these(
    reader: &mut Reader,
    organization: OrganizationId,
    accounts: &BTreeSet<AccountId>,
) -> Result<BTreeMap<AccountId, Flow>, StoreError> {
    let ids = listed(accounts.iter().map(|account| account.uuid()));
    let rows = fetch_all!(reader, Row, SELECT_THESE, organization.uuid(), ids)?.into_iter();
    rows.map(|row| row.parse().map(|flow| (flow.account, flow)))
        .collect()
}

/// The flow to an account, kept from others until the transaction ends, which must write it down with
/// [`keep`]. The last lock of any transaction.
///
/// # Errors
/// The database, or an impossible row.
pub async fn take(tx: &mut Tx, organization: OrganizationId, account: AccountId) -> Result<Flow, StoreError> {
    execute!(tx, BEGIN, account.uuid(), organization.uuid())?;
    let row = fetch_optional!(tx, Row, SELECT_FOR_UPDATE, account.uuid(), organization.uuid())?;
    row.map_or_else(|| Ok(Flow::free(organization, account)), Row::parse)
}

/// Writes down what is known of an account.
///
/// # Errors
/// The database.
pub async fn keep(tx: &mut Tx, flow: &Flow) -> Result<(), StoreError> {
    let (account, organization) = (flow.account.uuid(), flow.organization.uuid());
    if flow.is_free() {
        return execute!(tx, FORGET, account, organization).map(drop);
    }
    expect_one!(
        tx,
        KEEP,
        account,
        organization,
        i64::from(flow.failures),
        flow.open_until,
        flow.refused_until,
        flow.budget.map(|budget| i64::from(budget.limit)),
        flow.budget.map(|budget| i64::from(budget.remaining)),
        flow.budget.map(|budget| budget.resets_at)
    )
}
