use std::{collections::BTreeSet, num::NonZeroU16};

use crate::{
    domain::{
        account::{AccountPurpose, AccountStatus, EmergencyCover},
        account_policy::PolicyField,
        finding::Severity,
        hold::{Hold, HoldCause, HoldScope},
        ids::{AccountId, DivisionId, HoldId},
        revision::Kind,
    },
    gate::{
        Phase,
        testing::{World, part, user},
    },
};
use chrono::Duration;
use rstest::rstest;
use uuid::Uuid;

#[rstest]
#[case(AccountStatus::Active, 0)]
#[case(AccountStatus::Registered, 1)]
#[case(AccountStatus::NeedsReconnect, 1)]
#[case(AccountStatus::Suspended, 1)]
#[case(AccountStatus::Closed, 1)]
fn only_active_accounts_speak(#[case] status: AccountStatus, #[case] expected: usize) {
    for phase in Phase::ALL {
        let mut world = World::new();
        world.phase = *phase;
        world.accounts[0].status = status;
        assert_eq!(world.found("account.not_active"), expected);
    }
}

#[rstest]
#[case(HoldScope::Organization, true)]
#[case(HoldScope::Division(DivisionId::new(Uuid::from_u128(1))), true)]
#[case(HoldScope::Division(DivisionId::new(Uuid::from_u128(2))), false)]
#[case(HoldScope::Account(AccountId::new(Uuid::from_u128(1))), true)]
#[case(HoldScope::Account(AccountId::new(Uuid::from_u128(2))), false)]
fn a_hold_stops_what_it_covers(#[case] scope: HoldScope, #[case] covers: bool) {
    let mut world = World::new();
    world.holds.push(Hold {
        id: HoldId::new(Uuid::from_u128(1)),
        scope,
        reason: "炎上対応中".into(),
        set_by: Some(user(20)),
        set_at: world.now,
        lifted: None,
    });
    let expected = |severity| covers.then_some(severity);
    assert_eq!(world.severity_of("account.held"), expected(Severity::Block));
    if covers {
        assert_eq!(world.permit().expect_err("held").cause, HoldCause::Hold);
    }
    world.phase = Phase::Approve;
    assert_eq!(world.severity_of("account.held"), expected(Severity::Notice));
    world.phase = Phase::Dispatch;
    world.holds[0].lifted = Some((user(20), world.now));
    assert_eq!(world.severity_of("account.held"), None);
}

#[test]
fn an_emergency_silences_everything_else_on_its_accounts() {
    let mut world = World::new();
    world.declare();
    assert_eq!(world.severity_of("account.emergency_hold"), Some(Severity::Block));
    assert_eq!(world.permit().expect_err("held").cause, HoldCause::Emergency);
    world.phase = Phase::Submit;
    assert_eq!(
        world.severity_of("account.emergency_hold"),
        Some(Severity::Notice)
    );
    world.phase = Phase::Dispatch;
    world.emergencies[0].expires_at = world.now;
    assert_eq!(world.severity_of("account.emergency_hold"), None);
}

#[test]
fn an_emergency_post_needs_a_live_emergency_that_covers_the_account() {
    let mut world = World::new();
    world.emergency();
    assert!(world.verdict().passes(), "{:?}", world.verdict());

    world.accounts[0].emergency_cover = EmergencyCover::NotCovered;
    assert_eq!(world.found("emergency.no_cover"), 1);
    assert_eq!(world.found("emergency.not_live"), 0);

    world.accounts[0].emergency_cover = EmergencyCover::Covered;
    world.emergencies[0].ended = Some((user(13), world.now));
    assert_eq!(world.found("emergency.not_live"), 1);

    world.emergencies[0].ended = None;
    world.emergencies[0].declared_at = world.now + Duration::seconds(1);
    assert_eq!(world.found("emergency.not_live"), 1);
    world.emergencies.clear();
    assert_eq!(world.found("emergency.not_live"), 1);
}

#[rstest]
#[case(Kind::Drill, AccountPurpose::Drill, 0)]
#[case(Kind::Drill, AccountPurpose::Public, 1)]
#[case(Kind::Ordinary, AccountPurpose::Public, 0)]
#[case(Kind::Ordinary, AccountPurpose::Drill, 1)]
#[case(Kind::Emergency, AccountPurpose::Drill, 1)]
#[case(Kind::Correction, AccountPurpose::Drill, 1)]
fn drills_and_the_rest_never_meet(
    #[case] kind: Kind,
    #[case] purpose: AccountPurpose,
    #[case] expected: usize,
) {
    let mut world = World::new();
    world.kind = kind;
    if kind == Kind::Drill {
        world.parts = vec![part("【訓練】避難してください。")];
    }
    world.accounts[0].purpose = purpose;
    assert_eq!(world.found("account.purpose"), expected);
}

/// A town whose policy demands two fields.
fn demanding(severity: Severity) -> World {
    let mut world = World::new();
    world.policy(|document| {
        let profile = &mut document.profile;
        let fields = [
            (PolicyField::Purpose, "KUR-5.4"),
            (PolicyField::Disclaimer, "KUR-5.5"),
        ];
        profile.account_policy = fields.map(|(field, clause)| (field, vec![clause.into()])).into();
        profile
            .severities
            .insert("account.policy_incomplete".into(), severity);
        profile
            .in_emergency
            .insert("account.policy_incomplete".into(), Severity::Notice);
    });
    world
}

#[test]
fn an_account_whose_policy_leaves_something_unsaid_does_not_speak() {
    const RULE: &str = "account.policy_incomplete";
    let mut world = demanding(Severity::Block);
    let account = world.accounts[0].id;
    assert_eq!(world.severity_of(RULE), Some(Severity::Block));
    assert!(world.permit().is_err());
    let filled = BTreeSet::from([PolicyField::Purpose]);
    world.records.policy_fields.insert(account, filled);
    let findings = world.verdict().findings;
    let found = findings
        .iter()
        .find(|found| found.rule == RULE)
        .expect("a finding");
    assert_eq!(found.clauses, ["KUR-5.5"]);
    assert!(found.message.arguments.contains(&("fields_ja", "免責".into())));
    let filled = world.records.policy_fields.entry(account).or_default();
    filled.insert(PolicyField::Disclaimer);
    assert_eq!(world.found(RULE), 0);
    assert!(world.permit().is_ok());
    assert_eq!(
        demanding(Severity::Confirm).severity_of(RULE),
        Some(Severity::Confirm)
    );
}

#[test]
fn papers_that_are_not_complete_do_not_stop_a_warning() {
    let mut world = demanding(Severity::Block);
    world.emergency();
    assert_eq!(
        world.severity_of("account.policy_incomplete"),
        Some(Severity::Notice)
    );
    assert!(world.permit().is_ok());
}

/// Credentials of 90 days at most; this one was obtained so many days ago.
fn aged(days: i64) -> World {
    let mut world = World::new();
    world.policy(|document| document.profile.credential_days = NonZeroU16::new(90));
    world
        .records
        .credentials
        .insert(world.accounts[0].id, world.now - Duration::days(days));
    world
}

#[rstest]
#[case(89, None)]
#[case(90, None)]
#[case(91, Some(Severity::Block))]
fn a_credential_that_is_too_old_stops_ordinary_posts(#[case] days: i64, #[case] expected: Option<Severity>) {
    for phase in Phase::ALL {
        let mut world = aged(days);
        world.phase = *phase;
        assert_eq!(world.severity_of("account.credential_overdue"), expected);
    }
    let permit = aged(days).permit();
    assert_eq!(
        permit.map(|_| ()).map_err(|refused| refused.cause),
        expected.map_or(Ok(()), |_| Err(HoldCause::Account))
    );
}

#[test]
fn where_no_age_is_asked_none_is_too_old() {
    let mut world = aged(4000);
    world.policy(|document| document.profile.credential_days = None);
    assert_eq!(world.found("account.credential_overdue"), 0);
}

#[test]
fn what_cannot_be_read_stops_what_leaves() {
    let mut world = aged(1);
    world.records.credentials.clear();
    assert_eq!(
        world.severity_of("account.credential_overdue"),
        Some(Severity::Block)
    );
    world.phase = Phase::Submit;
    assert_eq!(world.found("account.credential_overdue"), 0);
}

#[test]
fn who_plans_ahead_is_told() {
    let mut world = aged(89);
    world.phase = Phase::Submit;
    world.planned = Some(world.now + Duration::days(2));
    assert_eq!(
        world.severity_of("account.credential_overdue"),
        Some(Severity::Notice)
    );
}

#[test]
fn an_emergency_leaves_and_is_looked_at_afterwards() {
    let mut world = aged(91);
    world.emergency();
    assert_eq!(
        world.severity_of("account.credential_overdue"),
        Some(Severity::Confirm)
    );
    let permit = world.permit().expect("it leaves");
    assert_eq!(permit.debts().len(), 1);
}
