use proptest::prelude::*;
use rstest::rstest;
use serde_json::json;
use uuid::Uuid;

use super::*;

fn columns(details: Value) -> Columns {
    Columns {
        id: EntryId::new(Uuid::from_u128(1)),
        organization: OrganizationId::new(Uuid::from_u128(2)),
        at: DateTime::from_timestamp(1_780_000_000, 123_456_789).unwrap(),
        actor: "user:usr_1".into(),
        verb: "post.submitted".into(),
        subject: "pst_1".into(),
        policy: Some([7; 32]),
        details,
    }
}

fn nested(levels: usize) -> Value {
    (0..levels).fold(json!(1), |inner, _| json!([inner]))
}

#[test]
fn the_form_is_pinned() {
    let entry = Entry::new(columns(json!({"b": [1, null, true], "a": {"text": "避難"}}))).unwrap();
    // Another value here means that every ledger in existence no longer verifies.
    assert_eq!(
        hex::encode(entry.digest()),
        "5a52e93752bd77a3d43932f0acf01ccd5a1a369e68107a72964d9b9fcf923a55"
    );
    assert_eq!(digest_of(entry.canonical()), entry.digest());
}

#[test]
fn the_order_of_keys_does_not_matter() {
    let entry = |text: &str| Entry::new(columns(serde_json::from_str(text).unwrap())).unwrap();
    let (one, two) = (
        entry(r#"{"a":1,"b":{"c":2,"d":3}}"#),
        entry(r#"{"b":{"d":3,"c":2},"a":1}"#),
    );
    assert_eq!(one.canonical(), two.canonical());
}

#[test]
fn the_time_is_cut_to_microseconds() {
    let entry = Entry::new(columns(json!(null))).unwrap();
    assert_eq!(entry.columns().at.timestamp_subsec_nanos(), 123_456_000);
    assert_eq!(Entry::new(entry.columns().clone()), Ok(entry));
}

#[rstest]
#[case(json!({"a": [1, 1.5]}), "/a/1")]
#[case(json!({"a/b": 1e3}), "/a~1b")]
#[case(json!(u64::MAX), "")]
fn numbers_without_an_exact_form_are_refused(#[case] details: Value, #[case] path: &str) {
    assert_eq!(
        Entry::new(columns(details)),
        Err(LedgerError::Number { path: path.into() })
    );
}

#[test]
fn depth_is_limited_both_ways() {
    let entry = Entry::new(columns(nested(form::MAX_DEPTH))).unwrap();
    assert_eq!(Entry::from_canonical(entry.canonical()), Ok(entry));
    assert!(matches!(
        Entry::new(columns(nested(form::MAX_DEPTH + 1))),
        Err(LedgerError::TooDeep { .. })
    ));
    // A list of one list of one list …, as far as the bytes go.
    let mut deep = Entry::new(columns(json!(null))).unwrap().canonical().to_vec();
    deep.truncate(deep.len() - 9);
    for _ in 0..100_000 {
        deep.extend_from_slice(&[
            0, 0, 0, 0, 0, 0, 0, 1, 5, 0, 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 1,
        ]);
    }
    assert!(matches!(
        Entry::from_canonical(&deep),
        Err(LedgerError::Malformed { .. })
    ));
}

#[rstest]
#[case("actor", Columns { actor: String::new(), ..columns(json!(null)) })]
#[case("verb", Columns { verb: "a\nb".into(), ..columns(json!(null)) })]
#[case("subject", Columns { subject: "a\0".into(), ..columns(json!(null)) })]
fn unprintable_columns_are_refused(#[case] column: &'static str, #[case] columns: Columns) {
    assert_eq!(Entry::new(columns), Err(LedgerError::Text { column }));
}

#[test]
fn unsorted_or_repeated_keys_are_refused() {
    let sorted = Entry::new(columns(json!({"a": 1, "b": 1})))
        .unwrap()
        .canonical()
        .to_vec();
    let swap = |from: u8, to: u8, bytes: &mut Vec<u8>| {
        let at = bytes
            .windows(9)
            .rposition(|field| field == [0, 0, 0, 0, 0, 0, 0, 1, from])
            .unwrap();
        bytes[at + 8] = to;
    };
    let mut repeated = sorted.clone();
    swap(b'b', b'a', &mut repeated);
    let mut unsorted = sorted;
    swap(b'a', b'c', &mut unsorted);
    for bytes in [repeated, unsorted] {
        assert!(matches!(
            Entry::from_canonical(&bytes),
            Err(LedgerError::Malformed { .. })
        ));
    }
}

fn any_details() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<String>().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 32, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
            prop::collection::btree_map(any::<String>(), inner, 0..5)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn an_entry_comes_back_from_its_bytes(
        id in any::<u128>(),
        micros in -1_000_000_000_000_000_i64..10_000_000_000_000_000,
        verb in "[a-z.]{1,20}",
        policy in any::<Option<[u8; 32]>>(),
        details in any_details(),
    ) {
        let id = EntryId::new(Uuid::from_u128(id));
        let at = DateTime::from_timestamp_micros(micros).unwrap();
        let entry = Entry::new(Columns { id, at, verb, policy, ..columns(details) }).unwrap();
        prop_assert_eq!(Entry::from_canonical(entry.canonical()), Ok(entry));
    }

    #[test]
    fn changed_bytes_are_refused_or_another_entry(
        details in any_details(),
        position in any::<prop::sample::Index>(),
        bit in 0..8_u32,
        cut in any::<bool>(),
    ) {
        let entry = Entry::new(columns(details)).unwrap();
        let mut bytes = entry.canonical().to_vec();
        let at = position.index(bytes.len());
        if cut { bytes.truncate(at) } else { bytes[at] ^= 1 << bit }
        if let Ok(other) = Entry::from_canonical(&bytes) {
            prop_assert_eq!(other.canonical(), bytes);
            prop_assert_ne!(other.columns(), entry.columns());
            prop_assert_ne!(other.digest(), entry.digest());
        }
    }

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(Entry::from_canonical(&bytes).is_err());
    }
}
