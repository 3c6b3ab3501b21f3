//! A small ledger as it lies in a database, and everything one can do to it with write access.

use std::collections::BTreeMap;

use rstest::rstest;
use serde_json::json;
use uuid::Uuid;

use super::super::Chain;
use super::*;

mod random;

const SEALS: usize = 8;
const WAITING: usize = 2;

#[derive(Debug, Clone, PartialEq)]
struct Database {
    seals: Vec<SealRow>,
    entries: BTreeMap<EntryId, EntryRow>,
    head: Option<Head>,
    /// Not in the database: what an operator wrote down.
    noted: Head,
}

fn organization(number: u128) -> OrganizationId {
    OrganizationId::new(Uuid::from_u128(number))
}

fn id(number: usize) -> EntryId {
    EntryId::new(Uuid::from_u128(number as u128))
}

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_780_000_000, 0).unwrap()
}

fn entry(number: usize) -> Entry {
    Entry::new(Columns {
        id: id(number),
        organization: organization(1),
        at: now() - TimeDelta::seconds(60 - number as i64),
        actor: "user:usr_1".into(),
        verb: "post.submitted".into(),
        subject: format!("pst_{number}"),
        policy: Some([number as u8; 32]),
        details: json!({"title": "避難", "count": number}),
    })
    .unwrap()
}

fn ledger() -> Database {
    let mut database = Database {
        seals: Vec::new(),
        entries: (1..=SEALS + WAITING)
            .map(|number| (id(number), entry(number).into()))
            .collect(),
        head: None,
        noted: Chain::new(organization(1)).head(),
    };
    reseal(&mut database, &(1..=SEALS).map(id).collect::<Vec<_>>());
    let SealRow { seq, hash, .. } = database.seals[SEALS - 2];
    database.noted = Head { seq, hash };
    database
}

/// Computes a whole new chain over the given entries.
fn reseal(database: &mut Database, entries: &[EntryId]) {
    let mut chain = Chain::new(organization(1));
    database.seals.clear();
    for id in entries {
        let seal = chain.next(*id, digest_of(&database.entries[id].canonical));
        database.seals.push(SealRow {
            seq: seal.seq,
            entry_id: seal.entry,
            prev: seal.prev,
            hash: seal.hash,
        });
    }
    database.head = Some(chain.head());
}

fn replace(database: &mut Database, number: usize, change: impl FnOnce(&mut Columns)) {
    let mut columns = database.entries[&id(number)].columns.clone();
    change(&mut columns);
    database
        .entries
        .insert(id(number), Entry::new(columns).unwrap().into());
}

fn verify(database: &Database, noted: Option<Head>) -> Report {
    let mut verifier = Verifier::new(organization(1));
    if let Some(noted) = noted {
        verifier = verifier.expecting(noted);
    }
    let mut seals = database.seals.clone();
    seals.sort_by_key(|seal| seal.seq);
    for seal in &seals {
        verifier.feed(seal, database.entries.get(&seal.entry_id));
    }
    let sealed: HashSet<EntryId> = seals.iter().map(|seal| seal.entry_id).collect();
    let unsealed = database
        .entries
        .iter()
        .filter(|(id, _)| !sealed.contains(id))
        .map(|(_, row)| row.clone());
    verifier.finish(database.head, unsealed, now(), TimeDelta::minutes(5))
}

fn kinds(report: &Report) -> Vec<String> {
    let value = serde_json::to_value(&report.problems).unwrap();
    value
        .as_array()
        .unwrap()
        .iter()
        .map(|problem| problem["kind"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn an_untouched_ledger_is_sound() {
    let database = ledger();
    let report = verify(&database, Some(database.noted));
    assert!(report.is_sound(), "{:?}", report.problems);
    assert_eq!((report.sealed, report.unsealed), (SEALS as u64, WAITING as u64));
    assert_eq!(Some(report.head), database.head);
}

#[test]
fn an_empty_ledger_is_sound() {
    let empty = Chain::new(organization(1)).head();
    for head in [None, Some(empty)] {
        let database = Database {
            seals: vec![],
            entries: BTreeMap::new(),
            head,
            noted: empty,
        };
        assert!(verify(&database, Some(empty)).is_sound());
        assert_eq!(
            kinds(&verify(&database, Some(ledger().noted))),
            ["expected_head_not_found"]
        );
    }
}

#[rstest]
#[case::bytes_edited(|db: &mut Database| { db.entries.get_mut(&id(3)).unwrap().canonical[40] ^= 1; }, &["entry_altered"])]
#[case::digest_edited(|db: &mut Database| { db.entries.get_mut(&id(3)).unwrap().digest[0] ^= 1; }, &["entry_altered"])]
#[case::actor_edited(|db: &mut Database| db.entries.get_mut(&id(3)).unwrap().columns.actor = "user:usr_2".into(), &["columns_disagree"])]
#[case::rewritten_consistently(|db: &mut Database| replace(db, 3, |row| row.verb = "post.withdrawn".into()), &["wrong_hash"])]
#[case::entry_removed(|db: &mut Database| { db.entries.remove(&id(3)); }, &["entry_missing"])]
#[case::seal_removed(|db: &mut Database| { db.seals.remove(2); }, &["gap_in_sequence", "wrong_previous"])]
#[case::first_seal_removed(|db: &mut Database| { db.seals.remove(0); }, &["gap_in_sequence", "wrong_previous"])]
#[case::numbers_swapped(|db: &mut Database| { db.seals[2].seq = 4; db.seals[3].seq = 3; }, &["wrong_previous", "wrong_hash"])]
#[case::entries_swapped(|db: &mut Database| { db.seals[2].entry_id = id(4); db.seals[3].entry_id = id(3); }, &["wrong_hash"])]
#[case::seal_inserted(|db: &mut Database| {
    let copy = db.seals[2].clone();
    db.seals.insert(3, copy);
}, &["gap_in_sequence", "seal_duplicates_entry"])]
#[case::seal_appended(|db: &mut Database| {
    let head = db.head.unwrap();
    let seal = Chain::continuing(organization(1), head).next(id(9), entry(9).digest());
    db.seals.push(SealRow { seq: seal.seq, entry_id: seal.entry, prev: seal.prev, hash: seal.hash });
}, &["head_behind"])]
#[case::end_cut_off(|db: &mut Database| db.seals.truncate(7), &["head_ahead"])]
#[case::everything_cut_off(|db: &mut Database| db.seals.clear(), &["head_ahead", "expected_head_not_found"])]
#[case::end_and_head_cut_off(|db: &mut Database| {
    let kept: Vec<_> = (1..=5).map(id).collect();
    reseal(db, &kept);
}, &["expected_head_not_found"])]
#[case::head_removed(|db: &mut Database| db.head = None, &["head_behind"])]
#[case::head_changed(|db: &mut Database| db.head.as_mut().unwrap().hash[0] ^= 1, &["head_differs"])]
#[case::prev_changed(|db: &mut Database| db.seals[2].prev[0] ^= 1, &["wrong_previous", "wrong_hash"])]
#[case::hash_changed(|db: &mut Database| db.seals[2].hash[0] ^= 1, &["wrong_hash", "wrong_previous"])]
#[case::last_hash_changed(|db: &mut Database| db.seals[7].hash[0] ^= 1, &["wrong_hash", "head_differs"])]
#[case::chain_recomputed(|db: &mut Database| {
    replace(db, 3, |row| row.verb = "post.withdrawn".into());
    let all: Vec<_> = (1..=SEALS).map(id).collect();
    reseal(db, &all);
}, &["expected_head_not_found"])]
#[case::sealed_twice(|db: &mut Database| {
    let twice: Vec<_> = (1..=SEALS).chain([3]).map(id).collect();
    reseal(db, &twice);
}, &["seal_duplicates_entry"])]
#[case::foreign_entry(|db: &mut Database| {
    replace(db, 3, |row| row.organization = organization(2));
    let all: Vec<_> = (1..=SEALS).map(id).collect();
    reseal(db, &all);
}, &["foreign_organization", "expected_head_not_found"])]
#[case::unreadable_entry(|db: &mut Database| {
    let row = db.entries.get_mut(&id(8)).unwrap();
    row.canonical.push(0);
    row.digest = digest_of(&row.canonical);
    let all: Vec<_> = (1..=SEALS).map(id).collect();
    reseal(db, &all);
}, &["entry_unreadable"])]
#[case::waiting_entry_edited(|db: &mut Database| db.entries.get_mut(&id(9)).unwrap().columns.subject = "pst_0".into(), &["columns_disagree"])]
#[case::waiting_bytes_edited(|db: &mut Database| { db.entries.get_mut(&id(9)).unwrap().digest[0] ^= 1; }, &["entry_altered"])]
#[case::waiting_too_long(|db: &mut Database| replace(db, 9, |row| row.at = now() - TimeDelta::minutes(6)), &["unsealed_too_old"])]
fn a_change_is_found(#[case] change: fn(&mut Database), #[case] expected: &[&str]) {
    let mut database = ledger();
    change(&mut database);
    let report = verify(&database, Some(database.noted));
    let found = kinds(&report);
    for kind in expected {
        assert!(
            found.iter().any(|found| found == kind),
            "{kind} is not in {found:?}"
        );
    }
    // Each finding reads as a sentence, and one change does not make the whole ledger look broken.
    assert!(found.len() <= expected.len() + 3, "{:?}", report.problems);
    for problem in &report.problems {
        let text = problem.to_string();
        assert!(text.contains(' ') && !text.contains('{'), "{text}");
    }
}

#[rstest]
#[case("id", |row: &mut Columns| row.id = id(99))]
#[case("organization", |row: &mut Columns| row.organization = organization(2))]
#[case("at", |row: &mut Columns| row.at += TimeDelta::microseconds(1))]
#[case("actor", |row: &mut Columns| row.actor.push('x'))]
#[case("verb", |row: &mut Columns| row.verb.clear())]
#[case("subject", |row: &mut Columns| row.subject = "pst_9".into())]
#[case("policy", |row: &mut Columns| row.policy = None)]
#[case("details", |row: &mut Columns| row.details["count"] = json!(0))]
fn every_column_is_compared(#[case] column: &'static str, #[case] change: fn(&mut Columns)) {
    let mut database = ledger();
    change(&mut database.entries.get_mut(&id(3)).unwrap().columns);
    let report = verify(&database, None);
    assert_eq!(
        report.problems,
        [Problem::ColumnsDisagree {
            seq: Some(3),
            entry: id(3),
            column
        }]
    );
}

#[test]
fn the_ledger_of_another_organization_is_not_this_one() {
    let database = ledger();
    let mut verifier = Verifier::new(organization(2));
    let seal = &database.seals[0];
    verifier.feed(seal, database.entries.get(&seal.entry_id));
    let report = verifier.finish(None, [], now(), TimeDelta::minutes(5));
    assert!(kinds(&report).contains(&"foreign_organization".to_owned()));
}
