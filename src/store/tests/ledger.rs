//! The ledger in the database: what was changed behind the store's back is found.

use chrono::{DateTime, TimeDelta, Utc};
use rstest::rstest;

use super::{
    Db,
    guards::guards_fall,
    on,
    town::{Town, at},
};
use crate::{
    domain::ids::EntryId,
    ledger::{Chain, Columns, Entry, Head, Report, Verifier},
    store::{StoreError, ledger, sql::Dialect},
};

/// How many entries are sealed; one more waits.
const SEALED: i64 = 8;

/// A ledger, and what somebody noted of it before it was tampered with.
struct Ledger<'a> {
    db: &'a Db,
    town: Town,
    entries: Vec<EntryId>,
    noted: Head,
}

async fn seal(db: &Db, town: &Town, limit: i64) -> Result<usize, StoreError> {
    let organization = town.organization;
    change!(db, |tx| ledger::seal(tx, organization, limit).await)
}

async fn head(db: &Db, town: &Town) -> Option<Head> {
    let mut reader = db.reader().await;
    ledger::head(&mut reader, town.organization).await.unwrap()
}

/// Reads the whole ledger a few rows at a time and verifies it.
async fn verify(db: &Db, town: &Town, noted: Option<Head>, now: DateTime<Utc>) -> Report {
    let mut verifier = Verifier::new(town.organization);
    if let Some(noted) = noted {
        verifier = verifier.expecting(noted);
    }
    let mut reader = db.reader().await;
    let mut last = 0;
    loop {
        let seals = ledger::seals_after(&mut reader, town.organization, last, 3)
            .await
            .unwrap();
        let Some((seal, _)) = seals.last() else { break };
        last = seal.seq;
        for (seal, entry) in &seals {
            verifier.feed(seal, entry.as_ref());
        }
    }
    let head = ledger::head(&mut reader, town.organization).await.unwrap();
    let unsealed = ledger::unsealed(&mut reader, town.organization).await.unwrap();
    verifier.finish(head, unsealed, now, TimeDelta::minutes(5))
}

fn kinds(report: &Report) -> Vec<String> {
    let problems = serde_json::to_value(&report.problems).unwrap();
    let problems = problems.as_array().unwrap().iter();
    problems
        .map(|problem| problem["kind"].as_str().unwrap().to_owned())
        .collect()
}

impl Ledger<'_> {
    async fn raw(&self, sql: &str, entries: &[usize]) {
        let ids: Vec<_> = entries
            .iter()
            .map(|number| self.entries[*number].uuid())
            .collect();
        let rows = self.db.raw(sql, &ids).await.unwrap();
        assert!(rows > 0, "{sql}: nothing was changed");
    }

    /// An entry that the store never wrote.
    fn forged(&self, town: &Town, id: EntryId) -> Entry {
        Entry::new(Columns {
            id,
            organization: town.organization,
            at: at(3),
            actor: "user:usr_1".to_owned(),
            verb: "post.forged".to_owned(),
            subject: "pst_1".to_owned(),
            policy: None,
            details: serde_json::json!({}),
        })
        .unwrap()
    }

    async fn insert(&self, entry: &Entry) {
        let columns = entry.columns();
        let sql = format!(
            "INSERT INTO ledger_entries (id, organization_id, at, actor, verb, subject, details, canonical, digest)
             VALUES ($1, $2, '{}', '{}', '{}', '{}', '{}', {}, {})",
            columns.at.to_rfc3339(),
            columns.actor,
            columns.verb,
            columns.subject,
            columns.details,
            self.db.bytes(entry.canonical()),
            self.db.bytes(&entry.digest()),
        );
        let ids = [columns.id.uuid(), columns.organization.uuid()];
        self.db.raw(sql, &ids).await.unwrap();
    }

    /// Adds a seal at the end of this organization's chain, and moves the head to it.
    async fn seal(&self, entry: &Entry) {
        let organization = self.town.organization;
        let head = head(self.db, &self.town).await.unwrap();
        let seal = Chain::continuing(organization, head).next(entry.columns().id, entry.digest());
        let (prev, hash) = (self.db.bytes(&seal.prev), self.db.bytes(&seal.hash));
        let ids = [organization.uuid(), seal.entry.uuid()];
        let sql = format!(
            "INSERT INTO ledger_seals (organization_id, seq, entry_id, prev, hash)
             VALUES ($1, {}, $2, {prev}, {hash})",
            seal.seq
        );
        self.db.raw(sql, &ids).await.unwrap();
        let sql = format!(
            "UPDATE ledger_heads SET seq = {}, hash = {hash} WHERE organization_id = $1",
            seal.seq
        );
        self.db.raw(sql, &ids[..1]).await.unwrap();
    }

    /// Cuts the end off, entries and all.
    async fn cut(&self) {
        for table in ["ledger_seals", "ledger_unsealed"] {
            self.raw(
                &format!("DELETE FROM {table} WHERE entry_id IN ($1, $2, $3)"),
                &[6, 7, 8],
            )
            .await;
        }
        self.raw("DELETE FROM ledger_entries WHERE id IN ($1, $2, $3)", &[6, 7, 8])
            .await;
    }

    async fn set_head_back(&self) {
        let sql = "UPDATE ledger_heads SET
             seq = (SELECT MAX(seq) FROM ledger_seals s WHERE s.organization_id = ledger_heads.organization_id),
             hash = (SELECT hash FROM ledger_seals s WHERE s.organization_id = ledger_heads.organization_id
                     ORDER BY seq DESC LIMIT 1)";
        self.raw(sql, &[]).await;
    }
}

/// What somebody with all rights on the database does.
#[derive(Debug, Clone, Copy)]
enum Tampering {
    Nothing,
    Column(&'static str, &'static str),
    Content,
    Entry,
    Seal,
    SealsSwapped,
    Foreign,
    Appended,
    End,
    EndAndHead,
    Waiting,
}

async fn tamper(ledger: &Ledger<'_>, tampering: Tampering) {
    match tampering {
        Tampering::Nothing => {}
        Tampering::Column(column, value) => {
            let value = value.replace("BYTES", &ledger.db.bytes(&[1; 32]));
            let sql = format!("UPDATE ledger_entries SET {column} = {value} WHERE id = $1");
            ledger.raw(&sql, &[3]).await;
        }
        Tampering::Content => {
            // Columns, bytes and digest agree with each other; only the seal knows better.
            let id = ledger.entries[3];
            let entry = ledger.forged(&ledger.town, id);
            let (canonical, digest) = (entry.canonical(), entry.digest());
            let sql = format!(
                "UPDATE ledger_entries SET at = '{}', actor = 'user:usr_1', verb = 'post.forged', subject = 'pst_1',
                     policy_digest = NULL, details = '{{}}', canonical = {}, digest = {} WHERE id = $1",
                at(3).to_rfc3339(),
                ledger.db.bytes(canonical),
                ledger.db.bytes(&digest)
            );
            ledger.raw(&sql, &[3]).await;
        }
        Tampering::Entry => ledger.raw("DELETE FROM ledger_entries WHERE id = $1", &[3]).await,
        Tampering::Seal => {
            ledger
                .raw("DELETE FROM ledger_seals WHERE entry_id = $1", &[3])
                .await;
        }
        Tampering::SealsSwapped => {
            // By way of a third: no entry may have two seals for a moment.
            let sql = "UPDATE ledger_seals SET entry_id = $2 WHERE entry_id = $1";
            for pair in [[3, 8], [4, 3], [8, 4]] {
                ledger.raw(sql, &pair).await;
            }
        }
        Tampering::Foreign => {
            let other = Town::found(ledger.db).await;
            let entry = ledger.forged(&other, EntryId::new(ledger.db.ids.next()));
            ledger.insert(&entry).await;
            ledger.seal(&entry).await;
        }
        Tampering::Appended => {
            let before = head(ledger.db, &ledger.town).await.unwrap();
            let entry = ledger.forged(&ledger.town, EntryId::new(ledger.db.ids.next()));
            ledger.insert(&entry).await;
            ledger.seal(&entry).await;
            let hash = ledger.db.bytes(&before.hash);
            let sql = format!("UPDATE ledger_heads SET seq = {}, hash = {hash}", before.seq);
            ledger.raw(&sql, &[]).await;
        }
        Tampering::End => ledger.cut().await,
        Tampering::EndAndHead => {
            ledger.cut().await;
            ledger.set_head_back().await;
        }
        Tampering::Waiting => {
            let sql = "UPDATE ledger_entries SET subject = 'pst_0' WHERE id = $1";
            ledger.raw(sql, &[8]).await;
        }
    }
}

/// Drops whatever the schema has against tampering.
async fn defences_fall(db: &Db) {
    guards_fall(db).await;
    match db.dialect {
        Dialect::Sqlite => {
            db.raw("PRAGMA foreign_keys = OFF", &[]).await.unwrap();
        }
        Dialect::Postgres => {
            let names = "SELECT t.relname::text, k.conname::text
                 FROM pg_constraint k JOIN pg_class t ON t.oid = k.conrelid
                 WHERE k.contype = 'f' AND t.relname LIKE 'ledger%'";
            for (table, name) in db.rows::<(String, String)>(names, &[]).await {
                let drop = format!("ALTER TABLE {table} DROP CONSTRAINT {name}");
                db.raw(drop, &[]).await.unwrap();
            }
        }
    }
}

#[rstest]
#[case::nothing(Tampering::Nothing, &[])]
#[case::time(Tampering::Column("at", "'2027-01-15T09:00:00+00:00'"), &["columns_disagree"])]
#[case::actor(Tampering::Column("actor", "'user:usr_9'"), &["columns_disagree"])]
#[case::verb(Tampering::Column("verb", "'post.read'"), &["columns_disagree"])]
#[case::subject(Tampering::Column("subject", "'pst_9'"), &["columns_disagree"])]
#[case::policy(Tampering::Column("policy_digest", "BYTES"), &["columns_disagree"])]
#[case::policy_removed(Tampering::Column("policy_digest", "NULL"), &["columns_disagree"])]
#[case::details(Tampering::Column("details", "'{}'"), &["columns_disagree"])]
#[case::digest(Tampering::Column("digest", "BYTES"), &["entry_altered"])]
#[case::bytes(Tampering::Column("canonical", "BYTES"), &["entry_altered", "entry_unreadable"])]
#[case::content(Tampering::Content, &["wrong_hash"])]
#[case::entry_removed(Tampering::Entry, &["entry_missing"])]
#[case::seal_removed(Tampering::Seal, &["gap_in_sequence", "wrong_previous"])]
#[case::seals_swapped(Tampering::SealsSwapped, &["wrong_hash", "wrong_hash"])]
#[case::foreign_entry(Tampering::Foreign, &["foreign_organization"])]
#[case::appended(Tampering::Appended, &["head_behind"])]
#[case::end_cut_off(Tampering::End, &["head_ahead", "expected_head_not_found"])]
#[case::end_and_head_cut_off(Tampering::EndAndHead, &["expected_head_not_found"])]
#[case::waiting_entry_changed(Tampering::Waiting, &["columns_disagree"])]
#[tokio::test]
async fn tampering_is_found(
    #[case] tampering: Tampering,
    #[case] expected: &[&str],
    #[values(Dialect::Sqlite, Dialect::Postgres)] dialect: Dialect,
) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        let mut entries = Vec::new();
        for number in 0..SEALED {
            let subject = format!("pst_{number}");
            entries.push(town.tell(db, at(number), &subject).await.unwrap());
        }
        // In parts, as they come.
        for expected in [3, 3, 2, 0] {
            assert_eq!(seal(db, &town, 3).await.unwrap(), expected);
        }
        entries.push(town.tell(db, at(SEALED), "pst_8").await.unwrap());
        let noted = head(db, &town).await.unwrap();
        let untouched = verify(db, &town, Some(noted), at(100)).await;
        assert!(untouched.is_sound(), "{:?}", untouched.problems);
        assert_eq!(
            (untouched.sealed, untouched.unsealed, untouched.head),
            (8, 1, noted)
        );
        let ledger = Ledger {
            db,
            town,
            entries,
            noted,
        };

        defences_fall(db).await;
        tamper(&ledger, tampering).await;
        let report = verify(db, &town, Some(ledger.noted), at(100)).await;
        assert_eq!(kinds(&report), expected, "{:?}", report.problems);
    })
    .await;
}

/// An entry that is taken off the sealer's list is never sealed: its age gives it away.
#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn an_entry_that_is_kept_from_the_sealer_is_found(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        town.tell(db, at(0), "pst_1").await.unwrap();
        let hidden = town.tell(db, at(1), "pst_2").await.unwrap();
        let sql = "DELETE FROM ledger_unsealed WHERE entry_id = $1";
        db.raw(sql, &[hidden.uuid()]).await.unwrap();
        assert_eq!(seal(db, &town, 100).await.unwrap(), 1);
        let report = verify(db, &town, None, at(301)).await;
        assert!(report.is_sound(), "{:?}", report.problems);
        let report = verify(db, &town, None, at(302)).await;
        assert_eq!(kinds(&report), ["unsealed_too_old"]);
    })
    .await;
}

#[rstest]
#[case::sqlite(Dialect::Sqlite)]
#[case::postgres(Dialect::Postgres)]
#[tokio::test]
async fn an_empty_ledger_is_sound(#[case] dialect: Dialect) {
    on(dialect, async |db| {
        let town = Town::found(db).await;
        assert_eq!(seal(db, &town, 100).await.unwrap(), 0);
        let report = verify(db, &town, None, at(0)).await;
        assert!(report.is_sound(), "{:?}", report.problems);
        assert_eq!((report.sealed, report.unsealed, report.head.seq), (0, 0, 0));
    })
    .await;
}
