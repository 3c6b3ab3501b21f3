//! The latest look at each link: a cache of what was seen outside, read with everything else that decides.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use sqlx::FromRow;

use super::{
    StoreError,
    error::{parse, parse_json, to_json},
    sql::{execute, expect_one, fetch_all, on, statements},
    tx::{Reader, Tx},
};
use crate::domain::{evidence::LinkLook, ids::OrganizationId};

statements! {
    UPSERT = same(
        "INSERT INTO link_looks (organization_id, address, looked_at, hops, ending) VALUES ($1, $2, $3, $4, $5)
         ON CONFLICT (organization_id, address) DO UPDATE
         SET looked_at = excluded.looked_at, hops = excluded.hops, ending = excluded.ending",
    );
    /// The addresses arrive as one JSON array, which each database takes apart in its own words.
    SELECT = each(
        "SELECT address, looked_at, hops, ending FROM link_looks
         WHERE organization_id = $1 AND address IN (SELECT value FROM json_each($2))",
        "SELECT address, looked_at, hops, ending FROM link_looks
         WHERE organization_id = $1 AND address IN (SELECT jsonb_array_elements_text($2::jsonb))",
    );
    FORGET = same("DELETE FROM link_looks WHERE looked_at < $1");
}

const TABLE: &str = "link_looks";

#[derive(Debug, FromRow)]
struct Row {
    address: String,
    looked_at: DateTime<Utc>,
    hops: String,
    ending: String,
}

impl Row {
    fn look(self) -> Result<(String, LinkLook), StoreError> {
        let look = LinkLook {
            at: self.looked_at,
            hops: parse_json(&self.hops, TABLE, "hops", &self.address)?,
            end: parse(&self.ending, TABLE, "ending", &self.address)?,
        };
        Ok((self.address, look))
    }
}

/// Keeps a look in place of the earlier one at the same address.
///
/// # Errors
/// The database.
pub async fn keep(
    tx: &mut Tx,
    organization: OrganizationId,
    address: &str,
    look: &LinkLook,
) -> Result<(), StoreError> {
    expect_one!(
        tx,
        UPSERT,
        organization.uuid(),
        address,
        look.at,
        to_json(&look.hops),
        look.end.as_str(),
    )
}

/// The latest looks at some addresses; one that was never looked at is missing.
///
/// # Errors
/// The database, or an impossible row.
pub async fn at(
    reader: &mut Reader,
    organization: OrganizationId,
    addresses: &BTreeSet<String>,
) -> Result<BTreeMap<String, LinkLook>, StoreError> {
    if addresses.is_empty() {
        return Ok(BTreeMap::new());
    }
    fetch_all!(reader, Row, SELECT, organization.uuid(), to_json(addresses))?
        .into_iter()
        .map(Row::look)
        .collect()
}

/// Forgets looks that nobody has renewed since a time. Tells how many.
///
/// # Errors
/// The database.
pub async fn forget(tx: &mut Tx, before: DateTime<Utc>) -> Result<u64, StoreError> {
    execute!(tx, FORGET, before)
}
