//! Any single change at any place is found.

use proptest::prelude::*;

use super::*;

/// One change at a random place; whether it changed anything is for the caller to see.
fn manipulate(database: &mut Database, kind: u8, at: prop::sample::Index, to: prop::sample::Index, bit: u8) {
    let seal = at.index(SEALS);
    let other = to.index(SEALS);
    let row_id = id(1 + at.index(SEALS + WAITING));
    let flip = 1_u8 << (bit % 8);
    let byte = to.index(32);
    let mut row = database.entries.get_mut(&row_id);
    match (kind, &mut row) {
        (0, Some(row)) => {
            let position = to.index(row.canonical.len());
            row.canonical[position] ^= flip;
        }
        (1, Some(row)) => row.digest[byte] ^= flip,
        (2, Some(row)) => match bit % 8 {
            0 => row.columns.id = id(99),
            1 => row.columns.organization = organization(2),
            2 => row.columns.at -= TimeDelta::microseconds(1),
            3 => row.columns.actor.push('x'),
            4 => row.columns.verb.push('x'),
            5 => row.columns.subject.push('x'),
            6 => row.columns.policy = Some([0; 32]),
            _ => row.columns.details["x"] = json!(1),
        },
        (3, _) => {
            database.entries.remove(&id(1 + seal));
        }
        (4, _) => {
            database.seals.remove(seal);
        }
        (5, _) => {
            let seq = database.seals[seal].seq;
            database.seals[seal].seq = database.seals[other].seq;
            database.seals[other].seq = seq;
        }
        (6, _) => {
            let copy = database.seals[seal].clone();
            database.seals.insert(other, copy);
        }
        (7, _) => database.seals.truncate(seal),
        (8, _) => database.seals[seal].prev[byte] ^= flip,
        (9, _) => database.seals[seal].hash[byte] ^= flip,
        (10, _) => database.seals[seal].entry_id = id(1 + other),
        (11, _) => database.seals[seal].seq ^= 1 << (bit % 63),
        (12, _) => database.head.as_mut().unwrap().hash[byte] ^= flip,
        (13, _) => database.head.as_mut().unwrap().seq = seal as i64,
        // Rewritten with everything that follows. What comes after the noted head may be rewritten unseen.
        (14, _) => {
            let number = 1 + at.index(SEALS - 1);
            replace(database, number, |row| row.verb.push('x'));
            let all: Vec<_> = (1..=SEALS).map(id).collect();
            reseal(database, &all);
        }
        (15, _) => {
            let kept: Vec<_> = (1..SEALS)
                .map(id)
                .filter(|kept| *kept != id(1 + at.index(SEALS - 1)))
                .collect();
            reseal(database, &kept);
        }
        _ => {
            let mut order: Vec<_> = (1..=SEALS).map(id).collect();
            order.swap(at.index(SEALS - 1), to.index(SEALS - 1));
            reseal(database, &order);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_single_change_is_found(
        kind in 0..17_u8,
        at in any::<prop::sample::Index>(),
        to in any::<prop::sample::Index>(),
        bit in any::<u8>(),
    ) {
        let mut database = ledger();
        manipulate(&mut database, kind, at, to, bit);
        database.seals.sort_by_key(|seal| seal.seq);
        let report = verify(&database, Some(database.noted));
        prop_assert_eq!(report.is_sound(), database == ledger(), "{:?}", report.problems);
    }
}
