//! The ledger's tables: entries go in with the change that they tell of, seals follow in batches.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::FromRow;
use uuid::Uuid;

use super::{
    StoreError,
    error::{parse_digest, parse_json, to_json},
    sql::{execute, expect_one, fetch_all, fetch_optional, on, statements},
    tx::{Reader, Tx},
};
use crate::{
    domain::{
        digest::PolicyDigest,
        ids::{EntryId, OrganizationId},
    },
    ledger::{Chain, Columns, Entry, EntryRow, Head, Report, Seal, SealRow, Verifier},
};

/// How many seals a verification reads at a time.
const PAGE: i64 = 1000;

/// The columns that a row is parsed from.
macro_rules! columns {
    () => {
        "e.id, e.organization_id, e.at, e.actor, e.verb, e.subject, e.policy_digest, e.details, e.canonical, e.digest"
    };
}

statements! {
    /// Entries, and their places on the sealer's list, in one go: SQLite runs two statements that share their values,
    /// PostgreSQL prepares only one.
    INSERT = each(
        "INSERT INTO ledger_entries (id, organization_id, at, actor, verb, subject, policy_digest, details, canonical, digest)
         SELECT unhex(value ->> 'id'), unhex(value ->> 'organization'), $1, value ->> 'actor', value ->> 'verb',
             value ->> 'subject', unhex(value ->> 'policy'), value ->> 'details', unhex(value ->> 'canonical'),
             unhex(value ->> 'digest')
         FROM json_each($2);
         INSERT INTO ledger_unsealed (entry_id, organization_id)
         SELECT unhex(value ->> 'id'), unhex(value ->> 'organization') FROM json_each($2)",
        "WITH entry AS (INSERT INTO ledger_entries (id, organization_id, at, actor, verb, subject, policy_digest, details, canonical, digest)
             SELECT (value ->> 'id')::uuid, (value ->> 'organization')::uuid, $1, value ->> 'actor', value ->> 'verb',
                 value ->> 'subject', decode(value ->> 'policy', 'hex'), value ->> 'details',
                 decode(value ->> 'canonical', 'hex'), decode(value ->> 'digest', 'hex')
             FROM json_array_elements($2::json)
             RETURNING id, organization_id)
         INSERT INTO ledger_unsealed (entry_id, organization_id) SELECT id, organization_id FROM entry",
    );
    SELECT_UNSEALED_ORGANIZATIONS = same("SELECT DISTINCT organization_id FROM ledger_unsealed");
    SELECT_UNSEALED = same(
        concat!("SELECT ", columns!(), "
         FROM ledger_unsealed u JOIN ledger_entries e ON e.id = u.entry_id
         WHERE u.organization_id = $1 ORDER BY u.entry_id LIMIT $2"),
    );
    DELETE_UNSEALED = each(
        "DELETE FROM ledger_unsealed WHERE organization_id = $1
         AND entry_id IN (SELECT unhex(value ->> 'entry') FROM json_each($2))",
        "DELETE FROM ledger_unsealed WHERE organization_id = $1
         AND entry_id IN (SELECT (seal ->> 'entry')::uuid FROM json_array_elements($2::json) AS seal)",
    );
    /// A batch of them in one go: sealing follows every change, and must not cost as much.
    INSERT_SEALS = each(
        "INSERT INTO ledger_seals (organization_id, seq, entry_id, prev, hash)
         SELECT $1, value ->> 'seq', unhex(value ->> 'entry'), unhex(value ->> 'prev'), unhex(value ->> 'hash')
         FROM json_each($2)",
        "INSERT INTO ledger_seals (organization_id, seq, entry_id, prev, hash)
         SELECT $1, (seal ->> 'seq')::bigint, (seal ->> 'entry')::uuid, decode(seal ->> 'prev', 'hex'),
             decode(seal ->> 'hash', 'hex')
         FROM json_array_elements($2::json) AS seal",
    );
    SELECT_HEAD = same("SELECT seq, hash FROM ledger_heads WHERE organization_id = $1");
    INSERT_HEAD = same(
        "INSERT INTO ledger_heads (organization_id, seq, hash) VALUES ($1, $2, $3) ON CONFLICT (organization_id) DO NOTHING",
    );
    MOVE_HEAD = same("UPDATE ledger_heads SET seq = $1, hash = $2 WHERE organization_id = $3 AND seq = $4");
    SELECT_SEALS = same(
        "SELECT seq, entry_id, prev, hash FROM ledger_seals
         WHERE organization_id = $1 AND seq > $2 ORDER BY seq LIMIT $3",
    );
    /// What the seals of the same page name, as far as it is there.
    SELECT_SEALED = same(
        concat!("SELECT ", columns!(), "
         FROM (SELECT entry_id FROM ledger_seals WHERE organization_id = $1 AND seq > $2 ORDER BY seq LIMIT $3) AS s
         JOIN ledger_entries e ON e.id = s.entry_id"),
    );
    SELECT_UNLISTED = same(
        concat!("SELECT ", columns!(), "
         FROM ledger_entries e LEFT JOIN ledger_seals s ON s.entry_id = e.id
         WHERE e.organization_id = $1 AND s.entry_id IS NULL ORDER BY e.id"),
    );
    SELECT_PAGE = same(
        concat!("SELECT ", columns!(), "
         FROM ledger_entries e WHERE e.organization_id = $1 AND e.id < $2 ORDER BY e.id DESC LIMIT $3"),
    );
    SELECT_BY_SUBJECT = same(
        "SELECT id, organization_id, at, actor, verb, subject, policy_digest, details, canonical, digest
         FROM ledger_entries WHERE organization_id = $1 AND subject = $2 ORDER BY id",
    );
}

#[derive(Debug, Clone, FromRow)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    at: DateTime<Utc>,
    actor: String,
    verb: String,
    subject: String,
    policy_digest: Option<Vec<u8>>,
    details: String,
    canonical: Vec<u8>,
    digest: Vec<u8>,
}

impl Row {
    /// A verifier wants to see what is there, however wrong: only what cannot be represented is an error.
    fn parse(self) -> Result<EntryRow, StoreError> {
        let id = EntryId::new(self.id);
        let policy = self
            .policy_digest
            .map(|bytes| parse_digest(&bytes, "ledger_entries", "policy_digest", id))
            .transpose()?;
        Ok(EntryRow {
            columns: Columns {
                id,
                organization: OrganizationId::new(self.organization_id),
                at: self.at,
                actor: self.actor,
                verb: self.verb,
                subject: self.subject,
                policy,
                details: parse_json(&self.details, "ledger_entries", "details", id)?,
            },
            canonical: self.canonical,
            digest: parse_digest(&self.digest, "ledger_entries", "digest", id)?,
        })
    }
}

/// One thing to tell.
#[derive(Debug, Clone)]
pub struct Telling {
    /// Whose ledger it stands in.
    pub organization: OrganizationId,
    /// The entry's id.
    pub id: EntryId,
    /// Who did it, as [`crate::domain::actor::Actor`] writes it.
    pub actor: String,
    /// What was done, such as `post.submitted`.
    pub verb: &'static str,
    /// To what, as an id.
    pub subject: String,
    /// The policy that judged, if one did.
    pub policy: Option<PolicyDigest>,
    /// More of it; no secrets, no personal values.
    pub details: serde_json::Value,
}

/// Enters something in the ledger, in the transaction of the change itself.
///
/// # Errors
/// The database, or details that have no canonical form.
pub async fn append_all(tx: &mut Tx, tellings: Vec<Telling>, at: DateTime<Utc>) -> Result<(), StoreError> {
    let entries = tellings.into_iter().map(|telling| entry(telling, at));
    let entries = entries.collect::<Result<Vec<_>, _>>()?;
    let Some(first) = entries.first() else {
        return Ok(());
    };
    // As the entries have it, who cut it to what is stored.
    let at = first.columns().at;
    let rows = serde_json::Value::Array(entries.iter().map(row).collect()).to_string();
    execute!(tx, INSERT, at, rows).map(|_| ())
}

fn entry(telling: Telling, at: DateTime<Utc>) -> Result<Entry, StoreError> {
    let columns = Columns {
        id: telling.id,
        organization: telling.organization,
        at,
        actor: telling.actor,
        verb: telling.verb.to_owned(),
        subject: telling.subject,
        policy: telling.policy.map(|policy| *policy.as_bytes()),
        details: telling.details,
    };
    Entry::new(columns).map_err(|why| StoreError::Ledger(why.to_string()))
}

/// An entry as [`INSERT`] reads it.
fn row(entry: &Entry) -> serde_json::Value {
    let columns = entry.columns();
    serde_json::json!({
        "id": columns.id.uuid().simple().to_string(),
        "organization": columns.organization.uuid().simple().to_string(),
        "actor": columns.actor,
        "verb": columns.verb,
        "subject": columns.subject,
        "policy": columns.policy.map(hex::encode),
        "details": to_json(&columns.details),
        "canonical": hex::encode(entry.canonical()),
        "digest": hex::encode(entry.digest()),
    })
}

/// The organizations with something to seal.
///
/// # Errors
/// The database.
pub async fn unsealed_organizations(reader: &mut Reader) -> Result<Vec<OrganizationId>, StoreError> {
    let rows = fetch_all!(reader, (Uuid,), SELECT_UNSEALED_ORGANIZATIONS)?;
    Ok(rows.into_iter().map(|(id,)| OrganizationId::new(id)).collect())
}

/// Seals up to `limit` entries of an organization and tells how many. Two sealers cannot both move the
/// head: the slower one's transaction fails and is not kept.
///
/// # Errors
/// The database, or another sealer.
pub async fn seal(tx: &mut Tx, organization: OrganizationId, limit: i64) -> Result<usize, StoreError> {
    let stored = head(tx, organization).await?;
    let mut chain = stored.map_or_else(
        || Chain::new(organization),
        |head| Chain::continuing(organization, head),
    );
    let before = chain.head();
    if stored.is_none() {
        execute!(
            tx,
            INSERT_HEAD,
            organization.uuid(),
            before.seq,
            before.hash.as_slice()
        )?;
    }
    let entries: Vec<EntryRow> = fetch_all!(tx, Row, SELECT_UNSEALED, organization.uuid(), limit)?
        .into_iter()
        .map(Row::parse)
        .collect::<Result<_, _>>()?;
    if !entries.is_empty() {
        let seals = entries
            .iter()
            .map(|entry| written(&chain.next(entry.columns.id, entry.digest)));
        let seals = serde_json::Value::Array(seals.collect()).to_string();
        expect_all(
            execute!(tx, INSERT_SEALS, organization.uuid(), seals.as_str())?,
            &entries,
        )?;
        expect_all(
            execute!(tx, DELETE_UNSEALED, organization.uuid(), seals.as_str())?,
            &entries,
        )?;
        let head = chain.head();
        expect_one!(
            tx,
            MOVE_HEAD,
            head.seq,
            head.hash.as_slice(),
            organization.uuid(),
            before.seq
        )?;
    }
    Ok(entries.len())
}

/// A seal as the statements of a batch read it.
fn written(seal: &Seal) -> serde_json::Value {
    serde_json::json!({
        "seq": seal.seq,
        "entry": seal.entry.uuid().simple().to_string(),
        "prev": hex::encode(seal.prev),
        "hash": hex::encode(seal.hash),
    })
}

/// One row for each entry, or another sealer was faster.
fn expect_all(rows: u64, entries: &[EntryRow]) -> Result<(), StoreError> {
    if usize::try_from(rows) == Ok(entries.len()) {
        Ok(())
    } else {
        Err(StoreError::Stale("INSERT_SEALS"))
    }
}

/// The stored head of an organization's chain.
///
/// # Errors
/// The database, or an impossible row.
pub async fn head(reader: &mut Reader, organization: OrganizationId) -> Result<Option<Head>, StoreError> {
    fetch_optional!(reader, (i64, Vec<u8>), SELECT_HEAD, organization.uuid())?
        .map(|(seq, hash)| {
            Ok(Head {
                seq,
                hash: parse_digest(&hash, "ledger_heads", "hash", organization)?,
            })
        })
        .transpose()
}

/// Seals after a number, in order, each with its entry if it is there.
///
/// # Errors
/// The database, or a value that cannot be represented.
pub async fn seals_after(
    reader: &mut Reader,
    organization: OrganizationId,
    seq: i64,
    limit: i64,
) -> Result<Vec<(SealRow, Option<EntryRow>)>, StoreError> {
    let seals = fetch_all!(
        reader,
        (i64, Uuid, Vec<u8>, Vec<u8>),
        SELECT_SEALS,
        organization.uuid(),
        seq,
        limit
    )?;
    let sealed = fetch_all!(reader, Row, SELECT_SEALED, organization.uuid(), seq, limit)?;
    let sealed: HashMap<Uuid, Row> = sealed.into_iter().map(|row| (row.id, row)).collect();
    let mut rows = Vec::with_capacity(seals.len());
    for (seq, entry, prev, hash) in seals {
        // Two seals of one entry are for the verifier to find: neither the entry nor its other seal is missing.
        let entry_row = sealed.get(&entry).cloned().map(Row::parse).transpose()?;
        let seal = SealRow {
            seq,
            entry_id: EntryId::new(entry),
            prev: parse_digest(&prev, "ledger_seals", "prev", seq)?,
            hash: parse_digest(&hash, "ledger_seals", "hash", seq)?,
        };
        rows.push((seal, entry_row));
    }
    Ok(rows)
}

/// Entries that no seal names, whether or not they stand on the sealer's list.
///
/// # Errors
/// The database, or a value that cannot be represented.
pub async fn unsealed(
    reader: &mut Reader,
    organization: OrganizationId,
) -> Result<Vec<EntryRow>, StoreError> {
    fetch_all!(reader, Row, SELECT_UNLISTED, organization.uuid())?
        .into_iter()
        .map(Row::parse)
        .collect()
}

/// Reads the whole ledger of an organization and says what is wrong with it. `expect` are heads that were
/// noted earlier; an unsealed entry may be `unsealed_age` old.
///
/// # Errors
/// The database, or a value that cannot be represented.
pub async fn verify(
    reader: &mut Reader,
    organization: OrganizationId,
    expect: &[Head],
    now: DateTime<Utc>,
    unsealed_age: TimeDelta,
) -> Result<Report, StoreError> {
    let expecting = |verifier: Verifier, head: &Head| verifier.expecting(*head);
    let mut verifier = expect.iter().fold(Verifier::new(organization), expecting);
    let mut after = 0;
    loop {
        let page = seals_after(reader, organization, after, PAGE).await?;
        let Some((last, _)) = page.last() else { break };
        after = last.seq;
        for (seal, entry) in &page {
            verifier.feed(seal, entry.as_ref());
        }
    }
    let head = head(reader, organization).await?;
    let unsealed = unsealed(reader, organization).await?;
    Ok(verifier.finish(head, unsealed, now, unsealed_age))
}

/// Entries older than a cursor, newest first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn page(
    reader: &mut Reader,
    organization: OrganizationId,
    before: Option<EntryId>,
    limit: i64,
) -> Result<Vec<Columns>, StoreError> {
    let before = before.map_or(Uuid::max(), EntryId::uuid);
    fetch_all!(reader, Row, SELECT_PAGE, organization.uuid(), before, limit)?
        .into_iter()
        .map(|row| row.parse().map(|entry| entry.columns))
        .collect()
}

/// Everything that happened to a subject, oldest first.
///
/// # Errors
/// The database, or an impossible row.
pub async fn history(
    reader: &mut Reader,
    organization: OrganizationId,
    subject: &str,
) -> Result<Vec<Columns>, StoreError> {
    fetch_all!(reader, Row, SELECT_BY_SUBJECT, organization.uuid(), subject)?
        .into_iter()
        .map(|row| row.parse().map(|entry| entry.columns))
        .collect()
}
